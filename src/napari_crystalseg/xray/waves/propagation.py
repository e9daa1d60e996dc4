"""Free-space propagation of a wave field from the sample to the detector."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from ...computing.backend import Array, array_module_of, fft
from ...errors import InputError


class FresnelStep:
    """Fresnel propagation over one distance, for fields of one shape.

    Multiplies the Fourier transform by P(f) = exp(−iπλz f²) (Goodman, *Introduction to Fourier Optics*, ch. 4). P is a
    product of a part for rows and one for columns, so each axis is padded, transformed and cut on its own.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the fields.
    distance_um : float
        Distance, µm; negative propagates back.
    wavelength_um : float
        Wavelength, µm.
    pixel_size_um : float
        Sampling of the field, µm.
    padding_px : int, optional
        Edge values added on each side. By default λz/(2dx²), the farthest that the finest sampled fringe reaches, up to
        ``most_padding_px``; 0 makes the field periodic, and no frequency is cut.
    most_padding_px : int
        Bound on the default padding, to bound memory and time; a greater need is met by limiting the band.
    xp : module
        NumPy or CuPy, whose fields are propagated.

    Attributes
    ----------
    padding_px : int
        Edge values added on each side.
    band_limited : bool
        Whether frequencies that the padded grid cannot carry that far are cut (Matsushima & Shimobaba 2009).
    band : float
        Fraction of the frequencies, along the worse axis, that are not cut.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        distance_um: float,
        wavelength_um: float,
        pixel_size_um: float,
        padding_px: int | None = None,
        most_padding_px: int = 2048,
        xp: ModuleType = np,
    ) -> None:
        for what, value in (("wavelength", wavelength_um), ("pixel size", pixel_size_um)):
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"The {what} must be positive in µm, not {value}.")
        if not np.isfinite(distance_um):
            raise InputError(f"The distance must be finite, not {distance_um} µm.")
        if padding_px is not None and not (padding_px >= 0 and padding_px == int(padding_px)):
            raise InputError(f"The padding must be a whole number of samples from 0, not {padding_px}.")
        extent_px = abs(distance_um) * wavelength_um / (2 * pixel_size_um**2)
        self.padding_px = min(int(np.ceil(extent_px)), most_padding_px) if padding_px is None else int(padding_px)
        self.band_limited = False
        self.band = 1.0
        self._shape = shape
        self._kernels: list[NDArray[np.complex64]] = []
        self._bridges: list[NDArray[np.float32]] = []
        self._xp = xp
        for size in shape:
            padded = _fast_length(size + 2 * self.padding_px) if self.padding_px else size
            frequency = np.fft.fftfreq(padded, pixel_size_um)
            # Thousands of turns at high frequency: reduce in float64 before the cast to float32.
            turns = np.remainder(-0.5 * wavelength_um * distance_um * frequency**2, 1.0)
            kernel = np.exp(2j * np.pi * turns)
            if self.padding_px and abs(distance_um) * wavelength_um > padded * pixel_size_um**2:
                self.band_limited = True
                step = 1.0 / (padded * pixel_size_um)
                limit = 1.0 / (wavelength_um * np.sqrt((2 * step * distance_um) ** 2 + 1.0))
                kernel[np.abs(frequency) > limit] = 0.0
                self.band = min(self.band, float(2 * pixel_size_um * limit))
            self._kernels.append(xp.asarray(kernel.astype(np.complex64)))
            self._bridges.append(xp.asarray(_bridge(padded - size)))

    def __call__(self, field: Array) -> Array:
        """Propagate complex fields of shape (..., row, column)."""
        if field.shape[-2:] != self._shape:
            raise InputError(f"The field is {field.shape} (row, column) but the step was made for {self._shape}.")
        if self._xp is np and field.ndim == 2:
            return np.ascontiguousarray(self.turned(self._padded_columns(field))[:, : self._shape[0]].T)
        return self._along_rotation_axis(self._along_columns(field))

    @property
    def bridge(self) -> NDArray[np.float32]:
        """Weights of the first value of a row in the padding behind its last, see :meth:`turned`."""
        return self._bridges[1]

    def turned(self, padded: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Propagate one NumPy field whose rows are padded, and return it with rows for columns.

        Contiguous transforms take half the time of those along the other axis, and who only wants the intensity need
        not turn the field back.

        Parameters
        ----------
        padded : ndarray of complex64, shape (row, column + padding)
            Field, with ``last + bridge * (first - last)`` behind each row; it is overwritten.

        Returns
        -------
        ndarray of complex64, shape (column, row + padding)
        """
        from .wave_kernel import turned_round

        across = _filtered(padded, self._kernels[1], axis=-1)
        out = np.empty((self._shape[1], self._kernels[0].size), dtype=np.complex64)
        turned_round(across, self._bridges[0], out)
        turned: NDArray[np.complex64] = _filtered(out, self._kernels[0], axis=-1)
        return turned

    def _along_columns(self, field: Array) -> Array:
        """Propagate along the last axis."""
        return _filtered(self._padded_columns(field), self._kernels[1], axis=-1)[..., : field.shape[-1]]

    def _padded_columns(self, field: Array) -> Array:
        size, kernel = field.shape[-1], self._kernels[1]
        padded = self._xp.empty((*field.shape[:-1], kernel.size), dtype=np.complex64)
        padded[..., :size] = field
        first, last = field[..., :1], field[..., -1:]
        padded[..., size:] = last + self._bridges[1] * (first - last)
        return padded

    def _along_rotation_axis(self, field: Array) -> Array:
        """Propagate along the last axis but one."""
        size, kernel = field.shape[-2], self._kernels[0]
        padded = self._xp.empty((*field.shape[:-2], kernel.size, field.shape[-1]), dtype=np.complex64)
        padded[..., :size, :] = field
        first, last = field[..., :1, :], field[..., -1:, :]
        padded[..., size:, :] = last + self._bridges[0][:, None] * (first - last)
        return _filtered(padded, kernel[:, None], axis=-2)[..., :size, :]


def _fast_length(least: int) -> int:
    """Next length whose prime factors are at most 7: those of 11 cost more than they save."""
    length = least
    while True:
        rest = length
        for prime in (2, 3, 5, 7):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def _bridge(length: int) -> NDArray[np.float32]:
    """Weight of the first edge value between the last and the first one, which meet as the field is periodic.

    Edge values for a quarter on each side and a smooth passage between: a jump there would send fringes of the highest
    frequency back into the field.
    """
    place = (np.arange(length) + 0.5) / max(length, 1)
    return (np.sin(np.pi / 2 * np.clip(2 * place - 0.5, 0, 1)) ** 2).astype(np.float32)


def _filtered(field: Array, kernel: Array, axis: int) -> Array:
    """Multiply the transform along one axis; overwrites the field."""
    spectrum = fft(field, axis)
    spectrum *= kernel
    return fft(spectrum, axis, inverse=True)


def propagate(
    field: Array,
    distance_um: float,
    wavelength_um: float,
    pixel_size_um: float,
    padding_px: int | None = None,
) -> Array:
    """Propagate a wave field through free space.

    Parameters
    ----------
    field : ndarray of complex64, shape (row, column)
        Wave field, of NumPy or CuPy.
    distance_um, wavelength_um, pixel_size_um : float
        Distance, wavelength and sampling, µm.
    padding_px : int, optional
        Edge values added on each side; by default as far as fringes reach. 0 makes the field periodic.

    Returns
    -------
    ndarray of complex64, shape (row, column)

    Raises
    ------
    InputError
        A field without two axes, or lengths that are not finite and positive.
    """
    xp = array_module_of(field)
    field = xp.asarray(field, dtype=np.complex64)
    if field.ndim != 2:
        raise InputError(f"A wave field has two axes (row, column), not {field.ndim}.")
    return cached_step(field.shape, distance_um, wavelength_um, pixel_size_um, padding_px, xp)(field)


@lru_cache(maxsize=16)
def cached_step(
    shape: tuple[int, int],
    distance_um: float,
    wavelength_um: float,
    pixel_size_um: float,
    padding_px: int | None = None,
    xp: ModuleType = np,
) -> FresnelStep:
    """Return a :class:`FresnelStep` whose kernels are kept for the next call."""
    return FresnelStep(shape, distance_um, wavelength_um, pixel_size_um, padding_px, xp=xp)
