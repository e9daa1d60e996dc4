import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.phantom import PRESETS, Form, Habit


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


def test_open_form_names_itself():
    prism = Habit("rod", "P 43 21 2", (79.1, 79.1, 37.9, 90, 90, 90), (Form((1, 1, 0)),))
    with pytest.raises(InputError, match=r"rod with the forms \{110\}.*open"):
        prism.polyhedron(10.0)


@pytest.mark.parametrize("bad", ["P 99", ""])
def test_unknown_space_group_is_refused(bad):
    with pytest.raises(InputError, match="space group"):
        Habit("x", bad, (1, 1, 1, 90, 90, 90), (Form((1, 0, 0)),))


def test_a_face_needs_a_direction():
    with pytest.raises(InputError, match="direction"):
        Habit("x", "P 1", (1, 1, 1, 90, 90, 90), (Form((0, 0, 0)),))


def test_distance_must_be_positive():
    with pytest.raises(InputError, match="positive distance"):
        PRESETS["insulin"].polyhedron(10.0, {(1, 1, 0): -1.0})
