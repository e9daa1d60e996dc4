"""The networks: their shapes, what they are shown, their training and their folder."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.geometry.networks.geometry_networks import BUNDLED, GeometryNetworks
from napari_crystalseg.diffraction.geometry.networks.network_image import GRID, NetworkImage
from napari_crystalseg.diffraction.geometry.networks.resnet import resnet
from napari_crystalseg.diffraction.geometry.networks.training import (
    GeometryTraining,
    TrainingSet,
    train_geometry,
    turned,
)
from napari_crystalseg.diffraction.geometry.networks.training_images import training_image
from napari_crystalseg.errors import InputError


def test_a_resnet_has_the_published_layers():
    import torch

    count = sum(value.numel() for value in resnet(18, 64, 300).parameters())
    # The published network of 18 layers has 11.69 million with its 1000 outputs: one channel in, 300 and 2 out here.
    assert count == pytest.approx(
        11_689_512 - 2 * 64 * 49 - (512 * 1000 + 1000) + (512 * 300 + 300) + (300 * 2 + 2), abs=0
    )
    deep = resnet(34, 16, 200, groups=True)
    assert deep(torch.zeros(2, 1, GRID, GRID)).shape == (2, 2)
    for bad in ({"depth": 50}, {"width": 12}):
        with pytest.raises(InputError):
            resnet(**bad)


def test_an_image_on_the_grid_keeps_its_places():
    counts = np.full((300, 260), 5.0, np.float32)
    counts[200:204, 60:64] = 500
    shown = NetworkImage.of(counts, np.zeros((300, 260), bool))
    row, column = np.unravel_index(int(np.argmax(shown.values)), shown.values.shape)
    found = shown.pixel_of(np.array([column + 0.5, row + 0.5]) / (GRID / 2) - 1)
    assert found == pytest.approx((62, 202), abs=1.5 * shown.cell_px)
    assert (shown.values[:, 0] == 0).all()  # beside the image, which is taller than wide


def test_turning_an_image_turns_what_it_shows():
    image = training_image(3)
    values, centre = image.values()[np.newaxis], image.centre[np.newaxis].astype(np.float32)
    marked = np.zeros_like(values)
    column, row = ((image.centre + 1) * GRID / 2).astype(int)
    marked[0, row, column] = 1
    for seed in range(8):
        seen, told = turned(marked, centre, "centre", np.random.default_rng(seed))
        at = np.unravel_index(int(np.argmax(seen[0])), (GRID, GRID))
        assert ((told[0] + 1) * GRID / 2) == pytest.approx((at[1] + 0.5, at[0] + 0.5), abs=0.6)


def test_training_writes_a_folder_that_is_read_back(tmp_path):
    images = TrainingSet.simulated(16, 0)
    training = GeometryTraining(images=16, epochs=1, width=8, pooled=4, batch=8)
    card = train_geometry(tmp_path / "networks", training, images)
    found = GeometryNetworks(tmp_path / "networks")
    centre, tilt = found.values_of(images.values[:2].astype(np.float32))
    assert centre.shape == tilt.shape == (2, 4, 2) and np.isfinite(centre).all()
    assert card["training"]["images"] == 16
    (tmp_path / "networks" / "tilt.pt").write_bytes(b"no weights")
    with pytest.raises(InputError, match=r"tilt\.pt"):
        GeometryNetworks(tmp_path / "networks")
    with pytest.raises(InputError, match="no file"):
        GeometryNetworks(tmp_path / "absent")
    with pytest.raises(InputError, match="seed"):
        GeometryTraining(seed=-1)


def test_the_bundled_networks_find_the_centre_in_the_background():
    found = GeometryNetworks()
    assert sum(file.stat().st_size for file in BUNDLED.iterdir()) < 5e6
    assert min(found.card["figures"]["ways"]["network, counts"]["r"]) > 0.9
    images = [training_image(20_000_000 + number) for number in range(8)]
    centre, _ = found.values_of(np.stack([image.values() for image in images]))
    error = np.linalg.norm(centre.mean(axis=1) - [image.centre for image in images], axis=1)
    assert np.median(error) < 0.12
