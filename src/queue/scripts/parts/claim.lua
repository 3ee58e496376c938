-- Claims: the first `count` of `ready` become this worker's, each with the next fence and a lease.
-- Jobs whose deadline has passed end here instead, before they cost anything. Returns {id, record, id,
-- record, ...}; changes of status are left to be published.
-- A job that is to run alone is given only to who asks for that (`limits.is_alone`, with a count of 1). To
-- all others it and what comes behind it are not there, and 'alone' is the last of what is returned: so
-- they end what they run, and the first of them that is idle asks for it. It waits no longer than that.

-- Each passes over at most `count` entries that have no job behind them, or one that is paused.
local CLAIM_ROUNDS = 4
local CLAIM_ROUNDS_PAUSED = 16

local function drop_late(id, record, now, limits)
    local job = job_read(id, record)
    if job then
        end_late(keys_of(job), job, whole(now), limits)
    end
end

-- The popped entries from the `first` on go back to where they were.
local function put_back(popped, first)
    for i = 2 * first - 1, #popped, 2 do
        push_pair(moves.to_ready, popped[i + 1], popped[i])
    end
end

-- Takes ids off `ready` that have a job. Returns ids, their records, the highest tag seen, and whether it
-- ended at a job that is to run alone.
local function take_ready(count, now, limits)
    local ids, records, tag = {}, {}, nil
    for _ = 1, may_be_paused() and CLAIM_ROUNDS_PAUSED or CLAIM_ROUNDS do
        local popped = call('ZPOPMIN', READY, count - #ids)
        local names = {}
        for i = 1, #popped, 2 do
            push(names, popped[i])
        end
        local found = #names > 0 and call('HMGET', JOBS, unpack(names)) or {}
        local paused = may_be_paused() and paused_of(found) or {}
        for i = 1, #found do
            local record = found[i]
            if paused[i] then
                push_pair(moves.to_held, popped[2 * i], names[i])
            elseif record and record_is_late(record, now) then
                drop_late(names[i], record, now, limits)
            elseif record and not limits.is_alone and record_is_alone(record) then
                put_back(popped, i)
                return ids, records, popped[2 * i - 2] or tag, true
            elseif record then
                push(ids, names[i])
                push(records, record)
            end
        end
        tag = popped[#popped] or tag
        if #ids == count or #names == 0 then
            break
        end
    end
    return ids, records, tag, false
end

-- The fence before the next one. They are never behind the clock in microseconds, which is faster than
-- claims can be: so those that a failover or a crash of Redis lost, with the claims that they were given
-- to, do not come again. Two attempts of one fence would have one folder. Who takes some writes the
-- last of them before it hands out any.
local function last_fence(now)
    return math.max(number_of(call('GET', FENCE)), now * 1000)
end

-- Gives the worker jobs that waited; `fence` is the last one that was given, `tag` the highest of their
-- start tags.
local function hand_out_waiting(ids, records, tag, fence, worker, lease_ms, now)
    call('SET', FENCE, whole(fence + #ids))
    local started_at, lease_end = whole(now), whole(now + lease_ms)
    local claimed, leases = {}, {}
    for i = 1, #ids do
        -- A record that is none stays as it is; sweep makes it a dead letter.
        local record = job_claimed(ids[i], records[i], whole(fence + i), worker, started_at)
        if record then
            push_pair(claimed, ids[i], record)
            push_pair(leases, lease_end, ids[i])
        end
    end
    if #claimed > 0 then
        call('HSET', JOBS, unpack(claimed))
        call('ZADD', RUNNING, unpack(leases))
        -- The queue's virtual time is the start tag of what was served last; it never goes back.
        if number_of(tag) > number_of(call('HGET', FAIR, 'v')) then
            call('HSET', FAIR, 'v', tag)
        end
    end
    return claimed
end

-- Fails where a place is something else, before jobs are taken out of another one.
local function expect_places()
    for _, key in pairs(PLACES) do
        call('ZCARD', key)
    end
end

local function claim_jobs(worker, count, lease_ms, now, limits)
    if count <= 0 or is_everything_paused() then
        return {}
    end
    local fence = last_fence(now) -- fails here, and not when jobs are off `ready`
    local ids, records, tag, is_alone_next = take_ready(count, now, limits)
    write_moves()
    local claimed = #ids == 0 and {}
        or hand_out_waiting(ids, records, tag, fence, worker, lease_ms, now)
    if is_alone_next then
        push(claimed, 'alone')
    end
    return claimed
end
