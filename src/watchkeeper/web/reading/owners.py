"""Owners of devices: what each has to mend, and what it has asked for about that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from watchkeeper.catalog.model import LocalText
from watchkeeper.catalog.owner_requests import series_of
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.model.owner_request import NEVER, RequestKind, Standing
from watchkeeper.portal.owner_page import left_of
from watchkeeper.portal.tasks import Heading, OwnerTasks, Work
from watchkeeper.portal.tickets import tickets_about
from watchkeeper.portal.told import STALE_AFTER
from watchkeeper.portal.wording import sentence, subject_of
from watchkeeper.report.board.owner_mended import MendedItem, MendedItems
from watchkeeper.report.board.owners import (
    SOON_DAYS,
    STATES,
    WAITING,
    OwnedItems,
    OwnerItem,
    OwnerLine,
    OwnerPage,
    Owners,
    OwnerWeek,
    RequestState,
)
from watchkeeper.report.document import Link
from watchkeeper.report.texts import LANGUAGES, texts_in
from watchkeeper.web.access import ASKING, Answer, may
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.estates import Estate
from watchkeeper.web.reading.reader import Reader


def read_owners(reader: Reader) -> Owners:
    estate = reader.estates.of(reader)
    lines = tuple(line_of(estate, each) for each in estate.tasks.values())
    return Owners(reader.head(), estate.told.as_of, _is_old(estate, reader), lines)


def read_owner(reader: Reader) -> OwnerPage:
    """Raises NothingHere for an owner that there is not."""
    estate, owner = reader.estates.of(reader), reader.asked.get("owner")
    tasks = estate.tasks.get(owner)
    if tasks is None:
        raise NothingHere
    return OwnerPage(
        head=reader.head(),
        owner=line_of(estate, tasks),
        read_at=estate.told.as_of,
        old=_is_old(estate, reader),
        may_ask=may_ask(reader, owner),
        items=_by_state(reader, estate, tasks.works),
        weeks=tuple(OwnerWeek(each.day, each.open_tasks, each.left, each.overdue) for each in tasks.weeks),
        mended=_mended(reader, tasks.works),
    )


def _mended(reader: Reader, works: Iterable[Work]) -> MendedItems:
    found = sorted((each for each in works if each.mended), key=lambda each: (-(each.mended or 0), each.key))
    return MendedItems(len(found), tuple(map(_mended_item, found[: reader.asked.most])))


def _mended_item(work: Work) -> MendedItem:
    item = work.item
    return MendedItem(
        ref=name_of(*work.key),
        title=item.title,
        product=subject_of(item.standings[0].task) or item.title,
        state=state_of(work),
        mended=work.mended or 0,
        left=item.left,
        target=item.target,
    )


def names_of(reader: Reader, owners: Iterable[str], language: str) -> Mapping[str, str]:
    """What those of them are called that there are, by id."""
    estate = reader.estates.of(reader)
    there = (each for each in sorted(owners) if each in estate.tasks)
    return {each: estate.told.name_of(estate.tasks[each].owner, language) for each in there}


def _by_state(reader: Reader, estate: Estate, works: Iterable[Work]) -> tuple[OwnedItems, ...]:
    """In the order of the page, the first of each state; of no other one is asked how its tickets stand."""
    by_state: Mapping[str, list[Work]] = {state: [] for state in STATES}
    for work in works:
        by_state[state_of(work)].append(work)
    shown = [work for found in by_state.values() for work in found[: reader.asked.most]]
    items = items_of(reader, estate, shown)
    return tuple(
        OwnedItems(state, len(found), tuple(each for each in items if each.state == state))
        for state, found in by_state.items()
    )


def may_ask(reader: Reader, owner: str) -> bool:
    """Whether who looks may ask for something in an owner's name. Nobody may whose name nobody vouches for: a ticket says who asked."""
    person = reader.asked.person
    return person is not None and bool(person.name) and may(person, ASKING, owner) is Answer.ALLOWED


