"""Record of a sample's shapes, as they were drawn."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from .sample import Sample


def shape_record(sample: Sample) -> dict[str, Any]:
    """Return every shape of a sample as JSON values.

    Parameters
    ----------
    sample : Sample
        What was drawn.

    Returns
    -------
    dict
        Each shape with the name of its class as ``"shape"`` and its parameters, axes (z, y, x), µm; the sample's
        ``description`` is left out, and its ``composition`` where there is none. A length without end, as the reach
        of a crack that goes through, is None: JSON has no infinity.
    """
    record: dict[str, Any] = _values(sample)
    del record["shape"], record["description"]
    if sample.composition is None:
        del record["composition"]
    return record


def _values(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        shape = {field.name: _values(getattr(value, field.name)) for field in fields(value)}
        return {"shape": type(value).__name__} | shape
    if isinstance(value, np.ndarray | np.generic):
        return _values(value.tolist())
    if isinstance(value, list | tuple):
        return [_values(one) for one in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
