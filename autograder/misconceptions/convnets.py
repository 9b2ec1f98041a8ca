"""Plausible mistakes in Part V: convolutional networks."""

from autograder.misconceptions import misconception

misconception(
    "convnets.lenet5",
    "no-padding",
    "The first convolution has no padding, so the maps shrink to 4×4 and the first Linear gets 256 numbers: with padding 2 they "
    "are 16 maps of 5×5, 400 numbers, as in the paper (whose images were 32×32).",
    ("Conv2d(1, 6, 5, padding=2, rng=rng", "Conv2d(1, 6, 5, rng=rng"),
    ("Linear(400, 120", "Linear(256, 120"),
)
misconception(
    "convnets.lenet5",
    "relu-at-the-end",
    "There is a ReLU after the last Linear: scores may be negative, and the loss wants them as they are.",
    ("        Linear(84, num_classes, rng, dtype),\n", "        Linear(84, num_classes, rng, dtype),\n        ReLU(),\n"),
)
misconception(
    "convnets.lenet5",
    "no-relu-between-linear-layers",
    "Between two Linear layers a ReLU is missing: without it the two are no more than one.",
    ("        Linear(400, 120, rng, dtype),\n        ReLU(),\n", "        Linear(400, 120, rng, dtype),\n"),
)
misconception(
    "convnets.lenet5",
    "no-relu-after-a-convolution",
    "After the second convolution the ReLU is missing.",
    (
        "        Conv2d(6, 16, 5, rng=rng, dtype=dtype),\n        ReLU(),\n",
        "        Conv2d(6, 16, 5, rng=rng, dtype=dtype),\n",
    ),
)
misconception(
    "convnets.lenet5",
    "always-ten-classes",
    "The network always has ten scores: use num_classes.",
    ("num_classes, rng, dtype)", "10, rng, dtype)"),
)
misconception(
    "convnets.lenet5",
    "padding-in-both",
    "The second convolution is padded too, so its maps stay 14×14 and 784 numbers are left: it has no padding, 16 maps of 5×5, 400 "
    "numbers.",
    ("Conv2d(6, 16, 5, rng=rng", "Conv2d(6, 16, 5, padding=2, rng=rng"),
    ("Linear(400, 120", "Linear(784, 120"),
)
misconception(
    "convnets.lenet5",
    "windows-of-three",
    "The windows of the second block are 3×3 with padding 0, and its maps 6×6: LeNet-5 has 5×5.",
    ("Conv2d(6, 16, 5,", "Conv2d(6, 16, 3,"),
    ("Linear(400, 120", "Linear(576, 120"),
)
misconception(
    "convnets.lenet5",
    "dtype-ignored",
    "The dtype is not passed on to all layers: float64 and float32 meet, and a numerical gradient cannot be computed.",
    ("Linear(120, 84, rng, dtype)", "Linear(120, 84, rng)"),
)
misconception(
    "convnets.lenet5",
    "same-random-numbers",
    "A layer makes random numbers of its own: pass rng to every layer, so that a seed decides everything.",
    ("Conv2d(6, 16, 5, rng=rng,", "Conv2d(6, 16, 5, rng=np.random.default_rng(0),"),
)

misconception(
    "convnets.small_convnet",
    "channels-not-updated",
    "Every block is made for images of 3 channels: after a block there are as many channels as it has filters.",
    ("        channels = num_filters\n", ""),
)
misconception(
    "convnets.small_convnet",
    "no-padding",
    "The convolutions have no padding, so each takes 2 pixels of height and width away: padding=1 keeps the size.",
    ("3, padding=1, rng=rng", "3, rng=rng"),
    ("        channels = num_filters\n", "        channels = num_filters\n        image_size = (image_size - 2) // 2\n"),
    ("side = image_size // 2 ** len(filters)", "side = image_size"),
)
misconception(
    "convnets.small_convnet",
    "one-pooling",
    "There is a pooling only after the last block: each block has its own, and halves the image.",
    (", ReLU(), MaxPool2d(2)]", ", ReLU()]"),
    ("Sequential(*layers, Flatten(),", "Sequential(*layers, MaxPool2d(2 ** len(filters)), Flatten(),"),
)
misconception(
    "convnets.small_convnet",
    "no-relu",
    "The ReLUs are missing: without them, convolutions one after the other are one convolution.",
    (", ReLU(), MaxPool2d(2)]", ", MaxPool2d(2)]"),
)
misconception(
    "convnets.small_convnet",
    "pooled-side-counted-once",
    "The last layer is made for an image that was halved once: every block halves it.",
    ("side = image_size // 2 ** len(filters)", "side = image_size // 2"),
)
misconception(
    "convnets.small_convnet",
    "halvings-added",
    "Two for each block, added up: three blocks divide the side by 2 · 2 · 2 = 8, not by 2 + 2 + 2.",
    ("side = image_size // 2 ** len(filters)", "side = image_size // (2 * len(filters))"),
)
misconception(
    "convnets.small_convnet",
    "side-counted-once",
    "Flatten gives channels · height · width numbers, and you count one direction only: channels * side * side.",
    ("Linear(channels * side * side,", "Linear(channels * side,"),
)
misconception(
    "convnets.small_convnet",
    "filters-ignored",
    "The blocks always have 32, 64 and 64 filters: use the argument.",
    ("    layers, channels = [], 3\n", "    layers, channels = [], 3\n    filters = (32, 64, 64)\n"),
)
misconception(
    "convnets.small_convnet",
    "dtype-ignored",
    "The dtype is not passed on to the convolutions: float64 and float32 meet, and a numerical gradient cannot be computed.",
    ("rng=rng, dtype=dtype)", "rng=rng)"),
)
misconception(
    "convnets.small_convnet",
    "a-list-as-a-layer",
    "Sequential gets a list where it expects layers: spread it with a star, Sequential(*layers, …).",
    ("Sequential(*layers, Flatten()", "Sequential(layers, Flatten()"),
)
misconception(
    "convnets.small_convnet",
    "grey-images",
    "The first block is made for images of one channel: colour images have 3.",
    ("layers, channels = [], 3", "layers, channels = [], 1"),
)
misconception(
    "convnets.small_convnet",
    "same-random-numbers",
    "Convolutions make random numbers of their own: pass rng to every layer, so that a seed decides everything.",
    ("padding=1, rng=rng,", "padding=1, rng=np.random.default_rng(0),"),
)
misconception(
    "convnets.small_convnet",
    "relu-at-the-end",
    "There is a ReLU after the Linear: scores may be negative, and the loss wants them as they are.",
    ("num_classes, rng, dtype))", "num_classes, rng, dtype), ReLU())"),
)

