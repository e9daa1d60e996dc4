"""Labels that another program stored with decimals."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.errors import InputError

CODES = np.random.default_rng(0).integers(0, 5, (5, 6, 7))


def stored(folder, form, values):
    path = folder / f"a{form}"
    if form == ".tif":
        tifffile.imwrite(path, values.astype(np.float32), photometric="minisblack")
    elif form == ".h5":
        with h5py.File(path, "w") as file:
            file["labels"] = values.astype(np.float64)
    else:
        np.save(path, values.astype(np.float16))
    return path


@pytest.mark.parametrize("form", [".tif", ".h5", ".npy"])
def test_whole_numbers_with_decimals_are_labels_where_labels_are_asked_for(tmp_path, form):
    path = stored(tmp_path, form, CODES)
    labels = io.open_labels(path, 2.0)
    assert labels.data.dtype == np.uint8
    np.testing.assert_array_equal(labels.data, CODES)
    assert "labels: whole numbers from 0 to 4, stored as float" in " ".join(labels.provenance.assumptions)
    # Of itself such a file may as well hold voxel values.
    assert io.kind_of(path) == "volume"
    assert io.open_volume(path, 2.0).data.dtype == np.float32


@pytest.mark.parametrize("value", [0.5, 5.0, -1.0, np.nan, np.inf])
def test_other_numbers_are_no_labels(tmp_path, value):
    values = CODES.astype(float)
    values[2, 3, 4] = value
    with pytest.raises(InputError, match=r"whole numbers from 0 to 4\. Are they voxel values, or probabilities"):
        io.open_labels(stored(tmp_path, ".npy", values), 2.0)


@pytest.mark.parametrize(
    ("name", "head", "says"),
    [
        ("x.expt", b'{"__id__": "ExperimentList"}', "is a DIALS experiment list.*--experiment"),
        ("x.refl", b"\x93\xbbdials::af::reflection_table", "is a DIALS reflection table.*--reflections"),
        ("moved.dat", b"\x93\xbbdials::af::reflection_table", "is a DIALS reflection table.*--reflections"),
    ],
)
def test_files_of_dials_are_told_as_what_they_are(tmp_path, name, head, says):
    (tmp_path / name).write_bytes(head)
    for read in (io.describe, io.kind_of, io.open_file, io.open_labels, io.open_volume, io.open_scan):
        with pytest.raises(InputError, match=says):
            read(tmp_path / name)
