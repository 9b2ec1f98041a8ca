"""Plausible mistakes in Part III: optimization."""

from autograder.misconceptions import misconception

misconception(
    "optimization.numerical_gradient",
    "one-sided",
    "You use one-sided differences, (f(x + h) - f(x)) / h: their error grows with h, that of central ones with h².",
    ("(above - below) / (2 * h)", "(above - f(x)) / h"),
)
misconception(
    "optimization.numerical_gradient",
    "divided-by-h",
    "You divide by h; from x - h to x + h it is 2h.",
    ("(above - below) / (2 * h)", "(above - below) / h"),
)
misconception(
    "optimization.numerical_gradient",
    "not-put-back",
    "A number that was moved stays moved while the next ones are tried: put it back first.",
    ("        moved[index] = x[index]\n        gradient", "        gradient"),
)
misconception(
    "optimization.numerical_gradient",
    "all-at-once",
    "You move all numbers at once: that gives the slope in one direction, not a gradient. Move one at a time.",
    ("moved[index] = x[index] + h", "moved = x + h"),
    ("moved[index] = x[index] - h", "moved = x - h"),
    ("        moved[index] = x[index]\n        gradient", "        gradient"),
)
misconception(
    "optimization.numerical_gradient",
    "changes-x",
    "You move the numbers of x itself: afterwards x is not what it was, for x + h - 2h + h is not quite x.",
    ("moved = x.copy()", "moved = x"),
    ("moved[index] = x[index] + h", "moved[index] += h"),
    ("moved[index] = x[index] - h", "moved[index] -= 2 * h"),
    ("        moved[index] = x[index]\n        gradient", "        moved[index] += h + 1e-12\n        gradient"),
)
misconception(
    "optimization.numerical_gradient",
    "h-ignored",
    "The step is always the same: use the argument h.",
    ("    gradient = np.empty_like(x)\n", "    gradient = np.empty_like(x)\n    h = 1e-5\n"),
)

misconception(
    "optimization.sample_batch",
    "without-labels",
    "Images and labels are drawn separately, so images get the labels of others: draw indices once, use them for both.",
    ("labels[chosen]", "labels[rng.choice(len(images), size=batch_size, replace=False)]"),
)
misconception(
    "optimization.sample_batch",
    "first-examples",
    "You always take the first examples: draw them at random.",
    ("rng.choice(len(images), size=batch_size, replace=False)", "np.arange(batch_size)"),
)
misconception(
    "optimization.sample_batch",
    "with-replacement",
    "An example can be drawn twice: replace=False.",
    ("rng.choice(len(images), size=batch_size, replace=False)", "rng.integers(0, len(images), size=batch_size)"),
)
misconception(
    "optimization.sample_batch",
    "labels-in-old-order",
    "The images are drawn, but the labels are the first ones: index both with the same numbers.",
    ("labels[chosen]", "labels[:batch_size]"),
)

misconception(
    "optimization.random_search",
    "keeps-the-worst",
    "You keep the weights with the largest loss: argmin, or < in the comparison.",
    ("np.argmin(losses)", "np.argmax(losses)"),
)
misconception(
    "optimization.random_search",
    "keeps-the-last",
    "You return the last weights that were tried, not the best.",
    ("int(np.argmin(losses))", "-1"),
)
misconception(
    "optimization.random_search",
    "no-scale",
    "The weights have standard deviation 1: multiply them by scale.",
    ("[scale * rng.normal(size=shape)", "[rng.normal(size=shape)"),
)
misconception(
    "optimization.random_search",
    "one-try-less",
    "One try is missing: range(num_tries) already has num_tries numbers.",
    ("range(num_tries)", "range(num_tries - 1)"),
)

