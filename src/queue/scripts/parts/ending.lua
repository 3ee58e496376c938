-- How a job ends, or an attempt of it. `keys` names the report, history, dead and token key of one
-- job; `cause` says why: code, message, upstream_code, upstream_request_id. `limits` are the
-- settings, `now` is text.

-- A dead letter's key that holds something else is made anew: it must not keep the job from its end.
local function write_hash(key, ...)
    local written = try('HSET', key, ...)
    if type(written) == 'table' then
        call('UNLINK', key)
        call('HSET', key, ...)
    end
end

-- The pack can be asked for again, and the token's time begins to run.
local function free_pack(keys, account, pack, token, limits)
    push(moves.freed, account .. ':' .. pack)
    count_unfinished(account, -1)
    if token ~= '' then
        call('PEXPIRE', keys.token, limits.token_ttl)
    end
end

local function write_failed_report(keys, job, now, cause)
    put_report(keys.report, job, 'FAILED', now, cause.code, cause.message)
    note_change(job.id, 'FAILED', job.account, job.pack, cause.code, job.fence)
end

-- The end of a job wherever it lies, for a reason that is no attempt's. One that was never claimed has
-- a lower fence than the pack's last report; that one stays, for it tells writers apart.
local function end_unrun(keys, job, now, limits, ending)
    put_report(keys.report, job, ending.status, now, ending.code, ending.message)
    write_history(keys.history, job, ending.outcome, now, limits.history_ttl,
        {'code', ending.code, 'message', ending.message})
    note_change(job.id, ending.status, job.account, job.pack, ending.code, job.fence)
    free_pack(keys, job.account, job.pack, job.token, limits)
    push(moves.from_ready, job.id)
    push(moves.from_running, job.id)
    push(moves.from_delayed, job.id)
    push(moves.from_held, job.id)
    push(moves.gone, job.id)
end

-- Somebody took the request back.
local function end_cancelled(keys, job, now, limits)
    end_unrun(keys, job, now, limits, {outcome = 'cancelled', status = 'CANCELLED',
        code = 'Cancelled', message = 'The request was taken back.'})
end

-- The request's deadline has passed: nobody waits for it any more.
local function end_late(keys, job, now, limits)
    end_unrun(keys, job, now, limits, {outcome = 'failed', status = 'FAILED',
        code = 'DeadlineExceeded',
        message = 'The deadline of the request passed while its job waited.'})
end

local EVICTED_AT_ONCE = 16

-- The oldest dead letters go when there are more than the limit.
local function evict_dead(limits)
    local excess = call('ZCARD', DEAD) - limits.dead_max
    if excess <= 0 then
        return
    end
    local oldest = call('ZPOPMIN', DEAD, math.min(excess, EVICTED_AT_ONCE))
    for i = 1, #oldest, 2 do
        call('HDEL', JOBS, oldest[i])
        call('UNLINK', PREFIX .. 'dead:' .. oldest[i])
    end
end

-- Puts the job into the dead letter. It stays a job, so that it can be retried from there.
local function bury(keys, job, now, limits, cause)
    local letter = {'account_id', job.account, 'pack_id', job.pack, 'request_id', job.request_id,
        'accepted_at', job.accepted_at, 'died_at', now, 'attempts', job.attempts,
        'crashes', job.crashes, 'transient', job_failures(job, 'transient'),
        'throttled', job_failures(job, 'throttled'), 'fence', job.fence, 'step', job.step, 'code', cause.code,
        'message', cause.message, 'upstream_code', cause.upstream_code,
        'upstream_request_id', cause.upstream_request_id}
    for name, value in history_pairs(history_at(keys.history)) do
        if string.sub(name, 1, 8) == 'attempt:' then
            push_pair(letter, name, value)
        end
    end
    write_hash(keys.dead, unpack(letter))
    write_failed_report(keys, job, now, cause)
    free_pack(keys, job.account, job.pack, job.token, limits)
    job.owner = ''
    push_pair(moves.records, job.id, job_write(job))
    push(moves.from_running, job.id)
    push_pair(moves.to_dead, now, job.id)
end
