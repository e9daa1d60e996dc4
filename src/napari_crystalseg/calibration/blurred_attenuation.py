"""Measured and predicted −ln T, both blurred before the logarithm."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..labels import Labels, Material
from ..scan import Scan
from .label_projection import LabelProjector
from .projection_alignment import Alignment, rigid_shift, turn_basis

# Blur over the width √(λz) of the first fringe: from there on the measured coefficients of simulated scans settle.
_FRINGES = 3.3
_LEAST_BLUR_PX = 1.0
# Where the distance is not known, as if the fringe were a pixel wide.
_UNKNOWN_FRINGE_PX = 1.0
_MOST_OBSERVATIONS = 400_000
# Below this transmission photons are few and scattered light counts.
_LEAST_TRANSMISSION = 0.02
# The labels may be off by this part of the frame, and are still found.
_LARGEST_OFFSET = 0.15
# Materials that each material may have lost voxels to; the channel of each in its shell is its code.
_SURFACES = {
    Material.LIQUOR: [int(Material.AIR)],
    Material.LOOP: [int(Material.AIR), int(Material.LIQUOR)],
    Material.CRYSTAL: [int(Material.AIR), int(Material.LIQUOR), int(Material.LOOP)],
}
# Light scattered in the detector: how wide, and which part of the light at most.
_GLARE_PX = 6.0
_GLARE = 0.03
# By how many voxels surfaces may be off as a whole.
_SURFACE_VOXELS = 0.25
_SAME_AT_ANGLES = 4.0
_MARGIN = 2.5
# Prior standard deviation of the shift of one projection within a round, px: where nothing is seen it stays.
_SHIFT_PX = 1.0


def chosen_blur_px(scan: Scan, pixel_size_um: float) -> float:
    """Standard deviation of the blur that hides the fringes of a scan, pixels."""
    fringe = _UNKNOWN_FRINGE_PX
    if scan.distance_mm is not None and scan.energy_kev is not None:
        from ..xray import wavelength_um

        fringe = float(np.sqrt(wavelength_um(scan.energy_kev) * 1e3 * scan.distance_mm)) / pixel_size_um
    return float(min(np.hypot(_LEAST_BLUR_PX, _FRINGES * fringe), max(_LEAST_BLUR_PX, min(scan.shape[1:]) / 12)))


@dataclass(frozen=True, eq=False)
class Observations:
    """Blurred pixels of all projections, ready for :func:`~napari_crystalseg.absorption.fit_attenuation`.

    Parameters
    ----------
    attenuation : ndarray, shape (observation,)
        Measured −ln T, less what is not linear in the coefficients.
    predicted : ndarray, shape (observation,)
        Predicted −ln T.
    lengths_um : ndarray, shape (observation, material)
        Derivative of the predicted −ln T by the coefficients: path lengths weighted with the transmission.
    nuisances : ndarray, shape (observation, nuisance)
        Transport of intensity of each material (µm/px²), glare of the detector, and surfaces moved by a voxel.
    group, row, column : ndarray of int, shape (observation,)
        Projection and pixel.
    own : ndarray, shape (observation, 3)
        One, and the slopes of the predicted −ln T along columns and rows.
    spreads : ndarray, shape (nuisance,)
        Expected size of the nuisances; infinite where nothing is known.
    correlated : float
        How many neighbouring observations carry the same information.
    """

    attenuation: NDArray[np.float64]
    predicted: NDArray[np.float64]
    lengths_um: NDArray[np.float64]
    nuisances: NDArray[np.float64]
    group: NDArray[np.intp]
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    own: NDArray[np.float64]
    spreads: NDArray[np.float64]
    correlated: float


@dataclass(eq=False)
class BlurredModel:
    """Predicts blurred −ln T of some projections.

    Parameters
    ----------
    projector : LabelProjector
        The labels.
    present : list of Material
        Materials that there are.
    angles_deg : ndarray, shape (angle,)
        Angles of the projections.
    transmission : ndarray of float32, shape (angle, row, column)
        Measured.
    spoilt : ndarray of bool, shape (angle, row, column), or None
        Pixels that say nothing, as they are saturated.
    blur_px : float
        Standard deviation of the blur, pixels.
    """

    projector: LabelProjector
    present: list[Material]
    angles_deg: NDArray[np.float64]
    transmission: NDArray[np.float32]
    spoilt: NDArray[np.bool_] | None
    blur_px: float
    shells: list[tuple[Material, LabelProjector]] = field(default_factory=list)
    _maps: tuple[Any, NDArray[np.float32], list[NDArray[np.float32]]] | None = field(default=None, repr=False)
    _measured: dict[int, NDArray[np.float32]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls,
        labels: Labels,
        shape: tuple[int, int],
        pixel_size_um: float,
        angles_deg: NDArray[np.float64],
        transmission: NDArray[np.float32],
        spoilt: NDArray[np.bool_] | None,
        blur_px: float,
    ) -> BlurredModel:
        """Prepare labels for projections; see :class:`BlurredModel`."""
        present: list[Material] = [m for m in Material if m is not Material.AIR and (labels.data == m).any()]
        shells: list[tuple[Material, LabelProjector]] = [
            (m, LabelProjector.of(shell, shape, pixel_size_um))
            for m in present
            if m in _SURFACES and (shell := _touching_voxels(labels, m)) is not None
        ]
        projector = LabelProjector.of(labels, shape, pixel_size_um)
        return cls(projector, present, angles_deg, transmission, spoilt, blur_px, shells)

    def blurred(self, image: NDArray[Any]) -> NDArray[Any]:
        """Blur images along their last two axes; they go on beyond their edges as they are there."""
        from scipy.ndimage import gaussian_filter

        return np.asarray(gaussian_filter(image, self.blur_px, mode="nearest", truncate=4.0, axes=(-2, -1)))

    def measured(self, number: int) -> NDArray[np.float32]:
        """Measured −ln T of one projection, blurred; it is the same in each round, and kept."""
        if number not in self._measured:
            self._measured[number] = -np.log(self.blurred(self.transmission[number]))
        return self._measured[number]

    def _with_glare(self, image: NDArray[Any]) -> NDArray[Any]:
        from scipy.ndimage import gaussian_filter

        return np.asarray(gaussian_filter(image, np.hypot(self.blur_px, _GLARE_PX), mode="nearest", truncate=3.0))

    def maps(self, alignment: Alignment) -> NDArray[np.float32]:
        """Path lengths, shape (angle, material, row, column), µm; those of the last alignment are kept."""
        if self._maps is None or self._maps[0] is not alignment:
            channels = [int(material) - 1 for material in self.present]
            made = self._projected(self.projector, channels, alignment)
            # Air is the first channel of a shell, liquor the second, and so on.
            shells = [self._projected(shell, _SURFACES[m], alignment) for m, shell in self.shells]
            self._maps = (alignment, made, shells)
        return self._maps[1]

    def _projected(self, projector: LabelProjector, channels: list[int], alignment: Alignment) -> NDArray[np.float32]:
        made = [
            projector.path_lengths_um(float(angle), float(column), float(row))[channels].astype(np.float32)
            for angle, column, row in zip(self.angles_deg, alignment.columns, alignment.rows, strict=True)
        ]
        return np.stack(made)

    def with_blur(self, blur_px: float) -> BlurredModel:
        """The same with another blur."""
        return replace(self, blur_px=blur_px)

    def mean_coefficient(self, alignment: Alignment) -> float:
        """Attenuation of all projections over all path lengths, 1/µm: a start."""
        total = float(self.maps(alignment).sum(dtype=np.float64))
        return max(float(-np.log(self.transmission).sum(dtype=np.float64)) / max(total, 1e-30), 1e-7)

    def coarse_alignment(self, centre_px: float) -> Alignment:
        """Align by the correlation of measured attenuation and total path length, to a pixel.

        The shift of each projection is only trusted as far as it fits a shift of the axis, of the labels and along the
        rows that all projections share.
        """
        from scipy import fft

        count, rows, columns = self.transmission.shape
        start = Alignment(np.full(count, centre_px), np.zeros(count))
        maps = self.maps(start)
        half_widths = [max(1, round(_LARGEST_OFFSET * size)) for size in (rows, columns)]
        size = tuple(fft.next_fast_len(n + r, real=True) for n, r in zip((rows, columns), half_widths, strict=True))
        steps = [np.arange(-r, r + 1) for r in half_widths]
        shifts = np.empty((count, 2))
        for number in range(count):
            measured = self.measured(number)
            predicted = self.blurred(maps[number].sum(axis=0))
            there, back = (fft.rfft2(part - part.mean(), size) for part in (measured, predicted))
            surface = fft.irfft2(there * np.conj(back), size)[np.ix_(*steps)]
            at = np.unravel_index(int(surface.argmax()), surface.shape)
            shifts[number] = steps[0][at[0]], steps[1][at[1]]
        along = float(np.median(shifts[:, 0]))
        turn = rigid_shift(self.angles_deg, shifts[:, 1])
        across = turn_basis(self.angles_deg) @ turn
        if np.hypot(along, np.sqrt(np.mean(across**2))) < 1.0:
            return start
        return Alignment(centre_px + across, np.full(count, along))

    def observe(self, per_um: NDArray[np.float64], alignment: Alignment) -> Observations:
        """Linearise about coefficients and an alignment."""
        maps = self.maps(alignment)
        keep = [self.pixels(number, maps[number]) for number in range(len(maps))]
        # Neighbours say the same after the blur.
        thin = int(np.ceil(np.sqrt(sum(int(k.sum()) for k in keep) / _MOST_OBSERVATIONS)))
        parts: list[tuple[Any, ...]] = []
        for number, lengths in enumerate(maps):
            kept = keep[number]
            if thin > 1:
                lattice = np.zeros_like(kept)
                lattice[number % thin :: thin, (number // thin) % thin :: thin] = True
                kept = kept & lattice
            parts.append(self._observe_one(number, lengths, per_um, kept))
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        spreads = [np.inf] * len(self.present) + [_GLARE] + [_SURFACE_VOXELS] * len(self.shells)
        # Blurred neighbours, and the same place seen at the next few angles.
        correlated = max(1.0, 4 * np.pi * self.blur_px**2 / thin**2) * _SAME_AT_ANGLES
        return Observations(*columns, spreads=np.array(spreads), correlated=correlated)  # type: ignore[misc, arg-type]

    def image(
        self, number: int, per_um: NDArray[np.float64], alignment: Alignment
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Measured and predicted −ln T, fringe terms (material last) and own terms of one projection, as images."""
        lengths = self.maps(alignment)[number]
        everywhere = np.ones(self.transmission.shape[1:], dtype=bool)
        attenuation, predicted, direct, fringes, _, _, _, own = self._observe_one(number, lengths, per_um, everywhere)
        shape = everywhere.shape
        measured = attenuation - direct @ per_um + predicted
        return (
            measured.reshape(shape),
            predicted.reshape(shape),
            fringes.reshape(*shape, -1),
            own.reshape(*shape, -1),
        )

    def pixels(self, number: int, lengths: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Pixels of the sample and of the air around it as far as fringes go."""
        from scipy.ndimage import binary_dilation, gaussian_filter

        seen = lengths.sum(axis=0) > 0
        near = gaussian_filter(seen.astype(np.float32), 2 * self.blur_px) > 0.01
        if self.spoilt is not None and self.spoilt[number].any():
            near &= ~binary_dilation(self.spoilt[number], iterations=int(np.ceil(2 * self.blur_px)))
        # Where the sample leaves the frame, what lies beyond is not known.
        margin = int(np.ceil(_MARGIN * self.blur_px))
        for edge, inner in (
            (seen[0], np.s_[:margin]),
            (seen[-1], np.s_[-margin:]),
            (seen[:, 0], np.s_[:, :margin]),
            (seen[:, -1], np.s_[:, -margin:]),
        ):
            if edge.any():
                near[inner] = False
        return np.asarray(near)

    def _observe_one(
        self, number: int, lengths: NDArray[np.float32], per_um: NDArray[np.float64], kept: NDArray[np.bool_]
    ) -> tuple[Any, ...]:
        intensity = np.exp(-np.tensordot(per_um, lengths.astype(np.float64), 1))
        through = self.blurred(intensity)
        predicted = -np.log(through)
        kept = kept & (through > _LEAST_TRANSMISSION)
        known = np.zeros(len(Material))
        known[[int(material) for material in self.present]] = per_um
        along, across = np.gradient(lengths, axis=(1, 2))
        flows = np.gradient(intensity * along, axis=1) + np.gradient(intensity * across, axis=2)
        direct = (self.blurred(intensity * lengths) / through)[:, kept]
        fringes = (self.blurred(flows) / through)[:, kept]
        surfaces = [((self._with_glare(intensity) - through) / through)[kept]]
        assert self._maps is not None
        for (material, _), shell in zip(self.shells, self._maps[2], strict=True):
            gained = np.tensordot(known[material] - known[_SURFACES[material]], shell[number].astype(np.float64), 1)
            surfaces.append((self.blurred(intensity * gained) / through)[kept])
        slope_rows, slope_columns = np.gradient(predicted)
        row, column = np.nonzero(kept)
        lengths_um = np.ascontiguousarray(direct.T)
        measured = self.measured(number)[kept]
        own = np.stack([np.ones(len(row)), slope_columns[kept], slope_rows[kept]], axis=1)
        return (
            measured - predicted[kept] + lengths_um @ per_um,
            predicted[kept],
            lengths_um,
            np.stack([*fringes, *surfaces], axis=1),
            np.full(len(row), number),
            row,
            column,
            own,
        )

    def realigned(
        self, alignment: Alignment, seen: Observations, own: NDArray[np.float64], residuals: NDArray[np.float64]
    ) -> Alignment:
        """Move each projection by the shifts that a fit found, −(coefficient of the slope)."""
        noise = float(np.mean(residuals**2)) * 4 * np.pi * self.blur_px**2
        columns, rows = alignment.columns.copy(), alignment.rows.copy()
        for number in range(len(columns)):
            at = seen.group == number
            for side, moved in ((1, columns), (2, rows)):
                energy = float((seen.own[at, side] ** 2).sum())
                shift = -own[number, side] * energy / (energy + noise / _SHIFT_PX**2 + 1e-30)
                moved[number] += np.clip(shift, -1.5 * self.blur_px, 1.5 * self.blur_px)
        return Alignment(columns, rows)


def _touching_voxels(labels: Labels, material: Material) -> Labels | None:
    """Voxels that touch a material from outside, by what they are: 1 air, 2 liquor and so on."""
    from scipy.ndimage import binary_dilation

    inside = labels.data == material
    shell = binary_dilation(inside) & ~inside & np.isin(labels.data, _SURFACES[material])
    if not shell.any():
        return None
    return Labels(np.where(shell, labels.data + 1, 0).astype(np.uint8), labels.voxel_size_um)
