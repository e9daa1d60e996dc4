"""What of a reconstruction into a file is done, so that one that was killed goes on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...io import save_json
from ...provenance import hash_array, package_version
from ...scan import Scan
from ...texts.json_text import parse_json
from ..methods.method import Method
from ..recipe import Recipe


class Journal:
    """Record beside a target: which slabs are in it, of which reconstruction.

    Parameters
    ----------
    path : path
        JSON file; replaced in one step after each slab.
    fingerprint : str
        What the reconstruction depends on, from :func:`fingerprint`. A journal of another one is forgotten.
    """

    def __init__(self, path: str | Path, fingerprint: str) -> None:
        self.path = Path(path)
        self.fingerprint = fingerprint
        self.centre_px: float | None = None
        self.at_once: int | None = None
        self.done: set[int] = set()
        try:
            record = parse_json(self.path.read_text(encoding="utf-8"))
            if record["fingerprint"] == fingerprint:
                self.centre_px = record["centre_px"]
                self.at_once = record["at_once"]
                self.done = {int(first) for first in record["done"]}
        except (OSError, ValueError, KeyError, TypeError):
            # None, or none of ours: everything is to be done.
            pass

    def forget(self) -> None:
        """Begin anew, because what the slabs were written to is gone."""
        self.done = set()

    def settle(self, centre_px: float, at_once: int) -> None:
        """Record the centre found and the rows of a slab, which another run must not choose otherwise."""
        self.centre_px, self.at_once = centre_px, at_once
        self._save()

    def add(self, first: int) -> None:
        """Record that the slab that begins at row ``first`` is written."""
        self.done.add(first)
        self._save()

    def remove(self) -> None:
        """Remove the file: the work is done."""
        self.path.unlink(missing_ok=True)

    def _save(self) -> None:
        record = {
            "fingerprint": self.fingerprint,
            "centre_px": self.centre_px,
            "at_once": self.at_once,
            "done": sorted(self.done),
        }
        save_json(record, self.path)


def fingerprint(scan: Scan, recipe: Recipe, method: Method) -> str:
    """Return a hash of what slices depend on: scan, recipe, method and version.

    Of the projections only some rows of three are looked at, since a scan may be larger than memory; the hashes of its
    file, which its provenance holds, tell the rest.
    """
    count, rows, _ = scan.shape
    chosen = sorted({0, count // 2, count - 1})
    some = np.stack([np.asarray(scan.projections[one])[:: max(1, rows // 64)] for one in chosen])
    record: dict[str, Any] = {
        "version": package_version(),
        "method": method.record(),
        "recipe": asdict(recipe),
        "shape": list(scan.shape),
        "inputs": scan.provenance.to_dict(),
        "known": [scan.pixel_size_um, scan.energy_kev, scan.distance_mm, scan.rotation_centre_px],
        "arrays": [hash_array(np.asarray(array)) for array in (scan.angles_deg, some, scan.flats[:1], scan.darks[:1])],
    }
    return hashlib.sha256(json.dumps(record, sort_keys=True, default=str).encode()).hexdigest()
