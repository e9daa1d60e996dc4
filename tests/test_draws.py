"""Draws that several rooms make alike."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.draws import log_uniform, random_rotation


def test_logarithms_are_uniform():
    rng = np.random.default_rng(0)
    logs = np.log10([log_uniform(rng, 1e-3, 1e1) for _ in range(4000)])
    assert -3 <= logs.min() < -2.98 and 0.98 < logs.max() <= 1
    # Mean and standard deviation of an even spread over four decades.
    assert (logs.mean(), logs.std()) == pytest.approx((-1, 4 / np.sqrt(12)), abs=0.06)


def test_rotations_are_of_every_kind_alike():
    rng = np.random.default_rng(1)
    matrices = np.array([random_rotation(rng).as_matrix() for _ in range(4000)])
    np.testing.assert_allclose(
        matrices @ matrices.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (4000, 3, 3)), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(matrices), 1, atol=1e-12)
    # Each axis goes anywhere: its mean is nowhere, and each component squared is a third.
    np.testing.assert_allclose(matrices.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose((matrices**2).mean(axis=0), 1 / 3, atol=0.02)
