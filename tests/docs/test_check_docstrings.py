"""The check of docstrings finds what is missing in a few lines of Python, and nothing where nothing is."""

from __future__ import annotations

import ast
import importlib.util
import textwrap
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check_docstrings.py"
_spec = importlib.util.spec_from_file_location("check_docstrings", SCRIPT)
check = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check)


def found(source: str, path: str = "some/module.py") -> list[str]:
    """Complaints about a module with these lines, without the places."""
    tree = ast.parse('"""A module."""\n' + textwrap.dedent(source))
    return [one.split(" ", 1)[1] for one in check.complaints(Path(path), tree, check.documented_methods([tree]))]


def with_parameter(text: str, annotation: str = "NDArray[np.float64]") -> list[str]:
    """Complaints about a function of one parameter, documented by this text."""
    body = textwrap.indent(f'"""Do.\n\nParameters\n----------\n{text}\n"""', "    ")
    return found(f"def do(mu: {annotation}) -> None:\n{body}\n")


def test_docstrings_must_be_there() -> None:
    source = '''
    def bare(): ...
    def _own(): ...
    class Bare:
        def method(self): ...
        def mousePressEvent(self, event): ...
    class Base:
        """A base."""
        def told(self):
            """Told here."""
    class Heir(Base):
        """An heir."""
        def told(self): ...
        @property
        def untold(self): ...
        @untold.setter
        def untold(self, value): ...
    '''
    assert found(source) == [
        "Bare has no docstring",
        "bare has no docstring",
        "Bare.method has no docstring",
        "Heir.untold has no docstring",
    ]
    assert [*check.complaints(Path("a.py"), ast.parse("x = 1"), set())] == ["a.py:1 the module has no docstring"]


@pytest.mark.parametrize(
    "text",
    [
        "mu : float64 (5,)\n    Coefficients, 1/µm.",
        "mu : int64 (point, 3)\n    Places.",
        "mu : ndarray of float, shape (z / 8 + 1, y)\n    Voxel values.",
        "mu : ndarray\n    Voxel values, axes (z, y, x).",
        "mu : array_like, any shape\n    Voxel values.",
        "mu\n    As in :func:`other`.",
        "mu : as ``labels``\n    Voxel values.",
    ],
)
def test_forms_of_a_shape(text: str) -> None:
    assert with_parameter(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "mu : ndarray\n    Voxel values (NaN, where there are none).",
        "mu : ndarray\n    Reshaped voxel values.",
        "mu : ndarray\n    Voxel values, as usual.",
        "mu : (int) ndarray\n    Voxel values.",
    ],
)
def test_no_shape(text: str) -> None:
    assert with_parameter(text) == ["do does not say the shape of mu"]


@pytest.mark.parametrize("annotation", ["NDArray[np.int64] | None", "None | np.ndarray", "Optional[ArrayLike]"])
def test_arrays_that_may_be_absent_need_a_shape(annotation: str) -> None:
    assert with_parameter("mu : ndarray, optional\n    Voxel values.", annotation) == [
        "do does not say the shape of mu"
    ]


def test_what_holds_no_array_itself_needs_no_shape() -> None:
    assert with_parameter("mu : callable\n    Gives voxel values.", "Callable[[int], NDArray[np.float64]]") == []


def test_names_of_parameters() -> None:
    assert with_parameter("nu : float\n    Voxel values.", "float") == [
        "do documents nu, which is no parameter",
        "do does not document mu",
    ]
    source = '''
    class Some:
        """Some."""
        @staticmethod
        def do(first: int, second: int) -> None:
            """Do.

            Parameters
            ----------
            first,
            second : int
                Numbers.
            """
    '''
    assert found(source) == []


RAISING = "def do():\n    {}\n    raise InputError('No.')\n"


@pytest.mark.parametrize(
    ("docstring", "is_told"),
    [
        ('"""Do."""', False),
        ('"""Refuse all."""', True),
        ('"""Do.\n\n    Raises\n    ------\n    InputError\n    """', True),
    ],
)
def test_refusals_must_be_told(docstring: str, is_told: bool) -> None:
    missing = [] if is_told else ["do raises InputError and does not say so"]
    assert found(RAISING.format(docstring)) == missing
    # The docstring of a command is its help text.
    assert found(RAISING.format(docstring), "cli/commands/do.py") == []


