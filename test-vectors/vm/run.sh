#!/usr/bin/env bash
# Real clients on a real /dev/hidraw, in a virtual machine with Debian's kernel.
# Usage: run.sh PATH_TO_AUTHENTICATOR [LIST...]
# The lists are those of guest/guest.sh; without any, all are run. Prints a row for each command, and appends them as lines of
# JSON to $CLIENT_ROWS, if that is set. Needs qemu-system-x86_64; the machine is kept in ${TMPDIR:-/tmp}/authenticator-ci-cache.
# Ends with 77 where the machine cannot be had here.
set -euo pipefail

readonly all_lists=(libfido2 openssh usbip rust chromium)
readonly seconds_at_most=1800

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../.ci/lib.sh"

fail() {
  echo "run.sh: $*" >&2
  exit 2
}

[[ $# -ge 1 && -x $1 && ! -d $1 ]] || fail "usage: run.sh PATH_TO_AUTHENTICATOR [LIST...]"
tool=$(realpath "$1")
shift
lists=("$@")
[[ $# -gt 0 ]] || lists=("${all_lists[@]}")
for list in "${lists[@]}"; do
  [[ " ${all_lists[*]} " == *" $list "* ]] || fail "no list is called $list; there are: ${all_lists[*]}"
done

cache=${TMPDIR:-/tmp}/authenticator-ci-cache
own_cache "$cache"

command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is missing"
locked "$cache" "$here/build.sh" "$cache/vm"

share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT
cp -r "$here/guest" "$share/guest"
cp "$here/guest/guest.sh" "$share/guest.sh"
cp "$tool" "$share/authenticator"
if [[ " ${lists[*]} " == *" rust "* ]]; then
  programs=$("$here/../clients/rust/build.sh")
  cp "$programs/ctap_hid_fido2" "$programs/firefox" "$share"
fi
echo "${lists[*]}" >"$share/lists"
: >"$share/rows.jsonl"

status=0
"$here/boot.sh" "$cache/vm" "$share" "$seconds_at_most" || status=$?
[[ -z ${CLIENT_ROWS-} ]] || cat "$share/rows.jsonl" >>"$CLIENT_ROWS"
if [[ -d $share/chromium ]]; then
  source "$here/../rp/python.sh"
  run_python "$here/judge_chromium.py" "$share/chromium" "$(<"$share/chromium/version")" || status=1
fi
exit "$status"
