"""Batch normalization by its definition, one feature at a time."""

import numpy as np


def by_definition(x, weight, bias, eps=1e-5, mean=None, var=None):
    """y, and mean and biased variance of each feature; with `mean` and `var` as in evaluation."""
    y, means, variances = np.empty_like(x), [], []
    for d in range(x.shape[1]):
        values = x[:, d]
        means.append(values.sum() / values.size if mean is None else mean[d])
        variances.append(((values - means[d]) ** 2).sum() / values.size if var is None else var[d])
        y[:, d] = weight[d] * (values - means[d]) / (variances[d] + eps) ** 0.5 + bias[d]
    return y, np.array(means), np.array(variances)
