"""Plausible mistakes in Part V: what other tasks of vision need."""

from autograder.misconceptions import misconception

misconception(
    "vision.iou",
    "union-counts-twice",
    "The union is the sum of both areas: what lies in both is counted twice. Subtract the intersection.",
    (".prod(axis=-1) - intersection", ".prod(axis=-1)"),
)
misconception(
    "vision.iou",
    "sides-may-be-negative",
    "Two boxes apart in both directions have two negative sides, whose product is positive: cut each side off at 0 first.",
    ("np.maximum(sides, 0).prod(axis=-1)", "np.maximum(sides.prod(axis=-1), 0)"),
)
misconception(
    "vision.iou",
    "nothing-cut-off",
    "Boxes that do not meet get a negative intersection: a side that ends before it begins is 0.",
    ("np.maximum(sides, 0).prod(axis=-1)", "sides.prod(axis=-1)"),
)
misconception(
    "vision.iou",
    "plus-one",
    "You add 1 to the sides, as for boxes that name their last pixel: here right and bottom are edges, width is right - left.",
    ("np.maximum(sides, 0)", "np.maximum(sides + 1, 0)"),
    ("union = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1)",
     "union = (a[..., 2:] - a[..., :2] + 1).prod(axis=-1) + (b[..., 2:] - b[..., :2] + 1).prod(axis=-1)"),
)  # fmt: skip
misconception(
    "vision.iou",
    "corner-and-size",
    "You read a box as (left, top, width, height): it is (left, top, right, bottom).",
    ("    sides = ", "    a, b = (np.concatenate([c[..., :2], c[..., :2] + c[..., 2:]], axis=-1) for c in (a, b))\n    sides = "),
)
misconception(
    "vision.iou",
    "share-of-the-first",
    "You divide by the area of the box of the first set: IoU divides by the area of the union.",
    ("    return np.divide(", "    union = (a[..., 2:] - a[..., :2]).prod(axis=-1) + np.zeros_like(union)\n    return np.divide("),
)
misconception(
    "vision.iou",
    "dice",
    "Twice the intersection over the sum of both areas is another measure (Dice): IoU is intersection over union.",
    ("np.divide(intersection, union,", "np.divide(2 * intersection, union + intersection,"),
)
misconception(
    "vision.iou",
    "box-around-both",
    "You divide by the area of the box around both: the union is what they cover, the sum of both areas minus the intersection.",
    ("    return np.divide(",
     "    union = (np.maximum(a[..., 2:], b[..., 2:]) - np.minimum(a[..., :2], b[..., :2])).prod(axis=-1)\n    return np.divide("),
)  # fmt: skip
misconception(
    "vision.iou",
    "sides-in-pairs",
    "You read a box as (left, right, top, bottom): it is (left, top, right, bottom).",
    ("    sides = ", "    a, b = (box[..., [0, 2, 1, 3]] for box in (a, b))\n    sides = "),
)
misconception(
    "vision.iou",
    "share-of-the-smaller",
    "You divide by the area of the smaller box: IoU divides by the area of the union.",
    ("(b[..., 2:] - b[..., :2]).prod(axis=-1) - intersection", "(b[..., 2:] - b[..., :2]).prod(axis=-1) - intersection\n"
     "    union = np.minimum((a[..., 2:] - a[..., :2]).prod(axis=-1), (b[..., 2:] - b[..., :2]).prod(axis=-1))"),
)  # fmt: skip
misconception(
    "vision.iou",
    "zero-by-zero",
    "Two boxes without area give 0/0, which is nan: say 0 there.",
    ("np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)", "intersection / union"),
)
misconception(
    "vision.iou",
    "pairs-only",
    "You compare the first box with the first, the second with the second: the result has a row for each box of the one set and a "
    "column for each of the other.",
    ("    return np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)",
     "    table = np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)\n    return np.diagonal(table).copy()"),
)  # fmt: skip
misconception(
    "vision.iou",
    "integers-wrap-around",
    "Boxes of uint8 cannot hold a negative side: turn integers into floats before you subtract.",
    ("    a, b = boxes_a.astype(dtype)[:, np.newaxis], boxes_b.astype(dtype)", "    a, b = boxes_a[:, np.newaxis], boxes_b"),
    ("np.maximum(sides, 0).prod(axis=-1)", "np.maximum(sides, 0).prod(axis=-1, dtype=dtype)"),
)
misconception(
    "vision.iou",
    "float64",
    "float32 boxes give a float64 result: compute in the dtype you were given.",
    ("dtype = np.result_type(boxes_a, boxes_b, np.float32)", "dtype = np.float64"),
)

