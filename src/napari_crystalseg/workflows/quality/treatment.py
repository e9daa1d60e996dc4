"""Treatment: intensities corrected in one way, scaled and merged."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...diffraction.merging.agreement import Agreement, agreement_with
from ...diffraction.merging.merging_statistics import MergingStatistics, merging_statistics
from ...diffraction.merging.unmerged_intensities import UnmergedIntensities
from ...diffraction.scaling.scale_intensities import scale_intensities
from .quality_scan import QualityScan


@dataclass(frozen=True, eq=False)
class Treatment:
    """What became of intensities.

    Parameters
    ----------
    statistics : MergingStatistics
        Of the corrected and scaled intensities.
    scaling : dict
        Error model, outliers and cycles of the scaling.
    agreement : Agreement or None
        How near the merged intensities are to the true ones; None where these are not known.
    """

    statistics: MergingStatistics
    scaling: dict[str, Any]
    agreement: Agreement | None

    @property
    def r_meas(self) -> float:
        """Overall R_meas, I(+) and I(-) apart, so that the anomalous signal does not count as an error."""
        return self.statistics.overall.r_meas_within

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        truth = (
            None
            if self.agreement is None
            else {name: value if np.isfinite(value) else None for name, value in asdict(self.agreement).items()}
        )
        return {**self.statistics.to_dict(), "scaling": self.scaling, "agreement_with_truth": truth}


def treated(
    scan: QualityScan,
    intensities: UnmergedIntensities,
    *,
    absorption: NDArray[np.float64] | None = None,
    absorption_level: str | None = None,
    simulated: bool = True,
    seed: int = 0,
) -> Treatment:
    """Correct intensities, scale them with a smooth scale and B along the scan, and merge them.

    Parameters
    ----------
    scan : QualityScan
        The observations.
    intensities : UnmergedIntensities
        What was observed.
    absorption : ndarray, shape (observation,), optional
        Absorption factors to divide by; none by default.
    absorption_level : {"low", "medium", "high"}, optional
        Also fit an empirical absorption surface.
    simulated : bool
        Whether the intensities are of the true ones of the scan, which they are then held against.
    seed : int
        Of the reflections that scaling draws, and of random halves.
    """
    if absorption is not None:
        intensities = intensities.divided_by(absorption)
    scaled = scale_intensities(
        intensities,
        scan.angle_deg,
        scan.directions.incident,
        scan.directions.leaving,
        sweep=scan.sweep,
        absorption_level=absorption_level,
        seed=seed,
    )
    return Treatment(
        merging_statistics(scaled.unmerged, seed=seed),
        scaled.to_dict(),
        agreement_with(scaled.unmerged, scan.true_intensity) if simulated else None,
    )
