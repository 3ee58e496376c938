-- The report of a pack, a text under `report:<account>:<pack>`. This part and report_record.c alone
-- know its layout (docs/redis.md), five lines:
--   status|fence|report_id|accepted_at|ended_at|token|code
--   message
--   complete_report_id|complete_at
--   location
--   summary
-- A text and no hash, because each job writes it twice: so a batch reads all with one MGET and writes
-- all with one MSET. A key that holds anything else counts as none, and is made anew when it is written.
local NO_COMPLETE = '|\n\n' -- the last three lines as long as none was complete

local REPORT_PATTERN = '^(%u+)|(%d+)|([^|\n]*)|(%d+)|(%d+)|([^|\n]*)|([^|\n]*)\n([^\n]*)\n'
    .. '([^\n]*\n[^\n]*\n[^\n]*)$'

-- Texts from elsewhere must not bring lines of their own.
local function one_line(text)
    return (string.gsub(text, '[\r\n]', ' '))
end

-- Nil where `text`, what GET or MGET gave, is no report.
local function report_read(text)
    local status, fence, id, accepted_at, ended_at, token, code, message, complete =
        string.match(type(text) == 'string' and text or '', REPORT_PATTERN)
    return status and {status = status, fence = fence, id = id, accepted_at = accepted_at,
        ended_at = ended_at, token = token, code = code, message = message, complete = complete}
end

local function report_at(key)
    return report_read(try('GET', key))
end

-- What a new state of the pack keeps of the last one: its fence and its last complete report.
local function report_kept(text)
    local fence, complete =
        string.match(text or '', '^%u+|(%d+)|[^\n]*\n[^\n]*\n([^\n]*\n[^\n]*\n[^\n]*)$')
    return fence or '0', complete or NO_COMPLETE
end

local function report_write(status, fence, id, accepted_at, ended_at, token, code, message, complete)
    return status .. '|' .. fence .. '|' .. id .. '|' .. accepted_at .. '|' .. ended_at .. '|'
        .. token .. '|' .. code .. '\n' .. message .. '\n' .. complete
end

-- `location` and `summary` come from the worker, which sees to it that they are of one line each.
local function report_complete(id, now, location, summary)
    return id .. '|' .. now .. '\n' .. location .. '\n' .. summary
end

-- Puts another state of the job's report into its key. The fence never falls: it tells writers apart.
local function put_report(key, job, status, ended_at, code, message)
    local stored = try('GET', key)
    local fence, complete = report_kept(type(stored) == 'string' and stored)
    if tonumber(job.fence) > tonumber(fence) then
        fence = job.fence
    end
    call('SET', key, report_write(status, fence, job.id, job.accepted_at, ended_at, job.token, code,
        one_line(message), complete))
end

-- The stored report as failed, where there is no job any more.
local function report_fail(key, report, now, code, message)
    call('SET', key, report_write('FAILED', report.fence, report.id, report.accepted_at, now, report.token,
        code, message, report.complete))
end

-- Reports of a batch, gathered and written with one command.
local reports = {} -- key, text

local function write_reports()
    if #reports > 0 then
        call('MSET', unpack(reports))
        reports = {}
    end
end
