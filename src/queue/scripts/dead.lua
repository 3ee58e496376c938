#!lua flags=no-writes
-- A page of dead letters, the youngest first.
-- KEYS: the fixed ones
-- ARGV: how many to pass over, how many to read
-- Returns {total, id, {field, value, ...}, id, ...}; the list of a letter that vanished is empty.
-- uses: keys

local FIRST, COUNT = tonumber(ARGV[1]), tonumber(ARGV[2])

local page = {call('ZCARD', DEAD)}
for _, id in ipairs(call('ZRANGE', DEAD, FIRST, FIRST + COUNT - 1, 'REV')) do
    local letter = try('HGETALL', PREFIX .. 'dead:' .. id)
    push_pair(page, id, letter.err and {} or letter)
end
return page
