"""Plausible mistakes in Part V: convolution and pooling."""

from autograder.misconceptions import misconception

# ------------------------------------------------------------------------------------------------------- output size

misconception(
    "convolution.conv_output_size",
    "no-plus-one",
    "The first place is not counted: a window that can move by 4 pixels has 5 places. Add 1.",
    ("room // stride + 1", "room // stride"),
)
misconception(
    "convolution.conv_output_size",
    "padded-on-one-side",
    "The padding is counted once, but it is added at both edges: 2 * padding.",
    ("room = input_size - kernel_size + 2 * padding", "room = input_size - kernel_size + padding"),
)
misconception(
    "convolution.conv_output_size",
    "floors",
    "A window that leaves pixels over is rounded down silently. Whoever uses it should hear of it: raise a ValueError that says "
    "how many pixels are left over.",
    ("if room % stride:", "if False:"),
)
misconception(
    "convolution.conv_output_size",
    "too-large-not-noticed",
    "A window larger than the padded image gets 0 or fewer places: raise a ValueError that says by how many pixels it is too "
    "large.",
    (
        "    if room < 0:\n        raise ValueError(f\"{where}: the window is larger than the padded image, by {-room} "
        "pixel(s)\")\n    if room % stride:",
        "    if room > 0 and room % stride:",
    ),
)
misconception(
    "convolution.conv_output_size",
    "a-fraction",
    "/ gives a float, and a size is a whole number: use // once you know that nothing is left over.",
    ("room // stride + 1", "room / stride + 1"),
)
misconception(
    "convolution.conv_output_size",
    "stride-on-everything",
    "The 1 is divided by the stride too: first divide the room to move, then add 1.",
    ("return room // stride + 1", "return (room + 1) // stride"),
)
misconception(
    "convolution.conv_output_size",
    "does-not-say-how-many",
    "The ValueError does not say by how many pixels the window does not fit: that is what helps to repair it.",
    ("the window is larger than the padded image, by {-room} pixel(s)", "the window is larger than the padded image"),
    ("the last {room % stride} pixel(s) are left over", "pixels are left over"),
)

misconception(
    "convolution.conv_num_parameters",
    "the-slides-biases",
    "You count kernel size · channels biases for each filter, which gives the slide's 360. A filter has one bias, added to the "
    "whole dot product: 304.",
    (
        "out_channels * (in_channels * kernel_height * kernel_width + 1)",
        "out_channels * (in_channels * kernel_height * kernel_width + in_channels * kernel_height)",
    ),
)
misconception(
    "convolution.conv_num_parameters",
    "a-bias-for-every-weight",
    "You count a bias for every weight: a filter is one dot product, and has one bias.",
    ("kernel_width + 1)", "kernel_width * 2)"),
)
misconception(
    "convolution.conv_num_parameters",
    "a-bias-for-every-channel",
    "You count a bias for every channel that a filter looks at: what is added to the same sum is one number, one bias a filter.",
    ("kernel_width + 1)", "kernel_width + in_channels)"),
)
misconception(
    "convolution.conv_num_parameters",
    "biases-of-the-input",
    "You count a bias for each channel of the input: each *filter* has one, so there are out_channels of them.",
    ("out_channels * (in_channels * kernel_height * kernel_width + 1)",
     "out_channels * in_channels * kernel_height * kernel_width + in_channels"),
)  # fmt: skip
misconception(
    "convolution.conv_num_parameters",
    "no-bias",
    "The biases are missing: one for each filter.",
    ("kernel_width + 1)", "kernel_width)"),
)
misconception(
    "convolution.conv_num_parameters",
    "one-bias-in-all",
    "You count one bias for the whole layer: each filter has its own.",
    ("(in_channels * kernel_height * kernel_width + 1)", "in_channels * kernel_height * kernel_width + 1"),
)
misconception(
    "convolution.conv_num_parameters",
    "filters-are-flat",
    "Your filters look at one channel: each looks at all of them, so it holds in_channels · height · width weights.",
    ("(in_channels * kernel_height", "(kernel_height"),
)
misconception(
    "convolution.conv_num_parameters",
    "square-window",
    "You square the height of the window: a window can be wider than high, so multiply height and width.",
    ("kernel_height * kernel_width", "kernel_height * kernel_height"),
)

# ------------------------------------------------------------------------------------------------- convolution in loops

