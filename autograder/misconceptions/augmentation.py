"""Plausible mistakes in Part VI: augmentation."""

from autograder.misconceptions import misconception

FLIP, CROP, JITTER = "augmentation.random_flip", "augmentation.random_crop", "augmentation.color_jitter"

misconception(
    FLIP,
    "upside-down",
    "The images stand on their heads: axis 1 of the batch is the height. Left and right are axis 2, the width.",
    ("images[chosen, :, ::-1]", "images[chosen, ::-1]"),
)
misconception(
    FLIP,
    "channels-reversed",
    "You reverse the channels, which swaps red and blue: left and right are axis 2, the width.",
    ("images[chosen, :, ::-1]", "images[chosen, :, :, ::-1]"),
)
misconception(
    FLIP,
    "one-draw-for-the-batch",
    "One draw decides for the whole batch: draw one for each image.",
    ("rng.random(len(images)) < 0.5", "np.full(len(images), rng.random() < 0.5)"),
)
misconception(
    FLIP,
    "all-flipped",
    "Every image is mirrored: half of them should stay as they are.",
    ("rng.random(len(images)) < 0.5", "rng.random(len(images)) < 2"),
)
misconception(
    FLIP,
    "in-place",
    "You mirror inside the caller's array: copy it first, or the training set itself changes from epoch to epoch.",
    ("flipped = images.copy()", "flipped = images"),
    ("images[chosen, :, ::-1]", "images[chosen, :, ::-1].copy()"),
)
misconception(
    FLIP,
    "not-the-rng",
    "The draws come from NumPy's global generator: use the rng you are given, or no run can be repeated.",
    ("rng.random(len(images))", "np.random.random(len(images))"),
)
misconception(
    FLIP,
    "always-the-same",
    "You make a generator of your own with a fixed seed: then the same images are mirrored each time. Use the rng you are given.",
    ("rng.random(len(images))", "np.random.default_rng(0).random(len(images))"),
)

DRAWS = "rng.integers(0, 2 * padding + 1, size=(len(images), 2))"
misconception(
    CROP,
    "one-draw-for-the-batch",
    "All images of the batch are shifted alike: draw a place for each image.",
    (DRAWS, "np.tile(rng.integers(0, 2 * padding + 1, size=2), (len(images), 1))"),
)
misconception(
    CROP,
    "last-place-missing",
    "rng.integers leaves out its upper end: with 2 * padding the last place never occurs, it is 2 * padding + 1.",
    (DRAWS, "rng.integers(0, max(2 * padding, 1), size=(len(images), 2))"),
)
misconception(
    CROP,
    "half-of-the-places",
    "The window only moves to one side: it has 2 * padding + 1 places along each axis, padding on either side of the middle.",
    (DRAWS, "rng.integers(0, padding + 1, size=(len(images), 2))"),
)
misconception(
    CROP,
    "diagonal",
    "Top and left are the same number, so the images move along the diagonal alone: draw two numbers for each.",
    (DRAWS, "np.repeat(rng.integers(0, 2 * padding + 1, size=(len(images), 1)), 2, axis=1)"),
)
misconception(
    CROP,
    "wraps-around",
    "What leaves the image on one side comes back on the other (np.roll): the border is filled with zeros.",
    ("np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)))",
     "np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode=\"wrap\")"),
)  # fmt: skip
misconception(
    CROP,
    "edge-repeated",
    "The border repeats the outermost pixels: it should be zeros.",
    ("np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)))",
     "np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode=\"edge\")"),
)  # fmt: skip
misconception(
    CROP,
    "height-and-width-swapped",
    "Height and width are swapped: images are (N, H, W, C).",
    ("_, height, width, _ = images.shape", "_, width, height, _ = images.shape"),
)
misconception(
    CROP,
    "every-axis-padded",
    "np.pad with one number pads every axis, the examples and the channels too: give a pair for each of the four axes.",
    ("np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)))", "np.pad(images, padding)"),
    ("padded[i, top : top + height, left : left + width]",
     "padded[i, top : top + height, left : left + width, : images.shape[3]]"),
)  # fmt: skip
misconception(
    CROP,
    "always-the-same",
    "You make a generator of your own with a fixed seed: then the same windows are cut each time. Use the rng you are given.",
    ("rng.integers(0, 2", "np.random.default_rng(0).integers(0, 2"),
)
misconception(
    CROP,
    "in-place",
    "The windows are written into the caller's array: make a new one, or the training set itself changes from epoch to epoch.",
    ("cropped = np.empty_like(images)", "cropped = images"),
)

misconception(
    JITTER,
    "wraps-around",
    "Above 255 the numbers start again at 0, and bright places become dark: clip before you convert to uint8.",
    ("np.clip(np.rint(images * factors), 0, 255)", "(np.rint(images * factors) % 256)"),
)
misconception(
    JITTER,
    "cut-off",
    "astype cuts the decimals off, so all images become a little darker: round to the nearest integer first.",
    ("np.rint(images * factors)", "(images * factors)"),
)
misconception(
    JITTER,
    "one-draw-for-the-batch",
    "All images of the batch get the same factors: draw for each image.",
    ("size=(num_images, 1, 1, num_channels))", "size=(1, 1, 1, num_channels)) + np.zeros((num_images, 1, 1, 1))"),
)
misconception(
    JITTER,
    "brightness-alone",
    "All channels of an image get the same factor, which changes its brightness but no colour: draw one for each channel.",
    ("size=(num_images, 1, 1, num_channels))", "size=(num_images, 1, 1, 1)) + np.zeros(num_channels)"),
)
misconception(
    JITTER,
    "a-factor-a-pixel",
    "Every pixel gets a factor of its own: that is noise, not another colour. One factor for each channel of an image.",
    ("size=(num_images, 1, 1, num_channels)", "size=images.shape"),
)
misconception(
    JITTER,
    "added",
    "The random number is added instead of multiplied.",
    ("images * factors", "images + 255 * (factors - 1)"),
)
misconception(
    JITTER,
    "brighter-only",
    "The factors lie between 1 and 1 + strength: images only become brighter. They start at 1 - strength.",
    ("rng.uniform(1 - strength, 1 + strength", "rng.uniform(1, 1 + strength"),
)
misconception(
    JITTER,
    "normally-distributed",
    "The factors are normally distributed, and some lie far outside: they are uniform between 1 - strength and 1 + strength.",
    ("rng.uniform(1 - strength, 1 + strength", "rng.normal(1, strength"),
)
misconception(
    JITTER,
    "in-place",
    "The result is written into the caller's array: make a new one, or the colours drift from epoch to epoch.",
    ("    return np.clip(np.rint(images * factors), 0, 255).astype(np.uint8)\n",
     "    images[...] = np.clip(np.rint(images * factors), 0, 255)\n    return images\n"),
)  # fmt: skip
misconception(
    JITTER,
    "floats",
    "The result is made of floats: convert to uint8 at the end, images stay images.",
    (".astype(np.uint8)", ""),
)