misconception(
    "convnets.count_parameters",
    "biases-that-are-not-there",
    "You count biases where a layer has none: look at layer[\"bias\"].",
    ('            count -= 0 if layer["bias"] else layer["out_channels"]\n', ""),
)
misconception(
    "convnets.count_parameters",
    "normalization-forgotten",
    "The normalizations are missing: each learns a scale and a shift for every channel.",
    ('count += 2 * layer["channels"]', "pass"),
)
misconception(
    "convnets.count_parameters",
    "one-number-a-channel",
    "A normalization learns two numbers for each channel, a scale and a shift; you count one.",
    ('count += 2 * layer["channels"]', 'count += layer["channels"]'),
)
misconception(
    "convnets.count_parameters",
    "linear-without-biases",
    "The biases of the linear layers are missing: one for each output.",
    ('(layer["in_features"] + 1)', 'layer["in_features"]'),
)
misconception(
    "convnets.count_parameters",
    "linear-bias-for-inputs",
    "You count a bias for each input of a linear layer: each *output* has one.",
    ('(layer["in_features"] + 1) * layer["out_features"]', 'layer["in_features"] * (layer["out_features"] + 1)'),
)
misconception(
    "convnets.count_parameters",
    "weights-for-every-place",
    "You count the weights of a convolution once for each place of its output: they are shared by all places, which is the point.",
    (
        'layer["out_channels"], layer["kernel_size"])',
        'layer["out_channels"], layer["kernel_size"]) * layer["output_size"] ** 2',
    ),
)
misconception(
    "convnets.count_parameters",
    "window-in-one-direction",
    "A window has kernel_size² weights in each channel, not kernel_size.",
    ('layer["out_channels"], layer["kernel_size"])', 'layer["out_channels"], (1, layer["kernel_size"]))'),
)
misconception(
    "convnets.count_parameters",
    "last-layer-only",
    "Only the last layer is counted: add up, with +=.",
    ("    for layer in layers:\n", "    for layer in layers:\n        count = 0\n"),
)

misconception(
    "convnets.count_multiply_adds",
    "one-direction",
    "You count the places along one direction only: the output has output_size² places.",
    ('layer["output_size"] ** 2', 'layer["output_size"]'),
)
misconception(
    "convnets.count_multiply_adds",
    "window-in-one-direction",
    "A window has kernel_size² pixels in each channel, not kernel_size.",
    ('layer["kernel_size"] ** 2', 'layer["kernel_size"]'),
)
misconception(
    "convnets.count_multiply_adds",
    "parameters-counted",
    "These are the weights: each of them is used once for every place of the output.",
    ('layer["out_channels"] * layer["output_size"] ** 2', 'layer["out_channels"]'),
)
misconception(
    "convnets.count_multiply_adds",
    "one-filter",
    "You count one filter: there are out_channels of them.",
    ('layer["out_channels"] * layer["output_size"] ** 2', 'layer["output_size"] ** 2'),
)
misconception(
    "convnets.count_multiply_adds",
    "biases-counted",
    "Biases are additions without a multiplication: they are not counted.",
    ('layer["in_channels"] * layer["kernel_size"] ** 2', '(layer["in_channels"] * layer["kernel_size"] ** 2 + layer["bias"])'),
)
misconception(
    "convnets.count_multiply_adds",
    "operations-counted-twice",
    "You count a multiplication and an addition as two: a multiply-add is one, as in the papers.",
    ("    return count\n", "    return 2 * count\n"),
)
misconception(
    "convnets.count_multiply_adds",
    "filters-are-flat",
    "Your filters look at one channel: each dot product runs over all in_channels of them.",
    ('numbers * layer["in_channels"] * layer', "numbers * layer"),
)
misconception(
    "convnets.count_multiply_adds",
    "linear-biases-counted",
    "Biases are additions without a multiplication: a linear layer has in_features · out_features products.",
    ('layer["in_features"] * layer["out_features"]', '(layer["in_features"] + 1) * layer["out_features"]'),
)
misconception(
    "convnets.count_multiply_adds",
    "linear-forgotten",
    "The linear layers are missing: in_features · out_features.",
    ('count += layer["in_features"] * layer["out_features"]', "pass"),
)
