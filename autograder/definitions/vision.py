"""Boxes and the quality of a picture by their definitions, in Python numbers."""

import numpy as np


def slow_iou(a, b):
    """The definition for one pair of boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    intersection = width * height if width > 0 and height > 0 else 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - intersection
    return intersection / union if union > 0 else 0.0


def slow_ious(boxes_a, boxes_b):
    return np.array([[slow_iou(a, b) for b in boxes_b] for a in boxes_a], float).reshape(len(boxes_a), len(boxes_b))


def slow_psnr(image, truth, peak=255):
    """The definition, in Python numbers."""
    squares = [(float(a) - float(b)) ** 2 for a, b in zip(image.ravel().tolist(), truth.ravel().tolist(), strict=True)]
    return float(10 * np.log10(peak**2 / (sum(squares) / len(squares))))
