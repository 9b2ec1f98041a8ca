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
# # Part II: linear classifier
#
# **The question.** Nearest neighbours keep every training image and compare with all of them, for every answer. Can
# you throw the images away and keep only **one template a class**? Then an answer costs ten dot products, whatever
# you learned from. What does that buy, and what can one template never say?
#
# **What you will build**, in the file `dlcourse/linear.py`:
#
# 1. the score function $f(x, W) = Wx + b$ for a whole batch of images, and the decision that follows from it,
# 2. the bias trick, which hides $b$ inside $W$,
# 3. a linear classifier that needs no training: its templates are the mean images,
# 4. pictures of templates, to see what a classifier looks for.
#
# **How long it takes.** One and a half to two hours: six exercises of five to twenty minutes, three questions to
# answer in words, and about a dozen experiments that use what you wrote.
#
# **How to work.** As in Part I: replace the `raise NotImplementedError` of a function in `dlcourse/linear.py`, save,
# run the check cell below the exercise. An experiment whose functions are not written yet says so and waits. Two of
# them compare with Part I and need your `dlcourse/knn.py` as well; everything else works without it.
#
# **The numbers to expect.** Without any training you will reach about 89 % on the digits and about a quarter to a
# third on the shapes and on photographs, where guessing gives 10 %. The end of the notebook puts your numbers beside
# these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import os
import time

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.colors import hsv_to_rgb, rgb_to_hsv

from autograder import check
from dlcourse import knn, linear
from dlcourse.toolkit import datasets, draggable, figures
from dlcourse.toolkit.notebook import experiment, scoreboard

figures.set_style()
reached = {}  # the accuracies you measure, for the comparison at the end

# %% [markdown]
# **CIFAR-10**, the data set of the lecture, has 50,000 training and 10,000 test photographs of 32×32 pixels in ten
# classes. It is a download of 170 MB, so it is only used if you ask for it: set `WITH_CIFAR10 = True` below, or let the
# environment variable `DLCOURSE_DATA` name the folder that holds `cifar-10-batches-py/`. Without it, the shapes of
# Part I take its place: they have the same size and as many classes.

# %%
digits = datasets.load("digits")
shapes = datasets.load("shapes")

WITH_CIFAR10 = "DLCOURSE_DATA" in os.environ

cifar10 = None
if WITH_CIFAR10:
    try:
        cifar10 = datasets.load("cifar10", partial=True)
    except datasets.DatasetError as error:
        print(error)
print(digits)
print(shapes)
print(cifar10 or "CIFAR-10 is not here: everything works without it.")

# %% [markdown]
# ## 1. From remembering to scoring
#
# A **score function** turns the numbers of an image into ten numbers, one a class: the higher the score, the more the
# image looks like that class. The simplest one that uses every pixel is *linear*:
#
# $$ f(x, W) = W x + b . $$
#
# Line up the pixels of an image, and you get the vector $x$. Each row of the matrix $W$ holds the **weights** of one
# class: how much each pixel speaks for it (positive), against it (negative), or says nothing (zero). The **bias** $b$
# holds one number a class that is added whatever the image shows. For images of 32×32 pixels in three colours and ten
# classes:
#
# | | what | shape | numbers |
# |---|---|---|---|
# | $x$ | the image, as one column | 3072×1 | $32 \cdot 32 \cdot 3 = 3072$ |
# | $W$ | one row of weights a class | 10×3072 | $10 \cdot 3072 = 30{,}720$ |
# | $b$ | one bias a class | 10×1 | 10 |
# | $f(x, W)$ | one score a class | 10×1 | 10 |
#
# The inner sizes must match: (10×3072) times (3072×1) gives 10×1. The **parameters** $W$ and $b$ are all that the
# classifier knows.

# %%
data = cifar10 or shapes
x = data.train_images[0].reshape(3072, 1)
rng = np.random.default_rng(0)
W, b = rng.normal(0, 0.01, size=(10, 3072)), rng.normal(0, 1, size=(10, 1))
scores = W @ x + b
print(f"(W @ x + b) has shape {W.shape} times {x.shape} plus {b.shape} = {scores.shape}")

fig, (image, matrix, vector, shift, result) = plt.subplots(
    1, 5, figsize=(9.5, 3.2), width_ratios=[1.4, 3.2, 0.35, 0.5, 0.5]
)
figures.draw_image(image, data.train_images[0], "an image\n32×32×3")
matrix.imshow(W, aspect="auto", vmin=-0.03, vmax=0.03)
matrix.set_title("$W$, here at random\n10×3072", fontsize=9)
matrix.set(xticks=[], xlabel="one weight for each of 3,072 numbers")
matrix.set_yticks(range(10), data.class_names)
figures.draw_image(vector, np.repeat(x, 200, axis=1), "$x$\n3072×1")
vector.set_aspect("auto")
for ax, column, title in ((shift, b, "$b$\n10×1"), (result, scores, "$f(x, W)$\n10×1")):
    ax.set(xlim=(-0.5, 0.5), ylim=(9.5, -0.5), xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)
    ax.spines[:].set_visible(True)
    for place, value in enumerate(column[:, 0]):
        ax.text(0, place, f"{value:.1f}", ha="center", va="center", fontsize=8)
for ax, sign in ((shift, "+"), (result, "=")):
    ax.text(-0.3, 0.5, sign, transform=ax.transAxes, ha="center", va="center", fontsize=14)
for ax in (matrix, shift, result):
    ax.grid(False)
figures.show(
    fig,
    alt="From left to right: an image of 32 by 32 pixels; the matrix W with ten rows of 3,072 "
    "weights, shown as grey noise; the image as one tall column x of 3,072 numbers; the column b "
    "with ten numbers; and the column of ten scores.",
    caption="Row by row: the weights of a class meet the pixels of the image, the products are "
    "added up, the bias is added. These weights are random, so these scores mean nothing yet.",
)

# %% [markdown]
# Compare the memory. Nearest neighbours on CIFAR-10 keep 50,000 images; this keeps $W$ and $b$:

# %%
print(f"50,000 images of 3,072 bytes:     {50_000 * 3072 / 1e6:8.2f} MB")
print(f"{10 * 3072 + 10:,} parameters in float32: {(10 * 3072 + 10) * 4 / 1e6:8.2f} MB")

