"""Part VI: babysitting."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, described, expect
from autograder.remote import Function, StudentError

PART = "part6_training"

LOG_UNIFORM = exercise(
    "babysitting.log_uniform",
    points=1,
    part=PART,
    minutes=10,
    slide="Part VI, babysitting: choose a proper learning rate",
    hints=(
        "Draw the logarithm uniformly, then undo the logarithm.",
        "np.exp(rng.uniform(np.log(low), np.log(high), size)): the same logarithm all the way.",
    ),
)
SEARCH = exercise(
    "babysitting.learning_rate_search",
    points=3,
    part=PART,
    minutes=20,
    slide="Part VI, babysitting: choose a proper learning rate",
    hints=(
        "np.geomspace spaces evenly by factors, both ends included. What does np.argmin say if one of the losses is nan?",
        "losses[~np.isfinite(losses)] = np.inf, before you look for the smallest.",
        "If all losses are infinite, argmin says 0, and the first rate is no better than the others: raise ValueError.",
    ),
)
DIAGNOSE = exercise(
    "babysitting.diagnose",
    points=4,
    part=PART,
    minutes=30,
    slide="Part VI, babysitting: loss curves, training against validation accuracy",
    hints=(
        "Make an array of the losses first. Comparisons with nan are always False: ask np.isfinite.",
        "np.array_split(losses, 3) gives the three thirds; their means do not jitter. Test in the order of the docstring.",
        "gone = start - end; falling = (middle - end) > share * gone, with share 0.05 where end > start / 2, else 0.25.",
    ),
)
STOPPING = exercise(
    "babysitting.EarlyStopping",
    points=2,
    part=PART,
    minutes=15,
    slide="Part VI, babysitting: overfitting",
    hints=(
        "Count how many epochs in a row brought nothing better than the best so far; a new best sets the count to 0.",
        "Ask value < self.best: equal and nan both answer False. Stop when the count has reached the patience.",
    ),
)

# --------------------------------------------------------------------------------------------------------- log_uniform


@LOG_UNIFORM.check
def check_log_uniform_values(function, reference, rng):
    """the logarithm is uniform between those of low and high, drawn from the rng alone"""
    for size in (5, (2, 3)):
        low, seed = 10 ** rng.uniform(-6, -2), int(rng.integers(1 << 30))
        high = low * 10 ** rng.uniform(1, 4)
        got = function(low, high, np.random.default_rng(seed), size)
        compare(got, reference(low, high, np.random.default_rng(seed), size), what=f"numbers from {low:.3g} to {high:.3g}")


@LOG_UNIFORM.check
def check_log_uniform_decades(function, rng):
    """every decade gets its share, and no number is outside the borders"""
    got = function(1e-4, 1.0, np.random.default_rng(int(rng.integers(1 << 30))), 2000)
    expect(isinstance(got, np.ndarray) and got.shape == (2000,), f"size=2000: got {described(got)}")
    expect(bool(np.all((got >= 1e-4) & (got <= 1.0))), "some numbers are below low or above high")
    shares = np.histogram(np.log10(got), bins=4, range=(-4, 0))[0] / 2000
    text = ", ".join(f"{share:.0%}" for share in shares)
    expect(bool(np.all(abs(shares - 0.25) < 0.07)), f"four decades should have about a quarter each of the numbers, got {text}")


@LOG_UNIFORM.check
def check_log_uniform_single(function, reference, rng):
    """without a size it is a single number"""
    seed = int(rng.integers(1 << 30))
    low, high = float(rng.uniform(0.01, 0.1)), float(rng.uniform(1.0, 5.0))
    got = function(low, high, np.random.default_rng(seed))
    compare(got, float(reference(low, high, np.random.default_rng(seed))), what="the number")


# ------------------------------------------------------------------------------------------------ learning_rate_search


def searched(function, *arguments):
    got = function(*arguments)
    expect(isinstance(got, tuple | list) and len(got) == 3, "expected three results: the rates, their losses, the best rate")
    return got


def problem(rng):
    """Return low, high, the number of rates, and an optimum well inside of them, all random."""
    low, decades, num_rates = 10 ** rng.uniform(-6, -3), rng.uniform(2, 5), int(rng.integers(9, 14))
    return low, low * 10**decades, num_rates, low * 10 ** (decades * rng.uniform(0.3, 0.7))


@SEARCH.check
def check_search_rates(function, rng):
    """the rates go from low to high by equal factors, and each has its loss"""
    low, high, num_rates, optimum = problem(rng)
    rates, losses, _ = searched(function, Function(f"lambda rate: float(np.log(rate / {optimum}) ** 2)"), low, high, num_rates)
    expected = low * (high / low) ** (np.arange(num_rates) / (num_rates - 1))
    compare(rates, expected, what="the rates")
    compare(losses, np.log(expected / optimum) ** 2, rtol=1e-6, what="the losses")


@SEARCH.check
def check_search_best(function, rng):
    """the suggestion is the rate with the smallest loss"""
    low, high, num_rates, optimum = problem(rng)
    got = searched(function, Function(f"lambda rate: abs(float(np.log(rate / {optimum})))"), low, high, num_rates)
    rates = low * (high / low) ** (np.arange(num_rates) / (num_rates - 1))
    compare(got[2], float(rates[np.abs(np.log(rates / optimum)).argmin()]), what="the suggested rate")


@SEARCH.check
def check_search_diverged(function, rng):
    """runs that diverge, with a loss of nan or infinity, count as infinitely bad"""
    for bad in ("np.nan", "np.inf", "-np.inf"):
        low, high, num_rates, optimum = problem(rng)
        diverging = Function(f"lambda rate: 2.3 - 1e-3 * float(np.log(rate / {low})) if rate < {optimum} else float({bad})")
        rates, losses, best = searched(function, diverging, low, high, num_rates)
        expected = low * (high / low) ** (np.arange(num_rates) / (num_rates - 1))
        compare(best, float(expected[expected < optimum].max()), what=f"the suggested rate, where larger rates give {bad}")
        finite = np.where(expected < optimum, 2.3 - 1e-3 * np.log(expected / low), np.inf)
        expect(isinstance(losses, np.ndarray) and losses.shape == finite.shape, f"the losses: got {described(losses)}")
        expect(bool(np.array_equal(np.isposinf(losses), np.isposinf(finite))), f"a loss of {bad} should be noted as infinity")


@SEARCH.check
def check_search_goes_on(function, rng):
    """a run in the middle that diverges by bad luck does not end the search: the rates above it are tried all the same"""
    low, high, num_rates, _ = problem(rng)
    expected = low * (high / low) ** (np.arange(num_rates) / (num_rates - 1))
    unlucky = int(rng.integers(2, num_rates - 3))
    border, above = expected[unlucky] / 1.01, expected[unlucky] * 1.01
    unlucky_run = Function(f"lambda rate: float(np.nan) if {border} < rate < {above} else 1 - 0.01 * float(np.log(rate / {low}))")
    _, losses, best = searched(function, unlucky_run, low, high, num_rates)
    expect(isinstance(losses, np.ndarray) and losses.shape == (num_rates,), f"the losses: got {described(losses)}")
    tried = np.isfinite(losses)
    expect(
        np.array_equal(np.flatnonzero(~tried), [unlucky]),
        f"of {num_rates} rates only number {unlucky} diverged, counted from 0, and {tried.sum()} losses are finite: go on after it",
    )
    compare(best, float(expected[-1]), what="the suggested rate, where the largest is the best")


@SEARCH.check
def check_search_nothing_found(function, rng):
    """if every rate diverges there is nothing to suggest: ValueError"""
    low, high, num_rates, _ = problem(rng)
    try:
        function(Function("lambda rate: float(np.nan)"), low, high, num_rates)
    except StudentError as error:
        if error.type_name != "ValueError":
            raise
    else:
        expect(False, "every run diverged, and a rate was suggested: raise ValueError")


# ------------------------------------------------------------------------------------------------------------ diagnose


def run(kind, rng):
    """Return (history, its diagnosis, how it looks) of a run of one kind, with noise, clear of all borders."""
    steps, epochs = int(rng.integers(300, 500)), 12
    start = np.log(rng.integers(2, 200)) * rng.uniform(1.0, 1.4)  # ln C, or what careless first weights make of it
    time, since = np.linspace(0, 1, steps), np.linspace(0, 1, epochs)
    train = rng.uniform(0.15, 0.4) * (0.5 + 0.5 * since)  # accuracies of a run that does not get far
    gap = rng.uniform(-0.03, 0.04)
    noise = 0.02
    if kind in ("good", "overfitting"):
        floor, pace = rng.uniform(0.02, 0.35), rng.uniform(0.02, 0.08)
        curve = floor + (1 - floor) * np.exp(-time / pace) - 0.05 * floor * time
        train = rng.uniform(0.75, 1.0) * (1 - 0.6 * np.exp(-since / pace))
        gap = rng.uniform(0.2, 0.4) * since if kind == "overfitting" else gap
        looks = f"falls fast to {floor:.0%} of its start"
    elif kind == "slow":
        drop, pace = rng.uniform(0.3, 0.65), rng.uniform(1.2, 5.0)
        curve = 1 - drop * (1 - np.exp(-time / pace)) / (1 - np.exp(-1 / pace))
        looks = f"falls evenly to {1 - drop:.0%} of its start"
    elif kind == "still":
        curve = 1 - rng.uniform(0, 0.02) * time
        looks = "hardly moves"
    elif kind == "plateau":
        level, pace = rng.uniform(0.57, 0.75), rng.uniform(0.01, 0.04)
        curve = level + (1 - level) * np.exp(-time / pace)
        looks = f"falls fast, and stays at {level:.0%} of its start"
    elif kind == "jump":
        curve = 0.1 + 0.9 * np.exp(-time / 0.05)
        first, height = int(rng.integers(2, steps // 2)), rng.uniform(4, 30)
        curve[first:] += height * np.exp(-np.arange(steps - first) / 4)
        looks = f"jumps to {height:.0f} times its start, and comes back"
    else:  # diverges: in the first epoch, or later with a last loss that is no number
        steps = int(rng.integers(4, 12)) if kind == "breaks off" else steps
        curve = np.linspace(1, 0.8, steps)
        curve[-3:] *= 10.0 ** np.array([1, 4, 9]) if kind == "breaks off" else 1
        looks = "explodes in the first epoch"
    losses = start * curve * (1 + noise * rng.uniform(-1.7, 1.7, size=steps))
    losses[0] = start
    if kind == "not a number":
        bad = rng.choice([np.nan, np.inf])
        losses[-1], looks = bad, f"ends with {bad}"
    validation = np.clip(train - gap + 0.01 * rng.uniform(-1, 1, size=epochs), 0, 1)
    if kind == "breaks off":
        train = validation = train[:0]
    history = dict(zip(("losses", "train_accuracy", "validation_accuracy"), (losses, train, validation), strict=True))
    verdict = {"good": "good", "overfitting": "overfitting", "slow": "low", "still": "low"}.get(kind, "high")
    if len(train):
        looks += f"; it ends with {train[-1]:.0%} right in training and {validation[-1]:.0%} in validation"
    return {name: values.tolist() for name, values in history.items()}, verdict, looks


def expect_told_apart(function, rng, *kinds):
    """Ask about three runs of each kind, in random order."""
    runs = [run(kinds[number % len(kinds)], rng) for number in rng.permutation(3 * len(kinds))]
    answers = [function(history) for history, _, _ in runs]  # all of them first: together they tell one mistake from another
    for got, (_, verdict, looks) in zip(answers, runs, strict=True):
        expect(got is not None, "got None; is a return missing?")
        shown = repr(got[:20]) if isinstance(got, str) else described(got)
        expect(isinstance(got, str) and got == verdict, f'a run whose loss {looks}: got {shown}, expected "{verdict}"')


@DIAGNOSE.check
def check_diagnose_slow(function, rng):
    """a loss that is still falling at the end (low) is told from one that has arrived (good)"""
    expect_told_apart(function, rng, "slow", "good")


@DIAGNOSE.check
def check_diagnose_still(function, rng):
    """a loss that hardly moves (low) is told from one that falls fast and then stays too high (high)"""
    expect_told_apart(function, rng, "still", "plateau")


@DIAGNOSE.check
def check_diagnose_plateau(function, rng):
    """a loss that levels off too high (high) is told from one that is as high, but still falling (low)"""
    expect_told_apart(function, rng, "plateau", "slow")


@DIAGNOSE.check
def check_diagnose_jump(function, rng):
    """a loss that jumps far above its start (high) is told from one that does not (good)"""
    expect_told_apart(function, rng, "jump", "good")


@DIAGNOSE.check
def check_diagnose_diverged(function, rng):
    """a run that ends in nan or infinity, or breaks off in its first epoch (high), is told from a slow one (low)"""
    expect_told_apart(function, rng, "not a number", "breaks off", "slow")


@DIAGNOSE.check
def check_diagnose_overfitting(function, rng):
    """overfitting is told from a run whose training and validation accuracy stay together (good)"""
    expect_told_apart(function, rng, "overfitting", "good")


# ------------------------------------------------------------------------------------------------------ EarlyStopping


def expect_stops(student, patience, values, answers):
    """Feed values, one an epoch, compare each answer, and at the end what is remembered as best."""
    stopping = student.EarlyStopping(patience)
    best, best_epoch = np.inf, None
    for epoch, (value, answer) in enumerate(zip(values, answers, strict=True)):
        shown = ", ".join(f"{v:.3g}" for v in values[: epoch + 1])
        compare(stopping.update(float(value)), answer, what=f"patience {patience}, after the losses {shown}: whether to stop")
        if value < best:
            best, best_epoch = float(value), epoch
    compare(stopping.best, best, what="best")
    if best_epoch is None:
        expect(stopping.best_epoch is None, "best_epoch: expected None, nothing finite has come yet")
    else:
        compare(stopping.best_epoch, best_epoch, what="best_epoch, counted from 0")


def falling(rng, count, start=2.0):
    """Values that become smaller, all of them different."""
    return start - np.cumsum(rng.uniform(0.02, 0.05, size=count))


@STOPPING.check
def check_stopping_patience(student, rng):
    """it stops after exactly `patience` epochs in a row without a new smallest value"""
    for patience in (1, *rng.permutation([2, 3, 4, 5])[:2].tolist()):
        good = falling(rng, int(rng.integers(3, 6)))
        bad = good[-1] + rng.uniform(0.1, 0.5, size=patience)
        expect_stops(student, patience, [*good, *bad], [False] * (len(good) + patience - 1) + [True])


@STOPPING.check
def check_stopping_new_best(student, rng):
    """a new smallest value starts the count again"""
    patience = int(rng.integers(3, 6))
    values, value = [], 2.0
    for _ in range(3):
        value -= rng.uniform(0.05, 0.1)
        values += [value, *(value + rng.uniform(0.1, 0.5, size=patience - 1))]
    expect_stops(student, patience, [*values, value + 0.2], [False] * len(values) + [True])


@STOPPING.check
def check_stopping_not_the_previous(student, rng):
    """better than the epoch before is not enough: only a new smallest value counts"""
    patience = int(rng.integers(3, 6))
    good, after = falling(rng, 3), falling(rng, patience, start=3.0)
    expect_stops(student, patience, [*good, *after], [False] * (len(good) + patience - 1) + [True])


@STOPPING.check
def check_stopping_equal_or_nan(student, rng):
    """a value equal to the best, or nan, is no improvement"""
    patience, good = int(rng.integers(3, 6)), falling(rng, 3)
    expect_stops(student, patience, [*good, *[good[-1]] * patience], [False] * (2 + patience) + [True])
    expect_stops(student, patience, [*good, *[np.nan] * patience], [False] * (2 + patience) + [True])
    expect_stops(student, patience, [np.nan, *good], [False] * 4)


@STOPPING.check
def check_stopping_instances(student, rng):
    """two of them do not know of each other"""
    one, other = student.EarlyStopping(2), student.EarlyStopping(2)
    low, high = falling(rng, 4, start=1.0), falling(rng, 4, start=9.0)
    for epoch in range(4):
        compare(one.update(float(low[epoch])), False, what="whether to stop after losses that only fall")
        compare(other.update(float(high[epoch])), False, what="whether to stop after losses that only fall, in a second run")
    compare(one.best, float(low[-1]), what="best of the first run")
    compare(other.best, float(high[-1]), what="best of the second run")
