# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Part VI: babysitting
#
# **The question.** You have a network, a loss, an optimizer, and a first run that does not learn.
# Or learns, but not well. There are dozens of things to change, and each try costs minutes or days.
# What do you look at, and in which order?
#
# **What you will build**, in the file `dlcourse/babysitting.py`:
#
# 1. `learning_rate_search`: try rates over many orders of magnitude with short runs,
# 2. `diagnose`: read from the curves of a run whether its rate was low, high or good, or whether it
#    overfits,
# 3. `EarlyStopping`: stop while the validation loss is at its best,
# 4. `log_uniform`: random numbers for a random search, which beats a grid,
#
# and, in `dlcourse/challenge.py`, the **final challenge**: the best network that you can train.
#
# **How long it takes.** About two hours: four exercises of ten to thirty minutes, a quiz with six
# runs to diagnose, one question to answer in words, and the experiments between them. The challenge
# takes another hour or two, as long as you enjoy it. Together the exercises make a **checklist**:
#
# | | step | what you must see |
# |---|---|---|
# | 1 | look at the loss before training | $\ln C$ for $C$ classes |
# | 2 | overfit 50 images | loss near 0, 100 % right |
# | 3 | find the learning rate | a loss that falls fast and smoothly |
# | 4 | compare training and validation, regularize | a small gap, at a high level |
#
# Each step takes minutes and finds mistakes that the next would hide. Do not skip one.
#
# **How to work.** As before: replace the `raise NotImplementedError` in `dlcourse/babysitting.py`,
# save, run the check cell below the exercise. The networks are yours of Part IV, the optimizers
# those of the last notebook; an experiment that waits for one of them names it.
#
# **The numbers to expect.** With the rate that your search suggests, a small network gets 95 to 99
# % of the test digits right. A network that is trained on only 500 shapes gets all of them right,
# and a third of the others: you will see it, stop it early, and mend it with more data. The end of
# the notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import functools

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter
from tqdm.auto import tqdm

from autograder import check
from dlcourse import babysitting, dropout, layers, optimizers
from dlcourse.toolkit import datasets, figures, ladder, six_runs
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.training import evaluate, fit

figures.set_style()
progress_bar = functools.partial(tqdm, leave=False)
reached = {}  # the accuracies you measure, for the comparison at the end


def ready(data, count=None):
    """(training images, labels, validation images, labels): zero-centred by the training images,
    scaled, flat, float32."""
    mean = data.train_images.mean(axis=0, dtype=np.float64).astype(np.float32)

    def scale(images):
        return ((images - mean) / 64).reshape(len(images), -1)

    training = scale(data.train_images[:count]), data.train_labels[:count]
    return *training, scale(data.validation_images), data.validation_labels


digits, shapes = datasets.load("digits"), datasets.load("shapes")
digits_data = ready(digits)
digits_mean = digits.train_images.mean(axis=0)
test_digits = (
    ((digits.test_images - digits_mean) / 64)
    .reshape(len(digits.test_images), -1)
    .astype(np.float32)
)


def trained(sizes, optimizer, rate, epochs, data=digits_data, seed=0, drop=0, **options):
    """Train a fresh perceptron, with dropout behind its ReLUs if wanted; return it and its History."""
    model = layers.mlp(sizes, np.random.default_rng(seed))
    if drop:
        rng, parts = np.random.default_rng(seed + 2), []
        for layer in model.layers:
            parts += [layer, dropout.Dropout(drop, rng)] if isinstance(layer, layers.ReLU) else [layer]
        model = layers.Sequential(*parts)
    steps = getattr(optimizers, optimizer)(model.parameters(), learning_rate=rate)
    with np.errstate(all="ignore"):  # some runs here are meant to explode
        history = fit(
            model,
            layers.CrossEntropyLoss(),
            data,
            steps,
            epochs=epochs,
            rng=np.random.default_rng(seed + 1),
            **{"progress": False} | options,
        )
    return model, history


# %% [markdown]
# ## 1. Look at the loss before training
#
# With small random weights all scores are nearly equal, each class has probability $1/C$, and the
# loss is $\ln C$: 2.303 for ten classes. You know this number *before* you run anything, so use it.
# Below, three nets, each with a loss before training. One of them has a mistake. **Predict** which,
# and what it might be.

# %%
with experiment():
    loss = layers.CrossEntropyLoss()
    images, labels = digits_data[:2]
    raw = digits.train_images.reshape(len(images), -1).astype(np.float32)
    first = {}
    for seed in range(3):
        model = layers.mlp([64, 64, 10], np.random.default_rng(seed))
        quiet = layers.mlp([64, 64, 10], np.random.default_rng(seed))
        quiet.parameters()[-2].value *= 0.1  # the weights of the last layer
        first[seed] = [
            loss.forward(quiet.forward(images), labels),
            loss.forward(model.forward(images), labels),
            loss.forward(model.forward(raw), labels),
        ]
        print(
            f"net A {first[seed][0]:6.2f}    net B {first[seed][1]:6.2f}    net C "
            f"{first[seed][2]:7.2f}"
        )

# %% tags=["solutions-only"]
assert all(abs(a - np.log(10)) < 0.1 and 2.4 < b < 4 and c > 100 for a, b, c in first.values()), (
    first
)

