"""A small crystal, summed cell by cell: what formulas for its intensities are held against."""

from __future__ import annotations

import numpy as np

CELL = 20.0
"""Edge of its cubic cell, Å."""
WIDTH = 10.0
"""How far it goes, in cells: the standard deviation of the squares of its weights."""


def interference(index):
    """|sum of w exp(2 pi i h n)|² over cells with the weights w = exp(-n² / 4 W²), and the sum of their squares.

    A crystal that fades at its ends scatters without ripples, so that the integral has an end; its volume is that of
    the sum of w².
    """
    cells = np.arange(-70, 71)
    weight = np.exp(-(cells**2) / (4 * WIDTH**2))
    amplitude = np.ones(index.shape[:-1])
    for axis in range(3):
        offset = index[..., axis] - np.round(index[..., axis])
        amplitude = amplitude * (np.cos(2 * np.pi * offset[..., np.newaxis] * cells) @ weight)
    return amplitude**2, (weight**2).sum() ** 3
