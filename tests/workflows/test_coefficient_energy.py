from __future__ import annotations

import json

import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.coefficient_energy import (
    coefficients_for,
    coefficients_of_tomogram,
    convert,
    energy_statements,
)
from napari_crystalseg.workflows.coefficient_file import read_coefficients
from napari_crystalseg.workflows.coefficients import tabulated, tabulated_per_um
from napari_crystalseg.xray import total_attenuation_per_um
from napari_crystalseg.xray.substances.substance import ammonium_sulphate, kapton, peg_400, protein, protein_crystal


@pytest.mark.parametrize(("from_kev", "to_kev"), [(5.812, 18.0), (18.0, 5.812), (4.5, 3.5), (12.4, 12.7)])
def test_converted_coefficients_of_known_substances_lie_within_the_stated_error(from_kev, to_kev):
    for liquor in (ammonium_sulphate(), peg_400()):
        substances = {"liquor": liquor, "loop": kapton(), "crystal": protein_crystal(protein(), liquor, 0.4)}
        at = {
            energy: {t: total_attenuation_per_um(s, energy) for t, s in substances.items()}
            for energy in (from_kev, to_kev)
        }
        made = convert(Coefficients(**at[from_kev], energy_kev=from_kev), to_kev)
        assert made.coefficients.energy_kev == to_kev
        for title, value in at[to_kev].items():
            error = abs(value / getattr(made.coefficients, title) - 1)
            assert error <= 1.02 * made.relative_error[title] + 1e-9
            assert made.relative_error[title] < 0.1


def test_a_small_step_in_energy_goes_with_its_third_power():
    made = convert(Coefficients(0.01, 0.01, 0.01, energy_kev=8.0), 8.1)
    assert made.coefficients.crystal == pytest.approx(0.01 * (8.0 / 8.1) ** 3, rel=0.01)


def test_what_cannot_be_converted_is_refused():
    with pytest.raises(InputError, match="do not say for which energy"):
        convert(Coefficients(0.01, 0.01, 0.01), 18.0)
    with pytest.raises(InputError, match="class 4"):
        convert(Coefficients(0.01, 0.01, 0.01, other=0.1, energy_kev=6.0), 18.0)
    with pytest.raises(InputError, match="none is given"):
        coefficients_for(Coefficients(0.01, 0.01, 0.01, energy_kev=6.0), [], convert_them=True)


def test_coefficients_of_tables_at_another_energy_are_told():
    first = tabulated(6.2)
    assert coefficients_for(first, [6.199])[1] == ()
    found, said = coefficients_for(first, [4.133])
    assert found.crystal == tabulated(4.133).crystal
    assert said[0].startswith("Reflections at 4.133 keV have coefficients of typical materials") and "0.009" in said[0]


def test_the_same_energy_is_left_as_it_is():
    given = Coefficients(0.01, 0.01, 0.01, energy_kev=12.0)
    assert coefficients_for(given, [12.05], convert_them=True)[0] == given


def test_what_the_user_must_know_is_said():
    liquor, loop, crystal = tabulated_per_um(18.0)
    assert energy_statements(Coefficients(liquor, loop, crystal, energy_kev=18.0), [18.0]) == ()
    assert "taken for those at 18 keV" in energy_statements(Coefficients(liquor, loop, crystal), [18.0])[0]
    assert "EXAMPLE" in energy_statements(Coefficients(0.02, 0.02, 0.02, origin="example"), [])[0]
    # 1/mm taken for 1/µm, or those of a longer wavelength: a crystal has 0.0001 1/µm there.
    doubted = energy_statements(Coefficients(0.02, 0.018, 0.019), [18.0])[-1]
    assert doubted.startswith("LOOK at the crystal's coefficient of 0.019") and "about 3" in doubted


def test_measured_coefficients_are_read_with_their_energy(tmp_path):
    entry = {"crystal": 0.011, "liquor": 0.012, "loop": None, "other": None}
    record = {
        "energy_kev": 5.8,
        "coefficients_per_um": {k: {"value": v, "standard_error": 0.001} for k, v in entry.items()},
    }
    path = tmp_path / "coefficients.json"
    path.write_text(json.dumps(record))
    read = read_coefficients(path)
    assert read == Coefficients(0.012, 0.012, 0.011, None, 5.8, "measured")


@pytest.mark.parametrize(
    "text", ["", "[" * 100000, "{}", "[1]", '{"energy_kev": 5, "coefficients_per_um": 3}', "\u0000"]
)
def test_other_files_are_refused_in_a_sentence(tmp_path, text):
    path = tmp_path / "coefficients.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"coefficients\.json"):
        read_coefficients(path)


def test_voxel_values_of_another_energy_are_held_against_converted_coefficients():
    given = Coefficients(0.01, 0.01, 0.012, other=0.5, energy_kev=8.0)
    assert coefficients_of_tomogram(given, 8.0) is given and coefficients_of_tomogram(given, None) is given
    assert coefficients_of_tomogram(None, 8.0) is None
    unknown = Coefficients(0.01, 0.01, 0.012)
    assert coefficients_of_tomogram(unknown, 9.0) is unknown
    made = coefficients_of_tomogram(given, 9.0)
    wanted = convert(Coefficients(0.01, 0.01, 0.012, energy_kev=8.0), 9.0).coefficients
    assert made == wanted and made.energy_kev == 9.0 and made.crystal < given.crystal