# %% [markdown]
# ## 2. A worked example
#
# Take an image of only four pixels, and three classes: cat, dog and ship. Somebody has chosen weights and biases, no
# matter how:
#
# $$
# \underbrace{\begin{pmatrix} 0.2 & -0.5 & 0.1 & 2.0 \\ 1.5 & 1.3 & 2.1 & 0.0 \\ 0 & 0.25 & 0.2 & -0.3 \end{pmatrix}}_{W}
# \underbrace{\begin{pmatrix} 56 \\ 231 \\ 24 \\ 2 \end{pmatrix}}_{x} +
# \underbrace{\begin{pmatrix} 1.1 \\ 3.2 \\ -1.2 \end{pmatrix}}_{b} =
# \begin{pmatrix} \text{cat score} \\ \text{dog score} \\ \text{ship score} \end{pmatrix}
# $$

# %%
pixels = np.array([[[56, 231], [24, 2]]], dtype=np.uint8)  # a batch of one image, 2 by 2
weight = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
bias = np.array([1.1, 3.2, -1.2])

fig, (image, row) = plt.subplots(1, 2, figsize=(6, 1.9), width_ratios=[1, 3])
figures.pixel_values(image, pixels[0], "the image")
figures.pixel_values(row, pixels.reshape(1, 4), "the same, flattened: row by row")
figures.show(
    fig,
    alt="A 2 by 2 image with the values 56 and 231 above, 24 and 2 below, and beside it the same "
    "four values in one row.",
    caption="Flattening reads the pixels row by row, from left to right. Any other order would do "
    "as well, as long as it is the same for every image.",
)

# %% [markdown]
# The cat, by hand: multiply each weight of the first row with its pixel, add up, and add the first bias.
#
# $$ 0.2 \cdot 56 - 0.5 \cdot 231 + 0.1 \cdot 24 + 2.0 \cdot 2 + 1.1 = 11.2 - 115.5 + 2.4 + 4 + 1.1 = -96.8 $$
#
# **Now you, on paper or with a pocket calculator.** Compute the scores of dog and ship, writing down each product. The
# slide of the lecture prints these three scores:
#
# | cat | dog | ship |
# |---|---|---|
# | −96.8 | 437.9 | 61.95 |
#
# One of them is wrong. Which one, and what is the right number? Which step was forgotten on the slide? Does the
# mistake change the decision? (Write your calculation below, before you go on.)

# %% [markdown] answer_points=2 grade_id="linear-slide-example"
# ### BEGIN SOLUTION
# Dog: $1.5 \cdot 56 + 1.3 \cdot 231 + 2.1 \cdot 24 + 0 \cdot 2 + 3.2 = 84 + 300.3 + 50.4 + 0 + 3.2 = 437.9$, as on the slide.
#
# Ship: $0 \cdot 56 + 0.25 \cdot 231 + 0.2 \cdot 24 - 0.3 \cdot 2 - 1.2 = 0 + 57.75 + 4.8 - 0.6 - 1.2 = 60.75$. The slide
# prints 61.95: that is the sum *before* the bias of −1.2 is added. The bias was forgotten, for the ship only.
#
# The decision stays the same, since 437.9 is the highest score either way: the image is called a dog.
# ### END SOLUTION

# %% [markdown]
# ### Exercise: `linear_scores`
#
# Now let the computer check the lecture. In `dlcourse/linear.py`, write `linear_scores(images, weight, bias)`, not for
# one image but for a **batch** of $N$ images at once. Data sets have one image a *row*, so the formula turns around:
# with the flattened images as rows of $X$,
#
# $$ \underbrace{S}_{N \times C} = \underbrace{X}_{N \times D} \; \underbrace{W^\top}_{D \times C} + b , $$
#
# where $C$ is the number of classes, $D$ the number of pixel values, and the bias is added to every row. The check
# tries flat images and images of shape $(N, H, W, C)$, a case where all sizes are equal (so that no error message
# gives a wrong axis away), and `uint8`; it looks at the dtype of the scores and counts executed lines: no loop.

# %%
check("linear.linear_scores")

# %%
with experiment():
    computed = linear.linear_scores(pixels, weight, bias)[0]
    printed = np.array([-96.8, 437.9, 61.95])
    print(f"{'class':6}{'computed':>10}{'slide':>10}{'slide - computed':>20}")
    for name, mine, slide in zip(("cat", "dog", "ship"), computed, printed, strict=True):
        print(f"{name:6}{mine:10.2f}{slide:10.2f}{round(slide - mine, 9) + 0:20.2f}")

# %% [markdown]
# Does that agree with your calculation? Then **test your explanation**: the next cell computes the ship's score. Change
# *one* of the three arguments so that it makes the slide's mistake. If it prints 61.95, you have found the forgotten
# step.

# %%
with experiment():
    ship = linear.linear_scores(pixels, weight, bias)[0, 2]  # change one argument
    print(f"ship: {ship:.2f}")

# %% tags=["solutions-only"]
np.testing.assert_allclose(computed, [-96.8, 437.9, 60.75])
np.testing.assert_allclose(linear.linear_scores(pixels, weight, 0 * bias)[0, 2], 61.95)

# %% [markdown]
# Slides, papers and textbooks contain mistakes like this one. Computing what you read is the fastest way to find them,
# and to be sure that you understood the rest.
#
# ### Exercise: `predict_labels`
#
# From scores to a decision: the class with the highest score. `predict_labels(scores)` returns one label for each row.
# If several scores are equally high, the smallest label wins. The check tries ties, scores that are all negative, and
# as many images as classes.

# %%
check("linear.predict_labels")

# %% [markdown]
# ## 3. A batch is one matrix product
#
# You could call $Wx + b$ once for each image. The scores would be the same; the time would not. **Expect** the batch to
# be several times faster: Python asks once instead of 1,000 times, and the library reads $W$ once for many images while
# it is in the cache. (That is on a quiet computer, and the shortest of many runs counts: a product that is shared among
# all cores waits for the slowest of them.)

# %%
with experiment():
    rng = np.random.default_rng(0)
    images = shapes.validation_images.reshape(1000, -1).astype(np.float32)
    W, b = rng.normal(size=(10, 3072)).astype(np.float32), np.zeros(10, np.float32)

    runs = {"one at a time": [], "one batch": []}
    for _ in range(50):
        start = time.perf_counter()
        single = np.concatenate([linear.linear_scores(image[np.newaxis], W, b) for image in images])
        middle = time.perf_counter()
        batch = linear.linear_scores(images, W, b)
        runs["one at a time"].append(1e3 * (middle - start))
        runs["one batch"].append(1e3 * (time.perf_counter() - middle))
    np.testing.assert_allclose(single, batch, rtol=1e-3, atol=0.5)  # scores are in the thousands
    for name, milliseconds in runs.items():
        print(f"1,000 images, {name}: {min(milliseconds):6.2f} ms")

