"""Train for the final challenge: with a clock, and with the best weights so far safe on the disk.

    history = challenge.train(model, CrossEntropyLoss(), data, optimizer, rng=rng, epochs=60,
                              keep=lambda: challenge.save_weights(own.take_weights(model)))

The clock counts the time of training and validation, whatever else the notebook does in between; a run that goes on from a
checkpoint goes on with the time it has used.
"""

import io
from pathlib import Path

import numpy as np

import dlcourse
from autograder.weights import FILE, MAX_FILE, MAX_PARAMETERS, Unreadable, read_weights
from dlcourse.toolkit.storage import atomic_file
from dlcourse.toolkit.training import fit

__all__ = ["FILE", "MAX_FILE", "MAX_PARAMETERS", "MINUTES", "load_weights", "save_weights", "train", "weights_path"]

MINUTES = 10  # on two cores; the budget of the challenge


def train(model, loss, data, optimizer, *, epochs, rng, keep, minutes=MINUTES, progress=True, **options):
    """Train as `training.fit` does, but stop before the budget is spent, and keep the best epoch.

    The same seeds and number of epochs give the same numbers, on a fast computer and on a slow one, unless time runs out.

    Args:
        model, loss, data, optimizer, epochs, rng: as for `fit`; data with validation images.
        keep: function without arguments, called after each epoch that is the best so far on the validation images.
        minutes: the budget. No epoch begins that would not end in time.
        progress: show a progress bar, and why training stopped if it did.
        options: more of `fit`'s, such as transform, schedule, checkpoint, resume.

    Returns:
        History; `history.stopped` says so if time ran out.
    """
    if len(data) < 4:
        raise ValueError("the best epoch is chosen by validation images: data=(images, labels, validation images, labels)")
    clock = Clock(60 * minutes, epochs)

    def after_epoch(history):
        clock.history = history
        if history.validation_accuracy[-1] >= max(history.validation_accuracy):
            keep()

    history = fit(
        model,
        loss,
        data,
        optimizer,
        epochs=epochs,
        rng=rng,
        callback=after_epoch,
        early_stopping=clock,
        progress=progress,
        **options,
    )
    if clock.over:
        history.stopped = f"{minutes:g} minutes are over after {history.epochs} of {epochs} epochs: plan fewer."
    if progress and history.epochs:
        best = max(history.validation_accuracy)
        print(f"{sum(history.seconds) / 60:.1f} of {minutes:g} minutes. Kept: the epoch with {best:.2%} on the validation images.")
    return history


class Clock:
    """In the place of early stopping: says stop when the next epoch would not end in time."""

    def __init__(self, seconds, epochs):
        self.seconds, self.epochs, self.history, self.over = seconds, epochs, None, False

    def update(self, validation_loss):
        used = self.history.seconds
        self.over = self.history.epochs < self.epochs and sum(used) + max(used[-3:]) > self.seconds
        return self.over


def weights_path():
    """Return where the weights belong: beside the modules that `import dlcourse...` means."""
    return Path(dlcourse.__path__[0]) / FILE


def save_weights(weights, path=None):
    """Write the weights to hand in; the file is replaced in one step, so there is always a whole one.

    Args:
        weights: {name: array}, such as `take_weights(model)` returns.
        path: of the file; None takes `weights_path()`.

    Raises:
        ValueError: if the grader would not take them; the message says why.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **weights)
    try:
        read_weights(buffer.getvalue())
    except Unreadable as reason:
        raise ValueError(f"these weights cannot be handed in: {reason}") from None
    with atomic_file(weights_path() if path is None else Path(path)) as file:
        file.write(buffer.getvalue())


def load_weights(path=None):
    """Return {name: array} of a file that `save_weights` wrote; None takes `weights_path()`.

    Raises:
        ValueError: if the grader would not take it; the message says why.
    """
    path = weights_path() if path is None else Path(path)
    try:
        return read_weights(path.read_bytes())
    except Unreadable as reason:
        raise ValueError(f"{path.name} cannot be handed in: {reason}") from None
