"""Part III: loss functions."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import CheckFailed, changed_arguments
from dlcourse.toolkit import gradient_check

PART = "part3_loss_optimization"
SLIDE_SCORES = np.array([3.2, 5.1, -1.7])  # cat, dog, ship

SOFTMAX = exercise(
    "losses.softmax",
    points=3,
    part=PART,
    minutes=15,
    slide="Part III, softmax classifier",
    hints=(
        "Exponentials first, then divide each row by its own sum.",
        "np.exp(1000) is infinite. What changes if you subtract the same number from all scores of a row?",
        "e = np.exp(scores - scores.max(axis=1, keepdims=True)); return e / e.sum(axis=1, keepdims=True)",
    ),
)
CROSS_ENTROPY = exercise(
    "losses.cross_entropy",
    points=4,
    part=PART,
    minutes=30,
    slide="Part III, softmax classifier",
    hints=(
        "scores[np.arange(N), labels] picks the score of the right class of each example.",
        "Work with log-probabilities: scores minus the row's maximum, minus the logarithm of the row's sum of exponentials.",
        "The gradient is the softmax, minus 1 at the right class of each row, divided by N.",
    ),
)
HINGE = exercise(
    "losses.hinge_loss",
    points=4,
    part=PART,
    minutes=25,
    slide="Part III, loss functions; Weston and Watkins (1999)",
    hints=(
        "Subtract the right class's score from each row and add the margin: what is positive there costs.",
        "The right class itself would cost exactly the margin: set it to 0 before you sum.",
        "Each positive entry pulls its own score down (gradient 1) and the right one up (gradient -1): the right class gets "
        "minus the number of positive entries of its row. Divide by N.",
    ),
)


def batch(rng, num_examples=6, num_classes=4):
    return 2 * rng.normal(size=(num_examples, num_classes)), rng.integers(0, num_classes, size=num_examples)


# ------------------------------------------------------------------------------------------------------- softmax


@SOFTMAX.check
def check_softmax_slide(function, rng):
    """the slide's example: scores (3.2, 5.1, -1.7) give (0.13, 0.87, 0.00), whatever constant is added"""
    for constants in (np.zeros((1, 1)), rng.normal(size=(5, 1))):
        order = rng.permutation(3) if len(constants) > 1 else np.arange(3)
        got = function(SLIDE_SCORES[order] + constants)
        expected = np.tile(np.exp(SLIDE_SCORES[order]) / np.exp(SLIDE_SCORES).sum(), (len(constants), 1))
        compare(got, expected, what="the probabilities")


@SOFTMAX.check
def check_softmax_random(function, reference, rng):
    """random scores: each row sums to 1"""
    scores, _ = batch(rng)
    got = function(scores)
    compare(got, reference(scores), what="the probabilities")
    compare(got.sum(axis=1), np.ones(6), what="the sum of each row")


@SOFTMAX.check
def check_softmax_large(function, rng):
    """scores around 1000 and -1000, also in one batch, give numbers, not nan"""
    scores, _ = batch(rng)
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    for shift in (np.full((6, 1), 1000.0), np.full((6, 1), -1000.0), np.array([[1000.0], [-1000.0]] * 3)):
        compare(function(scores + shift), expected, rtol=1e-8, what=f"the probabilities of scores around {shift[:2].ravel()}")


@SOFTMAX.check
def check_softmax_dtype(function, reference, rng):
    """float32 stays float32"""
    scores = batch(rng)[0].astype(np.float32)
    got = function(scores)
    compare(got, reference(scores), what="the probabilities")
    expect_dtype(got, np.float32, "the probabilities")


@SOFTMAX.check
@CROSS_ENTROPY.check
@HINGE.check
def check_scores_unchanged(function, reference, exercise, rng):
    """the scores stay as they were"""
    scores, labels = batch(rng)
    arguments = (scores,) if exercise is SOFTMAX else (scores, labels)
    got, changed = changed_arguments(function, *arguments)
    compare(got, reference(*arguments))
    expect(not changed, "it changes the scores in place: work on a copy, the caller still needs them")


# ------------------------------------------------------------------------------------------------------- losses


def loss_of(function, *arguments):
    """Return the loss alone of a function that must return (loss, gradient)."""
    got = function(*arguments)
    expect(isinstance(got, tuple | list) and len(got) == 2, "expected two results: the loss and its gradient")
    return got[0]


def expect_gradient(function, labels, scores, rng, *more):
    gradient_check.check_loss(lambda s: function(s, labels, *more), scores, rng, names=["scores"]).raise_if_failed(CheckFailed)