# %% [markdown]
# Net A is as it should be. Net B has the same weights, but those of its last layer are ten times as
# large: its scores differ too much, and it is *confidently wrong* at first. It costs a few steps,
# nothing more. Net C gets the raw pixels, from 0 to 255, neither centred nor scaled: a loss of
# hundreds says so at once. It would have "learned" all the same, badly, and you would have spent
# the afternoon with its learning rate.
#
# ## 2. Overfit 50 images
#
# A network with more weights than you have images must be able to learn these images *by heart*. If
# it cannot learn 50, do not give it 50,000: something is broken. Below, the same network three
# times, on 50 digits:
#
# * as it should be,
# * with a mistake in loading the data: the images of each batch are shuffled, their labels are not,
# * with a mistake in a notebook: the network was made anew, the optimizer still holds the
#   parameters of the old one.
#
# **Predict** what the three curves will look like.


# %%
def shuffled(images, rng):
    return rng.permutation(images)


few = digits_data[0][:50], digits_data[1][:50]
learned = {}
with experiment():
    for name in ("right", "shuffled images", "old optimizer"):
        model = layers.mlp([64, 64, 10], np.random.default_rng(0))
        old = layers.mlp([64, 64, 10], np.random.default_rng(0))
        held = old if name == "old optimizer" else model
        with np.errstate(all="ignore"):
            learned[name] = fit(
                model,
                layers.CrossEntropyLoss(),
                few,
                optimizers.SGD(held.parameters(), 0.1),
                epochs=100,
                rng=np.random.default_rng(1),
                batch_size=25,
                transform=shuffled if name == "shuffled images" else None,
                progress=False,
            )
    reached["50 digits by heart"] = learned["right"].train_accuracy[-1]

    fig, ax = plt.subplots(figsize=(7, 3.2))
    for (name, history), colour, style in zip(
        learned.items(),
        (figures.BLUE, figures.ORANGE, figures.PURPLE),
        ("-", "--", ":"),
        strict=True,
    ):
        ax.plot(
            history.train_loss,
            style,
            color=colour,
            label=f"{name}: {history.train_accuracy[-1]:.0%} right at the end",
        )
    ax.axhline(np.log(10), color=figures.BLACK, linewidth=0.8)
    ax.text(100, np.log(10) + 0.1, "ln 10", ha="right", fontsize=8)
    ax.set(xlabel="epoch", ylabel="training loss", ylim=(0, None))
    ax.legend()
    told = "; ".join(
        f"{name}: {history.train_accuracy[-1]:.0%} right" for name, history in learned.items()
    )
    figures.show(
        fig,
        alt="Training loss over 100 epochs on 50 images, three curves. The right one falls to 0 "
        "within 20 epochs. With shuffled images it stays near ln 10. With the old optimizer it "
        "does not move at all. At the end: " + told + ".",
        caption="The same network on 50 digits. Only one of these programs deserves more data.",
    )

# %% tags=["solutions-only"]
assert learned["right"].train_accuracy[-1] == 1 and learned["right"].train_loss[-1] < 0.05
assert (
    learned["shuffled images"].train_accuracy[-1] < 0.6
    and np.ptp(learned["old optimizer"].train_loss) < 1e-5
), {name: (history.train_loss[-1], history.train_accuracy[-1]) for name, history in learned.items()}

# %% [markdown]
# ## 3. Find the learning rate
#
# The learning rate matters more than any other hyperparameter, and nobody knows it beforehand: it
# depends on the network, the data, the optimizer. But it is cheap to find. Short runs, some dozens
# of steps each, tell good rates from bad ones; and *factors* count, not differences: try 0.0001,
# 0.001, 0.01, not 0.01, 0.02, 0.03.
#
# ### Exercise: `learning_rate_search`
#
# Write `learning_rate_search(loss_after, low, high, num_rates)`. It knows nothing of networks:
# `loss_after(rate)` makes a short run and returns the loss at its end. The pitfall: a run that
# diverges returns `nan`, and the smallest of some numbers and `nan` is `nan`, for NumPy.

# %%
check("babysitting.learning_rate_search")

# %% [markdown]
# First **coarse**, then **fine** around the best. Below, three epochs on the digits for each of 13
# rates from $10^{-5}$ to 10; then 9 more within a factor of five of the winner. The loss is that of
# the *validation* images: hyperparameters are chosen on these, as always.


# %%
def loss_after(rate, optimizer="Momentum", sizes=(64, 64, 10), epochs=3):
    """The validation loss after a short run."""
    history = trained(sizes, optimizer, rate, epochs)[1]
    return history.validation_loss[-1] if history.epochs == epochs else np.nan


best_found = None
with experiment():
    coarse = babysitting.learning_rate_search(loss_after, 1e-5, 10, 13)
    fine = babysitting.learning_rate_search(loss_after, coarse[2] / 5, coarse[2] * 5, 9)
    best_found = fine[2]

    fig, ax = plt.subplots(figsize=(7, 3.4))
    top = 20.0
    for (rates, losses, _), colour, marker, name in (
        (coarse, figures.BLUE, "o", "coarse"),
        (fine, figures.ORANGE, "s", "fine"),
    ):
        kept = losses < top
        ax.loglog(rates[kept], losses[kept], color=colour, marker=marker, label=name)
        ax.loglog(rates[~kept], np.full((~kept).sum(), top), "x", color=colour, markeredgewidth=2)
    ax.plot([], [], "x", color=figures.BLACK, label="diverged, or above 20")
    ax.axvline(best_found, color=figures.BLACK, linestyle=":", linewidth=1)
    ax.set(xlabel="learning rate", ylabel="validation loss after 3 epochs")
    ax.legend()
    figures.show(
        fig,
        alt="Validation loss against the learning rate, both logarithmic. A long slope down from "
        f"3 at 0.00001 to below 0.1 near {best_found:.2g}, then a steep rise; the largest rates "
        "diverge.",
        caption=f"Coarse, then fine. Best: {best_found:.2g}. To the left the loss rises gently: "
        "too small a rate only costs time. To the right there is a cliff.",
    )

    model, history = trained((64, 64, 10), "Momentum", best_found, 20)
    reached["digits, rate of the search"] = evaluate(
        model, layers.CrossEntropyLoss(), test_digits, digits.test_labels
    )[1]
    print(
        f"20 epochs at {best_found:.2g}: {reached['digits, rate of the search']:.1%} of the test "
        f"digits right"
    )

