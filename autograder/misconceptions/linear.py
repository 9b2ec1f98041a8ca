"""Plausible mistakes in Part II: linear classifier."""

from autograder.misconceptions import misconception

FLATTEN = "images.reshape(len(images), -1)"

misconception(
    "linear.linear_scores",
    "no-bias",
    "The bias is missing: Wx + b, not Wx.",
    (" @ weight.T + bias", " @ weight.T"),
)
misconception(
    "linear.linear_scores",
    "bias-on-the-wrong-axis",
    "The bias sits on the wrong axis: each class has its bias, so it belongs to the columns, shape (C,), not to the rows.",
    ("+ bias", "+ bias[:, np.newaxis]"),
)
misconception(
    "linear.linear_scores",
    "bias-at-each-pixel",
    "You add the bias once for every pixel; it belongs to the class and is added once, after the sum over the pixels.",
    ("+ bias", "+ bias * weight.shape[1]"),
)
misconception(
    "linear.linear_scores",
    "weight-not-transposed",
    "The weight is (C, D), one row a class. To multiply rows of images with rows of weights, transpose it: weight.T.",
    ("@ weight.T", "@ weight"),
)
misconception(
    "linear.linear_scores",
    "result-transposed",
    "Rows and columns are swapped: images run over the rows of the scores, classes over the columns, as in (N, C).",
    body=f"return weight @ {FLATTEN}.T + bias[:, np.newaxis]",
)
misconception(
    "linear.linear_scores",
    "not-flattened",
    "Images come as (N, H, W, C) too: flatten each into a row of D numbers with images.reshape(len(images), -1).",
    (FLATTEN, "images"),
)
misconception(
    "linear.linear_scores",
    "pixels-scrambled",
    "reshape(D, N).T mixes the pixels of different images: reshape fills row by row, so it must be reshape(N, D).",
    (FLATTEN, "images.reshape(-1, len(images)).T"),
)
misconception(
    "linear.linear_scores",
    "always-float64",
    "The result is float64 whatever comes in. float32 weights are meant to stay float32: half the memory, twice as fast.",
    (FLATTEN, f"{FLATTEN}.astype(np.float64)"),
)
misconception(
    "linear.linear_scores",
    "weight-overwritten",
    "A row of weight is a view, no copy: row *= image changes the weight itself, and the next image meets a changed one.",
    body=f"""
    scores = np.empty((len(images), len(weight)), weight.dtype)
    for i, image in enumerate({FLATTEN}):
        for j, row in enumerate(weight):
            row *= image
            scores[i, j] = row.sum() + bias[j]
    return scores
    """,
)
misconception(
    "linear.linear_scores",
    "loop-over-images",
    "The scores are right, but a loop over images or classes, open or hidden, is slow: one matrix product does it all.",
    body=f"""
    scores = [weight @ image + bias for image in {FLATTEN}]
    return np.stack(scores)
    """,
)

misconception(
    "linear.predict_labels",
    "wrong-axis",
    "argmax runs over the images (axis 0): it tells which image has the highest score of each class. You want axis 1.",
    ("axis=1", "axis=0"),
)
misconception(
    "linear.predict_labels",
    "no-axis",
    "Without an axis, argmax looks at all scores of all images together and returns one number: use axis=1.",
    ("argmax(axis=1)", "argmax()"),
)
misconception(
    "linear.predict_labels",
    "argmin",
    "You take the lowest score. A small distance means alike, but a score is the other way round: the highest wins.",
    ("argmax", "argmin"),
)
misconception(
    "linear.predict_labels",
    "returns-scores",
    "You return the highest score itself; return which class it belongs to (argmax, not max).",
    ("argmax", "max"),
)
misconception(
    "linear.predict_labels",
    "absolute-scores",
    "You look for the score that is farthest from zero. A large negative score says no: take the largest, sign included.",
    ("scores.argmax", "np.abs(scores).argmax"),
)
misconception(
    "linear.predict_labels",
    "last-of-ties",
    "Of several classes with the highest score you return the largest label; a tie goes to the smallest.",
    ("scores.argmax(axis=1)", "scores.shape[1] - 1 - scores[:, ::-1].argmax(axis=1)"),
)

