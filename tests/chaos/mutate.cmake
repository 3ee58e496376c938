# SPDX-License-Identifier: MIT
# Copies a script and its parts, with one text in it replaced by another:
#   cmake -D SCRIPT=in.lua -D OUT=out.lua -D FIND=text -D REPLACE=text -P mutate.cmake
# It fails when the text is not there exactly once: the script has changed, and the mutant would be none.
file(READ "${SCRIPT}" body)
string(REPLACE "${FIND}" "${REPLACE}" mutant "${body}")
string(FIND "${body}" "${FIND}" first)
string(FIND "${body}" "${FIND}" last REVERSE)
if(first EQUAL -1 OR NOT first EQUAL last)
  message(FATAL_ERROR "${SCRIPT}: \"${FIND}\" is not there exactly once; tests/chaos/mutants.cmake must name another text")
endif()
get_filename_component(from "${SCRIPT}" DIRECTORY)
get_filename_component(folder "${OUT}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
file(COPY "${from}/parts" DESTINATION "${folder}")
file(WRITE "${OUT}" "${mutant}")