# %% tags=["solutions-only"]
assert 0.03 < best_found < 0.2 and fine[1].min() < 0.12 and np.isinf(coarse[1][-1]), (
    best_found,
    fine,
)

# %% [markdown]
# ## 4. Read the curves
#
# One run tells more than its last number. Below, real runs of one network at five rates: what the
# slide draws as low, good and high.

# %%
CURVES = {  # rate: how it is drawn
    0.00003: (figures.PURPLE, "v", "low"),
    0.0003: (figures.SKY, "^", "lower than good"),
    0.003: (figures.GREEN, "o", "good"),
    0.15: (figures.ORANGE, "s", "high"),
    1.0: (figures.VERMILION, "X", "very high"),
}
runs, nets = {}, {}
with experiment():
    for rate in CURVES:
        nets[rate], runs[rate] = trained((64, 32, 32, 32, 10), "Adam", rate, 15)

    fig, ax = plt.subplots(figsize=(7.5, 3.8))
    for rate, history in runs.items():
        colour, marker, word = CURVES[rate]
        losses = np.minimum(history.losses, 6)
        smooth = np.convolve(losses, np.ones(9) / 9, mode="valid")
        ax.plot(smooth, color=colour, marker=marker, markevery=25, label=f"{rate:g}: {word}")
    ax.set(xlabel="step", ylabel="loss, mean of 9 batches (cut at 6)", ylim=(0, 6.2))
    ax.legend(title="learning rate", loc="upper left", bbox_to_anchor=(1, 1))
    figures.show(
        fig,
        alt="Loss against steps at five rates. The lowest rate falls a little, evenly; the next "
        "falls further and is still falling; the good one is near 0 after 100 steps; the high one "
        "falls fast and then jitters far above; the highest shoots up, then stays at ln 10.",
        caption="One network of four layers, Adam, five learning rates: real runs that draw the "
        "slide's picture.",
    )

# %%
for rate, model in nets.items():
    differ = np.ptp(model.forward(digits_data[2]), axis=0).max()
    print(f"rate {rate:<7g}: the scores of two validation images differ by up to {differ:.2f}")

# %% tags=["solutions-only"]
tails = {rate: np.mean(history.losses[-50:]) for rate, history in runs.items()}
assert tails[0.003] < 0.1 < tails[0.0003] < tails[0.00003] and tails[0.15] > 1, tails
assert differ < 1e-3
assert 2.2 < tails[1.0] < 2.7 and max(runs[1.0].losses) > 6, tails

# %% [markdown]
# What to look for:
#
# * **low**: the loss falls evenly, and is *still falling* at the end; or hardly at all;
# * **high**: the loss jumps above its start, becomes `nan`, or falls fast and then *levels off* too
#   high. Take a closer look at the last curve: after its jump it rests near $\ln 10$. The jump has
#   killed ReLUs, until no image could get through any more: the scores are the same for all of them
#   (the lines below the figure), and no gradient will ever wake these units;
# * **good**: it falls fast, then slower and slower, near zero;
# * **overfitting** shows in another picture: the training accuracy goes on rising, the validation
#   accuracy does not.
#
# ### Exercise: `diagnose`
#
# Write `diagnose(history)`, which says `"low"`, `"high"`, `"overfitting"` or `"good"`. The
# docstring gives the rules and their order. `history` is a dictionary; `vars(history)` makes one of
# what `fit` returns. The check draws noisy curves of each kind that you have never seen, some of
# which break off in the first epoch.

# %%
check("babysitting.diagnose")

# %% [markdown]
# Does it also work on runs that really happened? 3 optimizers at 13 rates each, 15 epochs of the
# four-layer network. The colour says what `diagnose` thinks, the height how good the network really
# became.

# %%
COLOUR = {
    "low": figures.PURPLE,
    "good": figures.GREEN,
    "high": figures.VERMILION,
    "overfitting": figures.YELLOW,
}
MARKER = {"low": "v", "good": "o", "high": "X", "overfitting": "D"}
verdicts = {}
with experiment():
    for optimizer in progress_bar(("SGD", "Momentum", "Adam")):
        for rate in np.geomspace(1e-5, 10, 13):
            history = trained((64, 32, 32, 32, 10), optimizer, rate, 15)[1]
            accuracy = (history.validation_accuracy or [0.0])[-1]
            verdicts[optimizer, rate] = babysitting.diagnose(vars(history)), accuracy

    wrongly = sum(word == "good" and accuracy < 0.9 for word, accuracy in verdicts.values())
    fig, axes = plt.subplots(1, 3, figsize=(11, 3), sharey=True)
    for ax, optimizer in zip(axes, ("SGD", "Momentum", "Adam"), strict=True):
        for word in COLOUR:
            points = [
                (rate, a) for (o, rate), (w, a) in verdicts.items() if o == optimizer and w == word
            ]
            if points:
                ax.semilogx(
                    *np.transpose(points),
                    MARKER[word],
                    color=COLOUR[word],
                    label=word,
                    markersize=9,
                    markeredgecolor="black",
                )
        ax.set(title=optimizer, xlabel="learning rate", xlim=(5e-6, 20))
    axes[0].set_ylabel("validation accuracy at the end")
    axes[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0].legend(loc="upper left")
    figures.show(
        fig,
        alt="Validation accuracy against the learning rate for three optimizers. Small rates are "
        "marked low and lie below 80 per cent; those in the middle are marked good and nearly all "
        "lie above 90; the largest are marked high, most at chance.",
        caption="What diagnose says about 39 real runs, from the curves of each alone. Below 90 "
        f"per cent and called good all the same: {wrongly}. Rules of thumb are rules of thumb.",
    )

