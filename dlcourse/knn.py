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
    # YOUR CODE HERE
    raise NotImplementedError("knn.l1_distances is not written yet")


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
    # YOUR CODE HERE
    raise NotImplementedError("knn.l2_distances_two_loops is not written yet")


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
    # YOUR CODE HERE
    raise NotImplementedError("knn.l2_distances_one_loop is not written yet")


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
    # YOUR CODE HERE
    raise NotImplementedError("knn.l2_distances is not written yet")


def majority_vote(labels, num_classes):
    """Return the label that occurs most often in each row; ties go to the smallest label.

    Args:
        labels: (M, k) integer array, the labels of the k nearest points of M queries, each in [0, num_classes).
        num_classes: number of classes, a positive integer.

    Returns:
        (M,) integer array.

    Source: lecture, Part I, "k-nearest neighbours".
    """
    # YOUR CODE HERE
    raise NotImplementedError("knn.majority_vote is not written yet")


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
        # YOUR CODE HERE
        raise NotImplementedError("knn.NearestNeighbor.train is not written yet")

    def predict(self, images):
        """Return the label of the nearest training image of each image, by `l1_distances`.

        Args:
            images: (M, ...) array, each image shaped like the training images.

        Returns:
            (M,) integer array.
        """
        # YOUR CODE HERE
        raise NotImplementedError("knn.NearestNeighbor.predict is not written yet")


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
        # YOUR CODE HERE
        raise NotImplementedError("knn.KNearestNeighbor.train is not written yet")

    def predict(self, images, k):
        """Return, for each image, the `majority_vote` among the labels of its k nearest training images.

        Args:
            images: (M, ...) array, each image shaped like the training images.
            k: number of neighbours that vote, 1 <= k <= N.

        Returns:
            (M,) integer array.
        """
        # YOUR CODE HERE
        raise NotImplementedError("knn.KNearestNeighbor.predict is not written yet")


def accuracy(predicted, labels):
    """Return the share of predictions that are right, between 0 and 1.

    Args:
        predicted: (N,) integer array.
        labels: (N,) integer array.

    Returns:
        float.

    Source: lecture, Part I, "Data-driven approach": evaluate on new images.
    """
    # YOUR CODE HERE
    raise NotImplementedError("knn.accuracy is not written yet")


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
    # YOUR CODE HERE
    raise NotImplementedError("knn.split_indices is not written yet")


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
    # YOUR CODE HERE
    raise NotImplementedError("knn.k_fold_indices is not written yet")


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
    # YOUR CODE HERE
    raise NotImplementedError("knn.cross_validate is not written yet")
