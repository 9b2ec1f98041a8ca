"""The reference of Part IV's graphs against oracles of others: PyTorch, complex steps, the slides' numbers, mathematics."""

import ast
import cmath
import itertools
import math
import sys

import numpy as np
import pytest

from autograder import grading, misconceptions
from autograder.checks import find
from autograder.checks import graph as graph_checks
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_modules, reference_sources
from autograder.remote import Function
from autograder.sandbox import Sandbox

graph = reference_modules("graph.Value", ()).graded()
Value = graph.Value


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch, an oracle of these tests, is not installed")


def gradients(expression, numbers):
    """Value and gradients of an expression, by Value."""
    inputs = [Value(number) for number in numbers]
    root = expression(*inputs)
    root.backward()
    return np.array([root.data, *(node.grad for node in inputs)])


# ------------------------------------------------------------------------------------------------ the slides' numbers


def test_the_slides_first_graph_is_exact():
    x, y, z = Value(-2), Value(5), Value(-4)
    q = x + y
    f = q * z
    f.backward()
    assert (q.data, f.data) == (3, -12)
    assert (x.grad, y.grad, z.grad, q.grad, f.grad) == (-4, -4, 3, -4, 1)


def sigmoid_circuit(w0, x0, w1, x1, w2):
    return (((w0 * x0 + w1 * x1 + w2) * -1).exp() + 1).reciprocal()


SLIDE_CIRCUIT = (2.0, -1.0, -3.0, -2.0, -3.0)


def test_the_sigmoid_circuit_has_its_exact_gradients_gate_by_gate_and_as_one_gate():
    s = 1 / (1 + math.exp(-1))
    slope = s * (1 - s)
    expected = [s, -1 * slope, 2 * slope, -2 * slope, -3 * slope, slope]
    np.testing.assert_allclose(gradients(sigmoid_circuit, SLIDE_CIRCUIT), expected, rtol=1e-14)
    one_gate = gradients(lambda w0, x0, w1, x1, w2: (w0 * x0 + w1 * x1 + w2).sigmoid(), SLIDE_CIRCUIT)
    np.testing.assert_allclose(one_gate, expected, rtol=1e-14)
    np.testing.assert_allclose(expected, [0.73, -0.20, 0.39, -0.39, -0.59, 0.20], atol=0.005)


def test_the_slide_rounds_to_two_decimals_at_every_gate():
    """With every value and gradient rounded on the way, the circuit gives the slide's 0.40, −0.40, −0.60."""
    w0, x0, w1, x1, w2 = SLIDE_CIRCUIT
    exponent = round(math.exp(-1), 2)  # 0.37
    result = round(1 / (exponent + 1), 2)
    gradient = round(-1 / (exponent + 1) ** 2, 2)  # −0.53, through +1 unchanged
    gradient = -round(gradient * exponent, 2)  # −0.20 through exp, 0.20 through ·(−1)
    assert (result, gradient) == (0.73, 0.2)
    assert [round(gradient * local, 2) for local in (x0, w0, x1, w1)] == [-0.2, 0.4, -0.4, -0.6]
    exact = gradients(sigmoid_circuit, SLIDE_CIRCUIT)
    assert [f"{g:.2f}" for g in exact[1:]] == ["-0.20", "0.39", "-0.39", "-0.59", "0.20"]


def test_the_slides_vector_example():
    weight, x = np.array([[0.1, 0.5], [-0.3, 0.8]]), np.array([0.2, 0.4])
    np.testing.assert_allclose(weight @ x, [0.22, 0.26])
    value, weight_gradient, x_gradient = graph.squared_norm_of_product(weight, x)
    np.testing.assert_allclose(value, 0.116)
    np.testing.assert_allclose(weight_gradient, [[0.088, 0.176], [0.104, 0.208]])
    np.testing.assert_allclose(x_gradient, [-0.112, 0.636])


