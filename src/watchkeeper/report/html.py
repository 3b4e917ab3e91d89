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
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from watchkeeper.report.document import Cell, Document, Lead, Link, Section
from watchkeeper.report.drawing import WIDE, cut, draw_shares, draw_trend
from watchkeeper.report.line_drawing import described, draw_lines, mark_path
from watchkeeper.report.neutralise import guard_line, markdown_url, plain
from watchkeeper.report.small_drawing import HEIGHT, WIDTH, draw_multiples
from watchkeeper.report.squares import SIGNS, seen
from watchkeeper.report.strip_drawing import described_strip, draw_strip, spot_path
from watchkeeper.report.texts import Texts
from watchkeeper.report.width import width

_PAGE: Final = Path(__file__).parent / "page"
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

_TITLE: Final = 11.0
_LEAD: Final = 7.5
"""About the width of a column of a title's and of a lead's letters, in pixels of a style sheet."""
_FREE: Final = 18
"""Columns of leads that have room in 9rem."""
_WINDOW: Final = 600

_NUMBER: Final = Markup(' class="number"')
_SHORT: Final = Markup(' class="short"')
_WHEN: Final = Markup(' class="when"')
_PLAIN: Final = Markup("")


def render(document: Document, *, texts: Texts, hosts: Collection[str] = frozenset()) -> str:
    """The document as HTML. A ticket is a link where its address is https at one of `hosts` or of Microsoft's portals, else text."""
    style = Markup(style_sheet())  # noqa: S704 - our own file
    page = environment().get_template("page.html")
    return written(page, texts, hosts, document=document, policy=policy(), style=style)


def written(page: Template, texts: Texts, hosts: Collection[str], /, **values: object) -> str:
    """A template of an `environment` with what the macros of page.html ask for besides, as lines that no runner takes for commands.
    Among the values may be what a page with scripts has more: `zooming`, the data of a picture of lines, and `staying`, whether a link
    only changes its own page."""
    known = PORTALS | {host.casefold() for host in hosts}
    more: dict[str, Any] = {"zooming": _nothing, "staying": _nothing, **values}
    rendered = page.render(
        language=texts.language,
        wide=WIDE,
        say=texts.say,
        mark_heading=texts.say("column.mark"),
        address=lambda link: _address(link, known),
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
        dress=_dress,
        spot_path=spot_path,
        described_strip=lambda strip: described_strip(strip, texts),
        cell=lambda value: _cell(value, known, more["staying"]),
        **more,
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
    escaping, so that no place of a template can forget either."""
    return Environment(
        loader=FileSystemLoader([_PAGE] if folder is None else [folder, _PAGE]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        keep_trailing_newline=False,
    )


def _dress(value: Cell, numeric: bool) -> Markup:
    """What a cell's content asks of how it looks. Not a macro, for a page may have thousands of cells."""
    if numeric:
        return _NUMBER
    if not isinstance(value, str):
        return _PLAIN
    if len(value) <= 10:
        return _SHORT
    return _WHEN if len(value) <= 32 and value[4] == value[7] == "-" and value[10] == " " else _PLAIN


def _cell(value: Cell, known: Collection[str], staying: Callable[[Link], str]) -> Markup | str:
    """A cell, or another value, as a link where it is one that may lead somewhere. Not a macro, either."""
    if isinstance(value, str):
        return value
    place = _address(value, known)
    if not place:
        return value.text
    stay = staying(value)
    boost = f' hx-boost="{_inert(stay)}"' if stay else ""
    outside = "" if isinstance(value, Lead) else ' rel="noreferrer noopener"'
    return Markup(f'<a href="{_inert(place)}"{boost}{outside}>{_inert(value.text)}</a>')  # noqa: S704 - each part is


def _inert(text: str) -> Markup:
    """What every expression of a template becomes."""
    return escape(plain(text))


def _fits_beside(section: Section) -> bool:
    """Whether what a section leads to has room to the right of its title in a window of 40rem, where titles leave 9rem free."""
    leads = width(" ".join(each.text for each in section.leads))
    return leads <= _FREE or width(section.title) * _TITLE + leads * _LEAD <= _WINDOW


def _shown(value: object) -> object:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _nothing(part: object) -> str:  # noqa: ARG001
    """What pages without scripts have more."""
    return ""


def _address(link: Link, known: Collection[str]) -> str | None:
    """Where a link may lead, or None."""
    if isinstance(link, Lead):
        return link.url
    url = markdown_url(link.url)
    parts = urlsplit(url) if url and link.text else None
    return url if parts is not None and parts.scheme == "https" and (parts.hostname or "") in known else None
