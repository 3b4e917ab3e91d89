"""The form by which an owner of devices says that something is not its own, or asks for an exception, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from watchkeeper.catalog.owner_requests import occurrence_of_request, series_of
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.evidence.ownership import Claim
from watchkeeper.model.owner_book import UNOWNED_ID
from watchkeeper.model.owner_request import (
    LONGEST_EXCEPTION,
    LONGEST_REASON,
    MOST_A_DAY,
    Asked,
    Flaw,
    Ground,
    OwnerRequest,
    RequestKind,
    Stage,
    Standing,
    Subject,
    name_of_person,
    reason_of,
    until_of,
)
from watchkeeper.model.owner_request import NEVER as NOBODY_ASKED
from watchkeeper.portal.tasks import Work
from watchkeeper.report.board.leads import owner_page
from watchkeeper.report.board.owners import WAITING, OwnerItem
from watchkeeper.report.document import Block, Document, Lead, Link, Mark, Pairs, Paragraph, Section
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import moment
from watchkeeper.web.access import ASKING, Role
from watchkeeper.web.answers import page
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.estates import Estate
from watchkeeper.web.reading.owners import items_of, may_ask
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.registry import OWNER
from watchkeeper.web.showing import frame_of, reader_of
from watchkeeper.web.visit import Visit

PATH: Final = "/{lang}/{deployment}/owners/{owner}/ask/{kind}/{item}"
BOARD: Final = "board"
"""Where such a request comes from."""
_FORM: Final = "ask.html"


@dataclass(frozen=True, slots=True)
class Form:
    """What is typed, and what is wrong with it. `episode`: which request of its series this is; the same one again asks nothing more.
    `until`: None where no date is asked for."""

    csrf: str
    episode: int
    reason_label: str
    reason_help: str
    until_label: str
    send: str
    reason: str = ""
    until: str | None = None
    earliest: str = ""
    latest: str = ""
    most: int = LONGEST_REASON
    reason_flaw: str = ""
    until_flaw: str = ""


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a request would be about, and how the newest one of its kind stands."""

    reader: Reader
    estate: Estate
    kind: RequestKind
    work: Work
    item: OwnerItem
    series: str
    standing: Standing

    @property
    def owner(self) -> str:
        return self.work.item.owner.id

    @property
    def owner_names(self) -> Mapping[str, str]:
        return {each: self.estate.told.name_of(self.work.item.owner, each) or self.owner for each in ("en", "ja")}

    @property
    def is_over(self) -> bool:
        return self.item.state not in WAITING

    @property
    def today(self) -> date:
        return self.reader.now.astimezone(
            self.reader.rules.sound(self.reader.deployment).catalog.deployment.zone
        ).date()


async def show(visit: Visit) -> Response:
    return await run_in_threadpool(lambda: _page(visit, _matter(visit)))


async def send(visit: Visit) -> Response:
    body = (await visit.request.body()).decode("utf-8", "replace")
    typed = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True, max_num_fields=20).items()}
    return await run_in_threadpool(_send, visit, typed)


def _matter(visit: Visit) -> _Matter:
    """Raises NothingHere for what there is not."""
    reader = reader_of(visit, OWNER)
    with reader.store.view():
        return _matter_of(reader, visit.request.path_params)


def _matter_of(reader: Reader, parts: Mapping[str, str]) -> _Matter:
    estate = reader.estates.of(reader)
    tasks = estate.tasks.get(parts["owner"])
    work = next((each for each in (tasks.works if tasks else ()) if name_of(*each.key) == parts["item"]), None)
    if work is None or parts["kind"] not in set(RequestKind):
        raise NothingHere
    kind = RequestKind(parts["kind"])
    if kind is RequestKind.NOT_MINE and parts["owner"] == UNOWNED_ID:
        raise NothingHere
    catalog = reader.rules.sound(reader.deployment).catalog
    series = series_of(catalog, kind, *work.key)
    standing = reader.store.request_standings([series]).get(series, NOBODY_ASKED)
    [item] = items_of(reader, estate, [work])
    return _Matter(reader, estate, kind, work, item, series, standing)


