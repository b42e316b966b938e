# shellcheck shell=bash
# Chromium, as a person uses it: its window on a virtual screen, a site on http://localhost, and somebody at the keyboard. What
# the site was answered is left in /host/chromium, where the machine outside has a relying party's library verify it.

# play PLAN...: the ceremonies of these plans, in a browser that is started for them.
play() {
  local folder=/host/chromium browser
  rm -f "$folder"/{now,done,loaded}
  python3 chromium/site.py "$folder" "$@" &
  local site=$!
  python3 chromium/person.py "$folder" &
  local person=$!
  setpriv --reuid 1000 --regid 1000 --groups 1000,46 env HOME=/var/tester DISPLAY="$DISPLAY" \
    chromium --no-first-run --no-default-browser-check --disable-gpu --password-store=basic \
    --window-position=0,0 --window-size=800,600 http://localhost:8000/ >>/tmp/chromium.log 2>&1 &
  browser=$!
  for ((waited = 0; waited < 900; waited++)); do
    [[ ! -e $folder/done ]] || break
    sleep 1
  done
  kill "$browser" "$person" "$site" 2>/dev/null
  wait "$browser" "$person" "$site" 2>/dev/null
  [[ -e $folder/done ]]
}

chromium_ceremonies() {
  begin_list
  export DISPLAY=:1
  mkdir -p /host/chromium /tmp/screen
  echo "$version" >/host/chromium/version
  chown -R 1000:1000 /var/tester
  Xvfb "$DISPLAY" -screen 0 800x600x24 -fbdir /tmp/screen -nolisten tcp >/tmp/xvfb.log 2>&1 &
  local screen=$!
  plug_in /tmp/chromium --uhid --user approve && await_device
  passes "ceremonies without a PIN, with one that Chromium sets, and with one that it asks for" \
    play touch direct verified resident prf
  shows "fido2-token -I: the PIN that Chromium has set" '[ ,]clientPin' fido2-token -I "$device"
  pull_out
  plug_in /tmp/chromium-uv --uhid --user verify && await_device
  passes "ceremonies with a key that verifies its user itself" play builtin
  pull_out
  kill "$screen"
  end_list
}
