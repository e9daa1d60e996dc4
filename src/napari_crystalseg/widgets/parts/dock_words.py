"""Sentences of the core in the words of the dock, where options of the command line are buttons and fields."""

from __future__ import annotations

import re

IN_SPITE = "go on in spite of what is found"
_TICK = f"tick '{IN_SPITE}' in the options of the scan (stage Open)"
_ROWS = "choose 'axis along rows' in the options of the scan (stage Open)"

_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"(or )?give --force to go on all the same", rf"\1{_TICK}"),
        (r"or --force to go on all the same", f"or {_TICK}"),
        (r"(give|take) --axis rows", _ROWS),
        (r"or --force\b", f"or {_TICK}"),
        (r"give --force", _TICK),
        (r"choose (one|it), such as --dataset ('[^']*'|[^\s;,]+?)(?=[,.;]?(\s|$))", r"choose \1 in the stage Open"),
        (r" by --axes, such as --axes \w+", " in the stage Open"),
        (r"\(--axes gives others\)", "(the command line takes others by --axes)"),
        (r"give --voxel-size-um \(in napari: ('[^']*' in the stage Open)\)", r"type it in (\1)"),
        (r"give --voxel-size-um", "type it in, in the stage Open"),
        (r"give it as --experiment to .*$", "choose it under 'Reflections' in the stage Check, with the .refl."),
        (r"give it as --reflections to .*$", "choose it under 'Reflections' in the stage Check, with the .expt."),
        (r" \(--experiment-number\)", " ('experiment' under 'Reflections')"),
        (r" \(--axis-0 scan\)", " ('axis 0 is', under 'Reflections')"),
        (r" \(--axis-0 x\)", ""),
        (r" and give --axis-0 x", " and choose 'X all the same' under 'Reflections'"),
        (r"give --mu-crystal, --mu-liquor and --mu-loop when you know them", "type in those of your sample if known"),
        (r" \(--convert-mu\)", " (button 'Convert' in the stage Check)"),
        (r" \('absorb --convert-mu'\)", " (by the command line: 'absorb --convert-mu')"),
        (r" \(--mu-energy-kev\)", " ('hold at', under µ)"),
        (r"replace it \(--replace\)", "remove it ('crystalseg models remove')"),
        (r"another name \(--name\)", "another name"),
        (r"\(--energy-kev, in napari under Options\)", "(under Options)"),
        (r" \(--(energy-kev|distance-mm|voxel-size-um|mu-other)(?=[,)])", " (in the stage {})"),
    )
)
_STAGES = {"energy-kev": "Open", "distance-mm": "Open", "voxel-size-um": "Open", "mu-other": "Check"}


def in_dock_words(text: str) -> str:
    """Say by buttons and fields of the dock what a sentence says by options of the command line."""
    for pattern, words in _WORDS:
        if "{}" in words:
            text = pattern.sub(lambda found: f" (in the stage {_STAGES[found[1]]}", text)
        else:
            text = pattern.sub(words, text)
    return text
