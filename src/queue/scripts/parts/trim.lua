-- Entries of `requests` that are done leave the stream.

-- One more, on the decimal text: sequence numbers pass 2^53.
local function number_after(digits)
    local head, nines = string.match(digits, '^(.-)(9*)$')
    local zeros = string.rep('0', #nines)
    if head == '' then
        return '1' .. zeros
    end
    return string.sub(head, 1, -2) .. (string.sub(head, -1) + 1) .. zeros
end

local SEQUENCE_MAX = '18446744073709551615'

-- The entry id that comes right behind.
local function id_after(id)
    local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
    if sequence == SEQUENCE_MAX then
        return number_after(ms) .. '-0'
    end
    return ms .. '-' .. number_after(sequence)
end

-- The id of the last entry that any reader got; nil when that cannot be found out.
local function last_delivered()
    for _, group in ipairs(try('XINFO', 'GROUPS', REQUESTS)) do
        local info = {}
        for i = 1, #group, 2 do
            info[group[i]] = group[i + 1]
        end
        if info.name == GROUP then
            return info['last-delivered-id']
        end
    end
end

-- Everything below the lowest id that is pending for anybody has its answer; when nothing is
-- pending, all that was delivered has. One trim per batch: deleting entry by entry is dear.
local function trim_requests()
    local pending = try('XPENDING', REQUESTS, GROUP)
    local lowest = not pending.err and (pending[2] or last_delivered())
    if lowest then
        try('XTRIM', REQUESTS, 'MINID', pending[2] and lowest or id_after(lowest))
    end
end

-- Takes entries off the stream, by their ids.
local function remove_entries(ids)
    if #ids > 0 then
        try('XACK', REQUESTS, GROUP, unpack(ids))
        trim_requests()
    end
end
