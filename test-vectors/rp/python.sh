# shellcheck shell=bash
# Python with py_webauthn, for scripts that set `fail`.

rp=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TMPDIR:-/tmp}/authenticator-judges
export PYTHONDONTWRITEBYTECODE=1

# A virtual environment where python can make one, else a plain folder of packages.
install_python() {
  local wanted=$rp/py_webauthn/requirements.txt
  if ! cmp -s "$wanted" "$cache/python.installed"; then
    rm -rf "$cache/venv" "$cache/packages"
    if python3 -m venv "$cache/venv" >/dev/null 2>&1; then
      "$cache/venv/bin/python" -m pip install --quiet --requirement "$wanted" >&2
    else
      rm -rf "$cache/venv"
      python3 -m pip install --quiet --target "$cache/packages" --requirement "$wanted" >&2
    fi
    cp "$wanted" "$cache/python.installed"
  fi
}

run_python() {
  if [[ -d $cache/venv ]]; then
    "$cache/venv/bin/python" "$@"
  else
    PYTHONPATH=$cache/packages python3 "$@"
  fi
}

command -v python3 >/dev/null || fail "python3 is missing"
mkdir -p -m 700 "$cache"
# Code is run from here: never from a folder that somebody else put in place.
[[ -O $cache ]] || fail "$cache belongs to another user"
install_python
