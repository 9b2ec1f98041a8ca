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
# # Part IV: the computational graph
#
# **The question.** To train anything you need the gradient of a loss with respect to every weight. In Part III you derived
# one by hand, for one formula. A modern network has hundreds of layers and millions of weights, and its gradient comes out
# exact, for the price of a few evaluations of the network. Nobody derives anything by hand. How does that work?
#
# **What you will build**, in the file `dlcourse/graph.py`:
#
# 1. an order in which gradients can flow through any formula,
# 2. `Value`, a number that remembers where it comes from: an automatic differentiation engine in some thirty lines of yours,
# 3. Jacobians, the local gradients of vectors, and the reason why nobody builds them,
# 4. the gradient of $\lVert Wx \rVert^2$, from which the rule for every linear layer follows.
#
# **How long it takes.** Two and a half to three hours: five exercises of five to sixty minutes, five questions, and a dozen
# experiments that use what you wrote.
#
# **How to work.** As before: replace the `raise NotImplementedError` of a function in `dlcourse/graph.py`, save, run the
# check cell below the exercise. An experiment that waits for a function names it.
#
# **The numbers to expect.** The slide's gradients −4, −4, 3, exactly; a chain of 10,000 operations differentiated in a
# fraction of a second; and a neuron made of your Values that tells handwritten 3s from 8s on about 96 % of new images. The
# end of the notebook puts your numbers beside these.

# %% tags=["solutions-only"]
# ruff: noqa: E402
import autograder

autograder.use("solutions")

# %%
# %load_ext autoreload
# %autoreload 2

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from tqdm.auto import tqdm

from autograder import check
from dlcourse import graph
from dlcourse.toolkit import datasets, figures
from dlcourse.toolkit.graph_figures import draw_graph
from dlcourse.toolkit.notebook import experiment, scoreboard

figures.set_style()
reached = {}  # the accuracies you measure, for the comparison at the end

# %% [markdown]
# ## 1. A formula is a graph
#
# Take $f(x, y, z) = (x + y)\,z$ at $x = -2$, $y = 5$, $z = -4$. A computer does not see a formula. It computes a first
# number, $q = x + y = 3$, and from that a second one, $f = q z = -12$. Draw each operation as a **gate**, and each number
# as an edge that flows from the gate that makes it to the gate that uses it. That is a **computational graph**.
#
# In `dlcourse/graph.py` a number is a `Value`. Its constructor is given: besides the number it takes the name of the
# operation, the `parents` it was computed from, and one local gradient for each of them. Soon `x + y` will fill these in;
# for this first picture we do it by hand.

# %%
x, y, z = graph.Value(-2.0), graph.Value(5.0), graph.Value(-4.0)
q = graph.Value(3.0, "+", (x, y), (1.0, 1.0))
f = graph.Value(-12.0, "*", (q, z), (-4.0, 3.0))

figures.show(
    draw_graph(f, {x: "x", y: "y", z: "z"}, gradients=False),
    alt="A graph from left to right. x with -2 and y with 5 go into a gate +, which sends 3 to "
    "a gate ×. z with -4 goes into the same gate ×, which sends out -12.",
    caption="The forward pass: values flow from left to right, through one simple gate after "
    "another.",
)

# %% [markdown]
# ### The chain rule, derived
#
# Which effect does $x$ have on $f$? Follow a small change through the gates. Let $x$ grow by a tiny $h$.
#
# 1. The gate $+$ sees one of its inputs grow by $h$, so $q$ grows by $\frac{\partial q}{\partial x} h$, and
#    $\frac{\partial q}{\partial x} = 1$. This **local gradient** is the gate's own business: it need not know what $f$ is.
# 2. The gate $\times$ sees $q$ grow by that much, so $f$ grows by
#    $\frac{\partial f}{\partial q} \cdot \frac{\partial q}{\partial x} h$, with the local gradient
#    $\frac{\partial f}{\partial q} = z$: the other factor.
# 3. Divide by $h$:
#
# $$ \frac{\partial f}{\partial x} = \frac{\partial f}{\partial q} \cdot \frac{\partial q}{\partial x} = z \cdot 1 = -4 . $$
#
# That is the **chain rule**: *upstream gradient times local gradient*. Upstream is what arrives from the right, where $f$
# is; local is what the gate knows about itself. Each gate multiplies the two, and passes the product on to the left.
#
# 4. If $x$ reaches $f$ on *two* ways, through $q$ and through $r$, both move, and their effects add up:
#
# $$ \frac{\partial f}{\partial x} = \frac{\partial f}{\partial q} \cdot \frac{\partial q}{\partial x} +
#    \frac{\partial f}{\partial r} \cdot \frac{\partial r}{\partial x} . $$
#
# Nothing else is needed, for any network. Here is the slide's example, with the gradients filled in
# from right to left. It starts with $\frac{\partial f}{\partial f} = 1$.

# %%
f.grad = 1.0
q.grad, z.grad = -4.0 * f.grad, 3.0 * f.grad  # local gradients of q * z: the other factor
x.grad, y.grad = 1.0 * q.grad, 1.0 * q.grad  # of x + y: 1 and 1

figures.show(
    draw_graph(f, {x: "x", y: "y", z: "z"}),
    alt="The same graph with a gradient below each value: 1 at the end, -4 between + and ×, 3 "
    "at z, and -4 at x and at y.",
    caption="Above each edge its value, in bold blue; below it the gradient of f with respect "
    "to that value, in slanted red. Values flow to the right, gradients back to the left.",
)

# %% [markdown]
# **By hand, before you go on.** Take the same formula $f = (x + y)\,z$ at $x = 3$, $y = -1$, $z = 5$. Write down all five
# values and all five gradients ($x$, $y$, $q$, $z$, $f$), and say in one sentence each what $\partial f / \partial z$ and
# $\partial f / \partial x$ mean: by how much does $f$ change if you make $z$ (or $x$) larger by 0.01?

# %% [markdown] answer_points=1 grade_id="graph-by-hand"
# ### BEGIN SOLUTION
# Values: $x = 3$, $y = -1$, $q = 2$, $z = 5$, $f = 10$. Gradients, from the right: $f$: 1; $q$: $z = 5$; $z$: $q = 2$; $x$
# and $y$: $5 \cdot 1 = 5$ each. If $z$ grows by 0.01, $f$ grows by $2 \cdot 0.01 = 0.02$ (to 10.02); if $x$ grows by 0.01,
# $f$ grows by $5 \cdot 0.01 = 0.05$ (to 10.05).
# ### END SOLUTION

# %% [markdown]
# ## 2. In which order?
#
# In that picture the order was obvious. Here it is not: $q$ is used twice, near the end and far from it.

# %%
x, y = graph.Value(2.0), graph.Value(3.0)
q = graph.Value(6.0, "*", (x, y), (3.0, 2.0))
a = graph.Value(18.0, "*", (q, graph.Value(3.0)), (3.0, 6.0))
f = graph.Value(24.0, "+", (a, q), (1.0, 1.0))

