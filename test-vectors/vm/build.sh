#!/usr/bin/env bash
# Makes a virtual machine with Debian's kernel and its packages of real clients, without root: nothing is installed,
# packages are only unpacked. Usage: build.sh FOLDER
# Leaves `kernel`, `initramfs` and `root.ext4` in FOLDER, and does nothing where they are of this script already.
# Ends with 77 where Debian's packages cannot be had.
set -euo pipefail

# Each with what it depends on. The last line makes the image itself.
readonly packages=(
  linux-image-amd64 bash coreutils grep sed kmod udev util-linux mount procps passwd diffutils iproute2
  fido2-tools openssh-client openssh-server usbip python3
  chromium xvfb xdotool x11-utils fonts-dejavu-core
  busybox-static e2fsprogs
)
# What the kernel needs to find its root.
readonly early_modules=(virtio_pci virtio_blk ext4)

[[ $# -eq 1 ]] || { echo "usage: build.sh FOLDER" >&2; exit 2; }
script=$(realpath "${BASH_SOURCE[0]}")
source "$(dirname "$script")/../../.ci/lib.sh"
mkdir -p "$1"
cd "$1"

say() {
  echo "vm: $*"
}

if cmp -s "$script" built-by && [[ -f kernel && -f initramfs && -f root.ext4 ]]; then
  say "the image is there: $(cat contents)"
  exit 0
fi

for tool in apt-get dpkg-deb tar gzip; do
  command -v "$tool" >/dev/null || skip "$tool is missing: the machine is built from Debian's packages"
done
[[ $(uname -m) == x86_64 ]] || skip "the machine is an x86_64 one, built with its own tools"

# ---- packages ----

# Apt with lists and downloads of its own, for a system that has nothing yet.
apt() {
  apt-get -q -o Dir::State="$PWD/apt" -o Dir::State::status="$PWD/apt/status" -o Dir::Cache="$PWD/apt" \
    -o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=false "$@"
}

# What is in archives/ is unpacked: nothing of a run that was interrupted.
rm -rf root built-by apt/archives
mkdir -p apt/lists/partial apt/archives/partial root
: >apt/status
say "reading Debian's lists"
apt update >apt/log 2>&1 || { tail -n 5 apt/log; skip "apt cannot read Debian's lists"; }
say "fetching ${#packages[@]} packages and what they depend on"
apt install -y --download-only "${packages[@]}" >apt/log 2>&1 ||
  { tail -n 5 apt/log; skip "apt cannot fetch the packages (this needs a Debian)"; }
grep -E '^(Need to get|[0-9]+ upgraded)' apt/log || true

# ---- root ----

say "unpacking"
mkdir -p root/usr/{bin,sbin,lib,lib64}
for folder in bin sbin lib lib64; do
  ln -s "usr/$folder" "root/$folder"
done
for package in apt/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x -C root --no-same-owner --keep-directory-symlink --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
      --exclude='./usr/share/locale/*'
done
ln -sf bash root/usr/bin/sh
mkdir -p root/{dev,proc,sys,run,tmp,host,root} root/run/sshd root/var/tester root/var/lib/xkb
cat >root/etc/passwd <<'PASSWD'
root:x:0:0:root:/root:/bin/bash
sshd:x:100:65534::/run/sshd:/usr/sbin/nologin
tester:x:1000:1000::/var/tester:/bin/bash
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
PASSWD
printf 'root:x:0:\ntty:x:5:\nplugdev:x:46:tester\ninput:x:104:\nrender:x:105:\nkvm:x:106:\nsgx:x:107:\ndisk:x:6:\nlp:x:7:\n' >root/etc/group
printf 'kmem:x:15:\ndialout:x:20:\ncdrom:x:24:\ntape:x:26:\naudio:x:29:\nvideo:x:44:\ntester:x:1000:\nnogroup:x:65534:\n' >>root/etc/group
printf 'root:*:19000::::::\ntester:*:19000::::::\n' >root/etc/shadow
printf '127.0.0.1 localhost\n' >root/etc/hosts
# systemd's own rule finds security keys by what their reports are for; this lets the person's browser at them.
echo 'SUBSYSTEM=="hidraw", ENV{ID_SECURITY_TOKEN}=="1", MODE="0660", GROUP="plugdev"' >root/etc/udev/rules.d/90-tester.rules
cat >root/sbin/guest-init <<'INIT'
#!/bin/bash
# The first process: the share, then the script that it brings, then the end.
export PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for folder in /dev/shm /run /tmp; do mount -t tmpfs -o mode=1777 tmpfs "$folder"; done
mkdir -p /run/sshd /run/lock
chmod 755 /run /run/sshd
modprobe -a 9pnet_virtio 9p
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 host /host
bash /host/guest.sh </dev/null
echo $? >/host/status
sync
busybox poweroff -f
INIT
chmod 755 root/sbin/guest-init
chmod 755 root/root root/var/tester

# Programs of the root on this machine, with its own libraries: this machine need not have them.
of_root() {
  local name=$1 program=$2
  shift 2
  root/lib64/ld-linux-x86-64.so.2 --argv0 "$name" --library-path root/usr/lib/x86_64-linux-gnu "root/$program" "$@"
}

version=$(basename root/lib/modules/*)
mv "root/boot/vmlinuz-$version" kernel
of_root depmod usr/bin/kmod -b root "$version"

# ---- initramfs ----

say "making the initramfs and the disk"
rm -rf early
mkdir -p early/{bin,dev,proc,sys,new}
cp root/usr/bin/busybox early/bin/
for module in "${early_modules[@]}"; do
  of_root modprobe usr/bin/kmod -d root -S "$version" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >early/modules
while read -r module; do
  cp "$module" early/
done <early/modules
sed -i 's|.*/||' early/modules
cat >early/init <<'INIT'
#!/bin/busybox sh
busybox mount -t proc proc /proc
while read -r module; do busybox insmod "/$module"; done </modules
busybox mount -t devtmpfs dev /dev
busybox mount -t ext4 /dev/vda /new
busybox mount -t devtmpfs dev /new/dev
exec busybox switch_root /new /sbin/guest-init
INIT
chmod 755 early/init
(cd early && find . | ../root/usr/bin/busybox cpio -o -H newc 2>/dev/null) | gzip >initramfs

# ---- disk ----

rm -f root.ext4
of_root mke2fs usr/sbin/mke2fs -q -t ext4 -d root -E root_owner=0:0 root.ext4 3G
contents="Linux $version"
for package in fido2-tools openssh-client chromium usbip; do
  file=$(basename apt/archives/"$package"_*.deb)
  file=${file#*_}
  contents+=", $package ${file%_*}"
done
echo "${contents//\%3a/:}" >contents
rm -rf root early apt/archives
cp "$script" built-by
say "made: $(cat contents), $(du -h root.ext4 | cut -f1)"
