"""Part V: convolution and pooling."""

import re

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import CheckFailed, NotWritten, StudentError, changed_arguments, count_lines
from dlcourse.toolkit import gradient_check

PART = "part5_cnn"

OUTPUT_SIZE = exercise(
    "convolution.conv_output_size",
    points=2,
    part=PART,
    minutes=10,
    slide="Part V, stride and padding",
    hints=(
        "Draw it: how far can the window move before it touches the other edge? Then count the places, the first one too.",
        "room = input_size - kernel_size + 2 * padding. It must not be negative, and room % stride must be 0.",
        'if room % stride: raise ValueError(f"… {room % stride} pixels are left over"); at the end return room // stride + 1',
    ),
)
NUM_PARAMETERS = exercise(
    "convolution.conv_num_parameters",
    points=1,
    part=PART,
    minutes=5,
    slide="Part V, convolution",
    hints=(
        "How many numbers does one filter hold? It looks at all input channels. And how many biases does it need?",
        "One bias a filter: it is added to each of the filter's dot products.",
    ),
)
LOOPS = exercise(
    "convolution.conv2d_loops",
    points=4,
    part=PART,
    minutes=30,
    slide="Part V, convolution",
    hints=(
        "np.pad(x, ((0, 0), (0, 0), (pad_height, pad_height), (pad_width, pad_width))) pads height and width alone.",
        "np.ndindex(y.shape) runs over all (n, f, i, j). The window starts at row i * stride_down and column j * stride_right.",
        "window = padded[n, :, top : top + kernel_height, left : left + kernel_width], which has the shape of weight[f]: multiply "
        "number by number, sum, add bias[f].",
    ),
)
WINDOWS = exercise(
    "convolution.sliding_windows",
    points=2,
    part=PART,
    minutes=15,
    slide="Part V, convolution",
    hints=(
        "Read the documentation of np.lib.stride_tricks.sliding_window_view: window_shape, and axis=(2, 3).",
        "It gives the windows at every pixel. Of those, a stride of 2 keeps every second one, in both directions: a slice.",
    ),
)
ADD_WINDOWS = exercise(
    "convolution.add_windows",
    points=3,
    part=PART,
    minutes=25,
    slide="Part IV: where a value branches, gradients add",
    hints=(
        "Start with zeros of the image's shape, and of the windows' dtype. windows[..., p, q] holds one number of each window.",
        "The numbers at place (p, q) of all windows go to the pixels p, p + stride, p + 2 * stride, …: a slice with a step.",
        "For each p and q: images[:, :, p : p + rows * stride_down : stride_down, q : q + columns * stride_right : stride_right] "
        "+= windows[..., p, q]",
    ),
)
CONV = exercise(
    "convolution.Conv2d",
    points=8,
    part=PART,
    minutes=60,
    slide="Part V, convolution",
    hints=(
        "Forward: pad, sliding_windows, then bring C, kernel height and width to the front and flatten them: a matrix of "
        "(C·kh·kw, N·H'·W'). The filters are a matrix (F, C·kh·kw). What product gives all outputs at once?",
        "Backward: it was y = W @ columns + b, so as in Linear: dW = dy @ columns.T, db = the sum of dy, dcolumns = W.T @ dy, "
        "with dy as (F, N·H'·W').",
        "Then undo the steps of forward in reverse order: reshape and transpose dcolumns to (N, C, H', W', kh, kw), add_windows "
        "to the padded shape, cut the padding off.",
    ),
)
MAX_POOL = exercise(
    "convolution.MaxPool2d",
    points=4,
    part=PART,
    minutes=35,
    slide="Part V, pooling",
    hints=(
        "sliding_windows, then the largest number over the last two axes. Remember where it was: argmax needs them as one axis.",
        "places = windows.transpose(4, 5, 0, 1, 2, 3).reshape(-1, N, C, H', W'): places.max(axis=0) and places.argmax(axis=0). "
        "Argmax names one place, also where several are equal.",
        "Backward: zeros shaped like places, with the gradient where the place is the winner; back to windows; add_windows.",
    ),
)
AVG_POOL = exercise(
    "convolution.AvgPool2d",
    points=3,
    part=PART,
    minutes=15,
    slide="Part V, pooling",
    hints=(
        "Forward: sliding_windows, and the mean over the last two axes.",
        "Backward: each number of a window had a share of 1 / (kernel height · kernel width) in the mean, so that is its share of "
        "the gradient. np.broadcast_to repeats it over the window; add_windows does the rest.",
    ),
)
RECEPTIVE = exercise(
    "convolution.receptive_field",
    points=2,
    part=PART,
    minutes=15,
    slide="Part V, ConvNet",
    hints=(
        "Two 3×3 layers of stride 1 see 5 pixels, three see 7. Now let the first one have stride 2, and draw it.",
        "Keep two numbers: the size so far, and how many pixels of the image one step in the current map is worth.",
        "size += (kernel_size - 1) * step comes before step *= stride.",
    ),
)


