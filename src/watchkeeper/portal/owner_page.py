"""An owner's page: what is overdue first, in plain language, with the progress since last week and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from watchkeeper.evidence.remediation import Burndown, Progress
from watchkeeper.model.address_template import AddressTemplate
from watchkeeper.portal.addresses import trusted
from watchkeeper.portal.frame import contact
from watchkeeper.portal.tasks import Heading, OwnerTasks, Work
from watchkeeper.portal.told import Told
from watchkeeper.portal.view import Entry, Figure, Frame, Mended, OwnerPage, Part
from watchkeeper.portal.wording import ended, priority, sentence, steps
from watchkeeper.report.document import Bar, Cell, Link, Mark, Row, Shares, Table, Tone
from watchkeeper.report.texts import Texts

WHOLE: Final = 50
"""Tasks of one kind that are shown whole; a person who has more needs the spreadsheet."""
_MARKS: Final = {
    Heading.OVERDUE: Mark.BAD,
    Heading.SOON: Mark.OPEN,
    Heading.STUCK: Mark.WARN,
    Heading.LATER: Mark.NONE,
    Heading.EXEMPT: Mark.NONE,
    Heading.DONE: Mark.GOOD,
}


def owner_page(told: Told, tasks: OwnerTasks, frame: Frame, listing: str, texts: Texts) -> OwnerPage:
    """The page of one owner in one language. `listing` is the file with the same as a spreadsheet."""
    overdue = tasks.under(Heading.OVERDUE)
    return OwnerPage(
        frame=frame,
        lead=_lead(told, tasks, texts),
        mark=Mark.BAD if overdue else Mark.OPEN if tasks.waiting else Mark.GOOD if told.days else Mark.WARN,
        mended=mended(tasks, texts) if told.days else "",
        untold=_untold(told, tasks, texts),
        summary=texts.say("portal.summary"),
        figures=tuple(_figures(told, tasks, texts)) if told.days else (),
        parts=tuple(_parts(_Telling(told, texts), tasks)),
        progress=texts.say("portal.progress"),
        chart=_chart(tasks.weeks, texts) if len(tasks.weeks) > 1 else None,
        weeks=_weeks(tasks.weeks, texts) if len(tasks.weeks) > 1 else None,
        help=texts.say("portal.help"),
        helps=tuple(_helps(told, texts)),
        listing=Link(texts.say("portal.csv"), listing),
    )


def mended(tasks: OwnerTasks, texts: Texts) -> str:
    """What became of it in a week."""
    if tasks.mended is None:
        return texts.say("portal.mended.unknown")
    return texts.count("portal.mended", tasks.mended) if tasks.mended else texts.say("portal.mended.none")


def without_ticket(told: Told, tasks: OwnerTasks) -> int:
    """How many of an owner's tasks wait for a ticket."""
    return sum(each.key in told.untold and each.key not in told.tickets for each in tasks.waiting)


def left_of(tasks: OwnerTasks) -> int:
    return sum(each.item.left for each in tasks.waiting)


def _untold(told: Told, tasks: OwnerTasks, texts: Texts) -> str:
    count = without_ticket(told, tasks)
    return texts.count("portal.untold", count) if count else ""


def _lead(told: Told, tasks: OwnerTasks, texts: Texts) -> str:
    if not told.days:
        return texts.say("portal.never")
    count, overdue, left = len(tasks.waiting), len(tasks.under(Heading.OVERDUE)), f"{left_of(tasks):,}"
    if overdue:
        return texts.count("portal.lead.overdue", overdue, open=f"{count:,}", left=left)
    return texts.count("portal.lead.open", count, left=left) if count else texts.say("portal.lead.nothing")


def _figures(told: Told, tasks: OwnerTasks, texts: Texts) -> Iterator[Figure]:
    overdue = len(tasks.under(Heading.OVERDUE))
    yield Figure(texts.say("portal.card.overdue"), f"{overdue:,}", Mark.BAD if overdue else Mark.NONE)
    soon = len(tasks.under(Heading.SOON))
    yield Figure(texts.say("portal.card.soon", days=told.rules.due_days), f"{soon:,}")
    yield Figure(texts.say("portal.card.open"), f"{len(tasks.waiting):,}")
    yield Figure(texts.say("portal.card.left"), f"{left_of(tasks):,}")
    if tasks.mended is not None:
        yield Figure(texts.say("portal.card.mended"), f"{tasks.mended:,}")


def _parts(telling: _Telling, tasks: OwnerTasks) -> Iterator[Part]:
    for heading in Heading:
        works = tasks.under(heading)
        if not works:
            continue
        whole = () if heading in {Heading.EXEMPT, Heading.DONE} else works[:WHOLE]
        rest = works[len(whole) :]
        yield Part(
            id=heading.value,
            title=_title(heading, len(works), telling.texts),
            mark=_MARKS[heading],
            entries=tuple(telling.entry(work, f"{heading.value}-{number}") for number, work in enumerate(whole, 1)),
            rest_title=telling.texts.count("portal.rest", len(rest)) if whole and rest else "",
            rest=telling.short(heading, rest) if rest else None,
            folded=heading in {Heading.LATER, Heading.EXEMPT, Heading.DONE},
        )


def _title(heading: Heading, count: int, texts: Texts) -> str:
    counted = f"{count:,}"
    match heading:
        case Heading.OVERDUE:
            return texts.say("portal.heading.overdue", count=counted)
        case Heading.SOON:
            return texts.say("portal.heading.soon", count=counted)
        case Heading.STUCK:
            return texts.say("portal.heading.stuck", count=counted)
        case Heading.LATER:
            return texts.say("portal.heading.later", count=counted)
        case Heading.EXEMPT:
            return texts.say("portal.heading.exempt", count=counted)
        case Heading.DONE:
            return texts.say("portal.heading.done", count=counted)


