"""Part IV: computational graphs.

Graphs are built where the student's code lives, by Functions that get its `Value`: an operator works on a Value there, and not on
the Proxy that stands for it here. Expected gradients come from `Dual`, which carries derivatives forward through the same text.
"""

import math

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import CheckFailed, Function, changed_arguments, count_lines, run_there
from dlcourse.toolkit import gradient_check

PART = "part4_backprop"

ORDER = exercise(
    "graph.topological_order",
    points=3,
    part=PART,
    minutes=25,
    slide="Part IV, computational graph",
    hints=(
        "List a node only when all of its parents are listed. So when you meet a node, its parents come first, and you come back "
        "to it later. What remembers where to come back to, if not the recursion?",
        "A list as a stack: pop a node; if you see it for the first time, push it again with a mark, and then push its "
        "parents. When you pop it with the mark, its parents are listed: append it. A set remembers which nodes you have seen.",
        "stack = [(root, False)]; while stack: node, ready = stack.pop(); if ready: order.append(node); elif node not in seen: "
        "seen.add(node), push (node, True), then (parent, False) for each parent.",
    ),
    uses=("graph.Value",),
)
VALUE = exercise(
    "graph.Value",
    points=8,
    part=PART,
    minutes=60,
    slide="Part IV, computational graph and sigmoid circuit",
    hints=(
        "Each operation is one line: return Value(result, name, parents, local gradients). The local gradient for a "
        "parent says how much the result grows when that parent grows by a little. In x * y, by how much when x grows?",
        "x * y: other.data for self, self.data for other. max: 1 for the larger, 0 for the other. exp: the result "
        "itself. 1/x: minus the square of the result. sigmoid: result * (1 - result).",
        "backward: all grad = 0.0, self.grad = 1.0; then for each node from the last of topological_order(self) to the "
        "first, and each of its parents: parent.grad += local gradient * node.grad.",
    ),
)
BYTES = exercise(
    "graph.jacobian_bytes",
    points=1,
    part=PART,
    minutes=5,
    slide="Part IV, vectors",
    hints=(
        "How many numbers go into the layer when a whole batch goes through, and how many come out? The Jacobian has "
        "an entry for each pair.",
        "(batch_size * num_outputs) rows times (batch_size * num_inputs) columns times np.dtype(dtype).itemsize bytes.",
    ),
)
RELU = exercise(
    "graph.relu_jacobian",
    points=1,
    part=PART,
    minutes=10,
    slide="Part IV, vectors",
    hints=(
        "Does y_i change when you move another x_j? And by how much does it change when you move x_i, for a positive and for a "
        "negative x_i?",
        "np.diag of a vector makes a diagonal matrix: 1 where x > 0, else 0, as floats of x's dtype.",
    ),
)
NORM = exercise(
    "graph.squared_norm_of_product",
    points=3,
    part=PART,
    minutes=20,
    slide="Part IV, vector example",
    hints=(
        "Two nodes: q = Wx, then f = sum of q_i². Go backwards: first df/dq, with the shape of q, then from there to W and to x.",
        "df/dq = 2q. W_ij multiplies x_j into q_i, so df/dW_ij = df/dq_i · x_j. x_j goes into every q_i, so df/dx_j is "
        "a sum over i.",
        "df/dW = np.outer(2 * q, x), df/dx = weight.T @ (2 * q). Each gradient has the shape of what it belongs to.",
    ),
)

# ----------------------------------------------------------------------------------------------- topological order

# Builds nodes with the data 0, 1, 2, … from the numbers of each one's parents, and returns the last.
BUILD = Function(
    "lambda Value, parents: [nodes := [],"
    " [nodes.append(Value(i, 'made', tuple(nodes[p] for p in of), (1.0,) * len(of)))"
    " for i, of in enumerate(parents)]][0][-1]"
)
LISTED = Function("lambda order, root: [node.data for node in order(root) or ()]")


