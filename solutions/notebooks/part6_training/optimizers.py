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
# # Part VI: optimizers
#
# **The question.** The gradient says which way is down, at this place, right now. Gradient descent
# believes it: a step along it, as long as it is steep. What can go wrong with that, and what do the
# methods do better that everybody uses in its place?
#
# **What you will build**, in the file `dlcourse/optimizers.py`:
#
# 1. `SGD`, and `descend`, which lets an optimizer walk over a surface: the loop of all training, in
#    small,
# 2. `Momentum`: a ball that keeps its velocity,
# 3. `AdaGrad` and `RMSProp`: every number has a step length of its own,
# 4. `Adam`: both together, and the bias correction that makes its first steps right.
#
# **How long it takes.** Two to three hours: seven exercises of five to thirty minutes, two
# questions to answer in words, and experiments on surfaces you can see and on networks you cannot.
#
# **How to work.** As before: replace the `raise NotImplementedError` in `dlcourse/optimizers.py`,
# save, run the check cell below the exercise. The networks are yours of Part IV
# (`dlcourse/layers.py`); the training loop, `dlcourse.toolkit.training.fit`, is given. An
# experiment that waits for a function names it.
#
# **The numbers to expect.** With a good learning rate all five train a small network to 95 to 99 %
# on the digits: what differs is how long it takes and how easily the rate is found. The end of the
# notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from tqdm.auto import tqdm

from autograder import check
from dlcourse import layers, optimizers
from dlcourse.toolkit import datasets, fast, figures
from dlcourse.toolkit.notebook import experiment, scoreboard
from dlcourse.toolkit.training import evaluate, fit

figures.set_style()
reached = {}  # the accuracies you measure, for the comparison at the end

NAMES = ("SGD", "Momentum", "AdaGrad", "RMSProp", "Adam")
COLOUR = dict(zip(NAMES, figures.COLOURS, strict=False))
MARKER = dict(zip(NAMES, figures.MARKERS, strict=False))  # a second cue beside the colour
DASHES = dict(zip(NAMES, ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1))), strict=True))  # in films

# %% [markdown]
# ## 1. Three landscapes
#
# A network's loss is a surface over thousands of dimensions, which nobody can see. What makes it
# hard shows in two. Here are three surfaces, each with one difficulty:
#
# * **the ravine**: 40 times steeper across than along, and at an angle to the axes;
# * **the saddle**: a pass. Down from the left it looks like a minimum, but to both sides it goes on
#   down;
# * **the bumps**: a bowl with many small hollows. Each is a local minimum, and only the one in the
#   middle is the lowest.

# %%
turn = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
HESSIAN = turn @ np.diag([1.0, 40.0]) @ turn.T


class Surface:
    """A function of the place (..., 2), its gradient, where to start, and which part to draw."""

    def __init__(self, height, gradient, start, window):
        self.height, self.gradient, self.start, self.window = height, gradient, start, window


SURFACES = {
    "ravine": Surface(
        lambda p: 0.5 * np.sum((p @ HESSIAN) * p, axis=-1),
        lambda p: p @ HESSIAN,
        turn @ np.array([-9.0, 1.5]),
        (-10, 4, -7, 4),
    ),
    "saddle": Surface(
        lambda p: 0.5 * p[..., 0] ** 2 - 0.5 * p[..., 1] ** 2 + p[..., 1] ** 4 / 4,
        lambda p: np.stack([p[..., 0], p[..., 1] ** 3 - p[..., 1]], axis=-1),
        np.array([-2.0, 0.001]),
        (-2.3, 1.2, -1.4, 1.4),
    ),
    "bumps": Surface(
        lambda p: np.sum(0.1 * p**2 + 0.25 * (1 - np.cos(3 * p)), axis=-1),
        lambda p: 0.2 * p + 0.75 * np.sin(3 * p),
        np.array([-5.2, 3.6]),
        (-6, 3, -3, 5),
    ),
}


def draw_surface(ax, name):
    """Contour lines of a surface, its lowest places as crosses."""
    surface = SURFACES[name]
    left, right, bottom, top = surface.window
    x, y = np.meshgrid(np.linspace(left, right, 161), np.linspace(bottom, top, 161))
    heights = surface.height(np.stack([x, y], axis=-1))
    levels = heights.min() + np.ptp(heights) * np.linspace(0.02, 1, 16) ** 2
    ax.contour(
        x,
        y,
        heights,
        levels=levels,
        cmap="Greys",
        linewidths=0.7,
        alpha=0.8,
        vmin=-np.ptp(heights) / 2,
    )
    lowest = [(0, 1), (0, -1)] if name == "saddle" else [(0, 0)]
    ax.plot(*np.transpose(lowest), "x", color=figures.BLACK, markersize=8, markeredgewidth=2)
    ax.set(
        xlim=(left, right),
        ylim=(bottom, top),
        title=name,
        xlabel="first number",
        ylabel="second number",
    )
    ax.grid(False)


