"""Models put into a place of models, whole or not at all, and taken out again."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import InputError
from ...io.files.atomic import replacing_folder, save_json
from ...io.files.disk_errors import explaining_disk_errors
from ...io.files.lock import exclusive_writing
from ...io.files.unfinished import unfinished
from ...progress import Progress, part, silent
from ...provenance import hash_file, package_version
from ...texts.json_text import parse_json
from ...texts.printable import printable
from .model_folder import REFINER
from .model_names import are_alike, as_name, checked_name
from .model_source import ModelSource, opened_source
from .model_verification import refuse_wrong, verify
from .registered_model import RECORD, installed_files

_NEEDED = ("dataset.json", "plans.json", "fold_0/checkpoint_final.pth")
_FURTHER = ("card.json", "dataset_fingerprint.json", REFINER.as_posix())
_TEXTS = re.compile(
    r"(pictures/)?((LICEN[CS]E|NOTICE|README)(\.(md|txt))?|[\w .+()-]{1,60}\.(md|txt|png|jpg|csv))", re.ASCII
)
_MOST_CARD_BYTES = 2**24
_ARCHIVES = re.compile(r"\.(zip|tar|tar\.gz|tgz)$", re.IGNORECASE)


def install(
    source: Path,
    place: Path,
    name: str | None = None,
    *,
    taken: Iterable[str] = (),
    replace: bool = False,
    progress: Progress = silent,
) -> tuple[Path, tuple[str, ...]]:
    """Install a model into a place of models.

    Copied are the files that a model folder is of, with its licence, texts and pictures; nothing is run, and nothing
    that could be is copied. The copy is verified before it takes its name.

    Parameters
    ----------
    source : Path
        Model folder, or a ``.zip``, ``.tar`` or ``.tar.gz`` that holds one.
    place : Path
        Folder of models; made where it is missing.
    name : str, optional
        What it is to be called; by default what its card says, else the name of its folder.
    taken : iterable of str
        Names that may not be used.
    replace : bool
        Put it in the place of a model of that name that was installed before.
    progress : Progress
        Told of what is copied; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

    Returns
    -------
    path : Path
        Folder of the model.
    told : tuple of str
        What is to be known of it, in sentences.

    Raises
    ------
    InputError
        The source holds no model, several, or what an archive of a model must not hold; the model is not as its card
        says, or cannot be used; its name is taken; another run installs it; or the place cannot be written.
    """
    source, place = Path(source), Path(place)
    progress(0.0, "looking at what is to be installed")
    with explaining_disk_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    with explaining_disk_errors(place), opened_source(source, place) as offered:
        root = _root(offered)
        files = {place: place.relative_to(root) for place in offered.sizes if _belongs(place, root)}
        name = checked_name(name) if name is not None else _name(offered, root)
        _check_free(place, name, taken, replace)
        target = place / name
        with (
            exclusive_writing(place / name.casefold()),
            replacing_folder(target, _is_ours if replace else _never) as copy,
        ):
            # Another run may have been quicker.
            _check_free(place, name, taken, replace)
            hashes = _copied(offered, files, copy, part(progress, 0.1, 0.8))
            progress(0.8, "verifying the copy")
            checks = verify(copy)
            try:
                refuse_wrong(checks)
            except InputError as error:
                # The copy has another name than the user knows.
                raise InputError(str(error).replace(str(copy), printable(str(source)))) from error
            record = {"files": hashes, "source": source.name, "software_version": package_version()}
            save_json(record, copy / RECORD)
    progress(1.0, "installed")
    told = [check.text for check in checks if check.outcome == "unknown"]
    if left := sorted(str(one) for one in offered.sizes if one not in files):
        some = ", ".join(printable(one[-60:]) for one in left[:3]) + (" …" if len(left) > 3 else "")
        told.append(f"Left out, as no part of the model: {len(left)} file{'s'[: len(left) > 1]} ({some}).")
    return target, tuple(told)


def remove(path: Path) -> None:
    """Remove a model that was installed: only files that were, as they were.

    Raises
    ------
    InputError
        The model was put there otherwise, or its folder holds files that were not installed, or were changed since.
    """
    with explaining_disk_errors(path), exclusive_writing(path.parent / path.name.casefold()):
        files = installed_files(path)
        if not files:
            raise InputError(f"{path} was not installed by this program, and stays: remove it yourself.")
        here = {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_symlink() or not file.is_dir()}
        strange = sorted(here - set(files) - {RECORD})
        strange += [place for place in sorted(here & set(files)) if _is_changed(path / place, files[place])]
        if strange:
            raise InputError(
                f"{path} holds what was not installed, or was changed since ({printable(', '.join(strange)[:120])}), "
                "and stays as it is: move that away, or remove the folder yourself."
            )
        # Under a name by which what a killed run leaves is found and removed.
        gone = unfinished(path)
        os.rename(path, gone)
        shutil.rmtree(gone, ignore_errors=True)


def _root(offered: ModelSource) -> PurePosixPath:
    """The one folder in there that is a model's."""
    plans = [place.parent for place in offered.sizes if place.name == "plans.json"]
    whole = [root for root in plans if all(root / needed in offered.sizes for needed in _NEEDED)]
    if len(whole) == 1:
        return whole[0]
    if whole:
        names = ", ".join(printable(str(root)) for root in sorted(whole)[:5])
        raise InputError(
            f"{offered.path} holds {len(whole)} models ({names}): unpack it, and install the folder of one."
        )
    if plans:
        missing = [needed for needed in _NEEDED if plans[0] / needed not in offered.sizes]
        raise InputError(
            f"{offered.path} holds no whole model: {printable(str(plans[0]))} has no {', '.join(missing)} (of several "
            "folds the first is used, and of its checkpoints the final one)."
        )
    raise InputError(f"{offered.path} holds no model: no folder in it has {', '.join(_NEEDED)}.")


