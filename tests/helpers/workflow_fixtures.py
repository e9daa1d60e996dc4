"""A sample with known voxel values, and a stand-in for the network that knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from helpers.known_sample import VOXEL_VALUES, sample_labels, volume_of
from napari_crystalseg import segmentation
from napari_crystalseg.io import save_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.segmentation.postprocessing.physics import Physics


@dataclass
class Network:
    """Stands for the network: it knows voxel values of classes, how often it was asked, and by which rules."""

    calls: int = 0
    fail: bool = False
    physics: Physics | None = None
    blind_to: set[Material] = field(default_factory=set)


@dataclass
class Segmented:
    labels: Labels
    uncertainty: np.ndarray
    probabilities: None = None
    corrections: tuple = ()


@dataclass
class Folder:
    path: Path
    name: str = "stand-in"
    sha256: str = "0" * 64
    refiner: None = None

    def check(self) -> None:
        """It fits."""


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()

    def segment(volume, model=None, physics=None, keep_probabilities=False, progress=None):
        network.calls += 1
        network.physics = physics
        if network.fail:
            raise RuntimeError("the machine went down")
        data = np.zeros(volume.shape, dtype=np.uint8)
        for material, voxel_value in VOXEL_VALUES.items():
            if material not in network.blind_to:
                data[np.isclose(volume.data, voxel_value, atol=1e-4)] = material
        return Segmented(
            Labels(data, volume.voxel_size_um, volume.provenance.then("segment")),
            np.full(volume.shape, 25, dtype=np.uint8),
        )

    monkeypatch.setattr(segmentation, "segment", segment)
    monkeypatch.setattr(segmentation, "ModelFolder", Folder)
    monkeypatch.setattr(segmentation, "bundled_model", lambda slices: Folder(Path("bundled")))
    return network


@pytest.fixture
def volume_file(tmp_path: Path) -> Path:
    path = tmp_path / "input" / "sample.tif"
    save_volume(volume_of(sample_labels()), path)
    return path


@pytest.fixture
def sketches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reports be made without drawing, where pictures are not the point: drawing takes most of the time."""
    from napari_crystalseg.pictures import sample_pictures as pictures

    for name in ("slices_png", "views_png", "histogram_png"):
        monkeypatch.setattr(pictures, name, lambda *given: b"\x89PNG")


@pytest.fixture(scope="session")
def running_cluster():
    """A Dask cluster in this process, with a worker of two threads, for all tests that need any."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
    ) as cluster:
        yield cluster
