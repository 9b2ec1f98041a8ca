"""The squared norm of W x and its derivatives by their definitions, number by number."""

import numpy as np


def squared_norm_by_loops(weight, x):
    """The value, df/dW and df/dx."""
    rows, columns = weight.shape
    q = [sum(weight[i, j] * x[j] for j in range(columns)) for i in range(rows)]
    weight_gradient = np.array([[2 * q[i] * x[j] for j in range(columns)] for i in range(rows)])
    return (
        sum(each**2 for each in q),
        weight_gradient,
        np.array([sum(2 * q[i] * weight[i, j] for i in range(rows)) for j in range(columns)]),
    )
