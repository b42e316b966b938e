#!/usr/bin/env bash
# libfido2 gets secrets for salts from `authenticator serve`, as systemd-cryptenroll and OpenSSH do: the same salt, the
# same secret, over restarts of the process.
# Usage: judge.sh PATH_TO_AUTHENTICATOR
# Needs a C compiler and libfido2 with its headers (Debian: libfido2-dev).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ $# -eq 1 && -x $1 ]] || { echo "usage: judge.sh PATH_TO_AUTHENTICATOR" >&2; exit 2; }
authenticator=$(realpath "$1")
work=$(mktemp -d)
server=
passed=0 failed=0

stop() {
    [[ -z $server ]] || { kill -KILL "$server" && wait "$server" || true; } 2>/dev/null
    server=
}

finish() {
    local status=$?
    stop
    [[ $status -eq 0 ]] || cat "$work/log" >&2
    rm -rf "$work"
}
trap finish EXIT

# Plugs the key in again: a new process over what the last one has left. The first line says that it listens.
plug_in() {
    stop
    mkfifo "$work/ready"
    "$authenticator" serve --unix "$work/socket" --state "$work/state" --user approve >"$work/ready" 2>>"$work/log" &
    server=$!
    read -r -t 60 _ <"$work/ready" || { echo "judge.sh: the authenticator does not say that it listens" >&2; exit 1; }
    rm "$work/ready"
}

client() {
    "$work/client" "$work/socket" "$@" 2>>"$work/log"
}

verdict() { # what, what was found, what was wanted
    if [[ $2 == "$3" ]]; then
        passed=$((passed + 1))
        printf '%-62s passed\n' "$1"
        record "$1" passed ""
    else
        failed=$((failed + 1))
        printf '%-62s FAILED: %s instead of %s\n' "$1" "$2" "$3"
        record "$1" failed "$2 instead of $3"
    fi
}

record() { # what, the result, why: for docs/conformance-results.md
    [[ -z ${CLIENT_ROWS-} ]] || printf '{"client":"libfido2","version":"%s","command":"%s","result":"%s","detail":"%s"}\n' \
        "$(dpkg-query -W -f '${Version}' libfido2-dev)" "$@" >>"$CLIENT_ROWS"
}

differ() { # what, two secrets that must not be the same
    verdict "$1" "$([[ ${#2} -eq 64 && ${#3} -eq 64 && $2 != "$3" ]] && echo different || echo "the same, or no secrets")" different
}

cc -Wall -Wextra -Werror -O1 -o "$work/client" "$here/hmac_secret.c" -lfido2
repeat() { printf "$1%.0s" $(seq "$2"); }
salt=$(repeat 5a 32) other=$(repeat a5 32)

plug_in
# What a client says is put into a variable first: only so does it end the script that one fails.
for kind in nork rk; do
    id=$(client cred "$kind")
    secret=$(client secret "$id" "$salt" touch)
    verdict "$kind: a secret has 32 bytes" "${#secret}" 64
    for round in 1 2; do
        plug_in
        again=$(client secret "$id" "$salt" touch)
        verdict "$kind: the same salt, the same secret, restart $round" "$again" "$secret"
    done
    both=$(client secret "$id" "$salt$other" touch)
    of_other=$(client secret "$id" "$other" touch)
    verdict "$kind: two salts, the first of them" "${both:0:64}" "$secret"
    verdict "$kind: two salts, the second of them" "${both:64}" "$of_other"
    differ "$kind: another salt" "$secret" "$of_other"
    another=$(client cred "$kind")
    of_another=$(client secret "$another" "$salt" touch)
    differ "$kind: another credential" "$secret" "$of_another"
done

# The last of the passkeys above has taken the place of the one before it.
id=$(client cred nork)
secret=$(client secret "$id" "$salt" touch)
client pin "a good PIN"
unverified=$(client secret "$id" "$salt" touch)
verdict "with a PIN set, a touch alone" "$unverified" "$secret"
verified=$(client secret "$id" "$salt" touch "a good PIN")
differ "with the PIN" "$verified" "$unverified"
plug_in
again=$(client secret "$id" "$salt" touch "a good PIN")
verdict "with the PIN, after a restart" "$again" "$verified"
refusal=$("$work/client" "$work/socket" secret "$id" "$salt" touch "no good PIN" 2>&1) && refusal="a secret"
verdict "with a wrong PIN" "$refusal" "getAssertion: FIDO_ERR_PIN_INVALID"
with_pin=$(client cred nork "a good PIN")
made=$(client secret "$with_pin" "$salt" touch "a good PIN")
verdict "made with the PIN" "${#made}" 64

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
