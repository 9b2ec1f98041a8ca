"""The reference optimizers against PyTorch, and against the slide's formulas where PyTorch's differ."""

import numpy as np
import pytest

from autograder.oracle import reference_modules

MODULES = reference_modules("optimizers.SGD", ())
optimizers, layers = (MODULES.load(name) for name in ("optimizers", "layers"))
SHAPES = ((3, 4), (4,), (2, 3, 2))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch, the oracle of this test, is not installed")


def trajectories(make, make_torch, torch, rng, num_steps=20):
    """Give our optimizer and PyTorch's the same gradients, and return the values of all parameters after each step of both."""
    ours = [layers.Parameter(rng.normal(size=shape)) for shape in SHAPES]
    theirs = [torch.tensor(parameter.value.copy(), requires_grad=True) for parameter in ours]
    optimizer, oracle = make(ours), make_torch(theirs)
    paths = [], []
    for _ in range(num_steps):
        for parameter, tensor in zip(ours, theirs, strict=True):
            parameter.grad[...] = rng.normal(size=parameter.value.shape) * 10 ** rng.uniform(-3, 2)
            tensor.grad = torch.tensor(parameter.grad)
        optimizer.step()
        oracle.step()
        paths[0].append(np.concatenate([parameter.value.ravel() for parameter in ours]))
        paths[1].append(np.concatenate([tensor.detach().numpy().ravel() for tensor in theirs]))
    return np.array(paths[0]), np.array(paths[1])


AGREE = {
    "SGD": (dict(learning_rate=0.03), "SGD", dict(lr=0.03)),
    "Momentum": (dict(learning_rate=0.03, momentum=0.85), "SGD", dict(lr=0.03, momentum=0.85)),
    "Adam": (
        dict(learning_rate=0.02, momentum=0.8, decay=0.95, epsilon=1e-4),
        "Adam",
        dict(lr=0.02, betas=(0.8, 0.95), eps=1e-4),
    ),
}


@pytest.mark.parametrize("name", AGREE)
def test_twenty_steps_equal_those_of_torch(name, torch, rng):
    ours, theirs, options = AGREE[name]
    make_torch = getattr(torch.optim, theirs)
    paths = trajectories(
        lambda parameters: getattr(optimizers, name)(parameters, **ours), lambda p: make_torch(p, **options), torch, rng
    )
    np.testing.assert_allclose(*paths, rtol=1e-12, atol=1e-12)


def test_adam_with_the_defaults_equals_torchs(torch, rng):
    paths = trajectories(optimizers.Adam, torch.optim.Adam, torch, rng)
    np.testing.assert_allclose(*paths, rtol=1e-12, atol=1e-12)


def by_the_formula(name, gradients, learning_rate, epsilon, decay, inside):
    """The moves of AdaGrad and RMSProp for one number, in plain Python: ε under the root (the slide), or beside it (PyTorch)."""
    n, moves = 0.0, []
    for g in gradients:
        n = n + g * g if name == "AdaGrad" else decay * n + (1 - decay) * g * g
        root = (n + epsilon) ** 0.5 if inside else n**0.5 + epsilon
        moves.append(-learning_rate * g / root)
    return moves


@pytest.mark.parametrize("name", ["AdaGrad", "RMSProp"])
def test_epsilon_stands_under_the_root_as_on_the_slide_and_not_beside_it_as_in_torch(name, torch, rng):
    gradients, epsilon = rng.normal(size=20) * 1e-3, 1e-4
    options = dict(learning_rate=0.1, epsilon=epsilon) | (dict(decay=0.9) if name == "RMSProp" else {})
    theirs = torch.tensor([0.0], dtype=torch.float64, requires_grad=True)
    oracle = (
        torch.optim.Adagrad([theirs], lr=0.1, eps=epsilon)
        if name == "AdaGrad"
        else torch.optim.RMSprop([theirs], lr=0.1, alpha=0.9, eps=epsilon)
    )
    parameter = layers.Parameter(np.zeros(1))
    optimizer = getattr(optimizers, name)([parameter], **options)
    ours, torchs = [], []
    for g in gradients:
        parameter.grad[0] = g
        theirs.grad = torch.tensor([g])
        optimizer.step()
        oracle.step()
        ours.append(parameter.value[0])
        torchs.append(theirs.item())
    slide, beside = (np.cumsum(by_the_formula(name, gradients, 0.1, epsilon, 0.9, inside)) for inside in (True, False))
    np.testing.assert_allclose(ours, slide, rtol=1e-12)
    np.testing.assert_allclose(torchs, beside, rtol=1e-12)
    assert np.abs(slide - beside).max() > 0.05  # gradients this small tell the two apart


