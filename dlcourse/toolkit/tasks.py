"""What the experiments of Part V share: a network's twin of fast layers, images as layers want them, one call to train."""

import numpy as np

from dlcourse.layers import CrossEntropyLoss, Sequential
from dlcourse.toolkit import fast
from dlcourse.toolkit.training import fit
from dlcourse.vision import MSELoss


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


def moved(images, rng):
    """Return each image (N, C, H, W) moved by up to two pixels in each direction; zeros move in."""
    padded = np.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2)))
    height, width = images.shape[2:]
    corners = rng.integers(0, 5, (len(images), 2))
    pairs = zip(padded, corners, strict=True)
    return np.stack([image[:, row : row + height, column : column + width] for image, (row, column) in pairs])


def mirrored(images, rng):
    """Return the images (N, C, H, W), half of them, chosen at random, mirrored from left to right."""
    images = images.copy()
    chosen = rng.random(len(images)) < 0.5
    images[chosen] = images[chosen][..., ::-1]
    return images


def learn(model, loss, data, *, epochs, seed=0, learning_rate=0.002, batch_size=64, transform=None, progress=True):
    """Train the twin of a network by Adam, the last quarter of the epochs at a fifth of the learning rate; return the History.

    Args:
        model, loss, data, batch_size, transform, progress: as in `training.fit`; the model is a Sequential.
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
        progress=progress,
        schedule=lambda epoch: learning_rate if epoch < 0.75 * epochs else learning_rate / 5,
    )


class DetectionLoss:
    """The loss of a detector of small windows: which class, and where exactly its box is.

    The scores (N, C + 4) are those of C classes, the first of them "nothing", and the box. The targets (N, 5) are the class and the
    box. The loss is the cross-entropy, plus the mean squared error of the box where there is something.
    """

    def __init__(self):
        self.classes, self.box = CrossEntropyLoss(), MSELoss()

    def forward(self, scores, targets):
        self.something = (targets[:, :1] > 0).astype(scores.dtype)
        box = self.box.forward(scores[:, -4:] * self.something, targets[:, 1:] * self.something)
        return self.classes.forward(scores[:, :-4], targets[:, 0].astype(np.int64)) + box

    def backward(self):
        return np.concatenate([self.classes.backward(), self.box.backward() * self.something], axis=1)


def ssim(image, truth, peak=255, size=7):
    """Return the structural similarity of two images (H, W) or (H, W, C), at most 1: the mean over windows and channels of

        (2 μx μy + c1) (2 σxy + c2) / ((μx² + μy² + c1) (σx² + σy² + c2)),   c1 = (0.01 peak)², c2 = (0.03 peak)²

    with means, variances and the covariance of each window of size×size pixels.

    Source: Wang and others, "Image quality assessment: from error visibility to structural similarity" (2004).
    """

    def means(values):
        return np.lib.stride_tricks.sliding_window_view(values, (size, size), axis=(0, 1)).mean(axis=(-2, -1))

    x, y = image.astype(np.float64), truth.astype(np.float64)
    mean_x, mean_y = means(x), means(y)
    variances = means(x * x) - mean_x**2 + means(y * y) - mean_y**2
    covariance = means(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2) / ((mean_x**2 + mean_y**2 + c1) * (variances + c2))
    return float(similarity.mean())
