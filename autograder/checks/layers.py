"""Part IV: layers."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import CheckFailed, Function, changed_arguments, run_there
from dlcourse.toolkit import gradient_check

PART = "part4_backprop"

LINEAR = exercise(
    "layers.Linear",
    points=6,
    part=PART,
    minutes=30,
    slide="Part IV, neural networks",
    hints=(
        "Write down the shapes: x is (N, D), the weight (C, D), y (N, C), and a gradient has the shape of what it belongs to. Only "
        "one product of two of them fits each formula.",
        "backward: the gradient is (N, C). weight.grad needs (C, D): gradient.T @ self.x. bias.grad needs (C,): sum over the "
        "examples. dx needs (N, D): gradient @ weight. The two grads are added to what is there: +=.",
        "forward: self.x = x.copy(); return x @ self.weight.value.T + self.bias.value. The first weights: "
        "np.sqrt(2 / in_features) * rng.normal(size=(out_features, in_features)), .astype(dtype).",
    ),
)
RELU = exercise(
    "layers.ReLU",
    points=2,
    part=PART,
    minutes=10,
    slide="Part IV, vectors; neural networks",
    hints=(
        "backward lets the gradient through where the input was positive, and stops it elsewhere: keep which that was.",
        "forward: self.positive = x > 0; return np.maximum(x, 0). backward: multiply by self.positive.",
    ),
)
FLATTEN = exercise(
    "layers.Flatten",
    points=1,
    part=PART,
    minutes=5,
    slide="Part V, fully connected layers, again",
    hints=(
        "reshape does both ways; forward must keep the shape that backward goes back to.",
        "reshape(len(x), -1) does not know what -1 is when there are no numbers: math.prod(x.shape[1:]) always does.",
    ),
)
SEQUENTIAL = exercise(
    "layers.Sequential",
    points=4,
    part=PART,
    minutes=20,
    slide="Part IV, neural networks; the chain rule",
    hints=(
        "forward: what comes out of one layer goes into the next. backward: the same, with the gradient, from the last layer to "
        "the first.",
        "forward: after x = layer.forward(x), append layer.memory() to a fresh list self.memories. backward: go through "
        "self.layers and self.memories in reverse, gradient = layer.backward_from(memory, gradient).",
        "parameters: a layer that stands twice must not bring its parameters twice; list(dict.fromkeys(…)) keeps the first of "
        "each. train: call train(mode) of every layer, then super().train(mode).",
    ),
    uses=("layers.Linear", "layers.ReLU"),
)
LOSS = exercise(
    "layers.CrossEntropyLoss",
    points=2,
    part=PART,
    minutes=10,
    slide="Part III, softmax classifier",
    hints=(
        "losses.cross_entropy, which you wrote in Part III, returns both: the loss and its gradient.",
        "forward: loss, self.gradient = cross_entropy(scores, labels); return loss. backward: return self.gradient.",
    ),
)
MLP = exercise(
    "layers.mlp",
    points=2,
    part=PART,
    minutes=10,
    slide="Part IV, neural networks: 3072-100-10",
    hints=(
        "sizes of length n make n - 1 Linear layers. How many ReLUs stand between them?",
        "Loop over zip(sizes[:-1], sizes[1:]), append Linear(…, rng, dtype) and ReLU() each time, and leave out the last ReLU.",
    ),
)


def made(student, name, *arguments):
    """Return a float64 layer of the student's."""
    return run_there(Function(f"lambda module, *arguments: module.{name}(*arguments, dtype=np.float64)"), student, *arguments)


def seeded(rng):
    return np.random.default_rng(int(rng.integers(1 << 30)))


def linear(student, rng, in_features=5, out_features=3):
    """Return a float64 Linear with random weight and bias, and these."""
    layer = made(student, "Linear", in_features, out_features, seeded(rng))
    weight, bias = rng.normal(size=(out_features, in_features)), rng.normal(size=out_features)
    layer.weight.value, layer.bias.value = weight, bias
    return layer, weight, bias


