#!/usr/bin/env bash
# Eight labs side by side: the Python client of `authenticator serve --lab`, with python-fido2, under pytest-xdist.
# Usage: lab.sh PATH_TO_AUTHENTICATOR
# Needs python3 (3.11 or later, with venv or with pip) and, the first time, its registry.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "lab.sh: $*" >&2
  exit 2
}

[[ $# -eq 1 ]] || fail "usage: lab.sh PATH_TO_AUTHENTICATOR"
[[ -f $1 && -x $1 ]] || fail "$1 is not a program"
AUTHENTICATOR=$(realpath "$1")
export AUTHENTICATOR
# Its packages are its own: another version of one of them is none of the other scripts' business.
requirements=$here/lab/requirements.txt packages=lab oldest_python="3, 11"
source "$here/python.sh"
run_python -m mypy --strict --cache-dir "$cache/mypy" "$here/lab/lab.py"
# Each of eight workers runs every test, all at the same time.
run_python -m pytest --quiet -p no:cacheprovider --numprocesses 8 --dist each "$here/lab"
