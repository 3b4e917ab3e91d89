"""Which evidence is there for each duty, how fresh it is, and what is missing and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from watchkeeper.catalog.model import Catalog
from watchkeeper.model.gathering import FRESH, Found, Gathering, Piece
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.report.document import Bullets, Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

_MARKS: Final = {
    Found.COLLECTED: Mark.GOOD,
    Found.EMPTY: Mark.GOOD,
    Found.MISSING: Mark.BAD,
    Found.NOT_ASKED: Mark.NONE,
}
_HOUR: Final = timedelta(hours=1)
_COLUMNS: Final = ("subject", "found", "as_of", "why")


def collected_document(
    gathered: Sequence[Gathering], catalog: Catalog, lang: str = "en", raised: Sequence[Occurrence] = ()
) -> Document:
    """What a collection brought. `raised`: duties that are needed besides, for what was found."""
    texts = texts_in(lang)
    missing = _missing(gathered)
    there = sum(each.complete for each in gathered)
    sentence = texts.say("gathered.sentence", there=there, of=len(gathered))
    return Document(
        texts.say("gathered.title"),
        sentence,
        (*(_section(each, catalog, texts) for each in gathered), *_raised(raised, texts)),
        Mark.BAD if missing else Mark.GOOD,
        next_steps=tuple(_next_steps(gathered, texts)),
        next_title=texts.say("next.title"),
        listing=_table([(each.task, piece) for each in gathered for piece in each.pieces], texts),
    )


def evidence_document(
    gathered: Sequence[Gathering], catalog: Catalog, now: datetime, lang: str = "en", never: Sequence[str] = ()
) -> Document:
    """What is known from the latest collection of each duty, with what its ticket is told. `never`: duties (ids) that were asked about
    and that nothing was ever collected for."""
    texts = texts_in(lang)
    if not gathered:
        return Document(texts.say("gathered.title"), texts.say("gathered.none"), mark=Mark.WARN)
    told = collected_document(gathered, catalog, lang)
    old = sum(not each.is_news(now) for each in gathered)
    there = sum(each.complete for each in gathered)
    numbers = {"there": there, "of": len(gathered) + len(never), "old": old, "hours": FRESH // _HOUR}
    again = (texts.say("gathered.next.again"),) if old or never else ()
    return replace(
        told,
        sentence=texts.say("gathered.sentence.old" if old else "gathered.sentence", **numbers),
        sections=(*(_shown(each, catalog, now, texts) for each in gathered), *_never(never, catalog, texts)),
        mark=Mark.WARN if told.mark is Mark.GOOD and again else told.mark,
        next_steps=(*told.next_steps, *again),
    )


def collected_json(
    command: str, gathered: Sequence[Gathering], now: datetime, exit_code: int = 0, raised: Sequence[Occurrence] = ()
) -> Json:
    """Every piece, the words for the tickets, and the duties that were raised."""
    missing = [f"{each.task}: {piece.subject}: {piece.why}" for each, piece in _missing(gathered)]
    needed = [{"key": each.key, "due": each.due, "reason": each.reason} for each in raised]
    return payload(command, exit_code, missing, duties=[_duty(each, now) for each in gathered], raised=needed)


def _raised(raised: Sequence[Occurrence], texts: Texts) -> tuple[Section, ...]:
    rows = tuple(Row((each.task, each.team, each.reason, moment(each.due, texts)), Mark.ADD) for each in raised)
    headings = tuple(texts.say(f"column.{name}") for name in ("task", "team", "reason", "due"))
    return (Section(texts.say("gathered.raised"), (Table(headings, rows),)),) if rows else ()


def _duty(gathered: Gathering, now: datetime) -> Json:
    pieces = [
        {"subject": piece.subject, "found": piece.found, "as_of": piece.as_of, "why": piece.why}
        for piece in gathered.pieces
    ]
    files = [f"{file.stem}.{file.ending}" for file in gathered.files]
    return {
        "task": gathered.task,
        "at": gathered.at,
        "complete": gathered.complete,
        "stale": not gathered.is_news(now),
        "on_ticket": gathered.on_ticket,
        "pieces": pieces,
        "texts": dict(gathered.texts),
        "files": files,
    }


def _missing(gathered: Sequence[Gathering]) -> list[tuple[Gathering, Piece]]:
    return [(each, piece) for each in gathered for piece in each.unread]


def _section(gathered: Gathering, catalog: Catalog, texts: Texts) -> Section:
    mark = Mark.BAD if gathered.unread else Mark.GOOD if gathered.complete else Mark.WARN
    rows = tuple(Row(_cells(piece, texts), _MARKS[piece.found]) for piece in gathered.pieces)
    return Section(_title(gathered.task, catalog, texts), (Table(_headings(texts), rows),), mark=mark)


def _shown(gathered: Gathering, catalog: Catalog, now: datetime, texts: Texts) -> Section:
    """The words for the ticket in the report's language, beside how the pieces stand."""
    said = gathered.texts.get(texts.language) or gathered.texts.get("en", "")
    lines = tuple(Paragraph(line.removeprefix("- ")) for line in said.splitlines() if line.strip())
    heading = texts.say("gathered.ticket" if gathered.on_ticket else "gathered.found")
    ticket = (Section(heading, (Bullets(lines),), folded=True),) if lines else ()
    section = _section(gathered, catalog, texts)
    mark = Mark.WARN if section.mark is Mark.GOOD and not gathered.is_news(now) else section.mark
    return Section(section.title, (_taken(gathered, now, texts), *section.blocks), ticket, mark)


