"""Set-up on a machine that lacks something says what is missing, in one line, and leaves nothing behind."""

import os
import shutil
import subprocess

import pytest

from autograder.locations import COURSE_ROOT

PYTHONS = {
    "no Python": (None, "Missing: "),
    "an old Python": ("case $1 in -V) echo Python 3.9.2;; *) exit 1;; esac", "Missing: Python 3.11 or newer; "),
    "no venv module": ("case $2 in *version_info*) exit 0;; *) exit 1;; esac", "Missing: the venv module"),
}


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("script, sentence", PYTHONS.values(), ids=PYTHONS)
def test_set_up_says_what_is_missing(tmp_path, script, sentence):
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(COURSE_ROOT / name, tmp_path)
    python = tmp_path / "python"
    if script:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # make may run this test
    command = ["make", f"PYTHON={python}", "demo"]
    made = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert made.returncode != 0
    assert made.stdout.splitlines()[0].startswith(sentence)
    assert not (tmp_path / ".venv").exists()