PAD_LOOPS = "np.pad(x, ((0, 0), (0, 0), (pad_height, pad_height), (pad_width, pad_width)))"
misconception(
    "convolution.conv2d_loops",
    "flipped-kernel",
    "The filter is flipped, as in the convolution of mathematicians. Layers do not flip: multiply each weight with the number at "
    "the same place in the window.",
    ("np.sum(weight[f] * window)", "np.sum(weight[f, :, ::-1, ::-1] * window)"),
)
misconception(
    "convolution.conv2d_loops",
    "no-bias",
    "The bias is missing: add bias[f] to each dot product.",
    (" + bias[f]", ""),
)
misconception(
    "convolution.conv2d_loops",
    "bias-in-the-sum",
    "The bias is added to every product inside the sum, so it counts once for each weight: add it once, after the sum.",
    ("np.sum(weight[f] * window) + bias[f]", "np.sum(weight[f] * window + bias[f])"),
)
misconception(
    "convolution.conv2d_loops",
    "one-channel",
    "Only the first channel is looked at: a filter spans all channels, weight[f] is (C, kernel height, kernel width).",
    ("np.sum(weight[f] * window)", "np.sum(weight[f, 0] * window[0])"),
)
misconception(
    "convolution.conv2d_loops",
    "stride-ignored",
    "Windows are one pixel apart, whatever the stride: window (i, j) starts at row i * stride.",
    ("top, left = i * stride_down, j * stride_right", "top, left = i, j"),
)
misconception(
    "convolution.conv2d_loops",
    "height-and-width-swapped",
    "The stride of the height moves the window sideways: i counts rows and goes with stride_down, j with stride_right.",
    ("i * stride_down, j * stride_right", "i * stride_right, j * stride_down"),
)
misconception(
    "convolution.conv2d_loops",
    "padding-inside",
    "You set the outer pixels of the image itself to zero, in the caller's array: the padding goes around the image, in a new one.",
    (
        f"    padded = {PAD_LOOPS}\n",
        "    x[:, :, :pad_height] = x[:, :, height - pad_height :] = 0\n"
        "    x[:, :, :, :pad_width] = x[:, :, :, width - pad_width :] = 0\n"
        f"    padded = {PAD_LOOPS}\n",
    ),
)
misconception(
    "convolution.conv2d_loops",
    "padded-with-the-edge",
    "The padding repeats the edge of the image: it consists of zeros.",
    ("(pad_width, pad_width)))", '(pad_width, pad_width)), mode="edge" if pad_height + pad_width else "constant")'),
)
misconception(
    "convolution.conv2d_loops",
    "padding-at-one-edge",
    "All the padding lies at the bottom and on the right: np.pad takes a pair for each axis, before and after.",
    (PAD_LOOPS, "np.pad(x, ((0, 0), (0, 0), (0, 2 * pad_height), (0, 2 * pad_width)))"),
)
misconception(
    "convolution.conv2d_loops",
    "padding-forgotten",
    "The image is never padded: the windows at the edges reach beyond it.",
    (PAD_LOOPS, "x"),
)
misconception(
    "convolution.conv2d_loops",
    "images-and-channels-padded",
    "np.pad(x, padding) pads every axis, also images and channels: give a pair for each of the four, (0, 0) for the first two.",
    (PAD_LOOPS, "np.pad(x, pad_height)"),
)
misconception(
    "convolution.conv2d_loops",
    "mean-not-sum",
    "You take the mean of the products: a dot product is their sum.",
    ("np.sum(weight[f] * window)", "np.mean(weight[f] * window)"),
)
misconception(
    "convolution.conv2d_loops",
    "matrix-product",
    "@ multiplies matrices: here each weight is multiplied with the number at the same place, weight[f] * window, and then all is "
    "summed.",
    ("np.sum(weight[f] * window)", "np.sum(weight[f] @ window.swapaxes(1, 2))"),
)
misconception(
    "convolution.conv2d_loops",
    "first-image",
    "Every image gets the result of the first one: take padded[n].",
    ("padded[n, :,", "padded[0, :,"),
)
misconception(
    "convolution.conv2d_loops",
    "window-changed-in-place",
    "window *= … writes into the padded image, since a slice is a view: the next window then sees products instead of pixels.",
    ("y[n, f, i, j] = np.sum(weight[f] * window)", "window *= weight[f]\n        y[n, f, i, j] = np.sum(window)"),
)
misconception(
    "convolution.conv2d_loops",
    "floors",
    "A window that does not fit is rounded away silently: get the size from conv_output_size, which raises a ValueError.",
    (
        "conv_output_size(height, kernel_height, stride_down, pad_height)",
        "(height - kernel_height + 2 * pad_height) // stride_down + 1",
    ),
    (
        "conv_output_size(width, kernel_width, stride_right, pad_width)",
        "(width - kernel_width + 2 * pad_width) // stride_right + 1",
    ),
)
misconception(
    "convolution.conv2d_loops",
    "float64",
    "np.empty(shape) is float64, whatever x is: give it the dtype of x.",
    ("out_width), x.dtype)", "out_width))"),
)

