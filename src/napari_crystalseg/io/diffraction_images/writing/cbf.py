"""CBF with the short header of a Pilatus."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .frame_header import FrameHeader

_NAMES = {"Si": "Silicon", "CdTe": "CdTe"}
_PADDING = 4095
# Readers ask for a time; a file that is made of a seed has none.
_NO_TIME = "1970-01-01T00:00:00.000"


def write_cbf(path: Path, counts: NDArray[np.int32], header: FrameHeader, number: int) -> None:
    """Write one image.

    Parameters
    ----------
    path : Path
        File to write.
    counts : ndarray of int32, shape (slow, fast)
        What was counted; -1 in gaps and -2 in dead pixels.
    header : FrameHeader
        What its header states: beam centre and distance as of a detector at right angles to the beam.
    number : int
        Which image of the scan, from 0.
    """
    from fabio.compression import compByteOffset

    packed = bytes(compByteOffset(np.ascontiguousarray(counts, dtype=np.int32)))
    slow, fast = counts.shape
    module = header.modules[0]
    # A barrel stands about the sample: readers count by how far it was moved from there.
    distance_mm = header.distance_mm if len(header.modules) == 1 else 0.0
    lines = [
        f"# Detector: {header.detector}",
        f"# {_NO_TIME}",
        f"# {header.note}",
        f"# Pixel_size {module.pixel_size_mm[0] * 1e-3:.6g} m x {module.pixel_size_mm[1] * 1e-3:.6g} m",
        f"# {_NAMES[header.sensor[0]]} sensor, thickness {header.sensor[1] * 1e-3:.6f} m",
        f"# Exposure_time {header.exposure_s:.7f} s",
        f"# Exposure_period {header.exposure_s:.7f} s",
        "# Tau = 0 s",
        f"# Count_cutoff {header.cutoff} counts",
        f"# Wavelength {header.wavelength_angstrom:.6f} A",
        f"# Detector_distance {distance_mm * 1e-3:.6f} m",
        f"# Beam_xy ({header.beam_centre_px[0]:.3f}, {header.beam_centre_px[1]:.3f}) pixels",
        f"# Start_angle {header.angles_deg[number]:.5f} deg.",
        f"# Angle_increment {header.width_deg:.5f} deg.",
    ]
    text = [
        "###CBF: VERSION 1.5, CBFlib v0.7.8 - PILATUS detectors",
        "",
        f"data_{path.stem}",
        "",
        '_array_data.header_convention "PILATUS_1.2"',
        "_array_data.header_contents",
        ";",
        *lines,
        ";",
        "",
        "_array_data.data",
        ";",
        "--CIF-BINARY-FORMAT-SECTION--",
        "Content-Type: application/octet-stream;",
        '     conversions="x-CBF_BYTE_OFFSET"',
        "Content-Transfer-Encoding: BINARY",
        f"X-Binary-Size: {len(packed)}",
        "X-Binary-ID: 1",
        'X-Binary-Element-Type: "signed 32-bit integer"',
        "X-Binary-Element-Byte-Order: LITTLE_ENDIAN",
        f"Content-MD5: {b64encode(hashlib.md5(packed, usedforsecurity=False).digest()).decode()}",
        f"X-Binary-Number-of-Elements: {counts.size}",
        f"X-Binary-Size-Fastest-Dimension: {fast}",
        f"X-Binary-Size-Second-Dimension: {slow}",
        f"X-Binary-Size-Padding: {_PADDING}",
        "",
        "",
    ]
    end = "\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n\r\n"
    data = "\r\n".join(text).encode("ascii") + b"\x0c\x1a\x04\xd5" + packed + bytes(_PADDING) + end.encode("ascii")
    path.write_bytes(data)