def expect_layer(layer, x, rng, names=None):
    gradient_check.check_layer(layer, x, rng, names).raise_if_failed(CheckFailed)


# Several steps at once, so that all see the same arrays: they run beside the student's code.
VALUES = Function("lambda net: [p.value for p in net.parameters()]")
# forward, backward, and what backward returned and left in the gradients, which were `before`
BACKWARD = Function("""lambda layer, x, gradient, *before: (
    [setattr(p, "grad", g) for p, g in zip(layer.parameters(), before)], layer.forward(x),
    [layer.backward(gradient), *(p.grad for p in layer.parameters())])[-1]""")
LAST = Function("lambda layer, x, other, gradient: (layer.forward(x), layer.forward(other), layer.backward(gradient))[-1]")
OTHER = Function("lambda layer, other, x, y, gradient: (layer.forward(x), other.forward(y), layer.backward(gradient))[-1]")
CHANGED = Function("""lambda layer, x, gradient: (
    layer.forward(x), x.fill(7), [layer.backward(gradient), *(p.grad for p in layer.parameters())])[-1]""")

# -------------------------------------------------------------------------------------------------------- linear


@LINEAR.check
def check_linear_forward(student, oracle, rng):
    """forward: every output is a weighted sum of the inputs, plus a bias"""
    for num_examples, in_features, out_features in ((4, 5, 3), (1, 2, 6), (7, 3, 3)):
        layer, weight, bias = linear(student, rng, in_features, out_features)
        x = rng.normal(size=(num_examples, in_features))
        compare(layer.forward(x), oracle.dense(x, weight, bias), what=f"the output for x of shape {x.shape}")


@LINEAR.check
def check_linear_start(student, rng):
    """the first weights are random numbers of mean 0 and variance 2 / in_features, the biases zeros"""
    seed = int(rng.integers(1 << 30))
    start = Function("lambda layer: [layer.weight.value, layer.bias.value]")
    seeds = (seed + 1, seed, seed)
    (other, _), (again, _), (weight, bias) = (run_there(start, student.Linear(90, 240, np.random.default_rng(s))) for s in seeds)
    std = np.sqrt(2 / 90)
    expect(isinstance(weight, np.ndarray) and weight.shape == (240, 90), "the weight must be an array (out_features, in_features)")
    compare(bias, np.zeros(240, np.float32), what="the bias")
    expect_dtype(weight, np.float32, "the weight")
    got = float(weight.std())
    expect(0.96 < got / std < 1.04, f"the weights have standard deviation {got:.4g}, expected sqrt(2 / 90) = {std:.4g}")
    expect(abs(weight.mean()) < 0.05 * std, f"the weights have mean {weight.mean():.3g}, expected 0")
    within = float(np.mean(np.abs(weight) < std))
    expect(0.65 < within < 0.72, f"{within:.0%} of the weights lie within one standard deviation; of normal ones 68 % do")
    expect(np.array_equal(weight, again), "the same rng gives two different weights: draw with rng, nothing else")
    expect(not np.array_equal(weight, other), "another rng gives the same weights: draw with the rng you are given")


@LINEAR.check
def check_linear_gradients(student, rng):
    """backward: the gradients of x, weight and bias, by numerical derivatives"""
    layer, _, _ = linear(student, rng)
    expect_layer(layer, rng.normal(size=(4, 5)), rng, ["weight", "bias"])


@LINEAR.check
def check_linear_formula(student, oracle, rng):
    """backward: dL/dx = dy W, dL/dW = dyᵀ x, dL/db = the sum of the rows of dy"""
    layer, weight, _ = linear(student, rng)
    x, gradient = rng.normal(size=(4, 5)), rng.normal(size=(4, 3))
    got = run_there(BACKWARD, layer, x, gradient)
    expected = oracle.linear_gradients(x, weight, gradient)
    compare(got, expected, what="dx, weight.grad, bias.grad", sizes={"N, the number of examples": 4})


