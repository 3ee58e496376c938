#!lua flags=allow-oom
-- Extends the leases that a worker holds, writes how far its jobs are, and notes that it lives.
-- KEYS: the fixed ones
-- ARGV: worker, lease in ms, version, jobs that it holds in all, draining or ''; then of each job: id, fence, step,
--       done, total
-- Returns of each job: held, lost or cancelled.
-- uses: keys job

local WORKER, LEASE_MS, VERSION, HOLDS, STATE = unpack(ARGV, 1, 5)
local SETTINGS = 5
local JOB_ARGS = 5

local now = now_ms()
local ids, holds, records, leases = {}, {}, {}, {}
for at = SETTINGS + 1, #ARGV, JOB_ARGS do
    push(ids, ARGV[at])
end
local stored = #ids > 0 and call('HMGET', JOBS, unpack(ids)) or {}
for i, record in ipairs(stored) do
    local at = SETTINGS + (i - 1) * JOB_ARGS
    local job = record and job_read(ids[i], record)
    if job and job.owner == WORKER and job.fence == ARGV[at + 2] then
        job.step, job.progress = ARGV[at + 3], ARGV[at + 4] .. '|' .. ARGV[at + 5]
        push_pair(records, job.id, job_write(job))
        push_pair(leases, whole(now + LEASE_MS), job.id)
        holds[i] = job_is_cancelled(job) and 'cancelled' or 'held'
    else
        holds[i] = 'lost'
    end
end
if #records > 0 then
    call('HSET', JOBS, unpack(records))
    -- GT: a clock that went back with a failover must not shorten a lease.
    call('ZADD', RUNNING, 'GT', unpack(leases))
end
-- Nobody could renew for a lease: Redis was away, or all workers were. One lease for those that
-- live to come back before sweep takes leases as run out.
local newest = newest_heartbeat()
if newest and newest <= now - LEASE_MS then
    call('SET', GRACE, '1', 'PX', LEASE_MS)
end
call('ZADD', WORKERS, whole(now), WORKER)
call('HSET', WORKER_INFO, WORKER, HOLDS .. '|' .. VERSION .. '|' .. STATE .. '|' .. LEASE_MS)
return holds
