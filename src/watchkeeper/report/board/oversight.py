"""The report for whoever oversees the SOC as a page: the same, with each number leading to the duties behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from watchkeeper.catalog.pack_coverage import Use
from watchkeeper.report.board.duties import BOARD, ticket_cell
from watchkeeper.report.board.leads import filtered, key_lead, number
from watchkeeper.report.board.oversight_choice import BARE, CHOSEN, OversightOfPeriod, duties_place, tasks_place
from watchkeeper.report.board.oversight_days import days_section, leading_to_days
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Block, Cell, Document, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.oversight import Duty
from watchkeeper.report.oversight_counts import MARKS
from watchkeeper.report.oversight_document import lacking, oversight_document
from watchkeeper.report.oversight_evidence import Onward
from watchkeeper.report.oversight_exercises import TASK as EXERCISE
from watchkeeper.report.oversight_packs import COLUMNS, tasks_blocks
from watchkeeper.report.oversight_round import TASK as ROUND
from watchkeeper.report.teams import TeamNames, team_called
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import on_the_wall

_HEADINGS: Final = ("key", "task", "team", "due_at", "end", "ticket", "lacks")


def oversight_page(found: OversightOfPeriod, lang: str = "en") -> Document:
    texts = texts_in(lang)
    document = oversight_document(found.report, lang, _onward_of(found))
    *sections, facts = (_leading(each, found, texts) for each in document.sections)
    lists = (_duties(found, texts), _pack_tasks(found, texts), days_section(found, texts))
    return replace(document, sections=(*sections, *(each for each in lists if each), facts))


def _leading(section: Section, found: OversightOfPeriod, texts: Texts) -> Section:
    """The report names commands to read on; here it leads to the pages as well."""
    match section.anchor:
        case "tasks":
            return _counted_by("task", found.report.by_task, section, found)
        case "teams":
            return _counted_by("team", found.report.by_team, section, found)
        case "bare":
            return replace(section, leads=(Lead(texts.say("board.all_of_them"), duties_place(found, part=BARE)),))
        case "compliance":
            return leading_to_days(section, found, texts)
        case "exercises":
            return _of_task(section, EXERCISE, found, texts)
        case "round":
            return _of_task(section, ROUND, found, texts)
        case "evidence":
            pages = zip(section.sections, ("secure-score", "remediation"), strict=True)
            return replace(section, sections=tuple(_onward(each, page, found, texts) for each, page in pages))
        case _:
            return section


def _onward(section: Section, page: str, found: OversightOfPeriod, texts: Texts) -> Section:
    return replace(section, leads=(Lead(texts.say(f"board.page.{page}"), filtered(page, period=found.spelled)),))


def _onward_of(found: OversightOfPeriod) -> Onward:
    def board(called: str, **chosen: str) -> Cell:
        return Lead(called, filtered(BOARD, **chosen))

    def duties(count: int, **chosen: str) -> Cell:
        return number(count, duties_place(found, **chosen))

    def uses(count: int, pack: str, use: str) -> Cell:
        return number(count, tasks_place(found, pack, use))

    def cut(shown: int, count: int, texts: Texts) -> str:
        return texts.say("board.cut", shown=f"{shown:,}", count=f"{count:,}")

    return Onward(key_lead, board, duties, uses, cut, found.most)


def _of_task(section: Section, task: str, found: OversightOfPeriod, texts: Texts) -> Section:
    """With the way to the duties of the period that it belongs to, and how many they are."""
    count = len(found.report.by_task.get(task, ()))
    if not count:
        return section
    return replace(section, leads=(Lead(texts.count("board.oversight.of", count), duties_place(found, task=task)),))


def _counted_by(name: str, groups: Iterable[str], section: Section, found: OversightOfPeriod) -> Section:
    """Its table with a lead from each number; the rows are those of the groups, a task or a team each, in their order."""

    def leading(block: Block) -> Block:
        if not isinstance(block, Table):
            return block
        rows = (_row(row, {name: each}, found) for row, each in zip(block.rows, groups, strict=True))
        return replace(block, rows=tuple(rows))

    return replace(section, blocks=tuple(map(leading, section.blocks)))


def _row(row: Row, group: Mapping[str, str], found: OversightOfPeriod) -> Row:
    called, *counts = map(str, row.cells)
    cells = (
        _counted(count, duties_place(found, **group, part=part)) for count, part in zip(counts, CHOSEN, strict=True)
    )
    return replace(row, cells=(Lead(called, filtered(BOARD, **group)), *cells))


def _counted(count: str, place: str) -> Cell:
    return count if count == "0" else Lead(count, place)


def _duties(found: OversightOfPeriod, texts: Texts) -> Section:
    listed = found.listed
    part = texts.say(f"oversight.column.{found.part}") if found.part else ""
    team = team_called(found.team, found.report.teams, texts) if found.team else ""
    chosen = [each for each in (found.task, team, _title_of(found, texts), part) if each]
    said = texts.say("board.tasks.between").join(chosen) or texts.say("oversight.column.due")
    title = texts.say("board.oversight.duties", chosen=said, count=f"{len(listed):,}")
    leads = (Lead(texts.say("board.all_of_them"), duties_place(found)),) if chosen else ()
    if not listed:
        return Section(title, (Paragraph(texts.say("board.list.nothing")),), anchor="duties", leads=leads)
    shown = listed[: found.most]
    headings = tuple(texts.say(f"oversight.column.{name}") for name in _HEADINGS)
    table = Table(headings, tuple(_duty(each, found.report.teams, texts) for each in shown))
    return Section(title, cut_blocks((table,), len(listed), len(shown), texts), anchor="duties", leads=leads)


def _pack_tasks(found: OversightOfPeriod, texts: Texts) -> Section | None:
    """The tasks of the pack, or of the use, that is chosen."""
    if not found.pack and not found.use:
        return None
    uses = COLUMNS.get(found.use, tuple(Use))
    packs = [each for each in found.report.packs if found.pack in ("", each.id)]
    tasks = [(pack, task) for pack in packs for task in pack.having(*uses)]
    use = texts.say(f"oversight.column.{found.use}") if found.use else ""
    chosen = texts.say("board.tasks.between").join(each for each in (_title_of(found, texts), use) if each)
    title = texts.say("board.oversight.tasks", chosen=chosen, count=f"{len(tasks):,}")
    if not tasks:
        return Section(title, (Paragraph(texts.say("board.list.nothing")),), anchor="pack-tasks")
    blocks = tasks_blocks(tasks, found.report.by_task, texts, _onward_of(found))
    return Section(title, blocks, anchor="pack-tasks")


def _title_of(found: OversightOfPeriod, texts: Texts) -> str:
    """What the pack that is chosen is called; one that there is not, by its id."""
    titles = {each.id: each.title[texts.language] for each in found.report.packs}
    return titles.get(found.pack, found.pack)


def _duty(duty: Duty, teams: TeamNames, texts: Texts) -> Row:
    due, ticket = duty.record.decided.occurrence, duty.record.ticket
    cells = (
        key_lead(due.key),
        due.task,
        team_called(due.team, teams, texts),
        on_the_wall(due.due, due.zone, texts),
        texts.say(f"oversight.end.{duty.end.value}"),
        ticket_cell(ticket.number, ticket.url) if ticket else "",
        lacking(duty, texts),
    )
    return Row(cells, Mark.BAD if duty.gaps else MARKS[duty.end])
