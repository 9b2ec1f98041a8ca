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
# # Part VI: activation functions
#
# **The question.** Between two linear layers stands a function of one number. Without it, the layers would collapse
# into one. But *which* function? For twenty years it was the sigmoid, then ReLU took over. The usual reasons are that
# sigmoids saturate, are not centred around zero, and cost an exponential, and that ReLU learns six times faster.
# Which of these reasons can you confirm by measuring?
#
# **What you will build**, in `dlcourse/activations.py`: sigmoid, tanh, leaky ReLU and ELU, each with its gradient, as
# layers that fit beside your `ReLU` of Part IV.
#
# **How long it takes.** About two hours: four exercises of eight to twenty minutes, three questions to answer in
# words, and six experiments.
#
# **How to work.** As before: replace the `raise NotImplementedError` of a method, save, run the check cell below the
# exercise. The experiments also use `layers`, `convolution` and `initialization`; one that waits for a function names
# it.
#
# **The numbers to expect.** A network of ReLUs that gets about 98 % of the validation digits right is down at
# guessing, 10 %, if its units are dead from the start. A leaky ReLU can come back from there, but not with every
# slope. The end of the notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import time
from functools import cache, partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter
from tqdm.auto import tqdm

from autograder import check
from dlcourse import activations, convolution, initialization, layers, preprocessing
from dlcourse.toolkit import datasets, figures
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.training import GradientDescent, fit

figures.set_style()
progress_bar = partial(tqdm, leave=False)
reached = {}  # what you measure, for the comparison at the end
digits = datasets.load("digits")
shapes = datasets.load("shapes")

KINDS = {  # how each is made, with the class as it is in your file by then
    "sigmoid": lambda: activations.Sigmoid(),
    "tanh": lambda: activations.Tanh(),
    "ReLU": lambda: layers.ReLU(),
    "leaky ReLU": lambda: activations.LeakyReLU(),
    "ELU": lambda: activations.ELU(),
}
COLOUR = dict(
    zip(
        KINDS,
        (figures.ORANGE, figures.GREEN, figures.BLUE, figures.SKY, figures.PURPLE),
        strict=True,
    )
)
MARKER = dict(zip(KINDS, "s^oDv", strict=True))

# %% [markdown]
# ## 1. Five functions
#
# | | formula | derivative |
# |---|---|---|
# | sigmoid | $\sigma(x) = \dfrac{1}{1 + e^{-x}}$ | $\sigma(x)\,(1 - \sigma(x))$ |
# | tanh | $\tanh(x) = 2\,\sigma(2x) - 1$ | $1 - \tanh^2(x)$ |
# | ReLU | $\max(0, x)$ | 1 where $x > 0$, else 0 |
# | leaky ReLU | $\max(0.01\,x,\; x)$ | 1 where $x > 0$, else 0.01 |
# | ELU | $x$ where $x > 0$, else $\alpha\,(e^x - 1)$ | 1 where $x > 0$, else $\alpha\,e^x$ |
#
# The first two derivatives, and that of ELU, $y + \alpha$, need only the *output* $y$: keep that, and `backward`
# costs nothing.
#
# ### Exercises: `Sigmoid`, `Tanh`
#
# In `dlcourse/activations.py`. The sigmoid has a trap: one of $\frac{1}{1 + e^{-x}}$ and $\frac{e^x}{1 + e^x}$
# overflows for large positive $x$, the other for large negative $x$, and in one batch there may be both. The check
# asks for $x$ around 1000 and $-1000$, forward and backward; for numerical derivatives; for float32; and whether two
# layers keep out of each other's way.

# %%
check("activations.Sigmoid")

# %%
check("activations.Tanh")

# %% [markdown]
# ### Exercises: `LeakyReLU`, `ELU`
#
# Both have two sides. `np.where(condition, a, b)` computes *both* `a` and `b` for all numbers and then chooses: what
# does that mean for $e^{1000}$? At exactly 0, take the derivative of the left side, as PyTorch does.

# %%
check("activations.LeakyReLU")

# %%
check("activations.ELU")

