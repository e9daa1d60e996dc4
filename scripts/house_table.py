"""Print how the house stands: floors, files and folders by size, circles, imports inside functions.

Run ``python scripts/house_table.py`` in the root of the repository, before and after a change of its layout.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path

import grimp

PACKAGE = "napari_crystalseg"
SOURCE = Path("src") / PACKAGE
LONGEST_FILE, LONGEST_FUNCTION, MOST_ENTRIES = 400, 100, 15


def lines(path: Path) -> int:
    """Count the lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def entries(folder: Path) -> int:
    """Count what lies in a folder, caches aside."""
    return sum(1 for one in folder.iterdir() if one.name != "__pycache__")


def functions(path: Path) -> list[tuple[int, str]]:
    """Return the lines of each function of a file, with its name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{path.stem}.{node.name}")
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def imports(path: Path) -> tuple[int, int]:
    """Count relative imports of a file, and those of them that stand in functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    return len(found), sum(id(node) in inside for node in found)


def circles() -> int:
    """Count the packages whose parts import each other in a circle."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    packages = [name for name in sorted(graph.modules) if graph.find_children(name)]
    return sum(bool(graph.nominate_cycle_breakers(package)) for package in packages)


def listed(found: Iterable[tuple[int, str]]) -> str:
    """Return names with their numbers, in a line."""
    return ", ".join(f"{name} {number}" for number, name in found)


def main() -> None:
    """Print the table."""
    files = sorted(SOURCE.rglob("*.py"))
    folders = [SOURCE, *(one for one in sorted(SOURCE.rglob("*")) if one.is_dir() and (one / "__init__.py").exists())]
    sizes = {path: lines(path) for path in files}
    modules = [n for path, n in sizes.items() if path.name != "__init__.py"]
    long_files = {path: n for path, n in sizes.items() if n > LONGEST_FILE}
    full = {folder: n for folder in folders if (n := entries(folder)) > MOST_ENTRIES}
    long_functions = sorted(
        (one for path in files for one in functions(path) if one[0] > LONGEST_FUNCTION), reverse=True
    )
    counted = [imports(path) for path in files]
    rows = [
        ("files", len(files), ""),
        ("lines", sum(sizes.values()), ""),
        ("lines of the median module", round(statistics.median(modules)), ""),
        (
            f"files over {LONGEST_FILE} lines",
            len(long_files),
            listed((n, p.stem) for p, n in long_files.items()),
        ),
        (f"folders over {MOST_ENTRIES} entries", len(full), listed((n, f.name) for f, n in full.items())),
        (
            f"functions over {LONGEST_FUNCTION} lines",
            len(long_functions),
            listed(long_functions),
        ),
        ("packages with a circle", circles(), ""),
        ("relative imports in functions", sum(b for _, b in counted), f"of {sum(a for a, _ in counted)}"),
    ]
    for name, value, remark in rows:
        print(f"{name:34} {value:6}  {remark}".rstrip(), file=sys.stdout)


if __name__ == "__main__":
    main()
