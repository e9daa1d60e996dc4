"""Lattice: the unit cell of a crystal, its space group, and how it lies in the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..draws import random_rotation
from ..errors import InputError

if TYPE_CHECKING:
    import gemmi

    from ..experiment import Sweep


@dataclass(frozen=True)
class _Known:
    """Cell (Å, degrees), space group, and residues in an asymmetric unit, of a crystal form that is often met."""

    cell: tuple[float, float, float, float, float, float]
    space_group: str
    residues: int


_PRESETS = {
    "thermolysin": _Known((92.7, 92.7, 129.3, 90, 90, 120), "P 61 2 2", 316),
    "thaumatin": _Known((57.8, 57.8, 150.7, 90, 90, 90), "P 41 21 2", 207),
    "lysozyme": _Known((78.9, 78.9, 37.0, 90, 90, 90), "P 43 21 2", 129),
    "insulin": _Known((78.0, 78.0, 78.0, 90, 90, 90), "I 21 3", 51),
    # As its structure file 1IC6 states it; the other is printed in a paper that simulated from that very file.
    "proteinase-k": _Known((67.288, 67.288, 106.582, 90, 90, 90), "P 43 21 2", 279),
    "proteinase-k-as-printed": _Known((58.3, 58.3, 63.6, 90, 90, 90), "P 43 21 2", 279),
    "l-cysteine": _Known((5.435, 8.132, 12.050, 90, 90, 90), "P 21 21 21", 1),
}
LATTICE_PRESETS = tuple(_PRESETS)
"""Names that :meth:`Lattice.preset` knows."""

_INDEX_LIMIT = 511
"""Largest Miller index that a reflection can have here."""

# All of them are held at once: some gigabytes.
_MOST_POINTS = 1e7

# Of lengths, as a part, and of angles, in radians.
_CELL_TOLERANCE = 0.015

# Volume for each unit of mass of a protein crystal, Å³/Da (Matthews 1968), and mass of a residue on average, Da.
_MATTHEWS, _RESIDUE_DA = 2.4, 110.0


@dataclass(frozen=True, eq=False)
class Lattice:
    """The lattice of a crystal.

    Parameters
    ----------
    cell : tuple of six float
        a, b, c (Å), alpha, beta, gamma (degrees).
    space_group : str
        Hermann-Mauguin or Hall symbol, as gemmi knows it.
    orientation : ndarray, shape (3, 3)
        U, the rotation from the crystal's own frame (a along x, c* along z, as gemmi and the PDB have it) to the
        sample at all goniometer angles zero, DIALS axes.
    residues : int or None
        Protein residues in an asymmetric unit; estimated from the volume where None.

    Raises
    ------
    InputError
        A cell that is none, a space group that is not known or does not go with the cell, or no rotation.
    """

    cell: tuple[float, float, float, float, float, float]
    space_group: str = "P 1"
    orientation: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    residues: int | None = None

    def __post_init__(self) -> None:
        import gemmi

        cell = np.asarray(self.cell, dtype=float)
        if cell.shape != (6,) or not np.isfinite(cell).all() or (cell[:3] <= 0).any() or (cell[3:] >= 180).any():
            raise InputError("A unit cell is three lengths in Å and three angles in degrees below 180.")
        values = tuple(float(v) for v in cell)
        object.__setattr__(self, "cell", values)
        if not gemmi.UnitCell(*values).volume > 1:
            raise InputError(f"The unit cell {_text(values)} has no volume.")
        group = gemmi.find_spacegroup_by_name(self.space_group, values[3], values[5])
        if group is None:
            group = _by_hall(self.space_group)
        if group is None:
            raise InputError(
                f"'{self.space_group}' is no space group known here; write it as 'P 43 21 2' or as a Hall symbol."
            )
        object.__setattr__(self, "space_group", group.xhm())
        if not _goes_with(gemmi.UnitCell(*values), group):
            raise InputError(f"The unit cell {_text(values)} does not go with the space group {group.xhm()}.")
        turn = np.asarray(self.orientation, dtype=float)
        if turn.shape != (3, 3) or not np.allclose(turn @ turn.T, np.eye(3), atol=1e-6) or np.linalg.det(turn) < 0:
            raise InputError("The orientation of a lattice must be a rotation matrix.")
        object.__setattr__(self, "orientation", turn)
        if self.residues is not None and self.residues < 1:
            raise InputError("A lattice has one residue or more in an asymmetric unit.")

    @classmethod
    def preset(cls, name: str, orientation: ArrayLike | None = None) -> Lattice:
        """Return the lattice of a crystal form that is often met, one of ``LATTICE_PRESETS`` in any spelling.

        Raises
        ------
        InputError
            Another name.
        """
        known = _PRESETS.get("-".join(name.lower().replace("_", " ").split()))
        if known is None:
            raise InputError(f"There is no crystal form '{name}' here; known are {', '.join(_PRESETS)}.")
        turn = np.eye(3) if orientation is None else np.asarray(orientation, dtype=float)
        return cls(known.cell, known.space_group, turn, known.residues)

    @classmethod
    def of_sweep(cls, sweep: Sweep) -> Lattice:
        """Return the lattice of the crystal that a DIALS experiment holds.

        Raises
        ------
        InputError
            The experiment has no crystal.
        """
        if sweep.reciprocal_axes is None:
            raise InputError("The experiment file holds no crystal; give one that was indexed.")
        return cls.of_reciprocal_axes(sweep.reciprocal_axes, sweep.hall_symbol or "P 1")

    @classmethod
    def of_reciprocal_axes(cls, reciprocal_axes: ArrayLike, space_group: str) -> Lattice:
        """Return the lattice with A = U B, shape (3, 3), 1/Å.

        Raises
        ------
        InputError
            Axes that are left-handed, or do not go with the space group.
        """
        axes = np.linalg.inv(np.asarray(reciprocal_axes, dtype=float))
        lengths = np.linalg.norm(axes, axis=1)
        unit = axes / lengths[:, np.newaxis]
        angles = [np.degrees(np.arccos(np.clip(unit[i] @ unit[j], -1, 1))) for i, j in ((1, 2), (0, 2), (0, 1))]
        straight = cls((*lengths, *angles), "P 1")
        left, _, right = np.linalg.svd(np.asarray(reciprocal_axes) @ np.linalg.inv(straight.reciprocal_axes))
        turn = left @ right
        if np.linalg.det(turn) < 0:
            raise InputError("The crystal's axes are left-handed; a crystal of a protein has right-handed ones.")
        return cls(straight.cell, space_group, turn)

    def turned(self, seed: int) -> Lattice:
        """Return the same lattice in a random orientation."""
        turn = random_rotation(np.random.default_rng(seed)).as_matrix()
        return Lattice(self.cell, self.space_group, turn, self.residues)

    @cached_property
    def gemmi_cell(self) -> gemmi.UnitCell:
        """The cell as gemmi's."""
        import gemmi

        return gemmi.UnitCell(*self.cell)

    @cached_property
    def gemmi_group(self) -> gemmi.SpaceGroup:
        """The space group as gemmi's."""
        import gemmi

        return gemmi.SpaceGroup(self.space_group)

    @cached_property
    def point_operations(self) -> NDArray[np.int64]:
        """Rotations of the space group as they act on a row of Miller indices (h R), shape (operation, 3, 3)."""
        operations = self.gemmi_group.operations().sym_ops
        return np.array([np.array(op.rot) // op.DEN for op in operations], dtype=np.int64)

    @cached_property
    def reciprocal_axes(self) -> NDArray[np.float64]:
        """A = U B, 1/Å, shape (3, 3): A h is the reciprocal vector of the index h in the sample."""
        # The rows of the fractionalisation matrix are a*, b*, c*.
        reciprocal = np.array(self.gemmi_cell.frac.mat.tolist()).T
        axes: NDArray[np.float64] = self.orientation @ reciprocal
        return axes

    @property
    def volume_a3(self) -> float:
        """Volume of the cell, Å³."""
        return float(self.gemmi_cell.volume)

    @property
    def residues_in_cell(self) -> float:
        """Protein residues in the whole cell: those stated, or as many as a crystal of that volume usually has."""
        if self.residues is not None:
            return float(self.residues * len(list(self.gemmi_group.operations())))
        return self.volume_a3 / _MATTHEWS / _RESIDUE_DA

    def d_spacing(self, miller_index: ArrayLike) -> NDArray[np.float64]:
        """Return d of Miller indices, shape (n, 3), in Å."""
        vectors = np.asarray(miller_index, dtype=float) @ self.reciprocal_axes.T
        with np.errstate(divide="ignore"):
            spacing: NDArray[np.float64] = 1 / np.linalg.norm(vectors, axis=1)
        return spacing

    def unique_indices(self, d_min: float) -> NDArray[np.int64]:
        """Return the Miller indices of one asymmetric unit to ``d_min`` (Å), without absences, shape (n, 3)."""
        import gemmi

        self._check_limit(d_min)
        array = gemmi.make_miller_array(self.gemmi_cell, self.gemmi_group, d_min, unique=True)
        return np.asarray(array, dtype=np.int64).reshape(-1, 3)

    def all_indices(self, d_min: float) -> NDArray[np.int64]:
        """Return all Miller indices to ``d_min`` (Å), Friedel mates too, without absences, shape (n, 3)."""
        import gemmi

        self._check_limit(d_min)
        array = gemmi.make_miller_array(self.gemmi_cell, self.gemmi_group, d_min, unique=False)
        index = np.asarray(array, dtype=np.int64).reshape(-1, 3)
        return index[index.any(axis=1)]

    def asymmetric_unit(self, miller_index: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return which reflection, of those that symmetry and Friedel's law make equal, stands for each.

        Parameters
        ----------
        miller_index : array_like of int, shape (n, 3)
            Miller indices.

        Returns
        -------
        representative : ndarray of int64, shape (n, 3)
            The same for all reflections of one set; the one of them that is largest, h before k before l.
        plus : ndarray of bool, shape (n,)
            Whether it is reached without Friedel's law; so are centric reflections.

        Raises
        ------
        InputError
            Indices above 511.
        """
        index = np.asarray(miller_index, dtype=np.int64).reshape(-1, 3)
        if np.abs(index).max(initial=0) > _INDEX_LIMIT:
            raise InputError(f"Miller indices above {_INDEX_LIMIT} are not simulated; ask for a larger d_min.")
        best = np.full(len(index), -1, dtype=np.int64)
        best_minus = best.copy()
        for rotation in self.point_operations:
            key = _key(index @ rotation)
            np.maximum(best, key, out=best)
            np.maximum(best_minus, _LARGEST_KEY - key, out=best_minus)
        plus = best >= best_minus
        return _of_key(np.maximum(best, best_minus)), plus

    def _check_limit(self, d_min: float) -> None:
        if not (np.isfinite(d_min) and d_min > 0):
            raise InputError(f"The resolution limit must be positive in Å, not {d_min}.")
        if max(self.cell[:3]) / d_min > _INDEX_LIMIT:
            raise InputError(
                f"To {d_min:g} Å this cell has Miller indices above {_INDEX_LIMIT}; ask for a larger d_min."
            )
        points = 4 / 3 * np.pi * self.volume_a3 / d_min**3
        if points > _MOST_POINTS:
            raise InputError(
                f"To {d_min:g} Å this cell has {points:.2g} reciprocal lattice points, more than {_MOST_POINTS:.0g}; "
                "ask for a larger d_min."
            )


_BASE = 2 * (_INDEX_LIMIT + 1)
_LARGEST_KEY = 2 * ((_BASE // 2) * (_BASE**2 + _BASE + 1))


def _key(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number an index, larger for larger h, then k, then l; that of -h is what is left of the largest."""
    h, k, l = (index + _BASE // 2).T  # noqa: E741
    key: NDArray[np.int64] = (h * _BASE + k) * _BASE + l
    return key


def _of_key(key: NDArray[np.int64]) -> NDArray[np.int64]:
    first, last = np.divmod(key, _BASE)
    return np.column_stack([*np.divmod(first, _BASE), last]) - _BASE // 2


def _goes_with(cell: gemmi.UnitCell, group: gemmi.SpaceGroup) -> bool:
    """Whether symmetry changes the cell by less than one that was refined without it is off."""
    axes = np.array(cell.orth.mat.tolist())
    metric = axes.T @ axes
    rotations = [np.array(op.rot) / op.DEN for op in group.operations().sym_ops]
    mean = sum((turn.T @ metric @ turn for turn in rotations), np.zeros((3, 3))) / len(rotations)
    lengths = np.sqrt(np.diag(metric))
    return bool(np.abs((mean - metric) / np.outer(lengths, lengths)).max() < 2 * _CELL_TOLERANCE)


def _by_hall(symbol: str) -> gemmi.SpaceGroup | None:
    import gemmi

    try:
        return gemmi.find_spacegroup_by_ops(gemmi.symops_from_hall(symbol))
    except (RuntimeError, ValueError):
        return None


def _text(cell: Sequence[float]) -> str:
    return " ".join(f"{value:g}" for value in cell)