figures.show(
    draw_graph(f, {x: "x", y: "y"}, gradients=False),
    alt="x = 2 and y = 3 go into a gate ×, q = 6. From there one edge goes into a gate ×3, a = "
    "18, and then into a gate +; a second edge goes over it straight into the gate +, which "
    "makes 24.",
    caption="f = a + q with a = 3q and q = xy. There are two ways from q to f, a short and a "
    "long one.",
)

# %% [markdown]
# **A question first.** In which order may the nodes pass their gradient on to their parents?
#
# - **(a)** $f$, $q$, $a$: nearest to $f$ first.
# - **(b)** $f$, $a$, $q$.
# - **(c)** $q$, $a$, $f$: as they were computed.
# - **(d)** In any order: gradients are only added, and a sum does not depend on the order of its terms.
#
# Choose one, and say what $\partial f / \partial x$ comes out with each of (a), (b) and (c).

# %% [markdown] answer_points=2 grade_id="graph-why-order"
# ### BEGIN SOLUTION
# **(b).** A node may pass its gradient on only when it is complete: when everything it flows into has passed on before.
# $q$ gets 1 directly from $f$ and $1 \cdot 3$ through $a$, 4 altogether, so $\partial f/\partial x = 4 \cdot y = 12$.
#
# (a): $q$ passes on too early, when it has only the 1 of the short way: 3 instead of 12. What arrives later through $a$
# never reaches $x$. (c): $q$ and $a$ pass on zeros, because nothing has arrived yet, and only the parents of $f$ get a
# gradient: 0 for $x$. (d) is wrong since what is passed on is a *product* with the sum so far, not a term of the sum.
# ### END SOLUTION

# %% [markdown]
# ### Exercise: `topological_order`
#
# An order in which every node comes after its parents is called **topological**. Values can be computed in that order, and
# gradients can flow in the reverse of it: then every node is complete before it passes anything on.
#
# Write `topological_order(root)`. Mathematically it is a depth-first search that lists a node *when all of its parents are
# listed*. The textbook writes it as a function that calls itself, but Python stops at a depth of about a thousand calls,
# and networks (recurrent ones above all) make longer chains than that. So keep a stack of your own: a list to which you
# `append` and from which you `pop`. The check tries trees, diamonds, detours, random graphs, a chain of 10,000 nodes, and
# counts whether you visit each node once, not each *path*: 12 diamonds in a row have 4,096 of them.

# %%
check("graph.topological_order")

# %%
with experiment():
    names = {x: "x", y: "y", q: "q", a: "a", f: "f"}
    order = [names.get(node, f"{node.data:g}") for node in graph.topological_order(f)]
    print("values are computed in this order:  ", ", ".join(order))
    print("gradients flow in the reverse order:", ", ".join(order[::-1]))

# %% tags=["solutions-only"]
assert order.index("q") < order.index("a") < order.index("f") == len(order) - 1

# %% [markdown]
# ## 3. A number that remembers
#
# ### Exercise: `Value`
#
# Fill in the class. The constructor and what follows from your operations (`-`, `/`, a plain number on the left) are given.
# Yours are:
#
# | method | result | local gradients |
# |---|---|---|
# | `x + y` | $x + y$ | 1 and 1 |
# | `x * y` | $xy$ | what does $xy$ gain when $x$ grows by $h$? |
# | `x.max(y)` | the larger one | only one of the two has an influence |
# | `x.exp()` | $e^x$ | the derivative of $e^x$ |
# | `x.reciprocal()` | $1/x$ | the derivative of $1/x$ |
# | `x.sigmoid()` | $\sigma(x) = 1/(1 + e^{-x})$ | section 5 shows that it is $\sigma(x)\,(1 - \sigma(x))$ |
# | `f.backward()` | sets `grad` of all nodes | |
#
# `backward` goes through the reverse topological order. Each node multiplies its gradient by each local gradient, and
# *adds* the product to that parent. It begins by forgetting what an earlier `backward` left behind, so that `grad` always
# is the gradient of the last `f.backward()`. (The layers of the next notebook, and PyTorch, leave that to the caller:
# their gradients add up over several calls until `zero_grad` clears them. That is useful when a batch comes in pieces, and
# a bug that everybody makes once.)

# %%
check("graph.Value")

# %% [markdown]
# The slide's example again, and now your operations draw it:

# %%
with experiment():
    x, y, z = graph.Value(-2), graph.Value(5), graph.Value(-4)
    f = (x + y) * z
    f.backward()
    print(f"f = {f.data:g}, gradients: x {x.grad:g}, y {y.grad:g}, z {z.grad:g}")
    figures.show(
        draw_graph(f, {x: "x", y: "y", z: "z"}),
        alt=f"The graph of (x + y)z with values and gradients: {x.grad:g} at x, {y.grad:g} at y, "
        f"{z.grad:g} at z.",
        caption="The same picture as in section 1. This time nobody wrote a gradient in.",
    )

# %% tags=["solutions-only"]
assert (f.data, x.grad, y.grad, z.grad) == (-12, -4, -4, 3)

# %% [markdown]
# Now the graph with the two ways, and what happens to it in a wrong order. `pass_on` does what your `backward` does, in
# whichever order you give it:


# %%
def pass_on(order):
    """Gradients of the graph, its nodes taken in this order; the first is the root."""
    for node in order:
        node.grad = 0.0
    order[0].grad = 1.0
    for node in order:
        for parent, local in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += local * node.grad


def two_ways(x, y):
    q = x * y
    return q * 3 + q


with experiment():
    x, y = graph.Value(2.0), graph.Value(3.0)
    q = x * y
    a = q * 3
    f = a + q
    for name, middle in (("f, q, a", (f, q, a)), ("f, a, q", (f, a, q))):
        pass_on([*middle, x, y])
        print(f"in the order {name}:  df/dx = {x.grad:g}, df/dy = {y.grad:g}")
    f.backward()
    h = 1e-6
    slope = (two_ways(2 + h, 3) - two_ways(2 - h, 3)) / (2 * h)
    print(f"your backward:          df/dx = {x.grad:g}, df/dy = {y.grad:g}")
    print(f"numerically:            df/dx = {slope:.6f}")
    figures.show(
        draw_graph(f, {x: "x", y: "y"}),
        alt="The graph of section 2 with gradients. Two edges leave q: below the one through ×3 "
        "stands 3, below the long one over it 1. The edges from x and y carry 12 and 8.",
        caption="Below each edge: what flows back along it. The gradient of q is the sum over "
        "the edges that leave it, 3 + 1 = 4, and only this sum goes on to x and y.",
    )

# %% tags=["solutions-only"]
assert (x.grad, y.grad, q.grad) == (12, 8, 4)
pass_on([f, q, a, x, y])
assert x.grad == 3

