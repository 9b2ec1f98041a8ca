"""Babysitting: choose the learning rate, read the curves of a run, and know when to stop.

Lecture, Part VI, "Babysitting".
"""

import numpy as np


def log_uniform(low, high, rng, size=None):
    """Return random numbers whose logarithm is uniform: as many from 0.001 to 0.01 as from 0.01 to 0.1.

        x = exp(u),     u uniform between log(low) and log(high)

    Args:
        low, high: 0 < low < high.
        rng: np.random.Generator, the only source of randomness: one `rng.uniform` for each number.
        size: shape of the result; None for a single number.

    Returns:
        float, or float64 array of shape `size`.

    Source: Bergstra and Bengio, "Random search for hyper-parameter optimization" (2012).
    """
    ### BEGIN SOLUTION
    return np.exp(rng.uniform(np.log(low), np.log(high), size))
    ### END SOLUTION


def learning_rate_search(loss_after, low, high, num_rates):
    """Try learning rates from low to high, evenly spaced by factors, and suggest the one with the smallest loss.

    Args:
        loss_after: function from a learning rate to the loss after a short run with it; nan or infinite if the run diverged.
        low, high: the smallest and the largest rate, both are tried; 0 < low < high.
        num_rates: how many rates to try, at least 2.

    Returns:
        rates: (num_rates,) float64 array, from low to high; each is the one before times the same factor.
        losses: (num_rates,) float64 array; a loss that is not finite is noted as infinity.
        best: float, the rate with the smallest loss.

    Raises:
        ValueError: if no rate gave a finite loss.

    Source: lecture, Part VI, "Babysitting: choose a proper learning rate".
    """
    ### BEGIN SOLUTION
    rates = np.geomspace(low, high, num_rates)
    losses = np.array([float(loss_after(float(rate))) for rate in rates])
    losses[~np.isfinite(losses)] = np.inf
    if np.isinf(losses).all():
        raise ValueError(f"every rate from {low:g} to {high:g} diverged: search among smaller ones")
    return rates, losses, float(rates[losses.argmin()])
    ### END SOLUTION


def diagnose(history):
    """Return what a run's curves look like: "high", "low", "overfitting" or "good".

    The start is the first loss; the middle and the end are the means of the second and the last third of the losses, for single
    batches jitter; what is gone is start - end. Test in this order:

    1. "high": a loss is not finite, or is more than twice the start. With a learning rate too high, a run jumps.
    2. "low": less than a tenth of the start is gone.
    3. "low": the loss is still falling: middle - end is more than a quarter of what is gone, or, where the end is above half
       of the start, more than a twentieth of it.
    4. "high": the end is above half of the start, and the loss has levelled off.
    5. "overfitting": the training accuracy ends more than 0.1 above the validation accuracy.
    6. "good": none of these.

    The borders are rules of thumb for networks that are able to learn their training images; the check keeps clear of them.

    Args:
        history: dict, such as `vars(history)` of what `toolkit.training.fit` returns, with
            losses: (S,) sequence, the training loss of each step, the first one before anything was learned;
            train_accuracy, validation_accuracy: (E,) sequences, of each epoch; both are empty if the run broke off in its first
            epoch.

    Source: lecture, Part VI, "Babysitting".
    """
    ### BEGIN SOLUTION
    losses = np.asarray(history["losses"], float)
    start = losses[0]
    if not np.isfinite(losses).all() or losses.max() > 2 * start:
        return "high"
    middle, end = (third.mean() for third in np.array_split(losses, 3)[1:])
    gone, learned = start - end, end <= 0.5 * start
    if gone < 0.1 * start or middle - end > (0.25 if learned else 0.05) * gone:
        return "low"
    if not learned:
        return "high"
    if history["train_accuracy"][-1] - history["validation_accuracy"][-1] > 0.1:
        return "overfitting"
    return "good"
    ### END SOLUTION


class EarlyStopping:
    """Stop training when the validation loss has not become smaller for a while.

    Args:
        patience: after how many epochs in a row without a new smallest value to stop, at least 1.

    Attributes:
        best: the smallest value so far; infinity at first.
        best_epoch: at which epoch it was, counted from 0; None at first.

    Source: lecture, Part VI, "Babysitting": overfitting; Prechelt, "Early stopping, but when?" (1998).
    """

    def __init__(self, patience):
        self.patience = patience
        ### BEGIN SOLUTION
        self.best, self.best_epoch = np.inf, None
        self.epochs, self.waited = 0, 0
        ### END SOLUTION

    def update(self, value):
        """Take note of the validation loss after one more epoch, and return whether to stop now.

        A value that is equal to the smallest so far, or is nan, is no improvement.

        Args:
            value: float.

        Returns:
            bool.
        """
        ### BEGIN SOLUTION
        if value < self.best:
            self.best, self.best_epoch, self.waited = value, self.epochs, 0
        else:
            self.waited += 1
        self.epochs += 1
        return self.waited >= self.patience
        ### END SOLUTION
