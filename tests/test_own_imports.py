"""Every module of the package that is imported is there, also where it is imported in a function that no test calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

PACKAGE = "napari_crystalseg"
ROOT = Path(__file__).parent.parent


def is_there(module: str) -> bool:
    place = (ROOT / "src").joinpath(*module.split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the modules of the package that a file imports from, each with its line."""
    within = ".".join(path.relative_to(ROOT / "src").parent.parts) if (ROOT / "src") in path.parents else ""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            module = resolve_name(name, within) if node.level and within else name
            if module.partition(".")[0] == PACKAGE:
                yield node.lineno, module
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names if one.name.startswith(f"{PACKAGE}."))


def test_what_is_imported_of_the_package_is_there():
    paths = [path for part in ("src", "tests", "scripts", "benchmarks") for path in (ROOT / part).rglob("*.py*")]
    files = [path for path in paths if path.suffix in (".py", ".pyi")]
    absent = [
        f"{path.relative_to(ROOT)}:{line} {module}"
        for path in files
        for line, module in imported(path)
        if not is_there(module)
    ]
    assert files
    assert not absent
