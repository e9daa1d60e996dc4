"""File → Open Sample → CrystalSeg."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .samples import sample_data_folder

if TYPE_CHECKING:
    from napari.types import LayerDataTuple

I13_ATTRIBUTION = (
    "Diamond Light Source beamline I13-2, scan 24737, proposal mt9396-1; "
    "from the test data of DiamondLightSource/Savu, Apache-2.0"
)
I23_ATTRIBUTION = (
    "Slice 30 of doi:10.5281/zenodo.3685282, Diamond Light Source beamline I23; from dkazanc/i23seg, Apache-2.0, "
    "© 2019 Diamond Light Source"
)


def simulated_scan() -> list[LayerDataTuple]:
    """Raw scan of a simulated sample: its projections, with flats, darks and angles in the layer's record."""
    return _opened("simulated_scan.h5", "simulated scan")


def simulated_volume() -> list[LayerDataTuple]:
    """Reconstructed volume of the simulated sample."""
    return _opened("simulated_volume.tif", "simulated volume")


def i13_scan() -> list[LayerDataTuple]:
    """Real raw scan of a rod in a dome of resin."""
    name = "I13 rod (Diamond Light Source, mt9396-1)"
    return _opened("i13_24737_raw_flat_dark_angles.npz", name, I13_ATTRIBUTION)


def i23_slice() -> list[LayerDataTuple]:
    """Real reconstructed slice of a crystal in liquor in a loop, as a volume of one slice of unknown pixel size."""
    return _opened("i23_13076_slice30_f32.npy", "I23 slice (© 2019 Diamond Light Source)", I23_ATTRIBUTION)


def _opened(file: str, name: str, attribution: str | None = None) -> list[LayerDataTuple]:
    from .io import open_file
    from .widgets.layers.layer_data import layer_of
    from .widgets.layers.layer_record import PATH, RECORD

    noun = open_file(sample_data_folder() / file)
    data, state, kind = layer_of(noun, name)
    metadata = state["metadata"]
    path = {PATH: str(sample_data_folder() / file)}
    layer = data, {**state, "metadata": {**metadata, RECORD: {**metadata[RECORD], **path}}}, kind
    return [layer if attribution is None else _with_attribution(layer, attribution)]


def _with_attribution(layer: LayerDataTuple, attribution: str) -> LayerDataTuple:
    data, state, kind = layer
    return data, {**state, "metadata": {**state["metadata"], "attribution": attribution}}, kind
