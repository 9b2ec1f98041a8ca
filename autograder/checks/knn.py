"""Part I: k-nearest neighbours."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype, expect_indices
from autograder.remote import changed_arguments, count_lines, peak_memory

PART = "part1_knn"

# ---------------------------------------------------------------------------------------------------- distances

L1 = exercise(
    "knn.l1_distances",
    points=2,
    part=PART,
    minutes=15,
    slide="Part I, L1 distance",
    hints=(
        "Start with one query: which array do you get when you subtract it from all points at once?",
        "points - query has shape (N, D). Take absolute values, and sum over the axis that runs over the pixels.",
        "Convert both to floats first. Then for each i: distances[i] = np.abs(points - queries[i]).sum(axis=1).",
    ),
)
TWO_LOOPS = exercise(
    "knn.l2_distances_two_loops",
    points=2,
    part=PART,
    minutes=10,
    slide="Part I, L1 distance and L2 distance",
    hints=(
        "Write the formula for one pair (i, j) first, and put two for loops around it.",
        "For one pair: subtract, square, sum, take the root. np.empty((M, N)) holds the results.",
        "Convert to floats before subtracting, then distances[i, j] = np.sqrt(np.sum((queries[i] - points[j]) ** 2)).",
    ),
)
ONE_LOOP = exercise(
    "knn.l2_distances_one_loop",
    points=2,
    part=PART,
    minutes=10,
    slide="Part I, L1 distance and L2 distance",
    hints=(
        "What is the shape of points - queries[i]? NumPy broadcasts the one row over all the others.",
        "Square it and sum over axis 1: that is a whole row of squared distances.",
        "In the loop over i: distances[i] = np.sqrt(((points - queries[i]) ** 2).sum(axis=1)), in floats.",
    ),
)
L2 = exercise(
    "knn.l2_distances",
    points=4,
    part=PART,
    minutes=25,
    slide="Part I, L1 distance and L2 distance",
    hints=(
        "Multiply out (q - p)². Which of the three terms needs both a query and a point?",
        "The mixed term for all pairs is one matrix product, queries @ points.T. The squared norms are a column and a row.",
        "squared = -2 * queries @ points.T, plus (queries**2).sum(axis=1)[:, None], plus (points**2).sum(axis=1). "
        "Clip it at 0, then take the root.",
    ),
)


@L1.check
def check_l1_example(function, rng):
    """the example by hand: from (0, 0) and (1, 2) to (3, 4), (1, 2) and (-1, 0)"""
    queries, points = np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([[3.0, 4.0], [1.0, 2.0], [-1.0, 0.0]])
    compare_moved(function, queries, points, np.array([[7.0, 3.0, 1.0], [4.0, 0.0, 4.0]]), rng)


@TWO_LOOPS.check
@ONE_LOOP.check
@L2.check
def check_l2_example(function, rng):
    """the example by hand: from (0, 0) and (3, 0) to (3, 4), (0, 0) and (-5, -12)"""
    queries, points = np.array([[0.0, 0.0], [3.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 0.0], [-5.0, -12.0]])
    compare_moved(function, queries, points, np.array([[5.0, 0.0, 13.0], [4.0, 3.0, np.sqrt(208.0)]]), rng)


def compare_moved(function, queries, points, expected, rng):
    """Compare on an example whose answer is known, and on the same one scaled, shifted and in another order."""
    compare(function(queries, points), expected, what="the distances")
    scale, shift, order = rng.uniform(2.0, 5.0), rng.normal(size=2), rng.permutation(len(points))
    got = function(scale * queries + shift, scale * points[order] + shift)
    # A distance of 0 need not be more exact than the root of the rounding in its square.
    compare(got, scale * expected[:, order], atol=1e-6, what="the distances, scaled and shifted")


@L1.check
@TWO_LOOPS.check
@ONE_LOOP.check
@L2.check
def check_random_points(function, reference, rng):
    """random points"""
    queries, points = rng.normal(size=(6, 12)), rng.normal(size=(8, 12))
    sizes = {"M, the number of queries": 6, "N, the number of points": 8, "D, the number of pixels": 12}
    compare(function(queries, points), reference(queries, points), what="the distances", sizes=sizes)


@L1.check
@TWO_LOOPS.check
@ONE_LOOP.check
@L2.check
def check_uint8_images(function, reference, rng):
    """images of uint8, where 3 - 5 is 254 and 20 * 20 is 144"""
    queries = rng.integers(0, 256, size=(5, 48), dtype=np.uint8)
    points = rng.integers(0, 256, size=(7, 48), dtype=np.uint8)
    compare(function(queries, points), reference(queries, points), what="the distances between uint8 images")


@L1.check
@TWO_LOOPS.check
@ONE_LOOP.check
@L2.check
def check_dtypes(function, reference, rng):
    """float32 stays float32 and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        queries, points = rng.normal(size=(4, 10)).astype(dtype), rng.normal(size=(5, 10)).astype(dtype)
        got = function(queries, points)
        compare(got, reference(queries, points), what=f"the distances between {np.dtype(dtype)} points")
        expect_dtype(got, dtype, f"the result for {np.dtype(dtype)} points")


