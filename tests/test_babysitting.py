"""The reference of babysitting against SciPy, mathematics, and runs that really happened."""

import numpy as np
import pytest
from scipy.stats import kstest, loguniform

from autograder import checks
from autograder.checks.babysitting import run
from autograder.oracle import reference_modules
from dlcourse.toolkit import datasets
from dlcourse.toolkit.training import fit

MODULES = reference_modules("babysitting.diagnose", ())
babysitting, layers, optimizers = (MODULES.load(name) for name in ("babysitting", "layers", "optimizers"))
KINDS = ("good", "overfitting", "slow", "still", "plateau", "jump", "not a number", "breaks off")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# --------------------------------------------------------------------------------------------------- log_uniform


def test_log_uniform_has_scipys_distribution(rng):
    drawn = babysitting.log_uniform(1e-5, 1e-1, rng, 5000)
    assert kstest(drawn, loguniform(1e-5, 1e-1).cdf).pvalue > 1e-3


def test_log_uniform_without_a_size_is_a_number(rng):
    assert np.ndim(babysitting.log_uniform(0.1, 1.0, rng)) == 0


# ------------------------------------------------------------------------------------------ learning_rate_search


def test_search_on_a_bowl_finds_the_best_rate_it_tried():
    """After k steps on ½cx² the place is (1 − ηc)ᵏ: the best rate is the one nearest to 1/c in that sense."""

    def loss_after(rate):
        with np.errstate(over="ignore"):
            return float(np.float64(1 - 4.0 * rate) ** 200)

    rates, losses, best = babysitting.learning_rate_search(loss_after, 1e-4, 1e4, 33)
    np.testing.assert_allclose(np.diff(np.log(rates)), np.log(1e8) / 32)
    assert rates[0] == pytest.approx(1e-4) and rates[-1] == pytest.approx(1e4)
    assert best == rates[np.abs(1 - 4 * rates).argmin()] and np.isinf(losses[-1])


def test_search_among_rates_that_all_diverge_says_so():
    with pytest.raises(ValueError, match="search among smaller ones"):
        babysitting.learning_rate_search(lambda rate: np.nan, 1, 10, 3)


# ------------------------------------------------------------------------------------------------------- diagnose


def test_every_curve_of_the_generator_is_told_right_on_a_thousand_seeds():
    wrong = []
    for seed in range(1000):
        for kind in KINDS:
            history, verdict, looks = run(kind, np.random.default_rng([seed, KINDS.index(kind)]))
            if babysitting.diagnose(history) != verdict:
                wrong.append((seed, kind, looks))
    assert not wrong, wrong[:5]


def margins(history):
    """How the borders of `diagnose` are kept clear of: gone / start, falling / gone, end / start."""
    losses = np.array(history["losses"])
    middle, end = (third.mean() for third in np.array_split(losses, 3)[1:])
    return (losses[0] - end) / losses[0], (middle - end) / (losses[0] - end), end / losses[0]


def test_the_generators_curves_keep_clear_of_the_borders():
    for seed in range(300):
        rng = np.random.default_rng(seed)
        for kind, falling in (("slow", (0.3, 0.6)), ("good", (-0.05, 0.15)), ("plateau", (-0.03, 0.035))):
            gone, share, end = margins(run(kind, rng)[0])
            assert gone > 0.2 and falling[0] < share < falling[1], (kind, seed, gone, share)
            assert kind != "good" or end < 0.45
            assert kind != "plateau" or end > 0.55


def real_run(rate, optimizer, train, epochs, hidden, seed=0):
    digits = datasets.load("digits")
    mean = digits.train_images.mean(axis=0)
    images, validation = (
        ((each - mean) / 64).reshape(len(each), -1).astype(np.float32) for each in (digits.train_images, digits.validation_images)
    )
    labels = digits.train_labels
    if train == "shuffled":
        labels = np.random.default_rng(9).permutation(labels)
    elif train != "all":
        images, labels = images[:train], labels[:train]
    model = layers.mlp([64, hidden, 10], np.random.default_rng(seed))
    data = images, labels, validation, digits.validation_labels
    with np.errstate(all="ignore"):
        return fit(
            model,
            layers.CrossEntropyLoss(),
            data,
            getattr(optimizers, optimizer)(model.parameters(), rate),
            epochs=epochs,
            rng=np.random.default_rng(seed + 1),
            progress=False,
        )


