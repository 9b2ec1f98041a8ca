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
# # Part IV: neural networks
#
# **The question.** One template a class cannot see a ring, or a star on any wallpaper, however well it is trained. What
# happens if the formula gets one more matrix, with something in between that is not linear? And how do you build that
# so that it stays easy to take apart, to check, and to make larger?
#
# **What you will build**, in the file `dlcourse/layers.py`:
#
# 1. layers, each with a forward and a backward pass: `Linear`, `ReLU`, `Flatten`,
# 2. `Sequential`, which makes one layer of many, and `CrossEntropyLoss`, where the gradient starts,
# 3. `mlp`, a network of any depth in one line, and with it networks that learn the sets of Part II that no line
#    separates, and images.
#
# **How long it takes.** Three hours: six exercises of five to thirty minutes, three questions to answer in words, and
# about ten experiments that use what you wrote.
#
# **How to work.** As before: write a class or function in `dlcourse/layers.py`, save, run the check cell below the exercise.
# `Parameter` and `Layer`, at the top of that file, are given: read them first, they are short. The rules of
# backpropagation come from the first notebook of this part, [computational graph](computational_graph.ipynb). The loss
# needs your `cross_entropy` of Part III.
#
# **The numbers to expect.** Ring and parity: 98 % and more, where the best of all lines got about 70 %. Digits: at least
# 96 % of the test images. Shapes: about 60 %, where the linear classifier stopped at 40 %. Photographs: 43 to 47 % with
# 8,000 training images. The end of the notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import os

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from tqdm.auto import tqdm

from autograder import check
from dlcourse import layers
from dlcourse.toolkit import datasets, figures
from dlcourse.toolkit.gradient_check import check_layer
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.training import GradientDescent, evaluate, fit, predict_in_batches

figures.set_style()
reached = {}  # the accuracies you measure, for the comparison at the end

# %% [markdown]
# **CIFAR-10** is a download of 170 MB, so it is only used if you ask for it: set `WITH_CIFAR10 = True` below, or let the
# environment variable `DLCOURSE_DATA` name the folder that holds `cifar-10-batches-py/`. Without it, the shapes take its
# place. The images are scaled as in Part III: minus the mean training image, divided by 128, one row each.

# %%
WITH_CIFAR10 = "DLCOURSE_DATA" in os.environ


def scaled(data):
    """Images and labels of the three splits, by name: zero-centred, flat, float32."""
    mean_image = data.train_images.mean(axis=0, dtype=np.float64).astype(np.float32)

    def scale(images):
        return ((images - mean_image) / 128).reshape(len(images), -1)

    return {
        "train": (scale(data.train_images), data.train_labels),
        "validation": (scale(data.validation_images), data.validation_labels),
        "test": (scale(data.test_images), data.test_labels),
    }


sources = {name: datasets.load(name) for name in ("digits", "shapes")}
if WITH_CIFAR10:
    try:
        sources["cifar10"] = datasets.load("cifar10", partial=True)
    except datasets.DatasetError as error:
        print(error)
sets = {name: scaled(data) for name, data in sources.items()}
for data in sources.values():
    print(data)

# %% [markdown]
# ## 1. A layer knows two directions
#
# A **layer** is a function with its derivative built in. Forward: numbers in, numbers out. Backward: the gradient of the
# loss with respect to what came *out* goes in, and the gradient with respect to what came *in* goes out. On the way the
# layer adds to the gradients of its own parameters. No layer knows what stands before or behind it, and that is all there
# is to a deep network: layers that pass numbers forward and gradients back.
#
# | | gets | returns | on the way |
# |---|---|---|---|
# | `forward(x)` | a batch $x$ | the output $y$ | keeps what backward will need |
# | `backward(gradient)` | $\partial L / \partial y$ | $\partial L / \partial x$ | *adds* to `grad` of each parameter |
#
# A gradient has the shape of what it belongs to.
#
# Why add, and not set? Because a parameter may be used more than once, and the chain rule sums over all paths (the
# [computational graph](computational_graph.ipynb) showed it). Whoever starts a new step clears first: `zero_grad()`.
#
# ### Exercise: `Linear`
#
# The layer of Part II, now with a way back. For a batch $x$ of shape $(N, D)$, weights $W$ of shape $(C, D)$, biases $b$:
#
# $$ y = x W^\top + b, \qquad
#    \frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} W, \qquad
#    \frac{\partial L}{\partial W} = \Big(\frac{\partial L}{\partial y}\Big)^{\!\top} x, \qquad
#    \frac{\partial L}{\partial b} = \sum_{n} \Big(\frac{\partial L}{\partial y}\Big)_{n} . $$
#
# The first notebook derives them; if you forget them, the shapes give them back to you, for there is only one way to
# multiply that fits. The first weights are drawn from a normal distribution of variance $2/D$ (Part VI says why), the
# first biases are zero. The check differentiates numerically, in float64; it looks at float32 as well, at gradients that are
# already there, at an `x` that its owner overwrites between the two passes, and at batches of one image and of none.

# %%
check("layers.Linear")

# %% [markdown]
# The check used a tool that you can use as well, for every layer you will ever write: `check_layer` compares all gradients
# with numerical ones, as you did in Part III, but more cleverly. Here it looks at a `Linear` with a mistake in it.


# %%
class Averaging(layers.Linear):
    """Averages the gradient of the bias over the batch, instead of summing it."""

    def backward(self, gradient):
        before = self.bias.grad.copy()
        dx = super().backward(gradient)
        self.bias.grad[...] = before + gradient.mean(axis=0)
        return dx


with experiment():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 5))
    for kind in (layers.Linear, Averaging):
        report = check_layer(kind(5, 3, rng, np.float64), x, rng, names=["weight", "bias"])
        print(f"{kind.__name__}:\n{report}\n")

# %% tags=["solutions-only"]
assert [tensor.passed for tensor in report.tensors] == [True, True, False]

# %% [markdown]
# ### Exercise: `ReLU`
#
# The **rectified linear unit** takes the maximum with zero, number by number:
#
# $$ y = \max(0, x), \qquad
#    \frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \ \text{where } x > 0, \text{ else } 0 . $$
#
# Its Jacobian is diagonal, with ones and zeros on it: never built, one multiplication instead. What decides is the sign of
# the *input*; the gradient that comes in may have any sign.

# %%
check("layers.ReLU")

# %% [markdown]
# One layer and a ReLU on real images, before any training. **Predict before you run it**: which share of the 100 numbers
# that come out is zero, for a typical digit? And does training ever change the outputs of a unit that gives zero for
# *every* image?

