"""A folder that AnACor 2.0 (Lu et al. 2024, J. Appl. Cryst. 57, 649-658) reads."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..io import replacing, save_json
from ..labels import Labels, Material
from ..progress import Progress, silent
from ..provenance import Provenance, hash_array, package_version
from .anacor_volume import LARGEST_ASPECT, PADDING, AnacorVolume, anacor_volume
from .coefficients import Coefficients
from .experiment import Experiment, Sweep, read_experiment
from .reflections import Reflections, read_reflections

USUAL_VOXEL_SIZE_UM = 0.3
SAMPLED_VOXELS = 5000
# AnACor finds its files by these words in their names.
RESERVED_WORDS = ("-1", "dict", "overall", "refl", "expt")


def export_anacor(
    labels: Labels,
    out_dir: str | Path,
    dataset: str = "sample",
    coefficients: Coefficients | None = None,
    experiment_path: str | Path | None = None,
    reflections_path: str | Path | None = None,
    offset_deg: float = 0.0,
    voxel_size_um: float | None = None,
    progress: Progress = silent,
) -> Path:
    """Write labels, coefficients and reflections as a store folder for AnACor 2.0.

    The volume is resampled to isotropic voxels (nearest label), padded by ten voxels of air and
    widened along axis 2 where AnACor's limit on path lengths asks for it. Air between parts of the sample is written as
    class 4 with a coefficient of zero, because AnACor ends a ray at the first air voxel; where class 4 absorbs, or its
    coefficient is not known, AnACor is asked for its full iteration instead.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    out_dir : str or Path
        The store folder; made if missing. Files of an earlier export of the same dataset are replaced.
    dataset : str
        Name of the dataset: letters, digits, ``_`` and ``-``.
    coefficients : Coefficients, optional
        Written to the input file; left for the user to fill in if not given.
    experiment_path, reflections_path : str or Path, optional
        DIALS ``.expt`` and ``.refl``; both or neither.
    offset_deg : float
        Angle of the tomography's zero on the diffraction experiment's scan axis, degrees.
    voxel_size_um : float, optional
        Size of the isotropic voxels, µm; the finest of the labels' by default. AnACor assumes 0.3.
    progress : Progress
        Called between the steps.

    Returns
    -------
    Path
        The store folder, absolute.

    Raises
    ------
    InputError
        No crystal, results of AnACor in the folder, a name that AnACor trips over, one of the two DIALS files without
        the other, more than one sweep, or files that cannot be read.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", dataset) or any(w in dataset for w in RESERVED_WORDS):
        raise InputError(
            f"AnACor cannot take the dataset name '{dataset}': use letters, digits and _, without "
            f"{', '.join(RESERVED_WORDS)}."
        )
    if (experiment_path is None) != (reflections_path is None):
        raise InputError("Give both the .expt and the .refl file, or neither.")
    tables = None
    if experiment_path is not None and reflections_path is not None:
        progress(0.0, "Reading the reflections")
        experiment, reflections = read_experiment(experiment_path), read_reflections(reflections_path)
        _only_sweep(experiment)  # refused before the work
        tables = (experiment, reflections, Path(reflections_path).stem)

    progress(0.1, "Resampling the labels")
    # Class 4 can stand for air only where it does not absorb.
    has_other = bool((labels.data == Material.OTHER).any())
    free = not has_other if coefficients is None else not has_other or coefficients.other == 0
    volume = anacor_volume(labels, mark_inner_air=free, voxel_size_um=voxel_size_um)

    store = Path(out_dir).resolve()
    final = store / f"{dataset}_save_data"
    building = store / f"{dataset}_save_data.part"
    if any(path.is_file() for path in final.glob("ResultData/**/*")):
        raise InputError(f"{final / 'ResultData'} holds what AnACor computed; move it away or choose another folder.")
    shutil.rmtree(building, ignore_errors=True)
    try:
        (building / "ResultData" / "absorption_factors").mkdir(parents=True)
        (building / "Logging").mkdir()
    except OSError as error:
        raise InputError(f"The folder {store.name} cannot be written: {error}.") from None
    progress(0.6, "Writing the AnACor folder")
    try:
        np.save(building / f"{dataset}_.npy", volume.data, allow_pickle=False)
        names = None
        if tables is not None:
            experiment, reflections, stem = tables
            safe = re.sub(r"refl|expt|True|False|[^A-Za-z0-9_-]", "_", stem)
            names = (f"{safe}_expt_False.json", f"{safe}_refl_False.json")
            geometry, setting = _geometry(_only_sweep(experiment))
            _write_text(building / names[0], json.dumps(geometry, indent=2))
            _write_text(building / names[1], json.dumps(_rows(reflections, setting)))
        _replace_folder(building, final)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    common = {"store_dir": str(store), "dataset": dataset}
    paths = {
        "refl_path": str(final / names[1]) if names else "",
        "expt_path": str(final / names[0]) if names else "",
        "model_storepath": str(final / f"{dataset}_.npy"),
    }
    _write_yaml(store / "default_preprocess_input.yaml", {**common, **_preprocess(paths)})
    settings = _processing(volume, coefficients, paths, offset_deg, full=not free)
    _write_yaml(store / "default_mpprocess_input.yaml", {**common, **settings})
    _write_text(store / "README.txt", _readme(dataset, volume, coefficients, labels, paths, settings))
    save_json(_provenance(labels, volume, coefficients, tables, offset_deg).to_dict(), store / "provenance.json")
    progress(1.0, "AnACor folder written")
    return store