fig, axes = plt.subplots(1, 3, figsize=(11, 3.2))
for ax, name in zip(axes, SURFACES, strict=True):
    draw_surface(ax, name)
    ax.plot(*SURFACES[name].start, "o", color=figures.VERMILION)
    ax.annotate(
        "start",
        SURFACES[name].start,
        xytext=(6, 6),
        textcoords="offset points",
        color=figures.VERMILION,
    )
figures.show(
    fig,
    alt="Contour lines of three surfaces. The ravine is a long narrow valley, tilted; the saddle "
    "has two lowest places, above and below a pass in the middle; the bumps are a bowl full of "
    "small hollows, with the lowest in the middle.",
    caption="Three surfaces, each with its start and, as crosses, its lowest places.",
)

# %% [markdown]
# ## 2. Gradient descent
#
# ### Exercise: `Optimizer` and `SGD`
#
# An **optimizer** holds a list of `Parameter`s (an array `value`, and its gradient `grad`) and does
# two things:
#
# * `zero_grad()` clears the gradients, because `backward` *adds* to them;
# * `step()` changes the values.
#
# Write `Optimizer.zero_grad`, which all optimizers share, and `SGD.step`, with $\theta$ for a
# value, $g$ for its gradient and $\eta$ for the learning rate:
#
# $$ \Delta\theta = -\eta\, g . $$
#
# Both write *into* the arrays that are there. A layer, a checkpoint, a picture of the weights may
# hold the same array, and must see every step: `parameter.value -= …` changes it, `parameter.value
# = parameter.value - …` leaves it behind. The checks ask for that, for float32 that stays float32,
# and whether `step` leaves the gradients alone.

# %%
check("optimizers.Optimizer")

# %%
check("optimizers.SGD")

# %% [markdown]
# ### Exercise: `descend`
#
# Three lines are the heart of every training loop: clear the gradients, compute new ones, step.
# Write `descend(optimizer_class, start, gradient, num_steps, **hyperparameters)`, which does that
# on a surface and returns the path. The check lets it walk over bowls, where every place is known,
# and asks what becomes of the start you were given.

# %%
check("optimizers.descend")

# %% [markdown]
# Now let it run. Before you do: across the ravine the surface is 40 times as steep as along it. At
# which learning rate will SGD begin to jump *out* of the ravine? (In Part III a bowl of curvature
# $c$ was left at $\eta > 2/c$.)

# %%
with experiment():
    ravine = SURFACES["ravine"]
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.2), sharey=True)
    for ax, rate in zip(axes, (0.005, 0.045, 0.0505), strict=True):
        path = optimizers.descend(
            optimizers.SGD, ravine.start, ravine.gradient, 60, learning_rate=rate
        )
        draw_surface(ax, "ravine")
        ax.plot(*path.T, color=figures.BLUE, marker="o", markersize=3, linewidth=1)
        ax.label_outer()
        ax.set_title(f"rate {rate}: height {ravine.height(path[-1]):.3g} after 60 steps")
    figures.show(
        fig,
        alt="Three paths of SGD in the ravine. At rate 0.005 it crawls along the valley and does "
        "not arrive; at 0.045 it zigzags from wall to wall and arrives; at 0.0505 it zigzags "
        "further and further out.",
        caption="SGD in the ravine. The steep direction dictates the rate, below 2/40 = 0.05, and "
        "the flat one pays for it.",
    )

# %% tags=["solutions-only"]
ends = [
    ravine.height(
        optimizers.descend(optimizers.SGD, ravine.start, ravine.gradient, 60, learning_rate=rate)[
            -1
        ]
    )
    for rate in (0.005, 0.045, 0.0505)
]
assert ends[1] < 0.3 < ends[0] and ends[2] > ravine.height(ravine.start), ends

# %% [markdown]
# ## 3. Momentum
#
# A heavy ball does not turn at once. It remembers its **velocity** $m$:
#
# $$ m = \mu m + g , \qquad \Delta\theta = -\eta\, m . $$
#
# Across the ravine the gradient changes its sign in every step, and in the sum it cancels; along
# the ravine it always points the same way, and adds up: to at most $g + \mu g + \mu^2 g + \dots =
# g/(1-\mu)$. With $\mu = 0.9$ that is ten times the speed.
#
# ### Exercise: `Momentum`
#
# In `__init__`, make the list `self.m`: for each parameter *its own* array of zeros. In `step`, the
# formula. Under these names a checkpoint finds the state and can go on where a run was interrupted:
# the check saves one and goes on.

# %%
check("optimizers.Momentum")

# %% [markdown]
# **Predict**: which of the four values of $\mu$ below, at the same rate, will be nearest to the
# minimum after 60 steps? And what will the largest one do?

