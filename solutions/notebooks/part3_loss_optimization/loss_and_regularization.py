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
# # Part III, first half: loss functions and regularization
#
# **The question.** A linear classifier gives every class a score, and other weights give other scores. Which weights
# are *better*? To search for good ones, a computer needs the answer as one number, smaller for better weights. What
# should that number measure, and in which direction should it push the scores? And if two sets of weights do equally
# well on the images you have, which one should you believe?
#
# **What you will build**, in the files `dlcourse/losses.py` and `dlcourse/regularization.py`:
#
# 1. softmax, which turns scores into probabilities, whatever their size,
# 2. two losses with their gradients: cross-entropy and hinge,
# 3. four ways to prefer simple weights: L2, L1, elastic net, max-norm.
#
# **How long it takes.** Two to two and a half hours: seven exercises of five to thirty minutes, three questions to
# answer in words, and a dozen experiments that use what you wrote.
#
# **How to work.** As in Part I: write a function, save the file, run the check cell below the exercise. You do not
# need anything from Parts I and II here; where an experiment needs the scores of a linear classifier, it computes them
# in one line.
#
# **The numbers to reach.** A loss of 2.303 before any training, which you will predict; about 95 % on scanned digits; a
# classifier that does without nearly three quarters of its weights; one that finds the digit in a snowstorm, where
# others learn the snow; and one that reaches about 70 % although 30 % of the labels it learned from are wrong (without
# a penalty: less than 60 %). The end of the notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from dlcourse import losses, regularization
from dlcourse.toolkit import datasets, figures
from dlcourse.toolkit.notebook import experiment, scoreboard

figures.set_style()
reached = {}  # the numbers you measure, for the comparison at the end

# %% [markdown]
# ## 1. What a loss is
#
# Symbols first; they stay the same in the whole notebook.
#
# | symbol | what | shape in code |
# |---|---|---|
# | $N, C, D$ | how many examples, classes, numbers an image | |
# | $x_i$ | image number $i$, flattened | a row of `pixels`, $(N, D)$ |
# | $y_i$ | its right class, a whole number from 0 to $C - 1$ | an entry of `labels`, $(N,)$ |
# | $W, b$ | weight and bias of the linear classifier | `weight` $(C, D)$, `bias` $(C,)$ |
# | $s_i = W x_i + b$ | the scores of image $i$, one a class | a row of `scores`, $(N, C)$ |
#
# The **loss** of one example, $L_i$, says how unhappy you are with its scores, given that class $y_i$ is right. The
# loss of a batch is the mean:
#
# $$ L = \frac{1}{N} \sum_{i=1}^{N} L_i\big(f(x_i, W),\, y_i\big), \qquad f(x_i, W) = s_i . $$
#
# Why not simply count the mistakes? Counting is what you want in the end, but it gives no direction: change a weight a
# little, and the count nearly always stays the same. Here are 40 digits of two kinds, zeros and ones, and a linear
# classifier with two random templates. One single weight moves:

# %%
digits = datasets.load("digits")


def flat(images):
    """Images as rows of numbers from -0.5 to 0.5."""
    return images.reshape(len(images), -1) / 255 - 0.5


zeros_and_ones = np.flatnonzero(digits.train_labels < 2)[:40]
pixels, labels = flat(digits.train_images[zeros_and_ones]), digits.train_labels[zeros_and_ones]
rng = np.random.default_rng(4)
templates = 0.5 * rng.normal(size=(2, 64))
positions = np.linspace(-4, 4, 401)
scores = np.repeat((pixels @ templates.T)[np.newaxis], len(positions), axis=0)  # (401, 40, 2)
scores[:, :, 1] += positions[:, np.newaxis] * pixels[:, 28]  # pixel 28 is near the middle
mistakes = (scores.argmax(axis=2) != labels).mean(axis=1)

fig, ax = plt.subplots(figsize=(6, 3.2))
ax.step(positions, 100 * mistakes)
ax.set(xlabel="change of one weight", ylabel="mistakes [%]", ylim=(0, 105))
figures.show(
    fig,
    alt="The share of mistakes against the change of one weight: a staircase with flat steps, "
    f"from {mistakes[0]:.0%} on the left to {mistakes[-1]:.0%} on the right.",
    caption="Counting mistakes makes a staircase. On a step, nothing says which way is down: the "
    "slope is 0 almost everywhere.",
)
flat_share = np.mean(np.diff(mistakes) == 0)
print(f"{flat_share:.0%} of these small steps change nothing")

# %% tags=["solutions-only"]
assert mistakes[0] > mistakes[-1] + 0.1 and flat_share > 0.8

# %% [markdown]
# A useful loss has a slope wherever there is something to improve. The two of this notebook have one, and for both you
# will compute it: the **gradient** $\partial L / \partial s$, an array of the shape of the scores that says how the
# loss changes if you change each score a little.
#
# ## 2. Softmax: from scores to probabilities
#
# Scores can be any numbers: 3.2 for cat, 5.1 for dog, −1.7 for ship. To read them as probabilities, they must become
# positive and add up to 1. The exponential makes them positive, and dividing by the sum does the rest:
#
# $$ p_k = P(Y = k \mid x) = \frac{e^{s_k}}{\sum_{j=1}^{C} e^{s_j}} , $$
#
# where $s_k$ is the score of class $k$ and $p_k$ its probability. This is the **softmax**: the largest score gets the
# largest share, and the others get what is left instead of nothing.
#
# Written down just like that, it works with scores like these, and fails with larger ones:


# %%
def naive_softmax(scores):
    exponentials = np.exp(scores)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


lecture_scores = np.array([[3.2, 5.1, -1.7]])  # cat, dog, ship
with np.errstate(all="ignore"):  # NumPy would warn; look at the results instead
    print("scores 3.2, 5.1, -1.7:   ", naive_softmax(lecture_scores))
    print("the same, each + 1000:   ", naive_softmax(lecture_scores + 1000))
    print("the same, each - 1000:   ", naive_softmax(lecture_scores - 1000))
print("the largest number there is:", np.finfo(np.float64).max, "and e^709 is", np.exp(709.0))

# %% tags=["solutions-only"]
with np.errstate(all="ignore"):
    assert (
        np.isnan(naive_softmax(lecture_scores + 1000)).all()
        and np.isnan(naive_softmax(lecture_scores - 1000)).all()
    )
    assert np.isinf(np.exp(710.0))
np.testing.assert_allclose(naive_softmax(lecture_scores), [[0.13, 0.87, 0.00]], atol=0.005)

# %% [markdown]
# $e^{1003}$ is larger than any number your computer can store: it becomes infinity, and infinity divided by infinity
# is `nan`, "not a number". $e^{-1003}$ becomes 0, and 0 / 0 is `nan` as well. A single `nan` in a loss turns every
# weight into `nan` at the next step.
#
# The cure costs nothing. Add the same constant $c$ to all scores of an example:
#
# $$ \frac{e^{s_k + c}}{\sum_j e^{s_j + c}} = \frac{e^c \, e^{s_k}}{e^c \sum_j e^{s_j}} = p_k . $$
#
# The probabilities stay the same. So choose $c = -\max_j s_j$, for each example its own: the largest score becomes 0,
# its exponential 1, all others lie between 0 and 1, and the sum between 1 and $C$. Nothing can overflow, and the
# denominator cannot become 0.
#
# ### Exercise: `softmax`
#
# In `dlcourse/losses.py`, write `softmax(scores)`: scores of shape $(N, C)$ in, probabilities of the same shape and
# type out. The check tries the lecture's scores, scores around ±1000 (both in one batch), `float32`, and makes sure
# that the caller's array stays as it was.

# %%
check("losses.softmax")

# %% [markdown]
# The lecture's example in three steps. **Expect** exponentials 24.5, 164.0 and 0.18, and probabilities 0.13, 0.87 and
# 0.00 (rounded: the ship keeps about a thousandth).

