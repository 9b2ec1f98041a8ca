"""Part VI: augmentation.

Every output is compared with all that may become of its image, and shares with bounds of 8 standard deviations: a right
answer misses one in fewer than one of a billion checks.
"""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import changed_arguments

PART = "part6_training"
SLIDE = "Part VI, data augmentation"
SIGMAS = 8

FLIP = exercise(
    "augmentation.random_flip",
    points=2,
    part=PART,
    minutes=12,
    slide=SLIDE,
    hints=(
        "images[:, :, ::-1] mirrors all images left to right: axis 2 is the width.",
        "Draw one number an image, rng.random(len(images)) < 0.5, and index with it: images[chosen].",
        "flipped = images.copy(); flipped[chosen] = images[chosen, :, ::-1]",
    ),
)
CROP = exercise(
    "augmentation.random_crop",
    points=3,
    part=PART,
    minutes=20,
    slide=SLIDE,
    hints=(
        "np.pad takes one pair (before, after) for each of the four axes.",
        "How many places are there for the window along one axis? From 0 to 2·padding, both included; rng.integers leaves out its "
        "upper end.",
        "For each image draw top and left; cropped[i] = padded[i, top : top + height, left : left + width].",
    ),
)
JITTER = exercise(
    "augmentation.color_jitter",
    points=3,
    part=PART,
    minutes=15,
    slide=SLIDE,
    hints=(
        "A factor for each image and channel has the shape (N, 1, 1, C): broadcasting does the rest.",
        "uint8 wraps around at 256, and astype cuts decimals off: compute with floats, round, clip to 0 … 255, and convert last.",
        "factors = rng.uniform(1 - strength, 1 + strength, size=(N, 1, 1, C)); np.clip(np.rint(images * factors), 0, 255)",
    ),
)


def photographs(rng, num_images, shape=(4, 5, 3), low=0):
    return rng.integers(low, 256, size=(num_images, *shape), dtype=np.uint8)


def seeded(rng):
    return np.random.default_rng(rng.integers(1 << 30))


def expect_images(got, images):
    """Raise CheckFailed unless `got` is an array like `images`."""
    compare(got, got if isinstance(got, np.ndarray) and got.shape == images.shape else images, what="the new images")
    expect_dtype(got, np.uint8, "the new images")


# ----------------------------------------------------------------------------------------------------------------- flip


def flips(function, images, rng):
    """Return which images were flipped; every image has to be as it was or mirrored left to right."""
    got = function(images, rng)
    expect_images(got, images)
    same, mirrored = (np.all(got == each, axis=(1, 2, 3)) for each in (images, images[:, :, ::-1]))
    if not np.all(same | mirrored):
        i = int(np.argmin(same | mirrored))
        found = [name for name, each in CHANGES.items() if np.array_equal(got[i], each(images[i]))]
        hint = f": it is {found[0]}" if found else ""
        expect(False, f"image {i} is neither as it was nor mirrored left to right{hint}")
    return mirrored


CHANGES = {
    "upside down (axis 1 of the batch is the height)": lambda image: image[::-1],
    "mirrored in its channels (axis 3), red and blue swapped": lambda image: image[:, :, ::-1],
    "turned by 180°": lambda image: image[::-1, ::-1],
}


@FLIP.check
def check_flip_each(function, rng):
    """every image is as it was or mirrored left to right, about half of them, each by its own draw"""
    mirrored = flips(function, photographs(rng, 400, (2, 3, 3)), seeded(rng))
    share = f"{mirrored.mean():.0%} of 400 images are mirrored, expected about half"
    expect(abs(mirrored.mean() - 0.5) <= SIGMAS * 0.5 / np.sqrt(400), f"{share}: draw a number for each image, with probability ½")


@FLIP.check
def check_flip_shapes(function, rng):
    """wide and high images, grey ones, a single one"""
    for num_images, shape in ((6, (3, 7, 3)), (5, (7, 3, 1)), (1, (4, 4, 3))):
        flips(function, photographs(rng, num_images, shape), seeded(rng))


# ----------------------------------------------------------------------------------------------------------------- crop


def shifts(function, images, padding, rng):
    """Return top and left of each image's window in its padded image; each has to be such a window."""
    got = function(images, padding, rng)
    expect_images(got, images)
    height, width = images.shape[1:3]
    padded = np.zeros((len(images), height + 2 * padding, width + 2 * padding, images.shape[3]), np.uint8)
    padded[:, padding : padding + height, padding : padding + width] = images
    places = [(top, left) for top in range(2 * padding + 1) for left in range(2 * padding + 1)]
    fits = [np.all(got == padded[:, t : t + height, l : l + width], axis=(1, 2, 3)) for t, l in places]  # noqa: E741
    missing = ~np.any(fits, axis=0)
    if missing.any():
        i = int(missing.argmax())
        expect(False, f"image {i} is no window of its image with {padding} zeros around it")
    return np.array(places)[np.argmax(fits, axis=0)]


@CROP.check
def check_crop_each(function, rng):
    """every image is a window of its own padded image; all places occur, each about equally often"""
    found = shifts(function, photographs(rng, 2000, (3, 4, 1), low=1), 2, seeded(rng))
    counts = np.zeros((5, 5), int)
    np.add.at(counts, tuple(found.T), 1)
    sentence = f"the 25 places of a window with padding 2 were cut from {counts.tolist()} of 2,000 images"
    expect(counts.min() > 0, f"{sentence}: some never occur")
    sure = SIGMAS * np.sqrt(2000 * (1 / 25) * (24 / 25))
    expect(np.all(np.abs(counts - 80) < sure), f"{sentence}: they are not equally likely, expected about 80 each")


