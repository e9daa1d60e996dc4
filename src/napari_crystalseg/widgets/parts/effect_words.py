"""How a change of the absorption factors is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ...absorption import EditEffect


def effect_text(what: str, effect: EditEffect) -> str:
    """What edits did to A, in one line that begins with what they are called, such as "Edits so far"."""
    mean, spread = float(effect.before.mean()), float(effect.before.std())
    if not mean > 0:
        return "The sample absorbs everything: mean A is 0. Check the attenuation coefficients (1/µm)."
    error = 100 * effect.mean_error / mean
    text = f"{what}: mean A {_percent(effect.mean_change / mean)}"
    if error >= 0.001:
        text += f" (± {error:.1g})"
    if spread > 1e-9:
        text += f", spread {_percent(effect.spread_change / spread)}"
    worst = effect.worst
    if effect.miller_index is None:
        name = "direction"
    else:
        h, k, l_ = (str(int(index)).replace("-", "\N{MINUS SIGN}") for index in effect.miller_index[worst])
        name = f"reflection ({h} {k} {l_})"
    return f"{text}, worst {name} {_percent(effect.worst_change)}."


def _percent(fraction: float) -> str:
    value = 100 * fraction
    digits = int(np.clip(1 - np.floor(np.log10(abs(value))), 1, 4)) if value else 0
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{abs(value):.{digits}f}\N{NARROW NO-BREAK SPACE}%"