# %%
with experiment():
    first, relu = layers.Linear(64, 100, np.random.default_rng(0)), layers.ReLU()
    before = first.forward(sets["digits"]["train"][0])
    after = relu.forward(before)
    silent = np.mean(after == 0)
    dead = int(np.sum(np.all(after == 0, axis=0)))

    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.9))
    left.hist(before.ravel(), bins=60, color=figures.SKY, label="before: x Wᵀ + b")
    left.hist(
        after[after > 0],
        bins=30,
        histtype="step",
        color=figures.BLACK,
        label="after, where positive",
    )
    left.set(xlabel="value", ylabel="how often")
    left.legend(fontsize=8)
    right.hist(np.mean(after > 0, axis=0), bins=np.linspace(0, 1, 26), color=figures.ORANGE)
    right.set(xlabel="share of the images for which a unit is on", ylabel="units", xlim=(0, 1))
    figures.show(
        fig,
        alt="Left: a histogram of the outputs of a random linear layer, a bell around zero; the "
        "ReLU keeps its right half. Right: a histogram of the share of the training digits for "
        "which each of the 100 units is on: for each about half, between 0.4 and 0.6.",
        caption=f"100 random units on 1,200 digits. {silent:.0%} of all outputs are zero, and each "
        "unit is on for about half of the images, each for another half.",
    )
    print(f"{silent:.1%} of the outputs are zero; {dead} of the 100 units are zero for every image")

# %% tags=["solutions-only"]
assert 0.4 < silent < 0.6 and dead == 0, (silent, dead)

# %% [markdown]
# About half, by symmetry. A unit that is zero for every image gets no gradient, so neither its weights nor its bias ever
# change again: a **dead unit** (Part VI meets them).
#
# ### Exercise: `Flatten`
#
# `Linear` wants rows; images come as $(N, C, H, W)$, from Part V on. `Flatten` turns each example into one row, and on the
# way back turns the gradient into images again. It has no parameters and changes no number, only the shape.

# %%
check("layers.Flatten")

# %% [markdown]
# ### Exercise: `Sequential`
#
# Now put them together. `Sequential(first, second, third)` is a layer itself: forward runs through its layers from the
# first to the last, backward from the last to the first. Its parameters are those of its layers.
#
# One detail deserves a thought. A layer remembers its *last* forward alone. If the same layer stands at two places, its
# second forward makes it forget the first, and both places would go back with the second input. So take down
# `layer.memory()` at each place, and go back with `layer.backward_from(memory, gradient)`; both are given in `Layer`. And an
# optimizer must not see such a layer's parameters twice.

# %%
check("layers.Sequential")

# %% [markdown]
# ## 2. Two matrices in a row are one matrix
#
# Two layers have more parameters than one, so they should be able to do more. Should they? Take a `Linear` from 3072 to
# 100, and another one from 100 to 10, with **nothing in between**:
#
# $$ f(x) = W_2 (W_1 x + b_1) + b_2 . $$
#
# **Predict, and prove**: which functions can these two layers compute together that one `Linear` from 3072 to 10 cannot?
# Multiply out. How many parameters do the two have, how many would one need? What changes if there are only 5 numbers in the
# middle, instead of 100?

# %% [markdown] answer_points=2 grade_id="networks-two-matrices"
# ### BEGIN SOLUTION
# None. Multiplied out, $f(x) = (W_2 W_1)\, x + (W_2 b_1 + b_2)$: one matrix of shape (10×100)(100×3072) = 10×3072, and one
# bias of shape 10. So it is a linear classifier, written in a wasteful way: 308,310 parameters instead of 30,730.
#
# With 5 numbers in the middle the product has rank 5 at most: *fewer* functions than one layer, since all ten scores are
# mixtures of the same five numbers.
# ### END SOLUTION

# %%
with experiment():
    rng = np.random.default_rng(0)
    first, second = layers.Linear(3072, 100, rng), layers.Linear(100, 10, rng)
    first.bias.value[...], second.bias.value[...] = rng.normal(size=100), rng.normal(size=10)
    images = sets["shapes"]["validation"][0][:200]

    one = layers.Linear(3072, 10, rng)
    one.weight.value = second.weight.value @ first.weight.value
    one.bias.value = second.weight.value @ first.bias.value + second.bias.value

    stacked = layers.Sequential(first, second).forward(images)
    rectified = layers.Sequential(first, layers.ReLU(), second).forward(images)
    alone = one.forward(images)
    print(
        f"W2 W1: {second.weight.value.shape} times {first.weight.value.shape} is {one.weight.value.shape}"
    )
    print(f"largest score:                                    {np.abs(alone).max():.2f}")
    print(f"largest difference, two layers and their product: {np.abs(stacked - alone).max():.1e}")
    print(
        f"the same with a ReLU between the two layers:      {np.abs(rectified - alone).max():.2f}"
    )

# %% tags=["solutions-only"]
assert np.abs(stacked - alone).max() < 1e-4 < 1 < np.abs(rectified - alone).max()

# %% [markdown]
# The same to the last digits that float32 has. However many linear layers you stack, they **collapse into one**. What keeps
# them apart is the ReLU between them: for each image it switches off another half of the units, so each image meets a
# matrix of its own.
#
# ## 3. Networks
#
# With $\max(0, \cdot)$ between two matrices you have the smallest neural network of the lecture:
#
# $$ f = W_2 \max(0, W_1 x) , $$
#
# for images of CIFAR-10 with $x$ of 3072 numbers, $W_1$ of shape 100×3072, a **hidden layer** of 100 numbers, and $W_2$ of
# shape 10×100: **3072-100-10** for short. The ten scores now are mixtures of 100 templates, each used only where it fits.
# (Biases are there too, and left out of the formula.) It is called a **2-layer network**: one counts the layers of *weights*,
# so neither the input nor the ReLU counts. The linear classifier is a 1-layer network. *Fully connected* means that every
# number of one layer is connected to every number of the next.


