-- Tells a worker something at once: each blocks on the stream `control` and heeds what has its name.
-- One that fails costs time only where it is about a job: a renewal finds out all the same.
local CONTROL_MAX = 1000 -- about so many messages stay

local function tell_worker(worker, what)
    try('XADD', CONTROL, 'MAXLEN', '~', CONTROL_MAX, '*', 'worker', worker, 'what', what)
end
