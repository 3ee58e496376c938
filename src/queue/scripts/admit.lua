#!lua
-- Decides a batch of requests, records each answer, takes their entries off the stream, and claims
-- jobs for the caller.
-- KEYS: the fixed ones; then of each entry but a wake-up: answer; the same by entry id, if the kind
--       ends in "+own"; and if it asks: report; token, if the request has one
-- ARGV: as SETTINGS below; then (code, HTTP status, message) of the answers that are decided
--       here; then of each entry: entry id, kind (ask, ask+own, refused, refused+own, wake); of all but
--       a wake-up also: request (see job), fingerprint; then of what asks: report id, trace (see job);
--       of what is refused: "code|HTTP status|message"
-- Returns {answers, claimed}: of each entry code, how (new, replayed, unrecorded), request id,
-- report id, message; then see claim.
-- A key of one entry that holds something else must not stop the others: those are read with
-- `try_typed`.
--
-- All that can fail is read before anything is written, and what is written comes in an order in which
-- the script may be stopped (a user who may not run one of the commands) and run again:
--   a reservation    CREATING and the account's count; without a job it is stale, and whoever asks next,
--                    or a sweep, takes its place
--   reports, fence   what a claim takes from the fence is never given again
--   jobs             from here on they are accepted; one in no place is put into `ready` by a sweep
--   tokens, answers  by which a repetition knows its entry again; with the same command as the jobs and
--                    the reservation, so that one right decides over all of them
--   places           `ready` or `running`
--   the rest         ends of answers, events, the entries themselves
-- uses: keys job events wake moves report history ending job_keys paused fair claim trim

local WORKER, LEASE_MS, CLAIM_MAX, BACKLOG_MAX = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local ANSWER_TTL, TOKEN_TTL, EVENTS_MAX, COUNT = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])
local LIMITS = {token_ttl = TOKEN_TTL, history_ttl = ARGV[9]}
local ACCOUNT_WEIGHT, ACCOUNT_CAP = tonumber(ARGV[10]), tonumber(ARGV[11])
local SETTINGS = 11
local ACCEPTED, IN_CREATION, MISMATCH, UNAVAILABLE, UNUSABLE, REUSED, THROTTLED = 1, 2, 3, 4, 5, 6, 7
local ANSWERS = 7
local ANSWER_KEYS = {ask = 1, ['ask+own'] = 2, refused = 1, ['refused+own'] = 2}
local ENTRY_ARGS = {ask = 6, ['ask+own'] = 6, refused = 5, ['refused+own'] = 5, wake = 2}

local time = now_ms()
local now = whole(time)

-- Tables are made at once, with all their fields: one that grows field by field is made anew at each
-- power of two.
local function fixed_answer(which, request_id, report_id, replayed)
    local at = SETTINGS + (which - 1) * 3
    return {code = ARGV[at + 1], status = ARGV[at + 2], message = ARGV[at + 3],
        request_id = request_id, report_id = report_id, replayed = replayed, fingerprint = false}
end

local REQUEST_PATTERN = '^([^|]*)|([^|]*)|([^|]*)|[^|]*|(%d*)|()'

local is_any_late = false -- of those that ask

-- Each of these returns an entry, and where the keys of the next one begin. An entry has 16 fields at
-- most: see job_read.
local function read_refused(at, key)
    local account, pack, request_id = string.match(ARGV[at + 2], REQUEST_PATTERN)
    local code, status, message = string.match(ARGV[at + 4], '^([^|]*)|([^|]*)|(.*)$')
    local refusal = {code = code, status = status, message = message, request_id = request_id,
        report_id = '', replayed = false, fingerprint = false}
    return {id = ARGV[at], kind = 'refused', account = account, pack = pack,
        request_id = request_id, answer_key = KEYS[key],
        own_key = KEYS[key + ANSWER_KEYS[ARGV[at + 1]] - 1], refusal = refusal,
        fingerprint = ARGV[at + 3], answer = false}, key + ANSWER_KEYS[ARGV[at + 1]]