misconception(
    "vision.non_maximum_suppression",
    "worst-first",
    "You begin with the lowest score: np.argsort sorts upwards, so sort -scores.",
    ("np.argsort(-scores)", "np.argsort(scores)"),
)
misconception(
    "vision.non_maximum_suppression",
    "no-sorting",
    "You look at the boxes in the order they came in: the best one first.",
    ("np.argsort(-scores)", "np.arange(len(scores))"),
)
misconception(
    "vision.non_maximum_suppression",
    "dropped-boxes-drop-others",
    "A box that was dropped itself drops others: only kept ones do, or one after the other a whole row of neighbours disappears.",
    body="""
    overlap = iou(boxes, boxes)
    order = np.argsort(-scores)
    kept = [best for rank, best in enumerate(order) if np.all(overlap[best, order[:rank]] <= threshold)]
    return np.array(kept, dtype=int)
    """,
)
misconception(
    "vision.non_maximum_suppression",
    "last-kept-alone",
    "You compare a box with the box kept last: compare it with all that were kept.",
    body="""
    overlap = iou(boxes, boxes)
    kept = []
    for best in np.argsort(-scores):
        if not kept or overlap[best, kept[-1]] <= threshold:
            kept.append(best)
    return np.array(kept, dtype=int)
    """,
)
misconception(
    "vision.non_maximum_suppression",
    "ranks-not-indices",
    "You return the places in the sorted order: return the indices into `boxes`, so order[rank].",
    ("kept.append(best)", "kept.append(np.flatnonzero(np.argsort(-scores) == best)[0])"),
)
misconception(
    "vision.non_maximum_suppression",
    "threshold-on-scores",
    "You compare the scores with the threshold: it is for the IoU of a box with a kept one; every score is welcome.",
    ("    overlap = iou(boxes, boxes)\n    left = np.argsort(-scores)", "    left = np.argsort(-scores)\n"
     "    return left[scores[left] > threshold]\n    overlap = iou(boxes, boxes)"),
)  # fmt: skip
misconception(
    "vision.non_maximum_suppression",
    "mask-not-indices",
    "You return which boxes are kept as a mask: return their indices, the highest score first.",
    ("np.array(kept, dtype=int)", "np.isin(np.arange(len(scores)), kept)"),
)
misconception(
    "vision.non_maximum_suppression",
    "keeps-the-overlapping",
    "You keep what overlaps and drop what does not: the comparison is the wrong way round.",
    ("overlap[best, left] <= threshold", "overlap[best, left] > threshold"),
)
misconception(
    "vision.non_maximum_suppression",
    "equal-is-dropped",
    "A box whose IoU equals the threshold is dropped: only a larger one is.",
    ("<= threshold", "< threshold"),
)
misconception(
    "vision.non_maximum_suppression",
    "one-round",
    "You stop after the best box: go on with what is left until nothing is.",
    ("    while len(left):", "    if len(left):"),
    ("    return np.array(kept, dtype=int)", "    return np.array([*kept, *left], dtype=int)"),
)
misconception(
    "vision.non_maximum_suppression",
    "in-the-order-given",
    "The right boxes, but in the order in which they came: the highest score comes first.",
    ("np.array(kept, dtype=int)", "np.sort(np.array(kept, dtype=int))"),
)
misconception(
    "vision.non_maximum_suppression",
    "boxes-not-indices",
    "You return the boxes themselves: return their indices, so that scores and classes can be picked with them.",
    ("np.array(kept, dtype=int)", "boxes[np.array(kept, dtype=int)]"),
)
misconception(
    "vision.non_maximum_suppression",
    "scores-changed",
    "You write into the caller's scores to mark what is done: work on a copy.",
    ("    return np.array(kept, dtype=int)", "    scores[:] = 0\n    return np.array(kept, dtype=int)"),
)

