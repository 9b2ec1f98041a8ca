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
# # Part V: convolution and pooling
#
# **The question.** A fully connected network reads an image as a list of numbers: it does not know which pixels are
# neighbours, and what it learns about a corner on the left it has to learn again on the right. Can a layer be built that
# knows what an image is, and needs *fewer* numbers for it?
#
# **What you will build**, in the file `dlcourse/convolution.py`:
#
# 1. two sums that everybody gets wrong once: how large a convolution's output is, and how many numbers it learns,
# 2. convolution as it is defined, in loops, and then as one matrix product, forward and backward, hundreds of times faster,
# 3. max and average pooling, and how much of the image a number deep in a network can see.
#
# **How long it takes.** Three and a half to four hours: nine exercises of five minutes to an hour, three questions to
# answer in words, and about a dozen experiments that use what you wrote.
#
# **How to work.** As before: replace the `raise NotImplementedError` of a function in `dlcourse/convolution.py`,
# save, run the check cell below the exercise. The experiment at the end also uses your layers of Part IV; one that
# waits for a function names it.
#
# **The numbers to expect.** A linear classifier reads about 94 % of the scanned digits; move each of them by *one
# pixel*, and only 40 % are left. With one convolutional layer and a pooling it is about 97 %, and three quarters of
# the moved ones. The end of the notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import time

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from tqdm.auto import tqdm

from autograder import check
from dlcourse import convolution, layers
from dlcourse.toolkit import datasets, fast, figures, gradient_check
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.storage import EMBEDDED

figures.set_style()
reached = {}  # the accuracies you measure, for the comparison at the end

# %%
digits = datasets.load("digits")
shapes = datasets.load("shapes")
photograph = plt.imread(EMBEDDED / "china.jpg")  # by danielbuechele, CC BY 2.0
print(digits)
print(shapes)
print(f"a photograph, {photograph.shape}, {photograph.dtype}")

# %% [markdown]
# ## 1. Fully connected, again
#
# In Parts II to IV an image of 32×32×3 numbers was flattened to $x$ with 3,072 of them, and a layer computed
# $Wx + b$: for ten scores, $W$ is 10×3072. Each output number is a dot product with *all* pixels, through weights of
# its own.
#
# Two things are wrong with that. First, the layer cannot know that an image is an image: shuffle all pixels of all
# images in the same way, and it learns just as well. Second, it is expensive: a hidden layer with as many numbers as
# the first layer of a small ConvNet, 28×28×4, would need

# %%
inputs, outputs = 32 * 32 * 3, 28 * 28 * 4
print(f"{outputs:,} outputs of {inputs:,} inputs: {outputs * inputs:,} weights")

# %%
order = np.random.default_rng(0).permutation(32 * 32)
pictures = shapes.train_images[[3, 8, 12, 14]]
shuffled = pictures.reshape(4, 32 * 32, 3)[:, order].reshape(pictures.shape)
fig = figures.image_grid(
    [*pictures, *shuffled], columns=4, row_labels=["to you", "to a fully\nconnected layer"]
)
figures.show(
    fig,
    alt="Above, four small colour pictures of shapes. Below, the same four with their pixels shuffled: noise in "
    "the same colours, in which nothing can be recognized.",
    caption="Both rows are the same to a fully connected layer: the pixels of the lower row are shuffled, in the "
    "same way in each picture. It gives up everything that makes an image an image.",
)

# %% [markdown]
# A **convolutional layer** changes two things, both of which you know to be true of images:
#
# - **Look nearby.** Each output number looks at a small window only, such as 5×5 pixels (in all three colours).
# - **Look everywhere in the same way.** The same weights are used at every place: an edge is an edge, wherever it is.
#
# The weights for one window are a **filter** (or kernel), here 5×5×3. Sliding it over the image gives one number at
# each place, a **map**; four filters give four maps.
#
# ## 2. How large is the output?
#
# Slide a window of 3 pixels along a row of 7. How many places are there? Count them in the picture. A **stride** of 2
# moves the window by two pixels, and **padding** adds zeros at both ends.