misconception(
    "linear.append_ones",
    "ones-in-front",
    "The ones stand in front; they belong behind the pixels, where fold_bias puts the bias.",
    ("[flat, np.ones((len(flat), 1), flat.dtype)]", "[np.ones((len(flat), 1), flat.dtype), flat]"),
)
misconception(
    "linear.append_ones",
    "one-more-image",
    "The ones make one more row, an image of ones. Each image needs one more number: a column, axis=1.",
    ("np.ones((len(flat), 1), flat.dtype)], axis=1", "np.ones((1, flat.shape[1]), flat.dtype)], axis=0"),
)
misconception(
    "linear.append_ones",
    "float64-ones",
    "np.ones makes float64 unless you pass a dtype, and the images follow: uint8 images become eight times as large.",
    ("1), flat.dtype)", "1))"),
)
misconception(
    "linear.append_ones",
    "one-a-pixel",
    "Every pixel gets a one of its own; every image needs exactly one. Flatten first, then append.",
    body="""
    ones = np.ones((*images.shape[:-1], 1), images.dtype)
    return np.concatenate([images, ones], axis=-1).reshape(len(images), -1)
    """,
)
misconception(
    "linear.append_ones",
    "zeros",
    "You append zeros: zero times the bias is zero, so the bias would vanish from the scores.",
    ("np.ones(", "np.zeros("),
)
misconception(
    "linear.append_ones",
    "last-pixel-overwritten",
    "You overwrite the last pixel, and in the caller's images: flat shares its memory with them. Make a new array, one wider.",
    ("np.concatenate([flat, np.ones((len(flat), 1), flat.dtype)], axis=1)", "flat"),
    ("    return", "    flat[:, -1] = 1\n    return"),
)

misconception(
    "linear.fold_bias",
    "bias-in-front",
    "The bias stands in the first column, where the images have their first pixel; the ones are in the last column.",
    ("[weight, bias[:, np.newaxis]]", "[bias[:, np.newaxis], weight]"),
)
misconception(
    "linear.fold_bias",
    "bias-as-a-row",
    "The bias makes one more row, which would be one more class. Each class needs one more number: a column.",
    body="""
    row = np.resize(bias, weight.shape[1])
    return np.concatenate([weight, row[np.newaxis]], axis=0)
    """,
)
misconception(
    "linear.fold_bias",
    "bias-added",
    "You add the bias to every weight. That multiplies it with every pixel; put it into a column of its own.",
    body="""
    return np.concatenate([weight + bias[:, np.newaxis], np.ones((len(weight), 1), weight.dtype)], axis=1)
    """,
)
misconception(
    "linear.fold_bias",
    "ones-instead-of-bias",
    "The ones belong to the images; on this side the bias takes their place.",
    ("bias[:, np.newaxis]", "np.ones((len(weight), 1), weight.dtype)"),
)
misconception(
    "linear.fold_bias",
    "always-float64",
    "The result is float64 whatever comes in: np.zeros and np.empty make float64 unless you pass a dtype.",
    body="""
    folded = np.empty((weight.shape[0], weight.shape[1] + 1))
    folded[:, :-1], folded[:, -1] = weight, bias
    return folded
    """,
)
misconception(
    "linear.fold_bias",
    "last-weight-overwritten",
    "You overwrite the last weight of every class, in the caller's array. The matrix must become one column wider.",
    body="""
    weight[:, -1] = bias
    return weight
    """,
)

