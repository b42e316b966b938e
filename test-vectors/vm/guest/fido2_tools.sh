# shellcheck shell=bash
# libfido2's command-line tools on $device: each command, with the options it has. Leaves the key with the PIN $pin.

readonly pin=246810 longer_pin=13579135
readonly rp=tools.example

# Parameters for fido2-cred -M: cred_params USER, whose id is in /tmp/USER.user then
cred_params() {
  random 16 >"/tmp/$1.user"
  printf '%s\n' "$(random 32)" "$rp" "$1" "$(<"/tmp/$1.user")"
}

# Parameters for fido2-assert -G: assert_params [CREDENTIAL_ID [SALT]]
assert_params() {
  printf '%s\n' "$(random 32)" "$rp" "$@"
}

random() {
  head -c "$1" /dev/urandom | base64 -w 0
}

typed() {
  python3 /host/guest/typed.py "$@"
}

# Makes a credential and checks it, with the same claims: registered NAME TYPE MAKE_OPTIONS VERIFY_OPTIONS [ANSWER...]
# Its id and key are in /tmp/NAME.id and /tmp/NAME.pem, its large blob key in /tmp/NAME.blob.
registered() {
  local name=$1 type=$2 make=$3 verify=$4
  shift 4
  cred_params "$name" >/tmp/params
  # The tools write over what is in a file, and leave the rest of it.
  rm -f /tmp/made /tmp/verified
  # Unquoted: these are several options.
  # shellcheck disable=SC2086
  passes "fido2-cred -M $make $type" typed "$@" -- fido2-cred -M $make -i /tmp/params -o /tmp/made "$device" "$type"
  # With -b the last line is the large blob's key, which -V would take for a certificate.
  if [[ $make == *-b* ]]; then
    tail -n 1 /tmp/made >"/tmp/$name.blob"
    sed -i '$d' /tmp/made
  fi
  # shellcheck disable=SC2086
  passes "fido2-cred -V $verify $type" fido2-cred -V $verify -i /tmp/made -o /tmp/verified "$type"
  head -n 1 /tmp/verified >"/tmp/$name.id"
  tail -n +2 /tmp/verified >"/tmp/$name.pem"
}

# Signs in and checks it: signed_in NAME TYPE GET_OPTIONS VERIFY_OPTIONS [ANSWER...], with /tmp/params.
signed_in() {
  local name=$1 type=$2 get=$3 verify=$4
  shift 4
  rm -f /tmp/signed
  # shellcheck disable=SC2086
  passes "fido2-assert -G $get" typed "$@" -- fido2-assert -G $get -i /tmp/params -o /tmp/signed "$device"
  # shellcheck disable=SC2086
  passes "fido2-assert -V $verify $type" fido2-assert -V $verify -i /tmp/signed "/tmp/$name.pem" "$type"
}

without_a_pin() {
  shows "fido2-token -L" "^$device: vendor=0x1209, product=0x0001" fido2-token -L
  shows "fido2-token -I: versions and options" 'FIDO_2_1' fido2-token -I "$device"
  refused "fido2-token -L -r without a PIN" 'FIDO_ERR_PIN_REQUIRED|FIDO_ERR_PUAT_REQUIRED' typed "$pin" -- fido2-token -L -r "$device"

  registered plain es256 "-q" ""
  assert_params "$(</tmp/plain.id)" >/tmp/params
  signed_in plain es256 "" ""
  signed_in plain es256 "-p" "-p"
  signed_in plain es256 "-t up=true" "-p"
  signed_in plain es256 "-t up=false" ""
  refused "fido2-assert -V -p of one without presence" 'fido_assert_verify: FIDO_ERR_INVALID_PARAM' \
    fido2-assert -V -p -i /tmp/signed /tmp/plain.pem es256
  refused "fido2-assert -G -t uv=true without verification" 'FIDO_ERR_PIN_REQUIRED|FIDO_ERR_PUAT_REQUIRED' \
    fido2-assert -G -t uv=true -i /tmp/params "$device"
  registered edwards eddsa "-q" ""
  assert_params "$(</tmp/edwards.id)" >/tmp/params
  signed_in edwards eddsa "-p" "-p"
  cred_params rsa >/tmp/params
  refused "fido2-cred -M rs256, which no key of ours is" 'FIDO_ERR_UNSUPPORTED_ALGORITHM' \
    fido2-cred -M -q -i /tmp/params "$device" rs256
}