# %%
CLASSES = ["cat", "dog", "ship"]


def draw_softmax(cat, dog, ship, right=None):
    scores = np.array([[cat, dog, ship]])
    probabilities = losses.softmax(scores)[0]
    steps = {
        "scores s": (scores[0], "{:.1f}"),
        "exponentials exp(s)": (np.exp(scores[0]), "{:.3g}"),
        "probabilities p": (probabilities, "{:.2f}"),
    }
    fig, axes = plt.subplots(1, 3, figsize=(9.5, 2.9))
    for ax, (title, (values, form)) in zip(axes, steps.items(), strict=True):
        bars = ax.bar(CLASSES, values, color=figures.BLUE)
        if right in CLASSES:
            bars[CLASSES.index(right)].set(color=figures.VERMILION, hatch="//", edgecolor="black")
        ax.bar_label(bars, [form.format(value) for value in values], padding=2)
        ax.axhline(0, color="black", linewidth=0.8)
        ax.margins(y=0.15)
        ax.set_title(title)
    axes[2].set_ylim(0, 1.15)
    said = [
        f"{title}: " + ", ".join(form.format(value) for value in values)
        for title, (values, form) in steps.items()
    ]
    if right in CLASSES:
        said.append(f"the bars of {right} are hatched")
        probability = probabilities[CLASSES.index(right)]
        caption = (
            f"If {right} is right (hatched), its probability is {probability:.3f}, and the loss "
            f"is -ln {probability:.3f} = {-np.log(probability):.2f}."
        )
    else:
        caption = "The exponential stretches the differences; dividing by the sum makes shares."
    figures.show(
        fig, alt="Three bar charts for cat, dog, ship. " + "; ".join(said) + ".", caption=caption
    )


with experiment():
    draw_softmax(3.2, 5.1, -1.7)
    reached["probability of dog"] = losses.softmax(lecture_scores)[0, 1]

# %% tags=["solutions-only"]
np.testing.assert_allclose(np.exp(lecture_scores), [[24.5, 164.0, 0.18]], atol=0.05)
np.testing.assert_allclose(losses.softmax(lecture_scores), [[0.13, 0.87, 0.001]], atol=0.005)

# %% [markdown]
# ## 3. Cross-entropy: the logarithm of being right
#
# Now punish an example for every bit of probability that its right class lacks:
#
# $$ L_i = -\ln p_{y_i} , $$
#
# with the **natural** logarithm. If the right class has probability 1, the loss is 0; at probability 0.5 it is 0.69;
# and as the probability goes to 0, the loss grows without bound. It is called **cross-entropy** or softmax loss.
#
# ### Check the lecture
#
# For the scores above and the right class *dog*, the lecture's slide says that the loss is **0.06**. Computing is the
# best way to read a slide. What do you get from your softmax? And if it is something else, where could the slide's
# number come from?

# %%
with experiment():
    probability = losses.softmax(lecture_scores)[0, 1]
    print("the slide: 0.06")
    for base, logarithm in (("e ", np.log), ("2 ", np.log2), ("10", np.log10)):
        print(
            f"minus the logarithm of {probability:.3f} to base {base}: {-logarithm(probability):.3f}"
        )

# %% tags=["solutions-only"]
assert abs(-np.log(probability) - 0.14) < 0.005 and abs(-np.log10(probability) - 0.06) < 0.005

# %% [markdown]
# The loss is **0.14**. The slide's 0.06 is a logarithm to base 10: many pocket calculators mean that one by "log". It
# is no disaster, since another base only multiplies every loss by the same number. But two things below belong to the
# natural logarithm alone: the simple gradient, and the loss before training.
#
# Now turn the knobs. Raise all three scores by the same amount: what happens to the bars in the middle, and what to
# those on the right? How far must the dog lead so that its loss is below 0.01? And what does it cost if ship is right?

# %%
with experiment():
    draw_softmax(3.2, 5.1, -1.7, right="dog")

# %%
figures.explore(
    draw_softmax, cat=(-4.0, 8.0, 0.1), dog=(-4.0, 8.0, 0.1), ship=(-4.0, 8.0, 0.1), right=CLASSES
)

# %% [markdown]
# ### Never infinite
#
# There is a trap again. Let the right class trail by 1000, and take the logarithm of its probability:

# %%
with experiment(), np.errstate(all="ignore"):
    print("the loss of class 0:", -np.log(losses.softmax(np.array([[0.0, 1000.0]]))[0, 0]))

# %% [markdown]
# The probability is $e^{-1000}$. It is stored as 0, and the logarithm of 0 is minus infinity. But the loss itself is a
# harmless number, 1000. Put the formula of the softmax in, *before* computing anything:
#
# $$ L_i = -\ln \frac{e^{s_{y_i}}}{\sum_j e^{s_j}} = \ln \Big( \sum_j e^{s_j} \Big) - s_{y_i} . $$
#
# The logarithm and the exponential of the right class have cancelled. Subtract the largest score from all scores
# first, as before, and neither the sum can overflow nor its logarithm become infinite: the sum is at least 1.
#
# ### The gradient, step by step
#
# Take one example and call its right class $y$ (without the index $i$). How does $L_i$ change with the score $s_k$ of
# some class $k$?
#
# 1. The first term: the derivative of $\ln u$ is $1/u$, and of $u = \sum_j e^{s_j}$ only the summand $j = k$ depends
#    on $s_k$, with derivative $e^{s_k}$. Together, $\frac{1}{\sum_j e^{s_j}} \, e^{s_k}$. That is $p_k$.
# 2. The second term, $-s_y$, depends on $s_k$ only if $k = y$; then its derivative is $-1$.
#
# $$ \frac{\partial L_i}{\partial s_k} = p_k - [k = y], \qquad [k = y] = 1 \text{ if } k = y, \text{ else } 0 . $$
#
# 3. The loss of the batch is the *mean* of the $L_i$, and each score belongs to one example only. So each row is
#    divided by $N$. With all probabilities in $P$ and the right classes marked by ones in $Y$, both $(N, C)$,
#
# $$ \frac{\partial L}{\partial S} = \frac{1}{N} (P - Y), \qquad \text{shape } (N, C). $$
#
# Read it as a force: the score of each wrong class is pushed down as hard as it is believed, and the right class is
# pulled up by what it lacks.
#
# ### Exercise: `cross_entropy`
#
# Write `cross_entropy(scores, labels)`: it returns the mean loss, a Python float, *and* the gradient. You need
# `scores[np.arange(N), labels]`, which picks the right class of each row. The check compares the gradient with
# numerical derivatives, asks for the loss of $C$ equal scores, and lets the right class trail by thousands.

# %%
check("losses.cross_entropy")

# %% tags=["solutions-only"]
np.testing.assert_allclose(losses.cross_entropy(np.array([[0.0, 1000.0]]), np.array([0]))[0], 1000)

# %% [markdown]
# The lecture's scores once more: what does the gradient want, if dog is right, and if cat is? **Expect** the pushes to
# add up to 0 each time.

# %%
with experiment():
    fig, axes = plt.subplots(1, 2, figsize=(9, 2.9), sharey=True)
    said = []
    for ax, right in zip(axes, (1, 0), strict=True):
        loss, gradient = losses.cross_entropy(lecture_scores, np.array([right]))
        reached[f"loss of {CLASSES[right]}"] = loss
        bars = ax.bar(
            CLASSES,
            -gradient[0],
            color=[figures.VERMILION if k == right else figures.BLUE for k in range(3)],
        )
        ax.bar_label(bars, [f"{-value:+.3f}" for value in gradient[0]], padding=2)
        ax.axhline(0, color="black", linewidth=0.8)
        ax.set(title=f"if {CLASSES[right]} is right: loss {loss:.2f}", ylim=(-1.1, 1.1))
        said.append(
            f"if {CLASSES[right]} is right: " + ", ".join(f"{-value:+.3f}" for value in gradient[0])
        )
    axes[0].set_ylabel("push on the score,\nminus the gradient")
    figures.show(
        fig,
        alt="Two bar charts of minus the gradient for cat, dog, ship; " + "; ".join(said) + ".",
        caption="Which way each score should go. Left, nearly content: a little push. On the right, "
        "badly mistaken: the dog loses what the cat gains. The pushes add up to 0, for only "
        "differences of scores matter.",
    )