# %%
def draw_places(ax, size, kernel, stride, padding):
    """Draw a row of pixels, padded, and below it every place of a window; what is left over is hatched."""
    total = size + 2 * padding
    count = max((total - kernel) // stride + 1, 0)
    for pixel in range(total):
        inside = padding <= pixel < padding + size
        left_over = count and pixel >= (count - 1) * stride + kernel
        ax.add_patch(
            plt.Rectangle(
                (pixel, 0),
                1,
                1,
                facecolor=figures.SKY if inside else "white",
                edgecolor="black",
                hatch="////" if left_over else None,
            )
        )
        if not inside:
            ax.text(pixel + 0.5, 0.5, "0", ha="center", va="center", fontsize=9)
    for place in range(count):
        start, height = place * stride, -0.45 * (place + 1)
        ax.plot([start + 0.08, start + kernel - 0.08], [height, height], color=figures.VERMILION, lw=4)
        ax.text(start + kernel + 0.1, height, f"{place + 1}", va="center", fontsize=8)
    ax.set(xlim=(-0.3, total + 1), ylim=(-0.45 * max(count, 1) - 0.4, 1.2), aspect="equal")
    ax.axis("off")
    spare = (total - kernel) % stride
    verdict = f"{spare} pixel(s) left over: it does not fit" if spare else f"{count} places"
    if total < kernel:
        verdict = f"the window is {kernel - total} pixel(s) too large"
    ax.set_title(f"{size} pixels, window {kernel}, stride {stride}, padding {padding}\n{verdict}", fontsize=9)


cases = ((7, 3, 1, 0), (7, 3, 2, 0), (7, 3, 3, 0), (7, 3, 3, 1))
fig, axes = plt.subplots(1, 4, figsize=(11, 2.9))
for ax, case in zip(axes, cases, strict=True):
    draw_places(ax, *case)
figures.show(
    fig,
    alt="Four rows of seven pixels with the places of a window of three pixels drawn below. Stride 1: five places. "
    "Stride 2: three places. Stride 3: two places, and the last pixel, hatched, is left over. Stride 3 with one "
    "zero added at each end: three places.",
    caption="Red bars are the places of the window. At stride 3 the last pixel is left over (hatched): the "
    "configuration does not fit. With a zero at both ends it does.",
)

# %% [markdown]
# The window can move by (size + 2 · padding − window) pixels, in steps of the stride; and the first place counts too:
#
# $$ \text{places} = \frac{\text{input} - \text{kernel} + 2 \cdot \text{padding}}{\text{stride}} + 1 . $$
#
# ### Exercise: `conv_output_size`
#
# Write `conv_output_size(input_size, kernel_size, stride, padding)` for one direction. A configuration that does not
# fit raises a `ValueError` that says by how many pixels: frameworks round down silently, and the last pixels are then
# never looked at. The check tries the four cases of the picture, many others, and reads your message.

# %%
check("convolution.conv_output_size")

# %%
with experiment():
    for size, kernel, stride, padding in cases:
        try:
            print(
                f"{size} pixels, window {kernel}, stride {stride}, padding {padding}: "
                f"{convolution.conv_output_size(size, kernel, stride, padding)}"
            )
        except ValueError as error:
            print(error)
    for size, kernel in ((32, 5), (28, 5)):
        print(f"the lecture's maps: {size} → {convolution.conv_output_size(size, kernel, 1, 0)}")

# %% tags=["solutions-only"]
assert [convolution.conv_output_size(*case) for case in cases if case != (7, 3, 3, 0)] == [5, 3, 3]

# %% [markdown]
# Turn the knobs: which strides fit 7 pixels without padding? Which padding keeps the size at stride 1, for windows of 3, 5
# and 7?

# %%


def explore_places(size, kernel, stride, padding):
    fig, ax = plt.subplots(figsize=(6, 3.2))
    draw_places(ax, size, kernel, stride, padding)
    figures.show(
        fig,
        alt=f"{size} pixels with padding {padding}, and the places of a window of {kernel} with stride {stride}.",
        caption="Bars are the places of the window; hatched pixels are left over.",
    )


figures.explore(
    explore_places,
    size=ipywidgets.IntSlider(7, 3, 16),
    kernel=ipywidgets.IntSlider(3, 1, 7),
    stride=ipywidgets.IntSlider(2, 1, 4),
    padding=ipywidgets.IntSlider(0, 0, 3),
)

# %% [markdown]
# ## 3. How many numbers does it learn?
#
# ### Exercise: `conv_num_parameters`
#
# The lecture's layer has four filters of 5×5 over three channels. Count its numbers: the weights of a filter, its
# bias, and all that four times. Then write `conv_num_parameters(in_channels, out_channels, kernel_size)`.

# %%
check("convolution.conv_num_parameters")

# %%
with experiment():
    yours = convolution.conv_num_parameters(3, 4, 5)
    print(f"yours: {yours}; the lecture's slide: 5·5·3·4 + 5·3·4 = {5 * 5 * 3 * 4 + 5 * 3 * 4}")
    print(f"the fully connected layer of section 1 has {outputs * inputs / yours:,.0f} times as many weights")

# %% [markdown]
# **A question.** The two numbers differ. The slide writes $5 \cdot 5 \cdot 3 \cdot 4 + 5 \cdot 3 \cdot 4$. Which of
# its terms is wrong, what would that term count, and how can you tell, from what one output number *is*, that yours
# is right? (If yours is the slide's, look again.)

# %% [markdown] answer_points=2 grade_id="convolution-parameters"
# ### BEGIN SOLUTION
# One output number is a dot product of 75 pixels with 75 weights, plus *one* number. So a filter has
# $5 \cdot 5 \cdot 3 = 75$ weights and one bias, and four filters have $4 \cdot 75 + 4 = 304$. The slide's first term,
# 300, is right. Its second, 60, counts 15 biases a filter, as if each row of the filter in each channel had one; but
# numbers that are all added to the same sum are one number: learning 15 of them changes nothing that one could not.
# ### END SOLUTION

# %% [markdown]
# Numbers on slides are typed by people. Whatever can be computed, compute: it takes a minute, and you have just found
# a mistake in a lecture.
#
# ## 4. One window, one number
#
# For a place $(i, j)$ and a filter $f$, the layer multiplies each number in the window with the weight at the same
# place, adds everything up, and adds the filter's bias:
#
# $$ y_{f,i,j} = b_f + \sum_{c,\,p,\,q} w_{f,c,p,q} \; x_{c,\; i s + p,\; j s + q} $$
#
# with $c$ for the channel, $(p, q)$ for the place in the window, and $s$ for the stride. This is a dot product of two
# lists of $5 \cdot 5 \cdot 3 = 75$ numbers: the very same dot product as in a fully connected layer, on a small part
# of the image.

# %%
frame_image = np.array(
    [
        [0, 0, 1, 2, 2, 1, 0],
        [0, 1, 2, 2, 2, 2, 0],
        [0, 2, 2, 0, 1, 2, 0],
        [0, 0, 0, 0, 2, 2, 0],
        [0, 0, 1, 2, 2, 0, 0],
        [0, 2, 2, 2, 1, 1, 0],
        [0, 2, 2, 2, 2, 2, 0],
    ]
)
frame_filter = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])


