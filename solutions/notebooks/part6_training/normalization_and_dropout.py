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
# # Part VI: batch normalization, dropout, augmentation
#
# **The question.** You normalized the images and chose the first weights with care, and both helped because every
# layer then gets numbers of a sensible size. But weights change with every step. Why not normalize *inside* the
# network, at every layer, all the time? The slide promises four things of that: better gradient flow, higher learning
# rates, less dependence on the initialization, and some regularization. Which of them can you confirm?
#
# And if a network knows its training images by heart: what helps against that?
#
# **What you will build**: `BatchNorm1d` and `BatchNorm2d` in `dlcourse/normalization.py`; `Dropout` and
# `StochasticDepth` in `dlcourse/dropout.py`; `random_flip`, `random_crop` and `color_jitter` in
# `dlcourse/augmentation.py`.
#
# **How long it takes.** About four hours: seven exercises of 12 to 60 minutes, eight questions to answer in words, and
# the experiments between them.
#
# **How to work.** As before: replace the `raise NotImplementedError` of a method, save, run the check cell below the
# exercise. The experiments also use your `layers` of Part IV; one that waits for a function names it.
#
# **The numbers to expect.** With a learning rate of 3, a network of five layers guesses, 10 %; with batch normalization it
# gets about 97 % of the digits right. Dropout lifts a network that has learned 1,000 shapes by heart from 37 to about
# 45 %. The end of the notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
from functools import partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter
from tqdm.auto import tqdm

from autograder import check
from dlcourse import augmentation, dropout, layers, normalization
from dlcourse.toolkit import datasets, fast, figures
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.training import GradientDescent, evaluate, fit

figures.set_style()
progress_bar = partial(tqdm, leave=False)
SIZES = [64, 50, 50, 50, 50, 10]  # of the network for the digits
SEEDS = (0, 1, 2)  # every comparison is made with each of these
KIND = {  # with batch normalization or not, and how it is drawn
    False: ("without", figures.ORANGE, "s--"),
    True: ("with batch normalization", figures.BLUE, "o-"),
}
reached = {}  # what you measure, for the comparison at the end
digits, shapes = datasets.load("digits"), datasets.load("shapes")


def halved(images):
    """Images of 32×32 pixels as images of 16×16: each pixel the mean of four."""
    small = images.reshape(len(images), 16, 2, 16, 2, 3).mean(axis=(2, 4))
    return np.rint(small).astype(np.uint8)


def rows(images, training_images):
    """Images as rows of float32, zero-centred and scaled as the training images."""
    centred = images - training_images.mean(axis=0, dtype=np.float32)
    return (centred / training_images.std(dtype=np.float32)).reshape(len(images), -1)


digits_train, digits_validation = (
    (rows(images, digits.train_images), labels)
    for images, labels in (
        (digits.train_images, digits.train_labels),
        (digits.validation_images, digits.validation_labels),
    )
)
small_images, small_labels = halved(shapes.train_images[:1000]), shapes.train_labels[:1000]
small_validation_images = halved(shapes.validation_images)
colour_means = small_images.mean(axis=(0, 1, 2), dtype=np.float32)
shapes_train = rows(small_images, small_images), small_labels
shapes_validation = rows(small_validation_images, small_images), shapes.validation_labels


def channels_first(images):
    """Images as a ConvNet takes them, (N, C, H, W), float32, scaled as the small training images."""
    return ((images - colour_means) / np.float32(64)).transpose(0, 3, 1, 2)


def perceptron(sizes, seed, batch_norm=False, gain=1.0):
    """Linear, batch normalization if wanted, ReLU, and so on; the last layer is Linear."""
    rng, parts = np.random.default_rng(seed), []
    for number_in, number_out in zip(sizes[:-2], sizes[1:-1], strict=True):
        linear = layers.Linear(number_in, number_out, rng)
        linear.weight.value *= np.float32(gain)
        norm = [normalization.BatchNorm1d(number_out)] if batch_norm else []
        parts += [linear, *norm, layers.ReLU()]
    return layers.Sequential(*parts, layers.Linear(sizes[-2], sizes[-1], rng))


def train(net, data, rate, epochs, seed, batch_size=50, transform=None):
    with np.errstate(all="ignore"):  # some runs here are meant to explode
        return fit(
            net,
            layers.CrossEntropyLoss(),
            data,
            GradientDescent(net.parameters(), rate),
            epochs=epochs,
            rng=np.random.default_rng(seed),
            batch_size=batch_size,
            transform=transform,
            progress=False,
        )


def right(net, data):
    """The share of the images that the net gets right, in evaluation mode."""
    with np.errstate(all="ignore"):
        return evaluate(net, layers.CrossEntropyLoss(), *data)[1]


def mean(pairs):
    """Mean training accuracy, mean validation accuracy and the gap, over the seeds."""
    training, validation = np.mean(pairs, axis=0)
    return training, validation, training - validation


def show_gaps(results, alt, caption):
    """Draw, for each name, training and validation accuracy of every seed, and the gap between their means."""
    fig, ax = plt.subplots(figsize=(7.5, 0.9 + 0.42 * len(results)))
    for place, pairs in enumerate(results.values()):
        (training, validation), (high, low, gap) = np.transpose(pairs), mean(pairs)
        ax.plot([low, high], [place, place], color="0.6", linewidth=2, zorder=1)
        here, told = [place] * len(pairs), f"validation {low:.1%}, gap {100 * gap:.0f} points"
        ax.plot(training, here, "s", color=figures.ORANGE, markerfacecolor="none", label="training" * (place == 0))
        ax.plot(validation, here, "o", color=figures.BLUE, alpha=0.8, label="validation" * (place == 0))
        ax.text(1.04, place, told, va="center", fontsize=8, transform=ax.get_yaxis_transform())
    ax.set_yticks(range(len(results)), list(results))
    ax.set_ylim(len(results) - 0.5, -0.5)
    ax.grid(False, axis="y")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("accuracy")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=8)
    told = "; ".join("{}: {:.0%} and {:.0%}".format(name, *mean(pairs)) for name, pairs in results.items())
    figures.show(fig, alt=f"{alt} Training and validation accuracy: {told}.", caption=caption)


