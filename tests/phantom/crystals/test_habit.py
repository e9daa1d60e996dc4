import re

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.phantom import HABITS, PRESETS, Form, Habit


@pytest.mark.parametrize(
    ("name", "faces"),
    [
        ("lysozyme", {(1, 1, 0): 4, (1, 0, 1): 8}),
        ("thaumatin", {(1, 0, 1): 8, (1, 1, 0): 4}),
        ("thermolysin", {(1, 0, 0): 6, (1, 0, 1): 12}),
        ("insulin", {(1, 1, 0): 12}),
    ],
)
def test_point_group_multiplies_faces(name, faces):
    habit = PRESETS[name]
    assert {form.miller: len(habit.faces(form)) for form in habit.forms} == faces


def test_lysozyme_prism_and_pyramid_angles():
    """Interfacial angles follow from the cell: {110} are square to each other, {101} lean by atan(c/a)."""
    habit = PRESETS["lysozyme"]
    prism, pyramid = (habit.faces(form) for form in habit.forms)
    cosines = np.sort((prism @ prism.T)[0])
    np.testing.assert_allclose(cosines, [-1, 0, 0, 1], atol=1e-12)
    lean = np.rad2deg(np.arctan(37.9 / 79.1))
    np.testing.assert_allclose(np.rad2deg(np.arccos(np.abs(pyramid[:, 2]))), lean, atol=1e-9)


def test_cubic_habit_is_a_rhombic_dodecahedron():
    """Volume 4 sqrt(2) d^3 for faces at distance d, with 14 corners."""
    crystal = PRESETS["insulin"].polyhedron(10.0)
    assert crystal.volume_um3() == pytest.approx(4 * np.sqrt(2) * 1000, rel=1e-9)
    corners = np.unique(np.round(crystal.vertices_um(), 6), axis=0)
    assert len(corners) == 14


@pytest.mark.parametrize(
    ("group", "cell", "forms", "open_along"),
    [
        ("P 43 21 2", (79.1, 79.1, 37.9, 90, 90, 90), [(1, 1, 0)], "±c"),  # prism
        ("4", (50, 50, 70, 90, 90, 90), [(1, 0, 1)], "-c"),  # pyramid of a polar group
        ("4", (50, 50, 70, 90, 90, 90), [(1, 0, -1)], "+c"),
        ("422", (50, 50, 70, 90, 90, 90), [(0, 0, 1)], "±a and ±b"),  # pinacoid
        ("2", (50, 60, 70, 90, 105, 90), [(1, 0, 0), (0, 0, 1)], "±b"),
        ("-1", (40, 50, 70, 80, 95, 110), [(1, -1, 0), (0, 0, 1)], "[-1 -1 0]"),  # between two pinacoids
    ],
)
def test_open_forms_name_the_direction(group, cell, forms, open_along):
    habit = Habit("rod", group, cell, tuple(map(Form, forms)))
    with pytest.raises(InputError, match=r"rod with the forms \{.*open along " + re.escape(open_along)):
        habit.polyhedron(10.0)


@pytest.mark.parametrize(
    ("group", "miller", "faces"),
    [
        ("m-3m", (1, 2, 3), 48),
        ("432", (1, 2, 3), 24),
        ("432", (1, 1, 1), 8),
        ("23", (1, 1, 1), 4),
        ("m-3", (2, 1, 0), 12),
        ("422", (1, 1, 0), 4),
        ("422", (1, 0, 1), 8),
        ("422", (1, 2, 3), 8),
        ("4/mmm", (1, 2, 3), 16),
        ("4mm", (1, 0, 1), 4),
        ("32", (1, 0, 1), 6),
        ("32", (1, 0, 0), 6),
        ("32", (1, 1, 0), 3),  # trigonal prism: the twofold axes run along a
        ("312", (1, 0, 0), 3),
        ("6/mmm", (1, 2, 3), 24),
        ("622", (1, 2, 3), 12),
        ("222", (1, 1, 1), 4),
        ("2", (0, 1, 0), 1),
        ("-1", (1, 2, 3), 2),
    ],
)
def test_faces_a_form_by_point_group(group, miller, faces):
    """Multiplicities of International Tables for Crystallography A, section 3.2 (crystal forms)."""
    angles = (90, 90, 120) if group[0] in "36" else (90, 90, 90)
    habit = Habit("x", group, (10, 10, 10, *angles), (Form(miller),))
    assert len(habit.indices(habit.forms[0])) == faces


