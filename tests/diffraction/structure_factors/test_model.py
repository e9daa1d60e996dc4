from __future__ import annotations

import gemmi
import numpy as np
import pytest

from napari_crystalseg.diffraction.structure_factors import structure_factors_of_model
from napari_crystalseg.errors import InputError


@pytest.fixture
def model(tmp_path):
    """A few atoms, one of them sulphur, in a polar space group."""
    structure = gemmi.Structure()
    structure.cell = gemmi.UnitCell(30, 32, 34, 90, 100, 90)
    structure.spacegroup_hm = "P 1 21 1"
    chain = gemmi.Chain("A")
    rng = np.random.default_rng(2)
    for number, element in enumerate(["S", "S", *"CNOCCNOCCCNO"]):
        residue, atom = gemmi.Residue(), gemmi.Atom()
        residue.name, residue.seqid = "ALA", gemmi.SeqId(str(number + 1))
        atom.name, atom.element = element, gemmi.Element(element)
        atom.pos, atom.b_iso = gemmi.Position(*rng.uniform(0, 20, 3)), 15.0
        residue.add_atom(atom)
        chain.add_residue(residue)
    one = gemmi.Model("1")
    one.add_chain(chain)
    structure.add_model(one)
    path = tmp_path / "model.pdb"
    path.write_text(structure.make_pdb_string())
    return path


def test_they_are_gemmis_direct_sums(model):
    factors = structure_factors_of_model(model, 2.5, bulk_solvent=False)
    structure = gemmi.read_structure(str(model))
    direct = gemmi.StructureFactorCalculatorX(structure.cell)
    expected = [abs(direct.calculate_sf_from_model(structure[0], one)) for one in factors.miller_index.tolist()]
    assert np.sqrt(factors.intensity_plus) == pytest.approx(np.array(expected), abs=0.01 * np.mean(expected))


def test_sulphur_breaks_friedels_law_as_a_direct_sum_says(model):
    energy = 7.0
    factors = structure_factors_of_model(model, 2.5, energy_kev=energy, bulk_solvent=False)
    structure = gemmi.read_structure(str(model))
    images = list(structure.find_spacegroup().operations())

    def summed(index):
        total = 0j
        s_squared = structure.cell.calculate_1_d2(index) / 4
        for site in structure[0].all():
            atom, table = site.atom, site.atom.element.it92
            real, second = gemmi.cromer_liberman(atom.element.atomic_number, 1000 * energy)
            factor = table.c + sum(a * np.exp(-b * s_squared) for a, b in zip(table.a, table.b, strict=True))
            factor = factor + real + 1j * (second if atom.element.name == "S" else 0)
            place = structure.cell.fractionalize(atom.pos).tolist()
            phases = (np.exp(2j * np.pi * np.dot(index, image.apply_to_xyz(place))) for image in images)
            total += factor * np.exp(-atom.b_iso * s_squared) * sum(phases)
        return abs(total) ** 2

    rows = np.flatnonzero(~factors.centric)[::20]
    ours = factors.intensity_plus[rows] - factors.intensity_minus[rows]
    index = factors.miller_index[rows]
    theirs = np.array([summed(one) - summed((-np.array(one)).tolist()) for one in index.tolist()])
    assert np.corrcoef(ours, theirs)[0, 1] > 0.999
    assert np.abs(ours).max() > 0
    assert factors.anomalous_ratio() > 0.005


def test_solvent_changes_low_resolution_alone(model):
    wet, dry = (structure_factors_of_model(model, 2.0, bulk_solvent=one) for one in (True, False))
    change = np.abs(np.sqrt(wet.intensity_plus) - np.sqrt(dry.intensity_plus)) / np.sqrt(dry.intensity_plus).mean()
    assert change[wet.d_spacing > 10].mean() > 20 * change[wet.d_spacing < 2.2].mean()


def test_files_that_are_no_models(tmp_path, model):
    text = tmp_path / "notes.pdb"
    text.write_text("nothing here\n")
    with pytest.raises(InputError, match="no atoms"):
        structure_factors_of_model(text, 2.0)
    bare = tmp_path / "bare.pdb"
    bare.write_text("\n".join(line for line in model.read_text().splitlines() if not line.startswith("CRYST1")))
    with pytest.raises(InputError, match="unit cell and a space group"):
        structure_factors_of_model(bare, 2.0)
    with pytest.raises(InputError):
        structure_factors_of_model(tmp_path / "missing.pdb", 2.0)
