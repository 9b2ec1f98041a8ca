"""Plausible mistakes in Part III: loss functions."""

from autograder.misconceptions import misconception

misconception(
    "losses.softmax",
    "no-shift",
    "exp overflows for large scores (infinity divided by infinity is nan), and for very negative ones every exp is 0. Subtract "
    "each row's maximum first: it changes nothing else.",
    ("np.exp(scores - scores.max(axis=1, keepdims=True))", "np.exp(scores)"),
)
misconception(
    "losses.softmax",
    "shift-by-the-overall-maximum",
    "You subtract the largest score of the whole batch; a row far below it then consists of zeros only. Subtract each row's own "
    "maximum.",
    ("scores.max(axis=1, keepdims=True)", "scores.max()"),
)
misconception(
    "losses.softmax",
    "wrong-axis",
    "You normalize over the examples (axis 0): each example's probabilities must sum to 1, over the classes (axis 1).",
    body="""
    exponentials = np.exp(scores - scores.max(axis=0, keepdims=True))
    return exponentials / exponentials.sum(axis=0, keepdims=True)
    """,
)
misconception(
    "losses.softmax",
    "no-exponential",
    "The scores themselves are divided by their sum: take exp of them first.",
    ("np.exp(scores - scores.max(axis=1, keepdims=True))", "scores - scores.min(axis=1, keepdims=True)"),
)
misconception(
    "losses.softmax",
    "in-place",
    "You subtract the maximum from the caller's own array (-=): make a new one.",
    ("    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))\n",
     "    scores -= scores.max(axis=1, keepdims=True)\n    exponentials = np.exp(scores)\n"),
)  # fmt: skip

MEAN = "float(-log_probabilities[rows, labels].mean())"
misconception(
    "losses.cross_entropy",
    "base-10",
    "The logarithm is to base 10, as on the slide by mistake (0.06): the loss is defined with the natural one (0.14).",
    (MEAN, "float(-log_probabilities[rows, labels].mean() / np.log(10))"),
    ("gradient / len(scores)", "gradient / len(scores) / np.log(10)"),
)
misconception(
    "losses.cross_entropy",
    "log-of-softmax",
    "You take the logarithm of a probability that has become 0: that is minus infinity. Use log-probabilities, scores minus the "
    "logarithm of the sum of exponentials, which never leave the range of numbers.",
    body="""
    rows = np.arange(len(scores))
    probabilities = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    gradient = probabilities.copy()
    gradient[rows, labels] -= 1
    return float(-np.log(probabilities[rows, labels]).mean()), gradient / len(scores)
    """,
)
misconception(
    "losses.cross_entropy",
    "sum-not-mean",
    "The loss is the sum over the batch: divide it, and the gradient, by the number of examples.",
    (MEAN, "float(-log_probabilities[rows, labels].sum())"),
    ("gradient / len(scores)", "gradient"),
)
misconception(
    "losses.cross_entropy",
    "gradient-not-divided",
    "The loss is the mean, but its gradient is not divided by the number of examples.",
    ("gradient / len(scores)", "gradient"),
)
misconception(
    "losses.cross_entropy",
    "gradient-without-minus-one",
    "The gradient is the softmax alone: subtract 1 at the right class of each row, which is the derivative of -s_y.",
    ("    gradient[rows, labels] -= 1\n", ""),
)
misconception(
    "losses.cross_entropy",
    "gradient-sign",
    "The gradient points the wrong way: it is softmax minus 1 at the right class, not the other way round.",
    ("gradient / len(scores)", "-gradient / len(scores)"),
)
misconception(
    "losses.cross_entropy",
    "all-rows-all-labels",
    "gradient[:, labels] picks whole columns, for every example: gradient[np.arange(N), labels] picks one entry a row.",
    ("gradient[rows, labels] -= 1", "gradient[:, labels] -= 1"),
)
misconception(
    "losses.cross_entropy",
    "all-rows-all-labels-in-the-loss-too",
    "[:, labels] picks whole columns, for every example: [np.arange(N), labels] picks one entry a row, its right class. That "
    "holds for the loss and for the gradient.",
    (MEAN, "float(-log_probabilities[:, labels].mean())"),
    ("gradient[rows, labels] -= 1", "gradient[:, labels] -= 1"),
)

misconception(
    "losses.cross_entropy",
    "labels-as-one-hot",
    "You multiply with the labels as if they were rows of zeros with a one: they are class numbers, (N,). Pick entries with "
    "scores[np.arange(N), labels], or make one-hot rows first: np.eye(C)[labels].",
    body="""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -np.sum(labels.T * log_probabilities.T) / len(scores)
    return float(loss), (np.exp(log_probabilities) - labels[:, np.newaxis]) / len(scores)
    """,
)

misconception(
    "losses.hinge_loss",
    "right-class-counted",
    "The right class is summed too, and costs the margin each time: the sum runs over the other classes.",
    ("    excess[rows, labels] = 0\n", ""),
)
misconception(
    "losses.hinge_loss",
    "margin-ignored",
    "The margin is always 1: use the argument.",
    ("[:, np.newaxis] + margin", "[:, np.newaxis] + 1"),
)
misconception(
    "losses.hinge_loss",
    "kink-counts",
    "At the margin exactly you count the class as a violation: where max(0, z) has its kink, the gradient is 0, so use > and not "
    ">=.",
    ("(excess > 0).astype(scores.dtype)", "(excess >= 0).astype(scores.dtype)\n    gradient[rows, labels] = 0"),
)
misconception(
    "losses.hinge_loss",
    "right-class-minus-one",
    "The right class gets a gradient of -1, however many classes violate the margin: it is minus their number.",
    ("gradient[rows, labels] = -gradient.sum(axis=1)", "gradient[rows, labels] = -(gradient.sum(axis=1) > 0)"),
)
misconception(
    "losses.hinge_loss",
    "sum-not-mean",
    "The loss is the sum over the batch: divide it, and the gradient, by the number of examples.",
    ("np.maximum(excess, 0).sum() / len(scores)", "np.maximum(excess, 0).sum()"),
    ("), gradient / len(scores)", "), gradient"),
)
misconception(
    "losses.hinge_loss",
    "difference-reversed",
    "The difference is the wrong way round: a class costs when its score comes close to the right one's from below.",
    ("scores - scores[rows, labels][:, np.newaxis] + margin", "scores[rows, labels][:, np.newaxis] - scores + margin"),
    ("labels] = -gradient.sum(axis=1)", "labels] = -gradient.sum(axis=1)\n    gradient = -gradient"),
)
misconception(
    "losses.hinge_loss",
    "difference-reversed-in-the-loss-alone",
    "You subtract the other score from the right one: it is the other way round. A class costs when its score comes close to the "
    "right one's from below.",
    ("scores - scores[rows, labels][:, np.newaxis] + margin", "scores[rows, labels][:, np.newaxis] - scores + margin"),
)
misconception(
    "losses.hinge_loss",
    "squared",
    "You square the violations: that is another loss. Sum them as they are.",
    ("np.maximum(excess, 0).sum()", "(np.maximum(excess, 0) ** 2).sum()"),
    ("gradient = (excess > 0).astype(scores.dtype)", "gradient = 2 * np.maximum(excess, 0)"),
)
