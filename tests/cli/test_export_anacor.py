"""What `crystalseg export --to anacor` writes is what the main command of AnACor takes."""

from __future__ import annotations

import numpy as np
import yaml

from napari_crystalseg.cli import main
from napari_crystalseg.io import save_labels
from napari_crystalseg.labels import Labels, Material


def test_voxels_and_offset_that_the_main_command_of_anacor_takes(tmp_path):
    save_labels(Labels(np.full((6, 5, 4), Material.CRYSTAL, np.uint8), 0.6), tmp_path / "l.tif")
    words = ("export", tmp_path / "l.tif", tmp_path / "out", "--to", "anacor", "--anacor-voxel-um", 0.3)
    assert main([str(word) for word in (*words, "--offset-deg", 12.5)]) == 0
    volume = np.load(tmp_path / "out" / "sample_save_data" / "sample_.npy")
    assert np.count_nonzero(volume) == 8 * 6 * 5 * 4
    assert yaml.safe_load((tmp_path / "out" / "default_mpprocess_input.yaml").read_text())["offset"] == 12.5
    assert "anacor.mp_lite --input-file" in (tmp_path / "out" / "README.txt").read_text()
