#!/usr/bin/env bash
# Builds the firmware example, runs its scenarios under QEMU, holds its sizes to limits.txt and docs/firmware.md, and
# its calls that can panic to panics.txt. UPDATE=1 writes the figures into docs/firmware.md.
#
# It needs rustup with a stable toolchain; the target, the disassembler and QEMU are installed if they are missing.
# Ends with 77 when one of them cannot be had here.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly target=thumbv7em-none-eabihf
source ../../.ci/lib.sh

need_objdump() {
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    objdump="$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-objdump"
    [[ -x $objdump ]] || rustup component add llvm-tools || skip "rustup cannot download llvm-tools"
}

need_target "$target"
need_objdump
need_program qemu-system-arm qemu-system-arm

cargo fmt --all --check
cargo clippy --locked -p authenticator-firmware-host --all-targets -- -D warnings
cargo clippy --locked -p authenticator-firmware --target "$target" --release -- -D warnings
cargo test --locked -p authenticator-firmware -p authenticator-firmware-host
cargo build --locked -p authenticator-firmware-host
cargo build --locked --release -p authenticator-firmware --target "$target"

folder=${CARGO_TARGET_DIR:-target}
elf=$folder/$target/release/authenticator-firmware
"$objdump" -d --no-show-raw-insn --demangle "$elf" >"$elf.disassembly"
timeout --foreground --kill-after=30 600 "$folder/debug/authenticator-firmware-host" "$elf" "$elf.disassembly"
echo "ok      sizes within limits.txt, docs/firmware.md current, no call that can panic outside panics.txt"
