"""The interface is where crystal has a corner in common with liquor, mount or other."""

from __future__ import annotations

import torch

from napari_crystalseg.labels import Material
from napari_crystalseg.segmentation.training.interface_loss import interface_loss


def crystal_in_liquor() -> torch.Tensor:
    labels = torch.zeros((1, 1, 12, 10, 11), dtype=torch.uint8)
    labels[..., 2:10, 2:8, 2:9] = int(Material.LIQUOR)
    labels[..., 5:8, 4:6, 4:7] = int(Material.CRYSTAL)
    return labels


def by_pooling(labels: torch.Tensor) -> torch.Tensor:
    crystal = (labels == Material.CRYSTAL).float()
    around = ((labels != Material.CRYSTAL) & (labels != Material.AIR)).float()
    grown = [torch.nn.functional.max_pool3d(mask, 3, 1, 1) for mask in (crystal, around)]
    return grown[0] * grown[1]


def test_nothing_is_lost_where_the_interface_is_found_and_much_where_it_is_not():
    labels = crystal_in_liquor()
    interface = by_pooling(labels)
    assert 0 < interface.sum() < interface.numel() / 4
    found = (interface * 2 - 1) * 20
    assert float(interface_loss(found, labels)) < 1e-5
    assert float(interface_loss(-found, labels)) > 10


def test_a_crystal_in_air_has_no_interface():
    labels = crystal_in_liquor()
    labels[labels == int(Material.LIQUOR)] = 0
    assert float(interface_loss(torch.full(labels.shape, -20.0), labels)) < 1e-5