end

local function read_ask(at, key)
    local request = ARGV[at + 2]
    local account, pack, request_id, deadline, token_at = string.match(request, REQUEST_PATTERN)
    local token = string.sub(request, token_at)
    local next_key = key + ANSWER_KEYS[ARGV[at + 1]]
    is_any_late = is_any_late or deadline_has_passed(deadline, time)
    return {id = ARGV[at], kind = 'ask', account = account, pack = pack, request_id = request_id,
        report_id = ARGV[at + 4], at = at, token = token, fingerprint = ARGV[at + 3],
        pack_field = account .. ':' .. pack, answer_key = KEYS[key], own_key = KEYS[next_key - 1],
        report_key = KEYS[next_key], token_key = token ~= '' and KEYS[next_key + 1],
        answer = false,
        tag = false,      -- its start tag, when it was accepted
        replaces = false, -- then: the ReportId of a job that is gone
    }, next_key + (token ~= '' and 2 or 1)
end

local function read_entries()
    local entries, at, key = {}, SETTINGS + ANSWERS * 3 + 1, FIXED_KEYS + 1
    for i = 1, COUNT do
        local kind = ARGV[at + 1]
        if kind == 'wake' then
            entries[i] = {id = ARGV[at], kind = kind}
        else
            local read = (kind == 'ask' or kind == 'ask+own') and read_ask or read_refused
            entries[i], key = read(at, key)
        end
        at = at + ENTRY_ARGS[kind]
    end
    return entries
end

-- What the batch can see: Redis as it was, and on top of it what entries before it in the batch did.
local seen = {
    answers = {},  -- answer key -> answer, where one was recorded; false: it cannot be used
    reports = {},  -- report key -> its text; false: there is none
    tokens = {},   -- token key -> {fingerprint, request_id, report_id}; false: it cannot be used
    creating = {}, -- "account:pack" -> ReportId of the job behind it
    stale = {},    -- "account:pack" -> ReportId of a job that is gone
    accounts = {}, -- account -> {tag (its finish tag), cost, cap, unfinished}
    virtual_time = 0,
    highest_tag = nil, -- highest start tag that an accepted request got
    unfinished = 0,
}

local endless = {} -- keys of answers that have no end yet

-- The answer under a key; nil when there is none, false when the key holds something else.
local function see_answer(key)
    local stored = try_typed('HMGET', key, 'Code', 'RequestId', 'ReportId', 'Message', 'Fingerprint')
    if not stored then
        seen.answers[key] = false
    elseif stored[1] then
        seen.answers[key] = {code = stored[1], request_id = stored[2] or '',
            report_id = stored[3] or '', message = stored[4] or '', fingerprint = stored[5]}
        if call('PTTL', key) == -1 then -- it was written by a script that was stopped behind it
            push(endless, key)
        end
    end
    return seen.answers[key]
end

