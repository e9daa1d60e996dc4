from __future__ import annotations

import pytest

from napari_crystalseg.absorption.dials.ray_directions import sphere_directions
from napari_crystalseg.errors import InputError


@pytest.mark.parametrize("count", [10**12, 10**30])
def test_more_directions_than_memory_are_refused_at_once(count):
    with pytest.raises(InputError, match="GB of memory"):
        sphere_directions(count)
