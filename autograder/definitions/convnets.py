"""Networks by their definitions: one block after the other, and the sizes of all arrays."""

import numpy as np

from dlcourse.convolution import convolution, pooled


def scores_of(x, values):
    """The definition: blocks of convolution, ReLU and max pooling, as many as there are filters; then layers of weights."""
    for weight, bias in zip(values[::2], values[1::2], strict=True):
        if weight.ndim == 4:
            padding = 2 if x.shape[1:] == (1, 28, 28) else 1 if weight.shape[2] == 3 else 0
            x = pooled(np.maximum(convolution(x, weight, bias, 1, padding), 0), 2, 2, "max")
        else:
            x = np.maximum(x, 0).reshape(len(x), -1) @ weight.T + bias  # the ReLU of the layer before; pooled ones are positive
    return x


def parameters_of(layer):
    """The definition: the sizes of all arrays."""
    if layer["kind"] == "conv":
        shape = layer["out_channels"], layer["in_channels"], layer["kernel_size"], layer["kernel_size"]
        return np.zeros(shape, bool).size + layer["bias"] * layer["out_channels"]
    if layer["kind"] == "norm":
        return np.zeros((2, layer["channels"]), bool).size
    return np.zeros((layer["out_features"], layer["in_features"] + 1), bool).size


def multiply_adds_of(layer):
    """The definition: every weight is used once for each place of the output."""
    if layer["kind"] == "conv":
        return parameters_of(layer | {"bias": False}) * layer["output_size"] * layer["output_size"]
    return layer["in_features"] * layer["out_features"] if layer["kind"] == "linear" else 0


def counted(what, layers):
    """The sum over all layers; `what` is "count_parameters" or "count_multiply_adds"."""
    return sum({"count_parameters": parameters_of, "count_multiply_adds": multiply_adds_of}[what](layer) for layer in layers)
