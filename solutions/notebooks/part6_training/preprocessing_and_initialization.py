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
# # Part VI: preprocessing and initialization
#
# **The question.** A network is trained by small steps down a slope. Two things are decided before the first step:
# which numbers go in, and which weights it starts from. How much can go wrong there? (Everything: a net that cannot
# learn at all, although every line of code is right.)
#
# **What you will build**, in `dlcourse/preprocessing.py` and `dlcourse/initialization.py`:
#
# 1. images around zero, and of one scale, by statistics of the *training* images alone,
# 2. four ways to draw the first weights: zeros, small numbers, **Xavier**, **Kaiming**.
#
# **How long it takes.** About two hours: eight short exercises of three to twenty-five minutes, three questions to
# answer in words, and an experiment after each block.
#
# **How to work.** As before: replace the `raise NotImplementedError` of a function, save, run the check cell below the
# exercise. The experiments also use `dlcourse/layers.py` of Part IV; one that waits for a function names it.
#
# **The numbers to expect.** A small network on the shapes goes from about 10 % (guessing) to more than 45 % in three
# epochs by preprocessing alone, and a network of ten layers on the digits from 10 % to more than 90 % by its first
# weights alone. The end of the notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
from functools import cache, partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter
from tqdm.auto import tqdm

from autograder import check
from dlcourse import initialization, layers, losses, preprocessing
from dlcourse.toolkit import datasets, figures
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.training import GradientDescent, fit, predict_in_batches

figures.set_style()
progress_bar = partial(tqdm, leave=False)
reached = {}  # what you measure, for the comparison at the end
digits = datasets.load("digits")
shapes = datasets.load("shapes")
print(digits)
print(shapes)

# %% [markdown]
# ## 1. Numbers around zero
#
# Pixels run from 0 to 255. Two numbers for each of 400 images of the shapes, its mean brightness and its contrast
# (the standard deviation of its pixels), make a cloud far away from zero, twice as wide in one direction as in the
# other. Moving it to the origin is called **zero-centring**; giving it the same width in every direction is
# **normalization**:
#
# $$ x \;\to\; x - \mu \;\to\; \frac{x - \mu}{\sigma}, \qquad \mu = \text{mean},\quad \sigma^2 = \text{mean of } (x - \mu)^2 , $$
#
# each feature, or pixel, with a mean $\mu$ and a standard deviation $\sigma$ of its own, taken over the *examples*.
#
# ### Exercise: `zero_center` and `normalize`
#
# Write both in `dlcourse/preprocessing.py`. Take care of the type: images come as integers, and 3 − 5 is 254 in
# `uint8`; `as_float`, given above them, helps. Take care of pixels that never change, too: their $\sigma$ is 0, or, for a
# fraction like 0.1 whose mean is rounded, $10^{-17}$. The checks ask for both, and whether the caller's images stay as
# they were.

# %%
check("preprocessing.zero_center")

# %%
check("preprocessing.normalize")