# %% [markdown]
# ## 4. The bias trick
#
# Two things to carry around, $W$ and $b$, are one too many for some purposes. Append a 1 to every image, and the bias
# can live in $W$ as one more column:
#
# $$ W x + b \;=\; \begin{pmatrix} W & b \end{pmatrix} \begin{pmatrix} x \\ 1 \end{pmatrix} . $$
#
# Why it holds: the product on the right sums, for each class, weight times pixel over all pixels, plus $b$ times 1.
# That is the left side, term by term. For CIFAR-10 the new matrix is 10×3073; there are as many parameters as before.
#
# ### Exercises: `append_ones` and `fold_bias`
#
# `append_ones(images)` flattens the images and gives each a last number 1, without changing the dtype (a million
# `uint8` images should not grow to eight times their size because of a 1). `fold_bias(weight, bias)` makes the bias the
# last column. The checks look at place, shape and dtype, and that your arguments stay as they were.

# %%
check("linear.append_ones")

# %%
check("linear.fold_bias")

# %% [markdown]
# Is it the same? **Expect** a difference of zero or about $10^{-12}$: the two ways may add up in a different order, and
# rounding depends on the order.

# %%
with experiment():
    rng = np.random.default_rng(0)
    images = shapes.validation_images[:200]
    W, b = rng.normal(size=(10, 3072)), 100 * rng.normal(size=10)

    plain = linear.linear_scores(images, W, b)
    tricked = linear.append_ones(images) @ linear.fold_bias(W, b).T
    print(f"W {W.shape} and b {b.shape} become {linear.fold_bias(W, b).shape}")
    print(f"scores between {plain.min():,.0f} and {plain.max():,.0f}")
    print(f"largest difference: {np.abs(plain - tricked).max():.1e}")

# %% tags=["solutions-only"]
assert np.abs(plain - tricked).max() < 1e-9

# %% [markdown]
# Part III will search for good parameters. There it matters that *one* matrix holds them all.
#
# ## 5. A linear classifier without training
#
# Where do good weights come from? Part III *learns* them. But you can already make a fair set by hand. Here is the idea:
# average all training images of a class, and give a new image the class whose **mean image** is nearest. That is the
# nearest neighbour classifier of Part I with ten training images instead of thousands.
#
# It does not look linear: distances have squares and a root in them. Follow it step by step. Let $m_c$ be the mean
# image of class $c$.
#
# 1. The nearest mean is also the one with the smallest *squared* distance, since the root keeps the order.
# 2. Multiply out, as in Part I: $\;\lVert x - m_c \rVert^2 = \lVert x \rVert^2 - 2\, m_c \cdot x + \lVert m_c \rVert^2$.
# 3. $\lVert x \rVert^2$ is the same for all classes. Dropping it changes every class alike, so the order stays:
#    compare $-2\, m_c \cdot x + \lVert m_c \rVert^2$.
# 4. Divide by $-2$. Dividing by a negative number turns the order around, so the *smallest* becomes the *largest*:
#
# $$ \underset{c}{\operatorname{argmin}} \; \lVert x - m_c \rVert
#    \;=\; \underset{c}{\operatorname{argmax}} \;
#    \Big( \underbrace{m_c}_{\text{row of } W} \cdot \; x \;
#    \underbrace{- \, \tfrac12 \lVert m_c \rVert^2}_{\text{entry of } b} \Big) . $$
#
# The right side is $Wx + b$. So a distance to a template is a dot product with it, plus a bias that is fair to dark and
# bright templates.
#
# ### Exercise: `nearest_mean_classifier`
#
# `nearest_mean_classifier(images, labels, num_classes)` returns this `weight` and this `bias`. The check uses classes
# of different sizes, bright `uint8` images (neither their sums nor their squares fit into `uint8`), and compares the
# decisions with distances.

# %%
check("linear.nearest_mean_classifier")

# %% [markdown]
# The proof says: the same decision for *every* image. **Expect** 1,000 of 1,000. And by step 3, distance and score are
# tied together exactly: $\lVert x - m_c \rVert^2 + 2 s_c = \lVert x \rVert^2$ for every class, where $s_c$ is the score.

# %%
with experiment():
    W, b = linear.nearest_mean_classifier(shapes.train_images, shapes.train_labels, 10)
    images = shapes.validation_images
    scores = linear.linear_scores(images, W, b)

    flat = images.reshape(len(images), -1).astype(float)
    squared = np.stack([((flat - mean) ** 2).sum(axis=1) for mean in W], axis=1)  # (1000, 10)
    agree = linear.predict_labels(scores) == squared.argmin(axis=1)
    print(f"same decision for {agree.sum():,} of {len(agree):,} images")
    norm = (flat**2).sum(axis=1, keepdims=True)
    print(
        f"distance² + 2 score = |x|² up to {np.abs(squared + 2 * scores - norm).max() / norm.max():.0e}"
    )

# %% tags=["solutions-only"]
assert agree.all()
np.testing.assert_allclose(squared + 2 * scores, np.tile(norm, 10))

# %% [markdown]
# How good is it? **Expect** about 90 % on the digits, about 30 % on the shapes, and a little less on CIFAR-10.

# %%
with experiment():
    for data in filter(None, (digits, shapes, cifar10)):
        W, b = linear.nearest_mean_classifier(data.train_images, data.train_labels, 10)
        predicted = linear.predict_labels(linear.linear_scores(data.validation_images, W, b))
        reached[data.name, "validation"] = np.mean(predicted == data.validation_labels)
        print(f"{data.name}: {reached[data.name, 'validation']:.1%} of the validation images right")

# %% [markdown]
# ### Beside the nearest neighbours
#
# The next cell asks your Part I the same questions: the same training images (up to 5,000), 500 validation images, L2
# distance, $k = 1$ and $k = 20$, and a stopwatch. **Predict**: on which data set do the ten means lose most against
# the thousands of images? Do they win anywhere?

