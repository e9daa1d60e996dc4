"""How unsure a network was, saved and opened."""

from __future__ import annotations

import math

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import kind_of, open_uncertainty, open_volume, save_uncertainty, save_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.volume import Volume

SHAPE = (3, 4, 5)


@pytest.mark.parametrize("suffix", [".tif", ".zarr", ".h5", ".npy"])
def test_what_was_saved_comes_back_with_its_scale(tmp_path, suffix):
    numbers = np.arange(60, dtype=np.uint8).reshape(SHAPE) % 5
    labels = Labels(np.zeros(SHAPE, np.uint8), (1.0, 2.0, 3.0), Provenance().then("segment"))
    save_uncertainty(numbers, labels, tmp_path / f"u{suffix}")
    found = open_uncertainty(tmp_path / f"u{suffix}")
    assert found.dtype == np.uint8 and np.array_equal(found, numbers)
    # Numbers up to 4 are not taken for codes of labels.
    assert kind_of(tmp_path / f"u{suffix}") == "volume"
    opened = open_volume(tmp_path / f"u{suffix}")
    assert opened.voxel_size_um == (1.0, 2.0, 3.0) and opened.provenance.steps[-1]["step"] == "segment"


def test_the_entropy_of_earlier_versions_becomes_the_probability_that_two_classes_leave(tmp_path):
    p = np.array([0.0, 0.05, 0.2, 0.5])
    entropy = [0.0] + [-(q * math.log(q) + (1 - q) * math.log(1 - q)) / math.log(5) for q in p[1:]]
    # All five classes alike have the entropy 1, and four of five are wrong.
    values = np.array([*entropy, 1.0], dtype=np.float32).reshape(1, 1, 5)
    save_volume(Volume(values, 1.0), tmp_path / "old.tif")
    found = open_uncertainty(tmp_path / "old.tif").reshape(-1)
    assert np.abs(found - 255 * np.append(p, 0.8)).max() <= 1


def test_whole_numbers_of_a_program_that_writes_float32_are_taken(tmp_path):
    values = np.array([0, 3, 255], dtype=np.float32).reshape(1, 1, 3)
    np.save(tmp_path / "u.npy", values)
    assert open_uncertainty(tmp_path / "u.npy").reshape(-1).tolist() == [0, 3, 255]


@pytest.mark.parametrize(
    ("values", "said"), [([0.0, np.nan], "NaN"), ([0.5, 3.0], "from 0.5 to 3"), ([-1.0, 2.0], "from -1 to 2")]
)
def test_what_is_no_uncertainty_is_refused(tmp_path, values, said):
    np.save(tmp_path / "u.npy", np.array(values, dtype=np.float32).reshape(1, 1, 2))
    with pytest.raises(InputError, match=said):
        open_uncertainty(tmp_path / "u.npy")
    with pytest.raises(InputError, match="uint8"):
        save_uncertainty(np.zeros(SHAPE), Labels(np.zeros(SHAPE, np.uint8), 1.0), tmp_path / "u.tif")
