"""Keep the picture and the lists of docs/architecture.md as the contracts in pyproject.toml and the package say.

``python scripts/docs/architecture.py`` writes them; with ``--check`` it only says what is out of date.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from reference import ROOT, Package

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "architecture.md"
PICTURE = REPOSITORY / "docs" / "images" / "floors.svg"

WIDTH, MARGIN, GAP = 960, 12, 8
CHARACTER, LINE = 6.2, 15  # of a text of 11 px
APART = "these do not import each other"
COLOURS = ("#7fb2d9", "#9cc6b0", "#e5c37a", "#e2a78c", "#c7b5d9", "#b9c3cc")


@dataclass(frozen=True)
class Floor:
    """One layer of the contract: what stands side by side.

    Parameters
    ----------
    rooms : tuple of str
        Modules and packages, those that exist.
    apart : bool
        They do not import each other.
    """

    rooms: tuple[str, ...]
    apart: bool


def contracts() -> list[dict]:
    """Contracts of import-linter, as pyproject.toml has them."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["tool"]["importlinter"]["contracts"]


def floors() -> list[Floor]:
    """Layers of the package, from the top."""
    of_package = [one for one in contracts() if one["type"] == "layers" and ROOT.name in one.get("containers", [])]
    if not of_package:
        raise SystemExit(f"pyproject.toml has no contract of layers with the container {ROOT.name}.")
    found = []
    for layer in of_package[0]["layers"]:
        rooms = tuple(
            name for name in re.findall(r"\w+", layer) if (ROOT / name).is_dir() or (ROOT / f"{name}.py").is_file()
        )
        if rooms:
            found.append(Floor(rooms, apart="|" in layer))
    return found


def purpose(room: str) -> str:
    """First clause of a room's docstring."""
    file = ROOT / room / "__init__.py"
    file = file if file.is_file() else ROOT / f"{room}.py"
    first = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n\n")[0].replace("\n", " ")
    return first.rstrip(".")


def picture() -> str:
    """SVG of the floors: arrows of imports run downwards."""
    body, y = [], MARGIN
    for number, floor in enumerate(floors()):
        inner = WIDTH - 2 * MARGIN
        rows = [floor.rooms[i : i + 6] for i in range(0, len(floor.rooms), 6)]
        for row in rows:
            each = (inner - GAP * (len(row) - 1)) / len(row)
            columns = max(10, int((each - 16) / CHARACTER))
            texts = [textwrap.wrap(purpose(room), columns, max_lines=4, placeholder=" …") for room in row]
            height = 30 + LINE * max(len(lines) for lines in texts)
            for i, (room, lines) in enumerate(zip(row, texts, strict=True)):
                body += _box(MARGIN + i * (each + GAP), y, each, height, room, lines, COLOURS[number % len(COLOURS)])
            y += height + GAP
        if floor.apart:
            body.append(
                f'<text x="{WIDTH / 2}" y="{y + 6}" font-size="11" text-anchor="middle" fill="#55606a">{APART}</text>'
            )
            y += LINE
        y += GAP
    total = y - GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" font-family="sans-serif">'
    title = "<title>Floors of the package: imports run downwards</title>"
    ground = f'<rect width="{WIDTH}" height="{total}" fill="#ffffff"/>'
    return "\n".join([head, title, ground, *body, "</svg>\n"])


def _box(x: float, y: float, width: float, height: float, title: str, lines: list[str], colour: str) -> Iterator[str]:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" rx="5"'
    yield f'<rect {place} fill="{colour}" fill-opacity="0.45" stroke="{colour}"/>'
    yield _text(x + 8, y + 18, 'font-size="13" font-weight="bold"', title)
    for i, line in enumerate(lines):
        yield _text(x + 8, y + 18 + LINE * (i + 1), 'font-size="11"', line)


def _text(x: float, y: float, style: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style} fill="#1d2730">{escape(text)}</text>'


def room_table() -> str:
    """Table of the packages, floor by floor."""
    lines = ["| floor | package | holds |", "| --- | --- | --- |"]
    number = 0
    for floor in floors():
        packages = [room for room in floor.rooms if (ROOT / room).is_dir()]
        number += bool(packages)
        for room in packages:
            inside = [Package(file.parent) for file in sorted((ROOT / room).rglob("*/__init__.py"))]
            lines += [f"| {number} | `{room}` | {purpose(room)} |"]
            lines += [f"| | `{one.title}` | {one.summary.rstrip('.')} |" for one in inside]
    return "\n".join(lines)


def contract_list() -> str:
    """List of the contracts by their names, and of what no layer names."""
    lines = [f"- {one['name'].rstrip('.')}." for one in contracts()]
    layered = {room for floor in floors() for room in floor.rooms}
    here = {file.stem for file in ROOT.glob("*.py")} | {file.parent.name for file in ROOT.glob("*/__init__.py")}
    outside = sorted(here - layered - {"__init__"})
    if outside:
        lines.append(f"- On no floor: {', '.join(f'`{name}`' for name in outside)}.")
    return "\n".join(lines)


def page() -> str:
    """Text of the page with its lists renewed."""
    text = PAGE.read_text(encoding="utf-8")
    for name, made in (("contracts", contract_list()), ("packages", room_table())):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"{PAGE} lacks {begin.strip()} or {end} around the list of {name}.")
        text = before + begin + "\n" + made + "\n\n" + end + after
    return text


def main() -> int:
    """Write the two files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is out of date")
    check = parser.parse_args().check
    stale = 0
    for path, made in ((PICTURE, picture()), (PAGE, page())):
        if path.is_file() and path.read_text(encoding="utf-8") == made:
            continue
        if check:
            stale += 1
            place = path.relative_to(REPOSITORY)
            print(f"{place} is not as the contracts say: run python scripts/docs/architecture.py", file=sys.stderr)
        else:
            path.write_text(made, encoding="utf-8")
    return int(stale > 0)


if __name__ == "__main__":
    raise SystemExit(main())
