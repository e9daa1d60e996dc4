"""What nnU-Net calls dataset and plans: the classes, the patch and the network, as JSON-ready dictionaries.

There are two configurations, of the names that nnU-Net gives them: one for volumes and one for single slices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...labels import Material
from ..grids.normalisation import CLIP

DATASET_NAME = "Dataset001_CrystalSeg"
CONFIGURATION = "3d_fullres"
SLICE_CONFIGURATION = "2d"
TRAINER_NAME = "nnUNetTrainer"
FEATURES = (32, 64, 128, 160)
PATCH_SIZE = (96, 96, 96)
BATCH_SIZE = 2
SLICE_FEATURES = (16, 32, 64, 96, 128, 128)
SLICE_PATCH_SIZE = (192, 192)
SLICE_BATCH_SIZE = 16
_BLOCK_NETWORK = "napari_crystalseg.segmentation.networks.SubvoxelUNet"
_SLICE_NETWORK = "dynamic_network_architectures.architectures.unet.PlainConvUNet"


def dataset_json(case_count: int) -> dict[str, Any]:
    """Return nnU-Net's ``dataset.json``.

    Parameters
    ----------
    case_count : int
        Number of training cases.
    """
    names = {"background": 0} | {material.title: int(material) for material in Material if material is not Material.AIR}
    return {
        "name": "CrystalSeg",
        "channel_names": {"0": "noNorm"},  # the volumes are already normalised (see normalisation.py)
        "labels": names,
        "numTraining": case_count,
        "file_ending": ".tif",
        "overwrite_image_reader_writer": "Tiff3DIO",
    }


def plans_json(
    patch_size: Sequence[int] = PATCH_SIZE,
    features: Sequence[int] = FEATURES,
    batch_size: int = BATCH_SIZE,
    guides: int = 0,
) -> dict[str, Any]:
    """Return nnU-Net's ``plans.json`` for a 3-D U-Net with isotropic kernels.

    Parameters
    ----------
    patch_size : sequence of int
        Patch (z, y, x) in voxels of the working grid; each a multiple of 2 to the number of stages.
    features : sequence of int
        Channels of each stage; the first works on blocks of 2³ voxels, each further one on blocks twice as long.
    batch_size : int
        Patches in one step.
    guides : int
        Channels that guide the network beside voxel values.
    """
    plans = _plans(CONFIGURATION, _BLOCK_NETWORK, patch_size, features, batch_size)
    if guides:
        plans["configurations"][CONFIGURATION]["architecture"]["arch_kwargs"]["guides"] = guides
    return plans


def slice_plans_json(
    patch_size: Sequence[int] = SLICE_PATCH_SIZE,
    features: Sequence[int] = SLICE_FEATURES,
    batch_size: int = SLICE_BATCH_SIZE,
) -> dict[str, Any]:
    """Return nnU-Net's ``plans.json`` for its own plain 2-D U-Net.

    Parameters
    ----------
    patch_size : sequence of int
        Patch (y, x) in pixels of the working grid; each a multiple of 2 to the number of stages less one.
    features : sequence of int
        Channels of each stage; the first works on pixels, each further one on squares twice as long.
    batch_size : int
        Slices in one step on a coarse working grid; half as many on the finest.
    """
    return _plans(SLICE_CONFIGURATION, _SLICE_NETWORK, patch_size, features, batch_size)


def coarsest_voxels(configuration: Mapping[str, Any]) -> int:
    """Voxels along a side of what the last stage of a configuration's network takes for one.

    Parameters
    ----------
    configuration : mapping
        One of the ``configurations`` of :func:`plans_json` or :func:`slice_plans_json`.
    """
    architecture = configuration["architecture"]
    halvings = len(architecture["arch_kwargs"]["features_per_stage"]) - 1
    # What is a voxel to the first stage is a block of two a side to the volume.
    return int(2 ** (halvings + (architecture["network_class_name"] == _BLOCK_NETWORK)))


def _plans(
    name: str, network: str, patch_size: Sequence[int], features: Sequence[int], batch_size: int
) -> dict[str, Any]:
    stages, axes = len(features), len(patch_size)
    resampling = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": f"nnUNetPlans_{name}",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": batch_size,
        "patch_size": list(patch_size),
        "median_image_size_in_voxels": [128.0] * axes,
        "spacing": [1.0] * axes,  # relative: the working grid is isotropic, whatever the voxel size
        "normalization_schemes": ["NoNormalization"],
        "use_mask_for_norm": [False],
        "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": dict(resampling),
        "resampling_fn_seg_kwargs": {**resampling, "is_seg": True},
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": dict(resampling),
        "architecture": {
            "network_class_name": network,
            "arch_kwargs": {
                "n_stages": stages,
                "features_per_stage": list(features),
                "conv_op": f"torch.nn.modules.conv.Conv{axes}d",
                "kernel_sizes": [[3] * axes] * stages,
                "strides": [[1] * axes] + [[2] * axes] * (stages - 1),
                "n_conv_per_stage": [2] * stages,
                "n_conv_per_stage_decoder": [2] * (stages - 1),
                "conv_bias": True,
                "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{axes}d",
                "norm_op_kwargs": {"eps": 1e-05, "affine": True},
                "dropout_op": None,
                "dropout_op_kwargs": None,
                "nonlin": "torch.nn.LeakyReLU",
                "nonlin_kwargs": {"inplace": True},
            },
            "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
        },
        # Dice over the batch: a class that one patch lacks does not pull its score to zero.
        "batch_dice": True,
    }
    return {
        "dataset_name": DATASET_NAME,
        "plans_name": "nnUNetPlans",
        "original_median_spacing_after_transp": [1.0, 1.0, 1.0],
        "original_median_shape_after_transp": [128, 128, 128],
        "image_reader_writer": "Tiff3DIO",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "configurations": {name: configuration},
        "experiment_planner_used": "napari-crystalseg",
        "label_manager": "LabelManager",
        # nnU-Net's preprocessor asks for these even where nothing is normalised by them: the sample is near 1.
        "foreground_intensity_properties_per_channel": {
            "0": {
                "max": CLIP[1],
                "mean": 1.0,
                "median": 1.0,
                "min": CLIP[0],
                "percentile_00_5": CLIP[0],
                "percentile_99_5": CLIP[1],
                "std": 0.5,
            }
        },
    }
