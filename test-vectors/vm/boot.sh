#!/usr/bin/env bash
# Boots the virtual machine once: boot.sh IMAGE_FOLDER SHARED_FOLDER SECONDS
# The guest has SHARED_FOLDER as /host and runs its guest.sh, whose exit code is this script's. What it says on its console
# is said here. It gets SECONDS; the disk forgets what was written.
set -euo pipefail

[[ $# -eq 3 ]] || { echo "usage: boot.sh IMAGE_FOLDER SHARED_FOLDER SECONDS" >&2; exit 2; }
image=$1 share=$2 seconds=$3
rm -f "$share/status"

# Never with kvm: it is not everywhere, and where it is nested it hangs.
ended=0
nice -n 5 timeout --foreground --kill-after=10 "$seconds" qemu-system-x86_64 \
  -accel tcg -cpu max -smp 1 -m 3G -nodefaults -no-user-config -no-reboot -display none -monitor none \
  -serial stdio -kernel "$image/kernel" -initrd "$image/initramfs" \
  -append "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off random.trust_cpu=on" \
  -drive "file=$image/root.ext4,if=virtio,format=raw,snapshot=on" \
  -device virtio-rng-pci \
  -virtfs "local,path=$share,mount_tag=host,security_model=none,multidevs=remap" </dev/null | sed -u 's/\r$//' || ended=$?
if [[ ! -s $share/status ]]; then
  [[ $ended -ne 124 ]] || echo "vm: was stopped after $seconds seconds"
  echo "vm: the guest did not come to its end"
  exit 1
fi
exit "$(<"$share/status")"
