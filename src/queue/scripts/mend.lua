#!lua flags=allow-oom
-- One step over one place for the doctor: entries that have no job go, and a job that is in several
-- places stays in one. What else can be wrong with jobs and packs, sweeps put right.
-- KEYS: the fixed ones
-- ARGV: place (0 to 4), cursor
-- Returns {cursor, entries removed}.
-- uses: keys job

local PLACES = {RUNNING, DEAD, DELAYED, HELD, READY} -- the first of several counts
local PLACE, CURSOR = PLACES[tonumber(ARGV[1]) + 1], ARGV[2]
local SCAN_COUNT = 64 -- ZSCAN's hint; a small zset comes whole, with no more than 128

local reply = call('ZSCAN', PLACE, CURSOR, 'COUNT', SCAN_COUNT)
local removed = 0

local function remove(place, id)
    removed = removed + call('ZREM', place, id)
end

for i = 1, #reply[2], 2 do
    local id = reply[2][i]
    local record = call('HGET', JOBS, id)
    local job = record and job_read(id, record)
    if not record then
        remove(PLACE, id)
    elseif PLACE == RUNNING and job and job.owner == '' then
        remove(RUNNING, id) -- a sweep gives it back to `ready`
    else
        for _, other in ipairs(PLACES) do
            if other == PLACE then
                break
            elseif call('ZSCORE', other, id) then
                remove(PLACE, id)
                break
            end
        end
    end
end
return {reply[1], removed}
