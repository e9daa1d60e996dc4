import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.tomography.methods.filtering import FILTERS, filtered, ramp_response


def test_ramp_is_the_frequency_where_it_should_be():
    frequency = np.fft.rfftfreq(512)
    response = ramp_response(512)
    np.testing.assert_allclose(response[1:], frequency[1:], atol=2e-3)
    # The band limit lifts the zeroth frequency off zero; that is what a bare ramp gets wrong.
    assert 0 < response[0] < 2e-3


@pytest.mark.parametrize(
    ("name", "at_half_nyquist"), [("shepp-logan", np.sinc(0.25)), ("cosine", 2**-0.5), ("hann", 0.5)]
)
def test_windows(name, at_half_nyquist):
    assert ramp_response(512, name)[128] / ramp_response(512)[128] == pytest.approx(at_half_nyquist)


def test_unknown_filter_names_the_known():
    with pytest.raises(InputError, match="hann"):
        ramp_response(64, "butterworth")


@pytest.mark.parametrize("name", FILTERS)
def test_no_wrap_around(name):
    # The same projection in the middle of a far wider detector must filter to the same.
    projection = np.sqrt(np.clip(20.0**2 - (np.arange(64) - 30) ** 2, 0, None)).astype(np.float32)
    wide = np.pad(projection, 500)
    np.testing.assert_allclose(
        filtered(projection, 10, 17, name), filtered(wide, 0, 0, name)[490:581], atol=1e-4 * projection.max()
    )


def test_level_beyond_the_field_is_continued():
    # A sample wider than the detector: no bright rim, which zeros beyond the edge would give.
    flat = np.ones(128, dtype=np.float32)
    assert np.abs(filtered(flat, 20, 20)).max() < 2e-3
