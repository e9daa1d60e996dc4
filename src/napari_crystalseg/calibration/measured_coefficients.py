"""Attenuation coefficients measured from projections and labels.

Interference moves light, but loses none: fringes vanish from the mean over an edge, though not from the mean of its
logarithm. So both the measured transmission and the one predicted from the labels are blurred by a few fringe widths
before the logarithm is taken, and −ln T is linearised about the prediction. What the fringes leave to first order is
the transport of intensity, −ln T ≈ Σ μ L − z δ ∇·(T∇L)/T (Teague 1983), which has a free coefficient for each material;
the detector's blur looks the same and goes with it. Each projection has its own level and shift. The fit is made with
free surfaces (each moved outwards by part of a voxel, and some glare) and without, and with less blur; the mean of the
first two is the answer, and what they differ by is part of its error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..absorption import AttenuationFit, Coefficients, fit_attenuation
from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..provenance import Provenance, hash_array
from ..scan import Scan
from .blurred_attenuation import BlurredModel, Observations, chosen_blur_px
from .coefficient_findings import Diagnostics, clusters_of, diagnose
from .coefficient_residuals import ResidualPictures, residual_pictures
from .geometry import scan_geometry, with_known_pixel_size
from .orientation_search import spread_over
from .projection_alignment import Alignment

if TYPE_CHECKING:
    from ..tomography import JudgedScan

MATERIALS = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL, Material.OTHER)
_MOST_ANGLES = 60
_FEWEST_ANGLES = 24
_MAP_BYTES = 400 * 2**20
_SHELL_MAPS = 6
_ROUNDS = 5
# How much finer the blur is with which the measurement is repeated, to see what fringes leave.
_FINER = 1 / np.sqrt(2)


@dataclass(frozen=True, eq=False)
class MeasuredCoefficients:
    """Coefficients with their errors, and what speaks for and against them.

    Parameters
    ----------
    per_um, standard_error_per_um : dict of Material to float
        Linear attenuation coefficient and its standard error, 1/µm, at the energy of the scan; NaN and infinity where a
        material cannot be measured.
    statistical_error_per_um, systematic_error_per_um : dict of Material to float
        The two parts of the error: scatter between clusters of rows and angles; and the change with another blur, and
        half of that between free and fixed surfaces.
    diagnostics : Diagnostics
        Figures of fit, alignment and flat field, and sentences for the user.
    pictures : ResidualPictures
        What the plot of residuals shows.
    energy_kev : float or None
        Energy of the scan.
    provenance : Provenance
        The steps that led from the scan to the coefficients.
    axis_remark : str or None
        What the scan's file records of the rotation axis, where that is not the column used.
    scan_statements : tuple of str
        What the user must know of the scan, such as frames that were left out, a sentence each.
    """

    per_um: dict[Material, float]
    standard_error_per_um: dict[Material, float]
    statistical_error_per_um: dict[Material, float]
    systematic_error_per_um: dict[Material, float]
    diagnostics: Diagnostics
    pictures: ResidualPictures
    energy_kev: float | None
    provenance: Provenance
    axis_remark: str | None = None
    scan_statements: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[str, ...]:
        """What the user should know before using the values."""
        remarks = () if self.axis_remark is None else (f"Note: {self.axis_remark}.",)
        return (*self.scan_statements, *remarks, *self.diagnostics.findings)

    def coefficients(self) -> Coefficients:
        """Return the values for absorption factors; a material that is not measurable gets the liquor's.

        Class 4 gets its value where it absorbs by more than twice its standard error, 0 as gas has where it clearly
        absorbs less than the liquor, and none else: of a few voxels nothing is known.

        Raises
        ------
        InputError
            Neither crystal nor liquor is measurable, or a value is negative.
        """
        value = {m: v for m, v in self.per_um.items() if np.isfinite(v)}
        if Material.CRYSTAL not in value:
            raise InputError("The crystal's attenuation could not be measured; give the coefficients yourself.")
        stand_in = value.get(Material.LIQUOR, value[Material.CRYSTAL])
        return Coefficients(
            liquor=stand_in,
            loop=value.get(Material.LOOP, stand_in),
            crystal=value[Material.CRYSTAL],
            other=other_per_um(self.per_um[Material.OTHER], self.standard_error_per_um[Material.OTHER], stand_in),
            energy_kev=self.energy_kev,
            origin="measured",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all but the pictures as JSON-ready values."""

        def rounded(value: float) -> float | None:
            return float(f"{value:.6g}") if np.isfinite(value) else None

        return {
            "energy_kev": self.energy_kev,
            "coefficients_per_um": {
                m.title: {
                    "value": rounded(self.per_um[m]),
                    "standard_error": rounded(self.standard_error_per_um[m]),
                    "statistical": rounded(self.statistical_error_per_um[m]),
                    "systematic": rounded(self.systematic_error_per_um[m]),
                }
                for m in MATERIALS
            },
            "findings": list(self.findings),
            "diagnostics": self.diagnostics.to_dict(),
            "provenance": self.provenance.to_dict(),
        }