# %%
def draw_network(ax, sizes, names, title):
    """Circles for numbers, lines for weights."""
    columns = [[(i, (size - 1) / 2 - j) for j in range(size)] for i, size in enumerate(sizes)]
    for i, (left, right) in enumerate(zip(columns, columns[1:], strict=False)):
        for start in left:
            for end in right:
                ax.plot(*zip(start, end, strict=True), color="0.75", linewidth=0.7, zorder=1)
        ax.text(i + 0.5, max(sizes) / 2 + 0.35, f"$W_{i + 1}$", ha="center", fontsize=12)
    colours = [figures.SKY, *[figures.ORANGE] * (len(sizes) - 2), figures.GREEN]
    for i, (places, name) in enumerate(zip(columns, names, strict=True)):
        ax.scatter(
            *np.transpose(places),
            s=110,
            color=colours[i],
            edgecolors="black",
            zorder=2,
            marker="so"[0 < i < len(sizes) - 1],
        )
        ax.text(i, -max(sizes) / 2 - 0.25, name, ha="center", va="top", fontsize=9)
    ax.set(
        title=title,
        xlim=(-0.4, len(sizes) - 0.6),
        ylim=(-max(sizes) / 2 - 1.3, max(sizes) / 2 + 0.9),
    )
    ax.axis("off")


fig, axes = plt.subplots(1, 3, figsize=(10, 3.1), width_ratios=[1, 1.4, 1.9])
draw_network(axes[0], (5, 3), ("x\n3072", "scores\n10"), "1 layer: linear classifier")
draw_network(axes[1], (5, 6, 3), ("x\n3072", "hidden\n100", "scores\n10"), "2 layers")
draw_network(
    axes[2], (5, 6, 4, 3), ("x\n3072", "hidden\n100", "hidden\n50", "scores\n10"), "3 layers"
)
figures.show(
    fig,
    alt="Three networks drawn as columns of circles, with a line for each weight between "
    "neighbouring columns. One layer: input and scores, with the weights W1 between. Two layers: one "
    "hidden column and W1, W2. Three layers: two hidden columns and W1, W2, W3.",
    caption="Count the letters W, not the columns. Squares: what goes in and comes out. Circles: "
    "hidden numbers, each after a maximum with 0.",
)

# %% [markdown]
# ### A slide to check
#
# For three layers the lecture's slide prints
#
# $$ f = W_3 \max\big(0,\ W_2 \max(W_1 x)\big) . $$
#
# **Read it like a computer.** Let $x$ have 3072 numbers, $W_1$ be 100×3072, $W_2$ 50×100, $W_3$ 10×50. Write down the shape
# of each piece, from the inside to the outside. Where does it go wrong, what is missing, and what would `np.max` make of the
# line as it is printed?

# %% [markdown] answer_points=2 grade_id="networks-slide-erratum"
# ### BEGIN SOLUTION
# $W_1 x$: 100 numbers. $\max(W_1 x)$ with a single argument is the largest of them: *one* number. $W_2$ times one number is a
# 50×100 matrix, not a vector of 50; the rest does not fit any more: the outer maximum is 50×100, and $W_3$ times that is
# 10×100, ten rows of scores instead of ten scores.
#
# The inner maximum lacks its 0: $f = W_3 \max(0, W_2 \max(0, W_1 x))$. Every hidden layer needs the maximum *with zero*, number by
# number, so that 100 numbers stay 100 numbers.
# ### END SOLUTION

# %%
rng = np.random.default_rng(0)
x, W1, W2, W3 = (rng.normal(size=size) for size in ((3072, 1), (100, 3072), (50, 100), (10, 50)))

printed = W3 @ np.maximum(0, W2 * np.max(W1 @ x))  # as on the slide: max of one argument
right = W3 @ np.maximum(0, W2 @ np.maximum(0, W1 @ x))
print(f"max(W1 x): {np.max(W1 @ x):.1f}, one number; the slide's f has shape {printed.shape}")
print(f"max(0, W1 x) has shape {np.maximum(0, W1 @ x).shape}; f has shape {right.shape}")

# %% tags=["solutions-only"]
assert printed.shape == (10, 100) and right.shape == (10, 1)

# %% [markdown]
# ### Exercise: `mlp`
#
# A **multi-layer perceptron** of any depth: `mlp([3072, 100, 10], rng)` is the network above, and
# `mlp([3072, 100, 50, 10], rng)` the one of the slide, with its zero. A `ReLU` between each two `Linear` layers, and none
# after the last: scores may be negative.

# %%
check("layers.mlp")

# %%
with experiment():
    for sizes in ([3072, 10], [3072, 100, 10], [3072, 100, 50, 10]):
        net = layers.mlp(sizes, np.random.default_rng(0))
        count = sum(parameter.value.size for parameter in net.parameters())
        names = ", ".join(type(layer).__name__ for layer in net.layers)
        print(f"{'-'.join(map(str, sizes)):15} {count:8,} parameters: {names}")

# %% tags=["solutions-only"]
assert count == 100 * 3073 + 50 * 101 + 10 * 51

# %% [markdown]
# ### The neuron, and where the analogy ends
#
# Why "neural"? One hidden number is $\max(0,\ w \cdot x + b)$: it collects inputs, weighs each, and answers when the sum
# passes a threshold. A nerve cell collects signals from other cells at its dendrites, each synapse stronger or weaker, and
# fires more often the more its sum exceeds a threshold. That likeness gave the field its name in the 1940s.
#
# It ends there. Cells come in many types; a dendrite computes by itself, and not linearly; a synapse is not a number but
# changes while you look; cells fire in single spikes, whose timing counts; and nobody has found a brain that sends exact
# derivatives backwards through the same connections. What you build is a function made of matrix products, trained by the
# chain rule. It needs no brain to justify it, and explains none.

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.7), width_ratios=[1.5, 1])
left.axis("off")
left.set(xlim=(0, 10), ylim=(0, 4))
for i, y in enumerate((3.4, 2.0, 0.6)):
    left.text(0.3, y, f"$x_{i + 1}$", fontsize=13, va="center")
    left.annotate("", (4.2, 2.0), (0.9, y), arrowprops={"arrowstyle": "->", "color": "0.3"})
    left.text(2.2, 2.0 + (y - 2.0) * 0.62 + (0.2, 0.2, -0.45)[i], f"$w_{i + 1}$", fontsize=11)
