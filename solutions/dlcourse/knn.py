"""k-nearest neighbours: classify an image by the labels of the training images closest to it.

Lecture, Part I. Distances work on flattened images: `queries` is (M, D) and `points` is (N, D), one image a row.
Images usually arrive as uint8, where 3 - 5 is 254: turn integers into floats before you subtract or square.
"""

import numpy as np


def require_same_width(queries, points):
    """Given: raise ValueError unless `queries` (M, D) and `points` (N, D) are both 2-D with the same D."""
    if np.ndim(queries) != 2 or np.ndim(points) != 2 or queries.shape[1] != points.shape[1]:
        raise ValueError(
            f"queries have shape {np.shape(queries)} and points {np.shape(points)}, "
            "but both must be 2-D with the same number of columns: flatten images with x.reshape(len(x), -1)"
        )


def l1_distances(queries, points):
    """Return the L1 (Manhattan) distance of every query to every point.

        d[i, j] = sum over p of |queries[i, p] - points[j, p]|

    One loop over the queries is fine; a temporary array of shape (M, N, D) is not: it fills the memory.

    Args:
        queries: (M, D) array of floats or integers (uint8 images too).
        points: (N, D) array of floats or integers.

    Returns:
        (M, N) float array; float32 if both inputs are float32, float64 if one is float64.

    Raises:
        ValueError: if the shapes do not fit.

    Source: lecture, Part I, "Nearest neighbour" and "L1 distance".
    """
    require_same_width(queries, points)
    ### BEGIN SOLUTION
    dtype = np.result_type(queries, points, np.float32)  # integers become floats, floats stay what they are
    queries, points = queries.astype(dtype, copy=False), points.astype(dtype, copy=False)
    distances = np.empty((len(queries), len(points)), dtype)
    for i, query in enumerate(queries):
        distances[i] = np.abs(points - query).sum(axis=1)
    return distances
    ### END SOLUTION


def l2_distances_two_loops(queries, points):
    """Return the L2 (Euclidean) distance of every query to every point, one pair at a time.

        d[i, j] = sqrt(sum over p of (queries[i, p] - points[j, p])^2)

    This is the definition, written down: two loops, slow, and the yardstick for the two faster versions below.

    Args:
        queries: (M, D) array of floats or integers (uint8 images too).
        points: (N, D) array of floats or integers.

    Returns:
        (M, N) float array; float32 if both inputs are float32, float64 if one is float64.

    Raises:
        ValueError: if the shapes do not fit.

    Source: lecture, Part I, "L1 distance, L2 distance".
    """
    require_same_width(queries, points)
    ### BEGIN SOLUTION
    dtype = np.result_type(queries, points, np.float32)
    queries, points = queries.astype(dtype, copy=False), points.astype(dtype, copy=False)
    distances = np.empty((len(queries), len(points)), dtype)
    for i, query in enumerate(queries):
        for j, point in enumerate(points):
            distances[i, j] = np.sqrt(np.sum((query - point) ** 2))
    return distances
    ### END SOLUTION


def l2_distances_one_loop(queries, points):
    """Return the L2 distance of every query to every point, a whole row of the result at a time.

    Loop over the queries only; broadcasting subtracts one query from all points at once.

    Args:
        queries: (M, D) array of floats or integers (uint8 images too).
        points: (N, D) array of floats or integers.

    Returns:
        (M, N) float array; float32 if both inputs are float32, float64 if one is float64.

    Raises:
        ValueError: if the shapes do not fit.

    Source: lecture, Part I, "L1 distance, L2 distance".
    """
    require_same_width(queries, points)
    ### BEGIN SOLUTION
    dtype = np.result_type(queries, points, np.float32)
    queries, points = queries.astype(dtype, copy=False), points.astype(dtype, copy=False)
    distances = np.empty((len(queries), len(points)), dtype)
    for i, query in enumerate(queries):
        distances[i] = np.sqrt(((points - query) ** 2).sum(axis=1))
    return distances
    ### END SOLUTION


def l2_distances(queries, points):
    """Return the L2 distance of every query to every point, without a loop.

    Multiply out the square, so that a matrix product does the work:

        |q - p|^2 = |q|^2 - 2 q.p + |p|^2

    No Python loop, and no temporary of shape (M, N, D). Rounding can leave a tiny negative number where the distance is
    zero: clip it before the root, or the answer is NaN.

    Args:
        queries: (M, D) array of floats or integers (uint8 images too).
        points: (N, D) array of floats or integers.

    Returns:
        (M, N) float array; float32 if both inputs are float32, float64 if one is float64.

    Raises:
        ValueError: if the shapes do not fit.

    Source: lecture, Part I, "L1 distance, L2 distance"; the expansion is the law of cosines.
    """
    require_same_width(queries, points)
    ### BEGIN SOLUTION
    dtype = np.result_type(queries, points, np.float32)
    queries, points = queries.astype(dtype, copy=False), points.astype(dtype, copy=False)
    squared = queries @ points.T  # every step below works in place: the result is the only (M, N) array
    squared *= -2
    squared += np.einsum("md,md->m", queries, queries)[:, np.newaxis]
    squared += np.einsum("nd,nd->n", points, points)
    np.maximum(squared, 0, out=squared)
    return np.sqrt(squared, out=squared)
    ### END SOLUTION


