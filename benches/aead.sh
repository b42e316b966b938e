#!/usr/bin/env bash
# Prints the figures of docs/adr/0001-record-seal.md: what sealing and opening a record take with AES-256-GCM-SIV and
# with XChaCha20-Poly1305, in time and instructions, with the processor's help and without, and on a microcontroller.
#
# Compare ratios, not machines. It needs valgrind, qemu-system-arm and rustup with the microcontroller's target.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

readonly board=thumbv7em-none-eabihf
for tool in valgrind qemu-system-arm; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed; on Debian: apt-get install $tool" >&2; exit 1; }
done
built=$(realpath -m "${CARGO_TARGET_DIR:-target}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

count() {
    valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --collect-atstart=no \
        --toggle-collect='authenticator_benches::measured*' "$@" 2>"$scratch/log" >&2 ||
        { cat "$scratch/log" >&2; exit 1; }
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$scratch/log" | grep .
}

table_of_instructions() {
    printf '| way  | bytes | gcm-siv instr. | xchacha instr. | ratio |\n|------|------:|---------------:|---------------:|------:|\n'
}

row() {
    printf '| %-4s | %5d | %14d | %14d | %5s |\n' "$@" "$(awk -v a="$3" -v b="$4" 'BEGIN { printf "%.2f", a / b }')"
}

# Time and instructions as built into this folder with these flags.
compare() {
    local binary="$1/release/aead" way size gcm_siv xchacha
    CARGO_TARGET_DIR=$1 RUSTFLAGS=$2 cargo build --quiet --locked --release -p authenticator-benches --bin aead
    "$binary"
    echo
    table_of_instructions
    for way in seal open; do
        for size in 64 300 700 1300; do
            gcm_siv=$(count "$binary" gcm-siv "$way" "$size")
            xchacha=$(count "$binary" xchacha "$way" "$size")
            row "$way" "$size" "$gcm_siv" "$xchacha"
        done
    done
}

# Builds a program for the microcontroller with these features and says where it is.
build_for_board() {
    (cd benches/board &&
        CARGO_TARGET_DIR="$built/board" RUSTFLAGS="-Clink-arg=-Tlink.x -Clink-arg=--nmagic -Clink-arg=-L../../crates/firmware" \
            cargo build --quiet --locked --release --target "$board" --bin "$1" --features "$2")
    echo "$built/board/$board/release/$1"
}

# Code, constants and first values of variables of a program that has these features.
weigh() {
    local program
    program=$(build_for_board flash "$1")
    "$llvm_size" -A "$program" |
        awk '$1 ~ /^\.(text|rodata|data)$/ { sum += $2 } END { print sum }'
}

echo "With the processor's instructions:"
compare "$built" ""
printf '\nPortable code:\n'
compare "$built/portable" "--cfg aes_backend=\"soft\" --cfg polyval_backend=\"soft\" \
    --cfg chacha20_backend=\"soft\" --cfg poly1305_backend=\"soft\""

grep -qx "$board" <<<"$(rustup target list --installed)" || rustup target add "$board"
llvm_size="$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/llvm-size"
[[ -x $llvm_size ]] || rustup component add llvm-tools

printf '\nInstructions on %s (a Cortex-M4 under QEMU):\n' "$board"
table_of_instructions
program=$(build_for_board count count)
timeout 60 qemu-system-arm -machine mps2-an386 -cpu cortex-m4 -icount shift=0 -display none -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$program" >"$scratch/counts"
while read -r way size gcm_siv xchacha; do
    row "$way" "$size" "$gcm_siv" "$xchacha"
done <"$scratch/counts"

printf '\nFlash on %s:\n' "$board"
# Each is assigned by itself: only so does it end this that one fails.
empty=$(weigh "")
pin=$(weigh pin)
printf '| %-7s | %14s | %26s |\n|---------|---------------:|---------------------------:|\n' seal "bytes of flash" "beside AES-256 for the PIN"
for seal in gcm-siv xchacha; do
    alone=$(weigh "$seal")
    beside_pin=$(weigh "$seal,pin")
    printf '| %-7s | %14d | %26d |\n' "$seal" $((alone - empty)) $((beside_pin - pin))
done
