#!lua flags=no-writes
-- One bounded look at a part of the partition: whether the central invariant holds there, and what
-- follows from it. A script is atomic, so what it says of an entry is true, whatever moves between two
-- looks. How many unfinished jobs an account has is no single look's to say (recount.c).
-- KEYS: the fixed ones
-- ARGV: what (a key of `looks` below), cursor ('0' at first; `sizes` has none)
-- Returns {next cursor, entries looked at, {sentence, ...}, {account, number, ...}}; of `sizes` the last
-- list is jobs, ready, running, delayed, dead, held, or empty where a fixed key is spoiled.
-- uses: keys job report fixed scan

local WHAT, CURSOR = ARGV[1], ARGV[2]
local SCAN_COUNT = 100
local TEXT_MAX = 32    -- of what is spoiled, shown

local sentences, numbers = {}, {}

local function violation(...)
    push(sentences, table.concat({...}))
end

local function shown(text)
    return '"' .. string.gsub(string.sub(text, 1, TEXT_MAX), '[%c"]', '?') .. '"'
end

local function look_up(command, key, names)
    return #names > 0 and call(command, key, unpack(names)) or {}
end

local PLACE_NAMES = {'dead', 'delayed', 'held', 'ready', 'running'} -- sorted, as they are told

-- Of each id the names of the places that it is in.
local function places_of(ids)
    local places = {}
    for i = 1, #ids do
        places[i] = {}
    end
    for _, name in ipairs(PLACE_NAMES) do
        for i, score in ipairs(look_up('ZMSCORE', PLACES[name], ids)) do
            if score then
                push(places[i], name)
                places[i][name] = true
            end
        end
    end
    return places
end

local function check_place(id, places)
    if #places == 0 then
        violation('job ', id, ' is in no place')
    elseif #places > 1 then
        violation('job ', id, ' is in several places: ', table.concat(places, ', '))
    end
    local has_letter = call('EXISTS', PREFIX .. 'dead:' .. id) == 1
    if has_letter ~= (places.dead or false) then
        violation('job ', id, has_letter and ' has a dead letter and is not dead'
            or ' is dead without a dead letter')
    end
end

local function check_job(job, places, counter)
    if places.running and job.owner == '' then
        violation('job ', job.id, ' is running without an owner')
    elseif not places.running and job.owner ~= '' then
        violation('job ', job.id, ' has the owner ', job.owner, ' and is not running')
    end
    if counter and tonumber(job.fence) > counter then
        violation('job ', job.id, ' has the fence ', job.fence, ' above the counter ', whole(counter))
    end
end

local looks = {}

function looks.sizes()
    sentences = find_misfits()
    if #sentences > 0 then
        return '0', 0
    end
    numbers = {call('HLEN', JOBS), call('ZCARD', READY), call('ZCARD', RUNNING), call('ZCARD', DELAYED),
        call('ZCARD', DEAD), call('ZCARD', HELD)}
    local fence = call('GET', FENCE)
    if fence and not whole_number(fence) then
        violation('fence is ', shown(fence), ' and no number')
    end
    return '0', 1
end

function looks.jobs()
    local ids, records, cursor = scan('HSCAN', JOBS, CURSOR, SCAN_COUNT)
    local places = places_of(ids)
    local counter = whole_number(call('GET', FENCE) or '0')
    local unfinished, packs = {}, {}
    for i, id in ipairs(ids) do
        local job = job_read(id, records[i])
        if job or places[i].dead then
            check_place(id, places[i])
        else
            violation('job ', id, ' has a record that cannot be read: all that can become of it is a ',
                'dead letter that can be dropped')
        end
        if job then
            check_job(job, places[i], counter)
        end
        if job and not places[i].dead then
            push(unfinished, id)
            push(packs, job.account .. ':' .. job.pack)
        end
    end
    for i, holder in ipairs(look_up('HMGET', CREATING, packs)) do
        if holder ~= unfinished[i] then
            violation('job ', unfinished[i], ' is unfinished and does not hold its pack')
        end
    end
    return cursor, #ids
end

local function look_at_place(name)
    local ids, _, cursor = scan('ZSCAN', PLACES[name], CURSOR, SCAN_COUNT)
    for i, record in ipairs(look_up('HMGET', JOBS, ids)) do
        if not record then
            violation(name, ' holds ', ids[i], ', which is no job')
        end
    end
    return cursor, #ids
end

for name in pairs(PLACES) do
    looks[name] = function() return look_at_place(name) end
end

function looks.creating()
    local packs, ids, cursor = scan('HSCAN', CREATING, CURSOR, SCAN_COUNT)
    local records, deaths = look_up('HMGET', JOBS, ids), look_up('ZMSCORE', DEAD, ids)
    for i, pack in ipairs(packs) do
        local job = records[i] and job_read(ids[i], records[i])
        if not records[i] or deaths[i] then
            violation('pack ', pack, ' is CREATING with no job behind it')
        elseif job and job.account .. ':' .. job.pack ~= pack then
            violation('pack ', pack, ' is CREATING with the job of another pack')
        end
        local report = report_at(PREFIX .. 'report:' .. pack)
        if not report or report.status ~= 'CREATING' or report.id ~= ids[i] then
            violation('pack ', pack, ' is CREATING and its report does not say so')
        end
    end
    return cursor, #packs
end

function looks.fair()
    local accounts, tags, cursor = scan('HSCAN', FAIR, CURSOR, SCAN_COUNT)
    for i, account in ipairs(accounts) do
        if not whole_number(tags[i]) then
            violation('fair has the tag ', shown(tags[i]), ' for ', account == 'v' and 'the virtual time'
                or 'account ' .. shown(account), ', which is no number')
        end
    end
    return cursor, #accounts
end

-- What is counted. What is no number counts as 0.
function looks.unfinished()
    local accounts, counts, cursor = scan('HSCAN', UNFINISHED, CURSOR, SCAN_COUNT)
    for i, account in ipairs(accounts) do
        if not whole_number(counts[i]) then
            violation('unfinished has ', shown(counts[i]), ' for account ', shown(account),
                ', which is no number')
        end
        push_pair(numbers, account, whole_number(counts[i]) or 0)
    end
    return cursor, #accounts
end

-- What there is: the unfinished jobs of each account in this step.
function looks.count()
    local ids, records, cursor = scan('HSCAN', JOBS, CURSOR, SCAN_COUNT)
    local deaths, counts = look_up('ZMSCORE', DEAD, ids), {}
    for i, id in ipairs(ids) do
        local job = not deaths[i] and job_read(id, records[i])
        if job then
            counts[job.account] = (counts[job.account] or 0) + 1
        end
    end
    for account, count in pairs(counts) do
        push_pair(numbers, account, count)
    end
    return cursor, #ids
end

local cursor, looked_at = looks[WHAT]()
return {cursor, looked_at, sentences, numbers}