def draw_frame(axes, step, stride, size=8):
    """Draw the image with the window at one step, and the outputs up to that step, in numbers of a size."""
    side = (7 - 3) // stride + 1
    window, y = axes
    row, column = divmod(step, side)
    values = [
        np.sum(frame_filter * frame_image[i * stride : i * stride + 3, j * stride : j * stride + 3])
        for i in range(side)
        for j in range(side)
    ]
    figures.pixel_values(window, frame_image * 60)
    for text, value in zip(window.texts, frame_image.ravel(), strict=True):
        text.set(text=str(value), fontsize=size)
    corner = (column * stride - 0.5, row * stride - 0.5)
    frame = plt.Rectangle(corner, 3, 3, fill=False, edgecolor=figures.VERMILION, lw=2.5, clip_on=False, zorder=3)
    window.add_patch(frame)
    seen = np.full((side, side), np.nan)
    seen.flat[: step + 1] = values[: step + 1]
    y.imshow(seen, vmin=-6, vmax=6)
    for (i, j), value in np.ndenumerate(seen):
        if np.isfinite(value):
            y.text(j, i, f"{value:.0f}", ha="center", va="center", color="white" if value < 1 else "black", fontsize=size)
    y.set(xticks=np.arange(-0.5, side), yticks=np.arange(-0.5, side), xticklabels=[], yticklabels=[])
    y.grid(True, color="black", lw=0.5, alpha=1)
    y.tick_params(length=0)
    y.spines[:].set_visible(True)


fig, axes = plt.subplots(2, 9, figsize=(12.5, 3), height_ratios=[1.4, 1])
for step in range(9):
    draw_frame(axes[:, step], step, 2)
figures.show(
    fig,
    alt="Nine frames. Above, an image of 7 by 7 small numbers with a square window of 3 by 3 that moves two pixels "
    "at a time, row by row. Below, a 3 by 3 output that fills with one number a frame.",
    caption="A filter of 3×3 (a column of 1, one of 0, one of −1: left minus right) slides over 7×7 numbers with "
    "stride 2. Each place gives one number: positive where bright is left of dark, negative where it is right.",
)

# %% [markdown]
# At stride 1 the window visits 25 places. Watch it walk.


# %%
def draw_walk(step):
    for ax in axes:
        ax.clear()
    draw_frame(axes, step, 1, size=12)
    axes[0].set_title(f"place {step + 1} of 25", fontsize=10)
    axes[1].set_title("the output so far", fontsize=10)


fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.5), width_ratios=[7, 5])
figures.film(
    fig,
    draw_walk,
    25,
    alt="Film of a window of 3 by 3 that walks over an image of 7 by 7 numbers, row by row, one pixel at a time. With "
    "each step one number more stands in the output beside it, until all 5 by 5 are there.",
    caption="The same filter with stride 1: 25 places, 25 numbers. (It plays three times; run the cell to see it again. "
    "On paper, and if your system asks for less motion, it is the last step alone.)",
    seconds=0.3,
)

# %% [markdown]
# The same with the stride of your choice, at your own pace: move the slider.


# %%
def explore_sliding(step, stride):
    side = (7 - 3) // stride + 1
    fig, axes = plt.subplots(1, 2, figsize=(5, 2.6), width_ratios=[1.3, 1])
    draw_frame(axes, min(step, side * side) - 1, stride)
    figures.show(
        fig,
        alt=f"The window at step {min(step, side * side)} of {side * side}, and the outputs so far.",
        caption=f"Step {min(step, side * side)} of {side * side}.",
    )


figures.explore(explore_sliding, step=ipywidgets.IntSlider(5, 1, 25), stride=ipywidgets.IntSlider(1, 1, 2))

# %% [markdown]
# ### Exercise: `conv2d_loops`
#
# Write the definition down: `conv2d_loops(x, weight, bias, stride, padding)`, with loops over images, filters and
# places. The images are `(N, C, H, W)`: channels come *before* height and width, as in PyTorch. It will be slow, and
# it will be the yardstick for everything that is fast. The check knows that windows, strides and paddings may differ
# in height and width, and that your arrays are not for changing.

# %%
check("convolution.conv2d_loops")

# %%
with experiment():
    rng = np.random.default_rng(0)
    x = shapes.train_images[:1].transpose(0, 3, 1, 2) / 255  # (1, 3, 32, 32)
    weight, bias = rng.normal(size=(4, 3, 5, 5)), rng.normal(size=4)
    y = convolution.conv2d_loops(x, weight, bias, 1, 0)
    print(f"{x.shape} → {y.shape}, and")
    patch = x[0, :, 10:15, 20:25]
    print(f"y[0, 2, 10, 20] = {y[0, 2, 10, 20]:.6f}")
    print(f"its {patch.size}-dimensional dot product, plus the bias: {patch.ravel() @ weight[2].ravel() + bias[2]:.6f}")

# %% tags=["solutions-only"]
assert y.shape == (1, 4, 28, 28) and patch.size == 75
assert abs(y[0, 2, 10, 20] - patch.ravel() @ weight[2].ravel() - bias[2]) < 1e-10

# %% [markdown]
# ## 5. What a filter sees
#
# Before networks *learned* filters, people designed them. Here are four, on a photograph: a mean of the
# neighbourhood, and three differences between neighbours. Predict first: where will "left minus right" be strong, on
# the columns of the tower or on its roofs?