# %% tags=["solutions-only"]
np.testing.assert_allclose(
    losses.cross_entropy(lecture_scores, np.array([0]))[1].sum(), 0, atol=1e-15
)

# %% [markdown]
# ### Why the mean
#
# If you *added up* the losses of a batch, twice the examples would mean twice the loss and twice the gradient, and
# every step of the search would get longer. Take digits, small random weights, and batches of 5 to 1,000 images.
# (The gradient of the weights is derived in section 5.) **Expect** the sums to grow in proportion to $N$, and the
# means to settle on a constant.

# %%
with experiment():
    rng = np.random.default_rng(0)
    weight = 0.1 * rng.normal(size=(10, 64))
    sizes = [5, 10, 30, 100, 300, 1000]
    mean_loss, mean_slope = [], []
    for size in sizes:
        pixels, labels = flat(digits.train_images[:size]), digits.train_labels[:size]
        loss, gradient = losses.cross_entropy(pixels @ weight.T, labels)
        mean_loss.append(loss)
        mean_slope.append(np.linalg.norm(gradient.T @ pixels))
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
    for ax, values, title in zip(
        axes, (mean_loss, mean_slope), ("loss", "length of the gradient of W"), strict=True
    ):
        ax.loglog(sizes, values, "o-", label="mean")
        ax.loglog(sizes, np.multiply(sizes, values), "s--", label="sum")
        ax.set(
            xlabel="examples N",
            ylabel=title,
            xticks=sizes,
            xticklabels=[f"{size:,}" for size in sizes],
        )
        ax.minorticks_off()
        ax.legend()
    figures.show(
        fig,
        alt="Loss and length of the gradient against the number of examples, logarithmic. The "
        f"sums rise in proportion; the mean loss stays between {min(mean_loss):.2f} and "
        f"{max(mean_loss):.2f}, the length of the mean gradient goes from {mean_slope[0]:.2f} to "
        f"{mean_slope[-1]:.2f}.",
        caption="The mean estimates the same number from few or many examples, so a step length "
        "that suits 64 examples also suits 640. The sum does not.",
    )

# %% tags=["solutions-only"]
assert max(mean_loss) < 1.3 * min(mean_loss) and mean_slope[0] < 3 * mean_slope[-1]

# %% [markdown]
# ### The loss before training
#
# Before training, weights are small random numbers, so all scores are nearly 0: the classifier has no opinion.
#
# **Predict before you run the next cell.** With $C = 10$ classes and nearly equal scores, what is the cross-entropy?
# Does it depend on the images? What would you suspect if a network that you start to train reports 60 as its first
# loss, and what if it still reports the number you predict after an hour?

# %% [markdown] answer_points=2 grade_id="loss-before-training"
# ### BEGIN SOLUTION
# Equal scores mean equal probabilities, $1/C$ each, so every example costs $-\ln(1/C) = \ln C$; for ten classes that
# is 2.303, whatever the images and the labels are. A first loss of 60 says that the scores are far from equal: the
# classifier is sure, and wrong. Its weights or its input are too large (unscaled pixels, for example). If the loss is
# still 2.303 after an hour, the classifier still has no opinion: nothing is learned, perhaps because the gradient does
# not arrive, the learning rate is far too small, or labels and images do not belong together.
# ### END SOLUTION

# %%
with experiment():
    shapes = datasets.load("shapes", train=500, validation=100, test=100)
    rng = np.random.default_rng(0)
    for data in (digits, shapes):
        pixels, labels = flat(data.train_images[:500]), data.train_labels[:500]
        for scale in (0.001, 1.0):
            weight = scale * rng.normal(size=(10, pixels.shape[1]))
            loss, _ = losses.cross_entropy(pixels @ weight.T, labels)
            reached[data.name, scale] = loss
            print(f"{data.name:7} weights of size {scale:5}: loss {loss:6.3f}")
    print(f"ln 10 = {np.log(10):.3f}")

# %% tags=["solutions-only"]
assert all(abs(reached[name, 0.001] - 2.303) < 0.01 for name in ("digits", "shapes")), reached
assert reached["shapes", 1.0] > reached["digits", 1.0] > 4

# %% [markdown]
# The first number of every training you will ever start is worth a look: with $C$ classes it should be $\ln C$. If it
# is not, something is wrong before anything has been learned.
#
# ## 4. The hinge loss: right by a margin
#
# Here is another idea of what "happy" means. Do not ask for probabilities. Ask that the right class beats every other
# class by a **margin** $\Delta$, usually 1. A class that is farther behind costs nothing; one that comes closer costs
# what is missing:
#
# $$ L_i = \sum_{j \neq y} \max(0, \; m_j), \qquad m_j = s_j - s_y + \Delta , $$
#
# where $m_j$ says by how much class $j$ violates the margin. This is the multi-class **hinge loss**, that of a support
# vector machine. The lecture's scores once more, by hand, if cat (3.2) is right:
#
# - dog: $\max(0, \; 5.1 - 3.2 + 1) = 2.9$,
# - ship: $\max(0, \; -1.7 - 3.2 + 1) = 0$,
#
# together 2.9. If dog is right, cat is 1.9 behind and ship 6.8: more than the margin, so the loss is 0.
#
# ### The gradient, step by step
#
# 1. A summand with $m_j < 0$ is 0, and stays 0 if the scores move a little: it contributes nothing.
# 2. A summand with $m_j > 0$ is $s_j - s_y + \Delta$: its derivative with respect to $s_j$ is $1$, and with respect to
#    $s_y$ it is $-1$.
# 3. So each wrong class $j$ gets 1 if it violates the margin, else 0. The right class gets $-1$ from each of them:
#
# $$ \frac{\partial L_i}{\partial s_j} = [m_j > 0] \;\text{ for } j \neq y, \qquad
#    \frac{\partial L_i}{\partial s_y} = - \sum_{j \neq y} [m_j > 0] . $$
#
# 4. At $m_j = 0$ exactly there is a kink and no derivative. Everybody takes 0 there.
# 5. The mean over the batch: divide by $N$. The shape is that of the scores, $(N, C)$.
#
# ### Exercise: `hinge_loss`
#
# Write `hinge_loss(scores, labels, margin=1)`, which returns loss and gradient like `cross_entropy`. The check tries
# the example above, other margins, numerical derivatives, and scores that lie on the kink.

# %%
check("losses.hinge_loss")

# %% [markdown]
# ### What each of them cares about
#
# Both losses depend on how far the right class leads. With two classes, let the **gap** be $g = s_y - s_{\text{other}}$:
# positive if the example is classified correctly. Cross-entropy is then $\ln(1 + e^{-g})$, and hinge $\max(0, 1 - g)$.
#
# **Predict before you run the next cell.** An example is right with a gap of 2, and the gap grows to 5. How does each
# loss change, and how hard does each still push? What happens at a gap of −10, an example that is very wrong? Which of
# the two will ever be *content* with a training set, and what will the other one do to the weights, given that it can
# widen every gap by multiplying all weights by 2?

# %% [markdown] answer_points=2 grade_id="loss-when-content"
# ### BEGIN SOLUTION
# From gap 2 to 5, hinge stays at 0 and does not push at either place: the margin of 1 is kept, and more does not pay.
# Cross-entropy falls from 0.127 to 0.007 and still pushes, with $1 - p_y$, which is 0.12 and then 0.007: less and less,
# never 0. At a gap of −10 both are nearly straight lines, cross-entropy 10.0 and hinge 11, and push with slope −1:
# neither pushes harder, however wrong the example is. Hinge is content, with loss and gradient exactly 0, once every
# example keeps the margin. Cross-entropy never is: once all examples are right, larger weights still lower the loss,
# so the weights grow for ever, more and more slowly. A penalty on the weights stops that.
# ### END SOLUTION