# %%
with experiment():
    x = np.linspace(-5, 5, 401)
    fig, axes = plt.subplots(1, 5, figsize=(12, 3), sharey=True)
    for ax, (name, kind) in zip(axes, KINDS.items(), strict=True):
        layer = kind()
        ax.plot(x, layer.forward(x), color=COLOUR[name], linewidth=2.5, label="y")
        ax.plot(
            x,
            layer.backward(np.ones_like(x)),
            "--",
            color=figures.BLACK,
            linewidth=1.3,
            label="dy/dx",
        )
        ax.set(title=name, xlabel="x", ylim=(-1.3, 2.3))
    axes[0].legend(loc="upper left")
    figures.show(
        fig,
        alt="Five curves with their derivatives, x from -5 to 5. Sigmoid: from 0 to 1, slope at most "
        "a quarter. Tanh: from -1 to 1, slope up to 1. ReLU, leaky ReLU: 0, or nearly, to the left, "
        "x to the right. ELU: smoothly down to -1 on the left, x to the right.",
        caption="Solid the function, dashed its derivative: the factor by which a gradient gets "
        "through. The sigmoid's is never above 1/4; to the far left and right it is 0, for tanh too.",
    )

# %% [markdown]
# ## 2. Saturation, layer by layer
#
# Where the derivative is nearly 0, a unit is **saturated**: whatever gradient comes from above, hardly any gets
# through. In one layer that slows learning down; in a deep network the factors multiply.
#
# **Predict before you run the next cell.** Eight layers of 256 units, with Xavier's weights (Kaiming's for ReLU),
# nobody has trained them yet; then the same with weights three times as large. In which of the networks does a
# gradient arrive at the first layer? Does the sigmoid fail by *saturation* when weights are small? (You are graded on
# the reasons.)

# %% [markdown] answer_points=2 grade_id="activations-saturation"
# ### BEGIN SOLUTION
# With Xavier's weights the sigmoids are *not* saturated: their inputs are around 0, where the slope is largest. But
# even the largest slope is only 1/4, and Xavier's weights do not make up for it, so each layer multiplies the
# gradient by about 1/4, and eight layers leave about $4^{-8}$, a hundred-thousandth. tanh has slope 1 at 0, loses a
# little, and lets most of it through; ReLU with Kaiming's weights keeps the size by construction.
#
# With weights three times as large, more than a third of the tanh units saturate: no gradient gets through *those*. But
# each weight passes on three times as much, so the gradient does not vanish, it even grows, about tenfold in eight
# layers. The sigmoids hardly saturate, and get three times as much per layer: better, and still a loss. ReLU never
# saturates on the right, and its signal explodes, by a factor of 3 a layer.
# ### END SOLUTION

# %%
grey = (
    shapes.train_images[:256]
    .mean(axis=3)
    .reshape(256, 16, 2, 16, 2)
    .mean(axis=(2, 4))
    .reshape(256, 256)
)
grey = (grey - grey.mean(axis=0)) / grey.std(
    axis=0
)  # 256 small images, each number of mean 0 and std 1


def deep(name, gain=1.0, depth=8, seed=0):
    """Share of saturated units and size of the gradient in each layer."""
    rng = np.random.default_rng(seed)
    initialize = initialization.kaiming if "LU" in name else initialization.xavier
    weights = [gain * initialize((256, 256), rng).astype(float) for _ in range(depth)]
    units, x, saturated = [KINDS[name]() for _ in range(depth)], grey, []
    for weight, unit in zip(weights, units, strict=True):
        x = unit.forward(x @ weight.T)
        slope = unit.backward(np.ones_like(x))
        saturated.append(np.mean(slope < 0.05 * (0.25 if name == "sigmoid" else 1)))
    gradient, sizes = rng.normal(size=x.shape), []
    for weight, unit in zip(weights[::-1], units[::-1], strict=True):
        gradient = unit.backward(gradient)
        sizes.append(np.sqrt(np.mean(gradient**2)))
        gradient = gradient @ weight
    return saturated, sizes[::-1]


