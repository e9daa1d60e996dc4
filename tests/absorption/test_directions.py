"""What the files of a diffraction experiment state is used, said or refused, whatever way they state it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from helpers.experiment_files import (
    MU,
    PANEL,
    directions,
    factors,
    joined,
    lopsided,
    rows,
    save_experiment,
    save_table,
    sweep,
)
from napari_crystalseg.absorption import Directions, EditMeter, absorb, export_anacor, map_sensitivity
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.goniometer import rotation_matrices
from napari_crystalseg.samples import sample_data_folder

KAPPA = rotation_matrices([0, 1, 0], 0.6)


def told(found):
    return " ".join(found.statements)


def test_a_real_experiment_is_taken_as_it_is():
    folder = sample_data_folder()
    found = Directions.of_files(
        folder / "lcyst_01_first10_integrated.expt", folder / "lcyst_01_first10_integrated.refl"
    )
    assert found.usable.all()
    # Twelve were predicted and not integrated, and hold the middle of the box in which they were looked for.
    assert [statement[:25] for statement in found.statements[2:]] == ["12 of 92 reflections were"]
    assert found.energies_kev == pytest.approx([17.997], abs=1e-3)


def test_over_the_sphere_there_is_nothing_to_say():
    found = Directions.over_sphere(7)
    assert (found.statements, found.wavelengths_angstrom, found.of_experiment) == ((), (), False)
    with pytest.raises(InputError, match="At least one"):
        Directions.over_sphere(0)


@pytest.mark.parametrize("s1", [True, False])
def test_rows_without_a_position_are_counted_once(tmp_path, s1):
    table = rows()
    for name in [*table]:
        if name.startswith("xyz"):
            table[name][:24] = 0
    if not s1:
        del table["s1"]
    found = directions(tmp_path, [sweep()], table)
    why = "have no position that tells their scan angle" if s1 else "have neither a scattered vector nor a position"
    assert f"24 of 60 rows get no factor: 24 {why}." in found.statements
    assert np.count_nonzero(~found.usable) == 24 and told(found).count("no factor") == 1


def test_rows_of_no_experiment_and_those_elsewhere_are_not_counted_twice(tmp_path):
    table = joined(rows(), rows(seed=1, number=1))
    table["id"][:5] = -1
    found = directions(tmp_path, [sweep("a"), sweep("b")], table)
    assert "5 of 120 rows get no factor: 5 are of no known experiment." in found.statements
    alone = directions(tmp_path, [sweep("a"), sweep("b")], table, experiment_number=0)
    assert told(alone).count("get no factor") == 1 and "no factor" not in told(directions(tmp_path, [sweep()], rows()))


# Several wavelengths


def test_coefficients_are_not_used_for_two_wavelengths(tmp_path):
    both = joined(rows(), rows(seed=1, number=1, wavelength=3.0))
    found = directions(tmp_path, [sweep("a", 2.0), sweep("b", 3.0)], both)
    assert found.wavelengths_angstrom == (2.0, 3.0)
    for use in (
        lambda: absorb(lopsided(), MU, found),
        lambda: map_sensitivity(lopsided(), MU, found),
        lambda: EditMeter(lopsided(), MU, found),
        lambda: export_anacor(lopsided(), tmp_path / "anacor", "a", MU, found),
    ):
        with pytest.raises(InputError, match="taken at 2 and 3 Å, but attenuation coefficients hold for one"):
            use()
    assert not (tmp_path / "anacor").exists()
    # Without coefficients, each sweep has settings of its own to fill in.
    assert export_anacor(lopsided(), tmp_path / "anacor", "a", None, found).is_dir()


def test_one_of_several_wavelengths_can_be_chosen(tmp_path):
    both = joined(rows(), rows(seed=1, number=1, wavelength=3.0))
    sweeps = [sweep("a", 2.0), sweep("b", 3.0)]
    chosen = directions(tmp_path, sweeps, both, experiment_number=1)
    alone = directions(tmp_path, sweeps[1:], rows(seed=1, wavelength=3.0))
    assert chosen.wavelengths_angstrom == (3.0,)
    assert np.isnan(factors(chosen)[:60]).all()
    assert factors(chosen)[60:] == pytest.approx(factors(alone), rel=1e-12)
    assert "60 rows get no factor" in told(chosen)
    with pytest.raises(InputError, match="no experiment 2: the file holds 2"):
        directions(tmp_path, sweeps, both, experiment_number=2)


def test_nearly_equal_wavelengths_are_one(tmp_path):
    both = joined(rows(), rows(seed=1, number=1, wavelength=2.01))
    directions(tmp_path, [sweep("a", 2.0), sweep("b", 2.01)], both).check_one_wavelength()


def test_a_sweep_of_another_wavelength_without_reflections_does_not_matter(tmp_path):
    found = directions(tmp_path, [sweep("a", 2.0), sweep("b", 3.0)], rows())
    found.check_one_wavelength()
    assert "Experiment 1 (of 2, counted from 0) has no reflections" in told(found)


# Frames of reference


def turned_whole(turn, **changes):
    """The plain experiment with everything in the laboratory turned; and its table."""
    panel = {key: (turn @ value).tolist() if len(value) == 3 else value for key, value in PANEL.items()}
    found = sweep(axis=turn @ [1, 0, 0], source=turn @ [0, 0, 1], **changes)
    return found, dict(rows(), s1=rows()["s1"] @ turn.T), panel


@pytest.mark.parametrize(
    ("axis", "angle_deg"),
    [([0, 0, 1], 90), ([0, 0, 1], -90), ([0, 0, 1], 180), ([0, 0, 1], 30), ([0, 1, 0], 180), ([1, 1, 1], 120)],
)
def test_an_experiment_turned_as_a_whole_gives_the_same_factors_when_asked(tmp_path, axis, angle_deg):
    turn = rotation_matrices(axis, np.deg2rad(angle_deg))
    plain = factors(directions(tmp_path, [sweep()], rows()))
    model, table, panel = turned_whole(turn)
    with pytest.raises(InputError, match=r"--axis-0 scan\), or along X all the same"):
        directions(tmp_path, [model], table, panel=panel)
    found = directions(tmp_path, [model], table, panel=panel, axis_0="scan")
    assert factors(found) == pytest.approx(plain, rel=1e-9)
    assert "Axis 0 of the labels is taken along the scan axis" in told(found)


def test_turned_about_the_axis_it_is_refused_for_its_beam(tmp_path):
    """The source along +Y: the labels' axis 1 cannot be +Z and point to it."""
    model, table, panel = turned_whole(rotation_matrices([1, 0, 0], -np.pi / 2))
    with pytest.raises(InputError, match=r"source lies along \+Y of DIALS, 90° from \+Z"):
        directions(tmp_path, [model], table, panel=panel)
    found = directions(tmp_path, [model], table, panel=panel, axis_0="scan")
    assert factors(found) == pytest.approx(factors(directions(tmp_path, [sweep()], rows())), rel=1e-9)