@LINEAR.check
def check_linear_accumulates(student, oracle, rng):
    """backward adds to the gradients that are there already"""
    layer, weight, _ = linear(student, rng)
    x, gradient, before = rng.normal(size=(4, 5)), rng.normal(size=(4, 3)), [rng.normal(size=(3, 5)), rng.normal(size=3)]
    got = run_there(BACKWARD, layer, x, gradient, *before)
    added = [g + b for g, b in zip(oracle.linear_gradients(x, weight, gradient)[1:], before, strict=True)]
    compare(got[1:], added, what="weight.grad, bias.grad")


@LINEAR.check
def check_linear_last_forward(student, oracle, rng):
    """backward belongs to the last forward of its own layer"""
    (layer, weight, _), (other, _, _) = linear(student, rng), linear(student, rng)
    x, y, gradient = rng.normal(size=(2, 5)), rng.normal(size=(4, 5)), rng.normal(size=(4, 3))
    got = [run_there(LAST, layer, x, y, gradient), layer.weight.grad]
    compare(got, oracle.linear_gradients(y, weight, gradient)[:2], what="after two forwards, dx and weight.grad")
    layer.weight.grad = np.zeros((3, 5))
    got = [run_there(OTHER, layer, other, y, x, gradient), layer.weight.grad]
    compare(got, oracle.linear_gradients(y, weight, gradient)[:2], what="after a forward of another Linear, dx and weight.grad")


@LINEAR.check
def check_linear_keeps_a_copy(student, oracle, rng):
    """what happens to x after forward, in the hands of its owner, does not change the gradients"""
    layer, weight, _ = linear(student, rng)
    x, gradient = rng.normal(size=(4, 5)), rng.normal(size=(4, 3))
    got = run_there(CHANGED, layer, x, gradient)
    expected = oracle.linear_gradients(x, weight, gradient)
    compare(got, expected, what="x changed between forward and backward: dx, weight.grad, bias.grad")


@LINEAR.check
def check_linear_unchanged(student, oracle, rng):
    """x, the weights and the gradient that comes in stay as they were"""
    layer, weight, bias = linear(student, rng)
    x, gradient = rng.normal(size=(4, 5)), rng.normal(size=(4, 3))
    got, changed = changed_arguments(layer.forward, x)
    compare(got, oracle.dense(x, weight, bias), what="the output")
    expect(not changed, "forward changes x in place: compute with a copy, the caller still needs its array")
    got, changed = changed_arguments(layer.backward, gradient)
    compare(got, gradient @ weight, what="dx")
    expect(not changed, "backward changes the gradient in place: compute with a copy, the caller still needs its array")
    compare([layer.weight.value, layer.bias.value], [weight, bias], what="after a backward, weight and bias")


@LINEAR.check
def check_linear_dtype(student, oracle, rng):
    """float32 stays float32, in the outputs and in all gradients, and float64 stays float64"""
    for layer, dtype in ((student.Linear(5, 3, seeded(rng)), np.float32), (made(student, "Linear", 5, 3, seeded(rng)), np.float64)):
        x, gradient = rng.normal(size=(4, 5)).astype(dtype), rng.normal(size=(4, 3)).astype(dtype)
        expect_dtype(layer.weight.value, dtype, "the weight")
        weight, bias = rng.normal(size=(3, 5)).astype(dtype), rng.normal(size=3).astype(dtype)
        layer.weight.value, layer.bias.value = weight, bias
        y = layer.forward(x)
        compare(y, oracle.dense(x, weight, bias), rtol=1e-4, atol=1e-5, what="the output")
        expect_dtype(y, dtype, "the output")
        got = run_there(BACKWARD, layer, x, gradient)
        expected = [g.astype(dtype) for g in oracle.linear_gradients(x, weight, gradient)]
        compare(got, expected, rtol=1e-4, atol=1e-5, what="dx, weight.grad, bias.grad")
        for array, name in zip(got, ("dx", "weight.grad", "bias.grad"), strict=True):
            expect_dtype(array, dtype, name)