with experiment():
    fig, axes = plt.subplots(2, 2, figsize=(10, 6), sharex=True)
    deepest = {}
    for column, gain in zip(axes.T, (1.0, 3.0), strict=True):
        for name in ("sigmoid", "tanh", "ReLU"):
            saturated, sizes = deepest[name, gain] = deep(name, gain)
            numbers = np.arange(1, 9)
            line = {"color": COLOUR[name], "marker": MARKER[name], "label": name}
            column[0].plot(numbers, saturated, **line)
            column[1].semilogy(numbers, sizes, **line)
        column[0].set(
            title="weights: Xavier, Kaiming" if gain == 1 else "three times as large",
            ylim=(-0.03, 1),
        )
        column[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        column[1].set(xlabel="layer", ylim=(1e-6, 1e5))
    axes[0, 0].set_ylabel("share of saturated units")
    axes[1, 0].set_ylabel("← gradient, root mean square")
    axes[1, 0].legend(loc="lower right")
    told = "; ".join(f"{k}, gain {g:g}: {v[1][0]:.0e}" for (k, g), v in deepest.items())
    figures.show(
        fig,
        alt="Share of saturated units and size of the gradient in eight layers, for weights of the "
        f"usual size and three times as large. The gradient at the first layer: {told}.",
        caption="Top: units whose slope is below 5 % of the largest possible (for ReLU: units that are "
        "0, one half). Bottom: a gradient of size 1 enters on the right and travels to the left.",
    )
    for (name, gain), (saturated, sizes) in deepest.items():
        print(
            f"{name:8} gain {gain:g}: {saturated[-1]:5.0%} saturated in layer 8, gradient in layer 1 {sizes[0]:.1e}"
        )

# %% tags=["solutions-only"]
assert deepest["sigmoid", 1.0][0][-1] == 0 and 1e-6 < deepest["sigmoid", 1.0][1][0] < 1e-4
assert deepest["tanh", 3.0][0][-1] > 0.3 and 0.1 < deepest["tanh", 1.0][1][0] < 1
assert 0.45 < deepest["ReLU", 1.0][0][-1] < 0.55 and 0.3 < deepest["ReLU", 1.0][1][0] < 2
assert deepest["sigmoid", 3.0][1][0] > 10 * deepest["sigmoid", 1.0][1][0]
assert (
    deepest["ReLU", 3.0][1][0] > 1000
    and 3 < deepest["tanh", 3.0][1][0] / deepest["tanh", 1.0][1][0] < 30
)

# %% [markdown]
# So "sigmoids saturate" is only half of the story. At a sensible start they do *not*, and the gradient dies all the
# same, because the sigmoid's steepest slope is 1/4. Saturation is what happens when weights are, or become, too
# large.
#
# ## 3. All positive: the zig-zag
#
# A sigmoid's output is never negative, nor is a ReLU's. What does that do to the layer behind it? For one unit with
# the score $s = \sum_i w_i x_i$ and one example,
#
# $$ \frac{\partial L}{\partial w_i} = \frac{\partial L}{\partial s} \, x_i . $$
#
# If all $x_i$ are positive, all these slopes have the *same sign*, that of $\partial L / \partial s$: either all
# weights of the unit grow, or all shrink. If the goal needs one up and the other down, the only way is a zig-zag.
#
# Watch a unit with two weights and a sigmoid on its score, one example a step. The examples lie in a square of side
# 1, around a point that you may move: $(0.5, 0.5)$ makes all inputs positive, $(0, 0)$ centres them. The goal is up
# in $w_1$ and down in $w_2$.


# %%
def draw_path(ax, center, rate, steps):
    """Draw the path of the two weights; return how many steps go the same way in both, and how much longer the path is."""
    rng = np.random.default_rng(0)
    goal, unit = np.array([4.0, -4.0]), activations.Sigmoid()
    places, same = [np.zeros(2)], []
    for _ in range(steps):
        centered = rng.uniform(-0.5, 0.5, size=2)
        x, label = centered + center, float(goal @ centered > 0)
        gradient = (unit.forward(places[-1] @ x) - label) * x  # of the softmax loss of two classes
        same.append(gradient[0] * gradient[1] > 0)
        places.append(places[-1] - rate * gradient)
    ax.plot([0, 5], [0, -5], ":", color=figures.BLACK, label="straight to the goal")
    ax.plot(*np.transpose(places), "o-", color=figures.VERMILION, markersize=3, linewidth=1)
    ax.plot(0, 0, "s", color=figures.BLACK)
    ax.set(xlabel="$w_1$", ylabel="$w_2$", xlim=(-2, 5), ylim=(-5, 2), aspect="equal")
    ax.set_title(f"inputs around ({center:g}, {center:g})")
    length = np.linalg.norm(np.diff(places, axis=0), axis=1).sum()
    return float(np.mean(same)), length / np.linalg.norm(places[-1])


zigzag = {}
with experiment():
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4.4))
    zigzag["positive"] = draw_path(left, 0.5, 1.0, 60)
    zigzag["centred"] = draw_path(right, 0.0, 1.0, 60)
    left.legend(loc="lower left", fontsize=9)
    (same, longer), (same_centred, longer_centred) = zigzag.values()
    figures.show(
        fig,
        alt="Two paths of 60 steps from the origin to the lower right. With positive inputs every step goes either up and "
        f"right or down and left, a jagged path {longer:.1f} times as long as the straight line to its end; with centred "
        f"inputs the path is smoother, {longer_centred:.1f} times as long.",
        caption=f"The same examples, left all positive, right centred. Both weights move the same way in {same:.0%} and "
        f"{same_centred:.0%} of the steps; the path is {longer:.1f} and {longer_centred:.1f} times as long as the straight "
        "line to where it ends.",
    )

