# SPDX-License-Identifier: MIT
# What every translation unit is compiled with. A warning is an error, with gcc and with clang.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# An installation finds its sample content below its own data folder; a build tree uses the sources.
set(PACKREPORT_SHARE_DIR "${CMAKE_INSTALL_FULL_DATADIR}/packreport")

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Werror -Wstrict-prototypes -Wmissing-prototypes
                    -Wpointer-arith -Wformat=2 -Wundef -Wvla -fno-strict-aliasing -fno-common)

if(PACKREPORT_SANITIZE)
  add_compile_options(-fsanitize=${PACKREPORT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PACKREPORT_SANITIZE})
  # As clang has it anyway: gcc's shared runtimes, libstdc++ with them, take a third of the time of a short program.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_link_options(-static-libasan -static-libubsan -static-libtsan)
  endif()
endif()

if(PACKREPORT_HARDEN)
  include(CheckIPOSupported)
  check_ipo_supported()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
    add_compile_options(-fcf-protection=full)
  endif()
  add_compile_options(-fPIE)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