@LINEAR.check
def check_linear_parameters(student, rng):
    """parameters() returns weight and bias, those of this very layer"""
    layer, weight, bias = linear(student, rng)
    linear(student, rng)  # a second one must not get in the way
    both = run_there(VALUES, layer)
    compare(both, [weight, bias], what="the values of parameters()")
    same = Function("lambda layer: [float(p is q) for p, q in zip(layer.parameters(), (layer.weight, layer.bias))]")
    expect(run_there(same, layer) == [1.0, 1.0], "parameters() must return weight and bias themselves, not copies")


@LINEAR.check
def check_linear_shapes(student, oracle, rng):
    """odd inputs: not contiguous in memory, no examples, no features"""
    layer, weight, bias = linear(student, rng)
    x, gradient = rng.normal(size=(5, 4)).T, rng.normal(size=(4, 6))[:, ::2]
    compare(layer.forward(x), oracle.dense(x, weight, bias), what="the output for x that is a transposed view")
    got = run_there(BACKWARD, layer, x, gradient)
    compare(got, oracle.linear_gradients(x, weight, gradient), what="dx, weight.grad, bias.grad of views")
    layer.weight.grad = layer.bias.grad = None
    zeros = [np.zeros((3, 5)), np.zeros(3)]
    got = run_there(BACKWARD, layer, np.empty((0, 5)), np.empty((0, 3)), *zeros)
    compare(got, [np.empty((0, 5)), *zeros], what="dx, weight.grad, bias.grad of an empty batch")
    layer, _, bias = linear(student, rng, in_features=0)
    compare(layer.forward(np.empty((4, 0))), np.tile(bias, (4, 1)), what="the output for x of shape (4, 0)")


# ---------------------------------------------------------------------------------------------------------- relu


@RELU.check
def check_relu_forward(student, rng):
    """forward: max(0, x), for arrays of any shape, huge numbers too"""
    for shape, size in (((4, 5), 1.0), ((2, 3, 2, 2), 1e300), ((7,), 1e-300), ((0, 3), 1.0)):
        x = size * rng.normal(size=shape)
        compare(student.ReLU().forward(x), np.where(x > 0, x, 0.0), what=f"the output for x of shape {shape}")


@RELU.check
def check_relu_gradient(student, rng):
    """backward: the gradient where x was positive, 0 elsewhere, whatever the sign of the gradient"""
    x, gradient = rng.normal(size=(6, 5)), rng.normal(size=(6, 5))
    x.flat[:4], gradient.flat[:4] = [1.5, 1.5, -1.5, -1.5], [2.5, -2.5, 2.5, -2.5]  # all four combinations, always
    got = run_there(BACKWARD, student.ReLU(), x, gradient)
    compare(got, [np.where(x > 0, gradient, 0.0)], what="dx, and no parameters")


@RELU.check
def check_relu_numerical(student, rng):
    """backward: by numerical derivatives, for a batch of images"""
    expect_layer(student.ReLU(), rng.normal(size=(2, 3, 2, 2)), rng)


@RELU.check
def check_relu_kink(student, rng):
    """where x is exactly 0 the gradient is 0"""
    x, gradient = rng.integers(-2, 3, size=(5, 6)).astype(float), rng.normal(size=(5, 6))
    x[2, 3] = x[0, 1] = 0.0
    got = run_there(BACKWARD, student.ReLU(), x, gradient)
    compare(got, [np.where(x > 0, gradient, 0.0)], what="dx for x of whole numbers")


@RELU.check
def check_relu_last_forward(student, rng):
    """backward belongs to the last forward of its own layer, and forgets nothing when x changes after it"""
    x, y, gradient = (rng.normal(size=(6, 7)) for _ in range(3))
    expected = np.where(x > 0, gradient, 0.0)
    compare(run_there(LAST, student.ReLU(), y, x, gradient), expected, what="dx after two forwards")
    compare(run_there(OTHER, student.ReLU(), student.ReLU(), x, y, gradient), expected, what="dx after another ReLU's forward")
    got = run_there(CHANGED, student.ReLU(), x, gradient)
    compare(got, [expected], what="x changed between forward and backward: dx")


