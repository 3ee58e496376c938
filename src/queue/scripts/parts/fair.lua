-- Start-time fair queueing over accounts. Tags are whole numbers, so that none is ever rounded: a job
-- moves its account's finish tag by TAG_SCALE / weight, which divides evenly for weights up to 12
-- and is at most 0.2 % off for the largest.
local TAG_SCALE = 27720

-- Weight and cap (0: none) of an account; `own` is its field of `accounts`, or false.
local function account_values(own, default_weight, default_cap)
    local weight, cap = string.match(own or '', '^(%d*)|(%d*)$')
    weight, cap = tonumber(weight or ''), tonumber(cap or '')
    return weight and weight > 0 and weight or default_weight, cap or default_cap
end

local function tag_cost(weight)
    return math.max(1, math.floor(TAG_SCALE / weight + 0.5))
end

-- The account pays for one job, outside of admissions. Returns the job's start tag.
local function charge_account(account, default_weight)
    local tags = call('HMGET', FAIR, 'v', account)
    local weight = account_values(call('HGET', ACCOUNTS, account), default_weight, 0)
    local tag = math.max(tonumber(tags[1] or '0'), tonumber(tags[2] or '0'))
    call('HSET', FAIR, account, whole(tag + tag_cost(weight)))
    return tag
end
