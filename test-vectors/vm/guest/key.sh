# shellcheck shell=bash
# The security key in the guest: plugging it in and out, and where it is.

serving=
# What else there is to do when it is plugged in again; a list may set it.
after_replug=:

# Starts it anew: plug_in STATE ARGUMENT..., in which `--uhid` or the like is one.
plug_in() {
  local state=$1
  shift
  rm -f /tmp/serve.out
  /host/authenticator serve --state "$state" "$@" >/tmp/serve.out 2>/tmp/serve.err &
  serving=$!
  until [[ -s /tmp/serve.out ]]; do
    kill -0 "$serving" || { no_key "$(</tmp/serve.err)"; return; }
    sleep 0.1
  done
}

pull_out() {
  kill -TERM "$serving" && wait "$serving"
  serving=
  await_no_device
}

# Cuts its power for a moment: with that a reset may be asked for again.
replug() {
  kill -USR1 "$serving"
  "$after_replug" && await_device
}

# Waits for the device that udev calls a security key, and sets `device`.
await_device() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    udevadm settle
    for device in /dev/hidraw*; do
      [[ -c $device ]] && udevadm info "$device" | grep -q ID_SECURITY_TOKEN=1 && return 0
    done
    sleep 0.1
  done
  no_key "udev knows of none"
}

# What is played without a key tells nothing: the run fails, whatever its rows say.
no_key() {
  echo "FAIL    no security key has come: $1"
  failed_lists=$((failed_lists + 1))
  return 1
}

await_no_device() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    compgen -G '/dev/hidraw*' >/dev/null || return 0
    sleep 0.1
  done
  echo "the security key has stayed"
  return 1
}