@RELU.check
def check_relu_unchanged(student, rng):
    """x and the gradient that comes in stay as they were"""
    layer, x, gradient = student.ReLU(), rng.normal(size=(6, 7)), rng.normal(size=(6, 7))
    got, changed = changed_arguments(layer.forward, x)
    compare(got, np.where(x > 0, x, 0.0), what="the output")
    expect(not changed, "forward changes x in place: make a new array, np.maximum does")
    got, changed = changed_arguments(layer.backward, gradient)
    compare(got, np.where(x > 0, gradient, 0.0), what="dx")
    expect(not changed, "backward changes the gradient in place: make a new array, the caller still needs its own")


@RELU.check
def check_relu_dtype(student, rng):
    """float32 stays float32, both ways, also for arrays that are not contiguous in memory"""
    layer, x, gradient = student.ReLU(), *(rng.normal(size=(2, 6, 8)).astype(np.float32)[:, :, ::2])
    y, dx = layer.forward(x), layer.backward(gradient)
    compare([y, dx], [np.where(x > 0, each, np.float32(0)) for each in (x, gradient)], what="output, dx")
    expect_dtype(y, np.float32, "the output")
    expect_dtype(dx, np.float32, "dx")


# ------------------------------------------------------------------------------------------------------- flatten


@FLATTEN.check
def check_flatten_forward(student, rng):
    """forward: one row for each example, its numbers in order, whatever their order in memory"""
    x = rng.normal(size=(4, 3, 2, 5))
    expected = np.array([[*example.flat] for example in x])
    for batch in (x, np.asfortranarray(x), np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)):
        compare(student.Flatten().forward(batch), expected, what="the rows")


@FLATTEN.check
def check_flatten_backward(student, rng):
    """backward: the gradient gets the shape of x again, that of this layer's last forward"""
    x, other, gradient = rng.normal(size=(2, 3, 2, 4)), rng.normal(size=(2, 4, 6)), rng.normal(size=(2, 24))
    expected = np.array([[[row[8 * c + 4 * h :][:4] for h in range(2)] for c in range(3)] for row in gradient])
    compare(run_there(BACKWARD, student.Flatten(), x, gradient), [expected], what="dx, and no parameters")
    compare(run_there(LAST, student.Flatten(), other, x, gradient), expected, what="dx after two forwards")
    got = run_there(OTHER, student.Flatten(), student.Flatten(), x, other, gradient)
    compare(got, expected, what="dx after another Flatten's forward")


@FLATTEN.check
def check_flatten_shapes(student, rng):
    """one example, rows already, and no examples at all: (0, 3, 2) becomes (0, 6), and back"""
    for shape in ((1, 2, 3), (4, 5), (0, 3, 2), (3, 0, 2)):
        x = rng.normal(size=shape)
        flat = x.reshape(shape[0], int(np.prod(shape[1:])))
        layer = student.Flatten()
        compare(layer.forward(x), flat, what=f"the rows for x of shape {shape}")
        compare(layer.backward(flat), x, what=f"dx for x of shape {shape}")


@FLATTEN.check
def check_flatten_unchanged(student, rng):
    """the numbers stay what they are: dtype too, and x itself"""
    layer, x = student.Flatten(), rng.normal(size=(3, 2, 2)).astype(np.float32)
    got, changed = changed_arguments(layer.forward, x)
    compare(got, np.array([[*example.flat] for example in x]), what="the rows")
    expect(not changed, "forward changes x in place; its shape counts too: reshape returns a new view")
    expect_dtype(got, np.float32, "the rows")
    got, changed = changed_arguments(layer.backward, got)
    compare(got, x, what="dx")
    expect(not changed, "backward changes the gradient in place; its shape counts too: reshape returns a new view")


# ---------------------------------------------------------------------------------------------------- sequential


def stack(student, rng, sizes=(5, 4, 3)):
    """Return Linears with random parameters, as many as fit the sizes, and their (weight, bias)."""
    layers = [linear(student, rng, *pair) for pair in zip(sizes, sizes[1:], strict=False)]
    return [layer for layer, _, _ in layers], [parameters for _, *parameters in layers]


