"""Volume to labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_shape, read_only
from ..errors import InputError
from ..labels import Labels
from ..progress import Progress, part, silent
from ..volume import Volume
from .class_probabilities import ClassProbabilities
from .model_folder import ModelFolder, bundled_model
from .normalisation import normalise
from .padding import padded_by_edges
from .postprocessing import keep_largest_crystal as keep_largest
from .sample_box import find_sample
from .tiles import air_about, blending_weights, slice_about, tile_about, tiles
from .working_grid import WorkingGrid

if TYPE_CHECKING:
    import torch

_SLAB_BYTES = 2**26
_SURELY = 30.0  # a logit beside zeros


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What the network made of a volume.

    Parameters
    ----------
    labels : Labels
        Class of each voxel, on the volume's grid.
    uncertainty : ndarray of float32, shape (z, y, x)
        Entropy of the class probabilities over its greatest possible value: 0 sure, 1 no idea.
    probabilities : ClassProbabilities or None
        Probability of each class, and how far the mirror images disagree; None where they were not asked for.
    """

    labels: Labels
    uncertainty: NDArray[np.float32]
    probabilities: ClassProbabilities | None = None

    def __post_init__(self) -> None:
        uncertainty = np.asarray(self.uncertainty, dtype=np.float32)
        checked_shape(uncertainty, "The uncertainty", ("z", "y", "x"))
        if uncertainty.shape != self.labels.shape:
            raise InputError(f"The uncertainty has shape {uncertainty.shape}, the labels {self.labels.shape}.")
        object.__setattr__(self, "uncertainty", read_only(uncertainty))


def segment(
    volume: Volume,
    model: ModelFolder | None = None,
    *,
    keep_largest_crystal: bool = True,
    mirror: bool = True,
    keep_probabilities: bool = False,
    progress: Progress = silent,
) -> Segmentation:
    """Segment a volume of any size, voxel size, scale and offset of its voxel values.

    The volume is averaged onto a working grid of isotropic voxels (or several), as many along its longest side as the
    model says, normalised, and seen by the network in overlapping tiles, or in one that holds the sample. Class
    probabilities, not labels, are interpolated back to the volume's grid and averaged, so that surfaces stay smooth.
    (Interpolated logits would tie halfway between air and crystal and let liquor in.) A model of slices sees each slice
    by itself, on a working grid that is the volume's own along z. The same call gives the same result on the same
    machine.

    Parameters
    ----------
    volume : Volume
        Voxel values. Voxels of unknown size are taken for cubes.
    model : ModelFolder, optional
        Network to use; by default a bundled one: that of slices for volumes of fewer than 24 slices, else that of
        volumes.
    keep_largest_crystal : bool
        Give smaller pieces of crystal to the class around them.
    mirror : bool
        Average over the mirror images of each tile, along the axes that the model allows: up to eight times the work,
        and better.
    keep_probabilities : bool
        Also return the class probabilities and the disagreement of the mirror images, on the working grids. Labels and
        uncertainty are the same bytes with and without.
    progress : Progress
        Told of every tile; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

    Returns
    -------
    Segmentation

    Raises
    ------
    InputError
        The volume is constant, or the model cannot be used.
    """
    model = model or bundled_model(len(volume.data))
    model.check()
    progress(0.0, "preparing the volume")
    # A small volume may be its own grid several times over: once is enough.
    lay = WorkingGrid.of_slices if model.sees_slices else WorkingGrid.of
    # Only the proportions of a voxel count here.
    voxel = volume.voxel_size_um or (1.0, 1.0, 1.0)
    grids = tuple(dict.fromkeys(lay(volume.shape, voxel, size) for size in model.working_sizes))
    voxel_values = [normalise(grid.down(volume.data)) for grid in grids]
    progress(0.05, "loading the network")
    mirror_axes = model.mirror_axes if mirror else ()
    probabilities, spreads = _probabilities(
        voxel_values, model, mirror_axes, keep_probabilities, part(progress, 0.08, 0.85)
    )
    labels, uncertainty = _on_the_volumes_grid(probabilities, grids, model.codes, part(progress, 0.85, 0.95))
    if keep_largest_crystal:
        progress(0.95, "keeping the largest piece of crystal")
        labels = keep_largest(labels)
    provenance = volume.provenance.then(
        "segment",
        model_sha256=model.sha256,
        model=model.name,
        configuration=model.configuration,
        working_shapes=[list(grid.working_shape) for grid in grids],
        keep_largest_crystal=keep_largest_crystal,
        mirror_axes=list(mirror_axes),
        **({} if model.voxel_range_um is None else {"model_voxel_range_um": list(model.voxel_range_um)}),
        **({} if volume.voxel_size_um else {"voxels": "of unknown size, taken for cubes"}),
    )
    progress(1.0, "segmented")
    kept = None
    if keep_probabilities:
        each = tuple(np.asarray(values.numpy()) for values in probabilities)
        kept = ClassProbabilities(grids, each, tuple(np.asarray(spread.numpy()) for spread in spreads), model.codes)
    return Segmentation(Labels(labels, volume.voxel_size_um, provenance), uncertainty, kept)