# ----------------------------------------------------------------------------------------------------------- windows

misconception(
    "convolution.sliding_windows",
    "stride-ignored",
    "These are the windows at every pixel: keep every stride-th one, with a slice.",
    ("windows[:, :, ::stride_down, ::stride_right]", "windows"),
)
misconception(
    "convolution.sliding_windows",
    "strides-swapped",
    "The stride of the height is used along the width: the third axis counts rows, the fourth columns.",
    ("::stride_down, ::stride_right", "::stride_right, ::stride_down"),
)
misconception(
    "convolution.sliding_windows",
    "stride-inside-the-window",
    "The stride leaves pixels out inside each window: it is the distance between windows, so slice the third and fourth axis.",
    ("windows[:, :, ::stride_down, ::stride_right]", "windows[..., ::stride_down, ::stride_right]"),
)
misconception(
    "convolution.sliding_windows",
    "window-on-its-side",
    "Height and width of the window are swapped: the last two axes are (kernel height, kernel width).",
    ("x, kernel_size, axis=(2, 3))", "x, kernel_size[::-1], axis=(2, 3))"),
)
misconception(
    "convolution.sliding_windows",
    "only-touching-windows",
    "Windows that overlap are missing: they are stride pixels apart, not a whole window.",
    ("::stride_down, ::stride_right", ":: kernel_size[0], :: kernel_size[1]"),
)
misconception(
    "convolution.sliding_windows",
    "a-loop-over-images",
    "You take the windows of one image after the other in a Python loop: with axis=(2, 3), one call does it for all of them.",
    body="""
    images = []
    for image in x:
        windows = np.lib.stride_tricks.sliding_window_view(image, kernel_size, axis=(1, 2))
        images.append(windows[:, ::stride_down, ::stride_right])
    return np.stack(images)
    """,
)
misconception(
    "convolution.sliding_windows",
    "axes-in-another-order",
    "The axes come in another order: the windows' own axes are the last two, (N, C, H', W', kernel height, kernel width).",
    ("return windows[:, :, ::stride_down, ::stride_right]", "return windows[:, :, ::stride_down, ::stride_right].swapaxes(4, 5)"),
)

misconception(
    "convolution.add_windows",
    "overwrites",
    "= puts the last window's number in place of the others': windows overlap, so add with +=.",
    ("place += windows[..., p, q]", "place[...] = windows[..., p, q]"),
)
misconception(
    "convolution.add_windows",
    "stride-ignored",
    "The windows are put back one pixel apart, whatever the stride: step by it, p : p + rows * stride_down : stride_down.",
    ("p : p + rows * stride_down : stride_down, q : q + columns * stride_right : stride_right", "p : p + rows, q : q + columns"),
)
misconception(
    "convolution.add_windows",
    "height-and-width-swapped",
    "windows[..., q, p] turns each window over its diagonal: the last axis is the width.",
    ("place += windows[..., p, q]", "place += windows[..., q % kernel_height, p % kernel_width]"),
)
misconception(
    "convolution.add_windows",
    "backwards",
    "The numbers of each window are put back in reverse order, as if the window were flipped.",
    ("place += windows[..., p, q]", "place += windows[..., kernel_height - 1 - p, kernel_width - 1 - q]"),
)
misconception(
    "convolution.add_windows",
    "indices-at-once",
    "images[indices] += … adds only once where an index occurs several times, and where windows overlap it does: loop over the "
    "places (p, q) in the window, or use np.add.at.",
    body="""
    images = np.zeros_like(windows[..., 0, 0], shape=image_shape)
    _, _, rows, columns, kernel_height, kernel_width = windows.shape
    down = stride_down * np.arange(rows)[:, np.newaxis] + np.arange(kernel_height)
    right = stride_right * np.arange(columns)[:, np.newaxis] + np.arange(kernel_width)
    images[:, :, down[:, np.newaxis, :, np.newaxis], right[np.newaxis, :, np.newaxis, :]] += windows
    return images
    """,
)
misconception(
    "convolution.add_windows",
    "averages",
    "You divide by the number of windows that a pixel lies in: gradients add, they are not averaged.",
    ("    return images\n", "    return images / np.maximum(counts, 1)\n"),
    ("    images = np.zeros_like(windows[..., 0, 0], shape=image_shape)",
     "    counts, images = np.zeros(image_shape, windows.dtype), np.zeros_like(windows[..., 0, 0], shape=image_shape)"),
    (
        "            place += windows[..., p, q]\n",
        "            place += windows[..., p, q]\n"
        "            counts[:, :, p : p + rows * stride_down : stride_down, q : q + columns * stride_right : stride_right] += 1\n",
    ),
)  # fmt: skip
misconception(
    "convolution.add_windows",
    "float64",
    "np.zeros(shape) is float64, whatever the windows are: give it their dtype.",
    ("np.zeros_like(windows[..., 0, 0], shape=image_shape)", "np.zeros(image_shape)"),
)
misconception(
    "convolution.add_windows",
    "a-loop-over-places",
    "You loop over all places of the window in Python: there are thousands. Loop over the few pixels inside the window instead, "
    "and move the numbers of all windows at once.",
    body="""
    images = np.zeros(image_shape, windows.dtype)
    _, _, rows, columns, kernel_height, kernel_width = windows.shape
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride_down, j * stride_right
            images[:, :, top : top + kernel_height, left : left + kernel_width] += windows[:, :, i, j]
    return images
    """,
)

