"""What README, CONTRIBUTING, the workflow, the licences and the package's data say of each other is true."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from autograder.checks import catalogue
from autograder.cli import app
from autograder.locations import COURSE_ROOT
from dlcourse.toolkit.cli.commands import app as dlcourse

PAGES = ["README", "CONTRIBUTING", "CHANGELOG"]
README, CONTRIBUTING, CHANGELOG = ((COURSE_ROOT / f"{name}.md").read_text("utf-8") for name in PAGES)
PROJECT = tomllib.loads((COURSE_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOW = yaml.safe_load((COURSE_ROOT / ".github/workflows/tests.yml").read_text("utf-8"))
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]

# What only GitHub's machines need.
ONLY_THERE = {
    "sudo apt-get install -y --no-install-recommends bubblewrap",
    '$ErrorActionPreference = "Stop"; $PSNativeCommandUseErrorActionPreference = $true',
}


def commands_of(page):
    """Return the lines of a page's code blocks, without their comments; what Windows says instead is a line too."""
    lines = [line for block in re.findall(r"^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE) for line in block.splitlines()]
    windows = [line.split("PowerShell: ")[1] for line in lines if "PowerShell: " in line]
    return {line.split("#")[0].strip() for line in lines} | set(windows)


# ------------------------------------------------------------------------------------------------------------- README


def test_readme_fits_on_a_screen():
    assert len(README.splitlines()) <= 48
    commands = "".join(re.findall(r"^```\n(.*?)^```", README, re.DOTALL | re.MULTILINE))
    assert max(map(len, commands.splitlines())) <= 97, "GitHub's column is that wide: longer lines are cut off"


def test_numbers_of_the_readme_are_counted():
    notebooks = list((COURSE_ROOT / "solutions/notebooks").glob("part*/*.py"))
    parts = {exercise.part for exercise in catalogue()}
    assert len(parts) == 6 and f"six parts, {len(notebooks)} notebooks, {len(catalogue())} exercises" in README


def options_of(command):
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("page", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_commands_of_a_page_exist(page):
    groups = {"autograder": typer.main.get_command(app), "dlcourse": typer.main.get_command(dlcourse)}
    for program, name in re.findall(r"^(autograder|dlcourse) (\S+)", page, re.MULTILINE):
        assert name in groups[program].commands, f"{program} {name}"
    for target in re.findall(r"^make (\S+)", page, re.MULTILINE):
        assert re.search(rf"^{target}:", (COURSE_ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), target
    if page is README:
        assert {"--gradebook", "--html"} <= options_of(groups["autograder"].commands["grade"])


@pytest.mark.parametrize("page", [README, CONTRIBUTING, CHANGELOG], ids=PAGES)
def test_what_a_page_points_to_is_there(page):
    named = set(re.findall(r"\]\((?!https?:)([^)#]+)", page)) | set(re.findall(r'src="([^"]+)"', page))
    named |= set(re.findall(r"`((?:tests|docs|assignments|solutions|autograder|data|dlcourse)/[\w/.-]*)`", page))
    assert not [name for name in named if not (COURSE_ROOT / name).exists()]


def test_pictures_are_small():
    for picture in (COURSE_ROOT / "docs/pictures").iterdir():
        assert picture.stat().st_size < 200_000, picture


# ----------------------------------------------------------------------------------------------------------- workflow


def test_the_workflow_runs_what_the_pages_say():
    said = commands_of(README) | commands_of(CONTRIBUTING) | ONLY_THERE
    lines = [line.split("  #")[0].strip() for step in STEPS if "run" in step for line in step["run"].splitlines()]
    assert lines and not [line for line in lines if line not in said]


def test_the_workflow_tries_every_system_and_every_python():
    minors = [name.rsplit("::")[-1].strip() for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)]
    assert PROJECT["requires-python"] == f">={minors[0]}"
    matrix = WORKFLOW["jobs"]["student"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == WORKFLOW["jobs"]["course"]["strategy"]["matrix"]["python"] == minors
    assert minors[0] == WORKFLOW["jobs"]["oldest"]["steps"][1]["with"]["python-version"]


def test_the_workflow_may_only_read_and_names_its_actions_versions():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in STEPS if "uses" in step)
    assert all("timeout-minutes" in job for job in WORKFLOW["jobs"].values())


# --------------------------------------------------------------------------------------------- licences, citation, news


def test_each_data_file_has_its_licence():
    allowed = set(PROJECT["license"].split(" AND "))
    page = (COURSE_ROOT / "data/README.md").read_text("utf-8")
    files = [path for path in (COURSE_ROOT / "data").iterdir() if path.is_file() and path.suffix not in (".md", ".license")]
    assert files
    for path in files:
        said = dict(line.split(": ", 1) for line in path.with_name(f"{path.name}.license").read_text("utf-8").splitlines()[:2])
        assert said["SPDX-License-Identifier"] in allowed and f"`{path.name}`" in page
        if said["SPDX-FileCopyrightText"] == "The dlcourse authors":
            continue
        identifier, version = said["SPDX-License-Identifier"].rsplit("-", 1)
        assert f"licenses/by/{version}/" in page.split(f"`{path.name}`")[1].split("## ")[0] and identifier == "CC-BY"
        address = re.search(r"https://\S+", said["SPDX-FileCopyrightText"]).group()
        assert address.rstrip("/") in page


def test_code_and_prose_have_their_licences():
    assert (COURSE_ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")
    assert (COURSE_ROOT / "docs/LICENSE").read_text("utf-8").startswith("Attribution 4.0 International\n")
    for pattern in PROJECT["license-files"]:
        assert list(COURSE_ROOT.glob(pattern)), pattern


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((COURSE_ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == PROJECT["version"] and citation["type"] == "software"
    assert [each["name"] for each in citation["authors"]] == [each["name"] for each in PROJECT["authors"]]


def test_the_changelog_has_its_form():
    versions = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", CHANGELOG, re.MULTILINE)
    assert versions[0] == ("Unreleased", "") and all(date for _, date in versions[1:])
    kinds = re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)
    assert kinds and set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


# -------------------------------------------------------------------------------------------------------------- wheel

TRY = """
import sys
import autograder, dlcourse
from autograder import checks, report
from dlcourse.toolkit import datasets, scenes
assert all(module.__file__.startswith(sys.prefix) for module in (autograder, dlcourse)), autograder.__file__
assert len(datasets.load("digits").train_images) > 1000
assert scenes.photographs()["china"].shape == (256, 384, 3)
report.write_html([], "page.html")
print(len(checks.catalogue()))
"""


def test_a_wheel_holds_what_the_package_needs(tmp_path):
    pytest.importorskip("setuptools", minversion="77", reason="setuptools is not installed: pip install -e '.[test]'")
    source = tmp_path / "source"
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("dlcourse", "autograder", "data"):
        shutil.copytree(COURSE_ROOT / folder, source / folder, ignore=left_out)
    (source / "docs").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "docs/LICENSE"):
        shutil.copy(COURSE_ROOT / name, source / name)
    build = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    built = subprocess.run([sys.executable, "-c", build, tmp_path], cwd=source, capture_output=True, text=True, encoding="utf-8")
    assert built.returncode == 0, built.stderr
    wheel = tmp_path / built.stdout.splitlines()[-1]

    place = tmp_path / "elsewhere"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(pip, check=True, env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"})
    packages = Path(yaml.__file__).parents[1]  # what both stand on comes from the environment of these tests
    tried = f"import sys; sys.path.append({str(packages)!r})" + TRY
    done = subprocess.run([python, "-I", "-c", tried], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(len(catalogue()))]
