# SPDX-License-Identifier: MIT
# Turns one Lua script into a C string: cmake -D SCRIPT=admit.lua -D OUT=script_admit.c -P embed.cmake
#
# The line "-- uses: keys job" is replaced by parts/keys.lua and parts/job.lua, in that order. The whole text is also
# left beside OUT, so that the line numbers in Redis' error messages can be looked up.
get_filename_component(name "${SCRIPT}" NAME_WE)
get_filename_component(folder "${SCRIPT}" DIRECTORY)
get_filename_component(out_folder "${OUT}" DIRECTORY)
file(READ "${SCRIPT}" body)
if(NOT body MATCHES "\n(-- uses: ([a-z_ ]+))\n")
  message(FATAL_ERROR "${SCRIPT}: no line '-- uses: ...'")
endif()
set(directive "${CMAKE_MATCH_1}")
string(REPLACE " " ";" part_names "${CMAKE_MATCH_2}")
set(parts "")
foreach(part IN LISTS part_names)
  file(READ "${folder}/parts/${part}.lua" part_body)
  string(APPEND parts "${part_body}\n")
endforeach()
string(REPLACE "${directive}" "${parts}" body "${body}")
file(WRITE "${out_folder}/${name}.lua" "${body}")

file(READ "${out_folder}/${name}.lua" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUT}" "// Made from ${name}.lua and its parts by embed.cmake.\n#include \"scripts.h\"\n\n"
                    "const char queue_script_${name}[] = {${bytes}0};\n")