def expect_order(student, parents):
    """Build the graph, ask for its order, and say what is wrong with it."""
    root = run_there(BUILD, student.Value, parents)
    got = run_there(LISTED, student.topological_order, root)
    numbers = all(isinstance(data, float) and data in range(len(parents)) for data in got)
    expect(isinstance(got, list) and numbers, "expected a list of the nodes of the graph, and nothing else")
    needed = needed_by_root(parents)
    expect(len(got) > 0, f"no node is listed, expected {len(needed)}: is a return missing?")
    place = {int(data): position for position, data in enumerate(got)}
    expect(len(place) == len(got), f"{len(got)} entries for {len(place)} different nodes: a node stands in the list only once")
    expect(set(place) >= needed, f"{len(needed - set(place))} of {len(needed)} nodes are missing in the list")
    expect(set(place) <= needed, "there are nodes in the list that the root does not depend on")
    for node in needed:
        for parent in parents[node]:
            expect(
                place[parent] < place[node],
                f"node {node} is computed from node {parent}, but stands before it: place {place[node]} against {place[parent]}",
            )


def needed_by_root(parents):
    needed = {len(parents) - 1}
    for node in reversed(range(len(parents))):  # parents have smaller numbers
        needed |= set(parents[node]) if node in needed else set()
    return needed


def random_parents(rng, size):
    """A random graph of `size` nodes with up to three parents each, and a root that is computed from all of them."""
    graph = [()] + [tuple(rng.choice(i, size=min(i, int(rng.integers(1, 4))), replace=False).tolist()) for i in range(1, size)]
    graph.append(tuple(rng.permutation(size).tolist()))
    return graph


@ORDER.check
def check_order_tree(student, rng):
    """(x + y)·z and other formulas in which nothing is used twice: inputs before results, the root last"""
    expect_order(student, [(), (), (0, 1), (), (2, 3)])
    size = int(rng.integers(5, 12))
    tree = [()] * (size + 1)
    for new in range(size):  # each result takes the last one and a new input, in either order
        tree.append(tuple(rng.permutation([len(tree) - 1, new]).tolist()))
    expect_order(student, tree)


@ORDER.check
def check_order_leaf(student, rng):
    """an input alone, and a chain of operations of one operand"""
    expect_order(student, [()])
    expect_order(student, [(), *((i,) for i in range(int(rng.integers(3, 9))))])


@ORDER.check
def check_order_diamond(student, rng):
    """a node that is used twice stands in the list once"""
    expect_order(student, [(), (0, 0)])
    expect_order(student, [(), (0,), (0,), (1, 2)])
    for _ in range(3):  # diamonds one after the other
        count = int(rng.integers(2, 5))
        expect_order(student, [(), *(of for i in range(count) for of in ((3 * i,), (3 * i,), (3 * i + 1, 3 * i + 2)))])


@ORDER.check
def check_order_detour(student, rng):
    """a node that is used both near the root and far from it stands before both uses"""
    for length in (1, int(rng.integers(2, 8))):
        detour = [(), *((i,) for i in range(length))]
        expect_order(student, [*detour, (length, 0)])
        expect_order(student, [*detour, (0, length)])


@ORDER.check
def check_order_random(student, rng):
    """random graphs of 12 nodes"""
    for _ in range(4):
        expect_order(student, random_parents(rng, 11))


@ORDER.check
def check_order_unused(student, rng):
    """only what the root depends on is listed"""
    graph = random_parents(rng, 7)
    used = [tuple(parent + 2 for parent in of) for of in graph[:-1]]
    root = (2, len(used) + 1)  # the nodes 0 and 1 lead nowhere; some others may not either
    expect_order(student, [(), (0,), *used, root])


@ORDER.check
def check_order_once(student, rng):
    """every node is visited once, not every path: 12 diamonds in a row have 4,096 paths"""
    root = run_there(BUILD, student.Value, [(), *((i, i) for i in range(12))])
    got, lines = count_lines(LISTED, student.topological_order, root)
    expect(len(got) == 13, f"{len(got)} entries in the list of the 13 nodes of x → x + x → … (12 times)")
    expect(
        lines < 1300,
        f"Python executed {lines:,} lines for a graph of 13 nodes: you walk along every path. Remember in a set what you have seen",
    )
    expect_order(student, [(), *((i, i) for i in range(int(rng.integers(3, 9))))])


@ORDER.check
def check_order_deep(student, rng):
    """a chain of 10,000 operations, where recursion gives up"""
    length = 10_000 + int(rng.integers(9))
    chain = "lambda Value, length: [x := Value(0), [x := Value(i, 'made', (x,), (1.0,)) for i in range(1, length)]][1][-1]"
    got = run_there(LISTED, student.topological_order, run_there(Function(chain), student.Value, length))
    compare(np.array(got), np.arange(float(length)), what="the numbers of the nodes in a chain, in the order of your list")


