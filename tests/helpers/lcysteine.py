"""The image of L-cysteine that comes with the samples, and where its pixels lie."""

from __future__ import annotations

from napari_crystalseg.experiment import read_experiment
from napari_crystalseg.samples import sample_data_folder


def image_path():
    return sample_data_folder() / "lcyst_01_00002.cbf.gz"


def image():
    """Counts, shape (1679, 1475); -1 in gaps and -2 in dead pixels."""
    import fabio

    with fabio.open(str(image_path())) as opened:
        return opened.data


def sweep():
    return read_experiment(sample_data_folder() / "lcyst_01_first10_integrated.expt").sweeps[0]
