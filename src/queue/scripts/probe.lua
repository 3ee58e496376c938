#!lua
-- Asks whether a request would be admitted, for all that Redis has to do with it: each command by which
-- admit may fail, on the same key where that changes nothing, else on a key that is gone at once. It has the
-- flags of admit, so a full Redis refuses both.
-- KEYS: the fixed ones; probe, which is never there but while this runs
-- Returns 1.
-- uses: keys

local PROBE = KEYS[FIXED_KEYS + 1]

now_ms()
call('EXISTS', PROBE)
call('MGET', PROBE)
call('HLEN', JOBS)
for _, key in ipairs({CREATING, JOBS, FAIR, ACCOUNTS, UNFINISHED}) do
    call('HMGET', key, 'probe')
end
for _, key in pairs(PLACES) do
    call('ZCARD', key)
end
call('ZADD', READY, 'XX', '0', 'probe')
call('PEXPIRE', PROBE, '0') -- before there is anything that it would have to take away
call('HSET', PROBE, 'probe', '')
call('PEXPIRE', PROBE, '0')
call('MSET', PROBE, '')
call('PEXPIRE', PROBE, '0')
return 1
