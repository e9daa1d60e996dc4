"""Patches along surfaces: what the refinement network is shown in training, and what it is to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ....draws import log_uniform, random_rotation
from ...grids.normalisation import CLIP
from ...refinement.resampling import Corner, resampled
from ...streams.augmentation import vary_voxel_values
from ...streams.synthesis.label_pool import LabelPool
from ...streams.synthesis.painting import paint
from ...streams.synthesis.warp import warp_matrix, warped
from .coarse_faults import MARGIN_VOXELS, draw_faulty
from .prepared import PreparedVolume, opened

EDGE_VOXELS = 48
_ABOUT = {"faults": 0.25, "liquor": 0.15, "loop": 0.2, "crystal": 0.4}
"""What patches lie about, and how often."""
_LEVELS = (0.35, 0.4, 0.25)
"""How often a patch is of the finest level, the one before, and the working grid."""


@dataclass(frozen=True, eq=False)
class Patches:
    """A batch of patches.

    Parameters
    ----------
    voxel_values : ndarray of float16, shape (patch, z, y, x)
        Normalised.
    probabilities : ndarray of uint8, shape (patch, 5, z, y, x)
        Of the stage before, in units of 1/255.
    labels : ndarray of uint8, shape (patch, z, y, x)
        Truth.
    earlier : tuple of ndarray or None
        Voxel values and probabilities of twice the field of the first patch, with voxels twice as long: what the
        network itself makes of them is shown to it as the stage before.
    """

    voxel_values: NDArray[np.float16]
    probabilities: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    earlier: tuple[NDArray[np.float16], NDArray[np.uint8]] | None


_Patch = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]


def draw_batch(seed: int, number: int, prepared: Path, names: Sequence[str], pool: str | Path | None = None) -> Patches:
    """Draw a numbered batch: the same for the same seed, number and cases.

    Of four patches, one is the finest level of a simulated volume, as the network will meet it after its own answer on
    the level before; one is of any level, with what the coarse network says of that volume; one is of any level, and
    one painted, both with a stage before whose faults are drawn.

    Parameters
    ----------
    seed, number : int
        Of the training, and of the batch in it.
    prepared : Path
        Folder of prepared cases.
    names : sequence of str
        Prepared volumes.
    pool : path, optional
        Folder of further label maps, of which half of the painted patches are.

    Returns
    -------
    Patches
    """
    rng = np.random.default_rng((seed, number))
    first = _volume(rng, prepared, names)
    earlier, *patch = _after_itself(rng, first)
    drawn = [
        (patch[0], patch[1], patch[2]),
        _as_predicted(rng, _volume(rng, prepared, names)),
        _with_faults(rng, _volume(rng, prepared, names)),
        _painted(rng, _volume(rng, prepared, names), None if pool is None else _opened_pool(str(pool))),
    ]
    values = np.stack([values for values, _, _ in drawn]).astype(np.float16)
    probabilities = np.stack([np.rint(255 * one) for _, one, _ in drawn]).astype(np.uint8)
    return Patches(values, probabilities, np.stack([labels for _, _, labels in drawn]), earlier)


def _volume(rng: np.random.Generator, prepared: Path, names: Sequence[str]) -> PreparedVolume:
    """Draw a folder of cases, then a case, then a volume, each as likely as its like."""
    within = [name.split("/")[0] for name in names]
    folders = sorted({case.rpartition("-")[0] for case in within})
    folder = folders[int(rng.integers(len(folders)))]
    cases = sorted({case for case in within if case.rpartition("-")[0] == folder})
    case = cases[int(rng.integers(len(cases)))]
    volumes = sorted(name for name in names if name.split("/")[0] == case)
    return opened(prepared, volumes[int(rng.integers(len(volumes)))])


def _centre(rng: np.random.Generator, volume: PreparedVolume, level: int) -> Corner:
    """Draw where a patch lies: near a surface, or near what the coarse network has wrong."""
    kinds = [kind for kind in _ABOUT if len(volume.places(level, kind))]
    if not kinds:
        z, y, x = (int(rng.integers(length)) for length in volume.shapes[level])
        return z, y, x
    weights = np.array([_ABOUT[kind] for kind in kinds])
    places = volume.places(level, kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))])
    z, y, x = places[int(rng.integers(len(places)))].astype(int) + rng.integers(-EDGE_VOXELS // 3, EDGE_VOXELS // 3, 3)
    return int(z), int(y), int(x)


def _box(centre: Corner, edge: int | None = None) -> tuple[Corner, Corner]:
    edge = EDGE_VOXELS if edge is None else edge
    z, y, x = (middle - edge // 2 for middle in centre)
    return (z, y, x), (z + edge, y + edge, x + edge)


def _read(array: NDArray[Any], low: Corner, high: Corner) -> NDArray[Any]:
    """A box; beyond the field its outermost voxels go on."""
    along = [
        np.clip(np.arange(first, last), 0, length - 1)
        for first, last, length in zip(low, high, array.shape[-3:], strict=True)
    ]
    box = tuple(slice(int(places[0]), int(places[-1]) + 1) for places in along)
    part: NDArray[Any] = np.asarray(array[..., box[0], box[1], box[2]])
    for axis, places in zip((-3, -2, -1), along, strict=True):
        if places[-1] - places[0] + 1 != len(places):
            part = np.take(part, places - places[0], axis=axis)
    return part


def _predicted(volume: PreparedVolume, level: int, low: Corner, high: Corner) -> NDArray[np.float32]:
    """What the coarse network says of a box of a level."""
    shape = volume.shapes[level]
    found = resampled(lambda lo, hi: _read(volume.coarse, lo, hi), volume.shapes[-1], shape, low, high)
    return found / np.float32(255)


def _varied(
    rng: np.random.Generator, values: NDArray[np.float16], labels: NDArray[np.uint8], often: float = 0.6
) -> NDArray[np.float32]:
    """Vary voxel values as instruments and estimates of their levels do; now and then with grainy noise."""
    varied = np.asarray(values, dtype=np.float32)
    if rng.random() < often:
        varied = vary_voxel_values(rng, varied, labels, plainness=0.1)
    if rng.random() < 0.25:
        noise = rng.standard_normal([length + 1 for length in varied.shape], dtype=np.float32)
        for axis in range(3):
            length = varied.shape[axis]
            noise = np.take(noise, range(length), axis) + np.take(noise, range(1, length + 1), axis)
        varied = varied + np.float32(log_uniform(rng, 0.01, 0.15)) * noise / np.float32(8**0.5)
    return np.clip(varied, *CLIP)


def _after_itself(
    rng: np.random.Generator, volume: PreparedVolume
) -> tuple[tuple[NDArray[np.float16], NDArray[np.uint8]] | None, Any, Any, Any]:
    """A patch of the finest level, and the level before over twice its field."""
    fine, half = volume.shapes[0], volume.shapes[min(1, len(volume.shapes) - 1)]
    centre = _centre(rng, volume, 0)
    z, y, x = (2 * (middle // 2) for middle in centre)
    low, high = _box((z, y, x))
    labels = _read(volume.labels[0], low, high)
    state = rng.bit_generator.state
    values = _varied(rng, _read(volume.voxel_values[0], low, high), labels)
    probabilities = _predicted(volume, 0, low, high)
    if fine != tuple(2 * length for length in half):
        return None, values, probabilities, labels
    z, y, x = (start // 2 - EDGE_VOXELS // 4 for start in low)
    first, beyond = (z, y, x), (z + EDGE_VOXELS, y + EDGE_VOXELS, x + EDGE_VOXELS)
    # Varied by the same draws, as far as they go.
    again = np.random.default_rng()
    again.bit_generator.state = state
    wide = _varied(again, _read(volume.voxel_values[1], first, beyond), _read(volume.labels[1], first, beyond))
    said = np.rint(255 * _predicted(volume, 1, first, beyond)).astype(np.uint8)
    return (wide.astype(np.float16), said), values, probabilities, labels


def _level(rng: np.random.Generator, volume: PreparedVolume) -> int:
    weights = np.array(_LEVELS[: len(volume.shapes)])
    return int(rng.choice(len(weights), p=weights / weights.sum()))


def _as_predicted(rng: np.random.Generator, volume: PreparedVolume) -> _Patch:
    """A patch of any level with what the coarse network says."""
    level = 1 if len(volume.shapes) > 2 and rng.random() < 0.6 else len(volume.shapes) - 1
    low, high = _box(_centre(rng, volume, level))
    labels = _read(volume.labels[level], low, high)
    values = _varied(rng, _read(volume.voxel_values[level], low, high), labels)
    return values, _predicted(volume, level, low, high), labels


def _with_faults(rng: np.random.Generator, volume: PreparedVolume) -> _Patch:
    """A patch of any level, now and then turned and magnified, with a stage before whose faults are drawn."""
    from scipy.ndimage import affine_transform

    level = _level(rng, volume)
    centre = _centre(rng, volume, level)
    edge = EDGE_VOXELS + 2 * MARGIN_VOXELS
    if rng.random() < 0.3:
        scale = log_uniform(rng, 0.5, 1.4)
        matrix = random_rotation(rng).as_matrix() * scale
        wide = int(np.ceil(edge * scale * 1.3 / 2) * 2)
        low, high = _box(centre, wide)
        offset = (wide - 1) / 2 - matrix @ np.full(3, (edge - 1) / 2)
        field = affine_transform(
            _read(volume.labels[level], low, high), matrix, offset, (edge,) * 3, order=0, mode="nearest"
        )
        inner_offset = (wide - 1) / 2 - matrix @ np.full(3, (EDGE_VOXELS - 1) / 2)
        values = affine_transform(
            _read(volume.voxel_values[level], low, high).astype(np.float32),
            matrix,
            inner_offset,
            (EDGE_VOXELS,) * 3,
            order=1,
            mode="nearest",
        )
    else:
        low, high = _box(centre, edge)
        field = _read(volume.labels[level], low, high)
        values = _read(volume.voxel_values[level], *_box(centre))
    inner = slice(MARGIN_VOXELS, -MARGIN_VOXELS)
    labels = np.ascontiguousarray(field[inner, inner, inner])
    return _varied(rng, values, labels, 0.8), draw_faulty(rng, field).numpy(), labels


def _painted(rng: np.random.Generator, volume: PreparedVolume, pool: LabelPool | None) -> _Patch:
    """A patch of a label map, warped and painted, with a stage before whose faults are drawn."""
    edge = EDGE_VOXELS + 2 * MARGIN_VOXELS
    if pool is not None and rng.random() < 0.5:
        source = pool.draw(rng)
        centre = _on_a_surface(rng, source)
    else:
        source = np.asarray(volume.labels[0])
        centre = _centre(rng, volume, 0)
    shift = np.array(centre) - (np.array(source.shape) - 1) / 2
    matrix = warp_matrix(rng) * log_uniform(rng, 0.6, 2.5)
    field = warped(torch.from_numpy(np.array(source)), (edge,) * 3, matrix, shift)
    inner = slice(MARGIN_VOXELS, -MARGIN_VOXELS)
    near = slice(MARGIN_VOXELS - 4, 4 - MARGIN_VOXELS)
    values = paint(rng, field[near, near, near].contiguous())[4:-4, 4:-4, 4:-4]
    labels = np.ascontiguousarray(field[inner, inner, inner].numpy())
    return values.numpy(), draw_faulty(rng, field.numpy()).numpy(), labels


@lru_cache(maxsize=1)
def _opened_pool(folder: str) -> LabelPool:
    return LabelPool(folder)


def _on_a_surface(rng: np.random.Generator, labels: NDArray[np.uint8]) -> Corner:
    """Draw a voxel that differs from the one three further along some axis."""
    shape = np.array(labels.shape)
    here = rng.integers(0, shape, (4096, 3))
    there = np.minimum(here + 3 * np.eye(3, dtype=int)[rng.integers(3, size=len(here))], shape - 1)
    found = here[labels[tuple(here.T)] != labels[tuple(there.T)]]
    z, y, x = found[int(rng.integers(len(found)))] if len(found) else shape // 2
    return int(z), int(y), int(x)