def test_the_slides_jacobians_of_relu():
    assert graph.jacobian_bytes(4096, 4096) == 4 * 4096**2 == 2**26
    assert graph.jacobian_bytes(4096, 4096, 100) == 4 * 409_600**2 == 671_088_640_000
    assert graph.jacobian_bytes(4096, 4096, dtype=np.float64) == 2**27


# ------------------------------------------------------------------------------------------------------- scalar graphs


class Complex:
    """A complex number with Value's methods: f(x + ih) / h has the derivative in its imaginary part, without cancellation."""

    def __init__(self, number):
        self.number = number

    def __add__(self, other):
        return Complex(self.number + getattr(other, "number", other))

    def __mul__(self, other):
        return Complex(self.number * getattr(other, "number", other))

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + -1 * other

    def max(self, other):
        return self if self.number.real > other.number.real else other

    def exp(self):
        return Complex(cmath.exp(self.number))

    def reciprocal(self):
        return Complex(1 / self.number)

    def sigmoid(self):
        return Complex(1 / (1 + cmath.exp(-self.number)))


def formulas(rng, count):
    for _ in range(count):
        names, text = graph_checks.random_formula(rng, 3, int(rng.integers(2, 20)))
        yield Function(f"lambda {', '.join(names)}: {text}"), rng.uniform(0.5, 1.5, size=3).tolist()


def test_gradients_of_random_formulas_agree_with_pytorch_to_1e_12(torch, rng):
    class Tensor(torch.Tensor):
        def max(self, other):
            return torch.maximum(self, other)

    for formula, numbers in formulas(rng, 200):
        tensors = [torch.tensor(number, dtype=torch.float64).as_subclass(Tensor).requires_grad_() for number in numbers]
        result = formula(*tensors)
        result.backward()
        expected = [result.item(), *(tensor.grad.item() for tensor in tensors)]
        np.testing.assert_allclose(gradients(formula, numbers), expected, rtol=1e-12)


def test_gradients_of_random_formulas_agree_with_complex_steps(rng):
    for formula, numbers in formulas(rng, 100):
        expected = []
        for i in range(len(numbers)):
            result = formula(*(Complex(complex(number, 1e-30 * (i == k))) for k, number in enumerate(numbers))).number
            expected.append(result.imag / 1e-30)
        np.testing.assert_allclose(gradients(formula, numbers), [result.real, *expected], rtol=1e-12)


def test_the_checks_own_derivatives_agree_with_pytorch(torch, rng):
    """Dual is what students' gradients are compared with."""
    for formula, numbers in formulas(rng, 50):
        np.testing.assert_allclose(graph_checks.derivatives(formula, numbers), gradients(formula, numbers), rtol=1e-12)
    x, y = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (0.7, -1.3))
    ((1 - x / 4 + 3 / y - 2) * torch.exp(-x)).backward()
    got = graph_checks.derivatives(lambda x, y: (1 - x / 4 + 3 / y - 2) * (-x).exp(), (0.7, -1.3))
    np.testing.assert_allclose(got[1:], [x.grad.item(), y.grad.item()], rtol=1e-12)


def test_a_net_of_values_has_pytorchs_gradients(torch, rng):
    """2-3-1, sigmoids inside, squared errors of a few points added up: parameters used once for each point."""
    points, targets = rng.normal(size=(6, 2)), rng.normal(size=6)
    weights = [rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=3), rng.normal(size=1)]
    values = [[Value(number) for number in array.ravel()] for array in weights]
    loss = 0
    for point, target in zip(points, targets, strict=True):
        hidden = [sum(values[0][2 * i + j] * point[j] for j in range(2)) + values[1][i] for i in range(3)]
        error = sum(w * h.sigmoid() for w, h in zip(values[2], hidden, strict=True)) + values[3][0] - target
        loss = error * error + loss
    loss.backward()
    w1, b1, w2, b2 = (torch.tensor(array, requires_grad=True) for array in weights)
    expected = (((torch.sigmoid(torch.tensor(points) @ w1.T + b1) @ w2 + b2) - torch.tensor(targets)) ** 2).sum()
    expected.backward()
    np.testing.assert_allclose(loss.data, expected.item(), rtol=1e-12)
    for ours, theirs in zip(values, (w1, b1, w2, b2), strict=True):
        np.testing.assert_allclose([node.grad for node in ours], theirs.grad.numpy().ravel(), rtol=1e-11, atol=1e-14)


