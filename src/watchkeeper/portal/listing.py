"""An owner's tasks as a spreadsheet: everything that its page tells, a row each."""

from __future__ import annotations

from watchkeeper.portal.tasks import Heading, OwnerTasks, Work
from watchkeeper.portal.told import Told
from watchkeeper.portal.wording import priority, sentence
from watchkeeper.report import spreadsheet
from watchkeeper.report.document import Document, Link, Row, Table
from watchkeeper.report.texts import Texts


def tasks_table(told: Told, tasks: OwnerTasks, texts: Texts) -> Table:
    """In the order of the page."""
    headings = (
        texts.say("portal.column.state"),
        texts.say("portal.column.task"),
        texts.say("portal.column.action"),
        texts.say("portal.column.priority"),
        texts.say("portal.column.due"),
        texts.say("portal.column.late"),
        texts.say("portal.column.days"),
        texts.say("portal.column.left"),
        texts.say("portal.column.target"),
        texts.say("portal.column.mended"),
        texts.say("portal.column.groups"),
        texts.say("portal.column.ticket"),
        texts.say("portal.column.url"),
    )
    rows = (_row(told, work, texts) for heading in Heading for work in tasks.under(heading))
    return Table(headings, tuple(rows))


def as_csv(table: Table) -> str:
    """RFC 4180, and no cell of it is a formula."""
    return spreadsheet.render(Document("", "", listing=table))


def _row(told: Told, work: Work, texts: Texts) -> Row:
    item, ticket = work.item, told.tickets.get(work.key, Link("", ""))
    left = item.days_left
    due = [each.task.due_at for each in item.standings if each.task.due_at is not None]
    return Row(
        (
            state(work.heading, texts),
            item.title,
            sentence(work, texts),
            priority(item.standings[0].task, texts),
            min(due).date().isoformat() if due else "",
            str(-left) if left is not None and left < 0 else "",
            str(left) if left is not None and left >= 0 else "",
            str(item.left),
            str(item.target),
            "" if work.mended is None else str(work.mended),
            ", ".join(work.groups),
            ticket.text,
            ticket.url,
        )
    )


def state(heading: Heading, texts: Texts) -> str:
    match heading:
        case Heading.OVERDUE:
            return texts.say("portal.state.overdue")
        case Heading.SOON:
            return texts.say("portal.state.soon")
        case Heading.STUCK:
            return texts.say("portal.state.stuck")
        case Heading.LATER:
            return texts.say("portal.state.later")
        case Heading.EXEMPT:
            return texts.say("portal.state.exempt")
        case Heading.DONE:
            return texts.say("portal.state.done")
