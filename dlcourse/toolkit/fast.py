"""Fast layers and optimizers: the same names, arguments and results as those you write, in a fraction of the time.

    from dlcourse.toolkit import fast
    model = Sequential(fast.Conv2d(1, 6, 5, padding=2, rng=rng), fast.ReLU(), fast.MaxPool2d(2), fast.Flatten(), ...)

They mix freely with your own layers. What makes them fast is where the numbers lie:

- **Images stay (N, C, H, W), but their memory is (H, C, W, N).** A layer returns a transposed view of what it computed, and the
  next one transposes it back for nothing. So the N numbers of one pixel lie side by side, and a row of a channel is one long
  piece of memory. `rows` and `images` turn one view into the other.
- **Row windows.** A convolution needs k·k shifted copies of the image below each other, and then is one matrix product. Only the k
  shifts along a row are copied here; windows of k rows are then views that overlap in that copy, and so cost nothing. The
  gradient of the image comes from the same trick, with the rows of the output gradient.
- **Products that fit the cache**: a few hundred columns at a time.
- **Nothing is allocated twice.** A layer writes into an array it has used before as soon as nobody else holds that one.
- **One flat array for all parameters**: an optimizer's step is a few passes over blocks that stay in the cache.

On networks as small as LeNet-5 a second thread gains nothing, for the threads wait for each other in every product: start Jupyter
with the environment variable OPENBLAS_NUM_THREADS=1.

Two differences to your own layers: they keep what they get without copying it, so do not change a batch between forward and
backward; and with `input_gradient=False` a layer that gets the data itself returns None from `backward`, for nobody needs the
gradient of the data in training.
"""

import math
import sys

import numpy as np
from numpy.lib.stride_tricks import as_strided

from dlcourse.layers import Layer, Parameter

COLUMNS = 512  # of a matrix product of forward and of the image gradient, at most: some hundred are fastest
INNER = 1024  # the same for the gradient of the weights, where they are the inner axis
BLOCK = 2**19  # bytes to work on at a time, so that they stay in the cache of a core


class Buffers:
    """Arrays that are used again once nobody else holds them; a few of each shape."""

    def __init__(self):
        self.arrays = {}

    def take(self, shape, dtype, prepare=None):
        """Return an array of any content, or of what `prepare` writes into a new one and all users leave as it is."""
        kind = (shape, np.dtype(dtype), prepare)
        arrays = self.arrays.pop(kind, [])
        self.arrays[kind] = arrays  # now the last
        for array in arrays:
            if sys.getrefcount(array) == NOT_HELD:
                return array
        array = np.empty(shape, dtype)
        if prepare is not None:
            prepare(array)
        arrays.append(array)
        del arrays[:-3]
        if len(self.arrays) > 24:
            del self.arrays[next(iter(self.arrays))]
        return array

    def like(self, x, dtype=None):
        """Return an array of the shape and the memory layout of `x`."""
        order = sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))
        memory = self.take(tuple(x.shape[axis] for axis in order), dtype or x.dtype)
        return memory.transpose(np.argsort(order))


def references_of_an_array_that_nobody_holds():
    for array in [np.empty(1)]:
        return sys.getrefcount(array)


NOT_HELD = references_of_an_array_that_nobody_holds()


def rows(x):
    """Return images (N, C, H, W) as a contiguous array (H, C, W, N); a view if their memory lies that way."""
    return np.ascontiguousarray(x.transpose(2, 1, 3, 0))


def images(memory):
    """Return an array (H, C, W, N) as images (N, C, H, W), a view."""
    return memory.transpose(3, 1, 0, 2)