# %%
with experiment():
    gaps = np.linspace(-4, 6, 401)
    scores = np.stack([gaps, np.zeros(401)], axis=1)
    fig, (values, slopes) = plt.subplots(1, 2, figsize=(9.5, 3.4))
    for name, loss, line in (
        ("cross-entropy", losses.cross_entropy, "-"),
        ("hinge", losses.hinge_loss, "--"),
    ):
        each = [loss(row[np.newaxis], np.array([0])) for row in scores]
        values.plot(gaps, [value for value, _ in each], line, linewidth=2, label=name)
        slopes.plot(
            gaps, [abs(gradient[0, 0]) for _, gradient in each], line, linewidth=2, label=name
        )
    values.plot(gaps, gaps < 0, ":", color="gray", label="mistake: 1 or 0")
    for ax in (values, slopes):
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set_xlabel("gap: score of the right class minus the other")
        ax.legend()
    values.set(ylabel="loss", title="how unhappy")
    slopes.set(ylabel="size of the gradient", title="how hard it pushes")
    figures.show(
        fig,
        alt="Left: both losses fall with the gap; hinge reaches 0 at gap 1 and stays there, "
        "cross-entropy approaches 0 without reaching it. Right: the gradient of hinge jumps from "
        "1 to 0 at gap 1; that of cross-entropy falls smoothly from 1 through one half at gap 0 "
        "towards 0.",
        caption="Hinge stops caring at gap 1, all at once. Cross-entropy never stops, but cares "
        "less and less. For examples that are very wrong, both push equally hard.",
    )
    for gap in (-10.0, 2.0, 5.0):
        pair = np.array([[gap, 0.0]]), np.array([0])
        print(
            f"gap {gap:5}: cross-entropy {losses.cross_entropy(*pair)[0]:6.3f}, hinge "
            f"{losses.hinge_loss(*pair)[0]:6.3f}"
        )

# %% tags=["solutions-only"]
for gap, expected in ((2.0, 0.127), (5.0, 0.007), (-10.0, 10.0)):
    np.testing.assert_allclose(
        losses.cross_entropy(np.array([[gap, 0.0]]), np.array([0]))[0], expected, atol=5e-4
    )
    assert losses.hinge_loss(np.array([[gap, 0.0]]), np.array([0]))[0] == max(0, 1 - gap)
np.testing.assert_allclose(
    1 - losses.softmax(np.array([[2.0, 0], [5, 0]]))[:, 0], [0.12, 0.007], atol=1e-3
)

# %% [markdown]
# ## 5. From the scores to the weights
#
# You know how the loss changes with the scores. The scores come from the weights, so go one step further back. Call
# the gradient with respect to the scores $G$, with entries $G_{ik} = \partial L / \partial s_{ik}$ for example $i$ and
# class $k$; its shape is $(N, C)$. A score is
#
# $$ s_{ik} = \sum_{d=1}^{D} W_{kd} \, x_{id} + b_k , $$
#
# with $x_{id}$ number $d$ of image $i$.
#
# 1. The weight $W_{kd}$ acts on the loss through the scores of class $k$ only, one an example, and
#    $\partial s_{ik} / \partial W_{kd} = x_{id}$.
# 2. The chain rule: multiply along each way, and add up over the ways, here over the examples:
#
# $$ \frac{\partial L}{\partial W_{kd}} = \sum_{i=1}^{N} G_{ik} \, x_{id} . $$
#
# 3. A sum over $i$ of (row $i$, column $k$) times (row $i$, column $d$) is a matrix product with the first one
#    transposed. The shapes leave no other choice: $(C, N)$ times $(N, D)$ gives $(C, D)$.
# 4. The bias is added to each score as it is, $\partial s_{ik} / \partial b_k = 1$.
#
# $$ \frac{\partial L}{\partial W} = G^\top X, \qquad \frac{\partial L}{\partial b_k} = \sum_{i=1}^{N} G_{ik}, $$
#
# with all images as rows of $X$, $(N, D)$. No further division by $N$: it is in $G$ already.
#
# Derivations go wrong easily, so try this one. The derivative is what the loss changes by if you change *one* weight a
# little, divided by that little; to be accurate, go a step $h$ to either side. **Expect** agreement to about eight
# digits, for both losses.

# %%
with experiment():
    rng = np.random.default_rng(0)
    pixels, labels = flat(digits.train_images[:50]), digits.train_labels[:50]
    weight, bias = rng.normal(size=(10, 64)), rng.normal(size=10)
    h = 1e-5
    print("loss           weight        formula      measured")
    for loss in (losses.cross_entropy, losses.hinge_loss):
        _, gradient = loss(pixels @ weight.T + bias, labels)  # G
        weight_gradient = gradient.T @ pixels
        for k, d in zip(rng.integers(0, 10, 4), rng.integers(16, 48, 4), strict=True):
            above, below = weight.copy(), weight.copy()
            above[k, d] += h
            below[k, d] -= h
            difference = (
                loss(pixels @ above.T + bias, labels)[0] - loss(pixels @ below.T + bias, labels)[0]
            )
            print(
                f"{loss.__name__:13}  W[{k}, {d}]  {weight_gradient[k, d]:11.8f}   "
                f"{difference / (2 * h):11.8f}"
            )
            np.testing.assert_allclose(weight_gradient[k, d], difference / (2 * h), atol=1e-8)

# %% [markdown]
# In the next notebook you turn this into a tool that checks any gradient.
#
# ### Weights that learn
#
# Gradient in hand, learning is three lines: compute the scores, compute the gradient, take a step against it. Why this
# works and how to do it well is the next notebook; here it is given, so that you can see what the *losses* do.


# %%
def train(pixels, labels, loss, penalty=None, steps=300, learning_rate=0.5, after_step=None):
    """Return weight (10, D) and bias (10,) after gradient descent from zero on loss + penalty."""
    weight, bias = np.zeros((10, pixels.shape[1])), np.zeros(10)
    for _ in range(steps):
        _, gradient = loss(pixels @ weight.T + bias, labels)
        weight_gradient = gradient.T @ pixels
        if penalty is not None:
            weight_gradient = weight_gradient + penalty(weight)[1]
        weight = weight - learning_rate * weight_gradient
        bias = bias - learning_rate * gradient.sum(axis=0)
        if after_step is not None:
            weight = after_step(weight)
    return weight, bias


def share_right(pixels, labels, weight, bias):
    return float(np.mean((pixels @ weight.T + bias).argmax(axis=1) == labels))


all_pixels, all_labels = flat(digits.train_images), digits.train_labels
train_pixels, train_labels = all_pixels[:400], all_labels[:400]
new_pixels, new_labels = flat(digits.validation_images), digits.validation_labels

# %% [markdown]
# Four hundred digits are enough here. **Expect** both losses to classify 93 to 97 % of new ones correctly. They differ in
# *how* they get there: look at the gaps, the score of the right class minus the best of the others, of all training
# images.