# --------------------------------------------------------------------------------------------- the convolutional layer

PAD = "np.pad(last, ((0, 0), (pad_height, pad_height), (pad_width, pad_width), (0, 0))).transpose(3, 0, 1, 2)"
misconception(
    "convolution.Conv2d",
    "flipped-kernel",
    "The filter is flipped in the forward pass, as in the convolution of mathematicians: layers do not flip it.",
    ("y = self.weight.value.reshape", "y = self.weight.value[:, :, ::-1, ::-1].reshape"),
)
misconception(
    "convolution.Conv2d",
    "flipped-kernel-backward",
    "The filter is flipped in the backward pass. Each window gets its gradient through the very weights that it was multiplied "
    "with; only the formulation as a convolution of the gradient has a flip.",
    ("dcolumns = self.weight.value.reshape", "dcolumns = self.weight.value[:, :, ::-1, ::-1].reshape"),
)
misconception(
    "convolution.Conv2d",
    "stride-ignored-in-forward",
    "The stride is ignored when the windows are taken: pass it to sliding_windows.",
    ("sliding_windows(padded, self.kernel_size, self.stride)", "sliding_windows(padded, self.kernel_size)"),
)
misconception(
    "convolution.Conv2d",
    "stride-ignored-in-backward",
    "The stride is ignored in the backward pass: the windows were stride pixels apart, so that is where their gradients go. Pass "
    "the stride to add_windows.",
    ("add_windows(dwindows, self.padded_shape, self.stride)", "add_windows(dwindows, self.padded_shape)"),
)
misconception(
    "convolution.Conv2d",
    "padding-not-cropped",
    "The gradient still has the padding around it: cut it off, the gradient has the shape of x.",
    ("return dpadded[:, :, top:bottom, left:right]", "return dpadded"),
)
misconception(
    "convolution.Conv2d",
    "padding-cropped-at-one-corner",
    "The padding is cut off at the bottom and on the right only: as much of it lies at the top and on the left.",
    ("dpadded[:, :, top:bottom, left:right]", "dpadded[:, :, : bottom - top, : right - left]"),
)
misconception(
    "convolution.Conv2d",
    "padding-cropped-as-minus",
    "padded[:, :, p:-p] is empty where the padding p is 0, since -0 is 0: cut from p to p + H.",
    ("top:bottom, left:right", "top:-top, left:-left"),
)
misconception(
    "convolution.Conv2d",
    "padding-sides-swapped",
    "The padding of the height is cut off the width: top and bottom go with the first number of the padding.",
    ("(top, left), (bottom, right) = self.padding, np.subtract(dpadded.shape[2:], self.padding)",
     "(left, top), (right, bottom) = self.padding, np.subtract(dpadded.shape[:1:-1], self.padding)"),
)  # fmt: skip
misconception(
    "convolution.Conv2d",
    "padding-forgotten",
    "The image is never padded: the windows at the edges are missing.",
    (f"padded = {PAD}", "padded = x"),
    ("top:bottom, left:right", ":, :"),
)
misconception(
    "convolution.Conv2d",
    "bias-forgotten",
    "The bias is missing in the forward pass: every output of filter f gets bias[f].",
    (" + self.bias.value[:, np.newaxis]", ""),
)
misconception(
    "convolution.Conv2d",
    "bias-per-pixel",
    "The gradient of the bias is summed over the images alone, as if every pixel had its own: a filter has one bias, so sum over "
    "all images and places.",
    (
        "self.bias.grad += dy.sum(axis=1)",
        "self.bias.grad = self.bias.grad.reshape(num_filters, -1, 1) + gradient.sum(axis=0)",
    ),
)
misconception(
    "convolution.Conv2d",
    "bias-gradient-averaged",
    "The gradient of the bias is averaged over images and places: the loss has divided by N already, so sum.",
    ("dy.sum(axis=1)", "dy.mean(axis=1)"),
)
misconception(
    "convolution.Conv2d",
    "weight-gradient-averaged",
    "The gradient of the weights is divided by the number of images: the loss has done that already, so sum.",
    ("(dy @ self.columns.T)", "(dy @ self.columns.T / num_images)"),
)
misconception(
    "convolution.Conv2d",
    "weight-gradient-forgotten",
    "backward returns the gradient of x, but adds nothing to self.weight.grad.",
    ("(dy @ self.columns.T)", "(0 * (dy @ self.columns.T))"),
)
misconception(
    "convolution.Conv2d",
    "bias-gradient-forgotten",
    "backward adds nothing to self.bias.grad.",
    ("dy.sum(axis=1)", "0 * dy.sum(axis=1)"),
)
misconception(
    "convolution.Conv2d",
    "bias-gradient-in-one",
    "All filters get the same gradient of the bias, the sum over everything: sum over images and places, for each filter alone.",
    ("dy.sum(axis=1)", "dy.sum()"),
)
misconception(
    "convolution.Conv2d",
    "input-gradient-averaged",
    "The gradient of x is divided by the number of images: the loss has done that already.",
    ("return dpadded[:, :, top:bottom, left:right]", "return dpadded[:, :, top:bottom, left:right] / num_images"),
)
misconception(
    "convolution.Conv2d",
    "weight-gradient-overwritten",
    "backward replaces the gradient of the weights: it adds to it, with +=, since a layer may be used twice before a step.",
    ("self.weight.grad += ", "self.weight.grad = "),
)
misconception(
    "convolution.Conv2d",
    "bias-gradient-overwritten",
    "backward replaces the gradient of the biases: it adds to it, with +=, since a layer may be used twice before a step.",
    ("self.bias.grad += ", "self.bias.grad = "),
)
misconception(
    "convolution.Conv2d",
    "channels-and-images-swapped",
    "The result comes as (F, N, H', W'): filters before images. Swap the first two axes back.",
    ("num_images).transpose(3, 0, 1, 2)", "num_images).transpose(0, 3, 1, 2)"),
)
misconception(
    "convolution.Conv2d",
    "reshaped-instead-of-transposed",
    "reshape cannot swap axes: it only cuts the same row of numbers anew, so images and filters get mixed. First the axes in the "
    "order in which the numbers lie, then transpose.",
    (
        "y.reshape(num_filters, height, width, num_images).transpose(3, 0, 1, 2)",
        "y.reshape(num_images, num_filters, height, width)",
    ),
)
misconception(
    "convolution.Conv2d",
    "gradient-reshaped-instead-of-transposed",
    "In backward, reshape is used to swap images and filters of the gradient: it mixes their numbers. Transpose first, then "
    "reshape.",
    ("gradient.transpose(1, 2, 3, 0).reshape(num_filters, -1)", "gradient.reshape(num_filters, -1)"),
)
misconception(
    "convolution.Conv2d",
    "height-and-width-swapped",
    "Height and width are swapped in the result: the third axis is the height.",
    ("y.reshape(num_filters, height, width, num_images)", "y.reshape(num_filters, width, height, num_images)"),
)
misconception(
    "convolution.Conv2d",
    "first-forward-kept",
    "The windows of the first forward pass are kept for ever: backward belongs to the last one.",
    (
        "        self.columns = windows.transpose(1, 4, 5, 2, 3, 0).reshape(self.weight.value[0].size, -1)  # a window a column\n"
        "        y = self.weight.value.reshape(num_filters, -1) @ self.columns",
        "        columns = windows.transpose(1, 4, 5, 2, 3, 0).reshape(self.weight.value[0].size, -1)\n"
        '        self.columns = getattr(self, "columns", columns)\n'
        "        y = self.weight.value.reshape(num_filters, -1) @ columns",
    ),
)
misconception(
    "convolution.Conv2d",
    "state-on-the-class",
    "What backward needs is kept on the class, so all layers share it: keep it on self.",
    ("self.columns = windows", "Conv2d.columns = windows"),
)
misconception(
    "convolution.Conv2d",
    "float64-in-forward",
    "np.zeros(shape) is float64, and so is everything computed from it: pad with the dtype of x, float32 stays float32.",
    (f"padded = {PAD}", f"padded = np.zeros({PAD}.shape)\n        padded += {PAD}"),
)
misconception(
    "convolution.Conv2d",
    "float64-in-backward",
    "A float64 array slips into backward, and the gradients of a float32 layer become float64: np.zeros and np.ones need a dtype.",
    ("dcolumns = self.weight.value.reshape(num_filters, -1).T @ dy",
     "dcolumns = self.weight.value.reshape(num_filters, -1).T @ dy + np.zeros((1, dy.shape[1]))"),
)  # fmt: skip
misconception(
    "convolution.Conv2d",
    "x-changed-by-padding",
    "You set the outer pixels of the image itself to zero, in the caller's array: the padding goes around the image, in a new one.",
    (
        f"        padded = {PAD}\n",
        "        x[:, :, :pad_height] = x[:, :, x.shape[2] - pad_height :] = 0\n"
        "        x[:, :, :, :pad_width] = x[:, :, :, x.shape[3] - pad_width :] = 0\n"
        f"        padded = {PAD}\n",
    ),
)
misconception(
    "convolution.Conv2d",
    "gradient-changed",
    "backward works in the gradient that it was given: other layers may still need that array, so make a new one.",
    (
        "        dy = gradient.transpose(1, 2, 3, 0).reshape(num_filters, -1)\n",
        "        dy = gradient.transpose(1, 2, 3, 0).reshape(num_filters, -1).copy()\n        gradient *= 0\n",
    ),
)
misconception(
    "convolution.Conv2d",
    "floors",
    "A window that does not fit is rounded away silently: ask conv_output_size, which raises a ValueError.",
    ("            conv_output_size(*axes)", "            pass"),
)
misconception(
    "convolution.Conv2d",
    "a-loop-over-images",
    "You convolve one image after the other in a Python loop: all windows of all images fit into one matrix.",
    (
        "        y = self.weight.value.reshape(num_filters, -1) @ self.columns + self.bias.value[:, np.newaxis]\n"
        "        return y.reshape(num_filters, height, width, num_images).transpose(3, 0, 1, 2)",
        "        images = []\n"
        "        for image in windows:\n"
        "            columns = image.transpose(0, 3, 4, 1, 2).reshape(self.weight.value[0].size, -1)\n"
        "            y = self.weight.value.reshape(num_filters, -1) @ columns + self.bias.value[:, np.newaxis]\n"
        "            images.append(y.reshape(num_filters, height, width))\n"
        "        return np.stack(images)",
    ),
)

