"""Habits of the proteins that beamlines know best.

Cells and forms, and how sure they are. Central distances are a matter of growth: those given make a crystal of the
usual proportions and were chosen by eye.

- **lysozyme**, hen egg white, tetragonal: cell, {110} prism and {101} pyramid as in Durbin & Feher, J. Cryst. Growth
  76 (1986) 583, and Tsekova, Cryst. Growth Des. 9 (2009) 1312.
- **thaumatin**, tetragonal: {101} bipyramid, its girdle cut by {110}. Cell as in Ko et al., Acta Cryst. D50 (1994) 813;
  the habit is the familiar one, from memory.
- **thermolysin**, hexagonal: rods with the {100} prism and the {101} pyramid. Cell as in Holmes & Matthews, J. Mol.
  Biol. 160 (1982) 623, to 1 Å; the habit is the familiar one, from memory.
- **insulin**, zinc-free cubic: {110} rhombic dodecahedron. Cell as in Badger et al., Acta Cryst. B47 (1991) 127; the
  habit is the familiar one, from memory.
- **proteinase K**, tetragonal: stout {101} bipyramid with a {110} girdle. Cell as in Betzel et al., Eur. J. Biochem.
  178 (1988) 155, to 1 Å; the habit is from memory.
- **trypsin**, bovine, trigonal: {001}, {100} and {101} as in Plomp et al., J. Phys. Chem. B 105 (2001) 542, who
  studied these faces by atomic force microscopy. Cell from memory, to 1 Å.
- **ferritin**, horse spleen, with cadmium, cubic: {111} octahedron, as grown by Yau & Vekilov, Nature 406 (2000) 494.
  Cell from memory, to 1 Å.
"""

from __future__ import annotations

from .habit import PRESETS, Form, Habit

HABITS: dict[str, Habit] = PRESETS | {
    habit.name: habit
    for habit in (
        Habit("proteinase K", "P 43 21 2", (68, 68, 108, 90, 90, 90), (Form((1, 0, 1), 1.0), Form((1, 1, 0), 1.02))),
        Habit(
            "trypsin",
            "P 31 2 1",
            (55, 55, 109, 90, 90, 120),
            (Form((1, 0, 0), 0.6), Form((1, 0, 1), 0.8), Form((0, 0, 1), 1.0)),
        ),
        Habit("ferritin", "F 4 3 2", (184, 184, 184, 90, 90, 90), (Form((1, 1, 1), 1.0),)),
    )
}
"""Habits by the protein's name: all of :data:`napari_crystalseg.phantom.crystals.habit.PRESETS` and three more."""