# %%
with experiment():
    some = shapes.train_images[:400].astype(np.float64)
    cloud = np.stack([some.mean(axis=(1, 2, 3)), some.std(axis=(1, 2, 3))], axis=1)
    stages = {
        "original": cloud,
        "zero-centred": preprocessing.zero_center(cloud),
        "normalized": preprocessing.normalize(cloud),
    }

    fig, axes = plt.subplots(1, 3, figsize=(10.5, 3.5))
    for ax, (name, points), limit in zip(axes, stages.items(), (260, 260, 4), strict=True):
        ax.plot(*points.T, ".", color=figures.BLUE, markersize=4, alpha=0.6)
        ax.axhline(0, color=figures.BLACK, linewidth=1)
        ax.axvline(0, color=figures.BLACK, linewidth=1)
        ax.plot(*points.mean(axis=0), "X", color=figures.VERMILION, markersize=11, label="mean")
        ax.set(title=name, xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
        ax.set(xlabel="mean brightness")
    axes[0].set_ylabel("contrast")
    axes[0].legend(loc="lower left")
    figures.show(
        fig,
        alt="Three scatter plots of 400 images, brightness against contrast. Original: an "
        "elongated cloud to the upper right of the origin. Zero-centred: the same cloud around "
        "the origin. Normalized: a cloud around the origin, as wide as it is high.",
        caption="The same 400 images. Centring moves the cloud, normalization gives it one scale; "
        "note the axes of the last one. (It is still slanted: brightness and contrast go "
        "together. Normalization treats each feature alone.)",
    )

# %% tags=["solutions-only"]
assert cloud.mean(axis=0).min() > 60 and 2 < cloud.std(axis=0)[0] / cloud.std(axis=0)[1] < 3
assert abs(stages["normalized"].mean()) < 1e-9 and abs(stages["normalized"].std() - 1) < 1e-9

# %% [markdown]
# ## 2. Why it matters: the shape of the valley
#
# A problem with two weights, so that you can see its loss: tell a handwritten 1 from a 0 by the ink $x$ in the two
# middle columns of the image. The score of "1" is $w x + b$, that of "0" is 0, and the loss is softmax. Three
# versions of $x$: in units of 32 grey levels (with single ones the valley would be too thin to draw), zero-centred,
# normalized.
#
# **Predict before you run the next cells.** How does the loss, as a map over $(w, b)$, change from one version to the
# next? Think of what happens to the scores when $w$ grows a little, and whether $b$ can make up for it. In which
# version does gradient descent need the fewest steps, and why? (You are graded on the reasons.)

# %% [markdown] answer_points=2 grade_id="preprocessing-valley"
# ### BEGIN SOLUTION
# With the original $x$, all positive, raising $w$ raises the score of *every* image, and lowering $b$ takes that
# back: the two weights do nearly the same thing. Along the direction in which they cancel, the loss hardly changes,
# across it very much: a long, narrow and slanted valley.
#
# Zero-centred, $w$ tells images apart and $b$ moves all of them: they do different things, and the valley is no longer
# slanted. It is still longer in one direction, because $x$ is larger than the 1 that $b$ is multiplied by. Normalized,
# both have the same scale, and the valley becomes (nearly) a round bowl.
#
# The steepest direction limits the learning rate, the flattest needs the most steps: the ratio of the two curvatures
# counts. So gradient descent needs fewest steps where the bowl is round: normalized.
# ### END SOLUTION

# %%
chosen = np.isin(digits.train_labels, (0, 1))
ink = digits.train_images[chosen][:, :, 3:5, 0].mean(axis=(1, 2)) / 32
is_one = (digits.train_labels[chosen] == 1).astype(int)


def loss_and_gradient(place, x):
    """The loss at place = (w, b), and its gradient."""
    scores = np.stack([np.zeros(len(x)), place[0] * x + place[1]], axis=1)
    loss, gradient = losses.cross_entropy(scores, is_one)
    return loss, np.array([gradient[:, 1] @ x, gradient[:, 1].sum()])


def walk(x, rate, num_steps):
    places = [START]
    for _ in range(num_steps):
        places.append(places[-1] - rate * loss_and_gradient(places[-1], x)[1])
    return np.array(places)


def steps_to_arrive(x, rate, lowest, most=1000):
    """How many steps until the loss is within 1 % of the lowest."""
    place = START
    for step in range(most):
        loss, gradient = loss_and_gradient(place, x)
        if loss < 1.01 * lowest:
            return step
        place = place - rate * gradient
    return most


RATES = np.geomspace(0.02, 20, 40)
START = np.array([-1.5, 2.5])
steps_needed = {}

with experiment():
    versions = {
        "original": ink,
        "zero-centred": preprocessing.zero_center(ink[:, np.newaxis])[:, 0],
        "normalized": preprocessing.normalize(ink[:, np.newaxis])[:, 0],
    }
    easy = versions["normalized"]
    lowest = loss_and_gradient(walk(easy, 3.0, 1000)[-1], easy)[0]  # the same for all three

    fig, axes = plt.subplots(1, 3, figsize=(11, 3.9))
    for ax, (name, x) in zip(axes, versions.items(), strict=True):
        counts = [steps_to_arrive(x, rate, lowest) for rate in progress_bar(RATES)]
        steps_needed[name] = min(counts)
        rate = RATES[int(np.argmin(counts))]
        places = walk(x, rate, min(counts))
        end = walk(x, rate, 3000)[-1]
        middle, reach = (START + end) / 2, abs(START - end).max() / 2 + 2
        w, b = (place + np.linspace(-reach, reach, 101) for place in middle)
        heights = np.array([[loss_and_gradient(np.array([i, j]), x)[0] for i in w] for j in b])
        levels = heights.min() * np.array([1.01, 1.1, 1.3, 1.7, 2.5, 4, 7, 12])
        ax.contour(w, b, heights, levels=levels, cmap="viridis", linewidths=1)
        ax.plot(*places.T, "o-", color=figures.VERMILION, markersize=3, linewidth=1)
        ax.plot(*START, "s", color=figures.BLACK)
        ax.plot(*end, "*", color=figures.BLUE, markersize=12)
        ax.set(title=f"{name}: {min(counts)} steps with η = {rate:.2g}", xlabel="w", aspect="equal")
        ax.set(xlim=(w[0], w[-1]), ylim=(b[0], b[-1]))
    axes[0].set_ylabel("b")
    figures.show(
        fig,
        alt="Three maps of the loss over w and b with the path of gradient descent. Original: a "
        f"narrow, slanted valley, {steps_needed['original']} steps. Zero-centred: an upright "
        f"oval, {steps_needed['zero-centred']} steps. Normalized: a nearly round bowl, "
        f"{steps_needed['normalized']} steps.",
        caption="Steps from the black square until the loss is within 1 % of the lowest (star), "
        "each with its best learning rate of 40. Only the inputs differ; the best the three can reach "
        "is the same.",
    )

# %% tags=["solutions-only"]
assert steps_needed["original"] > 5 * steps_needed["zero-centred"], steps_needed
assert steps_needed["zero-centred"] > 2 * steps_needed["normalized"], steps_needed
assert loss_and_gradient(end, easy)[0] < lowest + 1e-9

# %% [markdown]
# (The star is a little elsewhere in each map, for $w$ and $b$ mean something else.) A real image has not one input but
# thousands, and all of them are positive: the same slanted valley in thousands of directions at once. You will meet it
# again in the next notebook, where *hidden* units that are all positive do the same to the layer behind them.
#
# ## 3. Measured on training images alone
#
# Mean and standard deviation are *learned from data*, like weights. So the rule for weights holds for them as well:
# training images only. Validation and test images are transformed by the **training** images' numbers.
#
# ### Exercise: `Standardizer`
#
# A class with two methods: `fit` measures, `transform` computes. With `per_channel=True` there is one mean and one
# standard deviation a colour channel, over all images and places, instead of one for each pixel: then the image
# itself is not changed in its pattern, which is what convolutions like. The check transforms images that were not
# there when `fit` was called, alone and in company, and images that vary in places where the training images do not.

# %%
check("preprocessing.Standardizer")

# %%
with experiment():
    picks = [int(np.flatnonzero(shapes.train_labels == label)[1]) for label in range(6)]
    rows, labels = [shapes.train_images[picks].astype(float)], ["original"]
    for name, per_channel in (("per pixel", False), ("per channel", True)):
        standardizer = preprocessing.Standardizer(per_channel).fit(shapes.train_images)
        rows.append(127.5 + 50 * standardizer.transform(shapes.train_images[picks]))
        labels.append(name)
        if not per_channel:
            mean_image, std_image = standardizer.mean, standardizer.std
        else:
            print("per channel: mean", standardizer.mean.round(1), "std", standardizer.std.round(1))
    extra = [mean_image, 2 * std_image]
    grid = [image for row, more in zip(rows, [*extra, None], strict=True) for image in (*row, more)]
    grid[-1] = np.full_like(mean_image, 255.0)
    titles = [""] * 6 + ["mean image"] + [""] * 6 + ["2 · std image"] + [""] * 7
    fig = figures.image_grid(grid, titles=titles, columns=7, row_labels=labels, size=1.05)
    figures.show(
        fig,
        alt="Six images of the shapes in three rows: as they are, normalized per pixel, normalized "
        "per channel; both look alike, somewhat greyer. At the right the mean image and the "
        "standard deviation of each pixel: both are nearly even grey.",
        caption="Normalized images, drawn with 0 as middle grey. Shapes appear everywhere, so all "
        "pixels have nearly the same mean and spread, and both ways look alike. On digits, whose "
        "borders are always blank, they do not.",
    )

# %% [markdown]
# ### What can go wrong: other images decide
#
# A network learns the training digits, normalized per pixel. Then the 297 test digits arrive, and somebody normalizes
# them by *their own* mean and standard deviation: all at once, in groups of ten as they come, in groups of ten of one
# class (a page full of sevens), or one by one.
#
# **Predict before you run the next cell**: what becomes of a test image that is normalized all by itself?

# %%
with experiment():
    standardizer = preprocessing.Standardizer().fit(digits.train_images)

    def rows_of(images):
        return images.reshape(len(images), -1)

    leak_net = layers.mlp([64, 50, 10], np.random.default_rng(0))
    data = rows_of(standardizer.transform(digits.train_images)), digits.train_labels
    optimizer = GradientDescent(leak_net.parameters(), 0.1)
    fit(
        leak_net,
        layers.CrossEntropyLoss(),
        data,
        optimizer,
        epochs=15,
        rng=np.random.default_rng(0),
    )

    def test_accuracy(groups, fitted=None):
        """Accuracy when each group of test images is normalized by itself, or by a fitted Standardizer."""
        right = []
        for group in groups:
            images = digits.test_images[group]
            own = fitted or preprocessing.Standardizer().fit(images)
            scores = predict_in_batches(leak_net, rows_of(own.transform(images)))
            right.extend(scores.argmax(axis=1) == digits.test_labels[group])
        return float(np.mean(right))

    everyone = np.arange(297)
    by_class = np.argsort(digits.test_labels, kind="stable")
    tens = [everyone[i : i + 10] for i in range(0, 297, 10)]
    both = np.concatenate([digits.train_images, digits.test_images])
    leak = {
        "by the training images": test_accuracy([everyone], standardizer),
        "the same, in tens": test_accuracy(tens, standardizer),
        "the same, one by one": test_accuracy(everyone[:, np.newaxis], standardizer),
        "by all 297 test images": test_accuracy([everyone]),
        "each ten by itself": test_accuracy(tens),
        "each ten of one class": test_accuracy([by_class[i : i + 10] for i in range(0, 297, 10)]),
        "each image by itself": test_accuracy(everyone[:, np.newaxis]),
        "by training and test images": test_accuracy(
            [everyone], preprocessing.Standardizer().fit(both)
        ),
    }
    reached["normalized by training images"] = leak["by the training images"]

    fig, ax = plt.subplots(figsize=(8, 3.4))
    colours = [figures.BLUE] * 3 + [figures.ORANGE] * 4 + [figures.PURPLE]
    hatches = [""] * 3 + ["//"] * 4 + [".."]
    bars = ax.barh(list(leak), list(leak.values()), color=colours, edgecolor="white")
    for bar, hatch, value in zip(bars, hatches, leak.values(), strict=True):
        bar.set_hatch(hatch)
        ax.text(value + 0.01, bar.get_y() + 0.4, f"{value:.1%}", va="center", fontsize=9)
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    ax.set(xlim=(0, 1.1), xlabel="accuracy of one and the same network on the same 297 images")
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    told = "; ".join(f"{name}: {value:.0%}" for name, value in leak.items())
    figures.show(
        fig,
        alt=f"Bars of the accuracy by where the normalization comes from. {told}.",
        caption="Blue: by the training images, the result does not depend on who comes along. "
        "Orange, hatched: by the test images' own statistics, the company decides.",
    )

# %% tags=["solutions-only"]
assert (
    leak["by the training images"]
    == leak["the same, in tens"]
    == leak["the same, one by one"]
    > 0.92
)
assert leak["each ten of one class"] < leak["by the training images"] - 0.25, leak
assert (
    leak["each image by itself"] < 0.2
    and abs(leak["by all 297 test images"] - leak["by the training images"]) < 0.03
)
assert abs(leak["by training and test images"] - leak["by the training images"]) < 0.02, leak

# %% [markdown]
# All by itself an image *is* its mean: everything becomes 0, and the net says the same for each. In a page of sevens,
# the seven itself is what gets subtracted. So the same image gets different answers in different company, and a test
# of 297 images at once promises a number that nobody reaches with one image at a time.
#
# Look at the last bar, too. To fit on training *and* test images makes hardly a difference here. That is typical of a
# **leak**: mostly you see nothing, until the data is small, or sorted, or from another camera. Nobody can tell from
# the number; only the order of the work helps: split, fit on the training images, transform everything.
#
# ## 4. What it is worth
#
# Now a network on the real thing, the 5,000 shapes: 3072-50-10, three epochs of mini-batches of 64. Four versions of
# the pixels, each with many learning rates.

# %%
with experiment():

    def flat(images):
        return images.reshape(len(images), -1)

    train, validation = (
        images.astype(np.float32) for images in (shapes.train_images, shapes.validation_images)
    )
    per_pixel = preprocessing.Standardizer().fit(shapes.train_images)
    inputs = {
        "0 … 255": (train, validation),
        "0 … 1": (train / 255, validation / 255),
        "zero-centred": tuple((images - per_pixel.mean) / 255 for images in (train, validation)),
        "normalized": tuple(per_pixel.transform(images) for images in (train, validation)),
    }
    rates = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0]

    def accuracy_after(pair, rate, epochs=3, seed=0):
        net = layers.mlp([3072, 50, 10], np.random.default_rng(seed))
        data = (flat(pair[0]), shapes.train_labels, flat(pair[1]), shapes.validation_labels)
        optimizer = GradientDescent(net.parameters(), rate)
        rng = np.random.default_rng(seed)
        history = fit(
            net, layers.CrossEntropyLoss(), data, optimizer, epochs=epochs, rng=rng, progress=False
        )
        return history.validation_accuracy[-1] if history.validation_accuracy else 0.1

    table = {}
    for name, pair in progress_bar(inputs.items()):
        used = rates[:6] if name == "0 … 255" else rates[4:]
        with np.errstate(all="ignore"):
            table[name] = used, [accuracy_after(pair, rate) for rate in progress_bar(used)]
    for name, (_, values) in table.items():
        reached[f"shapes, {name}"] = max(values)

    fig, ax = plt.subplots(figsize=(7.5, 3.8))
    looks = zip(table.items(), figures.COLOURS, figures.MARKERS, strict=False)
    for (name, (used, values)), colour, marker in looks:
        ax.semilogx(used, values, f"{marker}-", color=colour, label=name)
    ax.axhline(0.1, color=figures.BLACK, linestyle=":")
    ax.text(1.2e-7, 0.078, "guessing", fontsize=9)
    ax.set(xlabel="learning rate", ylabel="validation accuracy after 3 epochs", ylim=(0.06, 0.56))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend()
    told = "; ".join(f"{name} at best {max(values):.0%}" for name, (_, values) in table.items())
    figures.show(
        fig,
        alt=f"Validation accuracy after three epochs against the learning rate. {told}.",
        caption="The same network and the same first weights. Raw pixels do not learn at any rate "
        "tried; between 0 and 1 they do; around zero they learn much better. Dividing each pixel by "
        "its own σ only moves the best rate.",
    )

