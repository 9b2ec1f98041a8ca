"""Part V: what other tasks of vision need."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype, expect_indices
from autograder.remote import changed_arguments

PART = "part5_cnn"

IOU = exercise(
    "vision.iou",
    points=3,
    part=PART,
    minutes=20,
    slide="Part V, CNNs are everywhere: detection",
    hints=(
        "The intersection of two boxes is a box: its left side is the larger of the two left sides, its right side the smaller of "
        "the two right ones. What if it ends before it begins?",
        "boxes_a[:, np.newaxis] is (M, 1, 4), boxes_b is (K, 4): all pairs by broadcasting. np.maximum(sides, 0) for boxes that do "
        "not meet.",
        "union = area_a + area_b - intersection; np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)",
    ),
)
NMS = exercise(
    "vision.non_maximum_suppression",
    points=3,
    part=PART,
    minutes=25,
    slide="Part V, CNNs are everywhere: detection",
    hints=(
        "left = np.argsort(-scores) are the boxes to look at, the best first. Take the first, then throw away what overlaps it.",
        "left = left[overlap[best, left] <= threshold], where overlap = iou(boxes, boxes). Only kept boxes throw others away.",
        "while len(left): best, left = left[0], left[1:]; kept.append(best); left = … ; return np.array(kept, dtype=int)",
    ),
)
PSNR = exercise(
    "vision.psnr",
    points=2,
    part=PART,
    minutes=10,
    slide="Part V, CNNs are everywhere: super-resolution",
    hints=(
        "The difference of two uint8 images cannot be negative: 3 - 5 is 254. Turn them into floats first.",
        "10 * np.log10(peak**2 / error), with error the mean of the squared differences over everything; no error is infinitely "
        "good.",
    ),
)
DECODE = exercise(
    "vision.decode_heatmaps",
    points=3,
    part=PART,
    minutes=30,
    slide="Part V, CNNs are everywhere: pose estimation",
    hints=(
        "np.unravel_index(heat.argmax(), heat.shape) gives (row, column): y comes first here, and last in the result.",
        "Write the offset as a small function of one row or column of numbers and an index; use it on heat[row] for x, on "
        "heat[:, column] for y.",
        "if not 0 < i < len(values) - 1: return 0.0; otherwise before, highest, after = values[i - 1 : i + 2] and the formula.",
    ),
)


# ------------------------------------------------------------------------------------------------------------- boxes


def random_boxes(rng, count):
    """Return boxes of sides 2 to 8 in a field of 12, with corners that are no whole numbers."""
    corners = rng.uniform(0, 6, size=(count, 2))
    return np.concatenate([corners, corners + rng.uniform(2, 8, size=(count, 2))], axis=1)


@IOU.check
def check_iou_random(function, oracle, rng):
    """every box of one set with every box of the other"""
    a, b = random_boxes(rng, 5), random_boxes(rng, 3)
    a[0], b[0] = (0, 0, 4, 5), (1, 2, 7, 9)  # a pair that surely overlaps in part
    compare(function(a, b), oracle.slow_ious(a, b), what="the IoUs")


@IOU.check
def check_iou_pixels(function, rng):
    """boxes on whole pixels: their IoU is a share of pixels that can be counted"""
    corners = rng.integers(0, 6, size=(6, 2))
    boxes = np.concatenate([corners, corners + rng.integers(1, 7, size=(6, 2))], axis=1)
    boxes[:3] = (0, 0, 4, 120), (2, 1, 6, 3), (7, 0, 9, 1)  # the first and the last do not meet: in uint8, 4 - 7 is 253
    masks = np.zeros((6, 120, 12), bool)
    for mask, (left, top, right, bottom) in zip(masks, boxes, strict=True):
        mask[top:bottom, left:right] = True
    expected = np.array([[np.sum(one & other) / np.sum(one | other) for other in masks] for one in masks])
    compare(function(boxes, boxes), expected, what="the IoUs of boxes of integers")
    small = boxes.astype(np.uint8)
    compare(function(small, small), expected, what="the IoUs of boxes of uint8")


@IOU.check
def check_iou_apart(function, rng):
    """boxes that do not meet, or only touch, have IoU 0, also when they are apart in both directions"""
    box = np.array([[3.0, 3.0, 5.0, 6.0]]) + rng.uniform(0, 1)
    left, top, right, bottom = box[0]
    size = rng.uniform(1, 3, size=2)
    others = np.array(
        [
            [right, top, right + size[0], bottom],  # touches on the right
            [left, bottom, right, bottom + size[1]],  # touches below
            [right + size[0], bottom + size[1], right + 2 * size[0], bottom + 3 * size[1]],  # away in both directions
            [left - 2 * size[0], top, left - size[0], bottom],  # away to the left
        ]
    )
    compare(function(box, others), np.zeros((1, 4)), atol=0, what="the IoUs of boxes that do not overlap")
    compare(function(others, box), np.zeros((4, 1)), atol=0, what="the IoUs of boxes that do not overlap")


@IOU.check
def check_iou_edges(function, rng):
    """a box with itself has IoU 1; two boxes without area 0; no boxes at all give an empty table"""
    boxes = random_boxes(rng, 3)
    compare(np.diag(function(boxes, boxes)), np.ones(3), what="the IoU of each box with itself")
    point = np.concatenate([boxes[:1, :2], boxes[:1, :2]], axis=1)
    compare(function(point, point), np.zeros((1, 1)), what="the IoU of a box without area with itself")
    compare(function(boxes[:0], boxes), np.zeros((0, 3)), what="the IoUs of no boxes with three")


@IOU.check
def check_iou_dtype_and_arguments(function, oracle, rng):
    """float32 stays float32, and the boxes stay as they were"""
    a, b = random_boxes(rng, 4).astype(np.float32), random_boxes(rng, 2).astype(np.float32)
    got, changed = changed_arguments(function, a, b)
    compare(got, oracle.slow_ious(a, b).astype(np.float32), what="the IoUs")
    expect_dtype(got, np.float32, "the IoUs")
    expect(not changed, "it changes the boxes in place: the caller still needs them")


def crowd(rng, count=12):
    """Return boxes around three places, and scores: some overlap much, some little, and some not at all."""
    places = np.array([[2.0, 2.0], [20.0, 5.0], [5.0, 30.0]])[rng.integers(0, 3, size=count)]
    corners = places + rng.uniform(0, 4, size=(count, 2))
    return np.concatenate([corners, corners + rng.uniform(5, 8, size=(count, 2))], axis=1), rng.permutation(count) / 10 + 0.05


@NMS.check
def check_nms_random(function, oracle, rng):
    """many boxes around three places: which are kept, the best first"""
    for threshold in rng.uniform(0.2, 0.6, size=3).tolist():
        boxes, scores = crowd(rng)
        got = function(boxes, scores, threshold)
        expect_indices(got, "the boxes to keep")
        compare(got, oracle.non_maximum_suppression(boxes, scores, threshold), what=f"the boxes to keep, threshold {threshold:.2f}")


@NMS.check
def check_nms_chain(function, rng):
    """a box that was dropped drops no others: of three in a row, the first and the last are kept"""
    for _ in range(2):
        x, y, step = rng.uniform(0, 5, size=3) + (0, 0, 4)
        boxes = np.array([[x + i * 0.4 * step, y, x + i * 0.4 * step + step, y + 3] for i in range(3)])
        order = rng.permutation(3)  # neighbours have IoU 0.43, the first and the last 0.11
        got = function(boxes[order], np.array([0.9, 0.8, 0.7])[order] + rng.uniform(0, 0.05), 0.3)
        compare(got, np.array([np.flatnonzero(order == i)[0] for i in (0, 2)]), what="the boxes to keep of three in a row")


@NMS.check
def check_nms_threshold(function, rng):
    """a box is dropped when its IoU is larger than the threshold, not when it is equal; at 0 only boxes that do not meet stay"""
    size = int(rng.integers(2, 9))
    boxes = np.array([[0, 0, size, 2 * size], [0, 0, size, size]], float)  # IoU exactly 1/2
    scores = rng.permutation(np.array([0.6, 0.7]))
    compare(function(boxes, scores, 0.5), np.argsort(-scores), what="the boxes to keep at an IoU equal to the threshold")
    compare(function(boxes, scores, 0.49), np.argsort(-scores)[:1], what="the boxes to keep at an IoU above the threshold")
    compare(function(boxes, scores, 0), np.argsort(-scores)[:1], what="the boxes to keep at threshold 0")


@NMS.check
def check_nms_edges(function, rng):
    """boxes that do not meet are all kept, the best first; one box; no box"""
    corners = 10.0 * rng.permutation(6)[:, np.newaxis] + np.zeros((6, 2))
    boxes, scores = np.concatenate([corners, corners + 5], axis=1), rng.permutation(6) - 3.0
    compare(function(boxes, scores, 0.5), np.argsort(-scores), what="the boxes to keep of six that do not meet")
    compare(function(boxes[:1], scores[:1], 0.5), np.array([0]), what="the boxes to keep of one")
    got = function(boxes[:0], scores[:0], 0.5)
    expect_indices(got, "the boxes to keep of none")
    compare(got, np.zeros(0, int), what="the boxes to keep of none")


@NMS.check
def check_nms_arguments(function, oracle, rng):
    """boxes and scores stay as they were"""
    boxes, scores = crowd(rng, 6)
    got, changed = changed_arguments(function, boxes, scores, 0.4)
    compare(got, oracle.non_maximum_suppression(boxes, scores, 0.4), what="the boxes to keep")
    expect(not changed, "it changes boxes or scores in place: the caller still needs them")


# ----------------------------------------------------------------------------------------------- quality of a picture


@PSNR.check
def check_psnr_known(function, rng):
    """an error of 1 everywhere on uint8 images is 48.13 dB; ten times the error is 20 dB less"""
    truth = rng.integers(20, 200, size=(5, 6, 3))
    for error in (1, 10, int(rng.integers(2, 20))):
        image = truth + error * rng.choice([-1, 1], size=truth.shape)
        compare(function(image, truth), 20 * np.log10(255 / error), what=f"the PSNR of an error of {error}")


@PSNR.check
def check_psnr_uint8(function, oracle, rng):
    """uint8 images, brighter and darker: their difference must not wrap around"""
    image, truth = rng.integers(0, 256, size=(2, 6, 5, 3)).astype(np.uint8)
    compare(function(image, truth), oracle.slow_psnr(image, truth), what="the PSNR")


@PSNR.check
def check_psnr_floats(function, oracle, rng):
    """floats between 0 and 1, with a peak of 1; grey images"""
    truth = rng.uniform(size=(7, 4))
    image = truth + rng.normal(scale=0.1, size=truth.shape)
    for peak in (1, 2.0):
        compare(function(image, truth, peak), oracle.slow_psnr(image, truth, peak), what=f"the PSNR with peak {peak}")


@PSNR.check
def check_psnr_equal(function, rng):
    """equal images: infinite, without an error"""
    for image in (rng.integers(0, 256, size=(4, 4)).astype(np.uint8), rng.uniform(size=(3, 5, 3))):
        got = function(image, image.copy())
        expect(isinstance(got, float | np.floating) and got == np.inf, f"the PSNR of equal images: got {got}, expected infinity")


@PSNR.check
def check_psnr_arguments(function, oracle, rng):
    """both images stay as they were"""
    image, truth = rng.uniform(0, 255, size=(2, 4, 4, 3))
    got, changed = changed_arguments(function, image, truth)
    compare(got, oracle.slow_psnr(image, truth), what="the PSNR")
    expect(not changed, "it changes an image in place: the caller still needs it")


# -------------------------------------------------------------------------------------------------------- key points


def bumps(rng, tops, height, width):
    """Return maps (N, K, height, width) that are parabolas around their tops (x, y), steeper in one direction, cut off at 0."""
    x, y = tops[..., 0, np.newaxis, np.newaxis], tops[..., 1, np.newaxis, np.newaxis]
    rows, columns = np.mgrid[:height, :width]
    steep = rng.uniform(0.05, 0.1, size=(2, *x.shape))
    return 1 - steep[0] * (columns - x) ** 2 - steep[1] * (rows - y) ** 2


def random_tops(rng, shape, height, width):
    """Return tops at least one pixel from the border, between 0.1 and 0.4 away from the nearest pixel."""
    pixel = np.stack([rng.integers(1, width - 1, size=shape), rng.integers(1, height - 1, size=shape)], axis=-1)
    return pixel + rng.choice([-1, 1], size=pixel.shape) * rng.uniform(0.1, 0.4, size=pixel.shape)


@DECODE.check
def check_decode_pixels(function, rng):
    """a single bright pixel: its column, then its row"""
    maps, expected = np.zeros((2, 3, 7, 10)), np.zeros((2, 3, 2))
    for n, k in np.ndindex(2, 3):
        column, row = 7 + k - n, 1 + n + k  # column and row differ, and each map has its own
        maps[n, k, row, column], expected[n, k] = rng.uniform(0.5, 2), (column, row)
    compare(function(maps), expected, what="the key points")


@DECODE.check
def check_decode_between_pixels(function, rng):
    """maps that are parabolas: their tops, to a fraction of a pixel"""
    height, width = rng.permutation(np.arange(6, 12))[:2].tolist()
    tops = random_tops(rng, (3, 2), height, width)
    compare(function(bumps(rng, tops, height, width)), tops, rtol=1e-7, what="the key points")


@DECODE.check
def check_decode_border(function, rng):
    """the highest pixel at the border: no offset in the direction where a neighbour is missing"""
    height, width = 6, 9
    x, y = rng.uniform(2.2, 2.4), rng.uniform(3.1, 3.3)
    tops = np.array([[[-0.3, y], [width - 0.7, y], [x, -0.2], [x, height - 0.8]]])
    expected = np.array([[[0, y], [width - 1, y], [x, 0], [x, height - 1]]])
    compare(function(bumps(rng, tops, height, width)), expected, rtol=1e-7, what="the key points at the border")


@DECODE.check
def check_decode_flat(function, rng):
    """flat maps, and scores below 0: the first of the highest pixels"""
    level = rng.uniform(-5, -1)
    maps = np.full((1, 2, 5, 6), level)
    maps[0, 1, 1:4, 2:5] += 1.0  # a plateau: its first pixel is (2, 1), with a lower neighbour on one side
    expected = np.array([[[0.0, 0.0], [2.5, 1.5]]])
    compare(function(maps), expected, what="the key points of flat maps")


@DECODE.check
def check_decode_dtype_and_arguments(function, rng):
    """float32 stays float32, and the maps stay as they were"""
    tops = random_tops(rng, (1, 2), 6, 8)
    maps = bumps(rng, tops, 6, 8).astype(np.float32)
    got, changed = changed_arguments(function, maps)
    compare(got, tops.astype(np.float32), rtol=1e-3, what="the key points")
    expect_dtype(got, np.float32, "the key points")
    expect(not changed, "it changes the maps in place: the caller still needs them")
