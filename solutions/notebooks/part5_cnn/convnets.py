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
# # Part V: ConvNets
#
# **The question.** You have convolution and pooling. How do you stack them into a network that reads digits and
# recognizes shapes, how large are the networks that made this famous, and what do such networks *see*?
#
# **What you will build**, in the file `dlcourse/convnets.py`:
#
# 1. LeNet-5, the network that read cheques in 1998,
# 2. a small ConvNet for colour images,
# 3. two functions that say what a network costs: its parameters, and its multiplications.
#
# **How long it takes.** Two hours: four exercises of ten to twenty minutes, three questions to answer in words, and
# about ten experiments. The trainings in it take a few minutes of computing in all.
#
# **How to work.** As before: replace the `raise NotImplementedError` of a function in `dlcourse/convnets.py`, save, run
# the check cell below the exercise. The networks are made of *your* layers: `dlcourse/layers.py` (Part IV) and
# `dlcourse/convolution.py` (the first notebook of this part). An experiment that waits for a function names it.
#
# **The numbers to expect.** LeNet-5 reads 98 to 99 % of the scanned digits. The small ConvNet recognizes 86 to 92 % of
# the shapes, where nearest neighbours, templates and a hidden layer stayed below 35, 45 and 60 %. The end of the
# notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import functools
import os
import time

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from autograder import check
from dlcourse import convnets, convolution, knn, layers
from dlcourse.toolkit import architectures, datasets, figures
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.tasks import accelerated, as_input, learn, mirrored, moved
from dlcourse.toolkit.training import evaluate, predict_in_batches

figures.set_style()
reached = {}  # the accuracies you measure, for the comparison at the end
digits = datasets.load("digits")
shapes = datasets.load("shapes")

# %% [markdown]
# **Speed.** Your `Conv2d` is written to be read. The trainings below use `accelerated(model)`: the same network, of
# layers that compute the same in a fraction of the time, and that *share the parameters* with yours. So your own
# network has learned what its fast twin learned. How those layers work is told in the first notebook of this part. They
# are trained by Adam, a better way downhill that you write yourself in Part VI.
#
# ## 1. LeNet-5
#
# In 1998 Yann LeCun and others taught a network to read handwritten digits on cheques. Its plan is still the plan of
# most networks for images: **convolve, apply a nonlinearity, pool; again; then fully connected layers.** On the way the
# image gets smaller and the number of channels grows.
#
# $$ 1{\times}28{\times}28 \;\to\; 6{\times}28{\times}28 \;\to\; 6{\times}14{\times}14 \;\to\; 16{\times}10{\times}10 \;\to\;
# 16{\times}5{\times}5 \;\to\; 120 \;\to\; 84 \;\to\; 10 $$
#
# ### Exercise: `lenet5`
#
# In `dlcourse/convnets.py`, write `lenet5(rng, num_classes)`: one `Sequential` of your layers, as its docstring lists
# them. The check looks at the shapes on the way, counts the parameters, and compares the scores with an independent
# network.

# %%
check("convnets.lenet5")

# %% [markdown]
# **A question first.** LeNet-5 has 61,706 parameters. Without computing anything: which layer holds most of them?
#
# - **(a)** the first convolution, which sees the image,
# - **(b)** the second convolution, which has more filters and more channels to look at,
# - **(c)** the first fully connected layer,
# - **(d)** the last one, which decides.
#
# Write the letter and your reason; then run the next cell.

# %% [markdown] answer_points=1 grade_id="convnets-where-are-the-parameters"
# ### BEGIN SOLUTION
# **(c).** It joins each of 400 numbers with each of 120: $400 \cdot 120 + 120 = 48{,}120$, more than three quarters of
# all. A convolution uses the same few weights at every place: the first has $6 \cdot (25 + 1) = 156$, the second $16
# \cdot (6 \cdot 25 + 1) = 2{,}416$. (The last has $84 \cdot 10 + 10 = 850$.)
# ### END SOLUTION


# %%
with experiment():
    network = convnets.lenet5(np.random.default_rng(0))
    x = np.zeros((1, 1, 28, 28), np.float32)
    print(f"{'image':12}{'x'.join(map(str, x.shape[1:])):>10}")
    for layer in network.layers:
        x = layer.forward(x)
        count = sum(parameter.value.size for parameter in layer.parameters())
        print(f"{type(layer).__name__:12}{'x'.join(map(str, x.shape[1:])):>10}{count or '':>9}")

# %% tags=["solutions-only"]
assert sum(parameter.value.size for parameter in network.parameters()) == 61_706

# %% [markdown]
# ### It reads
#
# The 8×8 scans become 28×28: every pixel three times as large, and two pixels of background around. There are only
# 1,500 scans to learn from, so each is seen a little shifted, up to two pixels in each direction and differently every
# time. (This is *augmentation*; Part VI returns to it.) 40 epochs take five to ten seconds.