# %% tags=["solutions-only"]
best = {name: max(values) for name, (_, values) in table.items()}
assert best["0 … 255"] < 0.2 < 0.28 < best["0 … 1"] < 0.4, best
assert min(best["zero-centred"], best["normalized"]) > best["0 … 1"] + 0.08, best
assert abs(best["zero-centred"] - best["normalized"]) < 0.06, best
assert (
    0.8 < std_image.min() / np.median(std_image) and std_image.max() / np.median(std_image) < 1.25
)

# %% [markdown]
# Here centring is worth far more than normalizing. That is no law: all pixels of the shapes have nearly the same
# $\sigma$, so to divide by it is to divide by a constant, which the learning rate can make up for. (On the ink above,
# next to a constant 1, it was not.) What normalization always gives you is a *known* scale: the good learning rates
# are where they are for everybody else.
#
# Why do raw pixels fail so badly? The first weights are made for inputs of size 1. Look at the
# hidden units after one epoch with η = 0.001, the lowest rate of the other versions:

# %%
with experiment():
    hidden_loss = layers.CrossEntropyLoss()
    net = layers.mlp([3072, 50, 10], np.random.default_rng(0))
    first_loss = hidden_loss.forward(net.forward(flat(train)), shapes.train_labels)
    data = flat(train), shapes.train_labels
    optimizer = GradientDescent(net.parameters(), 1e-3)
    fit(net, hidden_loss, data, optimizer, epochs=1, rng=np.random.default_rng(0), progress=False)
    hidden = net.layers[1].forward(net.layers[0].forward(flat(train)))
    dead = np.mean(np.all(hidden == 0, axis=0))
    print(f"the loss before the first step is {first_loss:.0f}, and ln 10 is {np.log(10):.1f}")
    print(f"after one epoch {dead:.0%} of the hidden units are 0 for every training image")

