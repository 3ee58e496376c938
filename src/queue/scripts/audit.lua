#!lua flags=no-writes
-- Checks the central invariant and what follows from it, over everything. O(n) on purpose: for tests
-- and the doctor, not for the daemon.
-- KEYS: the fixed ones
-- ARGV: how many violations to spell out, and keys when single keys are to be looked at, too
-- Returns {jobs, ready, running, delayed, dead, held, violations, sentence, ...}.
-- uses: keys job report

local SENTENCES_MAX = tonumber(ARGV[1])
local violations, sentences = 0, {}

local function violation(...)
    violations = violations + 1
    if #sentences < SENTENCES_MAX then
        push(sentences, table.concat({...}))
    end
end

-- A hash or a list of pairs as a table.
local function table_of(pairs_list)
    local result, size = {}, 0
    for i = 1, #pairs_list, 2 do
        result[pairs_list[i]] = pairs_list[i + 1]
        size = size + 1
    end
    return result, size
end

-- What stands for a dead job whose record cannot be read.
local UNREADABLE = {fence = '0', owner = '', account = '', pack = ''}

local function read_jobs(dead)
    local jobs, size = table_of(call('HGETALL', JOBS))
    for id, record in pairs(jobs) do
        jobs[id] = job_read(id, record) or dead[id] and UNREADABLE or nil
        if not jobs[id] then
            violation('job ', id, ' has a record that cannot be read')
        end
    end
    return jobs, size
end

local function read_places()
    local places, sizes = {}, {}
    for name, key in pairs(PLACES) do
        local members, size = table_of(call('ZRANGE', key, 0, -1, 'WITHSCORES'))
        places[name], sizes[name] = members, size
    end
    return places, sizes
end

local places, sizes = read_places()
local jobs, job_count = read_jobs(places.dead)
local creating = table_of(call('HGETALL', CREATING))

local function check_places()
    for id, job in pairs(jobs) do
        local found = {}
        for name, members in pairs(places) do
            push(found, members[id] and name)
        end
        if #found == 0 then
            violation('job ', id, ' is in no place')
        elseif #found > 1 then
            table.sort(found)
            violation('job ', id, ' is in several places: ', table.concat(found, ', '))
        end
    end
    for name, members in pairs(places) do
        for id in pairs(members) do
            if not jobs[id] then
                violation(name, ' holds ', id, ', which is no job')
            end
        end
    end
end

local function check_owners()
    local counter = tonumber(call('GET', FENCE) or '0')
    for id, job in pairs(jobs) do
        local is_running = places.running[id]
        if is_running and job.owner == '' then
            violation('job ', id, ' is running without an owner')
        elseif not is_running and job.owner ~= '' then
            violation('job ', id, ' has the owner ', job.owner, ' and is not running')
        end
        if tonumber(job.fence) > counter then
            violation('job ', id, ' has the fence ', job.fence, ' above the counter ', counter)
        end
        local has_letter = call('EXISTS', PREFIX .. 'dead:' .. id) == 1
        if has_letter ~= (places.dead[id] ~= nil) then
            violation('job ', id, has_letter and ' has a dead letter and is not dead'
                or ' is dead without a dead letter')
        end
    end
end

local function check_packs()
    for pack, id in pairs(creating) do
        local job = jobs[id]
        if not job or places.dead[id] then
            violation('pack ', pack, ' is CREATING with no job behind it')
        elseif job.account .. ':' .. job.pack ~= pack then
            violation('pack ', pack, ' is CREATING with the job of another pack')
        end
        local report = report_at(PREFIX .. 'report:' .. pack)
        if not report or report.status ~= 'CREATING' or report.id ~= id then
            violation('pack ', pack, ' is CREATING and its report does not say so')
        end
    end
    for id, job in pairs(jobs) do
        if not places.dead[id] and creating[job.account .. ':' .. job.pack] ~= id then
            violation('job ', id, ' is unfinished and does not hold its pack')
        end
    end
end

local function check_counts()
    local counts = table_of(call('HGETALL', UNFINISHED))
    local unfinished = {}
    for id, job in pairs(jobs) do
        if not places.dead[id] then
            unfinished[job.account] = (unfinished[job.account] or 0) + 1
        end
    end
    for account, count in pairs(unfinished) do
        if tonumber(counts[account] or '0') ~= count then
            violation('account ', account, ' has ', count, ' unfinished jobs, and ',
                counts[account] or '0', ' are counted')
        end
    end
    for account, count in pairs(counts) do
        if not unfinished[account] then
            violation('account ', account, ' has no unfinished jobs, and ', count, ' are counted')
        end
    end
end

-- What must hold for a key of a kind, by the name behind it.
local checks = {}

function checks.report(key, pack)
    local report = report_at(key)
    if not report then
        violation('report ', pack, ' is no report')
    elseif report.status == 'CREATING' and not creating[pack] then
        violation('report ', pack, ' is CREATING and its pack is not')
    end
end

-- A token lives as long as its job, and then for a while.
function checks.token(key, name)
    local id = call('HGET', key, 'report_id')
    local is_alive = jobs[id] and not places.dead[id]
    local expires = call('PTTL', key) ~= -1
    if is_alive and expires then
        violation('token ', name, ' expires while its job ', id, ' is alive')
    elseif not is_alive and not expires then
        violation('token ', name, ' never expires and has no job')
    end
end

function checks.answer(key, name)
    if call('PTTL', key) == -1 then
        violation('answer ', name, ' never expires')
    end
end

function checks.history(key, name)
    if call('PTTL', key) == -1 then
        violation('history ', name, ' never expires')
    end
end

function checks.dead(_, id)
    if not places.dead[id] then
        violation('dead letter ', id, ' belongs to no dead job')
    end
end

local function check_keys()
    local cursor = '0'
    repeat
        -- In a pattern of MATCH the braces of the hash tag mean themselves.
        local reply = call('SCAN', cursor, 'MATCH', PREFIX .. '*:*', 'COUNT', 1000)
        cursor = reply[1]
        for _, key in ipairs(reply[2]) do
            local kind, name = string.match(key, '^(%l+):(.*)$', #PREFIX + 1)
            if checks[kind] then
                checks[kind](key, name)
            end
        end
    until cursor == '0'
end

check_places()
check_owners()
check_packs()
check_counts()
if ARGV[2] == 'keys' then
    check_keys()
end
return {job_count, sizes.ready, sizes.running, sizes.delayed, sizes.dead, sizes.held, violations,
    unpack(sentences)}
