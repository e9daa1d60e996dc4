import json

import numpy as np

from napari_crystalseg.phantom import HABITS, Crack, Crystal, Sample, SheetMount
from napari_crystalseg.phantom.shape_record import shape_record


def test_lengths_without_end_can_be_written_as_json():
    """A crack that goes through and a flat sheet are infinite, which JSON cannot say: their lengths are null."""
    crack = Crack(np.array([1.0, 0.0, 0.0]), np.zeros(3), 0.5)
    crystal = Crystal((HABITS["insulin"].polyhedron(5.0),), cracks=(crack,))
    record = shape_record(Sample((crystal,), SheetMount(50.0, 10.0, 5.0), None))
    read = json.loads(json.dumps(record, allow_nan=False))
    assert read == record
    assert read["crystals"][0]["cracks"][0]["reach_um"] is None
    assert read["crystals"][0]["cracks"][0]["width_um"] == 0.5
    assert read["mount"]["curvature_radius_um"] is None
    assert read["mount"]["thickness_um"] == 5.0
