"""The reference of Part III's optimization against oracles of others: SciPy, scikit-learn, PyTorch, and mathematics."""

import os

import numpy as np
import pytest

from autograder.oracle import reference_modules
from dlcourse.toolkit import datasets

pytest.importorskip("sklearn", reason="scikit-learn, an oracle of these tests, is not installed: pip install -e '.[test]'")
from scipy.optimize import approx_fprime, minimize  # noqa: E402
from scipy.stats import beta, chisquare, kstest, norm  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.svm import SVC  # noqa: E402

MODULES = reference_modules("optimization.LinearClassifier", ())
losses, optimization, regularization = (MODULES.load(name) for name in ("losses", "optimization", "regularization"))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch, the oracle of this test, is not installed")


def bowl(rng, size=4):
    """A quadratic ½ wᵀHw − bᵀw with curvatures from 1 to 10: its loss and gradient, H, and the lowest place."""
    q, _ = np.linalg.qr(rng.normal(size=(size, size)))
    hessian, b = q @ np.diag(np.linspace(1, 10, size)) @ q.T, rng.normal(size=size)
    return lambda w: (0.5 * w @ hessian @ w - b @ w, hessian @ w - b), hessian, np.linalg.solve(hessian, b)


def two_blobs(rng, num_examples=60, num_classes=3):
    labels = np.arange(num_examples) % num_classes
    return rng.normal(size=(num_examples, 2)) + 1.5 * np.eye(num_classes, 2)[labels], labels


# ------------------------------------------------------------------------------------------------ numerical gradient


def test_numerical_gradient_agrees_with_scipys_forward_differences(rng):
    x = rng.normal(size=6)

    def f(x):
        return float(np.sin(x).sum() * np.exp(x[0] * x[1]))

    np.testing.assert_allclose(optimization.numerical_gradient(f, x), approx_fprime(x, f), rtol=1e-5, atol=1e-6)


def test_numerical_gradient_agrees_with_torchs_autograd(torch, rng):
    x, a = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    tensor = torch.tensor(x, requires_grad=True)
    torch.logsumexp((tensor @ torch.tensor(a)).tanh().flatten(), dim=0).backward()
    got = optimization.numerical_gradient(lambda x: float(np.log(np.exp(np.tanh(x @ a)).sum())), x)
    np.testing.assert_allclose(got, tensor.grad.numpy(), atol=1e-9)


def test_numerical_gradient_errs_by_the_square_of_the_step():
    """The error of central differences of exp is h²/6 · exp + O(h⁴)."""
    steps = np.array([0.2, 0.1, 0.05])
    errors = np.array([optimization.numerical_gradient(lambda x: float(np.exp(x[0])), np.array([0.5]), h)[0] for h in steps])
    errors -= np.exp(0.5)
    np.testing.assert_allclose(errors, steps**2 / 6 * np.exp(0.5), rtol=3e-3)
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 2, atol=0.01)


def test_numerical_gradient_of_a_quadratic_is_exact_for_any_step(rng):
    loss_and_gradient, _, _ = bowl(rng)
    x = rng.normal(size=4)
    for h in (3.0, 0.1):
        got = optimization.numerical_gradient(lambda x: loss_and_gradient(x)[0], x, h)
        np.testing.assert_allclose(got, loss_and_gradient(x)[1], rtol=1e-9)


def test_numerical_gradient_averages_the_slopes_of_a_kink():
    assert optimization.numerical_gradient(lambda x: abs(float(x[0])), np.array([0.0]), 1e-3)[0] == 0
    relu = optimization.numerical_gradient(lambda x: max(float(x[0]), 0.0), np.array([0.05]), 0.1)
    np.testing.assert_allclose(relu, [0.75])


# ----------------------------------------------------------------------------------------------------------- batches


def test_every_example_is_drawn_equally_often(rng):
    images, labels = np.arange(12.0)[:, np.newaxis], np.arange(12)
    counts = np.zeros(12)
    for _ in range(2000):
        drawn = optimization.sample_batch(images, labels, 5, rng)[1]
        assert len(set(drawn.tolist())) == 5
        counts[drawn] += 1
    assert chisquare(counts).pvalue > 1e-3


