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
# # Part V: CNNs are everywhere
#
# **The question.** A ConvNet turns an image into the scores of ten classes. What else can the same layers do, if you
# ask another question: *where* is it, *which pixels* belong to it, how is it *posed*, how *far* is it, what would it
# look like *sharper*?
#
# **What you will build**, in the file `dlcourse/vision.py`: the four small pieces that such tasks need beside layers:
#
# 1. `iou` and `non_maximum_suppression`, for boxes,
# 2. `decode_heatmaps`, for key points,
# 3. `psnr`, to measure a picture.
#
# The networks are made of *your* layers. `vision.py` gives you one more, `Upsample2d`, and three losses:
# `PixelCrossEntropyLoss`, `MSELoss` and `BCEWithLogitsLoss`; have a look, each is a few lines.
#
# **How long it takes.** Two hours: four exercises of ten to twenty-five minutes, three questions, six small
# experiments. Each trains a network in a minute or two on images that the course draws or brings along.
#
# **The numbers to expect.** Each experiment has a baseline that it must beat. The end of the notebook puts your numbers
# beside those that were measured.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import functools
import time

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from autograder import check
from dlcourse import convolution, layers, vision
from dlcourse.toolkit import figures, scenes
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.tasks import DetectionLoss, accelerated, as_input, learn, ssim
from dlcourse.toolkit.training import predict_in_batches

figures.set_style()
reached = {}  # what you measure, for the comparison at the end


def conv(in_channels, out_channels, kernel_size, rng):
    """A convolution that keeps the size of the image."""
    return convolution.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, rng=rng)


# %% [markdown]
# ## 1. Detection: where is what?
#
# A scene holds one to five shapes on a busy background. For each, say its class and its **box**: left, top, right,
# bottom, in pixels.

# %%
train_scenes, _, train_boxes, train_labels = scenes.objects(1200, seed=0, side=64, most=5)
test_scenes, _, test_boxes, test_labels = scenes.objects(60, seed=1, side=64, most=5)


def draw_boxes(ax, image, boxes, labels, colour, style="-", named=True):
    figures.draw_image(ax, image)
    for (left, top, right, bottom), label in zip(boxes, labels, strict=True):
        ax.add_patch(
            Rectangle(
                (left - 0.5, top - 0.5),
                right - left,
                bottom - top,
                fill=False,
                edgecolor=colour,
                linestyle=style,
                linewidth=1.6,
            )
        )
        if named:
            behind = dict(facecolor="black", alpha=0.6, pad=0.5, linewidth=0)
            ax.text(left, max(top - 1.5, 3), scenes.CLASS_NAMES[label], color="white", fontsize=7, bbox=behind)


fig, axes = plt.subplots(1, 5, figsize=(10, 2.2))
for ax, number in zip(axes, (0, 2, 3, 4, 5), strict=True):
    draw_boxes(ax, train_scenes[number], train_boxes[number], train_labels[number], "white")
figures.show(
    fig,
    alt="Five scenes with shapes on colourful clutter. White boxes with names around balls, boxes and triangles.",
    caption="Training scenes with their true boxes.",
)

# %% [markdown]
# ### Exercise: `iou`
#
# When is a box right? Not when it is equal to the true one: nobody can draw a box to the pixel. The measure is
# **intersection over union**: the area that two boxes share, divided by the area that they cover together. It is 1 for
# equal boxes and 0 for boxes that do not meet. In `dlcourse/vision.py`, write `iou(boxes_a, boxes_b)` for all pairs of
# two sets of boxes.

# %%
check("vision.iou")

# %% [markdown]
# **A question first.** A box as large as the true one is moved sideways by half its width. What is its IoU?
#
# **(a)** 1/2, **(b)** 1/3, **(c)** 1/4, **(d)** it depends on the size of the boxes.

# %% [markdown] answer_points=1 grade_id="everywhere-half-a-box"
# ### BEGIN SOLUTION
# **(b).** Let the area be 1. The boxes share 1/2, and together they cover $1 + 1 - 1/2 = 3/2$: the IoU is
# $\frac{1/2}{3/2} = 1/3$, for any size. A detection commonly counts as right from an IoU of 1/2 on, which is stricter
# than it sounds.
# ### END SOLUTION

# %%
with experiment():
    offsets = np.arange(0, 13)
    true_box = np.array([[0, 0, 12, 12]])
    moved = np.array([[d, 0, 12 + d, 12] for d in offsets])
    diagonal = np.array([[d, d, 12 + d, 12 + d] for d in offsets])
    fig, ax = plt.subplots(figsize=(5.5, 2.8))
    ax.plot(offsets / 12, vision.iou(true_box, moved)[0], "o-", label="moved sideways")
    ax.plot(offsets / 12, vision.iou(true_box, diagonal)[0], "s--", label="moved along the diagonal")
    ax.axhline(0.5, color=figures.BLACK, linestyle=":")
    ax.set(xlabel="offset, in widths of the box", ylabel="IoU")
    ax.legend()
    figures.show(
        fig,
        alt="IoU against the offset of a box. Sideways it falls from 1 to 1/3 at half a width and 0 at a whole "
        "width; along the diagonal "
        "it falls faster, to 1/7 at half a width.",
        caption="IoU falls fast. Half is left at an offset of a third of the width.",
    )
    halfway = vision.iou(true_box, moved)[0, 6], vision.iou(true_box, diagonal)[0, 6]

