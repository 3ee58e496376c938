#!lua flags=allow-oom
-- The doctor's look at a few keys of the partition: each has a name that we know, the right type, and
-- an owner or an end. With repair it puts right what can be put right without loss.
-- KEYS: the fixed ones, then the keys to look at
-- ARGV: repair or look; answer TTL, token TTL, history TTL
-- Returns {sentence, 1 if it was repaired, else 0, sentence, ...}.
-- uses: keys report fixed

local IS_REPAIR = ARGV[1] == 'repair'
local ANSWER_TTL, TOKEN_TTL, HISTORY_TTL = ARGV[2], ARGV[3], ARGV[4]

local findings = {}

-- `mend` puts it right; without one it is left as it is.
local function find(sentence, mend)
    local is_mended = IS_REPAIR and mend ~= nil
    if is_mended then
        mend()
    end
    push_pair(findings, sentence, is_mended and 1 or 0)
end

local types = fixed_types()

local function must_end(key, name, ttl)
    if call('PTTL', key) == -1 then
        find(name .. ' never expires', function() call('PEXPIRE', key, ttl) end)
    end
end

local function is_alive(id)
    return id and call('HEXISTS', JOBS, id) == 1 and not call('ZSCORE', DEAD, id)
end

-- What must hold for a key of a kind, a hash unless said below; `id` is the rest of its name.
local kinds = {}
local KIND_TYPES = {nonce = 'string', rate = 'string', report = 'string', history = 'string'}

function kinds.answer(key, name)
    must_end(key, name, ANSWER_TTL)
end

kinds.nonce, kinds.rate = kinds.answer, kinds.answer -- they go sooner by themselves

function kinds.history(key, name)
    must_end(key, name, HISTORY_TTL)
end

function kinds.token(key, name)
    if not is_alive(call('HGET', key, 'report_id')) then
        must_end(key, name, TOKEN_TTL)
    elseif call('PTTL', key) ~= -1 then
        find(name .. ' expires while its job is alive', function() call('PERSIST', key) end)
    end
end

function kinds.report(key, name, pack)
    local report = report_at(key)
    if not report then
        find(name .. ' is no report')
    elseif report.status == 'CREATING' and call('HEXISTS', CREATING, pack) == 0 then
        find(name .. ' is CREATING with no job behind it', function()
            report_fail(key, report, whole(now_ms()), 'InternalError', 'The job of this report vanished.')
        end)
    end
end

function kinds.dead(key, name, id)
    if not call('ZSCORE', DEAD, id) then
        find(name .. ' belongs to no dead job', function() call('UNLINK', key) end)
    end
end

local is_spoiled = #find_misfits() > 0 -- then what keys hold cannot be compared

local function inspect(key)
    local name = string.sub(key, #PREFIX + 1)
    local found = call('TYPE', key).ok
    if found == 'none' then -- it went between the scan and now
        return
    end
    local kind, id = string.match(name, '^(%l+):(.+)$')
    local wanted = types[name] or kinds[kind] and (KIND_TYPES[kind] or 'hash')
    if not wanted then
        find('the key ' .. key .. ' has a name that is not known')
    elseif found ~= wanted then
        find(misfit_sentence(name, found, wanted))
    elseif kinds[kind] and not is_spoiled then
        kinds[kind](key, name, id)
    end
end

for i = FIXED_KEYS + 1, #KEYS do
    inspect(KEYS[i])
end
return findings
