#!/usr/bin/env bash
# Counts the instructions of each command with callgrind and prints them beside a bare p256 signature's.
# The same binary and input give the same count on every run; compare ratios, not machines.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "valgrind is not installed; on Debian: apt-get install valgrind" >&2; exit 1; }
cargo build --quiet --release -p authenticator-benches
binary="${CARGO_TARGET_DIR:-target}/release/authenticator-benches"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

count() {
    valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --collect-atstart=no \
        --toggle-collect='authenticator_benches::measured*' "$binary" "$1" 2>"$scratch/log" >&2 ||
        { cat "$scratch/log" >&2; exit 1; }
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$scratch/log"
}

baseline=$(count sign-key-ready)
[ "$baseline" -gt 100000 ] || { echo "a signature of $baseline instructions was not measured" >&2; exit 1; }
printf '| %-36s | %14s | %14s |\n' "operation" "instructions" "of a signature"
printf '|%s|%s|%s|\n' "--------------------------------------" "---------------:" "---------------:"
for operation in sign-key-ready sign-from-bytes get-assertion make-credential-none make-credential-packed get-info; do
    instructions=$(count "$operation")
    ratio=$(awk -v a="$instructions" -v b="$baseline" 'BEGIN { printf "%.2f", a / b }')
    printf '| %-36s | %14s | %14s |\n' "$operation" "$instructions" "$ratio"
done
