"""What owners of devices have to mend, each on a page of its own: data that the API answers with, and how they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from watchkeeper.catalog.model import LocalText
from watchkeeper.model.owner_book import UNOWNED_ID as UNOWNED
from watchkeeper.model.owner_request import RequestKind, Stage
from watchkeeper.report.board.devices import owner_devices_at
from watchkeeper.report.board.leads import number, owner_page
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.board.owner_mended import MendedItems, mended_section
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import (
    Cell,
    Document,
    Lead,
    Lines,
    Link,
    Mark,
    Pairs,
    Paragraph,
    Row,
    Section,
    Series,
    Table,
)
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

SOON_DAYS: Final = 14
STATES: Final = ("overdue", "soon", "stuck", "later", "exempt", "done")
"""Where something stands, in the order of the page; `soon`: due within SOON_DAYS; `stuck`: without progress for long."""
WAITING: Final = STATES[:4]
_OPEN: Final = "open"
_MARKS: Final = {"overdue": Mark.BAD, "soon": Mark.OPEN, "stuck": Mark.WARN, "done": Mark.GOOD}


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """An owner in numbers: tasks, devices `left`, and devices `mended` in the last seven days (None: no day to compare with). `name` is
    by language; the id `unowned` stands for what nobody owns."""

    id: str
    name: LocalText
    contact: str
    overdue: int
    due_soon: int
    open: int
    left: int
    mended: int | None


@dataclass(frozen=True, slots=True)
class Owners:
    """`read_at`: when the devices were last read, None where they never were; `old`: that was too long ago."""

    head: Head
    read_at: datetime | None
    old: bool
    owners: tuple[OwnerLine, ...]


@dataclass(frozen=True, slots=True)
class RequestState:
    """The newest request of a kind about something. `stage` is a word of watchkeeper.model.owner_request.Stage; `number` and `url` are
    its ticket's."""

    kind: RequestKind
    stage: Stage
    asked_by: str = ""
    asked_at: datetime | None = None
    reason: str = ""
    until: date | None = None
    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class OwnerItem:
    """Something that an owner is asked to mend. `ref` names it in addresses; `action` says by language what to do, on how many devices and
    by when; `state` is one of STATES. `shared`: other owners were asked as well, and the numbers are those of all. `note` was written by
    whoever asked for it. `ticket_comes`: it has no ticket yet and gets one in turn."""

    ref: str
    recommendation: str
    title: str
    action: LocalText
    product: str
    state: str
    priority: str
    due: date | None
    days_left: int | None
    left: int
    target: int
    mended: int | None
    device_groups: tuple[str, ...]
    shared: bool
    note: str
    number: str
    url: str
    ticket_comes: bool
    requests: tuple[RequestState, ...]


@dataclass(frozen=True, slots=True)
class OwnerWeek:
    """What was open on the last known day of a week."""

    day: date
    open: int
    left: int
    overdue: int


@dataclass(frozen=True, slots=True)
class OwnedItems:
    """How many there are of a state, and the first of them."""

    state: str
    count: int
    items: tuple[OwnerItem, ...]


@dataclass(frozen=True, slots=True)
class OwnerPage:
    """`may_ask`: whether who looks at it may ask for something in the owner's name. `mended`: what the owner's number of mended devices
    is the sum of."""

    head: Head
    owner: OwnerLine
    read_at: datetime | None
    old: bool
    may_ask: bool
    items: tuple[OwnedItems, ...]
    weeks: tuple[OwnerWeek, ...]
    mended: MendedItems


def asking_at(owner: str, kind: RequestKind, ref: str) -> str:
    """Where something is asked in an owner's name."""
    return f"{owner_page(owner)}/ask/{kind.value}/{ref}"


def owners_document(found: Owners, lang: str = "en") -> Document:
    texts = texts_in(lang)
    overdue = sum(each.overdue for each in found.owners)
    said = texts.say(
        "owners.sentence",
        owners=f"{sum(bool(each.overdue) for each in found.owners):,}",
        overdue=f"{overdue:,}",
        open=f"{sum(each.open for each in found.owners):,}",
    )
    table = Table(
        (
            texts.say("portal.column.owner"),
            texts.say("portal.column.overdue"),
            texts.say("portal.card.soon", days=SOON_DAYS),
            *(texts.say(f"portal.column.{name}") for name in ("open", "left", "mended", "contact")),
        ),
        tuple(_owner_row(each, texts) for each in found.owners),
        numbers=frozenset({1, 2, 3, 4, 5}),
    )
    none = () if found.owners else (Paragraph(texts.say("portal.soc.owners.none")),)
    listed = Section(texts.say("portal.soc.owners"), (*none, *((table,) if found.owners else ())), anchor="owners")
    return Document(
        title=texts.say("owners.title", deployment=found.head.deployment),
        sentence=said if found.read_at is not None else texts.say("portal.never"),
        sections=(*_age(found.read_at, texts, old=found.old), listed),
        mark=Mark.BAD if overdue else Mark.GOOD if found.read_at is not None else Mark.WARN,
    )