# %% [markdown]
# ### Turn the knobs
#
# Choose a formula and move the inputs: all values and all gradients move with them. Try to predict a gradient before you
# let go of the slider. Three things to find: an input whose gradient does *not* depend on its own value; a place where one
# input has no influence at all; and a place where the sigmoid passes on almost nothing.

# %%
FORMULAS = {
    "(x + y)·z": lambda x, y, z: (x + y) * z,
    "max(x, y)·z": lambda x, y, z: x.max(y) * z,
    "σ(x·y + z)": lambda x, y, z: (x * y + z).sigmoid(),
    "(x + y)·(x + y)·z": lambda x, y, z: (q := x + y) * q * z,
    "exp(x)/(y·y + 1) + z": lambda x, y, z: x.exp() / (y * y + 1) + z,
}


def draw_formula(formula, x, y, z):
    inputs = [graph.Value(number) for number in (x, y, z)]
    f = FORMULAS[formula](*inputs)
    f.backward()
    told = ", ".join(
        f"{name}: {node.data:g} with gradient {node.grad:.2f}"
        for name, node in zip("xyz", inputs, strict=True)
    )
    figures.show(
        draw_graph(f, dict(zip(inputs, "xyz", strict=True))),
        alt=f"The graph of f = {formula}, {f.data:.2f}. {told}.",
        caption=f"f = {formula} = {f.data:.2f}".replace("-", "−"),
    )


with experiment():
    draw_formula("max(x, y)·z", 2.0, -1.0, 3.0)

# %%
figures.explore(
    draw_formula,
    formula=list(FORMULAS),
    x=(-3.0, 3.0, 0.25),
    y=(-3.0, 3.0, 0.25),
    z=(-3.0, 3.0, 0.25),
)

# %% [markdown]
# ## 4. Patterns: what each gate does to a gradient
#
# After a while you read a graph without computing:
#
# - **add distributes.** Its local gradients are 1: whatever arrives goes on, unchanged, to *all* inputs.
# - **multiply swaps.** Each input gets the upstream gradient times the value of the *other* input. So a large input makes
#   the gradient of its partner large: the reason why the scale of the data matters (Part VI).
# - **max routes.** The larger input gets everything, the others nothing. Max pooling (Part V) works like that, and ReLU,
#   $\max(0, x)$, is a switch: open for positive $x$, closed for negative.
# - **a fork adds.** Where one value goes to several gates, the gradients that come back are summed.

# %%
with experiment():
    inputs = x, y, z, w = [graph.Value(number) for number in (3, -2, 1, 4)]
    f = (x * y + z.max(w)) * 2
    f.backward()
    figures.show(
        draw_graph(f, dict(zip(inputs, "xyzw", strict=True)), digits=0),
        alt="x = 3 and y = -2 go into a gate ×, z = 1 and w = 4 into a gate max; both results "
        "go into +, and the sum, -2, into ×2. Gradients: 2 on both edges into +; -4 at x and 6 "
        "at y; 0 at z and 2 at w.",
        caption="f = 2(xy + max(z, w)). The gate + sends its gradient, 2, both ways. The gate × "
        "gives x the value of y, and y the value of x, times 2. The gate max gives all of it to "
        "w.",
    )

# %% tags=["solutions-only"]
assert [node.grad for node in inputs] == [-4, 6, 0, 2] and f.data == -4

# %% [markdown]
# **A question.** $f = -\max(x + y,\; x \cdot y)$ at $x = 2$, $y = 3$. What is $(\partial f/\partial x, \;\partial f/\partial
# y)$? Use the patterns, not the formula.
#
# - **(a)** $(-1, -1)$
# - **(b)** $(-3, -2)$
# - **(c)** $(-2, -3)$
# - **(d)** $(-4, -3)$
#
# Choose one, and name the mistake behind each of the others. Then change one number so that (a) becomes right.

# %% [markdown] answer_points=2 grade_id="graph-patterns"
# ### BEGIN SOLUTION
# **(b).** $x + y = 5$ and $xy = 6$: max routes everything, $-1$, to the product, and multiply swaps: $x$ gets
# $-1 \cdot y = -3$, $y$ gets $-1 \cdot x = -2$.
#
# (a) routes to the sum, the smaller one. (c) multiplies each factor by its own value instead of the other's. (d) sends the
# gradient to both inputs of max, $-3 - 1$ and $-2 - 1$. With $y = 1$ (for example) the sum, 3, is larger than the product,
# 2, and (a) is right.
# ### END SOLUTION

# %%
with experiment():
    x, y = graph.Value(2.0), graph.Value(3.0)
    f = -(x + y).max(x * y)
    f.backward()
    print(f"df/dx = {x.grad:g}, df/dy = {y.grad:g}")

# %% tags=["solutions-only"]
assert (x.grad, y.grad) == (-3, -2)

# %% [markdown]
# ## 5. The sigmoid circuit
#
# Now a formula that does something: a neuron with two inputs, $f = \sigma(w_0 x_0 + w_1 x_1 + w_2)$ with
# $\sigma(s) = 1/(1 + e^{-s})$. The slide takes it apart into gates that everybody can differentiate.

# %%
NUMBERS = {"$w_0$": 2.0, "$x_0$": -1.0, "$w_1$": -3.0, "$x_1$": -2.0, "$w_2$": -3.0}


def sigmoid_circuit():
    """The slide's circuit after its backward pass, and its inputs."""
    inputs = w0, x0, w1, x1, w2 = [graph.Value(number) for number in NUMBERS.values()]
    circuit = (((w0 * x0 + w1 * x1 + w2) * -1).exp() + 1).reciprocal()
    circuit.backward()
    return circuit, inputs


with experiment():
    circuit, inputs = sigmoid_circuit()
    figures.show(
        draw_graph(circuit, dict(zip(inputs, NUMBERS, strict=True))),
        alt="The sigmoid circuit: two products, two sums, then the gates ×-1, exp, +1 and 1/x. "
        "The result is 0.73. Gradients: w0 -0.20, x0 0.39, w1 -0.39, x1 -0.59, w2 0.20.",
        caption="The sigmoid circuit of the slide, gate by gate. Read it from the right: "
        "−1/1.37² = −0.53, times 1, times e^−1, times −1, and then the patterns.",
    )

# %% [markdown]
# The slide shows 0.40, −0.40 and −0.60 where your picture shows 0.39, −0.39 and −0.59. Who is right? The slide rounds every
# number to two decimals *on the way*: its 0.20 before the last two gates is really 0.1966, and 2 · 0.20 is 0.40, while
# 2 · 0.1966 is 0.39. Do it both ways:

