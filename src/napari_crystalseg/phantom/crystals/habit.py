"""Crystal habit: which faces a crystal grows, from its space group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .polyhedron import Polyhedron

if TYPE_CHECKING:
    import gemmi


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
        Hermann-Mauguin symbol of the space group, as ``"P 43 21 2"``, or of the point group, as ``"422"``. Groups of
        which two settings are in use follow the commoner one: ``"32"`` is ``"321"``, with twofold axes along a and b.
    cell : (float, float, float, float, float, float)
        Unit cell a, b, c (Å), alpha, beta, gamma (degrees).
    forms : tuple of Form
        Characteristic faces.

    Raises
    ------
    InputError
        Unknown group, a cell that the group does not allow, no forms, or a face whose Miller indices are not three
        whole numbers, or (0, 0, 0).
    """

    name: str
    space_group: str
    cell: tuple[float, float, float, float, float, float]
    forms: tuple[Form, ...]

    def __post_init__(self) -> None:
        import gemmi

        group = _group(self.space_group)
        if len(self.cell) != 6:
            raise InputError(f"The unit cell of {self.name} needs a, b, c, alpha, beta, gamma, not {self.cell}.")
        if not (np.isfinite(self.cell).all() and min(self.cell) > 0 and gemmi.UnitCell(*self.cell).volume > 0):
            raise InputError(f"The unit cell of {self.name} needs positive lengths and possible angles: {self.cell}.")
        if not gemmi.UnitCell(*self.cell).is_compatible_with_spacegroup(group):
            raise InputError(f"The symmetry {self.space_group} does not allow the unit cell {self.cell}.")
        if not self.forms:
            raise InputError(f"The habit of {self.name} has no forms.")
        for miller in (form.miller for form in self.forms):
            if len(miller) != 3 or any(index != int(index) for index in miller):
                raise InputError(f"A face has three whole Miller indices, not {miller}.")
        if any(form.miller == (0, 0, 0) for form in self.forms):
            raise InputError("A face (0, 0, 0) has no direction.")

    @property
    def point_group(self) -> str:
        """Hermann-Mauguin symbol of the point group, as ``"422"``."""
        return _group(self.space_group).point_group_hm()

    def indices(self, form: Form) -> tuple[tuple[int, int, int], ...]:
        """Miller indices of all faces of a form, in ascending order."""
        # Proteins are chiral: their point groups hold no inversion, so opposite faces come from rotations alone.
        operations = _group(self.space_group).operations().sym_ops
        made = (op.apply_to_hkl(list(form.miller)) for op in operations)
        return tuple(sorted({(h[0], h[1], h[2]) for h in made}))

    def faces(self, form: Form) -> NDArray[np.float64]:
        """Outward unit normals of all faces of a form, shape (face, 3), Cartesian: x along a, z along c*."""
        return self.normals(self.indices(form))

    def normals(self, indices: Sequence[tuple[int, int, int]]) -> NDArray[np.float64]:
        """Unit normals of faces, shape (face, 3), Cartesian: h a* + k b* + l c*, with the cell's true metric."""
        import gemmi

        fractionalise = np.array(gemmi.UnitCell(*self.cell).frac.mat.tolist())
        reciprocal = np.array(indices, dtype=float) @ fractionalise
        directions: NDArray[np.float64] = reciprocal / np.linalg.norm(reciprocal, axis=1, keepdims=True)
        return directions

    def axis(self, direction: tuple[float, float, float]) -> NDArray[np.float64]:
        """Unit vector along the lattice direction [u v w], shape (3,), Cartesian as the faces."""
        import gemmi

        vector = np.array(gemmi.UnitCell(*self.cell).orth.mat.tolist()) @ np.asarray(direction, dtype=float)
        unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
        return unit

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
            Its normals' components on array axes 0, 1, 2 are those on x, y, z of the crystal. Array axes (z, y, x)
            are left-handed, so faces whose opposites are absent are laid down inverted: their hand is then right.

        Raises
        ------
        InputError
            The forms leave the crystal open; the error names the directions. A distance for a form that the habit
            does not have, or a size that is not positive.
        """
        if not (np.isfinite(size_um) and size_um > 0):
            raise InputError(f"The size of a crystal must be positive, not {size_um} µm.")
        own = [form.miller for form in self.forms]
        strange = [miller for miller in distances or {} if miller not in own]
        if strange:
            raise InputError(
                f"{self.name} has no form {', '.join(map(braced, strange))}; distances are given for "
                f"{', '.join(map(braced, own))}, by the same Miller indices."
            )
        normals, lengths = [], []
        for form in self.forms:
            indices = self.indices(form)
            faces = self.normals(indices)
            opposites = {tuple(-index for index in face) for face in indices}
            normals.append(faces if opposites == set(indices) else -faces)
            distance = (distances or {}).get(form.miller, form.distance)
            lengths.append(np.full(len(faces), distance * size_um))
        described = f"{self.name} with the forms {', '.join(map(braced, own))}"
        if self._open_along:
            raise InputError(
                f"{described}: the faces leave it open along {self._open_along}; add a form that closes it."
            )
        try:
            return Polyhedron(
                np.concatenate(normals), np.concatenate(lengths), np.asarray(centre_um, dtype=float), rounding_um
            )
        except InputError as error:
            raise InputError(f"{described}: {error}") from error

    @cached_property
    def _open_along(self) -> str:
        # A direction is open when no face looks that way: no outward normal with a positive component along it.
        from scipy.optimize import linprog

        outward = np.concatenate([self.faces(form) for form in self.forms])
        found = []
        for name, direction in (("a", (1, 0, 0)), ("b", (0, 1, 0)), ("c", (0, 0, 1))):
            component = outward @ self.axis(direction)
            plus, minus = (component < 1e-9).all(), (component > -1e-9).all()
            if plus or minus:
                found.append(f"{'±' if plus and minus else '+' if plus else '-'}{name}")
        if found:
            return " and ".join(found)
        # No axis is open, but another direction may be, as between faces that all look to one side.
        for goal in np.vstack([np.eye(3), -np.eye(3)]):
            answer = linprog(goal, A_ub=outward, b_ub=np.zeros(len(outward)), bounds=[(-1, 1)] * 3)
            if answer.status == 0 and answer.fun < -1e-6:
                lattice = np.linalg.solve(
                    np.column_stack([self.axis(d) for d in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]), answer.x
                )
                lattice = lattice / self.cell[:3]
                u, v, w = np.round(lattice / np.abs(lattice).max(), 2) + 0.0
                return f"[{u:.2g} {v:.2g} {w:.2g}]"
        return ""


def braced(miller: tuple[int, int, int]) -> str:
    """Write the Miller indices of a form as crystallographers do, as ``{10-1}``, apart where one has two digits."""
    return "{" + (" " if max(map(abs, miller)) > 9 else "").join(map(str, miller)) + "}"


_SETTINGS = {"32": "321", "3m": "3m1", "-3m": "-3m1"}
_POINT_GROUPS = frozenset(
    "1 -1 2 m 2/m 222 mm2 mmm 4 -4 4/m 422 4mm -42m -4m2 4/mmm 3 -3 321 312 3m1 31m -3m1 -31m "
    "6 -6 6/m 622 6mm -62m -6m2 6/mmm 23 m-3 432 -43m m-3m".split()
)


def _group(symbol: str) -> gemmi.SpaceGroup:
    import gemmi

    compact = symbol.replace(" ", "")
    compact = _SETTINGS.get(compact, compact)
    # A point group acts as the primitive space group without screws and glides that bears its name; the library would
    # take a bare number for a space group's number.
    group = gemmi.find_spacegroup_by_name("P" + compact if compact in _POINT_GROUPS else symbol)
    if group is None or not symbol.strip():
        raise InputError(f"Unknown space group or point group {symbol!r}; write it as in 'P 43 21 2' or '422'.")
    return group


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