# %% tags=["solutions-only"]
assert first_loss > 50 and dead > 0.5, (first_loss, dead)

# %% [markdown]
# Inputs of size 120 give scores in the hundreds and a loss to match; the gradients are as large, and within a few steps
# most units are pushed to where ReLU gives 0 for every image, and no gradient ever comes back (the next notebook counts
# such deaths). With a hundredth of that rate nobody dies, and in three epochs nothing much is learned either. It would be
# possible to draw smaller weights instead. Which brings up the question: how large should they be?
#
# ## 5. All zeros
#
# Zero is neutral, fair to all units, and the loss starts at $\ln 10$ as it should. For a *linear* classifier it was a
# fine start.
#
# ### Exercise: `zeros`
#
# Write `zeros(shape, rng=None, dtype=np.float32)` in `dlcourse/initialization.py`; three minutes.

# %%
check("initialization.zeros")

# %% [markdown]
# **Predict before you run the next cell.** Three networks 64-6-10 with ReLU learn the digits: one starts from zeros,
# one from weights that are all 0.1, one from random ones. What do the six hidden units of each look like after
# training? Which of the three can tell the digits apart? Give the reason in terms of gradients.

# %% [markdown] answer_points=2 grade_id="initialization-symmetry"
# ### BEGIN SOLUTION
# All 0: the hidden units are 0, so the gradient of the second layer's weights is 0; the second layer's weights are 0,
# so no gradient reaches the first layer. Nothing moves, ever, except the last bias, which learns how frequent each
# class is.
#
# All 0.1: all six units compute the same number, and each has the same weights to what follows, so each gets the same
# gradient, and they stay alike for ever: the net has one hidden unit, six times over. It learns something, as a net
# 64-1-10 does, but one number cannot tell ten digits apart.
#
# Random: the units differ from the start, so do their gradients, and they become different templates.
# ### END SOLUTION


