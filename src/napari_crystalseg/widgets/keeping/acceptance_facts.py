"""What the stamp of accepted labels says of the session besides labels, edits and places."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...provenance import Provenance
from ..layers.layer_record import RECORD
from ..session.readiness_facts import readiness_of
from ..session.session import Session
from .places_seen import PlacesSeen


def acceptance_facts(session: Session, seen: PlacesSeen) -> dict[str, Any]:
    """Gather model, places, effect of the edits on A, coefficients and doubts of the labels that are accepted.

    Parameters
    ----------
    session : Session
        What is known of them.
    seen : PlacesSeen
        Places that were listed, and what was found at them.

    Returns
    -------
    dict
        As JSON holds it. ``edits_effect`` is None where it was not computed, and ``edits_effect_note`` says why.
    """
    record = {} if session.labels is None else session.labels.metadata.get(RECORD, {})
    provenance = record.get("provenance")
    known = provenance if isinstance(provenance, Provenance) else Provenance()
    segmented = [dict(step) for step in known.steps if step.get("step") == "segment"]
    effect, values = session.edits.effect, session.coefficients.values
    verdicts = [str(tick.verdict) for tick in seen.ticks]
    return {
        "model_sha256": known.model_sha256,
        "segmentation": segmented[-1] if segmented else None,
        "places_listed": len(seen.listed),
        "places_seen": len(verdicts),
        "places_skipped": verdicts.count("skipped"),
        "places_not_seen": max(0, len(seen.listed) - len(verdicts)),
        "edits_effect": None
        if effect is None
        else {
            "mean_change_of_A": effect.mean_change,
            "mean_change_standard_error": effect.mean_error,
            "largest_relative_change_of_A": effect.worst_change,
            "change_of_spread_of_A": effect.spread_change,
            "reflections": len(effect.before),
        },
        "edits_effect_note": session.edits.note,
        "coefficients_per_um": None if values is None else asdict(values),
        "findings": [{"level": found.level, "text": found.text} for found in readiness_of(session).findings()],
    }
