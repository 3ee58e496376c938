-- How a job ends, or an attempt of it. `keys` names the report, history, dead and token key of one
-- job; `cause` says why: code, message, upstream_code, upstream_request_id. `limits` are the
-- settings, `now` is text.

-- A record of what happened, kept for a while whatever becomes of the job. Fence, worker and outcome
-- are also how a repeated ending is known again. The error in it is the last one that there was.
local function write_history(keys, job, outcome, now, limits)
    redis.call('HSET', keys.history, 'account_id', job.account, 'pack_id', job.pack,
        'request_id', job.request_id, 'accepted_at', job.accepted_at, 'started_at', job.started_at,
        'ended_at', now, 'outcome', outcome, 'attempts', job.attempts, 'crashes', job.crashes,
        'fence', job.fence, 'worker', job.owner, 'step', job.step)
    redis.call('PEXPIRE', keys.history, limits.history_ttl)
end

local function write_failed_attempt(keys, job, now, cause)
    local attempt = table.concat({now, job.fence, job.owner, job.step, cause.code,
        cause.upstream_code, cause.upstream_request_id, cause.message}, '|')
    redis.call('HSET', keys.history, 'attempt:' .. job.attempts, attempt, 'code', cause.code,
        'message', cause.message, 'upstream_code', cause.upstream_code,
        'upstream_request_id', cause.upstream_request_id)
end

-- The pack can be asked for again, and the token's time begins to run.
local function free_pack(keys, job, limits)
    push(moves.freed, job.account .. ':' .. job.pack)
    if job.token ~= '' then
        redis.call('PEXPIRE', keys.token, limits.token_ttl)
    end
end

local function write_failed_report(keys, job, now, cause)
    redis.call('HSET', keys.report, 'status', 'FAILED', 'fence', job.fence, 'code', cause.code,
        'message', cause.message, 'ended_at', now)
    note_change(job.id, 'FAILED', job.account, job.pack, cause.code)
end

local EVICTED_AT_ONCE = 16

-- The oldest dead letters go when there are more than the limit.
local function evict_dead(limits)
    local excess = redis.call('ZCARD', DEAD) - limits.dead_max
    if excess <= 0 then
        return
    end
    local oldest = redis.call('ZPOPMIN', DEAD, math.min(excess, EVICTED_AT_ONCE))
    for i = 1, #oldest, 2 do
        redis.call('HDEL', JOBS, oldest[i])
        redis.call('UNLINK', PREFIX .. 'dead:' .. oldest[i])
    end
end

-- Puts the job into the dead letter. It stays a job, so that it can be retried from there.
local function bury(keys, job, now, limits, cause)
    local letter = {'account_id', job.account, 'pack_id', job.pack, 'request_id', job.request_id,
        'accepted_at', job.accepted_at, 'died_at', now, 'attempts', job.attempts,
        'crashes', job.crashes, 'fence', job.fence, 'step', job.step, 'code', cause.code,
        'message', cause.message, 'upstream_code', cause.upstream_code,
        'upstream_request_id', cause.upstream_request_id}
    local history = redis.call('HGETALL', keys.history)
    for i = 1, #history, 2 do
        if string.sub(history[i], 1, 8) == 'attempt:' then
            push_pair(letter, history[i], history[i + 1])
        end
    end
    redis.call('HSET', keys.dead, unpack(letter))
    write_failed_report(keys, job, now, cause)
    free_pack(keys, job, limits)
    job.owner = ''
    push_pair(moves.records, job.id, job_write(job))
    push(moves.from_running, job.id)
    push_pair(moves.to_dead, now, job.id)
end