@L1.check
@TWO_LOOPS.check
@ONE_LOOP.check
@L2.check
def check_arguments_unchanged(function, reference, rng):
    """queries and points stay as they were"""
    queries, points = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    got, changed = changed_arguments(function, queries, points)
    compare(got, reference(queries, points), what="the distances")
    expect(not changed, "it changes its arguments in place: work on a copy, the caller still needs the original")


@L1.check
@L2.check
def check_no_large_temporary(function, reference, rng):
    """no temporary array of shape (M, N, D)"""
    queries, points = rng.normal(size=(40, 200)), rng.normal(size=(50, 200))
    got, peak = peak_memory(function, queries, points)
    compare(got, reference(queries, points), what="the distances")
    full = 40 * 50 * 200 * 8
    expect(
        peak < full / 2,
        f"it needed {peak / 1e6:.1f} MB at its peak, and an array of shape (M, N, D) = (40, 50, 200) has {full / 1e6:.1f} MB. "
        "With 5,000 training images that array would need gigabytes",
    )


@ONE_LOOP.check
def check_one_loop_only(function, reference, rng):
    """one loop, over the queries: no second one over the points or pixels"""
    expect_lines_not_to_grow(function, reference, rng, few=(5, 6, 4), many=(5, 30, 24), over="points or pixels")


@L2.check
def check_no_loop(function, reference, rng):
    """no loop over queries, points or pixels"""
    expect_lines_not_to_grow(function, reference, rng, few=(6, 7, 5), many=(36, 37, 35), over="queries, points or pixels")


def expect_lines_not_to_grow(function, reference, rng, few, many, over):
    lines = {}
    for m, n, d in (few, many):
        queries, points = rng.normal(size=(m, d)), rng.normal(size=(n, d))
        got, lines[m, n, d] = count_lines(function, queries, points)
        compare(got, reference(queries, points), what="the distances")
    expect(
        lines[many] <= lines[few] + 8,
        f"Python executed {lines[few]} lines for sizes (M, N, D) = {few} and {lines[many]} for {many}: "
        f"there is a loop over {over}, open or hidden in a function such as map or np.vectorize",
    )


@L2.check
def check_same_points(function, rng):
    """the distance of a point to itself is 0, never NaN, also far from the origin"""
    points = rng.normal(size=(80, 9)) + 1000.0
    expected = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    compare(function(points, points), expected, atol=1e-2, what="the distances between these points")


# ------------------------------------------------------------------------------------------------- majority vote

VOTE = exercise(
    "knn.majority_vote",
    points=3,
    part=PART,
    minutes=15,
    slide="Part I, k-nearest neighbours",
    hints=(
        "Count first, decide later: how many votes does each class have in each row?",
        "np.bincount(row, minlength=num_classes) counts one row. Which function finds the place of the largest count?",
        "counts = np.stack([np.bincount(row, minlength=num_classes) for row in labels]); counts.argmax(axis=1). argmax "
        "returns the first of several maxima, and that is the smallest label.",
    ),
)


@VOTE.check
def check_vote_example(function, rng):
    """clear majorities"""
    compare_votes(function, np.array([[1, 1, 0], [2, 0, 2], [0, 0, 0], [3, 1, 1]]), np.array([1, 2, 0, 1]), rng)


@VOTE.check
def check_vote_ties(function, rng):
    """a tie goes to the smallest label, whatever the order of the votes"""
    labels = np.array([[2, 1, 1, 2], [1, 2, 2, 1], [3, 0, 2, 1], [4, 4, 3, 3]])
    compare_votes(function, labels, np.array([1, 1, 0, 3]), rng)


