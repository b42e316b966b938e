#!/usr/bin/env bash
# Writes the chain that `--attestation x5c=chain.pem,key.pem` is tested with, anew, into this folder or into the one named.
# The keys are public and for no other use. Needs openssl 3.
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")}"
# The command line tool's AAGUID, as an OCTET STRING within the extension.
aaguid=04108efbf678f62b9e8f721aadd39f7a723f
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

: >"$scratch/index.txt"
cat >"$scratch/ca.conf" <<END
[ca]
default_ca = test
[test]
database = $scratch/index.txt
new_certs_dir = $scratch
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
END

key() {
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256
}

# issue KEY SUBJECT ISSUER...: its certificate, with the extensions on stdin. It is good on machines whose clock is late as well.
issue() {
  local key=$1 subject=$2
  shift 2
  cat >"$scratch/extensions"
  openssl req -new -key "$key" -subj "$subject" -out "$scratch/request.pem"
  openssl ca -batch -notext -preserveDN -config "$scratch/ca.conf" -startdate 20200101000000Z -enddate 21191231235959Z \
    -extfile "$scratch/extensions" -in "$scratch/request.pem" "$@"
}

authority() {
  echo "basicConstraints=critical,CA:TRUE$1"
  echo "keyUsage=critical,keyCertSign"
}

# leaf CONSTRAINTS CRITICAL
leaf() {
  printf '%s\n' "basicConstraints=critical,$1" "1.3.6.1.4.1.45724.1.1.4=$2DER:$aaguid" |
    issue key.pem "/C=AT/O=Example/OU=Authenticator Attestation/CN=Example Batch 1" \
      -cert "$scratch/middle.pem" -keyfile "$scratch/middle-key.pem"
}

for name in root middle other; do
  key >"$scratch/$name-key.pem"
done
key >key.pem
authority "" | issue "$scratch/root-key.pem" "/C=AT/O=Example/CN=Example Root" \
  -selfsign -keyfile "$scratch/root-key.pem" >root.pem
# One that has nothing to do with it.
authority "" | issue "$scratch/other-key.pem" "/C=AT/O=Example/CN=Other Root" \
  -selfsign -keyfile "$scratch/other-key.pem" >other-root.pem
authority ",pathlen:0" | issue "$scratch/middle-key.pem" "/C=AT/O=Example/CN=Example Attestation Authority" \
  -cert root.pem -keyfile "$scratch/root-key.pem" >"$scratch/middle.pem"
leaf CA:FALSE "" >"$scratch/leaf.pem"
cat "$scratch/leaf.pem" "$scratch/middle.pem" >chain.pem
# Those that no site may take.
leaf CA:TRUE "" >leaf-ca.pem
leaf CA:FALSE critical, >leaf-critical.pem
