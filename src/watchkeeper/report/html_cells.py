"""Cells and rows of tables as HTML. No macros of a template: a page may have thousands of cells, and each call of one counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from watchkeeper.report.document import Cell, Lead, Link, Mark, Row, Table
from watchkeeper.report.neutralise import markdown_url, plain

PORTALS: Final = frozenset(
    {
        "portal.azure.com",
        "portal.azure.us",
        "portal.azure.cn",
        "security.microsoft.com",
        "security.microsoft.us",
        "admin.microsoft.com",
    }
)
"""Where incidents are looked at, in Microsoft's clouds (the portals that `incidentUrl` and `alertLink` lead to), and posts of the
Message center."""

_NUMBER: Final = Markup(' class="number"')
_SHORT: Final = Markup(' class="short"')
_WHEN: Final = Markup(' class="when"')
_PLAIN: Final = Markup("")


def inert(text: str) -> Markup:
    """What every expression of a template becomes."""
    return escape(plain(text))


def dress(value: Cell, numeric: bool) -> Markup:
    """What a cell's content asks of how it looks."""
    if numeric:
        return _NUMBER
    if not isinstance(value, str):
        return _PLAIN
    if len(value) <= 10:
        return _SHORT
    return _WHEN if len(value) <= 32 and value[4] == value[7] == "-" and value[10] == " " else _PLAIN


def as_it_is(url: str) -> str:
    return url


def nothing(part: object) -> str:  # noqa: ARG001
    """What pages without scripts have more."""
    return ""


@dataclass(frozen=True, slots=True)
class Cells:
    """How a page writes them. `hosts`: those to which the address of a ticket may lead, in lower case; `rooted`: an address of the page's
    own site as this page has to write it; `in_place`: what a script is told of a link to such an address that changes nothing but the
    page, else nothing."""

    hosts: Collection[str]
    rooted: Callable[[str], str] = as_it_is
    in_place: Callable[[str], str] = nothing

    def place(self, link: Link) -> str | None:
        """Where a link may lead, or None."""
        if isinstance(link, Lead):
            return self.rooted(link.url)
        url = markdown_url(link.url)
        parts = urlsplit(url) if url and link.text else None
        return url if parts is not None and parts.scheme == "https" and (parts.hostname or "") in self.hosts else None

    def boosted(self, link: Link) -> str:
        return self.in_place(self.rooted(link.url)) if isinstance(link, Lead) else ""

    def cell(self, value: Cell) -> Markup:
        """As a link where it is one that may lead somewhere."""
        if isinstance(value, str):
            return inert(value)
        place = self.place(value)
        if not place:
            return inert(value.text)
        boost = self.boosted(value)
        marked = f' hx-boost="{inert(boost)}"' if boost else ""
        outside = "" if isinstance(value, Lead) else ' rel="noreferrer noopener"'
        return Markup(f'<a href="{inert(place)}"{marked}{outside}>{inert(value.text)}</a>')  # noqa: S704 - each part is

    def rows(self, table: Table, mark: Callable[[Mark], Markup] | None) -> Markup:
        """The rows of a table, a line each and one for a note. `mark`: how a mark is written; None where no row has one."""
        signs = {each: f"<td>{mark(each)}</td>" for each in {row.mark for row in table.rows}} if mark else {}
        numeric = [column in table.numbers for column in range(len(table.headings))]
        rows = (line for row in table.rows for line in self._row(row, table, signs.get(row.mark, ""), numeric))
        return Markup("\n".join(rows))  # noqa: S704 - each part is

    def _row(self, row: Row, table: Table, sign: str, numeric: list[bool]) -> Iterator[str]:
        first, *others = (
            f"{dress(value, number)}>{self.cell(value)}" for value, number in zip(row.cells, numeric, strict=True)
        )
        begun = '<tr class="noted">' if row.note else "<tr>"
        yield f'{begun}{sign}<th scope="row"{first}</th>{"".join(f"<td{each}</td>" for each in others)}</tr>'
        if row.note:
            called = f'<span class="unseen">{inert(table.note_heading)}: </span>' if table.note_heading else ""
            under = "<td></td>" if sign else ""
            yield f'<tr class="note">{under}<td colspan="{len(numeric)}">{called}{inert(row.note)}</td></tr>'