def _belongs(place: PurePosixPath, root: PurePosixPath) -> bool:
    if not place.is_relative_to(root):
        return False
    inside = place.relative_to(root).as_posix()
    return inside in (*_NEEDED, *_FURTHER) or _TEXTS.fullmatch(inside) is not None


def _name(offered: ModelSource, root: PurePosixPath) -> str:
    """What the card calls the model, else its folder, else the archive."""
    card: Any = {}
    if root / "card.json" in offered.sizes:
        try:
            card = parse_json(offered.read(root / "card.json", _MOST_CARD_BYTES))
        except ValueError as error:
            raise InputError(f"The card in {offered.path} is not JSON, or is damaged ({str(error)[:80]}).") from error
    stated = card.get("name") if isinstance(card, dict) else None
    name = as_name(stated if isinstance(stated, str) else root.name or _ARCHIVES.sub("", offered.path.name))
    return checked_name(name or "model")


def _check_free(place: Path, name: str, taken: Iterable[str], replace: bool) -> None:
    """Refuse a name that another model has, also where it differs in capitals alone."""
    if any(are_alike(name, one) for one in taken):
        raise InputError(f"A model {name} comes with the package: give the new one another name (--name).")
    for other in (one for one in place.iterdir() if are_alike(one.name, name)):
        if not _is_ours(other):
            raise InputError(
                f"{other} was not installed by this program, and stays: give the model another name (--name)."
            )
        if other.name != name:
            raise InputError(
                f"A model {other.name} is installed, which some systems take for the same name: remove it, or give the "
                "new one another name (--name)."
            )
        if not replace:
            raise InputError(
                f"A model {name} is installed already, in {other}: replace it (--replace), or give the new one another "
                "name (--name)."
            )


def _is_ours(path: Path) -> bool:
    return bool(installed_files(path))


def _never(path: Path) -> bool:
    return False


def _copied(
    offered: ModelSource, files: dict[PurePosixPath, PurePosixPath], copy: Path, progress: Progress
) -> dict[str, str]:
    """Copy the files of a model, and return their hashes."""
    whole, done, hashes = sum(offered.sizes[place] for place in files), 0, {}
    copy.mkdir()
    for place, inside in sorted(files.items(), key=lambda item: str(item[1])):
        target = copy / inside
        target.parent.mkdir(exist_ok=True)
        digest = hashlib.sha256()
        with target.open("xb") as written:
            for chunk in offered.chunks(place):
                written.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                progress(done / max(whole, 1), f"copying {inside}")
        hashes[inside.as_posix()] = digest.hexdigest()
    return hashes


def _is_changed(file: Path, digest: str) -> bool:
    return file.is_symlink() or hash_file(file) != digest