def _only_sweep(experiment: Experiment) -> Sweep:
    if len(experiment.sweeps) != 1:
        raise InputError(
            f"AnACor takes one sweep at a time, but the experiment file holds {len(experiment.sweeps)}; "
            "split it with dials.split_experiments."
        )
    return experiment.sweeps[0]


def _geometry(sweep: Sweep) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Goniometer and beam as AnACor expects them, and the setting rotation to take out of the scattered vectors.

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


def _rows(reflections: Reflections, setting: np.ndarray) -> list[dict[str, str]]:
    """The reflection table, one dictionary of strings a row."""
    vectors = reflections.s1 @ setting  # S^T s1 for each row
    if not np.isfinite(vectors).all():
        raise InputError("AnACor cannot take reflections without a scattered vector; filter the table with DIALS.")
    index = np.zeros((len(reflections), 3), int) if reflections.miller_index is None else reflections.miller_index
    return [
        {
            "intensity.sum.value": "100.0",
            "s1": str(tuple(_off_plane(s1))),
            "miller_index": str(tuple(int(i) for i in hkl)),
            "xyzobs.mm.value": str((0.0, 0.0, float(phi))),
        }
        for s1, hkl, phi in zip(vectors, index, reflections.phi_rad, strict=True)
    ]


def _preprocess(paths: Mapping[str, str]) -> dict[str, Any]:
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


def _processing(
    volume: AnacorVolume, coefficients: Coefficients | None, paths: Mapping[str, str], offset_deg: float, *, full: bool
) -> dict[str, Any]:
    crystal = int(np.count_nonzero(volume.data == Material.CRYSTAL))
    return {
        "liac": None if coefficients is None else coefficients.liquor,
        "loac": None if coefficients is None else coefficients.loop,
        "crac": None if coefficients is None else coefficients.crystal,
        "buac": (None if full else 0.0) if coefficients is None else coefficients.other if full else 0.0,
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


def _provenance(
    labels: Labels,
    volume: AnacorVolume,
    coefficients: Coefficients | None,
    tables: tuple[Experiment, Reflections, str] | None,
    offset_deg: float,
) -> Provenance:
    record = labels.provenance
    if tables is not None:
        experiment, reflections, _ = tables
        given = {**experiment.provenance.inputs, **reflections.provenance.inputs}
        record = replace(record, inputs={**record.inputs, **given})
    return record.then(
        "export to AnACor",
        labels_sha256=hash_array(labels.data),
        voxel_size_um=volume.voxel_size_um,
        inner_air_marked=volume.inner_air_marked,
        coefficients_per_um=None if coefficients is None else coefficients.to_dict(),
        offset_deg=float(offset_deg),
    )


def _readme(
    dataset: str,
    volume: AnacorVolume,
    coefficients: Coefficients | None,
    labels: Labels,
    paths: Mapping[str, str],
    settings: Mapping[str, Any],
) -> str:
    size = f"{volume.voxel_size_um:g}"
    lines = [
        f"AnACor 2.0 store folder of the dataset '{dataset}', written by napari-crystalseg {package_version()}.",
        "",
        f"Voxel size: {size} µm, isotropic. Shape (z, y, x): {volume.data.shape}. int8, C order.",
        f"Written from labels of {labels.shape} voxels of {' x '.join(f'{s:g}' for s in labels.voxel_size_um)} µm.",
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
            f"    --store-dir {Path(paths['model_storepath']).parent.parent} --dataset {dataset} \\",
            f"    --pixel-size-x {size} --pixel-size-y {size} --pixel-size-z {size} \\",
            "    " + " ".join(f"--{key} {_flag(settings[key])}" for key in ("liac", "loac", "crac", "buac")) + " \\",
            f"    --offset {settings['offset']:g} --full-iteration {settings['full_iter']} \\",
            f"    --sampling-method {settings['sampling_method']} --sampling-ratio {settings['sampling_ratio']:g} \\",
            f"    --model-storepath {paths['model_storepath']} \\",
            f"    --refl-path {_flag(paths['refl_path'])} --expt-path {_flag(paths['expt_path'])}",
            "",
            f"Not anacor.mp_lite: it takes every voxel for {USUAL_VOXEL_SIZE_UM} µm and cannot be told otherwise.",
            f"To use that one, export again with a voxel size of {USUAL_VOXEL_SIZE_UM} µm.",
        ]
    if coefficients is None:
        lines += ["", "The coefficients liac, loac, crac and buac (1/µm) are not known here: fill them in first."]
    if not paths["refl_path"]:
        lines += ["", "No reflections were given: let AnACor write refl_path and expt_path with anacor.preprocess."]
    return "\n".join(lines) + "\n"


def _flag(value: Any) -> str:
    return "FILL_IN" if value is None or value == "" else str(value)


def _write_text(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def _write_yaml(path: Path, values: Mapping[str, Any]) -> None:
    """JSON scalars are YAML scalars, so the flat file needs no YAML writer."""
    _write_text(path, "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items()))


def _replace_folder(building: Path, final: Path) -> None:
    """Put a finished folder in the place of an older one, which is kept until then."""
    old = final.with_name(final.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    building.rename(final)
    shutil.rmtree(old, ignore_errors=True)
