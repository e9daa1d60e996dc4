"""Slices that a GPU reconstructs are those of the processor."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.analytic import discs
from napari_crystalseg.tomography.methods.methods import method_named
from napari_crystalseg.tomography.methods.ray_geometry import Geometry


def test_discs_are_those_of_the_processor(cupy):
    pytest.importorskip("cufinufft", reason="cuFINUFFT is not installed here.")
    angles = np.linspace(0, 180, 91, endpoint=False)
    lines = discs(angles, 65, 31.3, [(3, -4, 20.3, 0.01)], rows=5)
    here, there = (method_named(name).prepare(Geometry(angles, 65, 31.3))(lines) for name in ("fourier", "gpu"))
    assert there.shape == (5, 65, 65) and there.dtype == np.float32
    np.testing.assert_allclose(there, here, atol=2e-4)
