#!/usr/bin/env bash
# Install what napari needs from the system: Qt's libraries and Xvfb, a screen in memory for machines without one; and
# what Blender as a module is linked with.
# Where packages are missing and may not be installed, say the exact command and go on: the command line and
# `make demo` need none of them.
set -u

packages=(
  xvfb xauth
  libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0
  libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render0 libxcb-render-util0
  libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1
  libsm6 libxi6 libxfixes3 libxkbcommon0 libxrender1
)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "Not Debian or Ubuntu: if napari does not start, install Qt's xcb libraries, OpenGL and Xvfb with your package manager."
  exit 0
fi

# libglib2.0-0 is called libglib2.0-0t64 since Ubuntu 24.04 and Debian 13, so either will do.
installed() {
  dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$1" "$1t64" 2>/dev/null | grep -q '^installed '
}

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  become=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  become=(sudo -n)
else
  echo "For napari and its tests these system libraries are missing; install them with:"
  echo "  sudo apt-get install -y ${missing[*]}"
  exit 0
fi

echo "Installing system libraries: ${missing[*]}"
apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
"${apt[@]}" update -q </dev/null || echo "apt-get update failed; trying with the lists that are there."
if ! "${apt[@]}" install -y -q --no-install-recommends "${missing[@]}" </dev/null; then
  echo "The system libraries could not be installed; napari needs them. Later, try:"
  echo "  sudo apt-get install -y ${missing[*]}"
fi
exit 0
