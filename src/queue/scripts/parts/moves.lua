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

-- Accounts and their new counts, and the accounts that have none left: those have no field.
local function new_counts()
    local accounts, counted, gone = {}, {}, {}
    for account in pairs(moves.unfinished) do
        push(accounts, account)
    end
    for i, count in ipairs(#accounts > 0 and call('HMGET', UNFINISHED, unpack(accounts)) or {}) do
        local left = number_of(count) + moves.unfinished[accounts[i]]
        if left > 0 then
            push_pair(counted, accounts[i], whole(left))
        else
            push(gone, accounts[i])
        end
    end
    return counted, gone
end

-- Out of `running`, to be claimed again in its old turn: the tag it had puts it before all that its
-- account asked for later.
local function move_to_ready(job)
    job.owner = ''
    push_pair(moves.records, job.id, job_write(job))
    push(moves.from_running, job.id)
    push_pair(moves.to_ready, job.tag, job.id)
end

-- In an order in which it may be stopped and the ending be repeated: as long as the job is there, its
-- attempt goes on to be the present one; the counts change with the same commands that end it; and of what
-- is left behind it sweeps put the jobs into a place and take out of the places what is no job.
local function write_moves()
    local counted, gone = new_counts()
    local function write(command, key, list)
        if #list > 0 then
            call(command, key, unpack(list))
        end
    end
    write('HDEL', CREATING, moves.freed)
    write('HSET', JOBS, moves.records)
    write('HSET', UNFINISHED, counted)
    write('HDEL', UNFINISHED, gone)
    write('HDEL', JOBS, moves.gone)
    write('ZREM', READY, moves.from_ready)
    write('ZREM', RUNNING, moves.from_running)
    write('ZREM', DELAYED, moves.from_delayed)
    write('ZREM', HELD, moves.from_held)
    write('ZADD', READY, moves.to_ready)
    write('ZADD', DELAYED, moves.to_delayed)
    write('ZADD', DEAD, moves.to_dead)
    write('ZADD', HELD, moves.to_held)
    begin_moves()
end

begin_moves()