# %%
def enlarged(scans):
    """(N, 8, 8, 1) scans as (N, 1, 28, 28) input."""
    large = scans[..., 0].repeat(3, axis=1).repeat(3, axis=2)
    return (np.pad(large, ((0, 0), (2, 2), (2, 2)))[:, np.newaxis] / 255).astype(np.float32)


@functools.cache  # trained once; later cells ask for it again
def digits_network():
    model = convnets.lenet5(np.random.default_rng(0))
    images = np.concatenate([digits.train_images, digits.validation_images])
    labels = np.concatenate([digits.train_labels, digits.validation_labels])
    history = learn(model, layers.CrossEntropyLoss(), (enlarged(images), labels), epochs=40, transform=moved)
    print(history)
    return model


with experiment():
    reader = digits_network()
    test_digits = enlarged(digits.test_images)
    scores = predict_in_batches(reader, test_digits)  # your own layers again
    read = scores.argmax(axis=1)
    reached["digits, LeNet-5"] = np.mean(read == digits.test_labels)
    print(f"{reached['digits, LeNet-5']:.1%} of the test digits read correctly")
    wrong = np.flatnonzero(read != digits.test_labels)
    fig = figures.image_grid(
        [*digits.test_images[:8], *digits.test_images[wrong[:8]]],
        [f"read {read[i]}" for i in [*range(8), *wrong[:8]]],
        columns=8,
        row_labels=["the first", "misread"],
    )
    figures.show(
        fig,
        alt=f"Two rows of scanned digits: eight test digits, and the {len(wrong)} misread ones, which were read as "
        + ", ".join(f"{read[i]} instead of {digits.test_labels[i]}" for i in wrong[:8])
        + ".",
        caption="Above: the first test digits. Below: those that were misread. Would you have read them?",
    )

# %% tags=["solutions-only"]
assert reached["digits, LeNet-5"] >= 0.98, reached

# %% [markdown]
# **MNIST**, 60,000 digits of 28×28 pixels, is the data set that LeNet-5 was made for: two epochs give about 98.8 %. It
# is a download of 12 MB, so this cell works only if you ask for it, or if the environment variable `DLCOURSE_DATA`
# names a folder that holds it.

# %%
WITH_MNIST = "DLCOURSE_DATA" in os.environ

with experiment():
    if WITH_MNIST:
        mnist = datasets.load("mnist", partial=True)
        model, start = convnets.lenet5(np.random.default_rng(0)), time.perf_counter()
        learn(
            model,
            layers.CrossEntropyLoss(),
            ((mnist.train_images.transpose(0, 3, 1, 2) / np.float32(255)), mnist.train_labels),
            epochs=2,
        )
        test_images = mnist.test_images.transpose(0, 3, 1, 2) / np.float32(255)
        share = evaluate(accelerated(model), layers.CrossEntropyLoss(), test_images, mnist.test_labels)[1]
        reached["MNIST, LeNet-5, 2 epochs"] = share
        print(f"{share:.2%} of the test digits after {time.perf_counter() - start:.0f} s")
    else:
        print("MNIST is not here: everything else works without it.")

# %% [markdown]
# ## 2. A small ConvNet for colour images
#
# LeNet-5 has 5×5 filters and no padding in its second layer. Since VGG (2014) most networks use 3×3 filters, padded so
# that the convolution keeps the size, and leave the shrinking to the pooling:
#
# $$ 3{\times}32{\times}32 \;\to\; 16{\times}16{\times}16 \;\to\; 32{\times}8{\times}8 \;\to\; 64{\times}4{\times}4 \;\to\; 10 $$
#
# ### Exercise: `small_convnet`
#
# Write `small_convnet(image_size, num_classes, rng, filters)`: a block of convolution, ReLU and pooling for each number
# in `filters`, then one linear layer.

# %%
check("convnets.small_convnet")

# %% [markdown]
# Train it on the 5,000 shapes, 12 epochs, every second image mirrored: half a minute to two minutes. Remember the
# ladder of the earlier parts, with the same images: nearest neighbours 32 to 34 %, a linear classifier 40 to 44 %, a
# hidden layer of 100 units 54 to 56 %. **What do you expect of the ConvNet?** It has hardly more parameters than the
# linear classifier with its 30,730, and a ninth of the hidden layer's 308,310.


# %%
mean_image = shapes.train_images.mean(axis=0, dtype=np.float64)


@functools.cache
def shapes_network():
    model = convnets.small_convnet(32, 10, np.random.default_rng(0), (16, 32, 64))
    images, labels = as_input(shapes.train_images, mean_image), shapes.train_labels
    validation = as_input(shapes.validation_images, mean_image), shapes.validation_labels
    history = learn(model, layers.CrossEntropyLoss(), (images, labels, *validation), epochs=12, transform=mirrored)
    return model, history


