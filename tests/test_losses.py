"""The references of Part III, losses and penalties, against oracles of others: PyTorch, scikit-learn, SciPy, mathematics."""

import types

import numpy as np
import pytest

from autograder.oracle import reference_sources

pytest.importorskip("sklearn", reason="scikit-learn, an oracle of these tests, is not installed: pip install -e '.[test]'")
from scipy.special import log_softmax as scipy_log_softmax  # noqa: E402
from scipy.special import softmax as scipy_softmax  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import hinge_loss as sklearn_hinge_loss  # noqa: E402
from sklearn.metrics import log_loss  # noqa: E402

losses, regularization = types.ModuleType("losses"), types.ModuleType("regularization")
for module in (losses, regularization):
    exec(reference_sources()[module.__name__], module.__dict__)

SLIDE_SCORES = np.array([[3.2, 5.1, -1.7]])  # cat, dog, ship
CAT, DOG, SHIP = 0, 1, 2
BOTH_LOSSES = pytest.mark.parametrize("loss", [losses.cross_entropy, losses.hinge_loss])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch, an oracle of these tests, is not installed")


def batch(rng, num_examples=50, num_classes=7):
    return 3 * rng.normal(size=(num_examples, num_classes)), rng.integers(0, num_classes, size=num_examples)


def value_and_gradient(torch, function, array):
    """Value and gradient of a function of one tensor, by PyTorch's autograd in float64."""
    tensor = torch.tensor(array, requires_grad=True)
    value = function(tensor)
    value.backward()
    return value.item(), tensor.grad.numpy()


def assert_same(got, expected, **tolerances):
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, **{"rtol": 1e-12, "atol": 1e-15} | tolerances)


# ------------------------------------------------------------------------------------------- the lecture's numbers


def test_softmax_of_the_lectures_example():
    np.testing.assert_allclose(np.exp(SLIDE_SCORES), [[24.5, 164.0, 0.18]], atol=0.05)
    np.testing.assert_allclose(losses.softmax(SLIDE_SCORES), [[0.13, 0.87, 0.00]], atol=0.005)


def test_loss_of_dog_is_a_natural_logarithm_and_the_slides_is_to_base_10():
    loss, _ = losses.cross_entropy(SLIDE_SCORES, np.array([DOG]))
    assert round(loss, 2) == 0.14
    assert round(loss / np.log(10), 2) == 0.06  # what the slide prints


def test_hinge_of_the_lectures_scores_by_hand():
    for right, expected in ((CAT, 2.9), (DOG, 0.0), (SHIP, 5.9 + 7.8)):
        assert losses.hinge_loss(SLIDE_SCORES, np.array([right]))[0] == pytest.approx(expected)


def test_ship_of_part_two_with_its_bias_loses_against_dog_by_both_losses():
    """60.75, not the slide's 61.95: the dog's 437.9 leads by 377.15."""
    scores = np.array([[-96.8, 437.9, 60.75]])
    assert losses.cross_entropy(scores, np.array([SHIP]))[0] == pytest.approx(437.9 - 60.75)
    assert losses.hinge_loss(scores, np.array([SHIP]))[0] == pytest.approx(437.9 - 60.75 + 1)


# -------------------------------------------------------------------------------------------------------- softmax


def test_softmax_is_scipys(rng):
    scores, _ = batch(rng)
    np.testing.assert_allclose(losses.softmax(scores), scipy_softmax(scores, axis=1), rtol=1e-12)


@pytest.mark.parametrize("size", [1.0, 100.0, 1000.0, 1e300])
def test_softmax_rows_are_probabilities_whatever_the_size(rng, size):
    probabilities = losses.softmax(size * rng.uniform(-1, 1, size=(40, 6)))
    assert np.all(probabilities >= 0)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-14)


def test_softmax_ignores_a_constant_added_to_a_row(rng):
    scores = rng.integers(-20, 20, size=(30, 5)).astype(float)
    shifts = rng.integers(-2000, 2000, size=(30, 1))  # whole numbers: adding them rounds nothing
    np.testing.assert_array_equal(losses.softmax(scores + shifts), losses.softmax(scores))