# %% [markdown]
# ## 1. Batch normalization
#
# Take a batch of $N$ examples with $D$ features each, an $(N, D)$ array, such as the output of a `Linear` layer. Give each
# feature mean 0 and variance 1 over the batch, then let the network choose another mean and another scale if it wants to:
#
# $$ \hat{x}_{nd} = \frac{x_{nd} - \mu_d}{\sqrt{v_d + \varepsilon}}, \qquad y_{nd} = \gamma_d\, \hat{x}_{nd} + \beta_d,
# \qquad \mu_d = \frac{1}{N} \sum_n x_{nd}, \qquad v_d = \frac{1}{N} \sum_n (x_{nd} - \mu_d)^2 . $$
#
# $\gamma$ and $\beta$ are learned, `weight` and `bias` in the code, $(D,)$ each, ones and zeros at first.
# $\varepsilon = 10^{-5}$ keeps the root away from 0.
#
# **The gradient.** $\mu$ and $v$ depend on $x$ as well, so each $x_{nd}$ reaches the loss on *three* ways. As in Part IV:
# cut the formula into simple steps, and go back through the graph, one step at a time.
#
# | step forward | shape | step back |
# |---|---|---|
# | $\mu = \frac1N \sum_n x_n$ | $(D,)$ | $dx = dc + \frac1N d\mu$, for each of the $N$ rows |
# | $c = x - \mu$ | $(N, D)$ | $d\mu = -\sum_n dc_n$ |
# | $v = \frac1N \sum_n c_n^2$ | $(D,)$ | $dc = d\hat{x} / s + \frac{2}{N}\, c\; dv$ |
# | $s = \sqrt{v + \varepsilon}$ | $(D,)$ | $dv = ds / 2s$ |
# | $\hat{x} = c / s$ | $(N, D)$ | $ds = -\sum_n d\hat{x}_n\, c_n / s^2$ |
# | $y = \gamma \hat{x} + \beta$ | $(N, D)$ | $d\hat{x} = \gamma\, dy$; $d\gamma = \sum_n dy_n \hat{x}_n$; $d\beta = \sum_n dy_n$ |
#
# Read the left column downwards and the right one upwards; what was used several times *adds up* its gradients. Is it
# right? Compare with numerical derivatives.

# %%
EPSILON = 1e-5


def normalize_in_steps(x, weight, bias):
    mu = x.mean(axis=0)  # (D,)
    c = x - mu  # (N, D)
    v = (c**2).mean(axis=0)  # (D,)
    s = np.sqrt(v + EPSILON)  # (D,)
    return weight * (c / s) + bias, c, s  # y is (N, D)


def back_in_steps(dy, weight, c, s):
    dx_hat = dy * weight  # (N, D)
    ds = -(dx_hat * c / s**2).sum(axis=0)  # (D,): s was used for every example
    dv = ds / (2 * s)  # (D,)
    dc = dx_hat / s + 2 / len(c) * c * dv  # (N, D): c was used twice
    dmu = -dc.sum(axis=0)  # (D,): so was mu, for every example
    return dc + dmu / len(c)  # (N, D): x was used twice


rng = np.random.default_rng(0)
x, dy = rng.normal(3, 2, size=(6, 4)), rng.normal(size=(6, 4))
weight, bias = rng.normal(size=4), rng.normal(size=4)
_, c, s = normalize_in_steps(x, weight, bias)
in_steps = back_in_steps(dy, weight, c, s)

numerical = np.empty_like(x)
for i in np.ndindex(x.shape):
    h = np.zeros_like(x)
    h[i] = 1e-5
    difference = normalize_in_steps(x + h, weight, bias)[0] - normalize_in_steps(x - h, weight, bias)[0]
    numerical[i] = (dy * difference).sum() / 2e-5

print(f"largest derivative:                      {np.abs(numerical).max():.3f}")
print(f"largest difference, steps and numerical: {np.abs(in_steps - numerical).max():.1e}")

# %% tags=["solutions-only"]
assert np.abs(in_steps - numerical).max() < 1e-8

# %% [markdown]
# **Now simplify.** Put $ds$ into $dv$ and that into $dc$, and write $g = d\hat{x}$ and $\hat{x} = c / s$:
#
# $$ \frac{2}{N}\, c\; dv = \frac{c}{N s}\, ds = -\frac{c}{N s} \sum_n g_n \frac{c_n}{s^2}
# = -\frac{1}{s}\, \hat{x} \; \overline{g \hat{x}}, $$
#
# where a bar is the mean over the batch. So $dc = \frac1s \left( g - \hat{x}\; \overline{g \hat{x}} \right)$. Its mean over
# the batch is $\frac1s\, \overline{g}$, for $\hat{x}$ has mean 0; and $\frac1N d\mu$ is minus that mean. Together:
#
# $$ dx = \frac{1}{s} \left( g - \overline{g} - \hat{x}\; \overline{g \hat{x}} \right) . $$
#
# One line, and no more passes over the array than needed.
#
# ### Exercise: `BatchNorm1d`
#
# In `dlcourse/normalization.py`. There is one more thing: **an evaluation mode**. A single image has no batch, and its
# class should not depend on which images are beside it. So in training keep running averages of mean and variance, and in
# evaluation use these. Read the docstring: it says which variance is divided by $N$ and which by $N - 1$, and which way
# round `momentum` is. In evaluation mean and variance are constants: what is left of the gradient?

# %%
check("normalization.BatchNorm1d")

# %% [markdown]
# **Predict before you run the next cell.** It prints, for each feature, the sum of $dx$ over the batch, and the sum of
# $dx \cdot \hat{x}$. Both can be predicted without a calculation, from what happens to $y$ if you add the same number to a
# feature of all examples, or make the feature twice as large. (You are graded on the reasons.)

# %% [markdown] answer_points=2 grade_id="bn-gradient"
# ### BEGIN SOLUTION
# Adding the same number to a feature of all examples changes its mean by that number, and $y$ not at all. So the loss has
# slope 0 in this direction: the sum of $dx$ over the batch is 0.
#
# Making a feature twice as large changes mean and deviation by the same factor, and $y$ not at all, but for the tiny
# $\varepsilon$. So the slope in the direction of $x - \mu$, and of $\hat{x}$, is 0 as well, up to $\varepsilon$. These are
# the two terms that the simplified formula takes away from $g$.
# ### END SOLUTION

# %%
with experiment():
    norm = normalization.BatchNorm1d(4, dtype=np.float64)
    norm.weight.value, norm.bias.value = weight, bias
    norm.forward(x)
    yours = norm.backward(dy)
    print(f"largest difference, yours and in steps: {np.abs(yours - in_steps).max():.1e}")
    print("sum of dx over the batch:              ", np.round(yours.sum(axis=0), 10) + 0.0)
    print("sum of dx · x̂ over the batch:          ", np.round((yours * (c / s)).sum(axis=0), 4) + 0.0)

# %% [markdown]
# **The edges.** Four equal examples: the variance is 0, and $\varepsilon$ saves you from 0/0. A batch of 1: in training
# nothing would be left of it, so it is an error; in evaluation it is nothing special.

