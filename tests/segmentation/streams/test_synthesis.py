"""Painted tomograms: the parts of which they are made, each against what it must do."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import save_labels
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.segmentation.streams.synthesis import LabelPool, draw_painted
from napari_crystalseg.segmentation.streams.synthesis.artefacts import cupping, rings, streaks
from napari_crystalseg.segmentation.streams.synthesis.random_field import grainy_noise, smooth, white_noise
from napari_crystalseg.segmentation.streams.synthesis.smoothing import diffused
from napari_crystalseg.segmentation.streams.synthesis.sub_classes import (
    MOST,
    SPREAD,
    draw_means,
    split_classes,
    value_map,
)
from napari_crystalseg.segmentation.streams.synthesis.transfer import Transfer, transferred
from napari_crystalseg.segmentation.streams.synthesis.warp import draw_warped, warped


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def sample(shape=(40, 36, 44)) -> np.ndarray:
    labels = np.zeros(shape, dtype=np.uint8)
    labels[8:30, 6:30, 8:36] = Material.LIQUOR
    labels[14:24, 12:22, 14:28] = Material.CRYSTAL
    labels[26:34, 16:20, 16:20] = Material.LOOP
    return labels


class TestRandomFields:
    def test_grain_and_white_noise_have_unit_spread(self):
        for field in (white_noise((40, 40, 40), source()), grainy_noise((40, 40, 40), source())):
            assert float(field.std()) == pytest.approx(1, abs=0.03)
            assert float(field.mean()) == pytest.approx(0, abs=0.05)

    def test_neighbours_of_grainy_noise_are_half_alike(self):
        field = grainy_noise((48, 48, 48), source())
        for axis in range(3):
            one, other = field.narrow(axis, 0, 47), field.narrow(axis, 1, 47)
            assert float((one * other).mean()) == pytest.approx(0.5, abs=0.03)

    def test_a_smooth_field_is_linear_between_its_knots(self):
        field = smooth((33, 17, 9), 3, source())
        assert float(field.diff(n=2, dim=0)[:14].abs().max()) < 1e-5


class TestWarp:
    def test_no_warp_is_the_middle_of_the_map(self):
        labels = torch.from_numpy(sample())
        same = warped(labels, (20, 18, 22), np.eye(3), np.zeros(3))
        assert torch.equal(same, labels[10:30, 9:27, 11:33])

    def test_a_quarter_turn_is_exact(self):
        labels = torch.from_numpy(sample((40, 40, 40)))
        turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
        turned = warped(labels, (40, 40, 40), turn, np.zeros(3))
        assert torch.equal(turned, torch.rot90(labels, 1, (1, 2))) or torch.equal(
            turned, torch.rot90(labels, -1, (1, 2))
        )

    def test_a_stretch_makes_a_plate_of_a_cube(self):
        cube = np.zeros((48, 48, 48), dtype=np.uint8)
        cube[18:30, 18:30, 18:30] = Material.CRYSTAL
        plate = warped(torch.from_numpy(cube), (48, 48, 48), np.diag([3.0, 0.5, 0.5]), np.zeros(3)) > 0
        extents = [int(plate.amax(dim=tuple({0, 1, 2} - {axis})).sum()) for axis in range(3)]
        assert extents == [4, 24, 24]

    def test_what_the_map_cuts_off_goes_on_beyond_it(self):
        labels = torch.zeros((10, 10, 10), dtype=torch.uint8)
        labels[:, 4:6, 4:6] = int(Material.LOOP)
        wide = warped(labels, (20, 20, 20), np.eye(3), np.zeros(3))
        assert torch.equal(wide > 0, (wide > 0)[:1].expand(20, -1, -1))
        assert int((wide > 0).sum()) == 20 * 4

    def test_fields_hold_a_sample_and_some_cut_it_off(self):
        cut = 0
        for seed in range(30):
            field = draw_warped(np.random.default_rng(seed), sample(), 32, torch.device("cpu"))
            assert max(field.shape) == 32
            assert (field > 0).any()
            cut += int(any((field.select(a, end) > 0).any() for a in range(3) for end in (0, -1)))
        assert 5 <= cut <= 28


class TestSubClasses:
    def test_the_mean_of_a_class_is_what_was_asked_for(self):
        labels = torch.from_numpy(sample())
        means = {material: 0.3 * int(material) for material in Material}
        flat = value_map(np.random.default_rng(0), labels, means, source(), split=False)
        for material in (Material.AIR, Material.LIQUOR, Material.LOOP, Material.CRYSTAL):
            assert torch.all((flat[labels == int(material)] - means[material]).abs() < 1e-6)
        found = [
            float(value_map(np.random.default_rng(seed), labels, means, source(seed))[labels == 1].mean())
            for seed in range(200)
        ]
        assert np.mean(found) == pytest.approx(0.3, abs=4 * SPREAD / math.sqrt(200))
        assert np.std(found) < 1.1 * SPREAD

    def test_sub_classes_are_of_like_size(self):
        labels = torch.ones((32, 32, 32), dtype=torch.uint8)
        number = split_classes(labels, {Material.LIQUOR: 4}, False, source())
        share = torch.bincount(number.ravel()) / number.numel()
        assert share.numpy() == pytest.approx(np.full(4, 0.25), abs=0.06)

    def test_shells_follow_depth(self):
        labels = torch.zeros((40, 40, 40), dtype=torch.uint8)
        labels[6:34, 6:34, 6:34] = int(Material.CRYSTAL)
        number = split_classes(labels, {Material.CRYSTAL: 2}, True, source())
        assert int(number[20, 20, 20]) == 1
        assert int(number[6, 6, 6]) == 0

    def test_crystal_and_liquor_are_alike_now_and_then_only(self):
        drawn = [draw_means(np.random.default_rng(seed)) for seed in range(400)]
        alike = np.mean([abs(m[Material.CRYSTAL] - m[Material.LIQUOR]) <= 0.05 for m in drawn])
        assert 0.18 < alike < 0.34
        assert all(m[Material.AIR] == 0 for m in drawn)
        assert set(MOST) == set(Material)


class TestTransfer:
    def test_nothing_asked_nothing_done(self):
        voxel_values = white_noise((18, 20, 22), source())
        assert torch.allclose(transferred(voxel_values, voxel_values, Transfer()), voxel_values, atol=1e-5)

    def test_a_blurred_step_is_a_sum_of_gaussians(self):
        step = torch.zeros((16, 16, 64))
        step[..., 32:] = 1
        blurred = transferred(step, step, Transfer(blur=1.5))[8, 8, 20:44]
        gaussian = np.exp(-0.5 * (np.arange(-30, 31) / 1.5) ** 2)
        expected = np.convolve(np.arange(-60, 100) >= 32, gaussian / gaussian.sum(), "same")[80:104]
        assert blurred.numpy() == pytest.approx(expected, abs=1e-4)

    def test_the_fringe_of_a_step_rises_as_asked_and_lies_where_the_wave_puts_it(self):
        step = torch.zeros((24, 24, 96))
        step[..., 48:] = 1
        fresnel = 2.0
        seen = transferred(torch.zeros_like(step), step, Transfer(fresnel=fresnel, rim=0.5))
        assert float(np.quantile(seen.abs().numpy(), 0.999)) == pytest.approx(0.5, rel=0.1)
        # The weak-phase transfer in one dimension, of an edge amid air as long as the field's.
        frequency = np.fft.rfftfreq(960)
        edge = np.zeros(960)
        edge[480:528] = 1
        wave = np.fft.irfft(np.fft.rfft(edge) * np.sin(np.pi * fresnel * frequency**2), 960)
        line = seen[12, 12, 40:60].numpy()
        assert np.corrcoef(line, wave[472:492])[0, 1] > 0.98

    @pytest.mark.parametrize(
        "transfer", [Transfer(blur=1.0), Transfer(fresnel=2.0, rim=1.0), Transfer(retrieval=3.0)], ids=str
    )
    def test_a_sample_that_the_field_cuts_off_has_no_face_there(self, transfer):
        slab = torch.zeros((20, 40, 48))
        slab[:, 10:30, 12:36] = 1
        seen = transferred(slab, slab, transfer)
        assert float((seen - seen[10]).abs().max()) < 0.03

    def test_the_rim_is_as_high_as_asked_whatever_the_blur(self):
        step = torch.zeros((24, 24, 96))
        step[..., 30:66] = 1
        for blur in (0.2, 0.9, 1.5):
            seen = transferred(torch.zeros_like(step), step, Transfer(blur=blur, fresnel=0.5, rim=0.7))
            assert float(np.quantile(seen.abs().numpy(), 0.999)) == pytest.approx(0.7, rel=0.1)

    def test_fringes_are_bright_inside_and_dark_outside_an_edge(self):
        step = torch.zeros((24, 24, 96))
        step[..., 48:] = 1
        seen = transferred(torch.zeros_like(step), step, Transfer(fresnel=1.0, rim=0.5))[12, 12]
        assert float(seen[48]) > 0.2
        assert float(seen[47]) < -0.2

    def test_phase_retrieval_keeps_the_mean_and_smooths(self):
        voxel_values = white_noise((32, 32, 32), source()) + 1
        seen = transferred(
            torch.nn.functional.pad(voxel_values, (16,) * 6), voxel_values.new_zeros(64, 64, 64), Transfer(retrieval=2)
        )
        assert float(seen.sum()) == pytest.approx(float(voxel_values.sum()), rel=0.02)
        assert float(seen[24:40, 24:40, 24:40].std()) < 0.2

    def test_a_missing_wedge_takes_what_varies_along_it_and_leaves_the_mean(self):
        y, x = torch.meshgrid(torch.arange(56), torch.arange(56), indexing="ij")
        along_x = torch.sin(2 * math.pi * x / 8).expand(8, -1, -1).contiguous()
        along_y = torch.sin(2 * math.pi * y / 8).expand(8, -1, -1).contiguous()
        kept = [
            float(transferred(wave, wave, Transfer(wedge_deg=30, wedge_at_deg=0))[4, 20:36, 20:36].std() / wave.std())
            for wave in (along_x, along_y)
        ]
        assert kept[0] < 0.25
        assert kept[1] > 0.9


class TestArtefacts:
    def test_a_ring_has_the_same_height_all_round(self):
        field = rings((12, 61, 61), (30.0, 30.0), 0.2, False, False, source())
        for radius in (5, 17, 28):
            around = [field[6, 30 + radius, 30], field[6, 30 - radius, 30], field[6, 30, 30 + radius]]
            assert all(float(one) == pytest.approx(float(around[0]), abs=1e-6) for one in around)
        assert 0.1 < float(field.std()) < 0.3

    def test_half_a_ring(self):
        field = rings((8, 41, 41), (20.0, 20.0), 0.2, False, True, source(3))
        assert 0.4 < float((field[4] == 0).float().mean()) < 0.6

    def test_a_streak_is_straight(self):
        field = streaks((20, 64, 64), 1, 1.0, source(2))
        section = field[int(field.abs().amax((1, 2)).argmax())].abs()
        y, x = torch.nonzero(section > 0.6 * section.max(), as_tuple=True)
        spread = torch.linalg.svdvals(torch.stack([y - y.float().mean(), x - x.float().mean()]))
        assert float(spread[0]) > 5 * float(spread[1])

    def test_cupping_is_deepest_on_the_axis(self):
        factor = cupping((4, 41, 41), (20.0, 20.0), 0.4, torch.device("cpu"))[0]
        assert float(factor[20, 20]) == pytest.approx(0.8)
        assert float(factor[0, 0]) == pytest.approx(1.2)


def test_diffusion_flattens_within_edges_and_keeps_the_sum():
    voxel_values = torch.zeros((20, 20, 40))
    voxel_values[..., 20:] = 1
    voxel_values += 0.03 * white_noise(voxel_values.shape, source())
    smoothed = diffused(voxel_values, 0.1, 8)
    assert float(smoothed.sum()) == pytest.approx(float(voxel_values.sum()), rel=1e-5)
    assert float(smoothed[..., :18].std()) < 0.4 * float(voxel_values[..., :18].std())
    assert float((smoothed[..., 20] - smoothed[..., 19]).mean()) > 0.9


class TestPainting:
    def test_same_seed_same_bytes(self):
        for seed in range(4):
            one, other = (draw_painted(np.random.default_rng(seed), sample(), 32) for _ in range(2))
            assert torch.equal(one.voxel_values, other.voxel_values)
            assert torch.equal(one.labels, other.labels)
        drawn = [draw_painted(np.random.default_rng(seed), sample(), 32) for seed in (1, 2)]
        assert drawn[0].labels.shape != drawn[1].labels.shape or not torch.equal(drawn[0].labels, drawn[1].labels)

    @pytest.mark.parametrize("seed", range(25))
    def test_voxel_values_are_finite_and_clipped(self, seed):
        made = draw_painted(np.random.default_rng(seed), sample(), 32)
        assert made.voxel_values.shape == made.labels.shape
        assert bool(torch.isfinite(made.voxel_values).all())
        assert float(made.voxel_values.min()) >= -3
        assert float(made.voxel_values.max()) <= 5

    def test_air_is_near_zero_and_the_sample_near_one(self):
        levels = []
        for seed in range(40):
            made = draw_painted(np.random.default_rng(seed), sample(), 32)
            levels.append(
                (
                    float(made.voxel_values[made.labels == 0].median()),
                    float(made.voxel_values[made.labels > 0].median()),
                )
            )
        air, inside = np.median(levels, axis=0)
        assert air == pytest.approx(0, abs=0.05)
        assert inside == pytest.approx(1, abs=0.15)

    def test_voxel_values_lie_on_their_labels(self):
        # Materials differ more than sub-classes and texture in most samples: their means tell them apart.
        told = 0
        for seed in range(30):
            made = draw_painted(np.random.default_rng(seed), sample(), 32)
            inside, outside = made.voxel_values[made.labels > 0], made.voxel_values[made.labels == 0]
            told += float(inside.mean()) > float(outside.mean()) + 0.3
        assert told >= 27

    def test_a_map_of_air_is_painted_too(self):
        made = draw_painted(np.random.default_rng(0), np.zeros((16, 16, 16), np.uint8), 32)
        assert bool(torch.isfinite(made.voxel_values).all())
        assert not made.labels.any()


class TestLabelPool:
    def test_reads_what_is_there_and_what_comes(self, tmp_path):
        for case in range(2):
            save_labels(Labels(sample(), 0.5), tmp_path / f"case_{case:04d}" / "labels.h5")
        pool = LabelPool(tmp_path)
        assert len(pool) == 2
        assert np.array_equal(pool.draw(np.random.default_rng(0)), sample())
        save_labels(Labels(sample((40, 36, 44))[:20], 0.5), tmp_path / "case_0002" / "labels.tif")
        pool.look_again()
        assert len(pool) == 3
        assert {pool.draw(np.random.default_rng(seed)).shape[0] for seed in range(30)} == {40, 20}

    def test_flat_voxels_become_cubic(self, tmp_path):
        labels = np.zeros((20, 40, 40), dtype=np.uint8)
        labels[5:15, 10:30, 10:30] = Material.CRYSTAL  # a cube, in voxels twice as high as wide
        save_labels(Labels(labels, (1.0, 0.5, 0.5)), tmp_path / "case_0000" / "labels.h5")
        cube = LabelPool(tmp_path).draw(np.random.default_rng(0))
        assert cube.shape == (40, 40, 40)
        assert [int(np.any(cube, axis=others).sum()) for others in ((1, 2), (0, 2), (0, 1))] == [20, 20, 20]

    def test_unfinished_and_damaged_maps_are_left_out(self, tmp_path):
        save_labels(Labels(sample(), 0.5), tmp_path / "case_0000" / "labels.h5")
        save_labels(Labels(sample(), 0.5), tmp_path / ".case_0001.ab12.part" / "labels.h5")
        (tmp_path / "case_0002").mkdir()
        (tmp_path / "case_0002" / "labels.h5").write_bytes(b"no labels")
        pool = LabelPool(tmp_path)
        assert len(pool) == 2
        assert all(np.array_equal(pool.draw(np.random.default_rng(seed)), sample()) for seed in range(20))
        assert pool.damaged == ["case_0002"]
        pool.look_again()
        assert len(pool) == 1
        (tmp_path / "case_0000" / "labels.h5").write_bytes(b"no labels")
        with pytest.raises(InputError, match="can be read"):
            pool.draw(np.random.default_rng(0))

    def test_an_empty_folder_is_refused(self, tmp_path):
        with pytest.raises(InputError, match="holds no case with labels"):
            LabelPool(tmp_path)
        with pytest.raises(InputError, match="no folder"):
            LabelPool(tmp_path / "none")
