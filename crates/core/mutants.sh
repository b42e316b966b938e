#!/usr/bin/env bash
# Changes the core a little in many ways, one at a time, and looks whether a test notices: commands, PIN protocols,
# requests and sessions.
#
#   crates/core/mutants.sh                  every mutant
#   crates/core/mutants.sh --resume         those that no earlier run has caught: after tests were added
#   crates/core/mutants.sh --shard 0/8      an eighth of them, spread evenly
#   crates/core/mutants.sh --changed REF    those in lines that differ from REF
#   crates/core/mutants.sh --minutes 4      no new one after so long, counted from the start
#
# Fails when fewer than 90 % are caught, or when one survives that docs/mutants.md gives no reason for. It needs
# cargo-mutants (.ci/run installs it) and Python 3; what it writes lies in ${TMPDIR:-/tmp}/authenticator-mutants.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/../../.ci/lib.sh"
need_python "3, 9"
cargo mutants --version >/dev/null 2>&1 || skip "cargo-mutants is missing"
own_cache "${TMPDIR:-/tmp}/authenticator-mutants"
exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/mutants.py" "$@"
