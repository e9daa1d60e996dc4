"""What models and tables state that contradicts the other, or what is computed here, is refused or said."""

from __future__ import annotations

import json

import msgpack
import numpy as np
import pytest

from helpers.experiment_files import PANEL, directions, joined, rows, save_experiment, save_table, sweep
from helpers.packed_table import packed
from napari_crystalseg.absorption import Directions
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.goniometer import rotation_matrices


def changed(folder, table=None, **models):
    """Directions of a plain sweep with entries of its models changed."""
    path = save_experiment(folder / "x.expt", sweep())
    record = json.loads(path.read_text())
    for name, entries in models.items():
        record[name][0].update(entries)
    path.write_text(json.dumps(record))
    return Directions.of_files(path, save_table(folder / "x.refl", rows() if table is None else table, {0: "a"}))


@pytest.mark.parametrize(
    ("models", "why"),
    [
        ({"beam": {"probe": "neutron"}}, "another beam than X-rays"),
        ({"beam": {"probe": "electron"}}, "another beam than X-rays"),
        ({"beam": {"__id__": "polychromatic"}}, "gives no wavelength"),
        ({"beam": {"wavelength_range": [1.0, 3.0]}}, "gives no wavelength"),
        ({"scan": {"properties": {"time_of_flight": [1.0, 2.0]}}}, "times of flight"),
        ({"scan": {"oscillation": [0.0, 0.0]}}, "a still"),
        ({"scan": {"image_range": [1800, 1]}}, "not a first and a last image"),
        ({"scan": {"image_range": [1.5, 1800]}}, "not a first and a last image"),
        ({"goniometer": {"axes": [[1, 0, 0], [0, 1, 0]], "angles": [0, 0], "scan_axis": True}}, "scan axis is number"),
    ],
)
def test_what_is_no_rotation_scan_with_x_rays_is_refused_by_its_name(tmp_path, models, why):
    with pytest.raises(InputError, match=why):
        changed(tmp_path, **models)


def test_a_still_beside_a_rotation_scan_is_told_only_where_it_is_used(tmp_path):
    table = joined(rows(), rows(seed=1, number=1))
    path = save_experiment(tmp_path / "x.expt", sweep("a"), sweep("b"))
    record = json.loads(path.read_text())
    del record["experiment"][1]["goniometer"], record["experiment"][1]["scan"]
    path.write_text(json.dumps(record))
    refl = save_table(tmp_path / "x.refl", table, {0: "a", 1: "b"})
    for asked in ({}, {"experiment_number": 1}):
        with pytest.raises(InputError, match="Experiment 1 has no goniometer, as a still has none"):
            Directions.of_files(path, refl, **asked)
    alone = Directions.of_files(path, refl, experiment_number=0)
    only = directions(tmp_path, [sweep("a")], rows())
    np.testing.assert_array_equal(alone.leaving[:60], only.leaving)
    assert not alone.usable[60:].any()


def scan_of(starts, images=(1, 1800)):
    return {**sweep(), "scan": {"image_range": list(images), "properties": {"oscillation": list(starts)}}}


def test_angles_of_images_are_read_or_refused(tmp_path):
    even = np.arange(1800) * 0.1
    jitter = even + 0.002 * np.sin(np.arange(1800))
    plain = directions(tmp_path, [sweep()], rows())
    for starts in (even, jitter):
        assert directions(tmp_path, [scan_of(starts)], rows()).leaving == pytest.approx(plain.leaving)
    with pytest.raises(InputError, match="not at even steps"):
        directions(tmp_path, [scan_of((even / 180) ** 1.2 * 180)], rows())
    with pytest.raises(InputError, match="1800 images by its image range, but angles of 900"):
        directions(tmp_path, [scan_of(even[:900])], rows())


def test_how_far_a_model_varies_over_the_scan_is_said(tmp_path):
    turns = [rotation_matrices([0, 0, 1], np.deg2rad(angle)).ravel().tolist() for angle in np.linspace(0, 5, 11)]
    found = changed(tmp_path, goniometer={"setting_rotation_at_scan_points": turns})
    assert any("LOOK" in said and "goniometer (by up to 5°)" in said for said in found.statements)
    small = [[0, 0.5 * np.sin(np.deg2rad(0.01)), -0.5]] * 3
    found = changed(tmp_path, beam={"s0_at_scan_points": small})
    assert any(said.endswith("at its mean: beam (by up to 0.01°).") for said in found.statements)


