"""Turn a training into a model folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io.files.atomic import check_place, replacing, replacing_folder, save_json
from ...provenance import hash_file, package_version
from ..grids.normalisation import CLIP
from ..model_folders.checkpoint_file import load_checkpoint
from ..model_folders.model_folder import ModelFolder
from ..networks.plans import TRAINER_NAME, coarsest_voxels, dataset_json, plans_json
from ..prediction.tiles import tile_about
from .training_request import check_working_sizes

_NORMALISATION = (
    f"air at 0, middle of the sample at 1, clipped to {list(CLIP)}; see "
    "napari_crystalseg.segmentation.grids.normalisation. nnU-Net itself is told NoNormalization and expects "
    "volumes normalised so."
)


def export(
    work_dir: str | Path,
    out_dir: str | Path,
    *,
    name: str,
    data: str,
    licence: str = "BSD-3-Clause",
    voxel_range_um: tuple[float, float] | None = None,
    working_sizes: Sequence[int] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> ModelFolder:
    """Write the averaged weights of a training as a model folder, in half precision, with its card.

    Parameters
    ----------
    work_dir : path
        Where the training ran; its last checkpoint is taken.
    out_dir : path
        Model folder to write.
    name : str
        Name of the model.
    data : str
        What it was trained on, in a sentence.
    licence : str
        SPDX identifier of the weights' licence.
    voxel_range_um : (float, float), optional
        Voxel sizes that the model was made for, µm.
    working_sizes : sequence of int, optional
        Most voxels along an axis of the working grids that the model is to see and average over; the whole of one is
        one patch. By default the finest of the training.
    metrics : mapping, optional
        Scores on data that it has not seen; what the training reached on its validation sets is added.

    Returns
    -------
    ModelFolder

    Raises
    ------
    InputError
        There is no checkpoint of this version in ``work_dir``, a size or range that cannot be, or something at
        ``out_dir``.
    """
    from .training import CHECKPOINT

    work_dir, out_dir = Path(work_dir), Path(out_dir)
    check_new_folder(out_dir)
    if not (work_dir / CHECKPOINT).is_file():
        raise InputError(f"There is no {CHECKPOINT} in {work_dir}; train a model there first.")
    if working_sizes is not None:
        check_working_sizes(working_sizes)
    if voxel_range_um is not None and not 0 < voxel_range_um[0] <= voxel_range_um[1]:
        raise InputError(f"A range of voxel sizes goes from a positive one to a larger one, not {voxel_range_um}.")
    checkpoint = load_checkpoint(work_dir / CHECKPOINT)
    training = checkpoint.get("crystalseg", {})
    if not {"label_maps", "painted_share", "working_sizes", "validation"} <= training.keys():
        raise InputError(f"{work_dir / CHECKPOINT} is no checkpoint of this version's trainings.")
    plans = {**plans_json(), **checkpoint["init_args"]["plans"]}
    sizes = [int(size) for size in working_sizes or training["working_sizes"][-1:]]
    name_of_configuration = checkpoint["init_args"]["configuration"]
    configuration = plans["configurations"][name_of_configuration]
    # A patch that holds the whole grid, or a slice of it, and that the network can halve as often as it must.
    step = coarsest_voxels(configuration)
    configuration["patch_size"] = list(tile_about((max(sizes),) * 3, step))[-len(configuration["patch_size"]) :]
    volumes = _volumes_seen(work_dir)
    with replacing_folder(out_dir, lambda path: False) as folder:
        save_json(dataset_json(volumes["train"]), folder / "dataset.json")
        save_json(plans, folder / "plans.json")
        weights_path = folder / "fold_0" / "checkpoint_final.pth"
        _save_weights(checkpoint, weights_path)
        about = {
            "name": name,
            "configuration": name_of_configuration,
            "licence": licence,
            "data": data,
            "training_volumes": volumes["train"],
            "held_out_volumes": volumes["val"],
        }
        made_for = {
            "working_sizes": sizes,
            "coarsest_voxels": step,
            "normalisation": _NORMALISATION,
            "voxel_range_um": None if voxel_range_um is None else list(voxel_range_um),
        }
        card = about | _course(training) | made_for
        card["metrics"] = {"validation": training["validation"], **(metrics or {})}
        card |= {"sha256": hash_file(weights_path), "software_version": package_version()}
        save_json(card, folder / "card.json")
    return ModelFolder(out_dir)


def _course(training: Mapping[str, Any]) -> dict[str, Any]:
    """What the card says of the training itself."""
    return {
        "label_maps": training["label_maps"],
        "painted_share": training["painted_share"],
        "seed": training["seed"],
        "steps": training["step"],
        "minutes": round(training["seconds"] / 60, 1),
    }


def _volumes_seen(work_dir: Path) -> dict[str, int]:
    """Volumes that a training learnt from, and those that it held out."""
    splits_path = work_dir / "splits_final.json"
    # A training of painted label maps alone has no cases.
    splits = (
        json.loads(splits_path.read_text(encoding="utf-8"))[0] if splits_path.is_file() else {"train": [], "val": []}
    )
    # A volume is prepared once for each working grid.
    return {side: len({re.sub(r"~\d+", "", name) for name in names}) for side, names in splits.items()}


def check_new_folder(out_dir: Path) -> None:
    """Refuse, before long work, a place for a model folder that is taken or cannot be written.

    Raises
    ------
    InputError
        Something is there, or the folder around it may not be written or cannot be made.
    """
    if out_dir.exists():
        raise InputError(f"{out_dir} is there already and stays as it is; the last path names a new folder to write.")
    check_place(out_dir)


def _save_weights(checkpoint: Mapping[str, Any], path: Path) -> None:
    """Save what nnU-Net needs for inference; weights that have several names are stored once."""
    import torch

    halves: dict[tuple[int, int], torch.Tensor] = {}
    weights = {}
    for name, tensor in checkpoint["network_weights"].items():
        place = (tensor.untyped_storage().data_ptr(), tensor.storage_offset())
        if place not in halves:
            halves[place] = tensor.half() if tensor.is_floating_point() else tensor.clone()
        weights[name] = halves[place]
    final = {
        "network_weights": weights,
        "trainer_name": TRAINER_NAME,
        "init_args": {"configuration": checkpoint["init_args"]["configuration"], "fold": 0},
        "inference_allowed_mirroring_axes": checkpoint["inference_allowed_mirroring_axes"],
    }
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        # Through a stream, or the temporary file's name would become part of the archive.
        torch.save(final, stream)