# %%
with experiment():
    by_gates = [node.grad for node in sigmoid_circuit()[1]]
    power = round(np.exp(-1), 2)  # 0.37
    rounded = round(-1 / (1 + power) ** 2, 2)  # the gate 1/x: −0.53; +1 passes it on as it is
    rounded = round(rounded * power, 2)  # the gate exp: −0.20
    rounded = -rounded  # the gate ×−1: 0.20; both sums pass it on
    w0, x0, w1, x1, _ = NUMBERS.values()
    on_the_way = [round(rounded * local, 2) for local in (x0, w0, x1, w1, 1)]
    print("             w0        x0        w1        x1        w2")
    print("exact   ", "".join(f"{grad:10.6f}" for grad in by_gates))
    print("at end  ", "".join(f"{grad:10.2f}" for grad in by_gates))
    print("on way  ", "".join(f"{grad:10.2f}" for grad in on_the_way))

# %% tags=["solutions-only"]
assert [f"{g:.2f}" for g in by_gates] == ["-0.20", "0.39", "-0.39", "-0.59", "0.20"]
assert on_the_way == [-0.2, 0.4, -0.4, -0.6, 0.2] and f"{by_gates[4]:.4f}" == "0.1966"

# %% [markdown]
# A lesson for later: round when you show a number, never while you compute with it.
#
# ### One gate instead of four
#
# Which operations deserve a gate of their own? You decide. The last four gates are one function, the sigmoid, and its
# derivative is short. With $\sigma = 1/(1 + e^{-s})$, so $1 - \sigma = e^{-s}/(1 + e^{-s})$,
#
# $$ \frac{d\sigma}{ds} = \frac{e^{-s}}{(1 + e^{-s})^2} = \frac{1}{1 + e^{-s}} \cdot \frac{e^{-s}}{1 + e^{-s}}
#    = \sigma\,(1 - \sigma) . $$
#
# So the gate needs nothing but its own output. One gate is faster than four, and safer: at $s = -1000$ the four gates meet
# $e^{1000}$, which no float can hold.

# %%
with experiment():
    inputs = w0, x0, w1, x1, w2 = [graph.Value(number) for number in NUMBERS.values()]
    one_gate = (w0 * x0 + w1 * x1 + w2).sigmoid()
    one_gate.backward()
    difference = max(abs(node.grad - grad) for node, grad in zip(inputs, by_gates, strict=True))
    print(f"σ = {one_gate.data:.4f}, σ(1 − σ) = {one_gate.data * (1 - one_gate.data):.4f}")
    print(f"largest difference from the four gates: {difference:.0e}")
    print(f"σ(−1000) = {graph.Value(-1000).sigmoid().data:g}")

# %% tags=["solutions-only"]
assert difference < 1e-15

# %% [markdown]
# **Predict before you run the next cell.** Put ten sigmoids one after the other, $\sigma(\sigma(\dots\sigma(x)))$, and ask
# for the gradient of the last with respect to $x$. What is the *largest* value that $\sigma(1 - \sigma)$ can have, and what
# does that say about the gradient after 10 and after 100 gates? What would it mean for the weights at the beginning of a
# network of a hundred layers with sigmoids?

# %% [markdown] answer_points=2 grade_id="graph-chain-of-sigmoids"
# ### BEGIN SOLUTION
# $\sigma(1 - \sigma)$ is largest at $\sigma = 1/2$: it is at most $1/4$. The chain rule multiplies one such factor for each
# gate, so after 10 gates the gradient is at most $4^{-10} \approx 10^{-6}$, and after 100 at most $4^{-100} \approx
# 6 \cdot 10^{-61}$. (It is smaller still, since the values settle near 0.66, where the factor is 0.22.) The weights at the
# beginning would get practically no gradient, so they would not learn: the gradient *vanishes*. ReLU, whose local gradient
# is 1 where it is open, is one of the answers (Part VI).
# ### END SOLUTION

# %%
with experiment():
    gradients = {}
    for length in (1, 2, 5, 10, 100):
        x = s = graph.Value(0.5)
        for _ in range(length):
            s = s.sigmoid()
        s.backward()
        gradients[length] = x.grad
        print(f"{length:4} sigmoids: value {s.data:.4f}, gradient {x.grad:.1e}")

# %% tags=["solutions-only"]
assert all(0 < gradients[n] <= 0.25**n for n in gradients) and abs(s.data - 0.66) < 0.005
assert abs(s.data * (1 - s.data) - 0.22) < 0.005

# %% [markdown]
# ## 6. Is it right, and what does it cost?
#
# A gradient is right if it agrees with the numerical one. A random formula of some thirty gates, with three inputs:

# %%
rng = np.random.default_rng(0)
GATES = (
    lambda p, q: (p + q) * 0.5,
    lambda p, q: p * q,
    lambda p, q: p.max(q),
    lambda p, q: p.sigmoid(),
    lambda p, q: (p * q + 2).reciprocal(),
)
CHOSEN = [
    (rng.integers(len(GATES)), *rng.choice(3 + step, size=2, replace=False)) for step in range(30)
]


def tangled(*inputs):
    """A formula in which every result may be used again."""
    numbers = list(inputs)
    for gate, i, j in CHOSEN:
        numbers.append(GATES[gate](numbers[i], numbers[j]))
    return sum(numbers)


with experiment():
    point = np.array([0.7, 1.2, -0.4])
    inputs = [graph.Value(number) for number in point]
    f = tangled(*inputs)
    f.backward()
    h, errors = 1e-5, []
    print("        backward       numerical")
    for i, node in enumerate(inputs):
        above, below = (
            tangled(*map(graph.Value, point + sign * h * np.eye(3)[i])).data for sign in (1, -1)
        )
        errors.append(abs(node.grad - (above - below) / (2 * h)))
        print(f"x{i}  {node.grad:14.10f}  {(above - below) / (2 * h):14.10f}")
    print(f"{len(graph.topological_order(f))} nodes, largest difference {max(errors):.0e}")

# %% tags=["solutions-only"]
assert max(errors) < 1e-8 and 30 < len(graph.topological_order(f)) < 120

# %% [markdown]
# The numerical gradient evaluates the formula twice for *each input*. `backward` goes through the graph once, for *all*
# inputs. Measure both for a sum of products with more and more inputs:

# %%
with experiment():
    counts, backward_times, numerical_times = [10, 30, 100, 300, 1000, 3000], [], []

    def dot(weights, numbers):
        return sum(w * number for w, number in zip(weights, numbers, strict=True)).sigmoid()

    for count in counts:
        numbers = np.random.default_rng(0).normal(size=count) / count
        weights = [graph.Value(w) for w in np.random.default_rng(1).normal(size=count)]
        both, forward = [], []
        for _ in range(5):
            start = time.perf_counter()
            f = dot(weights, numbers)
            middle = time.perf_counter()
            f.backward()
            both.append(time.perf_counter() - start)
            forward.append(middle - start)
        backward_times.append(min(both))
        numerical_times.append(2 * count * min(forward))

    fig, ax = plt.subplots(figsize=(6.5, 3.6))
    ax.loglog(
        counts,
        numerical_times,
        "s--",
        color=figures.ORANGE,
        label="numerical: two forward passes an input (computed)",
    )
    ax.loglog(
        counts,
        backward_times,
        "o-",
        color=figures.BLUE,
        label="one forward and one backward pass (measured)",
    )
    ax.set(xlabel="number of inputs", ylabel="seconds for the whole gradient")
    ax.legend(fontsize=8)
    figures.show(
        fig,
        alt="Seconds against the number of inputs, both axes logarithmic. For 3,000 inputs "
        f"backward takes about {1e3 * backward_times[-1]:.0f} milliseconds and the numerical "
        f"gradient about {numerical_times[-1]:.0f} seconds. The slope of the numerical line is "
        "twice that of the other.",
        caption="The cost of backward grows with the size of the graph, that of the numerical "
        "gradient with its square. (The dashed line is the measured forward pass times twice the "
        "number of inputs.)",
    )
    ratio = numerical_times[-1] / backward_times[-1]
    print(
        f"3,000 inputs: backward is {ratio:,.0f} times faster; "
        f"forward alone is {min(forward) / backward_times[-1]:.0%} of it"
    )

