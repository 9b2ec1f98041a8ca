"""The gradient check: right gradients pass, wrong ones fail and are explained."""

import doctest
import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import dlcourse.toolkit
from autograder.remote import LocalUnit, Proxy, Session
from dlcourse.toolkit import gradient_check

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
CASES = [
    "linear layer",
    "ReLU",
    "ReLU, many inputs exactly 0",
    "max pooling",
    "max pooling, many ties",
    "convolution",
    "batch norm",
    "batch norm, mean 1,000",
    "softmax cross-entropy",
    "softmax cross-entropy, scores around ±100",
    "hinge loss",
    "L2 penalty",
    "L1 penalty",
    "elastic net",
    "two-layer net",
    "small ConvNet",
]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def zoo():
    """benchmarks/gradient_zoo.py, which means the reference by `dlcourse`; afterwards `dlcourse` is what it was."""
    path = list(dlcourse.__path__)
    sys.path.insert(0, str(BENCHMARKS))
    import gradient_zoo

    sys.path.remove(str(BENCHMARKS))
    dlcourse.__path__[:] = path
    for name in [m for m in sys.modules if m.startswith("dlcourse.") and not m.startswith("dlcourse.toolkit")]:
        del sys.modules[name]
        vars(dlcourse).pop(name.removeprefix("dlcourse."), None)
    return gradient_zoo


@pytest.fixture
def verdict_only(monkeypatch):
    """Which element is wrong is not asked: that takes longest, and changes no verdict."""
    monkeypatch.setattr(gradient_check, "explain", lambda report, *_: setattr(report, "problem", "wrong"))


def right_gradients_pass(make, seeds):
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 10])
        case = make(rng)
        report = gradient_check.check_gradients(case.function, case.gradients, case.inputs, rng)
        assert report.passed, f"seed {seed}: {report}"


def wrong_gradients_fail(zoo, make, seeds):
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 11])
        case = make(rng)
        for mistake, gradients in zoo.wrong_gradients(case, rng).items():
            report = gradient_check.check_gradients(case.function, gradients, case.inputs, rng)
            assert not report.passed, f"seed {seed}, {mistake}: {report}"


def test_the_zoo_is_complete(zoo):
    assert list(zoo.CASES) == CASES


@pytest.mark.parametrize("name", CASES)
def test_right_gradients_pass(zoo, name):
    right_gradients_pass(zoo.CASES[name], 15)


@pytest.mark.parametrize("name", CASES)
def test_wrong_gradients_fail(zoo, name):
    wrong_gradients_fail(zoo, zoo.CASES[name], 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_right_gradients_pass_on_a_thousand_seeds(zoo, name):
    right_gradients_pass(zoo.CASES[name], 1000)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["linear layer", "ReLU", "max pooling", "batch norm", "softmax cross-entropy", "hinge loss"])
def test_wrong_gradients_fail_on_a_thousand_seeds(zoo, name, verdict_only):
    wrong_gradients_fail(zoo, zoo.CASES[name], 1000)


def square(x):
    return np.sum(x**2)


# ---------------------------------------------------------------------------------------------------- hard functions


@pytest.mark.parametrize(
    "function, gradient, x",
    [
        (lambda x: np.maximum(x, 0) - np.maximum(-x, 0), lambda dy, x: dy * (x != 0), np.zeros(5)),
        (lambda x: x**5, lambda dy, x: 5 * dy * x**4, np.zeros(5)),
        (lambda x: np.log(x), lambda dy, x: dy / x, np.array([1e-3, 1.0, 1.0])),
        (lambda x: 1e6 + square(x), lambda dy, x: 2 * x, np.arange(3.0)),
        (lambda x: 3.0, lambda dy, x: 0 * x, np.ones(3)),
        (lambda x: x**3, lambda dy, x: 3 * dy * x**2, 2.0),
        (square, lambda dy, x: 2 * x, np.array([3e-8, -1e-8])),
        (square, lambda dy, x: 2 * x, np.array([3e8, -1e8])),
    ],
    ids=["two kinks that cancel", "flat point", "end of the domain", "large offset", "constant", "a number", "tiny", "huge"],
)
def test_hard_functions_raise_no_false_alarm(function, gradient, x):
    for seed in range(50):
        report = gradient_check.check_gradients(function, gradient, x, np.random.default_rng(seed))
        assert report.passed, f"seed {seed}: {report}"