# %% tags=["solutions-only"]
np.testing.assert_allclose(halfway, (1 / 3, 1 / 7))
np.testing.assert_allclose(vision.iou(true_box, moved)[0, 4], 0.5)

# %% [markdown]
# ### A classifier for small windows
#
# The oldest way to detect: slide a window over the image and *classify* every place. The classes are "nothing", ball,
# box and triangle; and since a shape is rarely in the middle of the window, the network also says where the shape's box
# lies: four more numbers. First cut windows of 24×24 pixels from the scenes: some around a shape, more where there is
# none.

# %%
WINDOW, STEP, BORDER = 24, 4, 12  # the scenes get a border, so that a window can be centred at every place
UNIT = 10  # pixels; boxes are learned in this unit


def with_border(images):
    return np.pad(images, ((0, 0), (BORDER, BORDER), (BORDER, BORDER), (0, 0)), mode="edge")


def cut_windows(images, boxes, labels, rng, nothing=20):
    """Windows (N, 24, 24, 3), and for each (class, box from the window's middle): (N, 5)."""
    windows, targets = [], []

    def cut(image, middle, label, box):
        column, row = middle
        windows.append(image[row : row + WINDOW, column : column + WINDOW])
        targets.append([label, *(box / UNIT)])

    for image, own_boxes, own_labels in zip(with_border(images), boxes, labels, strict=True):
        middles = (own_boxes[:, :2] + own_boxes[:, 2:]) / 2
        for middle, box, label in zip(middles, own_boxes, own_labels, strict=True):
            near = np.rint(middle + rng.uniform(-3, 3, 2)).astype(int).clip(0, 64)
            cut(image, near, label, box - [*near, *near])
        for place in rng.integers(0, 65, (nothing, 2)):
            if np.abs(middles - place).max(axis=1).min(initial=99) > 5:
                cut(image, place, 0, np.zeros(4))
    return np.stack(windows), np.array(targets, np.float32)


windows, targets = cut_windows(train_scenes, train_boxes, train_labels, np.random.default_rng(0))
print(f"{len(windows):,} windows, {np.mean(targets[:, 0] > 0):.0%} of them with a shape")


# %%
@functools.cache  # trained once; later cells ask for it again
def window_network():
    rng = np.random.default_rng(0)
    network = layers.Sequential(
        convolution.Conv2d(3, 16, 5, rng=rng),  # 16×20×20
        layers.ReLU(),
        convolution.MaxPool2d(2),  # 16×10×10
        convolution.Conv2d(16, 32, 3, rng=rng),  # 32×8×8
        layers.ReLU(),
        convolution.MaxPool2d(2),  # 32×4×4
        layers.Flatten(),
        layers.Linear(32 * 4 * 4, 64, rng),
        layers.ReLU(),
        layers.Linear(64, 4 + 4, rng),  # scores of four classes, and a box
    )
    print(learn(network, DetectionLoss(), (as_input(windows, 128), targets), epochs=6, learning_rate=0.003))
    return network


with experiment():
    window_network()

# %% [markdown]
# ### From windows to a fully convolutional network
#
# A scene has 17×17 such windows, if you move by 4 pixels. Classify each? Neighbouring windows overlap, and the same
# convolutions would be computed again and again. Instead, let the convolutions run over the *whole* scene once. What
# about the linear layers? `Linear(512, 64)` on maps of 32×4×4 is nothing but a **convolution with 64 filters of 4×4**,
# which fits at one place only. On larger maps it fits at more places: one for each window. The same weights, reshaped:


# %%
def fully_convolutional(network):
    """The same network with its two linear layers as convolutions: it takes scenes of any size."""
    *convolutions, _, first, relu, last = network.layers
    rng = np.random.default_rng(0)  # what it draws is replaced at once
    wide, narrow = convolution.Conv2d(32, 64, 4, rng=rng), convolution.Conv2d(64, 8, 1, rng=rng)
    wide.weight.value = first.weight.value.reshape(64, 32, 4, 4)
    narrow.weight.value = last.weight.value.reshape(8, 64, 1, 1)
    wide.bias, narrow.bias = first.bias, last.bias
    return layers.Sequential(*convolutions, wide, relu, narrow)


def all_windows(images):
    """The windows of each scene, (N · 17 · 17, 24, 24, 3)."""
    bordered = with_border(images)
    places = [(row, column) for row in range(0, 65, STEP) for column in range(0, 65, STEP)]
    cut = [bordered[:, row : row + WINDOW, column : column + WINDOW] for row, column in places]
    return np.stack(cut, axis=1).reshape(-1, WINDOW, WINDOW, 3)


