#!/usr/bin/env bash
# Builds the programs for the lists of test-vectors/vm, and says where they are: build.sh
# Needs a Rust toolchain and Debian's libudev-dev, libssl-dev and pkg-config. They are kept in
# ${TMPDIR:-/tmp}/authenticator-clients.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${TMPDIR:-/tmp}/authenticator-clients/rust
source "$here/../../../.ci/lib.sh"
own_cache "$(dirname "$target")"
cargo build --quiet --locked --manifest-path "$here/Cargo.toml" --target-dir "$target" >&2
echo "$target/debug"
