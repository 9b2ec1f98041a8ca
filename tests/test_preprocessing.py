"""The reference of Part VI's preprocessing against scikit-learn and mathematics."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from autograder.oracle import reference_modules
from dlcourse.toolkit import datasets

preprocessing = reference_modules("preprocessing.Standardizer", ()).graded()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def test_standardizer_agrees_with_scikit_learn_on_training_and_test_images(digits):
    """Also at the digits' pixels that are blank in every training image."""
    train, test = (images.reshape(len(images), -1) for images in (digits.train_images, digits.test_images))
    oracle = StandardScaler().fit(train)
    standardizer = preprocessing.Standardizer().fit(train)
    assert (oracle.var_ == 0).any()
    for images in (train, test):
        np.testing.assert_allclose(standardizer.transform(images), oracle.transform(images), rtol=2e-4, atol=2e-5)


def test_per_channel_is_a_scikit_learn_scaler_over_all_places(rng):
    train, test = rng.normal(3, 2, size=(2, 20, 5, 4, 3)) * [1, 10, 100]
    standardizer = preprocessing.Standardizer(per_channel=True).fit(train)
    oracle = StandardScaler().fit(train.reshape(-1, 3))
    assert standardizer.mean.shape == standardizer.std.shape == (3,)
    np.testing.assert_allclose(standardizer.transform(test), oracle.transform(test.reshape(-1, 3)).reshape(test.shape), rtol=1e-10)


def test_normalize_is_a_standardizer_fitted_on_the_images_themselves(digits):
    images = digits.train_images
    np.testing.assert_allclose(
        preprocessing.normalize(images), preprocessing.Standardizer().fit(images).transform(images), rtol=1e-4, atol=1e-5
    )


def test_moments_after_each_step(rng):
    images = rng.integers(0, 256, size=(300, 4, 4, 3), dtype=np.uint8)
    centered, normalized = preprocessing.zero_center(images), preprocessing.normalize(images)
    np.testing.assert_allclose(centered.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(centered.std(axis=0), images.std(axis=0), rtol=1e-4)
    np.testing.assert_allclose(normalized.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(normalized.std(axis=0), 1, rtol=1e-4)


def test_a_pixel_that_is_constant_in_the_training_images_does_not_explode_in_the_test_images():
    train = np.full((5, 2), 7.0)
    standardizer = preprocessing.Standardizer().fit(train)
    np.testing.assert_array_equal(standardizer.transform(np.array([[7.0, 9.0]])), [[0.0, 2.0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [3, 10, 1000, 7000])
def test_a_fraction_that_never_changes_becomes_zero_although_its_mean_is_rounded(dtype, count):
    """The mean of ten 0.1 is 0.1 up to rounding, and the standard deviation 1e-17: scikit-learn looks out for that, too."""
    train = np.tile(np.array([0.1, 1 / 3, 77.7, 0.9137], dtype), (count, 1))
    test = train[:2] + dtype(0.5)
    standardizer, oracle = preprocessing.Standardizer().fit(train), StandardScaler().fit(train)
    for rows in (train, test):
        np.testing.assert_allclose(standardizer.transform(rows), oracle.transform(rows), atol=1e-2 if dtype is np.float32 else 1e-9)
    np.testing.assert_array_equal(standardizer.std, np.ones(4))
    np.testing.assert_allclose(preprocessing.normalize(train), np.zeros_like(train), atol=1e-2 if dtype is np.float32 else 1e-9)


def test_an_image_is_transformed_alike_alone_and_in_any_company(digits):
    standardizer = preprocessing.Standardizer().fit(digits.train_images)
    together = standardizer.transform(digits.test_images)
    np.testing.assert_array_equal(standardizer.transform(digits.test_images[3:4]), together[3:4])


def test_float32_is_precise_enough_for_fifty_thousand_images():
    """A running sum in float32 must not lose the mean of as many images as CIFAR-10 has."""
    images = np.random.default_rng(0).integers(0, 256, size=(50_000, 12), dtype=np.uint8)
    standardizer = preprocessing.Standardizer().fit(images)
    np.testing.assert_allclose(standardizer.mean, images.mean(axis=0, dtype=np.float64), rtol=1e-5)
    np.testing.assert_allclose(standardizer.std, images.std(axis=0, dtype=np.float64), rtol=1e-4)


@pytest.mark.parametrize("shape", [(50_000, 8, 8, 3)])
def test_float32_is_precise_enough_for_all_places_of_a_channel(shape):
    images = np.random.default_rng(0).integers(200, 256, size=shape, dtype=np.uint8)
    standardizer = preprocessing.Standardizer(per_channel=True).fit(images)
    np.testing.assert_allclose(standardizer.mean, images.mean(axis=(0, 1, 2), dtype=np.float64), rtol=1e-5)
    np.testing.assert_allclose(standardizer.std, images.std(axis=(0, 1, 2), dtype=np.float64), rtol=1e-3)
