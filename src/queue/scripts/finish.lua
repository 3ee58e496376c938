#!lua flags=allow-oom
-- Ends attempts, if owner and fence are current, and claims the next jobs for the caller.
-- KEYS: the fixed ones; then of each ending: report, history, token; of a retry also dead
-- ARGV: of each ending: id, fence, outcome (complete, failed, retry, hand_back, cancelled), step;
--       of complete also: location, summary;
--       of failed and retry: code, message, upstream code, upstream request id;
--       of retry: delay in ms, class (transient, throttled, waiting), attempts that may fail so;
--       of waiting, which is no attempt of the job's and never its last, that number is not looked at;
--       then the settings, as below (last, because the batch grows until it is sent)
-- Returns {results, claimed}: of each ending finished, dead, cancelled or refused; then see claim.
-- uses: keys job events wake moves report history ending job_keys paused fair claim

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

-- `own`: where the outcome's own arguments begin; `report` and `history`: the texts, once they are read.
local function read_ending(at, key)
    local outcome = ARGV[at + 2]
    return {id = ARGV[at], fence = ARGV[at + 1], outcome = outcome, step = ARGV[at + 3],
        own = at + ENDING_ARGS, report = false, history = false, keys = {report = KEYS[key], history = KEYS[key + 1],
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

local function end_failed(ending, job)
    local cause = cause_of(ending)
    write_history(ending.keys.history, job, 'failed', now, HISTORY_TTL, failed_attempt(job, now, cause))
    write_failed_report(ending.keys, job, now, cause)
    free_pack(ending.keys, job.account, job.pack, job.token, LIMITS)
    push(moves.from_running, job.id)
    push(moves.gone, job.id)
    return 'finished'
end

local function end_retry(ending, job)
    local cause = cause_of(ending)
    local delay_ms, class, attempts_max = unpack(ARGV, ending.own + 4, ending.own + 6)
    job_note_failure(job, class)
    local is_wait = class == 'waiting'
    local is_dead = not is_wait and tonumber(job_failures(job, class)) >= tonumber(attempts_max)
    local failed = failed_attempt(job, now, cause)
    job.attempts = is_wait and whole(job.attempts - 1) or job.attempts
    write_history(ending.keys.history, job, is_dead and 'dead' or 'retry', now, HISTORY_TTL, failed)
    if is_dead then
        bury(ending.keys, job, now, LIMITS, cause)
        return 'dead'
    end
    -- It will come in its old turn; the account pays for the one that it used up. What only waits comes
    -- in the turn that is paid for: else a backlog that cannot run would always stand in front.
    local tag = charge_account(job.account, tonumber(WEIGHT))
    job.tag = is_wait and whole(tag) or job.tag
    job.owner = ''
    push_pair(moves.records, job.id, job_write(job))
    push(moves.from_running, job.id)
    push_pair(moves.to_delayed, whole(time + delay_ms), job.id)
    return 'finished'
end

-- Runnable by others at once; their attempt counts in place of this one.
local function give_back(job)
    move_to_ready(job)
    handed_back = true
end

local function end_handed_back(ending, job)
    job.attempts = whole(job.attempts - 1)
    write_history(ending.keys.history, job, 'hand_back', now, HISTORY_TTL)
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

local ENDS = {failed = end_failed, retry = end_retry, hand_back = end_handed_back,
    cancelled = end_taken_back}

-- What has come to its end stands, though a cancel was on its way; what would run again does not.
local function ends_for_good(ending)
    return ending.outcome == 'complete' or ending.outcome == 'failed'
end

-- A report that was written under a higher fence: a failover lost increments of the counter, and the
-- new clock is behind the old one (last_fence). The attempt is void; the counter catches up, so that
-- the next one counts.
local function is_outdated(ending)
    local stored = tonumber((report_kept(ending.report)))
    if stored <= tonumber(ending.fence) then
        return false
    end
    if stored > number_of(call('GET', FENCE)) then
        call('SET', FENCE, whole(stored))
    end
    return true
end

local function end_outdated(ending, job)
    if job_is_cancelled(job) then
        end_cancelled(ending.keys, job, now, LIMITS)
    else
        job.attempts = whole(job.attempts - 1)
        give_back(job)
    end
    return 'refused'
end

-- The job is not this attempt's (any more). If this very ending was recorded and its reply got lost,
-- the same answer again.
local function result_before(ending)
    local outcome, fence, worker = history_ending(history_at(ending.keys.history))
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

-- Whether the attempt is the job's present one; `fence` is nil where there is no job.
local function is_current(ending, fence, owner)
    return fence == ending.fence and owner == WORKER
end

-- The way of nearly all jobs, so without the table that job_read makes.
local function end_complete(ending, record)
    local fence, owner, accepted_at, account, pack, token = job_glance(record)
    if not is_current(ending, fence, owner) then
        return result_before(ending)
    elseif is_outdated(ending) then
        return end_outdated(ending, job_read(ending.id, record))
    end
    local id, keys, location, summary = ending.id, ending.keys, ARGV[ending.own], ARGV[ending.own + 1]
    push_pair(reports, keys.report, report_write('COMPLETE', fence, id, accepted_at, now, token, '', '',
        report_complete(id, now, location, summary)))
    call('SET', keys.history, history_complete(ending.history or '', now, ending.step, record, location,
        summary), 'PX', HISTORY_TTL)
    note_change(id, 'COMPLETE', account, pack, '', fence)
    free_pack(keys, account, pack, token, LIMITS)
    push(moves.from_running, id)
    push(moves.gone, id)
    return 'finished'
end

local function end_attempt(ending, record)
    if ending.outcome == 'complete' then
        return end_complete(ending, record or '')
    end
    local job = record and job_read(ending.id, record)
    if not job or not is_current(ending, job.fence, job.owner) then
        return result_before(ending)
    end
    job.step = ending.step
    if job_is_cancelled(job) and ending.outcome ~= 'failed' then
        return end_taken_back(ending, job)
    elseif is_outdated(ending) then
        return end_outdated(ending, job)
    end
    return ENDS[ending.outcome](ending, job)
end

-- The reports and histories of all, with one command.
local function read_texts(endings)
    local names = {}
    for i = 1, #endings do
        push_pair(names, endings[i].keys.report, endings[i].keys.history)
    end
    local texts = #names > 0 and call('MGET', unpack(names)) or names
    for i = 1, #endings do
        endings[i].report, endings[i].history = texts[2 * i - 1], texts[2 * i]
    end
end

local endings, ids, results = read_endings(), {}, {}
for i = 1, #endings do
    ids[i] = endings[i].id
end
local records = #ids > 0 and call('HMGET', JOBS, unpack(ids)) or {}
local ended = {}
expect_places()
read_texts(endings)
for i = 1, #endings do
    -- The same ending twice in a batch: the second is a repetition.
    results[i] = end_attempt(endings[i], not ended[ids[i]] and records[i])
    ended[ids[i]] = true
end
write_reports()
write_moves()
evict_dead(LIMITS)
local claimed = claim_jobs(WORKER, tonumber(CLAIM_MAX), LEASE_MS, time, LIMITS)
publish_changes(EVENTS_MAX)
if handed_back then
    wake_idle_worker(1)
end
return {results, claimed}
