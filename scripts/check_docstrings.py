"""Check that public docstrings say what they must: parameters, results, shapes of arrays, units, and what is refused.

A docstring of one sentence may stand alone where names and annotations say the rest. One with sections (numpydoc) must
name the parameters as the signature does and state the shape or the axes of every array among them. What a function
itself refuses with an :class:`InputError` its docstring must say. Several results at once have a section Returns, and
so has every result of the front door, the names that the package itself exports. A dataclass's numbers have their unit
in the name or in the docstring, or a word that says that there is none. Methods may inherit their docstring; handlers
of Qt's events need none, and commands, whose docstring is the help text, need not say there what they refuse.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SOURCE = Path("src/napari_crystalseg")
_SECTION = re.compile(
    r"^( *)(Parameters|Returns|Raises|Yields|Attributes|Notes|References|Examples|See Also)\n\1-{4,}\n", re.M
)
# In a type, any tuple is a shape: int64 (point, 3). In a sentence, it must begin with an axis.
_TUPLE = re.compile(r"\([\w*/+\-. ]+,[\w*/+\-., ]*\)")
_AXES = re.compile(
    r"\bshapes?\b|\((angle|frame|image|row|z|y|x|N|n|H|W|reflection|direction|column|voxel|point|ray|slice)\b"
)
_AS_ANOTHER = re.compile(r"(.*, )?as (in|for|of|given|:|`)", re.I)
_ARRAY = re.compile(r"(?:^|\| |Optional\[|Union\[(?:.*, )?)(?:\w+\.)?(?:NDArray|ndarray|Array|ArrayLike)\b")
# A part of a name, or words in a docstring, that give a number its unit or say that it has none.
_UNIT_IN_NAME = re.compile(
    r"_(u?m|um[23]|mm|nm|px2?|deg|u?rad|s|seconds|minutes|hours|k?ev|angstrom|bytes|voxels|per|g|cm3|molar|percent"
    r"|share|fraction|ratio|factor|weight)(_|$)"
)
_UNIT = re.compile(
    r"µm|µrad|Å|°|%|−ln T|\b(nm|mm|keV|eV|mol|M|px|s|ms|pixels?|voxels?|degrees?|radians?|seconds?|minutes?|hours?"
    r"|bytes?|counts?|photons?|units?|standard deviations|radii|fractions?|shares?|ratios?|parts?|probabilit(y|ies)"
    r"|chances?|correlations?|factors?|weights?|multiples?|times|relative|log-normal|transmission|Dice|rate|score|exponent"
    r"|unit vectors?|how many|number of|gain)\b|\b0\b.*\b1\b",
    re.I | re.S,
)
_NUMBER = re.compile(r"\bfloat\b")
_PLAIN_RESULTS = {"None", "bool", "str", "int", "float", "Self", "NoReturn"}
_QT_HANDLER = re.compile(r"[a-z]+[A-Z]")
_REFUSALS = {"InputError", "ChoiceNeeded"}
_CATCHERS = _REFUSALS | {"CrystalSegError", "ValueError", "Exception", "BaseException"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """Yield the public classes of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node


def public_functions(tree: ast.Module) -> Iterator[tuple[str, Function, ast.ClassDef | None]]:
    """Yield the public functions of a module and the public methods of its public classes, with where they stand."""
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node.name, node, None
    for owner in public_classes(tree):
        for method in owner.body:
            if isinstance(method, Function) and not method.name.startswith("_"):
                yield f"{owner.name}.{method.name}", method, owner


def documented_methods(trees: Iterable[ast.Module]) -> set[str]:
    """Return the methods with a docstring, as ``Class.method``: those that subclasses may inherit it from."""
    return {
        name for tree in trees for name, method, owner in public_functions(tree) if owner and ast.get_docstring(method)
    }


def sections(docstring: str) -> dict[str, str]:
    """Return the text of each numpydoc section."""
    found = list(_SECTION.finditer(docstring))
    ends = [*(one.start() for one in found[1:]), len(docstring)]
    return {one[2]: docstring[one.end() : end] for one, end in zip(found, ends, strict=False)}


def documented_parameters(section: str) -> dict[str, str]:
    """Return the text of each parameter, its type on the first line; names that share an entry share the text."""
    indent = len(section) - len(section.lstrip(" "))
    found: dict[str, str] = {}
    names: list[str] = []
    # A list of names may go on over the line.
    for line in re.sub(r",\n\s*", ", ", section).splitlines():
        if line.strip() and len(line) - len(line.lstrip(" ")) == indent:
            head, _, kind = line.strip().partition(" : ")
            names = [name.strip().lstrip("*") for name in head.split(",")]
            found |= dict.fromkeys(names, kind)
        else:
            found |= {name: f"{found[name]}\n{line.strip()}" for name in names}
    return found


def says_shape(text: str) -> bool:
    """Whether the text of a parameter gives a shape or axes, or says that it is as another is."""
    kind, _, told = text.partition("\n")
    return bool(_TUPLE.search(kind) or _AXES.search(text) or _AS_ANOTHER.match(kind) or _AS_ANOTHER.match(told))


def is_array(annotation: ast.expr | None) -> bool:
    """Whether a parameter is an array, or may be."""
    return annotation is not None and bool(_ARRAY.search(ast.unparse(annotation).strip("'\"")))


def is_number(annotation: ast.expr) -> bool:
    """Whether a field is a number, or several that are no array."""
    kind = ast.unparse(annotation)
    return bool(_NUMBER.search(kind)) and "Array" not in kind and "Callable" not in kind