# %%
grey = photograph.mean(axis=2)[::2, ::2] / 255  # (128, 192)
FILTERS = {
    "mean of 5×5": np.full((5, 5), 1 / 25),
    "left minus right": np.outer([1, 2, 1], [1, 0, -1]) / 4,
    "above minus below": np.outer([1, 0, -1], [1, 2, 1]) / 4,
    "centre minus neighbours": np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]) / 2,
}


def filtered(image, kernel, padding=0):
    """One channel through one filter, with your loops."""
    return convolution.conv2d_loops(image[None, None], kernel[None, None], np.zeros(1), 1, padding)[0, 0]


with experiment():
    maps = {name: filtered(grey, kernel) for name, kernel in FILTERS.items()}
    fig, axes = plt.subplots(1, 5, figsize=(13, 2.2))
    figures.draw_image(axes[0], 255 * grey, "the photograph, in grey")
    for ax, (name, seen) in zip(axes[1:], maps.items(), strict=True):
        figures.draw_image(ax, 255 * seen if seen.min() >= 0 else 127.5 + 300 * seen, name)
    figures.show(
        fig,
        alt="A grey photograph of a Chinese tower above a lake, and four filtered versions: blurred; one in which "
        "upright edges, such as columns and the outline of the tower, stand out light or dark on grey; one in "
        "which level edges, such as roofs, stand out; and one in which all fine lines do.",
        caption="One filter each, the same at every place. Grey is 0, bright positive, dark negative. Upright "
        "columns answer to left minus right; roofs and the shore to above minus below. (Photograph: "
        "danielbuechele, CC BY 2.0.)",
    )

# %% tags=["solutions-only"]
assert maps["mean of 5×5"].shape == (124, 188) and maps["left minus right"].shape == (126, 190)
upright, level = maps["left minus right"], maps["above minus below"]
assert abs(upright[65:75, 30:95]).mean() > 0.02 and abs(level[20:30, 40:80]).mean() > 0.02

# %% [markdown]
# ### What padding does at the border
#
# Without padding each layer makes the image smaller: 5×5 windows take four pixels of each side. After ten layers, 40
# are gone. Padding with zeros keeps the size, but zero is a colour too: black. Blur a bright image again and again,
# with zeros around it:

# %%
with experiment():
    fig, axes = plt.subplots(1, 5, figsize=(13, 2.5))
    figures.draw_image(axes[0], 255 * grey, f"{grey.shape[0]}×{grey.shape[1]}")
    for ax, padding, times in ((axes[1], 0, 1), (axes[2], 0, 10), (axes[3], 2, 1), (axes[4], 2, 10)):
        seen = grey
        for _ in range(times):
            seen = filtered(seen, FILTERS["mean of 5×5"], padding)
        canvas = np.full(grey.shape, 1.0)
        top, left = (grey.shape[0] - seen.shape[0]) // 2, (grey.shape[1] - seen.shape[1]) // 2
        canvas[top : top + seen.shape[0], left : left + seen.shape[1]] = seen
        often = "once" if times == 1 else f"{times} times"
        figures.draw_image(ax, 255 * canvas, f"padding {padding}, {often}\n{seen.shape[0]}×{seen.shape[1]}")
    figures.show(
        fig,
        alt="The photograph, and four blurred versions. Without padding it gets smaller: 124 by 188 pixels after "
        "one filter, 88 by 152 after ten. With padding 2 it keeps its size, and a dark frame grows inwards from "
        "the border.",
        caption="No padding: the image shrinks, to about half its area after ten filters. Padding with zeros keeps the "
        "size, and darkness creeps in from the border, a little further with each layer.",
    )

# %% [markdown]
# Networks learn to live with that frame; some even use it to find out where they are. Shrinking is worse: the pixels
# at the border are seen by fewer windows than the others, and deep networks run out of image. So most layers use
# windows of 3×3 with padding 1.
#
# ## 6. From loops to a matrix
#
# Your loops are right, and slow: Python handles each window on its own. The way out is always the same: **bring the
# numbers into the shape of a matrix product**, which a machine does best. All outputs are dot products of a filter
# with a window. So write each filter as a row, and each window as a *column*:
#
# $$ \underbrace{Y}_{F \,\times\, N H' W'} \;=\;
#    \underbrace{W}_{F \,\times\, C k_h k_w} \; \underbrace{\text{columns}}_{C k_h k_w \,\times\, N H' W'} \;+\; b $$
#
# with $F$ filters of $k_h \times k_w$ over $C$ channels, and $N H' W'$ windows: $H' \times W'$ places in each of $N$ images.

# %%
small = np.arange(1, 17).reshape(4, 4)
columns = np.stack([small[i : i + 2, j : j + 2].ravel() for i in range(3) for j in range(3)], axis=1)
fig, (image, matrix) = plt.subplots(1, 2, figsize=(9, 2.5), width_ratios=[1, 2.4])
for ax, numbers in ((image, small), (matrix, columns)):
    ax.imshow(numbers, cmap="cividis", vmin=1, vmax=16)
    for (i, j), value in np.ndenumerate(numbers):
        ax.text(j, i, str(value), ha="center", va="center", color="white" if value < 9 else "black", fontsize=9)
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
image.add_patch(plt.Rectangle((0.5, -0.5), 2, 2, fill=False, edgecolor=figures.VERMILION, lw=3))
matrix.add_patch(plt.Rectangle((0.5, -0.5), 1, 4, fill=False, edgecolor=figures.VERMILION, lw=3))
image.set_title("an image of 4×4", fontsize=9)
matrix.set_title("its nine windows of 2×2, one a column", fontsize=9)
figures.show(
    fig,
    alt="Left, an image of 4 by 4 numbers, 1 to 16, with a window of 2 by 2 framed: 2, 3, 6, 7. Right, a matrix of "
    "four rows and nine columns; its second column is framed and holds 2, 3, 6, 7.",
    caption="The framed window is the framed column. Numbers in the middle of the image appear four times: that is "
    "the price, more memory for less time.",
)

