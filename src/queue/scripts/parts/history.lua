-- What happened to a job, kept for a while whatever becomes of it: a text under `history:<ReportId>`.
-- This part and history_record.c alone know its layout (docs/redis.md):
--   outcome|ended_at|step|<the job's record as it was then (job.lua)>
--   name value              more of these, each name once
-- The first line is also how a repeated ending is known again. A key that holds anything else is made
-- anew.
local function history_at(key)
    local text = try('GET', key)
    return type(text) == 'string' and text or ''
end

local ENDING_PATTERN = '^([%l_]+)|%d+|[^|\n]*|(%d+)|%d+|%d+|[^|\n]*|([^|\n]*)|'
local WHOSE_PATTERN = '^([%l_]+)|' .. string.rep('[^|\n]*|', 13) .. '([^|\n]*)|([^|\n]*)|'

-- Outcome, fence and worker of the last ending; nothing when there is none.
local function history_ending(text)
    return string.match(text, ENDING_PATTERN)
end

-- Outcome, account and pack of it.
local function history_whose(text)
    return string.match(text, WHOSE_PATTERN)
end

-- Each name and value behind the first line.
local function history_pairs(text)
    return string.gmatch(text, '\n([^ \n]+) ([^\n]*)')
end

local function history_value(text, wanted)
    for name, value in history_pairs(text) do
        if name == wanted then
            return value
        end
    end
    return ''
end

-- The text after another ending: `more`, names and values, and of `before` what has other names.
local function history_after(before, outcome, now, step, record, more)
    local lines, fresh = {outcome .. '|' .. now .. '|' .. step .. '|' .. record}, {}
    for i = 1, #more, 2 do
        push(lines, more[i] .. ' ' .. one_line(more[i + 1]))
        fresh[more[i]] = true
    end
    for name, value in history_pairs(before) do
        if not fresh[name] then
            push(lines, name .. ' ' .. value)
        end
    end
    return table.concat(lines, '\n')
end

-- The text after a complete ending; nearly always there is nothing `before`.
local function history_complete(before, now, step, record, location, summary)
    if before ~= '' then
        return history_after(before, 'complete', now, step, record,
            {'location', location, 'summary', summary})
    end
    return 'complete|' .. now .. '|' .. step .. '|' .. record .. '\nlocation ' .. location
        .. '\nsummary ' .. summary
end

-- `more` may be nil.
local function write_history(key, job, outcome, now, ttl, more)
    call('SET', key, history_after(history_at(key), outcome, now, job.step, job_write(job), more or {}),
        'PX', ttl)
end

-- A text from upstream as one of several that '|' parts. The message comes last and may hold one.
local function part(text)
    return (string.gsub(text, '|', '/'))
end

-- What the history has of a failed attempt, and the last error that there was.
local function failed_attempt(job, now, cause)
    return {'attempt:' .. job.attempts, table.concat({now, job.fence, job.owner, job.step,
        part(cause.code), part(cause.upstream_code), part(cause.upstream_request_id), cause.message}, '|'),
        'code', cause.code, 'message', cause.message, 'upstream_code', cause.upstream_code,
        'upstream_request_id', cause.upstream_request_id}
end
