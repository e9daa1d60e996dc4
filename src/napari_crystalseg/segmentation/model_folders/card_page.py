"""The card of a model as a person reads it: tables with headings, for the command line and the dock alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...texts.printable import printable
from .registered_model import RegisteredModel

Row = tuple[str, ...]
_MOST_COLUMNS = 7
_MOST_DEEP = 8
_TRAINING = {
    "training_volumes": "volumes",
    "held_out_volumes": "volumes held out",
    "label_maps": "label maps",
    "painted_share": "share of painted samples",
    "seed": "seed",
    "steps": "steps",
    "minutes": "minutes",
    "normalisation": "voxel values",
}
_LIMITS = ("limits", "limitations", "failures", "failure_cases")
_SHOWN_BEFORE = {"name", "licence", "data", "metrics", "sha256", "voxel_range_um", "working_sizes", "configuration"}
_DRAWN = ("bins",)  # curves of diagrams
_PARTS = {"calibration": "Calibration of its doubt", "training_range": "Training range", "refinement": "Refinement"}


@dataclass(frozen=True)
class CardSection:
    """A part of a card.

    Parameters
    ----------
    title : str
        Its heading.
    rows : tuple of tuple of str
        Table, as many cells in each row.
    header : tuple of str
        Heads of its columns; empty for none.
    notes : tuple of str
        Paragraphs below it.
    """

    title: str
    rows: tuple[Row, ...] = ()
    header: Row = ()
    notes: tuple[str, ...] = ()


def card_page(model: RegisteredModel) -> tuple[CardSection, ...]:
    """Return what the card of a model says, and what its files are.

    Parameters
    ----------
    model : RegisteredModel
        The model; what its card does not say is said not to be known.

    Returns
    -------
    tuple of CardSection
        What it is, on what it was trained, what it reaches, where it fails, and its files with their hashes.

    Raises
    ------
    InputError
        The model cannot be used.
    """
    known = model.to_dict()
    card: Mapping[str, Any] = known["card"]
    sections = [_what_it_is(known), _trained_on(card)]
    sections += _reaches(card)
    sections.append(_fails(card))
    sections += [_values(title, card[key]) for key, title in _PARTS.items() if key in card]
    rest = {key: value for key, value in card.items() if key not in {*_SHOWN_BEFORE, *_TRAINING, *_LIMITS, *_PARTS}}
    sections.append(_files(known))
    if rest:
        sections.append(_values("Further", rest))
    return tuple(sections)


def _what_it_is(known: Mapping[str, Any]) -> CardSection:
    voxels, card = known["voxel_range_um"], known["card"]
    origin = {"bundled": "comes with the package", "installed": "installed", "by hand": "put there by hand"}
    rows = (
        (
            "name",
            known["name"]
            + (f" (on its card: {_text(card['name'])})" if card.get("name", known["name"]) != known["name"] else ""),
        ),
        ("origin", origin[known["origin"]]),
        ("made for", f"{known['sees']} ({known['configuration']})"),
        ("voxel size", "not said" if voxels is None else f"{voxels[0]:g} to {voxels[1]:g} µm"),
        ("classes", ", ".join(known["classes"])),
        ("working grid", " and ".join(f"{size}" for size in known["working_sizes"]) + " voxels along the longest side"),
        ("stages", ", then ".join(stage["stage"] for stage in known["stages"])),
        ("licence", _text(card.get("licence", "not said: ask who made it"))),
    )
    return CardSection("What it is", rows)


def _trained_on(card: Mapping[str, Any]) -> CardSection:
    rows = tuple((words, _text(card[key])) for key, words in _TRAINING.items() if key in card)
    return CardSection("Trained on", rows, notes=(_text(card.get("data", "Its card does not say on what.")),))


def _reaches(card: Mapping[str, Any]) -> list[CardSection]:
    """A table for each set of cases that it was judged by."""
    metrics = card.get("metrics")
    if not isinstance(metrics, Mapping) or not metrics:
        return [
            CardSection("What it reaches", notes=("Its card does not say: judge it on labelled cases of your own.",))
        ]
    return [_values(f"What it reaches: {_words(name)}", found) for name, found in metrics.items()]


def _fails(card: Mapping[str, Any]) -> CardSection:
    stated = [card[key] for key in _LIMITS if key in card]
    title = "Where it fails"
    if not stated:
        return CardSection(title, notes=("Its card does not say: look at its labels before they are used.",))
    if isinstance(stated[0], list) and all(isinstance(one, str) for one in stated[0]):
        return CardSection(title, notes=tuple(stated[0]))
    return _values(title, stated[0])


def _files(known: Mapping[str, Any]) -> CardSection:
    rows = [(stage["file"], f"SHA-256 {stage['sha256']}") for stage in known["stages"]]
    rows.append(("size", f"{known['size_bytes'] / 1e6:.1f} MB"))
    rows.append(("folder", known["folder"]))
    return CardSection("Files", tuple(rows))


def _values(title: str, value: Any) -> CardSection:
    """Any values of a card: those that are alike as a table, the rest in rows of name and value."""
    leaves = list(_leaves(value))
    notes = tuple(
        text for place, text in leaves if place and place[-1] in ("cases", "note", "notes") for text in [_text(text)]
    )
    leaves = [(place, leaf) for place, leaf in leaves if not place or place[-1] not in ("cases", "note", "notes")]
    columns = list(dict.fromkeys(place[-1] for place, _ in leaves if place))
    places = list(dict.fromkeys(place[:-1] for place, _ in leaves))
    if columns and len(columns) <= _MOST_COLUMNS and len(leaves) > len(columns):
        found = {place: leaf for place, leaf in leaves}
        rows = tuple(
            (" · ".join(map(_words, place)), *(_text(found.get((*place, column), "")) for column in columns))
            for place in places
        )
        return CardSection(title, rows, ("", *map(_words, columns)), notes)
    if not columns:  # a value alone
        return CardSection(title, notes=(*(_text(leaf) for _, leaf in leaves), *notes))
    rows = tuple((" · ".join(map(_words, place)), _text(leaf)) for place, leaf in leaves)
    return CardSection(title, rows, notes=notes)


def _leaves(value: Any, place: Row = ()) -> Iterator[tuple[Row, Any]]:
    """What is nested in a value, with the names that lead to it."""
    if isinstance(value, Mapping) and len(place) < _MOST_DEEP:
        for name, inner in value.items():
            if name not in _DRAWN:
                yield from _leaves(inner, (*place, str(name)))
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value) and len(place) < _MOST_DEEP:
        for number, inner in enumerate(value, 1):
            name = inner.get("name") if isinstance(inner, Mapping) else None
            yield from _leaves(inner, (*place, str(name or number)))
    else:
        yield place, value


def _words(name: str) -> str:
    """A key as words, with its unit."""
    for ending, unit in (("_um3", " (µm³)"), ("_um", " (µm)"), ("_percent", " (%)")):
        if name.endswith(ending):
            name = name.removesuffix(ending) + unit
    return printable(name.replace("_", " "))


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10_000_000 else str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    # Cards are others' words, and signs that steer a terminal are none.
    return printable(" ".join(str(value).split()))
