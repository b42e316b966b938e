#!/usr/bin/env bash
# Counts with callgrind the instructions of signing in at sites that the process has not been asked for before, among
# 10 accounts and among 100,000 of as many sites, and fails where the latter takes more than its store may.
#
# A row without the signature has nothing in it that hides what finding the credential costs. The store in memory is
# filled under valgrind, which takes a minute or two; the one on disk is filled before.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly few=10 many=100000
# How many hundredths of the instructions at few may be taken at many.
declare -rA limits=([hash-map]=105 [sqlite]=125)
# In the order in which the program goes through them.
readonly ways=("discoverable, no signature" "allow list, no signature" "discoverable" "allow list")

command -v valgrind >/dev/null || { echo "valgrind is not installed; on Debian: apt-get install valgrind" >&2; exit 1; }
cargo build --quiet --release -p authenticator-benches
binary="${CARGO_TARGET_DIR:-target}/release/lookups"
# In memory where that can be had: every one of the 100,000 commits waits for its disk.
scratch=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Leaves one count a line, in the order of the ways.
count() {
    rm -f "$scratch"/out*
    valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --collect-atstart=no \
        --toggle-collect='authenticator_benches::measured*' --dump-after='*measured*' "$binary" "$@" \
        2>"$scratch/log" >&2 || { cat "$scratch/log" >&2; exit 1; }
    for way in "${!ways[@]}"; do
        sed -n 's/^summary: //p' "$scratch/out.$((way + 1))"
    done
}

for accounts in "$few" "$many"; do
    "$binary" fill "$accounts" "$scratch/$accounts.db"
done

status=0
printf '| %-8s | %-26s | %10s | %10s | %5s | %5s |\n' store "nine sign-ins" "at $few" "at $many" ratio limit
printf '|----------|----------------------------|-----------:|-----------:|------:|------:|\n'
for store in hash-map sqlite; do
    [[ $store == sqlite ]] && file=("$scratch/$few.db" "$scratch/$many.db") || file=()
    mapfile -t at_few < <(count "$store" "$few" ${file[0]+"${file[0]}"})
    mapfile -t at_many < <(count "$store" "$many" ${file[1]+"${file[1]}"})
    for way in "${!ways[@]}"; do
        before=${at_few[way]} after=${at_many[way]} limit=${limits[$store]}
        [ "$before" -gt 100000 ] || { echo "nine sign-ins of $before instructions were not measured" >&2; exit 1; }
        printf '| %-8s | %-26s | %10d | %10d | %5s | %5s |\n' "$store" "${ways[way]}" "$before" "$after" \
            "$(awk -v a="$after" -v b="$before" 'BEGIN { printf "%.3f", a / b }')" "${limit:0:1}.${limit:1}"
        [ $((after * 100)) -le $((before * limit)) ] || status=1
    done
done
[ $status -eq 0 ] || echo "FAILED: at $many accounts a sign-in takes more than its limit, see above" >&2
exit $status
