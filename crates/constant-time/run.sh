#!/usr/bin/env bash
# Whether the core's operations on secrets branch on them or read by them, as memcheck sees it: once as hosts build the core
# (tables for P-256 and Ed25519, the processor's own AES), once as firmware does (neither). public.supp lists the branches on
# what is public. It needs valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

command -v valgrind >/dev/null || { echo "valgrind is not installed; on Debian: apt-get install valgrind" >&2; exit 1; }
export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only # memcheck names functions that were inlined
folder=${CARGO_TARGET_DIR:-target}/constant-time

# check NAME FOLDER ARGUMENT...: in a condition `set -e` does not hold, and each has its folder, where it is never taken for another.
check() {
    local built=$folder/$2
    echo "== $1"
    CARGO_TARGET_DIR="$built" cargo build --locked --quiet --release -p authenticator-constant-time "${@:3}" || return
    valgrind --quiet --error-limit=no --num-callers=24 --suppressions=crates/constant-time/public.supp \
        "$built/release/authenticator-constant-time"
}

status=0
check "as hosts have it" hosts --features precomputed-tables || status=1
RUSTFLAGS='--cfg aes_backend="soft" --cfg polyval_backend="soft"' check "as firmware has it" firmware || status=1
exit "$status"