left.text(
    5.2,
    2.0,
    r"$\sum_i w_i x_i + b$",
    ha="center",
    va="center",
    fontsize=12,
    bbox={"boxstyle": "round", "fc": "#E8F3FA"},
)
left.annotate("", (7.3, 2.0), (6.1, 2.0), arrowprops={"arrowstyle": "->", "color": "0.3"})
left.text(
    8.2,
    2.0,
    r"$\max(0, \cdot)$",
    ha="center",
    va="center",
    fontsize=12,
    bbox={"boxstyle": "round", "fc": "#FDF1DC"},
)
left.annotate("", (9.9, 2.0), (9.0, 2.0), arrowprops={"arrowstyle": "->", "color": "0.3"})
sums = np.linspace(-3, 3, 61)
right.plot(sums, np.maximum(0, sums), color=figures.VERMILION, linewidth=2.5)
right.set(
    xlabel="weighted sum plus bias",
    ylabel="output",
    title="silent below the threshold, proportional above",
)
figures.show(
    fig,
    alt="Left: three inputs, each multiplied by a weight, run into a box with their sum plus a "
    "bias, then into a box with the maximum with 0, then out. Right: the output against the sum: 0 "
    "for negative sums, then a straight line.",
    caption="One hidden unit. All it can say is how far its input lies on one side of a plane, and nothing about the other side.",
)

# %% [markdown]
# ### Exercise: `CrossEntropyLoss`
#
# The last piece, where the gradient starts. `forward(scores, labels)` returns the loss, `backward()` the gradient with
# respect to the scores. The work was done in Part III: use your `cross_entropy`, which divides by $N$. Once is enough.

# %%
check("layers.CrossEntropyLoss")

# %% [markdown]
# ## 4. Habits: what to look at before you train
#
# Most mistakes in a network do not crash. They train, badly. Three habits find most of them in a minute; here is one
# after the other.
#
# **First: the gradient check**, for the whole network. `check_layer` does it, since `Sequential` is a layer.

# %%
with experiment():
    rng = np.random.default_rng(0)
    net = layers.mlp([64, 16, 10], rng, dtype=np.float64)
    images = sets["digits"]["train"][0][:5]
    print(check_layer(net, images, rng, names=["W1", "b1", "W2", "b2"]))

# %% [markdown]
# **Second: the loss before training.** A network that knows nothing gives ten classes a probability of $1/10$ each, and
# its loss is $\ln 10 = 2.303$. With random weights its scores are not quite equal, and it costs a little more: up to about
# half of the scores' variance. **Expect** a loss between $\ln C$ and the last column.

# %%
with experiment():
    loss = layers.CrossEntropyLoss()
    first_losses = {}
    print(f"{'data':9}{'C':>4}{'ln C':>8}{'loss':>8}{'ln C + variance / 2':>22}")
    for name, splits in sets.items():
        images, labels = splits["train"]
        net = layers.mlp([images.shape[1], 100, 10], np.random.default_rng(0))
        scores = net.forward(images)
        first_losses[name] = (
            loss.forward(scores, labels),
            np.log(10) + scores.var(axis=1).mean() / 2,
        )
        print(
            f"{name:9}{10:4}{np.log(10):8.3f}{first_losses[name][0]:8.3f}{first_losses[name][1]:22.3f}"
        )

# %% tags=["solutions-only"]
assert all(np.log(10) < measured < expected for measured, expected in first_losses.values()), (
    first_losses
)

# %% [markdown]
# A loss of 5, or of 0.1, before the first step would be a mistake found: images that were not scaled, labels that are
# shifted, a softmax taken twice.
#
# **Third: overfit 50 images.** A network with 308,310 parameters must be able to learn 50 images by heart. If it cannot, do
# not train it on 50,000: something is broken. The training loop is given from here on, `fit` in
# `dlcourse.toolkit.training`: it draws batches, calls `forward` and `backward` of your layers and your loss, and takes the steps
# of gradient descent.
#
# **Predict before you run the next cell.** It trains 3072-100-10 three times on 50 shapes: as it should be; with the labels
# *shuffled*, so that stars are called arrows; and with all weights zero at the start. Which of the three reach 100 % of the
# 50 images? What does that say about a training accuracy of 100 %?

# %% [markdown] answer_points=2 grade_id="networks-overfit"
# ### BEGIN SOLUTION
# The first reaches 100 %, and so does the second: with that many parameters any 50 labels can be learned by heart, also
# wrong ones. So 100 % on the training images shows that the machinery works, and nothing about new images.
#
# The third never gets there. With $W_2 = 0$ no gradient reaches $W_1$, and with $W_1 = 0$ all hidden units are 0, so none
# reaches $W_2$: only the last biases learn, and they know no more than how often each class occurs.
# ### END SOLUTION

# %%
with experiment():
    images, labels = (each[:50] for each in sets["shapes"]["train"])
    by_heart = {}
    for kind in ("as it should be", "labels shuffled", "weights zero"):
        rng = np.random.default_rng(0)
        net = layers.mlp([3072, 100, 10], rng)
        if kind == "weights zero":
            for parameter in net.parameters():
                parameter.value[...] = 0
        shown = rng.permutation(labels) if kind == "labels shuffled" else labels
        optimizer = GradientDescent(net.parameters(), learning_rate=0.03)
        by_heart[kind] = fit(
            net,
            layers.CrossEntropyLoss(),
            (images, shown),
            optimizer,
            epochs=40,
            rng=rng,
            batch_size=10,
        )

    fig, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3))
    for i, (kind, history) in enumerate(by_heart.items()):
        style = {
            "color": figures.COLOURS[i],
            "linestyle": ("-", "--", ":")[i],
            "linewidth": 2,
            "label": kind,
        }
        left.plot(np.arange(1, 41), history.train_loss, **style)
        right.plot(np.arange(1, 41), history.train_accuracy, **style)
    left.axhline(np.log(10), color="0.6", linewidth=1)
    left.text(40, np.log(10) + 0.05, "ln 10", ha="right", fontsize=8)
    left.set(xlabel="epoch", ylabel="training loss", ylim=(0, None))
    right.set(xlabel="epoch", ylabel="accuracy on the 50 images", ylim=(0, 1.03))
    right.legend(fontsize=8, loc="center right")
    figures.show(
        fig,
        alt="Loss and accuracy on 50 images over 40 epochs. As it should be, and with shuffled "
        "labels: the loss falls to nearly zero, the accuracy reaches 100 % within about ten epochs. "
        "With zero weights the loss stays near ln 10 and the accuracy at 20 %.",
        caption="Learning 50 images by heart: one epoch shows all 50 once. The network with shuffled "
        "labels does as well as the honest one. The one that starts at zero never starts.",
    )

# %% tags=["solutions-only"]
assert (
    by_heart["as it should be"].train_accuracy[-1]
    == by_heart["labels shuffled"].train_accuracy[-1]
    == 1
)
assert by_heart["weights zero"].train_accuracy[-1] < 0.3