# %%
with experiment():
    fig, axes = plt.subplots(1, 4, figsize=(12, 2.9), sharey=True)
    ends = {}
    for ax, momentum in zip(axes, (0.0, 0.6, 0.9, 0.99), strict=True):
        path = optimizers.descend(
            optimizers.Momentum,
            ravine.start,
            ravine.gradient,
            60,
            learning_rate=0.005,
            momentum=momentum,
        )
        ends[momentum] = ravine.height(path[-1])
        draw_surface(ax, "ravine")
        ax.plot(*path.T, color=figures.ORANGE, marker="s", markersize=3, linewidth=1)
        ax.label_outer()
        ax.set_title(f"μ = {momentum}: height {ends[momentum]:.3g}")
    figures.show(
        fig,
        alt="Four paths in the ravine at rate 0.005. Without momentum the path ends half-way; "
        "with 0.6 it comes near; with 0.9 it swings a little and arrives; with 0.99 it swings far "
        "past the minimum and off the picture.",
        caption="60 steps of momentum at one learning rate, 0.005. Memory helps, until the ball "
        "cannot stop any more.",
    )

# %% tags=["solutions-only"]
assert ends[0.9] < ends[0.6] < ends[0.0] and ends[0.99] > ends[0.9], ends

# %% [markdown]
# ## 4. A step length for every number
#
# Momentum keeps one learning rate for all. The other idea: numbers that have been pulled hard get
# shorter steps.
#
# **AdaGrad** divides by the root of the sum of all squared gradients so far, number by number:
#
# $$ n = n + g^2 , \qquad \Delta\theta = -\frac{\eta\, g}{\sqrt{n + \varepsilon}} . $$
#
# The sum only grows, so the steps only shrink, and a long run comes to a stop. **RMSProp** forgets:
# a running mean takes the sum's place,
#
# $$ n = \nu n + (1-\nu)\, g^2 , \qquad \Delta\theta = -\frac{\eta\, g}{\sqrt{n + \varepsilon}} . $$
#
# $\varepsilon$ is a tiny number against division by zero; on the slide it stands *under* the root.
#
# ### Exercises: `AdaGrad` and `RMSProp`
#
# Both keep the list `self.n`. Two lines differ.

# %%
check("optimizers.AdaGrad")

# %%
check("optimizers.RMSProp")

# %% [markdown]
# How far does each go in a step if the gradient is 1 all the time, and from step 100 on it is 0.1?
# Predict both curves, then run.

# %%
with experiment():
    fig, ax = plt.subplots(figsize=(7, 3))
    for name in ("SGD", "AdaGrad", "RMSProp"):
        parameter = layers.Parameter(np.zeros(1))
        optimizer = getattr(optimizers, name)([parameter], learning_rate=0.01)
        places = []
        for count in range(200):
            parameter.grad[...] = 1.0 if count < 100 else 0.1
            optimizer.step()
            places.append(parameter.value[0])
        lengths = -np.diff(places, prepend=0.0)
        ax.semilogy(lengths, color=COLOUR[name], label=name, marker=MARKER[name], markevery=20)
    ax.set(xlabel="step", ylabel="length of the step")
    ax.legend()
    figures.show(
        fig,
        alt="Step lengths over 200 steps. SGD: 0.01, then 0.001. AdaGrad falls from 0.01 to "
        "0.001, then to 0.0001 and further. RMSProp begins at 0.03 and comes down to 0.01; when "
        "the gradient falls to a tenth it drops to 0.001 and is back at 0.01 some 40 steps later.",
        caption="Gradient 1, from step 100 on 0.1. SGD follows the gradient, AdaGrad tires, "
        "RMSProp goes its own pace again as soon as it has forgotten. (Why does it begin above "
        "its own pace? The next section mends that.)",
    )

# %% tags=["solutions-only"]
assert (
    abs(lengths[0] - 0.01 / np.sqrt(0.1)) < 1e-6
    and abs(lengths[99] - 0.01) < 1e-5
    and abs(lengths[-1] - 0.01) < 5e-4
)

# %% [markdown]
# ## 5. Adam
#
# Momentum's mean of the gradient, RMSProp's mean of its square:
#
# $$ m = \mu m + (1-\mu)\, g , \qquad n = \nu n + (1-\nu)\, g^2 . $$
#
# Both start at zero, so in the first steps both are too small: after one step $m = 0.1\,g$, for
# $\mu = 0.9$, and $n = 0.001\,g^2$, for $\nu = 0.999$. A mean of $t$ numbers that starts at zero
# has the weight $1 - \mu^t$ in all, so divide by it:
#
# $$ \hat m = \frac{m}{1 - \mu^t} , \qquad \hat n = \frac{n}{1 - \nu^t} , \qquad
#    \Delta\theta = -\frac{\eta\, \hat m}{\sqrt{\hat n} + \varepsilon} . $$
#
# Here $\varepsilon$ stands *beside* the root.
#
# ### Exercise: `Adam`
#
# The state is `self.m`, `self.n` and the count of steps `self.t`, which is 1 in the first step.
# Keep `m` and `n` as they are, and correct copies.

# %%
check("optimizers.Adam")