pins() {
  passes "fido2-token -S: a PIN" typed "$longer_pin" "$longer_pin" -- fido2-token -S "$device"
  refused "fido2-token -S once more" 'FIDO_ERR_PIN_AUTH_INVALID' typed "$pin" "$pin" -- fido2-token -S "$device"
  passes "fido2-token -C: another PIN" typed "$longer_pin" "$pin" "$pin" -- fido2-token -C "$device"
  refused "fido2-token -C with a wrong PIN" 'FIDO_ERR_PIN_INVALID' typed 99999999 "$pin" "$pin" -- fido2-token -C "$device"
  shows "fido2-token -I: the tries that are left" 'pin retries: 7' fido2-token -I "$device"
  shows "fido2-token -I -c: how many passkeys" 'existing rk\(s\): 0' typed "$pin" -- fido2-token -I -c "$device"
  shows "fido2-token -I: the tries are back" 'pin retries: 8' fido2-token -I "$device"
}

credentials() {
  registered passkey es256 "-r -v" "-v" "$pin"
  registered everything eddsa "-r -v -h -b -c 3" "-v -h -c 3" "$pin"
  registered secret es256 "-h -v" "-h -v" "$pin"
  cred_params unverified >/tmp/params
  refused "fido2-cred -M -q -r with a PIN set" 'FIDO_ERR_PIN_REQUIRED|FIDO_ERR_PUAT_REQUIRED' \
    fido2-cred -M -q -r -i /tmp/params "$device"

  assert_params "$(</tmp/passkey.id)" >/tmp/params
  signed_in passkey es256 "-p -v" "-p -v" "$pin"
  signed_in passkey es256 "-t pin=true" "-v" "$pin"
  signed_in passkey es256 "-t pin=false -p" "-p"
  refused "fido2-assert -G -v with a wrong PIN" 'FIDO_ERR_PIN_INVALID' typed 000000 -- \
    fido2-assert -G -v -i /tmp/params "$device"
  assert_params "$(</tmp/secret.id)" "$(random 32)" >/tmp/params
  signed_in secret es256 "-h -v" "-h -v" "$pin"
  tail -n 1 /tmp/signed >/tmp/first
  signed_in secret es256 "-h -v" "-h -v" "$pin"
  tail -n 1 /tmp/signed >/tmp/second
  passes "fido2-assert -G -h: the same secret again" cmp /tmp/first /tmp/second
  assert_params >/tmp/params
  shows "fido2-assert -G -r: of all accounts" '.' typed "$pin" -- fido2-assert -G -r -v -i /tmp/params "$device"
  passes "fido2-assert -G -r: both of them" test "$(grep -cF "$rp" "$output")" -eq 2
  assert_params "$(</tmp/everything.id)" >/tmp/params
  rm -f /tmp/signed
  passes "fido2-assert -G -b -v: the large blob's key" typed "$pin" -- fido2-assert -G -b -v -i /tmp/params -o /tmp/signed "$device"
  passes "fido2-assert -G -b -v: the key of the registration" cmp <(tail -n 1 /tmp/signed) /tmp/everything.blob
}

management() {
  shows "fido2-token -L -r" "$rp" typed "$pin" -- fido2-token -L -r "$device"
  shows "fido2-token -L -k" "es256 uvopt" typed "$pin" -- fido2-token -L -k "$rp" "$device"
  cp "$output" /tmp/listed
  passes "fido2-token -L -k: the other one" grep -qF "$(</tmp/everything.id)" /tmp/listed
  shows "fido2-token -I -k -i" 'BEGIN PUBLIC KEY' typed "$pin" -- fido2-token -I -k "$rp" -i "$(</tmp/passkey.id)" "$device"
  passes "fido2-token -S -c: another name" typed "$pin" -- \
    fido2-token -S -c -i "$(</tmp/passkey.id)" -k "$(</tmp/passkey.user)" -n renamed -p Renamed "$device"
  shows "fido2-token -L -k: the other name" Renamed typed "$pin" -- fido2-token -L -k "$rp" "$device"
}

