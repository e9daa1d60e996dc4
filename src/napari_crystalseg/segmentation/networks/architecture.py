"""The network that a model's plans describe: judged before anything that they name is called."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...computing.torchvision_operators import provide_missing_operators
from ...errors import InputError

if TYPE_CHECKING:
    import torch

# Plans come from elsewhere, and their names are imported: only these places are looked into.
_NETWORKS = ("dynamic_network_architectures", "napari_crystalseg.segmentation")
_LAYERS = ("torch.nn", "dynamic_network_architectures.building_blocks")
_NETWORK_NAME = re.compile(r"(dynamic_network_architectures|napari_crystalseg\.segmentation)(\.[a-z]\w*)*\.[A-Z]\w*")
_LAYER_NAME = re.compile(r"(torch\.nn(\.modules\.[a-z]\w*)?|dynamic_network_architectures(\.[a-z]\w*){2})\.[A-Z]\w*")
_LARGEST_NUMBER = 8192
_LONGEST_LIST = 64
_DEEPEST = 4


@dataclass(frozen=True)
class Architecture:
    """Class of a network, and what it is called with.

    Parameters
    ----------
    class_name : str
        Dotted name of a class of nnU-Net's networks or of ours.
    arguments : mapping
        Keyword arguments, JSON values.
    layers : tuple of str
        Those arguments that are dotted names of PyTorch's layers, or None.

    Raises
    ------
    InputError
        Names of other things, or numbers beyond what a network can have. The texts begin with "it".
    """

    class_name: str
    arguments: Mapping[str, Any]
    layers: tuple[str, ...]

    def __post_init__(self) -> None:
        if not (isinstance(self.class_name, str) and _NETWORK_NAME.fullmatch(self.class_name)):
            raise InputError(f"it names a network that is not nnU-Net's: {_short(self.class_name)}")
        for name in self.layers:
            layer = self.arguments[name]
            if layer is not None and not (isinstance(layer, str) and _LAYER_NAME.fullmatch(layer)):
                raise InputError(f"it names a layer that is not PyTorch's: {_short(layer)}")
        for name, value in self.arguments.items():
            if not _is_plain(value):
                raise InputError(f"its plans give {_short(name)} of the network as {_short(value)}")

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Architecture:
        """Read ``architecture`` of a configuration in nnU-Net's plans."""
        return cls(
            record["network_class_name"], dict(record["arch_kwargs"]), tuple(map(str, record["_kw_requires_import"]))
        )

    def build(self, classes: int, device: str) -> torch.nn.Module:
        """Build the network for one channel, without training's deep supervision.

        Parameters
        ----------
        classes : int
            Number of classes.
        device : str
            Where its weights are: on ``"meta"`` they have shapes and no values, and take no memory.

        Raises
        ------
        InputError
            The class is none that this version has, or does not take these arguments.
        """
        import torch

        provide_missing_operators()
        network = _class(self.class_name, _NETWORKS, "network")
        arguments = dict(self.arguments)
        for name in self.layers:
            if arguments[name] is not None:
                arguments[name] = _class(arguments[name], _LAYERS, "layer")
        arguments |= {"input_channels": 1, "num_classes": classes, "deep_supervision": False}
        try:
            with torch.device(device), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                built = network(**arguments)
        except MemoryError:
            raise
        except Exception as error:  # networks meet arguments that do not go together with any type of error
            raise InputError(
                f"the arguments in its plans do not fit the network {_short(self.class_name)} "
                f"({type(error).__name__}: {_short(error)})"
            ) from error
        return built.eval()  # type: ignore[no-any-return]


def _class(name: str, packages: Sequence[str], what: str) -> type:
    """Return a class of layers by its name, if it is one and is defined in one of the packages.

    A module's names also lead to whatever it imports; nothing is called here, so that none of that can run.
    """
    import importlib

    import torch

    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"it names a {what} that this version does not have: {_short(name)}; use it with the version that made it, "
            "or train a new one"
        ) from error
    is_layer = isinstance(found, type) and issubclass(found, torch.nn.Module)
    if not is_layer or not any(f"{found.__module__}.".startswith(f"{package}.") for package in packages):
        kind = "network that is not nnU-Net's" if what == "network" else "layer that is not PyTorch's"
        raise InputError(f"it names a {kind}: {_short(name)}")
    return found  # type: ignore[no-any-return]


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Whether an argument is as those of networks are: few, and no large numbers."""
    if isinstance(value, list | Mapping):
        within = value.values() if isinstance(value, Mapping) else value
        return len(value) <= _LONGEST_LIST and depth < _DEEPEST and all(_is_plain(one, depth + 1) for one in within)
    if isinstance(value, int | float):
        return abs(value) <= _LARGEST_NUMBER  # NaN is not
    return value is None or isinstance(value, str)


def _short(value: Any) -> str:
    """Text of a value, or its beginning."""
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
