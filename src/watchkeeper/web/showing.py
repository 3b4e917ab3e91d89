"""A page of a deployment as HTML, or a list of it as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from watchkeeper.report import spreadsheet
from watchkeeper.report.board.leads import LONGEST_VALUE, owner_page, run_page
from watchkeeper.report.board.nouns import MOST, Head
from watchkeeper.report.document import Document, Lead, Section, Table, with_texts
from watchkeeper.report.squares import Listed, as_table
from watchkeeper.report.texts import LANGUAGES, Texts
from watchkeeper.report.values import moment
from watchkeeper.settings import WebAuth
from watchkeeper.web.access import WATCHING, Answer, may
from watchkeeper.web.answers import Frame, languages, page
from watchkeeper.web.asked import CSV, MOST_IN_A_FILE, Asked, Choice, NothingHere
from watchkeeper.web.incident_pages import Portal
from watchkeeper.web.page import Page
from watchkeeper.web.portals import chosen_portal
from watchkeeper.web.reading.owners import names_of
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.registry import PAGES, TODAY
from watchkeeper.web.visit import API, Endpoint, Visit

EVERYTHING: Final = "everything"
"""What it names where a page has one list of all that it is about."""


def shown(of: Page[Any]) -> Endpoint:
    """What answers for a page."""

    async def endpoint(visit: Visit) -> Response:
        return await run_in_threadpool(_show, of, visit)

    return endpoint


def reader_of(visit: Visit, of: Page[Any], most: int = MOST, portal: Portal = Portal.DEFENDER) -> Reader:
    """Raises NothingHere for a deployment or a language that there is not."""
    board, parts = visit.board, visit.request.path_params
    library = board.memory.library()
    known = library is not None and parts["deployment"] in library.deployments()
    if library is None or not known or parts.get("lang", LANGUAGES[0]) not in LANGUAGES:
        raise NothingHere
    asked = Asked(_values(visit, of), most, visit.person)
    return Reader(
        library,
        parts["deployment"],
        board.clock.now(),
        board.setup.limits,
        asked,
        board.rules,
        board.estates,
        board.reports,
        board.pages.of(parts["deployment"], portal),
    )


def _values(visit: Visit, of: Page[Any]) -> Mapping[str, str]:
    """Raises NothingHere where something is longer than anything that there is, or holds a NUL, which PostgreSQL keeps nowhere."""
    parts, chosen = visit.request.path_params, visit.request.query_params
    values = {name: chosen.get(name, "") for name in (each.name for each in of.parameters)}
    values |= {name: str(parts[name]) for name in of.parts}
    if any(len(value) > LONGEST_VALUE or "\0" in value for value in values.values()):
        raise NothingHere
    return values


def _show(of: Page[Any], visit: Visit) -> Response:
    name = visit.request.query_params.get(CSV)
    most, portal = MOST if name is None else MOST_IN_A_FILE, chosen_portal(visit.request)
    reader = reader_of(visit, of, most, portal)
    found = of.found(reader)
    document = of.document(found, visit.texts.language)
    if name is not None:
        return _file(visit, of, document, name)
    chosen = {key: value for key, value in reader.asked.values.items() if value and key not in of.parts}
    root = f"/{visit.texts.language}/{quote(reader.deployment)}/"
    sections = tuple(_with_file(each, chosen) for each in document.sections)
    listed = replace(document, sections=sections, listing=None)
    frame = frame_of(visit, of, reader, found.head, of.choices(found, visit.texts) if of.choices is not None else ())
    if document.listing is not None:
        frame = replace(frame, leads=(_file_lead(visit.texts.say("board.everything"), EVERYTHING, chosen),))
    return page(visit, listed, frame, root=root)


# --- lists as files ---


def _with_file(section: Section, chosen: Mapping[str, str]) -> Section:
    """A section with a link to its list as a file, where it has one."""
    inner = tuple(_with_file(each, chosen) for each in section.sections)
    if not section.anchor or not any(isinstance(each, Listed) for each in section.blocks):
        return replace(section, sections=inner)
    lead = _file_lead("CSV", section.anchor, chosen)
    return replace(section, sections=inner, leads=(*section.leads, lead))


def _file_lead(text: str, name: str, chosen: Mapping[str, str]) -> Lead:
    return Lead(text, f"?{urlencode({**chosen, CSV: name})}")


def _file(visit: Visit, of: Page[Any], document: Document, anchor: str) -> Response:
    tables = (each for section in document.sections for each in _tables(section, anchor))
    table = document.listed() if anchor == EVERYTHING else next(tables, None)
    if table is None:
        raise NothingHere
    listing = with_texts(_listing(table, visit.texts), visit.board.hide)
    name = f"{visit.request.path_params['deployment']}-{of.name}-{anchor}"
    safe = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in name)
    headers = {"Content-Disposition": f'attachment; filename="{safe}.csv"'}
    content = spreadsheet.render(Document(document.title, "", listing=listing))
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _tables(section: Section, anchor: str) -> list[Table]:
    """The tables and grids of the section with that anchor."""
    inner = [table for each in section.sections for table in _tables(each, anchor)]
    lists = section.blocks if section.anchor == anchor else ()
    return [*(as_table(each) for each in lists if isinstance(each, Listed)), *inner]


def _listing(table: Table, texts: Texts) -> Table:
    """A table with the signs and notes of its rows as columns of words."""
    signed, noted = any(row.mark for row in table.rows), any(row.note for row in table.rows)
    headings = (
        *table.headings,
        *((texts.say("column.mark"),) if signed else ()),
        *((table.note_heading or texts.say("column.note"),) if noted else ()),
    )
    rows = tuple(
        replace(
            row,
            cells=(
                *row.cells,
                *((texts.say(f"mark.{row.mark.name.lower()}") if row.mark else "",) if signed else ()),
                *((row.note,) if noted else ()),
            ),
        )
        for row in table.rows
    )
    return Table(headings, rows, table.numbers)


# --- what is around a page ---


def frame_of(
    visit: Visit, of: Page[Any], reader: Reader, head: Head, choices: tuple[Choice, ...] = (), *, form: bool = False
) -> Frame:
    """What is around a page, or around a `form` that belongs to it and has no data for programs. Who is an owner of devices and nothing
    else goes from there to its own pages."""
    texts, person = visit.texts, visit.person
    root = f"/{texts.language}/{quote(head.deployment)}/"
    watches = person is not None and bool(person.roles & WATCHING)
    places = _offered(visit, of, root) if watches else _own(visit, reader, root)
    signed_in = person is not None and visit.board.setup.auth is WebAuth.OIDC
    return Frame(
        places_label=texts.say("board.places"),
        places=places,
        deployments_label=texts.say("board.deployments"),
        deployments=_deployments(visit, of, head) if watches else (),
        languages=languages(visit),
        portals=_portals(visit, head) if watches else (),
        portals_label=texts.say("board.portals"),
        here=visit.path + visit.query,
        choices=choices,
        choose=texts.say("board.choose"),
        fresh=texts.say("board.fresh") if of.keeps_fresh else "",
        fresh_failed=texts.say("board.fresh.failed"),
        as_of=_as_of(head, texts),
        sources=_sources(visit, head, data=not form) if watches else (),
        person=person.name if person is not None and signed_in else "",
        sign_out=texts.say("board.sign_out"),
        csrf=visit.csrf,
    )


def _offered(visit: Visit, of: Page[Any], root: str) -> tuple[tuple[Lead, bool], ...]:
    offered = (each for each in PAGES if each.offered and may(visit.person, each.needs) is Answer.ALLOWED)
    return tuple((Lead(visit.texts.say(f"board.page.{each.name}"), root + each.path), each is of) for each in offered)


def _portals(visit: Visit, head: Head) -> tuple[tuple[Portal, str, bool], ...]:
    """Those that incidents of the deployment can be opened in, where there is a choice."""
    if not visit.board.pages.choice(head.deployment):
        return ()
    chosen = chosen_portal(visit.request)
    return tuple((each, visit.texts.say(f"board.portal.{each}"), each is chosen) for each in Portal)


def _own(visit: Visit, reader: Reader, root: str) -> tuple[tuple[Lead, bool], ...]:
    """The pages of the owners of devices that somebody speaks for."""
    owners, here = visit.person.owners if visit.person is not None else (), visit.request.path_params.get("owner")
    known = names_of(reader, owners, visit.texts.language)
    return tuple((Lead(name, root + owner_page(owner)), owner == here) for owner, name in known.items())


def _deployments(visit: Visit, of: Page[Any], head: Head) -> tuple[tuple[Lead, bool], ...]:
    elsewhere = of.path if of.offered else TODAY.path
    known = visit.board.memory.deployments()
    return tuple(
        (Lead(each, f"/{visit.texts.language}/{quote(each)}/{elsewhere}"), each == head.deployment) for each in known
    )


def _as_of(head: Head, texts: Texts) -> str:
    if head.as_of is None:
        return texts.say("board.as_of.never")
    return texts.say("board.as_of", at=moment(head.as_of, texts))


def _sources(visit: Visit, head: Head, *, data: bool) -> tuple[Lead, ...]:
    """The run that the data are of, and the same data for programs."""
    root = f"/{visit.texts.language}/"
    same = (Lead("JSON", f"{API}v1/{visit.path.removeprefix(root)}{visit.query}"),) if data else ()
    named = visit.texts.say("board.as_of.run", run=head.run_id)
    run = Lead(named, f"{root}{quote(head.deployment)}/{run_page(head.run_id)}")
    return (run, *same) if head.run_id else same
