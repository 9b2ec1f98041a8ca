"""Part III: optimization."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect
from autograder.remote import CheckFailed, Function, changed_arguments
from dlcourse.toolkit import gradient_check

PART = "part3_loss_optimization"

NUMERICAL = exercise(
    "optimization.numerical_gradient",
    points=3,
    part=PART,
    minutes=20,
    slide="Part III, optimization: follow the slope",
    hints=(
        "Move one number by +h, evaluate f; move it by -h, evaluate f; put it back. np.ndindex(x.shape) runs over all numbers.",
        "Work on a copy of x, and put each number back from x itself: adding and subtracting h does not quite return to it.",
        "gradient[index] = (above - below) / (2 * h), with above = f(moved) after moved[index] = x[index] + h, and below alike.",
    ),
)
SAMPLE = exercise(
    "optimization.sample_batch",
    points=2,
    part=PART,
    minutes=10,
    slide="Part III, mini-batch SGD",
    hints=(
        "Draw indices, not images: images and labels must stay together.",
        "chosen = rng.choice(len(images), size=batch_size, replace=False); return images[chosen], labels[chosen]",
    ),
)
SEARCH = exercise(
    "optimization.random_search",
    points=2,
    part=PART,
    minutes=10,
    slide="Part III, optimization",
    hints=(
        "Keep two things: the best weights so far, and their loss. Start with a loss of infinity.",
        "In each of num_tries rounds: weight = scale * rng.normal(size=shape); keep it if its loss is smaller than the best.",
    ),
)
DESCENT = exercise(
    "optimization.gradient_descent",
    points=2,
    part=PART,
    minutes=15,
    slide="Part III, gradient descent",
    hints=(
        "The gradient points uphill. Which sign takes you down?",
        "weight = weight - learning_rate * gradient makes a new array, weight -= … changes the caller's.",
        "Note the loss before each step: losses[step], gradient = loss_and_gradient(weight).",
    ),
)
CLASSIFIER = exercise(
    "optimization.LinearClassifier",
    points=6,
    part=PART,
    minutes=40,
    slide="Parts II and III",
    hints=(
        "Forward: scores, then loss. Backward: from the gradient of the scores to the gradients of weight and bias. What are "
        "their shapes?",
        "scores_gradient is (N, C) and the flat images are (N, D); the weight's gradient is (C, D): scores_gradient.T @ flat. The "
        "bias's is the sum over the examples. The penalty adds to the weight's gradient only.",
        "train: in each step sample_batch(images, labels, batch_size, self.rng), then loss_and_gradient, then subtract "
        "learning_rate times each gradient from self.weight and self.bias.",
    ),
)

# ---------------------------------------------------------------------------------------------- numerical gradient


@NUMERICAL.check
def check_numerical_polynomial(function, rng):
    """central differences: for a sum of cubes they are 3x² + h² exactly, also where h is large"""
    x = rng.normal(size=(3, 4))
    for h in (0.5, float(rng.uniform(0.05, 0.3))):
        got = function(Function("lambda x: float(np.sum(x**3))"), x, h)
        compare(got, 3 * x**2 + h**2, rtol=1e-7, atol=1e-9, what=f"the gradient with h = {h:.3g}")


@NUMERICAL.check
def check_numerical_coupled(function, rng):
    """one number is moved at a time, and put back before the next: f = (sum of x)²"""
    x = rng.normal(size=7)
    got = function(Function("lambda x: float(np.sum(x)) ** 2"), x, 1e-3)
    compare(got, np.full(7, 2 * x.sum()), rtol=1e-6, atol=1e-8, what="the gradient")


@NUMERICAL.check
def check_numerical_shapes(function, rng):
    """x of one, two and three dimensions"""
    for shape in ((1,), (2, 5), (2, 3, 2)):
        x, power = rng.uniform(0.5, 2.0, size=shape), int(rng.integers(2, 5))
        got = function(Function(f"lambda x: float(np.sum(x**{power}))"), x, 1e-4)
        compare(got, power * x ** (power - 1), rtol=1e-5, atol=1e-6, what=f"the gradient of shape {shape}")


@NUMERICAL.check
def check_numerical_x_kept(function, rng):
    """x is as it was, to the last bit"""
    x = rng.normal(size=(4, 5))
    got, changed = changed_arguments(function, Function("lambda x: float(np.sum(x**2))"), x, 0.1)
    compare(got, 2 * x, rtol=1e-7, atol=1e-9, what="the gradient")
    expect(not changed, "x is not what it was: put every number back from a copy, for x + h - h is not quite x")


# ------------------------------------------------------------------------------------------------------- sampling


@SAMPLE.check
def check_sample_pairs(function, rng):
    """every image keeps its own label"""
    images = rng.normal(size=(40, 3))
    for size in rng.integers(5, 40, size=3).tolist():
        batch_images, batch_labels = drawn(function, images, np.arange(40), size, rng)
        expect(len(batch_labels) == size and len(batch_images) == size, f"expected {size} images and labels")
        compare(batch_images, images[batch_labels], what="the images of the drawn labels")


@SAMPLE.check
def check_sample_different(function, rng):
    """no example is drawn twice, and every example can be drawn"""
    for count in rng.integers(20, 60, size=3).tolist():
        images = np.arange(2.0 * count).reshape(count, 2)
        _, labels = drawn(function, images, np.arange(count), count, rng)
        compare(np.sort(labels), np.arange(count), what=f"the labels of a batch of all {count} examples, sorted")


@SAMPLE.check
def check_sample_random(function, rng):
    """the examples are drawn at random, by the rng alone"""
    images, labels, seed = rng.normal(size=(60, 2)), np.arange(60), int(rng.integers(1 << 30))
    once, again, other = (drawn(function, images, labels, 20, np.random.default_rng(s))[1] for s in (seed, seed, seed + 1))
    expect(np.array_equal(once, again), "the same seed gives two different batches: use the rng you are given, nothing else")
    expect(not np.array_equal(once, other), "two different seeds give the same batch: draw with the rng you are given")
    expect(not np.array_equal(once, np.arange(20)), "these are the first examples, in order: draw them at random")


def drawn(function, images, labels, size, rng):
    got = function(images, labels, size, rng)
    pair = isinstance(got, tuple | list) and len(got) == 2 and all(isinstance(part, np.ndarray) for part in got)
    expect(pair, "expected two arrays: images and labels")
    expect(got[1].ndim == 1 and got[1].dtype.kind in "iu", "the second result: expected a 1-D integer array of labels")
    return got


# ------------------------------------------------------------------------------------------------------- searching


@SEARCH.check
def check_search_best(function, oracle, rng):
    """the best of the tries, and its loss"""
    for tries in (30, 1, 2):
        seed = int(rng.integers(1 << 30))
        draws = np.random.default_rng(seed).normal(size=(tries, 6))
        best = rng.integers(max(tries - 1, 1))  # never the last of several
        target = (0.7 * draws[best] + 0.01 * rng.normal(size=6)).round(3).tolist()
        loss = Function(f"lambda w: float(np.sum((w.ravel() - np.array({target})) ** 2))")
        got = function(loss, (2, 3), tries, 0.7, np.random.default_rng(seed))
        compare(got, oracle.best_of_all(target, (2, 3), tries, 0.7, np.random.default_rng(seed)), what="weight and loss")


@SEARCH.check
def check_search_scale(function, rng):
    """the weights have the scale that was asked for, and the shape"""
    loss = Function("lambda w: -float(np.abs(w).max())")
    for scale in rng.uniform(0.5, 20.0, size=2).tolist():
        seed = int(rng.integers(1 << 30))
        weight, best = function(loss, (4, 5), 10, scale, np.random.default_rng(seed))
        draws = np.random.default_rng(seed)
        expected = scale * max((draws.normal(size=(4, 5)) for _ in range(10)), key=lambda w: np.abs(w).max())
        compare(weight, expected, what=f"the weights of scale {scale:.3g}")
        compare(best, -np.abs(expected).max(), what="the loss")


# ------------------------------------------------------------------------------------------------ gradient descent

BOWL = Function("lambda w: (float(np.sum(w**2)), 2 * w)")


@DESCENT.check
def check_descent_end(function, rng):
    """on a bowl, sum of w², each step multiplies the weights by 1 - 2·rate"""
    start = rng.normal(size=(3, 4))
    for rate in (0.1, float(rng.uniform(0.02, 0.4))):
        steps = int(rng.integers(3, 15))
        end, _ = walked(function, BOWL, start, rate, steps)
        compare(end, start * (1 - 2 * rate) ** steps, what=f"the weights after {steps} steps")


@DESCENT.check
def check_descent_losses(function, rng):
    """the losses are those before each step, the first one that of the start"""
    start, rate, steps = rng.normal(size=8), float(rng.uniform(0.05, 0.3)), int(rng.integers(4, 12))
    _, losses = walked(function, BOWL, start, rate, steps)
    compare(losses, np.sum(start**2) * (1 - 2 * rate) ** (2 * np.arange(steps)), what="the losses")


@DESCENT.check
def check_descent_start_kept(function, rng):
    """the weights it starts from stay as they were"""
    start = rng.normal(size=5)
    (end, _), changed = changed_arguments(function, BOWL, start, 0.1, 3)
    compare(end, start * 0.8**3, what="the weights")
    expect(not changed, "it changes the given weights in place: weight -= … writes into the caller's array")


def walked(function, *arguments):
    got = function(*arguments)
    expect(isinstance(got, tuple | list) and len(got) == 2, "expected two results: the weights and the losses")
    return got


# ----------------------------------------------------------------------------------------------- linear classifier

# A loss and penalties of the check's own, so that nothing depends on other exercises: the squared distance to one-hot labels.
LOSS = Function(
    "lambda scores, labels: (float(np.sum((scores - np.eye(scores.shape[1])[labels]) ** 2) / len(scores)),"
    " 2 * (scores - np.eye(scores.shape[1])[labels]) / len(scores))"
)
PENALTY = Function("lambda weight: (0.3 * float(np.sum(weight**2)), 0.6 * weight)")


def models(student, oracle, rng, num_features=6, num_classes=3, penalty=PENALTY):
    """Return the student's model and the reference's, with the same random weights, bias and rng."""
    seed = int(rng.integers(1 << 30))
    weight, bias = rng.normal(size=(num_classes, num_features)), rng.normal(size=num_classes)
    for module in (student, oracle):
        model = module.LinearClassifier(num_features, num_classes, LOSS, penalty, np.random.default_rng(seed))
        model.weight, model.bias = weight, bias
        yield model


def data(rng, num_examples=9, shape=(6,)):
    return rng.normal(size=(num_examples, *shape)), rng.integers(0, 3, size=num_examples)


@CLASSIFIER.check
def check_classifier_loss(student, oracle, rng):
    """the loss is that of the scores plus the penalty, and without a penalty it works too"""
    for penalty in (PENALTY, None):
        got, expected = models(student, oracle, rng, penalty=penalty)
        images, labels = data(rng)
        compare(first(got, images, labels), expected.loss_and_gradient(images, labels)[0], what="the loss")


@CLASSIFIER.check
def check_classifier_gradients(student, oracle, rng):
    """the gradients of weight and bias are those of the loss, by numerical derivatives"""
    model, _ = models(student, oracle, rng)
    images, labels = data(rng)

    def at(weight, bias):
        model.weight, model.bias = weight, bias
        got = model.loss_and_gradient(images, labels)
        expect(isinstance(got, tuple | list) and len(got) == 3, "expected three results: loss, gradient of weight, of bias")
        return got

    weight, bias = model.weight, model.bias
    report = gradient_check.check_gradients(
        lambda weight, bias: at(weight, bias)[0],
        lambda upstream, weight, bias: at(weight, bias)[1:],
        (weight, bias),
        rng,
        names=["weight", "bias"],
    )
    report.raise_if_failed(CheckFailed)


@CLASSIFIER.check
def check_classifier_penalty(student, oracle, rng):
    """the penalty is on the weights alone, once"""
    got, expected = models(student, oracle, rng)
    images, labels = data(rng)
    compare(
        got.loss_and_gradient(images, labels),
        expected.loss_and_gradient(images, labels),
        what="loss, gradient of weight, gradient of bias",
    )


@CLASSIFIER.check
def check_classifier_training(student, oracle, rng):
    """training takes the steps of stochastic gradient descent, on fresh batches, and returns their losses"""
    got, expected = models(student, oracle, rng)
    images, labels = data(rng, num_examples=30)
    arguments = images, labels, float(rng.uniform(0.01, 0.05)), 12, 8
    compare(got.train(*arguments), expected.train(*arguments), rtol=1e-7, what="the losses")
    compare(got.weight, expected.weight, rtol=1e-7, what="the weights after 12 steps")
    compare(got.bias, expected.bias, rtol=1e-7, what="the bias after 12 steps")


@CLASSIFIER.check
def check_classifier_progress(student, oracle, rng):
    """a progress bar that wraps the steps sees all of them"""
    got, expected = models(student, oracle, rng)
    images, labels = data(rng, num_examples=12)
    steps = int(rng.integers(3, 9))
    bar = Function("lambda steps: [step for step in steps]")
    losses = got.train(images, labels, 0.02, steps, 5, bar)
    compare(losses, expected.train(images, labels, 0.02, steps, 5), rtol=1e-7, what="the losses")


@CLASSIFIER.check
def check_classifier_predicts(student, oracle, rng):
    """it predicts the class of the highest score, also for images of shape (N, H, W, C)"""
    got, expected = models(student, oracle, rng, num_features=12)
    for shape in ((12,), (2, 2, 3)):
        images, _ = data(rng, num_examples=40, shape=shape)
        compare(got.predict(images), expected.predict(images), what="the predicted labels")


@CLASSIFIER.check
def check_classifier_images(student, oracle, rng):
    """it trains on images of shape (N, H, W, C)"""
    got, expected = models(student, oracle, rng, num_features=12)
    images, labels = data(rng, num_examples=10, shape=(2, 2, 3))
    compare(
        got.loss_and_gradient(images, labels),
        expected.loss_and_gradient(images, labels),
        what="loss, gradient of weight, gradient of bias",
    )


def first(model, images, labels):
    got = model.loss_and_gradient(images, labels)
    expect(isinstance(got, tuple | list) and len(got) == 3, "expected three results: loss, gradient of weight, of bias")
    return got[0]
