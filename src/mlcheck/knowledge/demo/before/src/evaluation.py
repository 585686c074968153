"""Measures that the training notebooks share."""

import numpy as np


def relative_error(actual, predicted):
    return float(np.mean(np.abs((actual - predicted) / actual)))