# %%
with experiment():
    duel = {}  # (data, classifier): accuracy, milliseconds an image, bytes kept
    for data in filter(None, (digits, shapes, cifar10)):
        train_images, train_labels = data.train_images[:5000], data.train_labels[:5000]
        images, labels = data.validation_images[:500], data.validation_labels[:500]
        W, b = linear.nearest_mean_classifier(train_images, train_labels, 10)
        model = knn.KNearestNeighbor(knn.l2_distances)
        model.train(train_images, train_labels)
        classifiers = {
            "ten means": lambda W=W, b=b, x=images: linear.predict_labels(
                linear.linear_scores(x, W, b)
            ),
            "1 neighbour": lambda m=model, x=images: m.predict(x, 1),
            "20 neighbours": lambda m=model, x=images: m.predict(x, 20),
        }
        for name, classify in classifiers.items():
            start = time.perf_counter()
            correct = np.mean(classify() == labels)
            milliseconds = 1e3 * (time.perf_counter() - start) / len(labels)
            kept = W.nbytes + b.nbytes if name == "ten means" else train_images.nbytes
            duel[data.name, name] = correct, milliseconds, kept

    names = list(dict.fromkeys(name for name, _ in duel))
    fig, axes = plt.subplots(1, len(names), figsize=(4.6 * len(names), 2.3))
    for ax, data_name in zip(axes, names, strict=True):
        values = [100 * duel[data_name, name][0] for name in classifiers]
        bars = ax.barh(list(classifiers), values, color=figures.COLOURS[:3])
        ax.bar_label(bars, [f"{value:.0f} %" for value in values], padding=3)
        ax.axvline(10, color="black", linestyle=":")
        ax.set(title=data_name, xlabel="validation accuracy [%]", xlim=(0, 119))
        ax.set_xticks(range(0, 101, 20))
        ax.invert_yaxis()
    figures.show(
        fig,
        alt="Bars of validation accuracy. "
        + "; ".join(f"{d}, {name}: {value[0]:.0%}" for (d, name), value in duel.items())
        + ".",
        caption="Dotted: guessing. On the digits, ten means fall behind; on the shapes they beat "
        "a single neighbour, for averaging removes what is accidental about an image.",
    )
    for (data_name, name), (_, milliseconds, kept) in duel.items():
        print(f"{data_name:8} {name:14} {milliseconds:8.4f} ms an image {kept / 1e6:8.3f} MB kept")

# %% tags=["solutions-only"]
assert duel["digits", "ten means"][0] < duel["digits", "1 neighbour"][0] - 0.05
assert duel["shapes", "ten means"][0] > duel["shapes", "1 neighbour"][0] + 0.03
assert duel["shapes", "ten means"][0] < duel["shapes", "20 neighbours"][0]

# %% [markdown]
# ## 6. What a row of $W$ looks like
#
# A row of $W$ has as many numbers as an image, so you can look at it: it is the class's **template**. The score is high
# where the image is bright in the template's bright places and dark in its dark ones.
#
# ### Exercise: `templates`
#
# Weights can be negative, and of any size. `templates(weight, image_shape)` scales each row on its own, so that its
# smallest number becomes black (0) and its largest white (1), and gives it the shape of an image. The check tries grey
# and colour, rows of very different size, and looks whether your `weight` is the same afterwards.

# %%
check("linear.templates")

# %%
with experiment():
    pictures = []
    for data in filter(None, (digits, shapes, cifar10)):
        W, _ = linear.nearest_mean_classifier(data.train_images, data.train_labels, 10)
        pictures.append((data, 255 * linear.templates(W, data.train_images.shape[1:])))
    for data, images in pictures:
        fig = figures.image_grid(list(images), titles=list(data.class_names))
        figures.show(
            fig,
            alt=f"Ten templates of {data.name}. "
            + {
                "digits": "Each looks like a blurred handwritten digit.",
                "shapes": "Each is a patch of colour, another one for each class, with a blurred "
                "spot of a second colour in the middle; in some, such as triangle and heart, the "
                "shape can still be guessed.",
                "cifar10": "Blurred patches without clear outlines: airplane and ship are blue, "
                "bird, deer, frog and horse stand on green and yellow.",
            }[data.name],
            caption={
                "digits": "Digits: centred and of one size, so that their mean still is a digit.",
                "shapes": "Shapes: what survives the average is colour, around the shape and in "
                "its middle. Outlines that are moved, turned and mirrored blur.",
                "cifar10": "CIFAR-10: blue surroundings speak for airplane and ship, green and "
                "yellow ones for animals. Nothing here has legs or wheels.",
            }[data.name],
        )

# %% [markdown]
# ## 7. Three lines in the plane
#
# An image is a point with 3,072 coordinates. Nobody can draw that, so shrink the world to two coordinates and three
# classes: airplane, car, deer. Then the score of a class is $w_1 x_1 + w_2 x_2 + b$, where $x_1$ and $x_2$ are the
# point's coordinates and $w_1$ and $w_2$ the class's weights, and the places where it is zero form a **line**.
#
# - The weights $(w_1, w_2)$ are an arrow that stands at a right angle on the line and points to where the score grows.
#   Turn the weights, and the line turns.
# - The bias shifts the line along that arrow. Without bias all three lines would go through the origin.
# - The decision is the *highest* score. Where one class alone is positive, that is easy to see; where two are, or none,
#   the border between them is where their scores are *equal*, another straight line.
#
# In the next pictures each arrow is drawn with length 1, and where you choose the weights, they have that length. Then a
# line is given by two numbers: the **angle** of the arrow, and the line's **offset** from the origin along the arrow, which
# makes the bias $b = -\text{offset}$.

# %%
rng = np.random.default_rng(5)
CLASSES = ("airplane", "car", "deer")
plane_labels = np.repeat([0, 1, 2], 40)
centres = np.array([[-1.2, 1.2], [1.6, 0.5], [-0.4, -1.5]])
plane_points = centres[plane_labels] + rng.normal(0, 0.62, size=(120, 2))


def lines(angles, offsets):
    """Weight (C, 2) and bias (C,) of lines with these angles, in degrees, and offsets."""
    angles = np.radians(angles)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1), -np.asarray(offsets, dtype=float)


def draw_lines(ax, weight, bias, title, feet=None):
    """Regions, points, and each class's line with an arrow, at feet or nearest to the origin."""

    def classify(points):
        return linear.predict_labels(linear.linear_scores(points, weight, bias))

    figures.decision_regions(ax, classify, plane_points, plane_labels)
    limits = ax.get_xlim(), ax.get_ylim()
    for label, (row, shift) in enumerate(zip(weight, bias, strict=True)):
        length = np.linalg.norm(row)
        direction = row / length
        foot = -shift * row / length**2 if feet is None else feet[label]
        colour = figures.COLOURS[label]
        ax.axline(foot, foot + [-direction[1], direction[0]], color=colour, linewidth=2.5)
        arrow = {"arrowstyle": "simple", "facecolor": "white", "edgecolor": colour, "linewidth": 2}
        ax.annotate("", foot + direction, foot, arrowprops=arrow | {"mutation_scale": 26}, zorder=5)
    ax.set(xlim=limits[0], ylim=limits[1], aspect="equal")
    accuracy = np.mean(classify(plane_points) == plane_labels)
    ax.set_title(f"{title}: {accuracy:.0%} right")
    return accuracy


