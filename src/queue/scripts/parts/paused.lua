-- What is paused: fields of `paused`, '*' for everything, "<account>" and "<account>:<pack>", with the
-- time since when. Jobs of what is paused wait in `held`, where no claim comes by.
local EVERYTHING = '*'

local is_any_paused -- nil: not looked up yet

local function may_be_paused()
    if is_any_paused == nil then
        is_any_paused = call('EXISTS', PAUSED) == 1
    end
    return is_any_paused
end

local function is_everything_paused()
    return may_be_paused() and call('HEXISTS', PAUSED, EVERYTHING) == 1
end

-- Of each record whether its account or pack is paused; `records` may hold false and what is none.
local function paused_of(records)
    local fields, paused = {}, {}
    for i, record in ipairs(records) do
        local job = record and job_read('', record)
        push_pair(fields, job and job.account or '', job and job.account .. ':' .. job.pack or '')
        paused[i] = false
    end
    local found = #fields > 0 and call('HMGET', PAUSED, unpack(fields)) or {}
    for i = 1, #records do
        paused[i] = (found[2 * i - 1] or found[2 * i]) and true or false
    end
    return paused
end
