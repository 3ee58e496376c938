#!lua flags=allow-oom
-- One bounded step of the doctor's repairs. Of a place: entries that have no job go, and a job that is in
-- several places stays in one. Of `fair` and `unfinished`: fields that are no numbers go, which is 0.
-- `fence`: one that is no number is made anew. `counts`: what recount.c found, where it is still so. What
-- else can be wrong with jobs and packs, sweeps put right.
-- KEYS: the fixed ones
-- ARGV: what, cursor; of `counts` then of each account: its name, how many are counted, how many there are
-- Returns {next cursor, entries mended}.
-- uses: keys job scan

local WHAT, CURSOR = ARGV[1], ARGV[2]
local BY_RANK = {RUNNING, DEAD, DELAYED, HELD, READY} -- the first of several counts
local SCAN_COUNT = 64
local mended = 0

local function remove(place, id)
    mended = mended + call('ZREM', place, id)
end

local function mend_place(place)
    local ids, _, cursor = scan('ZSCAN', place, CURSOR, SCAN_COUNT)
    for _, id in ipairs(ids) do
        local record = call('HGET', JOBS, id)
        local job = record and job_read(id, record)
        if not record then
            remove(place, id)
        elseif place == RUNNING and job and job.owner == '' then
            remove(RUNNING, id) -- a sweep gives it back to `ready`
        else
            for _, other in ipairs(BY_RANK) do
                if other == place then
                    break
                elseif call('ZSCORE', other, id) then
                    remove(place, id)
                    break
                end
            end
        end
    end
    return cursor
end

local function mend_numbers(key)
    local names, values, cursor = scan('HSCAN', key, CURSOR, SCAN_COUNT)
    for i, name in ipairs(names) do
        if not whole_number(values[i]) then
            mended = mended + call('HDEL', key, name)
        end
    end
    return cursor
end

-- No lower than any that a claim could have given: the clock in microseconds is above them.
local function mend_fence()
    local fence = call('GET', FENCE)
    if fence and not whole_number(fence) then
        call('SET', FENCE, whole(now_ms() * 1000))
        mended = mended + 1
    end
    return '0'
end

local function mend_counts()
    for at = 3, #ARGV, 3 do
        local account, counted, count = ARGV[at], ARGV[at + 1], ARGV[at + 2]
        if (call('HGET', UNFINISHED, account) or '0') == counted then
            if count == '0' then
                call('HDEL', UNFINISHED, account)
            else
                call('HSET', UNFINISHED, account, count)
            end
            mended = mended + 1
        end
    end
    return '0'
end

local function mend()
    if PLACES[WHAT] then
        return mend_place(PLACES[WHAT])
    elseif WHAT == 'fence' then
        return mend_fence()
    elseif WHAT == 'counts' then
        return mend_counts()
    end
    return mend_numbers(WHAT == 'fair' and FAIR or UNFINISHED)
end

local cursor = mend()
return {cursor, mended}
