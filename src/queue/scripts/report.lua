#!lua flags=no-writes
-- What is known of one report, read in one step, so that a job on its way from one place to another
-- is not missed.
-- KEYS: the fixed ones, report
-- ARGV: account, account:pack
-- Returns {{field, value, ...} of the report, place, record, last error, paused}; texts are empty when
-- there is no job behind it. Paused: everything, account, pack or empty.
-- uses: keys

local function paused_by()
    local all, account, pack = unpack(call('HMGET', PAUSED, '*', ARGV[1], ARGV[2]))
    return all and 'everything' or account and 'account' or pack and 'pack' or ''
end

local report = call('HGETALL', KEYS[FIXED_KEYS + 1])
local id = call('HGET', KEYS[FIXED_KEYS + 1], 'report_id')
local record = id and call('HGET', JOBS, id)
if not record then
    return {report, '', '', '', paused_by()}
end
local place = ''
for name, key in pairs(PLACES) do
    place = call('ZSCORE', key, id) and name or place
end
return {report, place, record, call('HGET', PREFIX .. 'history:' .. id, 'message') or '',
    paused_by()}
