"""The layers of five famous networks, as tables: data for `convnets.count_parameters` and `count_multiply_adds`.

Each network is a list of dicts, one for each layer that learns something, in the order of the computation:

    {"kind": "conv", "in_channels": …, "out_channels": …, "kernel_size": …, "output_size": …, "bias": …}
    {"kind": "norm", "channels": …}            batch normalization
    {"kind": "linear", "in_features": …, "out_features": …}

`in_channels` is the number of channels that one filter looks at: AlexNet splits some layers over two GPUs, and there a filter sees
half of the channels. `output_size` is the height and width of the output; networks round down where a window does not fit.

`PUBLISHED` holds what papers say about size and cost.
"""


def conv(in_channels, out_channels, kernel_size, output_size, bias=True):
    return {
        "kind": "conv",
        "in_channels": in_channels,
        "out_channels": out_channels,
        "kernel_size": kernel_size,
        "output_size": output_size,
        "bias": bias,
    }


def norm(channels):
    return {"kind": "norm", "channels": channels}


def linear(in_features, out_features):
    return {"kind": "linear", "in_features": in_features, "out_features": out_features}


def lenet5():
    """The course's LeNet-5, for 28×28 grey images. (In the paper's, not every filter of the second layer sees every map.)"""
    return [conv(1, 6, 5, 28), conv(6, 16, 5, 10), linear(400, 120), linear(120, 84), linear(84, 10)]


def alexnet():
    """Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks" (2012)."""
    return [
        conv(3, 96, 11, 55),
        conv(48, 256, 5, 27),
        conv(256, 384, 3, 13),
        conv(192, 384, 3, 13),
        conv(192, 256, 3, 13),
        linear(256 * 6 * 6, 4096),
        linear(4096, 4096),
        linear(4096, 1000),
    ]


def vgg16():
    """Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2015), configuration D."""
    layers, channels, size = [], 3, 224
    for depth, filters in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        for _ in range(depth):
            layers.append(conv(channels, filters, 3, size))
            channels = filters
        size //= 2  # a max pooling
    return [*layers, linear(512 * 7 * 7, 4096), linear(4096, 4096), linear(4096, 1000)]


# Table 1 of the GoogLeNet paper: channels in, size of the maps, then the numbers of filters: 1×1; 1×1 before 3×3, 3×3;
# 1×1 before 5×5, 5×5; 1×1 after the pooling.
INCEPTIONS = (
    (192, 28, 64, 96, 128, 16, 32, 32),
    (256, 28, 128, 128, 192, 32, 96, 64),
    (480, 14, 192, 96, 208, 16, 48, 64),
    (512, 14, 160, 112, 224, 24, 64, 64),
    (512, 14, 128, 128, 256, 24, 64, 64),
    (512, 14, 112, 144, 288, 32, 64, 64),
    (528, 14, 256, 160, 320, 32, 128, 128),
    (832, 7, 256, 160, 320, 32, 128, 128),
    (832, 7, 384, 192, 384, 48, 128, 128),
)


def googlenet():
    """Szegedy and others, "Going deeper with convolutions" (2015), without the two classifiers that help only in training."""
    layers = [conv(3, 64, 7, 112), conv(64, 64, 1, 56), conv(64, 192, 3, 56)]
    for channels, size, one, before_three, three, before_five, five, after_pool in INCEPTIONS:
        layers += [
            conv(channels, one, 1, size),
            conv(channels, before_three, 1, size),
            conv(before_three, three, 3, size),
            conv(channels, before_five, 1, size),
            conv(before_five, five, 5, size),
            conv(channels, after_pool, 1, size),
        ]
    return [*layers, linear(1024, 1000)]


def resnet50():
    """He and others, "Deep residual learning for image recognition" (2016), table 1."""

    def normalized(in_channels, out_channels, kernel_size, output_size):  # the normalization's shift makes a bias useless
        return [conv(in_channels, out_channels, kernel_size, output_size, bias=False), norm(out_channels)]

    layers, channels = normalized(3, 64, 7, 112), 64
    for blocks, width, size in ((3, 64, 56), (4, 128, 28), (6, 256, 14), (3, 512, 7)):
        for block in range(blocks):
            if block == 0:  # the shortcut has to change the number of channels too
                layers += normalized(channels, 4 * width, 1, size)
            layers += normalized(channels, width, 1, size)
            layers += normalized(width, width, 3, size)
            layers += normalized(width, 4 * width, 1, size)
            channels = 4 * width
    return [*layers, linear(2048, 1000)]


NETWORKS = {"LeNet-5": lenet5, "AlexNet": alexnet, "VGG-16": vgg16, "GoogLeNet": googlenet, "ResNet-50": resnet50}

# What has been published: parameters and multiply-adds, as precisely as the source gives them. [Sze]: V. Sze and others, "Efficient
# processing of deep neural networks: a tutorial and survey" (2017), section III.
PUBLISHED = {
    "LeNet-5": (60_000, 340_908),  # its paper, section II.B: "connections", to biases and in its poolings too
    "AlexNet": (60e6, 724e6),  # its paper, abstract; [Sze]
    "VGG-16": (138e6, 15.5e9),  # its paper, table 2; [Sze]
    "GoogLeNet": (7e6, 1.5e9),  # [Sze], table II; its paper, section 1: the budget it was designed for
    "ResNet-50": (25.6e6, 3.8e9),  # torchvision's documentation; its paper, table 1
}