def predict_logits(
    voxel_values: NDArray[np.float32],
    network: torch.nn.Module,
    patch_size: tuple[int, int, int],
    *,
    mirror_axes: tuple[int, ...] = (),
    low_precision: bool | None = None,
    with_spread: bool = False,
    progress: Progress = silent,
) -> torch.Tensor:
    """Run a network over a normalised volume in overlapping tiles, blended with Gaussian weights.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values. Where it is smaller than a tile, air (0) surrounds it.
    network : torch.nn.Module
        Maps (1, 1, z, y, x) to (1, class, z, y, x).
    patch_size : (int, int, int)
        Voxels of a tile.
    mirror_axes : tuple of int
        Average over all mirror images along these axes of (z, y, x).
    low_precision : bool, optional
        bf16 on the CPU, by default where the CPU has instructions for it; always half precision on a GPU unless False.
    with_spread : bool
        Add a channel at the end: the standard deviation of the class probabilities over the mirror images, of all
        classes together.
    progress : Progress
        Told of every tile.

    Returns
    -------
    tensor of float32, shape (class, z, y, x)
        On the CPU.
    """
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if low_precision is None:
        low_precision = device.type == "cuda" or _cpu_has_bf16()
    margins = air_about(voxel_values.shape, patch_size)
    padded = np.pad(voxel_values, margins)
    source = torch.from_numpy(padded)
    weights = torch.from_numpy(blending_weights(patch_size)).to(device)
    network = network.to(device)
    total, weight_sum = None, torch.zeros(padded.shape)
    places = tiles(padded.shape, patch_size)
    dtype = torch.bfloat16 if device.type == "cpu" else torch.float16
    # Batch and channel come first.
    flips = [axes for count in range(4) for axes in combinations([axis + 2 for axis in mirror_axes], count)]
    with torch.inference_mode():
        for number, place in enumerate(places):
            tile = source[place][None, None].to(device)
            logits, spread = None, _ImageSpread()
            for image, flipped in enumerate(flips):
                share = (number + image / len(flips)) / len(places)
                ways = f", mirror image {image + 1} of {len(flips)}" if mirror_axes else ""
                progress(share, f"tile {number + 1} of {len(places)}{ways}")
                with torch.autocast(device.type, dtype=dtype, enabled=low_precision):
                    seen = network(torch.flip(tile, flipped))
                seen = torch.flip(seen.float(), flipped)
                logits = seen if logits is None else logits + seen
                if with_spread:
                    spread.add(seen[0].softmax(0))
            assert logits is not None
            if with_spread:
                # Weighted as the others are, below.
                logits = torch.cat([logits, len(flips) * spread.deviation()[None, None]], dim=1)
            if total is None:
                total = torch.zeros((logits.shape[1], *padded.shape))
            total[:, *place] += (logits[0] * (weights / len(flips))).cpu()
            weight_sum[place] += weights.cpu()
        assert total is not None
        total /= weight_sum
    inner = tuple(
        slice(before, before + length) for (before, _), length in zip(margins, voxel_values.shape, strict=True)
    )
    return total[:, *inner]


