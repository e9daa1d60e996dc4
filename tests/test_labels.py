from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import Provenance

CODES = np.arange(5, dtype=np.uint8).reshape(1, 1, 5)


def test_codes_are_those_of_anacor():
    assert [material.title for material in Material] == ["air", "liquor", "loop", "crystal", "other"]
    assert list(Material) == [0, 1, 2, 3, 4]


def test_volumes_of_the_materials_add_up():
    data = np.repeat(CODES, 3, axis=0)
    data[0, 0, 0] = Material.CRYSTAL
    labels = Labels(data, (0.5, 2.0, 3.0))
    assert labels.voxel_volume_um3 == 3.0
    assert labels.voxel_counts() == {0: 2, 1: 3, 2: 3, 3: 4, 4: 3}
    assert labels.volumes_um3() == {0: 6.0, 1: 9.0, 2: 9.0, 3: 12.0, 4: 9.0}
    assert sum(labels.voxel_counts().values()) == data.size


def test_one_number_stands_for_all_axes():
    assert Labels(CODES, 0.3).voxel_size_um == (0.3, 0.3, 0.3)


def test_an_unknown_voxel_size_is_asked_for_by_what_needs_it():
    labels = Labels(CODES, None, Provenance({"rod.tif": "ab" * 32}))
    assert labels.voxel_size_um is None and labels.to_dict()["voxel_size_um"] is None
    assert labels.voxel_counts()[Material.CRYSTAL] == 1
    for needs in (lambda: labels.required_voxel_size_um, lambda: labels.voxel_volume_um3, labels.volumes_um3):
        with pytest.raises(InputError, match=r"rod\.tif does not say how large its voxels are; give --voxel-size-um"):
            needs()


@pytest.mark.parametrize("dtype", [np.int8, np.int64, ">u2", np.uint32])
def test_other_integers_are_converted(dtype):
    labels = Labels(CODES.astype(dtype), 1.0)
    assert labels.data.dtype == np.uint8
    np.testing.assert_array_equal(labels.data, CODES)


def test_they_cannot_be_written_to_and_the_array_given_can():
    given = CODES.copy()
    labels = Labels(given, 1.0)
    with pytest.raises(ValueError, match="read-only"):
        labels.data[0, 0, 0] = 1
    given[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (CODES[0], r"must have 3 axes \(z, y, x\), not 2"),
        (CODES[:, :, :0], "The label volume is empty"),
        (CODES.astype(float), r"must be integers \(uint8\), not float64"),
        (CODES > 0, "must be integers"),
        (CODES.astype(np.int16) - 1, "Labels run from -1 to 3; only 0 air"),
        (CODES.astype(np.int64) + 256, "Labels run from 256 to 260"),
    ],
)
def test_what_is_no_labels_is_refused(data, says):
    with pytest.raises(InputError, match=says):
        Labels(data, 1.0)


def test_their_description_is_json():
    described = Labels(CODES, (0.1, 0.2, 0.3)).to_dict()
    assert json.loads(json.dumps(described)) == described
    assert (described["shape"], described["voxel_size_um"]) == ([1, 1, 5], [0.1, 0.2, 0.3])
