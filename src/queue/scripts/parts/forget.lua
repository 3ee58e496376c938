-- Takes a worker off the list, with its consumer. Not while something that it read is pending, which would
-- go with the consumer. Returns whether it is off.
local function forget_worker(worker)
    local pending = try('XPENDING', REQUESTS, GROUP, '-', '+', 1, worker)
    local has_no_group = pending.err and string.find(pending.err, 'NOGROUP', 1, true)
    if not has_no_group and (pending.err or #pending > 0) then
        return false
    end
    try('XGROUP', 'DELCONSUMER', REQUESTS, GROUP, worker)
    call('ZREM', WORKERS, worker)
    call('HDEL', WORKER_INFO, worker)
    return true
end