# %% tags=["solutions-only"]
assert zigzag["positive"][0] == 1 and 0.3 < zigzag["centred"][0] < 0.7, zigzag
assert zigzag["positive"][1] > 1.5 * zigzag["centred"][1], zigzag


# %%
def explore_path(center, rate, steps):
    fig, ax = plt.subplots(figsize=(4.6, 4.4))
    same, longer = draw_path(ax, center, rate, steps)
    figures.show(
        fig,
        alt=f"The path of two weights in {steps} steps, inputs around ({center:g}, {center:g}).",
        caption=f"In {same:.0%} of the steps both weights move the same way. The path is {longer:.1f} times as long as the "
        "straight line to where it ends.",
    )


figures.explore(
    explore_path,
    center=ipywidgets.FloatSlider(0.25, min=-0.5, max=1.0, step=0.05),
    rate=ipywidgets.FloatLogSlider(value=1.0, base=10, min=-1, max=0.5, step=0.1),
    steps=ipywidgets.IntSlider(60, min=10, max=200, step=10),
)

# %% [markdown]
# A batch of many examples softens this, for some ask for up and others for down, and their mean may point anywhere.
# What is left is the slanted valley of the last notebook: a common offset of all inputs is one very steep direction.
# tanh and ELU, whose outputs lie on both sides of 0, do not have it. ReLU does, and lives with it.
#
# ## 4. Dead units
#
# A ReLU passes a gradient only where its input is positive. If its weights come to a place where its input is
# negative for *every* training image, no gradient ever reaches them again: the unit is **dead**, and stays dead.
#
# Make some: train 64-100-100-10 on the digits with larger and larger learning rates, and count, in the second hidden
# layer, the units that are 0 for all 1,200 training images. Then, to be sure, put all hidden biases far below zero
# before training starts, which is a death by birth, and see who comes back to life.
#
# **Predict before you run the next cell.** Which of ReLU, leaky ReLU with slope 0.01, leaky ReLU with slope 0.1, and
# ELU recover from biases of −3 in both hidden layers? From −10? Why? (You are graded on the reasons.)

