#!lua flags=allow-oom
-- Claims jobs for a worker. On a full Redis, too: running jobs is how it drains.
-- KEYS: the fixed ones
-- ARGV: worker, lease in ms, how many, token TTL, history TTL, events kept, alone or '': the worker holds no
--       other job, and takes none beside the one that it gets
-- uses: keys job events moves report history ending job_keys paused claim
local limits = {token_ttl = ARGV[4], history_ttl = ARGV[5], is_alone = ARGV[7] == 'alone'}
expect_places()
local claimed = claim_jobs(ARGV[1], tonumber(ARGV[3]), ARGV[2], now_ms(), limits)
publish_changes(ARGV[6])
return claimed
