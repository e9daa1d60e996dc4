"""The quick norm is PyTorch's own, forwards and backwards."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from napari_crystalseg.segmentation.networks.instance_norm import QuickInstanceNorm, quicken


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    made = nn.Sequential(
        nn.Conv3d(3, 8, 3, padding=1), nn.InstanceNorm3d(8, affine=True), nn.LeakyReLU(), nn.Conv3d(8, 2, 3)
    ).double()
    with torch.no_grad():
        made[1].weight.uniform_(0.5, 2)
        made[1].bias.normal_()
    return made


@pytest.mark.parametrize("batch", [1, 3])
def test_same_values_and_gradients_as_pytorchs(network, batch):
    quick = quicken(copy.deepcopy(network))
    assert isinstance(quick[1], QuickInstanceNorm)
    values = torch.randn(batch, 3, 7, 9, 8, dtype=torch.double)
    one, other = values.clone().requires_grad_(), values.clone().requires_grad_()
    first, second = network(one), quick(other)
    assert torch.allclose(first, second, atol=1e-12)
    upstream = torch.randn_like(first)
    first.backward(upstream)
    second.backward(upstream)
    # The sums are taken in single precision.
    assert torch.allclose(one.grad, other.grad, atol=1e-5)
    for parameter, same in zip(network.parameters(), quick.parameters(), strict=True):
        assert torch.allclose(parameter.grad, same.grad, rtol=1e-5, atol=1e-4)


def test_slices_are_normalised_alike():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.InstanceNorm2d(8, affine=True), nn.Conv2d(8, 2, 3)).double()
    quick = quicken(copy.deepcopy(network))
    assert isinstance(quick[1], QuickInstanceNorm)
    assert quick[0].weight.is_contiguous(memory_format=torch.channels_last)
    values = torch.randn(2, 3, 9, 8, dtype=torch.double)
    one, other = values.clone().requires_grad_(), values.clone().requires_grad_()
    first, second = network(one), quick(other)
    assert torch.allclose(first, second, atol=1e-12)
    first.square().sum().backward()
    second.square().sum().backward()
    assert torch.allclose(one.grad, other.grad, atol=1e-5)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d], ids=["first", "last"])
@pytest.mark.parametrize(("dtype", "relative"), [(torch.float32, 1e-5), (torch.bfloat16, 0.01)], ids=str)
def test_gradients_are_those_of_the_formula_in_any_layout(network, layout, dtype, relative):
    """PyTorch 2.13's own are wrong on a CPU where what comes from above has its channels last."""
    norm = network[1]
    values = torch.randn(2, 8, 12, 13, 14, dtype=torch.double) * 3 + 5
    upstream = torch.randn_like(values)
    seen = values.clone().requires_grad_()
    variance, mean = torch.var_mean(seen, (2, 3, 4), keepdim=True, correction=0)
    scale, offset = (each.detach()[:, None, None, None] for each in (norm.weight, norm.bias))
    ((seen - mean) / (variance + norm.eps).sqrt() * scale + offset).backward(upstream)

    quick = quicken(nn.Sequential(copy.deepcopy(norm).float()))[0]
    ours = values.to(dtype).to(memory_format=layout).requires_grad_()
    quick(ours).backward(upstream.to(dtype).to(memory_format=layout))
    error = (ours.grad.double() - seen.grad).square().mean().sqrt()
    assert float(error) < relative * float(seen.grad.square().mean().sqrt())


def test_weights_go_from_one_to_the_other(network):
    quick = quicken(copy.deepcopy(network))
    assert quick.state_dict().keys() == network.state_dict().keys()
    network.load_state_dict(quick.state_dict())


def test_a_norm_without_scale_is_left():
    assert isinstance(quicken(nn.Sequential(nn.InstanceNorm3d(4)))[0], nn.InstanceNorm3d)
