from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.volume import Quantity, Volume

VOXEL_VALUES = np.linspace(-1, 1, 24).reshape(2, 3, 4)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, ">f4", np.int16, np.uint8])
def test_real_numbers_are_kept_as_float32(dtype):
    data = VOXEL_VALUES.astype(dtype)
    volume = Volume(data, 1.0)
    assert volume.data.dtype == np.float32 and volume.shape == (2, 3, 4)
    np.testing.assert_array_equal(volume.data, data.astype(np.float32))


def test_it_cannot_be_written_to_and_the_array_given_can():
    given = VOXEL_VALUES.astype(np.float32)
    volume = Volume(given, 1.0)
    assert np.shares_memory(volume.data, given)
    with pytest.raises(ValueError, match="read-only"):
        volume.data[0] = 0
    given[0] = 0


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (VOXEL_VALUES[0], r"must have 3 axes \(z, y, x\), not 2 \(shape \(3, 4\)\)"),
        (VOXEL_VALUES[:, :0], r"The volume is empty \(shape \(2, 0, 4\)\)"),
        (VOXEL_VALUES.astype(complex), "must hold real numbers, not complex128"),
        (VOXEL_VALUES > 0, "must hold real numbers, not bool"),
        (np.where(VOXEL_VALUES > 0.9, np.nan, VOXEL_VALUES), "has 2 values that are NaN or infinite"),
        # Too large for 32 bits.
        (VOXEL_VALUES * 1e41, "has 24 values that are NaN or infinite"),
    ],
)
def test_what_is_no_volume_is_refused(data, says):
    with pytest.raises(InputError, match=says):
        Volume(data, 1.0)


def test_an_unknown_voxel_size_is_asked_for_by_what_needs_it():
    volume = Volume(VOXEL_VALUES, None)
    assert volume.voxel_size_um is None
    with pytest.raises(InputError, match="The volume does not say how large its voxels are; give --voxel-size-um"):
        _ = volume.required_voxel_size_um
    named = Volume(VOXEL_VALUES, None, provenance=Provenance({"a.tif": "0", "b.tif": "1"}))
    with pytest.raises(InputError, match=r"^The volume does not say"):
        _ = named.required_voxel_size_um
    assert Volume(VOXEL_VALUES, (1, 2, 3)).required_voxel_size_um == (1.0, 2.0, 3.0)


def test_what_its_values_mean_may_be_given_as_text():
    assert Volume(VOXEL_VALUES, 1.0, "linear attenuation coefficient, 1/um").quantity is Quantity.LINEAR_ATTENUATION
    assert Volume(VOXEL_VALUES, 1.0).quantity is Quantity.ARBITRARY
    with pytest.raises(ValueError, match="counts"):
        Volume(VOXEL_VALUES, 1.0, "counts")


def test_its_description_is_json():
    described = Volume(VOXEL_VALUES, None).to_dict()
    assert json.loads(json.dumps(described)) == described
    assert described["shape"] == [2, 3, 4] and described["quantity"] == "arbitrary"
