#!/usr/bin/env bash
# Times 5,000 durable makeCredentials through the SQLite store beside as many appends of 512 bytes with fdatasync, in turn
# and in the same folder. Prints medians, p99 and the ratio; fails when the median is beyond 1.25 of the append's.
#
#   benches/durable.sh [FOLDER] [ROUNDS]     a folder on the disk that is asked about; the current one if none is given
#
# The one that is judged makes its key pairs with `FastKeys` of authenticator-host; the row below it is the same with
# `SoftwareKeys`, whose key pair alone takes some 50 us. The last row is a makeCredential without a disk: where an append
# takes less than some four times that, the ratio is about the processor and not about the store.
#
# No part of .ci/run: what a busy machine takes says nothing.
#
# Void, and said to be, where fdatasync is faster than any disk: on tmpfs, or on a disk that says so and does not.
set -euo pipefail
folder=$(cd "${1:-.}" && pwd)
rounds=${2:-5000}
cd "$(dirname "$0")/.."

cargo build --quiet --release -p authenticator-benches --bin durable
scratch=$(mktemp -d "$folder/durable.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
"${CARGO_TARGET_DIR:-target}/release/durable" "$scratch" "$rounds"
