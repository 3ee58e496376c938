#!lua flags=allow-oom
-- Takes a request back: a job that waits ends at once; the worker of one that runs is told, and ends
-- it under its fence. On a full Redis, too, as it drains it.
-- KEYS: the fixed ones, report (of the pack; when a ReportId is given, of nothing)
-- ARGV: ReportId, or '' for the latest of the pack; token TTL, history TTL, events kept
-- Returns {what, ReportId, account, pack, detail}: what is
--   cancelled   over, by this call
--   told        detail: the worker that runs it and has been told
--   dead        a dead letter: it has failed already
--   unreadable  its record is none; the next sweep buries it
--   ended       detail: how
--   none        nothing is known of it
-- uses: keys job events moves report history ending job_keys control

local REPORT_ID, TOKEN_TTL, HISTORY_TTL, EVENTS_MAX = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local REPORT = REPORT_ID == '' and report_at(KEYS[FIXED_KEYS + 1]) or nil
local LIMITS = {token_ttl = TOKEN_TTL, history_ttl = HISTORY_TTL}

-- What is said of a job that is no longer one.
local function tell_end(id)
    if REPORT_ID == '' then
        return {REPORT and 'ended' or 'none', id, '', '', REPORT and REPORT.status or ''}
    end
    local outcome, account, pack = history_whose(history_at(PREFIX .. 'history:' .. id))
    return {outcome and 'ended' or 'none', id, account or '', pack or '', outcome or ''}
end

local function cancel(id)
    local record = id ~= '' and call('HGET', JOBS, id)
    if not record then
        return tell_end(id)
    end
    local job = job_read(id, record)
    if not job then
        return {'unreadable', id, '', '', ''}
    end
    local what, detail = 'cancelled', ''
    if call('ZSCORE', DEAD, id) then
        what = 'dead'
    elseif job.owner ~= '' then
        what, detail = 'told', job.owner
        job_cancel(job)
        call('HSET', JOBS, id, job_write(job))
        tell_worker(job.owner, 'renew')
    else
        end_cancelled(keys_of(job), job, whole(now_ms()), LIMITS)
    end
    return {what, id, job.account, job.pack, detail}
end

local result = cancel(REPORT_ID ~= '' and REPORT_ID or REPORT and REPORT.id or '')
write_moves()
publish_changes(EVENTS_MAX)
return result