def test_softmax_keeps_the_order_of_classes_when_they_are_permuted(rng):
    scores, _ = batch(rng)
    order = rng.permutation(7)
    np.testing.assert_allclose(losses.softmax(scores[:, order]), losses.softmax(scores)[:, order], rtol=1e-14)


def test_softmax_of_two_classes_is_the_sigmoid_of_the_gap(rng):
    gap = 5 * rng.normal(size=100)
    probabilities = losses.softmax(np.stack([gap, np.zeros(100)], axis=1))
    np.testing.assert_allclose(probabilities[:, 0], 1 / (1 + np.exp(-gap)), rtol=1e-13)


# -------------------------------------------------------------------------------------------------- cross-entropy


@pytest.mark.parametrize("shape", [(1, 2), (1, 10), (50, 7), (64, 100)])
def test_cross_entropy_and_gradient_are_those_of_torch(torch, rng, shape):
    scores, labels = batch(rng, *shape)
    expected = value_and_gradient(torch, lambda s: torch.nn.functional.cross_entropy(s, torch.tensor(labels)), scores)
    assert_same(losses.cross_entropy(scores, labels), expected)


def test_cross_entropy_of_huge_scores_is_that_of_torch(torch, rng):
    scores, labels = batch(rng)
    scores *= 1000
    expected = value_and_gradient(torch, lambda s: torch.nn.functional.cross_entropy(s, torch.tensor(labels)), scores)
    assert_same(losses.cross_entropy(scores, labels), expected)


def test_cross_entropy_is_scikit_learns_log_loss_of_the_softmax(rng):
    scores, labels = batch(rng)
    expected = log_loss(labels, losses.softmax(scores), labels=np.arange(7))
    assert losses.cross_entropy(scores, labels)[0] == pytest.approx(expected, rel=1e-12)


def test_cross_entropy_has_no_gradient_where_logistic_regression_has_converged(rng):
    """What scikit-learn minimizes is C * sum of losses + |W|^2 / 2, so the mean loss has slope -W / (C N) there."""
    labels = np.arange(90) % 3
    points = rng.normal(size=(90, 4)) + labels[:, np.newaxis]
    model = LogisticRegression(C=2.0, tol=1e-10, max_iter=10_000).fit(points, labels)
    _, gradient = losses.cross_entropy(model.decision_function(points), labels)
    np.testing.assert_allclose(gradient.T @ points, -model.coef_ / (2.0 * 90), atol=1e-6)
    np.testing.assert_allclose(gradient.sum(axis=0), 0, atol=1e-6)


def test_cross_entropy_never_becomes_infinite():
    loss, gradient = losses.cross_entropy(np.array([[0.0, 1e6]]), np.array([0]))
    assert loss == 1e6 and gradient.tolist() == [[-1.0, 1.0]]


def test_cross_entropy_is_minus_scipys_log_softmax_of_the_right_class(rng):
    scores, labels = batch(rng, num_examples=1)
    expected = -scipy_log_softmax(scores, axis=1)[0, labels[0]]
    assert losses.cross_entropy(scores, labels)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("num_classes", [2, 10, 1000])
def test_equal_scores_cost_the_logarithm_of_the_number_of_classes(num_classes):
    loss, _ = losses.cross_entropy(np.full((4, num_classes), 0.3), np.zeros(4, int))
    assert loss == pytest.approx(np.log(num_classes), rel=1e-12)


def test_cross_entropy_gradient_is_negative_at_the_right_class_alone(rng):
    scores, labels = batch(rng)
    _, gradient = losses.cross_entropy(scores, labels)
    np.testing.assert_array_equal(gradient < 0, np.eye(7, dtype=bool)[labels])


# ---------------------------------------------------------------------------------------------------------- hinge