# %%
@cache
def normalized_digits():
    """Training and validation digits as rows, normalized by the training digits: images, labels, images, labels."""
    standardizer = preprocessing.Standardizer().fit(digits.train_images)
    train_rows, validation_rows = (
        standardizer.transform(images).reshape(len(images), -1)
        for images in (digits.train_images, digits.validation_images)
    )
    return train_rows, digits.train_labels, validation_rows, digits.validation_labels


def started(sizes, initialize, seed=0):
    """A network whose weights come from `initialize(shape, rng)`; its biases are zeros."""
    rng = np.random.default_rng(seed)
    net = layers.mlp(sizes, rng)
    for parameter in net.parameters():
        if parameter.value.ndim == 2:
            parameter.value = np.array(initialize(parameter.value.shape, rng))
    return net


def trained(net, rate, epochs):
    loss, optimizer = layers.CrossEntropyLoss(), GradientDescent(net.parameters(), rate)
    return fit(
        net,
        loss,
        normalized_digits(),
        optimizer,
        epochs=epochs,
        rng=np.random.default_rng(0),
        progress=False,
    )


def alike(shape, rng):
    return np.full(shape, 0.1, np.float32)


def random(shape, rng):
    return (0.2 * rng.normal(size=shape)).astype(np.float32)


with experiment():
    starts = {"all 0": initialization.zeros, "all 0.1": alike, "random": random}
    templates, symmetry = [], {}
    for name, initialize in starts.items():
        net = started([64, 6, 10], initialize)
        symmetry[name] = trained(net, 0.1, 20).validation_accuracy[-1]
        weight = net.parameters()[0].value
        templates += list(127.5 + 127.5 * (weight / (abs(weight).max() or 1)).reshape(6, 8, 8))
    labels = [f"{name}:\n{value:.0%} right" for name, value in symmetry.items()]
    fig = figures.image_grid(templates, columns=6, row_labels=labels, size=0.85)
    figures.show(
        fig,
        alt="The weights of six hidden units as images, in three rows. All 0: six even grey "
        "squares. All 0.1: six times the same pattern. Random: six different patterns. "
        "Accuracies: " + ", ".join(f"{k}: {v:.0%}" for k, v in symmetry.items()) + ".",
        caption="The weights into six hidden units after 20 epochs; grey is 0. From zeros nothing "
        "has moved. From equal weights, six copies of one unit.",
    )
    reached["digits, zeros"] = symmetry["all 0"]

# %% tags=["solutions-only"]
assert symmetry["all 0"] < 0.15 < symmetry["all 0.1"] < 0.6 < 0.85 < symmetry["random"], symmetry

# %% [markdown]
# So weights must be random, to **break the symmetry**. (Biases may be zeros: units that differ in their weights
# differ.)
#
# ## 6. Small random numbers
#
# ### Exercise: `gaussian`
#
# `gaussian(shape, rng, std=0.01)` draws from the normal distribution $N(0, \text{std}^2)$. The check looks at the
# mean, the standard deviation and the shape of the distribution of thousands of weights, so it cannot be misled, and
# it does not depend on luck.