def _owner_row(line: OwnerLine, texts: Texts) -> Row:
    page = owner_page(line.id)
    numbers = (
        number(line.overdue, f"{page}#overdue"),
        number(line.due_soon, f"{page}#soon"),
        number(line.open, f"{page}#{_OPEN}"),
        number(line.left, f"{page}#{_OPEN}"),
        "" if line.mended is None else number(line.mended, f"{page}#mended"),
    )
    return Row((Lead(_name(line, texts), page), *numbers, line.contact), Mark.BAD if line.overdue else Mark.NONE)


def owner_document(found: OwnerPage, lang: str = "en") -> Document:
    texts = texts_in(lang)
    line = found.owner
    sections = (
        *_age(found.read_at, texts, old=found.old),
        *_cards(found, texts),
        *_lists(found, texts),
        *mended_section(found.mended, texts),
        *_progress(found.weeks, texts),
        _help(found, texts),
    )
    return Document(
        title=texts.say("portal.owner.title", owner=_name(line, texts)),
        sentence=_lead(found, texts),
        sections=sections,
        mark=Mark.BAD if line.overdue else Mark.OPEN if line.open else Mark.GOOD if found.read_at else Mark.WARN,
        listing=_everything(found, texts),
    )


def _lead(found: OwnerPage, texts: Texts) -> str:
    line, left = found.owner, f"{found.owner.left:,}"
    if found.read_at is None:
        return texts.say("portal.never")
    if line.overdue:
        return texts.count("portal.lead.overdue", line.overdue, open=f"{line.open:,}", left=left)
    return texts.count("portal.lead.open", line.open, left=left) if line.open else texts.say("portal.lead.nothing")


def _age(read_at: datetime | None, texts: Texts, *, old: bool) -> Iterator[Section]:
    if read_at is None:
        return
    said = texts.say("owners.old" if old else "owners.read", at=moment(read_at, texts))
    yield Section("", (Paragraph(said, Mark.WARN if old else Mark.NONE),))


def _cards(found: OwnerPage, texts: Texts) -> Iterator[Section]:
    """The numbers, each with the way to what it counts."""
    if found.read_at is None:
        return
    line = found.owner
    rows: list[tuple[str, Cell]] = [
        (texts.say("portal.card.open"), number(line.open, f"#{_OPEN}")),
        (texts.say("portal.card.overdue"), number(line.overdue, "#overdue")),
        (texts.say("portal.card.soon", days=SOON_DAYS), number(line.due_soon, "#soon")),
        (texts.say("portal.card.left"), number(line.left, f"#{_OPEN}")),
    ]
    if line.mended is not None:
        rows.append((texts.say("portal.card.mended"), number(line.mended, "#mended")))
    yield Section(texts.say("portal.summary"), (Pairs(tuple(rows)),), anchor="numbers")


def _lists(found: OwnerPage, texts: Texts) -> Iterator[Section]:
    """What waits together, for that is what the numbers of open tasks and of devices left count; then the rest."""
    lists = [(each.state in WAITING, _listed(each, found, texts)) for each in found.items if each.count]
    waiting = tuple(section for waits, section in lists if waits)
    if waiting:
        yield Section("", sections=waiting, anchor=_OPEN, label=texts.say("portal.card.open"))
    yield from (section for waits, section in lists if not waits)


def _listed(part: OwnedItems, found: OwnerPage, texts: Texts) -> Section:
    asks = part.state in WAITING
    headings = (
        *(texts.say(f"portal.column.{name}") for name in ("action", "left", "due", "ticket")),
        *((texts.say(f"owners.kind.{kind.value}") for kind in RequestKind) if asks else ()),
        texts.say("owners.column.product"),
    )
    table = Table(
        headings,
        tuple(_row(each, found, texts, asks=asks) for each in part.items),
        numbers=frozenset({1}),
        note_heading=texts.say("portal.note"),
    )
    blocks = cut_blocks((table,), part.count, len(part.items), texts)
    title = texts.say(f"owners.heading.{part.state}", count=f"{part.count:,}", days=SOON_DAYS)
    return Section(title, blocks, mark=_MARKS.get(part.state, Mark.NONE), anchor=part.state)


