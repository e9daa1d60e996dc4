"""From labels and the files of the sample experiment to everything that is written."""

from __future__ import annotations

import csv
import json

import h5py
import msgpack
import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients, Directions
from napari_crystalseg.absorption.tracing.illumination import Illumination
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.workflows.absorb import AbsorbOutputs, absorb_to_files, scaling_table_name

FOLDER = sample_data_folder()
EXPT, REFL = FOLDER / "lcyst_01_first10_integrated.expt", FOLDER / "lcyst_01_first10_integrated.refl"
MU = Coefficients(liquor=0.01, loop=0.01, crystal=0.02)


@pytest.fixture(scope="module")
def labels():
    data = np.zeros((8, 10, 12), np.uint8)
    data[2:6, 2:8, 3:9] = Material.LIQUOR
    data[3:5, 3:7, 4:7] = Material.CRYSTAL
    return Labels(data, 5.0)


def all_outputs(folder):
    table = folder / scaling_table_name(REFL)
    return AbsorbOutputs(folder / "f.json", folder / "f.csv", folder / "f.h5", folder / "h.png", table)


@pytest.fixture(scope="module")
def made(labels, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return folder, absorb_to_files(labels, MU, Directions.of_files(EXPT, REFL, 3.0), all_outputs(folder), tolerance=0.0)


def test_every_form_holds_the_same_factors(made):
    folder, result = made
    absorption = result.factors.absorption
    table = Directions.of_files(EXPT, REFL)
    record = json.loads((folder / "f.json").read_text())
    assert record["A"] == absorption.tolist()
    assert record["experiment_id"] == table.experiment_id.tolist()
    assert record["miller_index"] == table.miller_index.tolist()
    with h5py.File(folder / "f.h5") as file:
        assert file["A"][:].tolist() == absorption.tolist()
        assert file["path_length_um/crystal"][:].tolist() == record["path_length_um"]["crystal"]
        assert file["miller_index"][:].tolist() == record["miller_index"]
        assert file["experiment_id"][:].tolist() == record["experiment_id"]
        assert json.loads(file.attrs["provenance"]) == record["provenance"]
    with (folder / "f.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[:6] == ["h", "k", "l", "experiment", "A", "standard_error"]
    assert [float(row["A"]) for row in rows] == pytest.approx(absorption, rel=1e-5)
    assert [[int(row[i]) for i in "hkl"] for row in rows] == record["miller_index"]
    assert json.loads((folder / "f.csv.json").read_text()) == record["provenance"]
    with (folder / "h.csv").open() as stream:
        assert sum(int(row["reflections"]) for row in csv.DictReader(stream)) == 92
    assert (folder / "h.png").read_bytes()[:4] == b"\x89PNG"


def test_the_table_for_scaling_differs_in_one_column_only(made):
    folder, result = made
    before, after = (
        msgpack.unpackb(path.read_bytes(), strict_map_key=False) for path in (REFL, folder / scaling_table_name(REFL))
    )
    kind, (rows, values) = after[2]["data"].pop("analytical_correction")
    assert (kind, rows) == ("double", 92)
    assert np.frombuffer(values, "<f8").tolist() == result.factors.absorption.tolist()
    assert after == before


def test_the_user_is_told_what_was_found(made):
    folder, result = made
    of_files = [one for one in result.statements if "coefficient" not in one]
    assert of_files[0].startswith("Scattered vectors of the table and of the models differ by")
    assert "23 of 92 reflections" in of_files[1]
    record = json.loads((folder / "f.json").read_text())["provenance"]
    steps = {step["step"]: step for step in record["steps"]}
    assert steps["absorb"]["offset_deg"] == 3.0
    assert steps["check the reflections"]["found"] == of_files
    assert list(record["inputs"]) == [EXPT.name, REFL.name]
    assert len(result.commands) == 2
    assert sorted(folder.iterdir()) == sorted([folder / ".written.json", *result.files])


def test_the_same_input_gives_the_same_bytes(labels, made, tmp_path):
    outputs = all_outputs(tmp_path)
    absorb_to_files(labels, MU, Directions.of_files(EXPT, REFL, 3.0), outputs, tolerance=0.0)
    for path in outputs.files():
        if path.suffix != ".png":
            assert path.read_bytes() == (made[0] / path.name).read_bytes(), path.name


def test_two_sweeps_in_one_file_use_their_own_geometry(labels, tmp_path):
    """The second sweep is the first on another kappa setting: the same rows give other factors."""
    record = json.loads(EXPT.read_text())
    table = msgpack.unpackb(REFL.read_bytes(), strict_map_key=False)
    record["goniometer"].append({"axes": [[0.8, 0.6, 0], [1.0, 0, 0]], "angles": [50.0, 0.0], "scan_axis": 1})
    record["experiment"].append({**record["experiment"][0], "identifier": "second", "goniometer": 1})
    (tmp_path / "two.expt").write_text(json.dumps(record))
    ids = np.frombuffer(table[2]["data"]["id"][1][1], "<i4").copy()
    ids[(np.arange(92) % 2 == 1) & (ids == 0)] = 1
    table[2]["data"]["id"][1][1] = ids.tobytes()
    table[2]["identifiers"][1] = "second"
    (tmp_path / "two.refl").write_bytes(msgpack.packb(table))
    (tmp_path / "second.expt").write_text(json.dumps({**record, "experiment": record["experiment"][1:]}))
    table[2]["data"]["id"][1][1] = np.zeros(92, "<i4").tobytes()
    table[2]["identifiers"] = {0: "second"}
    (tmp_path / "second.refl").write_bytes(msgpack.packb(table))

    def run(experiment, reflections):
        directions = Directions.of_files(experiment, reflections)
        return absorb_to_files(labels, MU, directions, AbsorbOutputs(), tolerance=0.0).factors.absorption

    both = run(tmp_path / "two.expt", tmp_path / "two.refl")
    first, second = run(EXPT, REFL), run(tmp_path / "second.expt", tmp_path / "second.refl")
    assert both[ids == 0] == pytest.approx(first[ids == 0])
    assert both[ids == 1] == pytest.approx(second[ids == 1])
    assert np.isnan(both[ids == -1]).all()  # which sweep saw them is not known
    assert not np.allclose(first[ids == 1], second[ids == 1], rtol=1e-3)


def test_nothing_is_written_when_anything_is_wrong(labels, tmp_path):
    def run(experiment=EXPT, reflections=REFL, **options):
        directions = Directions.of_files(experiment, reflections)
        return absorb_to_files(labels, MU, directions, all_outputs(tmp_path / "out"), **options)

    truncated = tmp_path / "t.refl"
    truncated.write_bytes(REFL.read_bytes()[:-10])
    with pytest.raises(InputError, match="truncated"):
        run(reflections=truncated)
    record = json.loads(EXPT.read_text())
    record["experiment"][0]["identifier"] = "of another crystal"
    (tmp_path / "other.expt").write_text(json.dumps(record))
    with pytest.raises(InputError, match="does not hold"):
        run(experiment=tmp_path / "other.expt")
    record = json.loads(EXPT.read_text())
    record["beam"][0]["direction"] = [0.1, 0.1, 1.0]
    record["detector"][0]["panels"][0]["origin"][2] += 30
    (tmp_path / "moved.expt").write_text(json.dumps(record))
    with pytest.raises(InputError, match="do not belong together"):
        run(experiment=tmp_path / "moved.expt")

    copy = tmp_path / "copy.expt"
    copy.write_bytes(EXPT.read_bytes())
    with pytest.raises(InputError, match="is read"):
        absorb_to_files(labels, MU, Directions.of_files(copy, REFL), AbsorbOutputs(json=copy))

    def cancel(fraction, message):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(progress=cancel)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        absorb_to_files(labels, MU, Directions.of_files(EXPT, REFL), all_outputs(tmp_path / "file" / "x"))
    assert not (tmp_path / "out").exists()


def test_directions_over_the_sphere_have_no_table(labels, tmp_path):
    outputs = AbsorbOutputs(json=tmp_path / "f.json", hdf5=tmp_path / "f.h5")
    result = absorb_to_files(labels, MU, Directions.over_sphere(5), outputs)
    assert result.statements == ()
    assert result.commands == ()
    with h5py.File(tmp_path / "f.h5") as file:
        assert {"A", "path_length_um", "standard_error"} <= set(file)
        assert "miller_index" not in file
        assert file.attrs["materials"].tolist() == ["liquor", "loop", "crystal", "other"]
        # -d ln A / d mu, weighted with what gets through: less than the plain mean of the paths.
        assert (file["weighted_path_um"][:, 2] < file["path_length_um/crystal"][:]).all()
    with pytest.raises(InputError, match=r"needs the experiment"):
        absorb_to_files(labels, MU, Directions.over_sphere(5), AbsorbOutputs(scaling_table=tmp_path / "x.refl"))


def test_a_beam_smaller_than_the_crystal(labels, tmp_path):
    beam = Illumination(width_um=5.0, height_um=200.0, centre_um=(-2.5, 0.0))
    outputs = all_outputs(tmp_path)
    absorb_to_files(labels, MU, Directions.of_files(EXPT, REFL), outputs, tolerance=0.0, illumination=beam)
    with (tmp_path / "f.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    # One of the two layers of crystal along the rotation axis is lit, at every angle.
    assert [float(row["lit_fraction"]) for row in rows] == pytest.approx([0.5] * 92)


@pytest.mark.parametrize(
    ("size", "mu", "says"),
    [
        (5000.0, MU, ["voxel size of 5000 × 5000 × 5000 µm: the crystal would be", "nearly all is absorbed"]),
        (0.0005, MU, ["the crystal would be 0.0", "hardly anything is absorbed"]),
        (5.0, Coefficients(liquor=1e-8, loop=1e-8, crystal=1e-8), ["hardly anything is absorbed"]),
        (5.0, MU, []),
    ],
)
def test_a_wrong_unit_is_seen_in_the_factors(labels, tmp_path, size, mu, says):
    sphere = Directions.over_sphere(10)
    made = absorb_to_files(Labels(labels.data, size), mu, sphere, AbsorbOutputs(tmp_path / "f.json"))
    looked = [statement for statement in made.statements if statement.startswith("LOOK")]
    assert len(looked) == len(says) and all(text in one for text, one in zip(says, looked, strict=True))
