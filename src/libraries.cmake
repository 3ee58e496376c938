# SPDX-License-Identifier: MIT
# The outside libraries. Each is linked by the rooms that may include it (see rooms.cmake) and by no other.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv>=1.44)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis>=0.14)
# The first hiredis that can be given another way to read and write, which TLS needs (src/redis/tls_session.h).
if(HIREDIS_VERSION VERSION_GREATER_EQUAL 1.1)
  set(PACKREPORT_REDIS_TLS 1)
  pkg_check_modules(SSL REQUIRED IMPORTED_TARGET libssl>=3.0)
else()
  set(PACKREPORT_REDIS_TLS 0)
endif()
message(STATUS "hiredis ${HIREDIS_VERSION}, TLS to Redis: ${PACKREPORT_REDIS_TLS}")
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.88)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib>=1.2.13)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.5.4)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd>=252)

# inih has a pkg-config file in both Debian releases, under this name.
pkg_check_modules(INIH REQUIRED IMPORTED_TARGET inih)
