"""Sub-classes: each material split into a few voxel values of its own, which is what makes painted labels teach.

(Zalevskyi et al., MELBA 2026: with few classes, splitting each at random decides over out-of-domain results.)
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from ....labels import Material
from .random_field import smooth

MOST = {Material.AIR: 3, Material.LIQUOR: 4, Material.LOOP: 3, Material.CRYSTAL: 3, Material.OTHER: 1}
SPREAD = 0.06
ALIKE = 0.2  # probability that crystal and liquor differ by next to nothing


def draw_means(rng: np.random.Generator) -> dict[Material, float]:
    """Draw the voxel value of each material: air near 0, the others in any order, now and then crystal and liquor
    alike.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.

    Returns
    -------
    dict of Material to float
    """
    means = {material: float(rng.uniform(0.3, 1.7)) for material in (Material.LIQUOR, Material.LOOP, Material.CRYSTAL)}
    if rng.random() < ALIKE:  # only edges tell them apart
        means[Material.CRYSTAL] = means[Material.LIQUOR] + float(rng.uniform(-0.05, 0.05))
    means[Material.OTHER] = float(rng.uniform(1.5, 4.0)) if rng.random() < 0.5 else 0.0
    means[Material.AIR] = 0.0
    return means


def split_classes(
    labels: torch.Tensor, counts: dict[Material, int], depth_shells: bool, source: torch.Generator
) -> torch.Tensor:
    """Number the sub-class of each voxel within its class.

    Parameters
    ----------
    labels : tensor of uint8, shape (z, y, x)
        Classes.
    counts : dict of Material to int
        Sub-classes of each material.
    depth_shells : bool
        Split solids by depth below the sample's surface rather than into clusters.
    source : torch.Generator
        Source of the clusters.

    Returns
    -------
    tensor of int64, shape (z, y, x)
        From 0 to the class's count less 1; each about as large as the others of its class, where clusters are made.
    """
    field = smooth(labels.shape, int(3 + torch.randint(0, 6, (), generator=source, device=source.device)), source)
    if depth_shells:
        field = torch.where(labels > 0, _depth(labels), field)
    number = torch.zeros(labels.shape, dtype=torch.int64, device=labels.device)
    for material, count in counts.items():
        if count < 2:
            continue
        place = labels == int(material)
        values = field[place]
        if not values.numel():
            continue
        # Quantiles of some voxels will do.
        some = values[:: max(1, values.numel() // 4096)].sort().values
        bounds = some[[some.numel() * part // count for part in range(1, count)]]
        number[place] = torch.bucketize(values, bounds)
    return number


def _depth(labels: torch.Tensor) -> torch.Tensor:
    """A number that grows with the depth below the sample's surface: the share of sample around a voxel."""
    sample = (labels > 0).float()[None, None]
    coarse = functional.interpolate(sample, [max(3, length // 4) for length in labels.shape], mode="area")
    coarse = functional.avg_pool3d(coarse, 3, 1, 1)
    return functional.interpolate(coarse, tuple(labels.shape), mode="trilinear", align_corners=False)[0, 0]


def value_map(
    rng: np.random.Generator,
    labels: torch.Tensor,
    means: dict[Material, float],
    source: torch.Generator,
    split: bool = True,
) -> torch.Tensor:
    """Paint each class in its voxel value, or each of its sub-classes in one about that.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the voxel values.
    labels : tensor of uint8, shape (z, y, x)
        Classes.
    means : dict of Material to float
        Mean voxel value of each class; a sub-class differs by a normal number of spread :data:`SPREAD`, in air by a
        third.
    source : torch.Generator
        Source of the places of the sub-classes.
    split : bool
        Without, each class is of one value.

    Returns
    -------
    tensor of float32, shape (z, y, x)
    """
    widest = max(MOST.values())
    table = np.zeros((len(Material), widest), dtype=np.float32)
    for material, mean in means.items():
        table[material] = mean
    if not split:
        return torch.from_numpy(table[:, 0]).to(labels.device)[labels.long()]
    counts = {material: int(rng.integers(1, most, endpoint=True)) for material, most in MOST.items()}
    spread = np.where(np.arange(len(Material)) == Material.AIR, SPREAD / 3, SPREAD)[:, None]
    table += (rng.standard_normal(table.shape) * spread).astype(np.float32)
    number = split_classes(labels, counts, bool(rng.random() < 0.3), source)
    return torch.from_numpy(table).to(labels.device)[labels.long(), number]
