#!/usr/bin/env bash
# Run a command with a screen: the one that is there, else one in memory (Xvfb).
set -uo pipefail

export QT_QPA_PLATFORM=xcb

# A DISPLAY that names a local screen counts only if its socket is there: shells keep stale ones.
if [[ "${DISPLAY:-}" =~ ^:([0-9]+) ]]; then
  [ -S "/tmp/.X11-unix/X${BASH_REMATCH[1]}" ] && exec "$@"
elif [ -n "${DISPLAY:-}" ]; then
  exec "$@"
fi

if ! command -v Xvfb >/dev/null; then
  echo "There is no screen and no Xvfb; install it: sudo apt-get install -y xvfb" >&2
  exit 1
fi

folder="$(mktemp -d)"
trap 'kill "$screen" 2>/dev/null; wait "$screen" 2>/dev/null; rm -rf "$folder"' EXIT
# -displayfd: the server picks a free number and tells it.
Xvfb -displayfd 3 -screen 0 1920x1200x24 -nolisten tcp 3>"$folder/number" >"$folder/log" 2>&1 </dev/null &
screen=$!
for _ in $(seq 100); do
  [ -s "$folder/number" ] && break
  kill -0 "$screen" 2>/dev/null || break
  sleep 0.1
done
if [ ! -s "$folder/number" ]; then
  echo "Xvfb did not start:" >&2
  cat "$folder/log" >&2
  exit 1
fi
DISPLAY=":$(tr -d '[:space:]' <"$folder/number")"
export DISPLAY
"$@"
