"""Crystal habit: which faces a crystal grows, from its space group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .polyhedron import Polyhedron


@dataclass(frozen=True)
class Form:
    """All faces that the point group makes of one.

    Parameters
    ----------
    miller : (int, int, int)
        Miller indices of the characteristic face.
    distance : float
        Distance of the faces from the centre, in units of the crystal's size.
    """

    miller: tuple[int, int, int]
    distance: float = 1.0


@dataclass(frozen=True)
class Habit:
    """Crystal habit.

    Parameters
    ----------
    name : str
        Name of the protein.
    space_group : str
        Hermann-Mauguin symbol, as ``"P 43 21 2"``.
    cell : (float, float, float, float, float, float)
        Unit cell a, b, c (Å), alpha, beta, gamma (degrees).
    forms : tuple of Form
        Characteristic faces.

    Raises
    ------
    InputError
        Unknown space group, no forms, or a face (0, 0, 0).
    """

    name: str
    space_group: str
    cell: tuple[float, float, float, float, float, float]
    forms: tuple[Form, ...]

    def __post_init__(self) -> None:
        import gemmi

        if gemmi.find_spacegroup_by_name(self.space_group) is None:
            raise InputError(f"Unknown space group {self.space_group!r}; write it as in 'P 43 21 2'.")
        if not self.forms:
            raise InputError(f"The habit of {self.name} has no forms.")
        if any(form.miller == (0, 0, 0) for form in self.forms):
            raise InputError("A face (0, 0, 0) has no direction.")

    def faces(self, form: Form) -> NDArray[np.float64]:
        """Outward unit normals of all faces of a form, shape (face, 3), Cartesian."""
        import gemmi

        group = gemmi.find_spacegroup_by_name(self.space_group)
        fractionalise = np.array(gemmi.UnitCell(*self.cell).frac.mat.tolist())
        # Proteins are chiral: their point groups hold no inversion, so opposite faces come from rotations alone.
        indices = {tuple(op.apply_to_hkl(list(form.miller))) for op in group.operations().sym_ops}
        reciprocal = np.array(sorted(indices), dtype=float) @ fractionalise
        return reciprocal / np.linalg.norm(reciprocal, axis=1, keepdims=True)

    def polyhedron(
        self,
        size_um: float,
        distances: Mapping[tuple[int, int, int], float] | None = None,
        centre_um: tuple[float, float, float] = (0.0, 0.0, 0.0),
        rounding_um: float = 0.0,
    ) -> Polyhedron:
        """Grow a crystal of this habit.

        Parameters
        ----------
        size_um : float
            Length that the forms' distances are multiplied by, µm.
        distances : mapping, optional
            Distance of a form in units of the size, by its Miller indices, instead of the habit's own.
        centre_um : (float, float, float)
            Centre (z, y, x), µm.
        rounding_um : float
            Radius of rounded edges, µm.

        Returns
        -------
        Polyhedron

        Raises
        ------
        InputError
            The forms leave the crystal open.
        """
        normals, lengths = [], []
        for form in self.forms:
            faces = self.faces(form)
            distance = (distances or {}).get(form.miller, form.distance)
            normals.append(faces)
            lengths.append(np.full(len(faces), distance * size_um))
        try:
            return Polyhedron(
                np.concatenate(normals), np.concatenate(lengths), np.asarray(centre_um, dtype=float), rounding_um
            )
        except InputError as error:
            forms = ", ".join("{" + "".join(map(str, form.miller)) + "}" for form in self.forms)
            raise InputError(f"{self.name} with the forms {forms}: {error}") from error


# Cells and forms: lysozyme {110}+{101} (Durbin & Feher 1986), thaumatin {101}+{110} (bipyramid), thermolysin
# {100}+{101} (hexagonal rods), cubic insulin {110} (rhombic dodecahedron).
PRESETS: dict[str, Habit] = {
    habit.name: habit
    for habit in (
        Habit("lysozyme", "P 43 21 2", (79.1, 79.1, 37.9, 90, 90, 90), (Form((1, 1, 0), 0.8), Form((1, 0, 1), 1.0))),
        Habit("thaumatin", "P 41 21 2", (58.0, 58.0, 151.0, 90, 90, 90), (Form((1, 0, 1), 1.0), Form((1, 1, 0), 0.9))),
        Habit(
            "thermolysin", "P 61 2 2", (93.5, 93.5, 131.0, 90, 90, 120), (Form((1, 0, 0), 0.5), Form((1, 0, 1), 1.0))
        ),
        Habit("insulin", "I 21 3", (78.9, 78.9, 78.9, 90, 90, 90), (Form((1, 1, 0), 1.0),)),
    )
}
