# shellcheck shell=bash
# The kernel attaches the security key over the network, as a USB device.

usbip_itself() {
  client="usbip" version=$(usbip version 2>&1 | tr -d '()' | cut -d' ' -f2-)
  begin_list
  plug_in /tmp/usbip --usbip 127.0.0.1:3240 --user approve
  shows "usbip list -r" '1-1: .*1209:0001' usbip list -r 127.0.0.1
  passes "usbip attach -r -b" attach
  passes "the kernel makes a hidraw device of it, which udev calls a security key" await_device
  shows "usbip port" 'Port 00: <Port in Use> at Full Speed' usbip port
  refused "usbip attach -r -b of what is attached" 'Request Failed|Attach Request' usbip attach -r 127.0.0.1 -b 1-1
  passes "usbip detach -p" usbip detach -p 0
  passes "the device goes" await_no_device
  passes "usbip attach -r -b once more" attach
  passes "the device comes" await_device
  end_list
}

# The kernel takes a moment to see that an earlier one has gone.
attach() {
  local tries
  for ((tries = 0; tries < 50; tries++)); do
    await_no_device && usbip attach -r 127.0.0.1 -b 1-1 && return 0
    sleep 0.1
  done
  return 1
}
