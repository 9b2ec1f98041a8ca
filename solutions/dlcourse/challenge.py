"""The final challenge: the best network for shapes that ten minutes on two cores can train.

Lecture, Parts V and VI. Three functions are yours, and free: `build` makes the network, `prepare` makes its input, `predict`
uses both. `take_weights` and `put_weights` are given. What you hand in is this file, the modules it imports, and the weights
in `challenge.npz` beside it. For grading, all of it runs as in `predict`, with your own layers.
"""

from types import SimpleNamespace

import numpy as np

from dlcourse.convolution import AvgPool2d, Conv2d, MaxPool2d
from dlcourse.layers import Flatten, Linear, ReLU, Sequential
from dlcourse.normalization import BatchNorm2d

NICKNAME = ""  # for the leaderboard, which the class may see; "" is shown as anonymous

OWN = SimpleNamespace(
    Conv2d=Conv2d, BatchNorm2d=BatchNorm2d, ReLU=ReLU, MaxPool2d=MaxPool2d, AvgPool2d=AvgPool2d, Flatten=Flatten, Linear=Linear
)


def build(rng, kit=OWN):
    """Return a new, untrained network.

    Args:
        rng: np.random.Generator for the initial weights.
        kit: where the layers come from: your own, or `dlcourse.toolkit.fast`, whose layers have the same names, arguments and
            results and train in less time. Say `kit.Conv2d(...)` in place of `Conv2d(...)`.

    Returns:
        layer, which takes what `prepare` returns and gives scores (N, 10).
    """
    ### BEGIN SOLUTION
    layers, channels = [], 3
    for filters in (24, 48, 96):
        layers += [kit.Conv2d(channels, filters, 3, padding=1, rng=rng), kit.MaxPool2d(2), kit.BatchNorm2d(filters), kit.ReLU()]
        channels = filters
    layers += [kit.Conv2d(96, 96, 3, padding=1, rng=rng), kit.BatchNorm2d(96), kit.ReLU(), kit.AvgPool2d(4)]
    return Sequential(*layers, kit.Flatten(), kit.Linear(96, 10, rng))
    ### END SOLUTION


def prepare(images):
    """Return images as the network wants them, in training and in prediction alike.

    Args:
        images: (N, 32, 32, 3) uint8 array.

    Returns:
        float32 array, such as (N, 3, 32, 32) with numbers around zero.
    """
    ### BEGIN SOLUTION
    return ((images.astype(np.float32) - 128) / 64).transpose(0, 3, 1, 2)
    ### END SOLUTION


def predict(weights, images):
    """Return the labels that the trained network gives to images.

    Build the network, put the weights into it, and use it in evaluation mode. An image's label may depend on nothing but the
    weights and that image: the images come in batches of any size.

    Args:
        weights: dict of arrays, such as `take_weights` returned; stays as it is.
        images: (N, 32, 32, 3) uint8 array, N up to 100; stays as it is.

    Returns:
        (N,) integer array, from 0 to 9.
    """
    ### BEGIN SOLUTION
    model = build(np.random.default_rng(0))
    put_weights(model, weights)
    model.eval()
    scores = model.forward(prepare(images))
    return scores.argmax(axis=1)
    ### END SOLUTION


# Given: what a trained network is, as a dictionary of arrays.


def arrays_in(layer, path=""):
    """Yield (name, owner, attribute) of all that training changes: the values of Parameters, and running averages."""
    for name, found in vars(layer).items():
        if name.startswith("running_"):
            yield path + name, layer, name
        for i, each in enumerate(found if isinstance(found, list | tuple) else [found]):
            place = f"{path}{name}.{i}" if isinstance(found, list | tuple) else path + name
            if hasattr(each, "grad"):
                yield place, each, "value"
            elif hasattr(each, "forward"):
                yield from arrays_in(each, place + ".")


def take_weights(model, dtype=np.float32):
    """Return {name: array} of a model: copies, in this dtype. float16 makes half as large a file, and is precise enough."""
    return {name: getattr(owner, attribute).astype(dtype) for name, owner, attribute in arrays_in(model)}


def put_weights(model, weights):
    """Put arrays that `take_weights` returned into a model of the same build, by their names.

    Raises:
        ValueError: if names or shapes do not fit.
    """
    wanted = {name: (owner, attribute) for name, owner, attribute in arrays_in(model)}
    if wanted.keys() != weights.keys():
        name = sorted(wanted.keys() ^ weights.keys())[0]
        raise ValueError(f"{name} is only in the {'weights' if name in weights else 'network'}: they are those of another network")
    for name, (owner, attribute) in wanted.items():
        current = getattr(owner, attribute)
        if current.shape != weights[name].shape:
            raise ValueError(f"{name} has shape {weights[name].shape} in the weights and {current.shape} in the network")
        setattr(owner, attribute, weights[name].astype(current.dtype))
