from __future__ import annotations

import numpy as np
import pytest
from known_sample import sample_labels

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.workflows.plausibility import air_contact, findings


def texts(labels, **options):
    return " ".join(f"[{f.level}] {f.text}" for f in findings(labels, **options))


def test_a_good_sample_has_no_complaint():
    assert {finding.level for finding in findings(sample_labels(), mean_uncertainty=0.05)} == {"good"}


def test_pieces_are_counted():
    data = sample_labels().data.copy()
    data[10:26, 10:26, 17:20] = Material.LIQUOR
    # 7 and 6 of 13 layers are left.
    assert "[warning] The crystal is in 2 pieces; the largest is 54 % of it." in texts(Labels(data, 0.5))


def test_a_crystal_at_the_edge_is_a_problem():
    data = sample_labels().data.copy()
    data[10:26, 10:26, 20:] = Material.CRYSTAL
    assert "[problem] The crystal touches the edge of the volume (end of axis x)" in texts(Labels(data, 0.5))


def test_air_contact_is_measured_by_area():
    data = np.zeros((12, 12, 12), dtype=np.uint8)
    data[4:8, 4:8, 4:8] = Material.CRYSTAL
    data[3, 4:8, 4:8] = Material.LIQUOR
    assert air_contact(Labels(data, 1.0)) == pytest.approx(5 / 6)
    # Voxels twice as high: the four sides have area 2, bottom and top 1, and the top is wet.
    assert air_contact(Labels(data, (2.0, 1.0, 1.0))) == pytest.approx(9 / 10)


def test_nothing_found_and_much_uncertainty_are_told():
    labels = Labels(np.zeros((4, 4, 4), dtype=np.uint8), 1.0)
    told = texts(labels, mean_uncertainty=0.5)
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
