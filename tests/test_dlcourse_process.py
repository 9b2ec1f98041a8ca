"""Student code that never ends, ends Python, floods the screen or asks for the keyboard: each is survived, with a reason."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder import grading
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_sources
from dlcourse.toolkit.cli import process
from dlcourse.toolkit.cli.exercises import select

PERFECT = reference_sources()["knn"]
NAMES = ("accuracy", "majority_vote")


@pytest.fixture
def graded(tmp_path):
    """Grade `accuracy`, and then `majority_vote`, of the reference with a piece of code put into it."""

    def graded(body="", top="", seconds=1.0, **options):
        course = tmp_path / "my 課程"
        (course / "dlcourse").mkdir(parents=True, exist_ok=True)
        body = body or "return float((predicted == labels).mean())"
        source = f"{top}\n{PERFECT}\n\ndef accuracy(predicted, labels):\n    {body}\n"
        (course / "dlcourse/knn.py").write_text(source, "utf-8")
        chosen = [select(name)[0] for name in NAMES]
        results = list(process.run(chosen, grading.read_submission(course), seconds, **options))
        return [each.result.name for each in results], results

    return graded


def messages_of(graded):
    return " ".join(check.message for check in graded.result.checks)


def test_a_loop_without_end_is_stopped_and_its_line_named(graded):
    began = time.monotonic()
    names, (stopped, after) = graded("while True: pass")
    assert names == ["knn.accuracy", "knn.majority_vote"]
    assert {check.status for check in stopped.result.checks} == {"stopped"} and stopped.result.points == 0
    assert "It did not end within 1 seconds" in messages_of(stopped)
    assert ": while True: pass" in messages_of(stopped) and "dlcourse/knn.py, line " in messages_of(stopped)
    assert after.result.points == after.result.max_points
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_a_loop_without_end_inside_of_c_code_is_stopped_too(graded):
    _, (stopped, after) = graded("return 10 ** (10 ** 10)")
    assert "did not end" in messages_of(stopped) and "line " in messages_of(stopped)
    assert after.result.points == after.result.max_points


def test_a_file_that_never_ends_loading_stops_all_its_exercises_once(graded):
    began = time.monotonic()
    names, results = graded(top="while True: pass")
    assert names == ["knn.accuracy", "knn.majority_vote"]
    assert all("Reading the file did not end" in messages_of(each) for each in results)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("call", ["import os; os._exit(5)", pytest.param("import os; os.abort()", marks=pytest.mark.slow)])
def test_the_end_of_python_itself_is_a_reason(graded, call):
    _, (stopped, after) = graded(call)
    assert "Python itself ended (exit status " in messages_of(stopped)
    assert after.result.points == after.result.max_points


def test_a_file_that_ends_python_is_tried_twice_and_not_for_each_exercise(graded, monkeypatch):
    started, runner = [], process.Runner
    monkeypatch.setattr(process, "Runner", lambda: started.append(1) or runner())
    monkeypatch.setattr("test_dlcourse_process.NAMES", ("accuracy", "majority_vote", "l1_distances", "l2_distances"))
    _, results = graded(top="import os; os._exit(3)")
    assert len(results) == 4 and len(started) == 2
    assert all("Python itself ended (exit status 3)" in messages_of(each) for each in results)


def test_sys_exit_is_a_reason(graded):
    _, (failed, after) = graded("import sys; sys.exit('bye')")
    assert "SystemExit: bye" in messages_of(failed) and "take it out" in messages_of(failed)
    assert after.result.points == after.result.max_points


def test_sys_exit_while_loading_is_a_reason(graded):
    _, results = graded(top="import sys; sys.exit(3)")
    assert all("SystemExit: 3" in messages_of(each) and "take it out" in messages_of(each) for each in results)


@pytest.mark.parametrize("read", ["input()", pytest.param("import sys; sys.stdin.read()", marks=pytest.mark.slow)])
def test_waiting_for_the_keyboard_is_a_reason(graded, read):
    _, results = graded(top=read)
    assert all("asks for the keyboard" in messages_of(each) for each in results)


def test_a_flood_of_output_is_kept_short(graded):
    _, (first, _) = graded("print('x' * 1_000_000); import os; os.write(1, b'y' * 1_000_000); return 0.0")
    assert first.printed.startswith("xxx") and len(first.printed) < 3000 and "characters more" in first.printed
    assert "y" not in first.printed


@pytest.mark.slow
def test_a_loop_that_prints_without_end_is_stopped(graded):
    _, (stopped, _) = graded("while True: print('again')")
    assert "did not end" in messages_of(stopped)


def test_a_line_that_looks_like_ours_earns_nothing(graded):
    import json

    line = json.dumps({"end": True})
    _, (first, after) = graded(f"print({line!r}); import os; os.write(1, {line.encode()!r}); return 0.0")
    assert first.result.points < first.result.max_points and after.result.points == after.result.max_points


@pytest.mark.slow
def test_an_interruption_leaves_out_the_rest_at_once(graded):
    began = time.monotonic()
    names, _ = graded("while True: pass", seconds=60, interrupted=lambda: time.monotonic() - began > 2)
    assert names == [] and time.monotonic() - began < 15


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="who still runs is read from /proc")
def test_a_process_whose_owner_was_killed_ends_too(tmp_path):
    code = "from dlcourse.toolkit.cli.process import Runner; import time; print(Runner().process.pid, flush=True); time.sleep(60)"
    environment = {**os.environ, "PYTHONPATH": str(COURSE_ROOT)}
    owner = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)
    stat = Path(f"/proc/{int(owner.stdout.readline())}/stat")
    owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 20
    while stat.exists() and ") Z" not in stat.read_text():
        assert time.monotonic() < deadline, "it waits for a job that nobody will send"
        time.sleep(0.1)
