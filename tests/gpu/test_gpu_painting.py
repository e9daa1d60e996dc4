"""Painting on a GPU: what is drawn by NumPy's numbers is the same there, and noise has the same statistics."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.segmentation.grids.normalisation import CLIP

torch = pytest.importorskip("torch", reason="PyTorch is not installed here.")


def label_map() -> np.ndarray:
    labels = np.zeros((41, 36, 44), dtype=np.uint8)
    labels[8:30, 6:30, 8:36] = Material.LIQUOR
    labels[14:24, 12:22, 14:28] = Material.CRYSTAL
    labels[26:34, 16:20, 16:20] = Material.LOOP
    return labels


def source(device, seed=0):
    return torch.Generator(device).manual_seed(seed)


def test_warps_are_those_of_the_processor(cuda):
    from napari_crystalseg.segmentation.streams.synthesis.slab import draw_slab
    from napari_crystalseg.segmentation.streams.synthesis.warp import draw_warped

    for draw in (draw_warped, draw_slab):
        for seed in range(8):
            here, there = (
                draw(np.random.default_rng(seed), label_map(), 48, device) for device in (torch.device("cpu"), cuda)
            )
            assert there.device.type == cuda.type and there.dtype == torch.uint8
            assert float((here == there.cpu()).float().mean()) > 0.999, (draw, seed)


def test_a_class_without_sub_classes_has_its_mean(cuda):
    from napari_crystalseg.segmentation.streams.synthesis.sub_classes import value_map

    labels, means = torch.from_numpy(label_map()).to(cuda), {Material.AIR: 0.0, Material.CRYSTAL: 1.25}
    painted = value_map(np.random.default_rng(0), labels, means, source(cuda), split=False)
    assert set(painted[labels == Material.CRYSTAL].tolist()) == {1.25}
    assert set(painted[labels == Material.LIQUOR].tolist()) == {0.0}


def test_sub_classes_have_the_values_that_were_drawn_and_like_sizes(cuda):
    from napari_crystalseg.segmentation.streams.synthesis.sub_classes import draw_means, split_classes, value_map

    labels = torch.from_numpy(label_map())
    for seed in range(4):
        values = []
        for device in (torch.device("cpu"), cuda):
            rng = np.random.default_rng(seed)
            painted = value_map(rng, labels.to(device), draw_means(rng), source(device)).cpu()
            values.append({code: set(painted[labels == code].tolist()) for code in labels.unique().tolist()})
        assert values[0] == values[1]
    for shells in (False, True):
        number = split_classes(labels.to(cuda), {Material.LIQUOR: 3}, shells, source(cuda)).cpu()
        sizes = torch.bincount(number[labels == Material.LIQUOR], minlength=3)
        assert len(sizes) == 3 and (shells or int(sizes.max()) < 1.2 * int(sizes.min()))
        assert int(number[labels != Material.LIQUOR].max()) == 0


def test_noise_has_unit_spread(cuda):
    from napari_crystalseg.segmentation.streams.synthesis.random_field import grainy_noise, white_noise

    for noise in (white_noise, grainy_noise):
        field = noise((41, 43, 45), source(cuda))
        assert field.device.type == cuda.type
        assert float(field.std()) == pytest.approx(1, abs=0.03) and float(field.mean()) == pytest.approx(0, abs=0.05)


def test_filters_are_those_of_the_processor(cuda):
    from napari_crystalseg.segmentation.streams.synthesis.artefacts import cupping, truncation
    from napari_crystalseg.segmentation.streams.synthesis.smoothing import diffused
    from napari_crystalseg.segmentation.streams.synthesis.transfer import Transfer, transferred

    noise = torch.from_numpy(np.random.default_rng(2).normal(0, 0.1, (41, 36, 44)).astype(np.float32))
    values = torch.from_numpy(label_map()).float() + noise
    transfer = Transfer(blur=0.6, fresnel=0.8, rim=0.5, retrieval=1.0, wedge_deg=20, wedge_at_deg=30)
    shape = (41, 36, 44)
    for work in (
        lambda v: transferred(v, v * 0.5, transfer),
        lambda v: diffused(v, 0.2, 5),
        lambda v: v * cupping(shape, (17.0, 20.0), 0.3, v.device),
        lambda v: v + truncation(shape, (17.0, 20.0), 30.0, 0.5, v.device),
    ):
        torch.testing.assert_close(work(values.to(cuda)).cpu(), work(values), rtol=1e-4, atol=1e-4)
    assert float(diffused(values.to(cuda), 0.2, 5).double().sum()) == pytest.approx(float(values.double().sum()))


def test_painted_samples_are_whole(cuda):
    from napari_crystalseg.segmentation.streams.synthesis import draw_painted, draw_painted_slices

    spread = []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        painted = [draw_painted(rng, label_map(), 40, device=cuda)]
        painted += draw_painted_slices(rng, label_map(), 40, 2, device=cuda)
        for each in painted:
            values, labels = each.voxel_values, each.labels
            assert values.device.type == labels.device.type == cuda.type
            assert values.shape == labels.shape and values.dtype == torch.float32
            assert bool(torch.isfinite(values).all())
            assert CLIP[0] <= float(values.min()) and float(values.max()) <= CLIP[1]
        values, labels = painted[0].voxel_values, painted[0].labels
        spread.append([float(values[labels == 0].median()), float(values[labels > 0].median())])
    # Air is brought to about 0 and the sample to about 1.
    air, sample = np.median(spread, axis=0)
    assert abs(air) < 0.15 and abs(sample - 1) < 0.3
