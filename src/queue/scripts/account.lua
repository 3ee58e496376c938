#!lua flags=allow-oom
-- Sets what one account has of its own, or shows it. On a full Redis, too: a cap may be what it needs.
-- KEYS: the fixed ones
-- ARGV: account; weight, cap, rate and burst, each a number, '' for none of its own, or 'keep'; accounts
--       that may have values of their own
-- Returns {'ok', account, "<weight>|<cap>|<rate>|<burst>", unfinished}; {'full'} when no more accounts
-- may have some.
-- uses: keys fair

local ACCOUNT, ACCOUNTS_MAX = ARGV[1], tonumber(ARGV[6])
local VALUES = 4

local stored = call('HGET', ACCOUNTS, ACCOUNT)
local own = {account_own(stored)}
local is_changed = false
for i = 1, VALUES do
    if ARGV[1 + i] == 'keep' then
        own[i] = own[i] or ''
    else
        own[i] = ARGV[1 + i]
        is_changed = true
    end
end
local values = table.concat(own, '|')
if is_changed and values == '|||' then
    call('HDEL', ACCOUNTS, ACCOUNT)
elseif is_changed then
    if not stored and call('HLEN', ACCOUNTS) >= ACCOUNTS_MAX then
        return {'full'}
    end
    -- Versions that know no rates read this form alone.
    local is_old = own[3] == '' and own[4] == ''
    call('HSET', ACCOUNTS, ACCOUNT, is_old and own[1] .. '|' .. own[2] or values)
end
return {'ok', ACCOUNT, values, number_of(call('HGET', UNFINISHED, ACCOUNT))}
