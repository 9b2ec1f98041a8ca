"""Plausible mistakes in Part I: k-nearest neighbours."""

from autograder.misconceptions import misconception

UINT8 = (
    "dtype = np.result_type(queries, points, np.float32)",
    "dtype = np.result_type(queries, points)",
)
FLOAT_RESULT = ("len(points)), dtype)", "len(points)), np.result_type(dtype, np.float32))")
UINT8_SENTENCE = (
    "Your differences wrap around: in uint8, 3 - 5 is 254. Convert images to floats before you subtract or square, for "
    "instance with queries.astype(np.float32)."
)

misconception(
    "knn.l1_distances",
    "uint8-wraps",
    UINT8_SENTENCE,
    ("dtype = np.result_type(queries, points, np.float32)  # integers become floats, floats stay what they are", UINT8[1]),
    FLOAT_RESULT,
)
misconception(
    "knn.l1_distances",
    "no-absolute-value",
    "You sum the differences without their absolute values, so that positive and negative ones cancel.",
    ("np.abs(points - query).sum(axis=1)", "(points - query).sum(axis=1)"),
)
misconception(
    "knn.l1_distances",
    "absolute-after-sum",
    "The absolute value comes after the sum: |Σ(a − b)| instead of Σ|a − b|. Take it of each difference first.",
    ("np.abs(points - query).sum(axis=1)", "np.abs((points - query).sum(axis=1))"),
)
misconception(
    "knn.l1_distances",
    "l2-instead",
    "These are L2 (Euclidean) distances. L1 sums the absolute differences, without squares and root.",
    ("np.abs(points - query).sum(axis=1)", "np.sqrt(((points - query) ** 2).sum(axis=1))"),
)
misconception(
    "knn.l1_distances",
    "mean-over-pixels",
    "You average over the pixels where the distance is a sum: everything is too small by the factor D.",
    (".sum(axis=1)", ".mean(axis=1)"),
)
misconception(
    "knn.l1_distances",
    "big-temporary",
    "Broadcasting all pairs at once builds an array of shape (M, N, D). Loop over the queries instead.",
    ("    for i, query in enumerate(queries):\n        distances[i] = np.abs(points - query).sum(axis=1)\n", ""),
    ("    return distances\n", "    return np.abs(queries[:, np.newaxis] - points).sum(axis=2)\n"),
)

for name, root in (("l2_distances_two_loops", "np.sqrt(np.sum("), ("l2_distances_one_loop", "np.sqrt((")):
    misconception(
        f"knn.{name}",
        "uint8-wraps",
        UINT8_SENTENCE,
        UINT8,
        FLOAT_RESULT,
    )
    misconception(
        f"knn.{name}",
        "no-root",
        "You return squared distances: the root is missing. The order of neighbours is the same, the numbers are not.",
        (root, root.replace("np.sqrt", "")),
    )
    misconception(
        f"knn.{name}",
        "always-float64",
        "The result is float64 whatever comes in: np.empty and np.zeros make float64 unless you pass a dtype.",
        ("np.empty((len(queries), len(points)), dtype)", "np.empty((len(queries), len(points)))"),
    )
misconception(
    "knn.l2_distances_two_loops",
    "l1-instead",
    "These are L1 (Manhattan) distances. L2 squares the differences, sums them, and takes the root.",
    ("np.sqrt(np.sum((query - point) ** 2))", "np.sum(np.abs(query - point))"),
)
misconception(
    "knn.l2_distances_two_loops",
    "transposed",
    "Rows and columns are swapped: queries run over the rows of the result, points over its columns.",
    ("return distances", "return distances.T"),
)
misconception(
    "knn.l2_distances_one_loop",
    "sums-everything",
    "The sum runs over all points and pixels together. Sum over axis 1, the pixels, to get one number for each point.",
    (".sum(axis=1)", ".sum()"),
)
misconception(
    "knn.l2_distances_one_loop",
    "root-of-each-square",
    "The root of each square is taken before the sum: that gives Σ|a − b|, the L1 distance. Sum first, then take the root.",
    ("np.sqrt(((points - query) ** 2).sum(axis=1))", "np.sqrt((points - query) ** 2).sum(axis=1)"),
)
misconception(
    "knn.l2_distances_one_loop",
    "two-loops",
    "There still is a loop over the points. points - query subtracts one query from all points at once.",
    (
        "distances[i] = np.sqrt(((points - query) ** 2).sum(axis=1))",
        "for j, point in enumerate(points):\n            distances[i, j] = np.sqrt(((point - query) ** 2).sum())",
    ),
)

