"""Part III: regularization."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import CheckFailed, changed_arguments
from dlcourse.toolkit import gradient_check

PART = "part3_loss_optimization"
SLIDE = "Part III, regularization"

L2 = exercise(
    "regularization.l2_penalty",
    points=1,
    part=PART,
    minutes=5,
    slide=SLIDE,
    hints=(
        "The value is one number: the sum of all squared weights. What is the derivative of a square?",
        "return float(np.sum(weight**2)), 2 * weight",
    ),
)
L1 = exercise(
    "regularization.l1_penalty",
    points=1,
    part=PART,
    minutes=5,
    slide=SLIDE,
    hints=(
        "The slope of |w| is 1 to the right of 0 and -1 to the left: which NumPy function is that?",
        "return float(np.sum(np.abs(weight))), np.sign(weight)",
    ),
)
ELASTIC = exercise(
    "regularization.elastic_net_penalty",
    points=2,
    part=PART,
    minutes=10,
    slide=SLIDE,
    hints=(
        "You have written both halves already: call them.",
        "alpha belongs to the L2 half, in the value and in the gradient. The L1 half has no factor.",
    ),
)
MAX_NORM = exercise(
    "regularization.project_max_norm",
    points=2,
    part=PART,
    minutes=15,
    slide=SLIDE,
    hints=(
        "Compute the length of every row first, with keepdims=True, so that it divides the rows.",
        "A row that is too long is multiplied by radius / length; one that is short enough by 1.",
        "weight * np.minimum(1, radius / np.maximum(norms, radius)): the maximum also keeps a zero row from dividing by zero.",
    ),
)


def extra(exercise, rng):
    """Return the arguments after the weight."""
    return (float(rng.uniform(0.3, 3.0)),) if exercise is ELASTIC else ()


@L2.check
@L1.check
@ELASTIC.check
def check_penalty_value(function, reference, exercise, rng):
    """the value, on random weights"""
    for shape in ((4, 7), (5,)):
        weight, more = rng.normal(size=shape), extra(exercise, rng)
        got = function(weight, *more)
        expect(isinstance(got, tuple | list) and len(got) == 2, "expected two results: the value and its gradient")
        compare(got[0], reference(weight, *more)[0], what="the value", sizes={"the number of weights": weight.size})


@L2.check
@L1.check
@ELASTIC.check
def check_penalty_gradient(function, exercise, rng):
    """the gradient is that of the value, by numerical derivatives"""
    more = extra(exercise, rng)
    report = gradient_check.check_loss(lambda weight: function(weight, *more), rng.normal(size=(3, 5)), rng, names=["weight"])
    report.raise_if_failed(CheckFailed)


@L1.check
@ELASTIC.check
def check_penalty_at_zero(function, reference, exercise, rng):
    """where a weight is 0, the L1 part has gradient 0"""
    weight, more = rng.normal(size=(4, 6)), extra(exercise, rng)
    weight[rng.random(size=weight.shape) < 0.5] = 0.0
    weight[0, 0] = 0.0
    compare(function(weight, *more), reference(weight, *more), what="value and gradient")


@L2.check
@L1.check
@ELASTIC.check
def check_penalty_weights_kept(function, reference, exercise, rng):
    """the weights stay as they were, and float32 stays float32"""
    weight, more = rng.normal(size=(3, 4)).astype(np.float32), extra(exercise, rng)
    got, changed = changed_arguments(function, weight, *more)
    compare(got, reference(weight, *more), rtol=1e-5, what="value and gradient")
    expect_dtype(got[1], np.float32, "the gradient")
    expect(not changed, "it changes the weights in place: work on a copy, the caller still needs them")


@MAX_NORM.check
def check_max_norm_example(function, rng):
    """by hand: with radius 5, (6, 8) becomes (3, 4), and (0, 5), (1, 2), (0, 0) stay"""
    weight, expected = np.array([[6.0, 8.0], [0.0, 5.0], [1.0, 2.0], [0.0, 0.0]]), np.array([[3, 4], [0, 5], [1, 2.0], [0, 0]])
    for scale in (1.0, rng.uniform(0.2, 3.0)):
        compare(function(scale * weight, scale * 5.0), scale * expected, what="the weights")


@MAX_NORM.check
def check_max_norm_random(function, reference, rng):
    """random weights, some rows longer than the radius and some shorter"""
    weight = rng.normal(size=(8, 6)) * np.linspace(0.2, 3.0, 8)[:, None]
    compare(function(weight, 2.0), reference(weight, 2.0), what="the weights")


@MAX_NORM.check
def check_max_norm_all_short(function, rng):
    """nothing is made longer: if all rows are short enough, the weights stay"""
    weight = rng.uniform(-1, 1, size=(5, 4))
    compare(function(weight, 10.0), weight, what="the weights")


@MAX_NORM.check
def check_max_norm_kept(function, reference, rng):
    """the given weights stay as they were, and float32 stays float32"""
    weight = (3 * rng.normal(size=(4, 5))).astype(np.float32)
    got, changed = changed_arguments(function, weight, 1.5)
    compare(got, reference(weight, 1.5), what="the weights")
    expect_dtype(got, np.float32, "the result")
    expect(not changed, "it changes the given weights in place: return new ones")