# %% [markdown] answer_points=2 grade_id="activations-dead"
# ### BEGIN SOLUTION
# ReLU: at −3 half of the second layer is dead already, and the rest is positive for few images: it hardly learns. At
# −10 the whole layer is 0 for every image: no gradient, nothing changes except the last bias, and the network guesses
# for ever.
#
# A leaky ReLU is never without gradient. But two layers with slope 0.01 let only 0.0001 of it through to the first:
# in principle it comes back, in practice training ends long before. With slope 0.1 it is a hundred times as much,
# enough to learn, at −10 mostly as a linear network with small slopes.
#
# ELU has slope $e^{-3} = 0.05$ at −3, and recovers. At −10 its slope is $e^{-10} = 0.00005$: far out on the left it
# is saturated like a sigmoid, and as good as dead.
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


def network(name, sizes, seed=0):
    """Linear layers with an activation, by name or itself, between each two, and weights that suit it."""
    rng, kind, parts = np.random.default_rng(seed), KINDS.get(name, name), []
    for number_in, number_out in zip(sizes, sizes[1:], strict=False):
        linear = layers.Linear(number_in, number_out, rng)
        if name in ("sigmoid", "tanh"):
            linear.weight.value = initialization.xavier((number_out, number_in), rng)
        parts += [linear, kind()]
    return layers.Sequential(*parts[:-1])


def train(net, data, rate, epochs, seed=0):
    loss, rng = layers.CrossEntropyLoss(), np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        return fit(
            net,
            loss,
            data,
            GradientDescent(net.parameters(), rate),
            epochs=epochs,
            rng=rng,
            progress=False,
        )


def dead_share(net):
    """Share of the units of the last hidden layer whose input is negative for all training images."""
    x = normalized_digits()[0]
    with np.errstate(all="ignore"):  # where training blew up
        for layer in net.layers[:-2]:
            x = layer.forward(x)
    return float(np.mean(np.all(x <= 0, axis=0)))


def final(history):
    return history.validation_accuracy[-1] if history.validation_accuracy else 0.1


BORN_DEAD = {  # name: (activation, colour, marker)
    "ReLU": (layers.ReLU, figures.BLUE, "o"),
    "leaky ReLU, slope 0.01": (activations.LeakyReLU, figures.SKY, "D"),
    "leaky ReLU, slope 0.1": (partial(activations.LeakyReLU, 0.1), figures.GREEN, "^"),
    "ELU": (activations.ELU, figures.PURPLE, "v"),
}
rates, biases = [0.1, 0.3, 0.5, 1.0, 1.5, 2.0, 2.5], [0, -1, -2, -3, -5, -7, -10]
by_rate, by_bias, killed = {}, {}, []

with experiment():
    for rate in progress_bar(rates):
        net = network("ReLU", [64, 100, 100, 10])
        by_rate[rate] = final(train(net, normalized_digits(), rate, 10)), dead_share(net)
    for name, (kind, _, _) in progress_bar(BORN_DEAD.items()):
        by_bias[name] = []
        for bias in biases:
            net = network(kind, [64, 100, 100, 10])
            for linear in net.layers[:-1:2]:
                linear.bias.value += np.float32(bias)
            if name == "ReLU":
                killed.append(dead_share(net))
            by_bias[name].append(final(train(net, normalized_digits(), 0.5, 15)))
    for name in ("ReLU", "leaky ReLU, slope 0.1"):
        reached[f"{name}, biases of 0"], reached[f"{name}, biases of −10"] = (
            by_bias[name][0],
            by_bias[name][-1],
        )

    fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.9))
    left.plot(
        rates,
        [dead for _, dead in by_rate.values()],
        "X-",
        color=figures.VERMILION,
        label="dead units",
    )
    left.plot(
        rates,
        [right for right, _ in by_rate.values()],
        "o-",
        color=COLOUR["ReLU"],
        label="validation accuracy",
    )
    left.set(xlabel="learning rate", title="ReLU, 10 epochs")
    for name, (_, colour, marker) in BORN_DEAD.items():
        right.plot(biases, by_bias[name], marker + "-", color=colour, label=name)
    right.plot(biases, killed, "X:", color=figures.VERMILION, label="dead at the start")
    right.set(
        xlabel="biases of the hidden layers before training",
        title="validation accuracy after 15 epochs, η = 0.5",
    )
    right.invert_xaxis()
    for ax in (left, right):
        ax.set_ylim(-0.03, 1.03)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.legend(loc="center left" if ax is left else "best", fontsize=8)
    told = ", ".join(f"{k} {v[-1]:.0%}" for k, v in by_bias.items())
    figures.show(
        fig,
        alt="Left: share of dead units and accuracy against the learning rate; from a rate of about 1 "
        f"units die, at {rates[-1]:g} {by_rate[rates[-1]][1]:.0%} of them. Right: accuracy after starting "
        f"with negative biases; from -10: {told}.",
        caption="Left: too long a step kills units, and enough of them the network. Right: born dead. Where no "
        "gradient gets through, no training helps. A leak is a way back only if it is large enough.",
    )
    for rate, (right_share, dead) in by_rate.items():
        print(f"η = {rate:<4g} {dead:5.0%} of the second layer dead, {right_share:.1%} right")