def _send(visit: Visit, typed: Mapping[str, str]) -> Response:
    matter = _matter(visit)
    if matter.is_over or not may_ask(matter.reader, matter.owner):
        return _page(visit, matter, status=403)
    form = _form(visit, matter, typed)
    reason, until = reason_of(form.reason), until_of(form.until or "", matter.today)
    if isinstance(reason, Flaw) or isinstance(until, Flaw):
        return _page(visit, matter, form=_marked(form, reason, until, visit.texts), status=422)
    match _ask(visit, matter, _episode(typed), reason, until):
        case Asked.RAISED | Asked.ALREADY:
            return RedirectResponse(visit.path, 303)
        case Asked.TOO_MANY:
            name = matter.owner_names[visit.texts.language]
            said = visit.texts.say("owners.refused.too-many", owner=name, most=MOST_A_DAY)
            return _page(visit, matter, form=form, said=said, status=429)
        case Asked.OUTDATED:
            return _page(visit, matter, form=form, said=visit.texts.say("owners.refused.outdated"), status=409)


def _ask(visit: Visit, matter: _Matter, episode: int, reason: str, until: date | None) -> Asked:
    person, setup, request = visit.person, visit.board.setup, visit.request
    peer = request.client.host if request.client else ""
    wanted = OwnerRequest(
        kind=matter.kind,
        subject=_subject(matter),
        episode=episode,
        reason=reason,
        asked_by=name_of_person(person.known_as if person is not None else ""),
        asked_at=matter.reader.now,
        origin=BOARD,
        until=until,
        role=_role(visit, matter.owner),
        address=name_of_person(setup.caller(peer, request.headers.getlist("x-forwarded-for"))),
    )
    catalog = matter.reader.rules.sound(matter.reader.deployment).catalog
    occurrence = occurrence_of_request(catalog, wanted)
    return visit.board.memory.ask(matter.reader.deployment, matter.series, wanted, occurrence)


def _role(visit: Visit, owner: str) -> str:
    """As what somebody asks: as the owner, where they speak for it."""
    counting = visit.person.roles_about(owner) & ASKING if visit.person is not None else frozenset()
    return next((each.value for each in (Role.OWNER, Role.OVERSIGHT, Role.ADMIN) if each in counting), "")


def _subject(matter: _Matter) -> Subject:
    item = matter.item
    claims = {claim.device_group: claim for claim in matter.estate.claims.get(matter.owner, ())}
    grounds = (claims[name] for name in item.device_groups if name in claims)
    language = matter.reader.rules.sound(matter.reader.deployment).catalog.deployment.language
    return Subject(
        owner=matter.owner,
        owner_name=matter.owner_names[language],
        recommendation=item.recommendation,
        title=item.title,
        left=item.left,
        target=item.target,
        due=item.due,
        ticket=item.number,
        grounds=tuple(map(_ground, grounds)),
    )


def _ground(claim: Claim) -> Ground:
    """Where the folder lies on the board's machine is nobody's business."""
    place = claim.place.replace("\\", "/").rpartition("/")[2]
    return Ground(claim.device_group, claim.origin.value, claim.service, place)


def _episode(typed: Mapping[str, str]) -> int:
    """0, which is before every one, for what is no number."""
    spelled = typed.get("episode", "")
    return int(spelled) if spelled.isascii() and spelled.isdecimal() and len(spelled) <= 6 else 0


# --- how it looks ---


