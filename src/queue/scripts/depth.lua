#!lua flags=no-writes
-- How much waits, and since when. Reads only.
-- KEYS: the fixed ones
-- Returns {ready, running, delayed, held, dead, intake entries, ms since the job that runs next was
-- accepted, or -1 when none waits}.
-- uses: keys job
local first = call('ZRANGE', READY, 0, 0)[1]
local record = first and call('HGET', JOBS, first)
local job = record and job_read(first, record)
local accepted_at = job and tonumber(job.accepted_at)
local waiting_ms = accepted_at and math.max(0, now_ms() - accepted_at) or -1
return {call('ZCARD', READY), call('ZCARD', RUNNING), call('ZCARD', DELAYED), call('ZCARD', HELD),
    call('ZCARD', DEAD), call('XLEN', REQUESTS), waiting_ms}
