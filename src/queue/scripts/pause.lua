#!lua flags=allow-oom
-- Pauses or resumes everything, an account or a pack, and moves a bounded part of the jobs concerned
-- between `ready` and `held`; called again with the cursor until that is '0'. What it has not moved
-- yet, claims and sweeps do.
-- KEYS: the fixed ones
-- ARGV: pause or resume, field of `paused`, cursor ('0' at first)
-- Returns {cursor, moved, changed}: changed is 1 when it was not so before.
-- uses: keys job wake moves paused scan

local ACTION, FIELD, CURSOR = ARGV[1], ARGV[2], ARGV[3]
local SCAN_COUNT = 64

local function move(place, wants_paused, from, to)
    local ids, scores, cursor = scan('ZSCAN', place, CURSOR, SCAN_COUNT)
    local records = #ids > 0 and call('HMGET', JOBS, unpack(ids)) or {}
    local moved = 0
    for i, is_paused in ipairs(paused_of(records)) do
        if is_paused == wants_paused then
            push(from, ids[i])
            push_pair(to, scores[i], ids[i])
            moved = moved + 1
        end
    end
    write_moves()
    return cursor, moved
end

if ACTION == 'pause' then
    local changed = call('HSETNX', PAUSED, FIELD, whole(now_ms()))
    if FIELD == EVERYTHING then -- claims look at that before all else
        return {'0', 0, changed}
    end
    local cursor, moved = move(READY, true, moves.from_ready, moves.to_held)
    return {cursor, moved, changed}
end
local changed = call('HDEL', PAUSED, FIELD)
local cursor, moved = move(HELD, false, moves.from_held, moves.to_ready)
if call('ZCARD', READY) > 0 then
    wake_idle_worker(1)
end
return {cursor, moved, changed}
