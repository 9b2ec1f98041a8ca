"""Part II: linear classifier."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import changed_arguments, count_lines

PART = "part2_linear"

# ---------------------------------------------------------------------------------------------- scores and decisions

SCORES = exercise(
    "linear.linear_scores",
    points=4,
    part=PART,
    minutes=15,
    slide="Part II, score function and worked example",
    hints=(
        "One score is one dot product of a row of weight with the flattened image, plus that class's bias. "
        "Which product of two matrices makes all of them at once?",
        "Flatten with images.reshape(len(images), -1), shape (N, D). The result has shape (N, C), so weight (C, D) comes "
        "second, transposed.",
        "return images.reshape(len(images), -1) @ weight.T + bias. The bias, shape (C,), broadcasts over the rows.",
    ),
)
LABELS = exercise(
    "linear.predict_labels",
    points=1,
    part=PART,
    minutes=5,
    slide="Part II, score function",
    hints=(
        "You need the place of the largest score in each row, not the score.",
        "np.argmax with an axis; the axis you name is the one that disappears. It returns the first of several maxima.",
    ),
)

# The slide's worked example: four pixels; cat, dog and ship. PRODUCTS are W x, before the bias is added.
PIXELS = np.array([56.0, 231.0, 24.0, 2.0])
WEIGHT = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
BIAS = np.array([1.1, 3.2, -1.2])
PRODUCTS = np.array([[-97.9, 434.7, 61.95]])


@SCORES.check
def check_scores_example(function, rng):
    """the example by hand: four pixels, and the scores of cat, dog and ship"""
    compare(function(PIXELS[np.newaxis], WEIGHT, BIAS), PRODUCTS + BIAS, what="the scores of cat, dog and ship")
    scale, shift, order = rng.uniform(2.0, 5.0), rng.normal(size=3), rng.permutation(4)
    got = function(scale * PIXELS[np.newaxis, order], WEIGHT[:, order], shift)
    compare(got, scale * PRODUCTS + shift, what="the scores of the example with brighter pixels and another bias")


@SCORES.check
def check_scores_random(function, reference, rng):
    """random images, already flat"""
    images, weight, bias = rng.normal(size=(6, 12)), rng.normal(size=(4, 12)), rng.normal(size=4)
    compare(function(images, weight, bias), reference(images, weight, bias), what="the scores")


@SCORES.check
def check_scores_images(function, reference, rng):
    """images of shape (N, H, W, C), not only rows of numbers"""
    images, weight, bias = rng.normal(size=(5, 4, 3, 2)), rng.normal(size=(7, 24)), rng.normal(size=7)
    compare(function(images, weight, bias), reference(images, weight, bias), what="the scores")


@SCORES.check
def check_scores_square(function, reference, rng):
    """as many images as classes and as pixels: no shape gives a wrong axis away"""
    images, weight, bias = rng.normal(size=(5, 5)), rng.normal(size=(5, 5)), rng.normal(size=5)
    compare(function(images, weight, bias), reference(images, weight, bias), what="the scores")


@SCORES.check
def check_scores_dtypes(function, reference, rng):
    """the scores have the dtype of the weight, float32 or float64, also for uint8 images"""
    for dtype in (np.float32, np.float64):
        weight, bias = rng.normal(size=(3, 12)).astype(dtype), rng.normal(size=3).astype(dtype)
        pixels = rng.integers(0, 256, size=(4, 2, 2, 3), dtype=np.uint8)
        for images in (pixels, rng.normal(size=(4, 12)).astype(dtype)):
            given = f"{images.dtype} images and {np.dtype(dtype)} weights"
            got = function(images, weight, bias)
            compare(got, reference(images, weight, bias), what=f"the scores for {given}")
            expect_dtype(got, dtype, f"the result for {given}")


@SCORES.check
def check_scores_arguments_unchanged(function, reference, rng):
    """images, weight and bias stay as they were"""
    images, weight, bias = rng.normal(size=(3, 2, 2)), rng.normal(size=(5, 4)), rng.normal(size=5)
    expect_unchanged(function, reference, images, weight, bias, what="the scores")


@SCORES.check
def check_scores_no_loop(function, reference, rng):
    """no loop over images, classes or pixels"""
    lines = []
    for n, c, d in ((4, 3, 5), (34, 33, 35)):
        images, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(c, d)), rng.normal(size=c)
        got, executed = count_lines(function, images, weight, bias)
        compare(got, reference(images, weight, bias), what="the scores")
        lines.append(executed)
    expect(
        lines[1] <= lines[0] + 8,
        f"Python executed {lines[0]} lines for 4 images of 5 pixels and 3 classes, and {lines[1]} for 34 images of 35 pixels "
        "and 33 classes: there is a loop, open or hidden. One matrix product does it all",
    )


def expect_unchanged(function, reference, *arguments, what):
    """Compare with the reference, which may return a tuple, and make sure that no argument changed."""
    got, changed = changed_arguments(function, *arguments)
    compare(got, reference(*arguments), what=what)
    expect(not changed, "it changes its arguments in place: work on a copy, the caller still needs the original")


@LABELS.check
def check_labels_example(function, rng):
    """the example by hand: of cat, dog and ship, the dog has the highest score"""
    scores = PRODUCTS + BIAS
    compare(function(scores), np.array([1]), what="the label")
    orders = np.stack([rng.permutation(3) for _ in range(12)])
    compare(function(scores[0, orders]), np.nonzero(orders == 1)[1], what="the labels with the classes in another order")


@LABELS.check
def check_labels_random(function, reference, rng):
    """random scores, negative ones too"""
    scores = rng.normal(size=(30, 6)) + rng.choice([-20.0, 20.0], size=(30, 1))
    compare(function(scores), reference(scores), what="the labels")


@LABELS.check
def check_labels_square(function, reference, rng):
    """as many images as classes"""
    scores = rng.normal(size=(10, 10))
    compare(function(scores), reference(scores), what="the labels")


@LABELS.check
def check_labels_ties(function, rng):
    """a tie goes to the smallest label"""
    scores = np.array([[0.0, 2.0, 2.0], [5.0, 5.0, 5.0], [-1.0, -3.0, -1.0], [-4.0, -2.0, -2.0]])
    winners = np.array([1, 0, 0, 1])
    rows = rng.integers(0, 4, size=20)
    compare(function(scores[rows]), winners[rows], what="the labels")


# ---------------------------------------------------------------------------------------------------- the bias trick

ONES = exercise(
    "linear.append_ones",
    points=2,
    part=PART,
    minutes=10,
    slide="Part II, score function",
    hints=(
        "Flatten first: each image is a row then, and the ones make one more column.",
        "np.concatenate([flat, column], axis=1) joins side by side. The column has shape (N, 1), not (N,).",
        "Without a dtype, np.ones makes float64 and the result follows: np.ones((len(flat), 1), flat.dtype).",
    ),
)
FOLD = exercise(
    "linear.fold_bias",
    points=2,
    part=PART,
    minutes=5,
    slide="Part II, score function",
    hints=(
        "The ones stand in the last column of the images. Which column of the new matrix meets them in the product?",
        "The bias becomes a column: bias[:, np.newaxis] has shape (C, 1).",
        "return np.concatenate([weight, bias[:, np.newaxis]], axis=1)",
    ),
)


def with_column(rows, column):
    """Return the rows with one more column on the right, of the dtype of the rows."""
    return np.array([[*row, last] for row, last in zip(rows, np.broadcast_to(column, len(rows)), strict=True)], rows.dtype)


@ONES.check
def check_ones_example(function, rng):
    """the example by hand: (56, 231, 24, 2) becomes (56, 231, 24, 2, 1)"""
    compare(function(PIXELS[np.newaxis]), np.array([[56.0, 231.0, 24.0, 2.0, 1.0]]), what="the images with ones")
    images = rng.uniform(2, 200, size=(3, 7))
    compare(function(images), with_column(images, 1), what="the images with ones")


@ONES.check
def check_ones_images(function, rng):
    """images of shape (N, H, W, C) get one number more each, not one a pixel"""
    images = rng.uniform(2, 200, size=(5, 3, 4, 2))
    compare(function(images), with_column(images.reshape(5, 24), 1), what="the images with ones")


@ONES.check
def check_ones_dtypes(function, rng):
    """the dtype stays what it was: uint8, int64, float32 or float64"""
    for dtype in (np.uint8, np.int64, np.float32, np.float64):
        images = rng.integers(2, 200, size=(4, 2, 3)).astype(dtype)
        got = function(images)
        expect_dtype(got, dtype, f"the result for {np.dtype(dtype)} images")
        compare(got, with_column(images.reshape(4, 6), 1), what=f"the {np.dtype(dtype)} images with ones")


@ONES.check
def check_ones_argument_unchanged(function, reference, rng):
    """the images stay as they were"""
    expect_unchanged(function, reference, rng.normal(size=(4, 3, 2)), what="the images with ones")


@FOLD.check
def check_fold_example(function, rng):
    """the example by hand: cat, dog and ship, each with its bias at the end of its row"""
    expected = np.array([[0.2, -0.5, 0.1, 2.0, 1.1], [1.5, 1.3, 2.1, 0.0, 3.2], [0.0, 0.25, 0.2, -0.3, -1.2]])
    compare(function(WEIGHT, BIAS), expected, what="the matrix")
    order, scale = rng.permutation(3), rng.uniform(2.0, 5.0)
    compare(function(scale * WEIGHT[order], scale * BIAS[order]), scale * expected[order], what="the matrix")


@FOLD.check
def check_fold_same_scores(function, oracle, rng):
    """the trick holds: images with ones, times this matrix, give the same scores"""
    weight, bias, images = rng.normal(size=(4, 6)), rng.normal(size=4), rng.normal(size=(9, 6))
    matrix = function(weight, bias)
    expect(isinstance(matrix, np.ndarray), "expected an array")
    expect(matrix.shape == (4, 7), f"the matrix: shape {matrix.shape}, expected (C, D + 1) = (4, 7)")
    got = oracle.append_ones(images) @ matrix.T
    compare(got, oracle.linear_scores(images, weight, bias), what="the scores by the bias trick")


@FOLD.check
def check_fold_dtypes(function, rng):
    """float32 stays float32 and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        weight, bias = rng.normal(size=(3, 5)).astype(dtype), rng.normal(size=3).astype(dtype)
        got = function(weight, bias)
        compare(got, with_column(weight, bias), what=f"the matrix from {np.dtype(dtype)} weights")
        expect_dtype(got, dtype, f"the result for {np.dtype(dtype)} weights")


