"""The Gradescope room: the zip, and what it does in folders laid out as in Gradescope's container."""

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from autograder import cli, gradescope, misconceptions
from autograder.demo import FORGED_SCORE
from autograder.grading import course_version
from autograder.locations import COURSE_ROOT
from autograder.sandbox import Sandbox, SandboxError, worker_command

PART = "part1_knn"
PERFECT = (COURSE_ROOT / "solutions/dlcourse/knn.py").read_text("utf-8")
BLANK = (COURSE_ROOT / "dlcourse/knn.py").read_text("utf-8")

# Fields of results.json and their types, from "Output format" and "Output String Formatting" in
# https://gradescope-autograders.readthedocs.io/en/latest/specs/ (read in November 2026). All of them are optional but the
# score, which the top level or every test has.
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
FIELDS = {
    "score": float,
    "execution_time": int,
    "output": str,
    "output_format": FORMATS,
    "test_output_format": FORMATS,
    "test_name_format": FORMATS,
    "visibility": VISIBILITIES,
    "stdout_visibility": VISIBILITIES,
    "extra_data": dict,
    "tests": list,
    "leaderboard": list,
}
TEST_FIELDS = {
    "score": float,
    "max_score": float,
    "status": {"passed", "failed"},
    "name": str,
    "name_format": FORMATS,
    "number": str,
    "output": str,
    "output_format": FORMATS,
    "tags": list,
    "visibility": VISIBILITIES,
    "extra_data": dict,
}


def assert_documented(fields, documented):
    for name, value in fields.items():
        expected = documented[name]
        if isinstance(expected, set):
            assert value in expected, name
        else:
            assert isinstance(value, (int, float) if expected is float else expected), name


def read_results(root):
    """Return results.json, once it is found to hold only what is documented."""
    results = json.loads((root / "results/results.json").read_text("utf-8"))
    assert_documented(results, FIELDS)
    assert results["stdout_visibility"] == "hidden"
    for test in results["tests"]:
        assert_documented(test, TEST_FIELDS)
        assert 0 <= test["score"] <= test["max_score"]
    assert results["score"] == pytest.approx(sum(test["score"] for test in results["tests"]))
    return results


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "autograder.zip"
    assert gradescope.export(PART, path) == 30
    return path


def lay_out(archive, root):
    """Make Gradescope's folders in `root`, as the zip is unpacked there."""
    for folder in ("source", "submission", "results"):
        (root / folder).mkdir(parents=True)
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():  # as unzip does, with their modes
            os.chmod(opened.extract(entry, root / "source"), entry.external_attr >> 16 & 0o777)
    shutil.copy(root / "source/run_autograder", root)


class Container:
    """Gradescope's folders in a temporary root, with this interpreter in place of the one that setup.sh installs."""

    def __init__(self, archive, root):
        self.root = root
        lay_out(archive, root)
        self.python(f'exec "{sys.executable}" "$@"')

    def python(self, script):
        """Make venv/bin/python this shell script."""
        path = self.root / "venv/bin/python"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def edit(self, name, old, new):
        path = self.root / name
        assert old in path.read_text("utf-8")
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    def without_bubblewrap(self):
        """Let bwrap fail as it does where namespaces are forbidden."""
        blocked = self.root / "blocked/bwrap"
        blocked.parent.mkdir()
        blocked.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
        blocked.chmod(0o755)

    def upload(self, files):
        for name, text in files.items():
            path = self.root / "submission" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def run(self, prefix=()):
        """Run run_autograder and return (results, what an instructor reads)."""
        environment = {"PATH": f"{self.root / 'blocked'}:{os.environ['PATH']}", "AUTOGRADER_ROOT": str(self.root)}
        command = [*prefix, str(self.root / "run_autograder")]
        done = subprocess.run(command, env=environment, cwd=self.root, capture_output=True, text=True, timeout=120)
        return read_results(self.root), done.stdout + done.stderr


@pytest.fixture
def container(archive, tmp_path):
    return Container(archive, tmp_path / "autograder")


def scores(results):
    return {test["name"]: test["score"] for test in results["tests"]}


# ------------------------------------------------------------------------------------------------------------ the zip


def test_zip_has_its_scripts_at_the_root_executable_and_the_secret_for_root_alone(archive):
    with zipfile.ZipFile(archive) as opened:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in opened.infolist()}
        scripts = {name: opened.read(name) for name in ("setup.sh", "run_autograder")}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert modes[".autograder/secret"] == 0o600
    assert all(text.startswith(b"#!/usr/bin/env bash\n") and b"\r" not in text for text in scripts.values())
    assert oct(archive.stat().st_mode & 0o777) == "0o600"