def both(value):
    return tuple(value) if np.ndim(value) else (value, value)


def sides(rng, low, high):
    """Return two different numbers from `low` to `high`, both included."""
    return rng.permutation(np.arange(low, high + 1))[:2].tolist()


def fitting(rng, kernel_size, stride, padding):
    """Return height and width of an image with 3 to 6 places for the window in each direction, not the same number in both."""
    steps = zip(both(kernel_size), both(stride), both(padding), sides(rng, 2, 5), strict=True)
    return tuple(k - 2 * p + s * n for k, s, p, n in steps)


# ------------------------------------------------------------------------------------------------------- output size


@OUTPUT_SIZE.check
def check_output_size_slide(function, rng):
    """the slide's 7 pixels and a window of 3: 5 places at stride 1, 3 at stride 2; with padding 1 and stride 3 again 3"""
    for size in (7, int(rng.integers(8, 40))):
        compare(function(size, 3, 1, 0), size - 2, what=f"{size} pixels, stride 1")
        odd = size - 1 + size % 2  # both stride 2 and a window of 3 fit an odd size
        compare(function(odd, 3, 2, 0), (odd - 1) // 2, what=f"{odd} pixels, stride 2")
        third = size - (size - 1) % 3
        compare(function(third, 3, 3, 1), (third + 2) // 3, what=f"{third} pixels, stride 3, padding 1")


@OUTPUT_SIZE.check
def check_output_size_random(function, rng):
    """any window, stride and padding that fit: the number of places, a whole number"""
    for _ in range(6):
        kernel, stride = rng.integers(2, 9, size=2).tolist()
        padding, steps = int(rng.integers(0, 4)), int(rng.integers(3, 20))
        size = kernel + stride * steps - 2 * padding
        if size < 1:
            size, steps = size + 3 * stride, steps + 3
        expected = len(range(0, size + 2 * padding - kernel + 1, stride))
        got = function(size, kernel, stride, padding)
        compare(got, expected, what=f"{size} pixels, window {kernel}, stride {stride}, padding {padding}")


@OUTPUT_SIZE.check
def check_output_size_left_over(function, rng):
    """a window that leaves pixels over raises a ValueError that says how many; nothing is rounded"""
    for _ in range(3):
        stride = int(rng.integers(5, 10))
        left_over = int(rng.integers(3, stride))
        kernel, padding, steps = int(rng.integers(20, 30)), int(rng.integers(10, 15)), int(rng.integers(11, 19))
        size = kernel - 2 * padding + stride * steps + left_over
        expect_value_error(function, (size, kernel, stride, padding), left_over, "pixels are left over")


@OUTPUT_SIZE.check
def check_output_size_too_large(function, rng):
    """a window larger than the padded image raises a ValueError that says by how many pixels"""
    for _ in range(3):
        too_large, padding = int(rng.integers(3, 10)), int(rng.integers(10, 15))
        size = int(rng.integers(20, 40))
        arguments = size, size + 2 * padding + too_large, int(rng.integers(1, 3)), padding
        expect_value_error(function, arguments, too_large, "pixels are missing")


def expect_value_error(function, arguments, number, what):
    """Expect function(*arguments) to raise a ValueError whose message names the number."""
    size, kernel, stride, padding = arguments
    given = f"{size} pixels, window {kernel}, stride {stride}, padding {padding}"
    error = expect_refusal(lambda: function(*arguments), given)
    message = str(error).removesuffix(f" ({error.where})")
    named = re.search(rf"(?<![\d.]){number}(?!\d|\.\d)", message)
    expect(named, f"{given}: the ValueError does not say that {number} {what}; it reads: {message}")


def expect_refusal(call, given):
    """Return the StudentError if it is a ValueError; fail otherwise."""
    try:
        got = call()
    except NotWritten:
        raise
    except StudentError as error:
        expect(error.type_name == "ValueError", f"{given}: raised {error}, expected a ValueError")
        return error
    shown = f"{got.shape}" if isinstance(got, np.ndarray) else f"{got}"
    raise CheckFailed(f"{given}: got {shown}, expected a ValueError: the window does not fit")


# -------------------------------------------------------------------------------------------------------- parameters


@NUM_PARAMETERS.check
def check_num_parameters_slide(function, rng):
    """the slide's 4 filters of 5×5 on 3 channels: not 360"""
    for filters in (4, *rng.integers(5, 40, size=2).tolist()):
        expected = np.zeros((filters, 3, 5, 5)).size + np.zeros(filters).size
        compare(function(3, filters, 5), expected, what=f"{filters} filters of 5×5 on 3 channels")


@NUM_PARAMETERS.check
def check_num_parameters_random(function, rng):
    """any numbers of channels and filters; a window of height and width of its own"""
    for square in (True, False, False):
        channels, filters, height = rng.integers(2, 30, size=3).tolist()
        kernel = height if square else (height, height + int(rng.integers(1, 5)))
        expected = np.zeros((filters, channels, *both(kernel))).size + filters
        compare(function(channels, filters, kernel), expected, what=f"{filters} filters, {channels} channels, window {kernel}")


# ------------------------------------------------------------------------------------------------- convolution in loops


def problem(rng, num_images=2, channels=3, filters=2, kernel_size=3, stride=1, padding=0, dtype=np.float64):
    """Return x, weight and bias of a convolution that fits."""
    height, width = fitting(rng, kernel_size, stride, padding)
    x = rng.normal(size=(num_images, channels, height, width))
    weight = rng.normal(size=(filters, channels, *both(kernel_size)))
    return tuple(part.astype(dtype) for part in (x, weight, rng.normal(size=filters)))


@LOOPS.check
def check_loops_plain(function, oracle, rng):
    """a window of 3×3 over two images of three channels"""
    x, weight, bias = problem(rng)
    compare(function(x, weight, bias, 1, 0), oracle.convolution(x, weight, bias, 1, 0), what="y")


@LOOPS.check
def check_loops_one_number(function, rng):
    """each output number is one dot product: the slide's 5×5×3 = 75 numbers, and a bias"""
    x, weight, bias = rng.normal(size=(1, 3, 5, 5)), rng.normal(size=(4, 3, 5, 5)), rng.normal(size=4)
    expected = (weight.reshape(4, 75) @ x.ravel() + bias).reshape(1, 4, 1, 1)
    compare(function(x, weight, bias, 1, 0), expected, what="y")


@LOOPS.check
def check_loops_stride_and_padding(function, oracle, rng):
    """stride and padding"""
    for stride, padding in ((2, 0), (1, 1), (3, 2)):
        x, weight, bias = problem(rng, num_images=1, channels=2, stride=stride, padding=padding)
        got = function(x, weight, bias, stride, padding)
        compare(got, oracle.convolution(x, weight, bias, stride, padding), what=f"y for stride {stride} and padding {padding}")


@LOOPS.check
def check_loops_non_square(function, oracle, rng):
    """height and width of their own: image, window, stride and padding"""
    for kernel, stride, padding in (((2, 3), (1, 2), (0, 1)), ((4, 1), (2, 1), (1, 0))):
        x, weight, bias = problem(rng, 1, 2, 2, kernel, stride, padding)
        got = function(x, weight, bias, stride, padding)
        compare(got, oracle.convolution(x, weight, bias, stride, padding), what=described(x, kernel, stride, padding, "y"))


@LOOPS.check
def check_loops_refuses(function, rng):
    """a window that does not fit raises a ValueError"""
    x, weight, bias = problem(rng, num_images=1, channels=1, stride=3)
    larger = np.concatenate([x, x[:, :, :, :1]], axis=3)
    expect_refusal(lambda: function(larger, weight, bias, 3, 0), f"an image of {larger.shape[2:]}, window 3, stride 3, padding 0")


@LOOPS.check
def check_loops_dtype_and_arguments(function, oracle, rng):
    """float32 stays float32, and x, weight and bias stay as they were"""
    for stride, padding in ((1, 1), (2, 0)):
        x, weight, bias = problem(rng, 1, 2, 2, 2, stride, padding, np.float32)
        got, changed = changed_arguments(function, x, weight, bias, stride, padding)
        compare(got, oracle.convolution(x, weight, bias, stride, padding).astype(np.float32), what="y")
        expect_dtype(got, np.float32, "y")
        expect(not changed, "it changes an array of the caller: pad and multiply in arrays of your own")


# ----------------------------------------------------------------------------------------------------------- windows

KERNELS = ((3, 1), (2, 2), ((2, 3), (3, 1)), ((4, 2), (1, 3)), (1, 2), (2, 3))  # kernel size, stride


@WINDOWS.check
def check_windows_values(function, oracle, rng):
    """every window of stride 1"""
    for kernel in (2, 3):
        x = rng.normal(size=(2, 3, *sides(rng, kernel + 1, kernel + 4)))
        compare(function(x, kernel, 1), oracle.windows_of(x, kernel, 1), what=f"the windows of {kernel}×{kernel} on {x.shape}")


@WINDOWS.check
def check_windows_stride(function, oracle, rng):
    """stride and window of any size; a window that would stick out is left out"""
    for kernel, stride in KERNELS:
        x = rng.normal(size=(2, 2, *sides(rng, 8, 10)))
        expected = oracle.windows_of(x, kernel, stride)
        compare(function(x, kernel, stride), expected, what=f"{kernel} windows, stride {stride}, on {x.shape}")


@WINDOWS.check
def check_windows_without_a_loop(function, oracle, rng):
    """no loop over images or windows, and the dtype stays"""
    small, large = rng.normal(size=(1, 2, 5, 5)).astype(np.float32), rng.integers(0, 256, size=(80, 2, 13, 15)).astype(np.uint8)
    counts = []
    for x in (small, large):
        got, lines = count_lines(function, x, 3, 2)
        counts.append(lines)
        compare(got, oracle.windows_of(x, 3, 2), what="the windows")
        expect_dtype(got, x.dtype, "the windows")
    expect_no_loop(*counts)


def expect_no_loop(few, many):
    expect(
        many <= few + 50,  # one line for each of 80 images, or two for each of 42 places, would be more
        f"on many windows it executes {many} lines of Python, on few {few}: let NumPy do the loop over images and windows",
    )


@ADD_WINDOWS.check
def check_add_windows_overlapping(function, oracle, rng):
    """windows that overlap add up, as in the backward pass of sliding_windows"""
    for kernel in (2, 3):
        height, width = sides(rng, kernel + 1, kernel + 4)
        windows = rng.normal(size=(2, 3, height - kernel + 1, width - kernel + 1, kernel, kernel))
        shape = (2, 3, height, width)
        compare(function(windows, shape, 1), oracle.images_of(windows, shape, 1), what=f"the images of {kernel}×{kernel} windows")


@ADD_WINDOWS.check
def check_add_windows_stride(function, oracle, rng):
    """any stride and window; a pixel in no window is 0"""
    for kernel, stride in KERNELS:
        shape = (2, 2, *sides(rng, 8, 10))
        windows = rng.normal(size=oracle.windows_of(np.zeros(shape), kernel, stride).shape)
        got = function(windows, shape, stride)
        compare(got, oracle.images_of(windows, shape, stride), what=f"the images {shape} from windows of {kernel}, stride {stride}")


@ADD_WINDOWS.check
def check_add_windows_without_a_loop(function, oracle, rng):
    """no loop over images or windows"""
    counts = []
    for shape in ((1, 2, 5, 5), (80, 2, 13, 15)):
        windows = rng.normal(size=oracle.windows_of(np.zeros(shape), 3, 2).shape)
        got, lines = count_lines(function, windows, shape, 2)
        counts.append(lines)
        compare(got, oracle.images_of(windows, shape, 2), what="the images")
    expect_no_loop(*counts)


@ADD_WINDOWS.check
def check_add_windows_dtype_and_arguments(function, oracle, rng):
    """float32 stays float32, and the windows stay as they were"""
    windows = rng.normal(size=(2, 1, 3, 2, 3, 3)).astype(np.float32)
    got, changed = changed_arguments(function, windows, (2, 1, 7, 6), 2)
    compare(got, oracle.images_of(windows, (2, 1, 7, 6), 2), what="the images")
    expect_dtype(got, np.float32, "the images")
    expect(not changed, "it changes the windows in place: the caller still needs them")


# --------------------------------------------------------------------------------------------- the convolutional layer


def layer_with(student, x, weight, bias, stride, padding):
    """Return the student's Conv2d with these weights."""
    filters, channels, *kernel_size = weight.shape
    layer = student.Conv2d(channels, filters, tuple(kernel_size), stride, padding, np.random.default_rng(0), weight.dtype.name)
    layer.weight.value, layer.bias.value = weight, bias
    return layer


def backward(layer, dy, *names):
    """Return the gradient of x after a backward pass from zero, and those of the parameters with these names.

    A mistake is recognised by what a check looks at last: let that be what it compares.
    """
    for parameter in (layer.weight, layer.bias):
        parameter.zero_grad()
    return layer.backward(dy), *(getattr(layer, name).grad for name in names)


def expect_forward(oracle, student, rng, kernel_size, stride, padding, **sizes):
    x, weight, bias = problem(rng, kernel_size=kernel_size, stride=stride, padding=padding, **sizes)
    got = layer_with(student, x, weight, bias, stride, padding).forward(x)
    compare(got, oracle.convolution(x, weight, bias, stride, padding), what=described(x, kernel_size, stride, padding, "y"))


def expect_input_gradient(oracle, student, rng, kernel_size, stride, padding, **sizes):
    x, weight, bias = problem(rng, kernel_size=kernel_size, stride=stride, padding=padding, **sizes)
    layer = layer_with(student, x, weight, bias, stride, padding)
    dy = like_y(oracle, rng, x, weight, bias, stride, padding)
    layer.forward(x)
    expected, _, _ = oracle.convolution_gradients(x, weight, stride, padding, dy)
    compare(layer.backward(dy), expected, what=described(x, kernel_size, stride, padding, "the gradient of x"))


def like_y(oracle, rng, x, weight, bias, stride, padding):
    """Return a random gradient of the shape that y must have."""
    return rng.normal(size=oracle.convolution(x, weight, bias, stride, padding).shape)


def described(x, kernel_size, stride, padding, what):
    return f"{what}, for x {x.shape}, window {kernel_size}, stride {stride}, padding {padding}"


@CONV.check
def check_conv_forward(student, oracle, rng):
    """forward: a window of 3×3 over images of several channels"""
    expect_forward(oracle, student, rng, 3, 1, 0)


@CONV.check
def check_conv_forward_stride_and_padding(student, oracle, rng):
    """forward: stride and padding"""
    for stride, padding in ((2, 0), (1, 1), (3, 2)):
        expect_forward(oracle, student, rng, 3, stride, padding)


@CONV.check
def check_conv_forward_shapes(student, oracle, rng):
    """forward: height and width of their own; one image, one channel, one filter"""
    expect_forward(oracle, student, rng, (2, 3), (1, 2), (0, 1), num_images=3)
    expect_forward(oracle, student, rng, (4, 1), (3, 1), (1, 0), num_images=1, channels=2, filters=3)
    expect_forward(oracle, student, rng, 2, 1, 0, num_images=1, channels=1, filters=1)


@CONV.check
def check_conv_refuses(student, rng):
    """forward: a window that does not fit raises a ValueError"""
    x, weight, bias = problem(rng, num_images=1, channels=1, stride=3, padding=1)
    for axis in (2, 3):
        larger = np.concatenate([x, np.take(x, [0], axis)], axis)
        layer = layer_with(student, x, weight, bias, 3, 1)
        expect_refusal(lambda x=larger, layer=layer: layer.forward(x), described(larger, 3, 3, 1, "a window that does not fit"))


@CONV.check
def check_conv_input_gradient(student, oracle, rng):
    """backward: the gradient of x, where windows overlap"""
    expect_input_gradient(oracle, student, rng, 3, 1, 0)


@CONV.check
def check_conv_input_gradient_stride_and_padding(student, oracle, rng):
    """backward: the gradient of x with stride and padding"""
    for stride, padding in ((2, 0), (1, 1), (3, 2)):
        expect_input_gradient(oracle, student, rng, 3, stride, padding)


@CONV.check
def check_conv_input_gradient_shapes(student, oracle, rng):
    """backward: the gradient of x for height and width of their own; one image, one channel, one filter"""
    expect_input_gradient(oracle, student, rng, (2, 3), (1, 2), (0, 1), num_images=3)
    expect_input_gradient(oracle, student, rng, (3, 2), (2, 1), (2, 1), num_images=1, channels=2, filters=3)
    expect_input_gradient(oracle, student, rng, 2, 1, 0, num_images=1, channels=1, filters=1)


@CONV.check
def check_conv_weight_gradient(student, oracle, rng):
    """backward: the gradient of the weights is the sum over all images and places"""
    for kernel_size, stride, padding in ((3, 1, 1), ((2, 3), (2, 1), (0, 1))):
        x, weight, bias = problem(rng, kernel_size=kernel_size, stride=stride, padding=padding)
        layer = layer_with(student, x, weight, bias, stride, padding)
        layer.forward(x)
        dy = like_y(oracle, rng, x, weight, bias, stride, padding)
        _, expected, _ = oracle.convolution_gradients(x, weight, stride, padding, dy)
        _, dweight = backward(layer, dy, "weight")
        compare(dweight, expected, what="the gradient of the weights", sizes={"N, the number of images": len(x)})


@CONV.check
def check_conv_bias_gradient(student, rng):
    """backward: the gradient of a bias is the sum over all images and places"""
    x, weight, bias = problem(rng, num_images=3)
    layer = layer_with(student, x, weight, bias, 1, 0)
    dy = rng.normal(size=layer.forward(x).shape)
    compare(
        backward(layer, dy, "bias")[1],
        dy.sum(axis=(0, 2, 3)),
        what="the gradient of the biases",
        sizes={"N, the number of images": 3, "H'·W', the number of places": dy[0, 0].size},
    )


@CONV.check
def check_conv_numerical_gradients(student, rng):
    """backward: all gradients agree with numerical ones"""
    x, weight, bias = problem(rng, num_images=2, channels=2, kernel_size=2, stride=2, padding=1)
    layer = layer_with(student, x, weight, bias, 2, 1)

    def forward(x, weight, bias):
        layer.weight.value, layer.bias.value = weight, bias
        return layer.forward(x)

    def gradients(dy, x, weight, bias):
        forward(x, weight, bias)
        return backward(layer, dy, "weight", "bias")

    report = gradient_check.check_gradients(forward, gradients, (x, weight, bias), rng, ["x", "weight", "bias"])
    report.raise_if_failed(CheckFailed)


def expect_accumulation(oracle, student, rng, name, place):
    x, weight, bias = problem(rng, num_images=1, padding=1)
    layer = layer_with(student, x, weight, bias, 1, 1)
    layer.forward(x)
    dy = like_y(oracle, rng, x, weight, bias, 1, 1)
    expected = oracle.convolution_gradients(x, weight, 1, 1, dy)[place]
    for times in (1, 2):
        layer.backward(dy)
        compare(getattr(layer, name).grad, times * expected, what=f"the gradient of the {name} after {times} backward pass(es)")


@CONV.check
def check_conv_accumulates_weight(student, oracle, rng):
    """backward adds to the gradient of the weights that is there"""
    expect_accumulation(oracle, student, rng, "weight", 1)


@CONV.check
def check_conv_accumulates_bias(student, oracle, rng):
    """backward adds to the gradient of the biases that is there"""
    expect_accumulation(oracle, student, rng, "bias", 2)


@CONV.check
def check_conv_last_forward(student, oracle, rng):
    """backward belongs to the last forward pass of its own layer"""
    x, weight, bias = problem(rng, num_images=1, padding=1)
    other = rng.normal(size=x.shape)
    layer, second = (layer_with(student, x, weight, bias, 1, 1) for _ in range(2))
    layer.forward(x)
    layer.forward(other)
    dy = like_y(oracle, rng, x, weight, bias, 1, 1)
    second.forward(rng.normal(size=(3, *x.shape[1:])))
    dx, dweight, _ = oracle.convolution_gradients(other, weight, 1, 1, dy)
    compare(layer.backward(dy), dx, what="the gradient of the last x")
    compare(layer.weight.grad, dweight, what="the gradient of the weights")


@CONV.check
def check_conv_dtype(student, oracle, rng):
    """float32 stays float32 in every result"""
    for stride, padding in ((1, 1), (2, 0)):
        x, weight, bias = problem(rng, stride=stride, padding=padding, dtype=np.float32)
        layer = layer_with(student, x, weight, bias, stride, padding)
        y = layer.forward(x)
        compare(y, oracle.convolution(x, weight, bias, stride, padding), what="y")
        expect_dtype(y, np.float32, "y")
        dy = rng.normal(size=y.shape).astype(np.float32)
        expected = oracle.convolution_gradients(x, weight, stride, padding, dy)
        for name, value in zip(("x", "weight", "bias"), expected, strict=True):  # one by one: what is wrong is looked at last
            got = backward(layer, dy)[0] if name == "x" else getattr(layer, name).grad
            compare(got, value, what=f"the gradient of {name}")
            expect_dtype(got, np.float32, f"the gradient of {name}")


@CONV.check
def check_conv_arguments(student, oracle, rng):
    """x and the gradient stay as they were, and may lie in memory in any order"""
    x, weight, bias = problem(rng, num_images=3, padding=1)
    layer = layer_with(student, x, weight, bias, 1, 1)
    turned = np.asfortranarray(x)
    y, changed = changed_arguments(layer.forward, turned)
    compare(y, oracle.convolution(x, weight, bias, 1, 1), what="y")
    expect(not changed, "forward changes x in place: pad into a new array")
    dy = rng.normal(size=y.shape)
    dx, changed = changed_arguments(layer.backward, np.asfortranarray(dy))
    compare(dx, oracle.convolution_gradients(x, weight, 1, 1, dy)[0], what="the gradient of x")
    expect(not changed, "backward changes the gradient it is given in place: other layers may still need it")


@CONV.check
def check_conv_without_a_loop(student, oracle, rng):
    """no loop over images or places, forward or backward"""
    counts = []
    for shape in ((2, 2, 5, 5), (80, 2, 13, 15)):  # two images: NumPy 1's einsum treats a side of 1 apart, in more lines
        x, weight, bias = rng.normal(size=shape), rng.normal(size=(2, 2, 3, 3)), rng.normal(size=2)
        layer = layer_with(student, x, weight, bias, 2, 0)
        got, forward_lines = count_lines(layer.forward, x)
        y = oracle.convolution(x, weight, bias, 2, 0)
        compare(got, y, what="y")
        dx, backward_lines = count_lines(layer.backward, y)
        compare(dx, oracle.convolution_gradients(x, weight, 2, 0, y)[0], what="the gradient of x")
        counts.append(forward_lines + backward_lines)
    expect_no_loop(*counts)


# ----------------------------------------------------------------------------------------------------------- pooling


REDUCTIONS = {"MaxPool2d": "max", "AvgPool2d": "mean"}


def distinct(rng, shape):
    """Return numbers of both signs, no two alike."""
    count = int(np.prod(shape))
    return (rng.permutation(count).reshape(shape) - count / 2 + rng.uniform(0.1, 0.9)) / 7


def pooling(oracle, exercise, function, rng, kernel_size, stride, shape):
    """Return x, what the layer must give, and the layer."""
    x = distinct(rng, shape)
    layer = function(kernel_size) if stride is None else function(kernel_size, stride)
    reduce = REDUCTIONS[exercise.name.split(".")[1]]
    stride = kernel_size if stride is None else stride
    expected = oracle.pooled(x, kernel_size, stride, reduce)
    return x, layer, expected, lambda dy: oracle.pooled_gradient(x, kernel_size, stride, reduce, dy)


def expect_pooling(oracle, exercise, function, rng, kernel_size, stride, shape, backwards):
    x, layer, expected, gradient = pooling(oracle, exercise, function, rng, kernel_size, stride, shape)
    given = f"for x {x.shape}, window {kernel_size}, stride {stride or kernel_size}"
    y = layer.forward(x)
    if not backwards:
        compare(y, expected, what=f"y, {given}")
        return
    dy = rng.normal(size=expected.shape)
    compare(layer.backward(dy), gradient(dy), what=f"the gradient of x, {given}")


@MAX_POOL.check
@AVG_POOL.check
def check_pooling_forward(exercise, function, oracle, rng):
    """forward: windows of 2×2 that touch, and others"""
    expect_pooling(oracle, exercise, function, rng, 2, None, (2, 3, 6, 4), False)
    expect_pooling(oracle, exercise, function, rng, 3, 2, (1, 2, 7, 9), False)
    expect_pooling(oracle, exercise, function, rng, (2, 3), (1, 2), (2, 1, 4, 7), False)
    expect_pooling(oracle, exercise, function, rng, (1, 2), None, (1, 1, 3, 4), False)


@MAX_POOL.check
@AVG_POOL.check
def check_pooling_forward_left_over(exercise, function, oracle, rng):
    """forward: rows and columns that fill no window are left out"""
    expect_pooling(oracle, exercise, function, rng, 2, None, (1, 2, 5, 7), False)
    expect_pooling(oracle, exercise, function, rng, 3, 2, (2, 1, 8, 6), False)
    expect_pooling(oracle, exercise, function, rng, (3, 2), None, (1, 2, 5, 5), False)


@MAX_POOL.check
@AVG_POOL.check
def check_pooling_backward(exercise, function, oracle, rng):
    """backward: windows of 2×2 that touch, and others"""
    expect_pooling(oracle, exercise, function, rng, 2, None, (2, 3, 6, 4), True)
    expect_pooling(oracle, exercise, function, rng, (1, 3), None, (2, 2, 3, 6), True)


@MAX_POOL.check
@AVG_POOL.check
def check_pooling_backward_overlapping(exercise, function, oracle, rng):
    """backward: where windows overlap, a pixel gets the gradients of all of them"""
    expect_pooling(oracle, exercise, function, rng, 3, 1, (2, 2, 5, 6), True)
    expect_pooling(oracle, exercise, function, rng, (2, 3), (1, 2), (2, 1, 4, 7), True)


@MAX_POOL.check
@AVG_POOL.check
def check_pooling_backward_left_over(exercise, function, oracle, rng):
    """backward: pixels in no window get 0, and the gradient has the shape of x"""
    expect_pooling(oracle, exercise, function, rng, 2, None, (1, 2, 5, 7), True)
    expect_pooling(oracle, exercise, function, rng, 2, 3, (1, 2, 7, 6), True)


@MAX_POOL.check
@AVG_POOL.check
def check_pooling_arguments(exercise, function, oracle, rng):
    """float32 stays float32; x and the gradient stay as they were; the last forward pass counts"""
    x, layer, expected, gradient = pooling(oracle, exercise, function, rng, 2, None, (2, 2, 6, 8))
    layer.forward(distinct(rng, (1, 2, 4, 4)))
    y, changed = changed_arguments(layer.forward, x.astype(np.float32))
    compare(y, expected.astype(np.float32), what="y")
    expect_dtype(y, np.float32, "y")
    expect(not changed, "forward changes x in place")
    dy = rng.normal(size=expected.shape).astype(np.float32)
    dx, changed = changed_arguments(layer.backward, dy)
    compare(dx, gradient(dy).astype(np.float32), what="the gradient of x")
    expect_dtype(dx, np.float32, "the gradient of x")
    expect(not changed, "backward changes the gradient it is given in place: other layers may still need it")


@MAX_POOL.check
def check_max_pool_negative(function, oracle, rng):
    """forward: the largest of negative numbers is negative"""
    x = -1 - np.abs(distinct(rng, (2, 2, 5, 6)))
    compare(function(2).forward(x), oracle.pooled(x, 2, 2, "max"), what="y")


@MAX_POOL.check
def check_max_pool_ties(function, oracle, rng):
    """backward: where several numbers are the largest, as in a window of zeros after a ReLU, one of them gets the gradient"""
    zeros = np.zeros((2, 2, 4, 6))
    ties = np.maximum(rng.integers(-2, 2, size=(2, 2, 4, 6)), 0).astype(float)  # a ReLU's output: half of it 0, else 1
    for x in (zeros, ties):
        layer = function(2)
        y = layer.forward(x)
        compare(y, oracle.pooled(x, 2, 2, "max"), what="y")
        dy = rng.uniform(0.5, 1.5, size=y.shape)
        dx = layer.backward(dy)
        expect(isinstance(dx, np.ndarray) and dx.shape == x.shape, f"the gradient of x: expected an array of shape {x.shape}")
        windows, numbers = (each.reshape(2, 2, 2, 2, 3, 2).swapaxes(3, 4) for each in (dx, x))  # (N, C, H / 2, W / 2, 2, 2)
        count = np.count_nonzero(windows, axis=(4, 5))
        expect(
            np.all(count == 1),
            f"the gradient of x: {int(count.max())} pixels of one window with ties get a gradient: it goes to one of them alone"
            if count.max() > 1
            else "the gradient of x: a window with ties passes no gradient on: it goes to one of the largest numbers",
        )
        compare(windows.sum(axis=(4, 5)), dy, what="the gradient that arrives in each window")
        at_winners = np.where(numbers == y[..., np.newaxis, np.newaxis], windows, 0).sum(axis=(4, 5))
        compare(at_winners, dy, what="the gradient that arrives at one of the largest numbers")


# --------------------------------------------------------------------------------------------------- receptive field


@RECEPTIVE.check
def check_receptive_stride_one(function, oracle, rng):
    """layers of stride 1: two of 3×3 see 5 pixels; none sees 1"""
    compare(function([(3, 1), (3, 1)]), 5, what="two layers of 3×3")
    compare(function([]), 1, what="no layer")
    for count in (2, 5):
        layers = [(kernel, 1) for kernel in rng.integers(2, 9, size=count).tolist()]
        compare(function(layers), oracle.seen(layers), what=f"the layers {layers}")


@RECEPTIVE.check
def check_receptive_strides(function, oracle, rng):
    """strides and poolings: each makes all later steps longer"""
    for count in (2, 3, 6):
        layers = list(zip(rng.integers(2, 8, size=count).tolist(), rng.integers(2, 4, size=count).tolist(), strict=True))
        compare(function(layers), oracle.seen(layers), what=f"the layers {layers}")
