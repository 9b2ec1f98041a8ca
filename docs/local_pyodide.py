"""Put a Pyodide together that needs no other host, from the Python Package Index alone.

    python docs/local_pyodide.py build/pyodide

Pyodide's full distribution is a download from its releases; unpack it and you have such a folder too. Where only the Python Package
Index can be reached, this does instead. Pyodide and its NumPy, matplotlib and Pillow are taken from the wheel of Open WebUI
(about 100 MB), which serves its own copy of Pyodide's distribution; everything else is a package's own wheel, in the version that
Pyodide's list names. Nothing is compiled.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

BUNDLE, INSIDE = "open-webui==0.12.4", "open_webui/frontend/pyodide/"
CORE = ("pyodide.mjs", "pyodide.js", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
WANTED = ["ipython", "jedi", "micropip", "numpy", "matplotlib", "matplotlib-inline", "msgpack", "jinja2", "tqdm", "platformdirs",
          "tzdata"]
NEWER = {"msgpack": "1.2.4"}  # its first version with a wheel for browsers
PLATFORM = ["--platform", "pyemscripten_2026_0_wasm32", "--python-version", "3.14", "--only-binary=:all:"]


def needed(packages):
    """Return the names of the wanted packages and of all that they need, by Pyodide's list."""
    found, waiting = [], list(WANTED)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found.append(name)
            waiting += packages[name]["depends"]
    return found


def pip(*arguments, **environment):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    subprocess.run(command, check=True, env={**os.environ, **environment})


def fetch(name, version, folder):
    """Fetch the wheel of one package into a folder, and return its path."""
    before = set(folder.glob("*.whl"))
    if name == "markupsafe":  # no wheel for browsers; without a compiler its build leaves the optional speed-up out
        pip("wheel", "-q", "--no-deps", "--no-binary", name, f"{name}=={version}", "-w", folder, CC="false")
    else:
        pip("download", "-q", "--no-deps", *PLATFORM, f"{name}=={version}", "-d", folder)
    (wheel,) = set(folder.glob("*.whl")) - before
    return wheel


def assemble(folder):
    """Fill a folder with Pyodide and the packages of this course."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        pip("download", "-q", "--no-deps", "--python-version", "3.12", "--only-binary=:all:", BUNDLE, "-d", temporary)
        (bundle,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(bundle) as archive:
            lock = json.loads(archive.read(f"{INSIDE}pyodide-lock.json"))
            names = needed(lock["packages"])
            present = {name.removeprefix(INSIDE) for name in archive.namelist() if name.startswith(INSIDE)}
            wheels = {lock["packages"][name]["file_name"] for name in names}
            for name in [*CORE, *sorted(wheels & present)]:
                (folder / name).write_bytes(archive.read(INSIDE + name))
    for name in names:
        package = lock["packages"][name]
        if not (folder / package["file_name"]).is_file():
            wheel = fetch(name, NEWER.get(name, package["version"]), folder)
            package["file_name"], package["version"] = wheel.name, wheel.name.split("-")[1]
            package["sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock["packages"] = {name: package for name, package in lock["packages"].items() if (folder / package["file_name"]).is_file()}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Put a Pyodide together from the Python Package Index alone.")
    parser.add_argument("folder", type=Path)
    assemble(parser.parse_args().folder)
