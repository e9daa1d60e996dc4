"""Experiment lists of DIALS with a beam and a detector."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import InputError
from ....io.diffraction_images import DiffractionImage
from ..detector_geometry import DetectorGeometry

_ROOT = {
    "name": "",
    "type": "",
    "fast_axis": [1.0, 0.0, 0.0],
    "slow_axis": [0.0, 1.0, 0.0],
    "origin": [0.0, 0.0, 0.0],
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
}


def dials_experiment(geometry: DetectorGeometry, image: DiffractionImage) -> dict[str, Any]:
    """Return an experiment list of DIALS as JSON-ready values: a still, or one image of a rotation about +X.

    Raises
    ------
    InputError
        The wavelength is not known.
    """
    if geometry.wavelength_angstrom is None:
        raise InputError("A .expt file needs the wavelength: give it, as --wavelength.")
    panel = geometry.panel
    sensor = panel.sensor
    written = {
        "name": panel.name or "Panel",
        "type": "SENSOR_PAD",
        "fast_axis": panel.fast.tolist(),
        "slow_axis": panel.slow.tolist(),
        "origin": panel.origin_mm.tolist(),
        "raw_image_offset": [0, 0],
        "image_size": [image.shape[1], image.shape[0]],
        "pixel_size": panel.pixel_size_mm.tolist(),
        "trusted_range": [0.0, float(np.ceil(max(65535.0, float(image.counts.max()))))],
        "thickness": 0.0 if sensor is None else sensor[1],
        "material": "" if image.sensor is None else image.sensor.material,
        "mu": 0.0 if sensor is None else sensor[0],
        "identifier": image.detector,
        "mask": [],
        "gain": 1.0,
        "pedestal": 0.0,
        "px_mm_strategy": {"type": "SimplePxMmStrategy" if sensor is None else "ParallaxCorrectedPxMmStrategy"},
    }
    experiment: dict[str, Any] = {"__id__": "Experiment", "identifier": "", "beam": 0, "detector": 0}
    models: dict[str, list[Any]] = {"goniometer": [], "scan": []}
    if image.oscillation_deg is not None:
        start, width = image.oscillation_deg
        experiment |= {"goniometer": 0, "scan": 0}
        models["goniometer"].append(
            {
                "rotation_axis": [1.0, 0.0, 0.0],
                "fixed_rotation": np.eye(3).ravel().tolist(),
                "setting_rotation": np.eye(3).ravel().tolist(),
            }
        )
        models["scan"].append(
            {
                "image_range": [image.number, image.number],
                "batch_offset": 0,
                "oscillation": [float(start), float(width)],
                "exposure_time": [0.0],
                "epochs": [0.0],
                "valid_image_ranges": {},
            }
        )
    return {
        "__id__": "ExperimentList",
        "experiment": [experiment],
        "imageset": [],
        "beam": [
            {
                "__id__": "monochromatic",
                "direction": geometry.source_direction.tolist(),
                "wavelength": float(geometry.wavelength_angstrom),
                "divergence": 0.0,
                "sigma_divergence": 0.0,
                "polarization_normal": [0.0, 1.0, 0.0],
                "polarization_fraction": 0.999,
                "flux": 0.0,
                "transmission": 1.0,
                "probe": "x-ray",
            }
        ],
        "detector": [{"panels": [written], "hierarchy": {**_ROOT, "children": [{"panel": 0}]}}],
        **models,
        "crystal": [],
        "profile": [],
        "scaling_model": [],
    }
