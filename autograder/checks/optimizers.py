"""Part VI: optimizers."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import Function, changed_arguments, peak_memory

PART = "part6_training"

# Whatever an optimizer is tried on is a Parameter, and `descend` is how one is let loose on a surface.
USES = ("layers.Parameter", "optimizers.descend")

OPTIMIZER = exercise(
    "optimizers.Optimizer",
    points=1,
    part=PART,
    minutes=5,
    slide="Part VI, optimizers",
    hints=(
        "A loop over self.parameters. What does a Parameter offer?",
        "parameter.zero_grad() does it, or parameter.grad[...] = 0: both write into the array that is there.",
    ),
    uses=("layers.Parameter",),
)
SGD = exercise(
    "optimizers.SGD",
    points=2,
    part=PART,
    minutes=10,
    slide="Part VI, optimizers",
    hints=(
        "A loop over self.parameters: each one's value loses learning_rate times its grad.",
        "parameter.value -= … writes into the array; parameter.value = parameter.value - … makes a new one.",
    ),
    uses=USES,
)
MOMENTUM = exercise(
    "optimizers.Momentum",
    points=2,
    part=PART,
    minutes=15,
    slide="Part VI, optimizers",
    hints=(
        "The velocity m must live longer than a step: make one array of zeros for each parameter in __init__.",
        "zip(self.parameters, self.m) runs over both lists together.",
        "m[...] = self.momentum * m + parameter.grad; parameter.value -= self.learning_rate * m",
    ),
    uses=USES,
)
ADAGRAD = exercise(
    "optimizers.AdaGrad",
    points=2,
    part=PART,
    minutes=15,
    slide="Part VI, optimizers",
    hints=(
        "n is a sum that only grows: one array of zeros for each parameter in __init__, and in each step n plus grad squared.",
        "Divide by np.sqrt(n + self.epsilon), after n has got the square of this step.",
    ),
    uses=USES,
)
RMSPROP = exercise(
    "optimizers.RMSProp",
    points=2,
    part=PART,
    minutes=10,
    slide="Part VI, optimizers",
    hints=(
        "It is AdaGrad with another line for n: a running mean in the place of a sum.",
        "n[...] = self.decay * n + (1 - self.decay) * g**2, and the step as in AdaGrad, ε under the root.",
    ),
    uses=USES,
)
ADAM = exercise(
    "optimizers.Adam",
    points=4,
    part=PART,
    minutes=30,
    slide="Part VI, optimizers",
    hints=(
        "Three things live longer than a step: m, n, and how many steps there were.",
        "t is 1 in the first step, and counts steps, not parameters: add 1 before the loop over the parameters.",
        "Keep m and n as they are; m_hat = m / (1 - momentum**t) and n_hat alike are new arrays, used in this step only.",
    ),
    uses=USES,
)
DESCEND = exercise(
    "optimizers.descend",
    points=2,
    part=PART,
    minutes=15,
    slide="Part VI, optimizers",
    hints=(
        "position = Parameter(start.copy()); optimizer = optimizer_class([position], **hyperparameters).",
        "Three lines a step: optimizer.zero_grad(), position.grad += gradient(position.value), optimizer.step().",
        "The optimizer changes position.value in place: put a copy into the path, or all its entries are the last place.",
    ),
    uses=("layers.Parameter", "optimizers.SGD", "optimizers.Momentum"),
)

HYPERPARAMETERS = {"SGD": (), "Momentum": ("momentum",), "AdaGrad": ("epsilon",), "RMSProp": ("decay", "epsilon")}
HYPERPARAMETERS["Adam"] = ("momentum", "decay", "epsilon")


def draw(exercise, rng):
    """Return random hyperparameters, all of them far from their defaults and from each other."""
    ranges = {"momentum": (0.55, 0.7), "decay": (0.8, 0.9), "epsilon": (0.1, 0.6)}
    drawn = {name: float(rng.uniform(*ranges[name])) for name in HYPERPARAMETERS[name_of(exercise)]}
    return {"learning_rate": float(rng.uniform(0.1, 0.3)), **drawn}


def name_of(exercise):
    return exercise.name.split(".")[1]


def expected_steps(exercise, gradients, learning_rate, momentum=None, decay=None, epsilon=None):
    """The definition, without a loop over steps: how far the parameter moves in each step.

    Args:
        gradients: (T, ...) array, one gradient a step.
    """
    ages = np.subtract.outer(np.arange(len(gradients)), np.arange(len(gradients)))  # of gradient s in step t

    def sums(values, factor):
        """Each step's sum of all values so far, those k steps ago times factor**k."""
        return np.tensordot(np.where(ages >= 0, float(factor) ** np.maximum(ages, 0), 0), values, 1)

    squares, ones = gradients**2, np.ones_like(gradients)
    if exercise is SGD:
        return -learning_rate * gradients
    if exercise is MOMENTUM:
        return -learning_rate * sums(gradients, momentum)
    if exercise is ADAGRAD:
        return -learning_rate * gradients / np.sqrt(sums(squares, 1) + epsilon)
    if exercise is RMSPROP:
        return -learning_rate * gradients / np.sqrt((1 - decay) * sums(squares, decay) + epsilon)
    means, mean_squares = sums(gradients, momentum) / sums(ones, momentum), sums(squares, decay) / sums(ones, decay)
    return -learning_rate * means / (np.sqrt(mean_squares) + epsilon)