@FOLD.check
def check_fold_arguments_unchanged(function, reference, rng):
    """weight and bias stay as they were"""
    expect_unchanged(function, reference, rng.normal(size=(4, 4)), rng.normal(size=4), what="the matrix")


# -------------------------------------------------------------------------------------- a classifier without training

MEANS = exercise(
    "linear.nearest_mean_classifier",
    points=4,
    part=PART,
    minutes=20,
    slide="Part I, distances, and Part II, score function",
    hints=(
        "The mean image of one class: choose the rows of that class with labels == label, and average over them.",
        "weight holds the means as rows. The bias of a class needs only its own row: minus half the sum of its squares.",
        "weight = np.stack([flat[labels == label].mean(axis=0) for label in range(num_classes)]); "
        "bias = -np.sum(weight**2, axis=1) / 2.",
    ),
)


def weight_and_bias(got, num_classes, num_features):
    """Return the two arrays that a student returned, once they are sure to be two arrays of the right shapes."""
    expect(isinstance(got, list | tuple) and len(got) == 2, "expected two arrays: return weight, bias")
    for array, name, shape in zip(got, ("weight", "bias"), ((num_classes, num_features), (num_classes,)), strict=True):
        expect(isinstance(array, np.ndarray), f"expected {name} to be an array")
        expect(array.shape == shape, f"{name}: shape {array.shape}, expected {shape}")
    return got


