"""Whether measured coefficients can be trusted: alignment, flat field, harmonics, and what is not measurable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..absorption import AttenuationFit, fit_attenuation
from ..labels import Material
from .blurred_attenuation import BlurredModel, Observations
from .geometry_score import GeometryScore
from .projection_alignment import Alignment, rigid_shift, turn_basis

if TYPE_CHECKING:
    from ..tomography.preprocessing.flat_field import FlatField

_CLUSTERS = 12
_SHIFT_PX = 0.75
# Over half a turn a shift of the axis and one of the labels along axis 1 nearly cancel: what is seen of both counts.
_SEEN_SHIFT_PX = 0.5
_WOBBLE_PX = 1.0
_LEVEL = 0.03
_LEVEL_NEAR = 0.01
_DRIFT = 0.05
_PATTERN = 0.01
_BEND = 0.03
_LEAST_EXPLAINED = 0.994
_POOR = 0.2


@dataclass(frozen=True)
class Diagnostics:
    """Figures that speak for or against measured coefficients.

    Parameters
    ----------
    explained : float
        Share of the variance of −ln T that the fit explains.
    residual_rms : float
        Root mean square of the residuals of −ln T.
    axis_shift_px, label_shift_px, row_shift_px : float, (float, float), float
        How the labels had to be moved: rotation axis along columns; labels along axes 1 and 2; along rows.
    wobble_px : (float, float)
        Root mean square of what shifts along rows and columns remain.
    air_level, air_drift : float or None
        Transmission of the air at the sides before it was divided off, and its range over the angles.
    level_rms : float
        Root mean square of the level of −ln T beside the sample, after the air was divided off.
    flat_pattern : float or None
        Root mean square of a pattern in the air's −ln T that stays the same at all angles; None where too little air is
        seen.
    bend, bend_error : float
        Relative change of −ln T at the thickest place through a bend of the line, and its standard error.
    geometry : GeometryScore
        Comparison with other orientations of the labels.
    findings : tuple of str
        Sentences for the user.
    """

    explained: float
    residual_rms: float
    axis_shift_px: float
    label_shift_px: tuple[float, float]
    row_shift_px: float
    wobble_px: tuple[float, float]
    air_level: float | None
    air_drift: float | None
    level_rms: float
    flat_pattern: float | None
    bend: float
    bend_error: float
    geometry: GeometryScore
    findings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""

        def short(value: float | None) -> float | None:
            return None if value is None else float(f"{value:.4g}")

        return {
            "explained_variance": round(self.explained, 5),
            "residual_rms": short(self.residual_rms),
            "shift_px": {
                "axis": short(self.axis_shift_px),
                "labels_axis_1": short(self.label_shift_px[0]),
                "labels_axis_2": short(self.label_shift_px[1]),
                "rows": short(self.row_shift_px),
            },
            "wobble_px": {"rows": short(self.wobble_px[0]), "columns": short(self.wobble_px[1])},
            "air_level": short(self.air_level),
            "air_drift": short(self.air_drift),
            "level_rms": short(self.level_rms),
            "flat_pattern": short(self.flat_pattern),
            "bend_at_thickest": short(self.bend),
            "bend_error": short(self.bend_error),
            "geometry": self.geometry.to_dict(),
        }


def clusters_of(seen: Observations) -> NDArray[np.int64]:
    """Clusters of neighbouring angles, and of neighbouring rows; shape (2, observation)."""
    angles, first, last = int(seen.group.max()) + 1, int(seen.row.min()), int(seen.row.max()) + 1
    return np.stack([seen.group * _CLUSTERS // angles, (seen.row - first) * _CLUSTERS // (last - first)])


def diagnose(
    model: BlurredModel,
    seen: Observations,
    fit: AttenuationFit,
    per_um: NDArray[np.float64],
    alignment: Alignment,
    centre_px: float,
    flat_field: FlatField,
    geometry: GeometryScore,
    values: NDArray[np.float64],
    errors: NDArray[np.float64],
) -> Diagnostics:
    """Collect the figures of a fit and say what they mean."""
    shifts = alignment.columns - centre_px
    rigid = rigid_shift(model.angles_deg, shifts)
    wobble = (
        float(np.std(alignment.rows)),
        float(np.sqrt(np.mean((shifts - turn_basis(model.angles_deg) @ rigid) ** 2))),
    )
    seen_shift = float(np.sqrt(np.mean((turn_basis(model.angles_deg) @ rigid) ** 2)))
    level = fit.group_nuisances[:, 0]
    bend, bend_error = _curvature(seen, fit)
    total = fit.residuals + seen.lengths_um @ np.nan_to_num(fit.values)
    means = np.bincount(seen.group, total) / np.maximum(np.bincount(seen.group), 1)
    explained = 1 - float((fit.residuals**2).sum() / max(((total - means[seen.group]) ** 2).sum(), 1e-30))
    air = flat_field.air
    sides = None if air is None else np.concatenate([air.left, air.right])
    figures: dict[str, Any] = {
        "explained": explained,
        "residual_rms": float(np.sqrt(np.mean(fit.residuals**2))),
        "axis_shift_px": float(rigid[0]),
        "label_shift_px": (float(rigid[2]), float(rigid[1])),
        "row_shift_px": float(np.median(alignment.rows)),
        "wobble_px": wobble,
        "air_level": None if sides is None else float(np.median(sides)),
        "air_drift": None if sides is None else float(np.ptp(np.percentile(sides, [2, 98]))),
        "level_rms": float(np.sqrt(np.mean(level**2))),
        "flat_pattern": _fixed_pattern(model, alignment, len(flat_field.scan.flats)),
        "bend": bend,
        "bend_error": bend_error,
    }
    findings = _alignment_findings(figures, seen_shift, geometry) + _flat_findings(figures)
    findings += _fit_findings(figures, model, values, errors)
    return Diagnostics(**figures, geometry=geometry, findings=tuple(findings))


def _curvature(seen: Observations, fit: AttenuationFit) -> tuple[float, float]:
    """Relative change of −ln T at the thickest place through the square of the prediction, and its error."""
    top = float(np.percentile(seen.predicted, 99.5))
    if top <= 0:
        return 0.0, 0.0
    square = (seen.predicted / top) ** 2
    bent = fit_attenuation(
        seen.attenuation,
        seen.lengths_um,
        nuisances=np.concatenate([square[:, np.newaxis], seen.nuisances], axis=1),
        nuisance_spreads=np.concatenate([[np.inf], seen.spreads]),
        correlated=seen.correlated,
        groups=seen.group,
        group_nuisances=seen.own,
        clusters=clusters_of(seen),
    )
    place = seen.lengths_um.shape[1]
    return float(bent.nuisances[0] / top), float(np.sqrt(bent.covariance[place, place]) / top)


def _fixed_pattern(model: BlurredModel, alignment: Alignment, flats: int) -> float | None:
    """Root mean square of what stays the same at all angles in pixels that see only air."""
    from scipy.ndimage import binary_dilation

    seen = model.maps(alignment).sum(axis=1).max(axis=0) > 0
    air = ~binary_dilation(seen, iterations=int(np.ceil(4 * model.blur_px)))
    values = -np.log(model.transmission[:, air].astype(np.float64))
    if values.shape[1] < 30:
        return None
    values -= np.median(values, axis=1, keepdims=True)
    # The noise of the mean flat is in all projections alike.
    noise = np.median(values.var(axis=0, ddof=1)) * (1 / len(values) + 1 / flats)
    return float(np.sqrt(max(np.median(values.mean(axis=0) ** 2) / 0.455 - noise, 0.0)))


def _alignment_findings(figures: dict[str, Any], seen_shift_px: float, geometry: GeometryScore) -> list[str]:
    said = [
        sentence for sentence in geometry.findings if "not decided" not in sentence and "same from all" not in sentence
    ]
    along, across = figures["label_shift_px"]
    if seen_shift_px > _SEEN_SHIFT_PX and abs(figures["axis_shift_px"]) > _SHIFT_PX:
        said.append(
            f"The labels seem shifted by {figures['axis_shift_px']:+.1f} columns against the projections: the rotation "
            "centre is wrong, or the labels were cropped."
        )
    if seen_shift_px > _SEEN_SHIFT_PX and np.hypot(along, across) > _SHIFT_PX:
        said.append(
            f"The labels seem shifted by {along:+.1f} and {across:+.1f} px along their axes 1 and 2: they were cropped "
            "or moved, or the rotation centre is wrong."
        )
    if abs(figures["row_shift_px"]) > _SHIFT_PX:
        said.append(f"The labels seem shifted by {figures['row_shift_px']:+.1f} rows against the projections.")
    if max(figures["wobble_px"]) > _WOBBLE_PX:
        said.append(
            f"The sample moves by {max(figures['wobble_px']):.1f} px between projections (root mean square): the axis "
            "wobbles, or the sample moved."
        )
    return said


def _flat_findings(figures: dict[str, Any]) -> list[str]:
    said = []
    level, drift, pattern = figures["air_level"], figures["air_drift"], figures["flat_pattern"]
    if level is None:
        said.append("No air is seen at both sides, so a wrong level of the flat field shows only beside the sample.")
    elif abs(level - 1) > _LEVEL:
        said.append(
            f"The air at the sides transmits {level:.3f} instead of 1: flats and projections were taken with different "
            "exposures or beams. It was divided off."
        )
    if drift is not None and drift > _DRIFT:
        said.append(f"The level of the air changes by {drift:.3f} over the scan. It was divided off at each angle.")
    if figures["level_rms"] > _LEVEL_NEAR:
        said.append(
            f"Beside the sample −ln T is off by {figures['level_rms']:.3f} (root mean square) where it should be 0: "
            "the flat field does not fit, or something is missing in the labels."
        )
    if pattern is not None and pattern > _PATTERN:
        said.append(
            f"A pattern of {pattern:.1%} stays in the air at all angles: the flat field is not that of this scan, or "
            "the beam moved."
        )
    return said


def _fit_findings(
    figures: dict[str, Any], model: BlurredModel, values: NDArray[np.float64], errors: NDArray[np.float64]
) -> list[str]:
    said = []
    for material, value, error in zip(model.present, values, errors, strict=True):
        if not np.isfinite(value):
            said.append(
                f"The attenuation of {material.title} cannot be measured: its path lengths cannot be told from those "
                "of the other materials."
            )
        elif material is Material.OTHER and abs(value) < 3 * error:
            if 2 * error > max((v for v in values if np.isfinite(v)), default=0.0):
                said.append(
                    f"The attenuation of {material.title} is open, as there is too little of it to tell a bubble from "
                    "salt: give it (0 for a bubble)."
                )
        elif value < -2 * error:
            said.append(
                f"The attenuation of {material.title} comes out negative, which cannot be: the labels are wrong."
            )
        elif error > _POOR * abs(value):
            said.append(
                f"The attenuation of {material.title} is uncertain by {error / max(abs(value), 1e-30):.0%}: there is "
                "too little of it, or fringes hide it."
            )
    if figures["explained"] < _LEAST_EXPLAINED:
        said.append(
            f"Only {figures['explained']:.1%} of the variation of −ln T is explained, so the errors may be too small: "
            "the labels do not fit the scan, or a material is not the same everywhere."
        )
    bend, error = figures["bend"], figures["bend_error"]
    if abs(bend) > max(_BEND, 4 * error):
        how = "less" if bend < 0 else "more"
        said.append(
            f"−ln T grows {how} than the path lengths ({bend:+.1%} at the thickest place): "
            + (
                "harmonics of the beam or scattered light reach the detector, and the coefficients are too low."
                if bend < 0
                else "the dark field or the labels are wrong."
            )
        )
    return said