with experiment():
    network, history = shapes_network()
    test_images = as_input(shapes.test_images, mean_image)
    reached["shapes, ConvNet"] = evaluate(accelerated(network), layers.CrossEntropyLoss(), test_images, shapes.test_labels)[1]
    count = sum(parameter.value.size for parameter in network.parameters())
    print(f"{count:,} parameters, {sum(history.seconds):.0f} s; test accuracy {reached['shapes, ConvNet']:.1%}")

    fig, ax = plt.subplots(figsize=(6.5, 3))
    epochs = np.arange(1, history.epochs + 1)
    ax.plot(epochs, history.train_accuracy, "o-", label="training")
    ax.plot(epochs, history.validation_accuracy, "s--", label="validation")
    for height, name in ((0.33, "kNN"), (0.42, "linear"), (0.55, "hidden layer")):
        ax.axhline(height, color=figures.BLACK, linestyle=":", linewidth=1)
        ax.text(history.epochs + 2.1, height + 0.01, name, ha="right", va="bottom", fontsize=9)
    ax.set(xlabel="epoch", ylabel="accuracy", ylim=(0.2, 1.03), xlim=(0.7, history.epochs + 2.2))
    ax.set_xticks(epochs)
    ax.legend(loc="lower center")
    figures.show(
        fig,
        alt="Accuracy over 12 epochs. Training rises from "
        f"{history.train_accuracy[0]:.0%} to {history.train_accuracy[-1]:.0%}, validation from "
        f"{history.validation_accuracy[0]:.0%} to {history.validation_accuracy[-1]:.0%}. Dotted lines mark nearest "
        "neighbours at 33 %, the linear classifier at 42 % and the hidden layer at 55 %.",
        caption="The ConvNet passes everything before it within a few epochs. The step near the end: the learning "
        "rate falls to "
        "a fifth after nine epochs.",
    )

# %% tags=["solutions-only"]
assert reached["shapes, ConvNet"] >= 0.85 and count == 33_834, (reached, count)
assert 3072 * 100 + 100 + 100 * 10 + 10 == 308_310

# %% [markdown]
# As many parameters as a linear classifier, twice its accuracy. It is not size that helps, but what is built in: a
# filter is the same at every place, so what it learns about a corner in one place holds everywhere.
#
# **Photographs.** On CIFAR-10 the ladder is flatter: 29 %, 37 %, 44 %. If you have it, the next cell trains the same
# plan with 32, 64 and 64 filters on the training images that are there, mirroring every second one, and measures on
# validation images that no decision used. With the 8,000 training images of its first file, 16 epochs give 65 to 66 %,
# for one to two minutes of a processor's time (measured by `benchmarks/convnets.py`; that file was all there was to
# measure with). With all 45,000 training images it takes six times as long.

# %%
WITH_CIFAR10 = "DLCOURSE_DATA" in os.environ

with experiment():
    if WITH_CIFAR10:
        photographs = datasets.load("cifar10", partial=True)
        mean_photograph = photographs.train_images.mean(axis=0, dtype=np.float64)
        model = convnets.small_convnet(32, 10, np.random.default_rng(0), (32, 64, 64))
        data = as_input(photographs.train_images, mean_photograph), photographs.train_labels
        history = learn(model, layers.CrossEntropyLoss(), data, epochs=16, transform=mirrored)
        held_out = as_input(photographs.validation_images, mean_photograph), photographs.validation_labels
        reached["CIFAR-10, ConvNet"] = evaluate(accelerated(model), layers.CrossEntropyLoss(), *held_out)[1]
        print(
            f"{len(data[0]):,} images, {sum(history.seconds):.0f} s: {reached['CIFAR-10, ConvNet']:.1%} on validation"
        )
    else:
        print("CIFAR-10 is not here: everything else works without it.")

# %% [markdown]
# ## 3. Do not shrink too fast
#
# A 5×5 filter without padding makes 28×28 of 32×32, the next one 24×24, and so on: every layer costs four pixels.
# First, how deep can such a network be at all? Second, which pixels does it use? Count on how many ways each input
# pixel reaches the output: put ones into all weights, and the gradient of the sum of the outputs *is* that number.