# %%
check("initialization.gaussian")

# %% [markdown]
# $N(0, 0.01^2)$ worked for years, in networks of two or three layers. Now ten layers of 256 units. Take 256 images of
# the shapes, reduced to $16 \times 16$ grey pixels and normalized; send them forward through weights that nobody has
# trained; then send a random gradient backward. What arrives?


# %%
def small_images(count=256):
    """`count` images as rows of 256 numbers, each of mean 0 and standard deviation 1."""
    grey = shapes.train_images[:count].mean(axis=3).reshape(count, 16, 2, 16, 2).mean(axis=(2, 4))
    rows = grey.reshape(count, 256)
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)


FUNCTIONS = {  # name: (f, its derivative as a function of its value)
    "linear": (lambda z: z, lambda y: np.ones_like(y)),
    "tanh": (np.tanh, lambda y: 1 - y**2),
    "ReLU": (lambda z: np.maximum(z, 0), lambda y: (y > 0).astype(float)),
}


def signals(initialize, function, depth=10, gain=1.0, seed=0):
    """Activations of each layer, forward, and gradients of the same numbers, backward."""
    f, slope = FUNCTIONS[function]
    rng = np.random.default_rng(seed)
    weights = [gain * initialize((256, 256), rng).astype(float) for _ in range(depth)]
    forward, backward = [small_images()], []
    for weight in weights:
        forward.append(f(forward[-1] @ weight.T))
    gradient = rng.normal(size=forward[-1].shape)
    for weight, y in zip(weights[::-1], forward[:0:-1], strict=True):
        backward.append(gradient)
        gradient = (gradient * slope(y)) @ weight
    return forward[1:], backward[::-1]


def size(numbers):
    """Root mean square, over all numbers of a layer."""
    return float(np.sqrt(np.mean(np.square(numbers))))


with experiment():
    print("layer   activations      gradients")
    forward, backward = signals(initialization.gaussian, "tanh")
    for number, (y, dy) in enumerate(zip(forward, backward, strict=True), 1):
        print(f"{number:5}{size(y):14.1e}{size(dy):15.1e}")
    small_after_ten = size(forward[-1])

# %% tags=["solutions-only"]
assert 1e-9 < small_after_ten < 1e-7

# %% [markdown]
# Every layer makes the numbers six times smaller, forward as well as backward. The gradient of a weight is a product
# of both, activation times gradient: after ten layers it is about $10^{-8}$ of what it could be, in *all* layers.
# Nothing learns.
#
# With weights of 0.1? Each layer would multiply by 1.6, and after a hundred layers the numbers would have twenty
# digits. There must be a size in between.
#
# ## 7. How large? A derivation
#
# One output of a linear layer is $z = \sum_{i=1}^{n} w_i x_i$, where $n$, the **fan-in**, is how many inputs it has.
# The weights are independent of each other and of the inputs, with mean 0. Variances of independent terms add up:
#
# $$ \mathrm{Var}[z] = \sum_{i=1}^{n} \mathrm{Var}[w_i x_i] = n \cdot \mathrm{Var}[w] \cdot \mathrm{E}[x^2] . $$
#
# **Forward, without a nonlinearity** (or with tanh near 0, where $\tanh z \approx z$): $x$ has mean 0, so
# $\mathrm{E}[x^2] = \mathrm{Var}[x]$, and the variance stays the same from layer to layer if $n \cdot \mathrm{Var}[w]
# = 1$: $\;\mathrm{Var}[w] = \frac{1}{\text{fan-in}}$.
#
# **Backward**, $\frac{\partial L}{\partial x_i}$ is a sum over all the outputs that $x_i$ goes into, the **fan-out**.
# The same computation gives $\mathrm{Var}[w] = \frac{1}{\text{fan-out}}$. Both at once is impossible unless the fans
# are equal; **Xavier** (the first name of its author) takes the mean of the fans:
#
# $$ \mathrm{Var}[w] = \frac{2}{\text{fan-in} + \text{fan-out}} \qquad \text{(Glorot and Bengio, 2010).} $$
#
# **With ReLU**, $x = \max(0, z')$ of the layer before. $z'$ is symmetric around 0, so exactly half of
# $\mathrm{E}[z'^2]$ is left: $\mathrm{E}[x^2] = \frac12 \mathrm{Var}[z']$. To make up for the half, double the
# variance. That is **Kaiming**:
#
# $$ \mathrm{Var}[w] = \frac{2}{\text{fan-in}} \qquad \text{(He, Zhang, Ren and Sun, 2015).} $$
#
# ### Exercises: `fans`, `xavier`, `kaiming`
#
# `fans(shape)` counts: for `Linear` the shape is (out, in); for `Conv2d` it is (out, in, kernel height, kernel
# width), and an output sees the whole kernel on all input channels. The other two are a line each, if you remember
# what `rng.normal` wants: a standard deviation or a variance?

# %%
check("initialization.fans")

# %%
check("initialization.xavier")

# %%
check("initialization.kaiming")

# %% [markdown]
# Now the same ten layers with each of them. Each column of a panel is the histogram of one layer's numbers, by order
# of magnitude.

# %%
SCHEMES = {
    "zeros, tanh": ("zeros", "tanh"),
    "N(0, 0.01²), tanh": ("gaussian", "tanh"),
    "Xavier, tanh": ("xavier", "tanh"),
    "Xavier, ReLU": ("xavier", "ReLU"),
    "Kaiming, ReLU": ("kaiming", "ReLU"),
}


