"""Whether a model folder is what its card says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ...errors import InputError
from ...provenance import hash_file
from ...texts.printable import printable
from .checkpoint_file import load_checkpoint
from .model_folder import REFINER, WEIGHTS, ModelFolder
from .registered_model import installed_files


@dataclass(frozen=True)
class ModelCheck:
    """One thing that was looked at.

    Parameters
    ----------
    name : str
        What, in a word or two.
    outcome : {"right", "wrong", "unknown"}
        Unknown is what the card does not say.
    text : str
        A sentence.
    """

    name: str
    outcome: Literal["right", "wrong", "unknown"]
    text: str

    def to_dict(self) -> dict[str, str]:
        """Return the check as JSON has it."""
        return {"name": self.name, "outcome": self.outcome, "text": self.text}


def verify(folder: Path) -> tuple[ModelCheck, ...]:
    """Check all of a model folder: files, plans, hashes, and that its networks have their weights.

    Weights are read without running what their files may hold. Nothing is computed.

    Parameters
    ----------
    folder : Path
        Model folder.

    Returns
    -------
    tuple of ModelCheck
        In the order in which they were made. Where the folder cannot be read, that alone.
    """
    try:
        model = ModelFolder(folder)
        card = model.card
    except InputError as error:
        return (ModelCheck("files", "wrong", str(error)),)
    found = [ModelCheck("files", "right", f"Its files are there: {model.configuration}, {_classes(model)}.")]
    found.append(_hashed("hash of the weights", folder / WEIGHTS, card.get("sha256")))
    found.append(_fitting(model))
    found += _refiner(folder, card)
    found += _as_installed(folder)
    licence = card.get("licence")
    said = f"Its card gives the licence {printable(str(licence)[:80])}."
    if not licence:
        said = "Its card gives no licence: ask who made it."
    found.append(ModelCheck("licence", "right" if licence else "unknown", said))
    return tuple(found)


def refuse_wrong(checks: tuple[ModelCheck, ...]) -> None:
    """Refuse a model of which something is wrong.

    Raises
    ------
    InputError
        With the first that is.
    """
    for check in checks:
        if check.outcome == "wrong":
            raise InputError(check.text)


def _classes(model: ModelFolder) -> str:
    return f"{len(model.codes)} classes"


def _hashed(name: str, path: Path, stated: Any) -> ModelCheck:
    """Hold the hash of a file against that on the card."""
    try:
        found = hash_file(path)
    except OSError as error:
        return ModelCheck(name, "wrong", f"{path} cannot be read ({error.strerror}).")
    if stated is None:
        text = (
            f"The card says no hash of {path.name} (it has SHA-256 {found[:16]}…): whether it was changed is not known."
        )
        return ModelCheck(name, "unknown", text)
    if stated != found:
        text = (
            f"{path} has the SHA-256 {found[:16]}…, and its card says {str(stated)[:16]}…: the weights are not "
            "those that the card is of; get the model again."
        )
        return ModelCheck(name, "wrong", text)
    return ModelCheck(name, "right", f"{path.name} has the SHA-256 that the card says, {found[:16]}….")


def _fitting(model: ModelFolder) -> ModelCheck:
    """Whether the network of the plans takes the weights, and these are numbers."""
    name = "network"
    try:
        model.check()
        weights = load_checkpoint(model.path / WEIGHTS)["network_weights"]
        parameters = _counted(model.path / WEIGHTS, weights)
    except InputError as error:
        return ModelCheck(name, "wrong", str(error))
    text = f"The network of its plans takes the weights, {parameters:,} numbers, read without running anything."
    return ModelCheck(name, "right", text)


def _refiner(folder: Path, card: dict[str, Any]) -> list[ModelCheck]:
    """The second stage: file and card agree on whether there is one, on its hash and its weights."""
    name, stated, path = "refiner", card.get("refinement"), folder / REFINER
    if not path.is_file():
        if stated:
            text = (
                f"The card of {folder} says that the model refines, and there is no {REFINER.as_posix()}; get it again."
            )
            return [ModelCheck(name, "wrong", text)]
        return [ModelCheck(name, "right", "It has one stage: nothing refines its surfaces.")]
    hashed = _hashed("hash of the refiner", path, stated.get("sha256") if isinstance(stated, dict) else None)
    try:
        # Shapes first: a file of a few bytes may call an array terabytes long.
        refiner = ModelFolder(folder).refiner
        if refiner is not None:
            refiner.network()
        parameters = _counted(path, load_checkpoint(path).get("network_weights"))
    except InputError as error:
        return [hashed, ModelCheck(name, "wrong", str(error))]
    return [hashed, ModelCheck(name, "right", f"The network that refines has {parameters:,} numbers.")]


def _as_installed(folder: Path) -> list[ModelCheck]:
    """The files of an installed model are those that were installed: the card's hashes are of weights alone."""
    name = "as installed"
    try:
        files = installed_files(folder)
        changed = [
            place
            for place, digest in sorted(files.items())
            if not (folder / place).is_file() or hash_file(folder / place) != digest
        ]
    except InputError as error:
        return [ModelCheck(name, "wrong", str(error))]
    if not files:
        return []
    if not changed:
        return [ModelCheck(name, "right", f"Its {len(files)} files are those that were installed.")]
    if changed == ["card.json"]:
        text = f"The card of {folder} was changed since it was installed, as by a calibration."
        return [ModelCheck(name, "unknown", text)]
    some = printable(", ".join(changed)[:120])
    return [ModelCheck(name, "wrong", f"{folder} was changed since it was installed ({some}); install it again.")]


def _counted(path: Path, weights: Any) -> int:
    """Number of weights; refused where one is not a number, which no training writes that succeeded."""
    import torch

    if not isinstance(weights, dict) or not all(isinstance(one, torch.Tensor) for one in weights.values()):
        raise InputError(f"{path} holds no weights of a network.")
    for layer, values in weights.items():
        if values.is_floating_point() and not bool(torch.isfinite(values).all()):
            raise InputError(
                f"{path} holds weights that are no numbers, in the layer {str(layer)[:60]}; it is damaged."
            )
    # Weights that have several names are one.
    places = {(one.untyped_storage().data_ptr(), one.storage_offset()): one.numel() for one in weights.values()}
    return sum(places.values())
