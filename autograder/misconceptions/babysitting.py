"""Plausible mistakes in Part VI: babysitting."""

from autograder.misconceptions import misconception

misconception(
    "babysitting.log_uniform",
    "uniform",
    "The numbers themselves are uniform: nine of ten then lie in the last decade. Draw the logarithm uniformly.",
    ("np.exp(rng.uniform(np.log(low), np.log(high), size))", "rng.uniform(low, high, size)"),
)
misconception(
    "babysitting.log_uniform",
    "logarithm-returned",
    "You return the logarithms: undo them with exp.",
    ("np.exp(rng.uniform(np.log(low), np.log(high), size))", "rng.uniform(np.log(low), np.log(high), size)"),
)
misconception(
    "babysitting.log_uniform",
    "two-bases",
    "The logarithm is to base 10 and is undone with e: use the same base for both.",
    ("np.log(low), np.log(high)", "np.log10(low), np.log10(high)"),
)
misconception(
    "babysitting.log_uniform",
    "whole-decades",
    "Only powers of ten are drawn: the exponent may be any number, not only a whole one.",
    (
        "np.exp(rng.uniform(np.log(low), np.log(high), size))",
        "10.0 ** rng.integers(round(np.log10(low)), round(np.log10(high)) + 1, size)",
    ),
)
misconception(
    "babysitting.log_uniform",
    "bell",
    "The logarithm is normally distributed: the middle of the range is then tried most. Draw it uniformly.",
    (
        "rng.uniform(np.log(low), np.log(high), size)",
        "rng.normal(np.log(low * high) / 2, np.log(high / low) / 4, size)",
    ),
)

misconception(
    "babysitting.learning_rate_search",
    "evenly-spaced",
    "The rates are evenly spaced by differences, so nearly all lie in the last decade: space them by factors, np.geomspace.",
    ("np.geomspace(low, high, num_rates)", "np.linspace(low, high, num_rates)"),
)
misconception(
    "babysitting.learning_rate_search",
    "high-missing",
    "The largest rate is missing: both ends are to be tried.",
    ("np.geomspace(low, high, num_rates)", "np.geomspace(low, high, num_rates, endpoint=False)"),
)
misconception(
    "babysitting.learning_rate_search",
    "nan-wins",
    "np.argmin takes nan for the smallest: a run that diverged wins. Make what is not finite infinite first.",
    ("    losses[~np.isfinite(losses)] = np.inf\n", ""),
    ("np.isinf(losses).all()", "not np.isfinite(losses).any()"),
)
misconception(
    "babysitting.learning_rate_search",
    "only-nan",
    "nan is taken care of, but minus infinity is not: it is the smallest loss there can be. Ask np.isfinite.",
    ("~np.isfinite(losses)", "np.isnan(losses)"),
    ("np.isinf(losses).all()", "np.isposinf(losses).all()"),
)
misconception(
    "babysitting.learning_rate_search",
    "worst-rate",
    "You suggest the rate with the largest loss: argmin.",
    ("rates[losses.argmin()]", "rates[losses.argmax()]"),
)
misconception(
    "babysitting.learning_rate_search",
    "loss-for-rate",
    "The third result is the smallest loss: the rate that gave it is asked for.",
    ("rates[losses.argmin()]", "losses.min()"),
)
misconception(
    "babysitting.learning_rate_search",
    "index-for-rate",
    "The third result is the index of the smallest loss: look up the rate at this index.",
    ("float(rates[losses.argmin()])", "int(losses.argmin())"),
)
misconception(
    "babysitting.learning_rate_search",
    "stops-at-the-first",
    "The search ends at the first run that diverges: it may have been bad luck, so try the larger rates all the same.",
    (
        "losses = np.array([float(loss_after(float(rate))) for rate in rates])",
        "losses = np.full(num_rates, np.inf)\n    for i, rate in enumerate(rates):\n        losses[i] = loss_after(float(rate))\n"
        "        if not np.isfinite(losses[i]):\n            break",
    ),
)
misconception(
    "babysitting.learning_rate_search",
    "largest-that-works",
    "You suggest the largest rate that does not diverge: take the one with the smallest loss.",
    ("rates[losses.argmin()]", "rates[np.isfinite(losses)].max()"),
)
misconception(
    "babysitting.learning_rate_search",
    "suggests-anyway",
    "If every rate diverges, argmin says 0, and you suggest the first: raise ValueError.",
    ("if np.isinf(losses).all():", "if False:"),
)

