"""A micrograph in words."""

from __future__ import annotations

from pathlib import Path

from .opening import open_drop_image


def describe_drop_image(path: str | Path) -> tuple[str, ...]:
    """Say what a micrograph holds and what was assumed of it, in sentences for the user.

    Raises
    ------
    InputError
        As for :func:`open_drop_image`.
    """
    image = open_drop_image(path)
    rows, columns = image.shape
    grey = bool((image.values == image.values[:, :, :1]).all())
    size = "of unknown size" if image.pixel_size_um is None else f"of {image.pixel_size_um:.6g} µm"
    return (
        f"Micrograph: {rows} × {columns} pixels (rows × columns) {size}, {'grey' if grey else 'in colours'}.",
        *(f"Assumed: {text}." for text in image.provenance.assumptions),
    )
