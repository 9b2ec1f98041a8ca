"""The reference of Part VI's augmentation against mathematics: what may come out of an image, and how often."""

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare, kstest

from autograder.oracle import reference_modules

augmentation = reference_modules("augmentation.random_flip", ()).graded()
CHANGES = {
    "random_flip": lambda images, rng: augmentation.random_flip(images, rng),
    "random_crop": lambda images, rng: augmentation.random_crop(images, 2, rng),
    "color_jitter": lambda images, rng: augmentation.color_jitter(images, 0.4, rng),
}
each = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def photographs(rng, num_images=50, shape=(5, 7, 3)):
    return rng.integers(0, 256, size=(num_images, *shape), dtype=np.uint8)


@each
@pytest.mark.parametrize("shape", [(5, 7, 3), (7, 5, 1), (1, 1, 3)], ids=str)
def test_shape_dtype_and_the_callers_images_stay(change, shape, rng):
    images = photographs(rng, shape=shape)
    before = images.copy()
    images.flags.writeable = False
    got = change(images, rng)
    assert got.shape == images.shape and got.dtype == np.uint8 and not np.shares_memory(got, images)
    np.testing.assert_array_equal(images, before)


@each
def test_the_same_seed_gives_the_same_images(change, rng):
    images = photographs(rng)
    once, again, other = (change(images, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)


@each
def test_an_empty_batch_stays_one(change, rng):
    assert change(photographs(rng, 0), rng).shape == (0, 5, 7, 3)


def test_half_of_the_images_are_mirrored(rng):
    images = photographs(rng, 2000)
    got = augmentation.random_flip(images, rng)
    mirrored = np.array([np.array_equal(new, np.fliplr(old)) for new, old in zip(got, images, strict=True)])
    same = np.array([np.array_equal(new, old) for new, old in zip(got, images, strict=True)])
    assert np.all(mirrored ^ same)
    assert binomtest(int(mirrored.sum()), 2000, 0.5).pvalue > 1e-3


def test_every_shift_is_equally_likely_and_shows_black(rng):
    images = np.zeros((4000, 5, 5, 1), np.uint8)
    images[:, 2, 2] = 255
    got = augmentation.random_crop(images, 2, rng)
    assert np.all(got.sum(axis=(1, 2, 3), dtype=int) == 255)
    assert chisquare(got.astype(bool).sum(axis=(0, 3)).ravel()).pvalue > 1e-3
    ones = augmentation.random_crop(np.full((100, 5, 5, 3), 1, np.uint8), 2, rng)
    assert set(np.unique(ones)) == {0, 1}


def test_color_factors_are_uniform_and_independent(rng):
    got = augmentation.color_jitter(np.full((2000, 1, 1, 3), 140, np.uint8), 0.5, rng)
    factors = (got[:, 0, 0] + rng.uniform(-0.5, 0.5, size=(2000, 3))) / 140  # undo the rounding, on average
    assert all(kstest(channel, "uniform", (0.5, 1.0)).pvalue > 1e-3 for channel in factors.T)
    assert np.all(np.abs(np.corrcoef(factors.T) - np.eye(3)) < 0.1)


def test_bright_places_stay_bright(rng):
    got = augmentation.color_jitter(np.full((500, 2, 2, 3), 250, np.uint8), 0.3, rng)
    assert got.max() == 255 and got.min() >= 174