def test_the_mean_gradient_of_many_batches_is_the_full_gradient(rng):
    """And its variance is that of sampling without replacement: (1/n)(N − n)/(N − 1) of the variance of one example."""
    images, labels = two_blobs(rng)
    model = optimization.LinearClassifier(2, 3, losses.cross_entropy, None, rng)
    model.weight = rng.normal(size=(3, 2))
    batches = [optimization.sample_batch(images, labels, 10, rng) for _ in range(4000)]
    estimates = np.array([model.loss_and_gradient(*batch)[1] for batch in batches])
    single = np.array([model.loss_and_gradient(images[i : i + 1], labels[i : i + 1])[1] for i in range(60)])
    deviation = np.sqrt(single.var(axis=0) / 10 * (60 - 10) / (60 - 1))
    assert np.all(np.abs(estimates.mean(axis=0) - model.loss_and_gradient(images, labels)[1]) < 5 * deviation / np.sqrt(4000))
    np.testing.assert_allclose(estimates.std(axis=0), deviation, rtol=0.1)


# ------------------------------------------------------------------------------------------------------ random search


def test_random_search_returns_the_smallest_of_its_tries(rng):
    evaluated = []

    def loss(weight):
        evaluated.append(float(np.abs(weight - 1).sum()))
        return evaluated[-1]

    weight, best = optimization.random_search(loss, (2, 3), 40, 0.5, rng)
    assert len(evaluated) >= 40 and best == min(evaluated[:40]) == np.abs(weight - 1).sum()


def test_more_tries_with_the_same_seed_are_never_worse():
    found = [
        optimization.random_search(lambda w: float(np.sum(w**2)), (5,), tries, 1.0, np.random.default_rng(1))[1]
        for tries in (1, 5, 25, 125)
    ]
    assert found == sorted(found, reverse=True) and found[0] > found[-1]


def test_the_best_of_many_tries_is_as_good_as_chance_allows(rng):
    """The share of weights better than the best of n independent tries has the beta distribution (1, n)."""
    found = [optimization.random_search(lambda w: abs(float(w[0])), (1,), 50, 2.0, rng)[1] for _ in range(500)]
    better = 2 * norm.cdf(np.array(found) / 2.0) - 1
    assert kstest(better, beta(1, 50).cdf).pvalue > 1e-3


# --------------------------------------------------------------------------------------------------- gradient descent


def test_descent_on_a_quadratic_follows_the_closed_form(rng):
    """w_k − w* = (1 − ηH)ᵏ (w_0 − w*)."""
    loss_and_gradient, hessian, lowest = bowl(rng)
    start = rng.normal(size=4)
    end, path = optimization.gradient_descent(loss_and_gradient, start, 0.15, 20)
    expected = lowest + np.linalg.matrix_power(np.eye(4) - 0.15 * hessian, 20) @ (start - lowest)
    np.testing.assert_allclose(end, expected, rtol=1e-9)
    assert path.shape == (20,) and path[0] == loss_and_gradient(start)[0]


@pytest.mark.parametrize(("rate", "arrives"), [(0.199, True), (0.201, False)])
def test_descent_arrives_below_two_over_the_largest_curvature_and_not_above(rng, rate, arrives):
    loss_and_gradient, _, lowest = bowl(rng)
    end, _ = optimization.gradient_descent(loss_and_gradient, rng.normal(size=4), rate, 3000)
    assert (np.abs(end - lowest).max() < 1e-6) == arrives


def test_descent_takes_the_steps_of_torchs_sgd(torch, rng):
    start, x = rng.normal(size=(3, 2)), rng.normal(size=(5, 3))
    tensor = torch.tensor(start.copy(), requires_grad=True)
    optimizer = torch.optim.SGD([tensor], lr=0.05)
    for _ in range(15):
        optimizer.zero_grad()
        (torch.tensor(x) @ tensor).pow(4).sum().mul(0.1).backward()
        optimizer.step()
    end, _ = optimization.gradient_descent(lambda w: (0.1 * np.sum((x @ w) ** 4), 0.4 * x.T @ (x @ w) ** 3), start, 0.05, 15)
    np.testing.assert_allclose(end, tensor.detach().numpy(), rtol=1e-10)


