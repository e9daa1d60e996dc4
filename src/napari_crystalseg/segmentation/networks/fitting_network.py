"""Whether weights and tiles fit the network of a model's plans, told without computing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError

if TYPE_CHECKING:
    import torch


def check_weights(weights: Any, network: torch.nn.Module) -> None:
    """Refuse weights that are not those of a network.

    Parameters
    ----------
    weights : Any
        What a weights file calls so.
    network : torch.nn.Module
        On the meta device, without values.

    Raises
    ------
    InputError
        They are no mapping, of another network, or not finite.
    """
    import torch

    expected = network.state_dict()
    if not isinstance(weights, Mapping):
        raise InputError("its weights do not fit the network of its plans (the file has no network_weights)")
    missing = [name for name in expected if name not in weights]
    foreign = [str(name) for name in weights if name not in expected]
    common = {name: weights[name] for name in expected if name in weights}
    other = [
        name
        for name, values in common.items()
        if not isinstance(values, torch.Tensor)
        or values.shape != expected[name].shape
        or values.is_floating_point() != expected[name].is_floating_point()
        or values.layout != torch.strided
        or values.untyped_storage().nbytes() < values.nbytes
    ]
    if missing or foreign or other:
        told = [
            f"{len(names)} {what}, such as {names[0][:60]}"
            for names, what in (
                (missing, "are missing"),
                (foreign, "are of another network"),
                (other, "have another shape or type"),
            )
            if names
        ]
        raise InputError(
            f"its weights do not fit the network of its plans (of {len(expected)} arrays {'; '.join(told)})"
        )
    for name, values in common.items():
        if not torch.isfinite(values).all():
            raise InputError(f"its weights hold values that are NaN or infinite ({name[:60]})")


def check_patches(network: torch.nn.Module, patch: Sequence[int], coarsest: int | None, classes: int) -> None:
    """Refuse a network that cannot see tiles of the lengths that it will be shown.

    Parameters
    ----------
    network : torch.nn.Module
        On the meta device, without values.
    patch : sequence of int
        Voxels of a patch along each axis that the network sees.
    coarsest : int or None
        What a tile's lengths are multiples of, where the network was trained on the sample's box.
    classes : int
        Classes that it scores.

    Raises
    ------
    InputError
        It does not score each class for each voxel of a tile.
    """
    import torch

    # What takes three and four times a length takes every multiple of it.
    tiles = [patch] if coarsest is None else [patch, [3 * coarsest] * len(patch), [4 * coarsest] * len(patch)]
    for tile in tiles:
        try:
            with torch.inference_mode():
                seen = network(torch.empty((1, 1, *tile), device="meta"))
            shape = tuple(seen.shape)
        except NotImplementedError:
            # Some layers of others cannot work out shapes alone.
            return
        except Exception:  # networks meet sizes that they cannot see with any type of error
            shape = ()
        if shape != (1, classes, *tile):
            raise InputError(
                f"its network does not give {classes} classes for each voxel of a patch of "
                f"{' × '.join(map(str, tile))} voxels, so that its plans or its card do not fit it"
            )
