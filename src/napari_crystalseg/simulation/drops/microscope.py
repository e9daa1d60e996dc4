"""The microscope and its camera: from a view to the pixel values of an image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .drop_conditions import DropConditions
from .random_fields import Plane, blurred, draw_between, smooth_field
from .view import View


@dataclass(frozen=True)
class Microscope:
    """How a view is lit and recorded.

    Parameters
    ----------
    oblique : (float, float)
        Direction that the light comes from, along rows and columns, in units of the condenser's aperture.
    stray : float
        Part of the light that reaches the camera whatever the drop does.
    dark_field : bool
        Whether only light that was bent is seen.
    blur : float
        Standard deviation, parts of the shorter side of the image.
    vignetting : float
        Part of the light that is lost in the corners.
    uneven : float
        Standard deviation of the light over the field, parts of its mean.
    glare : float
        Brightness of reflections, parts of the clear field.
    tint : (float, float, float)
        Factors of red, green and blue.
    exposure : float
        Value of the clear field, parts of the largest that is recorded.
    gamma : float
        Power of the camera's response.
    noise_electrons : float
        Number of electrons at the largest value, whose noise is that of Poisson.
    read_noise : float
        Standard deviation in parts of the largest value.
    sharpening : float
        Strength of the camera's sharpening.
    fringing : float
        Shift of blue against red at the corners, parts of the shorter side.
    jpeg_quality : int
        Quality of compression; 0 for none.
    grey : bool
        Whether the three colours are the same.
    """

    oblique: tuple[float, float]
    stray: float
    dark_field: bool
    blur: float
    vignetting: float
    uneven: float
    glare: float
    tint: tuple[float, float, float]
    exposure: float
    gamma: float
    noise_electrons: float
    read_noise: float
    sharpening: float
    fringing: float
    jpeg_quality: int
    grey: bool


def draw_microscope(rng: np.random.Generator, conditions: DropConditions) -> Microscope:
    """Draw a microscope from the conditions."""
    grey = bool(rng.random() >= conditions.colour)
    side = rng.uniform(0, 2 * np.pi)
    slant = rng.uniform(0, 0.35) if rng.random() < 0.6 else rng.uniform(0.35, 0.7)
    tint = np.exp(rng.normal(0, 0.05 if rng.random() < 0.7 else 0.16, 3))
    tint = np.ones(3) if grey else tint / tint.max()
    return Microscope(
        oblique=(float(slant * np.sin(side)), float(slant * np.cos(side))),
        stray=float(rng.uniform(0.0, 0.15)),
        dark_field=bool(rng.random() < conditions.dark_field),
        blur=draw_between(rng, conditions.blur),
        vignetting=float(rng.uniform(*conditions.vignetting)),
        uneven=float(rng.uniform(0, 0.1)),
        glare=float(rng.uniform(0.1, 0.8)) if rng.random() < conditions.glare else 0.0,
        tint=(float(tint[0]), float(tint[1]), float(tint[2])),
        exposure=float(rng.uniform(*conditions.exposure)),
        gamma=draw_between(rng, (0.65, 1.4)),
        noise_electrons=draw_between(rng, conditions.noise_electrons),
        read_noise=float(rng.uniform(0, 0.008)),
        sharpening=float(rng.uniform(0.2, 1.5)) if rng.random() < 0.4 else 0.0,
        fringing=0.0 if grey else abs(float(rng.normal(0, 0.0012))),
        jpeg_quality=int(rng.integers(55, 97)) if rng.random() < conditions.jpeg else 0,
        grey=grey,
    )


def record(rng: np.random.Generator, view: View, microscope: Microscope, background: Plane) -> NDArray[np.uint8]:
    """Record a view.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of noise, glare and unevenness.
    view : View
        What is looked at.
    microscope : Microscope
        How.
    background : ndarray of float32, shape (row, column) of the image
        Light without the drop: that of the vessel.

    Returns
    -------
    ndarray of uint8, shape (row, column, 3)
        Pixel values, at the size of the image.
    """
    light = _transmitted(view, microscope)
    planes: NDArray[np.float32] = light if view.colour is None or microscope.grey else light[..., None] * view.colour
    if view.factor > 1:
        size = (view.shape[1], view.shape[0])
        planes = np.asarray(cv2.resize(planes, size, interpolation=cv2.INTER_AREA), np.float32)
    planes = planes * (background if planes.ndim == 2 else background[..., None])
    unit = min(view.shape)
    planes = blurred(planes, microscope.blur * unit)
    field = _field(rng, view.shape, microscope)
    if microscope.grey:
        planes = planes * field + _glare(rng, view.shape, microscope)
    else:
        if planes.ndim == 2:
            planes = np.repeat(planes[..., None], 3, axis=2)
        planes = planes * (field[..., None] * np.asarray(microscope.tint, np.float32))
        planes = planes + _glare(rng, view.shape, microscope)[..., None]
        planes = _fringed(planes, microscope.fringing)
    values = _through_camera(rng, planes, microscope)
    if microscope.jpeg_quality:
        values = compressed(values, microscope.jpeg_quality)
    return np.repeat(values[..., None], 3, axis=2) if microscope.grey else values


def expected_signal(view: View, microscope: Microscope, background: Plane) -> Plane:
    """Signal of a view, shape (row, column) of the image, without what the field, glare and noise add to it."""
    # Of the finer grid one point for each pixel will do.
    step = view.factor
    light = _transmitted(view, microscope, step)
    if view.colour is not None and not microscope.grey:
        light = light * view.colour[::step, ::step].mean(axis=2)
    light = blurred(light * background, microscope.blur * min(view.shape))
    signal: Plane = np.clip(light * np.float32(microscope.exposure), 0, 1)
    return signal


def noise_of(signal: Plane, microscope: Microscope) -> Plane:
    """Return the standard deviation of the noise of a signal, both in parts of the largest value that is recorded."""
    spread: Plane = np.sqrt(signal / np.float32(microscope.noise_electrons) + np.float32(microscope.read_noise**2))
    return spread


def compressed(values: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Compress an image as JPEG does, and read it again."""
    # OpenCV takes blue before red; here the order decides which colours are kept finely.
    swapped = values if values.ndim == 2 else values[..., ::-1]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(swapped), [cv2.IMWRITE_JPEG_QUALITY, quality])
    opened = np.asarray(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED), np.uint8)
    return opened if values.ndim == 2 else np.ascontiguousarray(opened[..., ::-1])


