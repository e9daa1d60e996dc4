"""A trained model in a folder that nnU-Net v2 itself can load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...labels import Material
from ...provenance import hash_file
from ...texts.json_text import parse_json
from ..grids.working_grid import WORKING_SIZE
from ..networks.architecture import Architecture
from ..networks.fitting_network import check_patches, check_weights
from .checkpoint_file import load_checkpoint
from .refiner import Refiner

if TYPE_CHECKING:
    import torch

BUNDLED = "compact3d"
BUNDLED_OF_SLICES = "compact2d"
BUNDLED_GUIDED = "guided3d"
FEWEST_SLICES = 24
"""Of fewer slices than this a network of volumes sees too little along z."""
WEIGHTS = Path("fold_0") / "checkpoint_final.pth"
REFINER = Path("refiner") / "refiner.pth"
"""Where a model folder keeps what refines, if it does."""
_LONGEST_PATCH = 4096


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
        missing = [str(name) for name in ("dataset.json", "plans.json", WEIGHTS) if not (self.path / name).is_file()]
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
        return hash_file(self.path / WEIGHTS)

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
    def is_guided(self) -> bool:
        """Whether the network also takes clicks and strokes, see :mod:`~napari_crystalseg.segmentation.guidance`."""
        return bool(self._architecture.arguments.get("guides"))

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
    def voxel_range_um(self) -> tuple[float, float] | None:
        """Smallest and largest voxels that the model was made for, µm; None where the card does not say."""
        sizes = self.card.get("voxel_range_um")
        return None if sizes is None else (float(sizes[0]), float(sizes[1]))

    @cached_property
    def codes(self) -> tuple[int, ...]:
        """Our class code for each output of the network.

        Raises
        ------
        InputError
            The labels in ``dataset.json`` are not numbered from 0 without gaps.
        """
        by_output = sorted(self._dataset["labels"].items(), key=lambda item: item[1])
        if [number for _, number in by_output] != list(range(len(by_output))):
            raise InputError(f"The labels in {self.path / 'dataset.json'} must be numbered from 0 without gaps.")
        return tuple(int(Material.AIR if name == "background" else Material[name.upper()]) for name, _ in by_output)

    @cached_property
    def mirror_axes(self) -> tuple[int, ...]:
        """Axes of (z, y, x) along which the network may be shown mirror images; none where its file does not say.

        Raises
        ------
        InputError
            The weights allow an axis that the network does not see.
        """
        axes = self._checkpoint.get("inference_allowed_mirroring_axes")
        axes = () if axes is None else axes
        within = range(2 if self.sees_slices else 3)
        if not isinstance(axes, list | tuple) or not all(type(axis) is int and axis in within for axis in axes):
            raise InputError(
                f"The weights in {self.path} allow mirror images along axes {str(axes)[:40]}, but the network sees "
                f"{len(within)} axes (0 to {len(within) - 1})."
            )
        # nnU-Net counts the axes of what the network sees.
        first = 1 if self.sees_slices else 0
        return tuple(sorted({axis + first for axis in axes}))

    def check(self) -> None:
        """Refuse, before any work, a model whose weights are damaged or do not fit the network of its plans.

        The weights are read, and the network is laid out without values; nothing is computed. Done once.

        Raises
        ------
        InputError
            This version does not have the network that the plans name, it does not work on patches of the size that
            they give, or the weights file holds something else than its weights.
        """
        self._is_checked  # noqa: B018

    @cached_property
    def _is_checked(self) -> bool:
        trained = self._trained_configuration
        if trained is not None and trained != self.configuration:
            raise InputError(
                f"The weights in {self.path} are of the configuration {trained!r}, but its plans have only "
                f"{self.configuration}; bring together plans and weights of one training."
            )
        self.mirror_axes  # noqa: B018
        try:
            # Without values: plans may ask for more than the memory.
            shapes = self._architecture.build(len(self.codes), "meta")
            check_weights(self._checkpoint.get("network_weights"), shapes)
            check_patches(shapes, self._configuration["patch_size"], self.coarsest_voxels, len(self.codes))
        except InputError as error:
            raise self._unusable(error) from error
        return True

    def network(self) -> torch.nn.Module:
        """Build the network with its weights, in float32 on the CPU, ready for inference.

        Returns
        -------
        torch.nn.Module
            Takes (image, 1, z, y, x), or (image, 1, y, x) where it sees slices, and gives the scores of each class.

        Raises
        ------
        InputError
            As :meth:`check`.
        """
        self.check()
        try:
            network = self._architecture.build(len(self.codes), "cpu")
        except InputError as error:
            raise self._unusable(error) from error
        network.load_state_dict(self._checkpoint["network_weights"])
        return network.float().eval()

    @property
    def has_refiner(self) -> bool:
        """Whether the folder has what refines."""
        return (self.path / REFINER).is_file()

    @cached_property
    def refiner(self) -> Refiner | None:
        """What refines its class probabilities at full resolution; None where the model comes without.

        Raises
        ------
        InputError
            Its file is damaged, holds more than weights, or is of other classes than the model.
        """
        if not self.has_refiner:
            return None
        refiner = Refiner.read(self.path / REFINER)
        if sorted(refiner.codes) != sorted(self.codes):
            raise InputError(f"The refiner in {self.path} is of other classes than the model; leave out {REFINER}.")
        return refiner

    @property
    def _architecture(self) -> Architecture:
        return Architecture.from_dict(self._configuration["architecture"])

    def _unusable(self, error: InputError) -> InputError:
        return InputError(f"The model in {self.path} cannot be used: {str(error).rstrip('.')}.")

    @cached_property
    def _checkpoint(self) -> dict[str, Any]:
        return load_checkpoint(self.path / WEIGHTS)

    @cached_property
    def _dataset(self) -> dict[str, Any]:
        return self._json("dataset.json")

    @cached_property
    def configuration(self) -> str:
        """Name of nnU-Net's configuration that the network is of, such as 3d_fullres or 2d.

        Raises
        ------
        InputError
            The plans have no 2-D or 3-D configuration, or several and none is that of the weights.
        """
        names = list(self._configurations)
        if not names:
            raise InputError(f"The plans in {self.path} have no 2-D or 3-D configuration.")
        if len(names) == 1:
            return names[0]
        # Plans may name several, of which a folder holds the weights of one.
        trained = self._trained_configuration
        if trained not in names:
            said = "do not say which" if trained is None else f"are of another ({trained[:40]})"
            raise InputError(
                f"The plans in {self.path} have the configurations {', '.join(names)[:200]}, and its weights {said}; "
                "leave in plans.json the one that they were trained with."
            )
        return trained

    @cached_property
    def _trained_configuration(self) -> str | None:
        """What the weights file says that it was trained with."""
        arguments = self._checkpoint.get("init_args")
        name = arguments.get("configuration") if isinstance(arguments, Mapping) else None
        return name if isinstance(name, str) else None

    @property
    def _configuration(self) -> dict[str, Any]:
        return self._configurations[self.configuration]

    @cached_property
    def _configurations(self) -> dict[str, dict[str, Any]]:
        """Configurations with a patch of two or three axes, with what they inherit, by name."""
        stated = self._json("plans.json").get("configurations")
        if not isinstance(stated, Mapping) or not all(isinstance(value, Mapping) for value in stated.values()):
            raise InputError(f"The plans in {self.path} have no configurations.")
        found = {}
        for name, value in stated.items():
            whole, seen = dict(value), {name}
            while (parent := whole.pop("inherits_from", None)) in stated and parent not in seen:
                seen.add(parent)
                whole = {**stated[parent], **whole}
            patch = whole.get("patch_size")
            if isinstance(patch, list) and len(patch) in (2, 3):
                found[name] = whole
        return found

    def _json(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            record = parse_json(path.read_bytes())
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise InputError(f"{path} is not JSON, or is damaged ({error}).") from error
        if not isinstance(record, dict):
            raise InputError(f"{path} must hold a JSON object.")
        return record

    def _check(self) -> None:
        try:
            self.codes  # noqa: B018
            configuration = self._configuration
            scheme, patch = configuration["normalization_schemes"], configuration["patch_size"]
            self._architecture  # noqa: B018
        except InputError as error:
            # Those of the architecture do not say where.
            if str(self.path) in str(error):
                raise
            raise self._unusable(error) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"The model in {self.path} cannot be used: {str(error)[:80]} is missing from its plans, or is not one "
                f"of the classes background, {', '.join(m.title for m in Material if m)}."
            ) from error
        if configuration.get("previous_stage"):
            raise InputError(
                f"The model in {self.path} is the second of a cascade and wants the labels of another model; only "
                "models that see voxel values alone can be used."
            )
        if scheme != ["NoNormalization"]:
            raise InputError(
                f"The model in {self.path} wants {str(scheme)[:80]}; only models trained on volumes normalised by "
                "napari-crystalseg (one channel, NoNormalization) can be used."
            )
        if not all(_counts(length) and length <= _LONGEST_PATCH for length in patch):
            raise InputError(
                f"The plans in {self.path} must give patch_size in whole voxels up to {_LONGEST_PATCH}, not "
                f"{str(patch)[:80]}."
            )
        sizes, voxels = self.card.get("working_sizes"), self.card.get("coarsest_voxels")
        if sizes is not None and not (isinstance(sizes, list) and sizes and all(_counts(size) for size in sizes)):
            raise InputError(f"The card in {self.path} must list working_sizes in whole voxels, not {str(sizes)[:80]}.")
        if voxels is not None and not (_counts(voxels) and voxels <= _LONGEST_PATCH):
            raise InputError(
                f"The card in {self.path} must give coarsest_voxels as a whole number, not {str(voxels)[:80]}."
            )
        sizes_um = self.card.get("voxel_range_um")
        if sizes_um is not None and not _is_range(sizes_um):
            raise InputError(
                f"The card in {self.path} must give voxel_range_um as a smallest and a largest size in µm, not "
                f"{str(sizes_um)[:80]}."
            )


def _counts(value: Any) -> bool:
    """Whether a value of a card is a whole number of voxels, one or more."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_range(value: Any) -> bool:
    """Whether a value of a card is two positive numbers, the smaller first."""
    numbers = isinstance(value, list) and all(isinstance(one, int | float) and one > 0 for one in value)
    return numbers and len(value) == 2 and value[0] <= value[1]


def bundled_model(slices: int | None = None) -> ModelFolder:
    """A model that comes with the package.

    Parameters
    ----------
    slices : int, optional
        Slices of the volume that it is for: of fewer than 24, the model of slices, else, or where it is not known, that
        of volumes.

    Returns
    -------
    ModelFolder
        The model.

    Raises
    ------
    InputError
        The package was installed without it.
    """
    return _bundled(BUNDLED if slices is None or slices >= FEWEST_SLICES else BUNDLED_OF_SLICES)


def bundled_guided_model() -> ModelFolder:
    """The model that comes with the package and takes clicks and strokes.

    Raises
    ------
    InputError
        The package was installed without it.
    """
    return _bundled(BUNDLED_GUIDED)


def _bundled(name: str) -> ModelFolder:
    return ModelFolder(Path(__file__).resolve().parents[2] / "models" / name)
