"""Experiment: beam, goniometer and scan of a diffraction experiment, read from a DIALS ``.expt`` without DIALS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, brief, one_line
from ..io import check_input
from ..json_text import parse_json
from ..provenance import Provenance
from .detector import Detector
from .goniometer import Goniometer

# What scan-varying refinement adds to a model.
SCAN_POINTS = {"beam": "s0_at_scan_points", "goniometer": "setting_rotation_at_scan_points"}


@dataclass(frozen=True, eq=False)
class Sweep:
    """One rotation scan with its beam and goniometer.

    Parameters
    ----------
    source_direction : ndarray, shape (3,)
        Unit vector from the sample to the source, DIALS axes (X, Y, Z); the beam travels the other way.
    wavelength : float or None
        Wavelength, Å; None for a beam of many wavelengths.
    goniometer : Goniometer
        How the sample is turned.
    oscillation_deg : (float, float) or None
        Scan angle at the start of the first image and width of an image, degrees; None for a still.
    image_range : (int, int) or None
        First and last image.
    identifier : str
        The name by which reflection tables refer to it; may be empty.
    detector : Detector or None
        Its panels; None where the file has no detector.
    scan_varying : tuple of str
        Models (``beam``, ``goniometer``) that refinement let vary over the scan. Their mean, which the file gives as
        well, is what is used here: such variations are of the order of 0.01 degrees.
    scaled : bool
        Whether an earlier ``dials.scale`` left a scaling model.
    scan_and_crystal : (int, int) or None
        Numbers of its scan and its crystal in the file: several crystals may be indexed in one scan.
    reciprocal_axes : ndarray, shape (3, 3), or None
        A = U B of the crystal, 1/Å: A h is the reciprocal vector of the index h in the sample. None without a crystal.
    """

    source_direction: NDArray[np.float64]
    wavelength: float | None
    goniometer: Goniometer
    oscillation_deg: tuple[float, float] | None = None
    image_range: tuple[int, int] | None = None
    identifier: str = ""
    detector: Detector | None = None
    scan_varying: tuple[str, ...] = ()
    scaled: bool = False
    scan_and_crystal: tuple[int, int] | None = None
    reciprocal_axes: NDArray[np.float64] | None = None

    def scan_angle_rad(self, array_index: ArrayLike) -> NDArray[np.float64]:
        """Return the scan angle of positions along the scan, radians.

        Parameters
        ----------
        array_index : array_like
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
        No such file, not an experiment list, or a beam or goniometer missing.
    """
    path = Path(path)
    check_input(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read as an experiment list ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not a DIALS .expt file: it is no text.") from None
    try:
        record = parse_json(text)
    except ValueError as error:
        raise InputError(f"{path.name} is not a DIALS .expt file, or is damaged ({brief(error)}).") from None
    if not isinstance(record, dict) or not isinstance(record.get("experiment"), list):
        raise InputError(f"{path.name} is not a DIALS .expt file: it has no list 'experiment'.")
    if not all(isinstance(entry, Mapping) for entry in record["experiment"]):
        raise InputError(f"{path.name} is not a DIALS .expt file: its list 'experiment' holds other things.")
    try:
        # Values too large to reckon with end as such that are not finite, which are told of.
        with np.errstate(all="ignore"):
            sweeps = tuple(_sweep(record, entry) for entry in record["experiment"])
        return Experiment(sweeps, Provenance.of_file(path))
    except InputError as error:
        raise InputError(one_line(f"{path.name}: {error}")) from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"{path.name} is not as DIALS writes it: a model holds values of another kind than it should "
            f"({brief(error)})."
        ) from error


def _model(record: Mapping[str, Any], entry: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The beam, goniometer or scan that an experiment refers to by number."""
    index = entry.get(name)
    models = record.get(name)
    if index is None:
        return None
    if not isinstance(models, list) or not isinstance(index, int) or not 0 <= index < len(models):
        raise InputError(f"An experiment refers to {name} {index!r}, which the file does not hold.")
    model = models[index]
    if not isinstance(model, Mapping):
        raise InputError(f"The {name} {index} is not written in the file itself; export the experiments again.")
    return model


def _sweep(record: Mapping[str, Any], entry: Mapping[str, Any]) -> Sweep:
    beam = _model(record, entry, "beam")
    if beam is None:
        raise InputError("An experiment has no beam.")
    goniometer = _model(record, entry, "goniometer")
    if goniometer is None:
        raise InputError("An experiment has no goniometer; absorption factors need a rotation scan.")
    try:
        direction = np.asarray(beam["direction"], dtype=float).reshape(3)
        wavelength = None if beam.get("wavelength") is None else float(beam["wavelength"])
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
    models = {"beam": beam, "goniometer": goniometer}
    return Sweep(
        source_direction=direction / length,
        wavelength=wavelength,
        goniometer=Goniometer.from_dict(goniometer),
        oscillation_deg=oscillation,
        image_range=images,
        identifier=str(entry.get("identifier") or ""),
        detector=None if detector is None else Detector.from_dict(detector),
        scan_varying=tuple(name for name, key in SCAN_POINTS.items() if models[name].get(key)),
        scaled=entry.get("scaling_model") is not None,
        scan_and_crystal=_numbers(entry.get("scan"), entry.get("crystal")),
        reciprocal_axes=_reciprocal_axes(record.get("crystal"), entry.get("crystal")),
    )


def _reciprocal_axes(crystals: Any, number: Any) -> NDArray[np.float64] | None:
    """A of a crystal, the inverse of its real-space axes; None where these are not given, as nothing needs it."""
    try:
        axes = np.array([crystals[number][f"real_space_{axis}"] for axis in "abc"], dtype=float).reshape(3, 3)
        return np.linalg.inv(axes) if np.isfinite(axes).all() else None
    except (KeyError, IndexError, TypeError, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None


def _numbers(scan: Any, crystal: Any) -> tuple[int, int] | None:
    return (scan, crystal) if type(scan) is int and type(crystal) is int else None


def _scan(scan: Mapping[str, Any]) -> tuple[tuple[float, float] | None, tuple[int, int] | None]:
    """Oscillation and image range, as written before and after dxtbx 3.15 (start and width, or an angle an image)."""
    try:
        images = tuple(int(i) for i in scan["image_range"]) if "image_range" in scan else None
        if "oscillation" in scan:
            start, width = (float(v) for v in scan["oscillation"])
        else:
            properties = scan.get("properties") or {}
            starts = [float(v) for v in properties.get("oscillation", [])]
            if not starts:
                return None, images  # type: ignore[return-value]
            # One image alone says its width; of several it is the distance of their starts.
            widths = properties.get("oscillation_width") or [0.0]
            start = starts[0]
            width = (starts[-1] - start) / (len(starts) - 1) if len(starts) > 1 else float(widths[0])
        if not np.isfinite([start, width]).all() or (images is not None and len(images) != 2):
            raise ValueError
    except (AttributeError, TypeError, ValueError):
        raise InputError("The scan's image range or oscillation cannot be read.") from None
    return (start, width), images  # type: ignore[return-value]
