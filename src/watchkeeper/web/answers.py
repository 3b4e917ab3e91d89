"""Answers that several places give."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, Response

from watchkeeper.report import html
from watchkeeper.report.document import Document, Lead, with_texts
from watchkeeper.report.texts import LANGUAGES, Texts, texts_in
from watchkeeper.web.asked import Choice
from watchkeeper.web.assets import scripts, style
from watchkeeper.web.fence import POLICY
from watchkeeper.web.in_place import IN_PLACE, stays
from watchkeeper.web.visit import Visit
from watchkeeper.web.zooming import zoomable

_TEMPLATES: Final = Path(__file__).parent / "templates"
_IN_A_PAGE: Final = POLICY.partition("; frame-ancestors")[0]
"""A policy in a page must not name who may frame it (CSP Level 3, section 3.3); the header does."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around a page: where one can go from it, which portals incidents can be opened in (and back to where that is chosen: `here`),
    what can be chosen on it, whether it can be kept `fresh`, who is signed in (empty: nobody has to), of when its data are, and where they
    came from: the run, and the data themselves for programs."""

    places_label: str
    places: tuple[tuple[Lead, bool], ...]
    deployments_label: str = ""
    deployments: tuple[tuple[Lead, bool], ...] = ()
    languages: tuple[tuple[Lead, str], ...] = ()
    portals: tuple[tuple[str, str, bool], ...] = ()
    portals_label: str = ""
    here: str = ""
    choices: tuple[Choice, ...] = ()
    choose: str = ""
    leads: tuple[Lead, ...] = ()
    fresh: str = ""
    fresh_failed: str = ""
    as_of: str = ""
    sources: tuple[Lead, ...] = ()
    person: str = ""
    sign_out: str = ""
    csrf: str = ""


def page(
    visit: Visit,
    document: Document,
    frame: Frame,
    status: int = 200,
    template_name: str = "board.html",
    *,
    root: str = "",
    **more: object,
) -> Response:
    """A document as a page of the board. Its pages name each other from `root` on, wherever they are themselves; `more` is what another
    template than the usual one asks for."""
    path = visit.path
    template = html.environment(_TEMPLATES).get_template(template_name)
    shown = with_texts(document, visit.board.hide)
    rendered = html.written(
        template,
        visit.texts,
        visit.board.hosts,
        document=shown,
        frame=frame,
        policy=_IN_A_PAGE,
        style=style().name,
        scripts=[each.name for each in scripts()],
        boost=IN_PLACE,
        rooted=lambda url: rooted(url, root),
        in_place=lambda url: IN_PLACE if stays(url, path) else "",
        zooming=lambda chart: zoomable(chart, visit.texts),
        **more,
    )
    return HTMLResponse(rendered, status)


def rooted(url: str, root: str) -> str:
    return url if url.startswith(("/", "#", "?")) else root + url


def message(visit: Visit, text: str, status: int = 200, *elsewhere: Lead) -> Response:
    """A page with nothing but a sentence and a way on, or several; `text` names both."""
    texts = visit.texts
    title, sentence, step = (texts.say(f"{text}.{part}") for part in ("title", "sentence", "next"))
    document = Document(title, sentence, next_steps=(step,), next_title=texts.say("next.title"))
    places = tuple((each, False) for each in (Lead(texts.say("board.home"), "/"), *elsewhere))
    return page(visit, document, Frame(texts.say("board.places"), places), status)


def languages(visit: Visit) -> tuple[tuple[Lead, str], ...]:
    """The same page, and what is chosen on it, in the other languages."""
    rest = visit.path.split("/", 2)[2] + visit.query
    others: tuple[Texts, ...] = tuple(texts_in(each) for each in LANGUAGES if each != visit.texts.language)
    return tuple((Lead(each.say("portal.language"), f"/{each.language}/{rest}"), each.language) for each in others)