def name_classes(fig):
    handles = [
        plt.Line2D([], [], marker=marker, color=colour, markeredgecolor="black", label=name)
        for name, marker, colour in zip(CLASSES, figures.MARKERS, figures.COLOURS, strict=False)
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)


with experiment():
    fig, axes = plt.subplots(1, 3, figsize=(10, 4.1), sharex=True, sharey=True)
    by_hand = draw_lines(axes[0], *lines([135, 17, 257], [0.5, 0.5, 0.5]), "lines by hand")
    no_bias = draw_lines(axes[1], *lines([135, 17, 257], [-2, 0.5, 0.5]), "one offset wrong")
    means = linear.nearest_mean_classifier(plane_points, plane_labels, 3)
    by_means = draw_lines(axes[2], *means, "nearest mean")
    for ax in axes[1:]:
        ax.label_outer()
    name_classes(fig)
    figures.show(
        fig,
        alt="Three panels with the same points of three classes, airplane, car and deer. In each, "
        "three straight lines with arrows, and the plane coloured by the highest score. Left: "
        f"lines chosen by hand, {by_hand:.0%} right. Middle: the airplane's line is shifted and "
        f"its region swallows others, {no_bias:.0%} right. Right: the lines of the nearest mean "
        f"classifier, {by_means:.0%} right.",
        caption="Each line is where one class's score is zero; its arrow points to higher scores. "
        "The borders between the coloured regions are straight as well, but they are other lines: "
        "there two scores are equal.",
    )

# %% tags=["solutions-only"]
assert by_hand > 0.95 and by_means > 0.95 and no_bias < 0.8, (by_hand, no_bias, by_means)

# %% [markdown]
# **Now you.** Move the three lines until as many points as possible lie in their own colour. The start is bad on
# purpose:


# %%
def draw_own(ax, moved):
    weight, bias = lines([line.angle for line in moved], [line.offset for line in moved])
    accuracy = draw_lines(ax, weight, bias, "your lines", [line.foot for line in moved])
    return f"{accuracy:.0%} of the points are right."


start = [draggable.Line(60, 1.0), draggable.Line(300, 0.0), draggable.Line(180, 0.5)]

with experiment():
    fig, ax = plt.subplots(figsize=(4.6, 4.6))
    before = draw_own(ax, start)
    name_classes(fig)
    figures.show(
        fig,
        alt="The plane with the points of three classes, and three lines that do not fit them: "
        f"{before} Most airplanes, upper left, lie in the deer's region, nearly half of the cars, "
        "right, in the airplane's, and most deer, below, in the car's.",
        caption="The start: blue dots are airplanes, orange squares cars, green triangles deer.",
    )

# %% [markdown]
# In the next picture, drag with the mouse: the **square** shifts a line, which changes its bias, and the **circle** turns
# it, which changes its weights. Or use the sliders below the picture, with the mouse or with the arrow keys; picture and
# sliders always show the same lines. 98 % is possible. (Without a running notebook, nothing appears below this cell.)

# %%
with experiment():
    display(draggable.LinePanel(draw_own, CLASSES, start))

# %% tags=["solutions-only"]
for angles, offsets, expected in (
    ([135, 15, 255], [0.5, 0.5, 0.5], (0.975, 0.995)),
    ([60, 300, 180], [1.0, 0.0, 0.5], (0, 0.5)),
):
    own = linear.predict_labels(linear.linear_scores(plane_points, *lines(angles, offsets)))
    assert expected[0] <= np.mean(own == plane_labels) <= expected[1], np.mean(own == plane_labels)

# %% [markdown]
# ## 8. Sets that no line separates
#
# Two classes need one line: one side is class A, the other is class B. Here are three sets of two classes, each half and
# half:
#
# - **parity**: a point is A if the number of its positive coordinates is odd, so that A and B take turns in the four
#   quadrants,
# - **ring**: A lies around B,
# - **three blobs**: A consists of three blobs, B is everywhere else.

# %%
rng = np.random.default_rng(0)
half = 200

corners = rng.uniform(-1, 1, size=(2 * half, 2))
parity = np.abs(corners) * np.where(rng.random((2 * half, 1)) < 0.5, 1, -1)
parity[:half, 0] *= -1  # the first half: signs differ, so exactly one coordinate is positive

radius = np.sqrt(np.append(rng.uniform(0.6**2, 1, half), rng.uniform(0, 0.45**2, half)))
angle = rng.uniform(0, 2 * np.pi, 2 * half)
ring = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)

middles = np.array([[-0.6, 0.5], [0.6, 0.55], [0.0, -0.65]])
inside = middles[rng.integers(3, size=half)] + rng.normal(0, 0.12, size=(half, 2))
anywhere = rng.uniform(-1, 1, size=(10 * half, 2))
far = np.linalg.norm(anywhere[:, None] - middles, axis=2).min(axis=1) > 0.36
blobs = np.concatenate([inside, anywhere[far][:half]])

puzzles = {"parity": parity, "ring": ring, "three blobs": blobs}
puzzle_labels = np.repeat([1, 0], half)  # 1 is A, 0 is B


def draw_puzzle(ax, points, title):
    for label, name in ((0, "B"), (1, "A")):
        own = points[puzzle_labels == label].T
        ax.scatter(
            *own,
            s=14,
            marker=figures.MARKERS[label],
            color=figures.COLOURS[label],
            edgecolors="black",
            linewidths=0.3,
            label=name,
        )
    ax.set(aspect="equal", title=title, xlabel="$x_1$", xlim=(-1.1, 1.1), ylim=(-1.1, 1.1))
    ax.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])


fig, axes = plt.subplots(1, 3, figsize=(9.5, 3.5), sharey=True)
for ax, (name, points) in zip(axes, puzzles.items(), strict=True):
    draw_puzzle(ax, points, name)
axes[0].set_ylabel("$x_2$")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", markerscale=2)
figures.show(
    fig,
    alt="Three scatter plots of 200 points of class A and 200 of class B. Parity: A in the upper "
    "left and lower right quadrants, B in the other two. Ring: A in a ring around B. Three blobs: A "
    "in three round clusters, B everywhere else.",
    caption="Orange squares: class A. Blue dots: class B. Try to separate them with a ruler.",
)

# %% [markdown]
# **Predict before you run the next cell.** For each of the three sets: which line is best, and what accuracy does it
# reach, roughly (50 %, 70 %, 90 %)? Why can no line do better? Guessing gives 50 %.

