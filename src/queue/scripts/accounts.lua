#!lua flags=no-writes
-- One step through the accounts that have unfinished jobs, or through those that have values of
-- their own and no unfinished jobs.
-- KEYS: the fixed ones
-- ARGV: unfinished or accounts; cursor ('0' at first)
-- Returns {cursor, account, its field of `accounts` or '', unfinished, account, ...}.
-- uses: keys

local IS_OF_JOBS, CURSOR = ARGV[1] == 'unfinished', ARGV[2]
local SCAN_COUNT = 64 -- HSCAN's hint; a small hash comes whole, with no more than 512

local reply = call('HSCAN', IS_OF_JOBS and UNFINISHED or ACCOUNTS, CURSOR, 'COUNT', SCAN_COUNT)
local names, values = {}, {}
for i = 1, #reply[2], 2 do
    push(names, reply[2][i])
    push(values, reply[2][i + 1])
end
local list = {reply[1]}
local others = #names > 0 and call('HMGET', IS_OF_JOBS and ACCOUNTS or UNFINISHED, unpack(names)) or {}
for i, account in ipairs(names) do
    if IS_OF_JOBS then
        push_pair(list, account, others[i] or '')
        push(list, tonumber(values[i]))
    elseif not others[i] then
        push_pair(list, account, values[i])
        push(list, 0)
    end
end
return list