# %%
with experiment():
    norm = normalization.BatchNorm1d(3)
    equal = np.tile(np.float32([5, 0, -2]), (4, 1))
    print("four equal examples in training:", norm.forward(equal).tolist())
    try:
        norm.forward(equal[:1])
    except ValueError as error:
        print("a batch of 1 in training:       ", error)
    norm.eval()
    print("a batch of 1 in evaluation:     ", np.round(norm.forward(equal[:1]), 2).tolist())

# %% [markdown]
# ## 2. Two modes, and how to forget one
#
# **Predict before you run the next cell.** A network with batch normalization gets 98 % of the validation digits right in
# evaluation mode. Somebody forgets `eval()`. The validation digits come in mixed batches of 50; in mixed batches of 5; or
# sorted, all zeros, then all ones. What happens to the accuracy? And what if training stopped after only four steps? (You
# are graded on the reasons.)

# %% [markdown] answer_points=2 grade_id="bn-modes"
# ### BEGIN SOLUTION
# In mixed batches of 50, mean and variance are nearly those of all digits: hardly any difference. Of 5 digits they are
# mostly chance, so a third of the answers is wrong. A batch of zeros alone is centred to the mean of *zeros*: what is
# common to all of them, just what tells their class, is taken away. That leaves guessing, about 10 %.
#
# After four steps the other mode is the wrong one: with momentum 0.1 the running averages still hold $0.9^4 \approx 0.66$ of
# the zeros and ones that they started from, so that evaluation mode normalizes by numbers that fit no image.
# ### END SOLUTION


# %%
def right_in_training_mode(net, images, labels, batches):
    """The share of right answers if nobody calls `eval()`."""
    net.train()
    return np.mean(np.concatenate([net.forward(images[batch]).argmax(axis=1) == labels[batch] for batch in batches]))


with experiment():
    images, labels = digits_validation
    order = np.random.default_rng(0).permutation(len(labels))
    by_class = [np.flatnonzero(labels == label) for label in range(10)]
    modes = {}
    for seed in SEEDS:
        early, net = (perceptron(SIZES, seed, batch_norm=True) for _ in range(2))
        train(early, [part[:200] for part in digits_train], 0.3, 1, seed)  # four steps
        train(net, digits_train, 0.3, 5, seed)
        for name, share in {
            "evaluation mode": right(net, digits_validation),
            "training mode, mixed batches of 50": right_in_training_mode(net, images, labels, np.split(order, 6)),
            "training mode, mixed batches of 5": right_in_training_mode(net, images, labels, np.split(order, 60)),
            "training mode, one class a batch": right_in_training_mode(net, images, labels, by_class),
            "after 4 steps: evaluation mode": right(early, digits_validation),
            "after 4 steps: training mode": right_in_training_mode(early, images, labels, np.split(order, 6)),
        }.items():
            modes.setdefault(name, []).append(share)
    reached["digits, `eval()` forgotten, one class a batch"] = np.mean(modes["training mode, one class a batch"])

    fig, (left, axis) = plt.subplots(1, 2, figsize=(11, 3.1), width_ratios=(1, 1.4))
    batches = [digits_train[0][np.random.default_rng(i).choice(1200, 50), 20:21] for i in range(60)]
    for momentum, colour, style in ((0.01, figures.PURPLE, ":"), (0.1, figures.BLUE, "-"), (0.5, figures.GREEN, "--")):
        norm = normalization.BatchNorm1d(1, momentum=momentum)
        running = [0.0]
        for batch in batches:
            norm.forward(batch + 3)
            running.append(norm.running_mean.item())
        left.plot(running, style, color=colour, label=f"momentum {momentum}")
    left.axhline(digits_train[0][:, 20].mean() + 3, color=figures.BLACK, linewidth=0.8)
    left.set(xlabel="steps", ylabel="running mean", title="running average of a feature whose mean is 3")
    left.legend(loc="lower right", fontsize=8)
    for place, (name, shares) in enumerate(modes.items()):
        in_evaluation = "evaluation" in name
        axis.barh(
            place,
            np.mean(shares),
            color=figures.BLUE if in_evaluation else figures.ORANGE,
            hatch="" if in_evaluation else "//",
            edgecolor="white",
        )
        axis.plot(shares, [place] * len(shares), "o", color=figures.BLACK, markersize=4)
        axis.text(1.02, place, f"{np.mean(shares):.0%}", va="center")
    axis.set_yticks(range(len(modes)), list(modes), fontsize=9)
    axis.set(xlim=(0, 1), xlabel="validation digits right")
    axis.invert_yaxis()
    axis.grid(False, axis="y")
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    told = "; ".join(f"{name}: {np.mean(shares):.0%}" for name, shares in modes.items())
    figures.show(
        fig,
        alt="Left: running means start at 0 and approach 3: with momentum 0.5 in a few steps, jagged; with 0.1 in about 30; "
        f"with 0.01 they are not half-way after 60. Right: validation accuracy. {told}.",
        caption="Right, plain bars: evaluation mode; hatched: training mode; dots: three seeds. The same weights, and quite "
        "different answers.",
    )

# %% tags=["solutions-only"]
told = {name: np.mean(shares) for name, shares in modes.items()}
assert told["evaluation mode"] > 0.95 and told["training mode, mixed batches of 50"] > 0.9, told
assert 0.5 < told["training mode, mixed batches of 5"] < 0.8 and told["training mode, one class a batch"] < 0.2, told
assert told["after 4 steps: evaluation mode"] < told["after 4 steps: training mode"] - 0.05, told

# %% [markdown]
# ## 3. Where it stands, and images
#
# **Before the nonlinearity**: Linear, batch normalization, ReLU; or Conv2d, batch normalization, ReLU. There it decides
# how many of the ReLU's inputs are positive. A consequence: the bias of the layer before is useless, for whatever it adds,
# the mean takes away again; $\beta$ has its place.
#
# **For images**, $(N, C, H, W)$: a filter looks for the same thing at every place, so a *channel* is one feature, and each
# place of each image is an example of it: means over $N$, $H$ and $W$, and one $\gamma$ and one $\beta$ a channel.
#
# ### Exercise: `BatchNorm2d`
#
# It inherits from your `BatchNorm1d`. Bring the array into a form that `super().forward` can handle, and back.

# %%
check("normalization.BatchNorm2d")