# %% [markdown]
# **A question first.** In its very first step Adam goes the same way for a gradient of 0.001 as for
# one of 1,000: why, and how far? Without the correction it would go how many times as far? Work it
# out with the formulas above ($\mu = 0.9$, $\nu = 0.999$, $\varepsilon$ negligible), then run the
# cell below the answer.

# %% [markdown] answer_points=2 grade_id="optimizers-first-step-of-adam"
# ### BEGIN SOLUTION
# After one step $m = (1-\mu) g$ and $\hat m = g$; $n = (1-\nu) g^2$ and $\hat n = g^2$. So
# $\Delta\theta = -\eta\, g/\sqrt{g^2} = -\eta\,\mathrm{sign}(g)$: the learning rate itself,
# whatever the size of the gradient.
#
# Without the correction it is $-\eta\,(1-\mu)\, g / \sqrt{(1-\nu)\, g^2} = -\eta\,
# \frac{0.1}{\sqrt{0.001}}\,\mathrm{sign}(g)$, which is 3.16 times as far, in the steps in which
# least is known.
# ### END SOLUTION

# %%
with experiment():
    for size in (0.001, 1.0, 1000.0):
        path = optimizers.descend(
            optimizers.Adam,
            np.zeros(1),
            lambda place, size=size: np.full(1, size),
            1,
            learning_rate=0.01,
        )
        print(f"gradient {size:g}: first step {path[1, 0]:.5f}")
    uncorrected = 0.01 * 0.1 / np.sqrt(0.001)
    print(
        f"without the correction it would be {-uncorrected:.5f}, {uncorrected / 0.01:.2f} times "
        f"as far"
    )

# %% tags=["solutions-only"]
assert abs(path[1, 0] + 0.01) < 1e-6

# %% [markdown]
# ## 6. The race
#
# All five in the ravine, each at *its own* best learning rate, found by trying 33 of them:
# comparing two optimizers at one rate compares nothing. The number that counts is how many steps it
# takes to get below a thousandth of the height of the start, and to stay there.

# %%
RATES = np.geomspace(1e-3, 10, 33)


def steps_to_arrive(name, surface, rate, height, num_steps=1000):
    """How many steps until the path stays below a height; num_steps + 1 if it does not."""
    with np.errstate(all="ignore"):  # large rates may leave the plane
        path = optimizers.descend(
            getattr(optimizers, name),
            surface.start,
            surface.gradient,
            num_steps,
            learning_rate=rate,
        )
        above = ~(surface.height(path) < height)
    return int(np.flatnonzero(above).max(initial=-1)) + 1


straight = Surface(
    lambda p: 0.5 * (p[..., 0] ** 2 + 40 * p[..., 1] ** 2),
    lambda p: p * [1.0, 40.0],
    np.array([-9.0, 1.5]),
    None,
)
best_rate, needed = {}, {}
with experiment():
    for label, surface in (("tilted", SURFACES["ravine"]), ("straight", straight)):
        for name in NAMES:
            goal = surface.height(surface.start) / 1000
            counts = [steps_to_arrive(name, surface, rate, goal) for rate in RATES]
            needed[label, name], best_rate[label, name] = min(counts), RATES[int(np.argmin(counts))]
    print(f"{'':10}{'tilted ravine':>24}{'ravine along an axis':>28}")
    for name in NAMES:
        print(
            f"{name:10}"
            + "".join(
                f"{needed[label, name]:12} steps, η = {best_rate[label, name]:<7.3g}"
                for label in ("tilted", "straight")
            )
        )

# %% tags=["solutions-only"]
assert needed["straight", "AdaGrad"] < 10 < 60 < needed["tilted", "AdaGrad"], needed
assert (
    needed["tilted", "Momentum"] < needed["tilted", "SGD"]
    and needed["tilted", "Adam"] < needed["tilted", "SGD"]
)
for name in ("SGD", "Momentum"):
    assert needed["tilted", name] == needed["straight", name]

# %% [markdown]
# Look at AdaGrad. Where the ravine lies along an axis, dividing each number by its own size makes
# the ravine round, and a handful of steps suffices. Tilt it, and both numbers feel the steep
# direction alike: the advantage is gone. SGD and momentum do not care about axes. In a network
# nobody knows how the ravines lie; what does lie along axes are differences *between layers*, and
# there the adaptive methods shine.
#
# Watch the race in the tilted ravine, each at its best rate:


