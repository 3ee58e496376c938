#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Proves the walls between the rooms, on what the build made of them:
#
#   walls.sh ROOMS_FILE TOP_FOLDER COMPILER [CHECK…]
#
# ROOMS_FILE is written by packreport_write_rooms (src/rooms.cmake): name|may use|include path|libraries, one room a line.
#
#   forbidden  no header of a room that a room may not use is on its include path
#   allowed    every header of the rooms that it may use, and its own, do
#   alone      each public header compiles on its own
#   libraries  outside libraries are included only where the table of docs/development.md has them, and show in no header
#              that should hide them
#   cycles     no header includes itself, however far around; no include climbs out of its room with ".."
#
# Prints one line for each hole and ends with status 1 when there is one.
set -eu

rooms_file=$1
top=$2
compiler=$3
shift 3
checks=${*:-forbidden allowed alone libraries cycles}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
holes="$work/holes"
: >"$holes"

hole() {
    echo "$*" >>"$holes"
}

rooms() {
    cut -d '|' -f 1 "$rooms_file"
}

field() { # ROOM NUMBER: as words
    grep "^$1|" "$rooms_file" | cut -d '|' -f "$2" | tr ';' ' '
}

# Public headers of a room as they are included: "room/file.h".
headers_of() {
    [ ! -d "$top/src/$1/include" ] || (cd "$top/src/$1/include" && find . -name '*.h' | sed 's|^\./||' | sort)
}

flags_of() {
    for folder in $(field "$1" 3); do
        printf -- '-I%s ' "$folder"
    done
}

# The rooms whose folders exist, whether this build has them or not.
all_rooms() {
    (cd "$top/src" && find . -mindepth 2 -maxdepth 2 -name include | sed 's|^\./||; s|/include$||' | sort)
}

contains() { # WORDS WORD
    case " $1 " in
    *" $2 "*) return 0 ;;
    *) return 1 ;;
    esac
}

# Compiles each header, named on standard input, alone from one room.
compile_alone() { # ROOM
    read -r flags <"$work/flags.$1"
    # shellcheck disable=SC2016 # that shell expands it
    xargs -r -P 2 -n 1 sh -c 'answer=$("$0" -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only $1 -include "$2" \
        -x c /dev/null 2>&1) || echo "$2 does not compile on its own: $(echo "$answer" | grep -m 1 error)"' \
        "$compiler" "$flags" >>"$holes"
}

# Whether a header is on a room's include path is asked of the file system, as the compiler does, and not of a compiler for each
# of a thousand pairs.
check_forbidden() {
    others=$(all_rooms)
    for room in $(rooms); do
        may_use="$room $(field "$room" 2)"
        path=$(field "$room" 3)
        for other in $others; do
            ! contains "$may_use" "$other" || continue
            while read -r header; do
                for folder in $path; do
                    [ ! -e "$folder/$header" ] || hole "$room can include $header, which it may not use"
                done
            done <"$work/headers.$other"
        done
    done
}

# The room that a failed compile missed a header of, and the line of $work/allowed.c that asked for it.
missed_room() {
    sed -nE "s/.*[ '\"]([a-z]+)\/[a-z_]+\.h['\"]?:? .*(No such file|file not found).*/\1/p" "$work/answer" | head -n 1
}
asking_line() {
    sed -nE 's/.*allowed\.c:([0-9]+).*/\1/p' "$work/answer" | head -n 1
}

# A header that shows one of a room that the user may not use stays out of reach, too: that is the wall, and no hole.
check_allowed() {
    for room in $(rooms); do
        may_use="$room $(field "$room" 2)"
        for other in $may_use; do
            headers_of "$other" | sed 's|.*|#include "&"|'
        done >"$work/allowed.c"
        read -r flags <"$work/flags.$room"
        # shellcheck disable=SC2086
        until "$compiler" -std=c17 -D_GNU_SOURCE $flags -fsyntax-only "$work/allowed.c" 2>"$work/answer"; do
            missed=$(missed_room)
            if [ -z "$missed" ] || contains "$may_use" "$missed"; then
                hole "$room cannot include what it may use: $(grep -m 1 error "$work/answer")"
                break
            fi
            # An empty line keeps the numbers of the others.
            sed -i "$(asking_line)s/.*//" "$work/allowed.c"
        done
        for other in $may_use; do
            [ -z "$(headers_of "$other")" ] || grep -q "\"$other/" "$work/allowed.c" ||
                hole "$room can include no header of $other, which it may use"
        done
    done
}

check_alone() {
    for room in $(rooms); do
        compile_alone "$room" <"$work/headers.$room"
    done
}

