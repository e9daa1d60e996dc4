"""A DIALS ``.expt`` file of sweeps of ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..io import write_text
from .detector import Detector, Panel
from .experiment import Sweep
from .goniometer import Goniometer


@dataclass(frozen=True)
class ImageFiles:
    """Where the images of a sweep lie.

    Parameters
    ----------
    template : str
        Name beside the ``.expt``: of one file, or of many with ``#`` for the digits of their numbers.
    first : int or None
        In a file that holds many images, which is the first of the sweep, counted from 0; None for a file an image.
    """

    template: str
    first: int | None = None


def write_experiment(
    path: str | Path,
    sweeps: Sequence[Sweep],
    images: Sequence[ImageFiles] | None = None,
    *,
    polarisation_fraction: float = 0.99,
    polarisation_normal: Sequence[float] = (0.0, 1.0, 0.0),
    largest_count: int = 1_000_000,
) -> None:
    """Write sweeps as a DIALS experiment list.

    Parameters
    ----------
    path : str or Path
        File to write, ``.expt``; replaced in one step.
    sweeps, images, polarisation_fraction, polarisation_normal, largest_count
        As :func:`experiment_record` takes them.

    Raises
    ------
    InputError
        No sweep, or one without detector or wavelength; a file that cannot be written.
    """
    record = experiment_record(
        sweeps,
        images,
        polarisation_fraction=polarisation_fraction,
        polarisation_normal=polarisation_normal,
        largest_count=largest_count,
    )
    write_text(Path(path), json.dumps(record, indent=1) + "\n")


def experiment_record(
    sweeps: Sequence[Sweep],
    images: Sequence[ImageFiles] | None = None,
    *,
    polarisation_fraction: float = 0.99,
    polarisation_normal: Sequence[float] = (0.0, 1.0, 0.0),
    largest_count: int = 1_000_000,
) -> dict[str, Any]:
    """Return sweeps as a DIALS experiment list holds them, JSON-ready.

    Parameters
    ----------
    sweeps : sequence of Sweep
        Each with a detector and a wavelength.
    images : sequence of ImageFiles, optional
        Where the images of each lie.
    polarisation_fraction : float
        Of the beam, as dxtbx counts it.
    polarisation_normal : sequence of three float
        Normal of the plane of the electric field.
    largest_count : int
        Counts above are not trusted.

    Raises
    ------
    InputError
        No sweep, or one without detector or wavelength.
    """
    if not sweeps:
        raise InputError("An experiment list needs a sweep.")
    models: dict[str, list[Any]] = {name: [] for name in ("beam", "detector", "goniometer", "scan", "crystal")}
    imagesets: list[Any] = []
    entries = []
    for number, sweep in enumerate(sweeps):
        if sweep.detector is None or sweep.wavelength is None:
            raise InputError("An experiment needs a detector and a wavelength.")
        beam = {
            "__id__": "monochromatic",
            "direction": sweep.source_direction.tolist(),
            "wavelength": float(sweep.wavelength),
            "divergence": 0.0,
            "sigma_divergence": 0.0,
            "polarization_normal": [float(v) for v in polarisation_normal],
            "polarization_fraction": float(polarisation_fraction),
            "flux": 0.0,
            "transmission": 1.0,
            "probe": "x-ray",
        }
        entry: dict[str, Any] = {"__id__": "Experiment", "identifier": sweep.identifier}
        entry["beam"] = _number(models["beam"], beam)
        entry["detector"] = _number(models["detector"], _detector(sweep.detector, largest_count))
        if sweep.has_goniometer:
            entry["goniometer"] = _number(models["goniometer"], _goniometer(sweep.goniometer))
        if sweep.oscillation_deg is not None and sweep.image_range is not None:
            entry["scan"] = _number(models["scan"], _scan(sweep.oscillation_deg, sweep.image_range))
        if sweep.reciprocal_axes is not None:
            entry["crystal"] = _number(models["crystal"], _crystal(sweep))
        if images is not None:
            entry["imageset"] = _number(imagesets, _imageset(images[number], sweep))
        entries.append(entry)
    record = {"__id__": "ExperimentList", "experiment": entries, "imageset": imagesets, **models}
    return record | {"profile": [], "scaling_model": []}


def _number(models: list[Any], model: Any) -> int:
    """Number of a model in its list, where it is put if it is not there."""
    if model not in models:
        models.append(model)
    return models.index(model)


def _goniometer(goniometer: Goniometer) -> dict[str, Any]:
    if len(goniometer.axes) == 1:
        return {
            "rotation_axis": goniometer.scan_axis.tolist(),
            "fixed_rotation": goniometer.fixed_rotation.ravel().tolist(),
            "setting_rotation": goniometer.setting_rotation.ravel().tolist(),
        }
    return {
        "axes": goniometer.axes.tolist(),
        "angles": [float(v) for v in goniometer.angles_deg],
        "names": [f"AXIS{n}" for n in range(len(goniometer.axes))],
        "scan_axis": goniometer.scan_index,
    }


def _scan(oscillation: tuple[float, float], images: tuple[int, int]) -> dict[str, Any]:
    count = images[1] - images[0] + 1
    return {
        "image_range": list(images),
        "batch_offset": 0,
        "oscillation": list(oscillation),
        "exposure_time": [0.0] * count,
        "epochs": [0.0] * count,
        "valid_image_ranges": {},
    }


def _crystal(sweep: Sweep) -> dict[str, Any]:
    assert sweep.reciprocal_axes is not None
    axes = np.linalg.inv(sweep.reciprocal_axes)
    named = {f"real_space_{name}": axis.tolist() for name, axis in zip("abc", axes, strict=True)}
    return {"__id__": "crystal", **named, "space_group_hall_symbol": sweep.hall_symbol or "P 1"}


def _detector(detector: Detector, largest_count: int) -> dict[str, Any]:
    frame = {
        "fast_axis": [1.0, 0.0, 0.0],
        "slow_axis": [0.0, 1.0, 0.0],
        "origin": [0.0, 0.0, 0.0],
        **_ABSENT,
    }
    panels = [_panel(panel, largest_count) for panel in detector.panels]
    children = [{"panel": number} for number in range(len(panels))]
    return {"panels": panels, "hierarchy": {"name": "", "type": "", **frame, "children": children}}


_ABSENT = {
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


def _panel(panel: Panel, largest_count: int) -> dict[str, Any]:
    mu, thickness = panel.sensor or (0.0, 0.0)
    size = [0, 0] if panel.image_size_px is None else [int(v) for v in panel.image_size_px]
    strategy = "SimplePxMmStrategy" if panel.sensor is None else "ParallaxCorrectedPxMmStrategy"
    return {
        **_ABSENT,
        "name": panel.name or "Panel",
        "type": "SENSOR_PAD",
        "fast_axis": panel.fast.tolist(),
        "slow_axis": panel.slow.tolist(),
        "origin": panel.origin_mm.tolist(),
        "raw_image_offset": list(panel.frame_px),
        "image_size": size,
        "pixel_size": panel.pixel_size_mm.tolist(),
        "trusted_range": [-1.0, float(largest_count)],
        "thickness": float(thickness),
        "material": panel.material,
        "mu": float(mu),
        "mask": [list(gap) for gap in panel.gaps_px],
        "px_mm_strategy": {"type": strategy},
    }


def _imageset(images: ImageFiles, sweep: Sweep) -> dict[str, Any]:
    record: dict[str, Any] = {"__id__": "ImageSequence", "template": images.template}
    if images.first is not None:
        first, last = sweep.image_range or (1, 1)
        record["single_file_indices"] = list(range(images.first, images.first + last - first + 1))
    return record | {"mask": "", "gain": "", "pedestal": "", "dx": "", "dy": "", "params": {}}
