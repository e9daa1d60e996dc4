"""Equivalents: which observations are of one reflection, by the symmetry of the crystal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import read_only
from ...errors import InputError

if TYPE_CHECKING:
    import gemmi

# Room for indices up to a thousand million in a packed key would overflow; proteins end far below this.
_LARGEST_INDEX = 2**19


@dataclass(frozen=True, eq=False)
class Equivalents:
    """Observations of a table, and the unique reflection of which each is one.

    Parameters
    ----------
    cell, space_group : gemmi.UnitCell, gemmi.SpaceGroup
        The crystal.
    miller_index : ndarray of int64, shape (unique, 3)
        Unique reflections, Friedel mates together, in the asymmetric unit that gemmi and CCP4 use.
    group : ndarray of int64, shape (observation,)
        Which of them each observation is of; -1 where it has no index, or one that is systematically absent.
    plus : ndarray of bool, shape (observation,)
        Whether it is of I(+); all observations of a centric reflection are.
    centric : ndarray of bool, shape (unique,)
        Whether a symmetry operation takes the reflection to its Friedel mate.
    resolution : ndarray of float64, shape (unique,)
        Spacing d, Å.
    """

    cell: gemmi.UnitCell
    space_group: gemmi.SpaceGroup
    miller_index: NDArray[np.int64]
    group: NDArray[np.int64]
    plus: NDArray[np.bool_]
    centric: NDArray[np.bool_]
    resolution: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.group)

    @classmethod
    def of(cls, miller_index: ArrayLike, cell: gemmi.UnitCell, space_group: gemmi.SpaceGroup) -> Equivalents:
        """Group observations by symmetry.

        Parameters
        ----------
        miller_index : array_like of int, shape (observation, 3)
            Indices as observed; (0, 0, 0) is of a row that was not indexed.
        cell, space_group : gemmi.UnitCell, gemmi.SpaceGroup
            The crystal.

        Raises
        ------
        InputError
            No index at all, other shapes, or indices that no crystal has.
        """
        import gemmi

        index = np.asarray(miller_index)
        if index.ndim != 2 or index.shape[1] != 3:
            raise InputError(f"Miller indices have the shape (reflection, 3), not {index.shape}.")
        index = index.astype(np.int64)
        if np.abs(index).max(initial=0) >= _LARGEST_INDEX:
            raise InputError("The Miller indices are larger than those of any crystal; the table may be damaged.")
        operations = space_group.operations()
        indexed = index.any(axis=1)
        # The largest of the equivalents by rotation alone stands for all of them: one key for I(+), another for I(-).
        rotations = np.unique([np.array(op.rot) // op.DEN for op in operations.sym_ops], axis=0)
        keys = np.max([_packed(index @ rotation) for rotation in rotations], axis=0)
        classes, of_class = np.unique(keys, return_inverse=True)
        asu = gemmi.ReciprocalAsu(space_group)
        mapped = [asu.to_asu([int(n) for n in hkl], operations) for hkl in _unpacked(classes)]
        in_asu = np.array([hkl for hkl, _ in mapped], dtype=np.int64).reshape(-1, 3)
        class_plus = np.array([number % 2 == 1 for _, number in mapped], dtype=bool)
        absent = operations.systematic_absences(in_asu.astype(np.int32))
        unique, unique_of_class = np.unique(in_asu, axis=0, return_inverse=True)
        centric = operations.centric_flag_array(unique.astype(np.int32)).astype(bool)
        unique_of_class = unique_of_class.reshape(-1)
        of_class = of_class.reshape(-1)
        group = np.where(indexed & ~absent[of_class].astype(bool), unique_of_class[of_class], -1)
        if not (group >= 0).any():
            raise InputError("No reflection of the table is indexed, so that there is nothing to merge.")
        kept = np.zeros(len(unique), dtype=bool)
        kept[group[group >= 0]] = True
        number = np.cumsum(kept) - 1
        group = np.where(group >= 0, number[group], -1)
        unique, centric = unique[kept], centric[kept]
        plus = class_plus[of_class] | ((group >= 0) & centric[group])
        return cls(
            cell,
            space_group,
            read_only(unique),
            read_only(group),
            read_only(plus),
            read_only(centric),
            read_only(cell.calculate_d_array(unique.astype(np.int32))),
        )

    def complete(self, d_min: float, d_max: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return spacing (Å) and whether it is centric of each unique reflection of the crystal between two limits."""
        import gemmi

        index = gemmi.make_miller_array(self.cell, self.space_group, d_min * (1 - 1e-9), d_max * (1 + 1e-9))
        centric = self.space_group.operations().centric_flag_array(index).astype(bool)
        return self.cell.calculate_d_array(index), centric


def _packed(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for each index, which sorts as they do."""
    h, k, index_l = (index + _LARGEST_INDEX).T
    packed: NDArray[np.int64] = (h << 42) | (k << 21) | index_l
    return packed


def _unpacked(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    mask = (1 << 21) - 1
    return np.stack([keys >> 42, (keys >> 21) & mask, keys & mask], axis=1) - _LARGEST_INDEX
