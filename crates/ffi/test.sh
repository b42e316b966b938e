#!/usr/bin/env bash
# The Kotlin and the C program over the bindings, and what else must hold of them: prints a table, scenario × language.
#
#   crates/ffi/test.sh           8 threads × 40 passkeys
#   crates/ffi/test.sh --full    8 threads for a minute, at least 40 passkeys each
#
# It needs cargo with rustup, gcc, a JDK of 17 or later, libssl-dev, node, npm and python3, and installs what apt can where it
# is missing. The Kotlin compiler comes from npm and JNA from Debian (into the cache, without installing it); the bindings'
# generators are built from tools/. All of that is kept in ${TMPDIR:-/tmp}/authenticator-ffi-cache. A row that cannot run here is printed as SKIP with its reason,
# never as passed. Ends non-zero when any row failed, and with 77 where nothing of it can run.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${TMPDIR:-/tmp}/authenticator-ffi-cache
target=${CARGO_TARGET_DIR:-$root/target}
source "$root/.ci/lib.sh"
# Memory is compared with what it was after the first 1,000.
readonly ceremonies=10000 each=40
# After so many seconds a program hangs.
readonly patience=600

case ${1:-} in
    "") seconds=0 ;;
    --full) seconds=60 ;;
    *) echo "usage: test.sh [--full]" >&2; exit 2 ;;
esac

need_program gcc gcc
need_python "3, 10"
need_node
need_jdk
echo '#include <openssl/evp.h>' | gcc -E -x c - >/dev/null 2>&1 || need_packages libssl-dev
for needed in apt-get dpkg-deb; do
    command -v "$needed" >/dev/null || skip "$needed is missing: JNA comes from Debian"
done
own_cache "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/c" "$work/kotlin"

# ---- what the programs need ----

# Each comes into its place when it is whole.
kotlin=$cache/kotlin/node_modules/kotlin-compiler
install_kotlin() {
    local lock=$here/kotlin/compiler/package-lock.json
    ! cmp -s "$lock" "$cache/kotlin/package-lock.json" || return 0
    rm -rf "$cache/kotlin" "$cache/kotlin.new"
    cp -R "$here/kotlin/compiler" "$cache/kotlin.new"
    npm ci --silent --no-audit --no-fund --ignore-scripts --prefix "$cache/kotlin.new" >&2
    chmod +x "$cache/kotlin.new/node_modules/kotlin-compiler/bin/kotlinc"
    mv "$cache/kotlin.new" "$cache/kotlin"
}

install_jna() {
    local new=$cache/jna.new package platform
    [[ ! -d $cache/jna/classes ]] || return 0
    # Debian's JNA looks for its native half in the system's folders, and then on the class path.
    case $(uname -m) in
        x86_64) platform=linux-x86-64 ;;
        aarch64) platform=linux-aarch64 ;;
        *) skip "JNA's name for this processor is not known here" ;;
    esac
    rm -rf "$cache/jna" "$new"
    mkdir -p "$new/debs" "$new/classes/com/sun/jna/$platform"
    cd "$new/debs"
    { apt-get download -q libjna-java libjna-jni || { as_root apt-get update -q && apt-get download -q libjna-java libjna-jni; }; } >&2 ||
        skip "apt cannot download libjna-java and libjna-jni"
    for package in *.deb; do dpkg-deb -x "$package" "$new"; done
    cp "$(find "$new/usr/lib" -name libjnidispatch.system.so)" "$new/classes/com/sun/jna/$platform/libjnidispatch.so"
    mv "$new" "$cache/jna"
}

locked "$cache" install_kotlin
locked "$cache" install_jna

cd "$root"
cargo build -p authenticator-ffi
CARGO_TARGET_DIR=$cache/tools cargo build --locked --manifest-path "$here/tools/Cargo.toml" --bins
tools=$cache/tools/debug
library=$target/debug

# ---- the programs ----

