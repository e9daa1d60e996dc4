"""Non-maximum suppression: of boxes that overlap, the one of the highest score stays.

Imports torch: import this module only inside functions.
"""

from __future__ import annotations

import torch

ROWS = 512
"""Boxes that are held against all later ones at a time, which bounds the memory."""


def non_maximum_suppression(dets: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Return the boxes that no kept box of a higher score overlaps too far, as ``torchvision::nms`` does.

    Parameters
    ----------
    dets : Tensor, shape (box, 4)
        Edges (x1, y1, x2, y2).
    scores : Tensor, shape (box,)
        The first of equal ones goes before the others.
    iou_threshold : float
        Intersection over union above which the lower box is dropped.

    Returns
    -------
    Tensor of int64, shape (kept,)
        Numbers of the boxes that stay, by score from the highest.
    """
    order = torch.sort(scores.detach(), stable=True, descending=True).indices
    boxes = dets.detach()[order]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = torch.ones(len(boxes), dtype=torch.bool, device=boxes.device)
    for first in range(0, len(boxes), ROWS):
        rows = first + torch.nonzero(kept[first : first + ROWS])[:, 0]
        later = first + torch.nonzero(kept[first:])[:, 0]
        if len(rows) == 0:
            continue
        over = _overlaps(boxes[rows], areas[rows], boxes[later], areas[later]) > iou_threshold
        # The rows are the first of the later ones. Among them one after the other decides, on bits of the host.
        among = over[:, : len(rows)].cpu().numpy()
        stays = [True] * len(rows)
        for n in range(len(rows)):
            if stays[n]:
                for dropped in among[n, n + 1 :].nonzero()[0]:
                    stays[n + 1 + dropped] = False
        deciding = torch.tensor(stays, device=boxes.device)
        dropped_later = over[deciding].any(0)
        dropped_later[: len(rows)] = ~deciding
        kept[later[dropped_later]] = False
    return order[kept]


def _overlaps(one: torch.Tensor, area: torch.Tensor, other: torch.Tensor, other_area: torch.Tensor) -> torch.Tensor:
    """Return intersections over unions, shape (one, other).

    They are compared in double precision: a threshold such as 0.3 lies elsewhere in single precision.
    """
    low = torch.maximum(one[:, None, :2], other[None, :, :2])
    high = torch.minimum(one[:, None, 2:], other[None, :, 2:])
    sides = (high - low).clamp(min=0)
    common = sides[..., 0] * sides[..., 1]
    return (common / (area[:, None] + other_area[None] - common)).double()
