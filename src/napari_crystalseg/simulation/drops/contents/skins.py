"""Skins: films of denatured protein on the drop, in wrinkles."""

from __future__ import annotations

import numpy as np

from ..drop_outline import DropOutline
from ..random_fields import blurred, draw_between, ramp, slopes, smooth_field, stretched_field
from ..view import View


def put_skin(rng: np.random.Generator, view: View, drop: DropOutline, strength: float) -> None:
    """Put a wrinkled film onto a drop, all of it or a part; ``strength`` 1 is easily seen."""
    grain = max(draw_between(rng, (0.02, 0.1)) * drop.radius_px, 0.008 * view.unit_px)
    field = stretched_field(rng, drop.inside.shape, grain, rng.uniform(2, 7))
    if rng.random() < 0.4:
        field = field + stretched_field(rng, drop.inside.shape, grain, rng.uniform(2, 7))
    # Sharp folds between smooth hollows.
    height = -np.abs(field) if rng.random() < 0.7 else field
    where = drop.inside
    if rng.random() < 0.6:
        where = where * ramp(smooth_field(rng, drop.inside.shape, 0.8 * drop.radius_px), -0.6, 0.3)
    along_rows, along_columns = slopes(blurred(height, max(0.0015 * view.unit_px, 0.6)))
    size = np.float32(strength * rng.uniform(0.45, 1.1) * grain)
    view.tilt(drop.window, size * along_rows * where, size * along_columns * where)
    view.absorb(drop.window, np.float32(strength * rng.uniform(0, 0.15)) * where)