# %% tags=["solutions-only"]
assert (
    by_rate[0.1][1] == 0
    and by_rate[0.1][0] > 0.94
    and by_rate[2.5][1] > 0.5
    and by_rate[2.5][0] < 0.5
), by_rate
assert (
    killed[-1] == 1 and by_bias["ReLU"][-1] < 0.2 and by_bias["leaky ReLU, slope 0.01"][-1] < 0.2
), (killed, by_bias)
assert (
    by_bias["leaky ReLU, slope 0.1"][-1] > 0.5
    and by_bias["ELU"][3] > 0.9
    and by_bias["ELU"][-1] < 0.3
), by_bias
assert by_bias["ReLU"][3] < 0.4 and 0.3 < killed[3] < 0.7, (killed, by_bias)

# %% [markdown]
# The usual advice, "use leaky ReLU against dead units", needs its number: the slide's 0.01 does not bring these units
# back in the time you train. Better not to kill them: a learning rate that is not too large, inputs and weights of
# the right size, and, as you will see, batch normalization.
#
# ## 5. What does an exponential cost?
#
# "exp is expensive" was true when the sentence was written. Measure it: nanoseconds a number, on a batch of 64 times
# 4,096 numbers in float32, which fits into the cache. Beside it the same for your layers, forward and backward, and
# for one output of a linear layer with 512 inputs, which is what stands before every activation.

# %%
with experiment():
    rng = np.random.default_rng(0)
    batch = rng.normal(size=(64, 4096)).astype(np.float32)
    inputs = rng.normal(size=(64, 512)).astype(np.float32)
    weight = rng.normal(size=(512, 512)).astype(np.float32)

    def nanoseconds(function, count, repeats=30):
        """Processor time for one number, the best of many runs."""
        best = np.inf
        for _ in range(repeats):
            start = time.process_time()
            function()
            best = min(best, time.process_time() - start)
        return 1e9 * best / count

    def both_ways(kind):
        layer = kind()

        def run():
            layer.forward(batch)
            layer.backward(batch)

        return run

    cost = {
        "x · x": nanoseconds(lambda: batch * batch, batch.size),
        "np.maximum(x, 0)": nanoseconds(lambda: np.maximum(batch, 0), batch.size),
        "np.exp(x)": nanoseconds(lambda: np.exp(batch), batch.size),
        "np.tanh(x)": nanoseconds(lambda: np.tanh(batch), batch.size),
        "np.where(x > 0, x, 0)": nanoseconds(lambda: np.where(batch > 0, batch, 0), batch.size),
    }
    cost |= {
        f"{name}, both ways": nanoseconds(both_ways(kind), batch.size)
        for name, kind in KINDS.items()
    }
    cost["one of 512 outputs"] = nanoseconds(lambda: inputs @ weight.T, inputs.size)

    fig, ax = plt.subplots(figsize=(8, 3.9))
    groups = [figures.SKY] * 5 + [figures.BLUE] * 5 + [figures.ORANGE]
    bars = ax.barh(list(cost), list(cost.values()), color=groups)
    for bar, value in zip(bars, cost.values(), strict=True):
        ax.text(value + 0.1, bar.get_y() + 0.4, f"{value:.2f}", va="center", fontsize=9)
    bars[-1].set_hatch("//")
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    ax.set(xlabel="nanoseconds a number, one thread")
    told = "; ".join(f"{name}: {value:.2f}" for name, value in cost.items())
    figures.show(
        fig,
        alt=f"Nanoseconds a number. {told}.",
        caption="Light: one NumPy call. Dark: a layer, forward and backward. Hatched: computing the number that goes "
        "into the activation, forward alone.",
    )