def draw_histograms(ax, all_numbers, low=-10, high=2):
    """One histogram of log10 |number| a layer, side by side; exact zeros are left out."""
    edges = np.linspace(low, high, 61)
    columns, sizes = [], []
    for numbers in all_numbers:
        magnitude = np.log10(np.abs(numbers[numbers != 0]))
        columns.append(np.histogram(magnitude, edges)[0] / numbers.size)
        sizes.append(np.log10(size(numbers)) if np.any(numbers) else np.nan)
    picture, layer = np.array(columns).T, np.arange(1, len(columns) + 1)
    ax.pcolormesh(np.arange(len(columns) + 1) + 0.5, edges, picture, cmap="Blues", vmin=0, vmax=max(picture.max(), 0.05))
    ax.plot(layer, sizes, "o-", color=figures.VERMILION, markersize=4, label="root mean square")
    nothing = layer[np.isnan(sizes)]
    if len(nothing):
        ax.text(nothing.mean(), (low + high) / 2, "all are 0", ha="center", fontsize=10)
    powers = np.arange(low + (low % 2), high + 1, 2 if high - low < 15 else 6)
    ax.set_yticks(powers, [f"$10^{{{power:g}}}$" if power else "1" for power in powers])
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_ylim(low, high)


with experiment():
    fig, axes = plt.subplots(2, 5, figsize=(12, 5.4), sharex=True, sharey=True)
    sizes = {}
    for column, (name, (scheme, function)) in zip(axes.T, SCHEMES.items(), strict=True):
        forward, backward = signals(getattr(initialization, scheme), function)
        sizes[name] = size(forward[-1]), size(backward[0])
        draw_histograms(column[0], forward)
        draw_histograms(column[1], backward)
        column[0].set_title(name)
        column[1].set_xlabel("layer")
    axes[0, 0].set_ylabel("activations, forward →")
    axes[1, 0].set_ylabel("← gradients, backward")
    axes[0, 1].legend(fontsize=9, loc="lower left")
    told = "; ".join(f"{k}: {a:.1g} and {b:.1g}" for k, (a, b) in sizes.items())
    figures.show(
        fig,
        alt="Histograms of the magnitude of activations and gradients in ten layers, for five "
        f"ways to start. Root mean square of the last activations and the first gradients: {told}.",
        caption="Darker: more numbers of that size. From zeros, nothing but the gradient that enters on "
        "the right is there to be seen. Small weights lose eight orders of magnitude. "
        "Xavier keeps tanh alive; with ReLU it loses half of the mean square in each layer. Kaiming "
        "makes up for that.",
    )
    print("after ten layers, activations and gradients:")
    for name, (a, b) in sizes.items():
        print(f"  {name:20}{a:10.2g}{b:10.2g}")

# %% tags=["solutions-only"]
assert sizes["zeros, tanh"] == (0, 0)
assert sizes["N(0, 0.01²), tanh"][0] < 1e-7 and sizes["N(0, 0.01²), tanh"][1] < 1e-6
assert 0.1 < sizes["Xavier, tanh"][0] < 1 and 0.1 < sizes["Xavier, tanh"][1] < 1
assert 0.5 < sizes["Kaiming, ReLU"][0] < 2 and 0.5 < sizes["Kaiming, ReLU"][1] < 2
ratio = sizes["Kaiming, ReLU"][0] / sizes["Xavier, ReLU"][0]
assert 28 < ratio < 36, ratio  # √2 to the tenth is 32

# %% [markdown]
# A factor $\sqrt2$ a layer looks harmless, but $\sqrt2^{\,10} = 32$, and in thirty layers it is 32,768. Turn the
# knobs: `depth`, the activation, and a `gain` that multiplies all weights. For each activation find the gain that
# keeps both directions alive in fifty layers.


# %%
def draw_depth(depth=30, gain=1.0, scheme="xavier", activation="ReLU"):
    forward, backward = signals(getattr(initialization, scheme), activation, depth, gain)
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True)
    titles = ("activations, forward →", "← gradients, backward")
    for ax, numbers, title in zip(axes, (forward, backward), titles, strict=True):
        draw_histograms(ax, numbers, low=-12, high=12)
        ax.axhspan(-1, 1, color=figures.GREEN, alpha=0.15)
        ax.text(1, 1.3, "alive", fontsize=9)
        ax.set(xlabel="layer", title=title)
    fig.suptitle(f"{scheme} × {gain:.3g}, {activation}, {depth} layers", fontsize=10)
    axes[1].legend(fontsize=9)
    figures.show(
        fig,
        alt=f"Histograms of activations and gradients in {depth} layers of {activation} with "
        f"{scheme} weights times {gain:.3g}. Root mean square of the last activations "
        f"{size(forward[-1]):.1g}, of the first gradients {size(backward[0]):.1g}.",
        caption="In the green band a layer can learn. On this axis a constant factor a layer is a "
        "straight line.",
    )


with experiment():
    draw_depth()

# %%
figures.explore(
    draw_depth,
    depth=ipywidgets.IntSlider(30, 2, 50),
    gain=ipywidgets.FloatLogSlider(value=1.0, base=10, min=-0.7, max=0.7, step=0.02),
    scheme=["xavier", "kaiming", "gaussian", "zeros"],
    activation=["ReLU", "tanh", "linear"],
)

