"""Stand-in for CuPy: arrays of another library, which refuse to be mixed with NumPy's, as CuPy's do."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import scipy.fft


class DeviceArray:
    """Array whose values NumPy may reach by ``get`` only."""

    def __init__(self, values):
        self._values = values

    __array_priority__ = 1000
    # NumPy leaves operators to us, so that mixing reaches the check below.
    __array_ufunc__ = None

    def __array__(self, *_):
        raise TypeError("implicit conversion to a NumPy array")

    def get(self):
        return self._values.copy()

    @property
    def shape(self):
        return self._values.shape

    @property
    def ndim(self):
        return self._values.ndim

    @property
    def size(self):
        return self._values.size

    @property
    def dtype(self):
        return self._values.dtype

    @property
    def real(self):
        return DeviceArray(self._values.real)

    @property
    def imag(self):
        return DeviceArray(self._values.imag)

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return (DeviceArray(part) for part in self._values)

    def __getitem__(self, key):
        return wrapped(self._values[unwrapped(key)])

    def __setitem__(self, key, value):
        self._values[unwrapped(key)] = unwrapped(value)

    def reshape(self, *shape):
        return DeviceArray(self._values.reshape(*shape))

    def astype(self, dtype):
        return DeviceArray(self._values.astype(dtype))

    def mean(self, **options):
        return wrapped(self._values.mean(**options))


def unwrapped(value):
    if isinstance(value, DeviceArray):
        return value._values
    if isinstance(value, np.ndarray):
        raise TypeError("a NumPy array met one of the device")
    if isinstance(value, tuple | list):
        return type(value)(unwrapped(part) for part in value)
    return value


def wrapped(value):
    return DeviceArray(value) if isinstance(value, np.ndarray) else value


def _operator(name):
    def operate(self, *others):
        found = getattr(self._values, name)(*(unwrapped(other) for other in others))
        if name.startswith("__i") and name != "__invert__":
            return self
        return found if found is NotImplemented else wrapped(found)

    return operate


NAMES = ("add", "sub", "mul", "truediv", "pow", "and", "or", "lt", "le", "gt", "ge", "eq", "ne")
for _name in (*NAMES, *(f"r{n}" for n in NAMES[:7]), "iadd", "isub", "imul", "neg", "invert"):
    setattr(DeviceArray, f"__{_name}__", _operator(f"__{_name}__"))


def _function(function, takes_numpy=False):
    def call(*arguments, **options):
        given = arguments if takes_numpy else unwrapped(arguments)
        given = tuple(a._values if isinstance(a, DeviceArray) else a for a in given)
        return wrapped(function(*given, **{name: unwrapped(value) for name, value in options.items()}))

    return call


def _bincount(places, weights=None, minlength=None):
    # CuPy counts up to the largest place, and of nothing there is none (cupy/_statistics/histogram.py).
    if places.size == 0:
        raise ValueError("zero-size array to reduction operation cupy_max which has no identity")
    return np.bincount(places, weights, minlength)


def _make_modules(gpus):
    cupy = types.ModuleType("cupy")
    for name in ("arange concatenate cumsum empty exp floor ones_like sin sqrt stack take where zeros").split():
        setattr(cupy, name, _function(getattr(np, name)))
    cupy.bincount = _function(_bincount)
    cupy.asarray = _function(np.array, takes_numpy=True)
    cupy.cuda = types.SimpleNamespace(runtime=types.SimpleNamespace(getDeviceCount=lambda: gpus))
    cupyx, inner, fft = (types.ModuleType(name) for name in ("cupyx", "cupyx.scipy", "cupyx.scipy.fft"))
    fft.fft, fft.ifft = _function(scipy.fft.fft), _function(scipy.fft.ifft)
    return {"cupy": cupy, "cupyx": cupyx, "cupyx.scipy": inner, "cupyx.scipy.fft": fft}


@pytest.fixture
def fake_gpu(monkeypatch):
    """Put the stand-in where CuPy would be imported from, with a number of GPUs."""

    def install(gpus=1):
        modules = _make_modules(gpus)
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setattr(DeviceArray, "__module__", "cupy")
        return modules["cupy"]

    return install
