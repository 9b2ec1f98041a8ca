"""Part VI: preprocessing."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, described, expect, expect_dtype
from autograder.remote import Proxy, changed_arguments

PART = "part6_training"
SLIDE = "Part VI, preprocessing"

CENTER = exercise(
    "preprocessing.zero_center",
    points=1,
    part=PART,
    minutes=8,
    slide=SLIDE,
    hints=(
        "The mean is over the examples alone, axis 0: it is an image itself.",
        "images = as_float(images); return images - images.mean(axis=0)",
    ),
)
NORMALIZE = exercise(
    "preprocessing.normalize",
    points=2,
    part=PART,
    minutes=10,
    slide=SLIDE,
    hints=(
        "Center first; then measure the standard deviation of each pixel over the examples, and divide by it.",
        "A pixel that never changes has standard deviation 0, or by rounding nearly 0, and 0/0 is not a number. How else can you "
        "see that it never changes, and by what can you divide instead?",
        "varies = images.max(axis=0) > images.min(axis=0); return zero_center(images) / np.where(varies, images.std(axis=0), 1)",
    ),
)
STANDARDIZER = exercise(
    "preprocessing.Standardizer",
    points=4,
    part=PART,
    minutes=25,
    slide=SLIDE,
    hints=(
        "fit only measures, transform only computes: nothing is measured on the images that transform gets.",
        "Per pixel the mean is over axis 0; per channel over all axes but the last, tuple(range(images.ndim - 1)).",
        "In fit: self.mean = images.mean(axis=axes); self.std = np.where(images.max(axis=axes) > images.min(axis=axes), "
        "images.std(axis=axes), 1); return self. In transform: (as_float(images) - self.mean) / self.std.",
    ),
)

CLOSE = 1e-6  # also for whoever adds 1e-8 to the standard deviation
SIZES = {"the largest value of a pixel": 255}


def photographs(rng, num_images=9, shape=(4, 3, 2)):
    """uint8 images in which every pixel has a mean and a spread of its own; each varies."""
    low, spread = rng.integers(0, 100, size=shape), rng.integers(20, 150, size=shape)
    images = low + spread * rng.random((num_images, *shape))
    images[0], images[1] = low, low + spread
    return images.astype(np.uint8)


# ------------------------------------------------------------------------------------------- zero_center and normalize


@CENTER.check
def check_center_photographs(function, oracle, rng):
    """uint8 images: each pixel's own mean over the examples is subtracted, and nothing wraps around"""
    images = photographs(rng)
    compare(function(images), (images - oracle.by_hand(images)[0]).astype(np.float32), what="the centred images", sizes=SIZES)


@CENTER.check
def check_center_features(function, oracle, rng):
    """examples that are rows, (N, D), far from zero"""
    images = rng.normal(size=(7, 5)) + rng.uniform(-30.0, 30.0, size=5)
    compare(function(images), images - oracle.by_hand(images)[0], rtol=1e-7, atol=1e-9, what="the centred rows")


@NORMALIZE.check
def check_normalize_photographs(function, oracle, rng):
    """uint8 images: each pixel gets mean 0 and standard deviation 1 over the examples"""
    images = photographs(rng)
    mean, std = oracle.by_hand(images)
    compare(function(images), ((images - mean) / std).astype(np.float32), what="the normalized images")


@NORMALIZE.check
def check_normalize_features(function, oracle, rng):
    """examples that are rows, (N, D), of which each number has a scale of its own"""
    images = rng.normal(size=(6, 5)) * rng.uniform(0.5, 50.0, size=5) + rng.uniform(-30.0, 30.0, size=5)
    mean, std = oracle.by_hand(images)
    compare(function(images), (images - mean) / std, rtol=CLOSE, atol=CLOSE, what="the normalized rows")


@NORMALIZE.check
def check_normalize_constant(function, oracle, rng):
    """a pixel that is the same in all images becomes 0, not nan"""
    images = photographs(rng)
    images[:, 1, :2] = rng.integers(0, 256, size=(2, 2))
    mean, std = oracle.by_hand(images)
    compare(function(images), ((images - mean) / np.where(std > 0, std, 1)).astype(np.float32), what="the normalized images")


def never_changing(rng, num_images=40):
    """float64 rows of which most columns never change, at fractions whose mean by rounding is not the fraction itself."""
    rows = np.tile(rng.uniform(-1.0, 1.0, size=12), (num_images, 1))
    rows[:, 5] = rng.normal(size=num_images)
    return rows


@NORMALIZE.check
def check_normalize_rounding(function, oracle, rng):
    """a number that is the same fraction in all examples, such as 0.1, becomes 0, although rounding makes its std 1e-17"""
    rows = never_changing(rng)
    mean, std = oracle.by_hand(rows)
    expected = np.zeros_like(rows)
    expected[:, 5] = (rows[:, 5] - mean[5]) / std[5]
    compare(function(rows), expected, rtol=CLOSE, atol=CLOSE, what="the normalized rows")


@CENTER.check
@NORMALIZE.check
def check_float_kind(function, reference, rng):
    """integers and float32 give float32, float64 gives float64"""
    for dtype, expected in ((np.uint8, np.float32), (np.int64, np.float32), (np.float32, np.float32), (np.float64, np.float64)):
        images = photographs(rng).astype(dtype)
        got = function(images)
        compare(got, reference(images), rtol=1e-4, atol=1e-5, what=f"the result for images of dtype {images.dtype}")
        expect_dtype(got, expected, f"the result for images of dtype {images.dtype}")


