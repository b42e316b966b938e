# shellcheck shell=bash
# Python with the packages of $requirements, kept in $cache, for scripts that set both, and may set the oldest Python that will do.

source "$(dirname "${BASH_SOURCE[0]}")/../.ci/lib.sh"
export PYTHONDONTWRITEBYTECODE=1

# A virtual environment where python can make one, else a plain folder of packages. They are held to the sums in $requirements. It
# is said last what is there: packages for this Python.
install_python() {
  local wanted
  wanted=$(python3 -V && cat "$requirements")
  [[ $wanted != "$(cat "$cache/python.installed" 2>/dev/null)" ]] || return 0
  rm -rf "$cache/python.installed" "$cache/venv" "$cache/packages"
  if make_venv || { ! python3 -m pip --version >/dev/null 2>&1 && need_packages python3-venv && make_venv; }; then
    "$cache/venv/bin/python" -m pip install --quiet --requirement "$requirements" >&2
  else
    rm -rf "$cache/venv"
    python3 -m pip install --quiet --target "$cache/packages" --requirement "$requirements" >&2
  fi
  printf '%s\n' "$wanted" >"$cache/python.installed"
}

make_venv() {
  python3 -m venv "$cache/venv" >/dev/null 2>&1
}

run_python() {
  if [[ -d $cache/venv ]]; then
    "$cache/venv/bin/python" "$@"
  else
    PYTHONPATH=$cache/packages${PYTHONPATH:+:$PYTHONPATH} python3 "$@"
  fi
}

need_python "${oldest_python:-3, 10}"
own_cache "$cache"
locked "$cache" install_python