# %% [markdown] answer_points=2 grade_id="linear-not-separable"
# ### BEGIN SOLUTION
# About 70 % in all three, a little less or more. A line has two sides, and each side gets one class.
#
# Parity: a line along an axis has as many A as B on each side, 50 %. The best line cuts off one corner, say most of a
# quadrant of A. Its other side is called B: that is right for the two quadrants of B, and the opposite quadrant of A is
# lost. Ring: the best line cuts off a piece of the ring with only A in it; the rest of the ring is lost together with
# the inside. Three blobs: one line can cut off two of the blobs, with much of B between and around them.
#
# No line is perfect, because a half plane has no holes and no gaps: if two points are on one side, so is everything
# between them. In all three sets there are points of B between points of A.
# ### END SOLUTION

# %% [markdown]
# Do not trust a drawing: try them all. Lines at 180 angles and 59 offsets, both ways round, are 10,620 lines. And your
# `linear_scores` tests them in one product: each line is a "class" with two weights and a bias, and class A is where
# its score is positive.

# %%
with experiment():
    grid = np.meshgrid(np.arange(0, 360, 2), np.linspace(-1.45, 1.45, 59))
    many_weights, many_biases = lines(grid[0].ravel(), grid[1].ravel())

    best = {}
    fig, axes = plt.subplots(2, 3, figsize=(9.5, 5.6), height_ratios=[2, 1])
    for (top, bottom), (name, points) in zip(axes.T, puzzles.items(), strict=True):
        says_a = linear.linear_scores(points, many_weights, many_biases) > 0  # (400, 10620)
        accuracies = np.mean(says_a == (puzzle_labels == 1)[:, None], axis=0)
        winner = int(accuracies.argmax())
        best[name] = accuracies[winner]
        draw_puzzle(top, points, f"{name}: best line {best[name]:.1%}")
        w, b = many_weights[winner], many_biases[winner]
        top.axline(-b * w, -b * w + [-w[1], w[0]], color="black", linewidth=2)
        arrow = {"arrowstyle": "-|>", "linewidth": 2}
        top.annotate("", (0.35 - b) * w, -b * w, arrowprops=arrow)
        bottom.hist(100 * accuracies, bins=np.arange(25, 101, 2.5), color=figures.SKY)
        bottom.set(xlabel="accuracy [%]", xlim=(25, 100))
        bottom.axvline(100 * best[name], color="black", linestyle=":")
    axes[0, 0].set_ylabel("$x_2$")
    axes[1, 0].set_ylabel("lines")
    figures.show(
        fig,
        alt="The three sets with the best of 10,620 lines, and below each a histogram of the "
        "accuracies of all lines. The best lines reach "
        + ", ".join(f"{value:.0%} ({name})" for name, value in best.items())
        + "; no line comes near 100 %.",
        caption="Above: the best line, its arrow on the side called A. Below: how many of the "
        "10,620 lines reach which accuracy; the dotted line is the best. The peak at 50 % are lines that miss "
        "the set and call everything A, or everything B.",
    )

# %% tags=["solutions-only"]
assert all(0.65 < value < 0.76 for value in best.values()), best

# %% [markdown]
# Why can no line be perfect? A linear classifier cuts space into two halves, and a half has no holes: if two points
# are on the A side, everything between them is, too. In all three sets there is B between A and A.
#
# ### The way out: other coordinates
#
# The classifier is linear in what you *give* it. Give it one number that fits, computed from the two: $x_1 x_2$ for the
# parity (negative in A), $x_1^2 + x_2^2$ for the ring (large in A). On that one number, your nearest mean
# classifier works. **Expect** more than 90 %.

# %%
with experiment():
    features = {
        "parity": ("$x_1 x_2$", parity.prod(axis=1)[:, None]),
        "ring": ("$x_1^2 + x_2^2$", (ring**2).sum(axis=1)[:, None]),
    }
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 2.8))
    for ax, (name, (formula, feature)) in zip(axes, features.items(), strict=True):
        W, b = linear.nearest_mean_classifier(feature, puzzle_labels, 2)
        predicted = linear.predict_labels(linear.linear_scores(feature, W, b))
        lifted = np.mean(predicted == puzzle_labels)
        bins = np.linspace(feature.min(), feature.max(), 30)
        for label, letter, hatch in ((0, "B", ""), (1, "A", "///")):
            ax.hist(
                feature[puzzle_labels == label, 0],
                bins,
                alpha=0.6,
                color=figures.COLOURS[label],
                edgecolor="black",
                linewidth=0.4,
                hatch=hatch,
                label=letter,
            )
        border = (b[0] - b[1]) / (W[1, 0] - W[0, 0])  # where the two scores are equal
        ax.axvline(border, color="black", linewidth=2)
        ax.set(xlabel=formula, ylabel="points", title=f"{name}: {lifted:.1%} right")
        ax.legend()
        best[name, "lifted"] = lifted
    figures.show(
        fig,
        alt="Two histograms, parity by the product of the coordinates and ring by the sum of their "
        "squares. In both the classes lie on different sides of one border.",
        caption="On one well-chosen number, a single border is enough. The border is not quite at "
        "the gap: the nearest mean classifier knows the means, not the gap. Part III learns better.",
    )

# %% tags=["solutions-only"]
assert best["parity", "lifted"] > 0.9 and best["ring", "lifted"] > 0.9, best

# %% [markdown]
# You found these numbers by looking at the picture. For 3,072 pixels nobody can look, and the three blobs have no such
# short formula. A neural network (Part IV) *learns* the numbers to give to its last, linear layer. That is what the
# layers before it are for.
#
# ## 9. What one template cannot see
#
# Back to images. The shapes were drawn with a cue for linear classifiers: each class prefers one background colour. So
# what does your classifier look at, the shape or the background? Change the validation images and see what it minds:

# %%
rng = np.random.default_rng(0)
order = rng.permutation(32 * 32)  # one and the same for all images


def turn_hue(images, by):
    """Turn all colours round the colour circle: 0.5 turns red into cyan, 1 is a full turn."""
    colours = rgb_to_hsv(images / 255)
    colours[..., 0] = (colours[..., 0] + by) % 1
    return 255 * hsv_to_rgb(colours)


changes = {
    "as it is": lambda images: images,
    "mirrored": lambda images: images[:, :, ::-1],
    "upside down": lambda images: images[:, ::-1],
    "moved by 4": lambda images: np.roll(images, 4, axis=2),
    "shuffled": lambda images: images.reshape(-1, 1024, 3)[:, order].reshape(images.shape),
    "mean colour": lambda images: images.mean(axis=(1, 2), keepdims=True) + 0 * images,
    "grey": lambda images: images.mean(axis=3, keepdims=True) + 0 * images,
    "opposite hues": lambda images: turn_hue(images, 0.5),
}
validation = shapes.validation_images.astype(float)