large_blobs() {
  head -c 700 /dev/urandom >/tmp/blob
  passes "fido2-token -S -b -k" typed "$pin" -- fido2-token -S -b -k /tmp/everything.blob /tmp/blob "$device"
  # It calls the credential unknown, although it has its key, as -G -b -n below shows.
  shows "fido2-token -L -b" '^00: +[0-9]+ +700 ' typed "$pin" -- fido2-token -L -b "$device"
  passes "fido2-token -G -b -k" typed "$pin" -- fido2-token -G -b -k /tmp/everything.blob /tmp/blob.back "$device"
  passes "fido2-token -G -b -k: what was put in" cmp /tmp/blob /tmp/blob.back
  passes "fido2-token -D -b -k" typed "$pin" -- fido2-token -D -b -k /tmp/everything.blob "$device"
  passes "fido2-token -S -b -n -i" typed "$pin" -- \
    fido2-token -S -b -n "$rp" -i "$(</tmp/everything.id)" /tmp/blob "$device"
  rm -f /tmp/blob.back
  passes "fido2-token -G -b -n -i" typed "$pin" -- \
    fido2-token -G -b -n "$rp" -i "$(</tmp/everything.id)" /tmp/blob.back "$device"
  passes "fido2-token -G -b -n -i: what was put in" cmp /tmp/blob /tmp/blob.back
  passes "fido2-token -D -b -n -i" typed "$pin" -- fido2-token -D -b -n "$rp" -i "$(</tmp/everything.id)" "$device"
  refused "fido2-token -G -b of one that is gone" 'FIDO_ERR_NOTFOUND' typed "$pin" -- \
    fido2-token -G -b -k /tmp/everything.blob /tmp/blob.back "$device"
  passes "fido2-token -D -i" typed "$pin" -- fido2-token -D -i "$(</tmp/everything.id)" "$device"
  shows "fido2-token -I -c: one passkey is left" 'existing rk\(s\): 1' typed "$pin" -- fido2-token -I -c "$device"
}

configuration() {
  passes "fido2-token -S -u: always verify" typed "$pin" -- fido2-token -S -u "$device"
  shows "fido2-token -I: alwaysUv is on" 'options:.* alwaysUv' fido2-token -I "$device"
  assert_params "$(</tmp/passkey.id)" >/tmp/params
  refused "fido2-assert -G unverified while alwaysUv is on" 'FIDO_ERR_PIN_REQUIRED|FIDO_ERR_PUAT_REQUIRED' \
    fido2-assert -G -t pin=false -i /tmp/params "$device"
  passes "fido2-token -D -u" typed "$pin" -- fido2-token -D -u "$device"
  shows "fido2-token -I: alwaysUv is off" 'options:.* noalwaysUv' fido2-token -I "$device"
  passes "fido2-token -S -l 8: longer PINs" typed "$pin" -- fido2-token -S -l 8 "$device"
  shows "fido2-token -I: and a new one is wanted" 'minpinlen: 8' fido2-token -I "$device"
  cred_params early >/tmp/params
  refused "fido2-cred -M -v before there is a new PIN" 'FIDO_ERR_PIN_POLICY_VIOLATION' typed "$pin" -- \
    fido2-cred -M -v -i /tmp/params "$device"
  refused "fido2-token -C to one that is too short" 'FIDO_ERR_PIN_POLICY_VIOLATION' typed "$pin" 1234567 1234567 -- fido2-token -C "$device"
  passes "fido2-token -C to one that is long enough" typed "$pin" "$longer_pin" "$longer_pin" -- fido2-token -C "$device"
  passes "fido2-token -S -m: who is told the minimum length" typed "$longer_pin" -- fido2-token -S -m "$rp" "$device"
  passes "fido2-token -S -f: a new PIN is wanted" typed "$longer_pin" -- fido2-token -S -f "$device"
  shows "fido2-token -I: a new PIN is wanted" 'pin change required: true' fido2-token -I "$device"
}

resets() {
  replug
  passes "fido2-token -R after it is plugged in" fido2-token -R "$device"
  shows "fido2-token -I: no PIN any more" 'noclientPin' fido2-token -I "$device"
  assert_params "$(</tmp/passkey.id)" >/tmp/params
  refused "fido2-assert -G with what was reset" 'FIDO_ERR_NO_CREDENTIALS' fido2-assert -G -i /tmp/params "$device"
}

not_there() {
  not_offered "fido2-cred -M -u, fido2-assert -G -u" U2F_V2
  not_offered "fido2-token -S -a" ep
  not_offered "fido2-token -S -e, -L -e, -D -e" bioEnroll
}

fido2_tools() {
  begin_list
  without_a_pin
  pins
  credentials
  management
  large_blobs
  configuration
  resets
  not_there
  end_list
}
