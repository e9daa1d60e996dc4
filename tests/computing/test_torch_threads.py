"""A number of threads lasts as long as its block."""

import pytest
import torch

from napari_crystalseg.computing.torch_threads import torch_threads


@pytest.mark.parametrize(("number", "within"), [(1, 1), (3, 3), (None, 2)])
def test_threads_are_as_before_after_the_block(number, within):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(KeyboardInterrupt), torch_threads(number):
            assert torch.get_num_threads() == within
            raise KeyboardInterrupt
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
