from __future__ import annotations

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.tomography.slabs.volume_file import VolumeFile


def test_volume_larger_than_the_disk_is_refused_before_any_work(tmp_path):
    with pytest.raises(InputError, match=r"takes 8\.64e\+05 GB"):
        VolumeFile(tmp_path / "new" / "v.npy", (60_000, 60_000, 60_000)).check_room()
    assert not list(tmp_path.iterdir())
    VolumeFile(tmp_path / "v.npy", (2, 3, 4)).check_room()