# %% tags=["solutions-only"]
assert (
    wrongly <= 2 and min(accuracy for word, accuracy in verdicts.values() if word == "good") > 0.2
), verdicts
for optimizer in ("SGD", "Momentum", "Adam"):
    rates = {
        word: [rate for (o, rate), (w, _) in verdicts.items() if o == optimizer and w == word]
        for word in COLOUR
    }
    assert max(rates["low"]) < min(rates["good"]) and max(rates["good"]) < max(rates["high"]), rates

# %% [markdown]
# One trap is left. ReLUs may also die *quietly*, without a jump that goes far enough. If the loss
# began near $\ln 10$ it then looks as if nothing had happened, and the verdict is "low". A higher
# rate, the cure for low, makes it worse. So when a higher rate does not help, look at the scores,
# as above: are they the same for all images?
#
# ## 5. Training against validation
#
# Now a network that learns its training images and little else: 500 shapes, 3072 numbers an image.
# Accuracy against epoch, as on the slide.

# %%
little = ready(shapes, 500)
plenty = ready(shapes, 4000)
SIZES = (3072, 100, 10)


def draw_gap(axes, history, title):
    """Loss and accuracy of training and validation, one above the other."""
    epochs = np.arange(1, history.epochs + 1)
    for ax, name in zip(axes, ("loss", "accuracy"), strict=True):
        ax.plot(epochs, getattr(history, f"train_{name}"), color=figures.BLUE, label="training")
        ax.plot(
            epochs,
            getattr(history, f"validation_{name}"),
            "--",
            color=figures.ORANGE,
            label="validation",
        )
        ax.set(xlabel="epoch", ylabel=name)
    axes[0].set_title(title)


overfitted = None
with experiment():
    overfitted = trained(SIZES, "Momentum", 0.003, 40, little, progress=True)[1]
    reached["500 shapes, validation, last epoch"] = overfitted.validation_accuracy[-1]
    lowest = int(np.argmin(overfitted.validation_loss))

    fig, axes = plt.subplots(1, 2, figsize=(10, 3.2))
    draw_gap(axes, overfitted, "500 training images")
    for ax, values in zip(
        axes, (overfitted.validation_loss, overfitted.validation_accuracy), strict=True
    ):
        ax.plot(
            lowest + 1,
            values[lowest],
            "*",
            color=figures.BLACK,
            markersize=12,
            label="lowest validation loss",
        )
    axes[0].legend()
    figures.show(
        fig,
        alt="Loss and accuracy over 40 epochs. The training loss falls to zero, the validation "
        f"loss is lowest at epoch {lowest + 1} and rises from then on. The training accuracy "
        "reaches 100 per cent, the validation accuracy stays near a third.",
        caption="Overfitting. Past the star, each epoch makes the network surer of its mistakes.",
    )
    print("diagnose says:", babysitting.diagnose(vars(overfitted)))

# %% tags=["solutions-only"]
assert (
    overfitted.train_accuracy[-1] == 1
    and lowest < 10
    and babysitting.diagnose(vars(overfitted)) == "overfitting"
)
assert overfitted.validation_loss[-1] > 1.1 * min(overfitted.validation_loss)

# %% [markdown]
# ### Exercise: `EarlyStopping`
#
# The simplest cure: stop at the star. You only know that it was the star some epochs later, so have
# **patience**. Write `EarlyStopping(patience)` with `update(value)`, which notes the validation
# loss of one more epoch and says whether to stop. `best` and `best_epoch` remember where the star
# was. The check has its fun with values that are equal, worse than the best but better than the
# last, and `nan`.

# %%
check("babysitting.EarlyStopping")

# %% [markdown]
# `fit` takes it as `early_stopping=`. It saves time. Does it save accuracy? And what do the other
# cures do: **dropout** (half of the hidden units in each step), **augmentation** (each image is
# mirrored or shifted at random whenever it is seen), and **more data** (4,000 images)? **Predict**
# the order of the five, then run.


# %%
def moved(images, rng):
    """Mirror half of the images, and shift each by up to 3 pixels in both directions."""
    pictures = images.reshape(-1, 32, 32, 3).copy()
    mirrored = rng.random(len(pictures)) < 0.5
    pictures[mirrored] = pictures[mirrored, :, ::-1]
    for i, shift in enumerate(rng.integers(-3, 4, size=(len(pictures), 2))):
        pictures[i] = np.roll(pictures[i], shift, axis=(0, 1))
    return pictures.reshape(len(images), -1)


