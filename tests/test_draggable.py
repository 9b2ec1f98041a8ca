"""Lines that a reader drags: what the mouse does to them, and that sliders, picture and text say the same."""

import matplotlib

matplotlib.use("agg")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from matplotlib.backend_bases import MouseEvent  # noqa: E402

from dlcourse.toolkit import draggable, figures  # noqa: E402
from dlcourse.toolkit.draggable import Line, LinePanel  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments")  # ipympl's own
POINTS = np.array([[-2.0, 0.0], [-1.0, 1.0], [1.0, -1.0], [2.0, 1.5]])
LABELS = np.array([0, 0, 1, 1])


def draw(ax, lines):
    """Two classes, each with the score of its line; a sentence with the share of points that are right."""

    def classify(places):
        return np.argmax([places @ line.direction - line.offset for line in lines], axis=0)

    figures.decision_regions(ax, classify, POINTS, LABELS, resolution=20)
    return f"{np.mean(classify(POINTS) == LABELS):.0%} & more"


@pytest.fixture
def panel():
    """The first line's arrow points to the right and so does the second's: all points are of the first class."""
    panel = LinePanel(draw, ("left", "right"), [Line(0, -1.0), Line(0, 1.0)])
    panel.canvas.draw()
    return panel


def mouse(panel, kind, place):
    x, y = panel.ax.transData.transform(place)
    MouseEvent(f"{kind}_event", panel.canvas, x, y, button=1)._process()


def drag(panel, *places):
    first, *rest = map(np.asarray, places)
    mouse(panel, "button_press", first)
    for place in rest:
        mouse(panel, "motion_notify", place)
    mouse(panel, "button_release", places[-1])


def regions(panel):
    return np.asarray(panel.ax.collections[0].get_array()).ravel()


def handles(panel):
    """Where the picture has squares and circles, to a tenth: the mouse moves in whole pixels."""
    return [(line.get_marker(), *(np.round(line.get_xydata()[0], 1) + 0.0)) for line in panel.ax.lines]


def test_a_line_through_a_place_keeps_its_angle_and_its_arrow_stands_there():
    line = Line(30, 0.5).through(np.array([1.0, 2.0]))
    assert line.angle == 30
    np.testing.assert_allclose(line.foot, [1, 2])
    assert line.offset == pytest.approx(np.cos(np.pi / 6) + 2 * np.sin(np.pi / 6))


def test_a_line_turns_about_the_foot_of_its_arrow():
    line = Line(90, 1.0, slide=2.0)  # its arrow stands at (-2, 1)
    turned = line.towards(np.array([-5.0, 1.0]))
    assert turned.angle == 180 and turned.offset == pytest.approx(2)
    np.testing.assert_allclose(turned.foot, [-2, 1], atol=1e-12)
    np.testing.assert_allclose(turned.tip, [-3, 1], atol=1e-12)


def test_dragging_the_circle_turns_the_line_and_changes_regions_sentence_and_slider(panel):
    assert set(regions(panel)) == {0} and panel.sentence.value == "50% &amp; more"
    drag(panel, (0, 0), (-0.2, 0.9), (-1, 1), (-2, 0.001))  # the first arrow: from (-1, 0) to the right, then left
    assert panel.lines[0].angle == 180 and panel.lines[0].offset == 1 and panel.lines[1] == Line(0, 1.0)
    assert set(regions(panel)) == {0, 1} and panel.sentence.value == "100% &amp; more"
    assert [slider.value for slider in panel.sliders[0]] == [180, 1]
    assert handles(panel) == [("s", -1, 0), ("o", -2, 0), ("s", 1, 0), ("o", 2, 0)]


def test_dragging_the_square_shifts_the_line_and_its_arrow_follows_the_mouse(panel):
    drag(panel, (1, 0), (0.5, 0.2), (-1.51, 0.7))
    assert panel.lines[1].angle == 0 and panel.lines[1].offset == -1.5
    assert handles(panel)[2:] == [("s", -1.5, 0.7), ("o", -0.5, 0.7)]
    assert set(regions(panel)) == {1}


def test_what_is_not_near_a_handle_is_not_seized_and_what_is_let_go_stays(panel):
    before = panel.lines
    drag(panel, (-2, 1), (0, 1))
    assert panel.lines == before
    drag(panel, (1, 0), (1.5, 0))
    mouse(panel, "motion_notify", (0.5, 0))
    assert panel.lines[1].offset == 1.5


def test_a_long_way_round_leaves_the_foot_where_it_was(panel):
    drag(panel, (0, 0), *[(np.cos(turn) - 1, np.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 500)])
    np.testing.assert_allclose(panel.lines[0].foot, [-1, 0], atol=0.03)


def test_an_arrow_stays_within_reach(panel):
    drag(panel, (1, 0), (9, 0), (30, -40))
    np.testing.assert_allclose(panel.lines[1].foot, [1.5, -2], atol=0.03)


def test_the_sliders_move_the_picture(panel):
    angle, offset = panel.sliders[0]
    angle.value = 180
    offset.value = 0.5
    assert handles(panel)[:2] == [("s", -0.5, 0), ("o", -1.5, 0)]
    assert panel.sentence.value == "100% &amp; more" and set(regions(panel)) == {0, 1}


def test_other_figures_stay_what_they_were():
    assert draggable.Canvas and matplotlib.get_backend().lower() == "agg"