# %%
with experiment():
    rng = np.random.default_rng(0)
    first, conv = fast.Conv2d(3, 12, 3, padding=1, rng=rng), fast.Conv2d(12, 12, 3, padding=1, rng=rng)
    norm = normalization.BatchNorm2d(12)
    images = fast.ReLU().forward(first.forward(channels_first(small_images[:200])))
    before = conv.forward(images).copy()
    after = norm.forward(before)
    conv.bias.value += np.float32(100)
    shift = np.abs(norm.forward(conv.forward(images)) - after).max()
    print(f"All biases of the convolution grow by 100: the output changes by {shift:.0e} at most, by rounding.")

    fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True)
    titles = ("after the second convolution", "after batch normalization")
    for ax, values, title in zip(axes, (before, after), titles, strict=True):
        for place, channel in enumerate(values.swapaxes(0, 1).reshape(12, -1)):
            ax.plot([place] * 2, np.percentile(channel, (5, 95)), color=figures.SKY, linewidth=5, solid_capstyle="butt")
            ax.plot(place, channel.mean(), "o", color=figures.BLUE)
        ax.axhline(0, color=figures.BLACK, linewidth=0.8)
        ax.set(title=title, xlabel="channel", xticks=range(12))
    axes[0].set_ylabel("what the ReLU would get")
    means = before.mean(axis=(0, 2, 3))
    figures.show(
        fig,
        alt=f"Mean and spread of 12 channels on 200 images. After the second convolution the means range from {means.min():.1f} to "
        f"{means.max():.1f}, with different spreads; after batch normalization all means are 0, and the spreads equal.",
        caption="Bars: from the 5th to the 95th percentile of a channel; dots: its mean. Before, each channel has its own place "
        "and spread; after, all are alike, and each has positive and negative values for its ReLU.",
    )

# %% tags=["solutions-only"]
assert shift < 0.01 and np.abs(after.mean(axis=(0, 2, 3))).max() < 1e-3  # float32, 51,200 numbers a channel

# %% [markdown]
# ## 4. Four claims
#
# Now test the slide. Before each experiment write down what you expect, and why. Each comparison runs with three seeds:
# what one seed shows may be chance.
#
# ### Claim 1: better gradient flow
#
# Twenty layers of 100 units with ReLU, before training; all weights as Kaiming has them, half as large, or twice as large.
# A random gradient enters at the scores. How large is it at the first layer, without and with batch normalization? (The
# reasons are graded.)

# %% [markdown] answer_points=1 grade_id="bn-claim-flow"
# ### BEGIN SOLUTION
# Without: each layer multiplies by the factor of the weights, so $2^{-20}$, about a millionth, with weights half as large,
# $2^{20}$ with twice as large; Kaiming's own size is kept. With batch normalization the size of the weights cancels out:
# weights twice as large make $x$ twice as large, the division by $s$ twice as strong, and the gradient stays the same.
# All three curves lie on one another. It need not be a *constant* curve, though.
# ### END SOLUTION


# %%
def gradient_sizes(batch_norm, gain, depth):
    """Root mean square of the gradient at the input of each layer, in an untrained net of 100 units a layer."""
    net = perceptron([64] + [100] * depth + [10], 0, batch_norm, gain)
    net.forward(digits_train[0][:200])
    gradient, sizes = np.random.default_rng(1).normal(size=(200, 10)).astype(np.float32), []
    for layer in net.layers[::-1]:
        gradient = layer.backward(gradient)
        if isinstance(layer, layers.Linear):
            sizes.append(np.sqrt(np.mean(gradient.astype(float) ** 2)))
    return np.array(sizes[::-1])


with experiment():
    fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
    factors = {}
    for ax, batch_norm in zip(axes, KIND, strict=True):
        for gain, style in ((0.5, "^:"), (1, "s--"), (2, "o-")):
            sizes = gradient_sizes(batch_norm, gain, 20)
            factors[batch_norm, gain] = (sizes[1] / sizes[-1]) ** (1 / 19)
            colour = {2: figures.ORANGE, 1: figures.BLUE, 0.5: figures.SKY}[gain]
            ax.semilogy(range(1, 22), sizes, style, color=colour, markersize=10 - 3.5 * gain, label=f"weights × {gain}")
        ax.set(title=KIND[batch_norm][0], xlabel="layer", xticks=(1, 5, 10, 15, 20))
    axes[0].set_ylabel("← gradient, root mean square")
    axes[0].legend(fontsize=8)
    told = "; ".join(f"{KIND[kind][0]}, weights × {gain}: {factor:.2f}" for (kind, gain), factor in factors.items())
    figures.show(
        fig,
        alt="Size of the gradient in each of 20 layers, on a logarithmic scale: three straight lines without, one line with "
        f"batch normalization. Factor a layer, from back to front: {told}.",
        caption="The gradient enters on the right. With batch normalization the three curves lie on one another, and rise.",
    )
    print("factor by which the gradient changes in each layer on its way back:")
    for (batch_norm, gain), factor in factors.items():
        print(f"  {KIND[batch_norm][0]:25} weights × {gain:<4} {factor:.2f}")

# %% tags=["solutions-only"]
assert abs(factors[False, 0.5] - 0.5) < 0.05 and abs(factors[False, 2] - 2) < 0.2, factors
assert all(abs(factors[True, gain] - 1.21) < 0.02 for gain in (0.5, 1, 2)), factors


# %%
def explore_gradients(depth, gain):
    fig, ax = plt.subplots(figsize=(6.5, 3.6))
    ends = []
    for batch_norm, (name, colour, style) in KIND.items():
        sizes = gradient_sizes(batch_norm, gain, depth)
        ends.append(f"{name}: {sizes[0] / sizes[-1]:.2g}")
        ax.semilogy(range(1, depth + 2), sizes, style, color=colour, label=name)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set(xlabel="layer", ylabel="← gradient, root mean square")
    ax.legend(fontsize=8)
    figures.show(
        fig,
        alt=f"Size of the gradient in {depth} layers, weights {gain:.2g} times Kaiming's. First by last, {'; '.join(ends)}.",
        caption=f"Gradient at the first layer, as a multiple of that at the last: {'; '.join(ends)}.",
    )


figures.explore(
    explore_gradients,
    depth=ipywidgets.IntSlider(20, min=2, max=40),
    gain=ipywidgets.FloatLogSlider(value=1.5, base=10, min=-1, max=0.6, step=0.05),
)

# %% [markdown]
# **What we found.** The size of the weights no longer matters: that half of the claim holds exactly. But the gradient is
# *not* kept: it grows by a factor of 1.21 a layer, whatever the weights. Why? Kaiming counts on the mean *square* of a
# ReLU's output, $\frac12$ for a normal input. Batch normalization takes the mean away and divides by what is left, the
# variance, $\frac12 (1 - \frac1\pi)$: too little, by $\sqrt{\pi / (\pi - 1)} = 1.211$ a layer. (That gradients grow
# exponentially: Yang and others, "A mean field theory of batch normalization", 2019.) With Kaiming's weights and no batch
# normalization they stay level. So batch normalization repairs a *bad* scale; it does not beat a good one, and fifty times
# in 20 layers would be ten thousand times in 50. Very deep networks need residual blocks, section 6, as well.
#
# ### Claim 2: higher learning rates
#
# Five layers, Kaiming's weights, the digits, 5 epochs, learning rates from 0.003 to 10. For which rates does the network
# learn, without and with batch normalization? Which is better at its *own* best rate? (The reasons are graded.)

