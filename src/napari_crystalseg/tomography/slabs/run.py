"""One reconstruction: prepared once, then slab by slab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, part
from ...provenance import Provenance
from ...scan import Scan
from ...volume import Quantity, Volume
from ..axis.half_acquisition import HalfAcquisition
from ..binning import binned, binned_mask, unbinned_column
from ..judged_scan import JudgedScan, judge_frames
from ..line_integrals import LineIntegrals
from ..methods.geometry import Geometry
from ..methods.method import Method
from ..methods.methods import method_named
from ..recipe import Recipe
from ..rotation_axis import RotationAxis, axis_of
from .journal import Journal
from .slab_plan import SlabPlan

PREPARED = 0.45


class Run:
    """One reconstruction: prepared once, then slab by slab."""

    def __init__(self, scan: Scan, recipe: Recipe) -> None:
        self._raw = scan
        self.scan = scan = recipe.turned(scan)
        self.recipe = recipe
        self.judged = JudgedScan(scan, axis=recipe.axis, force=recipe.force)
        self.method: Method = method_named(recipe.method)
        columns = scan.shape[2] // recipe.binning
        # Until the axis is known; for the size of things its place is of no account.
        self.geometry = Geometry(scan.angles_deg, columns, (columns - 1) / 2)
        self.lines: LineIntegrals | None = None
        self.half: HalfAcquisition | None = None

    def prepare(self, progress: Progress, found_px: float | None = None) -> None:
        """Look at the faults of the scan, and find its axis unless it is known, or was found in an earlier run."""
        binning = self.recipe.binning
        given, self.centre_from = self.recipe.given_centre_px(self.scan)
        preparation, unmeasured = self.recipe.preparation, np.zeros(self.scan.shape[1:], dtype=bool)
        if preparation.check:
            self.judged = judge_frames(self._raw, self.recipe.axis, self.recipe.force, part(progress, 0.0, 0.1))
            self.scan = self.judged.scan
            if self.judged.unmeasured is not None:
                unmeasured = self.judged.unmeasured
        progress(0.1, "Normalising")
        self.ready = binned(self.scan, binning)
        self.lines = LineIntegrals(self.ready, preparation, part(progress, 0.12, 0.4), binned_mask(unmeasured, binning))
        if preparation.check:
            self.judged = self.judged.held_against_angles(self.lines.flat_field)
        self.judged = self.judged.with_gaps(self.lines.flat_field)
        self.axis: RotationAxis = axis_of(self.lines, self.scan, binning, given, found_px, part(progress, 0.4, 1.0))
        columns = self.ready.shape[2]
        if given is None:
            self.centre_from = self.axis.source
        self.half = self.lines.half_acquisition(self.axis.column_px)
        if self.half is not None:
            progress(1.0, f"Half acquisition: {self.half.described(binning)}")
        self.geometry = Geometry(
            self.ready.angles_deg if self.half is None else self.half.angles_deg,
            columns if self.half is None else self.half.columns,
            self.axis.column_px if self.half is None else self.half.centre_px,
            self.ready.pixel_size_um,
            self.recipe.filter_name,
            self.recipe.beyond,
        )

    @property
    def rows(self) -> tuple[int, int]:
        first, last = self.recipe.rows or (0, self.scan.shape[1])
        first, last = first // self.recipe.binning, last // self.recipe.binning
        return first, max(last, first + 1)

    @property
    def shape(self) -> tuple[int, int, int]:
        first, last = self.rows
        side = self.recipe.side(self.geometry.columns)
        return last - first, side, side

    def plan(self, in_memory: bool, at_once: int | None = None) -> SlabPlan:
        """Slabs, or a refusal: asked for before the scan is looked at, and again when that is done."""
        held = 4 * int(np.prod(self.shape, dtype=np.int64)) if in_memory else 0
        if self.lines is None and self.recipe.preparation.delta_beta is not None:
            count, rows, _ = self.scan.shape
            held += 4 * count * (rows // self.recipe.binning) * self.geometry.columns
        geometry = self.geometry
        if self.half is not None:
            # Beside the stitched projections there are those that they are made of.
            geometry = replace(geometry, angles_deg=self.ready.angles_deg)
        return SlabPlan.of(geometry, self.rows, self.method, held, at_once)

    def stream(self, target: Callable[[], Any], journal: Journal | None, progress: Progress) -> None:
        self.plan(in_memory=False)
        self.prepare(part(progress, 0.0, PREPARED), None if journal is None else journal.centre_px)
        plan = self.plan(in_memory=False, at_once=None if journal is None else journal.at_once)
        array = target()
        if journal is not None:
            journal.settle(self.axis.column_px, plan.at_once)
        self.write(array, plan, journal, part(progress, PREPARED, 1.0))

    def write(self, target: Any, plan: SlabPlan, journal: Journal | None, progress: Progress) -> None:
        rows = plan.last - plan.first
        assert self.lines is not None
        slices = self.method.prepare(self.geometry)
        margin = (self.geometry.columns - self.shape[1]) // 2
        kept = slice(margin, margin + self.shape[1])
        self.lines.hold_rows(plan.rows_to_hold(self.ready.projections.nbytes // self.ready.shape[1]))
        for first, last in plan:
            at, until = first - plan.first, last - plan.first
            if journal is not None and at in journal.done:
                continue
            progress(at / rows, f"Reconstructing slice {at + 1} of {rows}")
            target[at:until] = slices(self._projections(first, last))[:, kept, kept]
            if journal is not None:
                if hasattr(target, "flush"):
                    target.flush()
                journal.add(at)
        progress(1.0, f"Reconstructed {rows} slices")

    def _projections(self, first: int, last: int) -> NDArray[np.float32]:
        """Line integrals of rows ``first`` to ``last`` (exclusive) as the method takes them."""
        assert self.lines is not None
        line_integrals = self.lines.rows(first, last)
        return line_integrals if self.half is None else self.half.stitched(line_integrals)

    def provenance(self) -> Provenance:
        """What was done. Faults that were not found are not named."""
        assert self.lines is not None
        found = self.lines.to_dict()
        stripes = found.pop("stripes_removed")
        if found.get("flat_groups") == 1:
            del found["flat_groups"]
        record = {
            "rotation_centre_px": round(unbinned_column(self.axis.column_px, self.recipe.binning), 4),
            "rotation_centre": self.centre_from,
            "filter": self.recipe.filter_name,
            "angles": len(self.ready.angles_deg),
            **{name: value for name, value in found.items() if value is not None and name != "delta_beta"},
            "rings_removed": stripes != "none",
            "delta_beta": found["delta_beta"],
            "voxel_size_um": "unknown: greys are attenuation per pixel"
            if self.ready.pixel_size_um is None
            else self.ready.pixel_size_um,
        }
        if stripes not in ("median", "none"):
            record["stripes_removed"] = stripes
        if self.half is not None:
            stated = ", though the file states a full field of view" if self.scan.half_acquisition is False else ""
            record["half_acquisition"] = self.half.described(self.recipe.binning) + stated
        if self.axis.remark is not None:
            record["rotation_centre_remark"] = self.axis.remark
        if self.recipe.beyond != "hold":
            record["beyond_field"] = self.recipe.beyond
        if self.recipe.rows is not None:
            record["rows"] = list(self.recipe.rows)
        if self.recipe.axis != "columns":
            record["axis"] = self.recipe.axis
        if self.recipe.force:
            record["force"] = True
        if self.judged.left_out:
            record["frames_left_out"] = self.judged.left_out
        if self.judged.consistency is not None:
            record["consistency"] = self.judged.consistency.to_dict()
        if said := self.judged.statements:
            record["said"] = list(said)
        if self.recipe.width is not None:
            record["width"] = self.recipe.width
        if self.recipe.binning != 1:
            record["binning"] = self.recipe.binning
        # Records of the back-projector have never named it, and simulated volumes keep their bytes.
        if self.method.name != "fbp":
            record |= self.method.record()
        return self.scan.provenance.then("reconstruct", **record)

    def volume(self, data: Any) -> Volume:
        size = self.ready.pixel_size_um
        return Volume(
            data,
            None if size is None else (size, size, size),
            Quantity.ARBITRARY if size is None else Quantity.LINEAR_ATTENUATION,
            self.provenance(),
        )
