"""The ladder of the course: its numbers, its picture and its tables are of one run, and tell the course's story."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlcourse.toolkit import figures, ladder

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "benchmarks" / "ladder.py"


@pytest.fixture(scope="module")
def measured():
    return ladder.load()


def test_every_rung_was_measured_with_a_number_a_seed(measured):
    assert set(measured["data"]) <= set(ladder.TITLES) and "shapes" in measured["data"]
    for data in measured["data"].values():
        assert list(data["rungs"]) == list(measured["rungs"])
        for each in data["rungs"].values():
            assert len(each["seeds"]) == len(each["accuracy"]) == len(each["training"]) == len(each["prediction"]) > 0
            assert all(0 < accuracy < 1 for accuracy in each["accuracy"])


def test_the_picture_shows_the_stored_numbers(measured):
    """The picture carries its alternative text, which names every mean; the same numbers give the same text again."""
    fig, alt = ladder.draw(measured)
    figures.plt.close(fig)
    assert Image.open(SCRIPT.with_name("ladder.png")).text["Description"] == alt
    for data in measured["data"].values():
        for rung, each in data["rungs"].items():
            assert f"{rung} {np.mean(each['accuracy']):.0%} in " in alt


def test_the_bars_are_as_long_as_the_stored_means(measured):
    fig, _ = ladder.draw(measured)
    drawn = sorted(round(float(bar.get_width()), 9) for bar in fig.axes[0].patches)
    means = [np.mean(each["accuracy"]) for data in measured["data"].values() for each in data["rungs"].values()]
    figures.plt.close(fig)
    assert drawn == sorted(round(float(mean), 9) for mean in means)


@pytest.mark.parametrize("readme", ["benchmarks/README.md", "data/README.md"])
def test_the_tables_show_the_stored_numbers(readme, measured, monkeypatch):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    import measure

    found = re.findall(r"^\| ([^:|]+): [^|]+\| (\d.*) \|$", measure.read_section("ladder", ROOT / readme), re.MULTILINE)
    rows = dict(found)
    assert list(rows) == list(measured["rungs"])
    for rung, row in rows.items():
        accuracies = [f"{accuracy:.1%}" for data in measured["data"].values() for accuracy in data["rungs"][rung]["accuracy"]]
        assert re.findall(r"[\d.]+%", row) == accuracies


def test_each_kind_of_classifier_is_a_step_up_on_shapes(measured):
    mean = {rung: accuracy for rung, (accuracy, *_) in ladder.summary(measured)["shapes"].items()}
    assert mean["k nearest neighbours"] < mean["softmax"] < mean["MLP, 100 units"] < mean["ConvNet"] < mean["ConvNet, everything"]
    assert mean["ConvNet, everything"] >= 0.95


@pytest.mark.slow
def test_the_script_runs_at_tiny_sizes_and_writes_nothing():
    before = [path.read_bytes() for path in (ladder.PATH, SCRIPT.with_name("ladder.png"), SCRIPT.with_name("README.md"))]
    done = subprocess.run([sys.executable, SCRIPT, "--quick", "--data", "shapes", "--seeds", "0"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(rung in done.stdout for rung in ladder.load()["rungs"])
    assert before == [path.read_bytes() for path in (ladder.PATH, SCRIPT.with_name("ladder.png"), SCRIPT.with_name("README.md"))]