# ----------------------------------------------------------------------------------------------------------- pooling

ROUTE = "dplaces = (places == self.winners) * gradient.transpose(1, 2, 3, 0)"
misconception(
    "convolution.MaxPool2d",
    "gradient-to-every-tie",
    "Where several numbers of a window are the largest, all of them get the gradient, so it is counted several times: it goes to "
    "one of them. After a ReLU, whole windows of zeros are common.",
    ("x.shape, places.argmax(axis=0)", "x.shape, places == places.max(axis=0)"),
    (ROUTE, "dplaces = (places >= 0) * self.winners * gradient.transpose(1, 2, 3, 0)"),
)  # fmt: skip
misconception(
    "convolution.MaxPool2d",
    "gradient-shared-by-ties",
    "Where several numbers of a window are the largest, you divide the gradient among them: it goes to one of them whole, as in "
    "PyTorch.",
    ("x.shape, places.argmax(axis=0)", "x.shape, places == places.max(axis=0)"),
    (
        ROUTE,
        "dplaces = (places >= 0) * self.winners * gradient.transpose(1, 2, 3, 0) / self.winners.sum(axis=0).astype(gradient.dtype)",
    ),
)  # fmt: skip
misconception(
    "convolution.MaxPool2d",
    "zeros-lose",
    "A window of zeros passes no gradient on, as if a largest number of 0 had not won: mark the winner by its place, not by x > 0.",
    (
        "self.input_shape, self.winners = x.shape, places.argmax(axis=0)",
        "self.input_shape, self.winners = x.shape, np.where(places.any(axis=0), places.argmax(axis=0), -1)",
    ),
)
misconception(
    "convolution.MaxPool2d",
    "overlaps-overwritten",
    "Where windows overlap, a pixel keeps the gradient of the last one that it won: it gets those of all of them, so add.",
    (
        "        return add_windows(dwindows, self.input_shape, self.stride)",
        "        dx = np.zeros(self.input_shape, gradient.dtype)\n"
        "        for n, c, i, j, p, q in np.argwhere(dwindows):\n"
        "            dx[n, c, i * self.stride[0] + p, j * self.stride[1] + q] = dwindows[n, c, i, j, p, q]\n"
        "        return dx",
    ),
)
misconception(
    "convolution.MaxPool2d",
    "rounds-up",
    "You add windows that stick out at the bottom and on the right: they are left out.",
    (
        "windows = sliding_windows(x, self.kernel_size, self.stride)",
        "more = [(0, -(side - k) % s) for side, k, s in zip(x.shape[2:], self.kernel_size, self.stride, strict=True)]\n"
        "        x = np.pad(x, ((0, 0), (0, 0), *more), constant_values=-np.inf)\n"
        "        windows = sliding_windows(x, self.kernel_size, self.stride)",
    ),
)
misconception(
    "convolution.MaxPool2d",
    "largest-size",
    "You look for the largest absolute value: a number far below 0 is small.",
    ("places.argmax(axis=0)", "abs(places).argmax(axis=0)"),
    ("places.max(axis=0)", "np.take_along_axis(places, abs(places).argmax(axis=0)[np.newaxis], axis=0)[0]"),
)
misconception(
    "convolution.MaxPool2d",
    "gradient-to-all",
    "Every number of a window gets the gradient: only the largest one decided, so only it gets any.",
    (ROUTE, "dplaces = (places >= 0) * gradient.transpose(1, 2, 3, 0)"),
)
misconception(
    "convolution.MaxPool2d",
    "smallest",
    "You keep the smallest number of each window.",
    ("places.argmax(axis=0)", "places.argmin(axis=0)"),
    ("places.max(axis=0)", "places.min(axis=0)"),
)
misconception(
    "convolution.MaxPool2d",
    "starts-at-zero",
    "The search for the largest number starts at 0, so a window of negative numbers gives 0: start with the window's own numbers.",
    ("return places.max(axis=0)", "return np.maximum(places.max(axis=0), 0)"),
)
misconception(
    "convolution.MaxPool2d",
    "stride-ignored",
    "The windows are always as far apart as they are large: use self.stride, which may be smaller or larger.",
    ("sliding_windows(x, self.kernel_size, self.stride)", "sliding_windows(x, self.kernel_size, self.kernel_size)"),
    ("add_windows(dwindows, self.input_shape, self.stride)", "add_windows(dwindows, self.input_shape, self.kernel_size)"),
)
misconception(
    "convolution.MaxPool2d",
    "stride-ignored-in-backward",
    "The stride is ignored in the backward pass: pass it to add_windows.",
    ("add_windows(dwindows, self.input_shape, self.stride)", "add_windows(dwindows, self.input_shape)"),
)
misconception(
    "convolution.MaxPool2d",
    "left-over-cut-off",
    "The gradient lacks the rows and columns that filled no window: it has the shape of x, with 0 there.",
    (
        "        return add_windows(dwindows, self.input_shape, self.stride)",
        "        (down, right), (rows, columns) = self.stride, gradient.shape[2:]\n"
        "        return add_windows(dwindows, self.input_shape, self.stride)[:, :, : down * rows, : right * columns]",
    ),
)
misconception(
    "convolution.MaxPool2d",
    "places-on-their-side",
    "In backward, height and width of the window are swapped: places were flattened row by row, so unflatten them to (height, "
    "width).",
    ("dplaces.reshape(*self.kernel_size, *dplaces.shape[1:]).transpose(5, 2, 3, 4, 0, 1)",
     "dplaces.reshape(*self.kernel_size[::-1], *dplaces.shape[1:]).transpose(5, 2, 3, 4, 1, 0)"),
)  # fmt: skip
misconception(
    "convolution.MaxPool2d",
    "float64",
    "The gradient becomes float64: multiply with a mask of bool or of the gradient's own dtype.",
    (ROUTE, "dplaces = (places == self.winners).astype(float) * gradient.transpose(1, 2, 3, 0)"),
)
misconception(
    "convolution.MaxPool2d",
    "over-channels",
    "You take the maximum over the channels too: each channel is pooled on its own.",
    (
        "windows = sliding_windows(x, self.kernel_size, self.stride)",
        "windows = sliding_windows(np.zeros_like(x) + x.max(axis=1, keepdims=True), self.kernel_size, self.stride)",
    ),
)

