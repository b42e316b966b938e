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

# node finds packages beside the script only, so the scripts are copied to the packages.
install_node() {
  local wanted=$here/simplewebauthn/package-lock.json
  mkdir -p "$cache/simplewebauthn"
  rm -rf "$cache/simplewebauthn/options"
  cp -R "$here/simplewebauthn/"{package.json,package-lock.json,options} "$cache/simplewebauthn"
  cp "$here/simplewebauthn/"*.mjs "$cache/simplewebauthn"
  if ! cmp -s "$wanted" "$cache/node.installed"; then
    npm ci --prefix "$cache/simplewebauthn" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp "$wanted" "$cache/node.installed"
  fi
}

# The options in the tree are what the pinned libraries make, to the byte.
check_options() {
  local fresh
  fresh=$(mktemp -d)
  run_python "$here/py_webauthn/generate.py" "$fresh/py_webauthn"
  node "$cache/simplewebauthn/generate.mjs" "$fresh/simplewebauthn"
  local library
  for library in py_webauthn simplewebauthn; do
    diff -r "$fresh/$library" "$here/$library/options" >&2 ||
      fail "$library/options is not what its generator writes"
  done
  rm -rf "$fresh"
}

[[ $# -eq 1 || $# -eq 2 && $2 == --without-x5c ]] || fail "usage: judge.sh PATH_TO_AUTHENTICATOR [--without-x5c]"
[[ -f $1 && -x $1 ]] || fail "$1 is not a program"
tool=$(realpath "$1")
shift
for needed in node npm; do
  command -v "$needed" >/dev/null || fail "$needed is missing"
done
node -e 'process.exit(parseInt(process.versions.node, 10) >= 20 ? 0 : 1)' ||
  fail "@simplewebauthn/server needs node 20 or later, this is $(node --version)"

source "$here/python.sh"
install_node
check_options

status=0
run_python "$here/py_webauthn/judge.py" "$tool" "$@" || status=1
echo
node "$cache/simplewebauthn/judge.mjs" "$tool" "$here/../attestation" "$@" || status=1
exit "$status"
