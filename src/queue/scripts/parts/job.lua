-- A job's record, the value of one field of `jobs`. This part alone knows its layout (docs/redis.md):
--   fence|attempts|crashes|flags|owner|started_at|step|done|total|tag|accepted_at|<request>
--   request: account|pack|request_id|language|deadline|token_digest
-- None of these texts can hold a '|'. Numbers stay text, so that none is rounded. The owner is set
-- exactly while the job is in `running`. `flags` is 'c' when the worker shall give the job up; then
-- the request's trace, 'W' and upper-case hex (job_record.c); then how many attempts failed, by class and
-- where there were some: 'e2' transient, 't1' throttled; 'w3' how often it waited for a service; last an
-- 'a' when the job runs alone.

-- A job's first record: waiting, or in its first attempt ('1', with fence, owner and when it began).
local function job_new(request, trace, tag, now, attempts, fence, owner, started_at)
    return fence .. '|' .. attempts .. '|0|' .. trace .. '|' .. owner .. '|' .. started_at .. '||0|0|'
        .. tag .. '|' .. now .. '|' .. request
end

-- The trace among the flags.
local function job_trace(job)
    return string.match(job.flags, 'W[%dA-FS]+') or ''
end

local ID_MAX = 64 -- TEXT_ID_MAX

local JOB_PATTERN = '^(%d+)|(%d+)|(%d+)|([^|]*)|([^|]*)|(%d+)|([^|]*)|(%d+|%d+)|(%d+)|(%d+)|'
    .. '(([^|]*)|([^|]*)|([^|]*)|[^|]*|%d*|(.*))$'

-- Nil for a record that this layout does not fit. `progress` is "done|total". The table is made at
-- once: one that grows field by field is made anew at each power of two; and it has 16 fields,
-- because with 17 it would take twice the memory.
local function job_read(id, record)
    local fence, attempts, crashes, flags, owner, started_at, step, progress, tag, accepted_at,
        request, account, pack, request_id, token = string.match(record, JOB_PATTERN)
    if not fence or #id > ID_MAX then
        return nil
    end
    return {id = id, fence = fence, attempts = attempts, crashes = crashes, flags = flags,
        owner = owner, started_at = started_at, step = step, progress = progress, tag = tag,
        accepted_at = accepted_at, request = request, account = account, pack = pack,
        request_id = request_id, token = token}
end

local GLANCE_PATTERN = '^(%d+)|%d+|%d+|[^|]*|([^|]*)|%d+|[^|]*|%d+|%d+|%d+|(%d+)|([^|]*)|([^|]*)|'
    .. '[^|]*|[^|]*|%d*|(.*)$'

-- What a complete job's ending wants of its record, without the table: fence, owner, accepted_at,
-- account, pack, token. Nothing for a record that the layout does not fit.
local function job_glance(record)
    return string.match(record, GLANCE_PATTERN)
end

-- Whether a request's deadline, which none or '0' leaves open, has passed.
local function deadline_has_passed(deadline, now)
    return deadline and deadline ~= '' and deadline ~= '0' and tonumber(deadline) <= now
end

local DEADLINE_PATTERN = '^' .. string.rep('[^|]*|', 15) .. '(%d+)|'

local function record_is_late(record, now)
    return deadline_has_passed(string.match(record, DEADLINE_PATTERN), now)
end

local function job_is_late(job, now)
    return deadline_has_passed(string.match(job.request, '^[^|]*|[^|]*|[^|]*|[^|]*|(%d+)|'), now)
end

-- The worker that runs the job shall give it up.
local function job_cancel(job)
    if string.sub(job.flags, 1, 1) ~= 'c' then
        job.flags = 'c' .. job.flags
    end
end

local function job_is_cancelled(job)
    return string.sub(job.flags, 1, 1) == 'c'
end

local RETRY_MARKS = {transient = 'e', throttled = 't', waiting = 'w'}

-- How many attempts failed in a way that may pass, as text; of waiting, how often it was put off.
local function job_failures(job, class)
    return job.flags == '' and '0' or string.match(job.flags, RETRY_MARKS[class] .. '(%d+)') or '0'
end

-- One more of them.
local function job_note_failure(job, class)
    local mark, count = RETRY_MARKS[class], job_failures(job, class) + 1
    job.flags = string.gsub(job.flags, mark .. '%d+', '') .. mark .. whole(count)
end

-- The next worker shall run it and nothing else: one more crash would bury it, and that must not be one
-- of another job.
local function job_set_alone(job)
    job.flags = string.gsub(job.flags, 'a', '') .. 'a'
end

-- Nearly all have no crash, and then the pattern ends at once.
local function record_is_alone(record)
    return string.find(record, '^%d+|%d+|[1-9]%d*|[^|]*a') ~= nil
end

local function job_drop_deadline(job)
    local head, tail = string.match(job.request, '^([^|]*|[^|]*|[^|]*|[^|]*|)%d*(|.*)$')
    job.request = head .. '0' .. tail
end

local CLAIM_PATTERN = '^%d+|(%d+)|(%d+|[^|]*)|[^|]*|%d+|[^|]*|%d+|%d+|()'

-- The record as a claim leaves it: next attempt, new fence and owner, no progress. Nil as above.
local function job_claimed(id, record, fence, owner, now)
    if #id > ID_MAX then
        return nil
    end
    local attempts, crashes_and_flags, rest_at = string.match(record, CLAIM_PATTERN)
    return attempts and fence .. '|' .. attempts + 1 .. '|' .. crashes_and_flags .. '|' .. owner
        .. '|' .. now .. '||0|0|' .. string.sub(record, rest_at)
end

local function job_write(job)
    return job.fence .. '|' .. job.attempts .. '|' .. job.crashes .. '|' .. job.flags .. '|'
        .. job.owner .. '|' .. job.started_at .. '|' .. job.step .. '|' .. job.progress .. '|'
        .. job.tag .. '|' .. job.accepted_at .. '|' .. job.request
end
