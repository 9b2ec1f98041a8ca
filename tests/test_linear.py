"""The reference of Part II against oracles of others: the lecture's numbers, scikit-learn, and mathematics."""

import types

import numpy as np
import pytest

from autograder.oracle import reference_sources

pytest.importorskip("sklearn", reason="scikit-learn, an oracle of these tests, is not installed: pip install -e '.[test]'")
from sklearn.linear_model import RidgeClassifier  # noqa: E402
from sklearn.neighbors import NearestCentroid  # noqa: E402
from sklearn.preprocessing import add_dummy_feature, minmax_scale  # noqa: E402

linear = types.ModuleType("linear")
exec(reference_sources()["linear"], linear.__dict__)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_scores_of_the_lectures_example_with_the_ships_bias():
    """The slide prints 61.95 for the ship, which is its score before the bias of -1.2 is added."""
    pixels = np.array([[[56, 231], [24, 2]]], dtype=np.uint8)
    weight = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
    bias = np.array([1.1, 3.2, -1.2])
    scores = linear.linear_scores(pixels, weight, bias)
    np.testing.assert_allclose(scores, [[-96.8, 437.9, 60.75]])
    np.testing.assert_allclose(linear.linear_scores(pixels, weight, 0 * bias)[0, 2], 61.95)
    assert linear.predict_labels(scores).tolist() == [1]


def test_scores_are_sums_of_products(rng):
    images, weight, bias = rng.normal(size=(5, 2, 3, 2)), rng.normal(size=(4, 12)), rng.normal(size=4)
    expected = [[sum(w * x for w, x in zip(row, image.flat, strict=True)) + b for row, b in zip(weight, bias, strict=True)]
                for image in images]  # fmt: skip
    np.testing.assert_allclose(linear.linear_scores(images, weight, bias), expected)


def test_scores_and_labels_are_those_of_a_linear_model_of_scikit_learn(rng):
    points, labels = rng.normal(size=(60, 5)), rng.integers(0, 3, size=60)
    model = RidgeClassifier().fit(points, labels)
    scores = linear.linear_scores(points, model.coef_, model.intercept_)
    np.testing.assert_allclose(scores, model.decision_function(points))
    np.testing.assert_array_equal(linear.predict_labels(scores), model.predict(points))


def test_scores_are_linear_in_images_and_in_parameters(rng):
    x, y, v, w, b = (rng.normal(size=size) for size in ((3, 6), (3, 6), (2, 6), (2, 6), 2))
    f = linear.linear_scores
    np.testing.assert_allclose(f(2 * x - 3 * y, w, 0 * b), 2 * f(x, w, 0 * b) - 3 * f(y, w, 0 * b))
    np.testing.assert_allclose(f(x, 2 * v - 3 * w, -b), 2 * f(x, v, b) - 3 * f(x, w, b))


def test_ties_go_to_the_smallest_label():
    assert linear.predict_labels(np.array([[1.0, 2.0, 2.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]])).tolist() == [1, 0, 0]


def test_ones_stand_last_where_scikit_learn_puts_them_first(rng):
    images = rng.normal(size=(4, 3, 2))
    np.testing.assert_array_equal(np.roll(linear.append_ones(images), 1, axis=1), add_dummy_feature(images.reshape(4, 6)))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_ones_have_the_dtype_of_the_images(dtype):
    assert linear.append_ones(np.zeros((2, 3), dtype)).dtype == dtype


def test_bias_trick_gives_the_same_scores(rng):
    images, weight, bias = rng.normal(size=(7, 2, 2, 3)), rng.normal(size=(5, 12)), rng.normal(size=5)
    tricked = linear.append_ones(images) @ linear.fold_bias(weight, bias).T
    np.testing.assert_allclose(tricked, linear.linear_scores(images, weight, bias), atol=1e-12)


def test_nearest_mean_classifier_predicts_like_scikit_learns_nearest_centroid(rng):
    points, labels = rng.normal(size=(80, 6)), np.append(np.arange(4), rng.integers(0, 4, size=76))
    model = NearestCentroid().fit(points, labels)
    weight, bias = linear.nearest_mean_classifier(points, labels, 4)
    np.testing.assert_allclose(weight, model.centroids_)
    queries = rng.normal(size=(500, 6))
    np.testing.assert_array_equal(linear.linear_scores(queries, weight, bias).argmax(axis=1), model.predict(queries))


def test_nearest_mean_scores_and_squared_distances_differ_by_the_image_alone(rng):
    images, labels = rng.integers(0, 256, size=(40, 4, 4, 3), dtype=np.uint8), np.arange(40) % 5
    weight, bias = linear.nearest_mean_classifier(images, labels, 5)
    flat = images.reshape(40, -1).astype(float)
    squared = ((flat[:, np.newaxis] - weight) ** 2).sum(axis=2)
    scores = linear.linear_scores(images, weight, bias)
    np.testing.assert_allclose(squared + 2 * scores, np.tile((flat**2).sum(axis=1, keepdims=True), 5))


def test_nearest_mean_of_bright_uint8_images_does_not_overflow():
    weight, bias = linear.nearest_mean_classifier(np.full((4, 2, 2), 250, np.uint8), np.array([0, 1, 1, 1]), 2)
    assert np.all(weight == 250) and np.all(bias == -4 * 250**2 / 2)


def test_templates_scale_each_row_to_its_own_range(rng):
    weight = rng.normal(size=(3, 24)) * np.array([[1e-3], [1.0], [1e3]])
    shown = linear.templates(weight, (4, 2, 3))
    np.testing.assert_allclose(shown, minmax_scale(weight, axis=1).reshape(3, 4, 2, 3), atol=1e-15)
    assert np.all(shown.min(axis=(1, 2, 3)) == 0) and np.all(shown.max(axis=(1, 2, 3)) == 1)
