-- Changes of status, gathered and published as one entry of `events`: each field of it is a report,
-- each value "<status> <account> <pack> <code>".
local changes = {}

local function note_change(report_id, status, account, pack, code)
    push_pair(changes, report_id, status .. ' ' .. account .. ' ' .. pack .. ' ' .. code)
end

-- Those who follow along must not be able to stop the queue: a failure here is let go.
local function publish_changes(events_max)
    if #changes > 0 then
        try('XADD', EVENTS, 'MAXLEN', '~', events_max, '*', unpack(changes))
        changes = {}
    end
end