misconception("knn.l2_distances", "uint8-wraps", UINT8_SENTENCE, UINT8, ("squared *= -2", "squared = squared * -2.0"))
misconception(
    "knn.l2_distances",
    "no-root",
    "You return squared distances: the root is missing. The order of neighbours is the same, the numbers are not.",
    ("return np.sqrt(squared, out=squared)", "return squared"),
)
misconception(
    "knn.l2_distances",
    "no-clip",
    "Rounding leaves tiny negative numbers where the distance is zero, and their root is NaN. Clip at 0 before the root.",
    ("    np.maximum(squared, 0, out=squared)\n", ""),
)
misconception(
    "knn.l2_distances",
    "mixed-term-once",
    "The mixed term is there once instead of twice: (q − p)² = q² − 2qp + p².",
    ("squared *= -2", "squared *= -1"),
)
misconception(
    "knn.l2_distances",
    "norms-swapped",
    "The squared norms sit on the wrong axes: those of the queries belong to the rows, those of the points to the columns.",
    body="""
    queries, points = queries.astype(float), points.astype(float)
    q, p = (queries**2).sum(axis=1), (points**2).sum(axis=1)
    if len(q) != len(p):
        raise ValueError(f"operands could not be broadcast together with shapes {(len(q), len(p))} and {p[:, None].shape}")
    return np.sqrt(np.maximum(q + p[:, np.newaxis] - 2 * queries @ points.T, 0))
    """,
)
misconception(
    "knn.l2_distances",
    "big-temporary",
    "Broadcasting all pairs at once builds an array of shape (M, N, D). Multiply out the square, so that a matrix product does "
    "the work.",
    body="""
    dtype = np.result_type(queries, points, np.float32)
    queries, points = queries.astype(dtype), points.astype(dtype)
    return np.sqrt(((queries[:, np.newaxis] - points) ** 2).sum(axis=2))
    """,
)
misconception(
    "knn.l2_distances",
    "hidden-loop",
    "A list comprehension, map or np.vectorize still is a loop in Python, once for every query.",
    body="""
    dtype = np.result_type(queries, points, np.float32)
    queries, points = queries.astype(dtype), points.astype(dtype)
    return np.stack([np.sqrt(((points - query) ** 2).sum(axis=1)) for query in queries])
    """,
)

misconception(
    "knn.majority_vote",
    "largest-label-wins-ties",
    "Of several classes with the most votes, you return the largest label; a tie goes to the smallest.",
    ("return votes.argmax(axis=1)", "return num_classes - 1 - votes[:, ::-1].argmax(axis=1)"),
)
misconception(
    "knn.majority_vote",
    "nearest-wins-ties",
    "On a tie you take the label that comes first in the row; the smallest label wins, whatever the order.",
    body="""
    winners = [max(row.tolist(), key=row.tolist().count) for row in labels]
    return np.array(winners)
    """,
)
misconception(
    "knn.majority_vote",
    "mean-of-labels",
    "You average the labels. Labels are names, not quantities: classes 0 and 2 do not make class 1.",
    body="return np.rint(labels.mean(axis=1)).astype(int)",
)
misconception(
    "knn.majority_vote",
    "median-of-labels",
    "You take the label in the middle. Labels are names, not quantities: count how often each occurs.",
    body="return np.sort(labels, axis=1)[:, labels.shape[1] // 2]",
)
misconception(
    "knn.majority_vote",
    "votes-down-the-columns",
    "You count down the columns: a row of labels holds the k votes of one image, so there is a winner for each row.",
    body="return np.array([np.bincount(column, minlength=num_classes).argmax() for column in labels.T])",
)
misconception(
    "knn.majority_vote",
    "returns-counts",
    "You return how many votes the winner got; return which class it is (argmax, not max).",
    ("votes.argmax(axis=1)", "votes.max(axis=1)"),
)

misconception(
    "knn.NearestNeighbor",
    "returns-index",
    "You return the index of the nearest training image; return its label.",
    ("return self.labels[distances.argmin(axis=1)]", "return distances.argmin(axis=1)"),
)
misconception(
    "knn.NearestNeighbor",
    "farthest",
    "You pick the largest distance, the image that is least alike: use argmin.",
    ("argmin", "argmax"),
)
misconception(
    "knn.NearestNeighbor",
    "l2-instead",
    "This classifier compares by L1, as on the slide; you use L2, and the nearest image can be another one.",
    (
        "l1_distances(images.reshape(len(images), -1), self.points)",
        "((images.reshape(len(images), 1, -1) - self.points) ** 2).sum(axis=2)",
    ),
)
misconception(
    "knn.NearestNeighbor",
    "wrong-axis",
    "argmin runs over the queries (axis 0) instead of over the training images (axis 1).",
    ("argmin(axis=1)", "argmin(axis=0)"),
)

misconception(
    "knn.KNearestNeighbor",
    "largest-distances",
    "You let the k farthest images vote: sort in ascending order and take the first k.",
    ("np.argpartition(distances, k - 1, axis=1)[:, :k]", "np.argsort(-distances, axis=1)[:, :k]"),
)
misconception(
    "knn.KNearestNeighbor",
    "k-minus-one",
    "One neighbour too few votes: [:k] already excludes place k.",
    ("[:, :k]  # the k smallest, in any order", "[:, : max(k - 1, 1)]"),
    ("np.argpartition(distances, k - 1, axis=1)", "np.argsort(distances, axis=1)"),
)
misconception(
    "knn.KNearestNeighbor",
    "skips-nearest",
    "You leave out the nearest image, as if it were the query itself. That holds only when you predict on the training set.",
    ("np.argpartition(distances, k - 1, axis=1)[:, :k]", "np.argsort(distances, axis=1)[:, 1 : k + 1]"),
)
misconception(
    "knn.KNearestNeighbor",
    "ignores-k",
    "Only the nearest image decides, whatever k is.",
    ("np.argpartition(distances, k - 1, axis=1)[:, :k]", "np.argsort(distances, axis=1)[:, :1]"),
)
misconception(
    "knn.KNearestNeighbor",
    "ignores-distance",
    "You always use L2; use self.distance, the distance the model was made with.",
    ("distances = self.distance(", "distances = l2_distances("),
)
misconception(
    "knn.KNearestNeighbor",
    "shared-between-models",
    "The training set is kept on the class, so all models share the last one: keep it on self.",
    ("self.points = images", "KNearestNeighbor.points = images"),
    ("self.labels = labels", "KNearestNeighbor.labels = labels"),
)