# %% tags=["solutions-only"]
assert ratio > 500

# %% [markdown]
# And a deep graph, of the kind that a recursive `backward` could not do:

# %%
with experiment():
    x = s = graph.Value(1.0)
    start = time.perf_counter()
    for _ in range(5_000):
        s = s * 0.9999 + x * 0.0001
    s.backward()
    seconds = time.perf_counter() - start
    size = len(graph.topological_order(s))
    print(
        f"{size:,} nodes, 10,000 operations deep, {seconds:.2f} s: value {s.data:.6f}, "
        f"gradient {x.grad:.6f}"
    )

# %% tags=["solutions-only"]
assert abs(s.data - 1) < 1e-9 and abs(x.grad - 1) < 1e-9 and seconds < 5

# %% [markdown]
# ## 7. A neuron learns to read
#
# Time for real data: handwritten digits of 8×8 pixels, only the 3s and the 8s. One neuron, $p = \sigma(w \cdot x + b)$ with
# 64 weights, shall say how sure it is that an image is an 8. Its loss is the mean of $(p - t)^2$ over a batch, with $t = 1$
# for an 8 and 0 for a 3. Nobody derives a gradient: each batch builds a graph of some 3,000 nodes, and your `backward` finds
# all 65 gradients.

# %%
digits = datasets.load("digits")


def threes_and_eights(images, labels):
    chosen = np.isin(labels, (3, 8))
    return images[chosen].reshape(-1, 64) / 255, (labels[chosen] == 8).astype(int)


splits = {
    "training": threes_and_eights(digits.train_images, digits.train_labels),
    "validation": threes_and_eights(digits.validation_images, digits.validation_labels),
    "test": threes_and_eights(digits.test_images, digits.test_labels),
}


def neuron(weights, bias, pixels):
    return sum((w * x for w, x in zip(weights, pixels, strict=True)), bias).sigmoid()


def batch_loss(weights, bias, images, targets):
    errors = [
        neuron(weights, bias, pixels) - float(t) for pixels, t in zip(images, targets, strict=True)
    ]
    return sum(error * error for error in errors) * (1 / len(errors))


print({name: images.shape for name, (images, _) in splits.items()})

# %%
losses = []
rng = np.random.default_rng(0)
weights, bias = [graph.Value(w) for w in 0.1 * rng.normal(size=64)], graph.Value(0.0)
W, b = np.zeros(64), 0.0  # their numbers after training

with experiment():
    images, targets = splits["training"]
    for _ in tqdm(range(100), leave=False):
        batch = rng.choice(len(images), size=16, replace=False)
        loss = batch_loss(weights, bias, images[batch], targets[batch])
        loss.backward()
        for parameter in (*weights, bias):
            parameter.data -= 1.0 * parameter.grad
        losses.append(loss.data)
    W, b = np.array([w.data for w in weights]), bias.data
    for name, (images, targets) in splits.items():
        reached[name] = np.mean((images @ W + b > 0) == targets)
    print(f"{len(graph.topological_order(loss)):,} nodes in the graph of one batch")
    print(", ".join(f"{name} {share:.1%}" for name, share in reached.items()))

    fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3), width_ratios=[1.6, 1])
    left.plot(losses, color=figures.BLUE)
    left.set(xlabel="step", ylabel="mean squared error of the batch", ylim=(0, None))
    figures.draw_image(right, (127.5 + 127.5 * W / abs(W).max()).reshape(8, 8), "the weights")
    figures.show(
        fig,
        alt=f"Left: the loss falls from {losses[0]:.2f} to {np.mean(losses[-10:]):.2f} (mean of "
        "the last ten) within 100 steps. Right: the weights as a picture, bright at the left "
        "side of the digit, where an 8 closes its loops.",
        caption="Left: learning. Right: the weights as an image; bright pixels speak for an 8, "
        "dark ones for a 3. The brightest are those that close the loops of the 8 on the left.",
    )

# %% tags=["solutions-only"]
assert np.mean(losses[-10:]) < 0.05 < 0.15 < losses[0]
left_side, right_side = W.reshape(8, 8)[:, 1:4].sum(), W.reshape(8, 8)[:, 4:7].sum()
assert left_side > right_side, (left_side, right_side)

# %% [markdown]
# ### What would make this 3 an 8?
#
# In a graph *everything* has a gradient, not only the weights. Make the 64 pixels Values, and one `backward` says which
# pixel moves $p$ by how much. Then do to the image what training does to the weights: follow the gradient, uphill this
# time, and keep the pixels between 0 and 1.

# %%
with experiment():
    images, targets = splits["test"]
    threes = images[targets == 0]
    start_image = threes[np.argmin(threes @ W)]  # of this 3 the neuron is surest
    pixels = [graph.Value(number) for number in start_image]
    trail = []
    for _ in range(200):
        p = neuron(W.tolist(), b, pixels)
        p.backward()
        trail.append(p.data)
        if len(trail) == 1:
            first_gradient = np.array([pixel.grad for pixel in pixels])
        if p.data > 0.5:
            break
        direction = np.array([pixel.grad for pixel in pixels])
        direction *= 0.02 / abs(direction).max()
        for pixel, change in zip(pixels, direction, strict=True):
            pixel.data = float(np.clip(pixel.data + change, 0, 1))
    end_image = np.array([pixel.data for pixel in pixels])

    fig = figures.image_grid(
        [
            255 * start_image.reshape(8, 8),
            (127.5 + 127.5 * first_gradient / abs(first_gradient).max()).reshape(8, 8),
        ]
        + [255 * end_image.reshape(8, 8)],
        titles=[f"a 3: p = {trail[0]:.3f}", "∂p/∂pixel", f"p = {trail[-1]:.2f}"],
        columns=3,
        size=1.8,
    )
    figures.show(
        fig,
        alt="Three pictures: a handwritten 3; the gradient of p with respect to its pixels; and "
        f"the changed image after {len(trail) - 1} small steps, still a 3 to the eye, brighter at "
        "its left side.",
        caption="Left the image, in the middle the gradient with respect to its 64 pixels, "
        f"right the image after {len(trail) - 1} small steps along it. The neuron now leans "
        "towards 8; do you?",
    )
    print(f"largest change of a pixel: {abs(end_image - start_image).max():.2f} of 1")