# %% [markdown]
# **Predict before you run the next cell**, with a reason each: order these changes by the accuracy that remains. Which
# ones make no difference to *you*, and which make the image useless to you?

# %%
with experiment():
    W, b = linear.nearest_mean_classifier(shapes.train_images, shapes.train_labels, 10)
    remains, votes = {}, {}
    for name, change in changes.items():
        votes[name] = linear.predict_labels(linear.linear_scores(change(validation), W, b))
        remains[name] = np.mean(votes[name] == shapes.validation_labels)

    chosen = [np.flatnonzero(shapes.validation_labels == label)[0] for label in (4, 6, 9)]
    pictures = np.stack([change(validation[chosen]) for change in changes.values()], axis=1)
    fig = figures.image_grid(
        list(pictures.reshape(-1, 32, 32, 3)),
        titles=[f"{name}\n{value:.0%} right" for name, value in remains.items()] + [""] * 16,
        columns=8,
        size=1.15,
    )
    figures.show(
        fig,
        alt="A star, a heart and an arrow, each as it is and changed in seven ways, with the "
        "accuracy on 1,000 validation images changed in the same way: "
        + ", ".join(f"{name} {value:.0%}" for name, value in remains.items())
        + ".",
        caption="Above: accuracy on all 1,000 validation images, changed like this. Mirrored and "
        "moved images do about as well as before; shuffled pixels and a picture of nothing but the mean "
        "colour keep most of it. Without colour, nothing is left but guessing.",
    )
    opposite = np.mean(votes["opposite hues"] == (shapes.validation_labels + 5) % 10)
    print(f"hue turned by half a circle: {remains['opposite hues']:.1%} right")
    print(f"and {opposite:.1%} get exactly the class that prefers the opposite background colour")

# %% tags=["solutions-only"]
assert abs(remains["mirrored"] - remains["as it is"]) < 0.02
assert remains["shuffled"] > 0.2 and remains["mean colour"] > 0.2
assert remains["grey"] < 0.13 and remains["opposite hues"] < 0.05 and opposite > 0.2, (
    remains,
    opposite,
)

# %% [markdown]
# To you, the picture with its pixels shuffled is noise, and the one in opposite colours is still a star. To the
# template, it is the other way round: with opposite colours it does worse than guessing. It learned the wallpaper.
#
# Look at the ten scores of one star, in its own colours and in the opposite ones:


# %%
def draw_scores(image, hue):
    W, b = linear.nearest_mean_classifier(shapes.train_images, shapes.train_labels, 10)
    turned = turn_hue(validation[image : image + 1], hue)
    scores = linear.linear_scores(turned, W, b)
    winner = linear.predict_labels(scores)[0]
    below = (scores[0] - scores.max()) / 1e6

    name = shapes.class_names[shapes.validation_labels[image]]
    fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), width_ratios=[1, 1.6])
    figures.draw_image(left, turned[0], f"{name}, hue turned by {hue:.2f}")
    colours = [figures.ORANGE if label == winner else figures.SKY for label in range(10)]
    right.barh(shapes.class_names, below - below.min(), left=below.min(), color=colours)
    right.set(xlabel="score, below the highest [millions]")
    right.invert_yaxis()
    figures.show(
        fig,
        alt=f"Left: validation image {image}, a {name}, with its colours turned by {hue:.2f} of "
        f"the colour circle. Right: the ten scores; the highest is {shapes.class_names[winner]}.",
        caption=f"The shape says {name}; the highest score (orange) says "
        f"{shapes.class_names[winner]}.",
    )


with experiment():
    draw_scores(image=73, hue=0.0)
    draw_scores(image=73, hue=0.5)

# %% tags=["solutions-only"]
assert shapes.class_names[shapes.validation_labels[73]] == "star"
assert votes["as it is"][73] == 4 and votes["opposite hues"][73] == 9
stays = np.ones(100, dtype=bool)
W, b = linear.nearest_mean_classifier(shapes.train_images, shapes.train_labels, 10)
for hue in np.arange(0, 1, 0.05):
    turned = linear.predict_labels(linear.linear_scores(turn_hue(validation[:100], hue), W, b))
    stays &= turned == shapes.validation_labels[:100]
assert not stays.any()

# %% [markdown]
# **Now you.** Look for an image whose prediction stays right while you turn its colours. (Do not look too long: among
# these hundred there is none that stays right all the way round.)

# %%
figures.explore(
    draw_scores,
    image=ipywidgets.IntSlider(73, 0, 99),
    hue=ipywidgets.FloatSlider(value=0.25, min=0, max=1, step=0.05),
)

# %% [markdown]
# ### A template with two heads
#
# A class often comes in several forms: horses look to the left or to the right. One template must serve both, so it
# becomes a mixture that looks like neither, a horse with two heads. Try it with digits: mirror every second image, and
# give it the same label as before.

# %%
with experiment():

    def half_mirrored(images):
        return np.where(
            (np.arange(len(images)) % 2 == 1)[:, None, None, None], images[:, :, ::-1], images
        )

    mixed_images, mixed_new = (
        half_mirrored(digits.train_images),
        half_mirrored(digits.validation_images),
    )
    mixed_labels, new_labels = digits.train_labels, digits.validation_labels
    W, b = linear.nearest_mean_classifier(digits.train_images, digits.train_labels, 10)
    plain = linear.predict_labels(linear.linear_scores(digits.validation_images, W, b))
    W2, b2 = linear.nearest_mean_classifier(mixed_images, mixed_labels, 10)
    mixed = linear.predict_labels(linear.linear_scores(mixed_new, W2, b2))
    heads = {
        "as they are": np.mean(plain == new_labels),
        "half mirrored": np.mean(mixed == new_labels),
    }

    shown = np.concatenate([linear.templates(weight, (8, 8, 1)) for weight in (W, W2)])
    rows = [f"{name}\n{value:.0%} right" for name, value in heads.items()]
    fig = figures.image_grid(
        list(255 * shown), titles=[*digits.class_names, *[""] * 10], row_labels=rows
    )
    figures.show(
        fig,
        alt="Two rows of ten templates. Above, from ordinary digits: blurred digits. Below, from "
        "digits of which half are mirrored: symmetric figures; 0 and 8 look as before, 3 has turned "
        "into an 8, 2, 5 and 7 into something that is no digit.",
        caption="Above: templates of ordinary digits. Below: every second image is mirrored, and "
        "each template is a digit and its mirror image at once. The 3 looks like an 8.",
    )
    print(", ".join(f"{name}: {value:.1%}" for name, value in heads.items()))