# %% [markdown]
# ### Exercise: `sliding_windows`
#
# `np.lib.stride_tricks.sliding_window_view` gives all windows of an array without copying one number: an array in
# NumPy is a piece of memory and a rule how many bytes to step for each index, its `strides`, and nothing forbids two
# indices to lead to the same number. Write `sliding_windows(x, kernel_size, stride)` with it. The check counts the
# lines that Python executes: no loop over images or places.

# %%
check("convolution.sliding_windows")

# %%
with experiment():
    x = np.zeros((1, 1, 6, 8))
    windows = convolution.sliding_windows(x, 3)
    print(f"x:       shape {x.shape}, steps of {x.strides} bytes")
    print(f"windows: shape {windows.shape}, steps of {windows.strides} bytes")
    print(f"{windows.size} numbers in {x.size} places of memory: shared is {np.shares_memory(x, windows)}")

# %% [markdown]
# A step to the next window and a step to the next pixel *inside* a window are the same 8 bytes: that is the whole trick.
#
# ### Exercise: `add_windows`
#
# The way back. A pixel was used in several windows, so in the backward pass it gets a gradient from each of them, and
# where a value branches, gradients *add* (Part IV). Write `add_windows(windows, image_shape, stride)`: put every
# window back to its place, and add where they overlap. Loop over the few places $(p, q)$ inside the window, never
# over the thousands of windows.

# %%
check("convolution.add_windows")

# %% [markdown]
# In how many windows is each pixel? Let ones answer: add windows full of ones back. **Predict** the number in a
# corner, at an edge and in the middle, for windows of 3×3 at stride 1, and at stride 2.

# %%
with experiment():
    fig, axes = plt.subplots(1, 3, figsize=(9, 3.1))
    for ax, stride, kernel in zip(axes, (1, 2, 3), (3, 3, 3), strict=True):
        windows = convolution.sliding_windows(np.ones((1, 1, 9, 9)), kernel, stride)
        counts = convolution.add_windows(np.ones(windows.shape), (1, 1, 9, 9), stride)[0, 0]
        ax.imshow(counts, cmap="cividis", vmin=0, vmax=9)
        for (i, j), value in np.ndenumerate(counts):
            ax.text(j, i, f"{value:.0f}", ha="center", va="center", color="white" if value < 5 else "black", fontsize=8)
        ax.set(xticks=[], yticks=[])
        ax.set_title(f"windows of 3×3, stride {stride}", fontsize=9)
        ax.grid(False)
        ax.spines[:].set_visible(False)
    figures.show(
        fig,
        alt="Three tables of 9 by 9 numbers. Stride 1: 1 in the corners, growing to 9 in the middle. Stride 2: a "
        "chequered pattern of 1, 2 and 4. Stride 3: 1 everywhere.",
        caption="In how many windows a pixel takes part. At stride 1, corners count once and the middle nine "
        "times: without padding, the border of an image has little say.",
    )

# %% tags=["solutions-only"]
assert counts.min() == counts.max() == 1

# %% [markdown]
# ### Exercise: `Conv2d`
#
# Now the layer, with what you have: pad, take the windows, make them columns, multiply, bring the result into the shape
# (N, F, H', W'). And backward, the same way in reverse. With $G = \partial L / \partial Y$, laid out as $F \times N H' W'$:
#
# $$ \frac{\partial L}{\partial W} = G \; \text{columns}^\top , \qquad
#    \frac{\partial L}{\partial b} = \text{row sums of } G , \qquad
#    \frac{\partial L}{\partial\, \text{columns}} = W^\top G . $$
#
# It is the fully connected layer of Part IV, between two changes of shape. The one trap is order: `reshape` never
# moves a number, it only cuts the row of numbers in memory anew, so to *swap* axes you need `transpose`, before or
# after it.

# %%
check("convolution.Conv2d")

# %%
with experiment():
    rng = np.random.default_rng(0)
    layer = convolution.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=1, rng=rng, dtype=np.float64)
    print(gradient_check.check_layer(layer, rng.normal(size=(2, 2, 5, 6)), rng, ["weight", "bias"]))

# %% [markdown]
# **How much faster is it?** Guess a factor, then measure on your machine: the same convolution, forward, by loops and
# by the matrix.

# %%
with experiment():
    rng = np.random.default_rng(0)
    print(f"{'images':>20}{'filters':>14}{'loops':>11}{'matrix':>11}{'ratio':>8}")
    ratios = []
    for shape, filters, kernel in (((1, 1, 28, 28), 6, 5), ((2, 3, 32, 32), 4, 5), ((2, 16, 16, 16), 16, 3)):
        x = rng.normal(size=shape).astype(np.float32)
        layer = convolution.Conv2d(shape[1], filters, kernel, rng=rng)
        start = time.perf_counter()
        slow = convolution.conv2d_loops(x, layer.weight.value, layer.bias.value)
        loops = time.perf_counter() - start
        layer.forward(x)
        start = time.perf_counter()
        for _ in range(20):
            quick = layer.forward(x)
        matrix = (time.perf_counter() - start) / 20
        np.testing.assert_allclose(quick, slow, rtol=1e-3, atol=1e-4)
        ratios.append(loops / matrix)
        print(f"{str(shape):>20}{f'{filters} of {kernel}×{kernel}':>14}{loops:9.4f} s{matrix:9.5f} s{ratios[-1]:8.0f}")

