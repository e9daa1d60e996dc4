"""What nnU-Net calls dataset and plans: the classes, the patch and the network, as JSON-ready dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..labels import Material
from .normalisation import CLIP

DATASET_NAME = "Dataset001_CrystalSeg"
CONFIGURATION = "3d_fullres"
TRAINER_NAME = "nnUNetTrainer"
FEATURES = (32, 64, 128, 160)
PATCH_SIZE = (96, 96, 96)
BATCH_SIZE = 2


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
    patch_size: Sequence[int] = PATCH_SIZE, features: Sequence[int] = FEATURES, batch_size: int = BATCH_SIZE
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
    """
    stages = len(features)
    resampling = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": batch_size,
        "patch_size": list(patch_size),
        "median_image_size_in_voxels": [128.0, 128.0, 128.0],
        "spacing": [1.0, 1.0, 1.0],  # relative: the working grid is isotropic, whatever the voxel size
        "normalization_schemes": ["NoNormalization"],
        "use_mask_for_norm": [False],
        "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": dict(resampling),
        "resampling_fn_seg_kwargs": {**resampling, "is_seg": True},
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": dict(resampling),
        "architecture": {
            "network_class_name": "napari_crystalseg.segmentation.networks.SubvoxelUNet",
            "arch_kwargs": {
                "n_stages": stages,
                "features_per_stage": list(features),
                "conv_op": "torch.nn.modules.conv.Conv3d",
                "kernel_sizes": [[3, 3, 3]] * stages,
                "strides": [[1, 1, 1]] + [[2, 2, 2]] * (stages - 1),
                "n_conv_per_stage": [2] * stages,
                "n_conv_per_stage_decoder": [2] * (stages - 1),
                "conv_bias": True,
                "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
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
        "configurations": {CONFIGURATION: configuration},
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
