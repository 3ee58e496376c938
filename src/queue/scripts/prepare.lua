#!lua flags=allow-oom
-- Makes what a worker needs before all else, the number of partitions and the group of `requests`, and
-- writes only what is missing. On a full Redis, too: it is little, and who is not prepared claims
-- nothing, so that a full Redis would never drain.
-- KEYS: the fixed ones; of partition 0 also partitions
-- ARGV: number of partitions
-- Returns the number that Redis holds; when it is another, nothing was made. Of a partition that does
-- not hold it: the given one.
-- uses: keys

local WANTED, PARTITIONS = ARGV[1], KEYS[FIXED_KEYS + 1]

local stored = PARTITIONS and call('SET', PARTITIONS, WANTED, 'NX', 'GET') or WANTED
if stored ~= WANTED then
    return stored
end
-- At '$' it would lose what came before.
local made = try('XGROUP', 'CREATE', REQUESTS, GROUP, '0', 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then
    fail(made)
end
return stored
