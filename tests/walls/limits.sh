#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Holds docs/limits.md against the source: every LIMIT_ constant of base/limits.h is on the page, and every constant on the page
# has the value that the source gives it.
#
#   limits.sh TOP_FOLDER [PAGE]
set -eu

top=$1
page=${2:-$top/docs/limits.md}
faults=0

fault() {
    faults=$((faults + 1))
    echo "$1"
}

# "NAME expression" of every constant of the source.
constants() {
    find "$top/src" -name '*.[ch]' -exec cat {} + |
        grep -oE '\b[A-Z][A-Z0-9_]+ = [0-9][0-9 *]*' | sed 's/ = / /'
}

# A number as the page writes it: "16 MiB", "1 h", "60 s", "10,000".
spelt() { # NAME VALUE
    case $1 in
    *_MS) [ $(($2 % 3600000)) -eq 0 ] && echo "$(($2 / 3600000)) h" || echo "$(($2 / 1000)) s" ;;
    *)
        if [ "$2" -gt 0 ] && [ $(($2 % 1073741824)) -eq 0 ]; then
            echo "$(($2 / 1073741824)) GiB"
        elif [ "$2" -gt 0 ] && [ $(($2 % 1048576)) -eq 0 ]; then
            echo "$(($2 / 1048576)) MiB"
        elif [ "$2" -gt 0 ] && [ $(($2 % 1024)) -eq 0 ]; then
            echo "$(($2 / 1024)) KiB"
        else
            echo "$2" | sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta'
        fi
        ;;
    esac
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
constants >"$work/constants"
# shellcheck disable=SC2016 # the backticks are the page's
sed -nE 's/^\| `([A-Z][A-Z0-9_]+)` \| ([^|]*) \|.*/\1 \2/p' "$page" >"$work/rows"

grep -oE '\bLIMIT_[A-Z_]+ =' "$top/src/base/include/base/limits.h" >"$work/named"
while read -r name _; do
    grep -q "^$name " "$work/rows" || fault "$name of base/limits.h is not in docs/limits.md"
done <"$work/named"

while read -r name value; do
    expressions=$(sed -n "s/^$name //p" "$work/constants")
    if [ -z "$expressions" ] || [ "$(echo "$expressions" | wc -l)" -ne 1 ]; then
        fault "docs/limits.md has $name, which the source defines not once"
        continue
    fi
    # shellcheck disable=SC2004 # sh takes a variable in there for a number, and this is an expression
    expected=$(spelt "$name" $(($expressions)))
    case "$value " in
    "$expected"[!0-9,]*) ;;
    *) fault "docs/limits.md has \"$value\" for $name; the source has $expected" ;;
    esac
done <"$work/rows"

[ "$faults" -eq 0 ] && echo "$(wc -l <"$work/rows") limits are as the page says"