def optimizer_of(student, exercise, parameters, **hyperparameters):
    return getattr(student, name_of(exercise))(parameters, **hyperparameters)


def step(optimizer, parameters, gradients):
    """Give each parameter its gradient and take a step."""
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()


def all_five(check):
    """Make one check belong to each of the optimizers."""
    for declared in (SGD, MOMENTUM, ADAGRAD, RMSPROP, ADAM):
        declared.check(check)
    return check


def those_with_state(check):
    for declared in (MOMENTUM, ADAGRAD, RMSPROP, ADAM):
        declared.check(check)
    return check


# --------------------------------------------------------------------------------------------------- what all do alike


@all_five
def check_first_step(student, exercise, rng):
    """the first step follows the formula"""
    start, gradient, rates = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), draw(exercise, rng)
    parameter = student.Parameter(start)
    step(optimizer_of(student, exercise, [parameter], **rates), [parameter], [gradient])
    compare(parameter.value, start + expected_steps(exercise, gradient[None], **rates)[0], what="the value after one step")


@all_five
def check_steps(student, exercise, rng):
    """so do the next ones, two parameters of different shapes side by side"""
    starts, rates = [rng.normal(size=5), rng.normal(size=(2, 3))], draw(exercise, rng)
    gradients = [rng.normal(size=(6, *start.shape)) for start in starts]
    parameters = [student.Parameter(start) for start in starts]
    optimizer = optimizer_of(student, exercise, parameters, **rates)
    for t in range(6):
        step(optimizer, parameters, [gradient[t] for gradient in gradients])
    expected = [s + expected_steps(exercise, g, **rates).sum(axis=0) for s, g in zip(starts, gradients, strict=True)]
    compare(parameters[1].value, expected[1], what="the second parameter after 6 steps")
    compare(parameters[0].value, expected[0], what="the first parameter after 6 steps")


@all_five
def check_surface(student, exercise, rng):
    """the value changes in place: whoever holds the array, a layer or a buffer, sees every step"""
    start, slopes, rates = rng.normal(size=3), rng.uniform(0.5, 1.0, size=3).round(3), draw(exercise, rng)
    # The gradient is taken at the first array that this function ever got: the value itself, if it is never replaced.
    held = Function(f"lambda place, first=[]: (first.append(place), np.array({slopes.tolist()}) * first[0])[1]")
    got = student.descend(getattr(student, name_of(exercise)), start, held, 5, **rates)
    path, gradients = [start], []
    for _ in range(5):
        gradients.append(slopes * path[-1])
        path.append(start + expected_steps(exercise, np.array(gradients), **rates).sum(axis=0))
    compare(got, np.array(path), what="the path over a bowl, seen by who holds the array of the start")


@all_five
def check_gradient_kept(student, exercise, rng):
    """step leaves the gradient as it is, and does not depend on what zero_grad does with it later"""
    start, gradients, rates = rng.normal(size=4), rng.normal(size=(3, 4)), draw(exercise, rng)
    parameter = student.Parameter(start)
    optimizer = optimizer_of(student, exercise, [parameter], **rates)
    for t in range(3):
        step(optimizer, [parameter], [gradients[t]])
        compare(parameter.grad, gradients[t], what="the gradient after the step")
        optimizer.zero_grad()
    compare(parameter.value, start + expected_steps(exercise, gradients, **rates).sum(axis=0), what="the value after 3 steps")


