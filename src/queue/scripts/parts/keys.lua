local try = redis.pcall -- its errors come back as values

-- The keys that every script gets, in the order of keys.c. Keys of single reports follow them.
local REQUESTS, READY, FAIR, RUNNING, DELAYED, DEAD = unpack(KEYS, 1, 6)
local JOBS, CREATING, FENCE, EVENTS, WORKERS, WORKER_INFO = unpack(KEYS, 7, 12)
local GRACE, CONTROL, PAUSED, HELD, ACCOUNTS, UNFINISHED = unpack(KEYS, 13, 18)
-- The last is `never`, which never exists. A node of a cluster whose slot is on its way refuses what
-- declares a key that it has not (any more): so no script runs while some of the partition's keys are
-- here and some are there, where it would take those it finds out while it runs for missing.
local FIXED_KEYS = 19
-- The places of an accepted job, of which it is in exactly one until it is over.
local PLACES = {ready = READY, running = RUNNING, delayed = DELAYED, dead = DEAD, held = HELD}
local GROUP = 'intake'
-- "packreport:{0}:", for the keys of single jobs that are found out while a script runs: they cannot
-- be declared, and lie in the same slot (docs/redis.md, "Keys found while a script runs").
local PREFIX = string.sub(REQUESTS, 1, -#'requests' - 1)

-- What the fixed keys are, by name.
local function fixed_types()
    return {requests = 'stream', ready = 'zset', fair = 'hash', running = 'zset',
        delayed = 'zset', dead = 'zset', jobs = 'hash', creating = 'hash', fence = 'string',
        events = 'stream', workers = 'zset', worker_info = 'hash', grace = 'string',
        control = 'stream', paused = 'hash', held = 'zset', accounts = 'hash', unfinished = 'hash',
        partitions = 'string'}
end

-- A sentence on the first fixed key that is of another type, `partitions` of prepare among them; nil when
-- there is none.
local function wrong_type()
    local types = fixed_types()
    for i = 1, math.min(#KEYS, FIXED_KEYS + 1) do
        local wanted = types[string.sub(KEYS[i], #PREFIX + 1)]
        local found = try('TYPE', KEYS[i]).ok
        if wanted and found and found ~= 'none' and found ~= wanted then
            return 'WRONGTYPE the key ' .. KEYS[i] .. ' is a ' .. found .. ' and not a ' .. wanted
        end
    end
end

-- Ends the script with an error reply. Redis says that a key is of another type, and not which: for a
-- fixed one, which stops the partition, that is found out here.
local function fail(reply)
    local sentence = string.find(reply.err, 'WRONGTYPE', 1, true) and wrong_type()
    error(sentence and {err = sentence} or reply)
end

-- A command whose error ends the script.
local function call(...)
    local reply = try(...)
    if type(reply) == 'table' and reply.err then
        fail(reply)
    end
    return reply
end

-- Milliseconds of Redis time: leases and delays never go by a worker's clock.
local function now_ms()
    local time = call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Whole numbers as text, exact up to 2^53; `..` alone would round from 10^14 on.
local function whole(number)
    return string.format('%d', number)
end

local NUMBER_MAX = 2 ^ 53 -- above, not each whole number is one

-- A whole number that is exact, from a key or a field that anybody may have written; nil for anything else.
local function whole_number(text)
    local number = text and #text <= 16 and string.find(text, '^%d+$') and tonumber(text)
    return number and number <= NUMBER_MAX and number or nil
end

-- The same, and 0 where there is none: what is spoiled counts for nothing and is made anew with the next
-- write, for one field must not stop all others.
local function number_of(text)
    return whole_number(text) or 0
end

-- A command on a key that belongs to one request or pack: nil where the key holds something else.
local function try_typed(...)
    local reply = try(...)
    local failure = type(reply) == 'table' and reply.err
    if failure and not string.find(failure, 'WRONGTYPE', 1, true) then
        fail(reply)
    end
    return not failure and reply or nil
end

-- Lists grow by one or two: a variadic function would cost more than the commands it prepares.
local function push(list, value)
    list[#list + 1] = value
end

local function push_pair(list, first, second)
    local size = #list
    list[size + 1], list[size + 2] = first, second
end

-- When the last worker that said so was alive; nil when there is none.
local function newest_heartbeat()
    return tonumber(call('ZRANGE', WORKERS, 0, 0, 'REV', 'WITHSCORES')[2])
end