def test_zip_holds_no_notebook_no_test_and_no_data(archive):
    with zipfile.ZipFile(archive) as opened:
        folders = {name.split("/")[0] for name in opened.namelist() if "/" in name}
        assert {Path(name).suffix for name in opened.namelist() if "/" in name} == {".py", ""}
    assert {name for name in folders if not name.endswith(".dist-info")} == {".autograder", "autograder", "dlcourse", "solutions"}


def test_exporting_twice_gives_the_same_bytes(archive, tmp_path):
    gradescope.export(PART, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


@pytest.fixture
def run_cli(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograder", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        shown = capsys.readouterr()
        return end.value.code or 0, " ".join(shown.out.split()), " ".join(shown.err.split())

    return run


def test_command_writes_the_zip_and_says_what_the_assignment_is_worth(run_cli, tmp_path):
    status, out, _ = run_cli("export", "gradescope", PART, "--output", tmp_path / "zip", "--no-sandbox")
    assert status == 0 and "30 points" in out
    with zipfile.ZipFile(tmp_path / "zip") as opened:
        assert json.loads(opened.read("gradescope.json")) == {"part": PART, "sandbox": False}


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["part1_knm"], "no part called 'part1_knm'. Did you mean part1_knn"),
        ([PART, "--output", "no/such/autograder.zip"], "cannot be written"),
        ([PART, "--output", str(COURSE_ROOT / "tests")], "cannot be written"),
        ([PART, "--output", str(COURSE_ROOT / "README.md/autograder.zip")], "cannot be written"),
    ],
)
def test_bad_input_ends_in_one_sentence(run_cli, arguments, sentence):
    status, out, error = run_cli("export", "gradescope", *arguments)
    assert (status, out) == (1, "")
    assert sentence in error and "Traceback" not in error


def test_a_course_without_solutions_cannot_be_exported(run_cli, monkeypatch, tmp_path):
    monkeypatch.setattr(gradescope, "has_reference", lambda: False)
    status, _, error = run_cli("export", "gradescope", PART, "--output", tmp_path / "autograder.zip")
    assert status == 1 and "holds no solutions" in error
    assert list(tmp_path.iterdir()) == []


# ----------------------------------------------------------------------------------------------------- what is graded


@pytest.mark.parametrize(
    "name", ["knn.py", "dlcourse/knn.py", "part1_knn/dlcourse/knn.py", "course/part1_knn/dlcourse/knn.py", "src/knn.py"]
)
def test_the_reference_earns_everything_however_it_is_uploaded(container, name):
    container.upload({name: PERFECT})
    results, _ = container.run()
    assert results["score"] == 30
    assert {test["status"] for test in results["tests"]} == {"passed"}
    assert results["extra_data"]["course"] == course_version()


def test_of_several_folders_the_one_of_the_part_counts(container):
    container.upload(
        {"part1_knn/dlcourse/knn.py": PERFECT, "part2_linear/dlcourse/knn.py": BLANK, "__MACOSX/dlcourse/knn.py": ""}
    )
    results, _ = container.run()
    assert results["score"] == 30


def test_partial_work_earns_its_share_and_reads_why(container):
    known = next(each for each in misconceptions.of("knn.l1_distances") if each.name == "uint8-wraps")
    container.upload({"dlcourse/knn.py": misconceptions.mistaken(PERFECT, known)})
    results, _ = container.run()
    test = results["tests"][0]
    assert 0 < results["score"] < 30
    assert test["status"] == "failed" and test["score"] < test["max_score"]
    assert "FAILED  images of uint8" in test["output"] and "passed  random points" in test["output"]
    assert known.sentence in " ".join(test["output"].split()) and "Hint: " in test["output"]
    assert max(map(len, test["output"].splitlines())) < 120


UNUSABLE = {
    "nothing": ({}, "nothing"),
    "another file": ({"homework.ipynb": "{}"}, "homework.ipynb"),
    "a zip in a zip": ({"mine.zip": "PK"}, "mine.zip"),
    "an empty package": ({"dlcourse/__init__.py": ""}, "there is no knn.py"),
    "two packages": ({"a/dlcourse/knn.py": PERFECT, "b/dlcourse/knn.py": PERFECT}, "a/dlcourse and b/dlcourse"),
    "no Python": ({"dlcourse/knn.py": "def l1_distances(queries:\n"}, "SyntaxError"),
    "too large": ({"knn.py": "#" * 300_000}, "larger than 256 kB"),
    "blank": ({"knn.py": BLANK}, "not yet"),
}