def other_per_um(value: float, standard_error: float, liquor: float) -> float | None:
    """Return the coefficient of class 4 by what was measured, 1/µm: salt's, 0 of gas, or None where it is open."""
    if not (np.isfinite(value) and np.isfinite(standard_error)):
        return None
    if value > 2 * standard_error:
        return value
    return 0.0 if 2 * standard_error < liquor else None


def measure_coefficients(
    labels: Labels,
    scan: Scan | JudgedScan,
    centre_px: float | None = None,
    progress: Progress = silent,
) -> MeasuredCoefficients:
    """Measure the attenuation coefficients of all materials in a scan.

    Parameters
    ----------
    labels : Labels
        Labels of the reconstructed scan; the middle of axes 1 and 2 lies on the rotation axis.
    scan : Scan or JudgedScan
        Raw scan, with its pixel size; one that has not been judged has its rotation axis along the columns.
    centre_px : float, optional
        Column of the rotation axis; found by default.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    MeasuredCoefficients

    Raises
    ------
    InputError
        No pixel size, a centre outside the detector, labels that are all air, fewer than three projections, a single
        row, unusable flats, many bad frames, or frames that do not fit their angles.
    """
    from ..tomography import judge_scan
    from ..tomography.preprocessing.flat_field import FlatField

    check_measurable(labels, scan if isinstance(scan, Scan) else scan.scan)
    judged = judge_scan(with_known_pixel_size(scan), progress=part(progress, 0.0, 0.05))
    scan = judged.scan
    _check_size(scan)
    pixel = scan.required_pixel_size_um
    found = judged.rotation_axis(centre_px)
    centre = found.centre_px
    progress(0.05, "Comparing labels and projections")
    geometry = scan_geometry(labels, judged, centre, progress=part(progress, 0.05, 0.15))

    rows, columns = scan.shape[1:]
    present = [m for m in MATERIALS if (labels.data == m).any()]
    affordable = int(_MAP_BYTES / (4.0 * (len(present) + _SHELL_MAPS) * rows * columns))
    chosen = spread_over(scan.angles_deg, int(np.clip(affordable, _FEWEST_ANGLES, _MOST_ANGLES)))
    few = replace(scan, projections=scan.projections[chosen], angles_deg=scan.angles_deg[chosen])
    flat_field = FlatField.of(few, remove_zingers=True)
    transmission = flat_field.rows(0, rows)

    blur = chosen_blur_px(scan, pixel)
    model = BlurredModel.of(labels, (rows, columns), pixel, few.angles_deg, transmission, _saturated(few), blur)
    progress(0.2, "Aligning labels and projections")
    seen, fit, per_um, alignment = _converged(model, centre, len(present), progress)
    progress(0.75, "Repeating with less blur, and with surfaces as they are")
    finer = _repeated(model.with_blur(blur * _FINER), per_um, alignment, surfaces=True)
    plain = _repeated(model, per_um, alignment, surfaces=False)
    values, statistical, systematic = _between(fit, plain, finer)
    total = np.hypot(statistical, systematic)
    progress(0.9, "Looking at the residuals")
    diagnostics = diagnose(model, seen, fit, per_um, alignment, centre, flat_field, geometry, values, total)
    pictures = residual_pictures(model, seen, fit, per_um, alignment, pixel)

    def table(values: NDArray[np.float64], absent: float) -> dict[Material, float]:
        known = dict(zip(present, values.tolist(), strict=True))
        return {m: known.get(m, absent) for m in MATERIALS}

    progress(1.0, "Measured")
    return MeasuredCoefficients(
        table(values, np.nan),
        table(total, np.inf),
        table(statistical, np.inf),
        table(systematic, np.inf),
        diagnostics,
        pictures,
        scan.energy_kev,
        scan.provenance.then(
            "measure_coefficients",
            labels_sha256=hash_array(labels.data),
            rotation_centre_px=round(centre, 4),
            projections=len(chosen),
            blur_px=round(blur, 3),
        ),
        found.remark,
        judged.statements,
    )


