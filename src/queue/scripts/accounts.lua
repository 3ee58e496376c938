#!lua flags=no-writes
-- One step through the accounts that have unfinished jobs, or through those that have values of
-- their own and no unfinished jobs.
-- KEYS: the fixed ones
-- ARGV: unfinished or accounts; cursor ('0' at first)
-- Returns {cursor, account, values, unfinished, account, ...}, the values as account.lua returns them, or
-- '' where there are none.
-- uses: keys fair

local IS_OF_JOBS, CURSOR = ARGV[1] == 'unfinished', ARGV[2]
local SCAN_COUNT = 64 -- HSCAN's hint; a small hash comes whole, with no more than 512

local reply = call('HSCAN', IS_OF_JOBS and UNFINISHED or ACCOUNTS, CURSOR, 'COUNT', SCAN_COUNT)
local names, values = {}, {}
for i = 1, #reply[2], 2 do
    push(names, reply[2][i])
    push(values, reply[2][i + 1])
end
local list = {reply[1]}

local function list_account(account, own, unfinished)
    push_pair(list, account, table.concat({account_own(own)}, '|'))
    push(list, number_of(unfinished))
end

local others = #names > 0 and call('HMGET', IS_OF_JOBS and ACCOUNTS or UNFINISHED, unpack(names)) or {}
for i, account in ipairs(names) do
    if IS_OF_JOBS then
        list_account(account, others[i], values[i])
    elseif not others[i] then
        list_account(account, values[i], nil)
    end
end
return list
