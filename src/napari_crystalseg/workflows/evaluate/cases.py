"""Cases to evaluate: labels that are true, with the volume that they are of or the labels that were made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import InputError
from ...io import kind_of, suffixes_read
from ...texts.printable import printable

LABELS = "labels"
"""Name of the labels in the folder of a case, and ending of their name elsewhere: ``sample_labels.tif``."""
VOLUME = "volume"
MANIFEST = "manifest.json"
_DEPTH = 2
_TOLD = 5


@dataclass(frozen=True)
class EvaluatedCase:
    """One case.

    Parameters
    ----------
    name, group : str
        What it is called, and the folder of cases that it belongs to.
    truth : Path
        True labels.
    volume : Path or None
        Voxel values; None where the predicted labels are there.
    predicted : Path or None
        Labels to judge; None where the volume is to be segmented.
    manifest : Path or None
        Record of a simulated case, which holds its attenuation coefficients.
    """

    name: str
    group: str
    truth: Path
    volume: Path | None = None
    predicted: Path | None = None
    manifest: Path | None = None


@dataclass(frozen=True)
class FoundCases:
    """Cases, and what was left out of the folders.

    Parameters
    ----------
    cases : tuple of EvaluatedCase
        In the order of their groups and names.
    statements : tuple of str
        What was left out, for the user.
    """

    cases: tuple[EvaluatedCase, ...]
    statements: tuple[str, ...] = ()


@dataclass
class _Entry:
    """What lies under one name in a folder: files of labels, and others, which are volumes, or plain labels."""

    name: str
    group: str
    labels: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    folder: Path | None = None


def labelled_cases(paths: Sequence[str | Path], *, only_complete: bool = False) -> FoundCases:
    """Find volumes with their true labels.

    Parameters
    ----------
    paths : sequence of path
        Folders that hold cases, as folders with ``labels.*`` and one or more ``volume*.*`` each or flat as
        ``<name>.*`` beside ``<name>_labels.*``; or folders of cases themselves. Folders of such folders are looked
        into.
    only_complete : bool
        Leave out volumes without labels and labels without a volume, and say so, rather than refuse.

    Returns
    -------
    FoundCases

    Raises
    ------
    InputError
        No folder, no case, a name with several candidates, something without its partner, or two folders of one name.
    """
    folders = [_checked(path) for path in paths]
    cases: list[EvaluatedCase] = []
    alone: list[str] = []
    for folder in folders:
        for entry in _entries(folder):
            if not entry.labels or not entry.others:
                what = "labels" if entry.labels else "volume"
                alone.append(f"{entry.group}/{entry.name} ({what} alone)")
                continue
            truth = _only(entry.labels, f"labels of {entry.group}/{entry.name}")
            manifest = entry.folder / MANIFEST if entry.folder is not None else None
            if manifest is not None and not manifest.is_file():
                manifest = None
            volumes = _by_stem(entry) if entry.folder is not None else {"": entry.others}
            for stem, found in sorted(volumes.items()):
                name = entry.name if len(volumes) == 1 else f"{entry.name}~{stem}"
                volume = _only(found, f"volumes of {entry.group}/{name}")
                cases.append(EvaluatedCase(name, entry.group, truth, volume, manifest=manifest))
    return _found(cases, alone, only_complete, "volumes and labels without their partner")


def paired_cases(predicted: str | Path, truth: str | Path, *, only_pairs: bool = False) -> FoundCases:
    """Pair predicted with true labels by their names.

    Parameters
    ----------
    predicted, truth : path
        Folders with label files of the same names (``a.tif``, ``a_labels.npy`` or ``a/labels.tif`` are all of the name
        a), at most one folder down; volumes ``a.tif`` beside ``a_labels.tif`` are passed over.
    only_pairs : bool
        Leave out what has no partner, and say so, rather than refuse.

    Returns
    -------
    FoundCases

    Raises
    ------
    InputError
        No folder, no pair, a name with several candidates, or labels without a partner.
    """
    sides = [_label_files(_checked(folder)) for folder in (predicted, truth)]
    group = _name_of(Path(truth))
    cases, alone = [], []
    for name in sorted(sides[0].keys() | sides[1].keys()):
        if name not in sides[0] or name not in sides[1]:
            alone.append(f"{name} ({'predicted' if name in sides[0] else 'true'} alone)")
            continue
        above, _, own = name.rpartition("/")
        found, true = (_labels_of(side[name]) for side in sides)
        at = sides[1][name].folder
        manifest = at / MANIFEST if at is not None and (at / MANIFEST).is_file() else None
        cases.append(EvaluatedCase(own, above or group, true, predicted=found, manifest=manifest))
    return _found(cases, alone, only_pairs, "labels without their partner")


def _found(cases: list[EvaluatedCase], alone: list[str], leave_out: bool, what: str) -> FoundCases:
    listed = ", ".join(printable(each) for each in alone[:_TOLD]) + (" …" if len(alone) > _TOLD else "")
    if not cases:
        raise InputError(f"No case was found to evaluate{f', only {what}: {listed}' if alone else ''}.")
    if alone and not leave_out:
        raise InputError(f"There are {len(alone)} {what}: {listed}; add them, or leave them out (--only-complete).")
    names = [(case.group, case.name) for case in cases]
    if len(set(names)) < len(names):
        raise InputError("Two folders have the same name, by which cases are told apart; rename one.")
    return FoundCases(tuple(cases), (f"Left out: {len(alone)} {what} ({listed}).",) if alone else ())


def _checked(path: str | Path) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; name one that holds cases.")
    return folder


def _name_of(folder: Path) -> str:
    return printable(folder.resolve().name) or "cases"


def _entries(folder: Path) -> list[_Entry]:
    """What lies in a folder, which may itself be that of a case."""
    own = _case_entry(folder, _name_of(folder.resolve().parent))
    return [own] if own.labels else list(_walk(folder, _name_of(folder), _DEPTH))


def _walk(folder: Path, group: str, depth: int) -> Iterator[_Entry]:
    flat: dict[str, _Entry] = {}
    deeper: list[_Entry] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if _is_read(path):
            stem = _stem(path)
            name = stem.removesuffix(f"_{LABELS}")
            # Tables and records hold no bytes that are not UTF-8.
            shown = printable(name)
            entry = flat.setdefault(shown, _Entry(shown, group))
            (entry.others if name == stem else entry.labels).append(path)
        elif path.is_dir():
            entry = _case_entry(path, group)
            below = []
            if not entry.labels and depth > 1:
                below = list(_walk(path, f"{group}/{printable(path.name)}", depth - 1))
            if entry.labels or (entry.others and not any(each.labels for each in below)):
                deeper.append(entry)
            else:
                deeper += below
    yield from flat.values()
    yield from deeper


def _case_entry(folder: Path, group: str) -> _Entry:
    entry = _Entry(_name_of(folder), group, folder=folder)
    for path in sorted(folder.iterdir()):
        if _is_read(path) and not path.name.startswith("."):
            stem = _stem(path)
            if stem == LABELS:
                entry.labels.append(path)
            elif stem.startswith(VOLUME):
                entry.others.append(path)
    return entry


def _by_stem(entry: _Entry) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in entry.others:
        found.setdefault(_stem(path), []).append(path)
    return found


def _label_files(folder: Path) -> dict[str, _Entry]:
    """What may be labels, by the name with the folder within ``folder``."""
    root = _name_of(folder)
    entries = {}
    for entry in _walk(folder, root, _DEPTH):
        if entry.folder is not None and not entry.labels:
            continue  # a folder of a volume alone
        within = entry.group.removeprefix(root).strip("/")
        name = f"{within}/{entry.name}".strip("/")
        if name in entries:
            raise InputError(f"There are several label files for {name} in {folder}; leave one of them there.")
        entries[name] = entry
    return entries


def _labels_of(entry: _Entry) -> Path:
    """The one file of labels under a name."""
    where = f"label files for {entry.name}"
    if not entry.labels:
        return _only(entry.others, where)
    # A volume beside its labels is no candidate; other labels are.
    also = [] if entry.folder is not None else [path for path in entry.others if _holds_labels(path)]
    return _only([*entry.labels, *also], where)


def _holds_labels(path: Path) -> bool:
    try:
        return kind_of(path) == "labels"
    except InputError:
        return False


def _only(paths: list[Path], what: str) -> Path:
    if len(paths) > 1:
        raise InputError(
            f"There are several {what}: {', '.join(printable(path.name) for path in paths)}; leave one of them there."
        )
    return paths[0]


def _is_read(path: Path) -> bool:
    suffix = path.suffix.lower()
    return suffix in (suffixes_read(folders=True) if path.is_dir() else suffixes_read())


def _stem(path: Path) -> str:
    return path.stem.removesuffix(".ome")
