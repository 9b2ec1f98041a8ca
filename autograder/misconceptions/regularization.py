"""Plausible mistakes in Part III: regularization."""

from autograder.misconceptions import misconception

misconception(
    "regularization.l2_penalty",
    "half",
    "There is a factor 1/2 in your penalty. Many books have one; on the slide, and here, there is none, and the gradient is 2W.",
    body="return float(np.sum(weight**2) / 2), weight",
)
misconception(
    "regularization.l2_penalty",
    "gradient-without-two",
    "The derivative of a square is twice the number: the gradient is 2W.",
    ("2 * weight", "weight"),
)
misconception(
    "regularization.l2_penalty",
    "root",
    "You return the length of the weights; the penalty is its square, without the root.",
    body="return float(np.sqrt(np.sum(weight**2))), weight / np.sqrt(np.sum(weight**2))",
)
misconception(
    "regularization.l2_penalty",
    "mean",
    "You average over the weights where the penalty is a sum.",
    body="return float(np.mean(weight**2)), 2 * weight / weight.size",
)

misconception(
    "regularization.l1_penalty",
    "no-absolute-value",
    "You sum the weights without their absolute values: large negative weights would be rewarded.",
    body="return float(np.sum(weight)), np.ones_like(weight)",
)
misconception(
    "regularization.l1_penalty",
    "gradient-of-one",
    "The gradient is 1 everywhere; it is -1 where a weight is negative: the sign of the weight.",
    ("np.sign(weight)", "np.ones_like(weight)"),
)
misconception(
    "regularization.l1_penalty",
    "one-at-zero",
    "Where a weight is exactly 0 you return a gradient of 1 or -1; there it is 0, or zeros could never stay zeros.",
    ("np.sign(weight)", "np.where(weight >= 0, 1.0, -1.0).astype(weight.dtype)"),
)
misconception(
    "regularization.l1_penalty",
    "gradient-is-absolute-value",
    "Your gradient is |W|; the slope of |w| does not depend on how large w is: it is the sign.",
    ("np.sign(weight)", "np.abs(weight)"),
)

misconception(
    "regularization.elastic_net_penalty",
    "alpha-on-l1",
    "alpha multiplies the L1 part; on the slide it multiplies the L2 part.",
    ("alpha * l2 + l1, alpha * l2_gradient + l1_gradient", "l2 + alpha * l1, l2_gradient + alpha * l1_gradient"),
)
misconception(
    "regularization.elastic_net_penalty",
    "mixture",
    "You mix with alpha and 1 - alpha, as some libraries do; on the slide the L1 part has no factor.",
    ("alpha * l2 + l1, alpha * l2_gradient + l1_gradient",
     "alpha * l2 + (1 - alpha) * l1, alpha * l2_gradient + (1 - alpha) * l1_gradient"),
)  # fmt: skip
misconception(
    "regularization.elastic_net_penalty",
    "alpha-missing-in-gradient",
    "alpha is missing in the gradient: it multiplies the L2 part there too.",
    ("alpha * l2_gradient + l1_gradient", "l2_gradient + l1_gradient"),
)
misconception(
    "regularization.elastic_net_penalty",
    "l2-gradient-only",
    "The gradient of the L1 part is missing.",
    ("alpha * l2_gradient + l1_gradient", "alpha * l2_gradient"),
)

NEW_WEIGHT = "np.where(norms > radius, weight * (radius / np.maximum(norms, radius)), weight)"
misconception(
    "regularization.project_max_norm",
    "always-rescaled",
    "Every row gets length radius, also those that were shorter: only the long ones are to be shortened.",
    (NEW_WEIGHT, "weight * (radius / np.maximum(norms, 1e-12))"),
)
misconception(
    "regularization.project_max_norm",
    "columns",
    "You measure the columns (axis 0). The weights of one class are a row: sum over axis 1.",
    ("axis=1", "axis=0"),
)
misconception(
    "regularization.project_max_norm",
    "whole-matrix",
    "You measure the whole matrix at once: each row has a length of its own.",
    ("np.sqrt(np.sum(weight**2, axis=1, keepdims=True))", "np.sqrt(np.sum(weight**2))"),
)
misconception(
    "regularization.project_max_norm",
    "clipped",
    "You clip every weight at the radius; what is limited is the length of a row, and its direction stays.",
    (NEW_WEIGHT, "np.clip(weight, -radius, radius)"),
)
misconception(
    "regularization.project_max_norm",
    "squared-length",
    "You compare the squared length with the radius: the root is missing.",
    ("np.sqrt(np.sum(weight**2, axis=1, keepdims=True))", "np.sum(weight**2, axis=1, keepdims=True)"),
)
