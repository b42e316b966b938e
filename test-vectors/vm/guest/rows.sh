# shellcheck shell=bash
# What the lists of clients are written with: a row for each command, printed and kept as a line of JSON for the report.
# A list sets `client` and `version`.

passed=0
failed=0
absent=0
output=/tmp/row.out
errors=/tmp/row.err

# It must succeed: passes "what is shown" COMMAND...
passes() {
  local name=$1 status=0
  shift
  "$@" >"$output" 2>"$errors" || status=$?
  [[ $status -eq 0 ]] && verdict "$name" || verdict "$name" "ended with $status: $(last_words)"
}

# It must succeed and say so: shows "what is shown" EXTENDED_REGEX COMMAND...
shows() {
  local name=$1 wanted=$2 status=0
  shift 2
  "$@" >"$output" 2>"$errors" || status=$?
  if [[ $status -ne 0 ]]; then
    verdict "$name" "ended with $status: $(last_words)"
  elif ! grep -Eq -- "$wanted" "$output"; then
    verdict "$name" "does not say $wanted: $(last_words)"
  else
    verdict "$name"
  fi
}

# It must be refused, with these words: refused "what is shown" EXTENDED_REGEX COMMAND...
refused() {
  local name=$1 wanted=$2 status=0
  shift 2
  "$@" >"$output" 2>"$errors" || status=$?
  if [[ $status -eq 0 ]]; then
    verdict "$name" "was not refused"
  elif ! grep -Eq -- "$wanted" "$output" "$errors"; then
    verdict "$name" "was refused, but not with $wanted: $(last_words)"
  else
    verdict "$name"
  fi
}

# What the authenticator does not offer, and getInfo does not claim: not counted as passed. not_offered "what" VERSION_OR_OPTION
not_offered() {
  local why="getInfo does not list $2"
  if ! fido2-token -I "$device" >"$output" 2>"$errors" || grep -Eq -- "^(version strings|options):.*[ ,](no)?$2(,|$)" "$output"; then
    verdict "$1" "getInfo lists $2, or cannot be had: $(last_words)"
    return
  fi
  absent=$((absent + 1))
  printf '%-7s %s: %s\n' absent "$1" "$why"
  record "$1" absent "$why"
}

verdict() {
  local name=${1//  / } why=${2-}
  name=${name% }
  if [[ -z $why ]]; then
    passed=$((passed + 1))
    printf '%-7s %s\n' PASS "$name"
    record "$name" passed ""
  else
    failed=$((failed + 1))
    printf '%-7s %s: %s\n' FAIL "$name" "$why"
    record "$name" failed "$why"
  fi
}

last_words() {
  cat "$output" "$errors" | tail -n 3 | tr '\n' ' '
}

record() {
  printf '{"client":"%s","version":"%s","command":"%s","result":"%s","detail":"%s"}\n' \
    "$(escaped "$client")" "$(escaped "$version")" "$(escaped "$1")" "$2" "$(escaped "$3")" >>/host/rows.jsonl
}

escaped() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '%s' "${text//[$'\001'-$'\037']/ }"
}

begin_list() {
  passed=0 failed=0 absent=0
  printf '\n---- %s %s ----\n' "$client" "$version"
}

end_list() {
  printf '%s: %d passed, %d failed, %d not offered\n' "$client" "$passed" "$failed" "$absent"
  failed_lists=$((${failed_lists:-0} + failed))
}
