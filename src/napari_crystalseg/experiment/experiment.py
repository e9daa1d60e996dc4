"""Experiment: beam, goniometer and scan of a diffraction experiment, read from a DIALS ``.expt`` without DIALS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, one_line, shortened
from ..io import check_input
from ..provenance import Provenance
from ..texts.json_text import parse_json
from .detector import Detector
from .goniometer import Goniometer

LARGEST_START_DEG = 36000.0

UNEVEN_DEG, UNEVEN = 0.05, 0.5
"""Of the angles of images from even steps: degrees, or a part of a step, whichever is more."""

# What scan-varying refinement adds to a model.
SCAN_POINTS = {"beam": "s0_at_scan_points", "goniometer": "setting_rotation_at_scan_points"}

_STANDS_IN = {"rotation_axis": [1.0, 0.0, 0.0]}


@dataclass(frozen=True, eq=False)
class Sweep:
    """One rotation scan with its beam and goniometer.

    Parameters
    ----------
    source_direction : ndarray, shape (3,)
        Unit vector from the sample to the source, DIALS axes (X, Y, Z); the beam travels the other way.
    wavelength : float or None
        Wavelength, Å; None for a beam of many wavelengths.
    probe : str
        What the beam is of, as dxtbx names it: ``x-ray``, ``electron`` or ``neutron``.
    goniometer : Goniometer
        How the sample is turned; one that stands in where the file has none.
    oscillation_deg : (float, float) or None
        Scan angle at the start of the first image and width of an image, degrees; None for a still.
    image_range : (int, int) or None
        First and last image.
    identifier : str
        The name by which reflection tables refer to it; may be empty.
    detector : Detector or None
        Its panels; None where the file has no detector.
    scan_varying : mapping of str to float
        Models (``beam``, ``goniometer``) that refinement let vary over the scan, with the largest angle to their mean,
        which the file gives as well and which is what is used here, degrees; usually of the order of 0.01.
    scaled : bool
        Whether an earlier ``dials.scale`` left a scaling model.
    scan_and_crystal : (int, int) or None
        Numbers of its scan and its crystal in the file: several crystals may be indexed in one scan.
    time_of_flight : bool
        Whether the scan is one of times of flight, in which the sample is not turned.
    reciprocal_axes : ndarray, shape (3, 3), or None
        A = U B of the crystal, 1/Å: A h is the reciprocal vector of the index h in the sample. None without a crystal
        or a goniometer.
    has_goniometer : bool
        Whether the file has its goniometer; not so for stills.
    hall_symbol : str
        Space group of the crystal by its Hall symbol; empty without a crystal.
    """

    source_direction: NDArray[np.float64]
    wavelength: float | None
    goniometer: Goniometer
    oscillation_deg: tuple[float, float] | None = None
    image_range: tuple[int, int] | None = None
    identifier: str = ""
    detector: Detector | None = None
    scan_varying: Mapping[str, float] = field(default_factory=dict)
    scaled: bool = False
    scan_and_crystal: tuple[int, int] | None = None
    reciprocal_axes: NDArray[np.float64] | None = None
    probe: str = "x-ray"
    time_of_flight: bool = False
    has_goniometer: bool = True
    hall_symbol: str = ""

    def scan_angle_rad(self, array_index: ArrayLike) -> NDArray[np.float64]:
        """Return the scan angle of positions along the scan, radians.

        Parameters
        ----------
        array_index : array_like, any shape
            Third value of ``xyzobs.px.value``: in images, 0 where the first image of the template begins.

        Raises
        ------
        InputError
            The sweep has no scan.
        """
        if self.oscillation_deg is None:
            raise InputError("The experiment file gives no scan, so positions in images cannot be made angles.")
        start, width = self.oscillation_deg
        first = 0 if self.image_range is None else self.image_range[0] - 1
        return np.deg2rad(start + (np.asarray(array_index, dtype=float) - first) * width)


@dataclass(frozen=True, eq=False)
class Experiment:
    """What an ``.expt`` file says about the geometry: one sweep or several.

    Parameters
    ----------
    sweeps : tuple of Sweep
        Sweeps in the order of the file; the column ``id`` of a reflection table counts them.
    provenance : Provenance
        The file and its hash.

    Raises
    ------
    InputError
        No sweep.
    """

    sweeps: tuple[Sweep, ...]
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        if not self.sweeps:
            raise InputError("The experiment list is empty.")
        object.__setattr__(self, "sweeps", tuple(self.sweeps))


def read_experiment(path: str | Path) -> Experiment:
    """Read a DIALS experiment list.

    Parameters
    ----------
    path : str or Path
        A ``.expt`` file (JSON).

    Returns
    -------
    Experiment

    Raises
    ------
    InputError
        No such file, not an experiment list, a beam missing, or no goniometer at all.
    """
    path = Path(path)
    check_input(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read as an experiment list ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not a DIALS .expt file: it is no text.") from None
    try:
        record = parse_json(text)
    except ValueError as error:
        raise InputError(f"{path.name} is not a DIALS .expt file, or is damaged ({shortened(error)}).") from None
    if not isinstance(record, dict) or not isinstance(record.get("experiment"), list):
        raise InputError(f"{path.name} is not a DIALS .expt file: it has no list 'experiment'.")
    if not all(isinstance(entry, Mapping) for entry in record["experiment"]):
        raise InputError(f"{path.name} is not a DIALS .expt file: its list 'experiment' holds other things.")
    try:
        # Values too large to reckon with end as such that are not finite, which are told of.
        with np.errstate(all="ignore"):
            sweeps = tuple(_sweep(record, entry) for entry in record["experiment"])
        if sweeps and not any(sweep.has_goniometer for sweep in sweeps):
            raise InputError("An experiment has no goniometer; absorption factors need a rotation scan.")
        return Experiment(sweeps, Provenance.of_file(path))
    except InputError as error:
        raise InputError(one_line(f"{path.name}: {error}")) from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"{path.name} is not as DIALS writes it: a model holds values of another kind than it should "
            f"({shortened(error)})."
        ) from error


def _model(record: Mapping[str, Any], entry: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The beam, goniometer or scan that an experiment refers to by number."""
    index = entry.get(name)
    models = record.get(name)
    if index is None:
        return None
    if not isinstance(models, list) or type(index) is not int or not 0 <= index < len(models):
        raise InputError(f"An experiment refers to {name} {index!r}, which the file does not hold.")
    model = models[index]
    if not isinstance(model, Mapping):
        raise InputError(f"The {name} {index} is not written in the file itself; export the experiments again.")
    return model