misconception(
    "babysitting.diagnose",
    "nan-dropped",
    "You drop the losses that are not finite: nothing says more clearly that the learning rate was too high.",
    ("start = losses[0]", "losses = losses[np.isfinite(losses)]\n    start = losses[0]"),
)
misconception(
    "babysitting.diagnose",
    "jumps-unseen",
    "You look at how the loss ends only: one that jumped far above its start in between had too high a rate too.",
    ("losses.max() > 2 * start", "losses[-10:].mean() > 2 * start"),
)
misconception(
    "babysitting.diagnose",
    "low-and-high-swapped",
    "Low and high are swapped: a loss that falls evenly and slowly wants a higher rate, so the rate is low.",
    ('return "low"\n    if not learned:\n        return "high"', 'return "high"\n    if not learned:\n        return "low"'),
)
misconception(
    "babysitting.diagnose",
    "level-alone",
    "You judge by the level alone: a loss that is still falling is low, one that has levelled off too high is high.",
    ("gone < 0.1 * start or middle - end > (0.25 if learned else 0.05) * gone", "not learned"),
)
misconception(
    "babysitting.diagnose",
    "still-falling-unseen",
    "A loss that has not arrived yet is not low for you: compare the middle with the end.",
    ("gone < 0.1 * start or middle - end > (0.25 if learned else 0.05) * gone", "gone < 0.1 * start"),
)
misconception(
    "babysitting.diagnose",
    "standstill-is-high",
    "A loss that hardly moves from its start has levelled off for you: nothing has happened yet, the rate is low.",
    ("gone < 0.1 * start or middle", "middle"),
    ("* gone:", "* abs(gone) + 0.05 * start:"),
)
misconception(
    "babysitting.diagnose",
    "any-rise-is-a-jump",
    "Any loss above the start is a jump for you: single batches jitter, so only more than twice the start is one.",
    ("losses.max() > 2 * start", "losses.max() > 1.02 * start"),
)
misconception(
    "babysitting.diagnose",
    "training-accuracy-alone",
    "You call a high training accuracy overfitting: it is the gap to the validation accuracy that counts.",
    ('history["train_accuracy"][-1] - history["validation_accuracy"][-1] > 0.1', 'history["train_accuracy"][-1] > 0.7'),
)
misconception(
    "babysitting.diagnose",
    "gap-the-wrong-way",
    "The gap has the wrong sign: overfitting is when training is better than validation.",
    (
        'history["train_accuracy"][-1] - history["validation_accuracy"][-1]',
        'history["validation_accuracy"][-1] - history["train_accuracy"][-1]',
    ),
)
misconception(
    "babysitting.diagnose",
    "accuracies-first",
    "The accuracies are read first: of a run that broke off in its first epoch there are none. Look at the losses first.",
    (
        '    losses = np.asarray(history["losses"], float)\n',
        '    gap = history["train_accuracy"][-1] - history["validation_accuracy"][-1]\n'
        '    losses = np.asarray(history["losses"], float)\n',
    ),
    ('history["train_accuracy"][-1] - history["validation_accuracy"][-1] > 0.1', "gap > 0.1"),
)
misconception(
    "babysitting.diagnose",
    "ten-classes",
    "You compare with ln 10, the start for ten classes: other data start elsewhere, so compare with the first loss.",
    ("start = losses[0]", "start = np.log(10)"),
)

misconception(
    "babysitting.EarlyStopping",
    "one-too-late",
    "It stops one epoch too late: when the count has reached the patience, so >=.",
    ("self.waited >= self.patience", "self.waited > self.patience"),
)
misconception(
    "babysitting.EarlyStopping",
    "count-goes-on",
    "A new best does not set the count back to 0: only epochs in a row count.",
    ("self.best, self.best_epoch, self.waited = value, self.epochs, 0", "self.best, self.best_epoch = value, self.epochs"),
)
misconception(
    "babysitting.EarlyStopping",
    "compares-with-the-previous",
    "You compare with the epoch before, not with the best: a slow recovery after a bad epoch is no improvement.",
    ("self.epochs, self.waited = 0, 0", "self.epochs, self.waited, self.previous = 0, 0, np.inf"),
    (
        "if value < self.best:\n            self.best, self.best_epoch, self.waited = value, self.epochs, 0",
        "if value < self.previous:\n            self.waited = 0\n            if value < self.best:\n"
        "                self.best, self.best_epoch = value, self.epochs",
    ),
    ("        self.epochs += 1\n", "        self.epochs += 1\n        self.previous = value\n"),
)
misconception(
    "babysitting.EarlyStopping",
    "equal-is-better",
    "A value equal to the best counts as an improvement: ask <, not <=, or a run that has stopped learning never ends.",
    ("value < self.best", "value <= self.best"),
)
misconception(
    "babysitting.EarlyStopping",
    "nan-is-better",
    "nan counts as an improvement: not (nan >= best) is True. Ask value < best.",
    ("if value < self.best", "if not value >= self.best"),
)
misconception(
    "babysitting.EarlyStopping",
    "higher-is-better",
    "You wait for larger values: it is given losses, so smaller is better.",
    ("value < self.best", "value > self.best"),
    ("self.best, self.best_epoch = np.inf, None", "self.best, self.best_epoch = -np.inf, None"),
)
misconception(
    "babysitting.EarlyStopping",
    "no-patience",
    "It stops at the first epoch that is not better: wait as long as the patience says.",
    ("self.waited >= self.patience", "self.waited > 0"),
)
misconception(
    "babysitting.EarlyStopping",
    "counts-from-one",
    "best_epoch counts from 1: the first epoch is number 0, so that it is the index into the history.",
    ("= value, self.epochs, 0", "= value, self.epochs + 1, 0"),
)
misconception(
    "babysitting.EarlyStopping",
    "shared",
    "The best value is kept on the class, so a second run starts with the best of the first: keep it on self.",
    ("self.best, self.best_epoch = np.inf, None", "EarlyStopping.best, self.best_epoch = np.inf, None"),
    ("if value < self.best:\n            self.best, self", "if value < self.best:\n            EarlyStopping.best, self"),
)
