"""The pictures of computational graphs: what stands where, for whichever graph is drawn."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt  # noqa: E402
import pytest  # noqa: E402

from dlcourse.toolkit import graph_figures  # noqa: E402


class Node:
    """What draw_graph needs of a node, and no more."""

    def __init__(self, data, operation="", parents=(), local_gradients=(), grad=0.0):
        self.data, self.operation, self.parents = data, operation, parents
        self.local_gradients, self.grad = local_gradients, grad


def slide():
    """f = (x + y)z at (−2, 5, −4), its gradients written in."""
    x, y, z = Node(-2.0, grad=-4.0), Node(5.0, grad=-4.0), Node(-4.0, grad=3.0)
    q = Node(3.0, "+", (x, y), (1.0, 1.0), grad=-4.0)
    return Node(-12.0, "*", (q, z), (-4.0, 3.0), grad=1.0), {x: "x", y: "y", z: "z"}


def drawn(root, names, **options):
    """Return the texts of a picture and where they are."""
    fig = graph_figures.draw_graph(root, names, **options)
    texts = fig.axes[0].texts
    found = [(text.get_text(), tuple(text.xy) if hasattr(text, "xy") else text.get_position()) for text in texts if text.get_text()]
    plt.close(fig)
    return found


def test_every_edge_has_its_value_above_and_its_gradient_below():
    found = drawn(*slide())
    pairs = {}
    for text, where in found:
        pairs.setdefault(where, []).append(text)
    numbers = [texts for texts in pairs.values() if len(texts) == 2]  # in the order drawn: above, below
    assert sorted(numbers) == sorted(
        [["−2.00", "−4.00"], ["5.00", "−4.00"], ["3.00", "−4.00"], ["−4.00", "3.00"], ["−12.00", "1.00"]]
    )
    assert {text for text, _ in found} >= {"x", "y", "z", "+", "×"}


def test_without_gradients_only_the_values_are_written():
    numbers = [text for text, _ in drawn(*slide(), gradients=False) if text[-1].isdigit()]
    assert sorted(numbers) == sorted(["−2.00", "5.00", "3.00", "−4.00", "−12.00"])


def test_results_stand_to_the_right_of_what_they_are_computed_from():
    root, names = slide()
    place = graph_figures.places(graph_figures.drawn_nodes(root, names), names)
    for node in place:
        for parent in node.parents:
            assert place[parent][0] < place[node][0]
    heights = [place[node][1] for node in names]
    assert heights == sorted(heights, reverse=True), "inputs from top to bottom, as they are named"


def test_no_two_nodes_of_a_column_cover_each_other():
    x, y = Node(1.0), Node(2.0)
    products = [Node(2.0, "*", (x, y), (2.0, 1.0)) for _ in range(4)]
    root = Node(8.0, "+", tuple(products), (1.0,) * 4)
    place = graph_figures.places(graph_figures.drawn_nodes(root, {x: "x", y: "y"}), {x: "x", y: "y"})
    heights = sorted(place[node][1] for node in products)
    assert min(b - a for a, b in zip(heights, heights[1:], strict=False)) > 2 * graph_figures.GATE_SIZE


def test_a_constant_is_written_into_its_gate():
    x = Node(3.0)
    found = [text for text, _ in drawn(Node(-3.0, "*", (x, Node(-1.0)), (-1.0, 3.0), grad=1.0), {x: "x"})]
    assert "×−1" in found and found.count("−1.00") == 1  # the gradient of x; the constant has no edge


def test_a_node_used_twice_by_one_gate_has_two_edges_apart():
    x = Node(3.0)
    places = [
        where for text, where in drawn(Node(9.0, "*", (x, x), (3.0, 3.0), grad=1.0), {x: "x"}, gradients=False) if text == "3.00"
    ]
    assert len(set(places)) == 2


def test_an_edge_over_a_gate_makes_a_detour():
    x = Node(1.0)
    middle = Node(2.0, "*", (x, Node(2.0)), (2.0, 1.0))
    root = Node(2.0, "*", (middle, x), (1.0, 2.0), grad=1.0)
    heights = {where[1] for text, where in drawn(root, {x: "x"}, gradients=False) if text == "1.00"}
    assert heights == {0.0, 1.0}


@pytest.mark.parametrize("number, text", [(-0.004, "0.00"), (-0.0, "0.00"), (-1.5, "−1.50"), (1234.5, "1234.50")])
def test_numbers_have_a_minus_sign_and_no_negative_zero(number, text):
    assert graph_figures.shown(number, 2) == text
