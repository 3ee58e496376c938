#!lua flags=allow-oom
-- One step over one place for the doctor: entries that have no job go, and a job that is in several
-- places stays in one. What else can be wrong with jobs and packs, sweeps put right. Behind the
-- places each account's unfinished jobs are counted anew, in one step and O(n), as the audit is.
-- KEYS: the fixed ones
-- ARGV: place (0 to 4), or 5 for the counts; cursor
-- Returns {cursor, entries removed}.
-- uses: keys job

local BY_RANK = {RUNNING, DEAD, DELAYED, HELD, READY} -- the first of several counts
local PLACE, CURSOR = BY_RANK[tonumber(ARGV[1]) + 1], ARGV[2]
local SCAN_COUNT = 64 -- ZSCAN's hint; a small zset comes whole, with no more than 128

local function recount()
    local dead, counts = {}, {}
    for _, id in ipairs(call('ZRANGE', DEAD, 0, -1)) do
        dead[id] = true
    end
    local fields = call('HGETALL', JOBS)
    for i = 1, #fields, 2 do
        local job = not dead[fields[i]] and job_read(fields[i], fields[i + 1])
        if job then
            counts[job.account] = (counts[job.account] or 0) + 1
        end
    end
    call('UNLINK', UNFINISHED)
    for account, count in pairs(counts) do
        call('HSET', UNFINISHED, account, whole(count))
    end
end

if not PLACE then
    recount()
    return {'0', 0}
end

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
        for _, other in ipairs(BY_RANK) do
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
