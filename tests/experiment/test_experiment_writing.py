from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.rotation import rotation_sweep
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment import read_experiment
from napari_crystalseg.experiment.experiment_writing import ImageFiles, write_experiment
from napari_crystalseg.samples import sample_data_folder


@pytest.mark.parametrize("name", ["pilatus-12m", "eiger-4m"])
def test_a_sweep_comes_back(tmp_path, name):
    lattice = Lattice.preset("thermolysin").turned(1)
    detector = preset_detector(name, 150.0)
    sweep = rotation_sweep(DiffractionBeam(6.0), detector, start_deg=-3.0, width_deg=0.2, images=50, lattice=lattice)
    write_experiment(tmp_path / "scan.expt", [sweep], [ImageFiles("image_#####.cbf")])
    back = read_experiment(tmp_path / "scan.expt").sweeps[0]
    assert back.wavelength == pytest.approx(sweep.wavelength)
    assert back.oscillation_deg == sweep.oscillation_deg
    assert back.image_range == sweep.image_range
    assert back.reciprocal_axes == pytest.approx(lattice.reciprocal_axes)
    assert Lattice.of_sweep(back).space_group == lattice.space_group
    for one, other in zip(back.detector.panels, detector.panels, strict=True):
        assert one.origin_mm == pytest.approx(other.origin_mm)
        assert one.sensor == pytest.approx(other.sensor)
        assert (one.gaps_px, one.material, one.frame_px) == (other.gaps_px, other.material, other.frame_px)


def test_what_dials_wrote_comes_back_the_same(tmp_path):
    path = sample_data_folder() / "lcyst_01_first10_integrated.expt"
    sweep = read_experiment(path).sweeps[0]
    write_experiment(tmp_path / "again.expt", [sweep])
    again = read_experiment(tmp_path / "again.expt").sweeps[0]
    assert again.source_direction == pytest.approx(sweep.source_direction)
    assert again.goniometer.rotation(0.3) == pytest.approx(sweep.goniometer.rotation(0.3))
    assert again.detector.panels[0].fast == pytest.approx(sweep.detector.panels[0].fast)
    assert again.hall_symbol == sweep.hall_symbol


def test_images_in_one_file_are_counted_from_the_first(tmp_path):
    sweep = rotation_sweep(DiffractionBeam(), preset_detector("eiger-4m"), images=3)
    write_experiment(tmp_path / "scan.expt", [sweep], [ImageFiles("images.nxs", 0)])
    record = json.loads((tmp_path / "scan.expt").read_text())
    assert record["imageset"][0]["single_file_indices"] == [0, 1, 2]


def test_models_that_are_alike_are_written_once(tmp_path):
    sweep = rotation_sweep(DiffractionBeam(), preset_detector("eiger-4m"), images=3)
    write_experiment(tmp_path / "scan.expt", [sweep, sweep])
    record = json.loads((tmp_path / "scan.expt").read_text())
    assert [len(record[name]) for name in ("experiment", "beam", "detector")] == [2, 1, 1]


def test_sweeps_that_cannot_be_written(tmp_path):
    from dataclasses import replace

    sweep = rotation_sweep(DiffractionBeam(), preset_detector("eiger-4m"), images=3)
    with pytest.raises(InputError, match="needs a sweep"):
        write_experiment(tmp_path / "scan.expt", [])
    with pytest.raises(InputError, match="detector and a wavelength"):
        write_experiment(tmp_path / "scan.expt", [replace(sweep, detector=None)])
    assert not list(tmp_path.iterdir())
    assert np.isfinite(sweep.wavelength)