def test_lysozyme_angles_between_named_faces():
    """(101)^(-101) = 2 atan(c/a) = 51.2 degrees, (110)^(101): cos = sin(atan(c/a)) / sqrt(2)."""
    normals = HABITS["lysozyme"].normals([(1, 0, 1), (-1, 0, 1), (1, 1, 0)])
    lean = np.arctan(37.9 / 79.1)
    angles = np.arccos(normals @ normals.T)
    assert angles[0, 1] == pytest.approx(2 * lean, rel=1e-9)
    assert np.rad2deg(angles[0, 1]) == pytest.approx(51.2, abs=0.05)
    assert angles[0, 2] == pytest.approx(np.arccos(np.sin(lean) / np.sqrt(2)), rel=1e-9)


def test_the_metric_of_a_triclinic_cell():
    """Face normals are square to the lattice rows that lie in the face."""
    habit = Habit("x", "P 1", (40, 55, 70, 80, 95, 110), (Form((1, 2, 3)),))
    (normal,) = habit.normals([(1, 2, 3)])
    for row in ((2, -1, 0), (3, 0, -1), (0, 3, -2)):
        assert normal @ habit.axis(row) == pytest.approx(0, abs=1e-12)
    assert normal @ habit.axis((1, 1, 1)) > 0


@pytest.mark.parametrize("name", HABITS)
def test_every_habit_closes_and_shows_its_forms(name):
    """No form of a preset is hidden by the others, and equal forms have equal faces."""
    habit = HABITS[name]
    areas = habit.polyhedron(10.0).face_areas_um2()
    start = 0
    for form in habit.forms:
        own = areas[start : (start := start + len(habit.faces(form)))]
        assert own.min() > 0.01 * areas.max()
        np.testing.assert_allclose(own, own[0], rtol=1e-6)


def test_the_hand_of_a_form_without_its_opposites():
    """On left-handed array axes a tetrahedron is laid down inverted; forms with their opposites stay."""
    habit = Habit("x", "23", (10, 10, 10, 90, 90, 90), (Form((1, 1, 1)), Form((1, 0, 0))))
    crystal = habit.polyhedron(1.0)
    tetrahedron, cube = (habit.faces(form) for form in habit.forms)
    np.testing.assert_allclose(crystal.normals, np.vstack([-tetrahedron, cube]))


def test_cell_must_fit_the_symmetry():
    with pytest.raises(InputError, match=r"does not allow the unit cell"):
        Habit("x", "422", (50, 60, 70, 90, 90, 90), (Form((1, 0, 0)),))


@pytest.mark.parametrize("bad", ["P 99", ""])
def test_unknown_space_group_is_refused(bad):
    with pytest.raises(InputError, match="space group"):
        Habit("x", bad, (1, 1, 1, 90, 90, 90), (Form((1, 0, 0)),))


def test_a_face_needs_a_direction():
    with pytest.raises(InputError, match="direction"):
        Habit("x", "P 1", (1, 1, 1, 90, 90, 90), (Form((0, 0, 0)),))


def test_distances_are_for_the_habits_own_forms():
    """A distance for another form, or the same form by another face, would change nothing."""
    for strange in ((1, 0, 0), (-1, 1, 0)):
        with pytest.raises(InputError, match=r"lysozyme has no form .*given for \{110\}, \{101\}"):
            PRESETS["lysozyme"].polyhedron(10.0, {strange: 2.0})
    with pytest.raises(InputError, match="size of a crystal"):
        PRESETS["lysozyme"].polyhedron(np.nan)


@pytest.mark.parametrize("miller", [(1.5, 0, 0), (1, 0)])
def test_miller_indices_are_three_whole_numbers(miller):
    with pytest.raises(InputError, match="three whole Miller indices"):
        Habit("x", "422", (10, 10, 10, 90, 90, 90), (Form(miller),))


def test_a_cell_has_six_numbers():
    with pytest.raises(InputError, match="alpha, beta, gamma"):
        Habit("x", "422", (10, 10, 10), (Form((1, 0, 0)),))


def test_indices_of_two_digits_are_written_apart():
    habit = Habit("x", "4", (10, 10, 10, 90, 90, 90), (Form((1, 2, 10)),))
    with pytest.raises(InputError, match=r"\{1 2 10\}"):
        habit.polyhedron(1.0)


def test_distance_must_be_positive():
    with pytest.raises(InputError, match="positive distance"):
        PRESETS["insulin"].polyhedron(10.0, {(1, 1, 0): -1.0})
