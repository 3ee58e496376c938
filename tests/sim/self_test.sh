#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows that the simulation is deterministic, and that it can fail: each script that is broken on purpose is found, with its
# seed, which fails again in the same way.
#   self_test.sh PACKREPORT_SIM
set -eu
sim=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "sim: $1" >&2
  exit 1
}

digest() { "$sim" --seed "$1" --hours 1 --digest; }
first=$(digest 5)
[ "$first" = "$(digest 5)" ] || fail "the same seed gave two histories"
[ "$first" != "$(digest 6)" ] || fail "two seeds gave one history"

# broken NAME INVARIANT OPTION...
broken() {
  name=$1 invariant=$2
  shift 2
  if "$sim" "$@" --break "$name" >"$work/out" 2>"$work/found"; then
    fail "a broken $name was not found by $*"
  fi
  grep -q "^sim: $invariant: " "$work/found" || fail "a broken $name is not \"$invariant\": $(tail -n 1 "$work/found")"
  again=$(sed -n 's/^sim: again: //p' "$work/found")
  eval "set -- $again"
  ! "$sim" "$@" >"$work/out" 2>"$work/again" || fail "$again does not fail again"
  cmp -s "$work/found" "$work/again" || fail "$again fails in another way"
  echo "sim: a broken $name is found: $(tail -n 1 "$work/found")"
}

broken count counted --nth 0
broken token one-token-outcome --nth 0
broken lease one-owner --nth all --fate "dies after"
broken recovery settled --nth all --fate "dies after"

# broken_somewhere NAME INVARIANT HOURS: it takes more than one call that fails, so that not every world comes to it.
broken_somewhere() {
  seed=1
  while "$sim" --seed "$seed" --hours "$3" --break "$1" >"$work/out" 2>&1; do
    seed=$((seed + 1))
    [ "$seed" -le 20 ] || fail "a broken $1 was not found in the worlds of 20 seeds"
  done
  broken "$1" "$2" --seed "$seed" --hours "$3"
}

# In an account that has a cap, and comes to it.
broken_somewhere cap capped 2
# A worker that was stopped and does not know how long has to come to its next step before it hears that it has lost its job.
broken_somewhere sure one-owner 20
# What ends an attempt has to come after the lease, and then meet the next attempt or none at all.
broken_somewhere fence '\(no-stale-write\|one-place\)' 20
