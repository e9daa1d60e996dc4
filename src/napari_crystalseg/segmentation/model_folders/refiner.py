"""Refiner: the weights of a refinement network and what they are for, in a file that holds nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...io.files.atomic import replacing
from ...labels import Material
from ...provenance import hash_file

if TYPE_CHECKING:
    import torch

_MOST_FEATURES = 256


@dataclass(frozen=True, eq=False)
class Refiner:
    """A small network that corrects class probabilities at full resolution.

    Parameters
    ----------
    codes : tuple of int
        Codes of :class:`~napari_crystalseg.labels.Material` that it is fed and says, in this order.
    features : (int, int, int)
        Channels of its three stages.
    weights : mapping of str to tensor
        As of :class:`~..networks.refinement_network.RefinementNetwork`.
    sha256 : str
        Of the file that it was read from; empty where it was read from none.

    Raises
    ------
    InputError
        Codes or features that cannot be, or weights that do not fit.
    """

    codes: tuple[int, ...]
    features: tuple[int, int, int]
    weights: Mapping[str, torch.Tensor]
    sha256: str = ""

    def __post_init__(self) -> None:
        known = {int(material) for material in Material}
        if len(set(self.codes)) != len(self.codes) or not set(self.codes) <= known or len(self.codes) < 2:
            raise InputError(f"A refiner is of two or more different classes of {sorted(known)}, not {self.codes}.")
        if len(self.features) != 3 or not all(0 < count <= _MOST_FEATURES for count in self.features):
            raise InputError(f"A refiner has 1 to {_MOST_FEATURES} features in each of three stages.")
        self._check_weights()

    @classmethod
    def read(cls, path: str | Path) -> Refiner:
        """Read the file that :meth:`save` wrote, without running what else it may hold.

        Raises
        ------
        InputError
            It is no such file, is damaged, or holds more than weights.
        """
        from .checkpoint_file import load_checkpoint

        record = load_checkpoint(Path(path))
        arguments, weights = record.get("arguments"), record.get("network_weights")
        if not isinstance(arguments, Mapping) or not isinstance(weights, Mapping):
            raise InputError(f"{path} holds no refiner; its model was made by something else, or is damaged.")
        try:
            codes, features = (_counts(arguments.get(name)) for name in ("codes", "features"))
            first, second, third = features
            return cls(codes, (first, second, third), dict(weights), hash_file(path))
        except (InputError, ValueError) as error:
            raise InputError(f"The refiner in {path} cannot be used: {str(error).rstrip('.')}.") from error

    def save(self, path: str | Path) -> None:
        """Write arguments and weights, the weights in half precision."""
        import torch

        record = {
            "network_weights": {name: tensor.half() for name, tensor in self.weights.items()},
            "arguments": {"codes": list(self.codes), "features": list(self.features)},
        }
        with replacing(Path(path)) as temporary, open(temporary, "wb") as stream:
            # Through a stream, or the temporary file's name would become part of the archive.
            torch.save(record, stream)

    def network(self) -> torch.nn.Module:
        """Build the network with its weights, in float32 on the CPU, ready for inference.

        Returns
        -------
        torch.nn.Module
            Takes (block, 1 + class, z, y, x), normalised voxel values and probabilities, and gives scores
            (block, class, z, y, x).
        """
        import torch

        from ..networks.refinement_network import RefinementNetwork

        network = RefinementNetwork(len(self.codes), self.features)
        network.load_state_dict({name: tensor.float() for name, tensor in self.weights.items()})
        return network.eval().to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload, no-any-return]

    @property
    def key(self) -> str:
        """Hash of its weights and layers."""
        digest = hashlib.sha256(repr((self.codes, self.features)).encode())
        for name in sorted(self.weights):
            digest.update(name.encode() + self.weights[name].detach().float().numpy().tobytes())
        return digest.hexdigest()

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(tensor.numel() for tensor in self.weights.values())

    def _check_weights(self) -> None:
        import torch

        from ..networks.refinement_network import RefinementNetwork

        with torch.device("meta"):
            wanted = RefinementNetwork(len(self.codes), self.features).state_dict()
        if wanted.keys() != self.weights.keys():
            raise InputError("its weights are those of another network.")
        for name, tensor in wanted.items():
            given = self.weights[name]
            if not _holds_numbers(given) or given.shape != tensor.shape:
                raise InputError(f"its weights {name} do not fit.")
            # As they are used: a number of eight bytes may be beyond those of four.
            if not bool(given.float().isfinite().all()):
                raise InputError(f"its weights {name} are not numbers throughout.")


def _holds_numbers(given: Any) -> bool:
    """Whether it is a tensor with a decimal number in each place; a file may also hold sparse or empty-handed ones."""
    import torch

    return (
        isinstance(given, torch.Tensor)
        and not given.is_nested
        and given.layout == torch.strided
        and given.device.type != "meta"
        and given.dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    )


def _counts(values: Any) -> tuple[int, ...]:
    if not isinstance(values, list | tuple) or not all(type(value) is int for value in values):
        raise InputError(f"it says {str(values)[:40]} where whole numbers belong.")
    return tuple(values)
