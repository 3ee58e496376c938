#!lua flags=allow-oom
-- Sets weight and cap of one account, or shows them. On a full Redis, too: a cap may be what it needs.
-- KEYS: the fixed ones
-- ARGV: account; weight and cap, each a number, '' for none of its own, or 'keep'; accounts that may
--       have values of their own
-- Returns {'ok', account, "<weight>|<cap>", unfinished}; {'full'} when no more accounts may have some.
-- uses: keys

local ACCOUNT, WEIGHT, CAP, ACCOUNTS_MAX = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local stored = call('HGET', ACCOUNTS, ACCOUNT)
local weight, cap = string.match(stored or '', '^(%d*)|(%d*)$')
weight = WEIGHT == 'keep' and (weight or '') or WEIGHT
cap = CAP == 'keep' and (cap or '') or CAP
local values = weight .. '|' .. cap
if WEIGHT == 'keep' and CAP == 'keep' then
    values = stored or values
elseif values == '|' then
    call('HDEL', ACCOUNTS, ACCOUNT)
elseif not stored and call('HLEN', ACCOUNTS) >= ACCOUNTS_MAX then
    return {'full'}
else
    call('HSET', ACCOUNTS, ACCOUNT, values)
end
return {'ok', ACCOUNT, values, tonumber(call('HGET', UNFINISHED, ACCOUNT) or '0')}
