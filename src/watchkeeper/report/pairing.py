"""What `link` and `adopt` found: pairs to be, and pairs that cannot be made."""

from __future__ import annotations

from collections.abc import Sequence

from watchkeeper.model.pairing import Pairing
from watchkeeper.report.document import Document, Mark, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.plan import note_section
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in


def pairing_document(
    pairings: Sequence[Pairing], stored: int, lang: str = "en", notes: Sequence[str] = (), *, confirmed: bool
) -> Document:
    """One row per pair, problems first."""
    texts = texts_in(lang)
    ordered = sorted(pairings, key=lambda row: (not row.problem, row.names))
    headings = tuple(texts.say(f"column.{name}") for name in ("ticket", "incident", "title", "reason"))
    table = Table(headings, tuple(_row(pairing, texts) for pairing in ordered))
    sentence = texts.count("pairing.stored", stored) if confirmed else texts.count("pairing.shown", _possible(pairings))
    steps = () if confirmed or not _possible(pairings) else (texts.say("pairing.confirm"),)
    noted = note_section(notes, texts)
    sections = (*((Section("", (table,)),) if pairings else ()), *((noted,) if noted else ()))
    return Document(
        texts.say("pairing.title"), sentence, sections, next_steps=steps, next_title=texts.say("next.title")
    )


def pairing_json(
    pairings: Sequence[Pairing],
    stored: int,
    notes: Sequence[str] = (),
    *,
    confirmed: bool,
    command: str = "link",
    exit_code: int = 0,
) -> Json:
    """The same for programs."""
    rows = [
        {
            "names": list(row.names),
            "key": row.key,
            "servicenow": row.ticket.number if row.ticket else "",
            "sentinel": row.incident.number if row.incident else "",
            "problem": row.problem,
        }
        for row in pairings
    ]
    refused = tuple(row.problem for row in pairings if row.problem)
    return payload(command, exit_code, refused, confirmed=confirmed, stored=stored, pairs=rows, notes=list(notes))


def _possible(pairings: Sequence[Pairing]) -> int:
    return sum(1 for pairing in pairings if not pairing.problem)


def _row(pairing: Pairing, texts: Texts) -> Row:
    ticket = pairing.ticket.number if pairing.ticket else pairing.names[0]
    incident = pairing.incident.number if pairing.incident else pairing.names[1]
    title = pairing.ticket.fields.get("short_description") if pairing.ticket else ""
    reason = reason_text(pairing.problem, texts) or texts.say("pairing.fine")
    return Row(
        (ticket, incident, title if isinstance(title, str) else "", reason), Mark.BAD if pairing.problem else Mark.ADD
    )