def front_door() -> set[tuple[Path, str]]:
    """Return the names that the package itself exports, each with the file that it is defined in."""
    stub = ast.parse((SOURCE / "__init__.pyi").read_text(encoding="utf-8"))
    return {
        (SOURCE.joinpath(*(node.module or "").split(".")).with_suffix(".py"), one.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for one in node.names
    }


def needs_returns(function: Function, docstring: str, *, exported: bool) -> bool:
    """Whether a docstring with sections must say more of the result than its first line does."""
    written = sections(docstring + "\n")
    is_property = any("property" in name for one in function.decorator_list for name in names_in(one))
    if is_property or function.returns is None or not written or {"Returns", "Yields"} & written.keys():
        return False
    result = ast.unparse(function.returns).strip("'\"")
    several = result.startswith("tuple[") and "..." not in result and "Parameters" in written
    return several or (exported and result not in _PLAIN_RESULTS)


def without_unit(owner: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """Yield the fields of a dataclass that are numbers of which nothing says the unit."""
    if not any("dataclass" in names_in(one) for one in owner.decorator_list):
        return
    docstring = (ast.get_docstring(owner) or "") + "\n"
    prose = _SECTION.split(docstring)[0]
    told = documented_parameters(sections(docstring).get("Parameters", " "))
    for field in owner.body:
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        name = field.target.id
        if name.startswith("_") or not is_number(field.annotation) or _UNIT_IN_NAME.search(f"_{name}"):
            continue
        if not _UNIT.search(told.get(name, "")) and not _UNIT.search(prose):
            yield field


def names_in(node: ast.AST | None) -> set[str]:
    """Return the names and attributes in an expression."""
    inside = ast.walk(node) if node is not None else ()
    return {getattr(one, "attr", getattr(one, "id", "")) for one in inside}


def catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler keeps an InputError: it takes it, and does not raise it again."""
    takes = handler.type is None or names_in(handler.type) & _CATCHERS
    again = any(
        isinstance(one, ast.Raise) and (one.exc is None or (handler.name and handler.name in names_in(one.exc)))
        for one in ast.walk(handler)
    )
    return bool(takes) and not again


def raises_input_error(node: ast.AST) -> bool:
    """Whether a function itself raises InputError: not one inside it, and not where it catches it."""
    if isinstance(node, ast.Raise):
        return isinstance(node.exc, ast.Call) and bool(names_in(node.exc.func) & _REFUSALS)
    parts = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Try) and any(catches(handler) for handler in node.handlers):
        parts = [*node.handlers, *node.orelse, *node.finalbody]
    inner = (*Function.__args__, ast.Lambda, ast.ClassDef)
    return any(raises_input_error(part) for part in parts if not isinstance(part, inner))


def needs_docstring(function: Function, owner: ast.ClassDef | None, documented: set[str]) -> bool:
    """Whether a function must have a docstring of its own."""
    if any(names_in(one) & {"overload", "override", "setter", "deleter"} for one in function.decorator_list):
        return False
    if owner is None:
        return True
    bases = {name for base in owner.bases for name in names_in(base)}
    return not _QT_HANDLER.match(function.name) and not any(f"{base}.{function.name}" in documented for base in bases)


def complaints(
    path: Path, tree: ast.Module, documented: set[str], exported: set[tuple[Path, str]] = frozenset()
) -> Iterator[str]:
    """Yield what is missing in a file, a line each."""
    if not ast.get_docstring(tree):
        yield f"{path}:1 the module has no docstring"
    for owner in public_classes(tree):
        if not ast.get_docstring(owner):
            yield f"{path}:{owner.lineno} {owner.name} has no docstring"
        for field in without_unit(owner):
            yield f"{path}:{field.lineno} {owner.name}.{ast.unparse(field.target)} has no unit, and nothing says so"
    for name, function, in_class in public_functions(tree):
        place = f"{path}:{function.lineno} {name}"
        docstring = ast.get_docstring(function)
        if not docstring:
            if needs_docstring(function, in_class, documented):
                yield f"{place} has no docstring"
            continue
        yield from (f"{place} {fault}" for fault in faults(function, docstring, method=in_class is not None))
        told = sections(docstring + "\n").get("Returns")
        if told is not None and is_array(function.returns) and not says_shape(told.strip()):
            yield f"{place} does not say the shape of its result"
        if needs_returns(function, docstring, exported=(path, name.partition(".")[0]) in exported):
            yield f"{place} does not say what it returns"
        is_command = "commands" in path.parts
        if not is_command and raises_input_error(function) and not re.search(r"[Rr]efuse|InputError", docstring):
            yield f"{place} raises InputError and does not say so"


def faults(function: Function, docstring: str, *, method: bool) -> Iterator[str]:
    """Yield what is wrong with the parameters in a docstring."""
    section = sections(docstring + "\n").get("Parameters")
    if section is None:
        return
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    if method and not any("staticmethod" in names_in(one) for one in function.decorator_list):
        arguments = arguments[1:]
    known = {one.arg for one in arguments} | {one.arg for one in (function.args.vararg, function.args.kwarg) if one}
    documented = documented_parameters(section)
    for name in documented.keys() - known:
        yield f"documents {name}, which is no parameter"
    for one in arguments:
        if one.arg not in documented:
            if one.arg != "progress":
                yield f"does not document {one.arg}"
        elif is_array(one.annotation) and not says_shape(documented[one.arg]):
            yield f"does not say the shape of {one.arg}"


def main() -> int:
    """Print what is missing; 1 where something is."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
    documented, exported = documented_methods(trees.values()), front_door()
    found = [one for path, tree in trees.items() for one in complaints(path, tree, documented, exported)]
    if found:
        print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