@CROP.check
def check_crop_padding(function, rng):
    """another padding, wide and high images, grey ones, a single one; padding 0 changes nothing"""
    for num_images, shape, padding in ((4, (3, 6, 3), 3), (3, (6, 3, 1), 2), (1, (5, 5, 3), 4)):
        shifts(function, photographs(rng, num_images, shape, low=1), padding, seeded(rng))
    images = photographs(rng, 3)
    compare(function(images, 0, seeded(rng)), images, what="images cropped with padding 0")


# --------------------------------------------------------------------------------------------------------------- jitter


def factor_bounds(got, images):
    """Return the lowest and highest factor of each image and channel that explains it; lowest > highest if none does.

    Rounded to the nearest integer and cut off at 255: got - ½ <= factor · x <= got + ½ for each pixel, the latter below 255.
    """
    x, y = images.astype(float), got.astype(float)
    lowest = np.max((y - 0.5) / x, axis=(1, 2))
    highest = np.min(np.where(got < 255, (y + 0.5) / x, np.inf), axis=(1, 2))
    return lowest - 1e-9, highest + 1e-9


def expect_jitter(function, images, strength, rng):
    got = function(images, strength, rng)
    expect_images(got, images)
    lowest, highest = factor_bounds(got, images)
    inside = (highest >= 1 - strength) & (lowest <= 1 + strength)
    expect(
        np.all(lowest <= highest),
        "some channel of an image is not one factor times what it was, rounded to the nearest integer and at most 255",
    )
    expect(np.all(inside), f"a factor lies outside of 1 ± {strength:.3g}")
    return lowest, highest


@JITTER.check
def check_jitter_factors(function, rng):
    """each channel is multiplied by one factor between 1 - strength and 1 + strength, rounded, and at most 255"""
    for _ in range(2):
        expect_jitter(function, photographs(rng, 12, (6, 7, 3), low=1), float(rng.uniform(0.3, 0.9)), seeded(rng))


@JITTER.check
def check_jitter_range(function, rng):
    """the factors fill the whole range evenly, darker and brighter"""
    strength = float(rng.uniform(0.3, 0.9))
    images = np.full((400, 1, 2, 3), 100, np.uint8)
    images[:, 0, 1] = 30
    lowest, highest = expect_jitter(function, images, strength, seeded(rng))
    factors = (((lowest + highest) / 2 - 1) / strength).ravel()  # uniform between -1 and 1, but for rounding
    found = ", ".join(f"{np.mean((low <= factors) & (factors < low + 0.5)):.0%}" for low in (-1, -0.5, 0, 0.5))
    quarters = [np.mean((factors >= low - 0.02) & (factors < low + 0.52)) for low in (-1, -0.5, 0, 0.5)]
    sure = SIGMAS * np.sqrt(0.25 * 0.75 / factors.size) + 0.03
    message = f"the four quarters of the range get the shares {found} of 1,200 factors, expected 25% each"
    expect(all(abs(share - 0.25) < sure for share in quarters), message)


@JITTER.check
def check_jitter_each(function, rng):
    """every image, and every channel of it, gets its own factor"""
    images = np.full((50, 2, 2, 3), 100, np.uint8)
    lowest, _ = expect_jitter(function, images, 0.8, seeded(rng))
    expect(len(np.unique(lowest[:, 0])) > 10, "all images get the same factors: draw for each image")
    expect(np.mean(lowest[:, 0] == lowest[:, 1]) < 0.5, "all channels of an image get the same factor: draw one for each")


@JITTER.check
def check_jitter_nothing(function, rng):
    """strength 0 changes nothing; black stays black"""
    images = photographs(rng, 4)
    compare(function(images, 0.0, seeded(rng)), images, what="the images with strength 0")
    black = np.zeros((3, 2, 2, 3), np.uint8)
    compare(function(black, float(rng.uniform(0.2, 0.9)), seeded(rng)), black, what="black images")


# ----------------------------------------------------------------------------------------------------------- all of them

OPTIONS = {FLIP.name: (), CROP.name: (2,), JITTER.name: (0.5,)}


@FLIP.check
@CROP.check
@JITTER.check
def check_seeded(function, exercise, rng):
    """all randomness comes from the rng: the same seed gives the same images, another seed others"""
    images, seed = photographs(rng, 60), int(rng.integers(1 << 30))
    once, again, other = (function(images, *OPTIONS[exercise.name], np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    expect(np.array_equal(once, again), "the same seed gives different images: draw from the rng you are given, nothing else")
    expect(not np.array_equal(once, other), "two different seeds give the same images: draw from the rng you are given")


@FLIP.check
@CROP.check
@JITTER.check
def check_images_kept(function, exercise, rng):
    """the caller's images stay as they were"""
    images = photographs(rng, 60)
    got, changed = changed_arguments(function, images, *OPTIONS[exercise.name], seeded(rng))
    expect(not changed, "it changes the caller's images in place: the next epoch would start from them. Work on a copy")
    expect_images(got, images)
    expect(not np.array_equal(got, images), "the images come back unchanged")
