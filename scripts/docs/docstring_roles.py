"""References in docstrings, which are written with Sphinx's roles, as links of the site."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, NameResolutionError, Object

_ROLE = re.compile(r":(?:class|func|meth|data|mod|attr|exc):`(~?)([\w.]+)`")


class DocstringRoles(Extension):
    """Turn ``:class:`~package.module.Name``` into a link, or into code where the site has no such place."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Rewrite the docstring of an object that was just loaded."""
        if obj.docstring is None or ":`" not in obj.docstring.value:
            return

        def link(role: re.Match[str]) -> str:
            short, target = role.groups()
            shown = target.rpartition(".")[2] if short else target.lstrip(".")
            return f'<autoref identifier="{_place_of(target, obj)}" optional><code>{shown}</code></autoref>'

        obj.docstring.value = _ROLE.sub(link, obj.docstring.value)


def _place_of(target: str, obj: Object) -> str:
    """Dotted name of ``target``: given in full, from a package (``.module.Name``), or as seen where it is written."""
    named = target.lstrip(".")
    levels = len(target) - len(named)
    if levels:
        base = obj.module if obj.module.is_init_module else obj.module.parent
        for _ in range(levels - 1):
            base = base.parent if base is not None else None
        return named if base is None else f"{base.path}.{named}"
    first, dot, rest = named.partition(".")
    if first == obj.package.name:
        return named
    try:
        return obj.resolve(first) + dot + rest
    except NameResolutionError:
        return named
