"""Draw a computational graph as on the slides: gates in circles, values above the edges and gradients below them."""

import matplotlib.pyplot as plt

from dlcourse.toolkit.figures import BLACK, BLUE, VERMILION

GATE_SIZE, COLUMN = 0.25, 1.4  # radius of a gate, from one gate to the next; inputs are 1 apart
SYMBOLS = {"*": "×"}


def draw_graph(root, names, digits=2, gradients=True):
    """Draw everything that a node of a small graph depends on. (Where edges cross, their numbers may hide each other.)

    The number above an edge is the value that flows along it, to the right; the number below is the gradient that comes back
    along the same edge. Where a node is used several times, its gradient is the sum of those below the edges to its right.

    Args:
        root: a node with `data`, `grad`, `operation`, `parents` and `local_gradients`, such as graph.Value; its parents alike.
        names: dict from the inputs to their names, from top to bottom. An input without a name is a constant and is
            written into its gate.
        digits: decimals of the numbers.
        gradients: whether to write the gradients; without them the numbers above the edges stand alone.

    Returns:
        the matplotlib figure, ready for `figures.show`.
    """
    order = drawn_nodes(root, names)
    place = places(order, names)
    edges = [(parent, node, i) for node in order for i, parent in enumerate(node.parents) if parent in place]
    bends = [bend_of(edge, edges, place) for edge in edges]
    heights = [y for _, y in place.values()]
    left, right = -0.6, place[root][0] + 1.2 * COLUMN
    low, high = min(heights) - 0.5, max(heights) + 0.5 + max([0.0, *bends])
    fig, ax = plt.subplots(figsize=(0.95 * (right - left), 0.95 * (high - low)))
    ax.set(xlim=(left, right), ylim=(low, high), aspect="equal")
    ax.axis("off")
    for (parent, node, i), bend in zip(edges, bends, strict=True):
        gradient = node.local_gradients[i] * node.grad if gradients else None
        draw_edge(ax, place[parent], place[node], parent.data, gradient, digits, bend)
    for node in order:
        draw_node(ax, node, place[node], names)
    x, y = place[root]
    draw_edge(ax, (x, y), (x + COLUMN, y), root.data, root.grad if gradients else None, digits)
    return fig


def drawn_nodes(root, names):
    """Return the nodes to draw, each after its parents; constants are not among them, unless the root is one."""
    drawn = [parent for parent in root.parents if parent.parents or parent in names]
    before = [node for parent in drawn for node in drawn_nodes(parent, names)]
    return list(dict.fromkeys([*before, root]))


def places(order, names):
    """Return {node: (x, y)}: inputs one below the other, as in `names`, results between their parents."""
    column, height = {}, {}
    for node in order:
        column[node] = 1 + max((column[parent] for parent in node.parents if parent in column), default=-1)
    for node in order:  # an input stands directly before its first use
        uses = [column[user] for user in order if node in user.parents]
        if not node.parents and uses:
            column[node] = min(uses) - 1
    inputs = [node for node in names if node in order]
    for node in order:
        parents = {parent: height[parent] for parent in node.parents if parent in height}
        height[node] = sum(parents.values()) / len(parents) if parents else -inputs.index(node)
    for number in set(column.values()):
        spread([node for node in order if column[node] == number], height)
    return {node: (COLUMN * column[node], height[node]) for node in order}


def spread(nodes, height):
    """Move the nodes of a column apart where they are less than 1 from each other, half up and half down."""
    nodes.sort(key=lambda node: -height[node])
    for _ in range(20):
        for upper, lower in zip(nodes, nodes[1:], strict=False):
            missing = max(0.0, 1 - (height[upper] - height[lower]))
            height[upper] += missing / 2
            height[lower] -= missing / 2


def bend_of(edge, edges, place):
    """Return by how much the middle of an edge is moved up: beside its twin, or over gates that stand in its way."""
    parent, node, i = edge
    twins = [other for other in edges if other[:2] == edge[:2]]
    if len(twins) == 2:
        return 0.35 if edge == twins[0] else -0.35
    (x0, y0), (x1, y1) = place[parent], place[node]
    others = [place[other] for other in place if x0 < place[other][0] < x1]
    hit = any(abs(y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y) < 2 * GATE_SIZE for x, y in others)
    return 1.0 if hit else 0.0


def draw_node(ax, node, position, names):
    if not node.parents:
        ax.text(*position, names.get(node, ""), ha="center", va="center", fontsize=12, style="italic", zorder=3)
        return
    ax.add_patch(plt.Circle(position, GATE_SIZE, facecolor="white", edgecolor=BLACK, linewidth=1.2, zorder=2))
    constants = [parent.data for parent in node.parents if not parent.parents and parent not in names]
    label = SYMBOLS.get(node.operation, node.operation) + "".join(shown(number, None) for number in constants)
    ax.text(*position, label, ha="center", va="center", fontsize=11 if len(label) < 3 else 9, zorder=3)


def draw_edge(ax, start, end, value, gradient, digits, bend=0.0):
    """Draw an arrow with a number above and one below; `bend` moves its middle up."""
    style = {"arrowstyle": "-|>", "color": BLACK, "linewidth": 0.9, "shrinkA": 13, "shrinkB": 13}
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    ax.annotate("", end, start, arrowprops={**style, "connectionstyle": f"arc3,rad={-2 * bend / length}"}, zorder=1)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + bend
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    text = {"ha": "center", "fontsize": 9, "bbox": box, "zorder": 4}
    ax.annotate(shown(value, digits), middle, (0, 2), textcoords="offset points", va="bottom", color=BLUE, weight="bold", **text)
    if gradient is not None:
        below = {"va": "top", "color": VERMILION, "style": "italic"}
        ax.annotate(shown(gradient, digits), middle, (0, -3), textcoords="offset points", **below, **text)


def shown(number, digits):
    """Return a number as text, with a minus sign; `digits` None drops the decimals that are not needed."""
    text = f"{number:g}" if digits is None else f"{number:.{digits}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")  # no negative zero
    return text.replace("-", "−")
