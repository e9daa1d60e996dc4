"""What a NeXus entry states of detector, beam and sample beside the frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .....errors import InputError
from .....wavelength import KEV_ANGSTROM
from ....grids.units import angstrom_per, deg_per, kev_per, um_per
from ..links import dataset_in
from ..values import text_of
from .frame_statements import energies_in, say_of_group
from .group_statements import GroupStatements, text_in

if TYPE_CHECKING:
    import h5py

AXIS = "x_rotation_axis_pixel_position"
_FLIP_DEG = 0.5
_ENERGIES = ("instrument/beam/incident_energy", "beam/incident_energy", "instrument/monochromator/energy")
_WAVELENGTHS = (
    "instrument/beam/incident_wavelength",
    "beam/incident_wavelength",
    "instrument/monochromator/wavelength",
)
_MAGNIFICATIONS = ("instrument/detector/magnification", "instrument/optics/magnification", "instrument/magnification")
_OF_DETECTOR = frozenset(
    {"x_pixel_size", "y_pixel_size", "x_magnified_pixel_size", "y_magnified_pixel_size", "x_flipped", "y_flipped", AXIS}
    | {"rotation_axis", "rotation_axis_orientation"}
)
_LYING = {"horizontal", "x", "row", "rows", "along rows"}
_REVERSED = {"clockwise", "cw", "left-handed", "reversed", "negative"}


@dataclass(frozen=True)
class Stated:
    """What is stated of a scan.

    Parameters
    ----------
    pixel_size_um, energy_kev, distance_mm : float or None
        As :class:`~napari_crystalseg.scan.Scan` has them.
    rotation_centre_px : float or None
        Place of the rotation axis, as it is recorded.
    half_acquisition : bool or None
        Half or full field of view.
    flip_rows, flip_columns : bool
        Whether rows and columns of the stored frames run the other way.
    angle_sign : {1, -1}
        -1 where the file states that the sample turns the other way.
    """

    pixel_size_um: float | None = None
    energy_kev: float | None = None
    distance_mm: float | None = None
    rotation_centre_px: float | None = None
    half_acquisition: bool | None = None
    flip_rows: bool = False
    flip_columns: bool = False
    angle_sign: int = 1


def nexus_statements(
    path_name: str, entry: h5py.Group, width: int, is_projection: NDArray[np.bool_] | None, said: GroupStatements
) -> Stated:
    """Read what an entry states.

    Parameters
    ----------
    path_name : str
        For errors.
    entry : h5py.Group
        NXentry, with ``instrument/detector`` and ``sample``.
    width : int
        Columns of the detector.
    is_projection : ndarray of bool, shape (frame,), or None
        Which frames of the file are projections, for what is stated of each frame.
    said : GroupStatements
        Told what is assumed or not used.

    Raises
    ------
    InputError
        Pixels that are not square.
    """
    flip_rows, flip_columns = _flips(entry, said)
    stated = Stated(
        pixel_size_um=_pixel_size_um(path_name, entry, said),
        energy_kev=_energy_kev(entry, said),
        distance_mm=_distance_mm(entry, said),
        rotation_centre_px=_axis(entry, width, said),
        half_acquisition=_half_acquisition(entry, said),
        flip_rows=flip_rows,
        flip_columns=flip_columns,
        angle_sign=_angle_sign(entry, said),
    )
    _of_each_frame(entry, is_projection, stated.pixel_size_um, said)
    say_of_group(entry.get("instrument/detector"), "instrument/detector", _OF_DETECTOR, said)
    return stated


def _pixel_size_um(path_name: str, entry: h5py.Group, said: GroupStatements) -> float | None:
    # The size at the sample comes first: behind a lens the detector's own pixels are larger.
    found: dict[str, float] = {}
    for place in ("sample/{}_pixel_size", "instrument/detector/{}_magnified_pixel_size"):
        size = _square(path_name, entry, place, said)
        if size is not None:
            found[place.format("x")] = size
    own = _square(path_name, entry, "instrument/detector/{}_pixel_size", said)
    magnification = None
    for name in _MAGNIFICATIONS:
        stated = said.number(entry, name)
        if stated is not None and stated[0] > 0:
            magnification = stated[0]
            break
    if own is not None and magnification not in (None, 1.0):
        at_sample = own / float(magnification or 1.0)
        if found:
            return said.one_of({**found, "pixel size over magnification": at_sample}, "µm", "pixels")
        said.assumed(
            f"pixels of {own:.6g} µm on the detector and a magnification of {magnification:.6g} are taken as "
            f"{at_sample:.6g} µm at the sample"
        )
        return at_sample
    if own is not None and not found:
        return own
    return said.one_of(found, "µm", "pixels")


def _square(path_name: str, entry: h5py.Group, place: str, said: GroupStatements) -> float | None:
    across, along = (said.quantity(entry, place.format(axis), um_per) for axis in "xy")
    return said.square(path_name, across, along, place.format("x"))


def _energy_kev(entry: h5py.Group, said: GroupStatements) -> float | None:
    # Not instrument/source/energy: that is the energy of the electrons in the ring.
    found = {}
    for name in _ENERGIES:
        energy = said.quantity(entry, name, kev_per)
        if energy is not None:
            found[name] = energy
    for name in _WAVELENGTHS:
        wavelength = said.quantity(entry, name, angstrom_per)
        if wavelength is not None:
            found[name] = KEV_ANGSTROM / wavelength
    for name, is_energy in energies_in(entry, (*_ENERGIES, *_WAVELENGTHS)):
        value = said.quantity(entry, name, kev_per if is_energy else angstrom_per)
        if value is not None:
            found[name] = value if is_energy else KEV_ANGSTROM / value
    return said.one_of(found, "keV", "an energy")


def _distance_mm(entry: h5py.Group, said: GroupStatements) -> float | None:
    name = "instrument/detector/distance"
    found = said.number(entry, name)
    if found is not None and found[0] == 0 and found[1]:
        return 0.0
    distance = said.quantity(entry, name, um_per)
    if distance is not None and distance < 0:
        said.assumed(f"{name} is negative, as of an axis that points to the source: its size is taken")
    return None if distance is None else abs(distance) * 1e-3


def _axis(entry: h5py.Group, width: int, said: GroupStatements) -> float | None:
    found = said.number(entry, f"instrument/detector/{AXIS}")
    # Zero is what stands where nobody measured it.
    if found is None or found[0] == 0:
        return None
    if not -width < found[0] < width:
        said.not_used(f"{AXIS} is {found[0]:.6g}, and the detector has {width} columns")
        return None
    return found[0]


def _half_acquisition(entry: h5py.Group, said: GroupStatements) -> bool | None:
    text = text_in(entry, "instrument/detector/field_of_view")
    if text.lower() in ("half", "full"):
        return text.lower() == "half"
    if text:
        said.not_used(f"instrument/detector/field_of_view is '{text}'")
    return None


def _flips(entry: h5py.Group, said: GroupStatements) -> tuple[bool, bool]:
    """Whether rows and columns of the stored frames run the other way."""
    # x runs across the columns, so that a flip along it is one from left to right.
    columns, rows = (said.flag(entry, f"instrument/detector/{axis}_flipped") for axis in "xy")
    turned = _turned(entry, said)
    if columns is None and rows is None:
        columns_flipped, rows_flipped = turned or (False, False)
    else:
        columns_flipped, rows_flipped = bool(columns), bool(rows)
        if turned is not None and turned != (columns_flipped, rows_flipped):
            said.not_used("the turns in instrument/detector/transformations contradict x_flipped and y_flipped")
    flipped = [name for name, is_so in (("columns", columns_flipped), ("rows", rows_flipped)) if is_so]
    if flipped:
        said.assumed(f"the file states that frames are flipped: their {' and '.join(flipped)} are turned round again")
    return rows_flipped, columns_flipped


def _turned(entry: h5py.Group, said: GroupStatements) -> tuple[bool, bool] | None:
    """Flips of (columns, rows) by the turns of the detector; None where none are stated."""
    import h5py

    detector = entry.get("instrument/detector")
    groups = (
        []
        if not isinstance(detector, h5py.Group)
        else [
            group
            for name, group in detector.items()
            if isinstance(group, h5py.Group)
            and (name == "transformations" or "transformations" in text_of(group.attrs.get("NX_class", "")).lower())
        ]
    )
    about: dict[str, bool] = {}
    for group in groups:
        for name, dataset in group.items():
            if not isinstance(dataset, h5py.Dataset) or name == "gravity":
                continue
            axis = _axis_of(dataset)
            kind = text_of(dataset.attrs.get("transformation_type", ""))
            place = f"instrument/detector/{group.name.rsplit('/', 1)[-1]}/{name}"
            values = np.asarray(dataset[()] if dataset.dtype.kind in "iuf" else np.nan, dtype=float).reshape(-1)
            if kind == "translation":
                # Where the detector stands does not matter, only that it stands still.
                if np.ptp(values) > 0:
                    said.not_used(f"{place} changes during the scan")
                continue
            if kind != "rotation" or axis is None:
                said.not_used(place)
                continue
            turn = values[0] * deg_per(text_of(dataset.attrs.get("units", "")) or "deg")
            off_half, off_none = abs(turn % 360 - 180), abs((turn + 180) % 360 - 180)
            if np.ptp(values) > 0 or min(off_half, off_none) > _FLIP_DEG:
                said.not_used(f"{place} turns the detector by {turn:.4g}° about {axis}")
                continue
            about[axis] = off_half <= _FLIP_DEG
    if not about:
        return None
    if "z" in about and "x" not in about:
        # As older files of the ESRF have it: x along the beam, z upwards.
        return about["z"], about.get("y", False)
    # NeXus: z along the beam, y upwards; half a turn about the beam flips both.
    both = about.get("z", False)
    return about.get("y", False) != both, about.get("x", False) != both


def _axis_of(dataset: h5py.Dataset) -> str | None:
    """Axis that a transformation is about or along: x, y or z, either way; None where it is none of them."""
    vector = _vector(dataset)
    if vector is None:
        return None
    largest = int(np.argmax(np.abs(vector)))
    return "xyz"[largest] if abs(vector[largest]) > 0.999 * float(np.linalg.norm(vector)) else None


def _vector(dataset: Any) -> NDArray[np.float64] | None:
    try:
        vector = np.asarray(dataset.attrs.get("vector"), dtype=float).reshape(-1)
    except (TypeError, ValueError):
        return None
    return vector if vector.size == 3 and np.isfinite(vector).all() and vector.any() else None


def _angle_sign(entry: h5py.Group, said: GroupStatements) -> int:
    """-1 where the file states that the sample turns the other way; says so if the axis is to lie along the rows."""
    sign = 1
    angles = dataset_in(entry, "sample/rotation_angle")
    vector = None if angles is None else _vector(angles)
    lying = None
    if angles is not None and vector is not None:
        axis = _axis_of(angles)
        if axis == "x":
            lying = "the vector of sample/rotation_angle is along x"
        elif axis is None:
            said.not_used(f"sample/rotation_angle is about the vector {' '.join(f'{v:g}' for v in vector)}")
        elif vector[int(np.argmax(np.abs(vector)))] < 0:
            sign = -1
            said.assumed(
                f"the sample turns about -{axis} by its rotation_angle: the angles are read with their sign changed"
            )
    for place in ("sample", "instrument/detector"):
        for name in ("rotation_axis", "rotation_axis_orientation", "rotation_direction", "rotation_sense"):
            text = text_in(entry, f"{place}/{name}").lower()
            if text in _LYING:
                lying = f"{place}/{name} is '{text}'"
            elif text in _REVERSED:
                said.not_used(f"{place}/{name} is '{text}'")
    if lying is not None:
        said.not_used(f"{lying}, so that the rotation axis may lie along the rows of the frames; then take --axis rows")
    return sign


def _of_each_frame(
    entry: h5py.Group, is_projection: NDArray[np.bool_] | None, pixel_size_um: float | None, said: GroupStatements
) -> None:
    """Say what is stated of each frame and not used: shifts of the sample, exposures and the beam's monitor."""
    for axis in "xyz":
        values, unit = _values(entry, f"sample/{axis}_translation", is_projection)
        if values is None or not unit:
            continue
        try:
            moved_um = float(np.ptp(values)) * um_per(unit)
        except InputError:
            said.not_used(f"sample/{axis}_translation is in {unit}, a unit that is not known")
            continue
        if moved_um > (pixel_size_um or 1.0):
            said.not_used(f"the sample moves by {moved_um:.4g} µm during the scan (sample/{axis}_translation)")
    values, _ = _values(entry, "instrument/detector/count_time", None)
    if values is not None and values.size > 1 and np.ptp(values) > 1e-2 * abs(values.mean()):
        said.not_used(
            f"exposures from {values.min():.4g} to {values.max():.4g} (instrument/detector/count_time), so that frames "
            "of different kinds may not be of the same exposure"
        )
    for name in ("control/data", "instrument/beam/flux", "instrument/source/current"):
        values, _ = _values(entry, name, None)
        if values is not None and values.size > 1 and np.ptp(values) > 1e-2 * abs(values.mean()):
            change = float(np.ptp(values) / abs(values.mean())) if values.mean() else np.inf
            said.not_used(f"a record of the beam that changes by {change:.0%} ({name})")


def _values(
    entry: h5py.Group, name: str, is_projection: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float64] | None, str]:
    dataset = dataset_in(entry, name)
    if dataset is None or dataset.dtype.kind not in "iuf" or dataset.size == 0:
        return None, ""
    values = np.asarray(dataset[()], dtype=float).reshape(-1)
    if is_projection is not None and len(values) == len(is_projection):
        values = values[is_projection]
    values = values[np.isfinite(values)]
    return (values if values.size else None), text_of(dataset.attrs.get("units", ""))
