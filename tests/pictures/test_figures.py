from __future__ import annotations

import warnings

import pytest

from napari_crystalseg.pictures.figures import figures, png, shown_name


@pytest.mark.parametrize(
    "name", [r"$\frac{$", "$x$", "_hidden", "a" * 300, "\U0001d4b3", "a\nb", "\udce9", "\u4e2d", "%s{0}"]
)
def test_any_name_is_shown(name):
    with warnings.catch_warnings(), figures() as new:
        warnings.simplefilter("error")
        figure = new(figsize=(3, 2))
        axis = figure.subplots()
        axis.plot([0, 1], [0, 1], label=f"{shown_name(name)}, mean 1")
        axis.set_xlabel(f"$A_h$, {shown_name(name)}")
        legend = axis.legend(fontsize=7)
        assert png(figure, dpi=50).startswith(b"\x89PNG")
    assert len(legend.get_texts()) == 1


def test_a_plain_name_stays():
    assert shown_name("lysozyme 3.tif") == "lysozyme 3.tif"
    assert shown_name("a" * 30 + "b" * 30) == "a" * 18 + "…" + "b" * 17