misconception(
    "optimization.gradient_descent",
    "uphill",
    "You add the gradient: it points uphill, so subtract it.",
    ("weight - learning_rate", "weight + learning_rate"),
)
misconception(
    "optimization.gradient_descent",
    "in-place",
    "weight -= … changes the caller's array: weight = weight - … makes a new one.",
    ("weight = weight - learning_rate * gradient", "weight -= learning_rate * gradient"),
)
misconception(
    "optimization.gradient_descent",
    "loss-after-step",
    "You note the loss after each step: the first entry is that of the start, before any step.",
    (
        "        weight = weight - learning_rate * gradient\n",
        "        weight = weight - learning_rate * gradient\n        losses[step] = loss_and_gradient(weight)[0]\n",
    ),
)
misconception(
    "optimization.gradient_descent",
    "one-step-less",
    "One step is missing: the last loss is noted, but its step is not taken.",
    ("        weight = weight", "        if step < num_steps - 1:\n            weight = weight"),
)
misconception(
    "optimization.gradient_descent",
    "normalized-gradient",
    "You divide the gradient by its length: steps then stay long where the slope is gentle. Use it as it is.",
    ("learning_rate * gradient", "learning_rate * gradient / np.linalg.norm(gradient)"),
)

misconception(
    "optimization.LinearClassifier",
    "penalty-gradient-missing",
    "The penalty is in the loss, but its gradient is not in the weight's gradient.",
    ("loss + value, weight_gradient + gradient", "loss + value, weight_gradient"),
)
misconception(
    "optimization.LinearClassifier",
    "penalty-twice",
    "The gradient of the penalty is added twice, for instance times 2 although the penalty's gradient has its 2 already.",
    ("loss + value, weight_gradient + gradient", "loss + value, weight_gradient + 2 * gradient"),
)
misconception(
    "optimization.LinearClassifier",
    "penalty-not-in-loss",
    "The gradient of the penalty is there, its value is missing in the loss.",
    ("loss + value, weight_gradient + gradient", "loss, weight_gradient + gradient"),
)
misconception(
    "optimization.LinearClassifier",
    "bias-penalized",
    "The bias is penalized too: it only moves the scores, so leave it out.",
    (
        "return loss, weight_gradient, scores_gradient.sum(axis=0)",
        "bias_value, bias_gradient = self.penalty(self.bias) if self.penalty else (0, 0)\n"
        "        return loss + bias_value, weight_gradient, scores_gradient.sum(axis=0) + bias_gradient",
    ),
)
misconception(
    "optimization.LinearClassifier",
    "bias-gradient-averaged",
    "The bias's gradient is averaged over the examples: the loss has divided by N already, so sum.",
    ("scores_gradient.sum(axis=0)", "scores_gradient.mean(axis=0)"),
)
misconception(
    "optimization.LinearClassifier",
    "divided-twice",
    "The weight's gradient is divided by the number of examples once more: the loss has done that already.",
    ("scores_gradient.T @ flat", "scores_gradient.T @ flat / len(flat)"),
)
misconception(
    "optimization.LinearClassifier",
    "step-uphill",
    "The steps go uphill: subtract the gradients.",
    ("self.weight -= learning_rate", "self.weight += learning_rate"),
    ("self.bias -= learning_rate", "self.bias += learning_rate"),
)
misconception(
    "optimization.LinearClassifier",
    "same-batch",
    "The batch is drawn once, before the loop: every step then sees the same examples.",
    ("        steps = range", "        batch = sample_batch(images, labels, batch_size, self.rng)\n        steps = range"),
    ("            batch = sample_batch(images, labels, batch_size, self.rng)\n", ""),
)
misconception(
    "optimization.LinearClassifier",
    "bias-never-trained",
    "The bias stays zero: take its step too.",
    ("            self.bias -= learning_rate * bias_gradient\n", ""),
)
misconception(
    "optimization.LinearClassifier",
    "predicts-the-lowest",
    "You predict the class with the lowest score: the highest wins.",
    ("predict_labels(linear_scores", "predict_labels(-linear_scores"),
)