def compare_classifier(got, expected, sizes=None):
    weight, bias = weight_and_bias(got, *expected[0].shape)
    compare(weight, expected[0], what="the weight", sizes=sizes)
    compare(bias, expected[1], what="the bias", sizes=sizes)


def labelled(rng, shape, num_classes=4):
    """Return 30 labels of which each class has a different number, in random order, and normal numbers as images."""
    labels = rng.permutation(np.repeat(np.arange(num_classes), (3, 6, 9, 12)))
    return rng.normal(size=(num_classes, *shape))[labels] + rng.normal(size=(30, *shape)), labels


@MEANS.check
def check_means_example(function, rng):
    """the example by hand: means (1, 0) and (4, 4), biases -1/2 and -16"""
    points = np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 2.0], [4.0, 4.0], [4.0, 6.0]])
    labels, weight, bias = np.array([0, 0, 1, 1, 1]), np.array([[1.0, 0.0], [4.0, 4.0]]), np.array([-0.5, -16.0])
    for scale in (1.0, rng.uniform(2.0, 5.0)):
        order = rng.permutation(5)
        compare_classifier(function(scale * points[order], labels[order], 2), (scale * weight, scale**2 * bias))


@MEANS.check
def check_means_random(function, reference, rng):
    """random points, and classes of different sizes"""
    points, labels = labelled(rng, (7,))
    compare_classifier(function(points, labels, 4), reference(points, labels, 4), sizes={"N, the number of images": 30})