def majority_vote(labels, num_classes):
    """Return the label that occurs most often in each row; ties go to the smallest label.

    Args:
        labels: (M, k) integer array, the labels of the k nearest points of M queries, each in [0, num_classes).
        num_classes: number of classes, a positive integer.

    Returns:
        (M,) integer array.

    Source: lecture, Part I, "k-nearest neighbours".
    """
    ### BEGIN SOLUTION
    votes = np.zeros((len(labels), num_classes), dtype=int)
    np.add.at(votes, (np.arange(len(labels))[:, np.newaxis], labels), 1)
    return votes.argmax(axis=1)  # argmax returns the first maximum: the smallest label of a tie
    ### END SOLUTION


class NearestNeighbor:
    """Nearest neighbour classifier with the L1 distance: training remembers, prediction looks at every point.

    Source: lecture, Part I, "Nearest neighbour".
    """

    def train(self, images, labels):
        """Remember the training set.

        Args:
            images: (N, ...) array, one image an entry of the first axis: (N, D), (N, H, W, C), ...
            labels: (N,) integer array.
        """
        ### BEGIN SOLUTION
        self.points = images.reshape(len(images), -1)
        self.labels = labels
        ### END SOLUTION

    def predict(self, images):
        """Return the label of the nearest training image of each image, by `l1_distances`.

        Args:
            images: (M, ...) array, each image shaped like the training images.

        Returns:
            (M,) integer array.
        """
        ### BEGIN SOLUTION
        distances = l1_distances(images.reshape(len(images), -1), self.points)
        return self.labels[distances.argmin(axis=1)]
        ### END SOLUTION


class KNearestNeighbor:
    """k-nearest neighbours classifier with a distance of your choice.

    Args:
        distance: a function (queries (M, D), points (N, D)) -> distances (M, N): `l1_distances`, `l2_distances`.

    Source: lecture, Part I, "k-nearest neighbours" and "Hyperparameters".
    """

    def __init__(self, distance):
        self.distance = distance

    def train(self, images, labels):
        """Remember the training set.

        Args:
            images: (N, ...) array, one image an entry of the first axis.
            labels: (N,) integer array; the classes are 0 to labels.max().
        """
        ### BEGIN SOLUTION
        self.points = images.reshape(len(images), -1)
        self.labels = labels
        ### END SOLUTION

    def predict(self, images, k):
        """Return, for each image, the `majority_vote` among the labels of its k nearest training images.

        Args:
            images: (M, ...) array, each image shaped like the training images.
            k: number of neighbours that vote, 1 <= k <= N.

        Returns:
            (M,) integer array.
        """
        ### BEGIN SOLUTION
        distances = self.distance(images.reshape(len(images), -1), self.points)
        nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]  # the k smallest, in any order
        return majority_vote(self.labels[nearest], self.labels.max() + 1)
        ### END SOLUTION


def accuracy(predicted, labels):
    """Return the share of predictions that are right, between 0 and 1.

    Args:
        predicted: (N,) integer array.
        labels: (N,) integer array.

    Returns:
        float.

    Source: lecture, Part I, "Data-driven approach": evaluate on new images.
    """
    ### BEGIN SOLUTION
    return float(np.mean(predicted == labels))
    ### END SOLUTION


def split_indices(num_examples, num_validation, num_test, rng):
    """Return three arrays of indices that split a data set at random into training, validation and test examples.

    Every example is in exactly one of the three. Shuffle first: data sets are often sorted by class.

    Args:
        num_examples: number of examples in the data set.
        num_validation: how many of them to validate on.
        num_test: how many of them to test on; the rest is for training.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        train, validation, test: integer arrays of lengths num_examples - num_validation - num_test, num_validation
        and num_test.

    Source: lecture, Part I, "Hyperparameters", idea 3.
    """
    ### BEGIN SOLUTION
    shuffled = rng.permutation(num_examples)
    test, validation, train = np.split(shuffled, [num_test, num_test + num_validation])
    return train, validation, test
    ### END SOLUTION


def k_fold_indices(num_examples, num_folds, rng):
    """Return the training and validation indices of each fold of a cross-validation.

    Shuffle the indices with `rng.permutation`, cut them into `num_folds` consecutive pieces whose lengths differ by one
    at most (`np.array_split` does), and let each piece validate once while the others train.

    Args:
        num_examples: number of examples in the data set.
        num_folds: number of folds, 2 <= num_folds <= num_examples.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        list of num_folds pairs (train, validation) of integer arrays.

    Source: lecture, Part I, "Hyperparameters", idea 4.
    """
    ### BEGIN SOLUTION
    folds = np.array_split(rng.permutation(num_examples), num_folds)
    return [(np.concatenate(folds[:i] + folds[i + 1 :]), folds[i]) for i in range(num_folds)]
    ### END SOLUTION


def cross_validate(images, labels, ks, num_folds, rng):
    """Return the validation accuracy of k-nearest neighbours (L2 distance) for every k on every fold.

    Draw the folds once, with `k_fold_indices`, so that all k are compared on the same folds.

    Args:
        images: (N, ...) array.
        labels: (N,) integer array.
        ks: sequence of numbers of neighbours to try.
        num_folds: number of folds.
        rng: np.random.Generator, passed on to `k_fold_indices`.

    Returns:
        (len(ks), num_folds) float array of accuracies.

    Source: lecture, Part I, "Hyperparameters", idea 4.
    """
    ### BEGIN SOLUTION
    accuracies = np.empty((len(ks), num_folds))
    for fold, (train, validation) in enumerate(k_fold_indices(num_examples=len(images), num_folds=num_folds, rng=rng)):
        model = KNearestNeighbor(l2_distances)
        model.train(images[train], labels[train])
        for row, k in enumerate(ks):
            accuracies[row, fold] = accuracy(model.predict(images[validation], k), labels[validation])
    return accuracies
    ### END SOLUTION
