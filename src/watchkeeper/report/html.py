"""A document as one HTML file: complete in itself, no script, nothing fetched, fit for a screen, the dark and A4 paper.

Its own policy (CSP Level 3, in a meta element) forbids everything but the one style sheet inside it, by digest, so that a text from
a ticket which got past the escaping could still load and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection
from functools import lru_cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from watchkeeper.report.document import Document, Lead, Lines, Section
from watchkeeper.report.drawing import WIDE, cut, draw_shares, draw_trend
from watchkeeper.report.html_cells import PORTALS, Cells, as_it_is, dress, nothing
from watchkeeper.report.line_drawing import described, draw_lines, mark_path
from watchkeeper.report.neutralise import guard_line, plain
from watchkeeper.report.small_drawing import HEIGHT, WIDTH, draw_multiples
from watchkeeper.report.squares import SIGNS, seen
from watchkeeper.report.strip_drawing import described_strip, draw_strip, spot_path
from watchkeeper.report.texts import Texts
from watchkeeper.report.width import width

_PAGE: Final = Path(__file__).parent / "page"
_TITLE: Final = 11.0
_LEAD: Final = 7.5
"""About the width of a column of a title's and of a lead's letters, in pixels of a style sheet."""
_FREE: Final = 18
"""Columns of leads that have room in 9rem."""
_WINDOW: Final = 600


def render(document: Document, *, texts: Texts, hosts: Collection[str] = frozenset()) -> str:
    """The document as HTML. A ticket is a link where its address is https at one of `hosts` or of Microsoft's portals, else text."""
    style = Markup(style_sheet())  # noqa: S704 - our own file
    page = environment().get_template("page.html")
    return written(page, texts, hosts, document=document, policy=policy(), style=style)


def written(
    page: Template,
    texts: Texts,
    hosts: Collection[str],
    /,
    *,
    rooted: Callable[[str], str] = as_it_is,
    in_place: Callable[[str], str] = nothing,
    zooming: Callable[[Lines], str] = nothing,
    **values: object,
) -> str:
    """A template of an `environment` with what the macros of page.html ask for besides, as lines that no runner takes for commands.
    `rooted` and `in_place` as Cells has them; `zooming`: what a page with scripts has more, the data of a picture of lines."""
    cells = Cells(PORTALS | {host.casefold() for host in hosts}, rooted, in_place)
    rendered = page.render(
        language=texts.language,
        wide=WIDE,
        say=texts.say,
        mark_heading=texts.say("column.mark"),
        address=cells.place,
        boosted=cells.boosted,
        zooming=zooming,
        is_outside=lambda link: not isinstance(link, Lead),
        kind_of=lambda block: type(block).__name__,
        draw_shares=draw_shares,
        draw_trend=draw_trend,
        draw_lines=draw_lines,
        draw_multiples=lambda chart: draw_multiples(chart, texts),
        small=(WIDTH, HEIGHT),
        mark_path=mark_path,
        described=lambda chart: described(chart, texts),
        seen=seen,
        sign_of=SIGNS.__getitem__,
        draw_strip=draw_strip,
        cut=cut,
        beside=_fits_beside,
        dress=dress,
        spot_path=spot_path,
        described_strip=lambda strip: described_strip(strip, texts),
        cell=cells.cell,
        rows=cells.rows,
        **values,
    )
    return "\n".join(guard_line(line) for line in rendered.splitlines()) + "\n"


@lru_cache(maxsize=1)
def policy() -> str:
    """What the page may do: apply its own style sheet."""
    digest = base64.b64encode(hashlib.sha256(style_sheet().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1)
def style_sheet() -> str:
    """How every page of ours looks."""
    return (_PAGE / "style.css").read_text(encoding="utf-8")


@lru_cache(maxsize=4)
def environment(folder: Path | None = None) -> Environment:
    """Templates of the reports, and of a folder whose pages extend page.html. Every expression passes `plain` and then the
    escaping, so that no place of a template can forget either; what is written without a template passes `inert`."""
    return Environment(
        loader=FileSystemLoader([_PAGE] if folder is None else [folder, _PAGE]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        keep_trailing_newline=False,
    )


def _fits_beside(section: Section) -> bool:
    """Whether what a section leads to has room to the right of its title in a window of 40rem, where titles leave 9rem free."""
    leads = width(" ".join(each.text for each in section.leads))
    return leads <= _FREE or width(section.title) * _TITLE + leads * _LEAD <= _WINDOW


def _shown(value: object) -> object:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
