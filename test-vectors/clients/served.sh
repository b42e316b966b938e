#!/usr/bin/env bash
# The same library drives `authenticator serve` over sockets, through its own CTAPHID.
# Usage: served.sh PATH_TO_AUTHENTICATOR
# Needs python3 (3.10 or later, with venv or with pip) and, the first time, its registry.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "served.sh: $*" >&2
  exit 2
}

[[ $# -eq 1 ]] || fail "usage: served.sh PATH_TO_AUTHENTICATOR"
[[ -f $1 && -x $1 ]] || fail "$1 is not a program"
tool=$(realpath "$1")
source "$here/python.sh"
run_python "$here/python_fido2/served.py" "$tool"
