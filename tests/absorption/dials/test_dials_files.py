"""The models of a real DIALS experiment must predict its own scattered vectors."""

from __future__ import annotations

import json
from dataclasses import replace

import msgpack
import numpy as np
import pytest

from napari_crystalseg.absorption import Directions
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment import Experiment, Sweep, read_experiment, read_reflections
from napari_crystalseg.experiment.goniometer import Goniometer, rotation_matrices
from napari_crystalseg.experiment.table.reflection_file import read_table
from napari_crystalseg.samples import sample_data_folder

EXPT = "lcyst_01_first10_integrated.expt"
REFL = "lcyst_01_first10_integrated.refl"


@pytest.fixture
def folder():
    return sample_data_folder()


def reciprocal_matrix(path):
    """A = UB of the crystal: its rows are inverse to the real-space axes."""
    crystal = json.loads(path.read_text())["crystal"][0]
    return np.linalg.inv([crystal[f"real_space_{axis}"] for axis in "abc"])


def test_goniometer_predicts_the_scattered_vectors_of_the_table(folder):
    """s1 = s0 + S R(phi) F A h, at the calculated angle, must be the table's s1 to rounding."""
    sweep = read_experiment(folder / EXPT).sweeps[0]
    columns, _ = read_table(folder / REFL)
    indexed = columns["id"] >= 0
    assert indexed.sum() == 85
    phi, hkl = columns["xyzcal.mm"][indexed, 2], columns["miller_index"][indexed]
    r_lab = np.einsum("nij,nj->ni", sweep.goniometer.rotation(phi), hkl @ reciprocal_matrix(folder / EXPT).T)
    assert np.abs(r_lab - sweep.source_direction / sweep.wavelength - columns["s1"][indexed]).max() < 1e-12


def test_table_is_read_in_row_order(folder):
    table = read_reflections(folder / REFL)
    raw = msgpack.unpackb((folder / REFL).read_bytes(), strict_map_key=False)[2]["data"]
    assert len(table) == 92
    assert table.miller_index[[0, -1]].tobytes() == (
        np.frombuffer(raw["miller_index"][1][1], "<i4")
        .reshape(-1, 3)
        .astype(table.miller_index.dtype)[[0, -1]]
        .tobytes()
    )
    assert np.unique(table.experiment_id, return_counts=True)[1].tolist() == [7, 85]  # seven spots were not indexed
    assert table.flags.dtype == np.uint64
    assert np.degrees(table.observed_mm[:, 2]).min() >= -145.0
    assert np.degrees(table.observed_mm[:, 2]).max() <= -144.0


def test_scan_and_provenance_are_read(folder):
    experiment = read_experiment(folder / EXPT)
    sweep = experiment.sweeps[0]
    assert sweep.wavelength == 0.6889
    assert sweep.oscillation_deg == (-145.0, 0.1)
    assert sweep.image_range == (1, 10)
    assert list(experiment.provenance.inputs) == [EXPT]


def test_rays_undo_the_rotation(folder):
    rays = Directions.of_files(folder / EXPT, folder / REFL)
    sweep, table = rays.sweeps[0], rays.rows
    turned = sweep.goniometer.rotation(table.phi_rad)
    # Back from array axes (z, y, x) = (X, Z, Y), then turned into the laboratory again.
    back = np.einsum("nij,nj->ni", turned, rays.incident[:, [0, 2, 1]])
    assert np.allclose(back, sweep.source_direction, atol=1e-12)
    back = np.einsum("nij,nj->ni", turned, rays.leaving[:, [0, 2, 1]])
    assert np.allclose(back / sweep.wavelength, table.s1, atol=1e-9)


def test_offset_adds_to_the_scan_angle(folder):
    experiment, table = read_experiment(folder / EXPT), read_reflections(folder / REFL)
    phi = Directions.of(experiment, table).rows.phi_rad
    later = replace(table, phi_rad=phi + np.deg2rad(7.0))
    a, b = Directions.of(experiment, table, 7.0), Directions.of(experiment, replace(table, phi_rad=phi))
    assert np.allclose(a.incident, Directions.of(wide(experiment), later).incident, atol=1e-12)
    assert np.allclose(a.leaving, Directions.of(wide(experiment), later).leaving, atol=1e-12)
    assert not np.allclose(a.incident, b.incident, atol=0.01)


def wide(experiment):
    """The experiment with a scan that holds every angle."""
    return replace(experiment, sweeps=tuple(replace(sweep, image_range=None) for sweep in experiment.sweeps))