misconception(
    "vision.psnr",
    "uint8-wraps-around",
    "The difference of two uint8 images wraps around, 3 - 5 is 254: turn them into floats before you subtract.",
    ("(image.astype(np.float64) - truth)", "(image - truth).astype(np.float64)"),
)
misconception(
    "vision.psnr",
    "squares-wrap-around",
    "The squares of uint8 numbers wrap around, 20² is 144: turn the images into floats first.",
    ("np.mean((image.astype(np.float64) - truth) ** 2)", "np.mean(np.where(image > truth, image - truth, truth - image) ** 2)"),
)
misconception(
    "vision.psnr",
    "peak-not-squared",
    "The peak is not squared: the mean squared error is compared with the square of the peak.",
    ("peak**2 / error", "peak / error"),
)
misconception(
    "vision.psnr",
    "natural-logarithm",
    "The logarithm of decibels is to base 10.",
    ("np.log10", "np.log"),
)
misconception(
    "vision.psnr",
    "root-of-the-error",
    "You take the root of the mean squared error, but compare it with the square of the peak: either both squared, or none.",
    ("peak**2 / error", "peak**2 / np.sqrt(error)"),
)
misconception(
    "vision.psnr",
    "sum-not-mean",
    "You sum the squares: the mean divides by the number of pixels and channels, so that large and small images can be compared.",
    ("error = np.mean(", "error = np.sum("),
)
misconception(
    "vision.psnr",
    "without-the-ten",
    "That is in bel: a decibel is a tenth, so multiply the logarithm by 10.",
    ("10 * np.log10", "np.log10"),
)
misconception(
    "vision.psnr",
    "peak-of-the-truth",
    "You take the largest value in the image: the peak is the largest value that a pixel *can* have, the argument.",
    ("peak**2", "float(truth.max()) ** 2"),
)
misconception(
    "vision.psnr",
    "variance",
    "np.var subtracts the mean of the differences first: an image that is too bright everywhere would be perfect. Take the mean of "
    "the squares.",
    ("np.mean((image.astype(np.float64) - truth) ** 2)", "np.var(image.astype(np.float64) - truth)"),
)
misconception(
    "vision.psnr",
    "upside-down",
    "The sign is wrong: a smaller error is a higher PSNR, so the error stands below.",
    ("peak**2 / error", "error / peak**2"),
)
misconception(
    "vision.psnr",
    "peak-ignored",
    "The peak is always 255: use the argument.",
    ("peak**2", "255**2"),
)
misconception(
    "vision.psnr",
    "twenty-of-the-square",
    "You take 20 times the logarithm of a ratio of squares: 20 belongs to the ratio of the root, 10 to that of the squares.",
    ("10 * np.log10", "20 * np.log10"),
)
misconception(
    "vision.psnr",
    "absolute-error",
    "You use the mean absolute error: PSNR is defined by the mean of the squares.",
    ("(image.astype(np.float64) - truth) ** 2", "np.abs(image.astype(np.float64) - truth)"),
)
misconception(
    "vision.psnr",
    "division-by-zero",
    "Equal images have no error, and a division by 0 is no number of decibels: return float(\"inf\") there.",
    (' if error else float("inf")', ' if error else 0.0'),
)
misconception(
    "vision.psnr",
    "image-changed",
    "image -= truth writes into the caller's picture: make a new array.",
    ("    error = np.mean((image.astype(np.float64) - truth) ** 2)",
     "    if image.dtype.kind == \"f\":\n        image -= truth\n        error = np.mean(image**2)\n"
     "    else:\n        error = np.mean((image.astype(np.float64) - truth) ** 2)"),
)  # fmt: skip

