-- Tells a worker something at once: each blocks on the stream `control` and heeds what has its name.
-- A message that fails costs time only: a renewal finds out all the same.
local CONTROL_MAX = 1000 -- about so many messages stay

local function tell_worker(worker, what)
    try('XADD', CONTROL, 'MAXLEN', '~', CONTROL_MAX, '*', 'worker', worker, 'what', what)
end
