"""Hold a classifier of drops against what is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ....drops.scores import classification_scores
from ....drops.scores.tables import class_table, confusion_table, f1_table
from ....errors import InputError
from ....progress import Progress, silent
from ....provenance import Provenance
from .class_rows import TRUTH, ClassRow, read_class_rows, rows_by_set, table_folder
from .evaluation import Evaluation
from .name_matching import matched


def evaluate_classifier(
    truth: str | Path,
    results: str | Path | None = None,
    *,
    model: str | Path | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Say how often images are given the right class.

    Parameters
    ----------
    truth : path
        Table with path, class and perhaps set of each image, or a folder with ``truth.csv``.
    results : path, optional
        Table with the classes that were given, as ``crystalseg drops classify`` and CHiMP write it; by default the
        images are classified now.
    model : path, optional
        Classifier that does so; the bundled one by default.
    progress : Progress
        Told how far it is; raises to cancel.

    Returns
    -------
    Evaluation
        F1 by set and class, precision and recall, and the confusion table of each set.

    Raises
    ------
    InputError
        A table that cannot be used, both results and a model, or results of none of the images.
    """
    if results is not None and model is not None:
        raise InputError("Name results, or a model that makes some, and not both.")
    rows = read_class_rows(truth)
    paths = list(dict.fromkeys(one.path for one in rows))
    steps: dict[str, Any] = {"results": None if results is None else Path(results).name}
    if results is None:
        given, statements, sha256 = _classified(table_folder(truth), paths, model, progress)
        steps["model_sha256"] = sha256
    else:
        given, statements = _read(read_class_rows(results), paths, Path(results).name)
    if not given:
        why = f"has a class in {Path(results).name}" if results is not None else f"could be classified; {statements[0]}"
        raise InputError(f"None of the {len(paths)} images of the truth {why}.")
    if without := len(paths) - len(given):
        statements = [f"{without} of {len(paths)} images of the truth have no result, and are left out", *statements]
    sets = {
        name: classification_scores([one.drop_class for one in kept], [given[one.path] for one in kept])
        for name, members in rows_by_set(rows).items()
        if (kept := [one for one in members if one.path in given])
    }
    table = Path(truth) / TRUTH if Path(truth).is_dir() else Path(truth)
    read = [] if results is None else [Path(results)]
    return Evaluation(
        (f1_table(sets), class_table(sets), *(confusion_table(name, scores) for name, scores in sets.items())),
        {"classifier": {name: scores.to_dict() for name, scores in sets.items()}},
        tuple(statements),
        Provenance.of_file(table, *read).then("evaluate_drop_classifier", **steps),
    )


def _read(rows: tuple[ClassRow, ...], paths: list[str], name: str) -> tuple[dict[str, str], list[str]]:
    """The class given to each path of the truth, and what is to be said."""
    classes: dict[str, str] = {}
    for one in rows:
        if classes.setdefault(one.path, one.drop_class) != one.drop_class:
            raise InputError(f"{name} gives {one.path} two classes.")
    names = list(classes)
    places = matched(paths, names)
    said = []
    if others := len(names) - len(places):
        said.append(f"{others} results are of no image of the truth")
    return {paths[place]: classes[names[other]] for place, other in places.items()}, said


def _classified(
    folder: Path, paths: list[str], model: str | Path | None, progress: Progress
) -> tuple[dict[str, str], list[str], str]:
    from ....drops.classifier import DropClassifier
    from ..classify import classify_drops

    classifier = DropClassifier() if model is None else DropClassifier(Path(model))
    given, said = {}, []
    found = classify_drops([folder / one for one in paths], classifier, progress)
    for path, one in zip(paths, found, strict=True):
        if one.drop_class is None:
            said.append(f"{Path(path).name}: {one.problem.rstrip('.')}")
        else:
            given[path] = one.drop_class
    return given, said, classifier.sha256