# %% tags=["solutions-only"]
assert cost["np.exp(x)"] < 0.5 * cost["one of 512 outputs"], (
    cost
)  # the rest depends on the processor

# %% [markdown]
# On the machine that made this page, `np.exp` takes about as long as `np.maximum`: today's processors compute eight
# or sixteen exponentials at once, and NumPy uses that for float32. (Yours may differ: an older NumPy, float64,
# another processor.) What *is* slow is `np.where` with a mask that changes at random from number to number; layers
# that use it pay about ten times as much as those that do not. And computing the number that goes into the activation
# costs many times as much as its exponential, and forward alone about as much as the slowest layer both ways.
#
# So the cost of exp is no reason any more, at least not here. A sentence on a slide has a date.
#
# ## 6. Six times faster?
#
# The most famous reason for ReLU is a figure of 2012: a four-layer convolutional network on CIFAR-10 reached 25 %
# training error six times faster with ReLU than with tanh, each with its own best learning rate (Krizhevsky,
# Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", figure 1). Does it hold for
# *your* layers?
#
# The same race, on 1,000 shapes: how many epochs until 75 % of the training images are right? First a network
# 3072-100-100-10, then a small ConvNet (three convolutions and a linear layer, on the shapes at 16×16 pixels), each
# kind with the best of its learning rates, two seeds each. The weights suit the activation: Xavier for tanh and
# sigmoid, Kaiming for ReLU.

# %%
TARGET, MOST = 0.75, 40


def epochs_needed(net, data, rate, seed):
    """Epochs until 75 % of the training images are right (between epochs by a straight line); infinite if never."""
    loss, optimizer = layers.CrossEntropyLoss(), GradientDescent(net.parameters(), rate)
    rng, before = np.random.default_rng(seed), 0.0
    for epoch in range(MOST):
        with np.errstate(all="ignore"):
            history = fit(
                net, loss, data, optimizer, epochs=1, rng=rng, batch_size=32, progress=False
            )
        if history.stopped:
            return np.inf
        now = history.train_accuracy[-1]
        if now >= TARGET:
            return epoch + (TARGET - before) / (now - before)
        before = now
    return np.inf


def convnet(name, seed):
    rng, kind = np.random.default_rng(seed), KINDS[name]
    net = layers.Sequential(
        convolution.Conv2d(3, 16, 5, padding=2, rng=rng),
        kind(),
        convolution.MaxPool2d(2, 2),
        convolution.Conv2d(16, 16, 3, padding=1, rng=rng),
        kind(),
        convolution.MaxPool2d(2, 2),
        convolution.Conv2d(16, 32, 3, padding=1, rng=rng),
        kind(),
        layers.Flatten(),
        layers.Linear(512, 10, rng),
    )
    if name != "ReLU":
        for parameter in net.parameters():
            if parameter.value.ndim > 1:
                parameter.value = initialization.xavier(parameter.value.shape, rng)
    return net


