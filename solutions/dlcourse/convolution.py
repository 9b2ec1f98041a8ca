"""Convolution and pooling: layers that look at an image through a small window, everywhere alike.

Lecture, Part V. Images are (N, C, H, W): N images of C channels, H pixels high and W wide. A kernel size, stride or padding
is one number for both directions, or a pair (height, width), as in PyTorch.
"""

import numpy as np

from dlcourse.layers import Layer, Parameter


def pair(value):
    """Given: return (value, value) for one number, and a pair as the tuple it is."""
    return tuple(value) if np.ndim(value) else (value, value)


def conv_output_size(input_size, kernel_size, stride=1, padding=0):
    """Return how many places a window takes along one direction of an image.

        (input - kernel + 2 * padding) / stride + 1

    The window starts at one edge of the padded image, moves by `stride` pixels, and has to end exactly at the other edge.

    Args:
        input_size: pixels of the image along this direction, its height or its width: one number.
        kernel_size: pixels of the window along it.
        stride: pixels from one place to the next.
        padding: pixels added at *each* of the two edges.

    Returns:
        int, at least 1.

    Raises:
        ValueError: if the window is larger than the padded image, or if pixels are left over at the end. The message
            contains by how many pixels: 7 pixels, a kernel of 3 and stride 3 leave 1 pixel over.

    Source: lecture, Part V, "Stride and padding".
    """
    ### BEGIN SOLUTION
    room = input_size - kernel_size + 2 * padding  # how far the window can move
    where = f"a window of {kernel_size} with stride {stride} on {input_size} pixels padded by {padding}"
    if room < 0:
        raise ValueError(f"{where}: the window is larger than the padded image, by {-room} pixel(s)")
    if room % stride:
        raise ValueError(f"{where}: the last {room % stride} pixel(s) are left over; choose another padding or stride")
    return room // stride + 1
    ### END SOLUTION


def conv_num_parameters(in_channels, out_channels, kernel_size):
    """Return how many numbers a convolutional layer learns: the weights of all its filters, and the biases.

    Each filter looks at all input channels at once, and has one bias.

    Args:
        in_channels: number of channels of the input.
        out_channels: number of filters.
        kernel_size: one number, or a pair (height, width).

    Returns:
        int.

    Source: lecture, Part V, "Convolution". Do not trust the slide's 360.
    """
    kernel_height, kernel_width = pair(kernel_size)
    ### BEGIN SOLUTION
    return out_channels * (in_channels * kernel_height * kernel_width + 1)
    ### END SOLUTION


def conv2d_loops(x, weight, bias, stride=1, padding=0):
    """Return the convolution of a batch of images with filters, one output number at a time: the definition.

        y[n, f, i, j] = bias[f] + sum over c, p, q of weight[f, c, p, q] * padded[n, c, i * stride + p, j * stride + q]

    `padded` is x with `padding` zeros around each channel. The filter is not flipped: mathematicians call this
    cross-correlation. Slow, and the yardstick for `Conv2d`.

    Args:
        x: (N, C, H, W) float array.
        weight: (F, C, kernel height, kernel width) float array of F filters.
        bias: (F,) float array.
        stride, padding: one number, or a pair (height, width).

    Returns:
        (N, F, H', W') float array, of the dtype of x; H' and W' are those of `conv_output_size`.

    Raises:
        ValueError: if the window does not fit, as in `conv_output_size`.

    Source: lecture, Part V, "Convolution".
    """
    (stride_down, stride_right), (pad_height, pad_width) = pair(stride), pair(padding)
    ### BEGIN SOLUTION
    num_images, _, height, width = x.shape
    num_filters, _, kernel_height, kernel_width = weight.shape
    out_height = conv_output_size(height, kernel_height, stride_down, pad_height)
    out_width = conv_output_size(width, kernel_width, stride_right, pad_width)
    padded = np.pad(x, ((0, 0), (0, 0), (pad_height, pad_height), (pad_width, pad_width)))
    y = np.empty((num_images, num_filters, out_height, out_width), x.dtype)
    for n, f, i, j in np.ndindex(y.shape):
        top, left = i * stride_down, j * stride_right
        window = padded[n, :, top : top + kernel_height, left : left + kernel_width]
        y[n, f, i, j] = np.sum(weight[f] * window) + bias[f]
    return y
    ### END SOLUTION


def sliding_windows(x, kernel_size, stride=1):
    """Return all windows of a batch of images, without a loop over them.

        windows[n, c, i, j, p, q] = x[n, c, i * stride + p, j * stride + q]

    A window that would stick out at the bottom or on the right is left out. `np.lib.stride_tricks.sliding_window_view`
    makes the windows of stride 1 without copying a single number.

    Args:
        x: (N, C, H, W) array.
        kernel_size, stride: one number, or a pair (height, width).

    Returns:
        (N, C, H', W', kernel height, kernel width) array, of the dtype of x.

    Source: lecture, Part V, "Convolution": a filter slides over the image.
    """
    kernel_size, (stride_down, stride_right) = pair(kernel_size), pair(stride)
    ### BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel_size, axis=(2, 3))
    return windows[:, :, ::stride_down, ::stride_right]
    ### END SOLUTION