# %% [markdown] answer_points=1 grade_id="bn-claim-rates"
# ### BEGIN SOLUTION
# Without batch normalization, too long a step makes the weights, and with them the scores, large, and the loss explodes
# or all units die: above about 0.3. With it the outputs keep their size however large the weights become, and a larger
# weight gets a smaller gradient, which brakes by itself: rates ten times as large still work. At small rates there is no
# reason for a difference, and at their best rates both learn these easy digits, about 97 or 98 %.
# ### END SOLUTION

# %%
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


def outcome(batch_norm, rate, gain, seed):
    """Validation accuracy on the digits after 5 epochs."""
    net = perceptron(SIZES, seed, batch_norm, gain)
    train(net, digits_train, rate, 5, seed)
    return right(net, digits_validation)


with experiment():
    by_rate = {
        kind: np.array([[outcome(kind, rate, 1.0, seed) for seed in SEEDS] for rate in progress_bar(RATES)]) for kind in KIND
    }
    reached["digits, rate 3, without"] = by_rate[False][RATES.index(3)].mean()
    reached["digits, rate 3, with batch normalization"] = by_rate[True][RATES.index(3)].mean()

    fig, ax = plt.subplots(figsize=(7, 3.6))
    for kind, (name, colour, style) in KIND.items():
        ax.semilogx(RATES, by_rate[kind].mean(axis=1), style, color=colour, label=name)
        ax.fill_between(RATES, by_rate[kind].min(axis=1), by_rate[kind].max(axis=1), color=colour, alpha=0.2)
    ax.set(xlabel="learning rate", ylabel="validation digits right", ylim=(0, 1.02))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="lower center")
    told = "; ".join(
        f"{rate:g}: {without:.0%} and {with_norm:.0%}"
        for rate, without, with_norm in zip(RATES, *(by_rate[kind].mean(axis=1) for kind in KIND), strict=True)
    )
    figures.show(
        fig,
        alt=f"Accuracy against the learning rate, without and with batch normalization. {told}.",
        caption="Lines: the mean of three seeds; shaded: from the worst to the best. To the left no difference; to the right a "
        "factor of ten.",
    )
    for kind, (name, *_) in KIND.items():
        print(f"{name:25} best: {by_rate[kind].mean(axis=1).max():.1%} at {RATES[by_rate[kind].mean(axis=1).argmax()]:g}")

# %% tags=["solutions-only"]
at_rate = {kind: dict(zip(RATES, by_rate[kind].mean(axis=1), strict=True)) for kind in KIND}
assert abs(at_rate[True][0.1] - at_rate[False][0.1]) < 0.04, at_rate
assert at_rate[True][3] > 0.93 and at_rate[True][10] < 0.4 and at_rate[False][1] < 0.8 and at_rate[False][3] < 0.3, at_rate
assert abs(max(at_rate[True].values()) - max(at_rate[False].values()) - 0.01) < 0.007, at_rate

# %% [markdown]
# **What we found.** Confirmed: the largest rate that works is about ten times as large. At the small rates nothing is
# gained. And at the best rate of each? Here batch normalization is about a percentage point ahead, three of the 300
# validation digits; with seeds 6, 7 and 8 it is a point *behind*. So for this net the gain is *comfort*: you need not
# search as carefully.
#
# ### Claim 3: less dependence on the initialization
#
# The same network, its weights 0.01 to 10 times Kaiming's, three learning rates. Batch normalization makes the *outputs*
# independent of the size of the weights. Does that make *training* independent of it? (The reasons are graded.)

# %% [markdown] answer_points=1 grade_id="bn-claim-start"
# ### BEGIN SOLUTION
# Without, only a narrow band around Kaiming's size learns: smaller weights let signal and gradient die, larger ones let
# them explode. With, all sizes learn, but not equally fast. The output depends on the *direction* of the weights alone. If
# they are 10 times as large, their gradient is a tenth, and a step turns them a hundredth as far: 10 times too large is
# like a learning rate 100 times too small, and needs a larger rate. Too small weights, in turn, are turned far by the first
# steps, which makes them longer until it fits.
# ### END SOLUTION

# %%
GAINS, TRIED = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0), (0.03, 0.3, 3.0)
with experiment():
    by_gain = {
        kind: np.array(
            [[np.mean([outcome(kind, rate, gain, seed) for seed in SEEDS]) for gain in GAINS] for rate in progress_bar(TRIED)]
        )
        for kind in progress_bar(KIND)
    }
    fig, axes = plt.subplots(1, 2, figsize=(10, 2.7), sharey=True)
    for ax, kind in zip(axes, KIND, strict=True):
        ax.imshow(by_gain[kind], cmap="cividis", vmin=0, vmax=1, aspect="auto")
        for (row, column), share in np.ndenumerate(by_gain[kind]):
            ax.text(column, row, f"{share:.0%}", ha="center", va="center", color="white" if share < 0.6 else "black")
        ax.set_xticks(range(len(GAINS)), [f"{gain:g}" for gain in GAINS])
        ax.set_yticks(range(len(TRIED)), [f"{rate:g}" for rate in TRIED])
        ax.set(title=KIND[kind][0], xlabel="size of the weights, as a multiple of Kaiming's")
        ax.grid(False)
    axes[0].set_ylabel("learning rate")
    told = "; ".join(f"{KIND[kind][0]}: {', '.join(f'{share:.0%}' for share in by_gain[kind].max(axis=0))}" for kind in KIND)
    figures.show(
        fig,
        alt=f"Accuracy for each size of the weights and each learning rate. The best of the rates, sizes from 0.01 to 10. {told}.",
        caption="Validation digits right after 5 epochs, mean of three seeds. Right: everything learns, but large weights need a "
        "large rate.",
    )

# %% tags=["solutions-only"]
assert (by_gain[True].max(axis=0) > 0.85).all() and (by_gain[False].max(axis=0)[[0, 1, 5]] < 0.3).all(), by_gain
assert by_gain[True][0, 5] < 0.6 < by_gain[True][1, 5] < by_gain[True][2, 5], by_gain

