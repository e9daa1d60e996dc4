"""The diffraction experiment that absorption factors are computed for, as chosen in the stage Check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..tasks.reflection_files import ReflectionFiles


@dataclass(frozen=True)
class ExperimentFiles:
    """Which reflections, or how many directions over a sphere where there are none.

    Parameters
    ----------
    files : ReflectionFiles or None
        DIALS ``.expt`` and ``.refl``; None for directions over a sphere.
    energies_kev : tuple of float
        Photon energies of the experiment, keV.
    offset_deg : float
        Degrees added to the scan angles of the experiment to make them those of the tomogram.
    sphere : int
        Number of directions over a sphere.
    """

    files: ReflectionFiles | None = None
    energies_kev: tuple[float, ...] = ()
    offset_deg: float = 0.0
    sphere: int = 500

    @property
    def directions(self) -> tuple[Any, ...]:
        """What the directions of the beams follow from: those of another value are other directions."""
        return (self.sphere,) if self.files is None else (self.files, self.offset_deg)