@SEQUENTIAL.check
def check_sequential_forward(student, oracle, rng):
    """forward: the output of each layer is the input of the next"""
    (first, second, third), parameters = stack(student, rng, (5, 4, 4, 3))
    x = rng.normal(size=(6, 5))
    net = student.Sequential(first, student.ReLU(), second, student.ReLU(), third)
    compare(net.forward(x), oracle.passed(x, parameters), what="the output of Linear, ReLU, Linear, ReLU, Linear")
    net = student.Sequential(first, second)
    compare(net.forward(x), oracle.passed(x, parameters[:2], rectified=False), what="the output of Linear, Linear")
    compare(student.Sequential(first).forward(x), oracle.passed(x, parameters[:1]), what="the output of one Linear")


@SEQUENTIAL.check
def check_sequential_gradients(student, rng):
    """backward: the gradients of x and of all parameters, by numerical derivatives"""
    (first, second), _ = stack(student, rng)
    net = student.Sequential(first, student.ReLU(), second)
    expect_layer(net, rng.normal(size=(4, 5)), rng, ["the first weight", "the first bias", "the last weight", "the last bias"])


@SEQUENTIAL.check
def check_sequential_chain(student, rng):
    """backward: through the layers from the last to the first, each gets what comes out of the one behind it"""
    layers, ((first, _), (second, _), (third, _)) = stack(student, rng, (4, 4, 4, 4))
    gradient = rng.normal(size=(3, 4))
    got = run_there(BACKWARD, student.Sequential(*layers), rng.normal(size=(3, 4)), gradient)
    expect(isinstance(got, list) and got, "backward must return the gradient of x")
    compare(got[0], gradient @ third @ second @ first, what="dx of three Linears")


@SEQUENTIAL.check
def check_sequential_twice(student, rng):
    """a Linear that stands at two places, and a ReLU too: each place remembers its own input"""
    (shared, last), _ = stack(student, rng, (4, 4, 3))
    relu = student.ReLU()
    net = student.Sequential(shared, relu, shared, relu, last)
    expect_layer(net, rng.normal(size=(5, 4)), rng, ["the shared weight", "the shared bias", "the last weight", "the last bias"])


@SEQUENTIAL.check
def check_sequential_nested(student, rng):
    """a Sequential in a Sequential, twice"""
    (first, second), _ = stack(student, rng, (4, 4, 4))
    block = student.Sequential(first, student.ReLU())
    net = student.Sequential(block, second, block)
    expect_layer(net, rng.normal(size=(5, 4)), rng, ["the shared weight", "the shared bias", "the other weight", "the other bias"])


@SEQUENTIAL.check
def check_sequential_parameters(student, rng):
    """parameters(): those of all layers, in order, and each once"""
    (first, second), parameters = stack(student, rng, (4, 4, 4))
    for order, expected in (((0, 1), (0, 1)), ((1, 0), (1, 0)), ((1, 0, 1), (1, 0))):
        net = student.Sequential(*((first, second)[i] for i in order), student.ReLU())
        compare(run_there(VALUES, net), [p for i in expected for p in parameters[i]], what="the values of parameters()")


@SEQUENTIAL.check
def check_sequential_mode(student, rng):
    """train() and eval() switch every layer, and return the network"""
    (first, second), _ = stack(student, rng)
    relu = student.ReLU()
    net = student.Sequential(first, student.Sequential(relu, second))
    before_and_after = """lambda net, *layers: (
        [setattr(layer, "training", {}) for layer in (net, *layers)],
        [float({} is net), *(float(layer.training) for layer in (net, *layers))])[-1]"""
    switches = {"net.train()": True, "net.eval()": False, "net.train(False)": False, "net.train(mode=True)": True}
    for switch, training in switches.items():
        same, *got = run_there(Function(before_and_after.format(not training, switch)), net, first, relu, second)
        compare(got, [float(training)] * 4, what=f"after {switch}, whether the network and its layers are training (1)")
        expect(same == 1.0, f"{switch} must return the network itself")


