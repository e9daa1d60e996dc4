"""Files of diffraction images as detectors write them, small."""

from __future__ import annotations

from pathlib import Path

import numpy as np

PILATUS = """# Detector: PILATUS 300K, S/N 3-0001
# Pixel_size 172e-6 m x 172e-6 m
# Silicon sensor, thickness 0.000320 m
# Count_cutoff 1000 counts
# Wavelength 1.0000 A
# Detector_distance 0.20000 m
# Beam_xy (33.50, 21.25) pixels
# Start_angle 10.0000 deg.
# Angle_increment 0.5000 deg.
# Detector_2theta 0.0000 deg.
"""


def counted() -> np.ndarray:
    """Counts (48, 64) with a gap, a bad pixel and an overload."""
    counts = np.arange(48 * 64, dtype=np.int32).reshape(48, 64) % 900
    counts[20:23] = -1
    counts[5, 6] = -2
    counts[7, 8] = 5000
    return counts


def write_minicbf(path: Path, counts: np.ndarray | None = None, header: str = PILATUS, cif: str = "") -> Path:
    """Write counts with the short header of a Pilatus, and behind it what an imgCIF header has besides."""
    from fabio.cbfimage import CbfImage

    image = CbfImage(data=counted() if counts is None else counts)
    image.header["_array_data.header_convention"] = '"PILATUS_1.2"'
    image.header["_array_data.header_contents"] = header.replace("\n", "\r\n")
    image.write(str(path))
    if cif:
        data = path.read_bytes()
        tag = data.index(b"_array_data.data\r\n")
        path.write_bytes(data[:tag] + cif.encode() + data[tag:])
    return path


def write_eiger(folder: Path, counts: np.ndarray | None = None, parts: int = 2, per_part: int = 3) -> Path:
    """Write a master file and data files, bitshuffled, as an Eiger does; image n has n more counts everywhere."""
    import h5py
    import hdf5plugin

    counts = np.where(counted() < 0, np.uint32(2**32 - 1), counted()).astype(np.uint32) if counts is None else counts
    master = folder / "sample_1_master.h5"
    number = 0
    with h5py.File(master, "w") as file:
        data = file.create_group("entry/data")
        for part in range(1, parts + 1):
            name = f"sample_1_data_{part:06d}.h5"
            with h5py.File(folder / name, "w") as other:
                stack = np.stack([np.where(counts < 1e9, counts + number + i, counts) for i in range(per_part)])
                number += per_part
                other.create_dataset(
                    "entry/data/data", data=stack, chunks=(1, *counts.shape), **hdf5plugin.Bitshuffle()
                )
            data[f"data_{part:06d}"] = h5py.ExternalLink(name, "/entry/data/data")
        detector = file.create_group("entry/instrument/detector")
        detector["beam_center_x"], detector["beam_center_y"] = 33.5, 21.25
        detector["description"] = np.bytes_(b"Dectris Eiger 4M")
        for key, value in (("x_pixel_size", 75e-6), ("y_pixel_size", 75e-6), ("detector_distance", 0.2)):
            detector[key] = value
            detector[key].attrs["units"] = np.bytes_(b"m")
        detector["sensor_material"], detector["sensor_thickness"] = np.bytes_(b"Si"), 450e-6
        mask = np.zeros(counts.shape, np.uint32)
        mask[0] = 1
        detector["detectorSpecific/pixel_mask"] = mask
        file["entry/instrument/beam/incident_wavelength"] = 0.9795
        omega = file.create_group("entry/sample/goniometer")
        omega["omega"] = 10 + 0.1 * np.arange(number)
        omega["omega_range_average"] = 0.1
    return master