def _row(item: OwnerItem, found: OwnerPage, texts: Texts, *, asks: bool) -> Row:
    ticket: Cell = Link(item.number, item.url) if item.number else ""
    if not item.number and item.ticket_comes:
        ticket = texts.say("portal.fact.ticket.later")
    due = item.due.isoformat() if item.due is not None else texts.say("portal.due.none")
    by_kind = {each.kind: each for each in item.requests}
    asked = [_asked(item, by_kind.get(kind), kind, found, texts) for kind in RequestKind] if asks else []
    return Row(
        (
            item.action[texts.language],
            number(item.left, owner_devices_at(found.owner.id, item.ref)),
            due,
            ticket,
            *asked,
            item.product,
        ),
        note=_note(item, texts),
    )


def _everything(found: OwnerPage, texts: Texts) -> Table:
    """All of it with all that is known, for a spreadsheet."""
    names = (
        "state",
        "task",
        "action",
        "priority",
        "due",
        "days",
        "left",
        "target",
        "mended",
        "groups",
        "ticket",
        "url",
    )
    headings = (
        *(texts.say(f"portal.column.{name}") for name in names),
        *(texts.say(f"owners.kind.{kind.value}") for kind in RequestKind),
        texts.say("portal.note"),
    )
    return Table(headings, tuple(_line(each, texts) for part in found.items for each in part.items))


def _line(item: OwnerItem, texts: Texts) -> Row:
    by_kind = {each.kind: each for each in item.requests}
    return Row(
        (
            texts.say(f"portal.state.{item.state}"),
            item.title,
            item.action[texts.language],
            texts.value("severity", item.priority.casefold()) if item.priority else "",
            item.due.isoformat() if item.due is not None else "",
            "" if item.days_left is None else str(item.days_left),
            str(item.left),
            str(item.target),
            "" if item.mended is None else str(item.mended),
            ", ".join(item.device_groups),
            item.number,
            item.url,
            *(_stage(by_kind.get(kind), texts) for kind in RequestKind),
            item.note,
        )
    )


def _stage(state: RequestState | None, texts: Texts) -> str:
    if state is None or state.stage is Stage.NONE:
        return ""
    return texts.say(f"owners.asked.{state.stage.value}", number=state.number)


def _note(item: OwnerItem, texts: Texts) -> str:
    said = [item.note] if item.note else []
    return " ".join([*said, texts.say("owners.shared")] if item.shared else said)


def _asked(item: OwnerItem, state: RequestState | None, kind: RequestKind, found: OwnerPage, texts: Texts) -> Cell:
    """What has become of a request, or the way to make one."""
    if kind is RequestKind.NOT_MINE and found.owner.id == UNOWNED:
        return ""
    stage = Stage.NONE if state is None else state.stage
    page = asking_at(found.owner.id, kind, item.ref)
    match stage:
        case Stage.WAITING:
            return Lead(texts.say("owners.asked.waiting"), page)
        case Stage.OPEN:
            return Lead(texts.say("owners.asked.open", number=state.number if state else ""), page)
        case Stage.CLOSED if not found.may_ask:
            return texts.say("owners.asked.closed", number=state.number if state else "")
        case Stage.CLOSED:
            return Lead(texts.say("owners.ask.again", number=state.number if state else ""), page)
        case Stage.NONE:
            return Lead(texts.say(f"owners.ask.{kind.value}"), page) if found.may_ask else ""


def _progress(weeks: tuple[OwnerWeek, ...], texts: Texts) -> Iterator[Section]:
    if len(weeks) < 2:
        return
    days = tuple(each.day.isoformat() for each in weeks)
    series = Series(texts.say("portal.card.left"), tuple(float(each.left) for each in weeks))
    headings = tuple(texts.say(f"portal.column.{name}") for name in ("day", "left", "open", "overdue"))
    rows = tuple(
        Row((each.day.isoformat(), f"{each.left:,}", f"{each.open:,}", f"{each.overdue:,}")) for each in reversed(weeks)
    )
    chart = Lines(texts.say("portal.chart"), days, (series,), from_zero=True)
    table = Table(headings, rows, numbers=frozenset({1, 2, 3}))
    yield Section(texts.say("portal.progress"), (chart, table), anchor="progress")


def _help(found: OwnerPage, texts: Texts) -> Section:
    said = [texts.say("portal.help.counted")]
    said += [texts.say("owners.help.ask")] if found.may_ask else []
    return Section(texts.say("portal.help"), tuple(map(Paragraph, said)), anchor="help")


def _name(line: OwnerLine, texts: Texts) -> str:
    return line.name.get(texts.language) or texts.say("portal.unowned")