@all_five
def check_learning_rate_changes(student, exercise, rng):
    """the learning rate may be changed between steps, and counts for the step at hand alone"""
    start, gradients, rates = rng.normal(size=4), rng.normal(size=(4, 4)), draw(exercise, rng)
    parameter = student.Parameter(start)
    optimizer = optimizer_of(student, exercise, [parameter], **rates)
    schedule = rates["learning_rate"] * 0.1 ** np.array([0, 0, 1, 1])
    for t in range(4):
        optimizer.learning_rate = float(schedule[t])
        step(optimizer, [parameter], [gradients[t]])
    moves = expected_steps(exercise, gradients, **rates | {"learning_rate": 1.0})
    compare(parameter.value, start + schedule @ moves, what="the value after two steps and two with a tenth of the rate")


@all_five
def check_dtype(student, exercise, rng):
    """float32 stays float32"""
    start, gradients = rng.normal(size=4).astype(np.float32), rng.normal(size=(3, 4)).astype(np.float32)
    parameter, rates = student.Parameter(start), draw(exercise, rng)
    optimizer = optimizer_of(student, exercise, [parameter], **rates)
    for t in range(3):
        step(optimizer, [parameter], [gradients[t]])
    value = parameter.value
    expected = start + expected_steps(exercise, gradients.astype(np.float64), **rates).sum(axis=0)
    compare(value, expected.astype(np.float32), what="the value after 3 steps")
    expect_dtype(value, np.float32, "the value")


@those_with_state
def check_state_of_its_own(student, exercise, rng):
    """each parameter and each optimizer has a state of its own"""
    starts, rates = rng.normal(size=(3, 4)), draw(exercise, rng)
    gradients = rng.normal(size=(3, 5, 4))
    parameters = [student.Parameter(start) for start in starts]
    one = optimizer_of(student, exercise, parameters[:2], **rates)
    other = optimizer_of(student, exercise, parameters[2:], **rates)
    for t in range(5):
        step(one, parameters[:2], gradients[:2, t])
        step(other, parameters[2:], gradients[2:, t])
    expected = starts + np.array([expected_steps(exercise, own, **rates).sum(axis=0) for own in gradients])
    for i in (2, 1, 0):
        compare(parameters[i].value, expected[i], what=f"parameter {i} of three alike, after 5 steps")


STATES = {"Momentum": ("m",), "AdaGrad": ("n",), "RMSProp": ("n",), "Adam": ("m", "n", "t")}


@those_with_state
def check_checkpoint(student, exercise, rng):
    """the state can be saved and put into a new optimizer, which then goes on as the old one would have"""
    starts, rates = [rng.normal(size=3), rng.normal(size=(2, 2))], draw(exercise, rng)
    gradients = [rng.normal(size=(5, *start.shape)) for start in starts]
    parameters = [student.Parameter(start) for start in starts]
    optimizer = optimizer_of(student, exercise, parameters, **rates)
    for t in range(5):
        if t == 3:
            saved = {name: getattr(optimizer, name) for name in STATES[name_of(exercise)]}
            for name, state in saved.items():
                arrays = isinstance(state, list) and [getattr(array, "shape", None) for array in state] == [(3,), (2, 2)]
                expect(name == "t" or arrays, f"self.{name}: expected a list of arrays, one for each parameter, of its shape")
            optimizer = optimizer_of(student, exercise, parameters, **rates)
            for name, state in saved.items():
                setattr(optimizer, name, state)
        step(optimizer, parameters, [gradient[t] for gradient in gradients])
    for i in (1, 0):
        expected = starts[i] + expected_steps(exercise, gradients[i], **rates).sum(axis=0)
        compare(parameters[i].value, expected, what=f"parameter {i} after 3 steps and 2 with a new optimizer")


@ADAGRAD.check
@RMSPROP.check
@ADAM.check
def check_defaults(student, exercise, rng):
    """with the default ε a gradient of exactly 0 moves nothing, and neither tiny nor huge gradients give nan"""
    start = rng.normal(size=4)
    gradients = rng.normal(size=(3, 4)) * [0.0, 1e-7, 1.0, 1e6]
    parameter = student.Parameter(start)
    optimizer = optimizer_of(student, exercise, [parameter], learning_rate=0.1)
    for gradient in gradients:
        step(optimizer, [parameter], [gradient])
    defaults = {"epsilon": 1e-8}
    defaults |= {"decay": 0.9} if exercise is RMSPROP else {"momentum": 0.9, "decay": 0.999} if exercise is ADAM else {}
    moves = expected_steps(exercise, gradients, learning_rate=0.1, **defaults)
    compare(parameter.value, start + moves.sum(axis=0), what="the value after 3 steps")