# %%
with experiment():
    sizes = [32]
    while sizes[-1] >= 5:
        sizes.append(convolution.conv_output_size(sizes[-1], 5))
    print("5x5, no padding:", " -> ".join(map(str, sizes)), "and then no window fits")

    fig, axes = plt.subplots(1, 3, figsize=(9.5, 2.9))
    corner = {}
    for ax, depth, padding in zip(axes, (1, 2, 2), (0, 0, 2), strict=True):
        stack = layers.Sequential(*(convolution.Conv2d(1, 1, 5, padding=padding) for _ in range(depth)))
        for parameter in stack.parameters():
            parameter.value[...] = 1
        output = stack.forward(np.zeros((1, 1, 32, 32), np.float32))
        ways = stack.backward(np.ones_like(output))[0, 0]
        corner[depth, padding] = ways[0, 0] / ways.max()
        picture = ax.imshow(ways, cmap="cividis", vmin=0)
        ax.grid(False)
        ax.set_title(f"{depth} layer{'s' * (depth > 1)}, padding {padding}: {output.shape[-1]}×{output.shape[-1]} left")
        behind = dict(facecolor="black", alpha=0.6, pad=1, linewidth=0)
        ax.text(3, 1.5, f"corner {ways[0, 0]:.0f}", color="white", va="center", fontsize=8, bbox=behind)
        ax.text(16, 16, f"centre {ways.max():.0f}", ha="center", va="center", fontsize=9)
        fig.colorbar(picture, ax=ax, shrink=0.8, label="ways to the output" if padding else None)
    figures.show(
        fig,
        alt="Three maps of how many ways lead from each pixel to the output. Without padding a corner has 1 way and "
        "the centre 25 "
        "after one layer, 1 and 625 after two; with padding 2 a corner has more: "
        f"{corner[2, 2]:.0%} of what the centre has.",
        caption="Yellow pixels count often, blue ones hardly. Without padding the border is nearly invisible, and "
        "more so with "
        "every layer.",
    )

# %% tags=["solutions-only"]
assert corner[1, 0] == 1 / 25 and corner[2, 0] == 1 / 625 and corner[2, 2] > 0.1
assert sizes == [32, 28, 24, 20, 16, 12, 8, 4]

# %% [markdown]
# Third, what does it cost? Three networks with the *same* three convolutions of 3×3 (16, 32 and 64 filters), trained
# alike:
#
# - **gently**: padded, each followed by a pooling of 2; 32 → 16 → 8 → 4,
# - **no padding**: the same without padding; 32 → 30 → 15 → 13 → 6 → 4 → 2,
# - **at once**: padded, one pooling of 8 after the first convolution; 32 → 4, then 4 → 4 → 4.
#
# The first and the third have exactly the same number of parameters. **Predict:** which of them is clearly worse than
# the two others, and why? Two or three sentences.

# %% [markdown] answer_points=2 grade_id="convnets-shrinking"
# ### BEGIN SOLUTION
# The one that shrinks at once. A pooling of 8 after the first convolution throws away *where* things are, up to eight
# pixels, when the network has only seen 3×3 pixels: edges and colours. The later convolutions cannot put together
# outlines from edges whose places are lost. Gentle shrinking gives position up step by step, as the features become
# more meaningful. Missing padding hurts less here: only six pixels of the border are lost on the way, and the shapes
# lie in the middle.
# ### END SOLUTION


# %%
def three_convolutions(padding, poolings, side):
    """ConvNet of 16, 32 and 64 filters, with a pooling of the given size after each convolution, 1 for none."""
    rng, stack, channels = np.random.default_rng(0), [], 3
    for filters, pooling in zip((16, 32, 64), poolings, strict=True):
        stack += [convolution.Conv2d(channels, filters, 3, padding=padding, rng=rng), layers.ReLU()]
        stack += [convolution.MaxPool2d(pooling)] if pooling > 1 else []
        channels = filters
    return layers.Sequential(*stack, layers.Flatten(), layers.Linear(channels * side * side, 10, rng))


with experiment():
    shrinking = {}
    images, labels = as_input(shapes.train_images, mean_image), shapes.train_labels
    held_out = as_input(shapes.validation_images, mean_image), shapes.validation_labels
    for name, padding, poolings, side in (
        ("gently", 1, (2, 2, 2), 4),
        ("no padding", 0, (2, 2, 2), 2),
        ("at once", 1, (8, 1, 1), 4),
    ):
        model = three_convolutions(padding, poolings, side)
        history = learn(model, layers.CrossEntropyLoss(), (images, labels, *held_out), epochs=5)
        shrinking[name] = history.validation_accuracy[-1]
        count = sum(parameter.value.size for parameter in model.parameters())
        print(f"{name:12}{count:8,} parameters{shrinking[name]:8.1%} of the validation images after 5 epochs")

# %% tags=["solutions-only"]
assert abs(shrinking["gently"] - shrinking["no padding"]) < 0.06, shrinking
assert min(shrinking["gently"], shrinking["no padding"]) > shrinking["at once"] + 0.04, shrinking

# %% [markdown]
# Shrinking at once costs about ten percentage points, with the same number of parameters. Missing padding costs nothing
# here: the shapes lie in the middle, and the border holds background. What it does cost is depth. Three such layers
# still fit; the 30 to 150 layers of the networks below would not.

# %% [markdown]
# ## 4. What has it learned?
#
# ### Filters of the first layer
#
# Only the first layer's filters can be shown as images: they look at pixels. Later ones look at channels.