# %%
with experiment():
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.2), sharey=True)
    quiet = {}
    for ax, name in zip(axes, ("cross_entropy", "hinge_loss"), strict=True):
        loss = getattr(losses, name)
        weight, bias = train(train_pixels, train_labels, loss)
        reached[name, "new digits"] = share_right(new_pixels, new_labels, weight, bias)
        scores = train_pixels @ weight.T + bias
        right = scores[np.arange(len(scores)), train_labels]
        others = scores.copy()
        others[np.arange(len(scores)), train_labels] = -np.inf
        _, gradient = loss(scores, train_labels)
        quiet[name] = np.mean(~gradient.any(axis=1))
        ax.hist(right - others.max(axis=1), bins=np.arange(-2, 8.1, 0.5), color=figures.BLUE)
        ax.axvline(1, color=figures.VERMILION, linestyle="--", label="the margin of 1")
        ax.set(
            xlabel="gap",
            ylabel="training images",
            title=f"{name}: {reached[name, 'new digits']:.1%} of new digits right",
        )
        ax.legend()
        print(f"{name}: {quiet[name]:.0%} of the training images have gradient exactly 0")
    figures.show(
        fig,
        alt="Histograms of the gaps of 400 training digits after training with cross-entropy and "
        "with hinge. With cross-entropy the gaps spread widely, with hinge they pile up just "
        "above the margin of 1.",
        caption="Gaps after the same 300 steps. Hinge pushes examples just over the margin and "
        "leaves them there; cross-entropy keeps pushing all of them.",
    )

# %% tags=["solutions-only"]
assert all(0.93 <= reached[name, "new digits"] <= 0.97 for name in quiet), reached
assert quiet["cross_entropy"] == 0 and quiet["hinge_loss"] > 0.6, quiet

# %% [markdown]
# ## 6. Regularization: prefer the simpler explanation
#
# Thirteen numbers can make a curve go through fourteen points and swing wildly between them. Six hundred weights can
# learn a hundred images by heart. The training loss cannot tell such weights from good ones, so something else must.
# Occam's razor says: of two explanations that fit equally well, believe the *simpler* one. For weights, "simple" is
# often taken to mean *small*, or *few*. Add a **penalty** $R(W)$ to the loss:
#
# $$ L = \frac{1}{N} \sum_{i=1}^{N} L_i + \lambda R(W), \qquad
#    \frac{\partial L}{\partial W} = \frac{1}{N} \sum_{i=1}^{N} \frac{\partial L_i}{\partial W}
#    + \lambda \frac{\partial R}{\partial W} , $$
#
# with the **strength** $\lambda \geq 0$, a hyperparameter: how much fit you would give up for simplicity. The bias is
# left out: it shifts all images' scores alike, and makes nothing more complicated.
#
# | name | $R(W)$ | gradient, entry by entry |
# |---|---|---|
# | L2 | $\sum W_{kd}^2$ | $2 W_{kd}$: a pull towards 0 in proportion to the weight |
# | L1 | $\sum \lvert W_{kd} \rvert$ | $\operatorname{sign}(W_{kd})$: the same pull for all, large or tiny |
# | elastic net | $\alpha \sum W_{kd}^2 + \sum \lvert W_{kd} \rvert$ | $\alpha$ times the first plus the second |
# | max-norm | none | no pull at all, but a fence: after each step, rows longer than a radius are shortened to it |
#
# The gradients, step by step: each $R(W)$ is a sum with one summand for each weight, so the derivative with respect to
# $W_{kd}$ sees only its own. The derivative of $w^2$ is $2w$; that of $\lvert w \rvert$ is $1$ where $w > 0$ and $-1$
# where $w < 0$, its sign (at 0 it has a kink; everybody takes 0). The gradient has the shape of the weights, $(C, D)$.
#
# Two conventions differ between books, so compare before you copy a $\lambda$: some write L2 with a factor ½ (gradient
# $W$ instead of $2W$), and for the elastic net some multiply the L1 part too. Here the lecture's formulas count.
#
# ### Exercise: `l2_penalty`
#
# In `dlcourse/regularization.py`, write `l2_penalty(weight)`. It returns the value, a Python float, and the gradient,
# an array like `weight`. The check compares values and numerical derivatives.

# %%
check("regularization.l2_penalty")

# %% [markdown]
# ### A fence for a loss that is never content
#
# Section 4 predicted that cross-entropy makes the weights grow for ever if it can classify all training images.
# Here are 100 digits, which a linear classifier can. **Expect** a length that keeps growing, even on a logarithmic axis
# of steps, and one that levels off once $\lambda$ is larger than 0. (`regularization.scaled`, which is given,
# multiplies a penalty and its gradient by $\lambda$.)

# %%
with experiment():
    checkpoints = [10, 30, 100, 300, 1000, 3000]
    fig, ax = plt.subplots(figsize=(6, 3.4))
    lengths = {}
    for strength, marker in ((0, "o"), (0.001, "s"), (0.01, "^")):
        trace = []
        train(
            train_pixels[:100],
            train_labels[:100],
            losses.cross_entropy,
            regularization.scaled(regularization.l2_penalty, strength),
            steps=3000,
            after_step=lambda weight, trace=trace: trace.append(np.linalg.norm(weight)) or weight,
        )
        lengths[strength] = [trace[step - 1] for step in checkpoints]
        ax.semilogx(checkpoints, lengths[strength], marker=marker, label=f"λ = {strength}")
    ax.set(
        xlabel="step",
        ylabel="length of W",
        xticks=checkpoints,
        xticklabels=[f"{step:,}" for step in checkpoints],
    )
    ax.minorticks_off()
    ax.legend()
    figures.show(
        fig,
        alt="Length of the weights against the step, 10 to 3,000, logarithmic: without penalty "
        f"it keeps rising to {lengths[0][-1]:.1f}; with λ = 0.001 it reaches "
        f"{lengths[0.001][-1]:.1f}, with λ = 0.01 {lengths[0.01][-1]:.1f} and stays there.",
        caption="100 digits, cross-entropy. Without a penalty there is no best length: longer is "
        "always a little better.",
    )

# %% tags=["solutions-only"]
assert lengths[0][-1] > 1.2 * lengths[0][-2] and lengths[0.01][-1] < 1.02 * lengths[0.01][-2], (
    lengths
)

# %% [markdown]
# ### Exercise: `l1_penalty`
#
# The sum of the absolute values, and its gradient. At 0 the absolute value has a kink; the gradient is 0 there. The
# check tries weights that are exactly 0.

# %%
check("regularization.l1_penalty")

# %% [markdown]
# ### Exercise: `elastic_net_penalty`
#
# `elastic_net_penalty(weight, alpha)` puts the two together: $\alpha \sum W^2 + \sum \lvert W \rvert$. The check tries
# several $\alpha$.

# %%
check("regularization.elastic_net_penalty")

# %% [markdown]
# ### Exercise: `project_max_norm`
#
# `project_max_norm(weight, radius)` returns the weights with every *row* (the weights of one class) shortened to the
# length `radius` if it is longer. Shorter rows stay as they are, and so does the array you were given. The check tries
# rows that are too long, just right, short, and zero.

# %%
check("regularization.project_max_norm")

# %% [markdown]
# ### What they look like
#
# With only two weights you can draw a penalty as a map. The lines are level sets: all weights on a line cost the same.
# The arrows go against the gradient: that is where the penalty pulls, and how strongly. **Before you look**: in which
# picture do all arrows have the same length? Where are the corners?

