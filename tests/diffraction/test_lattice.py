from __future__ import annotations

import gemmi
import numpy as np
import pytest

from napari_crystalseg.diffraction.lattice import LATTICE_PRESETS, Lattice
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment import read_experiment
from napari_crystalseg.samples import sample_data_folder


@pytest.mark.parametrize("name", LATTICE_PRESETS)
def test_presets_are_right_handed_and_come_back_from_their_axes(name):
    lattice = Lattice.preset(name).turned(3)
    back = Lattice.of_reciprocal_axes(lattice.reciprocal_axes, lattice.space_group)
    assert back.cell == pytest.approx(lattice.cell)
    assert back.orientation == pytest.approx(lattice.orientation)
    assert np.linalg.det(lattice.reciprocal_axes) == pytest.approx(1 / lattice.volume_a3)


def test_proteinase_k_is_that_of_its_structure_file():
    assert Lattice.preset("Proteinase K").cell[:3] == (67.288, 67.288, 106.582)
    assert Lattice.preset("proteinase-k-as-printed").cell[:3] == (58.3, 58.3, 63.6)


def test_spacings_are_gemmis():
    lattice = Lattice((40, 50, 60, 80, 95, 110), "P 1").turned(1)
    for index in ((1, 2, 3), (-4, 0, 7)):
        assert lattice.d_spacing([index])[0] == pytest.approx(lattice.gemmi_cell.calculate_d(index))


@pytest.mark.parametrize("group", ["P 43 21 2", "P 61 2 2", "I 21 3", "P 1 21 1", "R 3:H"])
def test_one_of_each_set_stands_for_it_as_gemmi_counts_sets(group):
    hexagonal = group in ("P 61 2 2", "R 3:H")
    cell = (30, 30, 30, 90, 90, 120 if hexagonal else 90)
    lattice = Lattice(cell, group)
    index = lattice.all_indices(4.0)
    unit, operations = gemmi.ReciprocalAsu(lattice.gemmi_group), lattice.gemmi_group.operations()
    theirs = [unit.to_asu(one, operations) for one in index.tolist()]
    ours, plus = lattice.asymmetric_unit(index)
    pairs = {(tuple(one), tuple(other)) for one, (other, _) in zip(ours.tolist(), theirs, strict=True)}
    assert len(pairs) == len(lattice.unique_indices(4.0)) == len({pair[0] for pair in pairs})
    centric = operations.centric_flag_array(index.astype(np.int32))
    assert plus[centric].all()
    # Within a set, those that gemmi reaches without Friedel's law are those that are reached so here, or all others.
    number = np.array([isym % 2 for _, isym in theirs])
    same = (plus == (number == 1))[~centric]
    for one in {tuple(row) for row in ours[~centric].tolist()}:
        assert len(set(same[(ours[~centric] == one).all(axis=1)])) == 1


@pytest.mark.parametrize(
    ("d_min", "sentence"), [(0.0, "must be positive"), (0.2, "above 511"), (0.45, "lattice points")]
)
def test_resolutions_that_are_too_much(d_min, sentence):
    with pytest.raises(InputError, match=sentence):
        Lattice.preset("thaumatin").unique_indices(d_min)


def test_a_cell_that_was_refined_without_its_symmetry_is_taken():
    cell = (78.9, 78.4, 37.0, 90.2, 89.9, 90.1)
    assert Lattice(cell, "P 43 21 2").cell == cell
    assert Lattice((60.1, 59.8, 80.0, 90.0, 90.1, 119.8), "P 61 2 2").space_group == "P 61 2 2"


def test_the_lattice_of_an_experiment():
    sweep = read_experiment(sample_data_folder() / "lcyst_01_first10_integrated.expt").sweeps[0]
    lattice = Lattice.of_sweep(sweep)
    assert lattice.space_group == "P 2 2 2"
    assert lattice.reciprocal_axes == pytest.approx(sweep.reciprocal_axes, abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"space_group": "P 99"}, "no space group known"),
        ({"cell": (50, 50, 50, 90, 90, 190)}, "three angles"),
        ({"cell": (50, 60, 50, 90, 90, 90), "space_group": "P 4"}, "does not go with the space group"),
        ({"cell": (50, 50, 50, 10, 10, 90)}, "has no volume"),
        ({"orientation": 2 * np.eye(3)}, "rotation matrix"),
    ],
)
def test_lattices_that_are_none(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        Lattice(**{"cell": (50, 50, 50, 90, 90, 90), **changes})
