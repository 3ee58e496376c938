#!lua flags=allow-oom
-- Ends attempts, if owner and fence are current, and claims the next jobs for the caller.
-- KEYS: the fixed ones; then of each ending: report, history, token; of a retry also dead
-- ARGV: of each ending: id, fence, outcome (complete, failed, retry, hand_back, cancelled), step;
--       of complete also: location, summary;
--       of failed and retry: code, message, upstream code, upstream request id;
--       of retry: delay in ms, class (transient, throttled), attempts that may fail so;
--       then the settings, as below (last, because the batch grows until it is sent)
-- Returns {results, claimed}: of each ending finished, dead, cancelled or refused; then see claim.
-- uses: keys job events wake moves ending job_keys paused fair claim

local SETTINGS = 8
local WORKER, LEASE_MS, CLAIM_MAX, EVENTS_MAX, TOKEN_TTL, HISTORY_TTL, DEAD_MAX, WEIGHT =
    unpack(ARGV, #ARGV - SETTINGS + 1)
local LIMITS = {token_ttl = TOKEN_TTL, history_ttl = HISTORY_TTL, dead_max = tonumber(DEAD_MAX)}
local ENDING_ARGS, ENDING_KEYS = 4, 3 -- of any ending; then the outcome's own
local OUTCOME_ARGS = {complete = 2, failed = 4, retry = 7, hand_back = 0, cancelled = 0}
local OUTCOME_KEYS = {complete = 0, failed = 0, retry = 1, hand_back = 0, cancelled = 0}

local time = now_ms()
local now = whole(time)
local handed_back = false

-- `own`: where the outcome's own arguments begin.
local function read_ending(at, key)
    local outcome = ARGV[at + 2]
    return {id = ARGV[at], fence = ARGV[at + 1], outcome = outcome, step = ARGV[at + 3],
        own = at + ENDING_ARGS, keys = {report = KEYS[key], history = KEYS[key + 1],
        token = KEYS[key + 2], dead = outcome == 'retry' and KEYS[key + 3] or nil}}
end

local function read_endings()
    local endings, at, key = {}, 1, FIXED_KEYS + 1
    while at <= #ARGV - SETTINGS do
        local ending = read_ending(at, key)
        push(endings, ending)
        at = ending.own + OUTCOME_ARGS[ending.outcome]
        key = key + ENDING_KEYS + OUTCOME_KEYS[ending.outcome]
    end
    return endings
end

-- Of failed and retry.
local function cause_of(ending)
    local own = ending.own
    return {code = ARGV[own], message = ARGV[own + 1], upstream_code = ARGV[own + 2],
        upstream_request_id = ARGV[own + 3]}
end

local function end_complete(ending, job)
    local location, summary = ARGV[ending.own], ARGV[ending.own + 1]
    write_hash(ending.keys.report, 'status', 'COMPLETE', 'fence', job.fence,
        'ended_at', now, 'complete_report_id', job.id, 'location', location,
        'summary', summary, 'complete_at', now)
    write_history(ending.keys, job, 'complete', now, LIMITS, 'location', location,
        'summary', summary)
    note_change(job.id, 'COMPLETE', job.account, job.pack, '')
    free_pack(ending.keys, job, LIMITS)
    push(moves.from_running, job.id)
    push(moves.gone, job.id)
    return 'finished'
end

local function end_failed(ending, job)
    local cause = cause_of(ending)
    write_history(ending.keys, job, 'failed', now, LIMITS)
    write_failed_attempt(ending.keys, job, now, cause)
    write_failed_report(ending.keys, job, now, cause)
    free_pack(ending.keys, job, LIMITS)
    push(moves.from_running, job.id)
    push(moves.gone, job.id)
    return 'finished'
end

local function end_retry(ending, job)
    local cause = cause_of(ending)
    local delay_ms, class, attempts_max = unpack(ARGV, ending.own + 4, ending.own + 6)
    job_note_failure(job, class)
    local is_dead = tonumber(job_failures(job, class)) >= tonumber(attempts_max)
    write_history(ending.keys, job, is_dead and 'dead' or 'retry', now, LIMITS)
    write_failed_attempt(ending.keys, job, now, cause)
    if is_dead then
        bury(ending.keys, job, now, LIMITS, cause)
        return 'dead'
    end
    job.owner = ''
    push_pair(moves.records, job.id, job_write(job))
    push(moves.from_running, job.id)
    push_pair(moves.to_delayed, whole(time + delay_ms), job.id)
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

-- A report that was written under a higher fence: a failover lost increments of the counter, and the
-- new clock is behind the old one (take_fences). The attempt is void; the counter catches up, so that
-- the next one counts.
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

local endings, ids, results = read_endings(), {}, {}
for i = 1, #endings do
    ids[i] = endings[i].id
end
local records = #ids > 0 and call('HMGET', JOBS, unpack(ids)) or {}
local ended = {}
for i = 1, #endings do
    -- The same ending twice in a batch: the second is a repetition.
    results[i] = end_attempt(endings[i], not ended[ids[i]] and records[i])
    ended[ids[i]] = true
end
write_moves()
evict_dead(LIMITS)
local claimed = claim_jobs(WORKER, tonumber(CLAIM_MAX), LEASE_MS, time, LIMITS)
publish_changes(EVENTS_MAX)
if handed_back then
    wake_idle_worker(1)
end
return {results, claimed}
