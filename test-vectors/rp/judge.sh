#!/usr/bin/env bash
# Two relying-party libraries judge the `authenticator` command line tool.
# Usage: judge.sh PATH_TO_AUTHENTICATOR [--without-x5c]
# --without-x5c leaves out the cases of a program that has no option for a key and a chain of certificates in files.
# Needs python3 (3.10 or later), node (20 or later), npm and, the first time, their registries.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "judge.sh: $*" >&2
  exit 2
}

install_node() {
  local wanted=$here/simplewebauthn/package-lock.json
  ! cmp -s "$wanted" "$cache/node.installed" || return 0
  rm -f "$cache/node.installed"
  mkdir -p "$cache/simplewebauthn"
  cp "$here/simplewebauthn/"{package.json,package-lock.json} "$cache/simplewebauthn"
  npm ci --prefix "$cache/simplewebauthn" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  cp "$wanted" "$cache/node.installed"
}

# The options in the tree are what the pinned libraries make, to the byte.
check_options() {
  run_python "$here/py_webauthn/generate.py" "$work/py_webauthn"
  node "$scripts/generate.mjs" "$work/simplewebauthn"
  local library
  for library in py_webauthn simplewebauthn; do
    diff -r "$work/$library" "$here/$library/options" >&2 ||
      fail "$library/options is not what its generator writes"
  done
}

[[ $# -eq 1 || $# -eq 2 && $2 == --without-x5c ]] || fail "usage: judge.sh PATH_TO_AUTHENTICATOR [--without-x5c]"
[[ -f $1 && -x $1 ]] || fail "$1 is not a program"
tool=$(realpath "$1")
shift
source "$here/python.sh"
need_node
locked "$cache" install_node
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# node finds packages beside the script only.
scripts=$work/scripts
cp -R "$here/simplewebauthn" "$scripts"
ln -s "$cache/simplewebauthn/node_modules" "$scripts/node_modules"
check_options

status=0
run_python "$here/py_webauthn/judge.py" "$tool" "$@" || status=1
echo
node "$scripts/judge.mjs" "$tool" "$here/../attestation" "$@" || status=1
exit "$status"
