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
