#!lua
-- Lets one HTTP request of an account in, or keeps it out: its nonce is good once, and the account may
-- send so many requests (a token bucket). Who is kept out has neither used its nonce nor taken a token.
-- Not on a full Redis.
-- KEYS: the fixed ones; the account's bucket; the nonce, if the request has one
-- ARGV: account; requests a minute (0: any number) and at once of an account that has none of its own;
--       how long a nonce is kept
-- Returns {'in'}, {'used'}, or {'wait', milliseconds, requests a minute, requests at once}.
-- uses: keys fair

local BUCKET, NONCE = KEYS[FIXED_KEYS + 1], KEYS[FIXED_KEYS + 2]
local RATE, BURST = account_rate(call('HGET', ACCOUNTS, ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]))
local NONCE_TTL = ARGV[4]
local MINUTE = 60000000

if NONCE and call('EXISTS', NONCE) == 1 then
    return {'used'}
end

-- The bucket is one number, the microsecond at which it is full again; so it may go when that is over, and an absent
-- one is full. Each token puts the moment off by the time that one takes to flow in.
local function keep(full_at, now)
    call('SET', BUCKET, whole(full_at), 'PX', whole(math.max(1, math.ceil((full_at - now) / 1000))))
end

if RATE > 0 then
    local time = call('TIME')
    local now = time[1] * 1000000 + time[2]
    local one = math.ceil(MINUTE / RATE)
    local stored = try('GET', BUCKET) -- what is no number is no bucket
    local full_at = math.max(now, type(stored) == 'string' and tonumber(stored) or 0)
    local empty = now + BURST * one
    -- A bucket can be emptier than empty when the rate was raised, or the clock set back.
    if full_at > empty then
        full_at = empty
        keep(full_at, now)
    end
    if full_at + one > empty then
        return {'wait', math.ceil((full_at + one - empty) / 1000), RATE, BURST}
    end
    keep(full_at + one, now)
end
if NONCE then
    call('SET', NONCE, '1', 'PX', NONCE_TTL)
end
return {'in'}