misconception(
    "convolution.AvgPool2d",
    "sum-not-mean",
    "The forward pass sums each window: divide by the number of its pixels.",
    (".mean(axis=(4, 5))", ".sum(axis=(4, 5))"),
)
misconception(
    "convolution.AvgPool2d",
    "gradient-not-divided",
    "Every pixel of a window gets the whole gradient: in a mean of k² numbers each has a share of 1/k².",
    (" / (kernel_height * kernel_width)", ""),
)
misconception(
    "convolution.AvgPool2d",
    "divided-by-the-stride",
    "The gradient is divided by the stride's area: a mean divides by the number of pixels in a window, however far apart windows "
    "are.",
    ("(kernel_height * kernel_width)", "(self.stride[0] * self.stride[1])"),
)
misconception(
    "convolution.AvgPool2d",
    "divided-by-the-windows",
    "The gradient is divided by the number of windows: each number of a window has a share of 1 / (its number of pixels).",
    ("(kernel_height * kernel_width)", "(gradient.shape[2] * gradient.shape[3])"),
)
misconception(
    "convolution.AvgPool2d",
    "divided-by-k",
    "The gradient is divided by the window's height alone: a window has height · width pixels.",
    ("(kernel_height * kernel_width)", "kernel_height"),
)
misconception(
    "convolution.AvgPool2d",
    "square-window",
    "You divide by the height squared: a window can be wider than high.",
    ("(kernel_height * kernel_width)", "(kernel_height * kernel_height)"),
)
misconception(
    "convolution.AvgPool2d",
    "gradient-to-one",
    "The gradient goes to one pixel of each window, as in max pooling: in a mean, all of them take part.",
    (
        "dwindows = np.broadcast_to(share, (*gradient.shape, *self.kernel_size))",
        "dwindows = np.zeros((*gradient.shape, *self.kernel_size), gradient.dtype)\n"
        "        dwindows[..., 0, 0] = gradient",
    ),
)
misconception(
    "convolution.AvgPool2d",
    "stride-ignored",
    "The windows are always as far apart as they are large: use self.stride, which may be smaller or larger.",
    ("sliding_windows(x, self.kernel_size, self.stride)", "sliding_windows(x, self.kernel_size, self.kernel_size)"),
    ("add_windows(dwindows, self.input_shape, self.stride)", "add_windows(dwindows, self.input_shape, self.kernel_size)"),
)
misconception(
    "convolution.AvgPool2d",
    "stride-ignored-in-backward",
    "The stride is ignored in the backward pass: pass it to add_windows.",
    ("add_windows(dwindows, self.input_shape, self.stride)", "add_windows(dwindows, self.input_shape)"),
)
misconception(
    "convolution.AvgPool2d",
    "float64",
    "Dividing by NumPy's integers makes float32 into float64 (in NumPy 2, np.prod(kernel_size) is enough): divide by a Python "
    "number.",
    ("(kernel_height * kernel_width)", "np.array([kernel_height * kernel_width])"),
)
misconception(
    "convolution.AvgPool2d",
    "gradient-changed",
    "gradient /= … changes the array that was handed to you: other layers may still need it. Make a new one.",
    (
        "share = gradient[..., np.newaxis, np.newaxis] / (kernel_height * kernel_width)",
        "gradient /= kernel_height * kernel_width\n        share = gradient[..., np.newaxis, np.newaxis]",
    ),
)

