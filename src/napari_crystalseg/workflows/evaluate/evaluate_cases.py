"""Evaluate cases: each scored once, whatever happens to the others, and all of them summed up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import Cancelled, InputError, lacks_memory, sentence, shortened
from ...io import save_json, writing_into
from ...judgement.evaluation import CaseScore, Evaluation, FailedCase
from ...progress import Progress, part, silent
from ...provenance import SCHEMA_VERSION, hash_folder, hash_path, package_version
from ...segmentation import ModelFolder, bundled_model
from ...texts.json_text import parse_json
from ...texts.printable import printable
from ..process.code_fingerprint import code_fingerprint
from .cases import EvaluatedCase, FoundCases
from .evaluation_files import write_evaluation
from .request import EvaluationRequest, names_of
from .scoring import OTHER_SIZE, score_case

CASES, SEGMENTED = "cases", "segmented"
"""Folders of what is kept of each case, and of the labels that the network made."""
SCORE, PICTURE = "score.json", "worst_slices.png"


def evaluate_cases(
    found: FoundCases, out_dir: str | Path, request: EvaluationRequest, progress: Progress = silent
) -> Evaluation:
    """Score cases, and write tables, record and report.

    What was scored before from the same files, with the same model, parameters and program, is taken from ``out_dir``,
    so that a run that was stopped goes on where it was.

    Parameters
    ----------
    found : FoundCases
        The cases.
    out_dir : path
        Folder for the results. Files of the user in it are kept under other names.
    request : EvaluationRequest
        What holds for every case.
    progress : Progress
        Told what is being done; raises to cancel, and what is done is kept.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        A model that cannot be used, a folder that cannot be written, or not a single case that could be scored.
    """
    out_dir = Path(out_dir)
    network = _network(found, request)
    model = {} if network is None else {"model": network.name, "model_sha256": network.sha256}
    fixed = {
        "code": code_fingerprint(),
        "model_folder_sha256": None if network is None else hash_folder(network.path),
        **request.to_dict(),
    }
    scored, failed = [], []
    with writing_into(out_dir):
        for number, case in enumerate(found.cases):
            told = _of_case(progress, number, len(found.cases), case)
            told(0.0, "looking for an earlier score")
            try:
                scored.append(_kept_or_scored(case, request, out_dir, fixed, told))
            except Cancelled:
                raise
            except Exception as error:  # one case's damage, of whatever kind, is not the others'
                failed.append(FailedCase(case.name, case.group, _reason(error)))
        if not scored:
            raise InputError(f"None of {_cases(len(failed))} could be scored; {failed[0].reason}")
        parameters: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "software": "napari-crystalseg",
            "software_version": package_version(),
            **model,
            **request.to_dict(),
        }
        said = (*found.statements, *_unmatched(found, request), *_statements(scored))
        result = Evaluation(tuple(scored), tuple(failed), parameters, said)
        progress(0.98, "Writing tables and report")
        worst = {case.full_name: _folder(out_dir, case) / PICTURE for case in result.cases}
        write_evaluation(result, out_dir, worst)
    progress(1.0, "Evaluated")
    return result


def _network(found: FoundCases, request: EvaluationRequest) -> ModelFolder | None:
    """The network that segments, checked before any work; None where all labels are there."""
    if all(case.predicted is not None for case in found.cases):
        return None
    network = request.model or bundled_model()
    network.check()
    return network


def _of_case(progress: Progress, number: int, count: int, case: EvaluatedCase) -> Progress:
    inner = part(progress, 0.98 * number / count, 0.98 * (number + 1) / count)

    def told(fraction: float, message: str) -> None:
        inner(fraction, f"Case {number + 1} of {count} ({case.group}/{case.name}): {message}")

    return told


def _folder(out_dir: Path, case: EvaluatedCase | CaseScore) -> Path:
    return out_dir / CASES / case.group / case.name


def _kept_or_scored(
    case: EvaluatedCase, request: EvaluationRequest, out_dir: Path, fixed: Mapping[str, Any], progress: Progress
) -> CaseScore:
    files = {"truth": case.truth, "volume": case.volume, "predicted": case.predicted, "manifest": case.manifest}
    hashes = {name: hash_path(path) for name, path in files.items() if path is not None}
    known = request.row_of(case).to_dict()
    key = hashlib.sha256(json.dumps([fixed, hashes, known], sort_keys=True).encode()).hexdigest()
    folder = _folder(out_dir, case)
    if (kept := _kept(folder, key)) is not None:
        return kept
    segmented = out_dir / SEGMENTED / case.group / f"{case.name}.tif"
    score = score_case(case, request, folder / PICTURE, segmented, progress)
    score = CaseScore.from_dict({**score.to_dict(), "facts": {**score.facts, "sha256": hashes}})
    # The record last: it says that all before it is whole.
    save_json({"key": key, **score.to_dict()}, folder / SCORE)
    return score


def _kept(folder: Path, key: str) -> CaseScore | None:
    try:
        record = parse_json((folder / SCORE).read_bytes())
        if record.pop("key") != key or not (folder / PICTURE).is_file():
            return None
        return CaseScore.from_dict(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or a damaged one: it is made again
        return None


def _reason(error: Exception) -> str:
    if lacks_memory(error):
        return "The memory of this machine is not enough for it."
    return sentence(error) or f"{type(error).__name__}: {shortened(error)}"


def _unmatched(found: FoundCases, request: EvaluationRequest) -> list[str]:
    """What the table says of cases that are not there, as after a slip in a name."""
    names = {name for case in found.cases for name in names_of(case)}
    if not (others := [name for name in request.table if name not in names]):
        return []
    some = ", ".join(printable(name[:60]) for name in others[:5]) + (" …" if len(others) > 5 else "")
    return [f"The table names what is no case: {some}."]


def _statements(scored: list[CaseScore]) -> list[str]:
    """What is to be said of the cases together."""
    said = []
    sources: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for case in scored:
        if case.absorption is not None:
            sources[case.facts["coefficients_from"]] = sources.get(case.facts["coefficients_from"], 0) + 1
        else:
            reasons[case.without_absorption] = reasons.get(case.without_absorption, 0) + 1
    said += [f"Attenuation coefficients of {_cases(count)}: {source}." for source, count in sources.items()]
    said += [f"No absorption factors of {_cases(count)}: {reason.rstrip('.')}." for reason, count in reasons.items()]
    differ = sum(OTHER_SIZE in case.facts for case in scored)
    if differ:
        said.append(f"Files of {_cases(differ)} say different voxel sizes: those of the true labels were taken.")
    without = sum(case.classes["crystal"]["volume_um3"] is None for case in scored)
    return said + ([f"The voxel size of {_cases(without)} is not known: lengths in voxels alone."] if without else [])


def _cases(count: int) -> str:
    return f"{count} case{'' if count == 1 else 's'}"
