-- Start-time fair queueing over accounts. Tags are whole numbers, so that none is ever rounded: a job
-- moves its account's finish tag by TAG_SCALE / weight, which divides evenly for weights up to 12
-- and is at most 0.2 % off for the largest.
local TAG_SCALE = 27720

-- What an account has of its own, each '' where it has none; nil when `own`, its field of `accounts` or
-- false, is none. Without the last two it is as versions before them know it.
local function account_own(own)
    return string.match(own or '', '^(%d*)|(%d*)|?(%d*)|?(%d*)$')
end

-- Weight and cap (0: none) of an account.
local function account_values(own, default_weight, default_cap)
    local weight, cap = account_own(own)
    weight, cap = tonumber(weight or ''), tonumber(cap or '')
    return weight and weight > 0 and weight or default_weight, cap or default_cap
end

-- Requests a minute (0: any number), and at once, of an account.
local function account_rate(own, default_rate, default_burst)
    local _, _, rate, burst = account_own(own)
    rate, burst = tonumber(rate or ''), tonumber(burst or '')
    return rate or default_rate, burst and burst > 0 and burst or default_burst
end

local function tag_cost(weight)
    return math.max(1, math.floor(TAG_SCALE / weight + 0.5))
end

-- The account pays for one job, outside of admissions. Returns the job's start tag.
local function charge_account(account, default_weight)
    local tags = call('HMGET', FAIR, 'v', account)
    local weight = account_values(call('HGET', ACCOUNTS, account), default_weight, 0)
    local tag = math.max(number_of(tags[1]), number_of(tags[2]))
    call('HSET', FAIR, account, whole(tag + tag_cost(weight)))
    return tag
end
