"""Detectors that are often met, placed before a crystal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_number
from ..errors import InputError
from ..experiment import Detector, Panel
from ..experiment.goniometer import rotation_matrices


@dataclass(frozen=True)
class _Flat:
    """A flat detector of modules with gaps between them; sizes in pixels along (fast, slow)."""

    title: str
    modules: tuple[int, int]
    module_px: tuple[int, int]
    gap_px: tuple[int, int]
    pixel_mm: float
    sensor: tuple[str, float]
    cut_px: tuple[int, int] = (0, 0)

    @property
    def size_px(self) -> tuple[int, int]:
        fast, slow = (n * m + (n - 1) * g for n, m, g in zip(self.modules, self.module_px, self.gap_px, strict=True))
        return fast - self.cut_px[0], slow - self.cut_px[1]


_FLAT = {
    "pilatus-2m": _Flat("Pilatus 2M", (3, 8), (487, 195), (7, 17), 0.172, ("Si", 0.32)),
    "pilatus-6m": _Flat("Pilatus 6M", (5, 12), (487, 195), (7, 17), 0.172, ("Si", 0.45)),
    "eiger-4m": _Flat("Eiger 4M", (2, 4), (1030, 514), (10, 37), 0.075, ("Si", 0.45)),
    # A size of images in a paper on hits, one row and four columns short of the detector's own.
    "eiger-4m-2069x2163": _Flat("Eiger 4M, cut", (2, 4), (1030, 514), (10, 37), 0.075, ("Si", 0.45), (1, 4)),
    "eiger-9m": _Flat("Eiger2 9M", (3, 6), (1028, 512), (12, 38), 0.075, ("Si", 0.45)),
    "eiger-16m": _Flat("Eiger2 16M", (4, 8), (1028, 512), (12, 38), 0.075, ("Si", 0.45)),
}

DETECTOR_PRESETS = (*_FLAT, "pilatus-12m")
"""Names that :func:`preset_detector` knows."""

# Attenuation coefficients are looked up by element; densities in g/cm³.
_DENSITY = {"Si": 2.33, "CdTe": 5.85}

BARREL_RADIUS_MM = 250.0
_BARREL_ROWS, _BARREL_STEP_DEG, _BARREL_FIRST_DEG = 24, 7.903 + 0.441, -12.2 + 0.5 * 7.903
_BARREL_BEAM_MM, _BARREL_HALF_ROW_MM = 184.9, 16.8


def preset_detector(
    name: str,
    distance_mm: float = 200.0,
    *,
    energy_kev: float = 12.4,
    beam_centre_px: tuple[float, float] | None = None,
    two_theta_deg: float = 0.0,
    pitch_yaw_deg: tuple[float, float] = (0.0, 0.0),
) -> Detector:
    """Return a detector at right angles to a beam along -Z, its rows along X and its columns down Y.

    Parameters
    ----------
    name : str
        One of ``DETECTOR_PRESETS`` in any spelling: ``Pilatus 6M`` is one.
    distance_mm : float
        From the sample to where the beam meets the detector, mm; a barrel has its own.
    energy_kev : float
        Photon energy, keV, at which the sensor stops photons.
    beam_centre_px : (float, float), optional
        Where the beam meets the detector along (fast, slow), pixels; the middle by default.
    two_theta_deg : float
        By how much the arm with the detector is turned about the X axis through the sample, degrees; the beam centre
        and the distance are those of 0.
    pitch_yaw_deg : (float, float)
        Tilt about the X and then the Y axis through the point where the beam meets the detector, degrees.

    Returns
    -------
    Detector
        Gaps between modules are in ``gaps_px``; those of a Pilatus 12M are 24 panels, one for each row of modules.

    Raises
    ------
    InputError
        Another name, or a number outside its bounds.

    Notes
    -----
    The Pilatus 12M of beamline I23 (Diamond) is taken as dxtbx describes it: 24 rows of five modules on a cylinder of
    250 mm radius about the X axis, one every 8.344 degrees from -8.25 to 183.7, each row tangent to the cylinder. The
    sample lies on its axis, and the beam meets it at 184.9 mm along the rows, in row 12.
    """
    checked_number(distance_mm, "The distance of the detector, mm,", 1.0, 1e5)
    checked_number(energy_kev, "The photon energy, keV,", 1.0, 200.0)
    name = "-".join(name.lower().replace("_", " ").split())
    if name == "pilatus-12m":
        if beam_centre_px is not None or two_theta_deg or any(pitch_yaw_deg):
            raise InputError("A Pilatus 12M stands where it stands; leave out beam centre, 2 theta and tilt.")
        return _barrel(energy_kev)
    if name not in _FLAT:
        raise InputError(f"There is no detector '{name}' here; known are {', '.join(DETECTOR_PRESETS)}.")
    flat = _FLAT[name]
    size = np.array(flat.size_px, dtype=float)
    centre = size / 2 if beam_centre_px is None else np.asarray(beam_centre_px, dtype=float)
    if centre.shape != (2,) or not np.isfinite(centre).all():
        raise InputError("A beam centre is two numbers, along fast and slow, in pixels.")
    pitch, yaw = (np.deg2rad(checked_number(v, "The tilt of a detector, degrees,", -89, 89)) for v in pitch_yaw_deg)
    tilt = rotation_matrices((0, 1, 0), yaw) @ rotation_matrices((1, 0, 0), pitch)
    arm = rotation_matrices((1, 0, 0), np.deg2rad(checked_number(two_theta_deg, "2 theta, degrees,", -170, 170)))
    fast, slow = tilt @ (1.0, 0.0, 0.0), tilt @ (0.0, -1.0, 0.0)
    across = centre * flat.pixel_mm
    origin = np.array([0.0, 0.0, -distance_mm]) - across[0] * fast - across[1] * slow
    panel = Panel(
        arm @ origin,
        arm @ fast,
        arm @ slow,
        np.full(2, flat.pixel_mm),
        sensor_of(*flat.sensor, energy_kev),
        size,
        flat.title,
        _gaps(flat.modules, flat.module_px, flat.gap_px, flat.size_px),
        flat.sensor[0],
    )
    return Detector((panel,))


def sensor_of(material: str, thickness_mm: float, energy_kev: float) -> tuple[float, float]:
    """Return the linear attenuation coefficient (1/mm) and the thickness (mm) of a sensor of Si or CdTe.

    Raises
    ------
    InputError
        Another material.
    """
    import xraylib

    if material not in _DENSITY:
        raise InputError(f"Sensors are of {' or '.join(_DENSITY)} here, not of {material}.")
    lookup: Callable[[str, float], float] = xraylib.CS_Total_CP
    return lookup(material, energy_kev) * _DENSITY[material] / 10, thickness_mm


def _gaps(
    modules: tuple[int, int], module: tuple[int, int], gap: tuple[int, int], size: tuple[int, int]
) -> tuple[tuple[int, int, int, int], ...]:
    (columns, rows), (width, height), (across, down) = modules, module, gap
    upright = ((n * (width + across) - across, n * (width + across)) for n in range(1, columns))
    flat = ((n * (height + down) - down, n * (height + down)) for n in range(1, rows))
    return (*((a, 0, b, size[1]) for a, b in upright), *((0, a, size[0], b) for a, b in flat))


def _barrel(energy_kev: float) -> Detector:
    module, modules, gap = (487, 195), (5, 1), (7, 17)
    size = (2463, 195)
    # From the frame in which the detector was measured, with x to the other side and z along the beam.
    frame: NDArray[np.float64] = np.diag([-1.0, 1.0, -1.0])
    panels = []
    for row in range(_BARREL_ROWS):
        angle = np.deg2rad(_BARREL_FIRST_DEG + row * _BARREL_STEP_DEG)
        fast = np.array([1.0, 0.0, 0.0])
        slow = np.array([0.0, np.sin(angle), np.cos(angle)])
        origin = BARREL_RADIUS_MM * np.cross(fast, slow) - _BARREL_BEAM_MM * fast - _BARREL_HALF_ROW_MM * slow
        panels.append(
            Panel(
                frame @ origin,
                frame @ fast,
                frame @ slow,
                np.full(2, 0.172),
                sensor_of("Si", 0.32, energy_kev),
                np.array(size, dtype=float),
                f"row-{row:02d}",
                _gaps(modules, module, gap, size),
                "Si",
                (0, row * (module[1] + gap[1])),
            )
        )
    return Detector(tuple(panels))