misconception(
    "vision.decode_heatmaps",
    "row-first",
    "The row comes first in your result: a point is (x, y), so the column comes first.",
    ("column + offset(heat[row], column), row + offset(heat[:, column], row)",
     "row + offset(heat[:, column], row), column + offset(heat[row], column)"),
)  # fmt: skip
misconception(
    "vision.decode_heatmaps",
    "whole-pixels",
    "The offset is missing: these are the highest pixels, and the parabola's top lies up to half a pixel away.",
    ("column + offset(heat[row], column), row + offset(heat[:, column], row)", "column, row"),
)
misconception(
    "vision.decode_heatmaps",
    "offset-the-wrong-way",
    "The offset goes the wrong way: the top lies on the side of the higher neighbour.",
    ("(after - before) / (2 * bend)", "(before - after) / (2 * bend)"),
)
misconception(
    "vision.decode_heatmaps",
    "offset-doubled",
    "The offset is twice too long: the formula has 2 · (2 · highest - before - after) below.",
    ("(after - before) / (2 * bend)", "(after - before) / bend"),
)
misconception(
    "vision.decode_heatmaps",
    "a-quarter-pixel",
    "A quarter of a pixel towards the higher neighbour is what some papers do: here the parabola says how far.",
    ("(after - before) / (2 * bend)", "0.25 * np.sign(after - before)"),
)
misconception(
    "vision.decode_heatmaps",
    "centre-of-mass",
    "You take the mean of all places, weighted by the heat: everything far away pulls at it. Take the highest pixel and its "
    "neighbours.",
    (
        "        points[n, k] = column + offset(heat[row], column), row + offset(heat[:, column], row)",
        "        share = heat / heat.sum()\n"
        "        points[n, k] = share.sum(axis=0) @ np.arange(heat.shape[1]), share.sum(axis=1) @ np.arange(len(heat))",
    ),
)
misconception(
    "vision.decode_heatmaps",
    "no-offset-at-any-border",
    "At a border both offsets are 0 in your result: only the one in the direction where a neighbour is missing is.",
    (
        "        points[n, k] = column",
        "        if row in (0, len(heat) - 1) or column in (0, heat.shape[1] - 1):\n"
        "            points[n, k] = column, row\n"
        "            continue\n"
        "        points[n, k] = column",
    ),
)
misconception(
    "vision.decode_heatmaps",
    "half-a-pixel-more",
    "Half a pixel is added: here the middle of the first pixel is 0, not 0.5.",
    ("= column + offset(heat[row], column), row +", "= 0.5 + column + offset(heat[row], column), 0.5 + row +"),
)
misconception(
    "vision.decode_heatmaps",
    "last-of-the-highest",
    "Of several highest pixels you take the last one: the first one, row by row, as argmax does.",
    ("heat.argmax()", "heat.size - 1 - heat.ravel()[::-1].argmax()"),
)
misconception(
    "vision.decode_heatmaps",
    "offsets-swapped",
    "The offset in x is taken along the column, and that in y along the row: heat[row] runs over x, heat[:, column] over y.",
    ("offset(heat[row], column), row + offset(heat[:, column], row)",
     "offset(heat[:, column], row), row + offset(heat[row], column)"),
)  # fmt: skip
misconception(
    "vision.decode_heatmaps",
    "around-the-border",
    "At the left or upper border, values[-1] is the last number, not a neighbour: leave the offset 0 where one is missing.",
    ("        if not 0 < i < len(values) - 1:\n", "        if i == len(values) - 1:\n"),
    ("values[i - 1 : i + 2]", "values[i - 1], values[i], values[i + 1]"),
)
misconception(
    "vision.decode_heatmaps",
    "width-for-height",
    "The position in the flattened map is divided by the height: a row has as many pixels as the map is wide.",
    ("np.unravel_index(heat.argmax(), heat.shape)", "divmod(int(heat.argmax()), len(heat))\n"
     "        row, column = min(row, len(heat) - 1), min(column, heat.shape[1] - 1)"),
)  # fmt: skip
misconception(
    "vision.decode_heatmaps",
    "one-map-for-all",
    "All maps of an image give the same point: look at each of the K maps on its own.",
    ("heat = heatmaps[n, k]", "heat = heatmaps[n, 0]"),
)
misconception(
    "vision.decode_heatmaps",
    "float64",
    "float32 maps give float64 points: make the array of points with the dtype of the maps.",
    ("heatmaps.dtype)", "float)"),
)