# %%
def race(surface_name, rates, num_steps, frames, zoom=None):
    """Film of all five paths over a surface; the last frame shows them whole."""
    surface = SURFACES[surface_name]
    paths = {
        name: optimizers.descend(
            getattr(optimizers, name),
            surface.start,
            surface.gradient,
            num_steps,
            learning_rate=rates[name],
        )
        for name in NAMES
    }
    fig, ax = plt.subplots(figsize=(5.6, 4))
    draw_surface(ax, surface_name)
    lines = {
        name: ax.plot(
            [],
            [],
            color=COLOUR[name],
            linestyle=DASHES[name],
            linewidth=1.8,
            label=f"{name}, η = {rates[name]:.3g}",
        )[0]
        for name in NAMES
    }
    heads = {
        name: ax.plot(
            [], [], MARKER[name], color=COLOUR[name], markersize=8, markeredgecolor="black"
        )[0]
        for name in NAMES
    }
    ax.legend(
        handles=list(heads.values()),
        labels=[line.get_label() for line in lines.values()],
        fontsize=8,
        loc="lower right",
    )
    moments = np.unique(np.round(np.geomspace(1, num_steps, frames)).astype(int))

    def draw(number):
        for name, path in paths.items():
            lines[name].set_data(*path[: moments[number] + 1].T)
            heads[name].set_data(*path[moments[number]][:, None])
        ax.set_title(f"{surface_name}, step {moments[number]}")

    return fig, draw, len(moments), paths


with experiment():
    fig, draw, count, paths = race(
        "ravine", {name: best_rate.get(("tilted", name), 0.01) for name in NAMES}, 60, 24
    )
    figures.film(
        fig,
        draw,
        count,
        dpi=85,
        alt="Film of five optimizers in the tilted ravine over 60 steps. SGD and AdaGrad zigzag "
        "from wall to wall; momentum and Adam swing along the valley in wide curves and are the "
        "first; RMSProp follows the valley floor slowly.",
        caption="The ravine, each optimizer at its best rate. (It plays three times; run the cell "
        "to see it again.)",
    )

# %% [markdown]
# ### The saddle
#
# The start is on the left, only 0.001 beside the ridge. The gradient across the ridge is tiny
# there, and that along it points straight to the pass, where it vanishes. All five get the same
# rate, 0.03. **Predict**: who will hang on the pass the longest, and which will hardly notice it?

# %%
with experiment():
    saddle = SURFACES["saddle"]
    fig, draw, count, paths = race("saddle", dict.fromkeys(NAMES, 0.03), 300, 26)
    escaped = {name: int(np.argmax(abs(path[:, 1]) > 0.7)) for name, path in paths.items()}
    figures.film(
        fig,
        draw,
        count,
        dpi=85,
        alt="Film of five optimizers at the saddle. RMSProp, Adam and AdaGrad leave the ridge at "
        "once, diagonally towards the upper minimum, AdaGrad slower and slower; momentum shoots "
        "over the pass, comes back and turns off; SGD goes straight to the pass and waits there "
        "the longest.",
        caption="The saddle at one learning rate, 0.03.",
    )
    for name in NAMES:
        print(f"{name:10} is off the ridge after {escaped[name]:4} steps")

# %% tags=["solutions-only"]
assert (
    escaped["RMSProp"] < escaped["Adam"] < escaped["Momentum"] < escaped["AdaGrad"] < escaped["SGD"]
), escaped
assert escaped["SGD"] > 200 and escaped["RMSProp"] < 20

# %% [markdown] answer_points=3 grade_id="optimizers-saddle-explained"
# Explain the order with the formulas: why does SGD wait so long, what does momentum change, and why
# do RMSProp and Adam not wait at all, although the gradient across the ridge is only 0.001 at
# first?
#
# ### BEGIN SOLUTION
# Near the ridge the gradient across it is $-y$: SGD multiplies $y$ by $1 + \eta = 1.03$ in each
# step, so from 0.001 to about 1 it takes $\ln 1000 / \ln 1.03 \approx 230$ steps.
#
# Momentum sums these gradients, which all point the same way: up to ten times the speed, hence a
# few times fewer steps.
#
# RMSProp and Adam divide each number's step by the typical size of *its own* gradient. Across the
# ridge both the gradient and the root of its mean square are about 0.001, their ratio is about 1,
# and the step is about as long as the learning rate from the start: 0.03, thirty times the distance
# from the ridge. (AdaGrad begins like that too; but its sum has grown by the time, and its steps
# have become short.)
# ### END SOLUTION

# %% [markdown]
# ### Many hollows
#
# One start proves little where luck decides. `descend` works on any array, so give it 200 random
# starts at once, 400 steps each, and count how many end in the lowest hollow of all.

# %%
arrived = {}
with experiment():
    bumps = SURFACES["bumps"]
    starts = np.random.default_rng(0).uniform(-6, 6, size=(200, 2))
    hollow_rates = (0.01, 0.03, 0.1, 0.3)
    print(
        f"{'share in the lowest hollow':28}" + "".join(f"η = {rate:<8g}" for rate in hollow_rates)
    )
    for name in NAMES:
        for rate in hollow_rates:
            ends = optimizers.descend(
                getattr(optimizers, name), starts, bumps.gradient, 400, learning_rate=rate
            )[-1]
            arrived[name, rate] = np.mean(abs(ends).max(axis=1) < 0.5)
        print(f"{name:28}" + "".join(f"{arrived[name, rate]:<12.0%}" for rate in hollow_rates))

    fig, draw, count, paths = race(
        "bumps",
        {"SGD": 0.1, "Momentum": 0.03, "AdaGrad": 0.3, "RMSProp": 0.1, "Adam": 0.3},
        150,
        26,
    )
    figures.film(
        fig,
        draw,
        count,
        dpi=85,
        alt="Film of five optimizers on the bumps. SGD, AdaGrad and RMSProp stop in a hollow near "
        "the start; momentum and Adam roll on through several hollows.",
        caption="From one start: what has no memory of its direction stays in the first hollow it "
        "falls into.",
    )

