#!/usr/bin/env bash
# Gradescope runs this once, with a network, when it builds the container: a Python, NumPy and msgpack, nothing else.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}" # another folder is for trying it out; the system's packages are left alone then

find_python() {
  for name in python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  return 1
}

if [ "$root" = /autograder ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -qy bubblewrap || echo "bubblewrap could not be installed; Landlock may do without"
  find_python >/dev/null || apt-get install -qy python3 python3-venv
  find_python >/dev/null || apt-get install -qy python3.11 python3.11-venv # Ubuntu 22.04, whose own is 3.10
fi

python=$(find_python) || { echo "No Python 3.11 or newer: choose a newer base image, such as Ubuntu 24.04."; exit 1; }
"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$root/source/requirements.txt"
cd "$root/source"
"$root/venv/bin/python" -m compileall -q autograder
"$root/venv/bin/python" -c 'import autograder.gradescope'