misconception(
    "linear.nearest_mean_classifier",
    "mean-over-pixels-too",
    "mean() without an axis is one number for a whole class: mean(axis=0) is its mean image, one number a pixel.",
    body="""
    flat = images.reshape(len(images), -1)
    weight = np.stack([flat[labels == label].mean() for label in range(num_classes)])
    return weight, -np.sum(weight**2) / 2
    """,
)
misconception(
    "linear.nearest_mean_classifier",
    "half-forgotten",
    "The ½ is missing: when −2 m·x + |m|² is divided by −2, the bias becomes −|m|²/2.",
    ("axis=1) / 2", "axis=1)"),
)
misconception(
    "linear.nearest_mean_classifier",
    "two-forgotten",
    "The mixed term counts twice, −2 m·x. You have weight 2m, which fits the bias −|m|²; this bias is −|m|²/2: decide for one.",
    ("    return weight, -np.sum(weight**2, axis=1) / 2", "    return 2 * weight, -np.sum(weight**2, axis=1) / 2"),
)
misconception(
    "linear.nearest_mean_classifier",
    "all-doubled",
    "2m and −|m|² decide just as well, for a common factor changes no comparison. Asked for here are m and −|m|²/2.",
    ("    return weight, -np.sum(weight**2, axis=1) / 2", "    return 2 * weight, -np.sum(weight**2, axis=1)"),
)
misconception(
    "linear.nearest_mean_classifier",
    "bias-sign",
    "The bias has the wrong sign: a small distance means a high score, so |m|² counts against the class.",
    ("weight, -np.sum", "weight, np.sum"),
)
misconception(
    "linear.nearest_mean_classifier",
    "no-bias",
    "The bias is zero. Then a bright mean wins everywhere, only because it is bright; −|m|²/2 makes up for it.",
    ("-np.sum(weight**2, axis=1) / 2", "np.zeros(num_classes, weight.dtype)"),
)
misconception(
    "linear.nearest_mean_classifier",
    "norm-not-squared",
    "The bias holds the length |m|; it is the squared length that comes out of the square, |m|²/2.",
    ("-np.sum(weight**2, axis=1) / 2", "-np.sqrt(np.sum(weight**2, axis=1)) / 2"),
)
misconception(
    "linear.nearest_mean_classifier",
    "divides-by-all",
    "You divide the sum of each class by N, the number of all images; divide by the number of images in that class.",
    ("flat[labels == label].mean(axis=0)", "flat[labels == label].sum(axis=0, dtype=flat[0].mean().dtype) / len(flat)"),
)
misconception(
    "linear.nearest_mean_classifier",
    "mean-over-everything",
    "You average over images and pixels together: one grey level a class. Average over the images alone, axis=0.",
    ("flat[labels == label].mean(axis=0)", "np.full(flat.shape[1], flat[labels == label].mean())"),
)
misconception(
    "linear.nearest_mean_classifier",
    "median",
    "You take the median image. The algebra of the bias holds for any image, but asked for is the mean.",
    ("flat[labels == label].mean(axis=0)", "np.median(flat[labels == label], axis=0)"),
)
misconception(
    "linear.nearest_mean_classifier",
    "uint8-sum-wraps",
    "The sum of uint8 images wraps around at 256: 200 + 100 is 44. Sum in floats.",
    ("flat[labels == label].mean(axis=0)", "flat[labels == label].sum(axis=0, dtype=flat.dtype) / (labels == label).sum()"),
    ("    return weight,", "    weight = weight.astype(flat[0].mean().dtype)\n    return weight,"),
)
misconception(
    "linear.nearest_mean_classifier",
    "uint8-means",
    "The means are kept in uint8: fractions are cut off, and their squares wrap around. Keep them as floats.",
    ("flat[labels == label].mean(axis=0)", "flat[labels == label].mean(axis=0).astype(flat.dtype)"),
)
misconception(
    "linear.nearest_mean_classifier",
    "always-float64",
    "The result is float64 whatever comes in: np.zeros and np.empty make float64 unless you pass a dtype.",
    ("    return weight,", "    weight = weight.astype(np.float64)\n    return weight,"),
)
misconception(
    "linear.nearest_mean_classifier",
    "images-overwritten",
    "You add up the images in the first one of each class, and change the caller's images with it: start from zeros.",
    body=f"""
    flat = {FLATTEN}
    rows = [flat[np.flatnonzero(labels == label)[0]] for label in range(num_classes)]
    counts = np.bincount(labels)
    for label, row in enumerate(rows):
        for image in flat[labels == label][1:]:
            row += image
    weight = np.stack([row / row.dtype.type(count) for row, count in zip(rows, counts)])
    return weight, -np.sum(weight**2, axis=1) / 2
    """,
)

misconception(
    "linear.templates",
    "scaled-together",
    "All rows are scaled together, by the extremes of the whole matrix: a class with small weights turns into plain grey.",
    ("weight.min(axis=1, keepdims=True), weight.max(axis=1, keepdims=True)", "weight.min(), weight.max()"),
)
misconception(
    "linear.templates",
    "each-pixel-on-its-own",
    "You compare the classes at each pixel (axis 0) instead of the pixels of each class (axis 1).",
    ("weight.min(axis=1, keepdims=True), weight.max(axis=1, keepdims=True)", "weight.min(axis=0), weight.max(axis=0)"),
)
misconception(
    "linear.templates",
    "not-reshaped",
    "The rows are scaled well but still flat: reshape them to (C, *image_shape).",
    (".reshape(-1, *image_shape)", ""),
)
misconception(
    "linear.templates",
    "only-divided",
    "You divide by the largest number, but the smallest is not at 0 then: subtract the row's minimum first.",
    ("(weight - low) / (high - low)", "weight / high"),
)
misconception(
    "linear.templates",
    "not-the-range",
    "After the minimum is subtracted, the largest number is high − low: divide by that, not by high.",
    ("(weight - low) / (high - low)", "(weight - low) / high"),
)
misconception(
    "linear.templates",
    "absolute-weights",
    "The sign is lost: a strong negative weight, which speaks against the class, looks as white as a strong positive one.",
    ("(weight - low) / (high - low)", "np.abs(weight) / np.abs(weight).max(axis=1, keepdims=True)"),
)
misconception(
    "linear.templates",
    "up-to-255",
    "The values go from 0 to 255; asked for is 0 to 1.",
    ("(weight - low) / (high - low)", "255 * (weight - low) / (high - low)"),
)
misconception(
    "linear.templates",
    "pixels-scrambled",
    "The pixels come back in another order than they were flattened in (order='F'): leave reshape's order as it is.",
    (".reshape(-1, *image_shape)", ".reshape(-1, *image_shape, order='F')"),
)
misconception(
    "linear.templates",
    "weight-overwritten",
    "weight -= low changes the classifier you only wanted to look at; weight - low makes a new array.",
    ("    return ((weight - low) / (high - low))", "    weight -= low\n    return (weight / (high - low))"),
)