# %% tags=["solutions-only"]
assert max(arrived["SGD", rate] for rate in hollow_rates) < 0.1
assert max(arrived["Momentum", rate] for rate in hollow_rates) > 0.3 and arrived["Adam", 0.3] > 0.4

# %% [markdown]
# Chance alone puts about 5 % of the starts into the lowest hollow, and that is what SGD leaves them
# with. Velocity carries over small bumps; not always to the lowest hollow, but mostly to a lower
# one.
#
# Now you: choose a surface and an optimizer, and turn the knobs. What is $\mu$ good for on the
# saddle? Can you get RMSProp to leave the hollows? Which optimizer works at the most rates?


# %%
def draw_path(surface, optimizer, log_rate, memory, steps):
    """One path; memory is μ for momentum and Adam, ν for RMSProp."""
    chosen = SURFACES[surface]
    options = {"learning_rate": 10**log_rate}
    if optimizer in ("Momentum", "Adam"):
        options["momentum"] = memory
    if optimizer == "RMSProp":
        options["decay"] = memory
    with np.errstate(all="ignore"):
        path = optimizers.descend(
            getattr(optimizers, optimizer), chosen.start, chosen.gradient, steps, **options
        )
    fig, ax = plt.subplots(figsize=(6.4, 4))
    draw_surface(ax, surface)
    ax.plot(*path.T, color=COLOUR[optimizer], marker=MARKER[optimizer], markersize=4, linewidth=1)
    height = chosen.height(path[-1])
    told = ", ".join(f"{name} {value:.3g}" for name, value in options.items())
    ax.set_title(f"{optimizer}, {told}: height {height:.3g} after {steps} steps")
    figures.show(
        fig,
        alt=f"The path of {optimizer} over the {surface}, {told}; after {steps} steps it is at "
        f"height {height:.3g}.",
        caption=f"{optimizer} on the {surface}. Height {height:.3g} after {steps} steps.",
    )


with experiment():
    draw_path("bumps", "Momentum", -1.5, 0.9, 100)

# %%
figures.explore(
    draw_path,
    surface=list(SURFACES),
    optimizer=ipywidgets.Dropdown(options=NAMES, value="Momentum"),
    log_rate=ipywidgets.FloatSlider(-1.5, min=-4, max=1, step=0.1, description="log₁₀ rate"),
    memory=ipywidgets.FloatSlider(0.9, min=0, max=0.99, step=0.01, description="μ or ν"),
    steps=ipywidgets.IntSlider(100, 1, 400),
)

# %% [markdown]
# ## 7. On a network
#
# Surfaces teach; networks decide. A two-layer network, 64-64-10, on the digits: 3 epochs with each
# optimizer at each of 13 rates, always from the same first weights and with the same batches. Which
# rate will each want, compared with SGD? (Think of the speed that momentum reaches, and of the
# length of Adam's steps.)

# %%
digits = datasets.load("digits")
mean_image = digits.train_images.mean(axis=0)


def ready(images):
    """Zero-centred, scaled, flat, float32."""
    return ((images - mean_image) / 64).reshape(len(images), -1).astype(np.float32)


data = (
    ready(digits.train_images),
    digits.train_labels,
    ready(digits.validation_images),
    digits.validation_labels,
)
test = ready(digits.test_images), digits.test_labels


def trained(name, rate, epochs, seed=0, progress=False):
    """Train a fresh network; return it and its History."""
    model = layers.mlp([64, 64, 10], np.random.default_rng(seed))
    optimizer = getattr(optimizers, name)(model.parameters(), learning_rate=rate)
    with np.errstate(all="ignore"):
        history = fit(
            model,
            layers.CrossEntropyLoss(),
            data,
            optimizer,
            epochs=epochs,
            rng=np.random.default_rng(seed + 1),
            progress=progress,
        )
    return model, history


