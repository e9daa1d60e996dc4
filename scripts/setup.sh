#!/usr/bin/env bash
# Create .venv with the versions of constraints.txt. Run by `make setup`, which skips it when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The first Python that can make an environment, else the first that is new enough.
python=""
for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
  if command -v "$candidate" >/dev/null && new_enough "$candidate"; then
    if has_venv "$candidate"; then python="$candidate"; break; fi
    python="${python:-$candidate}"
  fi
done
if [ -z "$python" ]; then
  echo "Python 3.11 or later is needed; on Debian 12 or Ubuntu 24.04 and later: sudo apt-get install -y python3 python3-venv" >&2
  exit 1
fi

if [ ! -x .venv/bin/python ] || ! new_enough .venv/bin/python; then
  if ! has_venv "$python"; then
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
      apt-get update -q </dev/null || true
      DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$package" </dev/null
    elif command -v apt-get >/dev/null && command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      sudo -n apt-get update -q </dev/null || true
      sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$package" </dev/null
    else
      echo "This Python cannot make virtual environments; install: sudo apt-get install -y $package" >&2
      exit 1
    fi
  fi
  echo "Creating .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
fi

bash scripts/system-libraries.sh

echo "Installing the package and what it needs (some minutes the first time)"
pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input)
# torch first and alone, so that nothing else decides which build of it comes.
"${pip[@]}" install -q "$(grep '^torch==' constraints.txt)"
"${pip[@]}" install -q -c constraints.txt -e ".[all,test,dev,docs]"

# Blender as a module is for Python 3.11 alone, and tests of its liquor are left out without it. Its metadata asks for
# a NumPy before 2, which it does not need for that: its dependencies stay out.
if .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
  "${pip[@]}" install -q --no-deps "$(grep '^bpy==' constraints.txt)" ||
    echo "Blender could not be installed (0.4 GB to fetch): all but --liquor blender works, and its tests are left out."
else
  echo "Blender's module needs Python 3.11: all but --liquor blender works, and its tests are left out."
fi
