-- Idle workers block on `requests`, so an entry there wakes one of them. A wake-up that fails costs
-- time only: workers also look by themselves.
local function wake_idle_worker()
    try('XADD', REQUESTS, '*', 'wake', '1')
end