def line_of(estate: Estate, tasks: OwnerTasks) -> OwnerLine:
    owner = tasks.owner
    states = [state_of(each) for each in tasks.works]
    return OwnerLine(
        id=owner.id,
        name={each: estate.told.name_of(owner, each) for each in LANGUAGES},
        contact=owner.contact,
        overdue=states.count("overdue"),
        due_soon=states.count("soon"),
        open=sum(each in WAITING for each in states),
        left=left_of(tasks),
        mended=tasks.mended,
    )


def items_of(reader: Reader, estate: Estate, works: Iterable[Work]) -> list[OwnerItem]:
    """In their order; with tickets and requests as they are now."""
    chosen = list(works)
    owners = {each.item.owner.id for each in chosen}
    said = [ticket for owner in owners for ticket in estate.tickets.get(owner, ())]
    tickets = tickets_about(reader.store, said)
    standings = _standings(reader, chosen)
    return [_item(estate, each, tickets, standings) for each in chosen]


def state_of(work: Work) -> str:
    """One of watchkeeper.report.board.owners.STATES."""
    left = work.item.days_left
    match work.heading:
        case Heading.OVERDUE | Heading.EXEMPT | Heading.DONE as heading:
            return heading.value
        case _ if left is not None and left <= SOON_DAYS:
            return "soon"
        case Heading.STUCK:
            return "stuck"
        case _:
            return "later"


def _is_old(estate: Estate, reader: Reader) -> bool:
    read_at = estate.told.as_of
    return read_at is not None and reader.now - read_at > STALE_AFTER


def _standings(reader: Reader, works: Iterable[Work]) -> Mapping[tuple[str, RequestKind], Standing]:
    """By the item's name in addresses and kind."""
    catalog = reader.rules.sound(reader.deployment).catalog
    series = {
        (name_of(*work.key), kind): series_of(catalog, kind, *work.key)
        for work in works
        if state_of(work) in WAITING
        for kind in RequestKind
    }
    found = reader.store.request_standings(series.values())
    return {about: found.get(first, NEVER) for about, first in series.items()}


def _item(
    estate: Estate,
    work: Work,
    tickets: Mapping[tuple[str, str], Link],
    standings: Mapping[tuple[str, RequestKind], Standing],
) -> OwnerItem:
    item, task = work.item, work.item.standings[0].task
    ref, ticket = name_of(*work.key), tickets.get(work.key, Link("", ""))
    notes = dict.fromkeys(each.task.notes.strip() for each in item.standings if not each.task.completed)
    return OwnerItem(
        ref=ref,
        recommendation=item.recommendation,
        title=item.title,
        action=_action(work),
        product=subject_of(task) or item.title,
        state=state_of(work),
        priority=task.priority,
        due=_due(work),
        days_left=item.days_left,
        left=item.left,
        target=item.target,
        mended=work.mended,
        device_groups=work.groups,
        shared=work.shared,
        note=" / ".join(note for note in notes if note),
        number=ticket.text,
        url=ticket.url,
        ticket_comes=not ticket.text and work.key in estate.told.untold,
        requests=tuple(
            state_of_request(kind, standings[ref, kind]) for kind in RequestKind if (ref, kind) in standings
        ),
    )


def state_of_request(kind: RequestKind, standing: Standing) -> RequestState:
    request = standing.request
    if request is None:
        return RequestState(kind, standing.stage, number=standing.number, url=standing.url)
    return RequestState(
        kind,
        standing.stage,
        asked_by=request.asked_by,
        asked_at=request.asked_at,
        reason=request.reason,
        until=request.until,
        number=standing.number,
        url=standing.url,
    )


def _action(work: Work) -> LocalText:
    return {each: sentence(work, texts_in(each)) for each in LANGUAGES}


def _due(work: Work) -> date | None:
    due = (each.task.due_at for each in work.item.standings if not each.task.completed)
    return min((at.date() for at in due if at is not None), default=None)