REAL = [  # rate, optimizer, training images, epochs, hidden units, what a person says on seeing the curves
    (1e-4, "SGD", "all", 12, 64, "low"),
    (1e-3, "SGD", "all", 12, 64, "low"),
    (0.1, "SGD", "all", 12, 64, "good"),
    (0.5, "SGD", "all", 12, 64, "good"),
    (5.0, "SGD", "all", 12, 64, "high"),
    (100.0, "SGD", "all", 12, 64, "high"),
    (1e-4, "Momentum", "all", 12, 64, "low"),
    (0.03, "Momentum", "all", 12, 64, "good"),
    (1.0, "Momentum", "all", 12, 64, "high"),
    (1e-5, "Adam", "all", 12, 64, "low"),
    (3e-3, "Adam", "all", 12, 64, "good"),
    (1.0, "Adam", "all", 12, 64, "high"),
    (0.1, "SGD", 50, 150, 100, "overfitting"),
    (3e-3, "Adam", 50, 150, 100, "overfitting"),
    (3e-3, "Adam", "shuffled", 150, 200, "overfitting"),
]


@pytest.mark.parametrize("rate, optimizer, train, epochs, hidden, verdict", REAL)
def test_real_runs_are_told_as_a_person_would(rate, optimizer, train, epochs, hidden, verdict):
    for seed in range(3 if train == "all" else 1):
        history = real_run(rate, optimizer, train, epochs, hidden, seed)
        assert babysitting.diagnose(vars(history)) == verdict, (seed, history)


# --------------------------------------------------------------------------------------------------- early stopping


def test_early_stopping_stops_where_a_search_through_all_values_says(rng):
    for patience in (1, 2, 3, 7):
        for _ in range(50):
            values = rng.integers(0, 12, size=40).astype(float)
            values[rng.random(40) < 0.1] = np.nan
            stopping = babysitting.EarlyStopping(patience)
            stops = next((epoch for epoch, value in enumerate(values) if stopping.update(value)), None)
            best_so_far = np.fmin.accumulate(np.r_[np.inf, values])
            improved = values < best_so_far[:-1]
            windows = [not improved[e - patience + 1 : e + 1].any() for e in range(patience - 1, 40)]
            expected = patience - 1 + windows.index(True) if any(windows) else None
            assert stops == expected
            seen = values[: 40 if stops is None else stops + 1]
            if np.isfinite(seen).any():
                assert stopping.best == np.nanmin(seen) and stopping.best_epoch == int(np.nanargmin(seen))


def test_training_stops_early_and_remembers_the_best_epoch():
    digits = datasets.load("digits")
    images = digits.train_images.reshape(-1, 64).astype(np.float32) / 16 - 0.5
    data = images[:100], digits.train_labels[:100], images[100:400], digits.train_labels[100:400]
    model, stopping = layers.mlp([64, 64, 10], np.random.default_rng(0)), babysitting.EarlyStopping(5)
    optimizer = optimizers.Adam(model.parameters(), 0.03)
    history = fit(
        model,
        layers.CrossEntropyLoss(),
        data,
        optimizer,
        epochs=200,
        rng=np.random.default_rng(1),
        early_stopping=stopping,
        progress=False,
    )
    assert history.epochs < 200 and stopping.best_epoch == history.epochs - 1 - 5
    assert stopping.best == min(history.validation_loss) == history.validation_loss[stopping.best_epoch]


def test_every_check_of_diagnose_asks_about_more_than_one_kind():
    """So a function that always says the same earns nothing."""
    for verdict in ("high", "low", "overfitting", "good"):
        for check in checks.find("babysitting.diagnose").checks:
            with pytest.raises(AssertionError):
                check(lambda history, verdict=verdict: verdict, np.random.default_rng(0))
