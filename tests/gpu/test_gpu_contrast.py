"""Contrast channels of a GPU are those of the processor."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed here.")


def test_channels_are_those_of_the_processor(cuda):
    from napari_crystalseg.segmentation.networks.contrast import contrast_channels

    rng = np.random.default_rng(1)
    z, y, x = np.ogrid[:34, :46, :38]
    away = np.sqrt((z - 17.0) ** 2 + (y - 22.0) ** 2 + (x - 19.0) ** 2)
    batch = np.stack([(away < radius) + 0.1 * (away < radius / 2) for radius in (14, 5)])
    batch = (batch + rng.normal(0, 0.05, batch.shape)).astype(np.float32)[:, None]
    here = contrast_channels(torch.from_numpy(batch))
    with torch.autocast(cuda.type, dtype=torch.float16):
        there = contrast_channels(torch.from_numpy(batch).to(cuda))
    assert there.device.type == cuda.type and there.dtype == torch.float32
    there = there.cpu()
    assert there.shape == (2, 5, 34, 46, 38)
    torch.testing.assert_close(there[:, 0], torch.from_numpy(batch[:, 0]), rtol=0, atol=0)
    # A voxel on the very threshold of the sample may fall to either side of it.
    for channel in range(5):
        assert float(((here - there)[:, channel].abs() < 1e-3).float().mean()) > 0.999, channel
