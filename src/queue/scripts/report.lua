#!lua flags=no-writes
-- What is known of one report, read in one step, so that a job on its way from one place to another
-- is not missed.
-- KEYS: the fixed ones, report
-- Returns {{field, value, ...} of the report, place, record, last error}; texts are empty when there
-- is no job behind it.
-- uses: keys job

local report = call('HGETALL', KEYS[FIXED_KEYS + 1])
local id = call('HGET', KEYS[FIXED_KEYS + 1], 'report_id')
local record = id and call('HGET', JOBS, id)
if not record then
    return {report, '', '', ''}
end
local place = ''
for name, key in pairs({ready = READY, running = RUNNING, delayed = DELAYED, dead = DEAD}) do
    place = call('ZSCORE', key, id) and name or place
end
return {report, place, record, call('HGET', PREFIX .. 'history:' .. id, 'message') or ''}