@pytest.mark.parametrize("margin", [0.5, 1, 4.0])
@pytest.mark.parametrize("shape", [(1, 2), (50, 7)])
def test_hinge_and_gradient_are_those_of_torch(torch, rng, shape, margin):
    """PyTorch's multi_margin_loss divides by the number of classes too."""
    scores, labels = batch(rng, *shape)

    def hinge(s):
        return shape[1] * torch.nn.functional.multi_margin_loss(s, torch.tensor(labels), margin=float(margin))

    assert_same(losses.hinge_loss(scores, labels, margin), value_and_gradient(torch, hinge, scores))


def test_hinge_of_two_classes_is_scikit_learns(rng):
    gap, labels = 2 * rng.normal(size=60), rng.integers(0, 2, size=60)
    scores = np.stack([np.zeros(60), gap], axis=1)
    assert losses.hinge_loss(scores, labels)[0] == pytest.approx(sklearn_hinge_loss(labels, gap), rel=1e-12)


def test_hinge_is_content_with_scores_that_keep_the_margin(rng):
    scores, labels = rng.uniform(0, 1, size=(20, 5)), rng.integers(0, 5, size=20)
    scores[np.arange(20), labels] = 2.0
    loss, gradient = losses.hinge_loss(scores, labels)
    assert loss == 0 and not gradient.any()


def test_hinge_at_equal_scores_costs_the_margin_for_each_wrong_class():
    assert losses.hinge_loss(np.zeros((3, 10)), np.arange(3), margin=2)[0] == 9 * 2


def test_hinge_has_gradient_zero_at_the_kink():
    assert not losses.hinge_loss(np.array([[2.0, 1.0, 1.0]]), np.array([0]))[1].any()


def test_hinge_scales_with_scores_and_margin_together(rng):
    scores, labels = batch(rng)
    assert losses.hinge_loss(3 * scores, labels, 3)[0] == pytest.approx(3 * losses.hinge_loss(scores, labels, 1)[0])


# ----------------------------------------------------------------------------------------------------- both losses


@BOTH_LOSSES
def test_gradient_rows_sum_to_zero(rng, loss):
    _, gradient = loss(*batch(rng))
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-16)


@BOTH_LOSSES
def test_loss_ignores_a_constant_added_to_a_row(rng, loss):
    scores, labels = batch(rng)
    assert_same(loss(scores + 100 * rng.normal(size=(50, 1)), labels), loss(scores, labels), rtol=1e-10, atol=1e-12)


@BOTH_LOSSES
def test_loss_of_a_batch_is_the_mean_over_its_examples(rng, loss):
    scores, labels = batch(rng)
    each = [loss(scores[i : i + 1], labels[i : i + 1]) for i in range(50)]
    assert_same(loss(scores, labels), (np.mean([value for value, _ in each]), np.vstack([g for _, g in each]) / 50))


@BOTH_LOSSES
def test_a_batch_repeated_has_the_same_loss(rng, loss):
    scores, labels = batch(rng)
    once, repeated = loss(scores, labels), loss(np.tile(scores, (4, 1)), np.tile(labels, 4))
    assert_same(repeated, (once[0], np.tile(once[1], (4, 1)) / 4))


@BOTH_LOSSES
def test_loss_does_not_depend_on_the_order_of_wrong_classes(rng, loss):
    scores, labels = batch(rng)
    order = rng.permutation(7)
    value, gradient = loss(scores, labels)
    assert_same(loss(scores[:, order], np.argsort(order)[labels]), (value, gradient[:, order]))


@BOTH_LOSSES
def test_gradient_of_float32_scores_is_float32(rng, loss):
    scores, labels = batch(rng)
    value, gradient = loss(scores.astype(np.float32), labels)
    assert type(value) is float and gradient.dtype == np.float32
    assert_same((value, gradient), loss(scores, labels), rtol=1e-4, atol=1e-7)


