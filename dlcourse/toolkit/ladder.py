"""The ladder of the whole course: what each kind of classifier reaches, and how long it trains, as one picture.

The numbers are those of the reference, measured by `benchmarks/ladder.py` and stored in `data/ladder.json`.
"""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter

from dlcourse.toolkit import figures
from dlcourse.toolkit.storage import EMBEDDED

PATH = EMBEDDED / "ladder.json"
LOOKS = {"shapes": (figures.BLUE, "o", ""), "cifar10": (figures.ORANGE, "s", "//")}  # colour, marker and hatching
TITLES = {"shapes": "shapes", "cifar10": "CIFAR-10"}


def load(path=PATH):
    """Return what was measured: {"rungs": {name: what it is}, "data": {data set: {...}}}; for each rung lists, a number a seed."""
    return json.loads(Path(path).read_text("utf-8"))


def summary(measured):
    """Return {data set: {rung: (mean accuracy, lowest, highest, mean seconds of processor time for training)}}."""
    return {
        name: {
            rung: (np.mean(each["accuracy"]), min(each["accuracy"]), max(each["accuracy"]), np.mean(each["training"]))
            for rung, each in data["rungs"].items()
        }
        for name, data in measured["data"].items()
    }


def draw(measured):
    """Return the figure, and its alternative text."""
    rungs, found = list(measured["rungs"]), summary(measured)
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 0.9 + 0.62 * len(rungs)), sharey=True, width_ratios=(1.5, 1))
    height = 0.8 / len(found)
    for number, (name, rows) in enumerate(found.items()):
        colour, marker, hatch = LOOKS[name]
        data = measured["data"][name]
        label = f"{TITLES[name]}, {data['images'][0]:,} training images"
        for place, rung in enumerate(rungs):
            if rung not in rows:
                continue
            mean, low, high, seconds = rows[rung]
            y = place + (number - (len(found) - 1) / 2) * height
            left.barh(y, mean, 0.9 * height, color=colour, alpha=0.85, hatch=hatch, edgecolor="white", label=label * (place == 0))
            left.plot([low, high], [y, y], color=figures.BLACK, linewidth=2, solid_capstyle="butt")
            left.text(high + 0.012, y, f"{mean:.0%}", va="center", fontsize=9)
            right.plot(max(seconds, 1e-3), y, marker, color=colour, markersize=8, markeredgecolor="black")
            right.text(1.7 * max(seconds, 1e-3), y, spoken(seconds), va="center", fontsize=9)
    left.axvline(0.1, color=figures.BLACK, linestyle=":", linewidth=1)
    left.set_yticks(range(len(rungs)), rungs)
    left.set(xlim=(0, 1.08), xlabel="accuracy on 1,000 test images (dotted: guessing)")
    left.set_xticks(np.linspace(0, 1, 6))
    left.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.invert_yaxis()
    right.set(xscale="log", xlim=(5e-4, 3e3), xlabel="time of training, one processor")
    right.set_xticks([1e-3, 1, 60, 1000], ["1 ms", "1 s", "1 min", "17 min"])
    right.minorticks_off()
    for ax in (left, right):
        ax.grid(False, axis="y")
    fig.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    told = ". ".join(
        f"On {TITLES[name]}: " + "; ".join(f"{rung} {mean:.0%} in {spoken(time)}" for rung, (mean, _, _, time) in rows.items())
        for name, rows in found.items()
    )
    return fig, f"Test accuracy as bars, training time as marks. {told}."


def spoken(seconds):
    """Return a time in words."""
    if seconds < 0.0005:
        return "no time"
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
