#!lua flags=no-writes
-- What is known of one report, read in one step, so that a job on its way from one place to another
-- is not missed.
-- KEYS: the fixed ones, report
-- ARGV: account, account:pack
-- Returns {text of the report (report_record.c), place, record, last error, paused}; texts are empty when
-- there is none, or no job behind it. Paused: everything, account, pack or empty.
-- uses: keys job report history

local function paused_by()
    local all, account, pack = unpack(call('HMGET', PAUSED, '*', ARGV[1], ARGV[2]))
    return all and 'everything' or account and 'account' or pack and 'pack' or ''
end

local text = try('GET', KEYS[FIXED_KEYS + 1])
local report = report_read(text)
local record = report and call('HGET', JOBS, report.id)
if not record then
    return {report and text or '', '', '', '', paused_by()}
end
local place = ''
for name, key in pairs(PLACES) do
    place = call('ZSCORE', key, report.id) and name or place
end
return {text, place, record, history_value(history_at(PREFIX .. 'history:' .. report.id), 'message'),
    paused_by()}