def test_a_vertical_axis_is_refused_by_its_name_and_can_be_taken_either_way(tmp_path):
    model = sweep(axis=(0, 1.0, 0))
    with pytest.raises(InputError, match=r"turns about \+Y of DIALS, 90° from X"):
        directions(tmp_path, [model], rows())
    turn = np.array([[0, 1.0, 0], [-1, 0, 0], [0, 0, 1]])  # about the beam until the axis is X
    panel = {key: (turn @ value).tolist() if len(value) == 3 else value for key, value in PANEL.items()}
    expected = directions(tmp_path, [sweep()], dict(rows(), s1=rows()["s1"] @ turn.T), panel=panel)
    found = directions(tmp_path, [model], rows(), axis_0="scan")
    assert factors(found) == pytest.approx(factors(expected), rel=1e-9)
    kept = directions(tmp_path, [model], rows(), axis_0="x")
    assert "along X all the same" in told(kept)
    assert not np.allclose(factors(kept), factors(found), rtol=0.05)


def test_the_sense_of_the_axis_is_told(tmp_path):
    with pytest.raises(InputError, match=r"turns about -X .* right-handed about axis 0, which is \+X"):
        directions(tmp_path, [sweep(axis=(-1.0, 0, 0))], rows())


def test_a_lab_axis_along_x_by_its_setting_is_the_plain_experiment(tmp_path):
    """The axis is written along Y and set along X: turned with the setting, all is as if it were written along X."""
    setting = rotation_matrices([0, 0, 1], -np.pi / 2)
    found = directions(tmp_path, [sweep(axis=(0, 1.0, 0), setting=setting)], rows(), axis_0="scan")
    assert factors(found) == pytest.approx(factors(directions(tmp_path, [sweep()], rows())), rel=1e-9)