def _taken(gathered: Gathering, now: datetime, texts: Texts) -> Paragraph:
    hours = max(now - gathered.at, timedelta(0)) // _HOUR
    said = {"at": moment(gathered.at, texts), "hours": f"{hours:,}"}
    if gathered.is_news(now):
        return Paragraph(texts.say("gathered.taken", **said))
    return Paragraph(texts.say("gathered.taken.old", **said), Mark.WARN)


def _never(tasks: Sequence[str], catalog: Catalog, texts: Texts) -> tuple[Section, ...]:
    said = (Paragraph(texts.say("gathered.none"), Mark.WARN),)
    return tuple(Section(_title(task, catalog, texts), said, mark=Mark.WARN) for task in tasks)


def _title(name: str, catalog: Catalog, texts: Texts) -> str:
    task = catalog.tasks.get(name)
    return f"{name}: {task.title[texts.language]}" if task else name


def _headings(texts: Texts) -> tuple[str, ...]:
    return tuple(texts.say(f"gathered.column.{name}") for name in _COLUMNS)


def _cells(piece: Piece, texts: Texts) -> tuple[str, ...]:
    as_of = moment(piece.as_of, texts) if piece.as_of else ""
    return piece.subject, texts.say(f"gathered.{piece.found.value}"), as_of, _why(piece, texts)


def _why(piece: Piece, texts: Texts) -> str:
    """In the reader's language, as far as the words are ours."""
    emptiness = f"emptiness.{piece.why}"
    return texts.say(emptiness) if texts.has(emptiness) else reason_text(piece.why, texts)


def _table(pieces: Sequence[tuple[str, Piece]], texts: Texts) -> Table:
    rows = tuple(Row((task, *_cells(piece, texts)), _MARKS[piece.found]) for task, piece in pieces)
    return Table((texts.say("column.task"), *_headings(texts)), rows)


def _next_steps(gathered: Sequence[Gathering], texts: Texts) -> list[str]:
    found = {piece.found for each in gathered for piece in each.pieces}
    steps = {Found.MISSING: "gathered.next.missing", Found.NOT_ASKED: "gathered.next.not-asked"}
    return [texts.say(text) for outcome, text in steps.items() if outcome in found]
