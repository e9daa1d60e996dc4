from __future__ import annotations

import numba
import pytest
from numba.core import caching

from napari_crystalseg.computing.compiled import kernel


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A read-only installation of a user without a home; gives the folder of temporary files."""
    # Older versions of numba have a line before the names of these.
    kinds = getattr(caching, "CacheImpl", None) or caching._CacheImpl
    given = [one for one in kinds._locator_classes if "UserProvided" in one.__name__]
    monkeypatch.setattr(kinds, "_locator_classes", given)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def twice(number):
    return 2 * number


def test_kept_among_temporary_files_where_nothing_else_may_be_written(nowhere):
    assert kernel(nogil=True)(twice)(21) == 42
    (folder,) = nowhere.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.rglob("*.nbi"))


def test_not_kept_where_others_could_have_written(nowhere):
    import os

    folder = nowhere / f"napari-crystalseg-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    assert kernel()(twice)(21) == 42
    assert not list(folder.iterdir())


def test_not_kept_without_a_place_for_temporary_files(nowhere, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(nowhere / "gone" / "too"))
    assert kernel()(twice)(21) == 42


def test_a_full_disk_does_not_stop_the_work(nowhere, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "save", full)
    assert kernel()(twice)(21) == 42
