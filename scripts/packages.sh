# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Debian packages that the scripts need, and how they come on the machine. Sourced by demo and check.

BUILD_PACKAGES=(build-essential cmake ninja-build pkg-config libuv1-dev libhiredis-dev libjansson-dev
  libcurl4-openssl-dev libssl-dev libinih-dev libsystemd-dev redis-server)
CHECK_PACKAGES=(git libcriterion-dev clang clang-format clang-tidy cppcheck nodejs npm systemd openssl)

# clang's own runtime: sanitizers and libFuzzer come in a package that is named after clang's version.
clang_runtime_package() {
  local version
  version=$(dpkg-query -W -f '${Depends}' clang 2>/dev/null | sed -n 's/.*clang-\([0-9]*\).*/\1/p')
  [ -z "$version" ] || echo "libclang-rt-$version-dev"
}

# A tool that came another way than by its package (Node from elsewhere, say) counts as well.
has_package() {
  case "$1" in
    nodejs) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
  esac
}

# need_packages PACKAGE...: installs what is missing as root; otherwise says what is missing and fails.
need_packages() {
  local missing=() package log
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
  log=$(mktemp)
  # policy-rc.d: a server that a package brings along (redis-server) is not to be started as a service.
  local guard=/usr/sbin/policy-rc.d made_guard=
  if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$guard" && chmod 755 "$guard" && made_guard=1
  fi
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1; then
    [ -z "$made_guard" ] || rm -f "$guard"
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo "The packages could not be installed." >&2
    return 1
  fi
  [ -z "$made_guard" ] || rm -f "$guard"
  rm -f "$log"
}
