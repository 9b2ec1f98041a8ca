"""What other tasks of vision need beside layers for classification: boxes, key points, the quality of a picture.

`Upsample2d` and the losses are given; the exercises are `iou`, `non_maximum_suppression`, `psnr` and `decode_heatmaps`.

Lecture, Part V, "CNNs are everywhere".
"""

import numpy as np

from dlcourse.layers import Layer
from dlcourse.losses import cross_entropy


class Upsample2d(Layer):
    """Given: make images larger by repeating every pixel `scale` times in both directions, as PyTorch's `Upsample` does.

    Args:
        scale: whole number, at least 1.
    """

    def __init__(self, scale):
        self.scale = scale

    def forward(self, x):
        """Return (N, C, scale * H, scale * W) for x of shape (N, C, H, W)."""
        return x.repeat(self.scale, axis=2).repeat(self.scale, axis=3)

    def backward(self, gradient):
        """Return the gradient of x: each pixel gets the sum over its copies."""
        num_images, channels, height, width = gradient.shape
        copies = (num_images, channels, height // self.scale, self.scale, width // self.scale, self.scale)
        return gradient.reshape(copies).sum(axis=(3, 5))


class MSELoss:
    """Given: the mean squared error, over all numbers of the batch, as in PyTorch.

    L = mean of (predicted - target)^2
    """

    def forward(self, predicted, target):
        """Return the loss, a float; both arrays have the same shape."""
        self.difference = predicted - target.astype(predicted.dtype, copy=False)
        return float(np.mean(self.difference**2))

    def backward(self):
        """Return the gradient of `predicted`."""
        return self.difference * self.difference.dtype.type(2 / self.difference.size)


class BCEWithLogitsLoss:
    """Given: the binary cross-entropy of independent yes-or-no questions, over all numbers of the batch, as in PyTorch.

    With p = 1 / (1 + exp(-score)):  L = mean of -target * log(p) - (1 - target) * log(1 - p)

    In this form it stays finite for any score: max(score, 0) - score * target + log(1 + exp(-|score|)).
    """

    def forward(self, scores, target):
        """Return the loss, a float; `target` has the shape of the scores and holds numbers from 0 to 1."""
        self.scores, self.target = scores, target.astype(scores.dtype, copy=False)
        return float(np.mean(np.maximum(scores, 0) - scores * self.target + np.log1p(np.exp(-np.abs(scores)))))

    def backward(self):
        """Return the gradient of the scores: (p - target) / number of scores."""
        small = np.exp(-np.abs(self.scores))  # never overflows
        probabilities = np.where(self.scores >= 0, 1, small) / (1 + small)
        return (probabilities - self.target) * self.scores.dtype.type(1 / self.scores.size)


class PixelCrossEntropyLoss:
    """Given: the softmax cross-entropy of a class for every pixel; PyTorch's `CrossEntropyLoss` does this for 4-D scores."""

    def forward(self, scores, labels):
        """Return the loss, a float, the mean over all pixels; scores are (N, C, H, W), labels integers (N, H, W)."""
        num_images, num_classes, height, width = scores.shape
        pixels = scores.transpose(0, 2, 3, 1).reshape(-1, num_classes)
        loss, gradient = cross_entropy(pixels, labels.ravel())
        self.gradient = gradient.reshape(num_images, height, width, num_classes).transpose(0, 3, 1, 2)
        return loss

    def backward(self):
        """Return the gradient of the scores."""
        return self.gradient


def iou(boxes_a, boxes_b):
    """Return the intersection over union of every box of one set with every box of another.

        IoU = area of the intersection / area of the union          (0 where the union has no area)

    The union's area is the sum of both areas minus that of the intersection. Boxes that do not meet have an intersection of
    0, and boxes that only touch too.

    Args:
        boxes_a: (M, 4) array of boxes (left, top, right, bottom), integers or floats, with left <= right and top <= bottom.
        boxes_b: (K, 4) array of boxes alike.

    Returns:
        (M, K) float array of numbers from 0 to 1; float32 if both inputs are float32.

    Source: Everingham and others, "The Pascal visual object classes challenge" (2010).
    """
    # YOUR CODE HERE
    raise NotImplementedError("vision.iou is not written yet")


def non_maximum_suppression(boxes, scores, threshold):
    """Return which boxes to keep when a detector has found each object several times.

    Keep the box with the highest score, drop every box whose IoU with it is *larger* than the threshold, and go on with
    what is left. A box that was dropped drops no others.

    Args:
        boxes: (N, 4) array of boxes (left, top, right, bottom).
        scores: (N,) float array, no two alike.
        threshold: number from 0 to 1.

    Returns:
        1-D integer array, the indices of the boxes to keep, the highest score first.

    Source: Felzenszwalb and others, "Object detection with discriminatively trained part-based models" (2010).
    """
    # YOUR CODE HERE
    raise NotImplementedError("vision.non_maximum_suppression is not written yet")


def psnr(image, truth, peak=255):
    """Return the peak signal-to-noise ratio of an image, in decibels: how close it is to the truth.

        PSNR = 10 log10(peak^2 / MSE),     MSE = mean over all pixels and channels of (image - truth)^2

    Args:
        image, truth: arrays of the same shape, integers (uint8 too) or floats.
        peak: the largest value that a pixel can have.

    Returns:
        float; infinite if the two are equal.

    Source: lecture, Part V, super-resolution: PSNR of bicubic, SRResNet and SRGAN.
    """
    # YOUR CODE HERE
    raise NotImplementedError("vision.psnr is not written yet")


def decode_heatmaps(heatmaps):
    """Return where each heat map is highest: the position of a key point, to a fraction of a pixel.

    Take the highest pixel, the first one row by row if there are several. Then, in each direction, lay a parabola through
    it and its two neighbours, and move to the parabola's top:

        offset = (after - before) / (2 * (2 * highest - before - after))

    At the border of the map, where a neighbour is missing, the offset is 0.

    Args:
        heatmaps: (N, K, H, W) float array, a map for each of K key points.

    Returns:
        (N, K, 2) float array, of the dtype of the maps: x (the column, from 0 to W - 1), then y (the row).

    Source: lecture, Part V, pose estimation; Tompson and others, "Joint training of a convolutional network and a graphical
        model for human pose estimation" (2014), for heat maps.
    """
    # YOUR CODE HERE
    raise NotImplementedError("vision.decode_heatmaps is not written yet")
