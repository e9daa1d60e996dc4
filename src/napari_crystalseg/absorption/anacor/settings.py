"""The input files of AnACor 2.0, and the text that says how to run it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...labels import Labels, Material
from ...provenance import package_version
from ..coefficients import Coefficients
from .anacor_volume import LARGEST_ASPECT, PADDING, AnacorVolume

USUAL_VOXEL_SIZE_UM = 0.3
SAMPLED_VOXELS = 5000


def preprocess_settings(paths: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of AnACor's preprocessing, with the paths of the reflections and of the label store."""
    return {
        "segimg_path": "",
        "rawimg_path": "",
        "refl_path": paths["refl_path"],
        "expt_path": paths["expt_path"],
        "create3D": False,
        "cal_coefficient": False,
        "coefficient_auto_orientation": False,
        "coefficient_auto_viewing": True,
        "coefficient_orientation": 0,
        "coefficient_viewing": 0,
        "flat_field_name": None,
        "coefficient_thresholding": "mean",
        "dials_dependancy": "module load dials/latest",
        "full_reflection": False,
        "model_storepath": paths["model_storepath"],
    }


def processing_settings(
    volume: AnacorVolume, coefficients: Coefficients | None, paths: Mapping[str, str], offset_deg: float, *, full: bool
) -> dict[str, Any]:
    """Return the settings of AnACor's absorption step.

    Parameters
    ----------
    volume : AnacorVolume
        Labels as they are written.
    coefficients : Coefficients or None
        Linear attenuation coefficients, 1/µm; None leaves them for the user to fill in.
    paths : mapping of str to str
        ``refl_path``, ``expt_path`` and ``model_storepath``.
    offset_deg : float
        Degrees added to the scan angles.
    full : bool
        Class 4 absorbs, or may: AnACor is asked for its full iteration.
    """
    crystal = int(np.count_nonzero(volume.data == Material.CRYSTAL))
    return {
        "liac": None if coefficients is None else coefficients.liquor,
        "loac": None if coefficients is None else coefficients.loop,
        "crac": None if coefficients is None else coefficients.crystal,
        "buac": 0.0 if not full else None if coefficients is None else coefficients.other,
        "num_cores": os.cpu_count() or 1,
        "hour": 6,
        "minute": 0,
        "second": 0,
        "sampling_ratio": float(f"{min(100.0, 100.0 * SAMPLED_VOXELS / crystal):.3g}"),
        "dials_dependancy": "module load dials/latest",
        "hpc_dependancies": "",
        "offset": float(offset_deg),
        "refl_path": paths["refl_path"],
        "expt_path": paths["expt_path"],
        "model_storepath": paths["model_storepath"],
        "post_process": False,
        "full_iteration": int(full),
        "full_iter": int(full),  # the key that the code reads
        "with_scaling": True,
        "anomalous": True,
        "gpu": False,
        "openmp": True,
        "bisection": False,
        "sampling_method": "evenrandom",
        "full_reflection": False,
        "absorption_map": False,
        "multidataset": False,
        "mtz2sca_dependancy": "module load ccp4",
    }


def readme(
    dataset: str,
    volume: AnacorVolume,
    coefficients: Coefficients | None,
    labels: Labels,
    paths: Mapping[str, str],
    settings: Mapping[str, Any],
) -> str:
    """Return the text that says what the folder holds, how AnACor is run on it, and what is still to be filled in."""
    size = f"{volume.voxel_size_um:g}"
    voxel = " x ".join(f"{length:g}" for length in labels.required_voxel_size_um)
    lines = [
        f"AnACor 2.0 store folder of the dataset '{dataset}', written by napari-crystalseg {package_version()}.",
        "",
        f"Voxel size: {size} µm, isotropic. Shape (z, y, x): {volume.data.shape}. int8, C order.",
        f"Written from labels of {labels.shape} voxels of {voxel} µm.",
        "Labels: 0 air, 1 liquor, 2 loop, 3 crystal, 4 bubble or other.",
        "Axis 0 is the rotation axis (+X of DIALS), axis 1 is +Z, axis 2 is +Y.",
        f"Padded by {PADDING} voxels of air; axes 0 and 1 are at most {LARGEST_ASPECT} times axis 2.",
        "Air between parts of the sample is written as class 4 with buac 0."
        if volume.inner_air_marked
        else "Class 4 absorbs, or may, so air between parts of the sample stays class 0 and full_iter is 1.",
        "",
        "To run it, in this folder:",
    ]
    if abs(volume.voxel_size_um / USUAL_VOXEL_SIZE_UM - 1) < 1e-6:
        lines += ["  anacor.mp_lite --input-file default_mpprocess_input.yaml"]
    else:
        lines += [
            "  anacor.main_lite \\",
            f"    --store-dir {_flag(str(Path(paths['model_storepath']).parent.parent))} --dataset {dataset} \\",
            f"    --pixel-size-x {size} --pixel-size-y {size} --pixel-size-z {size} \\",
            "    " + " ".join(f"--{key} {_flag(settings[key])}" for key in ("liac", "loac", "crac", "buac")) + " \\",
            f"    --offset {settings['offset']:g} --full-iteration {settings['full_iter']} \\",
            f"    --sampling-method {settings['sampling_method']} --sampling-ratio {settings['sampling_ratio']:g} \\",
            f"    --model-storepath {_flag(paths['model_storepath'])} \\",
            f"    --refl-path {_flag(paths['refl_path'])} --expt-path {_flag(paths['expt_path'])}",
            "",
            f"Not anacor.mp_lite: it takes every voxel for {USUAL_VOXEL_SIZE_UM} µm and cannot be told otherwise.",
            f"To use that one, export again with a voxel size of {USUAL_VOXEL_SIZE_UM} µm.",
        ]
    if coefficients is not None:
        lines += ["", coefficients.sentence()]
    if coefficients is None:
        lines += ["", "The coefficients liac, loac, crac and buac (1/µm) are not known here: fill them in first."]
    if not paths["refl_path"]:
        lines += ["", "No reflections were given: let AnACor write refl_path and expt_path with anacor.preprocess."]
    return "\n".join(lines) + "\n"


def _flag(value: Any) -> str:
    return "FILL_IN" if value is None or value == "" else shlex.quote(str(value))
