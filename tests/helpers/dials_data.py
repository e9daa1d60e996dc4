"""Simulated observations as an integrated DIALS experiment: models and a table that dials.scale takes."""

from __future__ import annotations

import json
from pathlib import Path

import msgpack
import numpy as np

from napari_crystalseg.absorption import Directions
from napari_crystalseg.diffraction.merging.unmerged_intensities import UnmergedIntensities
from napari_crystalseg.workflows.quality.quality_scan import QualityScan

EYE = np.eye(3).ravel().tolist()
INTEGRATED = (1 << 0) | (1 << 8) | (1 << 9)  # predicted, integrated by sum and by profile
DISTANCE_MM, PIXEL_MM, PIXELS = 100.0, 0.5, 2000
TYPES = {"int": "<i4", "std::size_t": "<u8", "cctbx::miller::index<>": "<i4", "double": "<f8", "vec3<double>": "<f8"}
KINDS = {"id": "int", "flags": "std::size_t", "panel": "std::size_t", "miller_index": "cctbx::miller::index<>"}


def save_integrated(folder: Path, scan: QualityScan, counted: UnmergedIntensities) -> Directions:
    """Write ``integrated.expt`` and ``integrated.refl`` of observations that a flat detector sees, and read them."""
    rows = scan.directions.rows
    (sweep,) = scan.directions.sweeps
    assert rows is not None
    s1 = rows.s1
    # A flat detector at right angles to the beam along -Z; what it does not see is left out.
    seen = (s1[:, 2] < -0.05 * np.linalg.norm(s1, axis=1)) & counted.used
    place = s1 / -s1[:, 2:] * DISTANCE_MM
    half = PIXELS * PIXEL_MM / 2
    mm = np.stack([place[:, 0] + half, half - place[:, 1]], axis=1)
    seen &= ((mm > 0) & (mm < 2 * half)).all(axis=1)
    start, width = sweep.oscillation_deg
    images = np.rad2deg(rows.phi_rad) / width - start / width
    s1, mm, phi, images = s1[seen], mm[seen], rows.phi_rad[seen], images[seen]
    n = len(s1)
    value, variance = counted.intensity[seen], np.square(counted.sigma[seen])
    position_mm, position_px = np.c_[mm, phi], np.c_[mm / PIXEL_MM, images]
    ones = np.ones(n)
    table = {
        "id": np.zeros(n),
        "panel": np.zeros(n),
        "flags": np.full(n, INTEGRATED),
        "miller_index": scan.directions.miller_index[seen],
        "s1": s1,
        "xyzcal.mm": position_mm,
        "xyzobs.mm.value": position_mm,
        "xyzcal.px": position_px,
        "xyzobs.px.value": position_px,
        **{f"intensity.{kind}.value": value for kind in ("sum", "prf")},
        **{f"intensity.{kind}.variance": variance for kind in ("sum", "prf")},
        **dict.fromkeys(("partiality", "lp", "qe", "profile.correlation"), ones),
        "d": scan.equivalents.resolution[scan.equivalents.group[seen]],
        "background.mean": 0 * ones,
    }
    data = {}
    for name in sorted(table):
        values = np.asarray(table[name])
        kind = KINDS.get(name, "vec3<double>" if values.ndim == 2 else "double")
        data[name] = [kind, [n, np.ascontiguousarray(values, TYPES[kind]).tobytes()]]
    record = {"identifiers": {0: "simulated"}, "nrows": n, "data": data}
    (folder / "integrated.refl").write_bytes(msgpack.packb(["dials::af::reflection_table", 1, record]))
    direct = np.linalg.inv(sweep.reciprocal_axes)
    panel = {
        "name": "Panel",
        "type": "SENSOR_PAD",
        "fast_axis": [1.0, 0, 0],
        "slow_axis": [0, -1.0, 0],
        "origin": [-half, half, -DISTANCE_MM],
        "raw_image_offset": [0, 0],
        "image_size": [PIXELS, PIXELS],
        "pixel_size": [PIXEL_MM, PIXEL_MM],
        "trusted_range": [-1.0, 1e9],
        "thickness": 0.0,
        "material": "",
        "mu": 0.0,
        "identifier": "",
        "mask": [],
        "gain": 1.0,
        "pedestal": 0.0,
        "px_mm_strategy": {"type": "SimplePxMmStrategy"},
    }
    experiment = {
        "__id__": "ExperimentList",
        "experiment": [
            {
                "__id__": "Experiment",
                "identifier": "simulated",
                **dict.fromkeys(("beam", "detector", "goniometer", "scan", "crystal", "imageset"), 0),
            }
        ],
        "imageset": [
            {
                "__id__": "ImageSequence",
                "template": "simulated_#####.cbf",
                **dict.fromkeys(("mask", "gain", "pedestal", "dx", "dy"), ""),
                "params": {},
            }
        ],
        "beam": [
            {
                "__id__": "monochromatic",
                "direction": sweep.source_direction.tolist(),
                "wavelength": sweep.wavelength,
                "divergence": 0.0,
                "sigma_divergence": 0.0,
                "polarization_normal": [0.0, 1.0, 0.0],
                "polarization_fraction": 0.999,
                "flux": 0.0,
                "transmission": 1.0,
            }
        ],
        "detector": [
            {
                "panels": [panel],
                "hierarchy": {
                    "name": "",
                    "type": "",
                    "fast_axis": [1.0, 0, 0],
                    "slow_axis": [0, 1.0, 0],
                    "origin": [0.0, 0, 0],
                    "raw_image_offset": [0, 0],
                    "image_size": [0, 0],
                    "pixel_size": [0.0, 0.0],
                    "trusted_range": [0.0, 0.0],
                    "thickness": 0.0,
                    "material": "",
                    "mu": 0.0,
                    "identifier": "",
                    "mask": [],
                    "gain": 1.0,
                    "pedestal": 0.0,
                    "px_mm_strategy": {"type": "SimplePxMmStrategy"},
                    "children": [{"panel": 0}],
                },
            }
        ],
        "goniometer": [{"rotation_axis": [1.0, 0, 0], "fixed_rotation": EYE, "setting_rotation": EYE}],
        "scan": [
            {
                "image_range": list(sweep.image_range),
                "batch_offset": 0,
                "oscillation": [start, width],
                "exposure_time": [0.1] * (sweep.image_range[1] - sweep.image_range[0] + 1),
                "epochs": [0.0] * (sweep.image_range[1] - sweep.image_range[0] + 1),
                "valid_image_ranges": {},
            }
        ],
        "crystal": [
            {
                "__id__": "crystal",
                **{f"real_space_{axis}": direct[i].tolist() for i, axis in enumerate("abc")},
                "space_group_hall_symbol": f" {sweep.hall_symbol.strip()}",
            }
        ],
        "profile": [],
        "scaling_model": [],
    }
    (folder / "integrated.expt").write_text(json.dumps(experiment))
    return Directions.of_files(folder / "integrated.expt", folder / "integrated.refl")
