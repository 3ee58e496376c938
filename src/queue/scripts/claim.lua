#!lua flags=allow-oom
-- Claims jobs for a worker. On a full Redis, too: running jobs is how it drains.
-- KEYS: the fixed ones
-- ARGV: worker, lease in ms, how many
-- uses: keys job claim
return claim_jobs(ARGV[1], tonumber(ARGV[3]), ARGV[2], now_ms())