# %% [markdown]
# ## 5. What no line could separate
#
# Back to the sets of Part II: parity, ring and three blobs, drawn as there. The best of 10,620 lines got about 70 %. Now a
# 2-layer network with 16 hidden units, filmed while it learns: each row is one network, each column a moment. **Expect**
# more than 90 % on 400 *new* points of the same kind.


# %%
def draw_sets(rng, half=200):
    """Parity, ring and three blobs, as in Part II: half of the points are class 1, half class 0."""
    corners = rng.uniform(-1, 1, size=(2 * half, 2))
    parity = np.abs(corners) * np.where(rng.random((2 * half, 1)) < 0.5, 1, -1)
    parity[:half, 0] *= -1

    radius = np.sqrt(np.append(rng.uniform(0.6**2, 1, half), rng.uniform(0, 0.45**2, half)))
    angle = rng.uniform(0, 2 * np.pi, 2 * half)
    ring = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)

    middles = np.array([[-0.6, 0.5], [0.6, 0.55], [0.0, -0.65]])
    inside = middles[rng.integers(3, size=half)] + rng.normal(0, 0.12, size=(half, 2))
    anywhere = rng.uniform(-1, 1, size=(10 * half, 2))
    far = np.linalg.norm(anywhere[:, None] - middles, axis=2).min(axis=1) > 0.36
    blobs = np.concatenate([inside, anywhere[far][:half]])
    return {"parity": parity, "ring": ring, "three blobs": blobs}


def float32(sets):
    return {name: points.astype(np.float32) for name, points in sets.items()}


puzzles, new_points = (
    float32(draw_sets(np.random.default_rng(0))),
    float32(draw_sets(np.random.default_rng(1))),
)
puzzle_labels = np.repeat([1, 0], 200)


def train_on(name, width, epochs, seed=0, callback=None):
    """A network 2-width-2 (or 2-2, without hidden units, for width 0), trained on one of the three sets."""
    rng = np.random.default_rng(seed)
    net = layers.mlp([2, width, 2] if width else [2, 2], rng)
    data = (puzzles[name], puzzle_labels)
    optimizer = GradientDescent(net.parameters(), learning_rate=0.3)
    if callback:
        callback(net, 0)
    after_each = callback and (lambda history: callback(net, history.epochs))
    fit(
        net,
        layers.CrossEntropyLoss(),
        data,
        optimizer,
        epochs=epochs,
        rng=rng,
        callback=after_each,
        progress=False,
    )
    return net


def share_right(net, name):
    return evaluate(net, layers.CrossEntropyLoss(), new_points[name], puzzle_labels)[1]


def draw_regions(ax, predict, name, title):
    figures.decision_regions(ax, predict, puzzles[name], puzzle_labels, resolution=80)
    for points in ax.collections[1:]:
        points.set(sizes=[6], linewidths=0.2)
    ax.set(
        aspect="equal",
        xlim=(-1.1, 1.1),
        ylim=(-1.1, 1.1),
        xticks=[],
        yticks=[],
        xlabel="",
        ylabel="",
    )
    ax.set_title(title, fontsize=9)


# %%
MOMENTS = (0, 1, 3, 10, 30, 100)

with experiment():
    films = {name: [] for name in puzzles}  # of each moment: the parameters, and the accuracy

    def film(name):
        def look(net, epoch):
            if epoch in MOMENTS:
                parameters = [parameter.value.copy() for parameter in net.parameters()]
                films[name].append((parameters, share_right(net, name)))

        return look

    for name in tqdm(puzzles, leave=False):
        train_on(name, 16, MOMENTS[-1], callback=film(name))

    fig, axes = plt.subplots(3, len(MOMENTS), figsize=(10, 5.6))
    frozen = layers.mlp([2, 16, 2], np.random.default_rng(0))
    for row, (name, frames) in zip(axes, films.items(), strict=True):
        for ax, epoch, (parameters, value) in zip(row, MOMENTS, frames, strict=True):
            for parameter, then in zip(frozen.parameters(), parameters, strict=True):
                parameter.value = then

            def predict(plane):
                return frozen.forward(plane.astype(np.float32)).argmax(axis=1)

            draw_regions(ax, predict, name, f"epoch {epoch}: {value:.0%}")
        row[0].set_ylabel(name)
        reached[name] = frames[-1][1]
    figures.show(
        fig,
        alt="Three rows of six small pictures: the decision regions on parity, ring and three "
        "blobs after 0, 1, 3, 10, 30 and 100 epochs. They begin as random wedges, and end as "
        "the four quadrants for the parity, a round patch for the ring, and three separate patches for the blobs; "
        "the accuracies on new points at the end are "
        + ", ".join(f"{reached[name]:.1%} ({name})" for name in films)
        + ".",
        caption="Filmed during training; above each frame the accuracy on 400 new points. The "
        "coloured borders bend, and close into islands: no line could do that.",
        dpi=80,
    )

# %% tags=["solutions-only"]
assert min(reached[name] for name in puzzles) > 0.91, reached

# %% [markdown]
# ### How many hidden units does it take?
#
# Look at the borders: they are made of straight pieces. Each hidden unit contributes one straight line, $w \cdot x + b = 0$,
# where it switches on. Between these lines the network is linear; its border can bend only where it crosses one of them.
# **Predict**: with how few hidden units can a border close around the middle of the ring?

# %%
with experiment():
    fences = {}  # the best of five networks of each width, and its accuracy
    for width in (1, 2, 3, 4, 16):
        nets = [train_on("ring", width, 200, seed) for seed in range(5)]
        values = [share_right(net, "ring") for net in nets]
        fences[width] = nets[int(np.argmax(values))], max(values)

    fig, axes = plt.subplots(1, 5, figsize=(10, 2.4))
    for ax, (width, (net, value)) in zip(axes, fences.items(), strict=True):

        def predict(plane, net=net):
            return net.forward(plane.astype(np.float32)).argmax(axis=1)

        draw_regions(ax, predict, "ring", f"{width} unit{'s' * (width > 1)}: {value:.0%}")
        for w, b in zip(net.layers[0].weight.value, net.layers[0].bias.value, strict=True):
            middle = -b * w / (w @ w)
            if np.abs(middle).max() < 1.1 and width <= 4:
                ax.axline(
                    middle,
                    middle + np.array([-w[1], w[0]]),
                    color="black",
                    linewidth=1,
                    linestyle="--",
                )
    figures.show(
        fig,
        alt="Decision regions of five networks on the ring, with 1, 2, 3, 4 and 16 hidden units, "
        "and the lines of the units. One unit gives a straight border, two a wedge, three a closed patch "
        "with six sides around the inner disc, four a rounder one, sixteen nearly a circle.",
        caption="The best of five trainings each. Dashed: where a hidden unit switches on, and where the "
        "border bends. With three lines it can close. More units make it rounder.",
        dpi=80,
    )

