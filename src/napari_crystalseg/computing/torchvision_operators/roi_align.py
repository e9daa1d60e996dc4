"""RoIAlign: features within boxes, brought to one size by bilinear interpolation.

Imports torch: import this module only inside functions.
"""

from __future__ import annotations

import torch

VALUES = 1 << 24
"""Values gathered at a time, which bounds the memory."""


def roi_align(
    input: torch.Tensor,
    rois: torch.Tensor,
    spatial_scale: float,
    pooled_height: int,
    pooled_width: int,
    sampling_ratio: int,
    aligned: bool,
) -> torch.Tensor:
    """Return the features within boxes as ``torchvision::roi_align`` does, differentiable with respect to them.

    Each bin of a box is the mean of samples that lie evenly in it. As samples lie on a grid along the two axes, their
    bilinear weights do, too: the pixels about a box are gathered once, and weighed along one axis and then the other.

    Parameters
    ----------
    input : Tensor, shape (image, channel, row, column)
        Features.
    rois : Tensor, shape (box, 5)
        Number of the image, then edges (x1, y1, x2, y2).
    spatial_scale : float
        Pixels of the features per unit of the edges.
    pooled_height, pooled_width : int
        Bins of a box.
    sampling_ratio : int
        Samples of a bin along either axis; as many as it has pixels where it is not positive.
    aligned : bool
        Whether the centre of the first pixel is (0.5, 0.5) rather than (0, 0). If not, a box is one pixel wide at
        least.

    Returns
    -------
    Tensor, shape (box, channel, pooled_height, pooled_width)
    """
    images, channels, height, width = input.shape
    bins = (pooled_height, pooled_width)
    if len(rois) == 0 or images == 0:
        # Still of the graph, as torchvision's is.
        return input.new_zeros((len(rois), channels, *bins)) + 0 * input.sum()
    precise = torch.promote_types(input.dtype, torch.float32)
    boxes = rois.detach().to(precise)
    offset = 0.5 if aligned else 0.0
    edges = boxes[:, 1:] * spatial_scale - offset
    samples = [
        _Samples.of(edges[:, n], edges[:, n + 2], size, number, sampling_ratio, aligned)
        for n, size, number in ((1, height, pooled_height), (0, width, pooled_width))
    ]
    # Channels last: the pixels of all images are rows.
    pixels = input.to(precise).permute(0, 2, 3, 1).reshape(images * height * width, channels)
    first_pixels = boxes[:, 0].long() * (height * width)
    # Boxes of like size go together: they gather as many pixels as the largest of them.
    order = torch.argsort(samples[0].extent * samples[1].extent, stable=True)
    pooled = []
    for chosen in _groups(order, samples, channels):
        (rows, row_weights), (columns, column_weights) = (one.weights(chosen) for one in samples)
        places = first_pixels[chosen, None, None] + rows[:, :, None] * width + columns[:, None, :]
        number, n_rows, n_columns = places.shape
        gathered = pixels.index_select(0, places.reshape(-1)).reshape(number, n_rows, n_columns * channels)
        along = torch.bmm(row_weights, gathered).reshape(number, pooled_height, n_columns, channels)
        along = along.transpose(1, 2).reshape(number, n_columns, pooled_height * channels)
        both = torch.bmm(column_weights, along).reshape(number, pooled_width, pooled_height, channels)
        pooled.append(both.permute(0, 3, 2, 1))
    back = torch.empty_like(order)
    back[order] = torch.arange(len(order), device=order.device)
    return torch.cat(pooled).index_select(0, back).to(input.dtype)