# %% [markdown]
# ### Does it matter for training?
#
# Ten layers, 64-100-…-100-10 with ReLU, learn the digits for 15 epochs. Each start gets the best of five learning
# rates, so that none has an unfair disadvantage.
#
# **Predict before you run the next cell.** Sort the four starts by how fast they learn. Does a larger learning rate
# save N(0, 0.01²)? (You are graded on the reasons.)

# %% [markdown] answer_points=2 grade_id="initialization-race"
# ### BEGIN SOLUTION
# Kaiming first: activations and gradients keep their size through ReLUs. Xavier starts with signals about 20 to 30
# times smaller at the end of nine ReLU layers, so it needs a while, but its gradients are large enough to get going.
# N(0, 0.01²) and zeros do not learn: with zeros no gradient flows at all, and with 0.01 all gradients of the weights
# are smaller by many orders of magnitude.
#
# A larger rate does not save it: it would have to be larger by that same factor, and then the last bias, whose gradient
# is *not* small, would be thrown about by it, and as soon as the weights grow, the steps would be far too long.
# ### END SOLUTION

# %%
with experiment():
    sizes_of_net = [64, *[100] * 9, 10]
    race = {}
    for scheme in progress_bar(["zeros", "gaussian", "xavier", "kaiming"]):
        initialize = getattr(initialization, scheme)
        runs = {}
        for rate in progress_bar((0.01, 0.03, 0.1, 0.3, 1.0)):
            with np.errstate(all="ignore"):
                history = trained(started(sizes_of_net, initialize), rate, 15)
            if history.epochs == 15:
                runs[rate] = history
        rate = min(runs, key=lambda rate: runs[rate].train_loss[-1])
        race[scheme] = rate, runs[rate]
        reached[f"ten layers, {scheme}"] = runs[rate].validation_accuracy[-1]

    fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.8))
    names = {"zeros": "zeros", "gaussian": "N(0, 0.01²)", "xavier": "Xavier", "kaiming": "Kaiming"}
    looks = zip(race.items(), figures.COLOURS, figures.MARKERS, strict=False)
    for (scheme, (rate, history)), colour, marker in looks:
        epochs = np.arange(1, 16)
        label = f"{names[scheme]}, η = {rate:g}"
        line = f"{marker}-" if scheme != "zeros" else f"{marker}--"
        left.plot(epochs, history.train_loss, line, color=colour, label=label, markersize=5)
        right.plot(epochs, history.validation_accuracy, line, color=colour, markersize=5)
    left.axhline(np.log(10), color=figures.BLACK, linestyle=":", linewidth=1)
    left.set(xlabel="epoch", ylabel="training loss", ylim=(0, 2.5))
    left.legend(loc="center right", fontsize=8)
    right.set(xlabel="epoch", ylabel="validation accuracy", ylim=(0, 1))
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    told = "; ".join(f"{names[k]}: {h.validation_accuracy[-1]:.0%}" for k, (_, h) in race.items())
    figures.show(
        fig,
        alt="Training loss and validation accuracy of a net of ten layers over 15 epochs. Zeros and "
        f"N(0, 0.01²) stay at ln 10; Xavier and Kaiming learn. After 15 epochs: {told}.",
        caption="Ten layers on the digits, each start with its best rate of five. Dotted: ln 10, "
        "where guessing is. Zeros and 0.01 lie on top of each other.",
    )

# %% tags=["solutions-only"]
first = {scheme: history.train_loss[0] for scheme, (_, history) in race.items()}
assert first["kaiming"] < first["xavier"] < 2.35, first
assert max(race[scheme][1].validation_accuracy[-1] for scheme in ("zeros", "gaussian")) < 0.15
assert min(race[scheme][1].validation_accuracy[-1] for scheme in ("xavier", "kaiming")) > 0.9

# %% [markdown]
# From now on, `Kaiming` is the default with ReLU. (Your `Linear` of Part IV has used it all along: now you know why
# its variance is 2 / in.) The next notebooks show what makes training *less* dependent on the right start: batch
# normalization.
#
# ## What you can do now
#
# You can bring inputs to one scale without looking at test images; say what that does to the valley of the loss;
# explain why weights must be random, and compute how large they must be, for any activation whose second moment you
# know; and look at a net that does not learn, layer by layer, forward and backward, instead of guessing.
#
# **Your numbers beside the numbers to expect** (the ranges held for three other seeds too):

# %%
expect = {
    "normalized by training images": (0.92, 0.98),
    "shapes, 0 … 255": (0.08, 0.20),
    "shapes, 0 … 1": (0.29, 0.40),
    "shapes, zero-centred": (0.44, 0.56),
    "shapes, normalized": (0.44, 0.56),
    "digits, zeros": (0.05, 0.2),
    "ten layers, zeros": (0.05, 0.2),
    "ten layers, gaussian": (0.05, 0.2),
    "ten layers, xavier": (0.92, 1.0),
    "ten layers, kaiming": (0.92, 1.0),
}
scoreboard([(name, reached.get(name), *limits) for name, limits in expect.items()])

# %% tags=["solutions-only"]
assert all(low <= reached[name] <= high for name, (low, high) in expect.items()), reached