def test_axes_below_the_scan_axis_are_fixed_and_those_above_are_setting():
    angles = [20.0, 30.0, 40.0]
    axes = np.eye(3)
    turns = [rotation_matrices(axis, np.deg2rad(a)) for axis, a in zip(axes, angles, strict=True)]
    goniometer = Goniometer.from_dict({"axes": axes.tolist(), "angles": angles, "scan_axis": 1})
    # dxtbx: from the sample to the base, each later axis from the left.
    assert np.allclose(goniometer.rotation(np.deg2rad(30.0)), turns[2] @ turns[1] @ turns[0])


def test_single_axis_with_fixed_and_setting_rotation():
    fixed, setting = rotation_matrices([0, 1, 0], 0.3), rotation_matrices([0, 0, 1], 0.2)
    goniometer = Goniometer.from_dict(
        {
            "rotation_axis": [1, 0, 0],
            "fixed_rotation": fixed.reshape(-1).tolist(),
            "setting_rotation": setting.reshape(-1).tolist(),
        }
    )
    assert np.allclose(goniometer.rotation(0.5), setting @ rotation_matrices([1, 0, 0], 0.5) @ fixed)
    assert np.allclose(rotation_matrices([1, 0, 0], np.pi / 2) @ [0, 1, 0], [0, 0, 1])


def test_rows_of_several_sweeps_use_their_own(folder, tmp_path):
    record = json.loads((folder / EXPT).read_text())
    second = {**record["experiment"][0], "identifier": "", "beam": 1}
    record["experiment"][0]["identifier"] = ""
    record["experiment"].append(second)
    record["beam"].append({**record["beam"][0], "direction": [0.0, 0.0, 1.0]})
    (tmp_path / "two.expt").write_text(json.dumps(record))
    experiment = read_experiment(tmp_path / "two.expt")
    table = read_reflections(folder / REFL)
    ids = np.arange(len(table)) % 2
    ids[-1] = -1
    incident = Directions.of(experiment, replace(table, experiment_id=ids, identifiers={}, s1=None)).incident
    assert np.isnan(incident[-1]).all()  # it could be of either
    incident, ids[-1] = incident[:-1], 1
    alone = Directions.of_files(folder / EXPT, folder / REFL).incident
    assert np.allclose(incident[::2], alone[:-1:2])
    assert not np.allclose(incident[1::2], alone[1:-1:2], atol=0.01)
    with pytest.raises(InputError, match="experiment 2"):
        Directions.of(experiment, replace(table, experiment_id=ids + 1, identifiers={}))


def test_broken_rows_have_no_direction(folder):
    """Where there is no detector to compute them from."""
    table, experiment = read_reflections(folder / REFL), read_experiment(folder / EXPT)
    experiment = replace(experiment, sweeps=(replace(experiment.sweeps[0], detector=None),))
    s1, phi = table.s1.copy(), Directions.of(experiment, table).rows.phi_rad.copy()
    s1[3] = np.nan
    s1[4] = 0
    phi[5] = np.nan
    rays = Directions.of(experiment, replace(table, s1=s1, phi_rad=phi))
    assert np.flatnonzero(~rays.usable).tolist() == [3, 4, 5]


def test_table_of_another_wavelength_is_refused(folder):
    table = read_reflections(folder / REFL)
    with pytest.raises(InputError, match="does not belong"):
        Directions.of(read_experiment(folder / EXPT), replace(table, s1=table.s1 * 2))


def changed(folder, tmp_path, **models):
    """The sample experiment with entries of its models changed."""
    record = json.loads((folder / EXPT).read_text())
    for name, entries in models.items():
        record[name][0].update(entries)
    (tmp_path / "x.expt").write_text(json.dumps(record))
    return read_experiment(tmp_path / "x.expt").sweeps[0]


def test_scan_varying_models_are_taken_at_their_mean(folder, tmp_path):
    identity = np.eye(3).ravel().tolist()
    plain = read_experiment(folder / EXPT).sweeps[0]
    sweep = changed(
        folder,
        tmp_path,
        beam={"s0_at_scan_points": [[0, 0, -1.45]] * 11},
        goniometer={"setting_rotation_at_scan_points": [identity] * 11},
        crystal={"A_at_scan_points": [identity] * 11},
    )
    assert plain.scan_varying == {}
    away = np.degrees(np.arccos(plain.source_direction[2]))
    assert sweep.scan_varying == pytest.approx({"beam": away, "goniometer": 0}, abs=1e-6)
    assert (sweep.source_direction == plain.source_direction).all()


