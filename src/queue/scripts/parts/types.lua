-- What the fixed keys are.
local FIXED_TYPES = {requests = 'stream', ready = 'zset', fair = 'hash', running = 'zset',
    delayed = 'zset', dead = 'zset', jobs = 'hash', creating = 'hash', fence = 'string',
    events = 'stream', workers = 'zset', worker_info = 'hash', grace = 'string',
    control = 'stream', paused = 'hash', held = 'zset', accounts = 'hash', unfinished = 'hash',
    partitions = 'string'}

-- A sentence on the first fixed key that is of another type; nil when there is none.
local function wrong_type()
    for i = 1, FIXED_KEYS do
        local wanted = FIXED_TYPES[string.sub(KEYS[i], #PREFIX + 1)]
        local found = try('TYPE', KEYS[i]).ok
        if wanted and found and found ~= 'none' and found ~= wanted then
            return 'WRONGTYPE the key ' .. KEYS[i] .. ' is a ' .. found .. ' and not a ' .. wanted
        end
    end
end

-- Does the work of a script. Redis says that a key is of another type, and not which: for a fixed one,
-- which stops the partition, that is found out when it has happened.
local function guarded(work)
    local is_done, result = pcall(work)
    if is_done then
        return result
    end
    local failure = type(result) == 'table' and result.err or tostring(result)
    local sentence = string.find(failure, 'WRONGTYPE', 1, true) and wrong_type()
    if sentence then
        return {err = sentence}
    end
    error(result, 0)
end