# %% tags=["solutions-only"]
assert fences[1][1] < 0.8 and fences[2][1] < 0.9 and fences[3][1] > 0.95, fences

# %% [markdown]
# For the parity, four are enough, and you need no training to see it. Signs differ where $|x_1 - x_2| > |x_1 + x_2|$, and
# $|a| = \max(0, a) + \max(0, -a)$: two hidden units make an absolute value, four make both. So the weights can be written
# down by hand.

# %%
with experiment():
    by_hand = layers.mlp([2, 4, 2], np.random.default_rng(0))
    by_hand.layers[0].weight.value = np.array([[1, -1], [-1, 1], [1, 1], [-1, -1]], np.float32)
    by_hand.layers[2].weight.value = np.array([[0, 0, 1, 1], [1, 1, 0, 0]], np.float32)
    print(f"parity, four hidden units, weights by hand: {share_right(by_hand, 'parity'):.1%}")

# %% tags=["solutions-only"]
assert share_right(by_hand, "parity") == 1

# %% [markdown]
# That a solution *exists* does not mean that training finds it. Train each width from twelve different starts:

# %%
WIDTHS = (0, 1, 2, 3, 4, 6, 8, 16, 32)

with experiment():
    found = {}
    for name, width in tqdm([(name, width) for name in puzzles for width in WIDTHS], leave=False):
        found[name, width] = [
            share_right(train_on(name, width, 100, seed), name) for seed in range(12)
        ]

    fig, axes = plt.subplots(1, 3, figsize=(10, 3), sharey=True)
    for ax, name in zip(axes, puzzles, strict=True):
        for place, width in enumerate(WIDTHS):
            ax.plot(
                [place] * 12, found[name, width], "o", color=figures.BLUE, alpha=0.35, markersize=5
            )
        ax.plot(
            [np.median(found[name, width]) for width in WIDTHS],
            "s-",
            color=figures.ORANGE,
            label="median",
        )
        ax.set_xticks(range(len(WIDTHS)), WIDTHS)
        ax.set(title=name, xlabel="hidden units", ylim=(0.4, 1.02))
    axes[0].set_ylabel("accuracy on new points")
    axes[0].legend(loc="lower right")
    figures.show(
        fig,
        alt="Accuracy on new points against the number of hidden units, twelve trainings each, for "
        "parity, ring and three blobs. Without hidden units about 50 to 70 %. With 3 or 4 units some "
        "trainings reach nearly 100 % and others fail; with 16 and more all of them succeed on parity and ring.",
        caption="Each dot is one training from another start. Few units can be enough, if you are "
        "lucky; with many, luck is not needed. Width makes training easier, not only the network stronger.",
    )

# %% tags=["solutions-only"]
for name in ("parity", "ring"):
    assert (
        max(found[name, 0]) < 0.75 and max(found[name, 4]) > 0.95 and min(found[name, 16]) > 0.95
    ), found
assert np.ptp(found["parity", 4]) > 2 * np.ptp(found["parity", 32])

# %% [markdown]
# Now turn the knobs yourself: every change trains a new network.


# %%
def draw_trained(name, width, epochs, seed):
    net = train_on(name, width, epochs, seed)
    value = share_right(net, name)
    fig, ax = plt.subplots(figsize=(3.6, 3.6))
    draw_regions(
        ax,
        lambda plane: net.forward(plane.astype(np.float32)).argmax(axis=1),
        name,
        f"{value:.1%} of the new points right",
    )
    figures.show(
        fig,
        alt=f"Decision regions on {name} of a network with {width} hidden units after {epochs} epochs.",
        caption=f"{name}, {width} hidden units, {epochs} epochs, start {seed}: {value:.1%} of the new points right.",
        dpi=80,
    )


with experiment():
    draw_trained("parity", 4, 100, seed=0)

# %%
figures.explore(
    draw_trained,
    name=ipywidgets.Dropdown(options=list(puzzles), value="parity"),
    width=ipywidgets.IntSlider(4, 0, 32),
    epochs=ipywidgets.IntSlider(100, 0, 300, step=10),
    seed=ipywidgets.IntSlider(0, 0, 9),
)

# %% [markdown]
# ## 6. Images
#
# The same on images: a linear classifier, two layers and three layers, all trained by the same loop with your layers. The
# learning rate is divided by ten for the last fifth of the epochs, to calm the jitter. **Predict**: on which of the data
# sets will the hidden layer gain most, and why? (Think of what linear classifiers looked at: the wallpaper of the shapes.)

# %%
SETTINGS = {  # hidden sizes of each network, learning rate of the linear one and of the others, epochs
    "digits": ([], [64], [64, 32], 0.1, 0.3, 40),
    "shapes": ([], [100], [100, 50], 0.01, 0.1, 20),
    "cifar10": ([], [100], [100, 50], 0.01, 0.05, 12),
}


def train_on_images(name, hidden, amount=None, seed=0, bar=True):
    """Return a network trained on the first `amount` images (on all, if None), and its history."""
    *_, linear_rate, rate, epochs = SETTINGS[name]
    rate = rate if hidden else linear_rate
    images, labels = (each[:amount] for each in sets[name]["train"])
    if amount is not None:  # smaller sets: more epochs, but fewer steps
        epochs = round(epochs * (len(sets[name]["train"][0]) / amount) ** 0.5)
    rng = np.random.default_rng(seed)
    net = layers.mlp([images.shape[1], *hidden, 10], rng)
    history = fit(
        net,
        layers.CrossEntropyLoss(),
        (images, labels, *sets[name]["validation"]),
        GradientDescent(net.parameters(), rate),
        epochs=epochs,
        rng=rng,
        schedule=lambda epoch: rate if epoch < 0.8 * epochs else rate / 10,
        progress=bar,
    )
    return net, history


