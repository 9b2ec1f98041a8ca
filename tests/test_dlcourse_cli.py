"""The `dlcourse` command as it is started: any console, any folder, with and without the right to write there."""

import codecs
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from course_copy import copy_course, dlcourse, environment

from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_sources
from dlcourse.toolkit.cli import terminal

COMMANDS = ("progress", "check", "hint", "watch", "reset", "submit", "data", "doctor")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in a path with spaces and letters of other alphabets; its first part is half done, with CRLF line ends."""
    folder = copy_course(tmp_path_factory.mktemp("my courses") / "Übung 深層 学習 α")
    knn = reference_sources()["knn"].replace("np.abs(", "np.sign(").replace("\n", "\r\n")
    (folder / "dlcourse/knn.py").write_bytes(knn.encode())
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home 家")


def test_help_names_every_command(course, home):
    shown = dlcourse(course, home, "--help")
    assert shown.returncode == 0 and all(re.search(rf"^. {name} ", shown.stdout, re.MULTILINE) for name in COMMANDS)


@pytest.fixture(scope="module")
def checked(course, home):
    """What the first `dlcourse check knn` said."""
    return dlcourse(course, home, "check", "knn")


def test_path_with_spaces_other_letters_and_crlf(course, home, checked):
    assert checked.returncode == 1 and checked.stderr == ""
    assert all(text in checked.stdout for text in ("28 of 30 points", "knn.l1_distances  0", "passed   knn.l2_distances"))
    assert (course / ".dlcourse/progress.json").is_file()
    again = dlcourse(course, home, "check", "knn")
    assert "Not run again, because they passed and nothing they use changed since: 10 exercises" in " ".join(again.stdout.split())


SHOWN = ["progress", *(pytest.param(each, marks=pytest.mark.slow) for each in ("--help", "check l1_distances", "hint l1_distances",
                                                                                   "doctor", "data"))]  # fmt: skip


@pytest.mark.parametrize("arguments", SHOWN)
def test_an_old_console_of_windows(course, home, checked, arguments):
    """Bytes that are no cp1252 would fail to decode; a character that cp1252 lacks would be a traceback."""
    shown = dlcourse(course, home, *arguments.split(), PYTHONUTF8="0", PYTHONIOENCODING="cp1252")
    assert shown.returncode in (0, 1) and shown.stdout and "Traceback" not in shown.stderr
    assert not re.search("[✓✗○█]", shown.stdout)
    if arguments == "progress":
        assert "+ passed" in shown.stdout and "x failed" in shown.stdout and "####" in shown.stdout


def test_signs_that_a_console_lacks_keep_their_meaning():
    codecs.register_error("plain", terminal.plain)
    assert "‖x̂‖ ≤ √2, Ünal, â".encode("ascii", "plain").decode() == "?x_hat? < V2, Unal, a"


@pytest.mark.parametrize("minutes, words", [(45, "45 minutes"), (60, "1 hour"), (65, "1 hour 5 minutes"), (1577, "26 hours")])
def test_how_long_it_takes_in_words(minutes, words):
    assert terminal.duration(minutes) == words


@pytest.mark.slow
def test_sixty_columns_and_no_colours(course, home, checked):
    for arguments in (("progress", "1"), ("check", "l1_distances"), ("doctor",), ("data",), ("--help",)):
        shown = dlcourse(course, home, *arguments, COLUMNS="60", NO_COLOR="1")
        too_long = [line for line in shown.stdout.splitlines() if len(line.rstrip()) > 60 and str(course) not in line]
        assert not [line for line in too_long if not line.startswith(("digits:", "shapes:", "mnist:", "cifar10:"))]
        assert "\x1b[" not in shown.stdout
        if arguments[0] == "progress":
            assert re.search(r"✓ passed +knn\.l2_distances_two_loops +2 of 2 +10 min", shown.stdout)


@pytest.mark.slow
def test_nothing_of_posix_is_imported(course, home, tmp_path):
    """As far as can be told without Windows: in both processes, the modules that it lacks cannot be imported."""
    lacking = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog", "readline", "curses")
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({lacking}))\n")
    submit, reset = ("submit", "1", "--output", str(tmp_path)), ("reset", "k_fold_indices")
    for arguments in (("check", "accuracy"), ("progress", "1"), ("data",), submit, reset):
        shown = dlcourse(course, home, *arguments, PYTHONPATH=os.pathsep.join([str(tmp_path), str(course)]))
        assert shown.returncode == 0 and "Traceback" not in shown.stderr, shown


def test_it_works_from_any_folder(course, home, tmp_path):
    (tmp_path / "random.py").write_text("raise RuntimeError('a file of yours that has the name of a module of Python')")
    shown = dlcourse(course, home, "check", "knn.accuracy", cwd=tmp_path, PYTHONSAFEPATH="1")
    assert shown.returncode == 0 and "Traceback" not in shown.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a group of processes gets no Ctrl-C from os.killpg there")
def test_ctrl_c_keeps_what_was_found_until_then(course, home, tmp_path):
    other, marker = copy_course(tmp_path / "course", ("dlcourse", "autograder", "solutions/dlcourse")), tmp_path / "reached"
    loop = f"\n\ndef accuracy(predicted, labels):\n    open({str(marker)!r}, 'w').close()\n    while True: pass\n"
    (other / "dlcourse/knn.py").write_text(reference_sources()["knn"] + loop, "utf-8")
    check = subprocess.Popen(
        [sys.executable, "-m", "dlcourse", "check", "knn"], cwd=other, env=environment(other, home), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    while not marker.exists():
        assert check.poll() is None
        time.sleep(0.05)
    os.killpg(check.pid, signal.SIGINT)
    out, error = check.communicate(timeout=30)
    assert check.returncode == 130 and "What was found until now is remembered" in error and "Traceback" not in out + error
    text = (other / ".dlcourse/progress.json").read_text("utf-8")
    assert "knn.majority_vote" in text and "knn.accuracy" not in text


def test_a_wrong_name_is_one_sentence(course, home):
    shown = dlcourse(course, home, "check", "l2_distence")
    assert shown.returncode == 1 and shown.stdout == "" and "Traceback" not in shown.stderr
    assert "Did you mean knn.l2_distances" in " ".join(shown.stderr.split())


@pytest.mark.slow
def test_doctor_is_content_with_this_machine_and_names_what_is_missing(course, home, tmp_path):
    shown = dlcourse(course, home, "doctor")
    assert shown.returncode == 0 and "Python 3." in shown.stdout and "numpy " in shown.stdout and "✗" not in shown.stdout
    text = (course / "pyproject.toml").read_text("utf-8")
    project = text.replace('"numpy>=1.26"', '"numpy>=99.1", "nosuchpackage>=1.0"')
    other = copy_course(tmp_path / "other", ("dlcourse", "autograder", "data", "assignments/part1_knn"))
    (other / "pyproject.toml").write_text(project, "utf-8")
    shown = dlcourse(other, home, "doctor", DLCOURSE_DATA="/no/such/folder")
    assert shown.returncode == 1 and shown.stdout.count("✗ wrong") == 3
    text = " ".join(shown.stdout.split())
    assert "nosuchpackage: python -m pip install -r requirements.txt" in text and "numpy>=99.1 is needed" in text
    assert "correct or unset DLCOURSE_DATA" in text
    shown = dlcourse(course, home, "doctor", cwd=other, PYTHONSAFEPATH="1")
    assert shown.returncode == 1 and "or use python -m dlcourse there" in " ".join(shown.stdout.split())


def test_a_missing_package_is_a_sentence_even_for_the_command_itself(course, home, tmp_path):
    for name in ("typer", "numpy"):
        (tmp_path / name).mkdir()
        blocked = tmp_path / name / f"{name}.py"
        blocked.write_text(f"raise ModuleNotFoundError({name!r}, name={name!r})")
        both = os.pathsep.join([str(blocked.parent), str(course)])
        shown = dlcourse(course, home, "progress", PYTHONPATH=both, PYTHONSAFEPATH="1")
        assert shown.returncode == 1 and f"the package {name} is missing" in shown.stderr and "Traceback" not in shown.stderr


def bubblewrap(course, home):
    return ["bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--ro-bind", str(course), str(course),
            "--bind", str(home), str(home), "--"]  # fmt: skip


def can_mount():
    tried = shutil.which("bwrap") and subprocess.run(["bwrap", "--bind", "/", "/", "--", "true"], capture_output=True)
    return bool(tried) and tried.returncode == 0


@pytest.fixture
def mounted(home, tmp_path):
    """Run the command in a course folder that nobody can write to, root neither."""
    if not can_mount():
        pytest.skip("a folder that root cannot write either needs bubblewrap")
    course = copy_course(tmp_path / "mounted 読")

    def run(*arguments):
        return subprocess.run(
            [*bubblewrap(course, home), sys.executable, "-m", "dlcourse", *arguments],
            cwd=course, env=environment(course, home), capture_output=True, encoding="utf-8", timeout=60,
        )  # fmt: skip

    yield run
    assert not (course / ".dlcourse").exists()


def test_in_a_read_only_course_the_user_folder_remembers(mounted, home):
    first, second = mounted("hint", "l2_distances"), mounted("hint", "l2_distances")
    assert "Hint 1 of 3" in first.stdout and "Hint 2 of 3" not in first.stdout and "Hint 2 of 3" in second.stdout
    assert "Note" not in first.stdout
    assert [path.name[:9] for path in (home / ".local/state/dlcourse").glob("*.json")] == ["mounted 読"]


@pytest.mark.slow
def test_in_a_read_only_course_every_command_works_or_says_why(mounted):
    assert "read-only; progress is kept in" in " ".join(mounted("doctor").stdout.split())
    checked = mounted("check", "accuracy")
    assert checked.returncode == 1 and "not yet" in checked.stdout
    for arguments, sentence in ((("reset", "knn", "--module"), "still as it was"), (("submit", "1"), "cannot be written")):
        shown = mounted(*arguments)
        assert sentence in " ".join((shown.stdout + shown.stderr).split()) and "Traceback" not in shown.stderr


@pytest.mark.slow
def test_in_a_notebook_as_a_command_and_from_python(course, home):
    from nbclient import NotebookClient

    cells = [
        f"import os\nos.environ.update({dict(PYTHONPATH=str(course), PYTHONUTF8='1')!r})",
        "!{__import__('sys').executable} -m dlcourse progress part1",
        "from dlcourse.toolkit.notebook import experiment\n!dlcourse progress part1",
        "from dlcourse.toolkit.cli.commands import check, hint, progress\nprogress('part1')",
        "hint('l2_distances')",
        "check('knn.accuracy')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "HOME", "PATH")}
    plain = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if each != str(Path(sys.executable).parent))
    os.environ.update({"PYTHONPATH": str(course), "HOME": str(home), "PATH": plain})  # as if nobody had activated anything
    try:
        NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(course)}}).execute()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    texts = ["".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs) for cell in notebook.cells]
    assert all("knn.l2_distances_two_loops" in text for text in texts[1:4])
    assert "Hint 1 of 3" in texts[4] and "passed" in texts[5]


def test_the_installed_command_is_this_one():
    import tomllib

    scripts = tomllib.loads((COURSE_ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, _, function = scripts["dlcourse"].partition(":")
    assert callable(getattr(__import__(module, fromlist=["x"]), function))