# ---------------------------------------------------------------------------------------------------------- Value

# Each calls an expression with Values of some numbers.
VALUE_OF = Function("lambda Value, expression, *numbers: expression(*map(Value, numbers)).data")
GRADIENTS_OF = Function(
    "lambda Value, expression, *numbers: [inputs := [*map(Value, numbers)], root := expression(*inputs), root.backward(),"
    " [root.data, *(node.grad for node in inputs)]][-1]"
)


class Dual:
    """A number with its derivatives with respect to all inputs, carried forward: the same operations, no graph, no backward."""

    def __init__(self, data, slopes=0.0):
        self.data, self.slopes = data, slopes

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.data + other.data, self.slopes + other.slopes)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.data * other.data, self.slopes * other.data + self.data * other.slopes)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return -1.0 * self

    def __sub__(self, other):
        return self + -1.0 * other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * (other.reciprocal() if isinstance(other, Dual) else 1 / other)

    def __rtruediv__(self, other):
        return other * self.reciprocal()

    def max(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return self if self.data > other.data else other

    def exp(self):
        return Dual(math.exp(self.data), math.exp(self.data) * self.slopes)

    def reciprocal(self):
        return Dual(1 / self.data, -self.slopes / self.data**2)

    def sigmoid(self):
        return 1 / (1 + (-self).exp())


def derivatives(expression, numbers):
    """Return [value, derivative with respect to each input] of an expression, by Duals."""
    result = expression(*(Dual(number, unit) for number, unit in zip(numbers, np.eye(len(numbers)), strict=True)))
    return [result.data, *(0.0 + np.zeros(len(numbers)) + result.slopes).tolist()]


def expect_value(student, text, numbers, expected):
    got = run_there(VALUE_OF, student.Value, Function(f"lambda x, y=None: {text}"), *numbers)
    compare(got, expected, what=f"the value of {shown(text, 'xy', numbers)}")


def expect_gradients(student, text, names, numbers, expected=None):
    """Compare value and gradients of an expression; the text is that of both sides unless `expected` is given."""
    expression = Function(f"lambda {', '.join(names)}: {text}")
    got = run_there(GRADIENTS_OF, student.Value, expression, *numbers)
    expected = derivatives(expression, numbers) if expected is None else expected
    text = shown(text, names, numbers)
    compare(got[0], expected[0], what=f"the value of {text}")
    compare(floats(got[1:]), np.array(expected[1:]), what=f"{text}: the gradient of {', '.join(names)}")


def floats(grads):
    """Return gradients as an array; they may be integers, but not Values."""
    expect(all(isinstance(grad, float | int | np.generic) for grad in grads), "a gradient is not a number: keep floats in grad")
    return np.array(grads, float)


def shown(text, names, numbers):
    values = ", ".join(f"{name} = {number:.4g}" for name, number in zip(names, numbers, strict=False))
    return f"{text} at {values}"


def draw(rng, count):
    """Different numbers of both signs, none near 0, none equal to plus or minus another."""
    return (rng.permutation(np.linspace(0.5, 2.5, count + 1)[:count] + rng.uniform(0.0, 0.1)) * rng.choice([-1, 1], count)).tolist()


@VALUE.check
def check_value_add_and_multiply(student, rng):
    """the values of x + y and x · y, also with a plain number on either side"""
    x, y = draw(rng, 2)
    for text, expected in (
        ("x + y", x + y),
        ("x * y", x * y),
        ("x + 3", x + 3),
        ("2 + x", 2 + x),
        ("x * 3", 3 * x),
        ("2 * x", 2 * x),
    ):
        expect_value(student, text, (x, y), expected)


@VALUE.check
def check_value_max_exp_reciprocal(student, rng):
    """the values of max, exp and reciprocal"""
    x, y = draw(rng, 2)
    expect_value(student, "x.max(y)", (x, y), max(x, y))
    expect_value(student, "x.max(y)", (y, x), max(x, y))
    expect_value(student, "x.max(0)", (x,), max(x, 0.0))
    expect_value(student, "x.exp()", (x,), math.exp(x))
    expect_value(student, "x.reciprocal()", (x,), 1 / x)


@VALUE.check
def check_value_sigmoid(student, rng):
    """the value of sigmoid, also of −1000 and 1000, where e^1000 is too large for a float"""
    for x in draw(rng, 2):
        expect_value(student, "x.sigmoid()", (x,), 1 / (1 + math.exp(-x)))
    large = float(rng.uniform(800, 1500))
    expect_value(student, "x.sigmoid()", (large,), 1.0)
    expect_value(student, "x.sigmoid() + 1", (-large,), 1.0)


@VALUE.check
def check_value_operands_unchanged(student, rng):
    """an operation makes a new Value that knows its parents and local gradients, and leaves its operands as they were"""
    x, y = draw(rng, 2)
    for text, operands in (("x + y", 2), ("x * y", 2), ("x.max(y)", 2), ("x.exp()", 1), ("x.reciprocal()", 1), ("x.sigmoid()", 1)):
        seen = "[any(p is o for p in r.parents) for o in (x, y, r)], len(r.local_gradients)"
        made = f"lambda Value, x, y: [x := Value(x), y := Value(y), r := {text}, [x.data, y.data, r is x or r is y, {seen}]][-1]"
        *data, same, used, count = run_there(Function(made), student.Value, x, y)
        expect(not same, f"{text} returns one of its operands: return a new Value")
        compare(data, [x, y], what=f"x and y after {text}")
        right = used == [True, operands == 2, False] and count == operands
        expect(right, f"{text}: expected {operands} parent(s), the operands, and as many local gradients")


@VALUE.check
def check_value_slide(student, rng):
    """f = (x + y)·z of the slide, gradients −4, −4 and 3, and with other numbers; f's own gradient is 1"""
    for x, y, z in ((-2.0, 5.0, -4.0), draw(rng, 3)):
        expect_gradients(student, "(x + y) * z", "xyz", (x, y, z), [(x + y) * z, z, z, x + y])
        inside = "[q := Value(x) + Value(y), f := q * Value(z), f.backward(), [q.grad, f.grad]][-1]"
        got = run_there(Function(f"lambda Value, x, y, z: {inside}"), student.Value, x, y, z)
        compare(floats(got), np.array([z, 1.0]), what="the gradients of q = x + y and of f itself, for f = q·z")


@VALUE.check
def check_value_gradients_of_multiply(student, rng):
    """the gradients of x · y, also where a factor is a plain number"""
    x, y = draw(rng, 2)
    expect_gradients(student, "x * y", "xy", (x, y), [x * y, y, x])
    expect_gradients(student, "x * 7", "x", (x,), [7 * x, 7.0])
    expect_gradients(student, "-3 * x", "x", (x,), [-3 * x, -3.0])


@VALUE.check
def check_value_gradients_of_max(student, rng):
    """max sends its gradient to the larger operand alone; on a tie to the second"""
    x, y = draw(rng, 2)
    for one, other in ((x, y), (y, x)):
        larger = [max(x, y), 5.0 * (one > other), 5.0 * (other > one)]
        expect_gradients(student, "x.max(y) * 5 + (x + y) * 0", "xy", (one, other), [5 * larger[0], *larger[1:]])
    expect_gradients(student, "x.max(y)", "xy", (x, x), [x, 0.0, 1.0])
    expect_gradients(student, "x.max(0)", "x", (0.0,), [0.0, 0.0])


@VALUE.check
def check_value_gradients_of_exp_and_reciprocal(student, rng):
    """the gradients of exp and of 1/x"""
    for x in draw(rng, 2):
        expect_gradients(student, "x.exp()", "x", (x,), [math.exp(x), math.exp(x)])
        expect_gradients(student, "x.reciprocal()", "x", (x,), [1 / x, -1 / x**2])


@VALUE.check
def check_value_gradient_of_sigmoid(student, rng):
    """the gradient of sigmoid is σ·(1 − σ), and not NaN far out"""
    for x in draw(rng, 2):
        e = math.exp(-x)
        expect_gradients(student, "x.sigmoid()", "x", (x,), [1 / (1 + e), e / (1 + e) ** 2])
    large = float(rng.choice([-1, 1]) * rng.uniform(800, 1500))
    expect_gradients(student, "x.sigmoid() + y", "xy", (large, 1.0), [1.0 + (large > 0), 0.0, 1.0])


@VALUE.check
def check_value_chain(student, rng):
    """every link of a chain multiplies by its local gradient"""
    x, y = draw(rng, 2)
    expect_gradients(student, "(x * 3 * 0.5 * -4 + y) * 2", "xy", (x, y), [2 * (y - 6 * x), -12.0, 2.0])
    expect_gradients(student, "((x * y).exp() + 2).reciprocal().sigmoid()", "xy", (x, y))


@VALUE.check
def check_value_used_twice(student, rng):
    """a node that is used twice gets the sum of both gradients: x + x, x · x, x · x · x"""
    (x,) = draw(rng, 1)
    expect_gradients(student, "x + x", "x", (x,), [2 * x, 2.0])
    expect_gradients(student, "x * x", "x", (x,), [x**2, 2 * x])
    expect_gradients(student, "x * x * x", "x", (x,), [x**3, 3 * x**2])
    expect_gradients(student, "x.max(x)", "x", (x,), [x, 1.0])


@VALUE.check
def check_value_diamond(student, rng):
    """paths that part and meet again: a node passes its gradient on only when it is complete"""
    x, y = draw(rng, 2)
    for text in (
        "(q := x * y) * 3 + q * q",
        "[q := x * y, a := q * 3, b := a * a, b * q][-1]",  # a detour: q is used near the root and far from it
        "[q := x * y, a := q * 3, b := a * a, q * b][-1]",
        "[q := x * y, r := q * q, s := r * r + r, s * q + s][-1]",
    ):
        expect_gradients(student, text, "xy", (x, y))


@VALUE.check
def check_value_circuit(student, rng):
    """the sigmoid circuit of the slide, gate by gate, and as one gate, also with other numbers"""
    names = ("w0", "w1", "w2", "x0", "x1")
    for numbers in ((2.0, -3.0, -3.0, -1.0, -2.0), draw(rng, 5)):
        w0, w1, w2, x0, x1 = numbers
        s = 1 / (1 + math.exp(-(w0 * x0 + w1 * x1 + w2)))
        slope = s * (1 - s)
        expected = [s, slope * x0, slope * x1, slope, slope * w0, slope * w1]
        expect_gradients(student, "((w0 * x0 + w1 * x1 + w2) * -1).exp() + 1", names, numbers)
        expect_gradients(student, "(((w0 * x0 + w1 * x1 + w2) * -1).exp() + 1).reciprocal()", names, numbers, expected)
        expect_gradients(student, "(w0 * x0 + w1 * x1 + w2).sigmoid()", names, numbers, expected)


@VALUE.check
def check_value_minus_and_divide(student, rng):
    """−x, x − y and x / y, which are made of your operations"""
    x, y = draw(rng, 2)
    expect_gradients(student, "-x - y", "xy", (x, y), [-x - y, -1.0, -1.0])
    expect_gradients(student, "x / y", "xy", (x, y), [x / y, 1 / y, -x / y**2])
    expect_gradients(student, "1 - x / 4 + 3 / y - 2", "xy", (x, y))


@VALUE.check
def check_value_random(student, rng):
    """random formulas in which every result may be used again"""
    for _ in range(3):
        names, text = random_formula(rng, 3, 9)
        expect_gradients(student, text, names, rng.uniform(0.5, 1.5, size=3).tolist())


def random_formula(rng, num_inputs, num_steps):
    """Return the names of the inputs, and the text of a formula that computes new numbers step by step from any before.

    All of them stay between 0 and 1.5.
    """
    names = [chr(ord("a") + i) for i in range(num_inputs + num_steps)]
    steps = []
    for i in range(num_inputs, num_inputs + num_steps):
        p, q = (names[int(k)] for k in rng.choice(i, size=2, replace=False))
        forms = (
            f"({p} + {q}) * 0.5",
            f"{p} * {q} * 0.5",
            f"{p}.max({q})",
            f"({p} * -0.5).exp()",
            f"({p} * {q} + 3).reciprocal()",
            f"({p} - 1).sigmoid()",
        )
        steps.append(f"{names[i]} := {forms[int(rng.integers(len(forms)))]}")
    return names[:num_inputs], f"[{', '.join(steps)}, {' + '.join(names)}][-1]"


@VALUE.check
def check_value_backward_again(student, rng):
    """backward twice gives the same gradients as once, and backward of another result forgets the first"""
    x, y = draw(rng, 2)
    start = "lambda Value, x, y: [x := Value(x), y := Value(y), q := x * y, f := q * q, f.backward()"
    again = Function(f"{start}, f.backward(), [x.grad, y.grad, q.grad, f.grad]][-1]")
    got = run_there(again, student.Value, x, y)
    expected = np.array([2 * x * y**2, 2 * x**2 * y, 2 * x * y, 1.0])
    compare(floats(got), expected, what="the gradients of x, y, q and f for q = xy and f = q², backward twice")
    other = Function(f"{start}, g := q + x, g.backward(), [x.grad, y.grad, q.grad]][-1]")
    got = run_there(other, student.Value, x, y)
    compare(floats(got), np.array([y + 1, x, 1.0]), what="the gradients of x, y and q for g = xy + x, after those for f = (xy)²")


@VALUE.check
def check_value_deep(student, rng):
    """a chain of 10,000 operations, where recursion gives up"""
    x, step = draw(rng, 2)
    chain = Function("lambda x, y: [x := x + y for _ in range(10_000)][-1]")
    value, grad, _ = run_there(GRADIENTS_OF, student.Value, chain, x, step)  # that y is used often is another check's business
    compare(floats([value, grad]), np.array([x + 10_000 * step, 1.0]), what="x + y + y + …, 10,000 times: value, gradient of x")


# ------------------------------------------------------------------------------------------------ size of Jacobians


@BYTES.check
def check_bytes_of_one(function, rng):
    """the Jacobian of one example, in float32 and float64"""
    for dtype, size in ((np.float32, 4), (np.float64, 8)):
        inputs, outputs = (int(n) for n in rng.integers(50, 5000, size=2))
        expect_bytes(function, inputs, outputs, 1, np.dtype(dtype).name, inputs * outputs * size)


@BYTES.check
def check_bytes_of_batch(function, rng):
    """the Jacobian of a batch: the batch counts for rows and for columns"""
    for _ in range(3):
        inputs, outputs, batch = (int(n) for n in rng.integers(20, 500, size=3))
        expect_bytes(function, inputs, outputs, batch, "float32", 4 * batch**2 * inputs * outputs)


def expect_bytes(function, inputs, outputs, batch, dtype, expected):
    got = function(inputs, outputs, batch, dtype)
    what = f"the bytes for {inputs} numbers in, {outputs} out, {batch} example(s), {dtype}"
    compare(got, expected, what=what)


@BYTES.check
def check_bytes_huge(function, rng):
    """sizes beyond every memory are right to the last byte; float32 and one example if nothing else is said"""
    inputs, batch = 4096 + int(rng.integers(1000)), 100 + int(rng.integers(50))
    expect_bytes(function, inputs, inputs, batch, "float32", 4 * (inputs * batch) ** 2)
    compare(function(inputs, 10), 40 * inputs, what=f"the bytes for {inputs} numbers in and 10 out")


# ------------------------------------------------------------------------------------------------ Jacobian of ReLU


@RELU.check
def check_relu_jacobian_random(function, rng):
    """row i, column j is dy_i/dx_j: on the diagonal 1 where x is positive and 0 where it is negative, elsewhere 0"""
    x = rng.permutation(np.concatenate([rng.uniform(1.5, 5, size=4), rng.uniform(-5, -1.5, size=3)]))
    expected = np.array([[float(i == j and x[j] > 0) for j in range(7)] for i in range(7)])
    compare(function(x), expected, what="the Jacobian")


@RELU.check
def check_relu_jacobian_kink(function, rng):
    """where x is exactly 0 the slope counts as 0; a tiny number is not 0"""
    x = rng.permutation([0.0, 1e-30, -1e-30, -0.0, float(rng.uniform(1, 3))])
    compare(function(x), np.diag(np.where(x > 0, 1.0, 0.0)), what="the Jacobian")


@RELU.check
def check_relu_jacobian_dtype(function, rng):
    """float32 stays float32, float64 stays float64; one number has a 1×1 Jacobian"""
    for dtype in (np.float32, np.float64):
        x = (rng.choice([-1, 1], size=5) * rng.uniform(1.5, 3, size=5)).astype(dtype)
        got = function(x)
        expect_dtype(got, dtype, f"the Jacobian for {np.dtype(dtype)} numbers")
        compare(got, np.diag(np.where(x > 0, 1, 0)).astype(dtype), what="the Jacobian")
    compare(function(np.array([rng.uniform(1.5, 3)])), np.ones((1, 1)), what="the Jacobian of one positive number")


@RELU.check
def check_relu_jacobian_x_kept(function, rng):
    """x stays as it was, also where it is a view of every second number of an array"""
    x = rng.permutation(np.concatenate([rng.uniform(1.5, 3, size=3), rng.uniform(-3, -1.5, size=3)]))
    for given in (x, np.repeat(x, 2)[::2]):
        got, changed = changed_arguments(function, given)
        compare(got, np.diag(np.where(x > 0, 1.0, 0.0)), what="the Jacobian")
        expect(not changed, "it changes x in place: x[x > 0] = 1 writes into the caller's array")


# ------------------------------------------------------------------------------------------------------- f = ‖Wx‖²


def parts_of(got):
    expect(isinstance(got, tuple | list) and len(got) == 3, "expected three results: the value, df/dW and df/dx")
    return got


def norm_problem(rng, rows, columns):
    return rng.normal(size=(rows, columns)), rng.normal(size=columns) + np.where(rng.random(columns) < 0.5, -2.0, 2.0)


@NORM.check
def check_norm_slide(function, rng):
    """the slide's numbers: q = (0.22, 0.26), f = 0.116; and the same scaled by a random factor"""
    weight, x = np.array([[0.1, 0.5], [-0.3, 0.8]]), np.array([0.2, 0.4])
    expected = np.array([[0.088, 0.176], [0.104, 0.208]]), np.array([-0.112, 0.636])
    for factor in (1.0, float(rng.uniform(2, 4))):
        value, weight_gradient, x_gradient = parts_of(function(factor * weight, x))
        compare(value, 0.116 * factor**2, what="f")
        compare(weight_gradient, factor * expected[0], what="df/dW")
        compare(x_gradient, factor**2 * expected[1], what="df/dx")


@NORM.check
def check_norm_value(function, oracle, rng):
    """the value: a float, for any shape of W"""
    for shape in ((3, 5), (6, 2), (1, 4)):
        weight, x = norm_problem(rng, *shape)
        compare(parts_of(function(weight, x))[0], oracle.squared_norm_by_loops(weight, x)[0], what=f"f for W of shape {shape}")


@NORM.check
def check_norm_weight_gradient(function, oracle, rng):
    """df/dW has the shape of W"""
    for shape in ((3, 5), (6, 2), (4, 4), (1, 3)):
        weight, x = norm_problem(rng, *shape)
        weight = np.asfortranarray(weight)  # laid out in memory by columns: the numbers are the same
        compare(parts_of(function(weight, x))[1], oracle.squared_norm_by_loops(weight, x)[1], what=f"df/dW for W of shape {shape}")


@NORM.check
def check_norm_x_gradient(function, oracle, rng):
    """df/dx has the shape of x"""
    for shape in ((4, 4), (3, 5), (6, 2), (3, 1)):
        weight, x = norm_problem(rng, *shape)
        compare(parts_of(function(weight, x))[2], oracle.squared_norm_by_loops(weight, x)[2], what=f"df/dx for W of shape {shape}")


@NORM.check
def check_norm_numerical(function, rng):
    """both gradients are those of the value, by numerical derivatives"""
    report = gradient_check.check_gradients(
        lambda weight, x: parts_of(function(weight, x))[0],
        lambda upstream, weight, x: tuple(parts_of(function(weight, x))[1:]),
        norm_problem(rng, 3, 4),
        rng,
        names=["W", "x"],
    )
    report.raise_if_failed(CheckFailed)


@NORM.check
def check_norm_dtype_and_arguments(function, oracle, rng):
    """float32 stays float32, and W and x stay as they were"""
    for dtype in (np.float32, np.float64):
        weight, x = (array.astype(dtype) for array in norm_problem(rng, 4, 3))
        got, changed = changed_arguments(function, weight, x)
        _, weight_gradient, x_gradient = parts_of(got)
        expect_dtype(weight_gradient, dtype, f"df/dW for {np.dtype(dtype)}")
        expect_dtype(x_gradient, dtype, f"df/dx for {np.dtype(dtype)}")
        expected = oracle.squared_norm_by_loops(weight.astype(float), x.astype(float))
        tolerances = {"rtol": 1e-4, "atol": 1e-5} if dtype == np.float32 else {}
        compare(weight_gradient.astype(float), expected[1], what="df/dW", **tolerances)
        compare(x_gradient.astype(float), expected[2], what="df/dx", **tolerances)
        expect(not changed, "it changes its arguments in place: compute new arrays")
