#!/usr/bin/env bash
# Writes the chain that `--attestation x5c=chain.pem,key.pem` is tested with, anew, into this folder or into the one named.
# The keys are public and for no other use. Needs openssl 3.
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")}"
days=36500
# The command line tool's AAGUID, as an OCTET STRING within the extension.
aaguid=04108efbf678f62b9e8f721aadd39f7a723f

key() {
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
key >"$scratch/root-key.pem"
key >"$scratch/middle-key.pem"
key >key.pem
openssl req -new -x509 -key "$scratch/root-key.pem" -days $days -out root.pem -subj "/C=AT/O=Example/CN=Example Root" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
# One that has nothing to do with it.
openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$scratch/other-key.pem" -days $days \
  -out other-root.pem -subj "/C=AT/O=Example/CN=Other Root" -addext "basicConstraints=critical,CA:TRUE"
openssl req -new -key "$scratch/middle-key.pem" -subj "/C=AT/O=Example/CN=Example Attestation Authority" |
  openssl x509 -req -CA root.pem -CAkey "$scratch/root-key.pem" -days $days -out "$scratch/middle.pem" -extfile <(
    echo "basicConstraints=critical,CA:TRUE,pathlen:0"
    echo "keyUsage=critical,keyCertSign"
  )
openssl req -new -key key.pem -subj "/C=AT/O=Example/OU=Authenticator Attestation/CN=Example Batch 1" |
  openssl x509 -req -CA "$scratch/middle.pem" -CAkey "$scratch/middle-key.pem" -days $days -out "$scratch/leaf.pem" -extfile <(
    echo "basicConstraints=critical,CA:FALSE"
    echo "1.3.6.1.4.1.45724.1.1.4=DER:$aaguid"
  )
cat "$scratch/leaf.pem" "$scratch/middle.pem" >chain.pem