# %% tags=["solutions-only"]
assert min(ratios) > 15, ratios

# %% [markdown]
# Both do the same multiplications, in the same order of magnitude of memory. What differs is who walks through the numbers:
# Python, at some microseconds a window, or the matrix product, at billions of numbers a second.
#
# **If you like, make it faster.** In which order the windows become columns changes no result, but it changes what lies
# side by side in memory. Let the images come last, $(H', W', N)$ instead of $(N, H', W')$: then `add_windows` moves all
# images at once in long rows instead of a few pixels at a time. Measure yours before and after.
#
# ## 7. Pooling
#
# A network that decides *what* is in an image need not know to the pixel *where*. **Pooling** makes maps smaller: of
# each window of 2×2 it keeps one number, the largest (**max pooling**) or the mean (**average pooling**), in each
# channel on its own. The usual stride is that of the window, so windows touch: 224×224×64 becomes 112×112×64. There
# is nothing to learn.
#
# ### Exercise: `MaxPool2d`
#
# Forward is easy with your windows. Backward, the gradient goes to the number that won, and to no other: the losers
# could have been a little larger, and nothing would have changed. When several numbers are equally large, it goes to
# *one* of them. That is no rare case: after a ReLU, whole windows are zero.

# %%
check("convolution.MaxPool2d")

# %% [markdown]
# ### Exercise: `AvgPool2d`
#
# Every number of a window of $k_h \times k_w$ has a share of $1 / (k_h k_w)$ in the mean; what is its share of the gradient?

# %%
check("convolution.AvgPool2d")

# %%
with experiment():
    maps = np.random.default_rng(0).random((1, 64, 224, 224), dtype=np.float32)
    for layer in (convolution.MaxPool2d(2), convolution.AvgPool2d(2)):
        print(f"{type(layer).__name__}: {maps.shape} → {layer.forward(maps).shape}")

    edges = np.maximum(filtered(grey, FILTERS["left minus right"]), 0)  # bright left of dark, as after a ReLU
    pooled = {"the map of a filter, after a ReLU": edges}
    for name, layer in (("max", convolution.MaxPool2d), ("average", convolution.AvgPool2d)):
        pooled[f"{name} pooling of 8×8"] = layer(8).forward(edges[None, None])[0, 0]
    fig, axes = plt.subplots(1, 3, figsize=(11, 2.7))
    for ax, (name, seen) in zip(axes, pooled.items(), strict=True):
        figures.draw_image(ax, 255 * np.minimum(2 * seen, 1), f"{name}\n{seen.shape[0]}×{seen.shape[1]}")
    figures.show(
        fig,
        alt="The map of the filter left minus right on the photograph of the tower, white lines on black, 126 by "
        "190; the same after max pooling, 15 by 23, coarse and bright where any line was; after average pooling, "
        "15 by 23, coarse and dark.",
        caption="Max pooling asks whether the edge is anywhere in the window, average pooling how much of it there "
        "is: where edges are few, the mean forgets them. (8 divides neither 126 nor 190: the last 6 rows and "
        "columns fill no window.)",
    )

# %% tags=["solutions-only"]
assert pooled["max pooling of 8×8"].mean() > 2 * pooled["average pooling of 8×8"].mean()

# %% [markdown]
# **A question.** Someone writes the backward pass of max pooling as
# `gradient * (windows == windows.max(axis=(4, 5), keepdims=True))`, put back with `add_windows`. Their numerical
# gradient check passes, and on photographs it does not seem to matter. Which windows get a wrong gradient, how wrong
# is it for 2×2, and why did the gradient check, with its random inputs, not notice?

# %% [markdown] answer_points=2 grade_id="convolution-ties"
# ### BEGIN SOLUTION
# Windows in which several numbers are the largest: each of them gets the whole gradient, so a window of four zeros
# passes on four times what came in. After a ReLU such windows are common, most of all where the unit is not active.
#
# Random real numbers are never equal, so the check never sees a tie. (At a tie the maximum has a kink, and no
# gradient in the strict sense; sending it to one place is a choice, but sending it to all of them would count it
# several times.) That is why the course's check tries windows of zeros on purpose.
# ### END SOLUTION

# %% [markdown]
# ## 8. How far can it see?
#
# A number after one layer of 3×3 sees 3×3 pixels. A number after two such layers sees three of those in each
# direction, which overlap: 5×5. With a stride, or a pooling, in between, it goes faster. This is the **receptive
# field**.
#
# ### Exercise: `receptive_field`
#
# Write `receptive_field(layers)` for a list of pairs (kernel size, stride), convolutions and poolings alike. A step
# in a map is worth as many pixels as the product of all strides before it.

# %%
check("convolution.receptive_field")

# %% [markdown]
# You can also *measure* it: send a gradient of 1 into one number of the last map and see how far it spreads. Below,
# layers of 3×3 whose weights are all equal; a pooling of 2 after the second and the fourth convolution.

