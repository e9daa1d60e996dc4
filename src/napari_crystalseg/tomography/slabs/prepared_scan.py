"""A scan ready to be reconstructed: judged, normalised, its axis known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, part
from ...provenance import Provenance
from ...scan import Scan
from ..axis.half_acquisition import HalfAcquisition
from ..binning import binned, binned_mask, unbinned_column
from ..judged_scan import JudgedScan, judge_frames
from ..line_integrals import LineIntegrals
from ..methods.method import Method
from ..methods.ray_geometry import Geometry
from ..recipe import Recipe
from ..rotation_axis import RotationAxis, axis_of


@dataclass(frozen=True, eq=False)
class PreparedScan:
    """A scan whose artefacts have been looked at, and whose axis is known.

    Parameters
    ----------
    judged : JudgedScan
        What was found of its frames; the scan without those that are left out.
    ready : Scan
        Binned.
    lines : LineIntegrals
        Its line integrals, by rows.
    axis : RotationAxis
        In columns of the binned detector.
    centre_from : str
        Where the axis comes from.
    half : HalfAcquisition or None
        How both halves of a full turn are stitched, where that is needed.
    """

    judged: JudgedScan
    ready: Scan
    lines: LineIntegrals
    axis: RotationAxis
    centre_from: str
    half: HalfAcquisition | None

    @classmethod
    def of(cls, scan: Scan, recipe: Recipe, progress: Progress, found_px: float | None = None) -> PreparedScan:
        """Look at the artefacts of a scan, and find its axis unless it is known.

        Parameters
        ----------
        scan : Scan
            As it was opened.
        recipe : Recipe
            What is to be done.
        progress : Progress
            Told what is being done; may raise to cancel.
        found_px : float, optional
            Column of the axis that an earlier run found, binned.
        """
        binning, preprocessing = recipe.binning, recipe.preprocessing
        turned = recipe.turned(scan)
        given, centre_from = recipe.given_centre_px(turned)
        judged = JudgedScan(turned, axis=recipe.axis, force=recipe.force)
        unmeasured = np.zeros(turned.shape[1:], dtype=bool)
        if preprocessing.check:
            judged = judge_frames(scan, recipe.axis, recipe.force, part(progress, 0.0, 0.1))
            if judged.unmeasured is not None:
                unmeasured = judged.unmeasured
        progress(0.1, "Normalising")
        ready = binned(judged.scan, binning)
        lines = LineIntegrals(ready, preprocessing, part(progress, 0.12, 0.4), binned_mask(unmeasured, binning))
        if preprocessing.check:
            judged = judged.held_against_angles(lines.flat_field)
        judged = judged.with_gaps(lines.flat_field)
        axis = axis_of(lines, judged.scan, binning, given, found_px, part(progress, 0.4, 1.0))
        half = lines.half_acquisition(axis.column_px)
        if half is not None:
            progress(1.0, f"Half acquisition: {half.described(binning)}")
        return cls(judged, ready, lines, axis, axis.source if given is None else centre_from, half)

    def geometry(self, recipe: Recipe) -> Geometry:
        """Return the angles, columns and axis of the projections as a method takes them."""
        return Geometry(
            self.ready.angles_deg if self.half is None else self.half.angles_deg,
            self.ready.shape[2] if self.half is None else self.half.columns,
            self.axis.column_px if self.half is None else self.half.centre_px,
            self.ready.pixel_size_um,
            recipe.filter_name,
            recipe.extrapolation,
        )

    def largest_geometry(self, recipe: Recipe) -> Geometry:
        """Return the geometry that memory is planned by.

        Beside stitched projections there are those that they are made of.
        """
        geometry = self.geometry(recipe)
        return geometry if self.half is None else replace(geometry, angles_deg=self.ready.angles_deg)

    def projections(self, first: int, last: int) -> NDArray[np.float32]:
        """Return the line integrals of rows ``first`` to ``last`` (exclusive) as a method takes them."""
        line_integrals = self.lines.rows(first, last)
        return line_integrals if self.half is None else self.half.stitched(line_integrals)

    def provenance(self, recipe: Recipe, method: Method) -> Provenance:
        """Return what was done. Artefacts that were not found, and choices that are the usual ones, are not named."""
        found = self.lines.to_dict()
        stripes = found.pop("stripes_removed")
        if found.get("flat_groups") == 1:
            del found["flat_groups"]
        record = {
            "rotation_centre_px": round(unbinned_column(self.axis.column_px, recipe.binning), 4),
            "rotation_centre": self.centre_from,
            "filter": recipe.filter_name,
            "angles": len(self.ready.angles_deg),
            **{name: value for name, value in found.items() if value is not None and name != "delta_beta"},
            "rings_removed": stripes != "none",
            "delta_beta": found["delta_beta"],
            "voxel_size_um": "unknown: voxel values are attenuation per pixel"
            if self.ready.pixel_size_um is None
            else self.ready.pixel_size_um,
        }
        if stripes not in ("median", "none"):
            record["stripes_removed"] = stripes
        record |= self._axis_record(recipe)
        record |= _choices_before(recipe)
        record |= self._frames_record()
        record |= _choices_after(recipe)
        # Records of the back-projector have never named it, and simulated volumes keep their bytes.
        if method.name != "fbp":
            record |= method.record()
        return self.judged.scan.provenance.then("reconstruct", **record)

    def _axis_record(self, recipe: Recipe) -> dict[str, Any]:
        record = {}
        if self.half is not None:
            full = self.judged.scan.half_acquisition is False
            stated = ", though the file states a full field of view" if full else ""
            record["half_acquisition"] = self.half.described(recipe.binning) + stated
        if self.axis.remark is not None:
            record["rotation_centre_remark"] = self.axis.remark
        return record

    def _frames_record(self) -> dict[str, Any]:
        record: dict[str, Any] = {}
        if self.judged.left_out:
            record["frames_left_out"] = self.judged.left_out
        if self.judged.consistency is not None:
            record["consistency"] = self.judged.consistency.to_dict()
        if said := self.judged.statements:
            record["said"] = list(said)
        return record


def _choices_before(recipe: Recipe) -> dict[str, Any]:
    """Choices that are not the usual ones, and that stand before the frames in a record."""
    record: dict[str, Any] = {}
    if recipe.extrapolation != "hold":
        record["beyond_field"] = recipe.extrapolation
    if recipe.rows is not None:
        record["rows"] = list(recipe.rows)
    if recipe.axis != "columns":
        record["axis"] = recipe.axis
    if recipe.force:
        record["force"] = True
    return record


def _choices_after(recipe: Recipe) -> dict[str, Any]:
    """Choices that are not the usual ones, and that stand behind the frames in a record."""
    record = {}
    if recipe.width is not None:
        record["width"] = recipe.width
    if recipe.binning != 1:
        record["binning"] = recipe.binning
    return record