# %%
with experiment():
    side = np.linspace(-2, 2, 81)
    coarse = np.linspace(-1.75, 1.75, 8)
    penalties = {
        "L2": regularization.l2_penalty,
        "L1": regularization.l1_penalty,
        "elastic net, α = 0.3": lambda weight: regularization.elastic_net_penalty(weight, 0.3),
        "elastic net, α = 3": lambda weight: regularization.elastic_net_penalty(weight, 3.0),
    }
    fig, axes = plt.subplots(1, 5, figsize=(11.5, 2.9), sharey=True)
    for ax, (name, penalty) in zip(axes, penalties.items(), strict=False):
        surface = np.array([[penalty(np.array([a, b]))[0] for a in side] for b in side])
        levels = [penalty(np.array([length, 0.0]))[0] for length in (0.5, 1.0, 1.5, 2.0)]
        ax.contour(side, side, surface, levels=levels, colors=figures.BLUE, linewidths=1.3)
        places = np.stack(np.meshgrid(coarse, coarse), axis=-1).reshape(-1, 2)
        pulls = np.array([-penalty(place)[1] for place in places])
        pulls *= 0.42 / np.linalg.norm(pulls, axis=1).max()
        ax.quiver(
            *places.T,
            *pulls.T,
            angles="xy",
            scale_units="xy",
            scale=1,
            color=figures.ORANGE,
            width=0.008,
        )
        ax.set_title(name)
    fence = axes[4]
    angle = np.linspace(0, 2 * np.pi, 200)
    fence.plot(np.cos(angle), np.sin(angle), color=figures.BLUE)
    moved = regularization.project_max_norm(places, 1.0) - places
    outside = np.linalg.norm(moved, axis=1) > 0
    fence.quiver(
        *places[outside].T,
        *moved[outside].T,
        angles="xy",
        scale_units="xy",
        scale=1,
        color=figures.ORANGE,
        width=0.008,
    )
    fence.plot(*places[~outside].T, "o", color=figures.BLACK, markersize=4)
    fence.set_title("max-norm, radius 1")
    for ax in axes:
        ax.set(aspect="equal", xlabel="first weight", xlim=(-2, 2), ylim=(-2, 2))
        ax.set(xticks=[-2, -1, 0, 1, 2], yticks=[-2, -1, 0, 1, 2])
    axes[0].set_ylabel("second weight")
    figures.show(
        fig,
        alt="Five maps of two weights. L2: circles, arrows to the centre, longer outside. L1: "
        "squares on their corners, diagonal arrows of equal length. Elastic net: rounded squares "
        "with corners on the axes, more like L1 for small alpha and more like L2 for large "
        "alpha. Max-norm: one circle; points inside stay, points outside jump onto the circle.",
        caption="Each line cuts the axes at the same places. L2 has circles; L1 has corners on "
        "the axes, where a weight is exactly 0; the elastic net keeps the corners and rounds the "
        "sides. Max-norm leaves the black points alone.",
    )

# %% [markdown]
# ### Why corners make zeros
#
# Now let a loss compete with the penalty. The grey ellipses are the level sets of a loss whose minimum is at the star.
# For each $\lambda$ the sum of both has its minimum somewhere else: the line is the way it takes from the star as
# $\lambda$ grows.

# %%
with experiment():
    best = np.array([1.6, 0.7])
    curvature = np.array([[1.0, -0.4], [-0.4, 1.2]])
    strengths = np.concatenate([[0], np.geomspace(0.02, 20, 60)])
    axis = np.linspace(-0.5, 2.2, 100)
    offset = np.stack(np.meshgrid(axis, axis), axis=-1) - best
    bowl = np.einsum("abi,ij,abj->ab", offset, curvature, offset) / 2
    fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.7), sharey=True)
    zero_from = {}
    for ax, name in zip(axes, ("l2_penalty", "l1_penalty"), strict=True):
        penalty = getattr(regularization, name)
        way, weight = [], best
        for strength in strengths:
            step = 0.3 / (1 + 2 * strength)
            for turn in range(300):  # gradient descent, with shorter and shorter steps
                pull = curvature @ (weight - best) + strength * penalty(weight)[1]
                weight = weight - step * 0.97**turn * pull
            way.append(weight)
        way = np.array(way)
        ax.contour(axis, axis, bowl, levels=[0.05, 0.2, 0.5, 1, 1.7], colors="gray", linewidths=0.8)
        ax.plot(*way.T, "o-", markersize=3, color=figures.BLUE, label="minimum of the sum")
        ax.plot(*best, "*", markersize=14, color=figures.VERMILION, label="minimum of the loss")
        ax.axhline(0, color="black", linewidth=0.8)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set(
            aspect="equal",
            xlabel="first weight",
            title=f"loss + λ · {name.split('_')[0].upper()}, λ from 0 to 20",
        )
        for which, values in (("first", way[:, 0]), ("second", way[:, 1])):
            gone = np.flatnonzero(np.abs(values) < 1e-3)
            zero_from[name, which] = strengths[gone[0]] if len(gone) else np.inf
            said = f"0 from λ = {strengths[gone[0]]:.1f} on" if len(gone) else "never exactly 0"
            print(f"{name}: the {which} weight is {said}")
    axes[0].set_ylabel("second weight")
    axes[0].legend(loc="upper left", fontsize=8)
    figures.show(
        fig,
        alt="Two maps of a bowl-shaped loss. With L2 the minimum moves from the star to the "
        "origin along a curve and touches the axes only at the origin. With L1 it runs to the "
        "horizontal axis first and then along it to the origin.",
        caption="L2 makes both weights small and neither zero. L1 runs into the axis, sets the "
        "second weight to 0 and goes on with the first: it selects.",
    )

# %% tags=["solutions-only"]
assert zero_from["l1_penalty", "second"] < 0.7 * zero_from["l1_penalty", "first"] < 2, zero_from
assert zero_from["l2_penalty", "first"] == zero_from["l2_penalty", "second"] == np.inf, zero_from

# %% [markdown]
# The gradient says why. Near 0 the pull of L2, $2 \lambda w$, fades away, and any small slope of the loss holds against
# it. The pull of L1 is $\lambda$ however small the weight is: a weight survives only if the loss gains more than
# $\lambda$ by it.

# %% [markdown]
# ### On real weights
#
# Train on the 400 digits with each regularizer. As images, the rows of $W$ show what each class looks for: orange
# pixels speak for the class, purple ones against it. Count a weight as *near zero* if it lies between −0.01 and 0.01:
# steps of length 0.5 never hit 0 exactly, they make a weight whose pull is $\lambda = 0.003$ jump around it by 0.0015.
#
# **Expect** L1 to leave nearly three quarters of the weights near zero and L2 less than a tenth, and all five to classify
# 91 to 96 % of the new digits correctly.

# %%
with experiment():
    regularizers = {
        "none": {},
        "L2, λ = 0.003": {"penalty": regularization.scaled(regularization.l2_penalty, 0.003)},
        "L1, λ = 0.003": {"penalty": regularization.scaled(regularization.l1_penalty, 0.003)},
        "elastic net,\nα = 1, λ = 0.003": {
            "penalty": regularization.scaled(
                lambda weight: regularization.elastic_net_penalty(weight, 1.0), 0.003
            )
        },
        "max-norm,\nradius 2": {
            "after_step": lambda weight: regularization.project_max_norm(weight, 2.0)
        },
    }
    learned = {}
    print("                               near zero   longest row   largest   new digits right")
    for name, options in regularizers.items():
        weight, bias = train(
            train_pixels, train_labels, losses.cross_entropy, steps=1000, **options
        )
        learned[name] = weight
        short = name.replace("\n", " ")
        reached[short, "near zero"] = float(np.mean(np.abs(weight) < 0.01))
        reached[short, "new digits"] = share_right(new_pixels, new_labels, weight, bias)
        print(
            f"{short:31} {reached[short, 'near zero']:8.0%}   "
            f"{np.linalg.norm(weight, axis=1).max():11.2f}   {np.abs(weight).max():7.2f}   "
            f"{reached[short, 'new digits']:16.1%}"
        )

    fig, axes = plt.subplots(len(learned), 10, figsize=(9.5, 4.9))
    for row, (name, weight) in zip(axes, learned.items(), strict=True):
        for label, ax in enumerate(row):
            ax.imshow(weight[label].reshape(8, 8), cmap="PuOr_r", vmin=-1.5, vmax=1.5)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            ax.spines[:].set_visible(False)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for label, ax in enumerate(axes[0]):
        ax.set_title(str(label))
    figures.show(
        fig,
        alt="Five rows of ten small images, the weights for the digits 0 to 9. Without a "
        "penalty: strong orange and purple pixels everywhere. L2: the same, paler and smoother. "
        "L1: mostly white, a few strong pixels. Elastic net: mostly white, paler. Max-norm: like "
        "L2.",
        caption="Orange speaks for the digit, purple against it, white is 0; the same colours in "
        "all rows. L2 fades, L1 selects, the elastic net does some of both.",
    )