def test_a_setting_that_turns_the_axis_about_the_beam_is_the_turned_experiment(tmp_path):
    """Written along X and set along Y: no other frame is needed, as the setting is honoured."""
    setting = rotation_matrices([0, 0, 1], np.pi / 2)
    found = directions(tmp_path, [sweep(setting=setting)], rows())
    vertical = directions(tmp_path, [sweep(axis=(0, 1.0, 0))], rows(), axis_0="scan")
    assert factors(found) == pytest.approx(factors(vertical), rel=1e-9)


def test_anacor_gets_the_turned_goniometer(tmp_path):
    model, table, panel = turned_whole(rotation_matrices([0, 0, 1], np.pi / 2), fixed=KAPPA)
    found = directions(tmp_path, [model], table, panel=panel, axis_0="scan")
    store = export_anacor(lopsided(), tmp_path / "anacor", "a", MU, found)
    (goniometer, beam), written = (
        json.loads(next((store / "a_save_data").glob(f"*_{kind}_False.json")).read_text()) for kind in ("expt", "refl")
    )
    assert goniometer["axes"][2] == pytest.approx([1, 0, 0], abs=1e-12)
    fixed = rotation_matrices(goniometer["axes"][0], np.deg2rad(goniometer["angles"][0]))
    phi = found.rows.phi_rad[5]
    back = (rotation_matrices(goniometer["axes"][2], phi) @ fixed).T @ beam["direction"]
    assert back[[0, 2, 1]] == pytest.approx(found.incident[5], abs=1e-6)
    assert float(written[5]["xyzobs.mm.value"].strip("()").split(",")[2]) == phi


@pytest.mark.parametrize("scan_axis", [0, 2])
def test_kappa_goniometers_are_taken(tmp_path, scan_axis):
    model = sweep()
    model["goniometer"] = {
        "axes": [[1.0, 0, 0], [0.64, -0.77, 0], [1.0, 0, 0]],
        "angles": [10.0, 70.0, 20.0],
        "names": ["PHI", "KAPPA", "OMEGA"],
        "scan_axis": scan_axis,
    }
    found = directions(tmp_path, [model], rows())
    assert found.usable.all()
    assert "turns about" not in told(found)


def test_a_scan_about_another_axis_of_the_goniometer_says_what_is_assumed(tmp_path):
    model = sweep()
    model["goniometer"] = {"axes": [[0.5774, -0.8165, 0], [1.0, 0, 0]], "angles": [0.0, 30.0], "scan_axis": 0}
    assert "about the axis of the goniometer along X, all angles being zero" in told(
        directions(tmp_path, [model], rows())
    )


# Which sweep a row is of


def two():
    return [sweep("a"), sweep("b", fixed=KAPPA)], joined(rows(), rows(seed=1, number=1))


def test_an_identifier_that_stands_for_two_is_refused(tmp_path):
    sweeps, table = two()
    same = [dict(model, name="0") for model in sweeps]
    with pytest.raises(InputError, match="experiment list gives the identifier '0' to 2 experiments"):
        directions(tmp_path, same, table)
    with pytest.raises(InputError, match="reflection table gives the identifier 'a' to 2 experiments"):
        directions(tmp_path, sweeps, table, {0: "a", 1: "a"})
    with pytest.raises(InputError, match="both stand for experiment 1"):
        directions(tmp_path, sweeps, table, {0: "b"})


