from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from helpers.known_sample import sample_labels, volume_of
from napari_crystalseg.judgement.finding import Finding
from napari_crystalseg.pictures.report import Report, to_html

FACTS = {
    "reconstruct": {
        "kind": "scan",
        "input": "a.h5",
        "energy_kev": 3.5,
        "quantity": "arbitrary",
    },
    "segment": {"model": "m", "model_sha256": "ab", "mean_uncertainty": 0.1},
    "absorb": {
        "crystal_found": True,
        "coefficients_per_um": {"liquor": 0.1, "loop": 0.2, "crystal": 0.3, "other": 0.0},
        "coefficients_origin": "example",
        "coefficients_explanation": "They are ASSUMED.",
        "directions": "2 directions",
        "A_mean": 0.5,
        "A_min": 0.4,
        "A_max": 0.6,
        "reflections": 2,
        "largest_standard_error": 0.001,
    },
}
ABSORPTION = {
    "A": [0.4, 0.6],
    "path_length_um": {name: [1.0, 3.0] for name in ("liquor", "loop", "crystal", "other")},
    "provenance": {"steps": []},
}


class Balance(HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page(title="sample.tif", **changes):
    labels = sample_labels()
    settings = {"absorption": ABSORPTION, "histogram_png": b"\x89PNG", "facts": FACTS} | changes
    return to_html(Report(title, volume_of(labels), labels, None, **settings))


def test_the_page_needs_nothing_but_itself():
    html = page()
    assert not re.search(r"""(src|href)=["'](?!data:)""", html)
    assert "<script" not in html
    assert html.count("data:image/png;base64,") == 3
    balance = Balance()
    balance.feed(html)
    assert balance.open == []


@pytest.mark.usefixtures("sketches")
def test_names_of_files_cannot_inject_markup():
    assert "<script>" not in page("<script>alert(1)</script>.tif")


class Read(HTMLParser):
    """The elements of a page, and its text as a reader sees it."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.values, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.values += [value for _, value in attrs]

    def handle_data(self, data):
        self.text += data


@pytest.mark.usefixtures("sketches")
def test_what_others_wrote_is_text_wherever_it_stands():
    """Markup in names, findings, statements of files and provenance is shown, letter for letter, and is no markup."""

    def filled(text):
        absorbed = FACTS["absorb"] | {
            "coefficients_explanation": text,
            "directions": f"2 {text}",
            "reflections_found": [f"LOOK {text}", f"3 {text}"],
        }
        facts = {
            "reconstruct": {"kind": text, "input": text, "energy_kev": None, "quantity": text}
            | {"assumed": [f"a {text}"], "found": [text], "said": [text]},
            "segment": {"model": text, "model_sha256": text, "corrected": text},
            "absorb": absorbed,
        }
        absorption = ABSORPTION | {"provenance": {"steps": [{"step": text, "x": 1}]}}
        findings = [Finding(level, text) for level in ("problem", "warning", "good")]
        return Read(page(text, facts=facts, absorption=absorption, findings=findings, files={text: "ab" * 32}))

    odd = """</style></td><script>alert('1')</script> & "x" {{ title }} {% raw %}"""
    plain, shown = filled("plain"), filled(odd)
    assert shown.elements == plain.elements and "script" not in shown.elements
    assert shown.text == plain.text.replace("plain", odd)
    assert shown.values == [value.replace("plain", odd) for value in plain.values]


@pytest.mark.usefixtures("sketches")
def test_volumes_and_means_are_right():
    html = page()
    # 16³ voxels of 0.125 µm³; paths of 1 and 3 µm.
    assert "512 µm³" in html
    assert ">2.00<" in html


@pytest.mark.usefixtures("sketches")
def test_what_matters_is_shouted():
    html = page(findings=[Finding("problem", "It touches the edge.")])
    assert 'class="notice problem"><strong>Attenuation coefficients: a published EXAMPLE' in html
    assert "It touches the edge." in html
    none = {**FACTS, "absorb": {**FACTS["absorb"], "crystal_found": False}}
    assert "No crystal was found" in page(facts=none, absorption=None, histogram_png=None)


@pytest.mark.usefixtures("sketches")
def test_what_was_found_of_reflections_and_units_is_shown():
    absorbed = FACTS["absorb"] | {"reflections_found": ["LOOK at the factors: <odd>.", "3 of 9 rows get no factor."]}
    html = page(facts=FACTS | {"absorb": absorbed})
    assert "Look at this</strong><p>LOOK at the factors: &lt;odd&gt;." in html
    assert "<p>3 of 9 rows get no factor.</p>" in html
