# shellcheck shell=bash
# What the guest does: each list of clients that /host/lists names. Ends with 1 if a row of any failed.
set -uo pipefail
cd /host/guest || exit 1
[[ -e /dev/fd ]] || ln -s /proc/self/fd /dev/fd
source ./rows.sh
source ./key.sh
source ./fido2_tools.sh
source ./openssh.sh
source ./usbip.sh
source ./chromium.sh

/lib/systemd/systemd-udevd --daemon 2>/dev/null
modprobe -a uhid hid-generic usbhid vhci-hcd
ip link set lo up
udevadm trigger
udevadm settle
echo "vm: booted in $(cut -d. -f1 /proc/uptime) seconds: $(uname -sr)"

tools=$(fido2-token -V 2>&1)
list_libfido2() {
  client="libfido2 tools" version=$tools
  plug_in /tmp/tools --uhid --user approve && await_device && fido2_tools
  pull_out
}

list_openssh() {
  client=OpenSSH version=$(ssh -V 2>&1 | sed 's/^OpenSSH_\([^ ,]*\).*/\1/')
  plug_in /tmp/openssh --uhid --user approve && await_device && openssh
  pull_out
}

list_usbip() {
  usbip_itself
  client="libfido2 tools over USB/IP" version=$tools
  after_replug=attach && fido2_tools
  after_replug=:
  usbip detach -p 0 2>/dev/null
  pull_out
}

# Each with a key that nobody has used.
list_rust() {
  local program
  for program in ctap_hid_fido2 firefox; do
    printf '\n---- %s ----\n' "$program"
    plug_in "/tmp/$program" --uhid --user approve --set uv=absent && await_device
    if ! CLIENT_ROWS=/host/rows.jsonl timeout 300 "/host/$program" 2>/tmp/program.err; then
      cat /tmp/program.err
      failed_lists=$((failed_lists + 1))
    fi
    pull_out
  done
}

list_chromium() {
  client=Chromium version=$(chromium --version 2>/dev/null | cut -d' ' -f2)
  chromium_ceremonies
}

rows_passed() {
  grep -c '"result":"passed"' /host/rows.jsonl
}

failed_lists=0
for list in $(</host/lists); do
  start=$SECONDS
  passed_before=$(rows_passed)
  "list_$list"
  if [[ $(rows_passed) -le $passed_before ]]; then
    echo "FAIL    $list: none of its rows has passed"
    failed_lists=$((failed_lists + 1))
  fi
  echo "$list: $((SECONDS - start)) seconds"
done
[[ $failed_lists -eq 0 ]]
