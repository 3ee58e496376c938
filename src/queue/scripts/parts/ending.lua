-- How a job ends, or an attempt of it. `keys` names the report, history, dead and token key of one
-- job; `cause` says why: code, message, upstream_code, upstream_request_id. `limits` are the
-- settings, `now` is text.

-- A key of a job that holds something else is made anew: it must not keep the job from its end.
local function write_hash(key, ...)
    local written = try('HSET', key, ...)
    if type(written) == 'table' then
        call('UNLINK', key)
        call('HSET', key, ...)
    end
end

-- A field as text; '' when there is none, or no hash.
local function read_field(key, field)
    local value = try('HGET', key, field)
    return type(value) == 'string' and value or ''
end

-- What happened to a job, kept for a while whatever becomes of it, in one field:
--   outcome|fence|worker|step|attempts|crashes|accepted_at|started_at|ended_at|account|pack|request_id|
--   transient|throttled
-- Outcome, fence and worker are also how a repeated ending is known again.
-- Fields and values of their own may follow.
local function write_history(keys, job, outcome, now, limits, ...)
    write_hash(keys.history, 'run', outcome .. '|' .. job.fence .. '|' .. job.owner .. '|'
        .. job.step .. '|' .. job.attempts .. '|' .. job.crashes .. '|' .. job.accepted_at .. '|'
        .. job.started_at .. '|' .. now .. '|' .. job.account .. '|' .. job.pack .. '|'
        .. job.request_id .. '|' .. job_failures(job, 'transient') .. '|'
        .. job_failures(job, 'throttled'), ...)
    call('PEXPIRE', keys.history, limits.history_ttl)
end

-- Outcome, account and pack of the last ending; nothing when there is none.
local function read_whose_ending(history)
    return string.match(read_field(history, 'run'),
        '^([^|]*)|' .. string.rep('[^|]*|', 8) .. '([^|]*)|([^|]*)|')
end

-- Outcome, fence and worker of the last ending; nothing when there is none.
local function read_last_ending(keys)
    return string.match(read_field(keys.history, 'run'), '^([^|]*)|(%d+)|([^|]*)|')
end

-- A text from upstream as one of several that '|' parts. The message comes last and may hold one.
local function part(text)
    return (string.gsub(text, '|', '/'))
end

-- Beside it, each failed attempt, and the last error that there was.
local function write_failed_attempt(keys, job, now, cause)
    local attempt = table.concat({now, job.fence, job.owner, job.step, part(cause.code),
        part(cause.upstream_code), part(cause.upstream_request_id), cause.message}, '|')
    call('HSET', keys.history, 'attempt:' .. job.attempts, attempt, 'code', cause.code,
        'message', cause.message, 'upstream_code', cause.upstream_code,
        'upstream_request_id', cause.upstream_request_id)
end

-- The pack can be asked for again, and the token's time begins to run.
local function free_pack(keys, job, limits)
    push(moves.freed, job.account .. ':' .. job.pack)
    count_unfinished(job.account, -1)
    if job.token ~= '' then
        call('PEXPIRE', keys.token, limits.token_ttl)
    end
end

local function write_failed_report(keys, job, now, cause)
    write_hash(keys.report, 'status', 'FAILED', 'fence', job.fence, 'code', cause.code,
        'message', cause.message, 'ended_at', now)
    note_change(job.id, 'FAILED', job.account, job.pack, cause.code)
end

-- The end of a job wherever it lies, for a reason that is no attempt's. One that was never claimed has
-- a lower fence than the pack's last report; that one stays, for it tells writers apart.
local function end_unrun(keys, job, now, limits, ending)
    write_hash(keys.report, 'status', ending.status, 'code', ending.code,
        'message', ending.message, 'ended_at', now)
    if tonumber(job.fence) > (tonumber(read_field(keys.report, 'fence')) or 0) then
        call('HSET', keys.report, 'fence', job.fence)
    end
    write_history(keys, job, ending.outcome, now, limits, 'code', ending.code,
        'message', ending.message)
    note_change(job.id, ending.status, job.account, job.pack, ending.code)
    free_pack(keys, job, limits)
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
    local history = call('HGETALL', keys.history)
    for i = 1, #history, 2 do
        if string.sub(history[i], 1, 8) == 'attempt:' then
            push_pair(letter, history[i], history[i + 1])
        end
    end
    write_hash(keys.dead, unpack(letter))
    write_failed_report(keys, job, now, cause)
    free_pack(keys, job, limits)
    job.owner = ''
    push_pair(moves.records, job.id, job_write(job))
    push(moves.from_running, job.id)
    push_pair(moves.to_dead, now, job.id)
end
