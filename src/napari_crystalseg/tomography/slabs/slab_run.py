"""One reconstruction: prepared once, then slab by slab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...progress import Progress, part
from ...provenance import Provenance
from ...scan import Scan
from ...volume import Quantity, Volume
from ..methods.method import Method
from ..methods.methods import method_named
from ..methods.ray_geometry import Geometry
from ..recipe import Recipe
from .journal import Journal
from .prepared_scan import PreparedScan
from .slab_plan import SlabPlan

PREPARED = 0.45
"""Part of the progress after which the scan is prepared."""

Shape = tuple[int, int, int]


class SlabRun:
    """One reconstruction: prepared once, then slab by slab.

    Parameters
    ----------
    scan : Scan
        As it was opened.
    recipe : Recipe
        What is to be done.
    """

    def __init__(self, scan: Scan, recipe: Recipe) -> None:
        self._scan = scan
        self._turned_shape = recipe.turned(scan).shape
        self.recipe = recipe
        self.method: Method = method_named(recipe.method)

    @property
    def rows(self) -> tuple[int, int]:
        """First row of the binned detector and the one after the last."""
        first, last = self.recipe.rows or (0, self._turned_shape[1])
        first, last = first // self.recipe.binning, last // self.recipe.binning
        return first, max(last, first + 1)

    def shape(self, prepared: PreparedScan | None = None) -> Shape:
        """Return the shape of the volume; of a scan that is not prepared, as if it were no half acquisition."""
        first, last = self.rows
        side = self.recipe.side(self._geometry(prepared).columns)
        return last - first, side, side

    def plan(self, in_memory: bool, prepared: PreparedScan | None = None, at_once: int | None = None) -> SlabPlan:
        """Return the slabs, or refuse: asked for before the scan is looked at, and again when that is done."""
        held = 4 * int(np.prod(self.shape(prepared), dtype=np.int64)) if in_memory else 0
        if prepared is None and self.recipe.preprocessing.delta_beta is not None:
            count, rows, _ = self._turned_shape
            held += 4 * count * (rows // self.recipe.binning) * self._geometry(None).columns
        geometry = self._geometry(None) if prepared is None else prepared.largest_geometry(self.recipe)
        return SlabPlan.of(geometry, self.rows, self.method, held, at_once)

    def prepare(self, progress: Progress, found_px: float | None = None) -> PreparedScan:
        """Look at the artefacts of the scan, and find its axis unless it is known, or was found in an earlier run."""
        return PreparedScan.of(self._scan, self.recipe, progress, found_px)

    def stream(self, target: Callable[[Shape], Any], journal: Journal | None, progress: Progress) -> PreparedScan:
        """Reconstruct into the array that ``target`` gives for the shape of the volume."""
        self.plan(in_memory=False)
        prepared = self.prepare(part(progress, 0.0, PREPARED), None if journal is None else journal.centre_px)
        plan = self.plan(in_memory=False, prepared=prepared, at_once=None if journal is None else journal.at_once)
        array = target(self.shape(prepared))
        if journal is not None:
            journal.settle(prepared.axis.column_px, plan.at_once)
        self.write(array, prepared, plan, journal, part(progress, PREPARED, 1.0))
        return prepared

    def write(
        self, target: Any, prepared: PreparedScan, plan: SlabPlan, journal: Journal | None, progress: Progress
    ) -> None:
        """Reconstruct the slabs of a plan that the journal does not name yet."""
        rows = plan.last - plan.first
        geometry, side = prepared.geometry(self.recipe), self.shape(prepared)[1]
        slices = self.method.prepare(geometry)
        margin = (geometry.columns - side) // 2
        kept = slice(margin, margin + side)
        prepared.lines.hold_rows(plan.rows_to_hold(prepared.ready.projections.nbytes // prepared.ready.shape[1]))
        for first, last in plan:
            at, until = first - plan.first, last - plan.first
            if journal is not None and at in journal.done:
                continue
            progress(at / rows, f"Reconstructing slice {at + 1} of {rows}")
            target[at:until] = slices(prepared.projections(first, last))[:, kept, kept]
            if journal is not None:
                if hasattr(target, "flush"):
                    target.flush()
                journal.add(at)
        progress(1.0, f"Reconstructed {rows} slices")

    def provenance(self, prepared: PreparedScan) -> Provenance:
        """Return what was done."""
        return prepared.provenance(self.recipe, self.method)

    def volume(self, data: Any, prepared: PreparedScan) -> Volume:
        """Return the volume of finished slices."""
        size = prepared.ready.pixel_size_um
        return Volume(
            data,
            None if size is None else (size, size, size),
            Quantity.ARBITRARY if size is None else Quantity.LINEAR_ATTENUATION,
            self.provenance(prepared),
        )

    def _geometry(self, prepared: PreparedScan | None) -> Geometry:
        if prepared is not None:
            return prepared.geometry(self.recipe)
        columns = self._turned_shape[2] // self.recipe.binning
        # Until the axis is known; for sizes and memory its place does not matter.
        return Geometry(self._scan.angles_deg, columns, (columns - 1) / 2)
