"""Build the course that runs in a browser, nothing installed: JupyterLite with the files of the student's archive.

    python docs/lite.py build/site/lite
    python docs/lite.py build/site/lite --pyodide build/pyodide

Python itself comes from Pyodide's public server when a student opens the page; with --pyodide the site brings its own copy, a
folder such as docs/local_pyodide.py makes, and asks no other host for anything.

The files of the course are JupyterLite's files, not an installed package: what a student saves as `dlcourse/knn.py` there is what
`import dlcourse.knn` finds, because the folder of all files is on Python's path.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from autograder.locations import CourseError  # noqa: E402

KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
EXTENSIONS = ("@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager", "jupyter-matplotlib")
PACKAGES = ["numpy", "matplotlib", "msgpack", "jinja2", "tqdm", "platformdirs", "tzdata"]  # loaded before the first cell
WHEELS = ("ipywidgets", "ipympl", "jupyterlab_widgets", "comm")  # what Pyodide does not have, pure Python
USELESS = ("pyproject.toml", "requirements.txt")  # nothing is installed here

FIRST_CELLS = (
    nbformat.v4.new_markdown_cell(
        "**You are in the browser.** Run the next cell first: it loads what the figures' controls need. Your files are on the "
        "left; they stay in this browser, on this computer, and nowhere else, so download your work now and then (right "
        "click, *Download*).",
        id="in-the-browser",
    ),
    nbformat.v4.new_code_cell("%pip install -q ipywidgets ipympl", id="browser-packages"),
)


def course_files():
    """Return {path: bytes} of what students get.

    Raises:
        CourseError: if this copy of the course cannot make a student's archive.
    """
    from autograder.release import students_files

    files = students_files(ROOT, lambda sentence: print(sentence, flush=True))
    return {name: content for name, content in files.items() if name not in USELESS}


def for_the_browser(text):
    """Return a notebook's text with the cells that only a browser needs before the others."""
    notebook = nbformat.reads(text, as_version=4)
    notebook.cells[:0] = FIRST_CELLS
    return nbformat.writes(notebook)


def settings():
    """Return jupyter-lite.json: what the pages and the kernel are told at start."""
    kernel = {
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"env": {"PYTHONPATH": "/drive"}, "packages": PACKAGES},
    }
    shown = {"appName": "dlcourse", "exposeAppInBrowser": True, "litePluginSettings": {KERNEL: kernel}}
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": shown}


def build(output, files, pyodide=None):
    """Build the site in the folder `output`, which is replaced.

    Args:
        files: {path: bytes} of the course.
        pyodide: folder of a Pyodide distribution to serve, or None for Pyodide's public server.
    """
    with tempfile.TemporaryDirectory() as folder:
        lite = Path(folder)
        for name, content in files.items():
            path = lite / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(for_the_browser(content.decode()).encode() if name.endswith(".ipynb") else content)
        run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", lite / "pypi", *WHEELS)
        if pyodide:
            shutil.copytree(pyodide, lite / "static/pyodide")
        (lite / "jupyter-lite.json").write_text(json.dumps(settings()))
        extensions = [str(Path(sys.prefix, "share/jupyter/labextensions", name)) for name in EXTENSIONS]
        config = {
            "contents": ["files"],
            "output_dir": str(lite / "output"),
            "apps": ["lab"],
            "no_sourcemaps": True,
            "ignore_sys_prefix": ["federated_extensions"],  # only these: others would look for a server
            "federated_extensions": extensions,
        }
        (lite / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": config}))
        run(sys.executable, "-m", "jupyterlite_core", "build", cwd=lite)
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(lite / "output", output, ignore=shutil.ignore_patterns("*.map"))


def run(*command, cwd=None):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise CourseError(f"{' '.join(str(word) for word in command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def main():
    parser = argparse.ArgumentParser(description="Build the course that runs in a browser.")
    parser.add_argument("output", type=Path, help="folder to write, such as build/site/lite")
    parser.add_argument("--pyodide", type=Path, help="folder of a Pyodide distribution to serve with it")
    arguments = parser.parse_args()
    try:
        build(arguments.output, course_files(), arguments.pyodide)
    except CourseError as error:
        sys.exit(str(error))
    print(f"{arguments.output} is ready: serve it, for a browser gives Python to no page that is opened as a file")


if __name__ == "__main__":
    main()
