from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.scan import Scan

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="session")
def i13_scan():
    """Rod in a resin dome, Diamond I13-2; its rotation centre is 85.9 px."""
    with np.load(SAMPLE_DATA / "i13_24737_raw_flat_dark_angles.npz") as held:
        return Scan(held["raw"], held["flat"], held["dark"], held["angles_deg"])


@pytest.fixture(scope="session")
def tooth_scan():
    """Tooth, Advanced Photon Source; its rotation centre is 295.5 px."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(SAMPLE_DATA / "aps_tooth_raw_2rows.h5") as held:
        exchange = held["exchange"]
        return Scan(exchange["data"][:], exchange["data_white"][:], exchange["data_dark"][:], exchange["theta"][:])
