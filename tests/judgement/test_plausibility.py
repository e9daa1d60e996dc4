from __future__ import annotations

import numpy as np
import pytest

from helpers.known_sample import sample_labels
from napari_crystalseg.judgement.lamps.surface import touching
from napari_crystalseg.judgement.mean_uncertainty import MeanUncertainty
from napari_crystalseg.judgement.plausibility import findings
from napari_crystalseg.labels import Labels, Material


def texts(labels, **options):
    return " ".join(f"[{f.level}] {f.text}" for f in findings(labels, **options))


def test_a_good_sample_has_no_complaint():
    assert {finding.level for finding in findings(sample_labels(), uncertainty=MeanUncertainty(0.05, 0.05))} == {"good"}


def test_pieces_are_counted():
    data = sample_labels().data.copy()
    data[10:26, 10:26, 17:20] = Material.LIQUOR
    # 7 and 6 of 13 layers are left.
    assert "[warning] The crystal is in 2 pieces; the largest is 54 % of it:" in texts(Labels(data, 0.5))


def test_a_crystal_at_the_edge_is_a_problem():
    data = sample_labels().data.copy()
    data[10:26, 10:26, 20:] = Material.CRYSTAL
    assert "[problem] The crystal touches the edge of the volume (end of axis x)" in texts(Labels(data, 0.5))


def test_air_contact_is_measured_by_area():
    data = np.zeros((12, 12, 12), dtype=np.uint8)
    data[4:8, 4:8, 4:8] = Material.CRYSTAL
    data[3, 4:8, 4:8] = Material.LIQUOR
    crystal, air = data == Material.CRYSTAL, data == Material.AIR
    assert touching(crystal, air, (1.0, 1.0, 1.0))[0] == pytest.approx(5 / 6)
    # Voxels twice as high: the four sides have area 2, bottom and top 1, and the top is wet.
    assert touching(crystal, air, (2.0, 1.0, 1.0))[0] == pytest.approx(9 / 10)


def test_nothing_found_and_much_uncertainty_are_told():
    labels = Labels(np.zeros((4, 4, 4), dtype=np.uint8), 1.0)
    told = texts(labels, uncertainty=MeanUncertainty(0.5, None))
    assert "[problem] No crystal was found" in told
    assert "[warning] No liquor" in told
    assert "unlike what the model was trained on" in told


def test_a_single_slice_is_told_and_its_ends_are_no_edges():
    said = texts(Labels(sample_labels().data[18:19], 0.5))
    assert "[problem] The labels are a single slice" in said
    assert "[good] The crystal lies inside the field of view." in said and "axis z" not in said
    data = sample_labels().data[18:19].copy()
    data[0, 10:26, 20:] = Material.CRYSTAL
    assert "touches the edge of the volume (end of axis x)" in texts(Labels(data, 0.5))


def loop_only(crystal: int) -> Labels:
    data = np.zeros((20, 20, 20), dtype=np.uint8)
    data[2:18, 2:18, 2:18] = Material.LOOP
    data[4 : 4 + crystal, 4 : 4 + crystal, 4 : 4 + crystal] = Material.CRYSTAL
    data[18, 2:18, 2:18] = Material.LIQUOR
    return Labels(data, 1.0)


def test_a_crystal_taken_for_loop_is_a_problem_and_a_large_mount_is_none():
    assert "[problem] There is more loop than crystal and liquor together" in texts(loop_only(5))
    assert "more loop" not in texts(loop_only(8))  # 512 voxels in 3584


def test_holes_are_told_and_inclusions_are_not():
    data = sample_labels().data.copy()
    crystal = int((data == Material.CRYSTAL).sum())
    z, y, x = (int(place) for place in np.argwhere(data == Material.CRYSTAL).mean(axis=0))
    data[z, y, x] = Material.OTHER
    assert "holes" not in texts(Labels(data, 0.5))
    data[z - 2 : z + 3, y - 2 : y + 3, x - 2 : x + 3] = Material.LIQUOR
    assert f"what it encloses is {100 * 125 / (crystal - 125):.0f} % of its volume" in texts(Labels(data, 0.5))


def test_a_ring_in_a_single_slice_encloses_its_middle():
    data = np.zeros((1, 30, 30), dtype=np.uint8)
    data[0, 5:25, 5:25] = Material.CRYSTAL
    data[0, 10:20, 10:20] = Material.LIQUOR
    assert "what it encloses is 33 % of its volume" in texts(Labels(data, 0.5))


def test_a_bore_that_is_open_is_no_hole():
    data = sample_labels().data.copy()
    data[:, 17:19, 17:19] = np.where(data[:, 17:19, 17:19] == Material.CRYSTAL, Material.LIQUOR, data[:, 17:19, 17:19])
    assert "holes" not in texts(Labels(data, 0.5))


def test_a_crystal_that_stands_out_of_its_liquor_is_believed():
    data = np.zeros((20, 20, 20), dtype=np.uint8)
    data[4:12, 4:16, 4:16] = Material.LIQUOR
    data[6:16, 6:14, 6:14] = Material.CRYSTAL
    assert "[warning]" not in texts(Labels(data, 1.0)).replace("[warning] No loop", "")


def test_doubt_about_the_crystal_is_told_though_the_sample_is_clear():
    told = texts(sample_labels(), uncertainty=MeanUncertainty(0.07, 0.64))
    assert "[warning] The network is unsure of the crystal (mean uncertainty 0.64" in told
    labels = sample_labels()
    uncertainty = np.where(labels.data == Material.CRYSTAL, 127, 25).astype(np.uint8)
    means = MeanUncertainty.of(labels, uncertainty)
    solid = labels.data > 0
    assert means.crystal == pytest.approx(127 / 255)
    assert means.sample == pytest.approx(uncertainty[solid].mean() / 255)


def test_specks_for_a_crystal_are_told():
    data = sample_labels().data.copy()
    data[data == Material.CRYSTAL] = Material.LIQUOR
    data[18, 18, 16:20] = Material.CRYSTAL
    assert "[warning] Only 4 voxels are crystal" in texts(Labels(data, 0.5))


def test_voxels_of_unknown_size_are_judged_too():
    assert "[good] The crystal is in one piece." in texts(Labels(sample_labels().data, None))
