"""Goniometer, beam and reflections as AnACor 2.0 reads them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...experiment.experiment import Sweep
from ..directions import Directions


def geometry_record(sweep: Sweep) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Return goniometer and beam as AnACor expects them, and the setting rotation to take out of the scattered vectors.

    AnACor turns by three axes of which the last is scanned. Anything else is written as that: (S R F)^T v is
    (R F)^T (S^T v), so the setting goes into the vectors and the fixed rotation into the first axis.
    """
    goniometer = sweep.goniometer
    identity = np.eye(3)
    if len(goniometer.axes) == 3 and goniometer.scan_index == 2:
        axes, angles, setting = goniometer.axes, [*goniometer.angles_deg[:2], 0.0], identity
    else:
        from scipy.spatial.transform import Rotation

        setting = goniometer.setting_rotation
        axes, angles = np.repeat(goniometer.scan_axis[np.newaxis], 3, axis=0), [0.0, 0.0, 0.0]
        vector = Rotation.from_matrix(goniometer.fixed_rotation).as_rotvec()
        angle = float(np.linalg.norm(vector))
        if angle > 1e-12:
            axes[0], angles[0] = vector / angle, math.degrees(angle)
    record = {
        "axes": [[float(v) for v in axis] for axis in axes],
        "angles": [float(a) for a in angles],
        "names": ["PHI", "KAPPA", "OMEGA"],
        "scan_axis": 2,
    }
    beam = {"direction": _off_plane(setting.T @ sweep.source_direction), "wavelength": sweep.wavelength}
    return [record, beam], setting


def _off_plane(vector: np.ndarray) -> list[float]:
    """AnACor aborts on a direction whose DIALS Y is exactly 0."""
    x, y, z = (float(v) for v in vector)
    return [x, y if y != 0 else 1e-9 * math.hypot(x, z), z]


def reflection_rows(directions: Directions, setting: np.ndarray, rows: np.ndarray) -> list[dict[str, str]]:
    """Return some rows of a reflection table, one dictionary of strings each, with the setting taken out of s1."""
    table = directions.rows
    assert table is not None
    vectors = table.s1[rows] @ setting  # S^T s1 for each row
    n = len(rows)
    index = np.zeros((n, 3), int) if directions.miller_index is None else directions.miller_index[rows]
    return [
        {
            "intensity.sum.value": "100.0",
            "s1": str(tuple(_off_plane(s1))),
            "miller_index": str(tuple(int(i) for i in hkl)),
            "xyzobs.mm.value": str((0.0, 0.0, float(phi))),
        }
        for s1, hkl, phi in zip(vectors, index, table.phi_rad[rows], strict=True)
    ]