@MEANS.check
def check_means_same_decision(function, rng):
    """the highest score belongs to the nearest mean"""
    points, labels = labelled(rng, (3,))
    points *= np.array([1.0, 2.0, 4.0, 8.0])[labels][:, np.newaxis]  # means of very different lengths
    weight, bias = weight_and_bias(function(points, labels, 4), 4, 3)
    means = np.array([np.average(points, axis=0, weights=labels == label) for label in range(4)])
    queries = means[rng.integers(0, 4, size=200)] + rng.normal(size=(200, 3))
    nearest = ((queries[:, np.newaxis] - means) ** 2).sum(axis=2).argmin(axis=1)
    compare((queries @ weight.T + bias).argmax(axis=1), nearest, what="the labels by weight and bias")


@MEANS.check
def check_means_uint8(function, reference, rng):
    """bright images of uint8 and shape (N, H, W, C): their sums and squares do not fit into uint8"""
    _, labels = labelled(rng, (1,))
    images = rng.integers(150, 256, size=(30, 4, 2, 3), dtype=np.uint8)
    compare_classifier(function(images, labels, 4), reference(images, labels, 4))


@MEANS.check
def check_means_dtypes(function, reference, rng):
    """float32 stays float32 and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        points, labels = labelled(rng, (5,))
        points = points.astype(dtype)
        got = function(points, labels, 4)
        compare_classifier(got, reference(points, labels, 4))
        for array, name in zip(got, ("weight", "bias"), strict=True):
            expect_dtype(array, dtype, f"{name} for {np.dtype(dtype)} images")


@MEANS.check
def check_means_arguments_unchanged(function, reference, rng):
    """images and labels stay as they were"""
    expect_unchanged(function, reference, *labelled(rng, (2, 3)), 4, what="weight and bias")


# --------------------------------------------------------------------------------------------------------- templates

TEMPLATES = exercise(
    "linear.templates",
    points=2,
    part=PART,
    minutes=10,
    slide="Part II, rows of W as templates",
    hints=(
        "Subtract so that the smallest number of each row becomes 0, then divide so that the largest becomes 1.",
        "weight.min(axis=1, keepdims=True) has shape (C, 1), and that broadcasts along the rows. Reshape at the end.",
        "((weight - low) / (high - low)).reshape(-1, *image_shape), with low and high of each row.",
    ),
)


@TEMPLATES.check
def check_templates_example(function, rng):
    """the example by hand: the row (-2, -1, 0, 2) becomes (0, 0.25, 0.5, 1)"""
    weight, expected = np.array([[-2.0, -1.0, 0.0, 2.0]]), np.array([[0.0, 0.25, 0.5, 1.0]])
    compare(function(weight, (2, 2)), expected.reshape(1, 2, 2), what="the templates")
    orders = np.stack([rng.permutation(4) for _ in range(5)])
    stretched = rng.uniform(2.0, 5.0, (5, 1)) * weight[0, orders] + rng.normal(size=(5, 1))
    compare(function(stretched, (2, 2)), expected[0, orders].reshape(5, 2, 2), what="the templates of stretched rows")


@TEMPLATES.check
def check_templates_random(function, reference, rng):
    """colour images: rows of very different size, each scaled on its own"""
    weight = rng.normal(size=(4, 60)) * np.array([[0.01], [1.0], [10.0], [300.0]])
    compare(function(weight, (4, 5, 3)), reference(weight, (4, 5, 3)), what="the templates")


@TEMPLATES.check
def check_templates_grey(function, reference, rng):
    """grey images, of shape (H, W, 1) or (H, W), without a negative number"""
    for shape in ((6, 4, 1), (3, 8)):
        weight = rng.uniform(20, 250, size=(5, 24))
        compare(function(weight, shape), reference(weight, shape), what=f"the templates of shape {shape}")


@TEMPLATES.check
def check_templates_dtypes(function, reference, rng):
    """float32 stays float32 and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        weight = rng.normal(size=(3, 12)).astype(dtype)
        got = function(weight, (2, 2, 3))
        compare(got, reference(weight, (2, 2, 3)), what=f"the templates of {np.dtype(dtype)} weights")
        expect_dtype(got, dtype, f"the result for {np.dtype(dtype)} weights")


@TEMPLATES.check
def check_templates_argument_unchanged(function, reference, rng):
    """the weight stays as it was"""
    expect_unchanged(function, reference, rng.normal(size=(4, 6)), (2, 3), what="the templates")