def compare_votes(function, labels, winners, rng):
    """Compare on rows whose winners are known: as they stand, and drawn at random with other labels in the same order."""
    compare(function(labels, 5), winners, what="the winner of each row")
    rows, other = rng.integers(0, len(labels), size=30), np.sort(rng.permutation(30)[:5])
    compare(function(other[labels[rows]], 30), other[winners[rows]], what="the winner of each row")


@VOTE.check
def check_vote_random(student, oracle, rng):
    """random votes, with many ties"""
    labels = rng.integers(0, 5, size=(60, 4))
    compare(student.majority_vote(labels, 5), oracle.majority_vote(labels, 5), what="the winner of each row")


@VOTE.check
def check_vote_single(function, reference, rng):
    """k = 1: the only vote wins, also where some classes get no vote; and with k = 2 the smaller of two"""
    labels = rng.permutation(29)[:16].reshape(8, 2)
    compare(function(labels[:, :1], 30), labels[:, 0], what="the winner of each row, k = 1")
    compare(function(labels, 30), labels.min(axis=1), what="the winner of each row, k = 2")


# ---------------------------------------------------------------------------------------------------- classifiers

NEAREST = exercise(
    "knn.NearestNeighbor",
    points=3,
    part=PART,
    minutes=15,
    slide="Part I, nearest neighbour",
    hints=(
        "train has nothing to compute. What must predict still know later?",
        "predict needs the place of the smallest distance in each row, and the label at that place.",
        "Flatten with images.reshape(len(images), -1); distances = l1_distances(flat, self.points); "
        "return self.labels[distances.argmin(axis=1)].",
    ),
    uses=("knn.l1_distances",),
)
KNN = exercise(
    "knn.KNearestNeighbor",
    points=4,
    part=PART,
    minutes=20,
    slide="Part I, k-nearest neighbours",
    hints=(
        "It is the nearest neighbour classifier with two changes: the k smallest distances, and a vote.",
        "np.argsort(distances, axis=1)[:, :k] are the places of the k nearest training images. Which labels stand there?",
        "return majority_vote(self.labels[nearest], self.labels.max() + 1), with nearest from the line above and distances "
        "from self.distance(…).",
    ),
    uses=("knn.l1_distances", "knn.l2_distances"),
)

# From an origin, (0, 5) is nearer by L1 (5 against 6) and (3, 3) by L2 (4.2 against 5). Eight such pairs, far from each other:
# the even rows win by L2, the odd ones by L1.
ORIGINS = np.array([[100.0 * i, -100.0 * i] for i in range(8)])
L1_OR_L2 = np.concatenate([origin + np.array([[3.0, 3.0], [0.0, 5.0]]) for origin in ORIGINS])


def blobs(rng, count, shape):
    """Return `count` random images around 3 well-mixed centres, and their labels."""
    labels = rng.integers(0, 3, size=count)
    labels[:3] = 0, 1, 2  # every class is there
    centres = rng.normal(size=(3, *shape))
    return centres[labels] + rng.normal(size=(count, *shape)), labels


@NEAREST.check
def check_nearest_random(student, oracle, rng):
    """random points get the label of the nearest one"""
    images, labels = blobs(rng, 40, (6,))
    queries, _ = blobs(rng, 25, (6,))
    got, expected = student.NearestNeighbor(), oracle.NearestNeighbor()
    got.train(images, labels), expected.train(images, labels)
    compare(got.predict(queries), expected.predict(queries), what="the predicted labels")


@NEAREST.check
def check_nearest_is_l1(student, rng):
    """nearest is meant by L1: from (0, 0), the point (0, 5) is nearer than (3, 3)"""
    model, labels, order = student.NearestNeighbor(), rng.permutation(1000)[: len(L1_OR_L2)], rng.permutation(len(L1_OR_L2))
    model.train(L1_OR_L2[order], labels[order])
    compare(model.predict(ORIGINS), labels[1::2], what="the predicted labels")


@NEAREST.check
def check_nearest_images(student, oracle, rng):
    """images of shape (N, H, W, C), not only rows of numbers"""
    images, labels = blobs(rng, 20, (4, 5, 3))
    queries, _ = blobs(rng, 10, (4, 5, 3))
    got, expected = student.NearestNeighbor(), oracle.NearestNeighbor()
    got.train(images, labels), expected.train(images, labels)
    compare(got.predict(queries), expected.predict(queries), what="the predicted labels")


