-- Moves of jobs between the five places, gathered and written with one command per key.
local moves

local function begin_moves()
    moves = {
        records = {},      -- id, record
        gone = {},         -- ids: no longer jobs
        to_ready = {},     -- tag, id
        to_delayed = {},   -- due, id
        to_dead = {},      -- time, id
        to_held = {},      -- tag, id
        from_ready = {},   -- ids
        from_running = {}, -- ids
        from_delayed = {}, -- ids
        from_held = {},    -- ids
        freed = {},        -- "account:pack": no longer CREATING
        unfinished = {},   -- account -> by how many its unfinished jobs have grown
    }
end

-- One unfinished job of the account more, or less. A dead letter is none.
local function count_unfinished(account, change)
    moves.unfinished[account] = (moves.unfinished[account] or 0) + change
end

-- An account without unfinished jobs has no field.
local function write_counts()
    local accounts, counted, gone = {}, {}, {}
    for account in pairs(moves.unfinished) do
        push(accounts, account)
    end
    if #accounts == 0 then
        return
    end
    for i, count in ipairs(call('HMGET', UNFINISHED, unpack(accounts))) do
        local left = number_of(count) + moves.unfinished[accounts[i]]
        if left > 0 then
            push_pair(counted, accounts[i], whole(left))
        else
            push(gone, accounts[i])
        end
    end
    if #counted > 0 then
        call('HSET', UNFINISHED, unpack(counted))
    end
    if #gone > 0 then
        call('HDEL', UNFINISHED, unpack(gone))
    end
end

-- Out of `running`, to be claimed again in its old turn: the tag it had puts it before all that its
-- account asked for later.
local function move_to_ready(job)
    job.owner = ''
    push_pair(moves.records, job.id, job_write(job))
    push(moves.from_running, job.id)
    push_pair(moves.to_ready, job.tag, job.id)
end

local function write_moves()
    local function write(command, key, list)
        if #list > 0 then
            call(command, key, unpack(list))
        end
    end
    write('HSET', JOBS, moves.records)
    write('ZREM', READY, moves.from_ready)
    write('ZREM', RUNNING, moves.from_running)
    write('ZREM', DELAYED, moves.from_delayed)
    write('ZREM', HELD, moves.from_held)
    write('ZADD', READY, moves.to_ready)
    write('ZADD', DELAYED, moves.to_delayed)
    write('ZADD', DEAD, moves.to_dead)
    write('ZADD', HELD, moves.to_held)
    write('HDEL', CREATING, moves.freed)
    write('HDEL', JOBS, moves.gone)
    write_counts()
    begin_moves()
end

begin_moves()