def test_sigmoid_is_accurate_and_finite_everywhere():
    for x in np.linspace(-700, 700, 141):
        node = Value(x).sigmoid()
        expected = 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))
        assert math.isclose(node.data, expected, rel_tol=1e-15), x
    assert Value(-1e6).sigmoid().data == 0.0 and Value(1e6).sigmoid().data == 1.0


def test_max_on_a_tie_has_the_slope_of_relu_at_zero():
    np.testing.assert_array_equal(gradients(lambda x: x.max(0), [0.0]), [0.0, 0.0])


def test_a_chain_far_deeper_than_the_recursion_limit():
    length = 10 * max(10_000, sys.getrecursionlimit())
    x = Value(1.0)
    root = x
    for _ in range(length):
        root = root + x
    root.backward()
    assert x.grad == root.data == length + 1


def test_backward_costs_one_visit_a_node_however_many_paths_there_are():
    x = root = Value(1.0)
    for _ in range(100):  # 2^100 paths
        root = root + root
    root.backward()
    assert x.grad == 2.0**100


def test_gradients_of_an_earlier_backward_are_forgotten_in_the_graph_and_stay_outside_of_it():
    x, y = Value(3.0), Value(4.0)
    product, total = x * y, x + x
    product.backward()
    total.backward()
    total.backward()
    assert (x.grad, y.grad) == (2.0, 3.0)


def test_numpys_numbers_work_on_both_sides():
    x = Value(np.float32(2.0))
    for result in (x * np.float64(3.0), np.float64(3.0) * x):
        result.backward()
        assert isinstance(result, Value) and (result.data, x.grad) == (6.0, 3.0)
    assert type(x.data) is float


def test_values_made_before_the_file_was_loaded_again_work_with_those_made_after():
    """%autoreload runs a saved file again in the same module, and a notebook still holds the class it imported."""
    module = {"__name__": "graph"}
    exec(reference_sources()["graph"], module)
    x, before = module["Value"](2.0), module["Value"]
    exec(reference_sources()["graph"], module)
    y = module["Value"](3.0)
    assert before is not module["Value"]
    for result in (x * y, y * x, x.max(y)):
        result.backward()
        assert (x.grad, y.grad) in ((3.0, 2.0), (0.0, 1.0))


