"""Convolutional networks: two to build from your own layers, and how large the famous ones are.

Lecture, Part V.
"""

import numpy as np

from dlcourse.convolution import Conv2d, MaxPool2d, conv_num_parameters
from dlcourse.layers import Flatten, Linear, ReLU, Sequential


def lenet5(rng, num_classes=10, dtype=np.float32):
    """Return LeNet-5 for grey images of 28×28 pixels, with ReLU and max pooling in place of what one used in 1998.

        layer                                          output
        Conv2d, 6 filters of 5×5, padding 2; ReLU      6×28×28
        MaxPool2d of 2                                 6×14×14
        Conv2d, 16 filters of 5×5; ReLU                16×10×10
        MaxPool2d of 2                                 16×5×5
        Flatten                                        400
        Linear; ReLU                                   120
        Linear; ReLU                                   84
        Linear                                         num_classes

    It is one `Sequential` of these layers, in this order; a ReLU follows every convolution and every Linear but the last.

    Args:
        rng: np.random.Generator; passed to the layers in their order.
        num_classes: number of scores.
        dtype: of the parameters.

    Returns:
        Sequential, which takes (N, 1, 28, 28) and returns (N, num_classes); 61,706 parameters for ten classes.

    Source: LeCun and others, "Gradient-based learning applied to document recognition" (1998); lecture, Part V, "Events".
    """
    # YOUR CODE HERE
    raise NotImplementedError("convnets.lenet5 is not written yet")


def small_convnet(image_size, num_classes, rng, filters=(32, 64, 64), dtype=np.float32):
    """Return a small ConvNet for colour images: a block for each number of filters, then one linear layer.

    A block is a Conv2d of 3×3 with padding 1, which keeps the size of the image; a ReLU; and a MaxPool2d of 2, which halves
    it. After the last block come Flatten and Linear. All of it is one `Sequential` of these layers.

    Args:
        image_size: height and width of the images, divisible by 2 for each block.
        num_classes: number of scores.
        rng: np.random.Generator; passed to the layers in their order.
        filters: number of filters of each block.
        dtype: of the parameters.

    Returns:
        Sequential, which takes (N, 3, image_size, image_size) and returns (N, num_classes).

    Source: lecture, Part V, "ConvNet".
    """
    # YOUR CODE HERE
    raise NotImplementedError("convnets.small_convnet is not written yet")


def count_parameters(layers):
    """Return how many numbers a network learns, from the table of its layers.

    Args:
        layers: sequence of dicts, a layer each, as `dlcourse.toolkit.architectures` holds them. By "kind":

            "conv": in_channels (that one filter looks at), out_channels, kernel_size, output_size (height and width of the
                output, which is square), bias (True, or False where the layer has no biases).
            "norm": channels; batch normalization learns two numbers a channel, a scale and a shift.
            "linear": in_features, out_features; each output has one bias.

    Returns:
        int.

    Source: lecture, Part V, "Events"; `conv_num_parameters`.
    """
    # YOUR CODE HERE
    raise NotImplementedError("convnets.count_parameters is not written yet")


def count_multiply_adds(layers):
    """Return how many multiplications, each with an addition, one image costs.

    A convolution computes out_channels * output_size^2 numbers, each a dot product of in_channels * kernel_size^2 terms; a
    linear layer out_features dot products of in_features terms. Biases and normalization are not counted, as usual.

    Args:
        layers: as for `count_parameters`.

    Returns:
        int.

    Source: lecture, Part V, "Convolution": each output number is a dot product.
    """
    # YOUR CODE HERE
    raise NotImplementedError("convnets.count_multiply_adds is not written yet")