with experiment():
    network = window_network()
    sliding, whole = accelerated(network), accelerated(fully_convolutional(network))
    scene = test_scenes[:1]
    seconds = {"window by window": [], "the whole scene": []}
    for _ in range(5):
        start = time.process_time()
        one_by_one = sliding.forward(as_input(all_windows(scene), 128)).reshape(17, 17, 8).transpose(2, 0, 1)
        middle = time.process_time()
        at_once = whole.forward(as_input(with_border(scene), 128))[0]
        seconds["window by window"].append(middle - start)
        seconds["the whole scene"].append(time.process_time() - middle)
    largest = abs(one_by_one - at_once).max()
    a, b = (min(values) for values in seconds.values())
    print(
        f"largest difference {largest:.1e}; {1000 * a:.1f} ms window by window, {1000 * b:.1f} ms at once: "
        f"{a / b:.0f} times faster"
    )

# %% tags=["solutions-only"]
assert largest < 1e-4 and a > 3 * b, (largest, a, b)

# %% [markdown]
# The same numbers, many times faster. Nothing was trained anew.
#
# ### Exercise: `non_maximum_suppression`
#
# Several windows see the same shape, and each reports it. Of boxes that overlap strongly, keep the best. Write
# `non_maximum_suppression(boxes, scores, threshold)`.

# %%
check("vision.non_maximum_suppression")


# %%
def candidates(scores, least):
    """Boxes, classes and confidences of the windows where something is at least so probable; scores are (8, 17, 17)."""
    probabilities = np.exp(scores[:4] - scores[:4].max(axis=0))
    probabilities /= probabilities.sum(axis=0)
    row, column = np.nonzero(1 - probabilities[0] >= least)
    middles = STEP * np.stack([column, row, column, row], axis=1)
    return (
        middles + UNIT * scores[4:, row, column].T,
        probabilities[1:, row, column].argmax(axis=0) + 1,
        1 - probabilities[0, row, column],
    )


def detect(scores, least=0.8, overlap=0.3):
    """What is left of the candidates after non-maximum suppression: boxes and classes."""
    boxes, labels, confidences = candidates(scores, least)
    distinct = confidences - 1e-9 * np.arange(len(confidences))
    kept = vision.non_maximum_suppression(boxes, distinct, overlap)
    return boxes[kept], labels[kept]


def precision_and_recall(found, boxes, labels):
    """Of what was found, how much is right (IoU above 1/2, and the class), and how much of what is there was found."""
    right, reported, there = 0, sum(len(own) for own, _ in found), sum(map(len, boxes))
    for (own_boxes, own_labels), true_boxes, true_labels in zip(found, boxes, labels, strict=True):
        free = np.ones(len(true_boxes), bool)  # each true box may be found once
        for box, label in zip(own_boxes, own_labels, strict=True):
            fits = (vision.iou(box[np.newaxis], true_boxes)[0] > 0.5) & (true_labels == label) & free
            right += fits.any()
            free[np.flatnonzero(fits)[:1]] = False
    return right / max(reported, 1), right / there


def f1(precision, recall):
    """One number for both: their harmonic mean."""
    return 2 * precision * recall / max(precision + recall, 1e-9)


@functools.cache
def scene_scores():
    """What the fully convolutional network says about the test scenes, (60, 8, 17, 17)."""
    return predict_in_batches(
        accelerated(fully_convolutional(window_network())), as_input(with_border(test_scenes), 128)
    )


def draw_detections(number, least=0.8, overlap=0.3):
    every, kept = candidates(scene_scores()[number], least), detect(scene_scores()[number], least, overlap)
    fig, axes = plt.subplots(1, 3, figsize=(9, 3.2))
    draw_boxes(axes[0], test_scenes[number], test_boxes[number], test_labels[number], "white")
    draw_boxes(axes[1], test_scenes[number], *every[:2], figures.YELLOW, ":", named=False)
    draw_boxes(axes[2], test_scenes[number], *kept, figures.YELLOW)
    for ax, title in zip(
        axes, (f"truth: {len(test_boxes[number])}", f"windows: {len(every[0])}", f"kept: {len(kept[0])}"), strict=True
    ):
        ax.set_title(title)
    figures.show(
        fig,
        alt=f"A scene three times: with {len(test_boxes[number])} true boxes in white, with {len(every[0])} dotted "
        f"boxes of windows that "
        f"report a shape, and with the {len(kept[0])} boxes that are left after non-maximum suppression.",
        caption="Left the truth, then what all windows report, then what non-maximum suppression leaves.",
    )


with experiment():
    draw_detections(4)

# %%
figures.explore(draw_detections, number=(0, 59), least=(0.1, 0.99, 0.05), overlap=(0.0, 1.0, 0.1))

