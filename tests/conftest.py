"""What tests of several rooms share."""

from __future__ import annotations

import gc

import pytest

from helpers.fake_gpu import fake_gpu  # noqa: F401
from helpers.workflow_fixtures import network, running_cluster, sketches, volume_file  # noqa: F401

# What is imported until the tests are collected stays: the collector need not look through it again and again.
gc.disable()


def pytest_collection_finish():
    """Collect from now on."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def converted_networks(tmp_path_factory):
    """Networks that are converted for another engine are kept for the session, not among the user's files."""
    from napari_crystalseg.segmentation.engines import converted_network

    kept = tmp_path_factory.mktemp("converted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(converted_network, "users_folder", lambda: kept)
        yield


@pytest.fixture
def plugin(npe2pm):
    """This plugin, and no other, known to napari; gives its name."""
    name = "napari-crystalseg"
    with npe2pm.tmp_plugin(package=name):
        yield name