CURES = {  # data, epochs, more
    "none": (little, 40, {}),
    "early stopping": (little, 40, {"early_stopping": True}),
    "dropout": (little, 40, {"drop": 0.5}),
    "augmentation": (little, 40, {"transform": moved}),
    "4,000 images": (plenty, 10, {}),
}
cured = {}
with experiment():
    for name, (data, epochs, options) in progress_bar(CURES.items()):
        if "early_stopping" in options:
            options = {"early_stopping": babysitting.EarlyStopping(4)}
        cured[name] = trained(SIZES, "Momentum", 0.003, epochs, data, **options)[1]

    print(f"{'cure':16}{'epochs':>8}{'seconds':>9}{'training':>10}{'validation':>12}{'loss':>8}")
    for name, history in cured.items():
        print(
            f"{name:16}{history.epochs:8}{sum(history.seconds):9.1f}{history.train_accuracy[-1]:10.1%}"
            f"{history.validation_accuracy[-1]:12.1%}{history.validation_loss[-1]:8.2f}"
        )
    reached["500 shapes, early stopping"] = cured["early stopping"].validation_accuracy[-1]
    reached["500 shapes, dropout"] = cured["dropout"].validation_accuracy[-1]
    reached["500 shapes, augmentation"] = cured["augmentation"].validation_accuracy[-1]
    reached["4,000 shapes"] = cured["4,000 images"].validation_accuracy[-1]

    fig, axes = plt.subplots(1, 5, figsize=(12, 2.8), sharey=True)
    for ax, (name, history) in zip(axes, cured.items(), strict=True):
        epochs = np.arange(1, history.epochs + 1)
        ax.plot(epochs, history.train_accuracy, color=figures.BLUE, label="training")
        ax.plot(epochs, history.validation_accuracy, "--", color=figures.ORANGE, label="validation")
        ax.fill_between(
            epochs,
            history.validation_accuracy,
            history.train_accuracy,
            color=figures.BLUE,
            alpha=0.1,
        )
        ax.set(title=name, xlabel="epoch", xlim=(0, 41), ylim=(0, 1.02))
    axes[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0].set_ylabel("accuracy")
    axes[-1].legend(loc="upper right")
    figures.show(
        fig,
        alt="Accuracy against epoch for five runs, the gap between training and validation "
        "shaded: widest without a cure, cut short by early stopping, narrower with dropout and with "
        "augmentation, and with 4,000 images both higher and narrower than with 500.",
        caption="Five runs of the same network. Look at the shaded gap, and at the height of the "
        "dashed line.",
    )

# %% tags=["solutions-only"]
assert cured["early stopping"].epochs < 15
assert cured["4,000 images"].validation_accuracy[-1] > 0.1 + max(
    cured[name].validation_accuracy[-1] for name in ("none", "early stopping")
)
gap = {name: h.train_accuracy[-1] - h.validation_accuracy[-1] for name, h in cured.items()}
assert gap["4,000 images"] < gap["none"] - 0.2, gap
assert max(gap["augmentation"], gap["dropout"]) < gap["none"] - 0.1, gap
assert cured["dropout"].validation_accuracy[-1] > cured["none"].validation_accuracy[-1] + 0.02

# %% [markdown] answer_points=2 grade_id="babysitting-early-stopping"
# Early stopping took a fraction of the time. What did it do to the validation *accuracy*, and what
# to the validation *loss*, compared with no cure? Why can the two differ so much? Which of the
# cures would you use first, if you could have each for the same effort, and why?
#
# ### BEGIN SOLUTION
# The validation accuracy is about the same, or a point or two lower: no more than the two or three
# points of chance that 1,000 validation images leave. The validation loss is clearly smaller with
# early stopping. Accuracy only asks which score is largest; the loss also asks how sure the network
# is. While it learns the training images by heart its scores grow, and it is wrong with ever more
# confidence: the loss of the wrong ones rises without bound, and the count of wrong ones stays.
#
# More data: it is the only cure that raises the validation accuracy by much, because it removes the
# cause. Dropout and augmentation are next, with a few points each; augmentation is data that cost
# nothing, and both can be had together. Early stopping only stops the damage, but is free, so use
# it anyway.
# ### END SOLUTION

# %% [markdown]
# ## 6. Several hyperparameters: random beats grid
#
# Rate, number of units, strength of a penalty… With two hyperparameters and 9 runs to spend, a grid
# tries 3 values of each. If only one of the two matters, and you never know which, six of the nine
# runs tell nothing new. Random points try *nine* values of each.
#
# ### Exercise: `log_uniform`
#
# For hyperparameters where factors count, the *logarithm* must be uniform. Write `log_uniform(low,
# high, rng, size)`.

# %%
check("babysitting.log_uniform")

# %% [markdown]
# Two epochs on the digits; the rate from $10^{-4}$ to 10, the number of hidden units from 16 to
# 128. Nine runs by grid, nine at random. One such comparison is luck, so repeat it 100 times, with
# grids whose position is random too. **Predict**: by how much does the best of nine differ on
# average? Which of the two hyperparameters matters?

# %%
LOW, HIGH = np.array([1e-4, 16]), np.array([10, 128])


def score(point):
    """Validation accuracy after two epochs with (rate, hidden units)."""
    history = trained((64, round(point[1]), 10), "SGD", point[0], 2)[1]
    return (history.validation_accuracy or [0.0])[-1]


def grid_points(rng):
    """3×3 points, evenly spaced by factors, the whole grid at a random position."""
    thirds = (np.arange(3)[:, None] + rng.random(2)) / 3
    rates, units = (LOW * (HIGH / LOW) ** thirds).T
    return np.array([(rate, unit) for rate in rates for unit in units])


def random_points(rng):
    return np.stack(
        [babysitting.log_uniform(low, high, rng, 9) for low, high in zip(LOW, HIGH, strict=True)],
        axis=1,
    )


