"""Volumes that lie in another file than the one that is opened."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import open_labels

LABELS = np.random.default_rng(0).integers(0, 4, (4, 5, 6)).astype("u1")


def saved(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, data in datasets.items():
            file[name] = data
            file[name].attrs["element_size_um"] = [2.0, 2.0, 3.0]


def linked(path, **links):
    with h5py.File(path, "a") as file:
        for name, (other, place) in links.items():
            file[f"entry/{name}"] = h5py.ExternalLink(other, place)
    return path


def test_a_volume_behind_a_link_is_read_by_its_link(tmp_path):
    saved(tmp_path / "other.h5", deep=LABELS)
    found = open_labels(linked(tmp_path / "master.h5", x=("other.h5", "/deep")))
    assert (found.data == LABELS).all() and found.voxel_size_um == (2.0, 2.0, 3.0)


def test_one_of_several_links_is_not_taken_silently(tmp_path):
    saved(tmp_path / "other.h5", a=LABELS, b=LABELS[::-1])
    master = linked(tmp_path / "master.h5", x=("other.h5", "/a"), y=("other.h5", "/b"))
    with pytest.raises(InputError, match="entry/x"):
        open_labels(master)
    assert (open_labels(master, dataset="entry/y").data == LABELS[::-1]).all()


def test_a_link_that_is_not_used_is_told(tmp_path):
    saved(tmp_path / "other.h5", a=LABELS)
    saved(tmp_path / "master.h5", own=LABELS)
    found = open_labels(linked(tmp_path / "master.h5", x=("other.h5", "/a")))
    assert "links to datasets in other files are not followed: entry/x" in str(found.provenance.to_dict())


@pytest.mark.parametrize("other", ["missing.h5", "/etc/passwd"])
def test_a_link_that_leads_nowhere_is_named(tmp_path, other):
    with pytest.raises(InputError, match=r"values of /entry/x in master\.h5 are in another file"):
        open_labels(linked(tmp_path / "master.h5", x=(other, "/a")))