# --------------------------------------------------------------------------------------------------------- zero_grad


@OPTIMIZER.check
def check_zero_grad(student, rng):
    """every parameter's gradient becomes zero, and no value changes"""
    shapes = [(3,), (2, 4), (1,)]
    values = [rng.normal(size=shape) for shape in shapes]
    parameters = [student.Parameter(value) for value in values]
    optimizer = student.Optimizer(parameters, 0.1)
    for parameter in parameters:
        parameter.grad = rng.normal(size=parameter.value.shape)
    optimizer.zero_grad()
    for i, (parameter, value) in enumerate(zip(parameters, values, strict=True)):
        compare(parameter.value, value, what=f"the value of parameter {i}")
        gradient = parameter.grad
        expect(gradient is not None, f"the gradient of parameter {i} is None: backward adds to it, so make it zero")
        compare(gradient, np.zeros(shapes[i]), what=f"the gradient of parameter {i}")


@OPTIMIZER.check
def check_zero_grad_nan(student, rng):
    """also a gradient that is nan or infinite becomes zero"""
    parameter = student.Parameter(rng.normal(size=(2, 3)))
    optimizer = student.Optimizer([parameter], 0.1)
    gradient = rng.normal(size=6)
    gradient[rng.permutation(6)[:2]] = np.nan, np.inf
    parameter.grad = gradient.reshape(2, 3)
    optimizer.zero_grad()
    compare(parameter.grad, np.zeros((2, 3)), what="the gradient")


@OPTIMIZER.check
def check_zero_grad_in_place(student, rng):
    """in place: the array of the gradient stays the same one, no new one is made"""
    parameter = student.Parameter(np.zeros(30_000))
    optimizer = student.Optimizer([parameter], 0.1)
    _, peak = peak_memory(optimizer.zero_grad)
    compare(parameter.grad, np.zeros(30_000), what="the gradient")
    expect(peak < 120_000, "zero_grad makes a new array: write zeros into the one that is there, others may hold it")


# ----------------------------------------------------------------------------------------------------------- descend


@DESCEND.check
def check_descend_path(student, rng):
    """on a bowl, the path of SGD is known: each step multiplies the place by 1 − rate · curvature"""
    for shape in ((2,), (2, 3)):
        start, curvature, rate = rng.normal(size=shape), rng.uniform(0.5, 2.0), float(rng.uniform(0.1, 0.4))
        curvature = round(curvature, 4)
        steps = int(rng.integers(3, 9))
        got = student.descend(student.SGD, start, Function(f"lambda place: {curvature} * place"), steps, learning_rate=rate)
        factors = (1 - rate * curvature) ** np.arange(steps + 1)
        compare(got, factors.reshape(-1, *[1] * len(shape)) * start, what="the path")


@DESCEND.check
def check_descend_hyperparameters(student, rng):
    """the hyperparameters reach the optimizer, and the gradients of earlier steps are cleared: momentum on a bowl"""
    start, rates = rng.normal(size=3), {"learning_rate": float(rng.uniform(0.1, 0.3)), "momentum": float(rng.uniform(0.4, 0.7))}
    got = student.descend(student.Momentum, start, Function("lambda place: place"), 6, **rates)
    path, gradients = [start], []
    for _ in range(6):
        gradients.append(path[-1])
        path.append(start + expected_steps(MOMENTUM, np.array(gradients), **rates).sum(axis=0))
    compare(got, np.array(path), what="the path")


@DESCEND.check
def check_descend_start(student, rng):
    """the start stays as it was, is the first place of the path, and float32 stays float32"""
    start = rng.normal(size=4).astype(np.float32)
    got, changed = changed_arguments(student.descend, student.SGD, start, Function("lambda place: place"), 3, learning_rate=0.5)
    compare(got, (start * 0.5 ** np.arange(4, dtype=np.float32)[:, None]).astype(np.float32), what="the path")
    expect_dtype(got, np.float32, "the path")
    expect(not changed, "it changes the given start: give the Parameter a copy of it")


@DESCEND.check
def check_descend_no_step(student, rng):
    """no step at all: the path is the start alone"""
    start = rng.normal(size=(2, 2))
    got = student.descend(student.SGD, start, Function("lambda place: place"), 0, learning_rate=0.5)
    compare(got, start[None], what="the path")
