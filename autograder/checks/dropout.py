"""Part VI: dropout and stochastic depth.

What is drawn at random is compared with all that may come out of it, and shares with bounds of 8 standard deviations: a
right answer misses one in fewer than one of a billion checks.
"""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import Function, changed_arguments

PART = "part6_training"
SIGMAS = 8

DROPOUT = exercise(
    "dropout.Dropout",
    points=4,
    part=PART,
    minutes=25,
    slide="Part III, regularization; Part VI",
    hints=(
        "self.rng.random(x.shape) is uniform between 0 and 1: with which probability is it at least p?",
        "Keep the mask on self: backward multiplies by the same one. In evaluation it is all ones.",
        "In training: self.mask = (self.rng.random(x.shape) >= self.p).astype(x.dtype) / (1 - self.p); return x * self.mask.",
    ),
)
DEPTH = exercise(
    "dropout.StochasticDepth",
    points=4,
    part=PART,
    minutes=25,
    slide="Part III, regularization: fancier",
    hints=(
        "One draw decides for the whole batch. backward must know what forward decided.",
        "All three cases are x + share · block(x): share is 0 or 1 in training, and 1 - p in evaluation. Do not compute the block "
        "where share is 0.",
        "backward: gradient + self.block.backward(self.share * gradient), or the gradient alone if the block was skipped.",
    ),
)


def expect_share(found, n, p, what):
    sure = SIGMAS * np.sqrt(p * (1 - p) / n)
    expect(abs(found - p) <= sure, f"{what} {found:.1%} of {n}, expected {p:.1%}: p is the probability of dropping")


def random_p(rng):
    """A probability that is not near ½, so that p and 1 - p can be told apart."""
    return float(rng.choice([rng.uniform(0.15, 0.3), rng.uniform(0.7, 0.85)]))


# ------------------------------------------------------------------------------------------------------------- Dropout


def dropped(layer, x):
    """Forward x, which holds no 0, and return y and where it was dropped."""
    y = layer.forward(x)
    compare(np.asarray(y).shape, x.shape, what="the shape of y")
    return y, y == 0


@DROPOUT.check
def check_dropout_values(function, rng):
    """training: every number is either 0 or divided by 1 - p, the share p of them 0"""
    p, x = random_p(rng), rng.uniform(0.5, 2.0, size=(50, 60)) * rng.choice([-1, 1])
    y, zero = dropped(function(p, np.random.default_rng(rng.integers(1 << 30))), x)
    compare(y, np.where(zero, 0, x / (1 - p)), what=f"y with p = {p:.3f}, where it is not 0")
    expect_share(zero.mean(), x.size, p, "the numbers set to 0 are")


@DROPOUT.check
def check_dropout_each_by_itself(function, rng):
    """training: each number is dropped by itself, not whole rows, columns or channels, and anew each time"""
    layer, x = function(random_p(rng), np.random.default_rng(rng.integers(1 << 30))), np.ones((20, 20, 20))
    _, zero = dropped(layer, x)
    for axis in range(3):
        mixed = np.mean(zero.any(axis=axis) & ~zero.all(axis=axis))
        expect(mixed > 0.5, f"along axis {axis} the numbers are dropped all together: draw one random number for each of them")
    _, again = dropped(layer, x)
    expect(not np.array_equal(zero, again), "the second forward drops the same numbers as the first: draw a new mask each time")
    counts = {int(dropped(layer, x[0])[1].sum()) for _ in range(12)}  # all alike by chance in one of 10¹³ checks
    expect(len(counts) > 1, f"each time exactly {min(counts)} of 400 numbers are dropped: chance decides for each by itself")


@DROPOUT.check
def check_dropout_backward(function, rng):
    """backward: the gradient goes through the same mask as x did, divided by 1 - p too"""
    p = random_p(rng)
    layer = function(p, np.random.default_rng(rng.integers(1 << 30)))
    dropped(layer, rng.uniform(0.5, 2.0, size=(4, 50)))
    _, zero = dropped(layer, rng.uniform(0.5, 2.0, size=(4, 50)))
    gradient = rng.normal(size=zero.shape)
    compare(layer.backward(gradient), np.where(zero, 0, gradient / (1 - p)), what="the gradient of x")