def test_a_sweep_without_reflections_is_said(tmp_path):
    sweeps, table = two()
    nameless = [dict(model, name="") for model in sweeps]
    found = directions(tmp_path, nameless, dict(table, id=0 * table["id"]), {0: ""})
    assert "Experiment 1 (of 2, counted from 0) has no reflections in the table" in told(found)
    assert "has no reflections" not in told(directions(tmp_path, sweeps, table))


def test_rows_outside_of_their_scan_are_refused(tmp_path):
    later = rows(start=229.0)
    with pytest.raises(InputError, match=r"reflections lie outside of the scan of experiment 0: .* from 0° to 180°"):
        directions(tmp_path, [sweep()], {k: v for k, v in later.items() if "px" not in k})
    few = rows()
    for name in ("xyzobs.mm.value", "xyzcal.mm"):
        few[name][3, 2] = np.deg2rad(229)
    found = directions(tmp_path, [sweep()], {k: v for k, v in few.items() if "px" not in k})
    assert "1 of 60 reflections lie outside" in told(found)
    # A whole turn more is the same place.
    for name in ("xyzobs.mm.value", "xyzcal.mm"):
        few[name] = rows()[name] + [0, 0, 2 * np.pi]
    assert "outside" not in told(directions(tmp_path, [sweep()], few))


def test_angles_that_are_not_those_of_the_images_are_refused(tmp_path):
    with pytest.raises(InputError, match="are not those that the scan has at their images"):
        directions(tmp_path, [sweep(start=30.0)], rows())
    degrees = rows()
    for name in ("xyzobs.mm.value", "xyzcal.mm"):
        degrees[name][:, 2] = np.degrees(degrees[name][:, 2])
    with pytest.raises(InputError, match="are not those that the scan has at their images"):
        directions(tmp_path, [sweep()], degrees)


# Rows that were not observed

WEAK = np.arange(100) % 5 < 2


def unobserved(how):
    """A table of which two rows in five were not observed, told in one of the ways in use."""
    table = rows(100, start=-60.0)
    mm, px = table["xyzobs.mm.value"], table["xyzobs.px.value"]
    start = [0, 0, np.deg2rad(-60)]
    if how == "zero in both":
        mm[WEAK], px[WEAK] = 0, 0
    elif how == "zero in px, the scan's start in mm":
        mm[WEAK], px[WEAK] = start, 0
    elif how == "zero in mm alone":
        mm[WEAK] = 0
        del table["xyzobs.px.value"]
    elif how == "the scan's start in mm alone":
        mm[WEAK] = start
        del table["xyzobs.px.value"]
    elif how == "zero in px alone":
        px[WEAK] = 0
        del table["xyzobs.mm.value"]
    elif how == "not a number":
        mm[WEAK], px[WEAK] = np.nan, np.nan
    elif how == "far away":
        mm[WEAK] = [3.0, 4.0, np.deg2rad(-60)]
        px[WEAK] = [30.0, 40.0, 0]
    elif how == "flags":
        mm[WEAK], px[WEAK] = [0.2, 0.2, np.deg2rad(-60)], [2.0, 2.0, 0]
        table["flags"] = np.where(WEAK, 1, 1 | 32 | 256)
    return table


HOW = (
    "zero in both",
    "zero in px, the scan's start in mm",
    "zero in mm alone",
    "the scan's start in mm alone",
    "zero in px alone",
    "not a number",
    "far away",
    "flags",
)


