"""What a reconstruction has found in a scan, in a sentence or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...provenance import Provenance

_LEAST_FLAT_CHANGE = 0.005


def findings_text(provenance: Provenance) -> str:
    """Say what was found and mended, from the record of the last reconstruction; empty where there is none."""
    step = _reconstruction(provenance)
    if step is None:
        return ""
    return f"{_axis(step)}{_corrections_text(step)}{''.join(f' {text}.' for text in provenance.findings)}"


def axis_text(provenance: Provenance) -> str:
    """Say which rotation axis the last reconstruction took; empty where there is none."""
    step = _reconstruction(provenance)
    return "" if step is None else _axis(step)


def _reconstruction(provenance: Provenance) -> Mapping[str, Any] | None:
    return next((step for step in reversed(provenance.steps) if step.get("step") == "reconstruct"), None)


def _axis(step: Mapping[str, Any]) -> str:
    roll = step.get("roll")
    lean = f", leaning by {float(roll['roll_deg']):.2f}°, which was levelled" if roll else ""
    how = {"found": "found", "given": "as given", "recorded": "as recorded"}.get(str(step.get("rotation_centre")), "")
    text = f"Rotation axis {how} at column {float(step['rotation_centre_px']):.2f}{lean}."
    if half := step.get("half_acquisition"):
        text += f" Half acquisition: {half}."
    if remark := step.get("rotation_centre_remark"):
        text += f" Note: {remark}."
    return text


def _corrections_text(step: Mapping[str, Any]) -> str:
    done = []
    if dead := step.get("dead_pixels_replaced"):
        done.append(f"{dead} dead or hot pixel{'' if dead == 1 else 's'}")
    if step.get("zingers_removed"):
        done.append("zingers")
    if step.get("rings_removed"):
        done.append("stripes")
    if drift := step.get("beam_drift"):
        done.append(f"beam drift of {max(drift['shift_px_rms']):.2g} pixels")
    if (step.get("flat_change") or 0) > _LEAST_FLAT_CHANGE:
        done.append(f"flats that changed by {100 * step['flat_change']:.1f} %")
    text = f" Mended: {', '.join(done)}." if done else ""
    if step.get("delta_beta") is not None:
        text += f" Phase retrieved with δ/β = {float(step['delta_beta']):.0f}."
    if isinstance(step.get("air_rescale"), str) and str(step["air_rescale"]).startswith("no air"):
        text += " No air at both sides: voxel values may be offset."
    return text