# %% [markdown]
# **What we found.** Confirmed, and most clearly of the four: weights a hundred times too small, and the network learns as
# if nothing were wrong. But not *in*dependence: with large weights it takes a larger learning rate.
#
# ### Claim 4: some regularization
#
# In training an example's output depends on who else is in the batch, by chance: noise, and noise may regularize. First
# measure it: the same image in 300 random batches of $N$ images, one feature of it after batch normalization. Then train
# on 500 shapes until they are known by heart, with batches of 10, 50 and 250. What do you expect of the noise as a
# function of $N$? Of the gap between training and validation accuracy? (The reasons are graded.)

# %% [markdown] answer_points=1 grade_id="bn-claim-regularization"
# ### BEGIN SOLUTION
# The mean of $N$ images has a deviation of $1/\sqrt{N}$, so the noise falls like that, from about 0.4 for 8 images to
# 0.1 for 128. If noise regularizes, batches of 10 should have the smallest gap, and batches of 250 none less than without.
# But a smaller gap is worth something only if *validation* accuracy rises. Here it does not: with batches of 10 the noise
# keeps the network from learning all training images in 15 epochs, and the validation images gain nothing from that.
# ### END SOLUTION

# %%
with experiment():
    values = shapes_train[0] @ layers.Linear(768, 1, np.random.default_rng(0)).weight.value.T
    noise = {}
    for size in (8, 16, 32, 64, 128, 256):
        rng, seen = np.random.default_rng(0), []
        for _ in range(300):
            batch = np.concatenate([values[:1], values[rng.integers(1, 1000, size - 1)]])
            seen.append(normalization.BatchNorm1d(1).forward(batch)[0, 0])
        noise[size] = np.std(seen)

    fig, ax = plt.subplots(figsize=(5.5, 3))
    ax.loglog(list(noise), list(noise.values()), "o-", color=figures.BLUE, label="measured")
    ax.loglog(list(noise), [noise[64] * np.sqrt(64 / size) for size in noise], "--", color=figures.BLACK, label=r"∝ $1/\sqrt{N}$")
    ax.set_xticks(list(noise), [str(size) for size in noise])
    ax.minorticks_off()
    ax.set_yticks((0.05, 0.1, 0.2, 0.4), ("0.05", "0.1", "0.2", "0.4"))
    ax.set(xlabel="images in the batch, N", ylabel="deviation of x̂")
    ax.legend()
    figures.show(
        fig,
        alt="Deviation of one image's x̂ over 300 random batches, against the size of the batch: "
        + "; ".join(f"{size}: {value:.2f}" for size, value in noise.items())
        + ".",
        caption="The same image, other neighbours: how much its normalized feature moves.",
    )

# %%
few = [part[:500] for part in shapes_train]
with experiment():
    regularized = {}
    for size, rate, epochs in progress_bar([(10, 0.05, 15), (50, 0.05, 30), (250, 0.1, 80)]):
        for batch_norm in KIND:
            pairs = []
            for seed in SEEDS:
                net = perceptron([768, 100, 100, 10], seed, batch_norm)
                train(net, few, rate, epochs, seed, batch_size=size)
                pairs.append((right(net, few), right(net, shapes_validation)))
            regularized[f"batches of {size}, {'with' if batch_norm else 'without'}"] = pairs
    show_gaps(
        regularized,
        alt="Without and with batch normalization, for three sizes of the batch.",
        caption="500 training images, three seeds each. The squares move, the filled dots hardly do.",
    )

# %% tags=["solutions-only"]
assert 0.3 < noise[8] < 0.5 and 0.08 < noise[128] < 0.13, noise
validation = {name: mean(pairs)[1] for name, pairs in regularized.items()}
assert max(validation.values()) - min(validation.values()) < 0.05, validation
assert mean(regularized["batches of 10, with"])[0] < 0.95, regularized

# %% [markdown]
# **What we found.** The noise is there, and falls with $1/\sqrt{N}$. In this network it did *not* regularize in the sense
# that counts: all six validation accuracies lie within a few percentage points, no more than seeds differ among themselves.
# The gap is smaller with batches of 10, because *training* accuracy is lower. Others found an effect, in large ConvNets;
# ours is a small network on 500 images, and three seeds would miss an effect of one or two points. If you need
# regularization, do not count on batch normalization: there are better tools, and they come now.
#
# ## 5. Dropout
#
# In training, set each number to 0 with probability $p$, and divide the others by $1 - p$:
#
# $$ y = x \cdot m, \qquad m = \begin{cases} 0 & \text{with probability } p \\ \frac{1}{1 - p} & \text{else.} \end{cases} $$
#
# The mean of $y$ is $p \cdot 0 + (1 - p) \cdot \frac{x}{1 - p} = x$, so evaluation needs no change: $y = x$. No unit can
# rely on another one being there, and so the network cannot learn an image by heart with a few units that fit only this
# image.
#
# ### Exercise: `Dropout`
#
# In `dlcourse/dropout.py`. All randomness comes from `self.rng`, so that a run can be repeated.

# %%
check("dropout.Dropout")

# %%
with experiment():
    image = shapes.train_images[shapes.train_labels == 6][0].astype(float)  # a heart
    pictures, titles = [image], ["image"]
    for p in (0.2, 0.5, 0.8):
        layer = dropout.Dropout(p, np.random.default_rng(0))
        pictures.append(layer.forward(image))
        titles.append(f"p = {p}")
    pictures.append(np.mean([layer.forward(image) for _ in range(300)], axis=0))
    layer.eval()
    pictures.append(layer.forward(image))
    titles += ["p = 0.8,\nmean of 300", "p = 0.8,\nevaluation"]
    figures.show(
        figures.image_grid(pictures, titles, columns=6, size=1.4),
        alt="An image; the same after dropout with p = 0.2, 0.5 and 0.8: more and more numbers are black, the others brighter; the "
        "mean of 300 draws, which is the image with some grain; and evaluation, which is the image.",
        caption="What is kept is brighter, by 1 / (1 − p), so that the mean stays. (Each of a pixel's three numbers is "
        "dropped by itself; what exceeds 255 is shown as 255.)",
    )

# %% [markdown]
# **Predict before you run the next cell.** A network 768-200-200-10 learns 1,000 shapes of 16×16 pixels, 40 epochs, with
# dropout behind both hidden layers, $p$ from 0 to 0.75. How do *training* accuracy, *validation* accuracy and the gap change
# with $p$? And: why is dropout not active while you measure? (You are graded on the reasons.)

# %% [markdown] answer_points=2 grade_id="dropout-gap"
# ### BEGIN SOLUTION
# Without dropout, the network knows the training images by heart, 100 %, and the gap is large. The larger $p$, the lower the
# training accuracy and the smaller the gap. Validation accuracy first rises, and then falls again: with $p = 0.75$ a quarter
# of the units is left, and the network is too small and too noisy to learn even the training images in 40 epochs. The smallest
# gap is not the best network.
#
# In evaluation mode all units are there, which is about the mean over all the networks that dropout trained. With the masks,
# the same image would get another answer each time, and a worse one.
# ### END SOLUTION