@NEAREST.check
def check_nearest_remembers(student, rng):
    """the training images themselves are recognised, whatever their labels are"""
    images, labels, order = rng.normal(size=(15, 4)), rng.permutation(100)[:15], rng.permutation(15)
    model = student.NearestNeighbor()
    model.train(images, labels)
    compare(model.predict(images[order]), labels[order], what="the predicted labels of the training images")


@KNN.check
def check_knn_random(student, oracle, rng):
    """random points, k = 1, 4 and 7, L2"""
    images, labels = blobs(rng, 60, (5,))
    queries, _ = blobs(rng, 40, (5,))
    got, expected = student.KNearestNeighbor(student.l2_distances), oracle.KNearestNeighbor(oracle.l2_distances)
    got.train(images, labels), expected.train(images, labels)
    for k in (1, 4, 7):
        compare(got.predict(queries, k), expected.predict(queries, k), what=f"the predicted labels for k = {k}")


@KNN.check
def check_knn_distance(student, rng):
    """it uses the distance it was given: the neighbour differs between L1 and L2"""
    labels, order = rng.permutation(len(L1_OR_L2)), rng.permutation(len(L1_OR_L2))
    for distance, expected in ((student.l1_distances, labels[1::2]), (student.l2_distances, labels[::2])):
        model = student.KNearestNeighbor(distance)
        model.train(L1_OR_L2[order], labels[order])
        compare(model.predict(ORIGINS, 1), expected, what="the predicted labels")


@KNN.check
def check_knn_all_vote(student, rng):
    """k = N: everybody votes, and the most frequent class wins everywhere"""
    for winner in rng.permutation(40)[:3]:
        labels = rng.permutation(np.append(np.arange(40), winner))
        model = student.KNearestNeighbor(student.l2_distances)
        model.train(rng.normal(size=(41, 3)), labels)
        compare(model.predict(rng.normal(size=(4, 3)), 41), np.full(4, winner), what="the predicted labels")


@KNN.check
def check_knn_images(student, oracle, rng):
    """images of shape (N, H, W, C), not only rows of numbers"""
    images, labels = blobs(rng, 20, (4, 3, 2))
    queries, _ = blobs(rng, 10, (4, 3, 2))
    got, expected = student.KNearestNeighbor(student.l2_distances), oracle.KNearestNeighbor(oracle.l2_distances)
    got.train(images, labels), expected.train(images, labels)
    compare(got.predict(queries, 3), expected.predict(queries, 3), what="the predicted labels")


@KNN.check
def check_knn_two_models(student, rng):
    """two models, trained on different sets, do not disturb each other"""
    images, labels, others = rng.normal(size=(12, 3)), rng.permutation(12), rng.permutation(12)
    first, second = student.KNearestNeighbor(student.l2_distances), student.KNearestNeighbor(student.l2_distances)
    first.train(images, labels)
    second.train(images, others)
    order = rng.permutation(12)
    compare(first.predict(images[order], 1), labels[order], what="the labels predicted by the first model")
    compare(second.predict(images[order], 1), others[order], what="the labels predicted by the second model")


# ------------------------------------------------------------------------------------- evaluation and hyperparameters

ACCURACY = exercise(
    "knn.accuracy",
    points=1,
    part=PART,
    minutes=5,
    slide="Part I, data-driven approach",
    hints=(
        "predicted == labels is an array of True and False.",
        "True counts as 1 and False as 0: the mean of that array is the share of True.",
    ),
)
SPLIT = exercise(
    "knn.split_indices",
    points=2,
    part=PART,
    minutes=10,
    slide="Part I, hyperparameters, idea 3",
    hints=(
        "Shuffle the numbers 0 to num_examples - 1 once, then cut.",
        "rng.permutation(num_examples) shuffles; slices of it cannot overlap.",
        "shuffled[:num_test] tests, the next num_validation validate, the rest trains. Return them in the order the docstring "
        "says.",
    ),
)
FOLDS = exercise(
    "knn.k_fold_indices",
    points=3,
    part=PART,
    minutes=15,
    slide="Part I, hyperparameters, idea 4",
    hints=(
        "Shuffle, then cut into num_folds pieces: np.array_split also works when the pieces cannot all be equal.",
        "Fold i validates on piece i and trains on all the others: np.concatenate joins them.",
        "return [(np.concatenate(pieces[:i] + pieces[i + 1:]), pieces[i]) for i in range(num_folds)]",
    ),
)
CROSS = exercise(
    "knn.cross_validate",
    points=4,
    part=PART,
    minutes=20,
    slide="Part I, hyperparameters, idea 4",
    hints=(
        "Two loops: over the folds and over ks. Which of your functions does the work for one fold and one k?",
        "Call k_fold_indices once, before the loops. Train on images[train], evaluate on images[validation].",
        "accuracies[row of k, column of fold] = accuracy(model.predict(images[validation], k), labels[validation]).",
    ),
    uses=("knn.k_fold_indices", "knn.KNearestNeighbor", "knn.l2_distances", "knn.accuracy"),
)


