#!/usr/bin/env bash
# The long tests of the SQLite store: kills, limits, full and failing disks, losses of power, damaged files, a large
# store. Prints a table: case, count, seed, result.
#
#   crates/store-sqlite/test.sh              a seed of its own, which it prints
#   SEED=7 crates/store-sqlite/test.sh       the same moments and the same damage again, as far as a machine repeats itself
#
# It needs cargo; the failing disk and the loss of power need Linux and a C compiler, the full disk needs unshare. A case
# that cannot run here is printed as SKIP with its reason, never as passed. Ends non-zero when a case failed: then an
# acknowledged operation is lost, or something that never was is there.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source .ci/lib.sh

export SEED=${SEED:-$RANDOM}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

# run_test NAME ARGUMENT...: runs one of the package's test programs; what it said is in the log.
run_test() {
    local status=0
    cargo test --quiet --locked -p authenticator-store-sqlite --test "$@" >"$log" 2>&1 || status=$?
    if [[ $status -ne 0 ]]; then
        cat "$log" >&2
        failed=1
    fi
    return "$status"
}

# run_one NAME: runs this test of the program `store`. A filter that fits no test is no failure to cargo.
run_one() {
    run_test store -- --nocapture --exact "$1" || return
    grep -q '^test result: ok\. 1 passed;' "$log" || { echo "no test is called $1 any more" >&2; failed=1; return 1; }
}

# killing CASE COUNT: the row is made by the program.
killing() {
    if KILLS=$2 run_test kill -- "$1" && grep "^| $1 |" "$log"; then
        ! grep -q "^| $1 .*SKIP" "$log" || note "no row $1"
    else
        failed=1
        row "$1" "$2" "$SEED" FAILED
    fi
}

# row CASE COUNT SEED RESULT
row() {
    printf '| %s | %s | %s | %s |\n' "$@"
}

cargo test --quiet --locked -p authenticator-store-sqlite --no-run
row case count seed result
row --- ---: ---: ---
killing kill 2000
killing limit 200
killing full 200
killing eio 500
killing power 500
killing pair 5

flips=4000
if FLIPS=$flips run_one hostile::bits_flipped_anywhere_show_no_passkey_that_never_was; then
    row "damaged files" "$flips" "$SEED" "ok: $(sed -n 's/.*damaged files, seed [0-9]*: //p' "$log")"
else
    row "damaged files" "$flips" "$SEED" FAILED
fi

credentials=100000
if ! CREDENTIALS=$credentials run_one large::opening_a_large_store_and_signing_in_reads_little_and_keeps_little; then
    row "large store" "$credentials" - FAILED
elif grep -q SKIP "$log"; then
    note "no row large store"
    row "large store" 0 - "$(grep -o 'SKIP.*' "$log")"
else
    row "large store" "$credentials" - "ok: $(sed -n 's/.*passkeys, \(.*\)/\1/p' "$log" | paste -sd ';')"
fi
exit "$failed"
