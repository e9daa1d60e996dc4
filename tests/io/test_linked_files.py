"""What a scan takes from other files is said where they lie elsewhere, and refused by name where they are gone."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.process.input_hashes import input_hashes

FRAMES = np.random.default_rng(0).integers(1, 60000, (49, 3, 5)).astype(np.uint16)
DETECTOR, SAMPLE = "entry/instrument/detector", "entry/sample"
LAYOUTS = {
    "nxtomo": {
        f"{DETECTOR}/data": FRAMES,
        f"{DETECTOR}/image_key": np.repeat([2, 1, 0], [20, 20, 9]),
        f"{SAMPLE}/rotation_angle": np.r_[np.zeros(40), np.linspace(0, 180, 9)],
        f"{DETECTOR}/x_pixel_size": np.float64(2.0),
    },
    "data exchange": {
        "exchange/data": FRAMES[40:],
        "exchange/data_white": FRAMES[20:40],
        "exchange/data_dark": FRAMES[:20],
        "exchange/theta": np.linspace(0, 180, 9),
    },
    "fly scan": {
        "entry1/instrument/flyScanDetector/data": FRAMES,
        "entry1/tomo_entry/data/rotation_angle": np.linspace(0, 180, 9),
    },
}
LINKED = [(layout, name) for layout, values in LAYOUTS.items() for name in values]


def write(folder, layout, linked, target):
    """A scan of which one dataset lies in another file."""
    folder.mkdir()
    with h5py.File(folder / "s.nxs", "w") as file:
        if layout == "nxtomo":
            file["entry/definition"] = "NXtomo"
        for name, values in LAYOUTS[layout].items():
            file[name] = h5py.ExternalLink(target, "values") if name == linked else values
            if name.endswith("pixel_size") and name != linked:
                file[name].attrs["units"] = "um"
    return folder / "s.nxs"


def other(path, layout, name):
    with h5py.File(path, "w") as file:
        file["values"] = LAYOUTS[layout][name]
        file["values"].attrs["units"] = "um" if name.endswith("pixel_size") else "deg"


@pytest.mark.parametrize(("layout", "name"), LINKED)
def test_files_elsewhere_are_said_and_hashed(tmp_path, layout, name):
    path = write(tmp_path / "in", layout, name, "../far.h5")
    other(tmp_path / "far.h5", layout, name)
    scan = io.open_scan(path)
    np.testing.assert_array_equal(np.asarray(scan.projections), FRAMES[40:])
    np.testing.assert_array_equal(np.asarray(scan.darks), FRAMES[:20])
    (said,) = [text for text in scan.provenance.assumptions if "far.h5" in text]
    assert "values of /values are read from " in said and said.endswith("far.h5, to which the file refers")
    assert "far.h5" in scan.provenance.inputs
    assert any("far.h5" in line for line in io.describe(path).lines)


@pytest.mark.parametrize(("layout", "name"), LINKED)
def test_files_that_are_gone_are_named(tmp_path, layout, name):
    path = write(tmp_path / "in", layout, name, "gone.h5")
    if name.endswith("x_pixel_size"):
        scan = io.open_scan(path)
        assert scan.pixel_size_um is None
        assert any("x_pixel_size is in another file, gone.h5" in text for text in scan.provenance.assumptions)
        return
    with pytest.raises(InputError, match=r"gone\.h5, which cannot be found"):
        io.open_scan(path)


@pytest.mark.parametrize("name", ["exchange/theta", "exchange/data_dark"])
def test_virtual_values_without_their_file_are_not_zeros(tmp_path, name):
    path = write(tmp_path / "in", "data exchange", name, "gone.h5")
    values = LAYOUTS["data exchange"][name]
    layout = h5py.VirtualLayout(values.shape, "f8")
    layout[:] = h5py.VirtualSource("gone.h5", "values", values.shape)
    with h5py.File(path, "a") as file:
        del file[name]
        file.create_virtual_dataset(name, layout)
    with pytest.raises(InputError, match=r"gone\.h5, which cannot be found"):
        io.open_scan(path)


def test_a_change_of_a_linked_file_is_a_change_of_the_input(tmp_path):
    path = write(tmp_path / "in", "nxtomo", f"{DETECTOR}/data", "images.h5")
    other(tmp_path / "in" / "images.h5", "nxtomo", f"{DETECTOR}/data")
    before = input_hashes(path)
    assert set(before) == {"s.nxs", "images.h5"} and input_hashes(path) == before
    with h5py.File(tmp_path / "in" / "images.h5", "a") as file:
        file["values"][5] = 0
    assert input_hashes(path) != before