@pytest.mark.parametrize("files, reason", UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_graded_gets_zero_and_the_reason(container, files, reason):
    container.upload(files)
    results, _ = container.run()
    assert results["score"] == 0 and len(results["tests"]) == 11
    everything = results["output"] + results["tests"][0]["output"]
    assert reason.lower() in " ".join(everything.split()).lower()


def test_seeds_are_those_of_the_student_at_every_attempt_and_shown_to_instructors_alone(container):
    container.upload({"knn.py": PERFECT})

    def seeds(users):
        (container.root / "submission_metadata.json").write_text(json.dumps({"users": users, "id": 1}))
        results, instructor = container.run()
        found = [line.split()[0] for line in instructor.splitlines() if line.endswith(tuple(scores(results)))]
        assert len(found) == 11 and not any(seed in json.dumps(results) for seed in found)
        return found

    ada, ben = {"id": 1234, "name": "Ada", "email": "ada@example.com"}, {"id": 7, "name": "Ben"}
    assert seeds([ada, ben]) == seeds([ben, ada]) != seeds([ada])


@pytest.mark.parametrize("metadata", ["", "[]", '{"users": 5}', '{"users": [{}]}'])
def test_damaged_metadata_does_not_stop_grading(tmp_path, metadata):
    (tmp_path / "metadata.json").write_text(metadata)
    assert gradescope.students(tmp_path / "metadata.json") == "unknown"


# ------------------------------------------------------------------------------------------------- hostile submissions


@pytest.fixture
def landlock(container):
    """A container as Gradescope's are said to be: namespaces are forbidden, Landlock is not."""
    try:
        Sandbox("landlock").close()
    except SandboxError as error:
        pytest.skip(str(error))
    container.without_bubblewrap()
    return container


@pytest.fixture(params=["container", "landlock"])
def isolated(request):
    """A container with the strongest isolation that this machine offers, and one with Landlock."""
    return request.getfixturevalue(request.param)


def test_where_namespaces_are_forbidden_landlock_isolates_and_the_instructor_reads_it(landlock):
    landlock.upload({"knn.py": PERFECT})
    results, instructor = landlock.run()
    assert results["score"] == 30 and results["extra_data"]["isolation"] == "landlock"
    assert "Isolation: Landlock" in instructor


def test_writing_results_json_earns_nothing(isolated):
    target = isolated.root / "results/results.json"
    forged = json.dumps({"score": 30, "tests": []})
    isolated.upload(
        {
            "knn.py": f"""
import os

def forge():
    for action in (lambda: open({str(target)!r}, "w").write({forged!r}), lambda: os.symlink("/dev/null", {str(target)!r}),
                   lambda: os.unlink({str(target)!r}), lambda: os.system("true"), lambda: os.kill(os.getppid(), 9)):
        try:
            action()
        except BaseException:
            pass

forge()

def accuracy(predicted, labels):
    forge()
    return 1.0
"""
        }
    )
    results, _ = isolated.run()
    assert 0 <= results["score"] < 1 and len(results["tests"]) == 11


def test_neither_secret_nor_solutions_can_be_read(isolated):
    isolated.upload(
        {
            "knn.py": f"""
import os

def look(path):
    try:
        with open(path) as file:
            return "FOUND " + file.read()
    except OSError as error:
        return "refused: " + str(error.errno)

root = {str(isolated.root)!r}
seen = [look(root + path) for path in ("/source/.autograder/secret", "/source/solutions/dlcourse/knn.py",
        "/submission/knn.py", "/source/autograder/checks/knn.py", "/run_autograder")]

def l1_distances(queries, points):
    raise ValueError(" ".join(seen) + " " + " ".join(sorted(os.environ)))
"""
        }
    )
    results, _ = isolated.run()
    shown = json.dumps(results)
    secret = (isolated.root / "source/.autograder/secret").read_text()
    assert results["score"] == 0
    assert shown.count("refused") >= 5 and "FOUND" not in shown and secret not in shown
    assert "AUTOGRADER_ROOT" not in shown


def test_printing_a_perfect_score_earns_nothing_and_reaches_nobody(isolated):
    isolated.upload({"knn.py": FORGED_SCORE})
    results, instructor = isolated.run()
    assert results["score"] == 0
    assert "ivan" not in instructor and "ivan" not in json.dumps(results)


def test_isolation_that_leaves_the_autograder_readable_is_not_used(landlock):
    landlock.edit("source/autograder/sandbox.py", '(*packages, "/usr/lib"', f'(*packages, "{landlock.root}", "/usr/lib"')
    landlock.upload({"knn.py": PERFECT})
    results, instructor = landlock.run()
    assert results["score"] == 0 and "nothing in this container isolates" in results["output"]
    assert "code in it could" in instructor and f"open {landlock.root}/results" in instructor


def test_a_link_to_the_solutions_is_not_followed(container):
    (container.root / "submission/knn.py").symlink_to(container.root / "source/solutions/dlcourse/knn.py")
    results, _ = container.run()
    assert results["score"] == 0 and "cannot be read" in results["output"]


def test_text_of_a_student_stays_text(container):
    container.upload({"knn.py": "def l1_distances(q, p):\n    raise ValueError('<b>\\x1b[31m\\u202e ok')\n"})
    results, _ = container.run()
    output = results["tests"][0]["output"]
    assert results["test_output_format"] == "text" and "<b>" in output
    assert not {"\x1b", "\u202e"} & set(output)


@pytest.mark.parametrize("where", ["import", "function"])
def test_what_never_ends_is_stopped_and_the_rest_is_graded(container, where):
    container.edit("source/autograder/gradescope.py", "BUDGET = 300", "BUDGET = 11")  # one second for each of 11 exercises
    start = "def l1_distances(queries, points):\n"
    endless = "while True: pass\n" + PERFECT if where == "import" else PERFECT.replace(start, start + "    while True: pass\n")
    container.upload({"knn.py": endless})
    started = time.monotonic()
    results, _ = container.run()
    assert time.monotonic() - started < 10
    assert results["score"] == (0 if where == "import" else 28)
    assert "stopped after 1 second" in " ".join(results["tests"][0]["output"].split()).lower()


def test_memory_is_limited(container):
    container.upload({"knn.py": PERFECT.replace("import numpy as np\n", "import numpy as np\nhoard = np.ones(1 << 28)\n")})
    results, _ = container.run()
    assert results["score"] == 0 and "MemoryError" in results["tests"][0]["output"]


# --------------------------------------------------------------------------------------------- when the grader itself fails


@pytest.fixture
def no_isolation(container, monkeypatch):
    """This process grades in the container's folders, and no isolation holds."""

    def command(mode, control):
        return worker_command(mode, control) if mode == "none" else ["false"]

    monkeypatch.setattr("autograder.sandbox.worker_command", command)
    monkeypatch.setattr(gradescope, "COURSE_ROOT", container.root / "source")
    container.upload({"knn.py": PERFECT})
    return container


def test_without_isolation_nothing_is_graded(no_isolation, capsys):
    gradescope.main(no_isolation.root)
    results = read_results(no_isolation.root)
    assert results["score"] == 0 and results["tests"] == []
    assert "nothing in this container isolates student code" in results["output"]
    assert "--no-sandbox" in capsys.readouterr().out and "--no-sandbox" not in results["output"]


def test_without_isolation_only_an_export_that_says_so_is_graded_and_instructors_are_told(no_isolation, capsys):
    settings = no_isolation.root / "source/gradescope.json"
    settings.write_text(json.dumps({"part": PART, "sandbox": False}))
    gradescope.main(no_isolation.root)
    results = read_results(no_isolation.root)
    assert results["score"] == 30 and results["extra_data"]["isolation"] == "none"
    assert "Isolation: NONE" in capsys.readouterr().out


BROKEN = {
    "no Python": lambda container: shutil.rmtree(container.root / "venv"),
    "no module": lambda container: container.edit("source/autograder/grading.py", "import hashlib", "import no_such_module"),
    "no settings": lambda container: (container.root / "source/gradescope.json").unlink(),
    "no results folder": lambda container: (container.python("exit 3"), (container.root / "results").rmdir()),
    "out of memory": lambda container: container.python("kill -9 $$"),
    "hangs": lambda container: (container.python("sleep 60"), container.edit("run_autograder", "540", "1")),
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN)
def test_whatever_fails_leaves_a_result_that_is_zero_and_says_so(container, damage):
    container.upload({"knn.py": PERFECT})
    stale = container.root / "results/results.json"
    stale.write_text(json.dumps({"score": 30}))
    if damage is BROKEN["no results folder"]:
        stale.unlink()
    damage(container)
    results, instructor = container.run()
    assert results["score"] == 0 and "not graded" in results["output"] and instructor
    assert str(container.root) not in json.dumps(results)


# ------------------------------------------------------------------------------------------------------------- set-up


def offline():
    """Return the start of a command line that runs without a network, as far as this machine can do that."""
    prefix = ["unshare", "--map-root-user", "--net"]
    works = shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    return prefix if works else []


@pytest.mark.slow
def test_set_up_installs_numpy_and_msgpack_alone_and_grading_needs_no_network(archive, tmp_path):
    container = Container(archive, tmp_path / "autograder")
    shutil.rmtree(container.root / "venv")
    environment = os.environ | {"AUTOGRADER_ROOT": str(container.root)}
    subprocess.run(["bash", str(container.root / "source/setup.sh")], env=environment, check=True, timeout=600)
    listed = subprocess.run(
        [container.root / "venv/bin/python", "-m", "pip", "list", "--format=json"], capture_output=True, check=True
    )
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    assert names - {"pip", "setuptools"} == {"numpy", "msgpack"}
    container.upload({"dlcourse/knn.py": PERFECT})
    results, instructor = container.run(prefix=offline())
    assert results["score"] == 30, instructor
