"""Which engine runs a model."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ...errors import InputError
from ..model_folders.model_folder import ModelFolder
from ..model_folders.refiner import Refiner
from .engine import Engine

if TYPE_CHECKING:
    import torch

ENGINES = ("torch", "openvino")
"""Names of the engines there are."""

_FORM = 1  # of what is converted; a change of the networks' code that changes their scores needs another


def checked_engine(name: str | None) -> str | None:
    """Return the name of an engine, or None for the quickest that is there.

    Raises
    ------
    InputError
        There is no engine of that name, or it is not installed.
    """
    if name is not None and name not in ENGINES:
        raise InputError(f"The engine must be one of {', '.join(ENGINES)}, not {name!r}.")
    if name == "openvino" and not openvino_is_there():
        raise InputError(
            "The engine openvino cannot be used here: OpenVINO is not installed, or does not load; 'pip install "
            "openvino', or leave the engine out."
        )
    return name


def engine_of(model: ModelFolder, name: str | None = None) -> Engine:
    """Build the network of a model and what runs it.

    Parameters
    ----------
    model : ModelFolder
        The model.
    name : str, optional
        One of :data:`ENGINES`; by default the quickest that is there: PyTorch where it sees a GPU, else OpenVINO, else
        PyTorch.

    Returns
    -------
    Engine
        A network of slices sees one slice along z.

    Raises
    ------
    InputError
        There is no such engine, the model cannot be used, or the engine does not know its layers.
    """
    checked_engine(name)
    network = model.network()
    if model.sees_slices:
        from ..networks.slice_network import SliceNetwork

        network = SliceNetwork(network)
    layers = hashlib.sha256((model.path / "plans.json").read_bytes()).hexdigest()
    return engine_for(network, f"{model.sha256[:32]}{layers[:16]}", name=name)


def engine_for(network: torch.nn.Module, key: str, channels: int = 1, *, name: str | None = None) -> Engine:
    """Find what runs a network.

    Parameters
    ----------
    network : torch.nn.Module
        Maps (n, channel, z, y, x) to (n, class, z, y, x), ready for inference.
    key : str
        Hash of its weights and layers, under which it is kept in the form of another engine.
    channels : int
        Channels of what it sees.
    name : str, optional
        As for :func:`engine_of`.

    Returns
    -------
    Engine

    Raises
    ------
    InputError
        There is no such engine, or it does not know the network's layers.
    """
    import torch

    from .torch_engine import TorchEngine

    checked_engine(name)
    if name == "torch" or (name is None and (torch.cuda.is_available() or not openvino_is_there())):
        return TorchEngine(network)
    from .openvino_engine import OpenVinoEngine

    try:
        return OpenVinoEngine(network, f"{_FORM}{key}", channels)
    except Exception as error:  # OpenVINO raises RuntimeError, torch's tracer whatever the layers raise
        if name is None:
            return TorchEngine(network)
        said = str(error).strip().splitlines()
        raise InputError(
            f"The engine openvino cannot run this network ({said[-1][:200] if said else type(error).__name__}); take "
            "the engine torch."
        ) from error


def engine_of_refiner(refiner: Refiner, name: str | None = None) -> Engine:
    """Build the network that refines and what runs it; as :func:`engine_of`."""
    return engine_for(refiner.network(), refiner.key, 1 + len(refiner.codes), name=name)


def openvino_is_there() -> bool:
    """Whether OpenVINO is installed, and loads."""
    try:
        import openvino  # noqa: F401
    except Exception:  # a library that does not load raises OSError, too
        return False
    return True
