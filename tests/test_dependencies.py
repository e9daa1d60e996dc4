"""What is imported is declared, what is declared is imported, and what was tried together is pinned."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PRODUCT_EXTRAS = ("astra", "blender", "gpu", "testing")
"""Extras that the package itself imports, where they are installed."""
ELSEWHERE = {"astra-toolbox": "astra", "bpy": "bpy", "cufinufft": "cufinufft", "cupy-cuda12x": "cupy"}
"""Modules of the extras, which need not be installed where the tests run."""
NOT_DECLARED = {"tomopy": "is on no package index, and used where conda installed it"}
NOT_IMPORTED = {
    "numcodecs": "unpacks what zarr reads; damaged and hostile files were tried with this version",
}


def names_of(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


DECLARED = names_of(PROJECT["dependencies"])
EXTRAS = set().union(*(names_of(PROJECT["optional-dependencies"][extra]) for extra in PRODUCT_EXTRAS))


@cache
def imported() -> dict[str, str]:
    """Modules of others that the package imports, at the top of files or in functions; each with one place."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "src").rglob("*.py*")):
        if path.suffix not in (".py", ".pyi"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import():
                    modules = [alias.name for alias in node.names]
                case ast.ImportFrom(level=0, module=str(module)):
                    modules = [module]
                case ast.Call(
                    func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"),
                    args=[ast.Constant(value=str(module)), *_],
                ):
                    modules = [module]
                case _:
                    continue
            for module in modules:
                found.setdefault(module.partition(".")[0], f"{path.relative_to(ROOT)}:{node.lineno}")
    return {name: place for name, place in found.items() if name not in sys.stdlib_module_names}


@cache
def modules_of(name: str) -> set[str]:
    """Top-level modules of a distribution."""
    if name in ELSEWHERE:
        return {ELSEWHERE[name]}
    try:
        record = distribution(name).read_text("RECORD") or ""
    except PackageNotFoundError:
        pytest.fail(f"{name} is declared and not installed")
    # Of PIL/Image.py,sha256=…,2043 and of six.py,sha256=…,34 the first word; reading all as paths takes seconds.
    return set(re.findall(r"^(\w+)(?:/[^,\n]*)?\.py,", record, re.M))


def test_what_is_imported_is_declared():
    known = set().union(*map(modules_of, DECLARED | EXTRAS), NOT_DECLARED)
    missing = {module: place for module, place in imported().items() if module not in known}
    assert not missing, "add to the dependencies of pyproject.toml"


def test_what_is_declared_is_imported():
    idle = {name for name in DECLARED | EXTRAS if not modules_of(name) & set(imported())}
    assert idle == set(NOT_IMPORTED), "drop from the dependencies of pyproject.toml"


def test_torch_and_nnunet_are_requirements_and_qt_is_none():
    assert {"torch", "nnunetv2", "napari", "magicgui"} <= DECLARED
    assert not DECLARED & {"pyqt5", "pyqt6", "pyside2", "pyside6"}


@pytest.mark.parametrize("extra", ["", *sorted(set(PROJECT["optional-dependencies"]) - {"gpu"})])
def test_versions_that_were_tried_are_pinned_and_are_allowed(extra):
    lines = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M))
    for requirement in map(Requirement, lines):
        name = canonicalize_name(requirement.name)
        assert name in pins, f"{name} is in no line of constraints.txt; run scripts/write_constraints.py"
        assert requirement.specifier.contains(pins[name], prereleases=True), name
