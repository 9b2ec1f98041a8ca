"""What the experiments of Part V share: a network's twin of fast layers, images as layers want them, one call to train."""

import numpy as np

from dlcourse.layers import Sequential
from dlcourse.toolkit import fast
from dlcourse.toolkit.training import fit


def accelerated(model):
    """Return a Sequential of fast layers that computes what `model` computes and learns the *same* parameters.

    The Parameters are shared: what the twin learns, your network knows. Layers without a fast counterpart are shared as a whole.

    Args:
        model: Sequential of layers that you wrote, or of given ones.
    """
    rng = np.random.default_rng(0)  # the weights that it draws are replaced at once
    layers = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2d":
            filters, channels = layer.weight.value.shape[:2]
            twin = fast.Conv2d(channels, filters, layer.kernel_size, layer.stride, layer.padding, rng, input_gradient=bool(layers))
        elif kind == "Linear":
            outputs, inputs = layer.weight.value.shape
            twin = fast.Linear(inputs, outputs, rng)
        elif kind in ("MaxPool2d", "AvgPool2d"):
            twin = getattr(fast, kind)(layer.kernel_size, layer.stride)
        elif kind in ("ReLU", "Flatten"):
            twin = getattr(fast, kind)()
        else:
            twin = layer
        if kind in ("Conv2d", "Linear"):
            twin.weight, twin.bias = layer.weight, layer.bias
        layers.append(twin)
    return Sequential(*layers)


def as_input(images, mean=0.0):
    """Return images (N, H, W, C) of 0 to 255 as layers want them: float32 (N, C, H, W), less `mean`, divided by 128."""
    return np.ascontiguousarray(((images - np.float32(mean)) / np.float32(128)).transpose(0, 3, 1, 2))


def learn(model, loss, data, *, epochs, seed=0, learning_rate=0.002, batch_size=64, transform=None):
    """Train the twin of a network by Adam, the last quarter of the epochs at a fifth of the learning rate; return the History.

    Args:
        model, loss, data, batch_size, transform: as in `training.fit`; the model is a Sequential.
        epochs: how often to see every training image.
        seed: of the order of the images.
        learning_rate: Part VI says what Adam does with it.
    """
    twin = accelerated(model)
    return fit(
        twin,
        loss,
        data,
        fast.Adam(twin.parameters(), learning_rate),
        epochs=epochs,
        rng=np.random.default_rng(seed),
        batch_size=batch_size,
        transform=transform,
        schedule=lambda epoch: learning_rate if epoch < 0.75 * epochs else learning_rate / 5,
    )