@pytest.mark.parametrize(
    ("scan", "oscillation"),
    [
        ({"image_range": [1, 3], "properties": {"oscillation": [10.0, 10.5, 11.0]}}, (10.0, 0.5)),
        ({"properties": {"oscillation": [10.0], "oscillation_width": [0.2]}}, (10.0, 0.2)),
        ({"properties": {"epochs": [0.0]}}, None),
    ],
)
def test_scans_as_newer_programs_write_them(folder, tmp_path, scan, oscillation):
    record = json.loads((folder / EXPT).read_text())
    del record["scan"][0]["oscillation"]
    record["scan"][0].update(scan)
    (tmp_path / "new.expt").write_text(json.dumps(record))
    assert read_experiment(tmp_path / "new.expt").sweeps[0].oscillation_deg == oscillation


def test_positions_in_images_are_angles(folder):
    sweep = read_experiment(folder / EXPT).sweeps[0]
    columns, _ = read_table(folder / REFL)
    assert sweep.scan_angle_rad(columns["xyzcal.px"][:, 2])[columns["id"] == 0] == pytest.approx(
        columns["xyzcal.mm"][columns["id"] == 0, 2]
    )


def test_an_earlier_scaling_is_noticed(folder, tmp_path):
    record = json.loads((folder / EXPT).read_text())
    assert not read_experiment(folder / EXPT).sweeps[0].scaled
    record["experiment"][0]["scaling_model"] = 0
    (tmp_path / "scaled.expt").write_text(json.dumps(record))
    assert read_experiment(tmp_path / "scaled.expt").sweeps[0].scaled


def packed(columns, nrows=1):
    return msgpack.packb(["dials::af::reflection_table", 1, {"identifiers": {}, "nrows": nrows, "data": columns}])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "truncated"),
        (b"not a table at all", "not a DIALS"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (msgpack.packb(["other", 1, {}]), "not a DIALS reflection table"),
        (packed({}), "no column 's1'"),
        (packed({"s1": ["vec3<double>", [1, b"\0" * 23]]}), "damaged"),
        (packed({"s1": ["vec3<double>", [1, b"\0" * 24]]}), "scan angles"),
        (packed({"s1": ["vec3<double>", [0, b""]], "xyzcal.mm": ["vec3<double>", [0, b""]]}, nrows=0), "empty"),
    ],
)
def test_damaged_tables_are_refused(tmp_path, content, message):
    path = tmp_path / "x.refl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_reflections(path)


def test_truncated_table_is_refused(folder, tmp_path):
    path = tmp_path / "x.refl"
    path.write_bytes((folder / REFL).read_bytes()[:-100])
    with pytest.raises(InputError, match="truncated"):
        read_reflections(path)


def test_calculated_angle_stands_in_for_rows_not_observed(tmp_path):
    observed = np.array([[1.0, 2.0, 0.47], [0, 0, 0]])
    calculated = np.array([[1.0, 2.0, 0.4], [3, 4, 0.7]])
    columns = {
        "s1": ["vec3<double>", [2, np.full((2, 3), 3**-0.5).tobytes()]],
        "xyzobs.mm.value": ["vec3<double>", [2, observed.tobytes()]],
        "xyzcal.mm": ["vec3<double>", [2, calculated.tobytes()]],
        "shoebox": ["Shoebox<>", [2, b"anything"]],
    }
    path = tmp_path / "x.refl"
    path.write_bytes(packed(columns, nrows=2))
    goniometer = Goniometer.from_dict({"rotation_axis": [1, 0, 0]})
    sweep = Sweep(np.array([0.0, 0, 1]), 1.0, goniometer, (0.0, 1.0))
    found = Directions.of(Experiment((sweep,)), read_reflections(path))
    assert found.rows.phi_rad.tolist() == [0.47, 0.7]
    assert found.miller_index is None
    assert "1 of 2 reflections were not observed" in " ".join(found.statements)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a DIALS"),
        ("[]", "no list 'experiment'"),
        ('{"experiment": []}', "empty"),
        ('{"experiment": [3]}', "holds other things"),
        ('{"experiment": [{"beam": 0}]}', "refers to beam 0"),
        ('{"experiment": [{"beam": 0}], "beam": [{"direction": [0, 0, 1]}]}', "no goniometer"),
        ('{"experiment": [{"beam": 0, "goniometer": 0}], "beam": [{}], "goniometer": [{}]}', "direction"),
        (
            '{"experiment": [{"beam": 0, "goniometer": 0}], "beam": [{"direction": [0, 0, 1]}], "goniometer": [{}]}',
            "rotation axis",
        ),
    ],
)
def test_damaged_experiments_are_refused(tmp_path, text, message):
    path = tmp_path / "x.expt"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_experiment(path)


def test_missing_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.expt"):
        read_experiment(tmp_path / "none.expt")
    with pytest.raises(InputError, match=r"none\.refl"):
        read_reflections(tmp_path / "none.refl")
