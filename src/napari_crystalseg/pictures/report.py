"""Report: one self-contained page about a result."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..class_colours import CLASS_COLOURS
from ..io import write_text
from ..judgement.finding import Finding
from ..labels import Labels, Material
from ..progress import Progress, silent
from ..provenance import package_version
from ..volume import Volume

if TYPE_CHECKING:
    from jinja2 import Template

MATERIALS = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL, Material.OTHER)


@dataclass(frozen=True)
class Report:
    """What a page tells.

    Parameters
    ----------
    title : str
        Name of the input.
    volume, labels : Volume, Labels
        Voxel values and classes on the same grid.
    uncertainty : ndarray of uint8, shape (z, y, x), or None
        Uncertainty of the network, 0 to 1.
    absorption : mapping or None
        Factors as :meth:`~napari_crystalseg.factors.Factors.to_dict` writes them; None where there are none.
    histogram_png : bytes or None
        Picture of the histogram of A.
    facts : mapping of str to mapping
        What the stages "reconstruct", "segment" and "absorb" found.
    findings : sequence of Finding
        Plausibility of the labels.
    files : mapping of str to str
        Files beside the page, with their SHA-256.
    """

    title: str
    volume: Volume
    labels: Labels
    uncertainty: NDArray[np.uint8] | None
    absorption: Mapping[str, Any] | None
    histogram_png: bytes | None
    facts: Mapping[str, Mapping[str, Any]]
    findings: Sequence[Finding] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def write_report(report: Report, path: str | Path, progress: Progress = silent) -> None:
    """Write the page, with every picture inside it.

    Parameters
    ----------
    report : Report
        What it tells.
    path : path
        ``.html`` file, replaced in one step.
    progress : Progress
        Told which picture is being drawn.
    """
    page = to_html(report, progress)
    write_text(path, page)


def to_html(report: Report, progress: Progress = silent) -> str:
    """Return the page as text; see :func:`write_report`."""
    from .sample_pictures import slices_png, views_png

    progress(0.0, "Drawing the slices")
    slices = slices_png(report.volume, report.labels, report.uncertainty)
    views = None
    if (report.labels.data != Material.AIR).any():
        progress(0.3, "Drawing the sample in 3-D")
        views = views_png(report.labels)

    page = _template().render(
        title=report.title,
        materials=[_Shown.of(material) for material in MATERIALS],
        notices=_notices(report),
        cards=_cards(report),
        views=views and _base64(views),
        slices=_base64(slices),
        absorption=_absorption(report),
        findings=report.findings,
        marks={"problem": "✕", "warning": "!", "good": "✓"},
        volumes=_volumes(report.labels),
        provenance=_provenance(report),
        files=[(name, digest[:16]) for name, digest in sorted(report.files.items())],
    )
    progress(1.0, "Page drawn")
    return page


@cache
def _template() -> Template:
    """Return the page's template, which escapes all that is put into it and knows no other files than those beside."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    beside = FileSystemLoader(Path(__file__).parent)
    # Names of files, findings and provenance are others' words: markup in them is text here.
    environment = Environment(loader=beside, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.get_template("report.html")


class _Shown(NamedTuple):
    """A material as the page shows it: its name and its colour, 0 to 255."""

    title: str
    rgb: tuple[int, int, int]

    @classmethod
    def of(cls, material: Material) -> _Shown:
        red, green, blue = (round(255 * v) for v in CLASS_COLOURS[material][:3])
        return cls(material.title, (red, green, blue))


class _Notice(NamedTuple):
    level: str
    heading: str
    text: str


class _Card(NamedTuple):
    name: str
    value: str
    note: str


class _Row(NamedTuple):
    """A line of provenance: words, and what is set as code below them."""

    what: str
    value: str = ""
    code: str = ""


def _notices(report: Report) -> list[_Notice]:
    """What the reader must not miss, in large boxes."""
    boxes = []
    absorbed = report.facts["absorb"]
    if not absorbed["crystal_found"]:
        boxes.append(
            ("problem", "No crystal was found", "Absorption factors were not computed. The labels below show what was.")
        )
    elif absorbed.get("without_factors"):
        boxes.append(("problem", "A single slice: no absorption factors", absorbed["without_factors"]))
    else:
        source = absorbed["coefficients_origin"]
        heading = {
            "given": "Attenuation coefficients: as given",
            "tabulated": "Attenuation coefficients: typical materials, not this sample",
            "measured": "Attenuation coefficients: measured in this volume",
            "example": "Attenuation coefficients: a published EXAMPLE, not this sample",
        }[source]
        level = {"given": "good", "example": "problem"}.get(source, "warning")
        boxes.append((level, heading, absorbed["coefficients_explanation"]))
        boxes += [("problem", "Look at this", text) for text in _reflections_found(absorbed, odd=True)]
    if corrected := report.facts["segment"].get("corrected"):
        boxes.append(("warning", "Labels: corrected by hand", corrected))
    boxes += [
        ("warning", "Assumed", f"{text[:1].upper()}{text[1:]}.")
        for text in report.facts["reconstruct"].get("assumed", ())
    ]
    boxes += [("good", "Rotation axis", text) for text in report.facts["reconstruct"].get("found", ())]
    boxes += [("problem", "Found in the scan", f"{text}.") for text in report.facts["reconstruct"].get("said", ())]
    return [_Notice(*box) for box in boxes]


def _reflections_found(absorbed: Mapping[str, Any], *, odd: bool) -> list[str]:
    """What was found of the reflections and their factors: what must be looked at, or all else."""
    return [text for text in absorbed.get("reflections_found", ()) if text.startswith("LOOK") == odd]


def _cards(report: Report) -> list[_Card]:
    absorbed = report.facts["absorb"]
    volumes = report.labels.volumes_um3()
    voxel = report.labels.required_voxel_size_um
    size = f"{voxel[0]:.4g}" if len(set(voxel)) == 1 else " × ".join(f"{v:.4g}" for v in voxel)
    cards = []
    if absorbed.get("A_mean") is not None:
        cards += [
            ("mean A", f"{absorbed['A_mean']:.4f}", f"{absorbed['reflections']} directions"),
            (
                "range of A",
                f"{absorbed['A_min']:.3f} – {absorbed['A_max']:.3f}",
                f"standard error ≤ {absorbed['largest_standard_error']:.1g}",
            ),
        ]
    cards += [
        ("crystal", _cubic(volumes[Material.CRYSTAL]), "volume"),
        ("voxel", f"{size} µm", " × ".join(str(n) for n in report.labels.shape) + " voxels"),
    ]
    return [_Card(*card) for card in cards]


def _absorption(report: Report) -> str | dict[str, Any]:
    """Return coefficients and mean paths of the materials with what is to be said of them, or why there are none."""
    absorbed = report.facts["absorb"]
    if report.histogram_png is None or report.absorption is None:
        return "a single slice has none." if absorbed["crystal_found"] else "there is no crystal to compute them for."
    rows = []
    for material in MATERIALS:
        lengths = [v for v in report.absorption["path_length_um"][material.title] if v is not None]
        mean = f"{np.mean(lengths):.2f}" if lengths else "–"
        mu = absorbed["coefficients_per_um"].get(material.title)
        rows.append((_Shown.of(material), "–" if mu is None else f"{mu:.5g}", mean))
    directions = f"{absorbed['directions'][:1].upper()}{absorbed['directions'][1:]}."
    notes = [directions, *_reflections_found(absorbed, odd=False)]
    return {"histogram": _base64(report.histogram_png), "rows": rows, "notes": notes}


def _volumes(labels: Labels) -> list[tuple[_Shown, str, str]]:
    volumes = labels.volumes_um3()
    sample = sum(volumes[material] for material in MATERIALS)
    return [
        (
            _Shown.of(material),
            f"{volumes[material]:,.0f}",
            f"{100 * volumes[material] / sample:.1f}" if sample else "–",
        )
        for material in MATERIALS
    ]


def _provenance(report: Report) -> list[_Row]:
    made = report.facts["reconstruct"]
    segmented = report.facts["segment"]
    record = report.labels.provenance.to_dict()
    steps = list(record["steps"])
    if report.absorption is not None:
        steps += report.absorption["provenance"]["steps"][len(record["steps"]) :]
    return [
        _Row("software", f"napari-crystalseg {package_version()}"),
        _Row("input", str(made["input"])),
        *(_Row(f"SHA-256 of {name}", code=digest) for name, digest in record["inputs"].items()),
        _Row("kind", str(made["kind"])),
        _Row("voxel values", str(made["quantity"])),
        _Row("energy", f"{made['energy_kev']:g} keV" if made["energy_kev"] else "not stated in the input"),
        _Row("model", str(segmented["model"]), str(segmented["model_sha256"])),
        *(_Row(f"step: {step.get('step')}", code=_settings(step)) for step in steps),
    ]


def _settings(step: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in step.items() if key != "step"})


def _base64(png: bytes) -> str:
    return base64.b64encode(png).decode()


def _cubic(volume_um3: float) -> str:
    return f"{volume_um3:,.0f} µm³" if volume_um3 < 1e7 else f"{volume_um3:.3g} µm³"