NET_RATES = np.geomspace(1e-5, 10, 13)
swept = {}  # name: validation loss at each rate
best = dict.fromkeys(NAMES, 1.0)  # name: rate; until the sweep has measured it
with experiment():
    for name in tqdm(NAMES, leave=False):
        swept[name] = [
            (trained(name, rate, epochs=3)[1].validation_loss or [np.inf])[-1] for rate in NET_RATES
        ]

    fig, ax = plt.subplots(figsize=(7.5, 3.6))
    for name in NAMES:
        ax.loglog(NET_RATES, swept[name], color=COLOUR[name], marker=MARKER[name], label=name)
    ax.axhline(0.25, color=figures.BLACK, linestyle=":", linewidth=1)
    ax.set(xlabel="learning rate η", ylabel="validation loss after 3 epochs", ylim=(0.04, 30))
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    good = {name: sum(loss < 0.25 for loss in swept[name]) for name in NAMES}
    best = {name: NET_RATES[int(np.argmin(swept[name]))] for name in NAMES}
    figures.show(
        fig,
        alt="Validation loss against the learning rate, both on logarithmic scales, five valleys. "
        "Each falls from about 3 to below 0.1 and rises again steeply. Lowest: "
        + ", ".join(f"{name} at {best[name]:.2g}" for name in NAMES)
        + ".",
        caption="Every optimizer has its own valley: there is no good rate without the optimizer "
        "it is for. Rates below the dotted line, a loss of 0.25: "
        + ", ".join(f"{name} {good[name]}" for name in NAMES)
        + ", of 13.",
    )

# %% tags=["solutions-only"]
assert max(min(losses) for losses in swept.values()) < 0.12, swept
assert all(2 <= count <= 4 for count in good.values()), good
assert (
    best["Momentum"] < 0.2 * best["SGD"] and max(best["Adam"], best["RMSProp"]) < 0.05 * best["SGD"]
), best

# %% [markdown]
# Momentum wants about a tenth of SGD's rate, because its velocity adds up to ten times the
# gradient. Adam and RMSProp want less still: their rate *is* the length of a step, whatever the
# gradient. And the valleys are about equally wide, two or three of these rates: the adaptive
# methods do not spare you the search, they only move it.
#
# Then each at its own best rate, for 20 epochs. Expect 95 to 99 % on the test images from all five:
# on a problem this easy the optimizer decides how *soon*, not how well.

# %%
with experiment():
    histories = {}
    for name in tqdm(NAMES, leave=False):
        rate = NET_RATES[int(np.argmin(swept.get(name, [0])))]
        model, histories[name] = trained(name, rate, epochs=20)
        reached[name] = evaluate(model, layers.CrossEntropyLoss(), *test)[1]

    fig, ax = plt.subplots(figsize=(7.5, 3.4))
    for name, history in histories.items():
        smooth = np.convolve(history.losses, np.ones(19) / 19, mode="valid")
        ax.semilogy(
            smooth,
            color=COLOUR[name],
            marker=MARKER[name],
            markevery=40,
            label=f"{name}, η = {history.learning_rates[0]:.2g}",
        )
    ax.set(xlabel="step", ylabel="loss, mean of 19 batches")
    ax.legend()
    figures.show(
        fig,
        alt="Five loss curves over 380 steps on a logarithmic scale. All fall from about 1; all "
        "end below 0.02.",
        caption="Loss on the digits, each optimizer at its best rate of the sweep.",
    )
    for name in NAMES:
        epochs = int(np.argmax(np.array(histories[name].validation_accuracy) > 0.95)) + 1
        print(
            f"{name:10} {epochs:2} epochs to 95 % of the validation images; test "
            f"{reached[name]:.1%}"
        )

# %% [markdown]
# ### Another network
#
# Does the ranking hold elsewhere? A small ConvNet, two convolutions and a linear layer (the
# toolkit's fast ones), on 1,000 shapes of 16×16 pixels, 10 epochs. Each optimizer gets four rates:
# its best on the digits, and up to thirty times less; three seeds. **Predict**: will the best rates
# be those of the digits? Will all five still come equally far?

# %%
shapes = datasets.load("shapes")
small = shapes.train_images[:1000].reshape(1000, 16, 2, 16, 2, 3).mean(axis=(2, 4))
pictures = ((small - small.mean(axis=0)) / 64).transpose(0, 3, 1, 2).astype(np.float32)
FACTORS = 10 ** np.array([-1.5, -1, -0.5, 0])


def convnet(seed):
    rng = np.random.default_rng(seed)
    return layers.Sequential(
        fast.Conv2d(3, 12, 3, padding=1, rng=rng, input_gradient=False),
        fast.ReLU(),
        fast.MaxPool2d(2),
        fast.Conv2d(12, 24, 3, padding=1, rng=rng),
        fast.ReLU(),
        fast.MaxPool2d(2),
        fast.Flatten(),
        fast.Linear(384, 10, rng),
    )


def loss_curve(name, rate, seed, epochs=10):
    """The training loss of each epoch; infinite from where the run broke off."""
    model = convnet(seed)
    optimizer = getattr(optimizers, name)(model.parameters(), learning_rate=rate)
    with np.errstate(all="ignore"):
        history = fit(
            model,
            layers.CrossEntropyLoss(),
            (pictures, shapes.train_labels[:1000]),
            optimizer,
            epochs=epochs,
            rng=np.random.default_rng(seed),
            progress=False,
        )
    return history.train_loss + [np.inf] * (epochs - history.epochs)


