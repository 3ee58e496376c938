#!lua flags=allow-oom
-- Recovery, a bounded piece of it: due retries and expired leases made ready, jobs in no place and
-- packs with no job behind them mended, tags and workers that are behind forgotten. A script is
-- atomic, so each change sees the fence and owner that it changes.
-- KEYS: the fixed ones
-- ARGV: as below; the cursors are those of the last call, '0' at first; then of each job that this
--       worker was given and whose record it could not read its id, and size and head of the record
-- Returns {recovered, resumed, released, mended, buried, unreadable, ready, jobs cursor,
-- creating cursor, fair cursor, cancelled, late, held cursor, 1 when there may be more that is due,
-- 1 when the first of `ready` is to run alone}.
-- uses: keys job events wake moves report history ending job_keys paused scan forget

local LIMITS = {token_ttl = ARGV[1], history_ttl = ARGV[2], dead_max = tonumber(ARGV[4])}
local EVENTS_MAX, CRASHES_MAX, ALONE_FROM = ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6])
local WORKER_GONE_MS, LEASE_MS, DELAY_MAX_MS = tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9])
local JOBS_CURSOR, CREATING_CURSOR, FAIR_CURSOR, HELD_CURSOR = unpack(ARGV, 10, 13)
local SETTINGS, REFUSED_ARGS = 13, 3
local DUE_MAX = 48     -- retries in one call
local EXPIRED_MAX = 48 -- leases in one call
local AHEAD_MAX = 48   -- entries of a place that are pulled back in one call
local SCAN_COUNT = 16  -- fields in one call
local HELD_COUNT = 48  -- jobs of `held` in one call
local GONE_MAX = 8     -- workers in one call

local time = now_ms()
local now = whole(time)
local counts = {recovered = 0, resumed = 0, released = 0, mended = 0, buried = 0, unreadable = 0,
    cancelled = 0, late = 0}
local has_more = false -- the caller sweeps again at once

