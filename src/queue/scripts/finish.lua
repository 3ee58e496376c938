#!lua flags=allow-oom
-- Ends attempts, if owner and fence are current, and claims the next jobs for the caller.
-- KEYS: the fixed ones; then of each ending: report, history, dead, token
-- ARGV: of each ending: id, fence, outcome (complete, failed, retry, hand_back, cancelled), code, message,
--       upstream code, upstream request id, location, summary, step, delay in ms, class of a retry
--       (transient, throttled), attempts that may fail so;
--       then the settings, as below (last, because the batch grows until it is sent)
-- Returns {results, claimed}: of each ending finished, dead, cancelled or refused; then see claim.
-- uses: keys job events wake moves ending job_keys paused fair claim

local ENDING_ARGS = 13
local SETTINGS = 8
local COUNT = (#ARGV - SETTINGS) / ENDING_ARGS
local WORKER, LEASE_MS, CLAIM_MAX, EVENTS_MAX, TOKEN_TTL, HISTORY_TTL, DEAD_MAX, WEIGHT =
    unpack(ARGV, #ARGV - SETTINGS + 1)
local LIMITS = {token_ttl = TOKEN_TTL, history_ttl = HISTORY_TTL, dead_max = tonumber(DEAD_MAX)}
local ENDING_KEYS = 4

local time = now_ms()
local now = whole(time)
local handed_back = false

local function read_ending(number)
    local at = (number - 1) * ENDING_ARGS
    local key = FIXED_KEYS + (number - 1) * ENDING_KEYS
    return {
        id = ARGV[at + 1], fence = ARGV[at + 2], outcome = ARGV[at + 3],
        cause = {code = ARGV[at + 4], message = ARGV[at + 5], upstream_code = ARGV[at + 6],
            upstream_request_id = ARGV[at + 7]},
        location = ARGV[at + 8], summary = ARGV[at + 9], step = ARGV[at + 10],
        delay_ms = tonumber(ARGV[at + 11]), class = ARGV[at + 12],
        attempts_max = tonumber(ARGV[at + 13]),
        keys = {report = KEYS[key + 1], history = KEYS[key + 2], dead = KEYS[key + 3],
            token = KEYS[key + 4]},
    }
end

local function end_complete(ending, job)
    write_hash(ending.keys.report, 'status', 'COMPLETE', 'fence', job.fence,
        'ended_at', now, 'complete_report_id', job.id, 'location', ending.location,
        'summary', ending.summary, 'complete_at', now)
    write_history(ending.keys, job, 'complete', now, LIMITS, 'location', ending.location,
        'summary', ending.summary)
    note_change(job.id, 'COMPLETE', job.account, job.pack, '')
    free_pack(ending.keys, job, LIMITS)
    push(moves.from_running, job.id)
    push(moves.gone, job.id)
    return 'finished'
end

local function end_failed(ending, job)
    write_history(ending.keys, job, 'failed', now, LIMITS)
    write_failed_attempt(ending.keys, job, now, ending.cause)
    write_failed_report(ending.keys, job, now, ending.cause)
    free_pack(ending.keys, job, LIMITS)
    push(moves.from_running, job.id)
    push(moves.gone, job.id)
    return 'finished'
end

local function end_retry(ending, job)
    job_note_failure(job, ending.class)
    local is_dead = tonumber(job_failures(job, ending.class)) >= ending.attempts_max
    write_history(ending.keys, job, is_dead and 'dead' or 'retry', now, LIMITS)
    write_failed_attempt(ending.keys, job, now, ending.cause)
    if is_dead then
        bury(ending.keys, job, now, LIMITS, ending.cause)
        return 'dead'
    end
    job.owner = ''
    push_pair(moves.records, job.id, job_write(job))
    push(moves.from_running, job.id)
    push_pair(moves.to_delayed, whole(time + ending.delay_ms), job.id)
    -- It will come in its old turn; the account pays for the one that it used up.
    charge_account(job.account, tonumber(WEIGHT))
    return 'finished'
end

-- Runnable by others at once; their attempt counts in place of this one.
local function give_back(job)
    move_to_ready(job)
    handed_back = true
end

local function end_handed_back(ending, job)
    job.attempts = whole(job.attempts - 1)
    write_history(ending.keys, job, 'hand_back', now, LIMITS)
    give_back(job)
    return 'finished'
end

-- What an ending is told whose job is over as cancelled.
local function cancelled_result(ending)
    return ending.outcome == 'cancelled' and 'finished' or 'cancelled'
end

local function end_taken_back(ending, job)
    end_cancelled(ending.keys, job, now, LIMITS)
    return cancelled_result(ending)
end

local ENDS = {complete = end_complete, failed = end_failed, retry = end_retry,
    hand_back = end_handed_back, cancelled = end_taken_back}

-- What has come to its end stands, though a cancel was on its way; what would run again does not.
local function ends_for_good(ending)
    return ending.outcome == 'complete' or ending.outcome == 'failed'
end

-- A report that was written under a higher fence: a failover lost increments of the counter. The
-- attempt is void; the counter catches up, so that the next one counts.
local function is_outdated(ending, job)
    local stored = tonumber(read_field(ending.keys.report, 'fence')) or 0
    if stored <= tonumber(job.fence) then
        return false
    end
    if stored > tonumber(call('GET', FENCE) or '0') then
        call('SET', FENCE, whole(stored))
    end
    return true
end

-- The job is not this attempt's (any more). If this very ending was recorded and its reply got lost,
-- the same answer again.
local function result_before(ending)
    local outcome, fence, worker = read_last_ending(ending.keys)
    if fence ~= ending.fence or worker ~= WORKER then
        return 'refused'
    end
    if outcome == 'dead' and ending.outcome == 'retry' then
        return 'dead'
    end
    if outcome == 'cancelled' and not ends_for_good(ending) then
        return cancelled_result(ending)
    end
    return outcome == ending.outcome and 'finished' or 'refused'
end

local function end_attempt(ending, record)
    local job = record and job_read(ending.id, record)
    if not job or job.owner ~= WORKER or job.fence ~= ending.fence then
        return result_before(ending)
    end
    job.step = ending.step
    local is_cancelled = job_is_cancelled(job)
    if is_cancelled and not ends_for_good(ending) then
        return end_taken_back(ending, job)
    end
    if is_outdated(ending, job) then
        if is_cancelled then
            end_cancelled(ending.keys, job, now, LIMITS)
            return 'refused'
        end
        job.attempts = whole(job.attempts - 1)
        give_back(job)
        return 'refused'
    end
    return ENDS[ending.outcome](ending, job)
end

local ids, results = {}, {}
for i = 1, COUNT do
    push(ids, ARGV[(i - 1) * ENDING_ARGS + 1])
end
local records = #ids > 0 and call('HMGET', JOBS, unpack(ids)) or {}
local ended = {}
for i, id in ipairs(ids) do
    -- The same ending twice in a batch: the second is a repetition.
    results[i] = end_attempt(read_ending(i), not ended[id] and records[i])
    ended[id] = true
end
write_moves()
evict_dead(LIMITS)
local claimed = claim_jobs(WORKER, tonumber(CLAIM_MAX), LEASE_MS, time, LIMITS)
publish_changes(EVENTS_MAX)
if handed_back then
    wake_idle_worker(1)
end
return {results, claimed}
