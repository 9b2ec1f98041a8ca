"""Checks of the final challenge: how many images of a hidden test set a handed-in model gets right.

The images are drawn by the recipe of "shapes" from the secret of the course, the same for all its students; in practice from
a public seed. Their labels never leave the grader, nor does a student's code ever see more than a batch of images.
"""

import time
from functools import lru_cache

import numpy as np

from autograder.checks import Measured, exercise
from autograder.diagnosis import expect
from autograder.remote import CheckFailed, NotWritten, StudentError, changed_arguments, clean
from dlcourse.toolkit import shapes

IMAGES = 2000  # a model that gets 95 % right has a standard error of 0.5 %
BATCH = 100

PREDICT = exercise(
    "challenge.predict",
    points=10,
    part="part6_training",
    minutes=90,
    slide="Part VI, all of it",
    hints=(
        "Begin with small_convnet of Part V and a batch normalization in each block; train one minute, save, check. Then improve "
        "one thing at a time, by the validation accuracy.",
        "With 5,000 images the network soon knows them by heart: random_flip and random_crop make new ones of them in every "
        "batch. Let the learning rate fall to zero until the end of the ten minutes.",
        "predict: model = build(rng), put_weights(model, weights), model.eval(), then the argmax over the scores of "
        "model.forward(prepare(images)). Pool before you normalize: a quarter of the numbers.",
    ),
    scale=((0.40, 0.0), (0.60, 0.3), (0.85, 0.7), (0.95, 1.0)),
    patience=3,
)


@lru_cache(maxsize=2)
def drawn(seed, count):
    """Return `count` images and labels; the seed has 128 bits, so that no draw by accident or search is the same."""
    pieces = [shapes.draw(seed, 0, range(start, min(start + BATCH, count))) for start in range(0, count, BATCH)]
    return tuple(map(np.concatenate, zip(*pieces, strict=True)))


def seed_from(rng):
    return int.from_bytes(rng.bytes(16), "little")


def labels_of(function, weights, images):
    """Return the labels that the student's code gives to a batch of images, checked for being labels."""
    got = function(usable(function, weights, images), images)
    expect(isinstance(got, np.ndarray), "predict returns no array: return the labels, a NumPy array of integers")
    expect(got.dtype.kind in "iu", f"predict returns numbers of dtype {got.dtype}: return the labels, integers from 0 to 9")
    expect(got.shape == (len(images),), f"predict returns shape {got.shape} for {len(images)} images: return a label for each")
    expect(got.min() >= 0 and got.max() <= 9, f"predict returns labels from {got.min()} to {got.max()}: they are 0 to 9")
    return got


def usable(function, weights, images):
    """Return the weights, or raise why there are none; a predict that is not written is said first."""
    if isinstance(weights, CheckFailed):
        try:
            function({}, images[:1])
        except NotWritten:
            raise
        except StudentError:
            pass
        raise weights
    return weights


@PREDICT.check
def check_labels(function, weights, rng):
    """one integer from 0 to 9 for each image, the same ones every time; the images stay as they are"""
    images, _ = drawn(seed_from(rng), 12)
    first = labels_of(function, weights, images)
    again, changed = changed_arguments(function, weights, images)
    expect(np.array_equal(first, again), "the same images get other labels when they come again: is something random left on?")
    expect(not changed, "predict changes the images it is given: work on a copy")
    labels_of(function, weights, images[:1])


@PREDICT.check
def check_any_batch(function, weights, rng):
    """the label of an image depends on that image alone, not on the others in its batch"""
    images, _ = drawn(seed_from(rng), 64)
    together = labels_of(function, weights, images)
    backwards = labels_of(function, weights, images[::-1].copy())[::-1]
    alone = np.array([labels_of(function, weights, image[np.newaxis])[0] for image in images])
    differ = max(np.sum(together != backwards), np.sum(together != alone))
    # Rounding differs with the size of a batch, so that two scores that are all but equal may change places.
    expect(differ <= 1, f"{differ} of {len(images)} images get another label when they come alone or in another order: is the "
                        "model in evaluation mode (model.eval()), and prepare the same for every image?")  # fmt: skip


@PREDICT.check
def check_accuracy(exercise, function, student, weights, rng):
    """the share of 2,000 images it has never seen that it gets right, on the scale"""
    images, labels = drawn(seed_from(rng), IMAGES)
    start, right = time.perf_counter(), 0
    for batch in np.split(np.arange(IMAGES), range(BATCH, IMAGES, BATCH)):
        right += int(np.sum(labels_of(function, weights, images[batch]) == labels[batch]))
    seconds = time.perf_counter() - start
    accuracy = right / IMAGES
    error = (accuracy * (1 - accuracy) / IMAGES) ** 0.5
    share = exercise.share(accuracy)
    parameters = sum(array.size for array in weights.values())
    return Measured(
        share,
        f"{accuracy:.2%} of {IMAGES:,} images are right (standard error {error:.2%}): {exercise.points * share:.2f} of "
        f"{exercise.points} points on the scale. {parameters:,} parameters, evaluated in {seconds:.1f} s",
        {
            "right": right,
            "images": IMAGES,
            "parameters": parameters,
            "seconds": round(seconds, 2),
            "nickname": nickname_in(student),
        },
    )


def nickname_in(student):
    """Return the name that the student chose for the leaderboard, or "" if there is none."""
    try:
        name = student.NICKNAME
    except CheckFailed:
        return ""
    return " ".join(clean(name, 24).split()) if isinstance(name, str) else ""