@CROSS_ENTROPY.check
def check_cross_entropy_slide(function, rng):
    """the slide's example: the loss of "dog" is -ln 0.87 = 0.14 (the slide's 0.06 is a logarithm to base 10)"""
    for right in (1, *rng.permutation(3)):
        expected = -np.log(np.exp(SLIDE_SCORES[right]) / np.exp(SLIDE_SCORES).sum())
        order = rng.permutation(3)
        label = np.flatnonzero(order == right)
        compare(loss_of(function, SLIDE_SCORES[None, order], label), expected, what="the loss")


@CROSS_ENTROPY.check
def check_cross_entropy_random(function, reference, rng):
    """the loss is the mean over a random batch"""
    scores, labels = batch(rng)
    compare(
        loss_of(function, scores, labels),
        reference(scores, labels)[0],
        what="the loss",
        sizes={"N, the number of examples": 6, "C, the number of classes": 4},
    )


@CROSS_ENTROPY.check
def check_cross_entropy_gradient(function, rng):
    """the gradient is that of the loss, by numerical derivatives"""
    scores, labels = batch(rng)
    expect_gradient(function, labels, scores, rng)


@CROSS_ENTROPY.check
def check_cross_entropy_equal_scores(function, rng):
    """equal scores for C classes cost ln C"""
    for num_classes in rng.permutation(np.arange(2, 50))[:4].tolist():
        scores = np.full((3, num_classes), rng.normal())
        compare(loss_of(function, scores, np.zeros(3, int)), np.log(num_classes), what=f"the loss of {num_classes} equal scores")


@CROSS_ENTROPY.check
def check_cross_entropy_tiny_probability(function, rng):
    """a right class of tiny probability costs much, never infinitely much: scores 0 and 1000"""
    for size in rng.uniform(800.0, 5000.0, size=3):
        loss, gradient = function(np.array([[0.0, size], [size, 0.0]]), np.array([0, 0]))
        compare(loss, size / 2, what="the loss")  # the first costs `size`, the second nothing
        compare(gradient, np.array([[-0.5, 0.5], [0.0, 0.0]]), what="the gradient")


@CROSS_ENTROPY.check
def check_cross_entropy_dtype(function, reference, rng):
    """the gradient of float32 scores is float32"""
    scores, labels = batch(rng)
    scores = scores.astype(np.float32)
    loss, gradient = function(scores, labels)
    compare((loss, gradient), reference(scores, labels), rtol=1e-4, what="loss and gradient")
    expect_dtype(gradient, np.float32, "the gradient")


# -------------------------------------------------------------------------------------------------------- hinge


@HINGE.check
def check_hinge_example(function, rng):
    """by hand: scores (3.2, 5.1, -1.7) cost max(0, 5.1 - 3.2 + 1) + max(0, -1.7 - 3.2 + 1) = 2.9 if class 0 is right"""
    for right, expected in ((0, 2.9), (1, 0.0), (2, 5.9 + 7.8)):
        order = rng.permutation(3)
        scores = SLIDE_SCORES[None, order] + rng.normal()
        compare(loss_of(function, scores, np.flatnonzero(order == right)), expected, rtol=1e-9, what="the loss")


@HINGE.check
def check_hinge_random(function, reference, rng):
    """the loss is the mean over a random batch"""
    scores, labels = batch(rng, num_examples=8)
    sizes = {"N, the number of examples": 8, "C, the number of classes": 4}
    compare(loss_of(function, scores, labels), reference(scores, labels)[0], what="the loss", sizes=sizes)


@HINGE.check
def check_hinge_margin(function, reference, rng):
    """another margin than 1"""
    scores, labels = batch(rng, num_examples=8)
    for margin in rng.uniform(1.5, 6.0, size=2):
        compare(loss_of(function, scores, labels, margin), reference(scores, labels, margin)[0], what=f"margin {margin:.2f}, loss")


@HINGE.check
def check_hinge_gradient(function, rng):
    """the gradient is that of the loss, by numerical derivatives"""
    scores, labels = batch(rng, num_examples=8)
    expect_gradient(function, labels, scores, rng)


@HINGE.check
def check_hinge_kink(function, reference, rng):
    """at the margin exactly, where the loss has its kink, the gradient is 0"""
    scores = rng.integers(-3, 4, size=(20, 5)).astype(float)  # many differences are exactly 1
    labels = rng.integers(0, 5, size=20)
    scores[0], labels[0] = [3.0, 2.0, 0.0, 2.0, -1.0], 0
    got = function(scores, labels)
    expect(isinstance(got, tuple | list) and len(got) == 2, "expected two results: the loss and its gradient")
    compare(got[1], reference(scores, labels)[1], what="the gradient for scores that are whole numbers")
