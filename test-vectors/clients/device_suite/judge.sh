#!/usr/bin/env bash
# python-fido2's own tests for real keys, unchanged, against `authenticator serve`.
# Usage: judge.sh PATH_TO_AUTHENTICATOR [ARGUMENTS OF PYTEST...]
# Needs python3 (3.10 or later, with venv or with pip) and, the first time, its registry. Keeps a line of JSON for each test in
# $CLIENT_ROWS, if that is set.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
  echo "judge.sh: $*" >&2
  exit 2
}

[[ $# -ge 1 ]] || fail "usage: judge.sh PATH_TO_AUTHENTICATOR [ARGUMENTS OF PYTEST...]"
[[ -f $1 && -x $1 ]] || fail "$1 is not a program"
tool=$(realpath "$1")
shift
# The tests are run in a folder of their own.
[[ -z ${CLIENT_ROWS-} ]] || CLIENT_ROWS=$(realpath -m "$CLIENT_ROWS")
source "$here/python.sh"

# The tests are in the source package of the release that requirements.txt installs; they are in no wheel.
release=2.2.1
archive=https://files.pythonhosted.org/packages/ba/ea/6f08c354b7aeb8019249d46a86c2153f8218499cced4d21bf16b6d49fc16/fido2-$release.tar.gz
sum=85787428a94c3f8eaf72f0ff30afba983b559a1b1b795c93318c81b4ad4062c4
sources=$cache/fido2-$release
if [[ ! -d $sources/tests ]]; then
  scratch=$(mktemp -d "$cache/sources.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  run_python - "$archive" "$scratch/archive" <<'PYTHON'
import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=60) as answer, open(sys.argv[2], "wb") as file:
    shutil.copyfileobj(answer, file)
PYTHON
  echo "$sum  $scratch/archive" | sha256sum --check --quiet || fail "$archive is not what it was"
  tar -xzf "$scratch/archive" -C "$scratch" "fido2-$release/tests" "fido2-$release/pyproject.toml"
  # Another run may have been first.
  mv -T "$scratch/fido2-$release" "$sources" || [[ -d $sources/tests ]]
fi

cd "$sources"
AUTHENTICATOR=$tool PYTHONPATH=$here/device_suite${PYTHONPATH:+:$PYTHONPATH} run_python -m pytest -p plugin -p no:cacheprovider -q --tb=short \
  tests/device "$@"