@ACCURACY.check
def check_accuracy_example(student, rng):
    """three of four right is 0.75, and so is any such share"""
    compare(student.accuracy(np.array([1, 2, 3, 0]), np.array([1, 2, 3, 4])), 0.75, what="the accuracy")
    for right in rng.permutation(np.arange(2, 99))[:3]:
        labels = rng.integers(0, 10, size=100)
        wrong = rng.permutation(100) >= right
        compare(student.accuracy((labels + wrong) % 10, labels), right / 100, what="the accuracy")


@ACCURACY.check
def check_accuracy_random(student, rng):
    """random predictions"""
    for count in rng.integers(40, 90, size=4):
        predicted, labels = rng.integers(0, 3, size=count), rng.integers(0, 3, size=count)
        predicted[:2], labels[:2] = (0, 1), (0, 2)  # at least one right, at least one wrong
        right = sum(int(p == y) for p, y in zip(predicted, labels, strict=True))
        compare(student.accuracy(predicted, labels), right / count, what=f"the accuracy on {count} examples")


@SPLIT.check
def check_split_sizes(student, rng):
    """the order is training, validation, test, and the sizes are right"""
    for _ in range(2):
        train, validation, test = sizes = [int(size) for size in rng.permutation(np.arange(5, 60))[:3]]
        parts = student.split_indices(sum(sizes), validation, test, rng)
        expect(isinstance(parts, list | tuple) and len(parts) == 3, "expected three arrays: train, validation, test")
        asked = f"{sum(sizes)} examples, {validation} to validate, {test} to test"
        for part, name, size in zip(parts, ("train", "validation", "test"), sizes, strict=True):
            expect_indices(part, name)
            expect(len(part) == size, f"{name} has {len(part)} indices, expected {size} ({asked})")
        compare(np.sort(np.concatenate(parts)), np.arange(sum(sizes)), what="all indices together, sorted")


@SPLIT.check
def check_split_disjoint(student, rng):
    """every example is in exactly one of the three"""
    for count in rng.integers(30, 300, size=2):
        together = np.concatenate(arrays(student.split_indices(int(count), 7, 6, rng), "the split"))
        compare(np.sort(together), np.arange(count), what="all indices together, sorted")


@SPLIT.check
def check_split_random(student, rng):
    """the examples are shuffled, by the rng alone"""
    seed = int(rng.integers(1 << 30))
    once, again, other = (
        np.concatenate(arrays(student.split_indices(50, 15, 15, np.random.default_rng(s)), "the split"))
        for s in (seed, seed, seed + 1)
    )
    expect_shuffled(once, again, other, 50)


@FOLDS.check
def check_folds_structure(student, rng):
    """a list of (train, validation) pairs that together cover everything"""
    for num_folds, size in rng.integers(3, 12, size=(2, 2)).tolist():
        count = num_folds * size
        for train, validation in pairs(student.k_fold_indices(count, num_folds, rng), num_folds):
            expect_indices(train, "train")
            expect_indices(validation, "validation")
            expect(
                len(validation) == size,
                f"a fold validates on {len(validation)} examples, expected {count} / {num_folds} = {size}",
            )
            both = np.sort(np.concatenate([train, validation]))
            compare(both, np.arange(count), what="train and validation of one fold together, sorted")


@FOLDS.check
def check_folds_validate_once(student, rng):
    """every example validates exactly once"""
    for count in rng.integers(4, 40, size=2) * 5:
        validations = [validation for _, validation in pairs(student.k_fold_indices(int(count), 5, rng), 5)]
        together = np.sort(np.concatenate(arrays(validations, "the validation indices")))
        compare(together, np.arange(count), what="the validation indices of all folds, sorted")