def _sweep(record: Mapping[str, Any], entry: Mapping[str, Any]) -> Sweep:
    beam = _model(record, entry, "beam")
    if beam is None:
        raise InputError("An experiment has no beam.")
    # Of one of several that has none, only those that use it are told.
    goniometer = _model(record, entry, "goniometer")
    try:
        direction = np.asarray(beam["direction"], dtype=float).reshape(3)
        many = beam.get("__id__") == "polychromatic" or beam.get("wavelength_range") is not None
        wavelength = None if many or beam.get("wavelength") is None else float(beam["wavelength"])
    except (KeyError, TypeError, ValueError):
        raise InputError("The beam has no direction of three numbers.") from None
    length = float(np.linalg.norm(direction))
    if not np.isfinite(length) or length == 0:
        raise InputError("The beam direction must be finite and not zero.")
    if wavelength is not None and not (np.isfinite(wavelength) and wavelength > 0):
        raise InputError(f"The wavelength must be positive, not {wavelength}.")
    scan = _model(record, entry, "scan")
    oscillation, images = (None, None) if scan is None else _scan(scan)
    detector = _model(record, entry, "detector")
    models = {"beam": beam, "goniometer": goniometer or {}}
    return Sweep(
        source_direction=direction / length,
        wavelength=wavelength,
        goniometer=Goniometer.from_dict(_STANDS_IN if goniometer is None else goniometer),
        oscillation_deg=oscillation,
        image_range=images,
        identifier=str(entry.get("identifier") or ""),
        detector=None if detector is None else Detector.from_dict(detector),
        scan_varying={
            name: _variation_deg(models[name], key) for name, key in SCAN_POINTS.items() if models[name].get(key)
        },
        scaled=entry.get("scaling_model") is not None,
        scan_and_crystal=_numbers(entry.get("scan"), entry.get("crystal")),
        reciprocal_axes=None if goniometer is None else _reciprocal_axes(record.get("crystal"), entry.get("crystal")),
        probe=str(beam.get("probe") or "x-ray").lower(),
        time_of_flight=isinstance(properties := (scan or {}).get("properties"), Mapping)
        and bool(properties.get("time_of_flight")),
        has_goniometer=goniometer is not None,
        hall_symbol=_hall_symbol(record.get("crystal"), entry.get("crystal")),
    )


