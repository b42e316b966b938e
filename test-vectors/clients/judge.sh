#!/usr/bin/env bash
# A client library of another language drives the authenticator of the testkit's example `ctap_pipe`.
# Usage: judge.sh PATH_TO_CTAP_PIPE [PART_OF_A_SCENARIO_NAME]
# Needs python3 (3.10 or later, with venv or with pip) and, the first time, its registry.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TMPDIR:-/tmp}/authenticator-clients
export PYTHONDONTWRITEBYTECODE=1

fail() {
  echo "judge.sh: $*" >&2
  exit 2
}

# A virtual environment where python can make one, else a plain folder of packages.
install_python() {
  local wanted=$here/python_fido2/requirements.txt
  if ! cmp -s "$wanted" "$cache/python.installed"; then
    rm -rf "$cache/venv" "$cache/packages"
    if python3 -m venv "$cache/venv" >/dev/null 2>&1; then
      "$cache/venv/bin/python" -m pip install --quiet --require-hashes --requirement "$wanted" >&2
    else
      rm -rf "$cache/venv"
      python3 -m pip install --quiet --require-hashes --target "$cache/packages" --requirement "$wanted" >&2
    fi
    cp "$wanted" "$cache/python.installed"
  fi
}

run_python() {
  if [[ -d $cache/venv ]]; then
    "$cache/venv/bin/python" "$@"
  else
    PYTHONPATH=$cache/packages python3 "$@"
  fi
}

[[ $# -eq 1 || $# -eq 2 ]] || fail "usage: judge.sh PATH_TO_CTAP_PIPE [PART_OF_A_SCENARIO_NAME]"
[[ -f $1 && -x $1 ]] || fail "$1 is not a program"
tool=$(realpath "$1")
shift
command -v python3 >/dev/null || fail "python3 is missing"

mkdir -p -m 700 "$cache"
# Code is run from here: never from a folder that somebody else put in place.
[[ -O $cache ]] || fail "$cache belongs to another user"
install_python
run_python "$here/python_fido2/judge.py" "$tool" "$@"
