#!lua flags=no-writes
-- All workers that are known: those that live, and the dead that no sweep has forgotten yet.
-- KEYS: the fixed ones
-- ARGV: how many at most
-- Returns {now, worker, heartbeat, info, worker, ...}, the one with the youngest heartbeat first.
-- uses: keys

local found = call('ZRANGE', WORKERS, 0, tonumber(ARGV[1]) - 1, 'REV', 'WITHSCORES')
local list = {whole(now_ms())}
for i = 1, #found, 2 do
    push_pair(list, found[i], found[i + 1])
    push(list, call('HGET', WORKER_INFO, found[i]) or '')
end
return list
