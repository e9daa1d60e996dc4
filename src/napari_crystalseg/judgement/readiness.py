"""Readiness: whether a sample's absorption factors may be used, and what to do where not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..calibration.geometry_score import GeometryScore
from ..labels import Material
from ..wavelength import same_energy
from .finding import Finding, worst_first

if TYPE_CHECKING:
    from ..absorption.coefficients import Coefficients


@dataclass(frozen=True)
class Readiness:
    """What is known of labels and of what their absorption factors are computed with.

    Parameters
    ----------
    volumes_um3 : mapping of Material to float, or None
        Volume of each class; None where the voxel size is not known.
    label_problems : tuple of str
        What keeps the labels from being used: codes of no class, labels of another volume, in sentences.
    scan_findings : tuple of str
        What was found wrong with the scan, which was reconstructed all the same, in sentences.
    sample_findings : tuple of Finding, or None
        What :func:`.plausibility.findings` says of the labels; None while nobody has looked.
    coefficients : Coefficients or None
        Linear attenuation coefficients, with the energy that they hold for and where they come from; None where there
        are none.
    coefficients_remark : str
        What was done to them, such as a conversion to another energy, in a sentence; empty where nothing was.
    coefficients_sample : str
        Another sample that they were measured in; empty where that is this one.
    experiment_energies_kev : tuple of float
        Photon energies of the diffraction experiment; empty without one, or where it does not say.
    of_experiment : bool
        Whether the factors are those of a diffraction experiment's reflections.
    scan_energy_kev : float or None
        Photon energy of the tomogram; None where it is not known.
    has_scan : bool
        Whether the raw scan is there to check the geometry with.
    geometry : GeometryScore or None
        How well labels and projections agree; None while it is unknown.
    geometry_edited : bool
        The labels were edited since.
    factors_outdated : str
        Why the factors computed last are not those of the labels and settings as they are; empty where they are, or
        there are none.
    """

    volumes_um3: Mapping[Material, float] | None = None
    label_problems: tuple[str, ...] = ()
    scan_findings: tuple[str, ...] = ()
    sample_findings: tuple[Finding, ...] | None = None
    coefficients: Coefficients | None = None
    coefficients_remark: str = ""
    coefficients_sample: str = ""
    experiment_energies_kev: tuple[float, ...] = ()
    of_experiment: bool = False
    scan_energy_kev: float | None = None
    has_scan: bool = False
    geometry: GeometryScore | None = None
    geometry_edited: bool = False
    factors_outdated: str = ""

    def findings(self, with_coefficients: bool = True) -> list[Finding]:
        """Judge all that is known.

        Parameters
        ----------
        with_coefficients : bool
            Judge the coefficients and the factors, too; False where the labels alone are used.

        Returns
        -------
        list of Finding
            The worst first: problems make factors wrong, warnings are worth a look.
        """
        found = [*self._of_labels(with_coefficients), *self._of_geometry()]
        if with_coefficients and self.coefficients is None:
            found.append(Finding("problem", "There are no attenuation coefficients: set them in the stage Check."))
        elif with_coefficients and self.coefficients is not None:
            found += [
                *self._of_origin(self.coefficients),
                *self._of_energy(self.coefficients),
                *self._of_other(self.coefficients),
            ]
        if with_coefficients and self.factors_outdated:
            found.append(Finding("problem", f"{self.factors_outdated}: compute it again in the stage Check."))
        return worst_first(found)

    def refusals(self) -> list[str]:
        """Why no absorption can be computed with these coefficients, in sentences; empty where it can."""
        if self.coefficients is None:
            return [finding.text for finding in self.findings() if finding.level == "problem"]
        judged = [*self._of_energy(self.coefficients), *self._of_other(self.coefficients)]
        energy = self.coefficients.energy_kev
        if energy is not None and not all(same_energy(energy, one) for one in self.experiment_energies_kev):
            judged = [*self._of_origin(self.coefficients), *judged]
        return [finding.text for finding in judged if finding.level == "problem"]

    def _of_labels(self, with_factors: bool) -> Iterator[Finding]:
        for text in self.label_problems:
            # Labels that are kept for themselves are right, whatever volume is chosen beside them.
            yield Finding("problem" if with_factors else "warning", text)
        if self.volumes_um3 is not None:
            yield Finding("good", "The voxel size is known.")
        elif not self.label_problems:
            yield Finding("problem", "Nothing says how large a voxel is: set its size in the stage Open.")
        for text in self.scan_findings:
            yield Finding("warning", f"Of the scan: {text.rstrip('.')}.")
        if self.sample_findings is None:
            yield Finding("warning", "Nobody has looked yet whether the labels are plausible: wait a moment.")
        else:
            yield from self.sample_findings

    def _of_origin(self, coefficients: Coefficients) -> Iterator[Finding]:
        if coefficients.origin == "example":
            text = (
                "The attenuation coefficients are an example (thaumatin at 3.0 keV), not those of this sample: measure "
                "them, look them up or type them in, in the stage Check."
            )
            yield Finding("problem", text)
        elif self.coefficients_sample:
            text = (
                f"The attenuation coefficients were measured in another sample ({self.coefficients_sample}): measure "
                "them in this one, or be sure that crystal and liquor are the same."
            )
            yield Finding("warning", text)
        elif coefficients.origin == "tabulated":
            text = (
                "The attenuation coefficients are those of typical materials, not of this sample: measure them where "
                "there is a scan at the energy of the experiment, or type in your own."
            )
            yield Finding("warning", text)
        else:
            how = "typed in" if coefficients.origin == "given" else "measured in this sample"
            yield Finding("good", f"The attenuation coefficients were {how}.")

    def _of_energy(self, coefficients: Coefficients) -> Iterator[Finding]:
        own, theirs = coefficients.energy_kev, self.experiment_energies_kev
        if self.coefficients_remark:
            yield Finding("warning", self.coefficients_remark)
        if coefficients.origin == "example":
            return
        if own is None:
            if theirs:
                how = "the coefficients were measured" if coefficients.origin == "measured" else "typed-in values hold"
                text = (
                    f"Nothing says at which energy {how}: they must hold at the experiment's {energies_text(theirs)}."
                )
                yield Finding("warning", text)
            return
        if not theirs:
            # Without an experiment the tomogram's energy is the only other one there is.
            if self.scan_energy_kev is not None and not same_energy(own, self.scan_energy_kev):
                text = (
                    f"The coefficients hold at {own:.4g} keV and the tomogram was taken at "
                    f"{self.scan_energy_kev:.4g} keV: they must hold at the energy of the diffraction experiment."
                )
                yield Finding("good", text)
            return
        if all(same_energy(own, energy) for energy in theirs):
            yield Finding("good", f"Coefficients and experiment are both at {own:.4g} keV.")
            return
        text = (
            f"The attenuation coefficients hold at {own:.4g} keV, the diffraction experiment was made at "
            f"{energies_text(theirs)}: take those of the experiment's energy, or press Convert in the stage Check, "
            "which tells the error."
        )
        yield Finding("problem", text)

    def _of_other(self, coefficients: Coefficients) -> Iterator[Finding]:
        volume = 0.0 if self.volumes_um3 is None else self.volumes_um3.get(Material.OTHER, 0.0)
        if not volume:
            return
        if coefficients.other is None:
            text = (
                f"Class 4 (other) fills {volume:,.0f} µm³ and has no attenuation coefficient: type it in, 0 for a "
                "bubble of gas, or make these voxels another class."
            )
            yield Finding("problem", text)
        elif coefficients.other == 0:
            text = f"Class 4 (other) fills {volume:,.0f} µm³ and is taken for gas: see that it is."
            yield Finding("warning", text)

    def _of_geometry(self) -> Iterator[Finding]:
        score = self.geometry
        if score is None:
            if self.has_scan:
                text = (
                    "Nobody has checked whether the labels are mirrored, reversed or turned against the projections: "
                    "press Check geometry in the stage Check."
                )
                yield Finding("warning", text)
            elif self.of_experiment:
                text = (
                    "Whether the labels are mirrored or turned cannot be told without the raw scan: open it and check "
                    "the geometry, or be sure of it."
                )
                yield Finding("warning", text)
            return
        since = " The labels were edited since." if self.geometry_edited else ""
        if score.agrees:
            yield Finding("good", score.sentence() + since)
        else:
            # Undecided, as of a sample that is much the same from all sides, is no proof of a mistake.
            yield Finding("problem" if score.decided else "warning", score.sentence() + since)


def energies_text(energies_kev: tuple[float, ...]) -> str:
    """Photon energies in words, each once."""
    shown = list(dict.fromkeys(f"{energy:.4g} keV" for energy in energies_kev))
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
