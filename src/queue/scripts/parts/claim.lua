-- Claims: the first `count` of `ready` become this worker's, each with the next fence and a lease.
-- Returns {id, record, id, record, ...}.

local CLAIM_ROUNDS = 4 -- each passes over at most `count` entries that have no job behind them

-- Takes ids off `ready`. Returns the jobs, and the highest tag seen.
local function take_ready(count)
    local jobs, tag = {}, nil
    for _ = 1, CLAIM_ROUNDS do
        local popped = redis.call('ZPOPMIN', READY, count - #jobs)
        local ids = {}
        for i = 1, #popped, 2 do
            append(ids, popped[i])
        end
        local records = #ids > 0 and redis.call('HMGET', JOBS, unpack(ids)) or {}
        for i, record in ipairs(records) do
            append(jobs, record and job_read(ids[i], record) or nil)
        end
        tag = popped[#popped] or tag
        if #jobs == count or #ids == 0 then
            break
        end
    end
    return jobs, tag
end

local function claim_jobs(worker, count, lease_ms, now)
    if count <= 0 then
        return {}
    end
    local jobs, tag = take_ready(count)
    if #jobs == 0 then
        return {}
    end
    local fence = redis.call('INCRBY', FENCE, #jobs) - #jobs
    local claimed, leases = {}, {}
    for i, job in ipairs(jobs) do
        job.fence = whole(fence + i)
        job.attempts = job.attempts + 1
        job.owner, job.started_at = worker, whole(now)
        job.step, job.done, job.total = '', 0, 0
        append(claimed, job.id, job_write(job))
        append(leases, whole(now + lease_ms), job.id)
    end
    redis.call('HSET', JOBS, unpack(claimed))
    redis.call('ZADD', RUNNING, unpack(leases))
    -- The queue's virtual time is the start tag of what was served last; it never goes back.
    if tonumber(tag) > tonumber(redis.call('HGET', FAIR, 'v') or '0') then
        redis.call('HSET', FAIR, 'v', tag)
    end
    return claimed
end
