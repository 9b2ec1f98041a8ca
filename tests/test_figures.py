"""The helpers that notebooks draw with, and the guard around experiments with unfinished functions."""

import io
import re
import types

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402
from PIL import Image  # noqa: E402

from dlcourse.toolkit import figures, notebook  # noqa: E402


@pytest.fixture
def displayed(monkeypatch):
    """What would appear below the cell."""
    things = []
    monkeypatch.setattr(figures, "display", things.append)
    monkeypatch.setattr(notebook, "display", things.append)
    yield things
    plt.close("all")


def course_function(source, module="dlcourse.knn"):
    namespace = {"__name__": module}
    exec(source, namespace)
    return types.SimpleNamespace(**namespace)


def test_a_figure_carries_its_alternative_text_and_its_caption_escaped(displayed):
    fig, _ = plt.subplots()
    figures.show(fig, alt='a "line" below 3 < 5', caption="Look at <this>.")
    markup = displayed[0]._repr_html_()
    assert 'alt="a &quot;line&quot; below 3 &lt; 5"' in markup
    assert "<figcaption" in markup and "Look at &lt;this&gt;." in markup
    assert "line" in repr(displayed[0]) and displayed[0].png.startswith(b"\x89PNG")


def test_a_shown_figure_is_closed_so_that_it_appears_once(displayed):
    fig, _ = plt.subplots()
    figures.show(fig, alt="nothing", caption="Nothing.")
    assert plt.get_fignums() == []


def test_a_large_picture_is_stored_with_256_colours(displayed):
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3))
    figures.show(figures.image_grid([noise], columns=1, size=4), alt="noise", caption="Noise.")
    colour_type = displayed[0].png[25]
    assert colour_type == 3, "a PNG with a palette"


def test_a_film_is_one_moving_picture_with_a_frame_for_each_drawing(displayed):
    fig, ax = plt.subplots(figsize=(2, 1))
    figures.film(fig, lambda number: ax.plot([0, number + 1], [0, 1]), 4, alt="lines", caption="Lines.")
    movie = Image.open(io.BytesIO(displayed[0].png))
    assert movie.format == "GIF" and movie.n_frames == 4
    assert "data:image/gif;base64," in displayed[0]._repr_html_() and plt.get_fignums() == []


def test_a_film_stands_still_on_paper_and_for_readers_who_want_less_motion(displayed):
    fig, ax = plt.subplots(figsize=(2, 1))
    figures.film(fig, lambda number: ax.plot([0, number + 1], [0, 1]), 4, alt="lines", caption="Lines.")
    markup = displayed[0]._repr_html_()
    assert markup.index("<picture><source") < markup.index("<img") and "(prefers-reduced-motion: reduce), print" in markup
    still, movie = Image.open(io.BytesIO(displayed[0].still)), Image.open(io.BytesIO(displayed[0].png))
    assert still.format == "PNG" and movie.info["loop"] == 2, "it ends, after three times"
    movie.seek(movie.n_frames - 1)
    np.testing.assert_array_equal(np.asarray(still.convert("RGB")), np.asarray(movie.convert("RGB")))


@pytest.mark.parametrize("count, rows", [(1, 1), (5, 1), (6, 2)])
def test_image_grid_fills_rows_and_leaves_the_rest_empty(count, rows):
    fig = figures.image_grid(np.zeros((count, 4, 4, 1)), columns=5)
    assert len(fig.axes) == rows * 5
    assert sum(len(ax.images) for ax in fig.axes) == count
    plt.close(fig)


def test_draw_image_does_not_wrap_around_outside_0_to_255():
    fig, ax = plt.subplots()
    figures.draw_image(ax, np.array([[-20.0, 300.0]]))
    assert ax.images[0].get_array().tolist() == [[0, 255]]
    plt.close(fig)


def test_pixel_values_writes_every_number():
    fig, ax = plt.subplots()
    figures.pixel_values(ax, np.array([[0, 128], [255, 7]]))
    assert [text.get_text() for text in ax.texts] == ["0", "128", "255", "7"]
    plt.close(fig)


def test_decision_regions_colours_the_plane_by_the_prediction():
    fig, ax = plt.subplots()
    points = np.array([[-1.0, 0.0], [1.0, 0.0]])
    figures.decision_regions(ax, lambda places: (places[:, 0] > 0).astype(int), points, np.array([0, 1]), resolution=10)
    regions = np.asarray(ax.collections[0].get_array()).reshape(10, 10)
    assert (regions[:, :5] == 0).all() and (regions[:, 5:] == 1).all()
    plt.close(fig)


def test_explore_draws_for_the_first_values_and_again_when_a_control_changes(displayed):
    drawn = []
    figures.explore(lambda k: drawn.append(k), k=(1, 3))
    panel = displayed[0]
    panel.update()
    panel.children[0].value = 3
    assert drawn[0] == 2 and drawn[-1] == 3


def test_an_experiment_names_the_unfinished_function_and_closes_its_figures(displayed):
    knn = course_function("def l2_distances(q, p):\n    raise NotImplementedError")
    with notebook.experiment():
        plt.subplots()
        knn.l2_distances(1, 2)
    assert "waits for knn.l2_distances" in repr(displayed[0])
    assert "<code>knn.l2_distances</code>" in displayed[0]._repr_html_()
    assert plt.get_fignums() == []


def test_an_experiment_names_the_method_and_the_innermost_function(displayed):
    knn = course_function(
        "def vote():\n    raise NotImplementedError\nclass Model:\n    def train(self):\n        raise NotImplementedError\n"
        "    def predict(self):\n        return vote()"
    )
    with notebook.experiment():
        knn.Model().train()
    with notebook.experiment():
        knn.Model().predict()
    assert "waits for knn.Model.train:" in repr(displayed[0])
    assert "waits for knn.vote:" in repr(displayed[1])


def test_an_experiment_hides_no_other_error(displayed):
    with pytest.raises(ZeroDivisionError), notebook.experiment():
        1 / 0  # noqa: B018
    with pytest.raises(NotImplementedError), notebook.experiment():
        raise NotImplementedError("not from an exercise")


def test_an_experiment_leaves_earlier_figures_open(displayed):
    plt.figure(7)
    knn = course_function("def f():\n    raise NotImplementedError")
    with notebook.experiment():
        plt.figure(8)
        knn.f()
    assert plt.get_fignums() == [7]


def test_the_scoreboard_says_what_is_as_expected_and_what_is_not(displayed):
    notebook.scoreboard([("a", 0.5, 0.4, 0.6), ("b", 0.7, 0.4, 0.6), ("c", None, 0.4, 0.6)])
    lines = repr(displayed[0]).splitlines()
    assert "as expected" in lines[0] and "look again" in lines[1] and "not measured" in lines[2]
    assert re.search(r"<td>50\.0%</td><td>40% to 60%</td><td>as expected</td>", displayed[0]._repr_html_())