def add_windows(windows, image_shape, stride=1):
    """Return the images that result from adding every window back to the place where `sliding_windows` took it.

        images[n, c, i * stride + p, j * stride + q] += windows[n, c, i, j, p, q]      for all i, j, p, q

    Where windows overlap, their numbers add up; a pixel in no window is 0. This is the backward pass of
    `sliding_windows`: a pixel that was used in several windows gets a gradient from each of them. Loop over the places
    (p, q) in the window, not over the windows.

    Args:
        windows: (N, C, H', W', kernel height, kernel width) float array.
        image_shape: (N, C, H, W), the shape of the result.
        stride: one number, or a pair (height, width).

    Returns:
        (N, C, H, W) array, of the dtype of the windows.

    Source: lecture, Part IV: where a value branches, gradients add.
    """
    stride_down, stride_right = pair(stride)
    ### BEGIN SOLUTION
    images = np.zeros_like(windows[..., 0, 0], shape=image_shape)  # in the memory order of the windows
    _, _, rows, columns, kernel_height, kernel_width = windows.shape
    for p in range(kernel_height):
        for q in range(kernel_width):
            place = images[:, :, p : p + rows * stride_down : stride_down, q : q + columns * stride_right : stride_right]
            place += windows[..., p, q]
    return images
    ### END SOLUTION