best_of_nine = {"grid": [], "random": []}
with experiment():
    rng = np.random.default_rng(0)
    for _ in progress_bar(range(100)):
        tried = {"grid": grid_points(rng), "random": random_points(rng)}
        scores = {
            name: np.array([score(point) for point in points]) for name, points in tried.items()
        }
        for name, values in scores.items():
            best_of_nine[name].append(values.max())

    fig, axes = plt.subplots(1, 3, figsize=(12, 3.2), width_ratios=(1, 1, 0.9))
    for ax, name in zip(axes, tried, strict=False):
        points = tried[name]
        dots = ax.scatter(
            *points.T,
            c=scores[name],
            cmap="cividis",
            vmin=0,
            vmax=1,
            s=90,
            edgecolors="black",
            zorder=3,
        )
        ax.plot(
            points[:, 0],
            np.full(9, 14.2),
            "|",
            color=figures.VERMILION,
            markersize=10,
            markeredgewidth=2,
        )
        ax.set(xscale="log", yscale="log", xlim=(7e-5, 15), ylim=(13, 150), xlabel="learning rate")
        ax.set(title=f"{name}: {len(np.unique(points[:, 0].round(9)))} different rates")
        ax.set_yticks([16, 32, 64, 128], ["16", "32", "64", "128"])
        ax.minorticks_off()
    axes[0].set_ylabel("hidden units")
    fig.colorbar(
        dots, ax=axes[1], label="validation accuracy", format=PercentFormatter(1, decimals=0)
    )
    for (name, values), colour, style in zip(
        best_of_nine.items(), (figures.BLUE, figures.ORANGE), ("-", "--"), strict=True
    ):
        axes[2].plot(np.sort(values), np.arange(1, 101) / 100, style, color=colour, label=name)
    axes[2].set(xlim=(0.75, 1), xlabel="best of nine runs", ylabel="share of searches below")
    axes[2].set_title("100 searches of each kind")
    for axis in (axes[2].xaxis, axes[2].yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[2].legend()
    means = {name: np.mean(values) for name, values in best_of_nine.items()}
    figures.show(
        fig,
        alt="Left, nine points on a grid: three different rates. Middle, nine random points: nine "
        "different rates. Right, what share of 100 searches stayed below an accuracy: the curve "
        "of the random searches lies mostly to the right.",
        caption="The last of the searches, with its rates as marks at the bottom, and the best of "
        f"nine runs in all of them: on average {means['grid']:.1%} with grids, "
        f"{means['random']:.1%} at random.",
    )
    print(
        {
            name: f"worst {min(values):.1%}, median {np.median(values):.1%}, mean {np.mean(values):.1%}"
            for name, values in best_of_nine.items()
        }
    )

# %% tags=["solutions-only"]
assert means["random"] > means["grid"] and np.median(best_of_nine["random"]) > np.median(
    best_of_nine["grid"]
), means

# %% [markdown]
# The colours change from left to right and hardly from bottom to top: the rate matters, the number
# of units does not. The grid has three chances to hit a good rate, the random points have nine.
# (Chance can also fail, as the worst case above shows.) Which of your hyperparameters matter you
# learn *from* the search; a grid must know it before.
#
# ## 7. The quiz: six runs
#
# Six real runs on the digits. What was wrong with each, if anything, and what would you change?
# Look at the level, the shape, the gap, and at where the loss began. (How they were made stands in
# `dlcourse/toolkit/six_runs.py`: look there afterwards.)

# %%
quiz = {}
with experiment():
    for letter, (sizes, optimizer, rate, epochs, count) in six_runs.SETTINGS.items():
        quiz[letter] = trained(sizes, optimizer, rate, epochs, ready(digits, count))[1]

    fig, axes = plt.subplots(2, 6, figsize=(13, 4.6), sharey="row")
    for column, (letter, history) in enumerate(quiz.items()):
        top, bottom = axes[:, column]
        losses = np.clip(history.losses, 0, 7)
        top.plot(losses, color=figures.SKY, linewidth=0.6)
        width = max(len(losses) // 40, 1)
        top.plot(
            np.arange(len(losses) - width + 1) + width / 2,
            np.convolve(losses, np.ones(width) / width, mode="valid"),
            color=figures.BLACK,
        )
        top.set(title=letter, xlabel="step")
        epochs = np.arange(1, history.epochs + 1)
        bottom.plot(
            epochs, history.train_accuracy, color=figures.BLUE, marker=".", label="training"
        )
        bottom.plot(
            epochs,
            history.validation_accuracy,
            "--",
            color=figures.ORANGE,
            marker=".",
            label="validation",
        )
        bottom.set(xlabel="epoch", ylim=(0, 1.03))
    axes[0, 0].set_ylabel("loss (cut at 7)")
    axes[1, 0].set_ylabel("accuracy")
    axes[1, 0].legend(loc="lower right", fontsize=8)
    figures.show(
        fig,
        alt="Loss and accuracies of six runs. A: the loss falls fast to zero, both accuracies are "
        "near 98 per cent. B: the loss jumps, then rests at 2.3, accuracies at 10 per cent. C: "
        "the loss falls evenly from 3.3 to about 2 and is still falling. D: the loss falls to "
        "zero, training accuracy is 100 per cent, validation about 85. E: the loss shoots up and "
        "the run breaks off. F: the loss hardly moves.",
        caption="Six runs on the digits. Thin: each batch; thick: running mean. Every run began "
        "with a loss of about 3.3 or less.",
    )

# %% [markdown] answer_points=3 grade_id="babysitting-quiz"
# For each of A to F: low rate, high rate, overfitting or good? What in the picture says so, and
# what would you try next?
#
# ### BEGIN SOLUTION
# * **A** good: falls fast, levels off near zero, the two accuracies stay together. Next: nothing,
#   or more epochs.
# * **B** high: the loss jumps at first and then rests at ln 10, chance accuracy; the jump has
#   killed the ReLUs. Next: a tenth of the rate, from fresh weights.
# * **C** low: falls evenly and is still falling at the end. Next: ten times the rate or more.
# * **D** overfitting: training is perfect, validation more than ten points below, and does not
#   improve. Next: more data, augmentation, early stopping, regularization. The rate is fine.
# * **E** high: the loss grows without bound until it is not finite any more. Next: a tenth of the
#   rate.
# * **F** low: hardly anything happens. Next: the rate times a hundred.
# ### END SOLUTION

# %% [markdown]
# When you have written down your answers, compare: choose a run and what you think of it.

# %%
figures.explore(
    six_runs.answer,
    run=list(six_runs.TRUTH),
    verdict=ipywidgets.Dropdown(
        options=["choose", "low", "good", "high", "overfitting"], value="choose"
    ),
)

# %% [markdown]
# And what does your `diagnose` say to the same runs?

# %%
with experiment():
    told = {letter: babysitting.diagnose(vars(history)) for letter, history in quiz.items()}
    if told:
        reached["quiz, by diagnose"] = np.mean([told[letter] == six_runs.TRUTH[letter] for letter in told])
        print(f"{reached['quiz, by diagnose']:.0%} of the six runs as their settings say")

# %% tags=["solutions-only"]
assert told == six_runs.TRUTH, told

# %% [markdown]
# ## 8. The final challenge
#
# Everything of this course in one task: **train the best network for shapes that ten minutes on two
# cores can train.** From Part I to Part V the accuracy rose from a third (nearest neighbours) over
# 40 % (linear) and about 55 % (one hidden layer) to nearly 90 % (a small ConvNet). How far do you
# get?
#
# | | rule |
# |---|---|
# | data | the 5,000 training images of `datasets.load("shapes")`; the validation images to choose by |
# | budget | 10 minutes of training on two cores, one run; you may of course try as often as you like |
# | code | free, in `dlcourse/challenge.py` and your other exercise modules; NumPy alone |
# | to train | your layers, or `dlcourse.toolkit.fast`: the same layers, several times as fast |
# | to hand in | `challenge.py`, the modules it imports, and the weights in `dlcourse/challenge.npz` |
# | size | at most 500,000 numbers and 4 MB |
# | graded by | the share of 2,000 **hidden** images that your `predict` gets right |
#
# The grader runs `predict` with *your* layers, isolated, within 30 seconds; no reference stands in
# for a layer of yours that is wrong. The hidden images are drawn by the same recipe from a secret
# of your course, and are the same for all of you. What a computer cannot see from the outside, the
# ten minutes and which images you trained on, is a matter of honour. It costs you nothing, for the
# full points are within reach: the course's own model keeps these rules, and got more than 95 % on
# every hidden set that was tried.

# %%
from autograder import checks
from dlcourse import challenge
from dlcourse.toolkit import challenge as contest
from dlcourse.toolkit import fast

RULES = checks.find("challenge.predict")
accuracies = np.linspace(0, 1, 201)
fig, ax = plt.subplots(figsize=(7.5, 3.2))
ax.plot(accuracies, [RULES.points * RULES.share(a) for a in accuracies], color=figures.BLUE)
for accuracy, share in RULES.scale:
    ax.plot(accuracy, RULES.points * share, "o", color=figures.BLUE)
    ax.annotate(
        f"{accuracy:.0%}: {RULES.points * share:g}",
        (accuracy, RULES.points * share),
        xytext=(-8, 4),
        textcoords="offset points",
        ha="right",
    )
ax.set(xlabel="accuracy on the hidden images", ylabel="points", xlim=(0, 1.02), ylim=(-0.5, 11))
ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
figures.show(
    fig,
    alt="Points against accuracy, straight lines between: "
    + ", ".join(f"{a:.0%} gives {RULES.points * s:g}" for a, s in RULES.scale)
    + " points.",
    caption="The scale. A linear classifier earns nothing here, a plain ConvNet most; the last "
    "points are for what you learned in this part.",
)

# %% [markdown]
# **A start.** A small network without any of the tricks of this part, trained for a few seconds.
# `contest.train` is `fit` with a clock: it stops before the budget is spent, and calls `keep` after
# each epoch that is the best so far. **Predict** its accuracy, and where it will fail.


# %%
def baseline(rng, kit):
    """Three convolutions, each with a ReLU and a pooling, and one linear layer."""
    stack, channels = [], 3
    for filters in (16, 32, 32):
        convolution = kit.Conv2d(channels, filters, 3, padding=1, rng=rng)
        stack += [convolution, kit.ReLU(), kit.MaxPool2d(2)]
        channels = filters
    return layers.Sequential(*stack, kit.Flatten(), kit.Linear(32 * 4 * 4, 10, rng))


def pixels(images):
    return ((images.astype(np.float32) - 128) / 64).transpose(0, 3, 1, 2)


with experiment():
    model = baseline(np.random.default_rng(0), fast)
    start = contest.train(
        model,
        layers.CrossEntropyLoss(),
        (
            pixels(shapes.train_images),
            shapes.train_labels,
            pixels(shapes.validation_images),
            shapes.validation_labels,
        ),
        fast.Adam(model.parameters(), 0.002),
        epochs=5,
        rng=np.random.default_rng(1),
        keep=lambda: None,  # not worth keeping
    )
    reached["challenge, the start"] = max(start.validation_accuracy)

# %% [markdown]
# **Your turn.** Write `build`, `prepare` and `predict` in `dlcourse/challenge.py`; begin with the
# network above. Then train: the cell below saves the best epoch to `dlcourse/challenge.npz` while
# it runs. Set `TRAIN = True` when you are ready. Ideas, all of them yours already: batch
# normalization, augmentation, a rate that falls, Adam, more filters where the image is small,
# dropout, the checklist above. Change one thing at a time, and write down what it did.

# %%
TRAIN = False
EPOCHS = 10


def varied(images, rng):
    """What a batch of training images, uint8, becomes each time it is seen."""
    return challenge.prepare(images)


def falling(epoch, highest=0.002):
    """The learning rate after so many epochs."""
    return highest


if TRAIN:
    with experiment():
        model = challenge.build(np.random.default_rng(0), fast)
        history = contest.train(
            model,
            layers.CrossEntropyLoss(),
            (
                shapes.train_images,
                shapes.train_labels,
                challenge.prepare(shapes.validation_images),
                shapes.validation_labels,
            ),
            fast.Adam(model.parameters(), falling(0)),
            epochs=EPOCHS,
            rng=np.random.default_rng(1),
            keep=lambda: contest.save_weights(challenge.take_weights(model, np.float16)),
            transform=varied,
            schedule=falling,
        )

# %% [markdown]
# ### Exercise: `challenge.predict`
#
# The check does what the grader does, with *public* images in place of the hidden ones, and says
# where on the scale you stand. Whoever trains on these fools nobody else. Besides the accuracy it
# asks whether the label of an image depends on that image alone, whatever comes with it. A check
# that fails takes its share of the points away.

# %%
check("challenge.predict")

# %% [markdown]
# Where is it wrong? Below, what your saved model says to the validation images.

# %%
with experiment():
    if contest.weights_path().exists():
        saved = contest.load_weights()
        said = np.concatenate(
            [
                challenge.predict(saved, shapes.validation_images[start : start + 100])
                for start in range(0, len(shapes.validation_images), 100)
            ]
        )
        right = said == shapes.validation_labels
        reached["challenge, validation"] = right.mean()
        wrong = np.flatnonzero(~right)

        fig, axes = plt.subplots(1, 8, figsize=(12, 2.2))
        for ax in axes:
            ax.axis("off")
        for ax, i in zip(axes, wrong, strict=False):
            ax.imshow(shapes.validation_images[i])
            names = (shapes.class_names[label] for label in (said[i], shapes.validation_labels[i]))
            ax.set_title("{}?\nis {}".format(*names))
        figures.show(
            fig,
            alt="Up to eight validation images that the model gets wrong, each with what it says "
            "and what it is: "
            + ", ".join(
                f"{shapes.class_names[said[i]]} for {shapes.class_names[shapes.validation_labels[i]]}"
                for i in wrong[:8]
            )
            + ".",
            caption=f"{right.mean():.1%} of {len(right):,} validation images are right. The first "
            "of the others: would you have known?",
        )
        print(f"{sum(array.size for array in saved.values()):,} numbers in the saved model")
    else:
        print("There is no dlcourse/challenge.npz yet: train a model, and save its weights.")

# %% tags=["solutions-only"]
assert reached["challenge, validation"] >= 0.95, reached

# %% [markdown] tags=["solutions-only"]
# The reference's model has four convolutions, each with a batch normalization (after the pooling,
# where there are fewer numbers), the mean over what is left of the image, and one linear layer. It
# was trained by `benchmarks/challenge.py`, which anybody can run again: Adam, a rate that falls from
# 0.003 to 0 along a cosine, images mirrored, shifted by up to 3 pixels and tinted.

# %% [markdown]
# The best models of your class go on a **leaderboard**, under the `NICKNAME` that you choose in
# `dlcourse/challenge.py`; without one you are *anonymous*. Only your instructor sees who is who.

# %% [markdown]
# ## What you can do now
#
# You have a checklist, and know what each step of it finds: the first loss, 50 images by heart, a
# rate by coarse and fine search, the gap between training and validation. You can read a curve,
# stop in time, and search several hyperparameters at random. And you have trained a network of your
# own, out of layers that you wrote, as well as ten minutes allow.
#
# **Your numbers beside the numbers to expect:**

# %%
expect = {
    "50 digits by heart": (1.0, 1.0),
    "digits, rate of the search": (0.95, 0.99),
    "500 shapes, validation, last epoch": (0.29, 0.36),
    "500 shapes, early stopping": (0.27, 0.35),
    "500 shapes, dropout": (0.34, 0.42),
    "500 shapes, augmentation": (0.32, 0.40),
    "4,000 shapes": (0.49, 0.58),
    "quiz, by diagnose": (1.0, 1.0),
    "challenge, the start": (0.74, 0.84),
    "challenge, validation": (0.95, 1.0),
}
scoreboard([(name, reached.get(name), *limits) for name, limits in expect.items()])

# %% tags=["solutions-only"]
assert all(low <= reached[name] <= high for name, (low, high) in expect.items()), reached

# %% [markdown]
# ## The whole course in one picture
#
# From Part I to here: every kind of classifier that you have written, on 5,000 training images of
# shapes, and of CIFAR-10 beside them. The numbers come from the reference, at its leisure: they
# are stored with the course, and `benchmarks/ladder.py` measures them anew. **Predict before you
# run the cell**: which step brings the most, and which costs the most time?

# %%
measured = ladder.load()
fig, told_by_the_picture = ladder.draw(measured)
figures.show(
    fig,
    alt=told_by_the_picture,
    caption="Bars: the mean over seeds; black lines: from the worst seed to the best. The last rung has "
    + list(measured["rungs"].values())[-1]
    + ".",
)

# %% [markdown]
# **Pack your work:** in a terminal, `dlcourse submit part6_training` writes one file to hand in.