def predict_sample(
    voxel_values: NDArray[np.float32],
    network: torch.nn.Module,
    patch_size: tuple[int, int, int],
    coarsest_voxels: int,
    *,
    mirror_axes: tuple[int, ...] = (),
    with_spread: bool = False,
    progress: Progress = silent,
) -> torch.Tensor:
    """Run a network over the box that holds the sample, and call the rest air.

    Where a tile is longer than the box, its outermost voxels go on, so that a sample cut off by the field has no face
    there and a stack of like slices is seen alike whatever their number.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values.
    network : torch.nn.Module
        Maps (1, 1, z, y, x) to (1, class, z, y, x); class 0 is air. Trained on such boxes.
    patch_size : (int, int, int)
        Most voxels of a tile; a smaller box is one tile.
    coarsest_voxels : int
        Tiles are a multiple of this, at least three times as long: what the network's last stage takes for one voxel.
    mirror_axes : tuple of int
        Average over all mirror images along these axes of (z, y, x).
    with_spread : bool
        As in :func:`predict_logits`.
    progress : Progress
        Told of every tile.

    Returns
    -------
    tensor of float32, shape (class, z, y, x)
    """
    import torch

    box = find_sample(voxel_values)
    about = tile_about([side.stop - side.start for side in box], coarsest_voxels)
    z, y, x = (min(edge, length) for edge, length in zip(patch_size, about, strict=True))
    shown = voxel_values[box]
    margins = air_about(shown.shape, (z, y, x))
    logits = predict_logits(
        padded_by_edges(shown, (z, y, x)),
        network,
        (z, y, x),
        mirror_axes=mirror_axes,
        with_spread=with_spread,
        progress=progress,
    )
    inner = tuple(slice(before, before + length) for (before, _), length in zip(margins, shown.shape, strict=True))
    logits = logits[:, *inner]
    whole = torch.zeros((len(logits), *voxel_values.shape))
    whole[0] = _SURELY
    whole[:, *box] = logits
    return whole


def predict_slices(
    voxel_values: NDArray[np.float32],
    network: torch.nn.Module,
    patch_size: tuple[int, int, int],
    coarsest_pixels: int | None,
    *,
    mirror_axes: tuple[int, ...] = (),
    low_precision: bool | None = None,
    with_spread: bool = False,
    progress: Progress = silent,
) -> torch.Tensor:
    """Run a network of slices over each slice of a volume by itself.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values.
    network : torch.nn.Module
        Maps (1, 1, y, x) to (1, class, y, x).
    patch_size : (int, int, int)
        Most voxels of a tile, one along z; a smaller slice is one tile.
    coarsest_pixels : int or None
        Tiles are a multiple of this, at least three times as long: what the network's last stage takes for one. Where a
        tile is longer than the slice, its outermost pixels go on. None, and tiles are patches, with air (0) about the
        slice.
    mirror_axes : tuple of int
        Average over all mirror images along these axes of (z, y, x), of which z is none.
    low_precision : bool, optional
        As in :func:`predict_logits`.
    with_spread : bool
        As in :func:`predict_logits`.
    progress : Progress
        Told of every tile.

    Returns
    -------
    tensor of float32, shape (class, z, y, x)
    """
    import torch

    from .networks.slice_network import SliceNetwork

    seeing = SliceNetwork(network)
    shape = (1, *voxel_values.shape[1:])
    size = patch_size
    if coarsest_pixels is not None:
        about = slice_about(shape, coarsest_pixels)
        size = (1, min(patch_size[1], about[1]), min(patch_size[2], about[2]))
    (_, (top, _), (left, _)) = air_about(shape, size)
    found = []
    for number, section in enumerate(voxel_values):
        told = part(progress, number / len(voxel_values), (number + 1) / len(voxel_values))
        shown = section[None] if coarsest_pixels is None else padded_by_edges(section[None], size)
        logits = predict_logits(
            shown,
            seeing,
            size,
            mirror_axes=mirror_axes,
            low_precision=low_precision,
            with_spread=with_spread,
            progress=told,
        )
        if coarsest_pixels is not None:
            logits = logits[:, :, top : top + shape[1], left : left + shape[2]]
        found.append(logits)
    return torch.cat(found, dim=1)


