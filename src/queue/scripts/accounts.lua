#!lua flags=no-writes
-- One step through the accounts that have unfinished jobs, or through those that have values of
-- their own and no unfinished jobs.
-- KEYS: the fixed ones
-- ARGV: unfinished or accounts; cursor ('0' at first)
-- Returns {cursor, account, values, unfinished, account, ...}, the values as account.lua returns them, or
-- '' where there are none.
-- uses: keys fair scan

local IS_OF_JOBS, CURSOR = ARGV[1] == 'unfinished', ARGV[2]
local SCAN_COUNT = 64

local KEY = IS_OF_JOBS and UNFINISHED or ACCOUNTS
local names, values, cursor = scan('HSCAN', KEY, CURSOR, SCAN_COUNT)
local list = {cursor}

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
