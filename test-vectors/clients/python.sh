# shellcheck shell=bash
# Python with python-fido2, for the scripts beside this one, which set `here`, and may set `requirements` and, with
# that, what the folder of those is called.

cache=${TMPDIR:-/tmp}/authenticator-clients${packages:+-$packages}
requirements=${requirements:-$here/python_fido2/requirements.txt}
source "$(dirname "${BASH_SOURCE[0]}")/../python.sh"