def _probabilities(
    voxel_values: Sequence[NDArray[np.float32]],
    model: ModelFolder,
    mirror_axes: tuple[int, ...],
    with_spread: bool,
    progress: Progress,
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Class probabilities on each working grid, and the disagreement of mirror images where it is asked for."""
    network, patch_size, coarsest_voxels = model.network(), model.patch_size, model.coarsest_voxels
    found, spreads = [], []
    for number, values in enumerate(voxel_values):
        told = part(progress, number / len(voxel_values), (number + 1) / len(voxel_values))
        options: dict[str, Any] = {"mirror_axes": mirror_axes, "with_spread": with_spread, "progress": told}
        if model.sees_slices:
            logits = predict_slices(values, network, patch_size, coarsest_voxels, **options)
        elif coarsest_voxels is None:
            logits = predict_logits(values, network, patch_size, **options)
        else:
            logits = predict_sample(values, network, patch_size, coarsest_voxels, **options)
        if with_spread:
            spreads.append(logits[-1].clone())
            logits = logits[:-1]
        found.append(logits.softmax(0))
    return found, spreads


class _ImageSpread:
    """Standard deviation of class probabilities over mirror images, kept as running sums (Welford, 1962)."""

    def __init__(self) -> None:
        self._images = 0
        self._mean: torch.Tensor | None = None
        self._squares: torch.Tensor | None = None

    def add(self, probabilities: torch.Tensor) -> None:
        """Add those of an image, shape (class, z, y, x)."""
        self._images += 1
        if self._mean is None or self._squares is None:
            self._mean, self._squares = probabilities, probabilities.new_zeros(probabilities.shape)
            return
        step = probabilities - self._mean
        self._mean = self._mean + step / self._images
        self._squares += step * (probabilities - self._mean)

    def deviation(self) -> torch.Tensor:
        """Root of the sum of the variances of the classes, shape (z, y, x)."""
        assert self._squares is not None
        return (self._squares.sum(0) / self._images).clamp(min=0).sqrt()


def _on_the_volumes_grid(
    probabilities: Sequence[torch.Tensor],
    grids: Sequence[WorkingGrid],
    codes: tuple[int, ...],
    progress: Progress,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Class and normalised entropy of every voxel by the mean over the working grids, made slab by slab."""
    import torch

    shape = grids[0].shape
    labels = np.empty(shape, dtype=np.uint8)
    uncertainty = np.empty(shape, dtype=np.float32)
    code_of = np.array(codes, dtype=np.uint8)
    thickness = max(1, _SLAB_BYTES // (4 * len(codes) * shape[1] * shape[2]))
    for start in range(0, shape[0], thickness):
        stop = min(start + thickness, shape[0])
        progress(start / shape[0], "drawing the labels")
        slabs = [grid.up(values, start, stop) for grid, values in zip(grids, probabilities, strict=True)]
        slab = torch.stack(slabs).mean(0) if len(slabs) > 1 else slabs[0]
        labels[start:stop] = code_of[slab.argmax(0).numpy()]
        entropy = torch.special.entr(slab).sum(0) / float(np.log(len(codes)))
        uncertainty[start:stop] = entropy.clamp(0, 1).numpy()
    return labels, uncertainty


def _cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bf16 in hardware; without, bf16 is slower than float32."""
    import torch

    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        supported = getattr(torch.cpu, name, None)
        if supported is not None and supported():
            return True
    return False