# --------------------------------------------------------------------------------------------------- receptive field

misconception(
    "convolution.receptive_field",
    "sum-of-the-windows",
    "You add up the sizes of the windows: neighbouring windows overlap, so each layer adds its size minus 1.",
    ("size += (kernel_size - 1) * step", "size += kernel_size * step"),
    ("size, step = 1, 1", "size, step = 0, 1"),
)
misconception(
    "convolution.receptive_field",
    "product-of-the-windows",
    "You multiply the sizes of the windows: neighbouring windows overlap, so each layer *adds* its size minus 1, in steps.",
    ("size += (kernel_size - 1) * step", "size *= kernel_size"),
)
misconception(
    "convolution.receptive_field",
    "whole-windows",
    "Each layer adds its size minus 1, in steps: one place of the window is where the field already was.",
    ("size += (kernel_size - 1) * step", "size += kernel_size * step"),
)
misconception(
    "convolution.receptive_field",
    "from-the-wrong-end",
    "size = (size - 1) * stride + kernel_size is right if you walk from the last layer to the image: you walk the other way.",
    (
        "        size += (kernel_size - 1) * step\n        step *= stride\n",
        "        size = (size - 1) * stride + kernel_size\n",
    ),
)
misconception(
    "convolution.receptive_field",
    "strides-ignored",
    "Strides are ignored: after a layer of stride 2, a step in the map is worth two pixels of the image.",
    ("        step *= stride\n", ""),
)
misconception(
    "convolution.receptive_field",
    "own-stride-first",
    "A layer's own stride is counted into its own window: it makes only the layers after it wider. First the size, then the step.",
    (
        "        size += (kernel_size - 1) * step\n        step *= stride\n",
        "        step *= stride\n        size += (kernel_size - 1) * step\n",
    ),
)
misconception(
    "convolution.receptive_field",
    "last-stride-only",
    "Only the stride of the layer just before is counted: the steps of all layers before it multiply.",
    ("step *= stride", "step = stride"),
)
misconception(
    "convolution.receptive_field",
    "strides-added",
    "You add the strides: they multiply. After two layers of stride 2, a step is worth four pixels.",
    ("step *= stride", "step += stride - 1"),
)
misconception(
    "convolution.receptive_field",
    "starts-at-zero",
    "You start at 0: without any layer a number sees one pixel, itself.",
    ("size, step = 1, 1", "size, step = 0, 1"),
)
