from __future__ import annotations

import pytest
import torch

from napari_crystalseg.segmentation.training import weight_average
from napari_crystalseg.segmentation.training.weight_average import WeightAverage


def constant(value):
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(layer.weight, value)
    return layer


def value_of(average):
    return average.averaged(constant(0.0)).weight.item()


def test_a_young_average_is_that_of_few_steps():
    average = WeightAverage(constant(0.0))
    # A tenth of the old is kept at the first step, two elevenths at the second.
    average.update(constant(1.0), 0)
    assert value_of(average) == pytest.approx(0.9)
    average.update(constant(0.0), 1)
    assert value_of(average) == pytest.approx(0.9 * 2 / 11)


def test_an_old_average_is_exponential_whatever_its_steps_between_updates():
    average, start = WeightAverage(constant(1.0)), 8_000_000
    assert start % weight_average._STEPS_BETWEEN_UPDATES == 0
    for step in range(start, start + 800):
        average.update(constant(0.0), step)
    assert value_of(average) == pytest.approx(0.999**800, rel=1e-4)


def test_the_network_itself_is_left_alone():
    network = constant(3.0)
    average = WeightAverage(constant(1.0))
    assert average.averaged(network).weight.item() == 1.0
    assert network.weight.item() == 3.0
