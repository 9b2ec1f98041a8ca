"""The benchmarks still run, and the tables in benchmarks/README.md are theirs."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
AGAINST_TORCH = ("mlp", "convolution", "lenet", "small_convnet")
SCRIPTS = ("distances", *(pytest.param(name, marks=pytest.mark.slow) for name in ("grading", *AGAINST_TORCH)))

pytest.importorskip("sklearn")


@pytest.fixture
def measure(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import measure

    return measure


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_runs_at_tiny_sizes_and_readme_holds_its_tables(script, measure):
    if script in AGAINST_TORCH:
        pytest.importorskip("torch", reason="PyTorch, with which this benchmark compares, is not installed")
    before = measure.README.read_bytes()
    done = subprocess.run([sys.executable, BENCHMARKS / f"{script}.py", "--quick"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert measure.README.read_bytes() == before, "--quick leaves README.md as it is"
    printed, stored = headings(done.stdout), headings(measure.read_section(script))
    assert printed and printed == stored


def headings(text):
    """Return the first line of every table in a Markdown text."""
    return re.findall(r"^(\|.*\|)\n\| ---", text, re.MULTILINE)


def test_a_section_is_replaced_and_the_rest_stays(measure, tmp_path):
    readme = tmp_path / "README.md"
    one, two = ("<!-- one: begin -->\nold\n<!-- one: end -->", "<!-- two: begin -->\nkeep\n<!-- two: end -->")
    readme.write_text(f"# Title\n{one}\n{two}\n", "utf-8")
    measure.write_section("one", "new", readme)
    assert measure.read_section("one", readme) == "new"
    assert measure.read_section("two", readme) == "keep"
    assert readme.read_text("utf-8").startswith("# Title\n")
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_a_missing_section_is_an_error_and_changes_nothing(measure, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n", "utf-8")
    with pytest.raises(ValueError, match="no section"):
        measure.write_section("one", "new", readme)
    assert readme.read_text("utf-8") == "# Title\n"


def test_contestants_take_turns_after_a_warm_up(measure, monkeypatch):
    monkeypatch.setattr(measure, "others", dict)
    monkeypatch.setattr(measure, "PAUSE", 0.0)
    calls = []
    samples = measure.interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=2)
    assert calls == ["a", "b", "a", "b", "b", "a"]
    assert [len(each.seconds) for each in samples.values()] == [2, 2]


def test_a_disturbed_sample_is_repeated_until_patience_runs_out(measure, monkeypatch):
    shares = iter([0.0, 0.5, 0.0, 0.0])  # quiet before, disturbed during; quiet before, quiet during
    monkeypatch.setattr(measure, "share_of_others", lambda *_: next(shares))
    monkeypatch.setattr(measure, "PAUSE", 0.0)
    samples = measure.Samples()
    measure.sample(lambda: time.sleep(0.001), samples, patience=60.0)
    assert (len(samples.seconds), samples.repeated, samples.disturbed) == (1, 1, 0)

    monkeypatch.setattr(measure, "share_of_others", lambda *_: 0.5)
    samples = measure.Samples()
    measure.sample(lambda: None, samples, patience=0.0)
    assert (len(samples.seconds), samples.repeated, samples.disturbed) == (1, 0, 1)


def test_own_processes_are_not_others(measure):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert not {child.pid, os.getpid()} & set(measure.others())
    finally:
        child.communicate(b"\n")
