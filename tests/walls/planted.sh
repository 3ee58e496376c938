#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Shows that walls.sh can fail: on a copy of the tree each check passes, and with one hole planted it ends with status 1 and
# names the hole.
#
#   planted.sh ROOMS_FILE TOP_FOLDER COMPILER
set -eu

rooms_file=$1
top=$2
compiler=$3
walls="$top/tests/walls/walls.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# A fresh copy, with only the rooms named in the rooms file, so that each check is short.
copy() { # ROOM…
    rm -rf "$work/tree"
    mkdir -p "$work/tree/docs"
    cp -r "$top/src" "$work/tree/src"
    cp "$top/docs/development.md" "$work/tree/docs/"
    for room in "$@"; do
        grep "^$room|" "$rooms_file"
    done | sed "s|$top/|$work/tree/|g" >"$work/rooms.txt"
}

run() { # CHECK
    sh "$walls" "$work/rooms.txt" "$work/tree" "$compiler" "$1" >"$work/out" 2>&1
}

fail() {
    failures=$((failures + 1))
    echo "$1"
    sed 's/^/    /' "$work/out"
}

# Expects CHECK to fail on the copy as it is now, with the text WANTED.
expect_hole() { # CHECK WANTED
    if run "$1"; then
        fail "$1 did not see the planted hole: $2"
    elif ! grep -qF "$2" "$work/out"; then
        fail "$1 failed, but not for the planted hole: $2"
    fi
}

expect_none() { # CHECK
    run "$1" || fail "$1 fails on an untouched copy"
}

plant() { # FILE LINE: puts it first among the includes
    sed -i "0,/^#include/s|^#include|$2\n#include|" "$work/tree/src/$1"
    grep -qF "$2" "$work/tree/src/$1"
}

copy domain
expect_none forbidden
sed -i "s#\(^domain|[^|]*|[^|]*\)#\1;$work/tree/src/redis/include#" "$work/rooms.txt"
expect_hole forbidden "domain can include redis/"

copy domain
expect_none alone
plant domain/include/domain/finding.h '#include "redis/connection.h"'
expect_hole alone "domain/finding.h does not compile on its own"

copy domain
expect_none allowed
sed -i "s#;$work/tree/src/base/include##" "$work/rooms.txt"
expect_hole allowed "domain cannot include what it may use"

copy redis
plant redis/include/redis/reply.h '#include <hiredis/hiredis.h>'
expect_hole libraries "the public headers of redis show /usr/include/hiredis"

copy render store
expect_none libraries
plant render/csv.c '#include <curl/curl.h>'
expect_hole libraries "render/csv.c includes libcurl"

copy store
plant store/include/store/store.h '#include <jansson.h>'
expect_hole libraries "store/store.h includes jansson"
expect_hole libraries "the public headers of store show /usr/include/jansson.h"

copy store
plant store/folder.h '#include "base/loop.h"'
expect_hole libraries "store sees libuv"

copy store
sed -i 's/|[^|]*$/|PkgConfig::BROTLI/' "$work/rooms.txt"
expect_hole libraries "store links PkgConfig::BROTLI"

copy base
expect_none cycles
plant base/include/base/err.h '#include "base/file.h"'
expect_hole cycles "base/include/base/err.h is in a cycle"

copy base
plant base/buf.c '#include "../redis/link.h"'
expect_hole cycles "an include climbs out of its room"

[ "$failures" -eq 0 ] && echo "each planted hole was seen"