@pytest.mark.parametrize("gap", [5, 20, 40, 700])
def test_a_softmax_that_is_all_but_certain_raises_no_false_alarm(zoo, gap):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        scores = rng.normal(size=(4, 3)) + np.array([gap, 0, 0])
        assert gradient_check.check_loss(lambda scores: zoo.cross_entropy(scores, np.zeros(4, int)), scores, rng).passed


def test_a_mistake_in_a_few_inputs_near_zero_is_caught(zoo):
    for seed in range(50):
        rng = np.random.default_rng(seed)
        x = np.append(rng.normal(size=40), 0.005)
        assert not gradient_check.check_gradients(zoo.relu, lambda dy, x: dy * (x > 0.01), x, rng).passed, seed


def test_no_warning_shows_where_a_function_ends(rng, recwarn):
    assert gradient_check.check_gradients(np.log, lambda dy, x: dy / x, np.array([1e-4, 1.0, 3.0]), rng).passed
    assert not recwarn.list


# -------------------------------------------------------------------------------------------------------- explanations


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda g, x: -g, "times -1: check the sign"),
        (lambda g, x: 2 * g, "times 2: is something counted twice?"),
        (lambda g, x: g / 2, "times 1/2: is the 2 from the derivative"),
        (lambda g, x: 7 * g, "times 7: that is the length of axis 0 of x"),
        (lambda g, x: g / 7, "times 1/7: 7 is the length of axis 0 of x"),
        (lambda g, x: 1.5 * g, "times 1.5"),
        (lambda g, x: 0 * g, "It is 0 in every element"),
        (lambda g, x: g + 0.25, "plus the constant 0.25"),
        (lambda g, x: g + 0.1 * x, "plus 0.1 times x itself"),
        (lambda g, x: np.roll(g, 1, axis=1), "one place too far along axis 1"),
        (lambda g, x: g * (np.arange(7) < 6)[:, np.newaxis], "all those with index 6 on axis 0 and no others"),
        (lambda g, x: np.where(np.arange(35).reshape(7, 5) == 12, 0, g), "1 of 35 elements tested is wrong, 0 where"),
        (lambda g, x: g.astype(np.float32), "it has dtype float32"),
        (lambda g, x: np.where(x > 0, np.nan, g), "it is nan: look for a division by zero"),
    ],
)
def test_the_report_names_the_mistake(rng, wrong, words):
    x = rng.uniform(0.5, 2, size=(7, 5)) * rng.choice([-1, 1], size=(7, 5))
    report = gradient_check.check_gradients(lambda x: np.sum(np.sin(x)), lambda dy, x: wrong(np.cos(x), x), x, rng)
    assert words in str(report)


def test_a_transposed_gradient_is_recognised(rng):
    x = rng.normal(size=(4, 4))
    assert "It is transposed" in str(
        gradient_check.check_gradients(lambda x: np.sum(np.sin(x)), lambda dy, x: np.cos(x).T, x, rng)
    )


def test_a_missing_penalty_is_recognised(rng):
    def function(weight):
        return np.sum(np.sin(weight)) + 0.3 * square(weight)

    report = gradient_check.check_gradients(
        function, lambda dy, weight: np.cos(weight), rng.normal(size=(3, 4)), rng, ["weight"]
    )
    assert "plus -0.6 times weight itself: is a penalty's term missing or doubled?" in str(report)


def test_the_worst_element_its_values_and_their_ratio_are_at_the_point_given(rng):
    report = gradient_check.check_gradients(square, lambda dy, x: np.array([2.0, 4.0, 18.0]), np.array([1.0, 2.0, 3.0]), rng)
    tensor = report.tensors[0]
    assert tensor.index == (2,) and tensor.got == 18
    assert tensor.expected == pytest.approx(6) and tensor.ratio == pytest.approx(3)
    assert "at (2,) it is 18, the numerical one is 6, ratio 3" in str(report)


