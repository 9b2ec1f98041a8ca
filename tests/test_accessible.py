"""What figures say can be had with any colour vision, and without sight; pages and keyboard: tests/test_accessible_pages.py."""

import ast
import base64
import html
import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from autograder.locations import COURSE_ROOT
from dlcourse.toolkit import figures

TEXTS = sorted((COURSE_ROOT / "solutions/notebooks").glob("*/*.py")) + sorted((COURSE_ROOT / "dlcourse/toolkit").glob("*.py"))
NOTEBOOKS = sorted((COURSE_ROOT / "solutions").glob("part*/*.ipynb"))
PAGES = [COURSE_ROOT / "README.md", *sorted((COURSE_ROOT / "docs").rglob("*.md"))]

# Linear RGB as somebody without one kind of cones sees it: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15 (6), 2009, severity 1.
SEEN_WITH = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])  # sRGB
NOTICEABLE = 2.3  # the just noticeable difference in CIELAB: Mahy, Van Eycken, Oosterlinck, 1994


def linear(colour):
    """An sRGB colour as linear RGB (IEC 61966-2-1)."""
    channels = np.array(to_rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """Linear RGB as CIELAB, where distances are differences that people see."""
    relative = TO_XYZ @ rgb / TO_XYZ.sum(axis=1)
    x, y, z = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast_with_white(colour):
    """WCAG's contrast, 1 to 21."""
    return 1.05 / (TO_XYZ[1] @ linear(colour) + 0.05)


def smallest_distance(colours, vision):
    seen = [lab(np.clip(np.array(SEEN_WITH[vision]) @ linear(colour), 0, 1)) for colour in colours]
    return min(np.linalg.norm(one - other) for one, other in combinations(seen, 2))


# -------------------------------------------------------------------------------------------------------- colour vision


@pytest.mark.parametrize("vision", SEEN_WITH)
def test_colours_differ_whatever_cones_the_eye_has(vision):
    assert smallest_distance(figures.COLOURS, vision) > 6 * NOTICEABLE


def test_red_and_green_do_not_differ_for_every_eye():
    assert smallest_distance(["#d62728", "#2ca02c"], "all cones") > 30  # matplotlib's own
    assert smallest_distance(["#d62728", "#2ca02c"], "deuteranopia") < 6 * NOTICEABLE


def test_colours_stand_out_from_white():
    contrast = {colour: contrast_with_white(colour) for colour in figures.COLOURS}
    assert contrast_with_white("black") == pytest.approx(21)
    assert min(contrast[colour] for colour in figures.COLOURS[:6]) > 2.2  # what lines are drawn in; yellow only fills
    strong = {figures.BLUE, figures.GREEN, figures.PURPLE, figures.VERMILION, figures.BLACK}
    assert all(contrast[colour] >= 3 for colour in strong)  # WCAG 1.4.11; the lighter three never go without a second cue
    assert contrast[figures.BLUE] >= 4.5  # WCAG 1.4.3: text


def test_every_colour_has_a_marker():
    assert len(set(figures.MARKERS)) == len(set(figures.COLOURS)) == len(figures.MARKERS)


def calls_in(path):
    """Yield each call of a method with the innermost function it stands in (the line of its definition, 0 outside)."""

    def walk(node, home):
        for child in ast.iter_child_nodes(node):
            inside = child.lineno if isinstance(child, ast.FunctionDef) else home
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
                yield child, inside
            yield from walk(child, inside)

    text = path.read_text("utf-8")
    cells = [0] + [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    for call, home in walk(ast.parse(text), 0):
        yield call, home or max(cell for cell in cells if cell <= call.lineno)


COLOURED = re.compile(r"c|e?colors?|(edge|face|markeredge|markerface)colors?")
NEUTRAL = {"black", "white", "gray", "none"}
MAPS = {"viridis", "cividis", "Blues", "Greys", "PuOr", "gray"}  # light to dark in one direction, or purple against orange


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_figures_take_their_colours_from_the_palette(path):
    for call, _ in calls_in(path):
        for keyword in call.keywords:
            constants = [node.value for node in ast.walk(keyword.value) if isinstance(node, ast.Constant)]
            names = [value for value in constants if isinstance(value, str)]
            if keyword.arg == "cmap":
                assert {name.removesuffix("_r") for name in names} <= MAPS, f"line {call.lineno}"
            elif COLOURED.fullmatch(keyword.arg or "") and not isinstance(keyword.value, ast.Subscript | ast.Call):
                assert all(name in NEUTRAL or re.fullmatch(r"0?\.\d+", name) for name in names), f"line {call.lineno}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_curves_differ_by_more_than_colour(path):
    """Of the labelled curves that one cell or function draws in one place, at most one has neither marker nor dashes of its own."""
    plain = defaultdict(list)
    for call, home in calls_in(path):
        named = {keyword.arg for keyword in call.keywords}
        if call.func.attr in ("plot", "semilogx", "semilogy", "loglog", "errorbar", "step") and "label" in named:
            last = call.args[-1]  # the style, where it is given by position: "--", style, marker + "-", f"{marker}-"
            style = isinstance(last, ast.Name | ast.JoinedStr | ast.BinOp | ast.Constant)
            if not style and not named & {"marker", "linestyle", "ls", "fmt", "linewidth"}:
                plain[home, ast.unparse(call.func.value)].append(call.lineno)
    assert not [lines for lines in plain.values() if len(lines) > 1]


# --------------------------------------------------------------------------------------------------- alternative texts


def pictures_in(notebook):
    """Yield (alternative text or None, where the picture comes from) of each picture in a notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield from pictures_in_text(cell.source)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert not any(kind.startswith("image/") for kind in data), "a picture that did not go through figures.show"
            yield from pictures_in_text(data.get("text/html", ""))


def pictures_in_text(text):
    for tag in re.findall(r"<img\b[^>]*>", text):
        alt, source = (re.search(rf'\b{name}="([^"]*)"', tag) for name in ("alt", "src"))
        yield html.unescape(alt.group(1)) if alt else None, source.group(1)
    yield from re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", text)


def assert_telling(pictures):
    """Each picture has its own text, in words that can stand for it."""
    assert pictures
    for alt, _ in pictures:
        assert alt and alt.strip() == alt, "a picture without alternative text"
        assert not re.fullmatch(r"\S+\.(png|jpe?g|gif|webp|svg)", alt, re.IGNORECASE), f"a file name: {alt}"
        assert 40 <= len(alt) <= 500 and len(re.findall(r"\w+", alt)) >= 8, f"too short or too long: {alt}"
        assert not re.match(r"(?i)(an? |the )?(image|picture|figure|plot|chart) (of|showing)\b", alt), f"readers say that: {alt}"
    texts = Counter(alt for alt, _ in {(alt, source) for alt, source in pictures})
    assert not [alt for alt, count in texts.items() if count > 1], "two different pictures with one text"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_picture_of_a_notebook_is_told_in_words(path):
    pictures = list(pictures_in(nbformat.read(path, as_version=4)))
    assert_telling(pictures)
    assert all(base64.b64decode(source.split(",")[1])[:4] in (b"\x89PNG", b"GIF8") for _, source in pictures)


def test_every_picture_of_a_page_is_told_in_words():
    for path in PAGES:
        if pictures := list(pictures_in_text(path.read_text("utf-8"))):
            assert_telling(pictures)
            for _, source in pictures:
                assert Path(path.parent, source).is_file(), f"{path.name}: there is no {source}"


LONG = "Image of three bars, the first one higher than the others, for each class"


@pytest.mark.parametrize("alt", [None, "", "digits.png", "Three bars", LONG, "bar " * 200])
def test_a_text_that_tells_nothing_is_found(alt):
    with pytest.raises(AssertionError):
        assert_telling([(alt, "data:")])
