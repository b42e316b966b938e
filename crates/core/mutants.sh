#!/usr/bin/env bash
# Changes the core a little in many ways, one at a time, and looks whether a test notices: commands, PIN protocols,
# requests and sessions.
#
#   crates/core/mutants.sh                 every mutant; takes hours
#   crates/core/mutants.sh --resume        those that no earlier run has caught
#   crates/core/mutants.sh --shard 0/8     an eighth of them, spread evenly
#   crates/core/mutants.sh --changed REF   those in lines that differ from REF
#
# Fails when fewer than 90 % are caught, or when one survives that docs/mutants.md gives no reason for. It needs
# cargo-mutants (.ci/run installs it); what it writes lies in ${TMPDIR:-/tmp}/authenticator-mutants.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

out="${TMPDIR:-/tmp}/authenticator-mutants"
mkdir -p "$out"
options=(--package authenticator-core --output "$out" --jobs 2 --colors never --no-times)
case "${1:-}" in
    "") ;;
    --resume) options+=(--iterate) ;;
    --shard) options+=(--shard "$2" --sharding round-robin) ;;
    --changed)
        git diff "$2" -- crates/core/src >"$out/changed.diff"
        options+=(--in-diff "$out/changed.diff")
        ;;
    *)
        sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac

# 2: some were missed, 3: some took too long. Both are judged below.
status=0
cargo mutants "${options[@]}" || status=$?
[[ $status -eq 0 || $status -eq 2 || $status -eq 3 ]] || exit "$status"

results="$out/mutants.out"
lines() { if [[ -f "$results/$1.txt" ]]; then grep -c . "$results/$1.txt" || true; else echo 0; fi; }
caught=$(($(lines caught) + $(lines timeout) + $(lines previously_caught)))
missed=$(lines missed)
viable=$((caught + missed))
if [[ $viable -eq 0 ]]; then
    echo "no mutant to judge"
    exit 0
fi
echo "$caught of $viable mutants caught, $missed survived, $(lines unviable) did not build"

# A survivor is known by file and change: its line moves.
unexplained=0
while IFS= read -r survivor; do
    name=$(sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' <<<"$survivor")
    if ! grep -qF "\`$name\`" docs/mutants.md; then
        echo "no reason in docs/mutants.md: $name"
        unexplained=1
    fi
done < <(cat "$results/missed.txt" 2>/dev/null)
if ((caught * 10 < viable * 9)); then
    echo "fewer than 90 % caught"
    exit 1
fi
exit "$unexplained"
