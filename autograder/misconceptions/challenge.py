"""Plausible mistakes in the final challenge; the weights beside them are the reference's."""

from autograder.misconceptions import misconception

PREDICT = "challenge.predict"

misconception(
    PREDICT,
    "training-mode",
    "The model is still in training mode: batch normalization then uses the statistics of the batch, and an image's label depends "
    "on the images it happens to come with. Call model.eval() before forward.",
    ("    model.eval()\n", ""),
)
misconception(
    PREDICT,
    "weights-forgotten",
    "The network is a fresh one, with random weights: put_weights(model, weights) is missing.",
    ("    put_weights(model, weights)\n", ""),
)
misconception(
    PREDICT,
    "weights-in-another-order",
    "The arrays got to other names than those they were saved under: keep the dictionary as it is.",
    ("put_weights(model, weights)", "put_weights(model, dict(zip(weights, reversed(weights.values()), strict=True)))"),
)
misconception(
    PREDICT,
    "not-prepared",
    "The network gets raw pixels from 0 to 255: it was trained on what prepare returns.",
    ("prepare(images)", "images.astype(np.float32).transpose(0, 3, 1, 2)"),
)
misconception(
    PREDICT,
    "centred-by-the-batch",
    "You subtract the mean image of the batch: what an image becomes then depends on the images it comes with, and alone it is "
    "nothing but zeros. Prepare each one by itself, with numbers from training.",
    ("    scores = model.forward(prepare(images))\n",
     "    ready = prepare(images)\n    scores = model.forward(ready - ready.mean(axis=0))\n"),
)  # fmt: skip
misconception(
    PREDICT,
    "reshaped-channels",
    "reshape does not move the channels to the front, it cuts the picture into other pieces: transpose(0, 3, 1, 2) does.",
    ("prepare(images)", "prepare(images).transpose(0, 2, 3, 1).reshape(-1, 3, 32, 32)"),
)
misconception(
    PREDICT,
    "argmax-over-the-images",
    "argmax over axis 0 looks for an image for each class: the label of each image is the argmax over the classes, axis 1.",
    ("scores.argmax(axis=1)", "scores.argmax(axis=0)"),
)
misconception(
    PREDICT,
    "scores-instead-of-labels",
    "You return the scores: return the label of the largest, an integer for each image.",
    ("return scores.argmax(axis=1)", "return scores"),
)
misconception(
    PREDICT,
    "always-the-same",
    "Every image gets the same label: that is right for one in ten, and worth nothing.",
    ("return scores.argmax(axis=1)", "return np.zeros(len(scores), np.int64)"),
)
misconception(
    PREDICT,
    "guessed",
    "The labels are drawn at random: that is right for one in ten, and worth nothing.",
    ("return scores.argmax(axis=1)", "return np.random.default_rng(len(scores)).integers(0, 10, len(scores))"),
)
misconception(
    PREDICT,
    "mirrored-in-place",
    "You mirror the images you are given, inside the caller's array: work on a copy.",
    ("    model.eval()\n", "    model.eval()\n    images[...] = images[:, :, ::-1].copy()\n"),
)
