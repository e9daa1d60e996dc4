"""A diffraction image that is dropped becomes a layer of its own kind; scans and volumes stay what they are."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from helpers.diffraction_files import PILATUS, counted, write_eiger, write_minicbf
from napari_crystalseg._reader import napari_get_diffraction_reader, napari_get_reader
from napari_crystalseg.errors import InputError
from napari_crystalseg.widgets.layers.diffraction_layer import image_of
from napari_crystalseg.widgets.layers.layer_record import PREVIEW, RECORD


def read(reader, path):
    from napari.layers import Layer

    return Layer.create(*reader(str(path))(str(path))[0])


def test_cbf_eiger_and_pilatus_tiff_become_diffraction_images(tmp_path):
    tifffile.imwrite(tmp_path / "p.tif", counted(), description=PILATUS)
    for reader, path in (
        (napari_get_diffraction_reader, write_minicbf(tmp_path / "a.cbf")),
        (napari_get_reader, write_eiger(tmp_path)),
        (napari_get_reader, tmp_path / "p.tif"),
    ):
        layer = read(reader, path)
        image = image_of(layer)
        assert image is not None and layer.data.shape == (48, 64)
        assert np.array_equal(np.isnan(layer.data), image.mask)
        assert PREVIEW in layer.metadata[RECORD]


def test_a_plain_tiff_stays_a_slice(tmp_path):
    tifffile.imwrite(tmp_path / "slice.tif", counted().astype(np.float32))
    assert image_of(read(napari_get_reader, tmp_path / "slice.tif")) is None


def test_a_damaged_cbf_says_so(tmp_path):
    (tmp_path / "b.cbf").write_bytes(b"###CBF: VERSION 1.5\n")
    with pytest.raises(InputError, match="without image data"):
        napari_get_diffraction_reader(str(tmp_path / "b.cbf"))(str(tmp_path / "b.cbf"))