# %% [markdown]
# Turn the knobs: a low `least` finds more and reports more that is not there; an `overlap` of 1 suppresses nothing.
#
# Now measure, beside two baselines: the same windows with a *linear* classifier, and the ConvNet without non-maximum
# suppression. **Expect** an F1 of 70 to 90 %.


# %%
@functools.cache
def linear_scores():
    rng = np.random.default_rng(0)
    network = layers.Sequential(layers.Flatten(), layers.Linear(WINDOW * WINDOW * 3, 8, rng))
    network.layers[1].weight.value *= 0.1
    learn(network, DetectionLoss(), (as_input(windows, 128), targets), epochs=6, learning_rate=0.0003)
    scores = predict_in_batches(accelerated(network), as_input(all_windows(test_scenes), 128))
    return scores.reshape(-1, 17, 17, 8).transpose(0, 3, 1, 2)


with experiment():
    detections = {
        "ConvNet": [detect(scores) for scores in scene_scores()],
        "without suppression": [candidates(scores, 0.8)[:2] for scores in scene_scores()],
        # The linear classifier is hardly ever sure. It may choose its threshold with the answers at hand.
        "linear classifier": max(
            ([detect(scores, least) for scores in linear_scores()] for least in (0.2, 0.3, 0.4, 0.5, 0.6, 0.8)),
            key=lambda found: f1(*precision_and_recall(found, test_boxes, test_labels)),
        ),
    }
    for name, found in detections.items():
        precision, recall = precision_and_recall(found, test_boxes, test_labels)
        reached["detection, " + name] = f1(precision, recall)
        print(f"{name:22} precision {precision:6.1%}   recall {recall:6.1%}   F1 {f1(precision, recall):6.1%}")

# %% [markdown]
# ## 2. Detection in 3-D
#
# A self-driving car needs more than a box in the image: how far to the right, how far below, how far ahead? From *one*
# image that is possible only because the world has rules. Here: rendered rooms with a cube on a floor of tiles of 1 m,
# seen by a camera at an unknown height that looks down by an unknown angle. The network reads off six numbers:
# direction to the cube's middle (two), the logarithms of its distance ahead and of the length of its edges, and its
# turn. (A cube looks the same after a quarter turn, so the turn is learned as sine and cosine of four times the angle.)

# %%
train_rooms, test_rooms = scenes.rooms(1500, seed=0), scenes.rooms(200, seed=1)


def cube_numbers(rooms):
    right, below, ahead = rooms.centres.T
    numbers = (
        right / ahead,
        below / ahead,
        np.log(ahead),
        np.log(rooms.edges),
        np.cos(4 * rooms.turns),
        np.sin(4 * rooms.turns),
    )
    return np.column_stack(numbers).astype(np.float32)


