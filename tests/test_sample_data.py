"""File → Open Sample: each sample opens as a layer, and real data name their source."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from npe2 import PluginManifest

from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Quantity

PLUGIN = "napari-crystalseg"


@pytest.fixture
def opened(plugin):
    def open_sample(key):
        (layer,) = ViewerModel().open_sample(plugin, key)
        return layer

    return open_sample


def test_i13_scan_names_its_proposal(opened):
    layer = opened("i13_scan")
    assert layer.data.shape == (91, 135, 160)
    assert "mt9396-1" in layer.name
    assert "mt9396-1" in layer.metadata["attribution"]
    scan = layer.metadata["crystalseg"]["scan"]
    assert isinstance(scan, Scan)
    assert scan.angles_deg[0] == pytest.approx(-88.2)
    assert list(scan.provenance.inputs) == ["i13_24737_raw_flat_dark_angles.npz"]


def test_i23_slice_is_a_volume_of_one_slice_in_pixels(opened):
    layer = opened("i23_slice")
    assert layer.data.shape == (1, 900, 400)
    assert layer.data.dtype == np.float32
    assert (layer.data.min(), layer.data.max()) == (0, 1)
    assert [str(unit) for unit in layer.units] == ["pixel"] * 3
    assert "Diamond Light Source" in layer.name
    assert "10.5281/zenodo.3685282" in layer.metadata["attribution"]


needs_simulated = pytest.mark.skipif(
    not (sample_data_folder() / "simulated_scan.h5").is_file(), reason="the simulated sample is not in this checkout"
)


@needs_simulated
def test_simulated_scan_knows_its_instrument(opened):
    layer = opened("simulated_scan")
    scan = layer.metadata["crystalseg"]["scan"]
    assert scan.pixel_size_um == pytest.approx(layer.scale[-1])
    assert scan.energy_kev is not None
    assert scan.provenance.seed is not None


@needs_simulated
def test_simulated_volume_is_in_attenuation(opened):
    layer = opened("simulated_volume")
    assert layer.metadata["crystalseg"]["quantity"] is Quantity.LINEAR_ATTENUATION
    assert [str(unit) for unit in layer.units] == ["micrometer"] * 3
    scan = opened("simulated_scan").metadata["crystalseg"]["scan"]
    assert layer.data.shape == (scan.shape[1], scan.shape[2], scan.shape[2])


def test_every_file_is_attributed():
    text = (sample_data_folder() / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for path in sample_data_folder().iterdir():
        assert path.name in text or path.name == "ATTRIBUTION.md" or path.name.startswith("simulated_"), path.name


def test_samples_fit_in_a_wheel():
    # Package indexes take 100 MB; ours should stay quick to install.
    assert sum(path.stat().st_size for path in sample_data_folder().iterdir()) < 20e6


def test_manifest_is_valid_and_every_command_can_be_imported():
    manifest = PluginManifest.from_distribution(PLUGIN)
    manifest.validate_imports()
    commands = {command.id for command in manifest.contributions.commands}
    assert all(command.startswith(f"{PLUGIN}.") for command in commands)
    widgets = [(widget.command, widget.display_name) for widget in manifest.contributions.widgets]
    assert widgets == [
        (f"{PLUGIN}.dock", "CrystalSeg"),
        (f"{PLUGIN}.detector_geometry", "Detector geometry"),
        (f"{PLUGIN}.hits", "Hit finding"),
        (f"{PLUGIN}.drops", "Drops"),
    ]
    assert {sample.key for sample in manifest.contributions.sample_data} == {
        "simulated_scan",
        "simulated_volume",
        "i13_scan",
        "i23_slice",
    }
