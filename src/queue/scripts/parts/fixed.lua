-- What is wrong with the fixed keys, in words.

local function misfit_sentence(name, found, wanted)
    return name .. ' is a ' .. found .. ' and not a ' .. wanted
end

-- A sentence for each that holds something else: no script can work with it.
local function find_misfits()
    local types, names, sentences = fixed_types(), {}, {}
    for i = 1, FIXED_KEYS do
        push(names, string.sub(KEYS[i], #PREFIX + 1))
    end
    push(names, 'partitions')
    for _, name in ipairs(names) do
        local wanted = types[name]
        local found = wanted and call('TYPE', PREFIX .. name).ok
        if wanted and found ~= 'none' and found ~= wanted then
            push(sentences, misfit_sentence(name, found, wanted))
        end
    end
    return sentences
end

-- A whole number that is exact, from a field that anybody may have written; nil for anything else.
local function whole_number(text)
    local number = text and #text <= 16 and string.find(text, '^%d+$') and tonumber(text)
    return number and number <= 2 ^ 53 and number or nil
end