@DROPOUT.check
def check_dropout_of_zeros(function, rng):
    """backward: an x that is 0, and was kept, gets its gradient like any other"""
    p = random_p(rng)
    layer, x = function(p, np.random.default_rng(rng.integers(1 << 30))), np.zeros((40, 50))
    compare(layer.forward(x), x, what="y for zeros")
    got = layer.backward(np.ones_like(x))
    compare(got, np.where(got == 0, 0, 1 / (1 - p)), what="the gradient of x, where it is not 0")
    expect_share((got == 0).mean(), x.size, p, "the gradients set to 0 are")


@DROPOUT.check
def check_dropout_evaluation(function, rng):
    """evaluation: y is x, and backward returns the gradient, also right after training; then training drops again"""
    layer = function(random_p(rng), np.random.default_rng(rng.integers(1 << 30)))
    x, gradient = rng.uniform(0.5, 2.0, size=(2, 4, 50))
    layer.forward(x)
    layer.eval()
    compare(layer.forward(x), x, what="y in evaluation")
    compare(layer.backward(gradient), gradient, what="the gradient of x in evaluation")
    layer.train()
    expect((layer.forward(x) == 0).any(), "nothing is dropped when training goes on after an evaluation")


@DROPOUT.check
def check_dropout_nothing(function, rng):
    """p = 0 drops nothing, and scales nothing"""
    layer, x = function(0.0, rng), rng.normal(size=(6, 5))
    compare(layer.forward(x), x, what="y with p = 0")


@DROPOUT.check
def check_dropout_seeded(function, rng):
    """all randomness comes from the rng: the same seed drops the same numbers, another seed others"""
    p, seed, x = random_p(rng), int(rng.integers(1 << 30)), rng.uniform(0.5, 2.0, size=(30, 20))
    once, again, other = (function(p, np.random.default_rng(s)).forward(x) for s in (seed, seed, seed + 1))
    expect(np.array_equal(once, again), "the same seed drops different numbers: draw from the rng you are given, nothing else")
    expect(not np.array_equal(once, other), "two different seeds drop the same numbers: draw from the rng you are given")


@DROPOUT.check
def check_dropout_kept(function, rng):
    """float32 stays float32, and x and the gradient stay as they were"""
    p = random_p(rng)
    layer = function(p, np.random.default_rng(rng.integers(1 << 30)))
    x, gradient = rng.uniform(0.5, 2.0, size=(2, 6, 40)).astype(np.float32)
    y, changed = changed_arguments(layer.forward, x)
    expect(not changed, "forward changes x in place: work on a copy, the layer before still needs it")
    expect_dtype(y, np.float32, "y")
    dx, changed = changed_arguments(layer.backward, gradient)
    expect(not changed, "backward changes the gradient in place: work on a copy")
    compare(dx, np.where(y == 0, 0, gradient / (1 - p)).astype(np.float32), what="the gradient of x")
    expect_dtype(dx, np.float32, "the gradient of x")


# ----------------------------------------------------------------------------------------------------- StochasticDepth


def residual(student, rng, p):
    """A StochasticDepth around a block x → ax + b, whose backward multiplies by c, and a, b and c.

    A right backward would have c = a: that they differ shows which of the two was called.
    """
    a, b, c = rng.uniform(1.5, 3.0, size=3).round(3).tolist()
    block = student.Layer()
    block.forward = Function(f"lambda x: {a} * x + {b}")
    block.backward = Function(f"lambda gradient: {c} * gradient")
    return student.StochasticDepth(block, p, np.random.default_rng(rng.integers(1 << 30))), (a, b, c)


def was_skipped(y, x, a, b):
    """Return whether the block was skipped; the whole batch has to agree."""
    if np.array_equal(y, x):
        return True
    compare(y, x + (a * x + b), what="y in training, which is neither x nor x + block(x)")
    return False


