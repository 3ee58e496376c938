#!lua flags=allow-oom
-- What becomes of one dead letter: its job is made ready again as if it were new, or it is dropped.
-- On a full Redis, too: a retry takes no more than the letter did.
-- KEYS: the fixed ones, dead (the letter)
-- ARGV: retry or drop, ReportId, events kept, weight of an account that has none of its own
-- Returns {what, account, pack, detail}: what is
--   retried, dropped
--   none        there is no such dead letter
--   busy        retry: another report of the pack is in the making, detail is its ReportId
--   unreadable  retry: the job's record is none
-- uses: keys job events wake moves report history ending job_keys fair

local ACTION, ID, EVENTS_MAX, WEIGHT = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local LETTER = KEYS[FIXED_KEYS + 1]

-- The report that the job's pack is CREATING with; false when it is not.
local function report_of_pack(job)
    return call('HGET', CREATING, job.account .. ':' .. job.pack)
end

local function is_in_the_making(id)
    return id and id ~= ID and call('HEXISTS', JOBS, id) == 1
end

-- A token lives as long as its job; one that was used again since belongs to another.
local function keep_token(key)
    if try('HGET', key, 'report_id') == ID then
        call('PERSIST', key)
    end
end

-- The job as new: last in its account's turn, no attempts, no crashes, and no deadline, which passed
-- or was not meant for this. The fence stays, because fences only rise.
local function renew_job(job)
    local tag = charge_account(job.account, WEIGHT)
    job.attempts, job.crashes, job.flags = '0', '0', job_trace(job)
    job.owner, job.started_at = '', '0'
    job.step, job.progress, job.tag = '', '0|0', whole(tag)
    job_drop_deadline(job)
    push_pair(moves.records, ID, job_write(job))
    push_pair(moves.to_ready, job.tag, ID)
end

local function retry(job)
    local keys = keys_of(job)
    put_report(keys.report, job, 'CREATING', '0', '', '')
    if job.token ~= '' then
        keep_token(keys.token)
    end
    renew_job(job)
    call('HSET', CREATING, job.account .. ':' .. job.pack, ID)
    note_change(ID, 'CREATING', job.account, job.pack, '', job.fence)
end

local function remove_letter()
    call('ZREM', DEAD, ID)
    call('UNLINK', LETTER)
end

local function decide()
    local record = call('ZSCORE', DEAD, ID) and call('HGET', JOBS, ID)
    if not record then
        return {'none', '', '', ''}
    end
    local job = job_read(ID, record)
    local account, pack = job and job.account or '', job and job.pack or ''
    if ACTION == 'drop' then
        remove_letter()
        push(moves.gone, ID)
        return {'dropped', account, pack, ''}
    end
    if not job then
        return {'unreadable', '', '', ''}
    end
    local report_id = report_of_pack(job)
    if is_in_the_making(report_id) then
        return {'busy', account, pack, report_id}
    end
    retry(job)
    if not report_id then -- else it takes the place of a job that vanished and was never counted out
        count_unfinished(account, 1)
    end
    remove_letter()
    return {'retried', account, pack, ''}
end

local result = decide()
write_moves()
publish_changes(EVENTS_MAX)
if result[1] == 'retried' then
    wake_idle_worker(1)
end
return result