with experiment():
    trained = {}
    for name in sets:
        for hidden in SETTINGS[name][:3]:
            net, history = train_on_images(name, hidden)
            trained[name, len(hidden) + 1] = net, history
            test = evaluate(net, layers.CrossEntropyLoss(), *sets[name]["test"])[1]
            reached[name, len(hidden) + 1] = test
            sizes = "-".join(map(str, [sets[name]["train"][0].shape[1], *hidden, 10]))
            print(
                f"{name:8} {sizes:15} training {history.train_accuracy[-1]:6.1%}, "
                f"validation {history.validation_accuracy[-1]:6.1%}, test {test:6.1%}, {sum(history.seconds):5.1f} s"
            )

    fig, axes = plt.subplots(1, len(sets), figsize=(3.4 * len(sets), 3.2))
    for ax, name in zip(axes, sets, strict=True):
        for i in (1, 2, 3):
            history = trained[name, i][1]
            epochs = np.arange(1, history.epochs + 1)
            ax.plot(epochs, history.train_accuracy, ":", color=figures.COLOURS[i - 1])
            label = f"{i} layer{'s' * (i > 1)}"
            ax.plot(epochs, history.validation_accuracy, color=figures.COLOURS[i - 1], linewidth=2, label=label,
                    marker=figures.MARKERS[i - 1], markevery=(i, 5), markersize=5)  # fmt: skip
        ax.set(title=name, xlabel="epoch", ylim=(None, 1.02))
    axes[0].set_ylabel("accuracy")
    axes[0].legend(loc="lower right")
    figures.show(
        fig,
        alt="Accuracy against epochs for networks of one, two and three layers on each data set: "
        "dotted on the training images, solid on the validation images. On the digits one layer reaches "
        "95 %, the others 98 %. On the shapes two and three layers reach about 60 % of the validation images, one layer 45 %, "
        "while the training accuracy goes beyond 90 %.",
        caption="Solid: validation. Dotted: training. On the shapes a hidden layer is worth fifteen "
        "points and more. And look at the gap between dotted and solid lines: the networks learn their training images by heart.",
    )

# %% tags=["solutions-only"]
assert reached["shapes", 2] > reached["shapes", 1] + 0.12 and reached["digits", 3] >= 0.96, reached
assert trained["shapes", 2][1].train_accuracy[-1] > 0.9

# %% [markdown]
# A third layer adds little here: with so few images both networks know them by heart already. More *images* help more than
# more layers; see for yourself. (On CIFAR-10, 8,000 training images give 3072-100-10 about 45 % of the validation images,
# and each doubling on the way there gained three to four points. All 45,000 are two and a half doublings more: expect at
# least 48 %, if you have them.)

# %%
with experiment():
    name = "cifar10" if "cifar10" in sets else "shapes"
    amounts = [len(sets[name]["train"][0]) // 2**i for i in (4, 3, 2, 1, 0)]
    by_amount = []
    for amount in tqdm(amounts, leave=False):
        _, history = train_on_images(name, [100], amount, bar=False)
        by_amount.append(history.validation_accuracy[-1])
        print(f"{amount:6,} training images of {name}, validation {by_amount[-1]:.1%}")
    gained = (by_amount[-1] - by_amount[0]) / 4
    print(f"each doubling of the training images gained {100 * gained:.1f} points on average")

# %% tags=["solutions-only"]
assert by_amount[-1] > by_amount[0] + 0.05 and np.all(np.diff(by_amount) > -0.02), by_amount
if name == "cifar10" and amounts[-1] == 8000:
    assert 0.025 < gained < 0.045 and 0.43 < by_amount[-1] < 0.48, by_amount

# %% [markdown]
# ### Capacity against width
#
# How wide should the hidden layer be? Wider means more **capacity**: more functions that the network can express. Follow
# both accuracies on the shapes as the width grows.

# %%
with experiment():
    widths = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    by_width = []
    for width in tqdm(widths, leave=False):
        _, history = train_on_images("shapes", [width], bar=False)
        by_width.append((history.train_accuracy[-1], history.validation_accuracy[-1]))

    fig, ax = plt.subplots(figsize=(6.5, 3.4))
    on_training, on_validation = np.transpose(by_width)
    ax.semilogx(widths, on_training, "s:", color=figures.ORANGE, label="training", base=2)
    ax.semilogx(widths, on_validation, "o-", color=figures.BLUE, label="validation", base=2)
    ax.axhline(
        trained["shapes", 1][1].validation_accuracy[-1],
        color="0.5",
        linewidth=1,
        linestyle="--",
        label="linear, validation",
    )
    ax.set_xticks(widths, widths)
    ax.set(xlabel="hidden units", ylabel="accuracy", ylim=(0, 1.02))
    ax.legend()
    figures.show(
        fig,
        alt="Training and validation accuracy on the shapes against the number of hidden units from "
        "1 to 256. Both rise together up to 4 units; then the training accuracy goes on to "
        "97 %, while the validation accuracy levels off near 65 % from 32 units on.",
        caption="Very narrow networks are worse than a linear classifier: their scores are mixtures of too few numbers. "
        "Wider ones learn more by heart, and a little more that holds for new images.",
    )

# %% tags=["solutions-only"]
assert on_validation[0] < 0.3 and on_training[-1] > 0.95 and on_validation[-1] > 0.55
assert on_validation[-1] > on_validation[4] - 0.02

# %% [markdown]
# Note what does *not* happen: validation accuracy does not fall for the widest ones. Networks with far more parameters than
# images often do well on new ones; why is a question of research. Part VI adds tools against learning by heart.
#
# ### What the hidden units see
#
# The rows of $W_1$ are templates, as in Part II, but nobody told them to stand for a class. Here are ten hidden units of the
# 2-layer network on the shapes, those that weigh most in its scores: the template, minus what it was before training, and
# the validation images to which the unit answers most.

# %%
if ("shapes", 2) in trained:
    net = trained["shapes", 2][0]
    W1, W2 = net.layers[0].weight.value, net.layers[2].weight.value
    start = layers.mlp([3072, 100, 10], np.random.default_rng(0)).layers[0].weight.value
    images = sets["shapes"]["validation"][0]
    answers = predict_in_batches(layers.Sequential(*net.layers[:2]), images)
    chosen = np.argsort(-np.linalg.norm(W2, axis=0) * answers.mean(axis=0))[:10]

    def as_pictures(weights):
        largest = np.quantile(np.abs(weights), 0.995, axis=1, keepdims=True)
        return list((127.5 + 127.5 * weights / largest).reshape(-1, 32, 32, 3))

    rows = [as_pictures((W1 - start)[chosen])]
    strongest = np.argsort(-answers[:, chosen], axis=0)[:5]
    rows += [list(sources["shapes"].validation_images[each]) for each in strongest]
    names = sources["shapes"].class_names
    titles = [f"unit {unit}\nfor {names[W2[:, unit].argmax()]}" for unit in chosen]
    fig = figures.image_grid(
        [picture for row in rows for picture in row],
        titles=titles + [""] * 50,
        row_labels=["template", "strongest\nanswers", "", "", "", ""],
    )
    figures.show(
        fig,
        alt="Ten columns, each a hidden unit: its template above, a patch of one colour in the middle, often "
        "with another colour around it, and below the five validation images to which it answers most. These share "
        "the colour in the middle, in some columns also the shape; their backgrounds differ.",
        caption="What ten hidden units learned, and the images that excite them most. Each looks "
        "for a colour in the middle, some also for an outline; 'for' names the class that the "
        "answer speaks for most.",
    )
else:
    print("These pictures need the training above.")

# %% [markdown]
# One hidden unit is no better than a template of Part II. A hundred of them, each for *some* of the stars on *some* wallpapers,
# with a maximum that silences those that do not fit, are. But every unit still looks at each pixel at its place: a star that moves
# by four pixels is a new star. Part V takes that up.
#
# ## 7. The same in PyTorch
#
# The names and shapes of your layers are those of [PyTorch](https://pytorch.org), the library that most of deep learning is
# written in. Side by side:
#
# | yours | PyTorch |
# |---|---|
# | `layers.Sequential(layers.Linear(64, 100, rng), layers.ReLU(), …)` | `nn.Sequential(nn.Linear(64, 100), nn.ReLU(), …)` |
# | `layers.Flatten()` | `nn.Flatten()` |
# | `weight` (out, in), `bias` (out,) | the same |
# | `net.parameters()`, `net.train()`, `net.eval()` | the same |
# | `loss = layers.CrossEntropyLoss()` | `loss = nn.CrossEntropyLoss()` |
# | `scores = net.forward(x)` | `scores = net(x)` |
# | `value = loss.forward(scores, labels)` | `value = loss(scores, labels)` |
# | `optimizer.zero_grad()` | the same |
# | `net.backward(loss.backward())` | `value.backward()`: it remembers the graph, as your `Value` does |
# | `optimizer.step()` | the same |
#
# The next cell trains both networks on the same batches, from the same start, in float64, and compares. If PyTorch is not
# installed, there is nothing to run, and you have seen the essential above.

# %%
try:
    import torch
    from torch import nn
except ImportError:
    torch = None
    print("PyTorch is not installed here: read on, nothing depends on it.")

with experiment():
    rng = np.random.default_rng(0)
    net = layers.mlp([64, 100, 10], rng, dtype=np.float64)
    loss = layers.CrossEntropyLoss()
    optimizer = GradientDescent(net.parameters(), learning_rate=0.3)

    if torch:
        their_net = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 10)).double()
        their_loss = nn.CrossEntropyLoss()
        their_optimizer = torch.optim.SGD(their_net.parameters(), lr=0.3)
        with torch.no_grad():
            for theirs, ours in zip(their_net.parameters(), net.parameters(), strict=True):
                theirs.copy_(torch.from_numpy(ours.value))  # the same start

    images, labels = sets["digits"]["train"][0].astype(np.float64), sets["digits"]["train"][1]
    differences = []
    for step in range(50):
        batch = rng.permutation(len(images))[:64]
        x, y = images[batch], labels[batch]

        scores = net.forward(x)
        value = loss.forward(scores, y)
        optimizer.zero_grad()
        net.backward(loss.backward())
        optimizer.step()

        if torch:
            their_scores = their_net(torch.from_numpy(x))
            their_value = their_loss(their_scores, torch.from_numpy(y))
            their_optimizer.zero_grad()
            their_value.backward()
            their_optimizer.step()

            differences.append(abs(value - their_value.item()))
        if torch and step % 10 == 9:
            print(f"step {step + 1:2}: yours {value:.12f}   PyTorch {their_value.item():.12f}")
    if torch:
        print(f"largest difference of the losses in 50 steps: {max(differences):.0e}")

