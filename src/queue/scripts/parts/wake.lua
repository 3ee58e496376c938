-- Idle workers block on `requests`, so an entry there wakes one of them. A wake-up that fails costs
-- time only: workers also look by themselves.
-- `hands`: through how many it went, this one included.
local function wake_idle_worker(hands)
    try('XADD', REQUESTS, '*', 'wake', hands)
end
