#!/usr/bin/env bash
# A client library of another language drives the authenticator of the testkit's example `ctap_pipe`.
# Usage: judge.sh PATH_TO_CTAP_PIPE [PART_OF_A_SCENARIO_NAME]
# Needs python3 (3.10 or later, with venv or with pip) and, the first time, its registry.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "judge.sh: $*" >&2
  exit 2
}

[[ $# -eq 1 || $# -eq 2 ]] || fail "usage: judge.sh PATH_TO_CTAP_PIPE [PART_OF_A_SCENARIO_NAME]"
[[ -f $1 && -x $1 ]] || fail "$1 is not a program"
tool=$(realpath "$1")
shift
source "$here/python.sh"
run_python "$here/python_fido2/judge.py" "$tool" "$@"
