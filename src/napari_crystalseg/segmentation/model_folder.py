"""A trained model in a folder that nnU-Net v2 itself can load."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..labels import Material
from ..provenance import hash_file
from .torchvision_ops import declare_missing_operators
from .working_grid import WORKING_SIZE

if TYPE_CHECKING:
    import torch

BUNDLED = "compact3d"
BUNDLED_OF_SLICES = "compact2d"
FEWEST_SLICES = 24
"""Of fewer slices than this a network of volumes sees too little along z."""
_WEIGHTS = Path("fold_0") / "checkpoint_final.pth"
# A model folder is data from elsewhere, and nnU-Net calls whatever its plans name with the arguments that they give:
# only classes of these packages are let through, for the network and for its layers.
_NETWORK = re.compile(r"(dynamic_network_architectures|napari_crystalseg)(\.[a-z]\w*)*\.[A-Z]\w*")
_LAYER = re.compile(r"torch\.nn\.(modules\.[a-z]+\.)?[A-Z]\w*")


@dataclass(frozen=True)
class ModelFolder:
    """A model folder: ``dataset.json``, ``plans.json``, ``fold_0/checkpoint_final.pth`` and, by us, ``card.json``.

    Parameters
    ----------
    path : path
        The folder.

    Raises
    ------
    InputError
        A file is missing or cannot be read, or the model wants other inputs or classes than ours.
    """

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        if not self.path.is_dir():
            raise InputError(f"There is no model folder {self.path}.")
        missing = [str(name) for name in ("dataset.json", "plans.json", _WEIGHTS) if not (self.path / name).is_file()]
        if missing:
            raise InputError(f"{self.path} is not an nnU-Net model folder: it has no {', '.join(missing)}.")
        self._check()

    @cached_property
    def card(self) -> dict[str, Any]:
        """What is known of the model: licence, data, seed, steps, metrics, hash; empty where there is no card."""
        return self._json("card.json") if (self.path / "card.json").is_file() else {}

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the weights file."""
        return hash_file(self.path / _WEIGHTS)

    @property
    def name(self) -> str:
        """Name on the card, or that of the folder."""
        return str(self.card.get("name") or self.path.name)

    @property
    def patch_size(self) -> tuple[int, int, int]:
        """Voxels (z, y, x) of the working grid that the network sees at once; one along z where it sees slices."""
        *z, y, x = self._configuration["patch_size"]
        return int(z[0]) if z else 1, int(y), int(x)

    @property
    def sees_slices(self) -> bool:
        """Whether the network sees one slice at a time."""
        return len(self._configuration["patch_size"]) == 2

    @property
    def working_sizes(self) -> tuple[int, ...]:
        """Most voxels along an axis of each working grid; what the network makes of them is averaged."""
        sizes = self.card.get("working_sizes") or [WORKING_SIZE]
        return tuple(int(size) for size in sizes)

    @property
    def coarsest_voxels(self) -> int | None:
        """What a tile's lengths are multiples of, where the network was trained on the sample's box; else None."""
        voxels = self.card.get("coarsest_voxels")
        return None if voxels is None else int(voxels)

    @property
    def codes(self) -> tuple[int, ...]:
        """Our class code for each output of the network."""
        by_output = sorted(self._dataset["labels"].items(), key=lambda item: item[1])
        return tuple(int(Material.AIR if name == "background" else Material[name.upper()]) for name, _ in by_output)

    @cached_property
    def mirror_axes(self) -> tuple[int, ...]:
        """Axes of (z, y, x) along which the network may be shown mirror images; none where its file does not say."""
        axes = self._checkpoint.get("inference_allowed_mirroring_axes") or ()
        # nnU-Net counts the axes of what the network sees.
        first = 1 if self.sees_slices else 0
        return tuple(sorted({int(axis) + first for axis in axes} & {0, 1, 2}))

    def network(self) -> torch.nn.Module:
        """Build the network with its weights, in float32 on the CPU, ready for inference.

        Raises
        ------
        InputError
            This version does not have the network that the plans name, or the weights file holds something else than
            its weights.
        """
        declare_missing_operators()
        from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

        architecture = self._configuration["architecture"]
        try:
            network = get_network_from_plans(
                architecture["network_class_name"],
                architecture["arch_kwargs"],
                architecture["_kw_requires_import"],
                1,
                len(self.codes),
                allow_init=False,
                deep_supervision=False,
            )
        except (ImportError, AttributeError) as error:
            raise InputError(
                f"The model in {self.path} names a network that this version does not have: "
                f"{architecture['network_class_name']}. Use it with the version that made it, or train a new one."
            ) from error
        try:
            network.load_state_dict(self._checkpoint["network_weights"])
        except (RuntimeError, KeyError) as error:
            raise InputError(f"The weights in {self.path} do not fit the network of its plans: {error}") from error
        return network.eval()

    @cached_property
    def _checkpoint(self) -> dict[str, Any]:
        return load_checkpoint(self.path / _WEIGHTS)

    @cached_property
    def _dataset(self) -> dict[str, Any]:
        return self._json("dataset.json")

    @cached_property
    def configuration(self) -> str:
        """Name of nnU-Net's configuration that the network is of, such as 3d_fullres or 2d."""
        fit = {name: len(value["patch_size"]) for name, value in self._configurations.items()}
        if not fit:
            raise InputError(f"The plans in {self.path} have no 2-D or 3-D configuration.")
        if len(fit) == 1:
            return next(iter(fit))
        # Plans may name several, of which a folder holds the weights of one.
        trained = (self._checkpoint.get("init_args") or {}).get("configuration")
        return trained if trained in fit else max(fit, key=lambda name: fit[name])

    @property
    def _configuration(self) -> dict[str, Any]:
        return self._configurations[self.configuration]

    @cached_property
    def _configurations(self) -> dict[str, dict[str, Any]]:
        configurations = self._json("plans.json").get("configurations", {})
        return {name: value for name, value in configurations.items() if len(value.get("patch_size", ())) in (2, 3)}

    def _json(self, name: str) -> dict[str, Any]:
        try:
            record = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path / name} cannot be read: {error}") from error
        if not isinstance(record, dict):
            raise InputError(f"{self.path / name} must hold a JSON object.")
        return record

    def _check(self) -> None:
        try:
            self.codes  # noqa: B018
            scheme = self._configuration["normalization_schemes"]
            architecture = self._configuration["architecture"]
            class_name = str(architecture["network_class_name"])
            layers = [architecture["arch_kwargs"][name] for name in architecture["_kw_requires_import"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"The model in {self.path} cannot be used: {error} is missing from its plans, or is not one of the "
                f"classes background, {', '.join(m.title for m in Material if m)}."
            ) from error
        if scheme != ["NoNormalization"]:
            raise InputError(
                f"The model in {self.path} wants {scheme}; only models trained on volumes normalised by "
                "napari-crystalseg (one channel, NoNormalization) can be used."
            )
        sizes, voxels = self.card.get("working_sizes"), self.card.get("coarsest_voxels")
        if sizes is not None and not (isinstance(sizes, list) and sizes and all(_counts(size) for size in sizes)):
            raise InputError(f"The card in {self.path} must list working_sizes in whole voxels, not {sizes!r}.")
        if voxels is not None and not _counts(voxels):
            raise InputError(f"The card in {self.path} must give coarsest_voxels as a whole number, not {voxels!r}.")
        if not _NETWORK.fullmatch(class_name):
            raise InputError(f"The model in {self.path} names a network that is not nnU-Net's: {class_name}.")
        for layer in layers:
            if layer is not None and not _LAYER.fullmatch(str(layer)):
                raise InputError(f"The model in {self.path} names a layer that is not PyTorch's: {layer}.")


def _counts(value: Any) -> bool:
    """Whether a value of a card is a whole number of voxels, one or more."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def bundled_model(slices: int | None = None) -> ModelFolder:
    """A model that comes with the package.

    Parameters
    ----------
    slices : int, optional
        Slices of the volume that it is for: of fewer than 24, the model of slices, else, or where it is not known, that
        of volumes.

    Raises
    ------
    InputError
        The package was installed without it.
    """
    name = BUNDLED if slices is None or slices >= FEWEST_SLICES else BUNDLED_OF_SLICES
    return ModelFolder(Path(__file__).resolve().parents[1] / "models" / name)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint without running code that it may hold."""
    import numpy as np
    import torch

    # nnU-Net's own checkpoints also keep a log of NumPy numbers.
    scalar = np.float32(0).__reduce__()[0]
    harmless: list[Any] = [scalar, np.dtype, np.dtypes.Float32DType, np.dtypes.Float64DType, torch.device]
    try:
        with torch.serialization.safe_globals(harmless):
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged archive fails in many ways
        raise InputError(f"{path} is not a file of weights, or holds more than weights: {error}") from error
    if not isinstance(checkpoint, dict):
        raise InputError(f"{path} is not an nnU-Net checkpoint.")
    return checkpoint
