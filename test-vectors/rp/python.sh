# shellcheck shell=bash
# Python with py_webauthn.

rp=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TMPDIR:-/tmp}/authenticator-judges
requirements=$rp/py_webauthn/requirements.txt
source "$rp/../python.sh"