# %% tags=["solutions-only"]
assert heads["half mirrored"] < heads["as they are"] - 0.02, heads

# %% [markdown]
# The same happens to the shapes, in colour: each class prefers *two* hues for the shape itself, far apart on the colour
# circle. Sort the training images of one class by the colour in their middle, and average each pile:

# %%
with experiment():
    label = 2  # box
    own = shapes.train_images[shapes.train_labels == label]
    middle = rgb_to_hsv(own[:, 12:20, 12:20].mean(axis=(1, 2)) / 255)[:, 0]
    away = [np.abs((middle - label / 10 - hue + 0.5) % 1 - 0.5) for hue in (0.25, 0.75)]
    pile = np.where(away[0] < 0.1, 0, np.where(away[1] < 0.1, 1, 2))
    pile_means, _ = linear.nearest_mean_classifier(own, pile, 3)
    class_mean, _ = linear.nearest_mean_classifier(own, np.zeros(len(own), int), 1)
    images = np.concatenate([pile_means[:2], class_mean]).reshape(-1, 32, 32, 3)
    sizes = np.bincount(pile)
    titles = [
        f"one colour\n{sizes[0]} images",
        f"the other colour\n{sizes[1]} images",
        f"all together\n{len(own)} images",
    ]
    fig = figures.image_grid(list(images), titles, columns=3, size=1.7)
    figures.show(
        fig,
        alt="Three mean images of the class box: of those whose middle has the first colour, a "
        "patch of it; of those with the second colour, a patch of that; and of all together, where "
        "both have faded to a greyish patch.",
        caption="Two piles of boxes by the colour in the middle, and the template of all boxes. "
        "The two colours lie opposite each other and nearly cancel: what is left is hardly a box.",
    )

# %% [markdown]
# **A question.** Give the mirrored digits labels of their own: class 10 is a mirrored 0, class 11 a mirrored 1, and so
# on. You get a linear classifier with *twenty* templates; in the end you only ask for the label modulo 10. Is that
# better than ten templates? Is it still a linear classifier of the ten digits? What would a classifier need that finds
# such sub-classes without being told? Explain; then run the next cell.

# %% [markdown] answer_points=2 grade_id="linear-two-heads"
# ### BEGIN SOLUTION
# Better: each template serves one form only, so none has two heads; it should come back near to the accuracy on ordinary
# digits (a little lost again where a digit looks like another one mirrored, as 2 and 5 do).
#
# The twenty scores are linear. The decision among ten digits is not: the score of "3" is the larger one of two
# linear scores, a maximum, and no single row of weights can compute that.
#
# It would need an intermediate layer that computes several templates a class, a step that is not linear (such as the
# maximum), and a layer that combines them, together with a way to learn all of this from labels alone: a neural network.
# ### END SOLUTION

# %%
with experiment():
    mirrored = np.arange(len(mixed_labels)) % 2
    W, b = linear.nearest_mean_classifier(mixed_images, mixed_labels + 10 * mirrored, 20)
    twenty = linear.predict_labels(linear.linear_scores(mixed_new, W, b)) % 10
    heads["twenty templates"] = np.mean(twenty == new_labels)
    print(f"ten templates:    {heads['half mirrored']:.1%}")
    print(f"twenty templates: {heads['twenty templates']:.1%}")

# %% tags=["solutions-only"]
assert heads["twenty templates"] > heads["half mirrored"] + 0.02, heads

# %% [markdown]
# Nearest neighbours have a template for every training image, so two forms of a class do not trouble them. If your
# Part I is written, the next cell shows it. **Expect** about 98 % on the half mirrored digits, and at least 90 % on
# all three sets of section 8 (training on one half of the points, asking about the other).

# %%
with experiment():
    model = knn.KNearestNeighbor(knn.l2_distances)
    model.train(mixed_images, mixed_labels)
    neighbours = {"half mirrored digits": np.mean(model.predict(mixed_new, 1) == new_labels)}
    for name, points in puzzles.items():
        model = knn.KNearestNeighbor(knn.l2_distances)
        model.train(points[::2], puzzle_labels[::2])
        neighbours[name] = np.mean(model.predict(points[1::2], 5) == puzzle_labels[1::2])
    for name, value in neighbours.items():
        print(f"nearest neighbours, {name}: {value:.1%}")

# %% tags=["solutions-only"]
assert neighbours["half mirrored digits"] > 0.97 and min(neighbours.values()) > 0.9, neighbours

# %% [markdown]
# ## What you can do now
#
# You can compute the scores of thousands of images with one matrix product, and say what each number of $W$ and $b$ does;
# fold the bias into the weights; turn "nearest mean" into a linear classifier, and prove it; look at templates and say
# what a classifier pays attention to; and explain why no line separates a ring from its inside.
#
# You also checked a lecture by computing, and found a mistake in it. Keep doing that.
#
# And now the one use of the test images:

# %%
with experiment():
    for data in filter(None, (digits, shapes, cifar10)):
        W, b = linear.nearest_mean_classifier(data.train_images, data.train_labels, 10)
        predicted = linear.predict_labels(linear.linear_scores(data.test_images, W, b))
        reached[data.name, "test"] = np.mean(predicted == data.test_labels)

# %% [markdown]
# **Your numbers beside the numbers to expect:**

# %%
expect = {
    ("digits", "validation"): (0.86, 0.93),
    ("digits", "test"): (0.86, 0.93),
    ("shapes", "validation"): (0.26, 0.34),
    ("shapes", "test"): (0.21, 0.30),
    ("cifar10", "validation"): (0.25, 0.31),
    ("cifar10", "test"): (0.25, 0.31),
}
scoreboard(
    [
        (f"{data}: nearest mean, {split}", reached.get((data, split)), *limits)
        for (data, split), limits in expect.items()
    ]
)

# %% tags=["solutions-only"]
assert all(low <= reached.get(name, low) <= high for name, (low, high) in expect.items()), reached
assert abs(reached["digits", "test"] - 0.89) < 0.01, "the first cell says about 89 %"
assert 0.24 < reached["shapes", "test"] < 0.34, "the first cell says a quarter to a third"

# %% [markdown]
# The last two rows need CIFAR-10. Mean images are *fair* templates, not the best ones: they describe each class by
# itself, and nothing in them knows what would tell two classes apart. The formula $Wx + b$ can do better with other
# numbers in $W$. To find them you need to say how bad a given $W$ is, and in which direction it gets better: a **loss
# function** and **optimization**, Part III.
#
# **Pack your work:** in a terminal, `dlcourse submit part2_linear` writes one file to hand in.
