#!lua flags=allow-oom
-- Gives a worker a word.
-- KEYS: the fixed ones
-- ARGV: worker, word (drain, hand_back, renew)
-- Returns {milliseconds since its last heartbeat, info}; nothing when there is no such worker.
-- uses: keys control

local heartbeat = call('ZSCORE', WORKERS, ARGV[1])
if not heartbeat then
    return {}
end
tell_worker(ARGV[1], ARGV[2])
return {whole(now_ms() - heartbeat), call('HGET', WORKER_INFO, ARGV[1]) or ''}