def test_one_wrong_element_of_ten_thousand_is_found(rng):
    x = rng.normal(size=(100, 100))
    wrong = np.ones((100, 100))
    wrong[17, 91] = 0
    report = gradient_check.check_gradients(square, lambda dy, x: 2 * x * wrong, x, rng)
    assert report.tensors[0].index == (17, 91)


def test_a_message_names_only_the_gradients_that_are_wrong(rng):
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    report = gradient_check.check_gradients(lambda a, b: a @ b, lambda dy, a, b: (dy @ b.T, -a.T @ dy), (a, b), rng, ["a", "b"])
    assert [tensor.passed for tensor in report.tensors] == [True, False]
    with pytest.raises(AssertionError, match="^the gradient of b, of shape") as raised:
        report.raise_if_failed()
    assert "of a" not in str(raised.value)


def test_the_error_to_raise_can_be_chosen(rng):
    with pytest.raises(KeyError):
        gradient_check.check_gradients(square, lambda dy, x: x, np.ones(3), rng).raise_if_failed(KeyError)
    gradient_check.check_gradients(square, lambda dy, x: 2 * x, np.ones(3), rng).raise_if_failed(KeyError)


# ------------------------------------------------------------------------------------------- what cannot be compared


@pytest.mark.parametrize(
    "function, gradient, words",
    [
        (square, lambda dy, x: None, "the gradient of x is None: is a return missing?"),
        (square, lambda dy, x: np.ones((3, 1)), r"has shape \(3, 1\), expected that of x, \(3,\)"),
        (square, lambda dy, x: "2x", "the gradients are a str, expected one array for each of 1 inputs"),
        (lambda x: None, lambda dy, x: x, "the value of the function is None: is a return missing?"),
        (lambda x: np.float32(square(x)), lambda dy, x: 2 * x, "returns float32 for float64 inputs"),
        (lambda x: square(x) / 0.0, lambda dy, x: 2 * x, "the value of the function is not finite"),
        (lambda x: np.random.default_rng().normal() * square(x), lambda dy, x: 2 * x, "different values for the same inputs"),
        (lambda x: square(x.astype(np.float32)).astype(float), lambda dy, x: 2 * x, "round to float32"),
    ],
)
def test_what_cannot_be_compared_is_said(rng, function, gradient, words):
    report = gradient_check.check_gradients(function, gradient, np.array([0.3, 1.1, -2.2]), rng)
    assert not report.passed and re.search(words, str(report))


def test_inputs_and_upstream_changed_in_place_are_reported(rng):
    def doubled(x):
        x *= 2
        return x

    def masked(dy, x):
        dy[x < 0] = 0
        return dy

    x = rng.normal(size=20)
    before = x.copy()
    assert "x was changed in place" in str(gradient_check.check_gradients(doubled, lambda dy, x: 2 * dy, x, rng))
    assert "upstream gradient was changed in place" in str(
        gradient_check.check_gradients(lambda x: np.maximum(x, 0), masked, x, rng)
    )
    assert np.array_equal(x, before)


def test_a_loss_has_to_be_a_number_with_a_gradient(rng):
    x = rng.normal(size=3)
    assert "expected the loss and 1 gradient(s)" in str(gradient_check.check_loss(square, x, rng))
    assert "is a mean or a sum missing?" in str(gradient_check.check_loss(lambda x: (x**2, 2 * x), x, rng))


def test_arguments_that_do_not_fit_raise(rng):
    with pytest.raises(ValueError, match="1 names for 2 inputs"):
        gradient_check.check_gradients(np.dot, lambda dy, a, b: (b, a), (np.ones(2), np.ones(2)), rng, ["a"])
    with pytest.raises(ValueError, match="1 gradients for 2 inputs"):
        gradient_check.check_gradients(np.dot, lambda dy, a, b: (b,), (np.ones(2), np.ones(2)), rng)
    with pytest.raises(ValueError, match="no elements"):
        gradient_check.check_gradients(square, lambda dy, x: 2 * x, np.ones(0), rng)