# %%
with experiment():
    stack = [(3, 1), (3, 1), (2, 2), (3, 1), (3, 1), (2, 2), (3, 1)]
    names = ["conv", "conv", "pool", "conv", "conv", "pool", "conv"]
    fig, axes = plt.subplots(1, 7, figsize=(13, 2.4))
    spans = []
    for depth, ax in enumerate(axes, 1):
        x, passed = np.zeros((1, 1, 48, 48)), []
        for kernel, stride in stack[:depth]:
            passed.append(convolution.AvgPool2d(kernel, stride))  # a convolution with equal weights
            x = passed[-1].forward(x)
        gradient = np.zeros_like(x)
        gradient[0, 0, x.shape[2] // 2, x.shape[3] // 2] = 1
        for layer in reversed(passed):
            gradient = layer.backward(gradient)
        influence = gradient[0, 0] / gradient.max()
        spans.append(int(np.ptp(np.flatnonzero(influence.any(axis=1))) + 1))
        ax.imshow(influence, cmap="cividis", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.set_title(
            f"… {names[depth - 1]}\nsees {spans[-1]}×{spans[-1]}\ncomputed: {convolution.receptive_field(stack[:depth])}",
            fontsize=9,
        )
    figures.show(
        fig,
        alt="Seven squares of 48 by 48 pixels with a bright patch in the middle that grows from left to right: "
        "after each layer it spans "
        + ", ".join(map(str, spans))
        + " pixels. It is brightest in its middle and fades towards its border.",
        caption="The pixels that reach one number after one to seven layers (conv, conv, pool, conv, conv, pool, "
        "conv). The field grows faster after each pooling, and its middle counts far more than its border.",
    )

# %% tags=["solutions-only"]
assert spans == [convolution.receptive_field(stack[:depth]) for depth in range(1, 8)], spans

# %% [markdown]
# **A question.** Three layers of 3×3 at stride 1 have the receptive field of one layer of which size? For $C$
# channels in and out everywhere, and without biases, how many weights do the three have, and how many the one? What
# else do three layers have that one does not?

# %% [markdown] answer_points=2 grade_id="convolution-three-small-windows"
# ### BEGIN SOLUTION
# Three layers of 3×3 see 7×7. They have $3 \cdot 9 C^2 = 27 C^2$ weights, one layer of 7×7 has $49 C^2$: almost twice
# as many. And between the three stand nonlinear functions, so that together they can express what no single
# convolution can. This is the idea of VGG.
# ### END SOLUTION

# %% [markdown]
# ## 9. A first ConvNet
#
# Time to learn the filters. The digits are 8×8 pixels; put each in the middle of a field of 12×12, so that it can
# move. Compare three classifiers, trained alike, on the test digits as they are, and on the same digits moved by one
# pixel to the left, right, up or down. No moved digit is used in training.
#
# - **linear**: flatten, `Linear`;
# - **convolution, pooling 2**: `Conv2d` with 16 filters of 5×5 and padding 2, `ReLU`, `MaxPool2d(2)`, flatten, `Linear`;
# - **convolution, pooling 4**: the same with `MaxPool2d(4)`.
#
# **Predict** before you run: how many percentage points does each lose when the digits move?

# %%
def prepared(images):
    """Digits as (N, 1, 12, 12), from -1 to 1, in the middle of an empty field."""
    scaled = images.transpose(0, 3, 1, 2).astype(np.float32) / 128 - 1
    return np.pad(scaled, ((0, 0), (0, 0), (2, 2), (2, 2)), constant_values=-1)


train_images, train_labels = prepared(digits.train_images), digits.train_labels
test_images, test_labels = prepared(digits.test_images), digits.test_labels
STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))
moved_images = [np.roll(test_images, step, axis=(2, 3)) for step in STEPS]  # the border is empty


