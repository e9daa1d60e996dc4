"""A model folder whose network was never trained: what it is, and not what it says, is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from napari_crystalseg.provenance import hash_file
from napari_crystalseg.segmentation.networks.architecture import Architecture
from napari_crystalseg.segmentation.networks.plans import plans_json

LABELS = {"background": 0, "liquor": 1, "loop": 2, "crystal": 3, "other": 4}


def write_untrained_model(folder: Path, name: str = "tiny", **card: Any) -> Path:
    """Write a model folder of some kilobytes, with its card."""
    plans = plans_json(patch_size=(16, 16, 16), features=(2, 2, 2))
    configuration = plans["configurations"]["3d_fullres"]
    torch.manual_seed(0)
    network = Architecture.from_dict(configuration["architecture"]).build(len(LABELS), "cpu")
    (folder / "fold_0").mkdir(parents=True)
    about = {"channel_names": {"0": "voxel value"}, "labels": LABELS, "numTraining": 0, "file_ending": ".tif"}
    (folder / "dataset.json").write_text(json.dumps(about))
    (folder / "plans.json").write_text(json.dumps(plans))
    weights = folder / "fold_0" / "checkpoint_final.pth"
    save_weights(weights, network.state_dict(), configuration="3d_fullres")
    known = {"name": name, "licence": "BSD-3-Clause", "sha256": hash_file(weights), **card}
    (folder / "card.json").write_text(json.dumps(known))
    return folder


def save_weights(path: Path, weights: Any, **arguments: Any) -> None:
    """Write a checkpoint as nnU-Net has it."""
    path.parent.mkdir(exist_ok=True)
    record = {"network_weights": weights, "trainer_name": "nnUNetTrainer", "init_args": {"fold": 0, **arguments}}
    torch.save({**record, "inference_allowed_mirroring_axes": [0, 1, 2]}, path)