@SEQUENTIAL.check
def check_sequential_apart(student, oracle, rng):
    """two networks know nothing of each other, and backward belongs to the last forward"""
    (first, second), parameters = stack(student, rng, (4, 4, 4))
    one, other = student.Sequential(first, student.ReLU()), student.Sequential(second)
    x, y, gradient = rng.normal(size=(2, 4)), rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    expected = np.where(oracle.dense(y, *parameters[0]) > 0, gradient, 0.0) @ parameters[0][0]
    compare(other.forward(x), oracle.dense(x, *parameters[1]), what="the output of the network made second")
    compare(run_there(LAST, one, x, y, gradient), expected, what="dx after two forwards")
    compare(run_there(OTHER, one, other, y, x, gradient), expected, what="dx after a forward of the other network")


@SEQUENTIAL.check
def check_sequential_unchanged(student, oracle, rng):
    """x and the gradient that comes in stay as they were"""
    (first, second), parameters = stack(student, rng)
    net, x, gradient = student.Sequential(first, second), rng.normal(size=(6, 5)), rng.normal(size=(6, 3))
    got, changed = changed_arguments(net.forward, x)
    compare(got, oracle.passed(x, parameters, rectified=False), what="the output")
    expect(not changed, "forward changes x in place: the caller still needs its array")
    got, changed = changed_arguments(net.backward, gradient)
    compare(got, gradient @ parameters[1][0] @ parameters[0][0], what="dx")
    expect(not changed, "backward changes the gradient in place: the caller still needs its array")


# ---------------------------------------------------------------------------------------------------------- loss


def batch(rng, num_examples=6, num_classes=4):
    return 2 * rng.normal(size=(num_examples, num_classes)), rng.integers(0, num_classes, size=num_examples)


BOTH = Function("lambda loss, scores, labels: [loss.forward(scores, labels), loss.backward()]")


@LOSS.check
def check_loss_values(student, oracle, rng):
    """forward returns the mean loss, backward its gradient, for batches of any size"""
    for num_examples, num_classes in ((6, 4), (1, 10), (5, 2)):
        scores, labels = batch(rng, num_examples, num_classes)
        got = run_there(BOTH, student.CrossEntropyLoss(), scores, labels)
        expected = list(oracle.definition(scores, labels))
        compare(got, expected, what="loss, gradient", sizes={"N, the number of examples": num_examples})


@LOSS.check
def check_loss_gradient(student, rng):
    """backward: by numerical derivatives"""
    loss, (scores, labels) = student.CrossEntropyLoss(), batch(rng)

    def gradient(upstream, scores):
        loss.forward(scores, labels)
        return loss.backward()

    report = gradient_check.check_gradients(lambda scores: loss.forward(scores, labels), gradient, scores, rng, ["scores"])
    report.raise_if_failed(CheckFailed)


@LOSS.check
def check_loss_huge(student, rng):
    """scores of 1000 and -1000 cost what they should, and nothing is nan"""
    sizes = rng.uniform(800, 1500, size=3)
    scores, labels = np.stack([sizes, -sizes, np.zeros(3)], axis=1), np.array([0, 1, 2])
    expected = np.array([[0, 0, 0], [1, -1, 0], [1, 0, -1]]) / 3
    got = run_there(BOTH, student.CrossEntropyLoss(), scores, labels)
    compare(got, [(2 * sizes[1] + sizes[2]) / 3, expected], what="loss, gradient")


@LOSS.check
def check_loss_last_forward(student, oracle, rng):
    """backward belongs to the last forward of its own loss"""
    loss, other = student.CrossEntropyLoss(), student.CrossEntropyLoss()
    (scores, labels), (scores2, labels2) = batch(rng), batch(rng, 3)
    two = Function("lambda loss, other, *a: (loss.forward(*a[:2]), other.forward(*a[2:]), loss.backward())[-1]")
    for second in (loss, other):
        expected = oracle.definition(scores2, labels2) if second is loss else oracle.definition(scores, labels)
        got = run_there(two, loss, second, scores, labels, scores2, labels2)
        compare(got, expected[1], what=f"the gradient after {'two forwards' if second is loss else 'a forward of another loss'}")