def trained(network, seed, epochs=15, rate=0.1):
    """Train with stochastic gradient descent, 32 images a step, and return the network."""
    loss, rng = layers.CrossEntropyLoss(), np.random.default_rng(seed)
    for _ in tqdm(range(epochs), leave=False):
        for batch in np.array_split(rng.permutation(len(train_images)), len(train_images) // 32):
            for parameter in network.parameters():
                parameter.zero_grad()
            loss.forward(network.forward(train_images[batch]), train_labels[batch])
            network.backward(loss.backward())
            for parameter in network.parameters():
                parameter.value -= rate * parameter.grad
    return network


def accuracy(network, images):
    return float(np.mean(network.forward(images).argmax(axis=1) == test_labels))


def linear_network(rng):
    return layers.Sequential(layers.Flatten(), layers.Linear(144, 10, rng))


def convolutional_network(rng, pooling):
    return layers.Sequential(
        convolution.Conv2d(1, 16, 5, padding=2, rng=rng),
        layers.ReLU(),
        convolution.MaxPool2d(pooling),
        layers.Flatten(),
        layers.Linear(16 * (12 // pooling) ** 2, 10, rng),
    )


MAKERS = {
    "linear": linear_network,
    "convolution, pooling 2": lambda rng: convolutional_network(rng, 2),
    "convolution, pooling 4": lambda rng: convolutional_network(rng, 4),
}
with experiment():
    networks = {}
    for name, make in MAKERS.items():
        networks[name] = trained(make(np.random.default_rng(0)), seed=0)
        right = accuracy(networks[name], test_images)
        right_moved = np.mean([accuracy(networks[name], images) for images in moved_images])
        reached[name, "test digits"], reached[name, "moved by one pixel"] = right, right_moved
        print(f"{name:24} test {right:.1%}, moved by one pixel {right_moved:.1%}")

# %% [markdown]
# The linear classifier compares each pixel with a template, and a template that is off by one pixel fits no more. A
# convolution moves its answer along with the digit, and the larger the pooling, the more often the move stays within
# one window and is forgiven. Not always: the `Linear` at the end still weighs places. More layers, more pooling, and
# training images that were moved (Part VI) do the rest.
#
# What has it learned? The filters began as random numbers, and after a few hundred steps much of that is still in
# them. So look at what training *added*: the difference between the filters after and before.

# %%
if "convolution, pooling 4" in globals().get("networks", {}):
    first = networks["convolution, pooling 4"].layers[0]
    begun = MAKERS["convolution, pooling 4"](np.random.default_rng(0)).layers[0]  # the same seed, untrained
    before, after = begun.weight.value[:, 0], first.weight.value[:, 0]
    for name, kernels in (("at first", before), ("trained", after), ("the difference", after - before)):
        beside = [np.concatenate([k[:, :-1].ravel(), k[:-1].ravel()]) for k in kernels]
        neighbours = [np.concatenate([k[:, 1:].ravel(), k[1:].ravel()]) for k in kernels]
        alike = np.corrcoef(np.ravel(beside), np.ravel(neighbours))[0, 1]
        print(f"{name:15} correlation of weights that are neighbours: {alike:5.2f}")
    maps = np.maximum(first.forward(test_images[:1])[0, :8], 0)
    rows = (before[:8], after[:8], (after - before)[:8])
    pictures = [127.5 + 127.5 * kernel / abs(kernel).max() for row in rows for kernel in row]
    fig = figures.image_grid(
        [*pictures, *(255 * maps / maps.max())],
        columns=8,
        row_labels=["at first", "trained", "the\ndifference", "the map of\none digit"],
        size=1.0,
    )
    figures.show(
        fig,
        alt="Four rows of eight small pictures. Eight random filters of 5 by 5 pixels; the same after training, "
        "still mostly noise; the differences, smoother, with a bright and a dark side each; and the maps that "
        "these filters make of one digit, in which different strokes light up.",
        caption="Grey is 0. What training added is smoother than what was there: bright regions beside dark ones, as in "
        "the filters of section 5. Nobody designed them. Below, what each filter sees in one digit.",
    )
else:
    print("This picture needs the training above.")

# %% tags=["solutions-only"]
assert alike > 0.2, "the difference is smooth"

# %% [markdown]
# ## 10. If you are curious: faster still
#
# Your `Conv2d` copies each pixel up to $k^2$ times into the columns, and back again in `add_windows`. On most layers
# that copying costs about as much time as the product. `dlcourse.toolkit.fast` holds layers with the same names,
# arguments and results that avoid most of it, still in NumPy alone. Three ideas:
#
# - **Unfold only the columns of the window.** Copy the image $k$ times, each copy moved by one pixel along the row. A
#   window of $k$ *rows* is then a view: $k$ rows that follow each other in memory, overlapping with the next
#   window's, for free. That is $k$ copies, not $k^2$.
# - **Choose what lies side by side.** The shape stays (N, C, H, W), but in memory the order is (H, C, W, N). Moving
#   by a row is then one large step, and the images of a batch lie next to each other, so all copies are long and
#   even.
# - **Keep it that way.** The layers hand such arrays to each other as transposed views, so nothing is ever rearranged
#   between them.
#
# Measure both, forward and backward, on the body of a small ConvNet: twice convolution, ReLU and pooling.


# %%
def body(kind, rng):
    """Two blocks of layers from `kind`, a module that has Conv2d and MaxPool2d."""
    relu = kind.ReLU if kind is fast else layers.ReLU
    return layers.Sequential(
        *(kind.Conv2d(3, 32, 3, padding=1, rng=rng), relu(), kind.MaxPool2d(2)),
        *(kind.Conv2d(32, 64, 3, padding=1, rng=rng), relu(), kind.MaxPool2d(2)),
    )


with experiment():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 3, 32, 32)).astype(np.float32)
    dy = rng.normal(size=(64, 64, 8, 8)).astype(np.float32)
    seconds, results = {}, {}
    for name, kind in (("yours", convolution), ("fast", fast)):
        network = body(kind, np.random.default_rng(1))
        samples = []
        for _ in range(12):
            start = time.process_time()  # of the processor, whatever else the machine does
            results[name] = network.forward(x), network.backward(dy)
            samples.append(time.process_time() - start)
        seconds[name] = np.median(samples)
        print(f"{name:6} {1000 * seconds[name]:6.1f} ms for 64 images, forward and backward")
    for one, other in zip(results["yours"], results["fast"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-2)
    print(f"the same results, {seconds['yours'] / seconds['fast']:.1f} times faster")

# %% [markdown]
# The next notebooks use the fast layers where an experiment would take minutes. Now you know what is inside.
#
# ## What you can do now
#
# You can say how large the output of any convolution is and how many numbers it learns, and catch a slide that says
# otherwise; write convolution as a definition, and as a matrix product with its gradients; pool, and know where the
# gradient goes; and compute how far a network sees.
#
# **Your numbers beside the numbers to expect:**

# %%
expect = {
    ("linear", "test digits"): (0.92, 0.96),
    ("linear", "moved by one pixel"): (0.35, 0.47),
    ("convolution, pooling 2", "test digits"): (0.95, 0.99),
    ("convolution, pooling 2", "moved by one pixel"): (0.58, 0.73),
    ("convolution, pooling 4", "test digits"): (0.95, 0.99),
    ("convolution, pooling 4", "moved by one pixel"): (0.69, 0.84),
}
scoreboard([(", ".join(name), reached.get(name), *limits) for name, limits in expect.items()])

# %% tags=["solutions-only"]
assert all(low <= reached[name] <= high for name, (low, high) in expect.items()), reached

# %% [markdown]
# (Six seeds gave 93 to 94 and 38 to 44 % for the linear classifier, 96 to 97 and 62 to 69 % with pooling 2, and 96 to
# 98 and 73 to 80 % with pooling 4.)
#
# **Pack your work** when the other two notebooks of this part are done: in a terminal, `dlcourse submit part5_cnn`
# writes one file to hand in. Next: stack these layers, and look at the networks that changed everything.