# -------------------------------------------------------------------------------------------------------------- layers


class Parameter:
    def __init__(self, value):
        self.value, self.grad = value, np.zeros_like(value)


class Linear:
    """A layer; `factor` spoils the gradient of its weight."""

    factor = 1

    def __init__(self, in_features, out_features, rng):
        self.weight, self.bias = Parameter(rng.normal(size=(out_features, in_features))), Parameter(np.zeros(out_features))
        self.calls = 0

    def parameters(self):
        return [self.weight, self.bias]

    def forward(self, x):
        self.calls += 1
        self.x = x
        return x @ self.weight.value.T + self.bias.value

    def backward(self, dy):
        self.weight.grad = self.weight.grad + self.factor * dy.T @ self.x
        self.bias.grad = self.bias.grad + dy.sum(axis=0)
        return dy @ self.weight.value


class SpoiltLinear(Linear):
    factor = 4


def test_a_layer_is_checked_with_its_parameters_and_left_as_it_was(rng):
    layer = Linear(5, 3, rng)
    layer.bias.grad = np.ones(3)
    weight = layer.weight.value
    report = gradient_check.check_layer(layer, rng.normal(size=(4, 5)), rng, ["weight", "bias"])
    assert report.passed and [tensor.name for tensor in report.tensors] == ["x", "weight", "bias"]
    assert layer.weight.value is weight and np.array_equal(layer.bias.grad, np.ones(3))
    assert not layer.weight.grad.any()


def test_a_layer_in_float32_is_checked_in_float64(rng):
    layer = Linear(5, 3, rng)
    for parameter in layer.parameters():
        parameter.value = parameter.value.astype(np.float32)
    assert gradient_check.check_layer(layer, rng.normal(size=(4, 5)).astype(np.float32), rng).passed
    assert layer.weight.value.dtype == np.float32


def test_the_wrong_parameter_of_a_layer_is_named(rng):
    report = gradient_check.check_layer(SpoiltLinear(5, 3, rng), rng.normal(size=(4, 5)), rng)
    assert [tensor.passed for tensor in report.tensors] == [True, False, True]
    assert "parameters()[0]" in str(report) and "times 4: that is the length of axis 0 of x" in str(report)


def test_a_right_layer_costs_few_calls(rng):
    layer = Linear(50, 30, rng)
    gradient_check.check_layer(layer, rng.normal(size=(40, 50)), rng)
    assert layer.calls <= 3 + 2 * 4 * 3, "at the point: value, gradients; then four a direction, two directions a tensor"


def test_a_layer_may_live_in_another_process(rng):
    module = types.SimpleNamespace(Linear=Linear, SpoiltLinear=SpoiltLinear)
    student = Session(LocalUnit(types.SimpleNamespace(graded=lambda: module)), {}).module
    x = rng.normal(size=(4, 5))
    layer = student.Linear(5, 3, rng)
    assert isinstance(layer, Proxy)
    assert gradient_check.check_layer(layer, x, rng).passed
    assert "is the right one times 4" in str(gradient_check.check_layer(student.SpoiltLinear(5, 3, rng), x, rng))


# ---------------------------------------------------------------------------------------------------------- documents


def test_the_examples_in_the_docstrings_hold():
    failed, tried = doctest.testmod(gradient_check)
    assert tried >= 8 and failed == 0


@pytest.mark.slow
def test_the_benchmark_runs_at_tiny_sizes_and_leaves_its_readme():
    pytest.importorskip("threadpoolctl")
    readme = (BENCHMARKS / "README.md").read_bytes()
    done = subprocess.run([sys.executable, BENCHMARKS / "gradient_check.py", "--quick"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (BENCHMARKS / "README.md").read_bytes() == readme
    printed = re.findall(r"^(\|.*\|)\n\| ---", done.stdout, re.MULTILINE)
    assert len(printed) == 4 and all(heading in readme.decode() for heading in printed)
