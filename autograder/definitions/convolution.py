"""Convolution and pooling by their definitions: what every window holds, and where each of its numbers came from."""

import numpy as np


def both(value):
    return tuple(value) if np.ndim(value) else (value, value)


def places(image_size, kernel_size, stride):
    """Return the pixels that the windows along one direction cover, (number of windows, kernel size)."""
    starts = np.arange(0, image_size - kernel_size + 1, stride)
    return starts[:, np.newaxis] + np.arange(kernel_size)


def windows_of(x, kernel_size, stride):
    rows, columns = (places(*along) for along in zip(x.shape[2:], both(kernel_size), both(stride), strict=True))
    return x[:, :, rows[:, np.newaxis, :, np.newaxis], columns[:, np.newaxis, :]]


def images_of(windows, shape, stride):
    """Add windows to an image one number at a time."""
    images = np.zeros(shape, windows.dtype)
    rows, columns = (
        stride_one * np.arange(count)[:, np.newaxis] + np.arange(size)
        for stride_one, count, size in zip(both(stride), windows.shape[2:4], windows.shape[4:], strict=True)
    )
    everything = slice(None)
    np.add.at(images, (everything, everything, rows[:, np.newaxis, :, np.newaxis], columns[:, np.newaxis, :]), windows)
    return images


def padded(x, padding):
    (height, width) = both(padding)
    return np.pad(x, ((0, 0), (0, 0), (height, height), (width, width)))


def convolution(x, weight, bias, stride, padding):
    windows = windows_of(padded(x, padding), weight.shape[2:], stride)
    return np.einsum("ncijpq,fcpq->nfij", windows, weight) + bias[:, np.newaxis, np.newaxis]


def convolution_gradients(x, weight, stride, padding, dy):
    """Return the gradients of x, weight and bias."""
    around = padded(x, padding)
    dwindows = np.einsum("nfij,fcpq->ncijpq", dy, weight)
    (top, left), (height, width) = both(padding), x.shape[2:]
    dx = images_of(dwindows, around.shape, stride)[:, :, top : top + height, left : left + width]
    return dx, np.einsum("nfij,ncijpq->fcpq", dy, windows_of(around, weight.shape[2:], stride)), dy.sum(axis=(0, 2, 3))


def pooled(x, kernel_size, stride, reduce):
    """The largest number, or the mean, of every window; `reduce` is "max" or "mean"."""
    return getattr(windows_of(x, kernel_size, stride), reduce)(axis=(4, 5))


def pooled_gradient(x, kernel_size, stride, reduce, dy):
    """The gradient of x; "max" for windows without ties: it goes where the window is as large as its maximum."""
    windows = windows_of(x, kernel_size, stride)
    share = 1 / np.prod(both(kernel_size)) if reduce == "mean" else windows == windows.max(axis=(4, 5), keepdims=True)
    return images_of(share * np.broadcast_to(dy[..., np.newaxis, np.newaxis], windows.shape), x.shape, stride)


def seen(layers):
    """The definition, from the back: one number needs one number; through each layer, what it needs below."""
    size = 1
    for kernel_size, stride in reversed(layers):
        size = (size - 1) * stride + kernel_size
    return size
