# shellcheck shell=bash
# What the scripts of the tree share: how one ends as not run, where it keeps things, and what it needs. To be sourced.

# Of two scripts that one runs, both may want it.
[[ -z ${skip_status-} ]] || return 0

# shellcheck disable=SC2034 # of those that source this
readonly skip_status=77
# A nightly of later may find new things in old code, or have no Miri.
readonly miri_toolchain=nightly-2026-05-20

# Ends as not run, with the reason.
skip() {
    echo "SKIP: $1" >&2
    note "$1"
    exit "$skip_status"
}

# A remark for the table of .ci/run, if that is what runs this.
note() {
    [[ -z ${CI_SCRATCH-} ]] || echo "$1" >>"$CI_SCRATCH/notes"
}

# ---- folders that are kept from run to run ----

# Makes the folder. What lies in it is run: where others can write beside it, it must be ours.
own_cache() {
    if ! mkdir -p -m 0700 "$1" || [[ -L $1 || ! -O $1 ]]; then
        echo "$1 belongs to someone else; remove it or set TMPDIR" >&2
        exit 1
    fi
}

# Runs a command that changes such a folder, after that of another run has ended: locked FOLDER COMMAND...
locked() {
    local folder=$1
    shift
    (
        flock 9
        "$@"
    ) 9>"$folder/lock"
}

# ---- what is needed, installed where it is missing and can be ----

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo -n "$@"; fi
}

# Debian's packages.
need_packages() {
    local package missing=()
    for package; do
        grep -qx installed <<<"$(dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null)" || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    { as_root apt-get update -q && as_root apt-get install -yq "${missing[@]}"; } >&2 ||
        skip "apt cannot install ${missing[*]}"
}

# A program, and Debian's packages that have it: need_program NAME PACKAGE...
need_program() {
    command -v "$1" >/dev/null || need_packages "${@:2}"
}

need_python() { # OLDEST, as "3, 10"
    need_program python3 python3
    python3 -c "import sys; sys.exit(sys.version_info < ($1))" || skip "python3 is older than ${1/, /.}: $(python3 -V)"
}

need_node() {
    need_program node nodejs
    need_program npm npm
    node -e 'process.exit(parseInt(process.versions.node, 10) >= 20 ? 0 : 1)' || skip "node is older than 20: $(node --version)"
}

need_jdk() {
    local version
    need_program javac default-jdk-headless
    version=$(javac -version 2>&1)
    [[ $version =~ ^javac\ ([0-9]+) && ${BASH_REMATCH[1]} -ge 17 ]] || skip "the JDK is older than 17: $version"
}

need_component() {
    cargo "${1/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$1" || skip "rustup cannot download the component $1"
}

need_target() {
    grep -qx "$1" <<<"$(rustup target list --installed)" || rustup target add "$1" || skip "rustup cannot download the target $1"
}

need_toolchain() {
    rustup run "$1" rustc --version >/dev/null 2>&1 || rustup toolchain install "$1" --profile minimal ||
        skip "rustup cannot download the toolchain $1"
}

# Ends with a failure where it cannot be had: it is one row of a script, and all of a part.
have_miri() {
    cargo "+$miri_toolchain" miri --version >/dev/null 2>&1 ||
        rustup toolchain install "$miri_toolchain" --profile minimal --component miri --component rust-src >&2
}