@pytest.mark.parametrize("without_s1", [False, True])
@pytest.mark.parametrize("number", [7, 2**63])
def test_panels_that_the_detector_does_not_have_are_refused(tmp_path, without_s1, number):
    table = rows()
    if without_s1:
        del table["s1"]
    table["panel"] = np.zeros(60, np.uint64)
    table["panel"][0] = number
    found = directions(tmp_path, [sweep()], table)
    assert any("1 of 60 reflections of experiment 0 are on panels" in said for said in found.statements)
    table["panel"][::3] = number
    with pytest.raises(InputError, match=r"20 of 60 .* detector of 1 does not have"):
        directions(tmp_path, [sweep()], table)


def test_positions_beside_the_pixels_are_refused(tmp_path):
    table = rows()
    del table["s1"]
    own = dict(PANEL, image_size=[4000, 4000])
    assert directions(tmp_path, [sweep()], table, panel=own).usable.all()
    assert directions(tmp_path, [sweep()], table, panel=dict(PANEL, image_size=[0, 0])).usable.all()
    with pytest.raises(InputError, match="lie outside of their panel's pixels"):
        directions(tmp_path, [sweep()], table, panel=dict(PANEL, image_size=[4000, 2000]))


def test_rows_of_none_of_several_experiments_are_told_by_their_name(tmp_path):
    with pytest.raises(InputError, match="id' is -1 throughout"):
        directions(tmp_path, [sweep("a"), sweep("b")], rows(number=-1))


@pytest.mark.parametrize("name", ["s1", "id", "flags", "xyzobs.mm.value", "panel"])
def test_a_column_of_a_type_that_is_not_known_is_not_taken_for_absent(tmp_path, name):
    table = msgpack.unpackb(packed({**rows(), "flags": np.full(60, 256)}, {0: "a"}), strict_map_key=False)
    table[2]["data"][name][0] = "half"
    path = tmp_path / "x.refl"
    path.write_bytes(msgpack.packb(table))
    with pytest.raises(InputError, match=f"The column '{name}' of x.refl has the wrong type"):
        Directions.of_files(save_experiment(tmp_path / "x.expt", sweep()), path)


def test_integers_with_a_sign_and_without_are_the_same(tmp_path):
    columns = {**rows(), "flags": np.where(np.arange(60) % 2, 1 << 8, 1)}
    columns["id"][3] = -1
    table = msgpack.unpackb(packed(columns, {0: "a"}), strict_map_key=False)
    experiment, path = save_experiment(tmp_path / "x.expt", sweep()), tmp_path / "x.refl"
    path.write_bytes(msgpack.packb(table))
    plain = Directions.of_files(experiment, path)
    table[2]["data"]["flags"] = ["int", [60, columns["flags"].astype("<i4").tobytes()]]
    table[2]["data"]["id"] = ["std::size_t", [60, columns["id"].astype("<i8").tobytes()]]
    path.write_bytes(msgpack.packb(table))
    other = Directions.of_files(experiment, path)
    assert other.statements == plain.statements
    assert (other.scaling.used == plain.scaling.used).all() and not other.scaling.used[3]


def test_an_experiment_list_with_a_byte_order_mark_is_read(tmp_path):
    path = save_experiment(tmp_path / "x.expt", sweep())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(Directions.of_files(path, save_table(tmp_path / "x.refl", rows(), {0: "a"}))) == 60


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_values_too_large_to_reckon_with_are_judged_without_a_warning(tmp_path):
    with pytest.raises(InputError, match="cannot be reckoned with"):
        changed(tmp_path, goniometer={"rotation_axis": [1e308, 1e308, 0]})
    with pytest.raises(InputError, match="is that of no scan"):
        changed(tmp_path, scan={"oscillation": [1e308, 1e308]})
    table = rows()
    table["s1"][0] = 1e300
    assert np.count_nonzero(changed(tmp_path, table).usable) >= 59
