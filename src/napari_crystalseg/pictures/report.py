"""Report: one self-contained page about a result."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..class_colours import CLASS_COLOURS
from ..io import write_text
from ..judgement.finding import Finding
from ..labels import Labels, Material
from ..progress import Progress, silent
from ..provenance import package_version
from ..volume import Volume

MATERIALS = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL, Material.OTHER)


@dataclass(frozen=True)
class Report:
    """What a page tells.

    Parameters
    ----------
    title : str
        Name of the input.
    volume, labels : Volume, Labels
        Greys and classes on the same grid.
    uncertainty : ndarray of float32, shape (z, y, x), or None
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
    uncertainty: NDArray[np.float32] | None
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
    from .slices import slices_png, views_png

    progress(0.0, "Drawing the slices")
    slices = slices_png(report.volume, report.labels, report.uncertainty)
    views = None
    if (report.labels.data != Material.AIR).any():
        progress(0.3, "Drawing the sample in 3-D")
        views = views_png(report.labels)

    sections = [
        _notices(report),
        _cards(report),
        _section("The sample", _image(views, "The sample from three sides"), _legend()) if views else "",
        _section("Slices", _image(slices, "Slices through the sample: greys, labels and uncertainty"), _legend()),
        _absorption_section(report),
        _section("Is it plausible?", _findings(report.findings)),
        _section("Volumes", _volumes(report.labels)),
        _section("Where it comes from", _provenance(report)),
    ]
    progress(1.0, "Page drawn")
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    return _PAGE.format(title=escape(report.title), style=style, body="\n".join(part for part in sections if part))


def _notices(report: Report) -> str:
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
    return "".join(
        f'<div class="notice {level}"><strong>{escape(heading)}</strong><p>{escape(text)}</p></div>'
        for level, heading, text in boxes
    )


def _reflections_found(absorbed: Mapping[str, Any], *, odd: bool) -> list[str]:
    """What was found of the reflections and their factors: what must be looked at, or all else."""
    return [text for text in absorbed.get("reflections_found", ()) if text.startswith("LOOK") == odd]


def _cards(report: Report) -> str:
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
    return (
        '<div class="cards">'
        + "".join(
            f'<div class="card"><span>{escape(name)}</span><b>{escape(value)}</b><small>{escape(note)}</small></div>'
            for name, value, note in cards
        )
        + "</div>"
    )


def _absorption_section(report: Report) -> str:
    absorbed = report.facts["absorb"]
    if report.histogram_png is None or report.absorption is None:
        why = "a single slice has none." if absorbed["crystal_found"] else "there is no crystal to compute them for."
        return _section("Absorption factors", f"<p>Not computed: {why}</p>")
    rows = []
    for material in MATERIALS:
        lengths = [v for v in report.absorption["path_length_um"][material.title] if v is not None]
        mean = f"{np.mean(lengths):.2f}" if lengths else "–"
        mu = absorbed["coefficients_per_um"].get(material.title)
        rows.append((_swatch(material) + material.title, "–" if mu is None else f"{mu:.5g}", mean))
    table = _table(("material", "µ, 1/µm", "mean path, µm"), rows, numbers=(1, 2))
    note = f"<p>{escape(absorbed['directions'][:1].upper() + absorbed['directions'][1:])}.</p>"
    note += "".join(f"<p>{escape(text)}</p>" for text in _reflections_found(absorbed, odd=False))
    return _section(
        "Absorption factors", f'<div class="pair">{_image(report.histogram_png, "Histogram of A")}{table}</div>', note
    )


def _findings(found: Sequence[Finding]) -> str:
    mark = {"problem": "✕", "warning": "!", "good": "✓"}
    items = "".join(
        f'<li class="{finding.level}"><i>{mark[finding.level]}</i>{escape(finding.text)}</li>' for finding in found
    )
    return f'<ul class="findings">{items}</ul>'


def _volumes(labels: Labels) -> str:
    volumes = labels.volumes_um3()
    sample = sum(volumes[material] for material in MATERIALS)
    rows = [
        (
            _swatch(material) + material.title,
            f"{volumes[material]:,.0f}",
            f"{100 * volumes[material] / sample:.1f}" if sample else "–",
        )
        for material in MATERIALS
    ]
    return _table(("class", "volume, µm³", "of the sample, %"), rows, numbers=(1, 2))


def _provenance(report: Report) -> str:
    made = report.facts["reconstruct"]
    segmented = report.facts["segment"]
    rows = [("software", f"napari-crystalseg {package_version()}"), ("input", escape(str(made["input"])))]
    record = report.labels.provenance.to_dict()
    rows += [
        (f"SHA-256 of {escape(name)}", f"<code>{escape(digest)}</code>") for name, digest in record["inputs"].items()
    ]
    rows += [
        ("kind", escape(str(made["kind"]))),
        ("greys", escape(str(made["quantity"]))),
        ("energy", f"{made['energy_kev']:g} keV" if made["energy_kev"] else "not stated in the input"),
        ("model", f"{escape(str(segmented['model']))}<br><code>{escape(str(segmented['model_sha256']))}</code>"),
    ]
    for step in record["steps"]:
        rows.append(
            (
                f"step: {escape(str(step.get('step')))}",
                "<code>" + escape(json.dumps({k: v for k, v in step.items() if k != "step"})) + "</code>",
            )
        )
    if report.absorption is not None:
        for step in report.absorption["provenance"]["steps"][len(record["steps"]) :]:
            rows.append(
                (
                    f"step: {escape(str(step.get('step')))}",
                    "<code>" + escape(json.dumps({k: v for k, v in step.items() if k != "step"})) + "</code>",
                )
            )
    files = "".join(
        f"<tr><td><a href='{escape(name)}'>{escape(name)}</a></td><td><code>{digest[:16]}…</code></td></tr>"
        for name, digest in sorted(report.files.items())
    )
    listing = f"<details><summary>Files beside this page</summary><table>{files}</table></details>" if files else ""
    return _table(("what", "value"), rows) + listing


def _section(heading: str, *parts: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{''.join(parts)}</section>"


def _image(png: bytes, text: str) -> str:
    return f'<img alt="{escape(text)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _legend() -> str:
    items = "".join(f"<span>{_swatch(material)}{material.title}</span>" for material in MATERIALS)
    return f'<p class="legend">{items}</p>'


def _swatch(material: Material) -> str:
    red, green, blue = (round(255 * v) for v in CLASS_COLOURS[material][:3])
    return f'<i class="swatch" style="background:rgb({red},{green},{blue})"></i>'


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return a table; cells are HTML already."""

    def cell(tag: str, column: int, value: str) -> str:
        return f'<{tag} class="number">{value}</{tag}>' if column in numbers else f"<{tag}>{value}</{tag}>"

    head = "".join(cell("th", i, escape(name)) for i, name in enumerate(header))
    body = "".join("<tr>" + "".join(cell("td", i, value) for i, value in enumerate(row)) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cubic(volume_um3: float) -> str:
    return f"{volume_um3:,.0f} µm³" if volume_um3 < 1e7 else f"{volume_um3:.3g} µm³"


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · CrystalSeg report</title>
<style>{style}</style>
</head>
<body>
<main>
<header><h1>{title}</h1><p>CrystalSeg report: from tomogram to absorption factors</p></header>
{body}
</main>
</body>
</html>
"""
