#!lua flags=allow-oom
-- Reads entries of `requests` one by one and measures each, so that one that is too large goes no
-- further: it is returned by its size alone. On a full Redis, too, as reading without a script does.
-- KEYS: the fixed ones
-- ARGV: what to read (new, own, left), worker, number of entries, of fields and bytes of an entry at
--       most; left: milliseconds that an entry must have been idle, and the cursor to begin at
-- Returns {entries, cursor, vanished}: an entry is {id, {name, value, ...}}, or {id, {}, fields, bytes} for
-- one that is too large, and then it is the last. `vanished` are ids that were pending and that somebody
-- deleted, as many as entries at most; they are not pending any more. The cursor is that of XAUTOCLAIM, of
-- other reads "0-0".
-- uses: keys

local KIND, WORKER, COUNT_MAX = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIELDS_MAX, BYTES_MAX = tonumber(ARGV[4]), tonumber(ARGV[5])
local IDLE_MS = ARGV[6]
local END = '0-0'

local cursor, vanished = END, {}
local own_after = '0'

local function read_group(after)
    local reply = call('XREADGROUP', 'GROUP', GROUP, WORKER, 'COUNT', 1, 'STREAMS', REQUESTS, after)
    return reply and reply[1][2][1]
end

-- Each kind's next entry, nil or false at the end.
local next_entry = {
    new = function()
        return read_group('>')
    end,
    -- One that somebody deleted is no longer pending then, as with XAUTOCLAIM.
    own = function()
        while #vanished < COUNT_MAX do
            local entry = read_group(own_after)
            own_after = entry and entry[1]
            if not entry or entry[2] then
                return entry
            end
            call('XACK', REQUESTS, GROUP, entry[1])
            push(vanished, entry[1])
        end
    end,
    -- A step looks at ten entries at the most, and may find none to take although more follow.
    left = function()
        local reply = call('XAUTOCLAIM', REQUESTS, GROUP, WORKER, IDLE_MS, cursor, 'COUNT', 1)
        cursor = reply[1]
        for _, id in ipairs(reply[3]) do
            push(vanished, id)
        end
        return reply[2][1]
    end,
}

-- Fields and bytes of one that is too large, nil otherwise.
local function excess(fields)
    local count, bytes = #fields / 2, 0
    if count > FIELDS_MAX then
        return count, 0
    end
    for _, text in ipairs(fields) do
        bytes = bytes + #text
    end
    if bytes > BYTES_MAX then
        return count, bytes
    end
end

local entries = {}
if KIND == 'left' then
    cursor = ARGV[7]
end
for _ = 1, COUNT_MAX do
    local entry = next_entry[KIND]()
    if entry then
        local fields, bytes = excess(entry[2])
        push(entries, fields and {entry[1], {}, fields, bytes} or {entry[1], entry[2]})
        if fields then
            entry = nil
            collectgarbage() -- or Redis keeps the text until many more scripts have run
            break
        end
    end
    if KIND == 'left' and cursor == END or KIND ~= 'left' and not entry then
        break
    end
end
return {entries, cursor, vanished}
