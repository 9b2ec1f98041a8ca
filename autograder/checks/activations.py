"""Part VI: activation functions."""

import itertools

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import CheckFailed, call_strictly, changed_arguments
from dlcourse.toolkit import gradient_check

PART = "part6_training"
SLIDE = "Part VI, activation functions"

SIGMOID = exercise(
    "activations.Sigmoid",
    points=3,
    part=PART,
    minutes=20,
    slide=SLIDE,
    hints=(
        "Write down both forms, and for each the x at which its exponential overflows.",
        "exp(-|x|) never overflows. With small = np.exp(-np.abs(x)), one form is 1 / (1 + small), the other small / (1 + small).",
        "self.y = np.where(x >= 0, 1, small) / (1 + small); backward: gradient * self.y * (1 - self.y).",
    ),
)
TANH = exercise(
    "activations.Tanh",
    points=1,
    part=PART,
    minutes=8,
    slide=SLIDE,
    hints=(
        "NumPy has np.tanh. Keep what it returns: the derivative needs it.",
        "self.y = np.tanh(x); backward: gradient * (1 - self.y**2).",
    ),
)
LEAKY = exercise(
    "activations.LeakyReLU",
    points=2,
    part=PART,
    minutes=12,
    slide=SLIDE,
    hints=(
        "Keep where x is positive: forward and backward both need it.",
        "np.where(self.positive, x, self.slope * x), and backward is the same with the gradient in the place of x.",
    ),
)
ELU = exercise(
    "activations.ELU",
    points=3,
    part=PART,
    minutes=20,
    slide=SLIDE,
    hints=(
        "np.where computes both sides for all x, and then chooses. What is exp(1000)?",
        "np.exp(np.minimum(x, 0)) never overflows. The derivative of the left side is y + alpha.",
        "forward: self.y = np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1)); backward: np.where(self.positive, "
        "gradient, gradient * (self.y + alpha)).",
    ),
)


def name_of(exercise):
    return exercise.name.split(".")[1]


def expect_pass(oracle, layer, exercise, x, rng, a=None, around=""):
    """Compare a forward and a backward pass with the definition."""
    values, derivatives = oracle.by_definition(name_of(exercise), x, a)
    gradient = rng.normal(size=x.shape)
    compare(layer.forward(x), values, what=f"forward{around}")
    compare(layer.backward(gradient), gradient * derivatives, what=f"backward{around}")


@SIGMOID.check
@TANH.check
@LEAKY.check
@ELU.check
def check_values(function, exercise, oracle, rng):
    """forward: the values at random x, for arrays of one to four dimensions"""
    for shape in ((7,), (3, 4), (2, 3, 2, 2)):
        x = 2 * rng.normal(size=shape)
        x.flat[:2] = -1.5, 0.7
        compare(function().forward(x), oracle.by_definition(name_of(exercise), x)[0], what=f"the values for x of shape {shape}")


@SIGMOID.check
@TANH.check
@LEAKY.check
@ELU.check
def check_gradient(function, rng):
    """backward: the gradient, by numerical derivatives"""
    gradient_check.check_layer(function(), 2 * rng.normal(size=(4, 5)), rng).raise_if_failed(CheckFailed)


@SIGMOID.check
@TANH.check
@LEAKY.check
@ELU.check
def check_large(function, exercise, oracle, rng):
    """x around 1000 and -1000, also in one batch, gives numbers, not nan, forward and backward"""
    x = np.concatenate([rng.uniform(750, 2000, size=3), rng.uniform(-2000, -750, size=3), rng.normal(size=2)])
    for case in (x, x[:3], x[3:6]):
        expect_pass(oracle, function(), exercise, case, rng, around=f" at {case[0]:.0f}, {case[1]:.0f}, …")


@SIGMOID.check
@ELU.check
def check_no_overflow(function, exercise, oracle, rng):
    """x around 1000 and -1000 causes no overflow on the way, of which NumPy would warn"""
    for dtype, side in itertools.product((np.float64, np.float32), (1, -1)):  # one side at a time tells whose exponential it is
        x = np.concatenate([side * rng.uniform(750, 2000, size=3), rng.normal(size=2)]).astype(dtype)
        layer, (values, derivatives) = function(), oracle.by_definition(name_of(exercise), x.astype(float))
        compare(call_strictly(layer.forward, x), values, what=f"forward in {x.dtype}")
        gradient = rng.normal(size=x.shape).astype(dtype)
        compare(call_strictly(layer.backward, gradient), gradient * derivatives, what=f"backward in {x.dtype}")


@SIGMOID.check
@TANH.check
@LEAKY.check
@ELU.check
def check_dtype(function, reference, rng):
    """float32 stays float32, forward and backward"""
    x, gradient = rng.normal(size=(2, 3, 5)).astype(np.float32)
    got, expected = function(), reference()
    for name in ("forward", "backward"):
        argument = x if name == "forward" else gradient
        result = getattr(got, name)(argument)
        compare(result, getattr(expected, name)(argument), rtol=1e-4, atol=1e-5, what=name)
        expect_dtype(result, np.float32, name)


@SIGMOID.check
@TANH.check
@LEAKY.check
@ELU.check
def check_arguments_kept(function, exercise, oracle, rng):
    """x and the gradient stay as they were"""
    layer, x, gradient = function(), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    values, derivatives = oracle.by_definition(name_of(exercise), x)
    got, changed = changed_arguments(layer.forward, x)
    expect(not changed, "forward changes x in place: work on a copy, the layer before still needs it")
    compare(got, values, what="forward")
    got, changed = changed_arguments(layer.backward, gradient)
    expect(not changed, "backward changes the gradient in place: work on a copy")
    compare(got, gradient * derivatives, what="backward")


@SIGMOID.check
@TANH.check
@LEAKY.check
@ELU.check
def check_last_forward(function, exercise, oracle, rng):
    """backward belongs to the last forward of the same layer, whatever other layers did meanwhile"""
    layer, other = function(), function()
    layer.forward(rng.normal(size=(2, 6)))
    x, gradient = rng.normal(size=(2, 3, 4))
    x[0, :2] = -1.2, 0.8
    layer.forward(x)
    other.forward(0.5 - x)
    compare(layer.backward(gradient), gradient * oracle.by_definition(name_of(exercise), x)[1], what="backward")


@LEAKY.check
@ELU.check
def check_argument_used(function, exercise, oracle, rng):
    """another slope, or alpha, than the default, forward and backward"""
    for a in (rng.uniform(0.1, 0.4), rng.uniform(0.5, 0.9)):
        x = rng.normal(size=(4, 3))
        x[0] = rng.uniform(-2, -0.5, size=3)
        expect_pass(oracle, function(a), exercise, x, rng, a, around=f", argument {a:.3f}")


@LEAKY.check
@ELU.check
def check_at_zero(function, exercise, oracle, rng):
    """at exactly 0, where the slope may jump, the derivative is that of the left side"""
    a = rng.uniform(0.2, 0.8)
    x = rng.normal(size=(3, 4)) * rng.integers(0, 2, size=(3, 4))
    x[0, :2] = 0
    expect_pass(oracle, function(a), exercise, x, rng, a, around=" at numbers some of which are 0")
