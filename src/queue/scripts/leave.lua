#!lua flags=allow-oom
-- Takes a worker that ends off the list, where it holds nothing any more. Where it does, its heartbeat is
-- what sweeps judge its jobs by, and they forget it later, as one that died.
-- KEYS: the fixed ones
-- ARGV: worker
-- Returns 1 when it is off the list; 0 when it holds a job, or entries of `requests` that it has read, or
-- when more jobs run than are looked through.
-- uses: keys job forget

local WORKER = ARGV[1]
local STEP = 500
local RUNNING_MAX = 4000 -- of all workers; some milliseconds

local function may_hold_a_job()
    local count = call('ZCARD', RUNNING)
    for first = 0, math.min(count, RUNNING_MAX) - 1, STEP do
        local ids = call('ZRANGE', RUNNING, first, first + STEP - 1)
        for _, record in ipairs(call('HMGET', JOBS, unpack(ids))) do
            local _, owner = job_glance(record or '')
            if owner == WORKER then
                return true
            end
        end
    end
    return count > RUNNING_MAX
end

return not may_hold_a_job() and forget_worker(WORKER) and 1 or 0
