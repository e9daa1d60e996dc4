"""Simulated samples with the bundled model's labels, and wrong labels of them, for calibration and benchmarks."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.segmentation import ClassProbabilities
from napari_crystalseg.testing.label_damage import damaged, drawn_kinds
from napari_crystalseg.volume import Volume

VARIANTS = ("automatic", "automatic, damaged", "truth, damaged")
"""Labels that are reviewed of each case."""

_LEAST_TRUE, _LEAST_LABELLED = 200, 100


@dataclass(frozen=True, eq=False)
class SimulatedCase:
    """One sample: its volume, what is true, and what the bundled model makes of it.

    Parameters
    ----------
    number : int
        Number of the case.
    volume : Volume
        Reconstruction.
    truth : Labels
        What was drawn.
    automatic : ndarray of uint8, shape (z, y, x)
        Labels of the model.
    uncertainty : ndarray of float32, shape (z, y, x)
        Its entropy.
    probabilities : ClassProbabilities
        Its class probabilities.
    """

    number: int
    volume: Volume
    truth: Labels
    automatic: np.ndarray
    uncertainty: np.ndarray
    probabilities: ClassProbabilities

    @classmethod
    def made(cls, folder: Path, number: int, seed: int, size: int) -> SimulatedCase:
        """Simulate and segment a case into a folder; read it where that was done."""
        from napari_crystalseg.segmentation import segment
        from napari_crystalseg.simulation.requests.case_request import CaseRequest
        from napari_crystalseg.simulation.simulate import simulate

        (path,) = simulate(folder, 1, CaseRequest(seed, angles=90, size=size), first=number)
        volume, truth = open_volume(path / "volume.tif"), open_labels(path / "labels.tif")
        result = path / "seg.pkl"
        if not result.exists():
            found = segment(volume, keep_probabilities=True)
            result.write_bytes(pickle.dumps((found.labels.data, found.uncertainty, found.probabilities)))
        return cls(number, volume, truth, *pickle.loads(result.read_bytes()))

    def labels(self, variant: int) -> Labels | None:
        """Labels to review, an index of :data:`VARIANTS`; None where they or the truth have hardly any crystal."""
        data = self.truth.data if variant == 2 else self.automatic
        if np.count_nonzero(self.truth.data == 3) < _LEAST_TRUE or np.count_nonzero(data == 3) < _LEAST_LABELLED:
            return None
        if variant:
            rng = np.random.default_rng([self.number, variant, 5])
            data, _ = damaged(data, drawn_kinds(rng), int(rng.integers(2**31)))
        return Labels(data, self.truth.voxel_size_um)

    def coefficients(self, variant: int) -> Coefficients:
        """Coefficients with which the crystal takes away 10 to 80 % of a beam along its diameter."""
        rng = np.random.default_rng([self.number, variant, 6])
        voxels = np.count_nonzero(self.truth.data == 3)
        diameter_um = (6 / np.pi * voxels * self.truth.voxel_volume_um3) ** (1 / 3)
        crystal = -np.log(1 - rng.uniform(0.1, 0.8)) / diameter_um
        liquor, loop = crystal * rng.uniform(0.5, 1.1), crystal * rng.uniform(0.3, 1.0)
        crystal, liquor, loop = (min(float(one), 1.0) for one in (crystal, liquor, loop))
        return Coefficients(liquor=liquor, loop=loop, crystal=crystal, other=0.0)