@FOLDS.check
def check_folds_uneven(student, rng):
    """3 more examples than 5 folds can share equally: none is lost, sizes differ by one at most"""
    for size in rng.integers(3, 30, size=2).tolist():
        count = 5 * size + 3
        folds = pairs(student.k_fold_indices(count, 5, rng), 5)
        sizes = sorted(len(validation) for validation in arrays([v for _, v in folds], "the validation indices"))
        expected = [size, size, size + 1, size + 1, size + 1]
        expect(sizes == expected, f"the folds of {count} examples validate on {sizes} of them, expected {expected}")
        for train, validation in folds:
            both = np.sort(np.concatenate(arrays([train, validation], "a fold")))
            compare(both, np.arange(count), what="train and validation of one fold together, sorted")


@FOLDS.check
def check_folds_random(student, rng):
    """the examples are shuffled, by the rng alone"""
    seed = int(rng.integers(1 << 30))
    once, again, other = (
        np.concatenate(arrays([v for _, v in pairs(student.k_fold_indices(40, 4, np.random.default_rng(s)), 4)], "folds"))
        for s in (seed, seed, seed + 1)
    )
    expect_shuffled(once, again, other, 40)


def pairs(folds, num_folds):
    expect(
        isinstance(folds, list | tuple) and all(isinstance(f, list | tuple) and len(f) == 2 for f in folds),
        "expected a list of pairs (train, validation)",
    )
    expect(len(folds) == num_folds, f"there are {len(folds)} folds, expected {num_folds}")
    return folds


def arrays(values, what):
    expect(isinstance(values, list | tuple), f"{what}: expected several arrays of indices")
    for value in values:
        expect_indices(value, what)
    return values


def expect_shuffled(once, again, other, count):
    for indices in (once, other):
        compare(np.sort(indices), np.arange(count), what="all indices together, sorted")
    expect(np.array_equal(once, again), "the same seed gives two different results: use the rng you are given, nothing else")
    in_order = [np.arange(count), np.arange(count)[::-1]]
    expect(not any(np.array_equal(once, order) for order in in_order), "the examples are in their old order: shuffle them")
    expect(not np.array_equal(once, other), "two different seeds give the same result: shuffle with the rng you are given")


@CROSS.check
def check_cross_random(student, oracle, rng):
    """accuracies of every k on every fold"""
    images, labels = rng.normal(size=(72, 4)), rng.integers(0, 3, size=72)  # without structure, accuracies differ widely
    seed = int(rng.integers(1 << 30))
    arguments = images, labels, (1, 3, 8), 6
    compare(
        student.cross_validate(*arguments, np.random.default_rng(seed)),
        oracle.cross_validate(*arguments, np.random.default_rng(seed)),
        what="the table of accuracies",
        sizes={"the number of examples in a fold": 12, "N": 72},
    )


@CROSS.check
def check_cross_uneven(student, oracle, rng):
    """folds of different sizes"""
    images, labels = rng.normal(size=(62, 3)), rng.integers(0, 3, size=62)
    seed = int(rng.integers(1 << 30))
    arguments = images, labels, [2, 5], 4
    compare(
        student.cross_validate(*arguments, np.random.default_rng(seed)),
        oracle.cross_validate(*arguments, np.random.default_rng(seed)),
        what="the table of accuracies",
    )


@CROSS.check
def check_cross_unseen(student, oracle, rng):
    """nobody is asked about an example it was trained on: with labels at random, k = 1 does no better than guessing"""
    images, labels = rng.normal(size=(120, 4)), rng.integers(0, 6, size=120)
    seed = int(rng.integers(1 << 30))
    got = student.cross_validate(images, labels, [1], 6, np.random.default_rng(seed))
    expect(isinstance(got, np.ndarray) and got.shape == (1, 6), "expected an array of shape (len(ks), num_folds) = (1, 6)")
    expect(
        got.mean() < 0.6,
        f"the mean accuracy on random labels is {got.mean():.2f}, where guessing gives 0.17: is the validation fold also "
        "among the training examples?",
    )
    compare(got, oracle.cross_validate(images, labels, [1], 6, np.random.default_rng(seed)), what="the table of accuracies")