class _Samples:
    """Samples of all boxes along one axis: the two pixels of each, and their weights in the mean of its bin.

    Parameters
    ----------
    low, high : Tensor of int64, shape (box, bin, sample)
        The two pixels.
    low_weight, high_weight : Tensor, shape (box, bin, sample)
        Their weights.
    size : int
        Pixels along the axis.
    """

    def __init__(
        self, low: torch.Tensor, high: torch.Tensor, low_weight: torch.Tensor, high_weight: torch.Tensor, size: int
    ) -> None:
        self.low, self.high, self.low_weight, self.high_weight, self.size = low, high, low_weight, high_weight, size
        self.first = low.flatten(1).amin(1)
        self.span = high.flatten(1).amax(1) - self.first + 1

    @classmethod
    def of(
        cls, start: torch.Tensor, end: torch.Tensor, size: int, bins: int, sampling_ratio: int, aligned: bool
    ) -> _Samples:
        """Return the samples of boxes from ``start`` to ``end``, shape (box,), over pixels of a number ``size``."""
        length = end - start
        if not aligned:
            length = length.clamp(min=1.0)
        bin_size = length / bins
        if sampling_ratio > 0:
            number = torch.full_like(bin_size, sampling_ratio)
        else:
            number = torch.ceil(bin_size).nan_to_num(0, posinf=0).clamp(min=0)
        sample = torch.arange(max(int(number.max()), 1), device=start.device)
        place = (
            start[:, None, None]
            + torch.arange(bins, device=start.device)[:, None] * bin_size[:, None, None]
            + (sample + 0.5) * bin_size[:, None, None] / number.clamp(min=1)[:, None, None]
        )
        # Boxes of fewer samples than the largest repeat their first, so that they gather no more pixels for it.
        used = sample < number[:, None, None]
        place = torch.where(used, place, place[..., :1])
        # A sample further than a pixel outside counts as zero; nearer ones are those of the edge.
        counts = used & ~((place < -1) | (place > size))
        place = place.clamp(min=0, max=size - 1)
        low = place.nan_to_num(0).long()
        share = place - low
        weight = counts / number.clamp(min=1)[:, None, None]
        return cls(low, (low + 1).clamp(max=size - 1), (1 - share) * weight, share * weight, size)

    @property
    def extent(self) -> torch.Tensor:
        """Pixels that each box gathers along the axis, shape (box,)."""
        return self.span.clamp(max=2 * self.low[0].numel())

    def weights(self, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return pixels, shape (box, pixel), and their weights in each bin, shape (box, bin, pixel), of some boxes."""
        low, high = self.low[chosen], self.high[chosen]
        number, bins, samples = low.shape
        span = int(self.span[chosen].max())
        if span <= 2 * bins * samples:
            # All pixels between the first and the last that are asked for.
            first = self.first[chosen]
            pixels = (first[:, None] + torch.arange(span, device=low.device)).clamp(max=self.size - 1)
            places = (low - first[:, None, None], high - first[:, None, None])
        else:
            # Few samples in a large box: only the pixels that are asked for.
            pixels = torch.cat([low.flatten(1), high.flatten(1)], 1)
            place = torch.arange(bins * samples, device=low.device).reshape(bins, samples).expand(number, -1, -1)
            places = (place, place + bins * samples)
        weights = self.low_weight.new_zeros((number, bins, pixels.shape[1]))
        weights.scatter_add_(2, places[0], self.low_weight[chosen])
        weights.scatter_add_(2, places[1], self.high_weight[chosen])
        return pixels, weights


def _groups(order: torch.Tensor, samples: list[_Samples], channels: int) -> list[torch.Tensor]:
    """Part boxes, from the least extent to the largest, into groups that gather a bounded number of values each."""
    extents = [one.extent[order].tolist() for one in samples]
    groups: list[torch.Tensor] = []
    begun, rows, columns = 0, 0, 0
    for n, (more_rows, more_columns) in enumerate(zip(*extents, strict=True)):
        wider = max(rows, more_rows), max(columns, more_columns)
        values = (n + 1 - begun) * wider[0] * wider[1] * channels
        # A group also ends where its boxes would gather twice what the first of them need.
        twice = wider[0] * wider[1] > 2 * extents[0][begun] * extents[1][begun] and n - begun >= 32
        if n > begun and (values > VALUES or twice):
            groups.append(order[begun:n])
            begun, wider = n, (more_rows, more_columns)
        rows, columns = wider
    groups.append(order[begun:])
    return groups