# "header prefix|name in the table of docs/development.md"
libraries='argp.h|argp
curl/|libcurl
hiredis/|hiredis
ini.h|inih
jansson.h|jansson
microhttpd.h|libmicrohttpd
openssl/|OpenSSL
systemd/|libsystemd
uv.h|libuv
uv/|libuv
zlib.h|zlib
zstd|zstd'
# Imported targets of src/libraries.cmake that the list above covers.
known_targets='CRYPTO CURL HIREDIS INIH JANSSON MICROHTTPD SSL SYSTEMD UV ZLIB ZSTD'
# libuv is the loop that all share, but these rooms never see it, through whatever header.
without_loop='domain settings eval render store'
# jansson may show in the headers of these; elsewhere it stays inside a .c or a private header.
with_json_headers='domain eval render source worker api'

# The third column of the rows that name the room.
table_row() {
    awk -F '|' -v room="\`$1\`" 'NF >= 5 && index($2, room) { print $4 }' "$top/docs/development.md"
}

check_direct_includes() { # ROOM
    row=$(table_row "$1")
    [ -n "$row" ] || hole "$1 has no row in docs/development.md"
    echo "$libraries" | while IFS='|' read -r prefix name; do
        case $row in
        *"$name"*) ;;
        *)
            grep -rlE --include='*.[ch]' "^#include [<\"]$prefix" "$top/src/$1" | while read -r file; do
                hole "$file includes $name, which docs/development.md does not give to $1"
            done
            ;;
        esac
    done
}

# What a compile of the files given would read.
dependencies() { # ROOM FILE…
    room=$1
    shift
    read -r flags <"$work/flags.$room"
    # shellcheck disable=SC2086
    "$compiler" -std=c17 -D_GNU_SOURCE -M -MG $flags "$@" 2>/dev/null || true
}

check_hidden_libraries() { # ROOM
    headers_of "$1" | sed 's|.*|#include "&"|' >"$work/public.c"
    dependencies "$1" "$work/public.c" >"$work/read"
    hidden='hiredis/|curl/|microhttpd\.h|openssl/|systemd/|/ini\.h|/zlib\.h|/zstd'
    contains "$with_json_headers" "$1" || hidden="$hidden|/jansson\\.h"
    grep -oE "/usr/[^ ]*($hidden)[^ ]*" "$work/read" | head -n 1 | while read -r header; do
        hole "the public headers of $1 show $header"
    done
}

check_loop_unseen() { # ROOM
    find "$top/src/$1" -name '*.c' >"$work/sources"
    headers_of "$1" | sed 's|.*|#include "&"|' >"$work/public.c"
    # shellcheck disable=SC2046
    if dependencies "$1" "$work/public.c" $(cat "$work/sources") | grep -q '/uv\.h'; then
        hole "$1 sees libuv, through base/loop.h or another header"
    fi
}

check_libraries() {
    for room in $(rooms); do
        check_direct_includes "$room"
        check_hidden_libraries "$room"
        ! contains "$without_loop" "$room" || check_loop_unseen "$room"
        for target in $(field "$room" 4); do
            case $target in
            PkgConfig::*)
                contains "$known_targets" "${target#PkgConfig::}" ||
                    hole "$room links $target, which tests/walls/walls.sh does not know"
                ;;
            esac
        done
    done
}

# "includer included" for every header, as paths below src.
header_edges() {
    (cd "$top/src" && grep -rnE --include='*.h' '^#include "' . | sed -E 's|^\./([^:]+):[0-9]+:#include "([^"]+)".*|\1 \2|') |
        while read -r file included; do
            folder=${file%/*}
            case $included in
            */*) echo "$file ${included%%/*}/include/$included" ;;
            *) echo "$file $folder/$included" ;;
            esac
        done
}

check_cycles() {
    # tsort names the members of a loop, one a line, each behind its own name.
    header_edges | tsort 2>&1 >/dev/null | sed -n 's/^tsort: \(.*\.h\)$/\1 is in a cycle of includes/p' >>"$holes"
    grep -rnE --include='*.[ch]' '^#include [<"]([^>"]*/)?\.\./' "$top/src" | while read -r line; do
        hole "an include climbs out of its room: $line"
    done
}

for room in $(all_rooms); do
    headers_of "$room" >"$work/headers.$room"
done
for room in $(rooms); do
    [ -e "$work/headers.$room" ] || : >"$work/headers.$room"
    flags_of "$room" >"$work/flags.$room"
    echo >>"$work/flags.$room"
done
for check in $checks; do
    "check_$check"
done

if [ -s "$holes" ]; then
    sort -u "$holes"
    exit 1
fi
echo "the walls of $(rooms | wc -l) rooms stand"
