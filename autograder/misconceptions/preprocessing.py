"""Plausible mistakes in Part VI: preprocessing."""

from autograder.misconceptions import misconception

misconception(
    "preprocessing.zero_center",
    "one-mean-for-all",
    "You subtract one number, the mean of all pixels of all images. Each pixel has its own mean over the examples: axis=0.",
    ("images.mean(axis=0)", "images.mean()"),
)
misconception(
    "preprocessing.zero_center",
    "per-image",
    "You subtract from each image its own mean: that takes its brightness away. The mean is over the examples (axis 0).",
    ("images - images.mean(axis=0)", "images - images.reshape(len(images), -1).mean(axis=1).reshape(-1, *[1] * (images.ndim - 1))"),
)
misconception(
    "preprocessing.zero_center",
    "uint8-wraps",
    "You compute with uint8, where 3 - 5 is 254: make floats of the images first.",
    ("    images = as_float(images)\n    return images - images.mean(axis=0)",
     "    return as_float(images - images.mean(axis=0).astype(images.dtype))"),
)  # fmt: skip
misconception(
    "preprocessing.zero_center",
    "in-place",
    "images -= … writes into the caller's array: images = images - … makes a new one.",
    ("    return images - images.mean(axis=0)", "    images -= images.mean(axis=0)\n    return images"),
)
misconception(
    "preprocessing.zero_center",
    "float64",
    "Integers minus their float64 mean are float64, twice the memory: as_float first, which makes float32 of integers.",
    ("    images = as_float(images)\n", ""),
)

misconception(
    "preprocessing.normalize",
    "variance",
    "You divide by the variance: its root, the standard deviation, has the unit of the pixels.",
    ("images.std(axis=0)", "images.var(axis=0)"),
)
misconception(
    "preprocessing.normalize",
    "constant-pixels",
    "A pixel that is the same in all images has standard deviation 0, and 0/0 is nan: divide by 1 there.",
    ("np.where(varies, images.std(axis=0), 1)", "images.std(axis=0)"),
)
misconception(
    "preprocessing.normalize",
    "asks-for-a-std-of-0",
    "You ask whether std == 0. The mean of many 0.1 is 0.1 up to rounding, so the std of a number that never changes may be 1e-17, "
    "and dividing by it makes 1 of what should be 0. Ask images.max(axis=0) == images.min(axis=0), or whether std is tiny.",
    ("varies = images.max(axis=0) > images.min(axis=0)", "varies = images.std(axis=0) != 0"),
)
misconception(
    "preprocessing.normalize",
    "range",
    "You divide by the range, max - min: the standard deviation is asked for.",
    ("images.std(axis=0)", "np.ptp(images, axis=0)"),
)
misconception(
    "preprocessing.normalize",
    "sum-of-squares",
    "You divide by the root of the *sum* of squares (np.linalg.norm): the standard deviation has their mean, over N.",
    ("images.std(axis=0)", "images.std(axis=0) * np.sqrt(len(images), dtype=images.dtype)"),
)
misconception(
    "preprocessing.normalize",
    "one-std-a-channel",
    "You take one standard deviation for each channel, over all places: here each pixel has its own, axis=0.",
    ("images.std(axis=0)", "zero_center(images).std(axis=tuple(range(images.ndim - 1)))"),
)
misconception(
    "preprocessing.normalize",
    "one-std-for-all",
    "You divide by one number, the standard deviation of all pixels together. Each pixel has its own: axis=0.",
    ("images.std(axis=0)", "zero_center(images).std()"),
)
misconception(
    "preprocessing.normalize",
    "not-centered",
    "You divide the images themselves by the standard deviation: subtract the mean first.",
    ("zero_center(images) / np.where", "images / np.where"),
)
misconception(
    "preprocessing.normalize",
    "unbiased",
    "You divide the sum of squares by N - 1 (ddof=1): the formula has the mean, over N.",
    ("images.std(axis=0)", "images.std(axis=0, ddof=1)"),
)
misconception(
    "preprocessing.normalize",
    "per-image",
    "You normalize each image by its own mean and standard deviation: they are of each pixel, over the examples (axis 0).",
    body="""
    images = as_float(images)
    rows = images.reshape(len(images), -1)
    std = rows.std(axis=1, keepdims=True)
    return ((rows - rows.mean(axis=1, keepdims=True)) / np.where(std == 0, 1, std)).reshape(images.shape)
    """,
)
misconception(
    "preprocessing.normalize",
    "in-place",
    "images /= … writes into the caller's array: make a new one.",
    body="""
    if images.dtype.kind != "f":
        images = images.astype(np.float32)
    images -= images.mean(axis=0)
    std = images.std(axis=0)
    images /= np.where(std == 0, 1, std)
    return images
    """,
)