# %% tags=["solutions-only"]
assert not differences or max(differences) < 1e-10

# %% [markdown]
# You have written, from nothing but matrix products, what others import.
#
# ## What you can do now
#
# You can write a layer with both its directions and prove its gradients; stack layers into networks, and say why nothing but
# a nonlinearity makes depth worth anything; name the loss before training, and overfit 50 images before you waste an hour; and
# say what hidden units see, and why width makes training easier.
#
# **Your numbers beside the numbers to expect**, which are those of trainings from 4 to 12 different starts, with a little
# room on both sides:

# %%
FULL = "cifar10" in sets and len(sets["cifar10"]["train"][0]) > 20_000
expect = {
    "parity": ("parity, 16 hidden units, new points", 0.97, 1.0),
    "ring": ("ring, 16 hidden units, new points", 0.99, 1.0),
    "three blobs": ("three blobs, 16 hidden units, new points", 0.91, 0.98),
    ("digits", 1): ("digits, linear, test", 0.92, 0.97),
    ("digits", 2): ("digits, 2 layers, test", 0.95, 0.99),
    ("digits", 3): ("digits, 3 layers, test", 0.96, 0.99),
    ("shapes", 1): ("shapes, linear, test", 0.36, 0.42),
    ("shapes", 2): ("shapes, 2 layers, test", 0.58, 0.65),
    ("shapes", 3): ("shapes, 3 layers, test", 0.54, 0.62),
    ("cifar10", 1): ("CIFAR-10, linear, test", 0.35, 0.42),
    ("cifar10", 2): ("CIFAR-10, 2 layers, test", *((0.48, 0.56) if FULL else (0.43, 0.47))),
    ("cifar10", 3): ("CIFAR-10, 3 layers, test", *((0.48, 0.57) if FULL else (0.42, 0.48))),
}
scoreboard([(what, reached.get(key), *limits) for key, (what, *limits) in expect.items()])

# %% tags=["solutions-only"]
for key, (what, low, high) in expect.items():
    assert low <= reached.get(key, low) <= high, (what, reached[key])

# %% [markdown]
# The rows of CIFAR-10 need the download. With all 45,000 training images, the two last ones expect 48 % and more; that is by
# the gain of each doubling in section 6, and what others report, not measured here.
#
# What limits these networks now is not their capacity: they know their training images by heart. It is that they look at
# each pixel at its place. Layers that look for the same thing *everywhere* are the subject of Part V, **convolutional
# networks**.
#
# **Pack your work:** in a terminal, `dlcourse submit part4_backprop` writes one file to hand in.
