import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.phantom.liquors.bubbles import placed_bubbles

AXIS = (np.arange(41) - 20).astype(np.float32)
GRID = (AXIS, AXIS, AXIS)
RADIUS = np.sqrt(AXIS[:, None, None] ** 2 + AXIS[None, :, None] ** 2 + AXIS[None, None, :] ** 2)


def test_bubbles_keep_clear_of_everything():
    """In a drop of 16 µm round a solid of 5 µm no bubble cuts the surface, the solid or another bubble."""
    bubbles = placed_bubbles(np.random.default_rng(2), [2.0, 3.5, 1.5, 2.5], GRID, RADIUS - 16, RADIUS - 5)
    assert sorted(bubbles[:, 3]) == [1.5, 2.0, 2.5, 3.5]
    out = np.linalg.norm(bubbles[:, :3], axis=1)
    assert (out + bubbles[:, 3] < 16).all()
    assert (out - bubbles[:, 3] > 5).all()
    for i in range(len(bubbles)):
        for j in range(i):
            assert np.linalg.norm(bubbles[i, :3] - bubbles[j, :3]) > bubbles[i, 3] + bubbles[j, 3]


def test_a_bubble_without_room_is_left_out():
    assert placed_bubbles(np.random.default_rng(0), [17.0], GRID, RADIUS - 16, RADIUS + 100).shape == (0, 4)


def test_a_bubble_has_a_size():
    with pytest.raises(InputError, match="positive radii"):
        placed_bubbles(np.random.default_rng(0), [0.0], GRID, RADIUS - 16, RADIUS - 5)


@pytest.mark.parametrize("axis", [AXIS[:1], 2 * AXIS])
def test_bubbles_need_an_even_grid(axis):
    """On voxels that are no cubes a bubble would be placed as if they were."""
    room = np.full((axis.size, 41, 41), 9.0, dtype=np.float32)
    with pytest.raises(InputError, match="spaced alike"):
        placed_bubbles(np.random.default_rng(0), [1.0], (axis, AXIS, AXIS), -room, room)