@pytest.mark.parametrize("corner", [False, True])
@pytest.mark.parametrize("how", HOW)
def test_rows_that_were_not_observed_get_their_calculated_place(tmp_path, how, corner):
    good = directions(tmp_path, [sweep(start=-60.0)], rows(100, start=-60.0))
    table = unobserved(how)
    if corner:  # s1 made of the same zeros
        towards = np.array(PANEL["origin"])
        table["s1"][WEAK] = towards / np.linalg.norm(towards) / 2
    found = directions(tmp_path, [sweep(start=-60.0)], table)
    assert found.incident == pytest.approx(good.incident, abs=1e-9)
    assert found.leaving == pytest.approx(good.leaving, abs=1e-9)
    assert "40 of 100 reflections were not observed" in told(found)
    assert ("s1 of 40 rows" in told(found)) == corner


def test_zero_in_pixels_is_told_through_a_corrected_parallax(tmp_path):
    panel = dict(PANEL, mu=3.0, thickness=0.32, px_mm_strategy={"type": "ParallaxCorrectedPxMmStrategy"})
    table = rows(100, start=-60.0)
    del table["xyzcal.px"]
    table["xyzobs.px.value"][WEAK] = 0
    table["xyzobs.mm.value"][WEAK] = [0.02, -0.02, np.deg2rad(-60)]
    found = directions(tmp_path, [sweep(start=-60.0)], table, panel=panel)
    assert np.degrees(found.rows.phi_rad) == pytest.approx(np.degrees(table["xyzcal.mm"][:, 2]))


def test_a_row_known_in_one_unit_only_is_known(tmp_path):
    """Pixels that no program filled in say nothing against good positions in mm."""
    table = rows()
    table["xyzobs.px.value"][:] = 0
    for name in ("xyzcal.mm", "xyzcal.px"):
        del table[name]
    found = directions(tmp_path, [sweep()], table)
    assert found.rows.phi_rad == pytest.approx(rows()["xyzobs.mm.value"][:, 2])


# Scattered vectors


def test_many_vectors_of_other_places_are_refused_though_the_median_is_right(tmp_path):
    table = rows(100)
    table["s1"][:40] = table["s1"][40:80]
    with pytest.raises(InputError, match="scattered vectors of 40 of 100 reflections differ by more than 1°"):
        directions(tmp_path, [sweep()], table)


def test_a_few_get_no_factor_and_are_told(tmp_path):
    table = rows(100)
    table["s1"][7] = table["s1"][8]
    found = directions(tmp_path, [sweep()], table)
    assert np.flatnonzero(~found.usable).tolist() == [7]
    assert "1 by more than 1°" in found.statements[0]
    assert "1 reflections whose s1 contradicts their position get no factor" in told(found)


def test_vectors_that_are_missing_in_some_rows_are_computed(tmp_path):
    table = rows()
    table["s1"][3], table["s1"][4] = 0, np.nan
    found = directions(tmp_path, [sweep()], table)
    assert found.leaving == pytest.approx(directions(tmp_path, [sweep()], rows()).leaving, abs=1e-9)
    assert "s1 of 2 rows that have none" in told(found)


def test_another_detector_position_is_refused(tmp_path):
    moved = dict(PANEL, origin=[-100.0, 260.0, -150.0])
    with pytest.raises(InputError, match="do not belong together"):
        directions(tmp_path, [sweep()], rows(), panel=moved)


# Indices


def real_files(tmp_path, change):
    """The real experiment with its record changed; and the path to its table."""
    folder = sample_data_folder()
    record = json.loads((folder / "lcyst_01_first10_integrated.expt").read_text())
    change(record)
    (tmp_path / "x.expt").write_text(json.dumps(record))
    return tmp_path / "x.expt", folder / "lcyst_01_first10_integrated.refl"


def test_a_goniometer_of_another_setting_is_doubted_by_the_crystal(tmp_path):
    def change(record):
        record["goniometer"][0]["angles"][0] = 20.0

    found = Directions.of_files(*real_files(tmp_path, change))
    assert "do not predict the scattered vectors of" in told(found)