misconception(
    "knn.accuracy",
    "count-not-share",
    "You count the right predictions; divide by how many there are.",
    ("np.mean(predicted == labels)", "np.sum(predicted == labels)"),
)
misconception(
    "knn.accuracy",
    "percent",
    "You return percent; the accuracy is a share between 0 and 1.",
    ("np.mean(predicted == labels)", "100 * np.mean(predicted == labels)"),
)
misconception(
    "knn.accuracy",
    "error-rate",
    "You return the error rate: the share of predictions that are wrong.",
    ("predicted == labels", "predicted != labels"),
)

misconception(
    "knn.split_indices",
    "not-shuffled",
    "The examples are cut in their old order. If the data set is sorted by class, whole classes never get trained on.",
    ("rng.permutation(num_examples)", "np.arange(num_examples)"),
)
misconception(
    "knn.split_indices",
    "wrong-order",
    "You return test, validation, training; the order is training, validation, test.",
    ("return train, validation, test", "return test, validation, train"),
)
misconception(
    "knn.split_indices",
    "with-replacement",
    "You draw indices with replacement, so some examples are in two of the sets: permute them and cut.",
    ("rng.permutation(num_examples)", "rng.integers(0, num_examples, size=num_examples)"),
)
misconception(
    "knn.split_indices",
    "global-randomness",
    "You shuffle with np.random instead of the rng you are given, so nobody can repeat your experiment.",
    ("rng.permutation", "np.random.permutation"),
)
misconception(
    "knn.split_indices",
    "overlap",
    "Training keeps all the examples, the ones to validate and test on too: the accuracy you measure will be too good.",
    ("return train, validation, test", "return shuffled, validation, test"),
)

misconception(
    "knn.k_fold_indices",
    "pairs-swapped",
    "Each pair is the wrong way round: the large part trains, the one piece validates.",
    ("[(np.concatenate(folds[:i] + folds[i + 1 :]), folds[i])", "[(folds[i], np.concatenate(folds[:i] + folds[i + 1 :]))"),
)
misconception(
    "knn.k_fold_indices",
    "not-shuffled",
    "The folds are cut in the old order. If the data set is sorted by class, a fold validates on classes nobody trained on.",
    ("rng.permutation(num_examples)", "np.arange(num_examples)"),
)
misconception(
    "knn.k_fold_indices",
    "trains-on-validation",
    "Every fold trains on all examples, the ones it validates on too.",
    ("np.concatenate(folds[:i] + folds[i + 1 :])", "np.concatenate(folds)"),
)
misconception(
    "knn.k_fold_indices",
    "drops-the-rest",
    "Examples are lost when the folds cannot all be equal: num_examples // num_folds cuts off the rest.",
    (
        "np.array_split(rng.permutation(num_examples), num_folds)",
        "np.split(rng.permutation(num_examples)[: num_examples // num_folds * num_folds], num_folds)",
    ),
)
misconception(
    "knn.k_fold_indices",
    "shuffles-each-fold",
    "You shuffle anew for every fold, so some examples validate twice and others never: shuffle once, before cutting.",
    body="""
    permutations = [rng.permutation(num_examples) for _ in range(num_folds)]
    cut = [np.array_split(p, num_folds) for p in permutations]
    return [(np.concatenate(c[:i] + c[i + 1 :]), c[i]) for i, c in enumerate(cut)]
    """,
)

misconception(
    "knn.cross_validate",
    "transposed",
    "The table is transposed: one row for each k, one column for each fold.",
    ("return accuracies", "return accuracies.T"),
)
misconception(
    "knn.cross_validate",
    "trains-on-validation",
    "The model is trained on the validation fold too, so with k = 1 it finds each image itself. Train on the train indices.",
    ("model.train(images[train], labels[train])", "model.train(images, labels)"),
)
misconception(
    "knn.cross_validate",
    "training-accuracy",
    "You measure the accuracy on the training examples; measure it on the fold that was left out.",
    (
        "accuracy(model.predict(images[validation], k), labels[validation])",
        "accuracy(model.predict(images[train], k), labels[train])",
    ),
)
misconception(
    "knn.cross_validate",
    "same-k",
    "Every row uses the first k: pass the k of the row to predict.",
    ("model.predict(images[validation], k)", "model.predict(images[validation], ks[0])"),
)