def test_value_is_well_under_a_hundred_lines():
    tree = ast.parse(reference_sources()["graph"])
    node = next(node for node in tree.body if getattr(node, "name", None) == "Value")
    for each in ast.walk(node):
        if isinstance(each, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(each):
            each.body = each.body[1:]
    assert len([line for line in ast.unparse(node).splitlines() if line.strip()]) < 70


# --------------------------------------------------------------------------------------------------- topological order


def test_every_topological_order_of_small_graphs_is_valid_and_complete(rng):
    for _ in range(200):
        parents = graph_checks.random_parents(rng, int(rng.integers(1, 9)))
        nodes = []
        for number, of in enumerate(parents):
            nodes.append(Value(number, "made", tuple(nodes[p] for p in of), (1.0,) * len(of)))
        order = graph.topological_order(nodes[-1])
        assert sorted(order, key=nodes.index) == nodes and order[-1] is nodes[-1]
        place = {node: i for i, node in enumerate(order)}
        assert all(place[parent] < place[node] for node in order for parent in node.parents)


RIGHT_ALTERNATIVES = {
    "graph.topological_order": {
        "Kahn's algorithm": """
def topological_order(root):
    nodes, waiting = {root}, [root]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in nodes:
                nodes.add(parent)
                waiting.append(parent)
    uses = {node: 0 for node in nodes}
    for node in nodes:
        for parent in node.parents:
            uses[parent] += 1
    order, ready = [], [root]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            uses[parent] -= 1
            if uses[parent] == 0:
                ready.append(parent)
    return order[::-1]
""",
        "a stack of iterators": """
def topological_order(root):
    order, seen, stack = [], {id(root)}, [(root, iter(root.parents))]
    while stack:
        node, parents = stack[-1]
        for parent in parents:
            if id(parent) not in seen:
                seen.add(id(parent))
                stack.append((parent, iter(parent.parents)))
                break
        else:
            order.append(node)
            stack.pop()
    return order
""",
    },
    "graph.Value": {
        "in the order of creation": """
import numpy as np

class Value:
    count = 0

    def __init__(self, data, operation="", parents=(), local_gradients=()):
        self.data, self.grad = float(data), 0.0
        self.operation, self.parents, self.local_gradients = operation, tuple(parents), local_gradients
        Value.count += 1
        self.number = Value.count  # when it was made: parents are older than what is computed from them

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, "+", [self, other], [1, 1])

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, "*", [self, other], [other.data, self.data])

    def max(self, other):
        other = as_value(other)
        if other.data >= self.data:
            return Value(other.data, "max", [self, other], [0, 1])
        return Value(self.data, "max", [self, other], [1, 0])

    def exp(self):
        return Value(np.exp(self.data), "e", [self], [np.exp(self.data)])

    def reciprocal(self):
        return Value(self.data**-1, "/", [self], [-1 / self.data**2])

    def sigmoid(self):
        if self.data >= 0:
            e = np.exp(-self.data)
            return Value(1 / (1 + e), "s", [self], [e / (1 + e) ** 2])
        e = np.exp(self.data)
        return Value(e / (1 + e), "s", [self], [e / (1 + e) ** 2])

    def backward(self):
        nodes, waiting = {self}, [self]
        while waiting:
            for parent in waiting.pop().parents:
                if parent not in nodes:
                    nodes.add(parent)
                    waiting.append(parent)
        for node in nodes:
            node.grad = 0
        self.grad = 1
        for node in sorted(nodes, key=lambda node: -node.number):
            for parent, local in zip(node.parents, node.local_gradients):
                parent.grad = parent.grad + node.grad * local

    def __radd__(self, other): return self + other
    def __rmul__(self, other): return self * other
    def __neg__(self): return self * -1
    def __sub__(self, other): return self + -as_value(other)
    def __rsub__(self, other): return -self + other
    def __truediv__(self, other): return self * as_value(other).reciprocal()
    def __rtruediv__(self, other): return self.reciprocal() * other

def as_value(number):
    return number if isinstance(number, Value) else Value(number)
""",
    },
    "graph.relu_jacobian": {
        "entry by entry": """
import numpy as np

def relu_jacobian(x):
    jacobian = np.zeros((len(x), len(x)), x.dtype)
    for i in range(len(x)):
        if x[i] > 0:
            jacobian[i, i] = 1
    return jacobian
""",
    },
    "graph.squared_norm_of_product": {
        "einsum": """
import numpy as np

def squared_norm_of_product(weight, x):
    q = np.einsum("ij,j->i", weight, x)
    return np.dot(q, q), 2 * np.einsum("i,j->ij", q, x), 2 * np.einsum("ij,i->j", weight, q)
""",
    },
    "graph.jacobian_bytes": {
        "NumPy's numbers": """
import numpy as np

def jacobian_bytes(num_inputs, num_outputs, batch_size=1, dtype=np.float32):
    return np.int64(num_inputs) * num_outputs * batch_size**2 * np.dtype(dtype).itemsize
""",
    },
}
ALTERNATIVES = [(exercise, name) for exercise, several in RIGHT_ALTERNATIVES.items() for name in several]


@pytest.mark.parametrize(("exercise", "name"), ALTERNATIVES, ids=itertools.starmap("{}-{}".format, ALTERNATIVES))
def test_another_right_solution_passes_every_check(exercise, name):
    source = f"{reference_sources()['graph']}\n{RIGHT_ALTERNATIVES[exercise][name]}"
    submission = grading.Submission("somebody", reference_sources() | {"graph": source}, COURSE_ROOT)
    for secret in ("one", "two", "three"):
        result = grading.grade_exercise(submission, find(exercise), secret=secret)
        assert [(check.name, check.message) for check in result.checks if not check.passed] == []


# ---------------------------------------------------------------------------------------------------------- Jacobians


def test_relu_jacobian_agrees_with_pytorchs(torch, rng):
    x = rng.normal(size=9)
    x[3] = 0.0
    expected = torch.autograd.functional.jacobian(torch.relu, torch.tensor(x)).numpy()
    np.testing.assert_array_equal(graph.relu_jacobian(x), expected)


def test_jacobian_bytes_is_the_size_of_the_one_that_pytorch_builds(torch, rng):
    x, weight = (
        torch.tensor(rng.normal(size=(3, 5)), dtype=torch.float32),
        torch.tensor(rng.normal(size=(2, 5)), dtype=torch.float32),
    )
    jacobian = torch.autograd.functional.jacobian(lambda x: x @ weight.T, x)
    assert graph.jacobian_bytes(5, 2, 3, np.float32) == jacobian.numpy().nbytes
    assert graph.jacobian_bytes(5, 2, 3, np.float64) == jacobian.double().numpy().nbytes


def test_squared_norm_of_product_agrees_with_pytorch_and_with_a_graph_of_values(torch, rng):
    weight, x = rng.normal(size=(3, 4)), rng.normal(size=4)
    value, weight_gradient, x_gradient = graph.squared_norm_of_product(weight, x)
    w, v = (torch.tensor(array, requires_grad=True) for array in (weight, x))
    ((w @ v) ** 2).sum().backward()
    np.testing.assert_allclose(weight_gradient, w.grad.numpy(), rtol=1e-12)
    np.testing.assert_allclose(x_gradient, v.grad.numpy(), rtol=1e-12)

    rows, columns = [[Value(number) for number in row] for row in weight], [Value(number) for number in x]
    qs = [sum(w * v for w, v in zip(row, columns, strict=True)) for row in rows]
    f = sum(q * q for q in qs)
    f.backward()
    np.testing.assert_allclose(value, f.data, rtol=1e-12)
    np.testing.assert_allclose(weight_gradient, [[node.grad for node in row] for row in rows], rtol=1e-12)
    np.testing.assert_allclose(x_gradient, [node.grad for node in columns], rtol=1e-12)


# ------------------------------------------------------------------------------------------------------------- grading


def test_expressions_of_a_students_objects_give_the_same_verdicts_in_the_sandbox():
    """`run_there` takes an expression to where the objects live, which is another process while grading."""
    mistake = next(mistake for mistake in misconceptions.of("graph.Value") if mistake.name == "overwrites")
    sources = reference_sources() | {"graph": misconceptions.source_with(mistake)}
    submission = grading.Submission("somebody", sources, COURSE_ROOT / "solutions")
    with Sandbox() as sandbox:
        here, there = (grading.grade_exercise(submission, find("graph.Value"), where) for where in (None, sandbox))
    verdicts = [[(check.name, check.status, check.explanation) for check in result.checks] for result in (here, there)]
    assert verdicts[0] == verdicts[1]
    assert 0 < there.points < there.max_points and mistake.sentence in {check.explanation for check in there.checks}