# %% tags=["solutions-only"]
assert trail[0] < 0.1 and trail[-1] > 0.5 and abs(end_image - start_image).max() < 0.8

# %% [markdown]
# ## 8. From numbers to vectors: Jacobians
#
# Your graph is exact, and slow: one node of Python for each multiplication. Real networks use the same idea with *arrays*
# as nodes. Then the local gradient is a matrix. If $y = g(x)$ takes a vector of $D$ numbers to one of $M$, the **Jacobian**
# is the $M \times D$ matrix
#
# $$ J_{ij} = \frac{\partial y_i}{\partial x_j} , $$
#
# one row for each output, one column for each input. The chain rule stays what it was, as a product with a vector: with
# the upstream gradient $\frac{\partial f}{\partial y}$, a vector of $M$ numbers,
#
# $$ \frac{\partial f}{\partial x_j} = \sum_{i=1}^{M} \frac{\partial f}{\partial y_i} \frac{\partial y_i}{\partial x_j}
#    \qquad\text{or}\qquad \frac{\partial f}{\partial x} = J^\top \frac{\partial f}{\partial y} . $$
#
# The sum is rule 4 of section 1: $x_j$ reaches $f$ on $M$ ways, one through each $y_i$.
#
# **The slide's example: $z = x + y$ for vectors.** $z_i = x_i + y_i$, so $\partial z_i / \partial x_j$ is 1 for $i = j$ and
# 0 elsewhere: the identity matrix, for $x$ and for $y$. Both get the upstream gradient unchanged: add distributes, still.
# A numerical Jacobian, one column for each input that is moved, agrees:


# %%
def numerical_jacobian(g, x, h=1e-6):
    """(M, D) array: column j is how g(x) changes when x_j moves."""
    columns = [(g(x + h * unit) - g(x - h * unit)) / (2 * h) for unit in np.eye(len(x))]
    return np.stack(columns, axis=1)


x, y = np.array([1.0, -2.0, 0.5, 3.0]), np.array([0.3, 0.7, -1.1, 2.0])
print(np.round(numerical_jacobian(lambda x: x + y, x), 6))

# %% tags=["solutions-only"]
np.testing.assert_allclose(numerical_jacobian(lambda x: x + y, x), np.eye(4), atol=1e-8)

# %% [markdown]
# ### ReLU on 4096 numbers
#
# Let $y = \max(0, x)$, number by number, with a vector of 4096 numbers: an ordinary layer of an ordinary network. How large
# is its Jacobian? And how large if a batch of 100 examples goes through at once? **Write your guess down in bytes first.**
#
# ### Exercise: `jacobian_bytes`
#
# Write `jacobian_bytes(num_inputs, num_outputs, batch_size, dtype)`. The batch counts on both sides: all numbers that come
# out against all that go in.

# %%
check("graph.jacobian_bytes")

# %%
with experiment():
    one = graph.jacobian_bytes(4096, 4096)
    batch = graph.jacobian_bytes(4096, 4096, batch_size=100)
    print(
        f"one example:   4096 × 4096 = {4096**2:,} entries, {one:,} bytes = {one / 2**20:.0f} MiB"
    )
    print(
        f"batch of 100:  409600 × 409600 = {409600**2:,} entries, "
        f"{batch:,} bytes = {batch / 1e9:.0f} GB"
    )
    print(f"the batch itself: {100 * 4096 * 4:,} bytes = {100 * 4096 * 4 / 2**20:.1f} MiB")

# %% tags=["solutions-only"]
assert one == 64 * 2**20 and batch == 671_088_640_000

# %% [markdown]
# 671 GB, for one layer without a single weight, on a batch that takes 1.6 MiB. And what would be in it?
#
# ### Exercise: `relu_jacobian`
#
# Write `relu_jacobian(x)` for a small vector: row $i$, column $j$ holds $\partial y_i / \partial x_j$. Does $y_i$ depend on
# any other $x_j$?

# %%
check("graph.relu_jacobian")

# %% [markdown]
# Three Jacobians side by side: of the sum, of ReLU, and of a product with a matrix, $y = Wx$, whose Jacobian is $W$ itself
# (where from? $y_i = \sum_j W_{ij} x_j$).


# %%
def draw_matrix(ax, matrix, title, digits=0):
    """A matrix as a table: zeros pale, other entries dark and bold."""
    ax.imshow(matrix != 0, cmap="Blues", vmin=0, vmax=2.5)
    for (row, column), value in np.ndenumerate(matrix):
        text = f"{value:.{digits}f}".replace("-", "−")
        ax.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            fontsize=8,
            weight="bold" if value else "normal",
        )
    ax.set_title(title)
    ax.set(xticks=[], yticks=[])
    ax.grid(False)


with experiment():
    x = np.array([1.5, -0.5, 2.0, -3.0, 0.0, 0.7])
    matrix = np.arange(1, 25).reshape(4, 6) / 10
    fig, axes = plt.subplots(1, 3, figsize=(9.5, 3.1))
    draw_matrix(axes[0], np.eye(6), "z = x + y: ∂z/∂x")
    draw_matrix(axes[1], graph.relu_jacobian(x), "y = max(0, x) at\nx = (1.5, −0.5, 2, −3, 0, 0.7)")
    draw_matrix(axes[2], matrix, "y = Wx: the Jacobian is W", digits=1)
    figures.show(
        fig,
        alt="Three tables of numbers. For the sum, ones on the diagonal. For ReLU, ones on the "
        "diagonal where x is positive and zeros everywhere else. For Wx, a full table of four "
        "rows and six columns.",
        caption="Jacobians of a sum, of ReLU, and of a matrix product. The first two are "
        "diagonal: 30 of 36 entries are zero whatever x is. For 4096 numbers, 4095 of 4096 would "
        "be.",
    )

# %% [markdown]
# A product with a diagonal matrix is a product number by number. So nobody builds the Jacobian of ReLU: keep a mask of the
# places where $x > 0$, and multiply. Both ways give the same, and this is what they cost for *one* example of 4096 numbers:

# %%
with experiment():
    rng = np.random.default_rng(0)
    x, upstream = (rng.normal(size=4096).astype(np.float32) for _ in range(2))

    def with_jacobian():
        return graph.relu_jacobian(x).T @ upstream

    def with_mask():
        return upstream * (x > 0)

    times = {}
    for way in (with_jacobian, with_mask):
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            result = way()
            seconds.append(time.perf_counter() - start)
        times[way.__name__] = min(seconds)
        print(f"{way.__name__:14}{1e3 * times[way.__name__]:10.3f} ms")
    np.testing.assert_array_equal(with_jacobian(), with_mask())
    print(f"the mask is {times['with_jacobian'] / times['with_mask']:,.0f} times faster")