def test_gradients_down_to_the_weights_are_those_of_torch(torch, rng):
    """The formulas of the notebook, G^T X and the column sums of G, for a linear layer below the loss."""
    pixels, labels = rng.normal(size=(20, 6)), rng.integers(0, 4, size=20)
    weight, bias = rng.normal(size=(4, 6)), rng.normal(size=4)
    linear = torch.nn.Linear(6, 4, dtype=torch.float64)
    linear.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
    torch.nn.functional.cross_entropy(linear(torch.tensor(pixels)), torch.tensor(labels)).backward()
    _, gradient = losses.cross_entropy(pixels @ weight.T + bias, labels)
    assert_same((gradient.T @ pixels, gradient.sum(axis=0)), (linear.weight.grad.numpy(), linear.bias.grad.numpy()), atol=1e-14)


# ------------------------------------------------------------------------------------------------------- penalties

PENALTIES = {
    "l2": (regularization.l2_penalty, lambda w: (w**2).sum()),
    "l1": (regularization.l1_penalty, lambda w: w.abs().sum()),
    "elastic net": (lambda w: regularization.elastic_net_penalty(w, 0.7), lambda w: 0.7 * (w**2).sum() + w.abs().sum()),
    "scaled": (regularization.scaled(regularization.l2_penalty, 0.3), lambda w: 0.3 * (w**2).sum()),
}


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("shape", [(5,), (4, 6), (2, 3, 4)])
def test_penalties_and_gradients_are_those_of_torch(torch, rng, name, shape):
    ours, theirs = PENALTIES[name]
    weight = rng.normal(size=shape)
    weight.flat[0] = 0.0  # the kink of L1: PyTorch takes 0 there too
    assert_same(ours(weight), value_and_gradient(torch, theirs, weight))


def test_elastic_net_lies_between_its_halves(rng):
    weight = rng.normal(size=(3, 4))
    assert_same(regularization.elastic_net_penalty(weight, 0.0), regularization.l1_penalty(weight))
    value, gradient = regularization.elastic_net_penalty(weight, 1e12)
    assert_same((value / 1e12, gradient / 1e12), regularization.l2_penalty(weight), rtol=1e-10)


@pytest.mark.parametrize("name, power", [("l2", 2), ("l1", 1)])
def test_penalties_grow_with_the_size_of_the_weights(rng, name, power):
    weight = rng.normal(size=(3, 4))
    assert PENALTIES[name][0](-3 * weight)[0] == pytest.approx(3**power * PENALTIES[name][0](weight)[0])


def test_max_norm_is_torchs_renorm_of_the_rows(torch, rng):
    weight = rng.normal(size=(9, 5)) * np.linspace(0.1, 3, 9)[:, np.newaxis]
    expected = torch.renorm(torch.tensor(weight), p=2, dim=0, maxnorm=1.5).numpy()
    np.testing.assert_allclose(regularization.project_max_norm(weight, 1.5), expected, rtol=1e-6)  # renorm adds 1e-7


def test_max_norm_moves_long_rows_onto_the_sphere_and_no_other(rng):
    weight = rng.normal(size=(9, 5)) * np.linspace(0.1, 3, 9)[:, np.newaxis]
    before = weight.copy()
    projected = regularization.project_max_norm(weight, 1.5)
    long = np.linalg.norm(weight, axis=1) > 1.5
    assert 0 < long.sum() < 9
    np.testing.assert_allclose(np.linalg.norm(projected[long], axis=1), 1.5, rtol=1e-14)
    np.testing.assert_array_equal(projected[~long], weight[~long])
    cosines = (projected * weight).sum(axis=1) / np.linalg.norm(projected, axis=1) / np.linalg.norm(weight, axis=1)
    np.testing.assert_allclose(cosines, 1, rtol=1e-14)
    np.testing.assert_array_equal(weight, before)


def test_max_norm_twice_is_max_norm_once(rng):
    once = regularization.project_max_norm(3 * rng.normal(size=(6, 4)), 1.0)
    np.testing.assert_allclose(regularization.project_max_norm(once, 1.0), once, rtol=1e-14)


def test_max_norm_leaves_zero_rows_alone_without_a_warning():
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(regularization.project_max_norm(np.zeros((2, 3)), 1.0), np.zeros((2, 3)))
