-- Changes of status, gathered and published as one entry of `events`: each field of it is a report,
-- each value "<status> <account> <pack> <code> <fence>".
local changes = {}

-- `fence`: of the job's last attempt; nil when there was none.
local function note_change(report_id, status, account, pack, code, fence)
    push_pair(changes, report_id, status .. ' ' .. account .. ' ' .. pack .. ' ' .. code .. ' '
        .. (fence or '0'))
end

-- Those who follow along must not be able to stop the queue: a failure here is let go.
local function publish_changes(events_max)
    if #changes > 0 then
        try('XADD', EVENTS, 'MAXLEN', '~', events_max, '*', unpack(changes))
        changes = {}
    end
end