def check_measurable(labels: Labels, scan: Scan, axis: str = "columns") -> None:
    """Refuse, before the scan is judged, labels and a scan in which no coefficients can be measured.

    Parameters
    ----------
    labels, scan : Labels and Scan
        Labels, and the raw scan of the same sample.
    axis : {"columns", "rows"}
        What the rotation axis lies along on the detector.

    Raises
    ------
    InputError
        Labels that are all air or do not say how large a voxel is, fewer than three projections, or a single row.
    """
    _ = labels.required_voxel_size_um
    if not (labels.data != Material.AIR).any():
        raise InputError("The labels are all air: there is nothing to measure; open the labels of the sample.")
    _check_size(scan, axis)


def _check_size(scan: Scan, axis: str = "columns") -> None:
    if len(scan.angles_deg) < 3:
        raise InputError(f"Coefficients need three projections or more, not {len(scan.angles_deg)}.")
    if scan.shape[2 if axis == "rows" else 1] < 2:
        raise InputError(
            "The scan has a single row, and what fringes and blur bring into it from above and below is not known; "
            "measure the coefficients on a scan of more rows."
        )


def _converged(
    model: BlurredModel, centre_px: float, materials: int, progress: Progress
) -> tuple[Observations, AttenuationFit, NDArray[np.float64], Alignment]:
    """Fit and align in turns; the last observations, their fit, what it found (1/µm), and the alignment."""
    alignment = model.coarse_alignment(centre_px)
    per_um = np.full(materials, model.mean_coefficient(alignment))
    for step in range(_ROUNDS):
        progress(0.25 + 0.1 * step, f"Fitting, round {step + 1} of {_ROUNDS}")
        seen = model.observe(per_um, alignment)
        fit = _fitted(seen)
        per_um = _next_coefficients(fit, per_um)
        if step < _ROUNDS - 2:
            alignment = model.realigned(alignment, seen, fit.group_nuisances, fit.residuals)
    return seen, fit, per_um, alignment


def _between(
    fit: AttenuationFit, plain: AttenuationFit, finer: AttenuationFit
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Values between those with free and with fixed surfaces, their statistical and their systematic errors, 1/µm."""
    # Free surfaces take up errors of the labels, but fringes as well: the truth lies between with and without.
    values = (fit.values + plain.values) / 2
    statistical = np.maximum(fit.standard_errors, plain.standard_errors)
    systematic = np.hypot(fit.values - finer.values, (fit.values - plain.values) / 2)
    return values, statistical, np.where(np.isfinite(systematic), systematic, np.inf)


def _repeated(model: BlurredModel, per_um: NDArray[np.float64], alignment: Alignment, surfaces: bool) -> AttenuationFit:
    """Fit twice more, from given coefficients."""
    for _ in range(2):
        fit = _fitted(model.observe(per_um, alignment), surfaces)
        per_um = _next_coefficients(fit, per_um)
    return fit


def _fitted(seen: Observations, surfaces: bool = True) -> AttenuationFit:
    terms = seen.nuisances.shape[1] if surfaces else seen.lengths_um.shape[1]
    return fit_attenuation(
        seen.attenuation,
        seen.lengths_um,
        nuisances=seen.nuisances[:, :terms],
        nuisance_spreads=seen.spreads[:terms],
        correlated=seen.correlated,
        groups=seen.group,
        group_nuisances=seen.own,
        clusters=clusters_of(seen),
    )


def _next_coefficients(fit: AttenuationFit, before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients for the next prediction; what cannot be measured stays."""
    return np.clip(np.where(fit.measurable, fit.values, before), 0.0, 1.0)


def _saturated(scan: Scan) -> NDArray[np.bool_] | None:
    if not np.issubdtype(scan.projections.dtype, np.integer):
        return None
    spoilt = np.asarray(scan.projections == np.iinfo(scan.projections.dtype).max)
    return spoilt if spoilt.any() else None
