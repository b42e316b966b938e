# shellcheck shell=bash
# Python with the packages of $requirements, kept in $cache, for scripts that set both, and `fail`.

export PYTHONDONTWRITEBYTECODE=1

# A virtual environment where python can make one, else a plain folder of packages. What has sums in $requirements is held to them.
install_python() {
  if ! cmp -s "$requirements" "$cache/python.installed"; then
    rm -rf "$cache/venv" "$cache/packages"
    if python3 -m venv "$cache/venv" >/dev/null 2>&1; then
      "$cache/venv/bin/python" -m pip install --quiet --requirement "$requirements" >&2
    else
      rm -rf "$cache/venv"
      python3 -m pip install --quiet --target "$cache/packages" --requirement "$requirements" >&2
    fi
    cp "$requirements" "$cache/python.installed"
  fi
}

run_python() {
  if [[ -d $cache/venv ]]; then
    "$cache/venv/bin/python" "$@"
  else
    PYTHONPATH=$cache/packages${PYTHONPATH:+:$PYTHONPATH} python3 "$@"
  fi
}

command -v python3 >/dev/null || fail "python3 is missing"
mkdir -p -m 700 "$cache"
# Code is run from here: never from a folder that somebody else put in place.
[[ -O $cache ]] || fail "$cache belongs to another user"
install_python