@pytest.mark.parametrize(
    ("body", "raises"),
    [
        ("raise errors.InputError('No.')", True),
        ("raise ChoiceNeeded('Which?')", True),
        ("raise ValueError('No.')", False),
        ("def inner():\n    raise InputError('No.')", False),
        ("try:\n    raise InputError('No.')\nexcept InputError:\n    pass", False),
        ("try:\n    raise InputError('No.')\nexcept (OSError, ValueError) as error:\n    print(error)", False),
        ("try:\n    raise InputError('No.')\nexcept OSError:\n    pass", True),
        ("try:\n    raise InputError('No.')\nexcept InputError:\n    raise", True),
        ("try:\n    pass\nexcept InputError:\n    raise InputError('No.')", True),
        ("try:\n    pass\nexcept InputError:\n    pass\nelse:\n    raise InputError('No.')", True),
    ],
)
def test_what_counts_as_raising(body: str, raises: bool) -> None:
    source = 'def do():\n    """Do."""\n' + textwrap.indent(body, "    ")
    assert found(source) == (["do raises InputError and does not say so"] if raises else [])


def with_result(result: str, section: str = "") -> list[str]:
    """Complaints about a function of the front door with this result, and this section on it."""
    told = f"    Returns\n    -------\n    {section}\n" if section else ""
    body = f'    """Make.\n\n    Parameters\n    ----------\n    n : int\n        Of them.\n\n{told}    """'
    tree = ast.parse(f'"""A module."""\ndef make(n: int) -> {result}:\n{body}')
    found = check.complaints(Path("a.py"), tree, set(), {(Path("a.py"), "make")})
    return [one.split(" ", 1)[1] for one in found]


@pytest.mark.parametrize("result", ["None", "bool", "float"])
def test_plain_results_need_no_section(result: str) -> None:
    assert with_result(result) == []


@pytest.mark.parametrize("result", ["Labels", "tuple[int, str]", "'Labels | None'"])
def test_results_of_the_front_door_must_be_told(result: str) -> None:
    assert with_result(result) == ["make does not say what it returns"]
    assert with_result(result, "Labels\n        Those made.") == []


def test_elsewhere_several_results_alone_must_be_told() -> None:
    body = '"""Make.\n\n    Parameters\n    ----------\n    n : int\n        Of them.\n    """'
    assert found(f"def make(n: int) -> Labels:\n    {body}") == []
    assert found(f"def make(n: int) -> tuple[int, str]:\n    {body}") == ["make does not say what it returns"]
    assert found(f"def make(n: int) -> tuple[int, ...]:\n    {body}") == []


def test_arrays_that_are_returned_need_a_shape() -> None:
    assert with_result("NDArray[np.int64]", "ndarray\n        Counts.") == ["make does not say the shape of its result"]
    assert with_result("NDArray[np.int64]", "ndarray, shape (class,)\n        Counts.") == []


@pytest.mark.parametrize(
    ("field", "text", "has_unit"),
    [
        ("length_um: float", "How long.", True),
        ("length: float", "How long, µm.", True),
        ("length: float", "How long.", False),
        ("lengths: tuple[float, float]", "How long.", False),
        ("change: float | None", "Relative to the first.", True),
        ("lengths: NDArray[np.float64]", "How long.", True),
        ("n: int", "How many.", True),
        ("_length: float", "How long.", True),
    ],
)
def test_numbers_of_dataclasses_have_a_unit(field: str, text: str, has_unit: bool) -> None:
    name = field.partition(":")[0]
    doc = f'"""Some.\n\n    Parameters\n    ----------\n    {name} : float\n        {text}\n    """'
    missing = [] if has_unit else [f"Some.{name} has no unit, and nothing says so"]
    assert found(f"@dataclass(frozen=True)\nclass Some:\n    {doc}\n    {field}\n") == missing
    assert found(f"class Some:\n    {doc}\n    {field}\n") == []