@pytest.mark.parametrize("name", ["AdaGrad", "RMSProp"])
def test_where_epsilon_stands_does_not_matter_for_large_gradients(name, torch, rng):
    options = dict(learning_rate=0.05, epsilon=1e-20) | (dict(decay=0.9) if name == "RMSProp" else {})
    make_torch = (
        (lambda p: torch.optim.Adagrad(p, lr=0.05, eps=1e-20))
        if name == "AdaGrad"
        else (lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.9, eps=1e-20))
    )
    paths = trajectories(lambda parameters: getattr(optimizers, name)(parameters, **options), make_torch, torch, rng)
    np.testing.assert_allclose(*paths, rtol=1e-5, atol=1e-5)


def test_the_first_step_of_adam_has_the_length_of_the_learning_rate(rng):
    """m̂ = g and n̂ = g² after one step, whatever the size of g: the bias correction is there for that."""
    parameter = layers.Parameter(np.zeros(6))
    parameter.grad[...] = rng.choice([-1, 1], size=6) * 10.0 ** np.arange(-4, 2)
    optimizers.Adam([parameter], 0.01).step()
    np.testing.assert_allclose(parameter.value, -0.01 * np.sign(parameter.grad), rtol=2e-4)


def test_momentum_under_a_constant_gradient_reaches_the_speed_of_a_rate_ten_times_as_large():
    """m → g / (1 − μ)."""
    path = optimizers.descend(optimizers.Momentum, np.zeros(1), np.ones_like, 200, learning_rate=0.01, momentum=0.9)
    np.testing.assert_allclose(np.diff(path[:, 0])[-1], -0.01 / (1 - 0.9), rtol=1e-6)


def test_adagrads_steps_shrink_with_the_root_of_time_and_rmsprops_do_not():
    for optimizer, expected in ((optimizers.AdaGrad, 1 / np.sqrt(400)), (optimizers.RMSProp, 1.0)):
        path = optimizers.descend(optimizer, np.zeros(1), np.ones_like, 400, learning_rate=0.01)
        np.testing.assert_allclose(-np.diff(path[:, 0])[-1] / 0.01, expected, rtol=1e-4)


@pytest.mark.parametrize(("rate", "arrives"), [(0.199, True), (0.201, False)])
def test_sgd_arrives_below_two_over_the_curvature_and_not_above(rate, arrives):
    path = optimizers.descend(optimizers.SGD, np.ones(1), lambda x: 10 * x, 4000, learning_rate=rate)
    assert (abs(path[-1, 0]) < 1e-6) == arrives


@pytest.mark.parametrize("name", ["SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"])
def test_a_network_learns_and_keeps_its_arrays(name, rng):
    """The arrays that the layers hold are the ones that change, float32 throughout, and the loss falls."""
    model, loss = layers.mlp([6, 16, 3], rng), layers.CrossEntropyLoss()
    images, labels = rng.normal(size=(60, 6)).astype(np.float32), np.arange(60) % 3
    optimizer = getattr(optimizers, name)(model.parameters(), 0.05)
    held = [(parameter.value, parameter.grad) for parameter in model.parameters()]
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        losses.append(loss.forward(model.forward(images), labels))
        model.backward(loss.backward())
        optimizer.step()
    assert losses[-1] < 0.8 * losses[0]
    for parameter, (value, grad) in zip(model.parameters(), held, strict=True):
        assert parameter.value is value and parameter.grad is grad and value.dtype == np.float32


@pytest.mark.parametrize("name", ["Momentum", "AdaGrad", "RMSProp", "Adam"])
def test_a_resumed_run_gives_the_numbers_of_one_that_was_not_interrupted(name, tmp_path):
    """Through a checkpoint of the toolkit's training loop."""
    from dlcourse.toolkit.training import fit

    rng = np.random.default_rng(1)
    data = rng.normal(size=(40, 6)).astype(np.float32), np.arange(40) % 3

    def trained(epochs, **options):
        model = layers.mlp([6, 8, 3], np.random.default_rng(2))
        optimizer = getattr(optimizers, name)(model.parameters(), 0.02)
        order = np.random.default_rng(3)
        fit(model, layers.CrossEntropyLoss(), data, optimizer, epochs=epochs, rng=order, batch_size=8, progress=False, **options)
        return [parameter.value for parameter in model.parameters()]

    whole, path = trained(6), tmp_path / "run.npz"
    trained(3, checkpoint=path)
    for expected, got in zip(whole, trained(6, checkpoint=path, resume=True), strict=True):
        np.testing.assert_array_equal(got, expected)
