"""DiffractionRequest: what images are simulated of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...checks import checked_number
from ...errors import InputError

if TYPE_CHECKING:
    from ...diffraction.background import Background
    from ...diffraction.beam import DiffractionBeam
    from ...diffraction.lattice import Lattice
    from ...diffraction.structure_factors import StructureFactors
    from ...experiment import Detector, Sweep

BACKGROUNDS = ("typical", "random", "none")
# To what resolution crystals of proteins and of small molecules are simulated at most, unless it is asked for, Å.
_FINEST, _FINEST_OF_SMALL, _SMALL_CELL_A3 = 1.2, 0.6, 5000.0
_SAID_BY_EXPERIMENT = (
    "detector",
    "distance_mm",
    "beam_centre_px",
    "two_theta_deg",
    "pitch_yaw_deg",
    "start_deg",
    "width_deg",
)
_USUAL_IMAGES, _LARGEST_IMAGES = 10, 100_000


@dataclass(frozen=True)
class DiffractionRequest:
    """What to simulate.

    Parameters
    ----------
    crystal : str
        One of ``LATTICE_PRESETS``; its structure factors are drawn by Wilson's statistics.
    model : Path or None
        PDB or mmCIF file, in place of ``crystal``.
    experiment : Path or None
        DIALS ``.expt`` whose first sweep says geometry, scan and, where it has one, the crystal; in place of
        ``detector``, ``distance_mm`` and what else says where the detector is.
    stills : bool
        Still images, each of another orientation, in place of a rotation scan.
    images : int or None
        How many; by default ten, or all of the experiment.
    start_deg, width_deg : float
        Scan angle at the start of the first image, and width of an image, degrees.
    exposure_s : float
        Exposure of an image, s.
    detector : str
        One of ``DETECTOR_PRESETS``.
    distance_mm : float
        From the sample to the detector, mm.
    beam_centre_px : (float, float) or None
        Where the beam meets the detector, along (fast, slow), pixels; its middle by default.
    two_theta_deg : float
        Turn of the detector's arm, degrees.
    pitch_yaw_deg : (float, float)
        Tilt of the detector, degrees.
    beam : mapping
        Arguments of :class:`~napari_crystalseg.diffraction.beam.DiffractionBeam`.
    d_min : float or None
        Resolution limit, Å; the corner of the detector by default, at least 1.2 Å (0.6 Å for cells below 5000 Å³).
    b_factor : float
        Temperature factor of drawn structure factors, Å².
    anomalous_ratio : float
        Mean anomalous difference of drawn structure factors over their mean, a part.
    crystal_um : float
        Edge of the crystal, as a cube, µm.
    mosaicity_deg : float
        Standard deviation of the directions of its blocks, degrees.
    block_um : float
        Size of its blocks, µm.
    empty_part : float
        Part of stills without a crystal.
    background : str
        ``typical``, ``random`` or ``none``.
    background_scale : float
        By what the background is multiplied, without unit.
    beam_stop : bool
        Whether there is one.
    ideal : bool
        Mean counts, without noise, hot or dead pixels.
    seed : int
        Of the orientation and of every draw.

    Raises
    ------
    InputError
        A number outside its bounds, or things asked for that exclude each other.
    """

    crystal: str = "lysozyme"
    model: Path | None = None
    experiment: Path | None = None
    stills: bool = False
    images: int | None = None
    start_deg: float = 0.0
    width_deg: float = 0.1
    exposure_s: float = 0.1
    detector: str = "eiger-4m"
    distance_mm: float = 150.0
    beam_centre_px: tuple[float, float] | None = None
    two_theta_deg: float = 0.0
    pitch_yaw_deg: tuple[float, float] = (0.0, 0.0)
    beam: Mapping[str, Any] = field(default_factory=dict)
    d_min: float | None = None
    b_factor: float = 20.0
    anomalous_ratio: float = 0.0
    crystal_um: float = 50.0
    mosaicity_deg: float = 0.05
    block_um: float = 1.0
    empty_part: float = 0.0
    background: str = "typical"
    background_scale: float = 1.0
    beam_stop: bool = True
    ideal: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.images is not None and not 1 <= self.images <= _LARGEST_IMAGES:
            raise InputError(f"Ask for 1 to {_LARGEST_IMAGES} images, not {self.images}.")
        if self.background not in BACKGROUNDS:
            raise InputError(f"The background is {', '.join(BACKGROUNDS)}, not '{self.background}'.")
        checked_number(self.crystal_um, "The size of the crystal, µm,", 1e-3, 1e4)
        checked_number(self.empty_part, "The part of empty images", 0.0, 1.0)
        if self.d_min is not None:
            checked_number(self.d_min, "The resolution limit, Å,", 1e-2)
        checked_number(self.exposure_s, "The exposure of an image, s,", 1e-9, 1e6)
        if self.empty_part and not self.stills:
            raise InputError("Empty images are among stills: ask for stills, or leave the part of empty ones out.")
        if self.stills and self.experiment is not None:
            raise InputError("An experiment file is of a rotation scan: leave it out for stills.")
        self._check_effect(self.experiment is not None, "With an experiment file", _SAID_BY_EXPERIMENT)
        self._check_effect(self.model is not None, "With a model", ("crystal", "b_factor", "anomalous_ratio"))
        self._check_effect(self.stills, "For stills", ("start_deg", "width_deg"))
        self._check_effect(_is_barrel(self.detector), "For a Pilatus 12M", ("distance_mm",))
        self._check_effect(self.background == "none", "Without a background", ("background_scale",))

    def _check_effect(self, given: bool, when: str, names: tuple[str, ...]) -> None:
        """Refuse what would have no effect."""
        usual = {one.name: one.default for one in fields(self)}
        changed = [name for name in names if given and getattr(self, name) != usual[name]]
        if changed:
            named = changed[0].replace("_", " ").removesuffix(" px").removesuffix(" deg").removesuffix(" mm")
            raise InputError(f"{when} the {named} would have no effect; leave it out.")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values; files by name."""
        record = {name: _plain(value) for name, value in asdict(self).items()}
        return {name: value for name, value in record.items() if value is not None}

    @property
    def image_count(self) -> int:
        """How many images, where no experiment says so."""
        return _USUAL_IMAGES if self.images is None else self.images

    def lit_volume_um3(self, beam: DiffractionBeam) -> float:
        """Return how much of the crystal, a cube, is in the beam, µm³."""
        across, up = (min(self.crystal_um, width) for width in beam.size_um)
        return self.crystal_um * across * up

    def made_beam(self, energy_kev: float | None = None) -> DiffractionBeam:
        """Return the beam; of another energy, where an experiment says so."""
        from ...diffraction.beam import DiffractionBeam

        given = dict(self.beam)
        if energy_kev is not None:
            given["energy_kev"] = energy_kev
        return DiffractionBeam(**given)

    def made_detector(self, energy_kev: float) -> Detector:
        """Return the detector that is asked for by name."""
        from ...diffraction.detectors import BARREL_RADIUS_MM, preset_detector

        distance = BARREL_RADIUS_MM if _is_barrel(self.detector) else self.distance_mm
        return preset_detector(
            self.detector,
            distance,
            energy_kev=energy_kev,
            beam_centre_px=self.beam_centre_px,
            two_theta_deg=self.two_theta_deg,
            pitch_yaw_deg=self.pitch_yaw_deg,
        )

    def made_background(self) -> Background | None:
        """Return the background."""
        from dataclasses import replace

        from ...diffraction.background import Background, random_background

        if self.background == "none":
            return None
        drawn = Background() if self.background == "typical" else random_background(self.seed)
        if _is_barrel(self.detector) and self.experiment is None:
            drawn = replace(drawn, air_mm=0.0)  # it stands in a vacuum
        return replace(drawn, scale=drawn.scale * self.background_scale)

    def made_structure_factors(
        self, beam: DiffractionBeam, detector: Detector, sweep: Sweep | None
    ) -> StructureFactors:
        """Return the structure factors, of the lattice that is asked for, as an experiment's crystal lies.

        They are those of all images; stills turn the lattice.
        """
        from ...diffraction.lattice import Lattice
        from ...diffraction.structure_factors import structure_factors_of_model, wilson_structure_factors

        lattice = Lattice.preset(self.crystal).turned(self.seed)
        if sweep is not None and sweep.reciprocal_axes is not None:
            self._check_effect(True, "With the crystal of an experiment file", ("crystal",))
            lattice = Lattice.of_sweep(sweep)
        finest = _FINEST if lattice.volume_a3 > _SMALL_CELL_A3 else _FINEST_OF_SMALL
        d_min = max(finest, corner_resolution(detector, beam)) if self.d_min is None else self.d_min
        if self.model is not None:
            factors = structure_factors_of_model(self.model, d_min, energy_kev=beam.energy_kev)
            return _turned(factors, lattice, sweep)
        return wilson_structure_factors(
            lattice, d_min, b_factor=self.b_factor, anomalous_ratio=self.anomalous_ratio, seed=self.seed
        )