@dataclass(frozen=True, slots=True)
class _Telling:
    told: Told
    texts: Texts

    def entry(self, work: Work, id: str) -> Entry:
        item, texts = work.item, self.texts
        notes = dict.fromkeys(each.task.notes.strip() for each in item.standings if not each.task.completed)
        return Entry(
            id=id,
            sentence=sentence(work, texts),
            mark=_MARKS[work.heading],
            bar=bar(work, texts),
            facts=tuple(self._facts(work)),
            what=texts.say("portal.what"),
            steps=tuple(steps(work, texts)) if item.left else (),
            note_label=texts.say("portal.note"),
            note=" / ".join(note for note in notes if note),
            ways=tuple(self._ways(work)),
        )

    def _facts(self, work: Work) -> Iterator[tuple[str, Cell]]:
        item, texts, worst = work.item, self.texts, work.item.standings[0]
        due = [each.task.due_at for each in item.standings if each.task.due_at is not None and not each.task.completed]
        if due:
            yield texts.say("portal.fact.due"), min(due).date().isoformat()
        yield texts.say("portal.fact.priority"), priority(worst.task, texts)
        if work.mended is not None:
            yield texts.say("portal.fact.mended"), f"{work.mended:,}"
        if worst.still_days and worst.still_days >= self.told.rules.stuck_days:
            yield texts.say("portal.fact.still"), texts.count("portal.fact.still.days", worst.still_days)
        if worst.ends is not None and worst.progress is not Progress.DONE and item.left:
            yield texts.say("portal.fact.ends"), worst.ends.isoformat()
        if work.groups:
            yield texts.say("portal.fact.groups"), ", ".join(work.groups)
        if work.shared:
            yield texts.say("portal.fact.shared"), texts.say("portal.fact.shared.said")
        ticket = self.told.tickets.get(work.key)
        if ticket is not None:
            yield texts.say("portal.fact.ticket"), ticket
        elif work.key in self.told.untold:
            yield texts.say("portal.fact.ticket"), texts.say("portal.fact.ticket.later")

    def _ways(self, work: Work) -> Iterator[tuple[Link, str]]:
        not_mine = None if self.told.is_unowned(work.item.owner) else self.told.rules.not_mine
        ways = (
            (self.texts.say("portal.not_mine"), not_mine),
            (self.texts.say("portal.exception"), self.told.rules.exception),
        )
        for said, template in ways:
            address = self._address(work, template)
            if address is not None:
                yield Link(said, address), self.texts.say("portal.about", way=said, what=work.item.title)

    def _address(self, work: Work, template: AddressTemplate | None) -> str | None:
        if template is None:
            return None
        (owner, recommendation), ticket = work.key, self.told.tickets.get(work.key, Link("", ""))
        filled = template.filled(
            self.told.home.instance, owner=owner, recommendation=recommendation, ticket=ticket.text
        )
        return trusted(filled)

    def short(self, heading: Heading, works: Sequence[Work]) -> Table:
        """A row for each, for what there is no room for, or no need."""
        texts = self.texts
        last = texts.say("portal.column.ended") if heading is Heading.DONE else texts.say("portal.column.due")
        headings = (
            texts.say("portal.column.task"),
            texts.say("portal.column.left"),
            texts.say("portal.column.target"),
            last,
        )
        return Table(headings, tuple(self._short(heading, work) for work in works), numbers=frozenset({1, 2}))

    def _short(self, heading: Heading, work: Work) -> Row:
        item = work.item
        if heading is Heading.DONE:
            left = sum(each.task.left for each in item.standings)
            return Row((item.title, f"{left:,}", f"{item.target:,}", ended(item, self.texts)))
        due = [each.task.due_at for each in item.standings if each.task.due_at is not None and not each.task.completed]
        day = min(due).date().isoformat() if due else self.texts.say("portal.due.none")
        return Row((item.title, f"{item.left:,}", f"{item.target:,}", day))


def bar(work: Work, texts: Texts) -> Mended:
    target = work.item.target
    fixed = sum(min(each.task.fixed, each.task.target) for each in work.item.standings)
    said = texts.say("portal.mended.of", mended=f"{fixed:,}", target=f"{target:,}")
    return Mended(said, round(100 * fixed / target, 1) if target else 0.0)


def _chart(weeks: Sequence[Burndown], texts: Texts) -> Shares:
    parts = ((texts.say("portal.chart.waiting"), Tone.OPEN),)
    return Shares(texts.say("portal.chart"), parts, tuple(Bar(each.day.isoformat(), (each.left,)) for each in weeks))


def _weeks(weeks: Sequence[Burndown], texts: Texts) -> Table:
    headings = (
        texts.say("portal.column.day"),
        texts.say("portal.column.left"),
        texts.say("portal.column.open"),
        texts.say("portal.column.overdue"),
    )
    rows = tuple(
        Row((each.day.isoformat(), f"{each.left:,}", f"{each.open_tasks:,}", f"{each.overdue:,}"))
        for each in reversed(weeks)
    )
    return Table(headings, rows, numbers=frozenset({1, 2, 3}))


def _helps(told: Told, texts: Texts) -> Iterator[str]:
    yield texts.say("portal.help.counted")
    if told.rules.not_mine is not None or told.rules.exception is not None:
        yield texts.say("portal.help.ways")
    yield texts.say("portal.help.contact", contact=contact(told.home, texts))
