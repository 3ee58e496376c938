# SPDX-License-Identifier: MIT
# Writes eval_engine_digest into OUTPUT: SHA-256 over the files that SOURCES lists, one a line, each with its name.
file(STRINGS "${SOURCES}" paths)
list(SORT paths)
set(digests "")
foreach(path IN LISTS paths)
  get_filename_component(name "${path}" NAME)
  file(SHA256 "${path}" digest)
  string(APPEND digests "${name} ${digest}\n")
endforeach()
string(SHA256 digest "${digests}")
file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: MIT
#include \"eval/outcome_row.h\"

const char *eval_engine_digest(void)
{
    return \"${digest}\";
}
")