class Conv2d(Layer):
    """A convolutional layer: every output number is a dot product of a filter with a window of the image, plus a bias.

        y[n, f, i, j] = bias[f] + sum over c, p, q of weight[f, c, p, q] * padded[n, c, i * stride + p, j * stride + q]

    Put all windows into one matrix, a window a column, and the whole layer is one matrix product.

    Args:
        in_channels: C, channels of the input.
        out_channels: F, number of filters.
        kernel_size, stride, padding: one number, or a pair (height, width).
        rng: np.random.Generator for the first weights.
        dtype: of the weights.

    Attributes:
        weight: Parameter, (F, C, kernel height, kernel width), drawn from N(0, 2 / (C * kernel height * kernel width)).
        bias: Parameter, (F,), zeros at first.

    Source: lecture, Part V, "Convolution".
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, rng=None, dtype=np.float32):
        self.kernel_size, self.stride, self.padding = pair(kernel_size), pair(stride), pair(padding)
        shape = (out_channels, in_channels, *self.kernel_size)
        rng = np.random.default_rng() if rng is None else rng
        self.weight = Parameter((np.sqrt(2 / np.prod(shape[1:])) * rng.normal(size=shape)).astype(dtype))
        self.bias = Parameter(np.zeros(out_channels, dtype))

    def parameters(self):
        return [self.weight, self.bias]

    def forward(self, x):
        """Return (N, F, H', W') for x of shape (N, C, H, W).

        Raises:
            ValueError: if x has another number of channels than the filters, or the window does not fit.
        """
        if np.ndim(x) != 4 or x.shape[1] != self.weight.value.shape[1]:
            raise ValueError(
                f"x has shape {np.shape(x)} and the filters {self.weight.value.shape}, "
                "but x must be (N, C, H, W) with as many channels C as each filter has"
            )
        ### BEGIN SOLUTION
        (pad_height, pad_width), num_filters = self.padding, len(self.weight.value)
        for axes in zip(x.shape[2:], self.kernel_size, self.stride, self.padding, strict=True):
            conv_output_size(*axes)  # raises ValueError if the window does not fit
        last = x.transpose(1, 2, 3, 0)  # N, the longest axis, last in memory: what is copied and added at a time is long
        padded = np.pad(last, ((0, 0), (pad_height, pad_height), (pad_width, pad_width), (0, 0))).transpose(3, 0, 1, 2)
        windows = sliding_windows(padded, self.kernel_size, self.stride)
        num_images, _, height, width = windows.shape[:4]
        self.padded_shape = padded.shape
        self.columns = windows.transpose(1, 4, 5, 2, 3, 0).reshape(self.weight.value[0].size, -1)  # a window a column
        y = self.weight.value.reshape(num_filters, -1) @ self.columns + self.bias.value[:, np.newaxis]
        return y.reshape(num_filters, height, width, num_images).transpose(3, 0, 1, 2)
        ### END SOLUTION

    def backward(self, gradient):
        """Return the gradient of x, (N, C, H, W), and add to the gradients of weight and bias.

        Args:
            gradient: (N, F, H', W') float array, the gradient of the last output.
        """
        ### BEGIN SOLUTION
        num_images, num_filters, height, width = gradient.shape
        dy = gradient.transpose(1, 2, 3, 0).reshape(num_filters, -1)
        self.weight.grad += (dy @ self.columns.T).reshape(self.weight.grad.shape)
        self.bias.grad += dy.sum(axis=1)
        dcolumns = self.weight.value.reshape(num_filters, -1).T @ dy
        dwindows = dcolumns.reshape(-1, *self.kernel_size, height, width, num_images).transpose(5, 0, 3, 4, 1, 2)
        dpadded = add_windows(dwindows, self.padded_shape, self.stride)
        (top, left), (bottom, right) = self.padding, np.subtract(dpadded.shape[2:], self.padding)
        return dpadded[:, :, top:bottom, left:right]
        ### END SOLUTION


class MaxPool2d(Layer):
    """Max pooling: of every window of every channel, keep the largest number.

    A window that would stick out at the bottom or on the right is left out, as in PyTorch. In the backward pass the
    gradient goes to the largest number alone. Where several are equally large, as in a window of zeros after a ReLU, it goes
    to one of them: the first, row by row.

    Args:
        kernel_size: one number, or a pair (height, width).
        stride: the same; None for that of the kernel, so that windows touch and do not overlap.

    Source: lecture, Part V, "Pooling".
    """

    def __init__(self, kernel_size, stride=None):
        self.kernel_size = pair(kernel_size)
        self.stride = pair(self.kernel_size if stride is None else stride)

    def forward(self, x):
        """Return (N, C, H', W') for x of shape (N, C, H, W)."""
        ### BEGIN SOLUTION
        windows = sliding_windows(x, self.kernel_size, self.stride)
        num_images, *maps = windows.shape[:4]
        places = windows.transpose(4, 5, 1, 2, 3, 0).reshape(-1, *maps, num_images)  # places in the window first, images last
        self.input_shape, self.winners = x.shape, places.argmax(axis=0)
        return places.max(axis=0).transpose(3, 0, 1, 2)
        ### END SOLUTION

    def backward(self, gradient):
        """Return the gradient of x, (N, C, H, W).

        Args:
            gradient: (N, C, H', W') float array, the gradient of the last output.
        """
        ### BEGIN SOLUTION
        places = np.arange(np.prod(self.kernel_size)).reshape(-1, 1, 1, 1, 1)
        dplaces = (places == self.winners) * gradient.transpose(1, 2, 3, 0)
        dwindows = dplaces.reshape(*self.kernel_size, *dplaces.shape[1:]).transpose(5, 2, 3, 4, 0, 1)
        return add_windows(dwindows, self.input_shape, self.stride)
        ### END SOLUTION


class AvgPool2d(Layer):
    """Average pooling: the mean of every window of every channel.

    A window that would stick out at the bottom or on the right is left out, as in PyTorch.

    Args:
        kernel_size: one number, or a pair (height, width).
        stride: the same; None for that of the kernel, so that windows touch and do not overlap.

    Source: lecture, Part V, "Pooling".
    """

    def __init__(self, kernel_size, stride=None):
        self.kernel_size = pair(kernel_size)
        self.stride = pair(self.kernel_size if stride is None else stride)

    def forward(self, x):
        """Return (N, C, H', W') for x of shape (N, C, H, W)."""
        ### BEGIN SOLUTION
        self.input_shape = x.shape
        return sliding_windows(x, self.kernel_size, self.stride).mean(axis=(4, 5))
        ### END SOLUTION

    def backward(self, gradient):
        """Return the gradient of x, (N, C, H, W).

        Args:
            gradient: (N, C, H', W') float array, the gradient of the last output.
        """
        ### BEGIN SOLUTION
        kernel_height, kernel_width = self.kernel_size
        share = gradient[..., np.newaxis, np.newaxis] / (kernel_height * kernel_width)
        dwindows = np.broadcast_to(share, (*gradient.shape, *self.kernel_size))
        return add_windows(dwindows, self.input_shape, self.stride)
        ### END SOLUTION


def receptive_field(layers):
    """Return how many pixels of the image, along one direction, a number after these layers can see.

    A number after one layer sees kernel size pixels. Each further layer adds (kernel size - 1) steps, and a step is as long
    as the product of the strides of all layers before it. Padding changes nothing.

    Args:
        layers: sequence of pairs (kernel_size, stride), from the image on, of convolutions and poolings alike.

    Returns:
        int; 1 if there are no layers.

    Source: lecture, Part V, "ConvNet": low-level and high-level features.
    """
    ### BEGIN SOLUTION
    size, step = 1, 1
    for kernel_size, stride in layers:
        size += (kernel_size - 1) * step
        step *= stride
    return size
    ### END SOLUTION