def test_rows_that_lost_their_sweep_are_doubted_by_the_crystal(tmp_path):
    """Of two settings in one file all rows say that they are of the second."""

    def change(record):
        record["goniometer"].insert(0, dict(record["goniometer"][0], angles=[20.0, -145.0]))
        first = dict(record["experiment"][0], identifier="")
        record["experiment"] = [first, dict(first, goniometer=1)]

    found = Directions.of_files(*real_files(tmp_path, change))
    assert "experiment 0 do not predict" in told(found)
    assert "Experiment 1 (of 2, counted from 0) has no reflections" in told(found)


def test_a_crystal_that_cannot_be_read_is_not_needed(tmp_path):
    def change(record):
        record["crystal"][0]["real_space_a"] = [0, 0, "x"]

    assert "predict" not in told(Directions.of_files(*real_files(tmp_path, change)))


# No rotation scan


def test_what_is_no_rotation_scan_at_one_wavelength_is_refused(tmp_path):
    still = sweep()
    still["scan"]["oscillation"] = [0.0, 0.0]
    laue = sweep()
    del laue["beam"]["wavelength"]
    for model, match in ((still, "is a still"), (laue, "gives no wavelength")):
        table = {k: v for k, v in rows().items() if "px" not in k}
        table["xyzobs.mm.value"][:, 2] = table["xyzcal.mm"][:, 2] = 0
        with pytest.raises(InputError, match=match):
            directions(tmp_path, [model], table)


def test_no_reflection_with_a_direction(tmp_path):
    table = {k: np.zeros_like(v) for k, v in rows().items()}
    with pytest.raises(InputError, match="No reflection has a usable direction"):
        directions(tmp_path, [sweep()], table)
    with pytest.raises(InputError, match="empty"):
        directions(tmp_path, [sweep()], {k: v[:0] for k, v in rows().items()})


def test_several_crystals_in_one_scan_are_told(tmp_path):
    sweeps, table = two()
    save_experiment(tmp_path / "y.expt", *sweeps)
    record = json.loads((tmp_path / "y.expt").read_text())
    for entry, crystal in zip(record["experiment"], (0, 1), strict=True):
        entry.update(crystal=crystal, scan=0, goniometer=0)
    (tmp_path / "y.expt").write_text(json.dumps(record))
    found = Directions.of_files(tmp_path / "y.expt", save_table(tmp_path / "y.refl", table, {0: "a", 1: "b"}))
    assert "2 crystals were indexed in one scan" in told(found)


def with_crystals(folder, *bases):
    """Two sweeps of crystals with these real-space axes, one a row, Å; their directions."""
    directions(folder, [sweep("a"), sweep("b")], joined(rows(), rows(seed=1, number=1)))
    record = json.loads((folder / "x.expt").read_text())
    record["crystal"] = [
        {f"real_space_{name}": list(row) for name, row in zip("abc", one, strict=True)} for one in bases
    ]
    for number, entry in enumerate(record["experiment"]):
        entry["crystal"] = number
    (folder / "x.expt").write_text(json.dumps(record))
    return told(Directions.of_files(folder / "x.expt", folder / "x.refl"))


def test_sweeps_of_other_crystals_are_said(tmp_path):
    cell = np.diag([78.0, 60.0, 40.0])
    turned = cell @ rotation_matrices([1, 2, 3], 0.4).T
    slipped = cell @ rotation_matrices([1, 2, 3], 0.02).T
    for other in (np.diag([40.0, 40.0, 40.0]), turned):
        said = with_crystals(tmp_path, cell, other)
        assert "The lattice of experiment 1 is another one, or lies otherwise in the sample" in said
    # The same lattice, slipped a little, or indexed by other axes.
    for same in (cell, slipped, 1.002 * cell, cell[[1, 2, 0]], np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]]) @ cell):
        assert "lattice" not in with_crystals(tmp_path, cell, same)


def test_a_table_that_lost_its_experiments_is_judged_all_the_same(tmp_path):
    lost = dict(rows(), id=np.full(60, -1))
    assert "No row of the table says its experiment" in told(directions(tmp_path, [sweep()], lost))
    with pytest.raises(InputError, match="the files do not belong together"):
        directions(tmp_path, [sweep()], dict(lost, s1=-lost["s1"]))