@CENTER.check
@NORMALIZE.check
def check_images_kept(function, reference, rng):
    """the images stay as they were"""
    for dtype in (np.float64, np.uint8):
        images = photographs(rng).astype(dtype)
        got, changed = changed_arguments(function, images)
        compare(got, reference(images), rtol=CLOSE, atol=1e-5, what="the result")
        expect(not changed, "it changes the images in place: work on a copy, the caller still needs them")


# --------------------------------------------------------------------------------------------------------- Standardizer


def fitted(function, images, **options):
    """Return a Standardizer after `fit`."""
    standardizer = function(**options)
    standardizer.fit(images)
    return standardizer


@STANDARDIZER.check
def check_standardizer_pixels(function, oracle, rng):
    """per pixel: the training images get mean 0 and standard deviation 1"""
    train = photographs(rng)
    mean, std = oracle.by_hand(train)
    standardizer = fitted(function, train)
    compare(standardizer.transform(train), ((train - mean) / std).astype(np.float32), what="the training images")
    compare(standardizer.mean, mean.astype(np.float32), what="mean")
    compare(standardizer.std, std.astype(np.float32), what="std")


@STANDARDIZER.check
def check_standardizer_in_one_go(function, rng):
    """fit returns the Standardizer itself, so that Standardizer().fit(images) can be written in one go"""
    train, standardizer = photographs(rng), function()
    got = standardizer.fit(train)
    expected = standardizer.transform(train)
    expect(isinstance(got, Proxy), f"fit returns {described(got)}: return self")
    compare(got.transform(train), expected, what="the training images")


@STANDARDIZER.check
def check_standardizer_test_images(function, oracle, rng):
    """test images are transformed by the mean and std of the training images, never by their own"""
    train, test = photographs(rng), photographs(rng, num_images=6)
    mean, std = oracle.by_hand(train)
    standardizer = fitted(function, train)
    for images in (test, test[2:3], test):
        what = "one test image" if len(images) == 1 else "the test images"
        compare(standardizer.transform(images), ((images - mean) / std).astype(np.float32), what=what)


@STANDARDIZER.check
def check_standardizer_channels(function, oracle, rng):
    """per channel: one mean and one std for each channel, over all examples and places"""
    train, test = photographs(rng, shape=(4, 3, 3)), photographs(rng, num_images=5, shape=(4, 3, 3))
    mean, std = oracle.by_hand(train.reshape(-1, 3))
    standardizer = fitted(function, train, per_channel=True)
    for images in (train, test):
        compare(standardizer.transform(images), ((images - mean) / std).astype(np.float32), what="the images")
    compare(standardizer.mean, mean.astype(np.float32), what="mean")


@STANDARDIZER.check
def check_standardizer_constant(function, oracle, rng):
    """a pixel or channel that never changes in the training images is centred and divided by 1, also where test images differ"""
    train, test = photographs(rng), photographs(rng)
    train[:, 2, 1], train[..., 1] = rng.integers(0, 256, size=2), rng.integers(0, 256)
    for per_channel in (False, True):
        standardizer = fitted(function, train, per_channel=per_channel)
        mean, std = oracle.by_hand(train.reshape(-1, 2) if per_channel else train)
        for images in (train, test):
            expected = ((images - mean) / np.where(std > 0, std, 1)).astype(np.float32)
            compare(standardizer.transform(images), expected, what="the images")


@STANDARDIZER.check
def check_standardizer_rounding(function, oracle, rng):
    """the same where it never changes from a fraction such as 0.1, whose std rounding makes 1e-17"""
    train = never_changing(rng)
    standardizer, test = fitted(function, train), train[:3] + rng.uniform(0.5, 1.0, size=(3, 12))
    mean, std = oracle.by_hand(train)
    for rows, what in ((train, "the training rows"), (test, "test rows that differ")):
        expected = rows - train[0]
        expected[:, 5] = (rows[:, 5] - mean[5]) / std[5]
        compare(standardizer.transform(rows), expected, what=what)


@STANDARDIZER.check
def check_standardizer_dtype(function, reference, rng):
    """uint8 and float32 images become float32, float64 ones float64"""
    for dtype, expected in ((np.uint8, np.float32), (np.float32, np.float32), (np.float64, np.float64)):
        train = photographs(rng).astype(dtype)
        got = fitted(function, train).transform(train)
        compare(got, reference().fit(train).transform(train), rtol=1e-4, atol=1e-5, what="the images")
        expect_dtype(got, expected, f"images of dtype {train.dtype}, transformed")


@STANDARDIZER.check
def check_standardizer_kept(function, oracle, rng):
    """the images stay as they were, and two Standardizers know nothing of each other"""
    train, other = photographs(rng).astype(np.float64), photographs(rng).astype(np.float64)
    mean, std = oracle.by_hand(train)
    standardizer = function()
    _, changed = changed_arguments(standardizer.fit, train)
    expect(not changed, "fit changes the images in place: it only has to measure them")
    fitted(function, other)
    got, changed = changed_arguments(standardizer.transform, other)
    compare(got, (other - mean) / std, rtol=CLOSE, atol=CLOSE, what="the images")
    expect(not changed, "transform changes the images in place: work on a copy, the caller still needs them")
