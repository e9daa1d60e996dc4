"""Quality scan: the observations that labels are judged by, simulated or of the files of an experiment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ...diffraction.merging.equivalents import Equivalents
from ...diffraction.merging.unmerged_intensities import UnmergedIntensities
from ...errors import InputError
from ...provenance import Provenance

if TYPE_CHECKING:
    from ...absorption import Directions
    from ...diffraction.lattice import Lattice

ANOMALOUS_RATIO = 0.03
"""Mean of ||F(+)| - |F(-)|| over the mean |F| of a simulated crystal: as sulphur gives at long wavelengths."""

B_FACTOR = 25.0
"""Temperature factor of a simulated crystal, Å²."""


LARGEST_CELL_CHANGE = 0.05
"""Relative, of lengths and angles of cells of crystals that are merged: more is another crystal form."""


@dataclass(frozen=True, eq=False)
class QualityScan:
    """Observations of a rotation scan.

    Parameters
    ----------
    directions : Directions
        One direction for each observation.
    equivalents : Equivalents
        Which of them are of one reflection.
    angle_deg : ndarray of float64, shape (observation,)
        Scan angle, degrees.
    true_intensity : ndarray of float64, shape (observation,)
        |F|² of the reflection, in any unit; I(+) and I(-) differ.
    photons : ndarray of float64, shape (observation,)
        Photons for a unit of intensity, but for one factor of all: Lorentz, polarisation, efficiency of the sensor.
    measured : UnmergedIntensities or None
        Intensities of the table, where it has some.
    description : str
        What it is, in a few words.
    provenance : Provenance
        The files, or how it was simulated.
    """

    directions: Directions
    equivalents: Equivalents
    angle_deg: NDArray[np.float64]
    true_intensity: NDArray[np.float64]
    photons: NDArray[np.float64]
    measured: UnmergedIntensities | None = None
    description: str = ""
    provenance: Provenance = field(default_factory=Provenance)

    def __len__(self) -> int:
        return len(self.angle_deg)

    @property
    def sweep(self) -> NDArray[np.int64]:
        """Sweep of each observation, shape (observation,)."""
        assert self.directions.sweep is not None
        return self.directions.sweep


def simulated_scan(
    crystal: str = "thaumatin",
    *,
    energy_kev: float = 4.5,
    d_min: float = 3.0,
    detector: str = "pilatus-12m",
    turn_deg: float = 360.0,
    seed: int = 0,
) -> QualityScan:
    """Simulate a rotation scan of a crystal in a random orientation, with structure factors by Wilson's statistics.

    Parameters
    ----------
    crystal : str
        One of ``diffraction.lattice.LATTICE_PRESETS``.
    energy_kev : float
        Photon energy, keV.
    d_min : float
        Resolution limit, Å.
    detector : str
        One of ``diffraction.detectors.DETECTOR_PRESETS``.
    turn_deg : float
        Turn of the whole scan, degrees.
    seed : int
        Of the orientation and the structure factors.

    Raises
    ------
    InputError
        Names that are not known, or numbers out of their range.
    """
    from ...absorption import Directions
    from ...diffraction.beam import DiffractionBeam
    from ...diffraction.detectors import preset_detector
    from ...diffraction.lattice import Lattice
    from ...diffraction.rotation import predict_rotation, rotation_sweep
    from ...experiment import Experiment, Reflections

    checked_number(turn_deg, "The turn of the scan, degrees,", 1.0, 720.0)
    lattice = Lattice.preset(crystal).turned(seed)
    beam = DiffractionBeam(energy_kev)
    plane = preset_detector(detector, energy_kev=energy_kev)
    images = int(np.ceil(turn_deg / 0.1 - 1e-9))
    sweep = rotation_sweep(beam, plane, width_deg=turn_deg / images, images=images, lattice=lattice)
    predicted = predict_rotation(sweep, lattice, d_min, beam)
    if len(predicted) < 2:
        raise InputError(f"The detector sees no reflections of {crystal} to {d_min:g} Å at {energy_kev:g} keV.")
    table = Reflections(s1=predicted.s1, phi_rad=predicted.phi_rad, miller_index=predicted.miller_index)
    directions = Directions.of(Experiment((sweep,)), table)
    return QualityScan(
        directions,
        Equivalents.of(predicted.miller_index, lattice.gemmi_cell, lattice.gemmi_group),
        np.degrees(predicted.phi_rad),
        _drawn_intensities(lattice, predicted.miller_index, d_min, seed),
        predicted.lorentz * predicted.polarisation * predicted.efficiency,
        description=f"{len(predicted)} simulated reflections of {crystal} to {d_min:g} Å at {energy_kev:g} keV",
        provenance=Provenance(seed=seed).then(
            "simulate a rotation scan",
            crystal=crystal,
            energy_kev=energy_kev,
            d_min=d_min,
            detector=detector,
            turn_deg=turn_deg,
            anomalous_ratio=ANOMALOUS_RATIO,
            b_factor=B_FACTOR,
        ),
    )


def scan_of_files(directions: Directions, *, seed: int = 0) -> QualityScan:
    """Return the observations of an experiment's files, with true intensities drawn by Wilson's statistics.

    Parameters
    ----------
    directions : Directions
        Of the files; of one crystal.
    seed : int
        Of the structure factors.

    Raises
    ------
    InputError
        Directions of no files, no indices, no crystal in the experiment, or several of other wavelengths or lattices.
    """
    from ...diffraction.beam import DiffractionBeam
    from ...diffraction.lattice import Lattice

    if directions.files is None or directions.rows is None:
        raise InputError("Quality is judged with the reflections of an experiment: give its .expt and .refl.")
    if directions.miller_index is None:
        raise InputError(
            f"{directions.files[1].name} has no Miller indices, so that nothing can be merged: give an indexed one."
        )
    assert directions.sweep is not None
    number = int(directions.sweep[directions.sweep >= 0][0])
    first = directions.sweeps[number]
    lattice = Lattice.of_sweep(first)
    rows = directions.rows
    length = np.linalg.norm(rows.s1, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        s1 = rows.s1 / length[:, np.newaxis]
    photons = np.ones(len(directions))
    for each in np.unique(directions.sweep[directions.sweep >= 0]):
        own = directions.sweep == each
        model = directions.sweeps[each]
        axis = model.goniometer.setting_rotation @ model.goniometer.scan_axis
        source = np.asarray(model.source_direction, dtype=float)
        beam = DiffractionBeam(source_direction=(source[0], source[1], source[2]))
        with np.errstate(invalid="ignore", divide="ignore"):
            # Lorentz factor 1 / |m . (s1 x s0)|, with which the experiment's own frame does.
            lorentz = 1 / np.abs(np.cross(s1[own], -source) @ axis)
            photons[own] = lorentz * beam.polarisation(s1[own])
    _check_one_crystal(directions)
    usable = directions.usable & (directions.sweep >= 0)
    # Of a table that was predicted and not integrated, scaling would use nothing; its geometry is as good.
    if directions.scaling is not None and (usable & directions.scaling.used).any():
        usable &= directions.scaling.used
    index = np.where(usable[:, np.newaxis], directions.miller_index, 0)
    equivalents = Equivalents.of(index, lattice.gemmi_cell, lattice.gemmi_group)
    d_min = float(equivalents.resolution.min()) * (1 - 1e-6)
    return QualityScan(
        directions,
        equivalents,
        np.degrees(rows.phi_rad),
        _drawn_intensities(lattice, index, d_min, seed),
        np.clip(photons, 0, 20),
        measured=_intensities_of(directions, equivalents, usable),
        description=directions.description,
        provenance=directions.provenance,
    )


def _check_one_crystal(directions: Directions) -> None:
    """Refuse sweeps whose intensities are not those of one crystal at one wavelength, and cannot be merged."""
    from ...diffraction.lattice import Lattice
    from ...wavelength import same_energy

    assert directions.files is not None and directions.sweep is not None
    chosen = "choose one with --experiment-number, or split the files with dials.split_experiments."
    name, energies = directions.files[0].name, directions.energies_kev
    if not all(same_energy(energy, energies[0]) for energy in energies):
        raise InputError(
            f"{name} holds experiments at {min(energies):.5g} to {max(energies):.5g} keV, whose intensities are not "
            f"merged: {chosen}"
        )
    numbers = np.unique(directions.sweep[directions.sweep >= 0])
    lattices = [Lattice.of_sweep(directions.sweeps[number]) for number in numbers]
    for each in lattices[1:]:
        alike = np.allclose(each.cell, lattices[0].cell, rtol=LARGEST_CELL_CHANGE)
        if not alike or each.space_group != lattices[0].space_group:
            raise InputError(
                f"{name} holds crystals of different cells or space groups, whose intensities are not merged: {chosen}"
            )


def _drawn_intensities(lattice: Lattice, index: NDArray[np.int64], d_min: float, seed: int) -> NDArray[np.float64]:
    from ...diffraction.structure_factors import wilson_structure_factors

    factors = wilson_structure_factors(lattice, d_min, b_factor=B_FACTOR, anomalous_ratio=ANOMALOUS_RATIO, seed=seed)
    return factors.intensity_of(index)


def _intensities_of(
    directions: Directions, equivalents: Equivalents, usable: NDArray[np.bool_]
) -> UnmergedIntensities | None:
    """Intensities of a table as scaling begins with them, None where it has none."""
    from ...experiment.table.measured_intensities import read_intensities

    assert directions.files is not None
    found = read_intensities(directions.files[1])
    if found is None:
        return None
    intensity, sigma = found
    return UnmergedIntensities(equivalents, np.where(usable, intensity, np.nan), sigma)