@DEPTH.check
def check_depth_training(student, rng):
    """training: the whole batch is x with probability p, and x + block(x) otherwise, decided anew each time"""
    p, x = random_p(rng), rng.uniform(0.5, 2.0, size=(3, 2))
    layer, (a, b, _) = residual(student, rng, p)
    forward = layer.forward
    skipped = [was_skipped(forward(x), x, a, b) for _ in range(300)]
    expect_share(np.mean(skipped), 300, p, "the block is skipped in")


@DEPTH.check
def check_depth_evaluation(student, rng):
    """evaluation: y = x + (1 - p) · block(x), never skipped; backward accordingly"""
    p = random_p(rng)
    layer, (a, b, c) = residual(student, rng, p)
    x, gradient = rng.normal(size=(2, 4, 3))
    layer.eval()
    for _ in range(40):
        y = layer.forward(x)
        if not np.array_equal(y, x + (a * x + b)):  # which a block that is skipped now and then may give, or one without 1 - p
            break
    compare(y, x + (1 - p) * (a * x + b), what="y in evaluation")
    compare(layer.backward(gradient), gradient + (1 - p) * c * gradient, what="the gradient of x in evaluation")


@DEPTH.check
def check_depth_backward(student, rng):
    """backward: through the block and around it if the last forward did, around it alone if the block was skipped"""
    layer, (a, b, c) = residual(student, rng, 0.5)
    x, gradient = rng.uniform(0.5, 2.0, size=(2, 3, 2))
    for _ in range(40):
        skipped = was_skipped(layer.forward(x), x, a, b)
        what = "the gradient of x where the block was skipped" if skipped else "the gradient of x where it was not"
        compare(layer.backward(gradient), gradient if skipped else gradient + c * gradient, what=what)


@DEPTH.check
def check_depth_extremes(student, rng):
    """p = 1 always skips, and then computes nothing of the block; p = 0 never skips"""
    x = rng.uniform(0.5, 2.0, size=(3, 2))
    for p in (0.0, 1.0):
        layer, (a, b, _) = residual(student, rng, p)
        if p == 1:
            layer.block.forward = Function("lambda x: np.computed_although_skipped")
        for _ in range(5):
            expect(was_skipped(layer.forward(x), x, a, b) == (p == 1), f"p = {p:g}, and the block is {'not ' * int(p)}skipped")


@DEPTH.check
def check_depth_seeded(student, rng):
    """all randomness comes from the rng: the same seed skips at the same times, another seed at others"""
    x, seed, runs = rng.uniform(0.5, 2.0, size=(2, 2)), int(rng.integers(1 << 30)), []
    for number in (seed, seed, seed + 1):
        layer, (a, b, _) = residual(student, rng, 0.5)
        layer.rng = np.random.default_rng(number)
        runs.append([was_skipped(layer.forward(x), x, a, b) for _ in range(60)])
    expect(runs[0] == runs[1], "the same seed skips at different times: draw from self.rng, nothing else")
    expect(runs[0] != runs[2], "two different seeds skip at the same times: draw from self.rng")


@DEPTH.check
def check_depth_kept(student, rng):
    """float32 stays float32, and x and the gradient stay as they were, skipped or not"""
    for p in (0.0, 1.0):
        layer, (a, b, c) = residual(student, rng, p)
        x, gradient = rng.uniform(0.5, 2.0, size=(2, 4, 3)).astype(np.float32)
        y, changed = changed_arguments(layer.forward, x)
        expect(not changed, "forward changes x in place: work on a copy, the layer before still needs it")
        compare(y, x if p == 1 else x + (np.float32(a) * x + np.float32(b)), what="y")
        expect_dtype(y, np.float32, "y")
        dx, changed = changed_arguments(layer.backward, gradient)
        expect(not changed, "backward changes the gradient in place: work on a copy")
        compare(dx, gradient if p == 1 else gradient + np.float32(c) * gradient, what="the gradient of x")
        expect_dtype(dx, np.float32, "the gradient of x")