# %% tags=["solutions-only"]
assert times["with_jacobian"] > 50 * times["with_mask"]

# %% [markdown]
# That is the trick of every deep learning library: a layer does not know its Jacobian, it knows *how to multiply with it*.
#
# ## 9. $f = \lVert Wx \rVert^2$, with every number
#
# The slide's last example has two nodes of arrays: $q = Wx$, then $f = \lVert q \rVert^2 = q_1^2 + q_2^2$, with
#
# $$ W = \begin{pmatrix} 0.1 & 0.5 \\ -0.3 & 0.8 \end{pmatrix}, \qquad x = \begin{pmatrix} 0.2 \\ 0.4 \end{pmatrix} . $$
#
# **Forward.** $q_1 = 0.1 \cdot 0.2 + 0.5 \cdot 0.4 = 0.22$, $\; q_2 = -0.3 \cdot 0.2 + 0.8 \cdot 0.4 = 0.26$, and
# $f = 0.22^2 + 0.26^2 = 0.0484 + 0.0676 = 0.116$.
#
# **Backward, the square.** $\partial f/\partial q_i = 2 q_i$, so $\partial f/\partial q = (0.44, 0.52)$.
#
# **Backward to $W$.** $W_{ij}$ enters $q_i$ only, multiplied by $x_j$, so
# $\partial f/\partial W_{ij} = 2 q_i \cdot x_j$: row $i$ is $2 q_i$ times $x$, an outer product:
#
# $$ \nabla_W f = 2 q\, x^\top = \begin{pmatrix} 0.44 \cdot 0.2 & 0.44 \cdot 0.4 \\ 0.52 \cdot 0.2 & 0.52 \cdot 0.4
#    \end{pmatrix} = \begin{pmatrix} 0.088 & 0.176 \\ 0.104 & 0.208 \end{pmatrix} . $$
#
# **Backward to $x$.** $x_j$ enters *every* $q_i$, multiplied by $W_{ij}$, so the ways add up,
# $\partial f/\partial x_j = \sum_i 2 q_i W_{ij}$, a product with the *columns* of $W$:
#
# $$ \nabla_x f = 2 W^\top q = \begin{pmatrix} 0.1 \cdot 0.44 - 0.3 \cdot 0.52 \\ 0.5 \cdot 0.44 + 0.8 \cdot 0.52
#    \end{pmatrix} = \begin{pmatrix} -0.112 \\ 0.636 \end{pmatrix} . $$
#
# A gradient always has the shape of what it belongs to: $\nabla_W f$ that of $W$, $\nabla_x f$ that of $x$.
#
# ### Exercise: `squared_norm_of_product`
#
# Write `squared_norm_of_product(weight, x)` for any shape of $W$, with arrays and without a loop.

# %%
check("graph.squared_norm_of_product")

# %%
with experiment():
    weight, x = np.array([[0.1, 0.5], [-0.3, 0.8]]), np.array([0.2, 0.4])
    value, weight_gradient, x_gradient = graph.squared_norm_of_product(weight, x)
    print(f"f = {value:.3f}")
    print(f"∇W = {np.round(weight_gradient, 6).tolist()}")
    print(f"∇x = {np.round(x_gradient, 6).tolist()}")

    fig, axes = plt.subplots(1, 3, figsize=(5.6, 2.4), width_ratios=[1, 2, 2])
    q = weight @ x
    draw_matrix(axes[0], 2 * q[:, np.newaxis], "2q", digits=2)
    draw_matrix(axes[1], x[np.newaxis], "times $x^T$", digits=1)
    draw_matrix(axes[2], weight_gradient, r"$= \nabla_W f$", digits=3)
    figures.show(
        fig,
        alt="A column with 0.44 and 0.52, a row with 0.2 and 0.4, and their outer product: "
        "0.088, 0.176, 0.104, 0.208.",
        caption="The gradient of W is an outer product: each entry is what arrives at its row, "
        "2q, times what entered through its column, x.",
    )

# %% tags=["solutions-only"]
np.testing.assert_allclose(value, 0.116)
np.testing.assert_allclose(weight_gradient, [[0.088, 0.176], [0.104, 0.208]])
np.testing.assert_allclose(x_gradient, [-0.112, 0.636])

# %% [markdown]
# The same with your scalar Values: nine gates instead of two, and the same numbers. The picture shows the first row alone,
# $q_1^2$; the second row looks alike.

# %%
with experiment():
    Wv = [[graph.Value(number) for number in row] for row in weight]
    xv = [graph.Value(number) for number in x]
    qv = [row[0] * xv[0] + row[1] * xv[1] for row in Wv]
    squares = [qi * qi for qi in qv]
    f = squares[0] + squares[1]
    f.backward()
    scalar = (
        np.array([[w.grad for w in row] for row in Wv]),
        np.array([number.grad for number in xv]),
    )
    print(f"∇W from Values: {np.round(scalar[0], 6).tolist()}")
    print(f"∇x from Values: {np.round(scalar[1], 6).tolist()}")

    squares[0].backward()
    row_names = {Wv[0][0]: "$W_{11}$", xv[0]: "$x_1$", Wv[0][1]: "$W_{12}$", xv[1]: "$x_2$"}
    figures.show(
        draw_graph(squares[0], row_names, digits=3),
        alt="W11 = 0.1 times x1 = 0.2 and W12 = 0.5 times x2 = 0.4 are added to 0.22, which is "
        "multiplied by itself: 0.048. The gradients are 0.088 and 0.176 for W11 and W12, 0.044 "
        "and 0.220 for x1 and x2.",
        caption="The first row. What W11 and W12 get here is the first row of the gradient; "
        "what x1 and x2 get is the part of theirs that comes through q1. The part through q2 is "
        "added to it.",
    )

# %% tags=["solutions-only"]
np.testing.assert_allclose(scalar[0], weight_gradient, rtol=1e-12)
np.testing.assert_allclose(scalar[1], x_gradient, rtol=1e-12)

