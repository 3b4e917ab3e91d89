"""The pages for everybody and for the SOC: the first one, which names no owner, and the list of owners and reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from watchkeeper.portal.folders import folder_name
from watchkeeper.portal.frame import contact, file_in
from watchkeeper.portal.owner_page import left_of, without_ticket
from watchkeeper.portal.tasks import Heading, OwnerTasks
from watchkeeper.portal.told import Told
from watchkeeper.portal.view import Frame, ListSection, TextPage
from watchkeeper.report.document import Link, Mark, Row, Table
from watchkeeper.report.texts import Texts


def home_page(told: Told, frame: Frame, texts: Texts) -> TextPage:
    """What the portal is, without a word about any owner."""
    ask = texts.say("portal.home.ask", contact=contact(told.home, texts))
    yours = ListSection(texts.say("portal.home.yours"), (texts.say("portal.home.own"), ask))
    soc = ListSection("", links=((Link(texts.say("portal.soc"), f"soc/{_index(told, texts)}"),),))
    return TextPage(frame, texts.say("portal.home.lead"), Mark.NONE, (yours, soc))


def soc_page(told: Told, owners: Sequence[OwnerTasks], frame: Frame, texts: Texts) -> TextPage:
    """Every owner, where its page is and how it stands, and the reports."""
    overdue = sum(len(each.under(Heading.OVERDUE)) for each in owners)
    sections = (*_missing(told, texts), _owners(told, owners, texts), _reports(told, texts))
    lead = _lead(told, owners, overdue, texts) if told.days else texts.say("portal.never")
    mark = Mark.BAD if overdue else Mark.GOOD if told.days else Mark.WARN
    return TextPage(frame, lead, mark, sections)


def _lead(told: Told, owners: Sequence[OwnerTasks], overdue: int, texts: Texts) -> str:
    """Of what nobody owns in a sentence of its own: it is no owner's fault."""
    named = [each for each in owners if not told.is_unowned(each.owner)]
    return texts.say(
        "portal.soc.lead",
        overdue=f"{overdue:,}",
        open=f"{sum(len(each.waiting) for each in owners):,}",
        owners=f"{sum(bool(each.under(Heading.OVERDUE)) for each in named):,}",
        all=f"{len(named):,}",
    )


def _index(told: Told, texts: Texts) -> str:
    return file_in(texts.language, told.home.language)


def _missing(told: Told, texts: Texts) -> Iterator[ListSection]:
    if told.missing:
        said = tuple(
            texts.say("portal.soc.missing.piece", subject=piece.subject, why=piece.why) for piece in told.missing
        )
        yield ListSection(texts.say("portal.soc.missing"), said)


def _owners(told: Told, owners: Sequence[OwnerTasks], texts: Texts) -> ListSection:
    headings = (
        texts.say("portal.column.owner"),
        texts.say("portal.column.overdue"),
        texts.say("portal.column.soon"),
        texts.say("portal.column.open"),
        texts.say("portal.column.left"),
        texts.say("portal.column.mended"),
        texts.say("portal.column.contact"),
    )
    table = Table(headings, tuple(_row(told, each, texts) for each in owners), numbers=frozenset({1, 2, 3, 4, 5}))
    leads = tuple(_page_of(told, each, texts) for each in owners)
    said = tuple(_said_of_owners(told, owners, texts))
    return ListSection(texts.say("portal.soc.owners"), said, table=table, leads=leads)


def _said_of_owners(told: Told, owners: Sequence[OwnerTasks], texts: Texts) -> Iterator[str]:
    unowned = sum(len(each.waiting) for each in owners if told.is_unowned(each.owner))
    if unowned:
        yield texts.count("portal.soc.unowned", unowned)
    if any(work.shared for each in owners for work in each.waiting):
        yield texts.say("portal.soc.shared")
    untold = sum(without_ticket(told, each) for each in owners)
    if untold:
        yield texts.count("portal.soc.untold", untold, most=f"{told.rules.new_tickets:,}")
    if not told.ownership.owners:
        yield texts.say("portal.soc.owners.none")


def _row(told: Told, tasks: OwnerTasks, texts: Texts) -> Row:
    overdue = len(tasks.under(Heading.OVERDUE))
    return Row(
        (
            told.name_of(tasks.owner, texts.language) or texts.say("portal.unowned"),
            f"{overdue:,}",
            f"{len(tasks.under(Heading.SOON)):,}",
            f"{len(tasks.waiting):,}",
            f"{left_of(tasks):,}",
            "" if tasks.mended is None else f"{tasks.mended:,}",
            tasks.owner.contact,
        ),
        mark=Mark.BAD if overdue else Mark.NONE,
    )


def _page_of(told: Told, tasks: OwnerTasks, texts: Texts) -> str:
    if told.is_unowned(tasks.owner):
        return f"unowned/{_index(told, texts)}"
    file = file_in(texts.language, told.language_of(tasks.owner))
    return f"../owners/{folder_name(tasks.owner.id)}/{file}"


def _reports(told: Told, texts: Texts) -> ListSection:
    links = tuple(_links_of(name, title, told, texts) for name, title in _titles(told, texts))
    none = () if links else (texts.say("portal.soc.reports.none"),)
    return ListSection(texts.say("portal.soc.reports"), none, links)


def _titles(told: Told, texts: Texts) -> Iterable[tuple[str, str]]:
    return ((each.name, each.documents[texts.language].title) for each in told.reports)


def _links_of(name: str, title: str, told: Told, texts: Texts) -> tuple[Link, ...]:
    page = file_in(texts.language, told.home.language, name)
    return Link(title, page), Link(texts.say("portal.soc.csv"), page.removesuffix("html") + "csv")
