-- One step of HSCAN or ZSCAN: names, their values or scores, and the cursor of the next step, '0'
-- behind the last. `count` is a hint: a large key gives about as many, a small one comes whole (up
-- to 128 members of a zset, 512 fields of a hash, as Redis packs them).
local function scan(command, key, cursor, count)
    local reply = call(command, key, cursor, 'COUNT', count)
    local names, values = {}, {}
    for i = 1, #reply[2], 2 do
        push(names, reply[2][i])
        push(values, reply[2][i + 1])
    end
    return names, values, reply[1]
end
