"""Parsing of text templates: a Jinja2 subset of substitutions and listed filters, by allow list.

Jinja2 parses; every node that is not on the allow list is refused with its line, and nothing is ever compiled or run by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from watchkeeper.mapping.names import Name, Shape
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.templates import DATE_PARTS, DIRECTIVE, Argument, Substitution, Template
from watchkeeper.model.nearest import suggest

SOURCE_LIMIT: Final = 8 * 1024
"""Characters of a template."""

_SINGLE_BRACES: Final = re.compile(r"\{\s*([a-z_]+(?:\.[a-z_]+)*)\s*\}")

FILTERS: Final[Mapping[str, tuple[type[str] | type[int], bool] | None]] = {
    "upper": None,
    "lower": None,
    "truncate": (int, True),
    "date": (str, False),
    "default": (str, True),
    "join": (str, True),
}
"""Each filter with the type of its one argument and whether it is required; None for a filter without."""

FILTER_MEANINGS: Final[Mapping[str, str]] = {
    "upper": "in capital letters",
    "lower": "in small letters",
    "truncate": "cut at so many characters: `truncate(80)`",
    "date": "a time in another form: `date('%Y-%m-%d %H:%M')`, with %Y %m %d %H %M",
    "default": "instead of an empty value: `default('none')`",
    "join": "a list as one text: `join(', ')`",
}


@dataclass(frozen=True, slots=True)
class TemplateFlaw:
    """Why a template is refused. `line` counts from 1 inside the text."""

    line: int
    message: str
    allowed: str = ""
    suggestion: str = ""


def parse_template(source: str, names: Mapping[str, Name]) -> tuple[Template | None, list[TemplateFlaw]]:
    """A template, or everything that is wrong with it."""
    if len(source) > SOURCE_LIMIT:
        return None, [TemplateFlaw(1, f"is a template of more than {SOURCE_LIMIT} characters")]
    try:
        tree = _tree(source)
    except TemplateSyntaxError as error:
        return None, [
            TemplateFlaw(error.lineno, f"is no template: {error.message}", "{{ name }} or {{ name | filter }}")
        ]
    except RecursionError:
        return None, [TemplateFlaw(1, "is a template that nests too deeply")]
    walker = _Walker(names)
    parts = tuple(part for node in tree.body for part in walker.statement(node))
    return (None if walker.flaws else Template(parts, names)), walker.flaws


@lru_cache(maxsize=256)
def _tree(source: str) -> nodes.Template:
    """What Jinja2 reads in a text, which the check and the compiler walk with different names, and neither changes."""
    return Environment(keep_trailing_newline=True, autoescape=True).parse(source)


class _Walker:
    """Turns Jinja2's nodes into parts, refusing every node that is not on the allow list."""

    def __init__(self, names: Mapping[str, Name]) -> None:
        self.names = names
        self.flaws: list[TemplateFlaw] = []

    def statement(self, node: nodes.Node) -> list[str | Substitution]:
        if not isinstance(node, nodes.Output):
            self.refuse(node, "statements ({% … %}) are not part of the template language")
            return []
        return [part for child in node.nodes for part in self.output(child)]

    def output(self, node: nodes.Node) -> list[str | Substitution]:
        if isinstance(node, nodes.TemplateData):
            self.check_braces(node)
            return [node.data]
        filters: list[tuple[str, tuple[Argument, ...]]] = []
        while isinstance(node, nodes.Filter) and node.node is not None:
            filters.append((node.name, self.arguments(node)))
            node = node.node
        name = _dotted(node)
        if name is None:
            self.refuse(node, f"{_construct(node)} is not part of the template language")
            return []
        if name not in self.names:
            flaw = f"uses the unknown name {name!r}"
            self.flaws.append(TemplateFlaw(node.lineno, flaw, listed(self.names), suggest(name, self.names)))
            return []
        filters.reverse()
        self.check_shape(node, name, filters)
        return [Substitution(name, tuple(filters))]

    def arguments(self, node: nodes.Filter) -> tuple[Argument, ...]:
        if node.name not in FILTERS:
            flaw = f"uses the unknown filter {node.name!r}"
            self.flaws.append(TemplateFlaw(node.lineno, flaw, listed(FILTERS), suggest(node.name, FILTERS)))
            return ()
        given = tuple(argument.value for argument in node.args if isinstance(argument, nodes.Const))
        expected = FILTERS[node.name]
        if len(given) != len(node.args) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            self.refuse(node, f"filter {node.name!r} takes a plain text or number", FILTER_MEANINGS[node.name])
        elif not _fits(given, expected):
            self.refuse(node, f"filter {node.name!r} has the wrong arguments", FILTER_MEANINGS[node.name])
        elif node.name == "date" and not _is_date_format(str(given[0]) if given else "%Y"):
            self.refuse(node, f"filter 'date' has an unknown format {given[0]!r}", FILTER_MEANINGS["date"])
        return given

    def check_shape(self, node: nodes.Node, name: str, filters: list[tuple[str, tuple[Argument, ...]]]) -> None:
        """`join` and `date` on a value that is neither list nor time would do nothing, which nobody wants to find out late."""
        shape = self.names[name].shape
        for filter_, needed in (("join", Shape.LIST), ("date", Shape.TIME)):
            if any(used == filter_ for used, _ in filters) and shape is not needed:
                self.refuse(node, f"{name!r} is no {needed.value}, so filter {filter_!r} does not apply to it")

    def check_braces(self, node: nodes.TemplateData) -> None:
        """A known name in single braces would stand in every ticket as it is written."""
        for found in _SINGLE_BRACES.finditer(node.data):
            if found[1] in self.names:
                self.refuse(node, f"has {found[0]!r}, which stays as it is", allowed=f"{{{{ {found[1]} }}}}")

    def refuse(self, node: nodes.Node, message: str, allowed: str = "{{ name }} or {{ name | filter }}") -> None:
        self.flaws.append(TemplateFlaw(node.lineno, message, allowed))


def _is_date_format(form: str) -> bool:
    return all(found[1] in DATE_PARTS for found in DIRECTIVE.finditer(form))


def _fits(given: tuple[object, ...], expected: tuple[type[str] | type[int], bool] | None) -> bool:
    if expected is None:
        return not given
    kind, required = expected
    if not given:
        return not required
    return len(given) == 1 and type(given[0]) is kind and (not isinstance(given[0], int) or given[0] > 0)


def _dotted(node: nodes.Node | None) -> str | None:
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            before = _dotted(node.node)
            return None if before is None else f"{before}.{node.attr}"
        case _:
            return None


def _construct(node: nodes.Node) -> str:
    return f"a {type(node).__name__.lower()} expression"
