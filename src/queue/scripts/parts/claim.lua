-- Claims: the first `count` of `ready` become this worker's, each with the next fence and a lease.
-- Jobs whose deadline has passed end here instead, before they cost anything. Returns {id, record, id,
-- record, ...}; changes of status are left to be published.

-- Each passes over at most `count` entries that have no job behind them, or one that is paused.
local CLAIM_ROUNDS = 4
local CLAIM_ROUNDS_PAUSED = 16

local function drop_late(id, record, now, limits)
    local job = job_read(id, record)
    if job then
        end_late(keys_of(job), job, whole(now), limits)
    end
end

-- Takes ids off `ready` that have a job. Returns ids, their records, and the highest tag seen.
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
    return ids, records, tag
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

-- Fails where `running` is something else, before anything is written that a lease should follow.
local function expect_running()
    call('ZCARD', RUNNING)
end

local function claim_jobs(worker, count, lease_ms, now, limits)
    if count <= 0 or is_everything_paused() then
        return {}
    end
    local fence = last_fence(now) -- fails here, and not when jobs are off `ready`
    local ids, records, tag = take_ready(count, now, limits)
    write_moves()
    return #ids == 0 and {} or hand_out_waiting(ids, records, tag, fence, worker, lease_ms, now)
end