@functools.cache
def predicted_cubes():
    """Centres (N, 3), edges and turns of the cubes in the test rooms, as the network sees them."""
    rng = np.random.default_rng(0)
    network = layers.Sequential(
        conv(3, 16, 5, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(16, 32, 3, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(32, 64, 3, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        layers.Flatten(),
        layers.Linear(64 * 4 * 4, 64, rng),
        layers.ReLU(),
        layers.Linear(64, 6, rng),
    )
    numbers = cube_numbers(train_rooms)
    mean, deviation = numbers.mean(axis=0), numbers.std(axis=0)
    print(
        learn(
            network,
            vision.MSELoss(),
            (as_input(train_rooms.images, 128), (numbers - mean) / deviation),
            epochs=15,
            batch_size=32,
        )
    )
    across, down, ahead, edge, cos, sin = (
        predict_in_batches(accelerated(network), as_input(test_rooms.images, 128)) * deviation + mean
    ).T
    centres = np.exp(ahead)[:, np.newaxis] * np.column_stack([across, down, np.ones_like(across)])
    return centres, np.exp(edge), np.arctan2(sin, cos) / 4


def position_error(centres):
    """How far beside the truth, as a share of the distance to the cube: the median."""
    return np.median(np.linalg.norm(centres - test_rooms.centres, axis=1) / np.linalg.norm(test_rooms.centres, axis=1))


def draw_cube(ax, centre, edge, turn, pitch, colour, style):
    corners = scenes.project(scenes.cube_corners(centre, edge, turn, pitch), 32) - 0.5
    for i in range(8):
        for bit in (1, 2, 4):
            if i & bit == 0:
                ax.plot(*corners[[i, i | bit]].T, color=colour, linestyle=style, linewidth=1.4)
    ax.set(xlim=(-0.5, 31.5), ylim=(31.5, -0.5))


with experiment():
    centres, edges, turns = predicted_cubes()
    reached["3-D, position error"] = position_error(centres)
    reached["3-D, baseline"] = position_error(train_rooms.centres.mean(axis=0))
    print(f"median error {reached['3-D, position error']:.1%} of the distance")
    print(f"always the mean position: {reached['3-D, baseline']:.1%}")
    fig, axes = plt.subplots(1, 6, figsize=(11, 2.3))
    for i, ax in enumerate(axes):
        figures.draw_image(ax, test_rooms.images[i], f"{test_rooms.centres[i, 2]:.1f} m: {centres[i, 2]:.1f} m")
        draw_cube(
            ax, test_rooms.centres[i], test_rooms.edges[i], test_rooms.turns[i], test_rooms.pitches[i], "white", "-"
        )
        draw_cube(ax, centres[i], edges[i], turns[i], test_rooms.pitches[i], figures.YELLOW, "--")
    figures.show(
        fig,
        alt="Six rendered rooms with a cube. White lines: the true edges of the cube; yellow dashed lines: the "
        "predicted ones, close to them. Above each how "
        "far ahead the cube is, and the prediction: "
        + ", ".join(f"{t[2]:.1f} m and {p[2]:.1f} m" for t, p in zip(test_rooms.centres[:6], centres, strict=False))
        + ".",
        caption="White: the true cube. Yellow, dashed: the predicted one, drawn from the network's six numbers. "
        "Above: how far ahead it is, truth and prediction.",
    )

# %% [markdown]
# ## 3. Semantic segmentation: a class for every pixel
#
# Now the output is as large as the image. The network goes down and up again: poolings let it see much, `Upsample2d`
# brings back the size. The loss is the cross-entropy of every pixel, and the measure the **mean IoU**: for each class,
# the pixels where prediction and truth agree, divided by the pixels where at least one of them says so; then the mean
# over the four classes.
#
# **A question first.** Nine of ten pixels are background. What share of the pixels does someone get right who always
# says "background", what is their mean IoU, and why is the second number the better one to quote?

# %% [markdown] answer_points=2 grade_id="everywhere-mean-iou"
# ### BEGIN SOLUTION
# About the share of the background of the pixels, some 85 to 90 %. The IoU of the background is that same share, and
# the IoU of the three other classes is 0, so the mean IoU is about a quarter of it, 21 to 23 %. The share of right
# pixels looks good although not one shape was found; the mean IoU weighs each class alike, however few pixels it has.
# ### END SOLUTION

# %%
train_images, train_classes, _, _ = scenes.objects(2500, seed=0)
test_images, test_classes, _, _ = scenes.objects(300, seed=1)


def mean_iou(predicted, truth):
    ratios = []
    for label in range(4):
        a, b = predicted == label, truth == label
        ratios.append((a & b).sum() / (a | b).sum())
    return np.mean(ratios)


def segmented(network, epochs):
    learn(
        network,
        vision.PixelCrossEntropyLoss(),
        (as_input(train_images, 128), train_classes),
        epochs=epochs,
        learning_rate=0.003,
        batch_size=16,
    )
    return predict_in_batches(accelerated(network), as_input(test_images, 128)).argmax(axis=1)


@functools.cache
def segmentation():
    rng = np.random.default_rng(0)
    down_and_up = layers.Sequential(
        conv(3, 16, 5, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(16, 32, 3, rng),
        layers.ReLU(),
        conv(32, 32, 3, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(32, 64, 3, rng),
        layers.ReLU(),
        conv(64, 32, 3, rng),
        layers.ReLU(),
        vision.Upsample2d(2),
        conv(32, 16, 3, rng),
        layers.ReLU(),
        vision.Upsample2d(2),
        conv(16, 4, 3, rng),
    )
    pixel_by_pixel = layers.Sequential(conv(3, 16, 1, rng), layers.ReLU(), conv(16, 4, 1, rng))  # 1×1: it sees one pixel's colour
    return {
        "down and up": segmented(down_and_up, 7),
        "pixel by pixel": segmented(pixel_by_pixel, 2),
        "always background": np.zeros_like(test_classes),
    }


with experiment():
    for name, predicted in segmentation().items():
        reached["segmentation, " + name] = mean_iou(predicted, test_classes)
        print(
            f"{name:18} {np.mean(predicted == test_classes):6.1%} of the pixels, mean IoU "
            f"{reached['segmentation, ' + name]:6.1%}"
        )

    colours = ListedColormap(["0.92", figures.BLUE, figures.ORANGE, figures.BLACK])
    fig, axes = plt.subplots(3, 8, figsize=(10, 4))
    for i, column in enumerate(axes.T):
        figures.draw_image(column[0], test_images[i])
        for ax, labels in zip(column[1:], (test_classes[i], segmentation()["down and up"][i]), strict=True):
            ax.imshow(labels, cmap=colours, vmin=0, vmax=3)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            ax.spines[:].set_visible(False)
    for ax, name in zip(axes[:, 0], ("image", "truth", "network"), strict=True):
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    figures.show(
        fig,
        alt="Eight scenes, below each the true classes of its pixels and those of the network. The network finds the "
        "shapes and roughly their outlines; some shapes, or parts of them, get the class of another shape.",
        caption="Grey: background, blue: ball, orange: box, black: triangle. The network finds the shapes in the clutter; "
        "what they are it decides pixel by pixel, and not always alike within one shape. Corners are cut: everything came "
        "back through two upsamplings.",
    )

# %% [markdown]
# ## 4. Pose: key points as heat maps
#
# Where are the head, the hands and the feet of a stick figure? A network *could* put out fourteen numbers. It learns
# faster when it draws: for each joint a **heat map** that is bright where the joint is. The targets are little Gaussian
# hills, each pixel a yes-or-no question (`BCEWithLogitsLoss`), on a grid half as fine as the image.
#
# ### Exercise: `decode_heatmaps`
#
# From map to point: take the brightest pixel, then the top of a parabola through it and its neighbours, for the
# fraction of a pixel. Write `decode_heatmaps(heatmaps)`.

# %%
check("vision.decode_heatmaps")

# %%
train_figures, train_joints = scenes.figures(1000, seed=0)
test_figures, test_joints = scenes.figures(200, seed=1)


def heat_of(joints):
    """Maps (N, 7, 16, 16) with a hill of height 1 at each joint."""
    y, x = np.mgrid[:16, :16]
    column, row = np.moveaxis((joints + 0.5) / 2 - 0.5, -1, 0)[..., np.newaxis, np.newaxis]
    return np.exp(-((x - column) ** 2 + (y - row) ** 2) / 2).astype(np.float32)


@functools.cache
def predicted_heat():
    rng = np.random.default_rng(0)
    network = layers.Sequential(
        conv(3, 16, 5, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(16, 32, 3, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(32, 64, 3, rng),
        layers.ReLU(),
        vision.Upsample2d(2),
        conv(64, 32, 3, rng),
        layers.ReLU(),
        conv(32, 7, 3, rng),
    )
    network.layers[-1].bias.value[...] = -4  # most pixels are dark: begin by saying so
    print(
        learn(
            network,
            vision.BCEWithLogitsLoss(),
            (as_input(train_figures, 128), heat_of(train_joints)),
            epochs=8,
            learning_rate=0.003,
            batch_size=32,
        )
    )
    return predict_in_batches(accelerated(network), as_input(test_figures, 128))


def pck(points, share):
    """Percentage of correct key points: how many lie within a share of the image's side from the truth."""
    return np.mean(np.linalg.norm(points - test_joints, axis=-1) <= share * 32)


with experiment():
    heat = predicted_heat()
    points = (vision.decode_heatmaps(heat) + 0.5) * 2 - 0.5
    to_the_pixel = np.stack(
        np.unravel_index(heat.reshape(*heat.shape[:2], -1).argmax(axis=-1), (16, 16))[::-1], axis=-1
    )
    answers = {
        "heat maps": points,
        "without the parabola": (to_the_pixel + 0.5) * 2 - 0.5,
        "always the mean pose": np.broadcast_to(train_joints.mean(axis=0), test_joints.shape),
    }
    for name, guess in answers.items():
        reached["pose, " + name] = pck(guess, 0.05)
        print(f"{name:22} within 5 % of the side: {pck(guess, 0.05):6.1%}   within 10 %: {pck(guess, 0.1):6.1%}")

    fig, axes = plt.subplots(2, 6, figsize=(10, 3.6))
    for i, (above, below) in enumerate(axes.T):
        figures.draw_image(above, test_figures[i])
        for a, b in scenes.BONES:
            above.plot(*points[i, [a, b]].T, color=figures.YELLOW, linewidth=1.2)
        above.plot(*test_joints[i].T, "o", color="white", markeredgecolor="black", markersize=5)
        above.plot(*points[i].T, "x", color=figures.VERMILION, markersize=5)
        below.imshow(1 / (1 + np.exp(-heat[i].max(axis=0))), cmap="cividis", vmin=0, vmax=1)
        below.set(xticks=[], yticks=[])
        below.grid(False)
        below.spines[:].set_visible(False)
    figures.show(
        fig,
        alt="Six stick figures with true joints as white dots and predicted ones as crosses, on or beside the dots, "
        "joined by yellow lines. Below each the brightest of the seven "
        "heat maps at every pixel: seven bright spots.",
        caption="Dots: the truth. Crosses and lines: the prediction. Below: the seven heat maps, the brightest of "
        "them at each pixel.",
    )

# %% [markdown]
# Left and right hands are told apart although both are ends of lines: the figure's left limbs are darker, and the
# filters see that.
#
# ## 5. Super-resolution
#
# Twice as many pixels in each direction: the missing ones are *invented*, as probable ones. The network learns what
# **bicubic** interpolation, the usual way, misses: the difference to the true image. It learns from the left two thirds
# of two photographs (a tower by danielbuechele, a flower by vultilion; CC BY 2.0) and is tested on the right thirds,
# and on a portrait that it never saw.
#
# ### Exercise: `psnr`
#
# The **peak signal-to-noise ratio** is the mean squared error on a logarithmic scale, in decibels. Write `psnr(image,
# truth, peak)`.

# %%
check("vision.psnr")

# %% [markdown]
# **A question first.** One image has half the mean squared error of another. By how much is its PSNR higher? And by how
# much if every pixel's error is halved?

# %% [markdown] answer_points=1 grade_id="everywhere-decibels"
# ### BEGIN SOLUTION
# By $10 \log_{10} 2 = 3.01$ dB. If each error is halved, the mean squared error is a quarter: $10 \log_{10} 4 = 6.02$ dB.
# ### END SOLUTION

# %%
photographs = scenes.photographs()
with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
    portrait = scenes.resized(plt.imread(file, format="jpg")[10:330, 104:424], 0.4)
held_out = {name: image[:, 256:] for name, image in photographs.items()} | {"portrait": portrait}


def half(image):
    return scenes.resized(image, 0.5)


def bicubic(small):
    return scenes.resized(small, 2)


@functools.cache
def sharpener():
    """A network from a small image to what bicubic enlargement misses, in units of 16."""
    rng = np.random.default_rng(0)
    network = layers.Sequential(
        conv(3, 32, 5, rng),
        layers.ReLU(),
        conv(32, 32, 3, rng),
        layers.ReLU(),
        vision.Upsample2d(2),
        conv(32, 3, 3, rng),
    )
    network.layers[-1].weight.value *= 0.1  # begin close to bicubic itself
    patches = np.stack(
        [
            image[row : row + 32, column : column + 32]
            for image in photographs.values()
            for row in range(0, 225, 16)
            for column in range(0, 225, 16)
        ]
    )
    small = np.stack([half(patch) for patch in patches])
    missed = (patches.astype(np.float32) - np.stack([bicubic(patch) for patch in small])) / 16
    print(learn(network, vision.MSELoss(), (as_input(small, 128), missed.transpose(0, 3, 1, 2)), epochs=30, batch_size=16))
    return network


def sharpened(small):
    """The small image (H, W, 3), twice as large."""
    missed = accelerated(sharpener()).forward(as_input(small[np.newaxis], 128))[0].transpose(1, 2, 0)
    return np.clip(np.rint(bicubic(small) + 16 * missed), 0, 255).astype(np.uint8)


enlarged, gains = {}, {}
with experiment():
    sharpener()
    print(f"{'':10}{'nearest':>18}{'bicubic':>18}{'network':>18}")
    for name, truth in held_out.items():
        small = half(truth)
        enlarged[name] = small.repeat(2, axis=0).repeat(2, axis=1), bicubic(small), sharpened(small)
        print(
            f"{name:10}"
            + "".join(f"{vision.psnr(image, truth):9.2f} dB {ssim(image, truth):.3f}" for image in enlarged[name])
        )
        _, before, after = (vision.psnr(image, truth) for image in enlarged[name])
        gains[name] = after - before
        reached["super-resolution, " + name] = 1 - 10 ** (-gains[name] / 10)  # share of the squared error that is gone
    print(
        "PSNR and SSIM (structural similarity, 1 for equal images); gains over bicubic:",
        {k: f"{v:.2f} dB" for k, v in gains.items()},
    )


# %%
def draw_enlarged(name, row, column, size=40):
    """A part of a held-out photograph: the truth and three enlargements."""
    if name not in enlarged:
        print("This picture needs the experiment above.")
        return
    truth = held_out[name]
    row, column = min(row, truth.shape[0] - size), min(column, truth.shape[1] - size)
    cut = np.s_[row : row + size, column : column + size]
    titles = ["truth"]
    for kind, image in zip(("nearest", "bicubic", "network"), enlarged[name], strict=True):
        titles.append(f"{kind}\n{vision.psnr(image[cut], truth[cut]):.1f} dB")
    fig = figures.image_grid([image[cut] for image in (truth, *enlarged[name])], titles, columns=4, size=2.2)
    figures.show(
        fig,
        alt=f"A part of the {name}, {size} by {size} pixels: the truth, and enlarged from half its size. "
        + "; ".join(t.replace("\n", ", ") for t in titles[1:])
        + ".",
        caption="From left to right: the truth, pixels repeated, bicubic, the network. Above: the PSNR of this part.",
    )


with experiment():
    draw_enlarged("china", 96, 80)
    draw_enlarged("portrait", 48, 40)

# %% tags=["solutions-only"]
eyes = np.s_[48:88, 40:80]
_, before, after = (vision.psnr(image[eyes], portrait[eyes]) for image in enlarged["portrait"])
assert after < before and min(gains.values()) > 0.3, (before, after, gains)

# %%
figures.explore(draw_enlarged, name=list(held_out), row=(0, 216, 8), column=(0, 88, 8))

# %% [markdown]
# On the whole the network is nearer to the truth, by half a decibel or one. But look at the eyes of the portrait: the
# network's are *sharper* than bicubic's and yet their PSNR is *lower*. It learned edges from a tower and a flower, and draws
# them a little too strongly on a face. Sharper is not the same as closer.
#
# It goes the other way too. A network that is trained for the mean squared error must stay cautious: between two probable
# edges it paints the mean of both, a blur. The lecture's SRGAN prefers one probable image; that looks sharper and has a lower
# PSNR. SSIM, the other number above, compares structure in small windows; by it, little or nothing is won on the portrait.
#
# ## 6. Depth from one image
#
# The last question: how far is each pixel? The same rooms as in section 2, the same kind of network as in section 3,
# and a number for every pixel instead of classes: the logarithm of the depth, because an error of 10 cm matters nearby
# and not far away. The measure is the **mean relative error**, the mean of $|d - d^*| / d^*$ with the true depth $d^*$.
#
# The baseline is not stupid: the mean depth map of the training rooms knows that the floor is near below and that the
# wall is far above.


# %%
def relative_error(depth):
    return np.mean(abs(depth - test_rooms.depth) / test_rooms.depth)


@functools.cache
def predicted_depth():
    rng = np.random.default_rng(0)
    network = layers.Sequential(
        conv(3, 16, 5, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(16, 32, 3, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(32, 32, 3, rng),
        layers.ReLU(),
        convolution.MaxPool2d(2),
        conv(32, 32, 3, rng),
        layers.ReLU(),
        vision.Upsample2d(2),
        conv(32, 32, 3, rng),
        layers.ReLU(),
        vision.Upsample2d(2),
        conv(32, 16, 3, rng),
        layers.ReLU(),
        vision.Upsample2d(2),
        conv(16, 1, 3, rng),
    )
    logarithm = np.log(train_rooms.depth)[:, np.newaxis].astype(np.float32)
    mean = logarithm.mean()
    print(
        learn(
            network,
            vision.MSELoss(),
            (as_input(train_rooms.images, 128), logarithm - mean),
            epochs=10,
            learning_rate=0.003,
            batch_size=16,
        )
    )
    return np.exp(predict_in_batches(accelerated(network), as_input(test_rooms.images, 128))[:, 0] + mean)


with experiment():
    depth = predicted_depth()
    reached["depth, network"] = relative_error(depth)
    reached["depth, mean map"] = relative_error(np.exp(np.log(train_rooms.depth).mean(axis=0)))
    print(f"mean relative error: {reached['depth, network']:.1%}; the mean depth map: {reached['depth, mean map']:.1%}")
    fig, axes = plt.subplots(3, 7, figsize=(10, 4.2))
    for i, column in enumerate(axes.T):
        figures.draw_image(column[0], test_rooms.images[i])
        for ax, values in zip(column[1:], (test_rooms.depth[i], depth[i]), strict=True):
            picture = ax.imshow(values, cmap="cividis", vmin=1, vmax=10)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            ax.spines[:].set_visible(False)
    for ax, name in zip(axes[:, 0], ("image", "truth", "network"), strict=True):
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    fig.colorbar(picture, ax=axes[1:, :], label="depth in metres", shrink=0.8)
    figures.show(
        fig,
        alt="Seven rooms with a cube, below each the true depth and the predicted one: near at the bottom, far above. Near "
        "cubes stand out in both; the prediction is blurred.",
        caption="Dark is near. Near cubes stand out in the prediction too, with soft edges; small ones far away get lost.",
    )

# %% [markdown]
# ## What you can do now
#
# You can turn a classifier of windows into a detector that sees a whole scene at once, and clean up after it; measure
# boxes, masks, key points, pictures and depths, each with the number that its field uses; and read most papers on these
# tasks, because their networks are made of the layers you have written.
#
# **Your numbers beside the numbers to expect**, which were measured with two seeds and have a margin for others. (Of
# errors, less is better.)

# %%
expect = {
    "detection, ConvNet": (0.70, 0.92),
    "detection, without suppression": (0.25, 0.50),
    "detection, linear classifier": (0.0, 0.2),
    "3-D, position error": (0.05, 0.12),
    "3-D, baseline": (0.20, 0.30),
    "segmentation, down and up": (0.65, 0.88),
    "segmentation, pixel by pixel": (0.20, 0.25),
    "pose, heat maps": (0.93, 1.0),
    "pose, always the mean pose": (0.07, 0.15),
    "super-resolution, china": (0.05, 0.15),
    "super-resolution, flower": (0.18, 0.40),
    "super-resolution, portrait": (0.05, 0.16),
    "depth, network": (0.07, 0.12),
    "depth, mean map": (0.18, 0.24),
}
scoreboard([(name, reached.get(name), *limits) for name, limits in expect.items()])

# %% tags=["solutions-only"]
assert all(low <= reached.get(name, low) <= high for name, (low, high) in expect.items()), reached

# %% [markdown]
# (Super-resolution: the share of bicubic's squared error that is gone.)
#
# All of these trained at the first attempt, because somebody had tried rates, widths and beginnings before. How to find
# them yourself, what to do when a network does not learn, and the optimizers behind `learn`: Part VI.
#
# **Pack your work:** in a terminal, `dlcourse submit part5_cnn` writes one file to hand in.
