#!/usr/bin/env bash
# Whether the core's operations on secrets branch on them or read by them, as memcheck sees it: once as hosts build the core
# (tables for P-256 and Ed25519, the processor's own AES), once as firmware does (neither). public.supp lists the branches on
# what is public. It needs valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

command -v valgrind >/dev/null || { echo "valgrind is not installed; on Debian: apt-get install valgrind" >&2; exit 1; }
export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only # memcheck names functions that were inlined
folder=${CARGO_TARGET_DIR:-target}/constant-time

check() {
    local name=$1
    shift
    echo "== $name"
    CARGO_TARGET_DIR="$folder" cargo build --locked --quiet --release -p authenticator-constant-time "$@"
    valgrind --quiet --error-limit=no --num-callers=24 --suppressions=crates/constant-time/public.supp \
        "$folder/release/authenticator-constant-time"
}

status=0
check "as hosts have it" --features precomputed-tables || status=1
RUSTFLAGS='--cfg aes_backend="soft" --cfg polyval_backend="soft"' check "as firmware has it" || status=1
exit "$status"