OWN = "return (as_float(images) - self.mean) / self.std"
misconception(
    "preprocessing.Standardizer",
    "fitted-on-the-test-set",
    "transform measures mean and standard deviation anew, on the images it gets: so test images are measured too, and a value "
    "means something else in each split. fit measures, once, on training images; transform only computes.",
    (OWN, f"self.fit(images)\n        {OWN}"),
)
misconception(
    "preprocessing.Standardizer",
    "per-image",
    "transform takes each image's own mean and standard deviation: use those that fit measured.",
    (
        OWN,
        "rows = as_float(images).reshape(len(images), -1)\n"
        "        mean, std = rows.mean(axis=1, keepdims=True), rows.std(axis=1, keepdims=True)\n"
        "        return ((rows - mean) / np.where(std == 0, 1, std)).reshape(images.shape)",
    ),
)
misconception(
    "preprocessing.Standardizer",
    "variance",
    "You divide by the variance: its root, the standard deviation, has the unit of the pixels.",
    ("images.std(axis=axes, dtype", "images.var(axis=axes, dtype"),
)
misconception(
    "preprocessing.Standardizer",
    "unbiased",
    "You divide the sum of squares by N - 1 (ddof=1): the formula has the mean, over N.",
    ("images.std(axis=axes, dtype=np.float64)", "images.std(axis=axes, dtype=np.float64, ddof=1)"),
)
misconception(
    "preprocessing.Standardizer",
    "one-number-for-all",
    "fit measures one mean and one standard deviation for everything: each pixel has its own (axis=0), or each channel.",
    ("tuple(range(images.ndim - 1)) if self.per_channel else 0", "None"),
)
misconception(
    "preprocessing.Standardizer",
    "pixels-and-channels-swapped",
    "per_channel is the wrong way round: with it, the mean and std are over all axes but the last; without it, over axis 0.",
    ("if self.per_channel else 0", "if not self.per_channel else 0"),
)
misconception(
    "preprocessing.Standardizer",
    "constant-pixels",
    "Where the training images do not vary, std is 0, and dividing by it gives nan or infinity: put 1 in its place.",
    ("np.where(varies, std, 1)", "std"),
)
misconception(
    "preprocessing.Standardizer",
    "asks-for-a-std-of-0",
    "You ask whether std == 0. The mean of many 0.1 is 0.1 up to rounding, so the std of a number that never changes may be 1e-17, "
    "and a test image that differs there is divided by it. Ask images.max(axis=axes) == images.min(axis=axes), or whether std is "
    "tiny.",
    ("varies = images.max(axis=axes) > images.min(axis=axes)", "varies = std != 0"),
)
misconception(
    "preprocessing.Standardizer",
    "epsilon",
    "You add a tiny number to std. A pixel that is constant in the training images, and not quite in the test images, is then "
    "multiplied by a hundred million: put 1 in the place of a std of 0.",
    ("np.where(varies, std, 1)", "(std + 1e-8)"),
)
misconception(
    "preprocessing.Standardizer",
    "channels-first",
    "You take the mean over axes 0, 2 and 3, as if the channels came second. Images of a data set are (N, H, W, C): the channels "
    "are the last axis.",
    ("        self.mean = mean",
     "        if self.per_channel and images.ndim == 4:\n"
     "            mean, std = (a[:, None, None] for a in (images.mean(axis=(0, 2, 3)), images.std(axis=(0, 2, 3))))\n"
     "        self.mean = mean"),
)  # fmt: skip
misconception(
    "preprocessing.Standardizer",
    "per-channel-ignored",
    "per_channel is ignored: with it, the mean and std are over all axes but the last.",
    ("tuple(range(images.ndim - 1)) if self.per_channel else 0", "0"),
)
misconception(
    "preprocessing.Standardizer",
    "mean-of-the-stds",
    "Per channel you average the standard deviations of the pixels: then the differences between their means do not count. Take "
    "the standard deviation over all examples and places at once.",
    ("images.std(axis=axes, dtype=np.float64)", "images.std(axis=0).mean(axis=axes[:-1] if self.per_channel else ())"),
)
misconception(
    "preprocessing.Standardizer",
    "fit-returns-nothing",
    "fit returns nothing: return self, so that Standardizer().fit(images) can be written in one go.",
    ("        return self\n", ""),
)
misconception(
    "preprocessing.Standardizer",
    "not-centered",
    "transform divides by std, but does not subtract the mean first.",
    ("(as_float(images) - self.mean) / self.std", "as_float(images) / self.std"),
)
misconception(
    "preprocessing.Standardizer",
    "shared",
    "Mean and std are kept on the class, so all Standardizers share them: keep them on self.",
    ("        self.mean = self.std = None\n", ""),
    ("        self.mean = mean", "        Standardizer.mean = mean"),
    ("        self.std = np", "        Standardizer.std = np"),
)  # fmt: skip