# %%
with experiment():
    network, _ = shapes_network()
    reader = digits_network()
    colour = network.layers[0].weight.value.transpose(0, 2, 3, 1)
    grey = reader.layers[0].weight.value.transpose(0, 2, 3, 1)
    pictures = [127.5 + 127.5 * filter / abs(filter).max() for filter in [*grey, *colour]]
    fig = figures.image_grid(pictures, columns=11, size=0.85)
    figures.show(
        fig,
        alt="Two rows of eleven filters: six of LeNet-5, 5 by 5 pixels in grey, with brighter and darker sides; "
        "sixteen of the "
        "ConvNet, 3 by 3 pixels in colour, some with one colour on one side and another on the other.",
        caption="First six: LeNet-5 on digits; then sixteen filters of the ConvNet on shapes. Mid-grey is zero. "
        "Some are edges, or "
        "one colour against another; others still look like the random numbers they began with. Small data sets do that.",
    )

# %% [markdown]
# ### Feature maps
#
# What a layer computes from one image: each channel is a map of where its filter found what it looks for.


# %%
BLOCK_ENDS = (1, 4, 7)  # positions of the three ReLUs in the network


def maps_of(network, image):
    """The maps after each of the three ReLUs, (C, H, W), for one image (H, W, 3)."""
    x, found = as_input(image[np.newaxis], mean_image), []
    for position, layer in enumerate(network.layers):
        x = layer.forward(x)
        if position in BLOCK_ENDS:
            found.append(x[0])
    return found


def draw_maps(number):
    network, _ = shapes_network()
    image, name = shapes.test_images[number], shapes.class_names[shapes.test_labels[number]]
    pictures, titles = [], []
    for maps in maps_of(network, image):
        strongest = np.argsort(-maps.mean(axis=(1, 2)))[:8]
        pictures += [image, *(255 * maps[channel] / max(maps[channel].max(), 1e-6) for channel in strongest)]
        titles += [name, *(f"map {channel}" for channel in strongest)]
    fig = figures.image_grid(pictures, titles, columns=9, row_labels=["32×32", "16×16", "8×8"])
    figures.show(
        fig,
        alt=f"A {name} and its strongest feature maps after the three convolutions: fine outlines in the first row, "
        f"coarser spots "
        "in the second, a few blobs in the third.",
        caption="Left the image, then the eight strongest maps of each layer; bright is a large number. From row to "
        "row: fewer "
        "pixels, more meaning.",
    )


with experiment():
    draw_maps(3)

# %%
figures.explore(draw_maps, number=(0, 49))

# %% [markdown]
# ### Images that excite a unit most
#
# What does a channel of the third convolution look for? Ask the data: at which place of which test image is it largest?
# By your `receptive_field`, one number there sees 18×18 pixels. Look at those.


# %%
@functools.cache
def third_layer_maps():
    """The maps (N, 64, 8, 8) after the third ReLU, of all test images."""
    network, _ = shapes_network()
    first_layers = layers.Sequential(*accelerated(network).layers[:8])
    return predict_in_batches(first_layers, as_input(shapes.test_images, mean_image))


def exciting_patches(channel, count=9):
    """The patches of different test images that excite a channel most, and the names of the images' classes."""
    maps = third_layer_maps()[:, channel]
    size = convolution.receptive_field([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)])
    images = np.argsort(-maps.max(axis=(1, 2)))[:count]
    patches, names = [], []
    for i in images:
        row, column = np.unravel_index(maps[i].argmax(), maps[i].shape)
        padded = np.pad(
            shapes.test_images[i], ((7, 7), (7, 7), (0, 0)), constant_values=255
        )  # beyond the border: white
        patches.append(padded[4 * row : 4 * row + size, 4 * column : 4 * column + size])
        names.append(shapes.class_names[shapes.test_labels[i]])
    return patches, names


def draw_exciting(*channels):
    patches, names, labels = [], [], []
    for channel in channels:
        some, classes = exciting_patches(channel)
        patches, names = patches + some, names + classes
        labels.append(f"channel {channel}")
    fig = figures.image_grid(patches, names, columns=9, row_labels=labels)
    told = [f"{label}: {', '.join(names[9 * i : 9 * i + 9])}" for i, label in enumerate(labels)]
    figures.show(
        fig,
        alt="Rows of nine patches of 18 by 18 pixels that excite a channel most, with their classes. "
        + "; ".join(told)
        + ".",
        caption="Each row: the nine patches that excite one channel of the third convolution most; above each the "
        "class of its "
        "image. White is beyond the border. The channels differ in what they look for: a tip, an arc, stripes, a corner.",
    )


with experiment():
    spread = third_layer_maps().max(axis=(2, 3))
    purity = [  # how much of the top nine belongs to one class
        np.bincount(shapes.test_labels[np.argsort(-spread[:, channel])[:9]]).max() for channel in range(64)
    ]
    chosen = np.argsort(purity, kind="stable")[::-1][:5]
    draw_exciting(*chosen)
    print(f"the top nine of {np.mean(np.array(purity) >= 6):.0%} of the channels have six or more of one class")

# %%
figures.explore(lambda channel: draw_exciting(channel), channel=(0, 63))

# %% [markdown]
# ### Where does it look?
#
# **Occlusion sensitivity**: cover a part of the image with a grey square, and see how much of the right class's
# probability is left. Where it drops, the network was looking. One image is some 170 covered images: a single batch.