def _transmitted(view: View, microscope: Microscope, step: int = 1) -> Plane:
    """Light that the condenser sends into the angles that the drop bends into the lens, 1 where nothing bends."""
    rows, columns = microscope.oblique
    row_tilt, column_tilt, light = (plane[::step, ::step] for plane in (view.row_tilt, view.column_tilt, view.light))
    if microscope.dark_field:
        bent = np.asarray(1 - cv2.exp(-((row_tilt**2 + column_tilt**2) * np.float32(1.5))), np.float32)
        scattered = 1 - np.minimum(light, 1)
        seen: Plane = np.float32(0.06) + np.float32(0.9) * np.maximum(bent, scattered)
        return seen
    # The square of the distance to the light's own direction, without that of the unbent ray.
    off = row_tilt * (row_tilt + np.float32(2 * rows))
    off += column_tilt * (column_tilt + np.float32(2 * columns))
    passed: Plane = np.asarray(cv2.exp(np.negative(off, out=off)), np.float32)
    passed *= np.float32(1 - microscope.stray)
    passed += np.float32(microscope.stray)
    passed *= light
    return passed


def _field(rng: np.random.Generator, shape: tuple[int, int], microscope: Microscope) -> Plane:
    unit = min(shape)
    centre = rng.normal(0.5, 0.07, 2) * shape
    rows = ((np.arange(shape[0], dtype=np.float32) - centre[0]) / unit)[:, None]
    columns = ((np.arange(shape[1], dtype=np.float32) - centre[1]) / unit)[None]
    tilt = rng.normal(0, microscope.uneven, 2).astype(np.float32)
    field = 1 - np.float32(1.6 * microscope.vignetting) * (rows**2 + columns**2)
    field = field * (1 + tilt[0] * rows + tilt[1] * columns)
    field = field + np.float32(0.3 * microscope.uneven) * smooth_field(rng, shape, 0.4 * unit)
    bright: Plane = np.maximum(field, 0.05).astype(np.float32)
    return bright


def _glare(rng: np.random.Generator, shape: tuple[int, int], microscope: Microscope) -> Plane:
    glare = np.zeros(shape, np.float32)
    if not microscope.glare:
        return glare
    unit = min(shape)
    for _ in range(int(rng.integers(1, 4))):
        row, column = rng.uniform(-0.05, 1.05, 2) * shape
        wide, long = draw_between(rng, (0.008, 0.12)) * unit, rng.uniform(1, 2.5)
        rows = ((np.arange(shape[0]) - row) / wide)[:, None]
        columns = ((np.arange(shape[1]) - column) / (wide * long))[None]
        # A lamp that is mirrored has an edge; glare of the lens has none.
        power = rng.choice([1.0, 3.0])
        glare += (microscope.glare * np.exp(-((rows**2 + columns**2) ** power))).astype(np.float32)
    return glare


def _fringed(planes: NDArray[np.float32], fringing: float) -> NDArray[np.float32]:
    rows, columns = planes.shape[:2]
    if fringing * max(rows, columns) < 0.2:
        return planes
    out = planes.copy()
    for colour, sign in ((0, 1.0), (2, -1.0)):
        scale = 1 + sign * fringing * 2
        matrix = np.array([[scale, 0, (1 - scale) * columns / 2], [0, scale, (1 - scale) * rows / 2]])
        plane = np.ascontiguousarray(planes[..., colour])
        moved = cv2.warpAffine(plane, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out[..., colour] = moved
    return out


def _through_camera(rng: np.random.Generator, planes: NDArray[np.float32], microscope: Microscope) -> NDArray[np.uint8]:
    signal = np.clip(planes * np.float32(microscope.exposure), 0, 4)
    # Of so many electrons, Poisson's numbers are normal ones of the same variance.
    noise = rng.standard_normal(signal.shape, dtype=np.float32)
    signal = signal + noise * noise_of(signal, microscope)
    if microscope.sharpening:
        signal = signal + np.float32(microscope.sharpening) * (signal - blurred(signal, 1.2))
    signal = np.clip(signal, 0, 1) ** np.float32(microscope.gamma)
    return np.asarray(np.round(255 * signal), np.uint8)