curves, factor_of = {}, {}
with experiment():
    for name in tqdm(NAMES, leave=False):
        tried = {
            factor: np.array([loss_curve(name, factor * best[name], seed) for seed in (0, 1, 2)])
            for factor in tqdm(FACTORS, leave=False)
        }
        factor_of[name] = min(tried, key=lambda factor: tried[factor][:, -1].mean())
        curves[name] = tried[factor_of[name]]

    fig, ax = plt.subplots(figsize=(7.5, 3.6))
    for name, losses in curves.items():
        rate = factor_of[name] * best[name]
        line = {"color": COLOUR[name], "marker": MARKER[name], "label": f"{name}, η = {rate:.2g}"}
        ax.plot(range(1, 11), losses.mean(axis=0), **line)
    ax.set(xlabel="epoch", ylabel="training loss, mean of three seeds", ylim=(0, 2.4))
    ax.legend(loc="lower left")
    told = ", ".join(f"{name} {losses[:, -1].mean():.2f}" for name, losses in curves.items())
    figures.show(
        fig,
        alt="Five loss curves over 10 epochs of a small ConvNet, all falling from about 2.3. After "
        f"the last epoch: {told}.",
        caption="The ConvNet on 1,000 shapes, each optimizer at the best of four rates.",
    )
    for name, losses in curves.items():
        print(
            f"{name:10} best rate {factor_of[name]:4.2f} times that of the digits; loss after 10 "
            f"epochs {losses[:, -1].round(2)}"
        )

# %% tags=["solutions-only"]
after = {name: losses[:, -1].mean() for name, losses in curves.items()}
assert after["SGD"] == max(after.values()), after
assert max(after["Adam"], after["RMSProp"]) < after["SGD"] - 0.2, after
assert sum(factor < 1 for factor in factor_of.values()) >= 4, factor_of

# %% [markdown]
# The rates have moved: nearly all of them want less here than on the digits, down to a tenth, so a
# rate found on one network is no more than a first guess for another. And here, where training is
# not over after a few epochs, the optimizer matters: SGD is the last, RMSProp and Adam are well
# ahead of it. (Ten epochs and three seeds of one small network: enough to doubt that SGD will do,
# not enough to crown a winner.)
#
# ## 8. Where this differs from PyTorch
#
# Your `SGD`, `Momentum` and `Adam` take exactly the steps of `torch.optim.SGD` and
# `torch.optim.Adam`. Two differ:
#
# | | slide, and you | PyTorch |
# |---|---|---|
# | AdaGrad | $g / \sqrt{n + \varepsilon}$ | $g / (\sqrt{n} + \varepsilon)$, with $\varepsilon = 10^{-10}$ |
# | RMSProp | $g / \sqrt{n + \varepsilon}$, here with $\nu = 0.9$ | $g / (\sqrt{n} + \varepsilon)$, with $\nu = 0.99$ |
#
# (A *running mean* of the gradients with bias correction, Adam's, is also not what momentum's sum
# does: $m = \mu m + g$ has no $1 - \mu$.) Does it matter where $\varepsilon$ stands? For large
# gradients it does not. It does where a gradient is as small as $\sqrt\varepsilon$: predict the
# size of the first AdaGrad step of both for a gradient of $10^{-6}$, with $\eta = 1$ and
# $\varepsilon = 10^{-8}$.

# %%
with experiment():
    print("gradient    under the root    beside the root")
    for size in (1.0, 1e-2, 1e-4, 1e-6):
        path = optimizers.descend(
            optimizers.AdaGrad,
            np.zeros(1),
            lambda place, size=size: np.full(1, size),
            1,
            learning_rate=1.0,
            epsilon=1e-8,
        )
        beside = size / (np.sqrt(size**2) + 1e-8)
        print(f"{size:8.0e}{-path[1, 0]:18.4f}{beside:19.4f}")

# %% tags=["solutions-only"]
assert abs(-path[1, 0] - 0.01) < 1e-4 and abs(beside - 0.99) < 1e-3

# %% [markdown]
# Under the root, $\varepsilon = 10^{-8}$ acts on gradients below $10^{-4}$; beside it, on those
# below $10^{-8}$. Who takes over a value of $\varepsilon$ from a paper had better look where it
# stood.
#
# ## What you can do now
#
# You can write the five optimizers from their formulas, say what each remembers and what that is
# good for, tell why a ravine forces small rates on SGD, why a saddle holds it and not Adam, and why
# the bias correction is there; and you know that two optimizers are compared at *their own* best
# rates, or not at all. How to find these rates, and how to see from the curves that one is wrong,
# is the next notebook: babysitting.
#
# **Your numbers beside the numbers to expect** (digits, test images, 20 epochs at the best rate of
# the sweep):

# %%
scoreboard([(f"digits, {name}", reached.get(name), 0.95, 0.99) for name in NAMES])

# %% tags=["solutions-only"]
assert all(0.95 < reached[name] < 0.99 for name in NAMES), reached

# %% [markdown]
# **Pack your work:** in a terminal, `dlcourse submit part6_training` writes one file to hand in.
