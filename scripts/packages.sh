# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # the lists are used by who sources this
# Debian packages that the scripts need, and how they come on the machine. Sourced by demo and check.

BUILD_PACKAGES=(build-essential cmake ninja-build pkg-config libuv1-dev libhiredis-dev libjansson-dev
  libcurl4-openssl-dev libmicrohttpd-dev libssl-dev libinih-dev libsystemd-dev zlib1g-dev libzstd-dev redis-server)
CHECK_PACKAGES=(libcriterion-dev clang clang-format clang-tidy cppcheck shellcheck nodejs npm systemd openssl zstd
  spin prometheus liblua5.1-0-dev help2man)

# clang's own runtime: sanitizers and libFuzzer come in a package that is named after clang's version.
clang_runtime_package() {
  local version
  version=$(dpkg-query -W -f '${Depends}' clang 2>/dev/null | sed -n 's/.*clang-\([0-9]*\).*/\1/p')
  [ -z "$version" ] || echo "libclang-rt-$version-dev"
}

# Later builds are short where ccache is there; nothing needs it.
use_ccache() {
  ! command -v ccache >/dev/null || export CMAKE_C_COMPILER_LAUNCHER=ccache
}

# A tool that came another way than by its package (Node from elsewhere, say) counts as well.
has_package() {
  case "$1" in
    nodejs) command -v node >/dev/null ;;
    npm | shellcheck) command -v "$1" >/dev/null ;;
    *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
  esac
}

# In a subshell: what it makes is gone when it ends, however it ends.
install_packages() (
  log=$(mktemp)
  guard=
  trap 'rm -f "$log" ${guard:+"$guard"}' EXIT
  # A server that a package brings along (redis-server) is not to be started as a service.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    guard=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$guard"
    chmod 755 "$guard"
  fi
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "The packages could not be installed." >&2
    return 1
  fi
)

# need_packages PACKAGE...: installs what is missing as root; otherwise says what is missing and fails.
need_packages() {
  local missing=() package
  for package in "$@"; do
    has_package "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "These packages are missing: ${missing[*]}" >&2
    echo "Install them with: sudo apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "Installing ${missing[*]}"
  install_packages "${missing[@]}"
}