# %% tags=["solutions-only"]
assert (
    reached["L1, λ = 0.003", "near zero"] > 0.7
    and 0.07 < reached["L2, λ = 0.003", "near zero"] < 0.1
), reached
rights = [reached[name.replace("\n", " "), "new digits"] for name in regularizers]
assert 0.91 <= min(rights) and max(rights) <= 0.96, rights

# %% [markdown]
# ### A digit in the snow
#
# When is it worth having few weights? When most numbers of an image have nothing to do with its class. Put each 8×8
# digit into the middle of 20×20 pixels of random noise, and learn from only 60 of them: 400 numbers an image, of which 64
# mean something.
#
# **Predict before you run the next cell.** All three classifiers (no penalty, L2, L1) will get all or nearly all
# training images right. How will they do on new ones, compared to each other? What will the weights of the snow look
# like, in each case?

# %% [markdown] answer_points=2 grade_id="regularization-snow"
# ### BEGIN SOLUTION
# With 60 images and 400 numbers, some snow pixels go with some class by accident, and all three classifiers can use
# that to fit the training images; on new images it is useless, so all lose much there. L1 loses least: a snow pixel
# helps with a few images only, the loss gains less by its weight than the penalty costs, and the weight becomes 0. What
# is left lies in the middle, where the digit is: L1 has found it. L2 makes all weights smaller but keeps their
# proportions roughly, snow included, so what it predicts hardly changes, and neither does its accuracy.
# ### END SOLUTION


# %%
def in_snow(images, rng):
    snow = rng.integers(0, 256, size=(len(images), 20, 20, 1))
    snow[:, 6:14, 6:14] = images
    return snow


rng = np.random.default_rng(0)
snowy_train, snowy_labels = in_snow(digits.train_images[:60], rng), digits.train_labels[:60]
snowy_new = in_snow(digits.validation_images, rng)
figures.show(
    figures.image_grid(
        snowy_train[:10], titles=[str(label) for label in snowy_labels[:10]], size=0.95
    ),
    alt="Ten images of random grey pixels; in the middle of each a small digit can be made out.",
    caption="Ten of the 60 training images with their labels. The digit is always in the middle, "
    "but nobody tells the classifier.",
)

# %%
with experiment():
    snow_penalties = {
        "no penalty": None,
        "L2, λ = 0.01": regularization.scaled(regularization.l2_penalty, 0.01),
        "L1, λ = 0.01": regularization.scaled(regularization.l1_penalty, 0.01),
    }
    fig, axes = plt.subplots(1, 3, figsize=(9.5, 3.3))
    in_the_middle = {}
    for ax, (name, penalty) in zip(axes, snow_penalties.items(), strict=True):
        weight, bias = train(
            flat(snowy_train),
            snowy_labels,
            losses.cross_entropy,
            penalty,
            steps=1000,
            learning_rate=0.1,
        )
        right_train = share_right(flat(snowy_train), snowy_labels, weight, bias)
        reached["snow", name] = share_right(flat(snowy_new), new_labels, weight, bias)
        strength = np.abs(weight).mean(axis=0).reshape(20, 20)
        in_the_middle[name] = strength[6:14, 6:14].sum() / strength.sum()
        ax.imshow(strength, cmap="cividis", vmin=0)
        ax.set(
            xticks=[],
            yticks=[],
            title=f"{name}\ntraining {right_train:.0%}, new {reached['snow', name]:.1%}",
        )
        ax.grid(False)
        print(
            f"{name}: {in_the_middle[name]:.0%} of the weight lies in the middle (64 of 400 pixels "
            f"are {64 / 400:.0%})"
        )
    figures.show(
        fig,
        alt="Mean size of the weights at each of 20 by 20 pixels. Without a penalty and with L2 "
        "the middle is brighter, with a dark stripe on its left and its right, but everything around "
        "is grained too. With L1 the middle is bright and nearly all around it is dark.",
        caption="How strongly each pixel counts, mean over the ten classes; bright is strong. L1 "
        "finds out where the digit is. (The dark stripes are pixels beside the digits, always black.)",
    )

# %% tags=["solutions-only"]
assert reached["snow", "L1, λ = 0.01"] > reached["snow", "no penalty"] + 0.1, reached
assert abs(reached["snow", "L2, λ = 0.01"] - reached["snow", "no penalty"]) < 0.03, reached
assert in_the_middle["L1, λ = 0.01"] > 0.6 > 0.4 > in_the_middle["L2, λ = 0.01"], in_the_middle

# %% [markdown]
# ## 7. Occam's razor, as an experiment
#
# First where you can see everything. Fourteen points lie on a smooth curve, plus some noise, and a polynomial of
# degree 12 is fitted to them: thirteen weights. (The loss is the squared error here, and the polynomial is written with
# Legendre polynomials, so that all thirteen weights are of similar size.) The training error alone would like the curve
# to swing through every point.

# %%
rng = np.random.default_rng(1)
places = np.sort(rng.uniform(-1, 1, 14))
measured = np.sin(3 * places) + 0.25 * rng.normal(size=14)
fine = np.linspace(-1, 1, 300)
powers, fine_powers = (np.polynomial.legendre.legvander(x, 12) for x in (places, fine))


def fit_polynomial(strength):
    """Gradient descent on the mean squared error + strength times your L2 penalty."""
    weight = np.zeros(13)
    for _ in range(10_000):
        error_gradient = 2 * powers.T @ (powers @ weight - measured) / 14
        weight = weight - 0.05 * (error_gradient + strength * regularization.l2_penalty(weight)[1])
    return weight


def errors(weight):
    """Root of the mean squared distance to the 14 points, and to the true curve."""
    return (
        np.sqrt(np.mean((powers @ weight - measured) ** 2)),
        np.sqrt(np.mean((fine_powers @ weight - np.sin(3 * fine)) ** 2)),
    )


def draw_fit(ax, strength):
    weight = fit_polynomial(strength)
    ax.plot(fine, np.sin(3 * fine), "--", color="gray", label="true curve")
    ax.plot(fine, fine_powers @ weight, color=figures.BLUE, label="fitted")
    ax.plot(places, measured, "o", color=figures.VERMILION, label="the 14 points")
    to_points, to_curve = errors(weight)
    ax.set(
        xlabel="x",
        ylim=(-2.2, 2.2),
        title=f"λ = {strength:.4g}\nto the points {to_points:.2f}, to the curve {to_curve:.2f}",
    )
    return to_points, to_curve


with experiment():
    fig, axes = plt.subplots(1, 3, figsize=(10, 3.5), sharey=True)
    off = {
        strength: draw_fit(ax, strength) for ax, strength in zip(axes, (0, 0.01, 1), strict=True)
    }
    axes[0].legend(fontsize=8)
    figures.show(
        fig,
        alt="Three fits. λ = 0: the curve comes close to all points and swings far off between "
        "them. λ = 0.01: close to the true curve. λ = 1: nearly flat. "
        + "; ".join(
            f"λ = {s}: distance to the points {p:.2f}, to the curve {c:.2f}"
            for s, (p, c) in off.items()
        )
        + ".",
        caption="Too free, about right, too stiff. The fit that is nearest to the points is the "
        "farthest from the truth.",
    )

# %% tags=["solutions-only"]
assert off[0][0] < off[0.01][0] < off[1][0] and off[0.01][1] < off[1][1] < off[0][1], off

# %% [markdown]
# Find the best $\lambda$ by hand. The slider gives its logarithm to base 10: −2 means 0.01.


# %%
def draw_one_fit(log10_strength):
    fig, ax = plt.subplots(figsize=(5.5, 3.8))
    to_points, to_curve = draw_fit(ax, 10**log10_strength)
    ax.legend(fontsize=8)
    figures.show(
        fig,
        alt=f"The fit for λ = {10**log10_strength:.4g}: distance {to_points:.2f} to the points, "
        f"{to_curve:.2f} to the curve.",
        caption="The distance to the points grows with λ from the beginning; the distance to the "
        "true curve falls first.",
    )


