"""Hold a detector of drops and crystals against what is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ....drops.dispensing import LOWEST_SCORE, dispensing_position
from ....drops.files import OutlinedImage, read_chimp_positions
from ....drops.files.coco.categories import kinds_of_categories
from ....drops.files.coco.json_file import is_coco_results, load_coco, load_coco_results
from ....drops.objects import CRYSTAL, DROP, DropObjects
from ....drops.scores import (
    AveragePrecision,
    ClassificationScores,
    TargetScore,
    coco_scores,
    detection_scores,
    presence_scores,
    target_score,
)
from ....drops.scores.tables import Table, class_table, precision_table, target_table
from ....errors import InputError
from ....io.drop_images import drop_images_in
from ....progress import Progress, silent
from ....provenance import Provenance
from ..outlined_inputs import COCO, each_outlined, holds_outlines
from .class_rows import TRUTH, read_class_rows, rows_by_set, table_folder
from .evaluation import Evaluation
from .name_matching import matched
from .packed import Packed

_IMAGES = "images"


@dataclass(frozen=True)
class _Found:
    """What was found in the images of the truth, by their names there: whether crystals, and where outlines were."""

    crystals: Mapping[str, bool]
    objects: Mapping[str, DropObjects] | None
    statements: tuple[str, ...] = ()
    model_sha256: str | None = None


def evaluate_detector(
    truth: str | Path,
    results: str | Path | None = None,
    *,
    model: str | Path | None = None,
    images: str | Path | None = None,
    lowest_score: float = LOWEST_SCORE,
    progress: Progress = silent,
) -> Evaluation:
    """Say how well drops and crystals are found and outlined, and the dispensing position with them.

    Parameters
    ----------
    truth : path
        Outlines: a COCO data set, ``.npz`` masks of CHiMP's, a folder of these or with ``coco.json``. Or a table of
        classes, against which only is said how well images with crystals are told from those without.
    results : path, optional
        Outlines that were found: a list of COCO results, or any of the above; or a table of positions as CHiMP writes
        it, which tells of crystals alone. By default the images are searched now.
    model : path, optional
        Detector that does so; the bundled one by default.
    images : path, optional
        Folder of the images; by default they are looked for beside the truth.
    lowest_score : float
        Objects of less, 0 to 1, count as not found for crystals or none, and for the dispensing position. Average
        precision takes all.
    progress : Progress
        Told how far it is; raises to cancel.

    Returns
    -------
    Evaluation
        Average precision of boxes and outlines by overlap, size and class; crystals or none as classes; and how good
        dispensing positions are.

    Raises
    ------
    InputError
        Files that cannot be used, both results and a model, or images that cannot be found.
    """
    if results is not None and (model is not None or images is not None):
        raise InputError("Name results, or a model and images that make some, and not both.")
    if not 0 <= lowest_score <= 1:
        raise InputError(f"The lowest score lies between 0 and 1, not at {lowest_score}.")
    truth = Path(truth)
    if truth.suffix.lower() == ".csv" or (truth.is_dir() and (truth / TRUTH).is_file() and not _has_outlines(truth)):
        return _against_classes(truth, results, model, images, lowest_score, progress)
    return _against_outlines(truth, results, model, images, lowest_score, progress)


def _against_classes(
    truth: Path,
    results: str | Path | None,
    model: str | Path | None,
    images: str | Path | None,
    lowest_score: float,
    progress: Progress,
) -> Evaluation:
    rows = read_class_rows(truth)
    names = list(dict.fromkeys(one.path for one in rows))
    found = _found(names, table_folder(truth), results, None, model, images, lowest_score, progress)
    sets = {
        name: presence_scores(
            [one.drop_class == "crystals" for one in kept], [found.crystals[one.path] for one in kept]
        )
        for name, members in rows_by_set(rows).items()
        if (kept := [one for one in members if one.path in found.crystals])
    }
    return _evaluation({}, sets, None, found, [truth / TRUTH if truth.is_dir() else truth], results, lowest_score)


def _against_outlines(
    truth: Path,
    results: str | Path | None,
    model: str | Path | None,
    images: str | Path | None,
    lowest_score: float,
    progress: Progress,
) -> Evaluation:
    known: Packed[str, OutlinedImage] = Packed()
    names: list[str] = []
    statements: list[str] = []
    with_crystals: set[str] = set()
    for one in each_outlined(truth):
        names.append(one.name)
        statements += one.assumed
        if one.objects.of_kind(CRYSTAL):
            with_crystals.add(one.name)
        known.put(one.name, one)
    dataset = truth / COCO if (truth / COCO).is_file() else truth if truth.suffix.lower() == ".json" else None
    if len(known) < len(names):
        raise InputError(f"Two images of {truth.name} have the same name.")
    folder = truth if truth.is_dir() else truth.parent
    found = _found(names, folder, results, dataset, model, images, lowest_score, progress)
    precisions: dict[str, AveragePrecision] = {}
    positions: list[TargetScore | None] = []
    if found.objects is not None:
        objects = found.objects
        if dataset is not None and results is not None and _is_results(results):
            precisions, said = _as_given(dataset, Path(results))
            statements += said
        else:
            # Masks without a single outline do not say how large their image is.
            outlined = (OutlinedImage(name, objects[name]) for name in names if name in objects)
            kept = (_sized(known[name], objects) for name in names if name in found.crystals)
            scores = detection_scores(kept, outlined)
            precisions = {"Box": scores.boxes, "Segm": scores.masks}
        for one in known.values():
            if one.name in objects and one.objects.of_kind(DROP):
                position = dispensing_position(objects[one.name], lowest_score)
                positions.append(None if position is None else target_score(one.objects, position.place_px))
    both = [name for name in names if name in found.crystals]
    presence = presence_scores([name in with_crystals for name in both], [found.crystals[name] for name in both])
    found = replace(found, statements=tuple(dict.fromkeys([*statements, *found.statements])))
    summary = positions if found.objects is not None else None
    return _evaluation(precisions, {"all": presence}, summary, found, [dataset or truth], results, lowest_score)


def _as_given(dataset: Path, results: Path) -> tuple[dict[str, AveragePrecision], list[str]]:
    """Average precision of a list of results as pycocotools gives it of the same two files."""
    data, found = load_coco(dataset), load_coco_results(results)
    kinds, _ = kinds_of_categories(data["categories"])
    if not data["categories"]:
        data["categories"] = [{"id": number, "name": kind} for number, kind in kinds.items()]
    precisions = {"Box": coco_scores(data, found, "bbox", kinds)}
    of_kinds = [one for one in (*data["annotations"], *found) if one["category_id"] in kinds]
    if without := sum(not one.get("segmentation") for one in of_kinds):
        return precisions, [f"{without} objects have a box and no outline: nothing is said of outlines"]
    precisions["Segm"] = coco_scores(data, found, "segm", kinds)
    return precisions, []


def _evaluation(
    precisions: Mapping[str, AveragePrecision],
    presence: Mapping[str, ClassificationScores],
    positions: Sequence[TargetScore | None] | None,
    found: _Found,
    truth: list[Path],
    results: str | Path | None,
    lowest_score: float,
) -> Evaluation:
    tables: list[Table] = [precision_table(precisions)] if precisions else []
    tables.append(class_table(presence))
    figures: dict[str, Any] = {
        "average_precision": {name: one.to_dict() for name, one in precisions.items()},
        "crystals_or_none": {name: one.to_dict() for name, one in presence.items()},
    }
    if positions is not None:
        tables.append(target_table(positions))
        figures["dispensing_positions"] = [None if one is None else one.to_dict() for one in positions]
    provenance = Provenance.of_file(*truth, *([] if results is None else [Path(results)])).then(
        "evaluate_drop_detector",
        results=None if results is None else Path(results).name,
        lowest_score=lowest_score,
        model_sha256=found.model_sha256,
    )
    return Evaluation(tuple(tables), figures, found.statements, provenance)


def _found(
    names: list[str],
    folder: Path,
    results: str | Path | None,
    dataset: Path | None,
    model: str | Path | None,
    images: str | Path | None,
    lowest_score: float,
    progress: Progress,
) -> _Found:
    if results is None:
        return _detected(names, folder, model, images, lowest_score, progress)
    results = Path(results)
    if results.suffix.lower() == ".csv":
        rows = {one.path: one.crystals for one in read_chimp_positions(results)}
        given = list(rows)
        places = matched(names, given)
        crystals = {names[place]: rows[given[other]] for place, other in places.items()}
        return _Found(crystals, None, _unmatched(names, given, places))
    outlined: Packed[int, DropObjects] = Packed()
    given = []
    said: list[str] = []
    for number, one in enumerate(each_outlined(results, dataset)):
        given.append(one.name)
        said += one.assumed
        outlined.put(number, one.objects)
    places = matched(names, given)
    objects: Packed[str, DropObjects] = Packed()
    for place, other in places.items():
        objects.put(names[place], outlined[other])
    return _of_objects(objects, lowest_score, (*dict.fromkeys(said), *_unmatched(names, given, places)))


def _unmatched(names: list[str], given: list[str], places: Mapping[int, int]) -> tuple[str, ...]:
    """What is to be said of images on one side alone."""
    if not places:
        raise InputError(
            f"None of the {len(names)} images of the truth is among the {len(given)} of the results; the first are "
            f"{names[0] if names else 'none'} and {given[0] if given else 'none'}."
        )
    said = []
    if without := len(names) - len(places):
        said.append(f"{without} of {len(names)} images of the truth are not in the results, and are left out")
    if others := len(given) - len(set(places.values())):
        said.append(f"{others} of {len(given)} images of the results are not in the truth")
    return tuple(said)


def _of_objects(
    objects: Mapping[str, DropObjects], lowest_score: float, statements: tuple[str, ...], sha256: str | None = None
) -> _Found:
    crystals = {name: bool(one.of_kind(CRYSTAL, lowest_score)) for name, one in objects.items()}
    return _Found(crystals, objects, statements, sha256)


def _detected(
    names: list[str],
    folder: Path,
    model: str | Path | None,
    images: str | Path | None,
    lowest_score: float,
    progress: Progress,
) -> _Found:
    from ....drops.detector.drop_detector import DropDetector
    from ..detect import detect_drops

    paths = _image_paths(names, folder, None if images is None else Path(images))
    detector = DropDetector() if model is None else DropDetector(Path(model))
    objects: Packed[str, DropObjects] = Packed()
    said = []
    if without := len(names) - len(paths):
        said.append(f"{without} of {len(names)} images of the truth were not found, and are left out")
    for name, one in zip(paths, detect_drops(paths.values(), detector, progress), strict=True):
        if one.objects is None:
            said.append(f"{one.path.name}: {one.problem.rstrip('.')}")
        else:
            objects.put(name, one.objects)
    if not objects:
        raise InputError(f"None of the images of the truth could be used; {said[0]}.")
    return _of_objects(objects, lowest_score, tuple(said), detector.sha256)


def _image_paths(names: list[str], folder: Path, images: Path | None) -> dict[str, Path]:
    """The files of the images of the truth, by their names there."""
    for place in _places(folder, images):
        there = {name: place / name for name in names if (place / name).is_file()}
        if len(there) == len(names):
            return there
        try:
            files = drop_images_in(place, recursive=images is not None)
        except InputError:
            continue
        relative = [one.relative_to(place).as_posix() for one in files]
        if found := matched(names, relative):
            return {names[one]: files[other] for one, other in found.items()}
    where = "there" if images is not None else "beside the truth"
    raise InputError(
        f"The images of the truth, such as {names[0] if names else 'none'}, were not found {where}; name their folder "
        "with --images, or results."
    )


def _places(folder: Path, images: Path | None) -> Iterator[Path]:
    if images is not None:
        if not images.is_dir():
            raise InputError(f"{images} is no folder of images.")
        yield images
        return
    yield from (one for one in (folder, folder / _IMAGES, folder.parent / _IMAGES) if one.is_dir())


def _sized(image: OutlinedImage, found: Mapping[str, DropObjects]) -> OutlinedImage:
    if image.name not in found or image.objects.objects or image.objects.shape != (0, 0):
        return image
    return replace(image, objects=DropObjects(found[image.name].shape))


def _is_results(path: str | Path) -> bool:
    return Path(path).suffix.lower() == ".json" and is_coco_results(path)


def _has_outlines(folder: Path) -> bool:
    return (folder / COCO).is_file() or holds_outlines(folder)