# %%
def dropout_net(p, seed):
    rng = np.random.default_rng(seed)
    return layers.Sequential(
        layers.Linear(768, 200, rng),
        layers.ReLU(),
        dropout.Dropout(p, rng),
        layers.Linear(200, 200, rng),
        layers.ReLU(),
        dropout.Dropout(p, rng),
        layers.Linear(200, 10, rng),
    )


with experiment():
    dropped = {}
    for p in progress_bar((0, 0.25, 0.5, 0.75)):
        dropped[f"p = {p}"] = pairs = []
        for seed in SEEDS:
            net = dropout_net(p, seed)
            train(net, shapes_train, 0.05, 40, seed)
            pairs.append((right(net, shapes_train), right(net, shapes_validation)))
    for p in (0, 0.5):
        reached[f"1,000 shapes, dropout {p}"] = mean(dropped[f"p = {p}"])[1]
    show_gaps(
        dropped,
        alt="Dropout with four values of p.",
        caption="1,000 training images, three seeds each. The gap shrinks all the way; the validation accuracy has its best "
        "value on the way.",
    )

# %% tags=["solutions-only"]
(free, _, _), (quarter, _, _), (half, _, _), (most, _, _) = (mean(pairs) for pairs in dropped.values())
assert min(np.array(dropped["p = 0.5"])[:, 1]) > max(np.array(dropped["p = 0"])[:, 1]), dropped
assert free > 0.99 and free > quarter > half > most, dropped
assert mean(dropped["p = 0.5"])[1] > mean(dropped["p = 0"])[1] + 0.05 > mean(dropped["p = 0.75"])[1], dropped

# %% [markdown]
# **What we found.** Here is regularization that counts: with $p = 0.5$ validation accuracy rises by seven to nine points, and
# it rises on every seed. With $p = 0.75$ the gap is smallest, and the network worst. (With more epochs it would come further:
# noise also slows learning down.)
#
# ## 6. Stochastic depth
#
# A **residual block** adds something to its input, $x + f(x)$. If $f$ is left out, $x$ goes through as it is, and the network
# still makes sense. Stochastic depth leaves out whole blocks at random: in training, one draw for the whole batch, $y = x$
# with probability $p$, else $x + f(x)$; in evaluation the mean of the two, $y = x + (1 - p)\, f(x)$. What is skipped is not
# computed either.
#
# ### Exercise: `StochasticDepth`
#
# In `dlcourse/dropout.py`. `backward` must go the way that `forward` went.

# %%
check("dropout.StochasticDepth")

# %% [markdown]
# Eight residual blocks, each Linear, batch normalization and ReLU. The first is skipped with probability $p/8$, the second with
# $2p/8$, the last with $p$, as in the paper; on average $\frac{9}{16}\, p$ of the blocks. **Predict**: will it do what dropout did?


# %%
def residual_net(p, seed, blocks=8):
    rng, parts = np.random.default_rng(seed), []
    for number in range(1, blocks + 1):
        block = layers.Sequential(layers.Linear(100, 100, rng), normalization.BatchNorm1d(100), layers.ReLU())
        parts.append(dropout.StochasticDepth(block, p * number / blocks, rng))
    return layers.Sequential(layers.Linear(768, 100, rng), *parts, layers.Linear(100, 10, rng))


with experiment():
    skipped = {}
    for p in progress_bar((0, 0.3, 0.6, 0.9)):
        skipped[f"p up to {p}"] = pairs = []
        for seed in SEEDS:
            net = residual_net(p, seed)
            train(net, shapes_train, 0.03, 20, seed)
            pairs.append((right(net, shapes_train), right(net, shapes_validation)))
    show_gaps(
        skipped,
        alt="Stochastic depth with four probabilities.",
        caption="1,000 training images, 20 epochs, three seeds each.",
    )

# %% tags=["solutions-only"]
gaps, best = [mean(pairs)[2] for pairs in skipped.values()], [mean(pairs)[1] for pairs in skipped.values()]
assert gaps[0] > gaps[1] + 0.05 and gaps[1] > gaps[2] and max(best) - min(best) < 0.04, (gaps, best)

# %% [markdown]
# **What we found.** The gap shrinks, because the network no longer learns the training images by heart, but validation
# accuracy stays where it was, within what seeds differ by. What you get here is time: half of the blocks need not be
# computed at $p = 0.9$, for the same accuracy. The paper's gains were measured with a hundred layers and more, on 50,000
# images; with eight blocks on 1,000 images we could not confirm them.
#
# ## 7. Augmentation
#
# The best regularization is more data. Mirror an arrow and it is still an arrow: one more training image, for nothing. Every
# epoch the network sees other versions of its images, and can no longer learn them by heart.
#
# ### Exercises: `random_flip`, `random_crop`, `color_jitter`
#
# In `dlcourse/augmentation.py`. All three take a batch, uint8 $(N, H, W, C)$, and return a new one. Each *image* gets its own
# draw, and the caller's images stay as they are.

# %%
check("augmentation.random_flip")

# %%
check("augmentation.random_crop")

# %%
check("augmentation.color_jitter")


# %%
def all_three(images, rng, padding):
    cropped = augmentation.random_crop(augmentation.random_flip(images, rng), padding, rng)
    return augmentation.color_jitter(cropped, 0.3, rng)


with experiment():
    rng, pictures = np.random.default_rng(0), []
    for label in (9, 6, 7):  # an arrow, a heart, a moon
        image = shapes.train_images[shapes.train_labels == label][0]
        pictures += [image, image[:, ::-1]]
        pictures += list(augmentation.random_crop(np.stack([image] * 2), 4, rng))
        pictures += list(augmentation.color_jitter(np.stack([image] * 3), 0.3, rng))
        pictures += list(all_three(np.stack([image] * 3), rng, 4))
    titles = ["original", "flipped", "crop", "crop", "jitter", "jitter", "jitter", "all three", "all three", "all three"]
    figures.show(
        figures.image_grid(pictures, titles + [""] * 20),
        alt="An arrow, a heart and a moon: the original, its mirror image, two crops with a black border where the image was "
        "shifted, three with other colours, and three with everything.",
        caption="Each row is one training image. Does its class stay the same in all ten?",
    )

# %% [markdown]
# **Predict before you run the next cells.** A ConvNet with batch normalization learns 500 shapes of 16×16 pixels, 20 epochs,
# with each kind of augmentation and with all. Which will raise validation accuracy? What changes if you train four times as
# long? And what does `random_flip` do to *digits*? (You are graded on the reasons.)