# %% [markdown]
# ## 10. From the Jacobian to the rule for a linear layer
#
# Now the layer that the next notebook builds networks of. A batch of $N$ examples, one in each row of $X$, goes through
# $Y = X W^\top + b$: $X$ is $N \times D$, $W$ is $C \times D$, $b$ has $C$ numbers, $Y$ is $N \times C$. Upstream comes
# $G = \partial L/\partial Y$, with the shape of $Y$. Wanted: $\partial L/\partial W$, step by step.
#
# 1. One number of the output: $\; y_{nk} = \sum_d x_{nd}\, w_{kd} + b_k$.
# 2. The Jacobian with respect to $W$ has a row for each $y_{nk}$ and a column for each $w_{cd}$. Only the weights of the
#    output's own class enter it: $\; \dfrac{\partial y_{nk}}{\partial w_{cd}} = x_{nd}$ if $k = c$, and 0 otherwise.
# 3. The chain rule sums over all outputs:
#
# $$ \frac{\partial L}{\partial w_{cd}} = \sum_{n, k} G_{nk} \frac{\partial y_{nk}}{\partial w_{cd}}
#    = \sum_{n} G_{nc}\, x_{nd} . $$
#
# 4. A sum over $n$ of (row $n$, column $c$) times (row $n$, column $d$) is a matrix product, the first factor transposed:
#
# $$ \frac{\partial L}{\partial W} = G^\top X , \qquad (C \times N)\,(N \times D) = C \times D . $$
#
# 5. The bias enters every row: $\; \dfrac{\partial y_{nk}}{\partial b_c} = 1$ if $k = c$, so
#    $\dfrac{\partial L}{\partial b_c} = \sum_n G_{nc}$.
#
# **The shape rule.** The gradient of $W$ must have the shape of $W$, made of $G$ $(N \times C)$ and $X$ $(N \times D)$. There
# is only one product of these two with the shape $C \times D$. When you forget which factor to transpose, write the shapes
# down: they leave no choice. (Unless some of them are equal. That is why the checks of this course use different ones.)
#
# A small case, with the whole Jacobian built from numerical differences ($N = 3$, $C = 2$, $D = 4$):

# %%
rng = np.random.default_rng(0)
N, C, D = 3, 2, 4
X, W, G = np.arange(1.0, 13).reshape(N, D), rng.normal(size=(C, D)), rng.normal(size=(N, C))
J = numerical_jacobian(lambda flat: (X @ flat.reshape(C, D).T).ravel(), W.ravel())
by_jacobian = (J.T @ G.ravel()).reshape(C, D)
difference = abs(by_jacobian - G.T @ X).max()
print(f"the Jacobian is {J.shape[0]} × {J.shape[1]}; largest difference {difference:.0e}")

fig, ax = plt.subplots(figsize=(6.5, 3.8))
draw_matrix(
    ax, np.round(J, 6), "∂Y/∂W for the examples (1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12)"
)
ax.set_xticks(range(C * D), [f"$w_{{{c}{d}}}$" for c in range(C) for d in range(D)])
ax.set_yticks(range(N * C), [f"$y_{{{n}{k}}}$" for n in range(N) for k in range(C)])
figures.show(
    fig,
    alt="A table of six rows, the outputs y, and eight columns, the weights w. In each row only "
    "the four weights of that output's class are not zero; they hold the example x.",
    caption="The Jacobian of a linear layer with respect to its weights. Each row holds one "
    "example, in the columns of its own class; each example stands there C times. All of it is "
    "known before: it is X.",
)

# %% tags=["solutions-only"]
assert difference < 1e-7
np.testing.assert_allclose(J.reshape(N, C, C, D), np.einsum("kc,nd->nkcd", np.eye(C), X), atol=1e-7)

# %% [markdown]
# How large would it be in a real layer? $D = 3072$ numbers in, $C = 100$ out, a batch of 64: the Jacobian with respect to
# $W$, against the memory that $G^\top X$ needs.

# %%
with experiment():
    size = graph.jacobian_bytes(num_inputs=100 * 3072, num_outputs=64 * 100)
    needed = 4 * (64 * 100 + 64 * 3072 + 100 * 3072)
    print(f"the Jacobian: {size / 1e9:.1f} GB, of which {1 - 1 / 100:.0%} zeros")
    print(f"G, X and the result: {needed / 1e6:.1f} MB, {size / needed:,.0f} times less")

# %% tags=["solutions-only"]
assert size == 4 * 307_200 * 6_400 and size > 3000 * needed

# %% [markdown]
# **Your turn to derive.** The layer must also pass a gradient on to the left, to its input. Derive
# $\partial L/\partial X$ from $y_{nk} = \sum_d x_{nd}\, w_{kd} + b_k$ in the same steps: the Jacobian's entries, the sum of
# the chain rule, the matrix product. Check the result with the shape rule, and compare with $\nabla_x f = 2 W^\top q$ of
# section 9: what is $G$ there, and where does the transposition go?

# %% [markdown] answer_points=3 grade_id="graph-derive-input-gradient"
# ### BEGIN SOLUTION
# 1. $\partial y_{nk} / \partial x_{md} = w_{kd}$ if $n = m$, and 0 otherwise: examples do not see each other.
# 2. $\dfrac{\partial L}{\partial x_{md}} = \sum_{n,k} G_{nk} \dfrac{\partial y_{nk}}{\partial x_{md}} = \sum_k G_{mk} w_{kd}$.
# 3. A sum over $k$ of (row $m$, column $k$) times (row $k$, column $d$) is a matrix product with nothing transposed:
#    $\dfrac{\partial L}{\partial X} = G W$, with shapes $(N \times C)(C \times D) = N \times D$, the shape of $X$.
#
# In section 9 there is one example, a column $x$ instead of a row, and $G = \partial f/\partial q = 2q$. Written as rows,
# $GW = (2q)^\top W$ is a row; as a column it is $W^\top (2q)$. The same numbers: transposing a product swaps its factors.
# ### END SOLUTION

# %%
numerical = (
    numerical_jacobian(lambda flat: (flat.reshape(N, D) @ W.T).ravel(), X.ravel()).T @ G.ravel()
)
difference = abs(G @ W - numerical.reshape(N, D)).max()
print(
    f"G W has the shape {(G @ W).shape} of X; largest difference from the numerical gradient: "
    f"{difference:.0e}"
)

# %% tags=["solutions-only"]
assert difference < 1e-7

# %% [markdown]
# ## What you can do now
#
# You can take any formula apart into gates, and read its gradients off with four patterns; differentiate a graph of any
# depth exactly, in one pass, with an engine that you wrote; say why gradients add up at a fork and why the order matters;
# tell from a gradient that vanishes which gate is to blame; and derive the backward pass of a layer without ever building
# its Jacobian.
#
# **Your numbers beside the numbers to expect:**

# %%
expect = {"training": (0.98, 1.0), "validation": (0.95, 1.0), "test": (0.91, 1.0)}
scoreboard(
    [
        (f"a neuron of Values, 3 or 8, {name}", reached.get(name), *limits)
        for name, limits in expect.items()
    ]
)

# %% tags=["solutions-only"]
assert all(low <= reached[name] <= high for name, (low, high) in expect.items()), reached

# %% [markdown]
# (With ten different seeds the neuron reached 98.8 to 99.6 %, 97 to 98.5 % and 93.9 to 98 %. There are only 49 such images in
# the test set, so one image more or less is two percentage points.)
#
# Next: the same graph with arrays as nodes. Its gates are called *layers*, and with two of them and a $\max(0, \cdot)$ in
# between you will separate what no line can: neural networks.
#
# **Pack your work** when both notebooks of this part are done: in a terminal, `dlcourse submit part4_backprop`.
