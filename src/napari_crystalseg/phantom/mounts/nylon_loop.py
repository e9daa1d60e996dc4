"""Nylon loop: a fibre laid to a tear-drop, its two ends twisted into the stem."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .mount import Grid, local_coordinates


@dataclass(frozen=True, eq=False)
class NylonLoop:
    """Tear-drop of a round fibre on a stem of its two strands, twisted, along +z.

    The centre line is a circle's arc and its two tangents towards the foot, where the strands touch; from there they
    wind about the stem as a double helix of one fibre's radius, touching all the way.

    Parameters
    ----------
    inner_diameter_um : float
        Diameter of the round part's opening, µm.
    fibre_diameter_um : float
        Diameter of the fibre, µm.
    elongation : float
        From the middle of the round part to the foot, in units of its centre line's radius; above 1. The larger,
        the more slender the tear-drop: its strands meet at an angle of 2 asin(1 / elongation).
    pitch_um : float, optional
        Length of the stem on which a strand turns once, µm; ten fibre diameters when left out, at least four.
    stem_length_um : float
        Length of the stem, µm.
    bend_um : float
        How far the loop's end bends out of its plane, µm.
    rotation : ndarray, shape (3, 3)
        From the loop's own axes (stem, normal, across) to the field's (z, y, x).
    centre_um : ndarray, shape (3,)
        Middle of the round part (z, y, x), µm from the middle of the field.

    Raises
    ------
    InputError
        Diameters that are not positive, an elongation of 1 or less, or a pitch that nylon would not take.
    """

    inner_diameter_um: float
    fibre_diameter_um: float
    elongation: float = 2.0
    pitch_um: float | None = None
    stem_length_um: float = 3000.0
    bend_um: float = 0.0
    rotation: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    centre_um: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        if not (self.inner_diameter_um > 0 and self.fibre_diameter_um > 0 and self.stem_length_um > 0):
            raise InputError("A nylon loop needs positive diameters of opening and fibre, and a stem.")
        if not self.elongation > 1:
            raise InputError(f"A tear-drop's foot lies outside its circle: elongation above 1, not {self.elongation}.")
        if not self.turn_um >= 4 * self.fibre_diameter_um:
            raise InputError(
                f"Two strands of {self.fibre_diameter_um} µm cannot turn once every {self.turn_um} µm; "
                "give a pitch of four fibre diameters or more."
            )

    @property
    def radius_um(self) -> float:
        """Radius of the round part's centre line, µm."""
        return (self.inner_diameter_um + self.fibre_diameter_um) / 2

    @property
    def foot_um(self) -> float:
        """Where the strands meet and the stem begins, along the stem from the middle of the round part, µm."""
        return self.elongation * self.radius_um

    @property
    def turn_um(self) -> float:
        """Pitch of the twisted stem, µm."""
        return 10 * self.fibre_diameter_um if self.pitch_um is None else self.pitch_um

    def centre_line_um(self, points: int = 65) -> NDArray[np.float64]:
        """Points along the loop from foot to foot, shape (point, 3), axes (z, y, x), µm."""
        strand = self.fibre_diameter_um / 2
        # The tangent from the foot (foot, strand) touches the circle at this angle from the stem.
        far = np.hypot(self.foot_um, strand)
        touch = np.arctan2(strand, self.foot_um) + np.arccos(self.radius_um / far)
        t = np.linspace(touch, 2 * np.pi - touch, points - 2)
        along = np.concatenate([[self.foot_um], self.radius_um * np.cos(t), [self.foot_um]])
        across = np.concatenate([[strand], self.radius_um * np.sin(t), [-strand]])
        out = self.bend_um * ((self.foot_um - along) / (self.foot_um + self.radius_um)) ** 2
        return np.column_stack([along, out, across]) @ self.rotation.T + self.centre_um

    def strand_um(self, along_um: NDArray[np.float64], strand: int) -> NDArray[np.float64]:
        """Points of the stem's centre line, shape (point, 3), axes (z, y, x), µm.

        Parameters
        ----------
        along_um : ndarray, shape (point,)
            Distance from the foot, µm.
        strand : int
            0 or 1.
        """
        angle = 2 * np.pi * np.asarray(along_um) / self.turn_um + np.pi * strand
        r = self.fibre_diameter_um / 2
        own = np.column_stack([self.foot_um + np.asarray(along_um), r * np.sin(angle), r * np.cos(angle)])
        return own @ self.rotation.T + self.centre_um

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance to the fibre's surface on a grid, shape (z, y, x), µm, negative inside."""
        from .distance_kernel import capsule_distance

        line = self.centre_line_um()
        radii = np.full(len(line) - 1, self.fibre_diameter_um / 2)
        out = np.full(tuple(axis.size for axis in grid), 1e6, dtype=np.float32)
        capsule_distance(*grid, line[:-1], line[1:], radii, out)
        own = local_coordinates(grid, self.rotation, self.centre_um)
        for strand in (0, 1):
            np.minimum(out, self._strand_distance(own, np.float32(np.pi * strand)), out=out)
        return out

    def _strand_distance(
        self, own: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]], phase: np.float32
    ) -> NDArray[np.float32]:
        along, normal, across = own
        k, r = np.float32(2 * np.pi / self.turn_um), np.float32(self.fibre_diameter_um / 2)
        begin, end = np.float32(self.foot_um), np.float32(self.foot_um + self.stem_length_um)
        speed = 1 + (r * k) ** 2
        s = np.clip(along, begin, end)
        # The nearest point of the helix: two steps along its tangent, which is nearly straight over one diameter.
        for _ in range(2):
            sine, cosine = np.sin(k * (s - begin) + phase), np.cos(k * (s - begin) + phase)
            ahead = (along - s) + r * k * ((normal - r * sine) * cosine - (across - r * cosine) * sine)
            s = np.clip(s + ahead / speed, begin, end)
        sine, cosine = np.sin(k * (s - begin) + phase), np.cos(k * (s - begin) + phase)
        distance: NDArray[np.float32] = (
            np.sqrt((along - s) ** 2 + (normal - r * sine) ** 2 + (across - r * cosine) ** 2) - r
        )
        return distance