# %% [markdown] answer_points=2 grade_id="augmentation-gap"
# ### BEGIN SOLUTION
# Each kind makes training harder, so training accuracy falls. The shapes were drawn mirrored half of the time, so a flip gives
# images that might as well have been in the data: it should help at once. Colours vary in the data too, so jitter may help a
# little. A crop shifts by up to an eighth of the image and brings in black borders, which no validation image has: it slows
# learning down, and 20 epochs may be too few to be paid back. With everything and four times as long, training accuracy
# catches up, and validation accuracy should be the best of all, while more epochs without augmentation only learn the training
# images by heart.
#
# A mirrored digit is mostly no digit at all, and a mirrored 2 is close to a 5: the network spends its units on images that
# never come, and gets fewer of the real ones right.
# ### END SOLUTION


# %%
def convnet(seed):
    rng = np.random.default_rng(seed)
    return layers.Sequential(
        fast.Conv2d(3, 12, 3, padding=1, rng=rng, input_gradient=False),
        normalization.BatchNorm2d(12),
        fast.ReLU(),
        fast.MaxPool2d(2),
        fast.Conv2d(12, 24, 3, padding=1, rng=rng),
        normalization.BatchNorm2d(24),
        fast.ReLU(),
        fast.MaxPool2d(2),
        fast.Flatten(),
        layers.Linear(384, 10, rng),
    )


def unchanged(images, rng):
    return images


def flip(images, rng):
    return augmentation.random_flip(images, rng)


AUGMENTATIONS = {
    "none": (unchanged, 20),
    "flip": (flip, 20),
    "crop, up to 2 pixels": (lambda images, rng: augmentation.random_crop(images, 2, rng), 20),
    "colour jitter, 0.3": (lambda images, rng: augmentation.color_jitter(images, 0.3, rng), 20),
    "all three": (partial(all_three, padding=2), 20),
    "none, 80 epochs": (unchanged, 80),
    "all three, 80 epochs": (partial(all_three, padding=2), 80),
}
with experiment():
    clean = channels_first(small_images[:500]), small_labels[:500]
    unseen = channels_first(small_validation_images), shapes_validation[1]
    augmented = {}
    for name, (augment, epochs) in progress_bar(AUGMENTATIONS.items()):
        augmented[name] = pairs = []
        for seed in SEEDS:
            net = convnet(seed)
            train(
                net,
                (small_images[:500], small_labels[:500]),
                0.1,
                epochs,
                seed,
                transform=lambda images, rng, augment=augment: channels_first(augment(images, rng)),
            )
            pairs.append((right(net, clean), right(net, unseen)))
    for name in ("none", "flip", "all three, 80 epochs"):
        reached[f"500 shapes, ConvNet, augmentation: {name}"] = mean(augmented[name])[1]
    show_gaps(
        augmented,
        alt="Seven ways to train a ConvNet.",
        caption="500 training images, three seeds each, both accuracies on images as they are, without augmentation.",
    )

# %%
with experiment():
    of_digits = {}
    for augment in (unchanged, flip):
        of_digits[augment.__name__] = shares = []
        for seed in SEEDS:
            net = perceptron([64, 50, 10], seed)
            train(
                net,
                (digits.train_images, digits.train_labels),
                0.1,
                15,
                seed,
                transform=lambda images, rng, augment=augment: rows(augment(images, rng), digits.train_images),
            )
            shares.append(right(net, digits_validation))
        print(f"digits, {augment.__name__:9}  {np.mean(shares):.1%} of the validation digits right", np.round(shares, 3))

# %% tags=["solutions-only"]
validation = {name: mean(pairs)[1] for name, pairs in augmented.items()}
assert validation["flip"] > validation["none"] + 0.03, validation
assert validation["crop, up to 2 pixels"] < validation["none"] + 0.03, validation
assert validation["all three, 80 epochs"] > validation["none, 80 epochs"] + 0.08 > validation["none"] + 0.08, validation
assert mean(augmented["none, 80 epochs"])[2] > mean(augmented["all three, 80 epochs"])[2] + 0.2, augmented
assert 0.01 < np.mean(of_digits["unchanged"]) - np.mean(of_digits["flip"]) < 0.025, of_digits

# %% [markdown]
# **What we found.** A flip helps at once, by four to eight points, depending on the seeds. A crop does not, in 20 epochs:
# training accuracy is far below that without, so the network is not overfitting, it has not finished. Train with all three for
# 80 epochs, and validation accuracy rises to more than 60 %, where 80 epochs without augmentation bring about 50 %, with all
# training images known by heart. So augmentation costs time, and pays if you give it.
#
# And it takes knowledge: that a class stays the same is a fact about *your* images. Mirrored digits cost nearly two points.
#
# ## What you can do now
#
# You can go back through a graph with several ways and simplify what comes out; write layers that behave differently in
# training and in evaluation, and recognise when somebody mixed them up; and test four well-known claims one by one: two and a
# half confirmed, and you can say where the rest stopped.
#
# | against what | tool | what it did here |
# |---|---|---|
# | gradients that vanish or explode | batch normalization | the weights' size no longer matters; a factor of 1.21 a layer remains |
# | careful choice of rate and weights | batch normalization | ten times the rate; weights 100 times too small still learn |
# | learning by heart | batch normalization | no effect on validation accuracy that we could measure |
# | learning by heart | dropout | seven to nine points of validation accuracy, if $p$ is not too large |
# | learning by heart | stochastic depth | a smaller gap, the same validation accuracy, fewer blocks to compute |
# | learning by heart | augmentation | nine to fourteen points, if trained long enough, and if the class stays the same |
#
# **Your numbers beside the numbers to expect** (means of three seeds; the ranges hold for seeds 3 to 8, in two groups of
# three, as well):

# %%
expect = {
    "digits, rate 3, without": (0.05, 0.25),
    "digits, rate 3, with batch normalization": (0.92, 1.0),
    "digits, `eval()` forgotten, one class a batch": (0.05, 0.25),
    "1,000 shapes, dropout 0": (0.33, 0.42),
    "1,000 shapes, dropout 0.5": (0.42, 0.50),
    "500 shapes, ConvNet, augmentation: none": (0.39, 0.50),
    "500 shapes, ConvNet, augmentation: flip": (0.45, 0.56),
    "500 shapes, ConvNet, augmentation: all three, 80 epochs": (0.58, 0.68),
}
scoreboard([(name, reached.get(name), *limits) for name, limits in expect.items()])

# %% tags=["solutions-only"]
assert all(low <= reached[name] <= high for name, (low, high) in expect.items()), reached