def _is_barrel(detector: str) -> bool:
    return detector.lower().replace("_", "-").replace(" ", "-") == "pilatus-12m"


def corner_resolution(detector: Detector, beam: DiffractionBeam) -> float:
    """Return the smallest d that the detector sees, Å."""
    least = np.inf
    for panel in detector.panels:
        if panel.image_size_px is None:
            continue
        width, height = panel.image_size_px * panel.pixel_size_mm
        corners = panel.laboratory_mm(np.array([[0.0, 0.0], [width, 0.0], [0.0, height], [width, height]]))
        corners /= np.linalg.norm(corners, axis=1, keepdims=True)
        cosine = np.clip(-corners @ np.array(beam.source_direction), -1, 1)
        sine = np.sqrt((1 - cosine) / 2)
        least = min(least, float(beam.wavelength_angstrom / (2 * sine.max())))
    return least


def _turned(factors: StructureFactors, lattice: Lattice, sweep: Sweep | None) -> StructureFactors:
    """Structure factors of a model, in the orientation that was drawn or that the experiment's crystal has."""
    from dataclasses import replace

    from ...diffraction.lattice import Lattice
    from ...diffraction.structure_factors import StructureFactors

    cell = factors.lattice.cell
    if sweep is not None and sweep.reciprocal_axes is not None and not np.allclose(cell, lattice.cell, rtol=0.02):
        raise InputError(
            "The cells of the model and of the experiment's crystal differ by more than 2 %; give the model of that "
            "crystal, or an experiment without one."
        )
    turned = Lattice(cell, factors.lattice.space_group, lattice.orientation, factors.lattice.residues)
    same = StructureFactors(turned, factors.miller_index, factors.intensity_plus, factors.intensity_minus)
    return replace(same, provenance=factors.provenance)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
