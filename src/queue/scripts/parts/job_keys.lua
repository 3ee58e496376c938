-- The keys of one job, found out from its record while a script runs (docs/redis.md, "Keys found
-- while a script runs").
local function keys_of(job)
    return {
        report = PREFIX .. 'report:' .. job.account .. ':' .. job.pack,
        history = PREFIX .. 'history:' .. job.id,
        dead = PREFIX .. 'dead:' .. job.id,
        token = PREFIX .. 'token:' .. job.account .. ':' .. job.token,
    }
end
