"""Report of an evaluation: one self-contained page, the worst cases first."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...io import write_text
from ...judgement.evaluation import ABSORPTION, CLASSES, CaseScore, Evaluation
from .distributions import distributions_png, surface_errors_png
from .worst_slices import CONFUSED, INVENTED, MISSED

if TYPE_CHECKING:
    from jinja2 import Template

MOST_SHOWN = 12
"""Cases whose slices are shown: a page with more takes long to load."""
_SHOWN_SCORES = ("recall", "precision", "iou", "f1", "f2", "dice")


def write_evaluation_report(found: Evaluation, path: str | Path, pictures: Mapping[str, Path]) -> None:
    """Write the page, with every picture inside it.

    Parameters
    ----------
    found : Evaluation
        The scores.
    path : path
        ``.html`` file, replaced in one step.
    pictures : mapping of str to Path
        PNG with the worst slices of each case, by its full name.
    """
    worst = [case for case in found.worst_first()[:MOST_SHOWN] if pictures[case.full_name].is_file()]
    page = _template().render(
        count=len(found.cases),
        failed=found.failed,
        statements=found.statements,
        model=found.parameters.get("model"),
        groups=[_group(found, group) for group in _groups(found)],
        distributions=_base64(distributions_png(found)),
        surface_errors=_base64(surface_errors_png(found)),
        worst=[(case, _figures(case), _base64(pictures[case.full_name].read_bytes())) for case in worst],
        colours=((MISSED, "crystal missed"), (INVENTED, "crystal where there is none"), (CONFUSED, "other classes")),
        cases=[(case, _figures(case)) for case in found.worst_first()],
        parameters=[(name, str(value)) for name, value in found.parameters.items()],
    )
    write_text(path, page)


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    here = Path(__file__).parent
    # Names of cases and reasons are others' words: markup in them is text here.
    environment = Environment(
        loader=FileSystemLoader([here, here.parent]),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("evaluation_report.html")


def _groups(found: Evaluation) -> list[str | None]:
    """Each group, and all of them where they are several."""
    return [*found.groups, None] if len(found.groups) > 1 else list(found.groups)


def _group(found: Evaluation, group: str | None) -> dict[str, Any]:
    summary = found.summary(group)
    rows = []
    for title in CLASSES:
        figures = summary["classes"][title]
        lengths = [
            f"{_number(figures[f'{name}_voxels'], 2)} ({_number(figures[f'{name}_um'], 2)})"
            for name in ("median", "percentile_95")
        ]
        bias = f"{_signed(figures['bias_voxels'], 2)} ({_signed(figures['bias_um'], 2)})"
        rows.append(
            {
                "title": title,
                "scores": [_number(figures[name], 3) for name in _SHOWN_SCORES],
                "lengths": [*lengths, bias],
                "volume": _signed(figures["volume_error_percent"], 1),
                "missed": figures["missed"],
                "invented": figures["invented"],
            }
        )
    absorption = {name: _percent(summary["absorption"][name]) for name in ABSORPTION}
    return {
        "name": "all cases" if group is None else group,
        "cases": summary["cases"],
        "rows": rows,
        "mean": [_number(summary["mean"][name], 3) for name in _SHOWN_SCORES],
        "absorption": {**absorption, "cases": summary["absorption"]["cases"]},
    }


def _figures(case: CaseScore) -> dict[str, Any]:
    absorption = case.absorption or {}
    return {
        "iou": _number(case.mean["iou"], 3),
        "dice": [_number(case.classes[title]["dice"], 3) for title in CLASSES],
        "median": _number(case.classes["crystal"]["median_voxels"], 2),
        "bias": _signed(case.classes["crystal"]["bias_voxels"], 2),
        "volume": _signed(case.classes["crystal"]["volume_error_percent"], 1),
        "plain": _percent(absorption.get(ABSORPTION["mean_relative_difference"])),
        "scaled": _percent(absorption.get(ABSORPTION["mean_relative_difference_scaled"])),
        "why": case.without_absorption,
    }


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _signed(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:+.{digits}f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _base64(png: bytes) -> str:
    return base64.b64encode(png).decode()
