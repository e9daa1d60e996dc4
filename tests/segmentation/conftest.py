"""A tiny model and tiny cases, made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.tiny_cases import write_tiny_case
from napari_crystalseg.io import save_labels
from napari_crystalseg.segmentation.networks.plans import plans_json, slice_plans_json

TINY_PATCH = (24, 24, 24)
TINY_SIZES = (12, 16)
TINY_SLICES = {"configuration": "2d", "working_sizes": (16, 24)}


@pytest.fixture(scope="session")
def tiny_plans() -> dict:
    return plans_json(patch_size=TINY_PATCH, features=(4, 8, 8))


@pytest.fixture(scope="session")
def tiny_cases(tmp_path_factory) -> Path:
    """Seven cases of 24 × 20 × 22: a liquor ball with a crystal box; the last is held out."""
    folder = tmp_path_factory.mktemp("cases")
    for number in range(7):
        write_tiny_case(folder, number)
    return folder


@pytest.fixture(scope="session")
def tiny_labels(tmp_path_factory, tiny_cases) -> Path:
    """Pool of three label maps."""
    from napari_crystalseg.io import open_labels

    folder = tmp_path_factory.mktemp("pool")
    for number in range(3):
        labels = open_labels(tiny_cases / f"case_{number:04d}" / "labels.tif")
        save_labels(labels, folder / f"case_{number:04d}" / "labels.h5")
    return folder


@pytest.fixture(scope="session")
def write_case() -> Callable[[Path, int], None]:
    """Write one more case into a folder of cases."""
    return write_tiny_case


@pytest.fixture(scope="session")
def tiny_training(tmp_path_factory, tiny_cases, tiny_plans) -> Path:
    """Work folder of a training of four steps."""
    from helpers.trainings import trained

    work = tmp_path_factory.mktemp("work")
    trained(tiny_cases, work, steps=4, seed=3, plans=tiny_plans, working_sizes=TINY_SIZES)
    return work


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory, tiny_training):
    from napari_crystalseg.segmentation.training.export import export

    return export(tiny_training, tmp_path_factory.mktemp("model") / "tiny", name="tiny", data="balls with boxes")


@pytest.fixture(scope="session")
def tiny_slice_plans() -> dict:
    return slice_plans_json(patch_size=(24, 24), features=(4, 8, 8), batch_size=4)


@pytest.fixture(scope="session")
def tiny_slice_training(tmp_path_factory, tiny_cases, tiny_labels, tiny_slice_plans) -> Path:
    """Work folder of a training of slices, of six steps."""
    from helpers.trainings import trained

    work = tmp_path_factory.mktemp("slice_work")
    options = {**TINY_SLICES, "labels": tiny_labels, "painted_share": 0.5}
    trained(tiny_cases, work, steps=6, seed=3, plans=tiny_slice_plans, **options)
    return work


@pytest.fixture(scope="session")
def tiny_slice_model(tmp_path_factory, tiny_slice_training):
    from napari_crystalseg.segmentation.training.export import export

    return export(tiny_slice_training, tmp_path_factory.mktemp("model") / "flat", name="flat", data="slices of balls")