def _form(visit: Visit, matter: _Matter, typed: Mapping[str, str]) -> Form:
    texts, dated = visit.texts, matter.kind is RequestKind.EXCEPTION
    return Form(
        csrf=visit.csrf,
        episode=matter.standing.next_episode,
        reason_label=texts.say("owners.form.reason"),
        reason_help=texts.say("owners.form.reason.help", most=f"{LONGEST_REASON:,}"),
        until_label=texts.say("owners.form.until"),
        send=texts.say(f"owners.form.send.{matter.kind.value}"),
        reason=typed.get("reason", "")[: 4 * LONGEST_REASON],
        until=typed.get("until", "")[:40] if dated else None,
        earliest=matter.today.isoformat(),
        latest=(matter.today + LONGEST_EXCEPTION).isoformat(),
    )


def _marked(form: Form, reason: str | Flaw, until: date | Flaw | None, texts: Texts) -> Form:
    said = {
        name: texts.say(f"owners.flaw.{flaw.value}", most=LONGEST_REASON) if isinstance(flaw, Flaw) else ""
        for name, flaw in (("reason_flaw", reason), ("until_flaw", until))
    }
    return replace(form, **said)  # type: ignore[arg-type]


def _page(visit: Visit, matter: _Matter, *, form: Form | None = None, said: str = "", status: int = 200) -> Response:
    texts = visit.texts
    open_form = not (matter.is_over or matter.standing.is_open) and may_ask(matter.reader, matter.owner)
    shown_form = (form or _form(visit, matter, {})) if open_form else None
    document = _document(matter, said, texts)
    root = f"/{texts.language}/{quote(matter.reader.deployment)}/"
    framed = frame_of(visit, OWNER, matter.reader, matter.reader.head(), form=True)
    return page(visit, document, framed, status, _FORM, root=root, form=shown_form)


def _document(matter: _Matter, said: str, texts: Texts) -> Document:
    kind, name = matter.kind.value, matter.owner_names[texts.language]
    refused = (Section("", (Paragraph(said, Mark.BAD),)),) if said else ()
    back = Lead(texts.say("owners.form.back"), owner_page(matter.owner))
    return Document(
        title=texts.say(f"owners.form.title.{kind}", what=matter.item.title),
        sentence=_lead(matter, name, texts),
        sections=(
            *refused,
            *_standing(matter.standing, texts),
            Section(texts.say("owners.form.about"), (_about(matter, name, texts),), leads=(back,)),
        ),
        mark=Mark.GOOD if matter.standing.is_open else Mark.NONE,
    )


def _lead(matter: _Matter, name: str, texts: Texts) -> str:
    if matter.standing.is_open:
        return texts.say(f"owners.stage.{matter.standing.stage.value}")
    if matter.is_over:
        return texts.say("owners.form.done")
    if not may_ask(matter.reader, matter.owner):
        return texts.say("owners.form.alone")
    if matter.standing.stage is Stage.CLOSED:
        return texts.say("owners.stage.closed")
    return texts.say(f"owners.form.lead.{matter.kind.value}", owner=name)


def _about(matter: _Matter, name: str, texts: Texts) -> Block:
    item = matter.item
    ticket = ((texts.say("portal.fact.ticket"), Link(item.number, item.url)),) if item.number else ()
    return Pairs(
        (
            (texts.say("portal.column.action"), item.action[texts.language]),
            (texts.say("owners.form.owner"), name),
            (texts.say("owners.form.left"), f"{item.left:,}"),
            (texts.say("owners.form.groups"), ", ".join(item.device_groups) or texts.say("portal.none")),
            *ticket,
        )
    )


def _standing(standing: Standing, texts: Texts) -> Iterator[Section]:
    if standing.stage is Stage.NONE:
        return
    rows: list[tuple[str, str | Link]] = []
    if standing.number:
        rows.append((texts.say("owners.stage.ticket"), Link(standing.number, standing.url)))
    if (request := standing.request) is not None:
        rows += [
            (texts.say("owners.stage.asked_by"), request.asked_by),
            (texts.say("owners.stage.asked_at"), moment(request.asked_at, texts)),
            (texts.say("owners.stage.reason"), request.reason),
        ]
        rows += [(texts.say("owners.stage.until"), request.until.isoformat())] if request.until else []
    yield Section("", (Pairs(tuple(rows)),))