figures.explore(draw_one_fit, log10_strength=(-5.0, 1.0, 0.25))

# %% [markdown]
# ### On images
#
# Now digits: 100 training images, and somebody was careless: 30 of the labels are wrong. Weights that fit all of them
# have learned the mistakes too. The new digits have correct labels.
#
# The razor has two edges, so **expect** the accuracy on training images to fall with every larger $\lambda$, and that on
# new images to rise first, by about ten percentage points, and then to fall.

# %%
with experiment():
    strengths = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2]
    right_share = np.empty((2, len(strengths), 3))  # training and new; three sets of 100 images
    for repeat in range(3):
        rng = np.random.default_rng(repeat)
        some = rng.permutation(1200)[:100]
        careless = all_labels[some]
        careless[:30] = (careless[:30] + rng.integers(1, 10, size=30)) % 10  # another class
        for i, strength in enumerate(strengths):
            penalty = regularization.scaled(regularization.l2_penalty, strength)
            weight, bias = train(
                all_pixels[some], careless, losses.cross_entropy, penalty, steps=1000
            )
            right_share[0, i, repeat] = share_right(all_pixels[some], careless, weight, bias)
            right_share[1, i, repeat] = share_right(new_pixels, new_labels, weight, bias)
    on_train, on_new = right_share.mean(axis=2)
    best = int(on_new.argmax())
    reached["wrong labels", "no penalty"], reached["wrong labels", "best λ"] = (
        on_new[0],
        on_new[best],
    )

    fig, ax = plt.subplots(figsize=(6.5, 3.8))
    for values, name, line in (
        (right_share[0], "training images, labels as given", "o-"),
        (right_share[1], "new images", "s--"),
    ):
        ax.errorbar(
            range(len(strengths)),
            100 * values.mean(axis=1),
            100 * values.std(axis=1),
            fmt=line,
            capsize=3,
            label=name,
        )
    ax.fill_between(
        range(len(strengths)), 100 * on_new, 100 * on_train, color="gray", alpha=0.15, label="the gap"
    )
    ax.axvline(best, color="gray", linestyle=":", label="best λ on new images")
    ax.set(xlabel="strength λ of the L2 penalty", ylabel="right [%]", ylim=(35, 102))
    ax.set_xticks(range(len(strengths)), [f"{strength:g}" for strength in strengths])
    ax.legend(fontsize=8, loc="lower left")
    figures.show(
        fig,
        alt=f"Accuracy against λ. On training images it falls from {on_train[0]:.0%} without a "
        f"penalty to {on_train[-1]:.0%} at λ = 0.2. On new images it rises from {on_new[0]:.0%} "
        f"to {on_new[best]:.0%} at λ = {strengths[best]}, then falls to {on_new[-1]:.0%}.",
        caption="Mean and standard deviation of three sets of 100 digits. Left: the classifier "
        "learns mistakes by heart. Right: it may hardly learn anything. The gap between the "
        "curves closes where new images are classified best.",
    )
    print("     λ   training   new digits   gap")
    for strength, here, there in zip(strengths, on_train, on_new, strict=True):
        print(f"{strength:6g} {here:10.1%} {there:12.1%} {here - there:6.1%}")

# %% tags=["solutions-only"]
assert (
    np.all(np.diff(on_train) <= 0)
    and 0.08 <= on_new[best] - on_new[0] <= 0.13
    and 0 < best < len(strengths) - 1
)
assert np.mean(careless != all_labels[some]) == 0.3
assert abs((on_train - on_new)[best]) < 0.05 < (on_train - on_new)[0]

# %% [markdown]
# An honest remark: with correct labels, these digits are so easy that the same penalty gains less than one percentage
# point. A penalty is a bet that the truth is simple. It pays when the training images alone would mislead: few images,
# wrong labels, or numbers without meaning. Choose $\lambda$ as you chose $k$ in Part I: on validation images.

# %%
with experiment():
    for strength in (0, 0.001, 0.01, 0.1):
        penalty = regularization.scaled(regularization.l2_penalty, strength)
        right = []
        for repeat in range(3):
            some = np.random.default_rng(repeat).permutation(1200)[:100]
            model = train(
                all_pixels[some], all_labels[some], losses.cross_entropy, penalty, steps=1000
            )
            right.append(share_right(new_pixels, new_labels, *model))
        reached["correct labels", strength] = np.mean(right)
        print(
            f"100 digits with correct labels, λ = {strength:5}: {np.mean(right):.1%} of new digits "
            "right"
        )

# %% tags=["solutions-only"]
assert (
    abs(
        max(reached["correct labels", s] for s in (0.001, 0.01, 0.1)) - reached["correct labels", 0]
    )
    < 0.01
), reached

# %% [markdown]
# ## 8. Other regularizers
#
# A penalty is not the only way to keep a model from learning by heart. The lecture names three more; they need a network
# with layers, so they wait for Part VI:
#
# - **Dropout** switches off a random part of the units at every training step, so that no unit can rely on another one.
# - **Batch normalization** centres and scales each feature by the mean and the spread of the batch; it is meant to ease
#   training, and the randomness of the batch regularizes as a side effect.
# - **Stochastic depth** skips whole layers at random while training, so that the network works at many depths.
#
# All three add noise during training and remove it when predicting. You will write dropout and batch normalization in
# Part VI, and use the penalties of this notebook with every network on the way there.

# %% [markdown]
# ## What you can do now
#
# You can turn scores of any size into probabilities; say what a classifier should pay for its scores, in two ways, and
# derive the gradient of both down to the weights; tell by the first loss whether a training has started well; and
# choose a penalty for what you want, small weights or few. You also found a wrong number on a slide by computing it.
#
# **Your numbers beside the numbers to expect.** First the losses:

# %%
losses_to_expect = [
    ("loss of dog in the lecture's example", "loss of dog", 0.14),
    ("loss before training, digits: ln 10", ("digits", 0.001), 2.303),
    ("loss before training, shapes: ln 10", ("shapes", 0.001), 2.303),
]
for what, name, expected in losses_to_expect:
    number = f"{reached[name]:.3f}" if name in reached else "    –"
    print(f"{what:40} you reached {number}   expect {expected}")

# %% [markdown]
# Then the shares:

# %%
expect = {
    "probability of dog": (0.86, 0.88),
    ("cross_entropy", "new digits"): (0.93, 0.97),
    ("hinge_loss", "new digits"): (0.93, 0.97),
    ("L2, λ = 0.003", "near zero"): (0.05, 0.15),
    ("L1, λ = 0.003", "near zero"): (0.65, 0.8),
    ("snow", "no penalty"): (0.57, 0.67),
    ("snow", "L1, λ = 0.01"): (0.68, 0.78),
    ("wrong labels", "no penalty"): (0.54, 0.64),
    ("wrong labels", "best λ"): (0.66, 0.76),
}
scoreboard(
    [
        (name if isinstance(name, str) else ": ".join(name), reached.get(name), *limits)
        for name, limits in expect.items()
    ]
)

# %% tags=["solutions-only"]
assert all(low <= reached[name] <= high for name, (low, high) in expect.items()), reached
assert all(abs(reached[name] - expected) < 0.01 for _, name, expected in losses_to_expect), reached
assert abs(reached["cross_entropy", "new digits"] - 0.95) < 0.015, "the first cell says about 95 %"
assert 0.7 < reached["L1, λ = 0.003", "near zero"] < 0.75, (
    "the first cell says nearly three quarters"
)
assert abs(reached["wrong labels", "best λ"] - 0.7) < 0.02, "the first cell says about 70 %"
assert reached["wrong labels", "no penalty"] < 0.6, "the first cell says less than 60 %"

# %% [markdown]
# In the next notebook you search: how to get from random weights to good ones, in as few steps as possible.