def _hall_symbol(crystals: Any, number: Any) -> str:
    """Hall symbol of a crystal; empty where it is not given, as absorption needs none."""
    try:
        return str(crystals[number].get("space_group_hall_symbol") or "").strip()
    except (AttributeError, IndexError, KeyError, TypeError):
        return ""


def _reciprocal_axes(crystals: Any, number: Any) -> NDArray[np.float64] | None:
    """A of a crystal, the inverse of its real-space axes; None where these are not given, as nothing needs it."""
    try:
        axes = np.array([crystals[number][f"real_space_{axis}"] for axis in "abc"], dtype=float).reshape(3, 3)
        return np.linalg.inv(axes) if np.isfinite(axes).all() else None
    except (KeyError, IndexError, TypeError, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None


def _variation_deg(model: Mapping[str, Any], key: str) -> float:
    """Largest angle between a model at the points of a scan and its mean, degrees."""
    points = np.asarray(model[key], dtype=float)
    if key == SCAN_POINTS["beam"]:
        beams = points.reshape(-1, 3) / np.linalg.norm(points.reshape(-1, 3), axis=1, keepdims=True)
        mean = -np.asarray(model["direction"], dtype=float)
        chord = np.linalg.norm(beams - mean / np.linalg.norm(mean), axis=1)
    else:
        mean = np.asarray(model.get("setting_rotation", np.eye(3)), dtype=float).reshape(3, 3)
        # Of a rotation by an angle, |R - 1| (Frobenius) is sqrt(8) |sin(angle / 2)|.
        chord = np.linalg.norm(points.reshape(-1, 3, 3) - mean, axis=(1, 2)) / np.sqrt(2)
    return float(np.degrees(2 * np.arcsin(np.clip(chord.max() / 2, 0, 1))))


def _numbers(scan: Any, crystal: Any) -> tuple[int, int] | None:
    return (scan, crystal) if type(scan) is int and type(crystal) is int else None


def _scan(scan: Mapping[str, Any]) -> tuple[tuple[float, float] | None, tuple[int, int] | None]:
    """Oscillation and image range, as written before and after dxtbx 3.15 (start and width, or an angle an image)."""
    try:
        images = tuple(int(i) for i in scan["image_range"]) if "image_range" in scan else None
        if images is not None and (len(images) != 2 or images[0] > images[1] or list(images) != scan["image_range"]):
            raise InputError(f"The scan's image range {scan['image_range']} is not a first and a last image.")
        if "oscillation" in scan:
            start, width = (float(v) for v in scan["oscillation"])
        else:
            properties = scan.get("properties") or {}
            starts = [float(v) for v in properties.get("oscillation", [])]
            if not starts:
                return None, images
            # One image alone says its width; of several it is the distance of their starts.
            widths = properties.get("oscillation_width") or [0.0]
            start = starts[0]
            width = (starts[-1] - start) / (len(starts) - 1) if len(starts) > 1 else float(widths[0])
            _check_even(starts, width, images)
        if not np.isfinite([start, width]).all():
            raise ValueError
        if abs(width) > 360 or abs(start) > LARGEST_START_DEG:
            raise InputError(f"The scan's oscillation, {width:g}° an image from {start:g}°, is that of no scan.")
    except InputError:
        raise
    except (AttributeError, TypeError, ValueError):
        raise InputError("The scan's image range or oscillation cannot be read.") from None
    return (start, width), images


def _check_even(starts: list[float], width: float, images: tuple[int, ...] | None) -> None:
    """Refuse an angle for each image that the start and the width of a scan do not tell."""
    if images is not None and len(starts) not in (1, images[1] - images[0] + 1):
        raise InputError(
            f"The scan has {images[1] - images[0] + 1} images by its image range, but angles of {len(starts)}."
        )
    off = np.abs(np.array(starts) - (starts[0] + width * np.arange(len(starts)))).max()
    if off > max(UNEVEN_DEG, UNEVEN * abs(width)):
        raise InputError(
            f"The scan's images are not at even steps of angle (off by up to {off:.2g}°), which are needed here: split "
            "it into even ones with dials.slice_sequence."
        )