@LOSS.check
def check_loss_unchanged(student, oracle, rng):
    """scores and labels stay as they were, and float32 stays float32"""
    loss, (scores, labels) = student.CrossEntropyLoss(), batch(rng)
    scores = scores.astype(np.float32)
    expected = oracle.definition(scores.astype(np.float64), labels)
    got, changed = changed_arguments(loss.forward, scores, labels)
    compare(got, expected[0], rtol=1e-4, what="the loss")
    expect(not changed, "forward changes the scores or the labels in place: the caller still needs them")
    gradient = loss.backward()
    compare(gradient, expected[1].astype(np.float32), what="the gradient")
    expect_dtype(gradient, np.float32, "the gradient")


# ----------------------------------------------------------------------------------------------------------- mlp


PUT = Function("lambda net, *values: [setattr(p, 'value', v) for p, v in zip(net.parameters(), values, strict=True)] and None")


def network(student, rng, sizes):
    """Return a float64 mlp with random parameters, and these as pairs (weight, bias)."""
    net = made(student, "mlp", list(sizes), seeded(rng))
    pairs = [(rng.normal(size=(c, d)), rng.normal(size=c)) for d, c in zip(sizes, sizes[1:], strict=False)]
    shapes = [p.shape for pair in pairs for p in pair]
    got = [value.shape for value in run_there(VALUES, net)]
    expect(got == shapes, f"the parameters of mlp({list(sizes)}) have shapes {got}, expected {shapes}")
    run_there(PUT, net, *(p for pair in pairs for p in pair))
    return net, pairs


@MLP.check
def check_mlp_two_layers(student, oracle, rng):
    """two layers: W2 max(0, W1 x + b1) + b2, which may be negative"""
    net, pairs = network(student, rng, (6, 8, 4))
    x = rng.normal(size=(9, 6))
    compare(net.forward(x), oracle.passed(x, pairs), what="the scores of mlp([6, 8, 4])")


@MLP.check
def check_mlp_more_layers(student, oracle, rng):
    """three layers have two maxima, W3 max(0, W2 max(0, W1 x)), and five layers have four"""
    for sizes in ((6, 8, 7, 4), (3, 6, 6, 6, 6, 2)):
        net, pairs = network(student, rng, sizes)
        x = rng.normal(size=(9, sizes[0]))
        compare(net.forward(x), oracle.passed(x, pairs), what=f"the scores of mlp({list(sizes)})")


@MLP.check
def check_mlp_one_layer(student, oracle, rng):
    """two sizes make the linear classifier of Part II: no maximum at all"""
    net, pairs = network(student, rng, (6, 4))
    x = rng.normal(size=(9, 6))
    compare(net.forward(x), oracle.passed(x, pairs), what="the scores of mlp([6, 4])")


@MLP.check
def check_mlp_gradients(student, rng):
    """backward: by numerical derivatives"""
    net, _ = network(student, rng, (4, 6, 3))
    expect_layer(net, rng.normal(size=(3, 4)), rng, ["W1", "b1", "W2", "b2"])


@MLP.check
def check_mlp_start(student, rng):
    """the first weights come from the rng, layer by layer, and are float32 unless you say otherwise"""
    sizes, seed = [5, 5, 5, 3], int(rng.integers(1 << 30))
    made32 = run_there(VALUES, student.mlp(sizes, np.random.default_rng(seed)))
    made64 = run_there(VALUES, made(student, "mlp", sizes, np.random.default_rng(seed)))
    draws = np.random.default_rng(seed)
    expected = [p for d, c in ((5, 5), (5, 5), (5, 3)) for p in (np.sqrt(2 / d) * draws.normal(size=(c, d)), np.zeros(c))]
    compare(made32, [p.astype(np.float32) for p in expected], what="the first parameters of mlp([5, 5, 5, 3])")
    compare(made64, expected, what="the first parameters with dtype=np.float64")
    for got, dtype in ((made32, np.float32), (made64, np.float64)):
        for array in got:
            expect_dtype(array, dtype, "a parameter")
