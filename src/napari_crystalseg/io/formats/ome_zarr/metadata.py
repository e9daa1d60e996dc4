"""Files that tell a Zarr store from any other folder."""

from __future__ import annotations

ZARR_METADATA = ("zarr.json", ".zattrs", ".zgroup", ".zarray")
"""Files of which a Zarr store has one: ``zarr.json`` in version 3, the others in version 2."""
