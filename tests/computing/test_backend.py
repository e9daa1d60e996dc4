import sys

import numpy as np
import pytest

from napari_crystalseg.computing.backend import array_module, array_module_of, fft, to_numpy
from napari_crystalseg.errors import InputError


def test_numpy():
    assert array_module("numpy") is np
    assert array_module_of(np.zeros(3)) is np
    kept = np.zeros(3)
    assert to_numpy(kept) is kept


def test_without_cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert array_module("auto") is np
    with pytest.raises(InputError, match="not installed"):
        array_module("cupy")
    with pytest.raises(InputError, match="backend"):
        array_module("jax")


def test_cupy_without_gpu(fake_gpu):
    fake_gpu(gpus=0)
    assert array_module("auto") is np
    with pytest.raises(InputError, match="no GPU"):
        array_module("cupy")


def test_arrays_of_a_gpu_stay_there(fake_gpu):
    cupy = fake_gpu()
    assert array_module("cupy") is array_module("auto") is cupy
    values = np.arange(8, dtype=np.complex64)
    there = fft(cupy.asarray(values), axis=0)
    assert array_module_of(there) is cupy
    np.testing.assert_allclose(to_numpy(there), np.fft.fft(values), rtol=1e-6)
    np.testing.assert_allclose(to_numpy(fft(there, axis=0, inverse=True)), values, atol=1e-6)
    # The stand-in is as strict as CuPy: no silent mixing.
    for mixed in (lambda: there + values, lambda: values + there, lambda: np.exp(there)):
        with pytest.raises(TypeError):
            mixed()
