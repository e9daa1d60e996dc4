from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from napari_crystalseg.errors import InputError, lacks_memory, one_line, sentence


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 7.45 TiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ImportError("/lib/x.so: failed to map segment from shared object"),
    ],
)
def test_lack_of_memory_whoever_says_it(error):
    assert lacks_memory(error)
    assert "crop or bin" in sentence(error)


def test_other_errors_are_no_lack_of_memory():
    assert not any(map(lacks_memory, (RuntimeError("shape mismatch"), OSError(errno.ENOENT, "No such file"))))
    assert not lacks_memory(ImportError("x.so: failed to map segment from shared object: Operation not permitted"))
    assert sentence(RuntimeError("shape mismatch")) is None


def test_full_disk_as_numpy_tells_it():
    assert sentence(OSError("32768 requested and 3024 written")).startswith("No space left on device")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_full_disk_as_numpy_tells_it_today():
    with pytest.raises(OSError) as caught, open("/dev/full", "wb", buffering=0) as full:
        np.zeros(1 << 20).tofile(full)
    assert sentence(caught.value).startswith("No space left on device")


def test_text_is_short_and_can_be_shown():
    assert one_line("a\n  b\tc") == "a b c"
    assert len(one_line("x" * 10_000)) < 400
    assert sentence(InputError("name\x1b[31m\udc80")) == "name�[31m�"
    assert len(sentence(FileNotFoundError(2, "No such file", "/x" * 3000))) < 400