def test_descent_finds_the_minimum_that_scipy_finds(rng):
    images, labels = two_blobs(rng)

    def loss_and_gradient(w):
        loss, gradient = losses.cross_entropy(images @ w.T, labels)
        return loss + 0.05 * np.sum(w**2), gradient.T @ images + 0.1 * w

    def flat(w):
        loss, gradient = loss_and_gradient(w.reshape(3, 2))
        return loss, gradient.ravel()

    end, _ = optimization.gradient_descent(loss_and_gradient, np.zeros((3, 2)), 0.5, 2000)
    found = minimize(flat, np.zeros(6), jac=True, method="BFGS", options={"gtol": 1e-10})
    np.testing.assert_allclose(end.ravel(), found.x, atol=1e-6)


# -------------------------------------------------------------------------------------------------- linear classifier


@pytest.mark.parametrize("kind", ["softmax", "hinge"])
def test_gradients_are_those_of_torchs_autograd(torch, rng, kind):
    images, labels = rng.normal(size=(11, 2, 3, 1)), rng.integers(0, 4, size=11)
    loss = losses.cross_entropy if kind == "softmax" else losses.hinge_loss
    penalty = regularization.scaled(lambda w: regularization.elastic_net_penalty(w, 0.5), 0.03)
    model = optimization.LinearClassifier(6, 4, loss, penalty, rng)
    model.weight, model.bias = rng.normal(size=(4, 6)), rng.normal(size=4)

    weight, bias = (torch.tensor(value.copy(), requires_grad=True) for value in (model.weight, model.bias))
    scores = torch.tensor(images.reshape(11, 6)) @ weight.T + bias
    if kind == "softmax":
        value = torch.nn.functional.cross_entropy(scores, torch.tensor(labels))
    else:
        value = 4 * torch.nn.functional.multi_margin_loss(scores, torch.tensor(labels))  # torch's is a mean over classes too
    value = value + 0.03 * (0.5 * weight.pow(2).sum() + weight.abs().sum())
    value.backward()

    got, weight_gradient, bias_gradient = model.loss_and_gradient(images, labels)
    np.testing.assert_allclose(got, value.item(), rtol=1e-12)
    np.testing.assert_allclose(weight_gradient, weight.grad.numpy(), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(bias_gradient, bias.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_training_takes_the_steps_of_torchs_sgd_on_the_same_batches(torch, rng):
    images, labels = two_blobs(rng)
    model = optimization.LinearClassifier(2, 3, losses.cross_entropy, None, np.random.default_rng(7))
    layer = torch.nn.Linear(2, 3, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(model.weight))
        layer.bias.zero_()
    same = np.random.default_rng(7)
    same.normal(size=(3, 2))  # the first weights
    optimizer, expected = torch.optim.SGD(layer.parameters(), lr=0.3), []
    for _ in range(12):
        x, y = optimization.sample_batch(images, labels, 8, same)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(layer(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        optimizer.step()
        expected.append(loss.item())
    np.testing.assert_allclose(model.train(images, labels, 0.3, 12, 8), expected, rtol=1e-10)
    np.testing.assert_allclose(model.weight, layer.weight.detach().numpy(), rtol=1e-10)
    np.testing.assert_allclose(model.bias, layer.bias.detach().numpy(), rtol=1e-9, atol=1e-14)


def test_full_batches_reach_the_optimum_of_scikit_learns_logistic_regression(rng):
    """mean loss + λ‖W‖² is scikit-learn's C Σ loss + ½‖W‖² with C = 1/(2λN)."""
    images, labels = two_blobs(rng)
    strength = 0.02
    penalty = regularization.scaled(regularization.l2_penalty, strength)
    model = optimization.LinearClassifier(2, 3, losses.cross_entropy, penalty, rng)
    model.train(images, labels, 0.5, 3000, len(images))
    oracle = LogisticRegression(C=1 / (2 * strength * len(images)), tol=1e-10, max_iter=5000).fit(images, labels)
    np.testing.assert_allclose(model.weight, oracle.coef_, atol=1e-4)
    centred = oracle.intercept_ - oracle.intercept_.mean()  # only differences of biases matter; gradients keep their sum
    np.testing.assert_allclose(model.bias, centred, atol=1e-4)
    np.testing.assert_array_equal(model.predict(images), oracle.predict(images))


def test_two_classes_with_the_hinge_loss_reach_the_optimum_of_a_support_vector_machine(rng):
    """With W = (−w/2, w/2), λ‖W‖² = ½λ‖w‖²: a linear support vector machine with C = 1/(λN)."""
    images, labels = two_blobs(rng, num_classes=2)
    strength = 0.05
    penalty = regularization.scaled(regularization.l2_penalty, strength)
    model = optimization.LinearClassifier(2, 2, losses.hinge_loss, penalty, rng)
    for rate in (0.1, 0.01, 0.001, 0.0001):
        model.train(images, labels, rate, 3000, len(images))
    oracle = SVC(kernel="linear", C=1 / (strength * len(images)), tol=1e-8).fit(images, labels)
    np.testing.assert_allclose(model.weight[1] - model.weight[0], oracle.coef_[0], atol=0.01)
    np.testing.assert_allclose(model.bias[1] - model.bias[0], oracle.intercept_[0], atol=0.02)
    best = strength / 2 * np.sum(oracle.coef_**2) + np.maximum(0, 1 - (2 * labels - 1) * oracle.decision_function(images)).mean()
    np.testing.assert_allclose(model.loss_and_gradient(images, labels)[0], best, rtol=1e-4)


def test_the_loss_before_training_is_known():
    """Small weights: all ten scores alike, so ln 10 for softmax, and for hinge the margin of nine classes."""
    images, labels = np.zeros((30, 5)), np.arange(30) % 10
    for loss, known in ((losses.cross_entropy, np.log(10)), (losses.hinge_loss, 9)):
        model = optimization.LinearClassifier(5, 10, loss, None, np.random.default_rng(0))
        np.testing.assert_allclose(model.loss_and_gradient(images, labels)[0], known)


def test_a_progress_bar_changes_nothing(rng):
    images, labels = two_blobs(rng)
    trained = []
    for progress in (None, iter):
        model = optimization.LinearClassifier(2, 3, losses.hinge_loss, None, np.random.default_rng(3))
        trained.append((model.train(images, labels, 0.1, 10, 6, progress), model.weight))
    np.testing.assert_array_equal(trained[0][0], trained[1][0])
    np.testing.assert_array_equal(trained[0][1], trained[1][1])


@pytest.mark.slow
@pytest.mark.skipif("DLCOURSE_DATA" not in os.environ, reason="DLCOURSE_DATA names no folder with CIFAR-10")
@pytest.mark.parametrize("loss, rate, at_least", [(losses.cross_entropy, 0.01, 0.36), (losses.hinge_loss, 0.001, 0.37)])
def test_cifar10_is_classified_as_well_as_the_notebook_says(loss, rate, at_least):
    """10,000 images to train on, even where only one batch is; half of the test batch, 5,000 images, to validate."""
    try:
        data = datasets.load("cifar10", partial=True, train=10_000, validation=0)
    except (ValueError, datasets.DatasetError) as error:
        pytest.skip(str(error))
    mean = data.train_images.mean(axis=0, dtype=np.float64).astype(np.float32)
    images, new_images = (
        (part.reshape(len(part), -1) - mean.ravel()) / 128 for part in (data.train_images, data.test_images[:5000])
    )
    penalty = regularization.scaled(regularization.l2_penalty, 0.01)
    for seed in range(3):
        model = optimization.LinearClassifier(3072, 10, loss, penalty, np.random.default_rng(seed))
        model.train(images, data.train_labels, rate, 1500, 64)
        model.train(images, data.train_labels, rate / 10, 500, 64)
        assert np.mean(model.predict(new_images) == data.test_labels[:5000]) >= at_least
