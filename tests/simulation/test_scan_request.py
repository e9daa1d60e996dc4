import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.simulation.previews import SampleRequest
from napari_crystalseg.simulation.scan_request import check_scan_request
from napari_crystalseg.simulation.simulate import simulate_case


def test_the_least_is_enough():
    check_scan_request(0, 32, 2)
    check_scan_request(0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seed": -1}, "The seed must not be negative, not -1."),
        ({"size": 31}, "A case needs at least 32 voxels a side, not 31."),
        ({"angles": 1}, "A scan needs at least two angles, not 1."),
    ],
)
def test_less_is_refused_in_the_same_words_everywhere(wrong, sentence):
    request = {"seed": 0, "size": 32, "angles": 2} | wrong
    checks = [lambda: check_scan_request(**request), lambda: simulate_case(case=0, **request)]
    if "seed" in wrong:
        checks.append(lambda: SampleRequest(request["seed"]))
    for check in checks:
        with pytest.raises(InputError) as refused:
            check()
        assert str(refused.value) == sentence
