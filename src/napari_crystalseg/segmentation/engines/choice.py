"""Which engine runs a model."""

from __future__ import annotations

from ...errors import InputError
from ..model_folders.model_folder import ModelFolder
from .engine import Engine

ENGINES = ("torch",)
"""Names of the engines there are."""


def checked_engine(name: str | None) -> str | None:
    """Return the name of an engine, or None for the quickest that is there.

    Raises
    ------
    InputError
        There is no engine of that name.
    """
    if name is not None and name not in ENGINES:
        raise InputError(f"The engine must be one of {', '.join(ENGINES)}, not {name!r}.")
    return name


def engine_of(model: ModelFolder, name: str | None = None) -> Engine:
    """Build the network of a model and what runs it.

    Parameters
    ----------
    model : ModelFolder
        The model.
    name : str, optional
        One of :data:`ENGINES`; by default the quickest that is there.

    Returns
    -------
    Engine
        A network of slices sees one slice along z.

    Raises
    ------
    InputError
        There is no engine of that name, or the model cannot be used.
    """
    checked_engine(name)
    from .torch_engine import TorchEngine

    network = model.network()
    if model.sees_slices:
        from ..networks.slice_network import SliceNetwork

        network = SliceNetwork(network)
    return TorchEngine(network)