with experiment():
    images, labels = shapes.train_images[:1000], shapes.train_labels[:1000]
    flat = preprocessing.Standardizer().fit(images).transform(images).reshape(1000, -1)
    small = images.reshape(1000, 16, 2, 16, 2, 3).mean(axis=(2, 4), dtype=np.float32)
    small = (
        preprocessing.Standardizer(per_channel=True)
        .fit(small)
        .transform(small)
        .transpose(0, 3, 1, 2)
    )
    contests = {
        "3072-100-100-10": (
            lambda name, seed: network(name, [3072, 100, 100, 10], seed),
            flat,
            {"sigmoid": (0.1, 0.3, 1.0), "tanh": (0.03, 0.1, 0.3), "ReLU": (0.01, 0.03, 0.1)},
        ),
        "ConvNet": (
            convnet,
            np.ascontiguousarray(small),
            {"tanh": (0.1, 0.2, 0.3), "ReLU": (0.05, 0.1, 0.2)},
        ),
    }
    race = {}
    for contest, (build, inputs, all_rates) in contests.items():
        for name, tried in progress_bar(all_rates.items()):
            results = {
                rate: [
                    epochs_needed(build(name, seed), (inputs, labels), rate, seed)
                    for seed in (0, 1)
                ]
                for rate in progress_bar(tried)
            }
            rate = min(results, key=lambda rate: np.mean(results[rate]))
            race[contest, name] = rate, results[rate]
            print(f"{contest:16}{name:9}best rate {rate:<5g} epochs {np.round(results[rate], 1)}")

    def ratio(contest, slower):
        return np.mean(race[contest, slower][1]) / np.mean(race[contest, "ReLU"][1])

    fig, ax = plt.subplots(figsize=(8, 3.6))
    places = np.arange(len(race))
    for place, ((_, name), (_, epochs)) in zip(places, race.items(), strict=True):
        ax.barh(place, np.mean(epochs), color=COLOUR[name], alpha=0.85)
        ax.plot(epochs, [place] * len(epochs), MARKER[name], color=figures.BLACK, markersize=5)
    ax.set_yticks(
        places, [f"{contest}, {name}\nη = {race[contest, name][0]:g}" for contest, name in race]
    )
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    ax.set(xlabel="epochs until 75 % of the 1,000 training images are right")
    told = "; ".join(
        f"{contest}, {name}: {np.mean(epochs):.1f}" for (contest, name), (_, epochs) in race.items()
    )
    figures.show(
        fig,
        alt=f"Bars of the epochs needed. {told}.",
        caption="Bars: the mean; marks: the two seeds. Each with its best learning rate of those tried.",
    )
    print(
        f"3072-100-100-10: tanh takes {ratio('3072-100-100-10', 'tanh'):.1f} times as long as ReLU,",
        end=" ",
    )
    print(f"sigmoid {ratio('3072-100-100-10', 'sigmoid'):.1f} times")
    print(f"ConvNet: tanh takes {ratio('ConvNet', 'tanh'):.1f} times as long as ReLU")

# %% tags=["solutions-only"]
assert (
    1.1 < ratio("3072-100-100-10", "tanh") < 2 and 2.4 < ratio("3072-100-100-10", "sigmoid") < 4
), race
assert ratio("ConvNet", "tanh") < 1, race

# %% [markdown]
# **What we found.** Not a factor of six. In the fully connected network ReLU is faster than tanh, by less than a
# factor of two, and faster than the sigmoid, by about three. In the small ConvNet it is the other way round: tanh
# needs *fewer* epochs.
#
# Is the claim wrong, then? It is a measurement of another network, other images and another start: their weights were
# drawn from N(0, 0.01²), which you now know to be hard on any activation, and their network was wider and trained for
# longer. What can be said honestly: ReLU is at least a good choice in the networks of this course, it is simple, it
# does not saturate to the right, and how much faster it is depends on everything else. If it matters to you, measure
# it on your own problem.
#
# ## What you can do now
#
# You can write an activation with its gradient, stable for any input; say which factor a gradient loses in each
# layer, and whether saturation or the slope is to blame; recognise a zig-zag and dead units, and count them; and test
# a well-known claim, with fair learning rates, and say what you found.
#
# **Your numbers beside the numbers to expect** (the ranges hold for five other seeds too):

# %%
expect = {
    "ReLU, biases of 0": (0.93, 1.0),
    "ReLU, biases of −10": (0.05, 0.2),
    "leaky ReLU, slope 0.1, biases of 0": (0.93, 1.0),
    "leaky ReLU, slope 0.1, biases of −10": (0.65, 0.90),
}
scoreboard([(name, reached.get(name), *limits) for name, limits in expect.items()])

# %% tags=["solutions-only"]
assert all(low <= reached[name] <= high for name, (low, high) in expect.items()), reached