local function see_answers(entries)
    local keys = {}
    for i = 1, #entries do
        keys[#keys + 1] = entries[i].answer_key
    end
    if #keys == 0 or call('EXISTS', unpack(keys)) == 0 then
        return
    end
    for _, key in ipairs(keys) do
        see_answer(key)
    end
end

-- A pack is CREATING when a job stands behind it; without one it is stale, and can be asked for.
local function see_packs(fields)
    local ids = call('HMGET', CREATING, unpack(fields))
    local named, named_fields = {}, {}
    for i, id in ipairs(ids) do
        if id then
            push(named, id)
            push(named_fields, fields[i])
        end
    end
    if #named == 0 then
        return
    end
    for i, job in ipairs(call('HMGET', JOBS, unpack(named))) do
        local view = job and seen.creating or seen.stale
        view[named_fields[i]] = named[i]
    end
end

local function see_reports(keys)
    for i, text in ipairs(call('MGET', unpack(keys))) do
        seen.reports[keys[i]] = text
    end
end

local function see_accounts(accounts)
    local tags = call('HMGET', FAIR, 'v', unpack(accounts))
    local own = call('HMGET', ACCOUNTS, unpack(accounts))
    local counts = call('HMGET', UNFINISHED, unpack(accounts))
    seen.virtual_time = number_of(tags[1])
    for i, account in ipairs(accounts) do
        local weight, cap = account_values(own[i], ACCOUNT_WEIGHT, ACCOUNT_CAP)
        seen.accounts[account] = {tag = number_of(tags[i + 1]), cost = tag_cost(weight),
            cap = cap > 0 and cap or math.huge, unfinished = number_of(counts[i])}
    end
end

local function see(entries)
    local fields, keys, accounts, known = {}, {}, {}, {}
    see_answers(entries)
    for i = 1, #entries do
        local entry = entries[i]
        if entry.kind == 'ask' then
            push(fields, entry.pack_field)
            push(keys, entry.report_key)
            if not known[entry.account] then
                known[entry.account] = true
                push(accounts, entry.account)
            end
        end
    end
    if #fields > 0 then
        see_packs(fields)
        see_reports(keys)
        see_accounts(accounts)
        seen.unfinished = call('HLEN', JOBS) - call('ZCARD', DEAD)
    end
end

-- The first answer to the entry's token; nil when there is none, false when its key cannot be used.
local function token_of(entry)
    if entry.token == '' then
        return nil
    end
    local token = seen.tokens[entry.token_key]
    if token == nil then
        local stored = try_typed('HMGET', entry.token_key, 'fingerprint', 'request_id', 'report_id')
        if not stored then
            token = false
        elseif stored[1] then
            token = {fingerprint = stored[1], request_id = stored[2], report_id = stored[3]}
        end
        seen.tokens[entry.token_key] = token
    end
    return token
end

local function accept(entry)
    local account = seen.accounts[entry.account]
    local tag = math.max(seen.virtual_time, account.tag)
    account.tag = tag + account.cost
    seen.highest_tag = math.max(seen.highest_tag or 0, tag)
    seen.unfinished = seen.unfinished + 1
    if not seen.stale[entry.pack_field] then -- else it takes the place of one that was not counted out
        account.unfinished = account.unfinished + 1
    end
    seen.creating[entry.pack_field] = entry.report_id
    entry.tag = whole(tag)
    entry.replaces = seen.stale[entry.pack_field]
    seen.stale[entry.pack_field] = nil
    if entry.token ~= '' then
        seen.tokens[entry.token_key] = {fingerprint = entry.fingerprint,
            request_id = entry.request_id, report_id = entry.report_id}
    end
    return fixed_answer(ACCEPTED, entry.request_id, entry.report_id, false)
end

-- The order matters: a token's first answer comes before anything that could refuse it today.
local function decide_request(entry)
    local token = token_of(entry)
    if token == false then
        return fixed_answer(UNUSABLE, entry.request_id, '', false)
    elseif token and token.fingerprint == entry.fingerprint then
        return fixed_answer(ACCEPTED, token.request_id, token.report_id, true)
    elseif token then
        return fixed_answer(MISMATCH, entry.request_id, '', false)
    elseif seen.creating[entry.pack_field] then
        return fixed_answer(IN_CREATION, entry.request_id, '', false)
    elseif seen.accounts[entry.account].unfinished >= seen.accounts[entry.account].cap then
        return fixed_answer(THROTTLED, entry.request_id, '', false)
    elseif seen.unfinished >= BACKLOG_MAX then
        return fixed_answer(UNAVAILABLE, entry.request_id, '', false)
    end
    return accept(entry)
end

-- Decides without the key that the entry's answer belongs under, because another request has the
-- RequestId, or something else lies there: the answer goes under the entry's
-- own id. Where that cannot be, too, it is handed to the caller and recorded nowhere.
local function decide_elsewhere(entry, refusal)
    local is_same = entry.own_key == entry.answer_key
    entry.answer_key = entry.own_key
    local stored = not is_same and see_answer(entry.own_key)
    if stored then
        return stored, 'replayed'
    elseif stored == false then
        return refusal, 'unrecorded'
    end
    entry.answer = refusal
    return refusal, 'new'
end

-- The answer, and how it came to be.
local function decide(entry)
    if entry.kind == 'wake' then
        return {code = '', request_id = '', report_id = '', message = ''}, 'new'
    end
    local stored = seen.answers[entry.answer_key]
    if stored and stored.fingerprint == entry.fingerprint then
        return stored, 'replayed'
    elseif stored ~= nil then
        return decide_elsewhere(entry,
            fixed_answer(stored and REUSED or UNUSABLE, entry.request_id, '', false))
    end
    local answer = entry.refusal or decide_request(entry)
    answer.fingerprint = entry.fingerprint
    entry.answer = answer
    seen.answers[entry.answer_key] = answer
    return answer, answer.replayed and 'replayed' or 'new'
end

-- The pack of an account group is "<AggregatorId>.<CompliancePackId>" everywhere but here.
local function write_answer(entry)
    local answer = entry.answer
    local aggregator, pack
    if string.find(entry.pack, '.', 1, true) then
        aggregator, pack = string.match(entry.pack, '^([^.]*)%.(.*)$')
    end
    call('HSET', entry.answer_key, 'Code', answer.code, 'HttpStatus', answer.status,
        'Message', answer.message, 'RequestId', answer.request_id, 'ReportId', answer.report_id,
        'AccountId', entry.account, 'CompliancePackId', pack or entry.pack,
        'Replayed', answer.replayed and '1' or '0', 'Fingerprint', entry.fingerprint)
    if aggregator then
        call('HSET', entry.answer_key, 'AggregatorId', aggregator)
    end
    push(endless, entry.answer_key)
end

local function write_answers(entries)
    for i = 1, #entries do
        if entries[i].answer then
            write_answer(entries[i])
        end
    end
end

local function end_answers()
    for i = 1, #endless do
        call('PEXPIRE', endless[i], ANSWER_TTL)
    end
end

-- The token of a job that is gone is bound no longer than that of one that ended.
local function let_go_of_replaced(accepted)
    for i = 1, #accepted do
        local entry = accepted[i]
        local report = entry.replaces and report_read(seen.reports[entry.report_key])
        if report and report.id == entry.replaces and report.token ~= '' then
            call('PEXPIRE', PREFIX .. 'token:' .. entry.account .. ':' .. report.token, TOKEN_TTL)
        end
    end
end

-- The packs of the accepted, and what their accounts have unfinished then.
local function reserve(accepted)
    local creating, counts, noted = {}, {}, {}
    for i = 1, #accepted do
        local entry = accepted[i]
        push_pair(creating, entry.pack_field, entry.report_id)
        if not noted[entry.account] then
            noted[entry.account] = true
            push_pair(counts, entry.account, whole(seen.accounts[entry.account].unfinished))
        end
    end
    call('HSET', CREATING, unpack(creating))
    call('HSET', UNFINISHED, unpack(counts))
end

-- Makes the reports CREATING; `last` is the last fence that is taken, nil for none.
local function begin_reports(accepted, last)
    for i = 1, #accepted do
        local entry = accepted[i]
        local fence, complete = report_kept(seen.reports[entry.report_key])
        push_pair(reports, entry.report_key, report_write('CREATING', fence, entry.report_id, now,
            '0', entry.token, '', '', complete))
        note_change(entry.report_id, 'CREATING', entry.account, entry.pack, '')
    end
    if last then
        push_pair(reports, FENCE, whole(last))
    end
    write_reports()
end

local function bind_tokens(accepted)
    for i = 1, #accepted do
        local entry = accepted[i]
        if entry.token ~= '' then
            call('HSET', entry.token_key, 'fingerprint', entry.fingerprint,
                'request_id', entry.request_id, 'report_id', entry.report_id)
        end
    end
end

-- The finish tags of the accounts; the virtual time is the start tag of what was served last.
local function charge_accounts(accepted, is_served)
    local tags, noted = {}, {}
    for i = 1, #accepted do
        local account = accepted[i].account
        if not noted[account] then
            noted[account] = true
            push_pair(tags, account, whole(seen.accounts[account].tag))
        end
    end
    if is_served and seen.highest_tag > seen.virtual_time then
        push_pair(tags, 'v', whole(seen.highest_tag))
    end
    call('HSET', FAIR, unpack(tags))
end

local function record_of(entry, ...)
    return job_new(ARGV[entry.at + 2], ARGV[entry.at + 5], entry.tag, now, ...)
end

-- The records of the accepted jobs and what puts them into their place: as the caller's in their first
-- attempt, with the fences behind `fence`; to wait, where that is nil.
local function jobs_of(accepted, fence)
    local jobs, placed, lease_end = {}, {}, whole(time + LEASE_MS)
    for i = 1, #accepted do
        local entry = accepted[i]
        if fence then
            push_pair(jobs, entry.report_id, record_of(entry, '1', whole(fence + i), WORKER, now))
            push_pair(placed, lease_end, entry.report_id)
        else
            push_pair(jobs, entry.report_id, record_of(entry, '0', '0', '', '0'))
            push_pair(placed, entry.tag, entry.report_id)
        end
    end
    return jobs, placed
end

-- Whether the caller gets the accepted jobs at once, without the way through `ready`: nothing waits before
-- them, none is late, nothing is paused, and it takes them all.
local function may_hand_out(accepted)
    return call('ZCARD', READY) == 0 and #accepted <= CLAIM_MAX and not is_any_late
        and not may_be_paused()
end

-- Writes the accepted jobs, and the answers of all entries. Returns the jobs if they are claimed.
local function write_accepted(accepted, entries)
    local fence = may_hand_out(accepted) and last_fence(time) or nil
    local jobs, placed = jobs_of(accepted, fence)
    let_go_of_replaced(accepted)
    reserve(accepted)
    begin_reports(accepted, fence and fence + #accepted)
    call('HSET', JOBS, unpack(jobs))
    bind_tokens(accepted)
    write_answers(entries)
    charge_accounts(accepted, fence ~= nil)
    call('ZADD', fence and RUNNING or READY, unpack(placed))
    return fence and jobs
end

-- A worker without room that reads a wake-up has taken it from an idle one that was between two
-- reads, or there is no idle one. So it is passed on, but not for ever.
local HANDS_MAX = 4

-- Through how many hands a wake-up came.
local function hands_of(entry)
    local found = try('XRANGE', REQUESTS, entry.id, entry.id)
    return found[1] and tonumber(found[1][2][2]) or HANDS_MAX
end

local entries = read_entries()
local answers, accepted, ids, woken, hands = {}, {}, {}, false, HANDS_MAX
see(entries)
for i = 1, #entries do
    local entry = entries[i]
    if entry.id ~= '' then
        push(ids, entry.id)
    end
    local answer, how = decide(entry)
    local at = #answers
    answers[at + 1], answers[at + 2], answers[at + 3] = answer.code, how, answer.request_id
    answers[at + 4], answers[at + 5] = answer.report_id, answer.message
    if entry.tag then
        push(accepted, entry)
    elseif entry.kind == 'wake' then
        woken, hands = true, math.min(hands, hands_of(entry))
    end
end
local claimed
expect_places()
if #accepted > 0 then
    claimed = write_accepted(accepted, entries)
else
    write_answers(entries)
end
end_answers()
publish_changes(EVENTS_MAX)
remove_entries(ids)
if not claimed then
    claimed = claim_jobs(WORKER, CLAIM_MAX, LEASE_MS, time, LIMITS)
    publish_changes(EVENTS_MAX)
    -- More than this worker can take: the next idle one shall look, too.
    local is_news = seen.highest_tag or woken and #claimed > 0
    if (is_news or hands < HANDS_MAX) and call('ZCARD', READY) > 0 then
        wake_idle_worker(is_news and 1 or hands + 1)
    end
end
return {answers, claimed}
