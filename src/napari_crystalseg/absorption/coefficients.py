"""Linear attenuation coefficients of the materials of a sample, and the photon energy that they hold for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels, Material
from ..wavelength import checked_energy_kev, same_energy

Origin = Literal["given", "tabulated", "measured", "example"]
"""Where coefficients come from: the user, tables of typical materials, a measurement, or a published example."""


@dataclass(frozen=True)
class Coefficients:
    """Linear attenuation coefficient of each material at the energy of the diffraction experiment, 1/µm.

    Parameters
    ----------
    liquor, loop, crystal : float
        Coefficients of mother liquor, mount and crystal, 1/µm (0.02 is typical at 4 Å, 0.0002 at 1 Å).
    other : float or None
        Coefficient of class 4 (bubble, salt, dust), 1/µm; 0 for gas. None where it is not known: then there may be no
        such voxel.
    energy_kev : float or None
        Photon energy that the coefficients hold for, keV; None where it is not known.
    origin : {"given", "tabulated", "measured", "example"}
        Where they come from.

    Raises
    ------
    InputError
        Negative, not finite, above 1/µm (such values are in 1/mm), or an energy that is not positive in keV.
    """

    liquor: float
    loop: float
    crystal: float
    other: float | None = None
    energy_kev: float | None = None
    origin: Origin = "given"

    def __post_init__(self) -> None:
        for name in ("liquor", "loop", "crystal", "other"):
            value = getattr(self, name)
            if value is None and name == "other":
                continue
            try:
                number = float(value)
            except (TypeError, ValueError):
                raise InputError(f"The attenuation coefficient of {name} must be a number, not {value!r}.") from None
            if not math.isfinite(number) or number < 0:
                raise InputError(f"The attenuation coefficient of {name} must be zero or positive, not {number}.")
            if number > 1:
                raise InputError(
                    f"The attenuation coefficient of {name} is {number:g} 1/µm, which nothing here reaches. "
                    f"Coefficients are in 1/µm; if it was in 1/mm, give {number / 1000:g}."
                )
            object.__setattr__(self, name, number)
        if self.energy_kev is not None:
            object.__setattr__(self, "energy_kev", checked_energy_kev(self.energy_kev, "energy of the coefficients"))
        if self.origin not in get_args(Origin):
            raise InputError(f"Coefficients are {', '.join(get_args(Origin))}, not '{self.origin}'.")

    def array(self) -> NDArray[np.float64]:
        """Return the coefficients indexed by the code of :class:`~napari_crystalseg.labels.Material`, air being 0.

        Class 4 is 0 where its coefficient is not known; :meth:`check` refuses labels that have it.
        """
        mu = np.zeros(len(Material))
        for name, value in self.to_dict().items():
            mu[Material[name.upper()]] = value
        return mu

    def to_dict(self) -> dict[str, float]:
        """Return name and value of each coefficient that is known, 1/µm."""
        values = {"liquor": self.liquor, "loop": self.loop, "crystal": self.crystal}
        return values if self.other is None else {**values, "other": self.other}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Coefficients:
        """Return the coefficients that :meth:`record` states."""
        energy, origin = record["coefficients_energy_kev"], record["coefficients_origin"]
        return cls(**record["coefficients_per_um"], energy_kev=energy, origin=origin)

    def sentence(self) -> str:
        """Say where the coefficients come from and for which energy they hold."""
        come = {
            "given": "were given by the user",
            "tabulated": "are those of typical materials, not of this sample",
            "measured": "were measured",
            "example": "are a published EXAMPLE (thaumatin), NOT of this sample",
        }[self.origin]
        at = "their energy is not known" if self.energy_kev is None else f"they hold at {self.energy_kev:.4g} keV"
        return f"The attenuation coefficients {come}; {at}."

    def record(self) -> dict[str, Any]:
        """Return the parameters that the record of a result states: the values, their energy and their origin."""
        return {
            "coefficients_per_um": self.to_dict(),
            "coefficients_energy_kev": self.energy_kev,
            "coefficients_origin": self.origin,
        }

    def check_classes(self, labels: NDArray[np.uint8]) -> None:
        """Refuse an array of labels, of any shape, with voxels of class 4 where its coefficient is not known.

        Raises
        ------
        InputError
        """
        others = int(np.count_nonzero(labels == Material.OTHER)) if self.other is None else 0
        if others:
            raise InputError(
                f"{others} voxels are class 4 (other), which has no attenuation coefficient: give it "
                "(--mu-other, 0 for a bubble of gas), or give these voxels another class."
            )

    def check(self, labels: Labels, energies_kev: Iterable[float] = ()) -> None:
        """Refuse coefficients that do not hold for labels, or not at the energies of an experiment.

        Parameters
        ----------
        labels : Labels
            What is to be traced.
        energies_kev : iterable of float
            Photon energies of the diffraction experiment, keV; none where they are not known.

        Raises
        ------
        InputError
            The labels have voxels of class 4, whose coefficient is not known; or the coefficients hold for an energy
            that is more than a percent away from the experiment's.
        """
        self.check_classes(labels.data)
        self.check_energies(energies_kev)

    def check_energies(self, energies_kev: Iterable[float]) -> None:
        """Refuse coefficients that hold for another energy, by more than a percent, than a diffraction experiment's.

        Parameters
        ----------
        energies_kev : iterable of float
            Photon energies of the experiment, keV; none where they are not known.

        Raises
        ------
        InputError
        """
        if self.energy_kev is None:
            return
        for energy in energies_kev:
            if not same_energy(energy, self.energy_kev):
                raise InputError(
                    f"The attenuation coefficients hold at {self.energy_kev:.4g} keV, but the diffraction experiment "
                    f"was made at {energy:.4g} keV, where such are about {(self.energy_kev / energy) ** 3:.2g} times "
                    "as large: give those of the experiment's energy, or have these converted (--convert-mu), which "
                    "tells the error."
                )