-- The ids of a place that are due, and their jobs (false where there is none).
local function due(place, max)
    local ids = call('ZRANGE', place, '-inf', now, 'BYSCORE', 'LIMIT', 0, max)
    local jobs = {}
    has_more = has_more or #ids > 0 and #ids == max
    for i, record in ipairs(#ids > 0 and call('HMGET', JOBS, unpack(ids)) or {}) do
        jobs[i] = record and job_read(ids[i], record) or false
    end
    return ids, jobs
end

local function drop_late(job)
    end_late(keys_of(job), job, now, LIMITS)
    counts.late = counts.late + 1
end

local function resume_delayed()
    local ids, jobs = due(DELAYED, DUE_MAX)
    for i, id in ipairs(ids) do
        push(moves.from_delayed, id)
        if jobs[i] and job_is_late(jobs[i], time) then
            drop_late(jobs[i])
        elseif jobs[i] then
            push_pair(moves.to_ready, jobs[i].tag, id)
            counts.resumed = counts.resumed + 1
        end
    end
end

-- The owner outlived the lease: Redis was away, or the reply that gave it the job got lost. Its last
-- heartbeat is not older than the claim, and so young that no lease that it renewed has run out.
-- A claim that is still to come is of a clock that stepped back: no heartbeat can be younger.
local function lives(job)
    local heartbeat = tonumber(call('ZSCORE', WORKERS, job.owner) or '0')
    local started_at = tonumber(job.started_at)
    return (heartbeat >= started_at or started_at > time) and heartbeat > time - LEASE_MS
end

-- Where the clock stepped back (a failover, a hand), times lie ahead that nobody can have meant: a dead
-- worker would live, its lease run and a retry wait until the clock has caught up.
local function pull_back(place, bound, back_to)
    local ahead = call('ZRANGE', place, whole(bound + 1), '+inf', 'BYSCORE', 'LIMIT', 0, AHEAD_MAX)
    local scores = {}
    for _, member in ipairs(ahead) do
        push_pair(scores, whole(back_to), member)
    end
    if #scores > 0 then
        call('ZADD', place, unpack(scores))
    end
    has_more = has_more or #ahead == AHEAD_MAX
end

local function recover(job)
    if job_is_cancelled(job) then -- its worker will not say so any more
        end_cancelled(keys_of(job), job, now, LIMITS)
        counts.cancelled = counts.cancelled + 1
        return
    end
    local is_crash = not lives(job)
    local cause = {code = 'LeaseRanOut', upstream_code = '', upstream_request_id = '',
        message = 'The worker ' .. job.owner
            .. (is_crash and ' went silent' or ' could not renew its lease')
            .. (job.step == '' and ' before its first step.' or ' in step "' .. job.step .. '".')}
    local keys = keys_of(job)
    job.crashes = whole(job.crashes + (is_crash and 1 or 0))
    write_history(keys.history, job, 'lease_ran_out', now, LIMITS.history_ttl,
        failed_attempt(job, now, cause))
    job.owner = '' -- the attempt is over: whatever its worker says of it now is refused
    if is_crash and tonumber(job.crashes) >= CRASHES_MAX then
        bury(keys, job, now, LIMITS, cause)
        counts.buried = counts.buried + 1
        return
    end
    if is_crash and tonumber(job.crashes) >= ALONE_FROM then
        job_set_alone(job)
    end
    if job_is_late(job, time) then
        drop_late(job)
        return
    end
    move_to_ready(job)
    counts.recovered = counts.recovered + 1
end

-- Silence of one worker says that it crashed, silence of all that Redis was away: as long as nobody
-- has renewed since, and a lease longer (renew), no lease is taken as run out and nobody as gone.
local function may_judge()
    local newest = newest_heartbeat()
    return (not newest or newest > time - LEASE_MS) and call('EXISTS', GRACE) == 0
end

local function recover_expired()
    local ids, jobs = due(RUNNING, EXPIRED_MAX)
    for i, id in ipairs(ids) do
        if jobs[i] then
            recover(jobs[i])
        else
            push(moves.from_running, id)
        end
    end
end

local function place_of(ids)
    local places = {}
    for _, place in ipairs({READY, RUNNING, DELAYED, DEAD, HELD}) do
        for i, score in ipairs(call('ZMSCORE', place, unpack(ids))) do
            places[i] = score and place or places[i] or false
        end
    end
    return places
end

-- A record that nobody can read is no work: it becomes a dead letter, and its text is kept there. Its
-- pack is freed with those of other dead jobs (release_packs).
local function bury_unreadable(id, record)
    write_hash(PREFIX .. 'dead:' .. id, 'died_at', now, 'code', 'InternalError',
        'message', 'The record of this job cannot be read.', 'record', record)
    local job = job_read(id, record)
    if job then -- the worker is stricter than we are
        job.owner = ''
        push_pair(moves.records, id, job_write(job))
    end
    call('ZREM', READY, id)
    push(moves.from_running, id)
    push(moves.from_delayed, id)
    push(moves.from_held, id)
    push_pair(moves.to_dead, now, id)
    counts.unreadable = counts.unreadable + 1
end

-- Only what is still as the worker was given it: its fence comes first in the head.
local function bury_refused()
    for at = SETTINGS + 1, #ARGV, REFUSED_ARGS do
        local id, size, head = unpack(ARGV, at, at + 2)
        local record = call('HGET', JOBS, id)
        if record and #record == tonumber(size) and string.sub(record, 1, #head) == head then
            bury_unreadable(id, record)
        end
    end
end

-- What a resume left in `held`. Where it left some, more of it is near.
local function release_held()
    local ids, _, cursor = scan('ZSCAN', HELD, HELD_CURSOR, HELD_COUNT)
    local records = #ids > 0 and call('HMGET', JOBS, unpack(ids)) or {}
    local resumed = counts.resumed
    for i, is_paused in ipairs(paused_of(records)) do
        local job = records[i] and job_read(ids[i], records[i])
        if job and not is_paused and not job_is_late(job, time) then
            push(moves.from_held, job.id)
            push_pair(moves.to_ready, job.tag, job.id)
            counts.resumed = counts.resumed + 1
        end
    end
    has_more = has_more or counts.resumed > resumed and cursor ~= '0'
    return cursor
end

-- A job that lies in none of the five places goes to `ready`; one that waits or runs holds its pack;
-- one that waits past its deadline ends.
local function mend_jobs()
    local ids, records, cursor = scan('HSCAN', JOBS, JOBS_CURSOR, SCAN_COUNT)
    if #ids == 0 then
        return cursor
    end
    local places = place_of(ids)
    local jobs, packs = {}, {}
    for i, id in ipairs(ids) do
        local job = job_read(id, records[i])
        if not job and places[i] ~= DEAD then
            bury_unreadable(id, records[i])
        elseif job and not places[i] then
            move_to_ready(job)
            counts.mended = counts.mended + 1
        end
        local is_waiting = places[i] == READY or places[i] == DELAYED or places[i] == HELD
        if job and is_waiting and job_is_late(job, time) then
            drop_late(job)
        elseif job and places[i] ~= DEAD then
            push(jobs, job)
            push(packs, job.account .. ':' .. job.pack)
        end
    end
    for i, id in ipairs(#packs > 0 and call('HMGET', CREATING, unpack(packs)) or {}) do
        if not id then
            call('HSET', CREATING, packs[i], jobs[i].id)
            counts.mended = counts.mended + 1
        end
    end
    return cursor
end

local function release(pack, id, message)
    local account = string.match(pack, '^[^:]*')
    local key = PREFIX .. 'report:' .. pack
    local report = report_at(key)
    push(moves.freed, pack)
    count_unfinished(account, -1)
    if not report or report.id ~= id then
        return
    end
    report_fail(key, report, now, 'InternalError', message)
    if report.token ~= '' then
        call('PEXPIRE', PREFIX .. 'token:' .. account .. ':' .. report.token, LIMITS.token_ttl)
    end
    note_change(id, 'FAILED', account, string.sub(pack, #account + 2), 'InternalError')
end

-- A pack that is CREATING with no job behind it, or with a dead one.
local function release_packs()
    local packs, ids, cursor = scan('HSCAN', CREATING, CREATING_CURSOR, SCAN_COUNT)
    if #packs == 0 then
        return cursor
    end
    local jobs = call('HMGET', JOBS, unpack(ids))
    local deaths = call('ZMSCORE', DEAD, unpack(ids))
    for i, pack in ipairs(packs) do
        if not jobs[i] then
            release(pack, ids[i], 'The job of this report vanished.')
            counts.released = counts.released + 1
        elseif deaths[i] then
            release(pack, ids[i], 'The job of this report is a dead letter.')
            counts.released = counts.released + 1
        end
    end
    return cursor
end

-- A look at a part of a hash that found something to put right: what broke that has hardly stopped there,
-- and the rest shall not wait for the next sweeps on their timer. The last look of a round goes on, too,
-- unless it saw all: what lies before where it began was looked at before.
local function look_on(look, began_at)
    local function done()
        return counts.mended + counts.released + counts.unreadable + counts.late
    end
    local before = done()
    local cursor = look()
    has_more = has_more or done() > before and (began_at ~= '0' or cursor ~= '0')
    return cursor
end

-- Where nothing is unfinished, the virtual time begins anew, so that tags stay small, and no account
-- has unfinished jobs, whatever was lost on the way.
local function forget_when_idle()
    if call('HLEN', JOBS) == call('ZCARD', DEAD) then
        call('UNLINK', FAIR, UNFINISHED)
    end
end

-- A finish tag at or below the virtual time says the same as none, and so does one that is no number.
local function forget_tags()
    local accounts, tags, cursor = scan('HSCAN', FAIR, FAIR_CURSOR, SCAN_COUNT)
    local stored = call('HGET', FAIR, 'v')
    local virtual_time = number_of(stored)
    local behind = {stored and not whole_number(stored) and 'v' or nil}
    for i, account in ipairs(accounts) do
        if account ~= 'v' and number_of(tags[i]) <= virtual_time then
            push(behind, account)
        end
    end
    if #behind > 0 then
        call('HDEL', FAIR, unpack(behind))
    end
    return cursor
end

-- Workers that went silent. One that read something stays until others have taken that over.
local function forget_workers()
    local gone = call('ZRANGE', WORKERS, '-inf', whole(time - WORKER_GONE_MS), 'BYSCORE',
        'LIMIT', 0, GONE_MAX)
    for _, worker in ipairs(gone) do
        forget_worker(worker)
    end
end

-- Whether the first job of `ready` is to run alone.
local function is_alone_first()
    local id = call('ZRANGE', READY, 0, 0)[1]
    local record = id and call('HGET', JOBS, id)
    return record and record_is_alone(record)
end

-- Before anything is written: a script that fails halfway leaves jobs in no place.
local misfit = wrong_type()
if misfit then
    return {err = misfit}
end
pull_back(WORKERS, time, time)
pull_back(RUNNING, time + 2 * LEASE_MS, time + LEASE_MS) -- other workers' leases may be longer
pull_back(DELAYED, time + DELAY_MAX_MS, time + DELAY_MAX_MS)
local is_judging = may_judge()
resume_delayed()
if is_judging then
    recover_expired()
end
bury_refused()
write_moves() -- before the look for jobs in no place
local held_cursor = release_held()
write_moves()
local jobs_cursor = look_on(mend_jobs, JOBS_CURSOR)
write_moves() -- before the look for packs of dead jobs
local creating_cursor = look_on(release_packs, CREATING_CURSOR)
local is_runnable = counts.recovered + counts.resumed + counts.mended > 0
write_moves()
evict_dead(LIMITS)
forget_when_idle()
local fair_cursor = forget_tags()
if is_judging then
    forget_workers()
end
publish_changes(EVENTS_MAX)
local ready = call('ZCARD', READY)
if is_runnable and ready > 0 then
    wake_idle_worker(1)
end
return {counts.recovered, counts.resumed, counts.released, counts.mended, counts.buried,
    counts.unreadable, ready, jobs_cursor, creating_cursor, fair_cursor, counts.cancelled,
    counts.late, held_cursor, has_more and 1 or 0, is_alone_first() and 1 or 0}