# %%
def probability_when_covered(number, size=8):
    """How probable the right class is when a grey square is centred at each second pixel of a test image."""
    network, _ = shapes_network()
    image, label = shapes.test_images[number], shapes.test_labels[number]
    centres = np.arange(0, 33, 2)
    covered = np.repeat(image[np.newaxis], len(centres) ** 2, axis=0)
    for copy, (row, column) in zip(
        covered, np.stack(np.meshgrid(centres, centres, indexing="ij"), -1).reshape(-1, 2), strict=True
    ):
        copy[max(row - size // 2, 0) : row + size // 2, max(column - size // 2, 0) : column + size // 2] = 128
    scores = predict_in_batches(accelerated(network), as_input(covered, mean_image))
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (scores[:, label] / scores.sum(axis=1)).reshape(len(centres), -1)


def draw_occlusion(*numbers, size=8):
    fig, axes = plt.subplots(2, len(numbers), figsize=(1.75 * len(numbers) + 0.8, 3.7), squeeze=False)
    told = []
    for (above, below), number in zip(axes.T, numbers, strict=True):
        name = shapes.class_names[shapes.test_labels[number]]
        figures.draw_image(above, shapes.test_images[number], name)
        left = probability_when_covered(number, size)
        picture = below.imshow(left, cmap="cividis", vmin=0, vmax=1, extent=(-1, 33, 33, -1))
        below.set(xticks=[], yticks=[])
        below.grid(False)
        below.spines[:].set_visible(False)
        below.set_title(f"least: {left.min():.0%}", fontsize=9)
        told.append(f"{name}, at least {left.min():.0%}")
    above.add_patch(Rectangle((1, 1), size, size, facecolor="0.5", edgecolor="white"))
    fig.colorbar(picture, ax=axes[1, :], label="probability left", shrink=0.9)
    figures.show(
        fig,
        alt=f"Test images, and below each a map of the right class's probability when a square of {size} pixels "
        f"covers that place: " + "; ".join(told) + ".",
        caption=f"Below: what is left of the right class's probability when a grey square of {size}×{size} pixels "
        f"(its size is shown in the "
        "last image) covers the place. Dark: here it looks. Mostly at the shape, at times at the background: its "
        "colour is a hint "
        "in this data set, and nobody told the network not to take it.",
    )


with experiment():
    network, _ = shapes_network()
    scores = predict_in_batches(accelerated(network), as_input(shapes.test_images, mean_image))
    right = np.flatnonzero(scores.argmax(axis=1) == shapes.test_labels)
    of_each = np.unique(shapes.test_labels[right], return_index=True)[1]
    draw_occlusion(*right[of_each][[2, 3, 4, 5, 7, 9]])

# %%
figures.explore(lambda number, size: draw_occlusion(number, size=size), number=(0, 49), size=(4, 16, 2))

# %% [markdown]
# ## 5. Shifted and tinted images again
#
# In Part I a shift by a pixel and a tint moved an image as far as a bar over the eyes, and nearest neighbours could not
# know better. Does a ConvNet? Both get the same test images, moved to the right by 0 to 8 pixels (the border repeats),
# or with a colour added (a little less red, more green and blue).


# %%
def shifted(images, pixels):
    return np.pad(images, ((0, 0), (0, 0), (pixels, 0), (0, 0)), mode="edge")[:, :, : images.shape[2]]


def tinted(images, strength):
    return np.clip(images + strength * np.array([-0.2, 0.5, 1.0]), 0, 255).astype(np.uint8)


AMOUNTS = {"shift in pixels": (shifted, (0, 1, 2, 4, 6, 8)), "strength of the tint": (tinted, (0, 20, 40, 60, 80, 100))}

with experiment():
    network, _ = shapes_network()
    twin, queries, answers = accelerated(network), shapes.test_images[:300], shapes.test_labels[:300]
    neighbours = knn.KNearestNeighbor(knn.l2_distances)
    neighbours.train(shapes.train_images, shapes.train_labels)
    curves = {}
    for what, (change, amounts) in AMOUNTS.items():
        for amount in amounts:
            images = change(queries, amount)
            of_network = predict_in_batches(twin, as_input(images, mean_image)).argmax(axis=1)
            curves.setdefault((what, "ConvNet"), []).append(np.mean(of_network == answers))
            curves.setdefault((what, "kNN, k = 50"), []).append(np.mean(neighbours.predict(images, 50) == answers))

    fig, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
    for ax, (what, (_, amounts)) in zip(axes, AMOUNTS.items(), strict=True):
        for name, style in (("ConvNet", "o-"), ("kNN, k = 50", "s--")):
            ax.plot(amounts, curves[what, name], style, label=name)
        ax.set(xlabel=what, ylim=(0, 1))
    axes[0].set_ylabel("accuracy")
    axes[1].legend(loc="center right")
    figures.show(
        fig,
        alt="Two plots of accuracy. "
        + " ".join(
            f"{name} goes from {curve[0]:.0%} to {curve[-1]:.0%} with the {what}."
            for (what, name), curve in curves.items()
        ),
        caption="A small shift or tint costs the ConvNet a few points, a large shift nearly everything: it never "
        "saw any, and convolution alone "
        "does not make a network indifferent to where things are, because its last layer knows the places.",
    )
    fig = figures.image_grid(
        [shifted(queries[:1], amount)[0] for amount in AMOUNTS["shift in pixels"][1]]
        + [tinted(queries[:1], amount)[0] for amount in AMOUNTS["strength of the tint"][1]],
        titles=[str(amount) for _, amounts in AMOUNTS.values() for amount in amounts],
        columns=6,
        row_labels=["shifted", "tinted"],
    )
    figures.show(
        fig,
        alt="A shape shifted to the right by 0 to 8 pixels, and tinted more and more blue.",
        caption="The changes, on the first test image.",
    )

# %% tags=["solutions-only"]
SHIFT, TINT = AMOUNTS
assert curves[SHIFT, "ConvNet"][2] > curves[SHIFT, "ConvNet"][0] - 0.08, curves
assert all(
    network > neighbour for network, neighbour in zip(curves[TINT, "ConvNet"], curves[TINT, "kNN, k = 50"], strict=True)
), curves

# %% [markdown]
# ## 6. The famous ones
#
# What does a network cost? Two numbers say most of it: how many **parameters** it stores, and how many
# **multiplications** (each with an addition) one image takes.
#
# ### Exercises: `count_parameters` and `count_multiply_adds`
#
# The file `dlcourse/toolkit/architectures.py` lists the layers of five networks as tables. Write the two functions that
# read such a table.

# %%
check("convnets.count_parameters")

# %%
check("convnets.count_multiply_adds")

# %% [markdown]
# **A question first.** AlexNet (2012) has five convolutions and three fully connected layers. Which of the two kinds
# holds most of its *parameters*, and which takes most of its *multiplications*? Give a reason for each.

# %% [markdown] answer_points=2 grade_id="convnets-alexnet-cost"
# ### BEGIN SOLUTION
# The fully connected layers hold most of the parameters (59 of 61 million): the first alone joins 9,216 numbers with
# 4,096. The convolutions take most of the multiplications (666 of 724 million): each of their few weights is used at
# every place of the map, up to $55 \cdot 55 = 3{,}025$ times, while a weight of a fully connected layer is used once an
# image.
# ### END SOLUTION

# %%
with experiment():
    costs = {}
    print(
        f"{'network':12}{'parameters':>13}{'published':>13}{'multiply-adds':>16}{'published':>16}{'in convolutions':>17}"
    )
    for name, table in architectures.NETWORKS.items():
        rows = table()
        convolutions = [row for row in rows if row["kind"] == "conv"]
        parameters, products = convnets.count_parameters(rows), convnets.count_multiply_adds(rows)
        shares = (
            convnets.count_parameters(convolutions) / parameters,
            convnets.count_multiply_adds(convolutions) / products,
        )
        costs[name] = parameters, products, *shares
        published = [f"{number:,.0f}" for number in architectures.PUBLISHED[name]]
        print(
            f"{name:12}{parameters:13,}{published[0]:>13}{products:16,}{published[1]:>16}{shares[0]:10.0%}{shares[1]:7.0%}"
        )

    fig, ax = plt.subplots(figsize=(7, 3.4))
    for (name, (parameters, products, *_)), marker in zip(costs.items(), figures.MARKERS, strict=False):
        ax.plot(products, parameters, marker, markersize=9)
        ax.annotate(
            name,
            (products, parameters),
            xytext=(8, 6 if name != "GoogLeNet" else -12),
            textcoords="offset points",
            fontsize=9,
        )
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="multiply-adds for one image",
        ylabel="parameters",
        xlim=(2e5, 1e11),
        ylim=(3e4, 5e8),
    )
    figures.show(
        fig,
        alt="Parameters against multiply-adds, both logarithmic. "
        + "; ".join(
            f"{name}: {p / 1e6:,.2f} million parameters, {m / 1e6:,.1f} million multiply-adds"
            for name, (p, m, *_) in costs.items()
        )
        + ".",
        caption="More computation does not need more parameters: GoogLeNet takes twice the multiplications of "
        "AlexNet with a ninth of its "
        "parameters, because it has no large fully connected layers.",
    )

# %% tags=["solutions-only"]
assert round(costs["AlexNet"][0] / 1e6) == 61 and round(costs["VGG-16"][0] / 1e6) == 138
assert round(costs["ResNet-50"][0] / 1e5) == 256 and costs["LeNet-5"][0] == 61_706
assert round(costs["AlexNet"][1] / 1e6) == 724 and costs["LeNet-5"][2] < 0.05
assert round(costs["AlexNet"][0] * (1 - costs["AlexNet"][2]) / 1e6) == 59
assert round(costs["AlexNet"][1] * costs["AlexNet"][3] / 1e6) == 666
assert 1.9 < costs["GoogLeNet"][1] / costs["AlexNet"][1] < 2.4 and 8 < costs["AlexNet"][0] / costs["GoogLeNet"][0] < 9.5

# %% [markdown]
# The last column: which share of both is in convolutions. The published numbers are those of the networks' papers, and
# where these give none, of V. Sze and others, "Efficient processing of deep neural networks: a tutorial and survey",
# 2017 (AlexNet's and VGG's multiply-adds, GoogLeNet's parameters) and of torchvision's documentation (ResNet's
# parameters). Where yours differ, the published ones are rounded (AlexNet's abstract says 60 million), were planned
# before (GoogLeNet's multiply-adds are a budget), or count something else: the first LeNet-5's second layer did not
# join every channel with every filter, and what its paper counts is all "connections", those of biases and poolings too.
#
# ### What it brought: the ImageNet challenge
#
# 1.2 million photographs, 1,000 classes. An answer counts as right if the true class is among the network's *five* best
# guesses. The numbers are published ones: the challenge's test results (O. Russakovsky and others, "ImageNet large
# scale visual recognition challenge", 2015: XRCE 25.8 %, AlexNet 16.4 %, the networks of M. Zeiler's Clarifai, which
# continued the ZF network, 11.7 %, VGG 7.3 %, GoogLeNet 6.7 %, and 5.1 % for a person who had trained for it), ResNet's
# 3.57 % (K. He and others, "Deep residual learning for image recognition", 2016) and the 3.08 % of "GoogLeNet-v4" (C.
# Szegedy and others, "Inception-v4, Inception-ResNet and the impact of residual connections on learning", 2017; four
# networks together).

# %%
IMAGENET = (  # year, entry, top-5 error on the test images in percent, without other training images
    (2011, "XRCE", 25.8),  # this and the next four: Russakovsky and others, 2015, the tables of the winners
    (2012, "AlexNet", 16.4),
    (2013, "ZF", 11.7),
    (2014, "VGG", 7.3),
    (2014, "GoogLeNet", 6.7),
    (2015, "ResNet", 3.57),  # He and others, 2016, abstract: several networks together
    (2016, "GoogLeNet-v4", 3.08),  # Szegedy and others, 2017, abstract: four networks together
)
HUMAN = 5.1  # Russakovsky and others, 2015: the better of two people

fig, ax = plt.subplots(figsize=(8, 3.3))
for place, (_, entry, error) in enumerate(IMAGENET):
    network = entry != "XRCE"
    ax.bar(place, error, color=figures.BLUE if network else "0.75", edgecolor="black", hatch="" if network else "//")
    height, ink = (error + 0.4, "black") if error > HUMAN else (error - 1.3, "white")
    ax.text(place, height, f"{error:g} %", ha="center", color=ink, fontsize=9)
ax.axhline(HUMAN, color=figures.VERMILION, linestyle="--")
ax.text(6.4, HUMAN + 0.4, f"a trained person: {HUMAN} %", ha="right", fontsize=9)
ax.set_xticks(range(len(IMAGENET)), [f"{entry}\n{year}" for year, entry, _ in IMAGENET])
ax.set(ylabel="top-5 error (%)", ylim=(0, 29))
ax.grid(axis="x", visible=False)
figures.show(
    fig,
    alt="Bars of the top-5 error on ImageNet. "
    + "; ".join(f"{year}, {entry}: {error:g} %" for year, entry, error in IMAGENET)
    + f". A dashed line marks a trained person, {HUMAN} %; ResNet in 2015 is the first below it.",
    caption="Hatched: the last winner without a deep network. AlexNet cut the error by more than a third in one "
    "year; in 2015 "
    "ResNet fell below the error of a person.",
)

# %% [markdown]
# ## What you can do now
#
# You can build a convolutional network and say the shape after each layer; train one that beats everything of Parts I
# to IV on the same images; say why not to shrink too fast; look into it, at filters, maps, patches and occlusions; and
# compute what any published network costs.
#
# **Your numbers beside the numbers to expect:**

# %%
expect = {
    "digits, LeNet-5": (0.975, 1.0),
    "shapes, ConvNet": (0.86, 0.92),
    "MNIST, LeNet-5, 2 epochs": (0.985, 0.995),
    "CIFAR-10, ConvNet": (0.60, 0.75),
}
scoreboard([(name, reached.get(name), *limits) for name, limits in expect.items()])

# %% tags=["solutions-only"]
assert all(low <= reached.get(name, low) <= high for name, (low, high) in expect.items()), reached

# %% [markdown]
# The last two rows need a download. A class for an image is only the beginning: in the next notebook the same layers
# find boxes, outlines, key points, missing pixels and depths.
#
# **Pack your work:** in a terminal, `dlcourse submit part5_cnn` writes one file to hand in.
