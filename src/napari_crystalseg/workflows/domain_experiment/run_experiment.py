"""Run an experiment: three networks trained alike on other cases, and judged by the same real ones."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io import replacing, save_json, write_text, writing_into
from ...provenance import hash_path, package_version
from ...segmentation import ModelFolder
from ...segmentation.training.training_request import TrainingRequest
from ...texts.json_text import parse_json
from ..evaluate.cases import EvaluatedCase, FoundCases, labelled_cases
from ..evaluate.evaluate_cases import evaluate_cases
from ..evaluate.request import EvaluationRequest
from ..train import train_model
from .placed_cases import divided, place, placed_name
from .request import ARMS, ExperimentRequest
from .table import markdown_table, published_rows, table_rows

RECORD, TABLE, TABLE_CSV = "experiment.json", "table.md", "table.csv"
CASES, MODELS, TRAININGS, EVALUATIONS = "cases", "models", "trainings", "evaluations"


def run_experiment(
    request: ExperimentRequest, out_dir: str | Path, report: Callable[[str], None] = lambda line: None
) -> list[dict[str, Any]]:
    """Train a network on real cases, one on synthetic ones, one on both, and judge them by real cases kept apart.

    What was done before in ``out_dir`` is gone on with: a training from its checkpoint, an evaluation from its last
    case.

    Parameters
    ----------
    request : ExperimentRequest
        What is compared.
    out_dir : path
        Gets ``table.md``, ``table.csv`` and ``experiment.json``, the three models, their trainings and evaluations.
    report : callable
        Told every line; raises to stop, when all that has been done is kept.

    Returns
    -------
    list of dict
        Rows of the table, see :func:`~.table.table_rows`.

    Raises
    ------
    InputError
        Cases that cannot be used, or a folder that holds another experiment.
    """
    out_dir = Path(out_dir)
    real, synthetic = labelled_cases(request.real).cases, labelled_cases(request.synthetic).cases
    learnt, tested = divided(real, request.test_cases, request.seed)
    sides = {"real": learnt, "synthetic": synthetic, "test": tested}
    names = {side: [placed_name(case) for case in cases] for side, cases in sides.items()}
    for side, given in names.items():
        if len(set(given)) < len(given):
            raise InputError(f"Two {side} cases would have the same name; rename a folder or a case.")
    with writing_into(out_dir):
        _begin(out_dir, request, sides)
        report(f"{len(learnt)} real and {len(synthetic)} synthetic cases to learn from, {len(tested)} to judge by")
        for side, cases in sides.items():
            size = None if side == "synthetic" else request.voxel_size_um
            for case, name in zip(cases, names[side], strict=True):
                place(case, out_dir / CASES / side / name, size)
        test = _test_cases(out_dir / CASES / "test", names["test"])
        summaries, models = {}, {}
        for arm, sources in ARMS.items():
            model = _trained(arm, sources, request, out_dir, report)
            report(f"judging the network that learnt from {arm} cases")
            found = evaluate_cases(
                test, out_dir / EVALUATIONS / arm, EvaluationRequest(model=model, directions=0), _lines(arm, report)
            )
            summaries[arm] = found.summary()
            models[arm] = {"sha256": model.sha256, "steps": model.card.get("steps"), "minutes": model.card["minutes"]}
        rows = table_rows(summaries)
        _write(out_dir, request, sides, models, summaries, rows)
    return rows


def _begin(out_dir: Path, request: ExperimentRequest, sides: dict[str, tuple[EvaluatedCase, ...]]) -> None:
    """Note what the folder is for, and refuse one that is for something else."""
    hashes = {
        side: {placed_name(case): [hash_path(path) for path in (case.truth, case.volume) if path] for case in cases}
        for side, cases in sides.items()
    }
    asked = {"request": request.to_dict(), "cases": hashes}
    try:
        before = parse_json((out_dir / RECORD).read_bytes())
    except FileNotFoundError:
        save_json(asked, out_dir / RECORD)
        return
    except (OSError, ValueError) as error:
        raise InputError(f"{out_dir / RECORD} is damaged; name another folder.") from error
    if not isinstance(before, dict) or {key: before.get(key) for key in asked} != asked:
        raise InputError(f"{out_dir} holds another experiment, with other cases or parameters; name another folder.")


def _test_cases(folder: Path, names: Sequence[str]) -> FoundCases:
    return FoundCases(
        tuple(
            EvaluatedCase(name, "test", folder / name / "labels.tif", volume=folder / name / "volume.tif")
            for name in names
        )
    )


def _trained(
    arm: str, sources: Sequence[str], request: ExperimentRequest, out_dir: Path, report: Callable[[str], None]
) -> ModelFolder:
    """The network of an arm: trained before, or now, from where it was stopped."""
    folder = out_dir / MODELS / arm
    if folder.is_dir():
        return ModelFolder(folder)
    training = TrainingRequest(
        [out_dir / CASES / source for source in sources],
        steps=request.steps,
        minutes=request.minutes,
        working_sizes=request.working_sizes,
        begin_from=request.begin_from,
        learning_rate=request.learning_rate,
        seed=request.seed,
        threads=request.threads,
    )
    report(f"training on {' and '.join(sources)} cases")
    return train_model(
        training,
        folder,
        work=out_dir / TRAININGS / arm,
        resume=True,
        report=lambda line: report(f"{arm}: {line}"),
    )


def _lines(arm: str, report: Callable[[str], None]) -> Callable[[float, str], None]:
    """Progress as lines, one a case."""
    told: list[str] = []

    def progress(fraction: float, message: str) -> None:
        case = message.split(":")[0]
        if case not in told:
            told.append(case)
            report(f"{arm}: {case}")

    return progress


def _write(
    out_dir: Path,
    request: ExperimentRequest,
    sides: dict[str, tuple[EvaluatedCase, ...]],
    models: dict[str, Any],
    summaries: dict[str, Any],
    rows: list[dict[str, Any]],
) -> None:
    counts = {side: len(cases) for side, cases in sides.items()}
    before = parse_json((out_dir / RECORD).read_bytes())
    assert isinstance(before, dict)
    made = {"software_version": package_version(), "models": models, "summaries": summaries, "rows": rows}
    save_json({**before, **made}, out_dir / RECORD)
    with replacing(out_dir / TABLE_CSV) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["source", *rows[0]], lineterminator="\n")
        writer.writeheader()
        for source, of in (("this experiment", rows), ("CrystalSeg, table 2", published_rows())):
            writer.writerows({"source": source, **row} for row in of)
    learnt = ", ".join(f"{arm} {model['steps']} steps in {model['minutes']:g} minutes" for arm, model in models.items())
    begun = "random weights, the same for all" if request.begin_from is None else request.begin_from.name
    text = (
        f"# This experiment\n\n{counts['real']} real and {counts['synthetic']} synthetic cases to learn from, "
        f"{counts['test']} real ones to judge by; begun from {begun}; {learnt}.\n\n{markdown_table(rows)}\n"
        "# As published\n\nTable 2 of the CrystalSeg paper: other data (10 real and 90 simulated sets, 5 real ones to "
        "judge by), another network and 1,000 epochs of 250 steps. The figures above are not comparable with these in "
        f"size, only in their order.\n\n{markdown_table(published_rows())}"
    )
    write_text(out_dir / TABLE, text)