build_c() { # OUTPUT FLAGS...
    local output=$1
    shift
    gcc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror "$@" -I"$here/include" "$here"/c/*.c -o "$output" \
        "$library/libauthenticator_ffi.a" -lcrypto -lpthread -ldl -lm
}

# The launcher is the program: the judges run it, and the scenarios start it again as a new process.
build_kotlin() {
    "$tools/uniffi-bindgen" generate --library "$library/libauthenticator_ffi.so" --language kotlin --no-format \
        --out-dir "$work/generated"
    local jars=$cache/jna/usr/share/java/jna.jar:$kotlin/lib/kotlinx-coroutines-core-jvm.jar
    "$kotlin/bin/kotlinc" -Werror -jvm-target 17 -cp "$jars" -d "$work/passkeys.jar" \
        "$here"/kotlin/*.kt "$work/generated/authenticator/ffi/authenticator.kt"
    cat >"$work/kotlin-program" <<END
#!/usr/bin/env bash
exec java -Xms64m -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Dlauncher="\$0" \
    -Djna.library.path="$library" \
    -cp "$work/passkeys.jar:$cache/jna/classes:$jars:$kotlin/lib/kotlin-stdlib.jar" authenticator.scenarios.MainKt "\$@"
END
    chmod +x "$work/kotlin-program"
}

"$tools/c-header" "$here" >"$work/authenticator.h"
build_c "$work/c-checked" -g -O1 -fsanitize=address
build_c "$work/c-program" -O2
build_kotlin

# ---- the table ----

status=0
results=$work/results
row() { printf '%-44s %-8s %-8s %s\n' "$1" "$2" "$3" "${4:-}" >>"$results"; }

# One verdict for a command that passes as a whole, or cannot be run here.
whole() { # LOG COMMAND...
    local log=$1 status=0
    shift
    "$@" >"$log" 2>&1 || status=$?
    case $status in
        0) echo passed ;;
        "$skip_status") echo SKIP ;;
        *)
            cat "$log" >&2
            echo FAILED
            ;;
    esac
}

# A row that has nothing to do with a language.
one_row() { # NAME VERDICT [REASON]
    [[ $2 != FAILED ]] || status=1
    row "$1" "$2" "" "${3:-}"
}

# Both programs print a line for each scenario that passed, and stop at the first that does not.
run_program() { # LANGUAGE PROGRAM ARGUMENTS...
    local log=$work/$1.passed
    shift
    timeout --foreground --kill-after=30 "$patience" "$@" >>"$log" || { echo "$* failed" >&2; status=1; }
}

export ASAN_OPTIONS=detect_leaks=1
run_program c "$work/c-checked" scenarios "$work/c"
run_program kotlin "$work/kotlin-program" scenarios "$work/kotlin"
for what in memory threads; do
    mkdir "$work/c-$what" "$work/kotlin-$what"
done
run_program c "$work/c-program" memory "$work/c-memory" "$ceremonies"
run_program kotlin "$work/kotlin-program" memory "$work/kotlin-memory" "$ceremonies"
run_program c "$work/c-checked" threads "$work/c-threads" "$each" "$seconds"
run_program kotlin "$work/kotlin-program" threads "$work/kotlin-threads" "$each" "$seconds"

verdict() { # LANGUAGE SCENARIO
    if grep -qxF "passed $2" "$work/$1.passed"; then echo passed; else echo FAILED; fi
}

row scenario Kotlin C
while IFS= read -r scenario; do
    in_c=$(verdict c "$scenario")
    in_kotlin=$(verdict kotlin "$scenario")
    # C has no coroutines, and no wrapper that clears up.
    case $scenario in
        "coroutine cancelled" | "key that cannot be destroyed") in_c=- ;;
    esac
    [[ $in_c$in_kotlin != *FAILED* ]] || status=1
    row "$scenario" "$in_kotlin" "$in_c"
done <<'LIST'
register
sign in
choose among two accounts of one name
exclude hit
cancel in every step
wrong answer
key of the host's, not exportable
key backend refuses
key backend locks out
restore in a new process
use a saved ceremony twice
list, rename, mark and delete passkeys
key of a deleted passkey is destroyed
suspend and resume
delete everything
coroutine cancelled
key that cannot be destroyed
memory stays flat
eight threads lose nothing
LIST

# A batch's key in a file is the command line tool's alone.
judge=$root/test-vectors/rp/judge.sh
in_kotlin=$(whole "$work/judge-kotlin.log" "$judge" "$work/kotlin-program" --without-x5c)
in_c=$(whole "$work/judge-c.log" "$judge" "$work/c-checked" --without-x5c)
[[ $in_c$in_kotlin != *FAILED* ]] || status=1
row "answers accepted by both RP libraries" "$in_kotlin" "$in_c"

one_row "header is what cbindgen writes" \
    "$(whole "$work/header.log" diff -u "$here/include/authenticator.h" "$work/authenticator.h")"

if have_miri; then
    # Nothing is linked under Miri, so SQLite need not be compiled for it either.
    outcome=$(MIRIFLAGS=-Zmiri-strict-provenance CARGO_TARGET_DIR=$target/miri \
        LIBSQLITE3_SYS_USE_PKG_CONFIG=1 SQLITE3_LIB_DIR=/nonexistent \
        whole "$work/miri.log" cargo "+$miri_toolchain" miri test -p authenticator-ffi --lib c::)
    # A filter that fits no test is no failure to cargo.
    if [[ $outcome == passed ]] && ! grep -q '^test result: ok\. [1-9]' "$work/miri.log"; then
        echo "test.sh: Miri ran no test" >&2
        outcome=FAILED
    fi
    one_row "unsafe code under Miri" "$outcome"
else
    note "no row Miri: rustup cannot download it"
    one_row "unsafe code under Miri" SKIP "rustup cannot download Miri"
fi

echo
cat "$results"
exit "$status"