def pair(value):
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def pieces(length, wanted):
    """Return into how many equal pieces to cut `length` so that each is `wanted` long at most, but not tiny."""
    fewest, most = max(1, -(-length // wanted)), length // 48
    return next((number for number in range(fewest, most + 1) if length % number == 0), 1)


class FastLayer(Layer):
    """A layer with arrays to use again."""

    def __init__(self):
        self.buffers = Buffers()


# --------------------------------------------------------------------------------------------------------- convolution


class Conv2d(FastLayer):
    """`dlcourse.convolution.Conv2d`, by row windows.

    Attributes:
        weight, bias: Parameters, as there; the memory of the weights is (kernel height, kernel width, C, F).
    """

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, rng=None, dtype=np.float32, *, input_gradient=True
    ):
        super().__init__()
        self.kernel_size, self.stride, self.padding = pair(kernel_size), pair(stride), pair(padding)
        self.input_gradient = input_gradient
        shape = (out_channels, in_channels, *self.kernel_size)
        rng = np.random.default_rng() if rng is None else rng
        weight = (math.sqrt(2 / math.prod(shape[1:])) * rng.normal(size=shape)).astype(dtype)
        self.weight = Parameter(weight.transpose(2, 3, 1, 0).copy().transpose(3, 2, 0, 1))
        self.bias = Parameter(np.zeros(out_channels, dtype))

    def parameters(self):
        return [self.weight, self.bias]

    def output_size(self, shape):
        """Return the height and the width of the output for images of a shape, or raise ValueError as the exercise does."""
        if len(shape) != 4 or shape[1] != self.weight.value.shape[1]:
            raise ValueError(
                f"x has shape {shape} and the filters {self.weight.value.shape}, "
                "but x must be (N, C, H, W) with as many channels C as each filter has"
            )
        for size, kernel, stride, padding in zip(shape[2:], self.kernel_size, self.stride, self.padding, strict=True):
            room = size + 2 * padding - kernel
            if room < 0 or room % stride:
                raise ValueError(
                    f"{size} pixels, padding {padding}, window {kernel}, stride {stride}: "
                    + (f"{-room} pixel(s) are missing" if room < 0 else f"the last {room % stride} pixel(s) are left over")
                )
            yield room // stride + 1

    def forward(self, x):
        height, width = self.output_size(x.shape)
        (kernel_height, _), (stride, _), filters = self.kernel_size, self.stride, len(self.weight.value)
        dtype = np.result_type(x, self.weight.value)
        self.columns = None  # whoever still needs the last ones holds them
        self.columns = columns = self.unfolded(rows(x).astype(dtype, copy=False), width)
        self.image_shape = x.shape
        self.packed = packed = self.packed_weights(columns)
        num_pieces = pieces(width * len(x), COLUMNS)
        windows = row_windows(columns, height, kernel_height, stride, num_pieces)
        y = self.buffers.take((height, filters, width, len(x)), dtype)
        np.matmul(packed.reshape(-1, filters).T, windows, out=cut(y, num_pieces))
        return images(y)

    def unfolded(self, image, width):
        """Return (padded height, kernel width · C + 1, width, N): the image shifted along its rows, and ones for the bias."""
        (kernel_width, stride), (pad_height, pad_width) = (self.kernel_size[1], self.stride[1]), self.padding
        height, channels, image_width, num_images = image.shape
        shape = (height + 2 * pad_height, kernel_width * channels + 1, width, num_images)
        columns = self.buffers.take(shape, image.dtype, zeros_and_ones)
        for q in range(kernel_width):
            first, last = self.inside(q, image_width, width)
            start = first * stride + q - pad_width
            columns[pad_height : pad_height + height, q * channels : (q + 1) * channels, first:last] = image[
                :, :, start : start + (last - first) * stride : stride
            ]
        return columns

    def inside(self, q, image_width, width):
        """Return first and last + 1 of the output columns whose window has its q-th column inside the image."""
        stride, padding = self.stride[1], self.padding[1]
        first = max(0, -(-(padding - q) // stride))
        return first, max(first, min(width, (image_width - 1 + padding - q) // stride + 1))

    def packed_weights(self, columns):
        """Return (kernel height, kernel width · C + 1, F): the weights in the order of `columns`; the bias meets the first ones."""
        filters, channels, kernel_height, kernel_width = self.weight.value.shape
        packed = np.empty((kernel_height, columns.shape[1], filters), columns.dtype)
        packed[:, :-1].reshape(kernel_height, kernel_width, channels, filters)[...] = self.weight.value.transpose(2, 3, 1, 0)
        packed[0, -1], packed[1:, -1] = self.bias.value, 0
        return packed

    def backward(self, gradient):
        dy = rows(gradient).astype(self.columns.dtype, copy=False)
        self.add_weight_gradients(dy)
        return images(self.image_gradient(dy)) if self.input_gradient else None

    def add_weight_gradients(self, dy):
        filters, channels, kernel_height, kernel_width = self.weight.value.shape
        height, _, width, num_images = dy.shape
        num_pieces = pieces(width * num_images, INNER)
        windows = row_windows(self.columns, height, kernel_height, self.stride[0], num_pieces)
        slices = cut(dy, num_pieces).transpose(0, 1, 3, 2)
        total = np.zeros(self.packed.size, dy.dtype)
        step = max(1, 16 * BLOCK // (num_pieces * self.packed.nbytes))
        for start in range(0, height, step):
            products = np.matmul(windows[start : start + step], slices[start : start + step])
            total += products.reshape(-1, total.size).sum(axis=0)
        total = total.reshape(self.packed.shape)
        self.weight.grad += total[:, :-1].reshape(kernel_height, kernel_width, channels, filters).transpose(3, 2, 0, 1)
        self.bias.grad += total[0, -1]

    def image_gradient(self, dy):
        """Return the gradient of the image, (H, C, W, N)."""
        num_images, channels, image_height, image_width = self.image_shape
        (kernel_height, kernel_width), stride, padding = self.kernel_size, self.stride[0], self.padding[0]
        height, filters, width, _ = dy.shape
        reach = -(-kernel_height // stride)  # at most so many rows of the output see a row of the image
        num_rows = max(height, (padding + image_height - 1) // stride + 1)
        if reach > 1 or num_rows > height:
            padded = self.buffers.take((reach - 1 + num_rows, filters, width, num_images), dy.dtype, zeros)
            padded[reach - 1 : reach - 1 + height] = dy
            dy = padded
        dx = self.buffers.take((image_height, channels, image_width, num_images), dy.dtype)
        num_pieces = pieces(width * num_images, COLUMNS)
        block = max(1, BLOCK // max(1, kernel_width * channels * width * num_images * dy.itemsize))
        for phase in range(stride):  # the padded image's rows phase, phase + stride, ... meet the same rows of the kernel
            weights = self.packed[phase::stride, :-1][::-1].transpose(1, 0, 2)
            first, last = (-(-(edge - phase) // stride) for edge in (padding, padding + image_height))
            if not weights.size:
                dx[first * stride + phase - padding :: stride] = 0
                continue
            seen = weights.shape[1]
            windows = row_windows(dy[reach - seen :], num_rows, seen, 1, num_pieces)
            for start in range(first, last, block):
                end = min(start + block, last)
                columns = self.buffers.take((end - start, kernel_width, channels, width, num_images), dy.dtype)
                joined = columns.reshape(end - start, kernel_width * channels, width, num_images)
                np.matmul(weights.reshape(len(weights), -1), windows[start:end], out=cut(joined, num_pieces))
                top = start * stride + phase - padding
                self.fold(columns, dx[top : top + (end - start - 1) * stride + 1 : stride])
        return dx

    def fold(self, columns, dx):
        """Set rows of the image's gradient to the sum of the shifted `columns`, (rows, kernel width, C, width, N)."""
        stride, padding, width = self.stride[1], self.padding[1], columns.shape[3]
        dx_is_set = False
        for q in sorted(range(self.kernel_size[1]), key=lambda q: q != padding):  # the one first that may reach all of dx
            first, last = self.inside(q, dx.shape[2], width)
            start = first * stride + q - padding
            target = dx[:, :, start : start + (last - first) * stride : stride]
            if target.shape == dx.shape and not dx_is_set:
                target[...] = columns[:, q, :, first:last]
            else:
                if not dx_is_set:
                    dx[...] = 0
                target += columns[:, q, :, first:last]
            dx_is_set = True


def zeros(array):
    array[...] = 0


def zeros_and_ones(columns):
    columns[...] = 0
    columns[:, -1] = 1


def row_windows(columns, height, kernel_height, stride, num_pieces):
    """Return (height, pieces, kernel height · R, n), a view of `columns` (rows, R, width, N) that overlaps itself.

    Entry i holds the rows i · stride to i · stride + kernel height, one below the other, cut into pieces of n columns.
    """
    _, depth, width, num_images = columns.shape
    row, line, item = columns.strides[0], columns.strides[1], columns.itemsize
    n = width * num_images // num_pieces
    shape = (height, num_pieces, kernel_height * depth, n)
    return as_strided(columns, shape, (stride * row, n * item, line, item), writeable=False)


def cut(memory, num_pieces):
    """Return (H, C, W, N) as (H, pieces, C, n), a view."""
    height, channels, width, num_images = memory.shape
    return memory.reshape(height, channels, num_pieces, width * num_images // num_pieces).transpose(0, 2, 1, 3)


# ------------------------------------------------------------------------------------------------------------- pooling


class Pool2d(FastLayer):
    """What both poolings share: windows that would stick out are left out."""

    def __init__(self, kernel_size, stride=None):
        super().__init__()
        self.kernel_size = pair(kernel_size)
        self.stride = pair(self.kernel_size if stride is None else stride)

    def slices(self, axis, length):
        """Return the slices of an axis: the first, the second, ... number of every window along it."""
        kernel, stride = self.kernel_size[axis], self.stride[axis]
        if length < kernel:
            raise ValueError(f"the window of {kernel} is larger than the image of {length} pixels")
        number = (length - kernel) // stride + 1
        return [slice(first, first + (number - 1) * stride + 1, stride) for first in range(kernel)]

    def spread(self, parts, axis, shape, dtype):
        """Return the gradient before pooling along one axis of (H, C, W, N), from those of the numbers in the windows."""
        dx = self.buffers.take(shape, dtype)
        kernel, stride = self.kernel_size[axis], self.stride[axis]
        where = self.slices(axis, shape[2 * axis])
        if kernel != stride or where[-1].stop != shape[2 * axis]:
            dx[...] = 0
        for part, index in zip(parts, where, strict=True):
            target = dx[index] if axis == 0 else dx[:, :, index]
            if kernel > stride:
                target += part
            else:
                target[...] = part
        return dx


class MaxPool2d(Pool2d):
    """`dlcourse.convolution.MaxPool2d`: the largest along each row of a window, then the largest of these."""

    def forward(self, x):
        self.later = [None, None]
        self.shapes = []
        image = rows(x)
        for axis in (1, 0):
            self.shapes.append(image.shape)
            where = self.slices(axis, image.shape[2 * axis])
            numbers = [image[:, :, index] if axis == 1 else image[index] for index in where]
            self.later[axis], image = self.largest(numbers)
        return images(image)

    def largest(self, numbers):
        """Return where each of the arrays but the first is larger than all before it, and the largest numbers."""
        best = numbers[0]
        largest = self.buffers.take(best.shape, best.dtype)
        later = []
        for number in numbers[1:]:
            later.append(np.greater(number, best, out=self.buffers.take(best.shape, bool)))
            best = np.maximum(best, number, out=largest)
        if best is not largest:
            largest[...] = best
        return later, largest

    def backward(self, gradient):
        gradient = rows(gradient)
        for axis, shape in zip((0, 1), reversed(self.shapes), strict=True):
            parts = []
            for later in reversed(self.later[axis]):  # the last number that was larger than all before it is the largest
                parts.append(np.multiply(gradient, later, out=self.buffers.take(gradient.shape, gradient.dtype)))
                gradient = np.subtract(gradient, parts[-1], out=self.buffers.take(gradient.shape, gradient.dtype))
            gradient = self.spread([gradient, *reversed(parts)], axis, shape, gradient.dtype)
        return images(gradient)


class AvgPool2d(Pool2d):
    """`dlcourse.convolution.AvgPool2d`: sums of rows, then sums along them."""

    def forward(self, x):
        image = rows(x)
        self.shapes = []
        for axis in (0, 1):
            self.shapes.append(image.shape)
            where = self.slices(axis, image.shape[2 * axis])
            first, *others = [image[index] if axis == 0 else image[:, :, index] for index in where]
            image = self.buffers.take(first.shape, np.result_type(x, np.float32))
            image[...] = first
            for other in others:
                image += other
        image *= 1 / math.prod(self.kernel_size)
        return images(image)

    def backward(self, gradient):
        gradient = rows(gradient) * gradient.dtype.type(1 / math.prod(self.kernel_size))
        for axis, shape in zip((1, 0), reversed(self.shapes), strict=True):
            gradient = self.spread([gradient] * self.kernel_size[axis], axis, shape, gradient.dtype)
        return images(gradient)


# --------------------------------------------------------------------------------------------------------- other layers


class ReLU(FastLayer):
    """`dlcourse.layers.ReLU`, in the memory layout of its input."""

    def forward(self, x):
        self.positive = None
        self.positive = np.greater(x, 0, out=self.buffers.like(x, bool))
        return np.clip(x, 0, np.inf, out=self.buffers.like(x))  # np.maximum with one number takes four times as long

    def backward(self, gradient):
        return np.multiply(gradient, self.positive, out=self.buffers.like(self.positive, gradient.dtype))


class Flatten(FastLayer):
    """`dlcourse.layers.Flatten`: a row an image; what lies in memory as (H, C, W, N) becomes a transposed (C · H · W, N)."""

    def forward(self, x):
        self.shape = x.shape
        if x.ndim != 4 or x.flags.c_contiguous:
            return x.reshape(len(x), math.prod(x.shape[1:]))
        memory = self.buffers.take((*x.shape[1:], len(x)), x.dtype)
        memory[...] = x.transpose(1, 2, 3, 0)
        return memory.reshape(math.prod(x.shape[1:]), len(x)).T

    def backward(self, gradient):
        if gradient is None:
            return None
        if len(self.shape) == 4 and gradient.T.flags.c_contiguous:
            return gradient.T.reshape(*self.shape[1:], len(gradient)).transpose(3, 0, 1, 2)
        return gradient.reshape(self.shape)


class Linear(FastLayer):
    """`dlcourse.layers.Linear`; what comes out lies in memory as what came in, example by example or feature by feature.

    Attributes:
        weight, bias: Parameters, as there.
    """

    def __init__(self, in_features, out_features, rng, dtype=np.float32, *, input_gradient=True):
        super().__init__()
        self.input_gradient = input_gradient
        std = math.sqrt(2 / max(in_features, 1))
        self.weight = Parameter((std * rng.normal(size=(out_features, in_features))).astype(dtype))
        self.bias = Parameter(np.zeros(out_features, dtype))

    def parameters(self):
        return [self.weight, self.bias]

    def forward(self, x):
        weight = self.weight.value
        if x.ndim != 2 or x.shape[1] != weight.shape[1]:
            raise ValueError(
                f"x has shape {x.shape}, the weight {weight.shape}: expected x of shape (N, {weight.shape[1]}); "
                "put a Flatten before a Linear that gets images"
            )
        self.x = x
        y = self.product(x, weight.T)
        y += self.bias.value
        return y

    def backward(self, gradient):
        product = self.buffers.take(self.weight.grad.shape, np.result_type(gradient, self.x))
        self.weight.grad += np.matmul(gradient.T, self.x, out=product)
        self.bias.grad += gradient.sum(axis=0)
        return self.product(gradient, self.weight.value) if self.input_gradient else None

    def product(self, x, matrix):
        """Return `x @ matrix`, with memory in the order of the input's."""
        shape, dtype = (len(x), matrix.shape[1]), np.result_type(x, matrix)
        if self.x.flags.c_contiguous:
            return np.matmul(x, matrix, out=self.buffers.take(shape, dtype))
        return np.matmul(matrix.T, x.T, out=self.buffers.take(shape[::-1], dtype)).T


class BatchNorm2d(FastLayer):
    """`dlcourse.normalization.BatchNorm2d`, a few rows of the images at a time, so that each is in the cache for all its steps.

    Sums over a channel are matrix products with ones. What is kept for `backward` is x - mean: x̂ is that by a number a channel.

    Attributes:
        weight, bias: Parameters; running_mean, running_var: arrays; all as there.
    """

    def __init__(self, num_features, eps=1e-5, momentum=0.1, dtype=np.float32):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight, self.bias = Parameter(np.ones(num_features, dtype)), Parameter(np.zeros(num_features, dtype))
        self.running_mean, self.running_var = np.zeros(num_features, dtype), np.ones(num_features, dtype)

    def parameters(self):
        return [self.weight, self.bias]

    def forward(self, x):
        image = rows(x)
        count, places = x.size // x.shape[1], x.shape[3] * len(x)
        if self.training and count < 2:
            raise ValueError(f"batch normalization in training needs more than one example, and this batch is {x.shape}")
        self.centered = None
        self.centered = centered = self.buffers.take(image.shape, image.dtype)
        self.through_statistics = self.training
        mean = sum(sums(part, places) for part, in blocks(image)) / count if self.training else self.running_mean
        mean_row, squares = mean.repeat(places), 0
        for part, result in blocks(image, centered):
            np.subtract(part, mean_row, out=result)
            if self.training:
                squares = squares + sums(result, places, result)
        var = self.running_var
        if self.training:
            var = squares / count
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * (count / (count - 1))
        self.std = np.sqrt(var + self.eps)
        y = self.buffers.take(image.shape, image.dtype)
        scale_row, bias_row = (self.weight.value / self.std).repeat(places), self.bias.value.repeat(places)
        for part, result in blocks(centered, y):
            np.multiply(part, scale_row, out=result)
            result += bias_row
        return images(y)

    def backward(self, gradient):
        dy = rows(gradient)
        count, places = gradient.size // gradient.shape[1], dy.shape[2] * dy.shape[3]
        both = [(sums(part, places, centered), sums(part, places)) for part, centered in blocks(dy, self.centered)]
        dweight, dbias = (sum(each) for each in zip(*both, strict=True))
        dweight = dweight / self.std
        self.weight.grad += dweight
        self.bias.grad += dbias
        dx = self.buffers.take(dy.shape, dy.dtype)
        scale_row = (self.weight.value / self.std).repeat(places)
        slope_row, mean_row = (dweight / self.std / count).repeat(places), (dbias / count).repeat(places)
        for part, centered, result in blocks(dy, self.centered, dx):
            if self.through_statistics:
                np.multiply(centered, slope_row, out=result)
                result += mean_row
                np.subtract(part, result, out=result)
                result *= scale_row
            else:
                np.multiply(part, scale_row, out=result)
        return images(dx)


def blocks(*arrays):
    """Yield rows of arrays (H, C, W, N) as (rows, C · W · N), as many at a time as stay in the cache.

    A number for each channel is best repeated W · N times to meet such a row: NumPy's broadcasting takes twice as long.
    """
    flat = [array.reshape(len(array), math.prod(array.shape[1:])) for array in arrays]
    step = max(1, BLOCK // max(1, flat[0][:1].nbytes))
    for start in range(0, len(flat[0]), step):
        yield [array[start : start + step] for array in flat]


def sums(x, places, y=None):
    """Return the sums of x, or of the products x · y, over each channel of (rows, C · places)."""
    x = x.reshape(len(x), -1, 1, places)
    y = np.ones(places, x.dtype) if y is None else y.reshape(len(x), -1, places, 1)
    return np.matmul(x, y).reshape(x.shape[:2]).sum(axis=0)


# ----------------------------------------------------------------------------------------------------------- optimizers


class FlatOptimizer:
    """What the optimizers share: the values of all parameters are views of one array, their gradients of another.

    Attributes:
        parameters: list of Parameters, all of one dtype.
        learning_rate: may be changed between steps.
    """

    def __init__(self, parameters, learning_rate):
        self.parameters, self.learning_rate = list(dict.fromkeys(parameters)), learning_rate
        dtypes = {parameter.value.dtype for parameter in self.parameters}
        if len(dtypes) != 1:
            raise ValueError(f"all parameters must have one dtype, but these have {sorted(map(str, dtypes)) or 'no parameter'}")
        self.flat = Flat(self.parameters, dtypes.pop())
        self.flat.gathered()

    def blocks(self, *moments):
        """Yield pieces of the values, the gradients, the moments, and an array to compute in."""
        values, gradients = self.flat.gathered()
        size = BLOCK // (4 * values.itemsize)
        free = np.empty(min(size, len(values)), values.dtype)
        for start in range(0, len(values), size):
            pieces = [array[start : start + size] for array in (values, gradients, *moments)]
            yield *pieces, free[: len(pieces[0])]

    def zero_grad(self):
        _, gradients = self.flat.gathered()
        gradients[...] = 0


class SGD(FlatOptimizer):
    """`dlcourse.optimizers.SGD`."""

    def __init__(self, parameters, learning_rate=0.01):
        super().__init__(parameters, learning_rate)

    def step(self):
        for value, grad, free in self.blocks():
            value -= np.multiply(grad, self.learning_rate, out=free)


class Momentum(FlatOptimizer):
    """`dlcourse.optimizers.Momentum`; `m` is one flat array."""

    def __init__(self, parameters, learning_rate=0.01, momentum=0.9):
        super().__init__(parameters, learning_rate)
        self.momentum, self.m = momentum, np.zeros_like(self.flat.values)

    def step(self):
        for value, grad, m, free in self.blocks(self.m):
            m *= self.momentum
            m += grad
            value -= np.multiply(m, self.learning_rate, out=free)


class Adam(FlatOptimizer):
    """`dlcourse.optimizers.Adam`; `m` and `n` are flat arrays, without the factors 1 - μ and 1 - ν, which come in at the end."""

    def __init__(self, parameters, learning_rate=0.001, momentum=0.9, decay=0.999, epsilon=1e-8):
        super().__init__(parameters, learning_rate)
        self.momentum, self.decay, self.epsilon, self.t = momentum, decay, epsilon, 0
        self.m, self.n = np.zeros_like(self.flat.values), np.zeros_like(self.flat.values)

    def step(self):
        self.t += 1
        root = math.sqrt((1 - self.decay**self.t) / (1 - self.decay))  # m̂ / (√n̂ + ε) = scale · m / (√n + root · ε)
        rate = self.learning_rate * root * (1 - self.momentum) / (1 - self.momentum**self.t)
        for value, grad, m, n, free in self.blocks(self.m, self.n):
            m *= self.momentum
            m += grad
            n *= self.decay
            n += np.multiply(grad, grad, out=free)
            np.sqrt(n, out=free)
            free += root * self.epsilon
            np.divide(m, free, out=free)
            free *= rate
            value -= free
        if self.t % 100 == 0:  # moments that fade away become subnormal numbers, with which a processor is slow
            for moment in (self.m, self.n):
                moment[np.abs(moment) < 1e8 * np.finfo(moment.dtype).tiny] = 0


class Flat:
    """One array for the values of all parameters and one for their gradients, each with views of it in their shapes."""

    def __init__(self, parameters, dtype):
        self.parameters = parameters
        size = sum(parameter.value.size for parameter in parameters)
        self.values, self.gradients = np.empty(size, dtype), np.empty(size, dtype)
        self.views, start = [], 0
        for parameter in parameters:
            value = parameter.value
            order = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis]))  # keep the layout of its memory
            inside = slice(start, start := start + value.size)
            shape = [value.shape[axis] for axis in order]
            self.views.append([flat[inside].reshape(shape).transpose(np.argsort(order)) for flat in (self.values, self.gradients)])

    def gathered(self):
        """Return both arrays, after taking in what was assigned to a parameter since."""
        for parameter, (value, grad) in zip(self.parameters, self.views, strict=True):
            if parameter.value is not value:
                value[...] = parameter.value
                parameter.value = value
            if parameter.grad is not grad:
                grad[...] = parameter.grad
                parameter.grad = grad
        return self.values, self.gradients
