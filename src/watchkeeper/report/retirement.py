"""What a deployment that is taken out of use leaves behind, and what people have to remove: for people, programs and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from watchkeeper.model.retirement import LeftPair, LeftRecord, LeftWrite, Retirement
from watchkeeper.report.document import Bullets, Cell, Document, Link, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, halt_json, payload
from watchkeeper.report.neutralise import no_formula
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import in_order, moment

_COLUMNS = ("key", "profile", "side", "number", "open", "url")


def retirement_document(view: Retirement, lang: str = "en") -> Document:
    """`view.halt` is None while it is only shown what a retirement would mean."""
    texts = texts_in(lang)
    name = "retire.plan" if view.halt is None else "retire.again" if view.before is not None else "retire.done"
    sections = (_pairs(view, texts), _writes(view.writes, texts), _marks(view, texts), _removals(view, texts))
    step = "retire.next.confirm" if view.halt is None else "retire.next.undo"
    return Document(
        texts.say("retire.title"),
        texts.say(name, deployment=view.deployment, pairs=texts.count("retire.pairs", len(view.pairs))),
        tuple(section for section in sections if section is not None),
        mark=Mark.WARN,
        next_steps=(texts.say(step),),
        next_title=texts.say("next.title"),
    )


def brought_back_document(deployment: str, lang: str = "en", *, was_retired: bool) -> Document:
    texts = texts_in(lang)
    sentence = texts.say("retire.back" if was_retired else "retire.back.nothing", deployment=deployment)
    steps = (texts.say("resumed.next.plan"),) if was_retired else ()
    return Document(texts.say("retire.title"), sentence, next_steps=steps, next_title=texts.say("next.title"))


def retirement_json(view: Retirement, *, exit_code: int = 0) -> Json:
    return payload(
        "retire",
        exit_code,
        (),
        deployment=view.deployment,
        store=view.store,
        as_of=view.as_of,
        halt=halt_json(view.halt),
        before=halt_json(view.before),
        linked=view.linked,
        pairs=[
            {
                "key": pair.key,
                "profile": pair.profile,
                "records": [_record_json(pair.records[side]) for side in in_order(pair.records)],
            }
            for pair in view.pairs
        ],
        writes=[
            {
                "key": write.key,
                "side": write.ref.side,
                "table": write.ref.table,
                "record_id": write.ref.id,
                "operation": write.operation,
                "outcome": write.outcome,
                "why": write.why,
            }
            for write in view.writes
        ],
        labels=list(view.labels),
        accounts=dict(view.accounts),
        roles=list(view.roles),
        azure_role=view.azure_role,
    )


def retirement_csv(view: Retirement) -> str:
    """The open pairs, one row per record, for a spreadsheet: no cell of it is a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for pair in view.pairs:
        for side in in_order(pair.records):
            record = pair.records[side]
            cells = (pair.key, pair.profile, side, record.number, "yes" if record.is_open else "no", record.url)
            writer.writerow([no_formula(cell) for cell in cells])
    return stream.getvalue()


def _record_json(record: LeftRecord) -> Json:
    return {"side": record.ref.side, "number": record.number, "url": record.url, "open": record.is_open}


def _pairs(view: Retirement, texts: Texts) -> Section | None:
    if not view.pairs:
        return None
    headings = tuple(texts.say(f"column.{name}") for name in ("key", "ticket", "incident"))
    table = Table(headings, tuple(Row(_cells(pair, texts)) for pair in view.pairs))
    said = Paragraph(texts.say("retire.as_of", at=moment(view.as_of, texts)))
    return Section(texts.say("retire.open", count=f"{len(view.pairs):,}"), (said, table))


def _cells(pair: LeftPair, texts: Texts) -> tuple[Cell, ...]:
    return (pair.key, *(_cell(pair.records.get(side), texts) for side in ("servicenow", "sentinel")))


def _cell(record: LeftRecord | None, texts: Texts) -> Cell:
    if record is None:
        return ""
    name = record.number or record.ref.id
    return Link(name if record.is_open else texts.say("retire.closed", number=name), record.url)


def _writes(writes: Sequence[LeftWrite], texts: Texts) -> Section | None:
    if not writes:
        return None
    lines = tuple(Paragraph(_write(write, texts), Mark.WARN) for write in writes)
    return Section(texts.say("retire.writes", count=f"{len(writes):,}"), lines)


def _write(write: LeftWrite, texts: Texts) -> str:
    line = texts.say(
        f"retire.write.{write.outcome.value}",
        key=write.key,
        operation=texts.say(f"operation.{write.operation}"),
        side=texts.side(write.ref.side),
        record=f"{write.ref.table}/{write.ref.id}",
    )
    return texts.say("retire.write.because", line=line, why=reason_text(write.why, texts)) if write.why else line


def _marks(view: Retirement, texts: Texts) -> Section:
    lines = (
        texts.say("retire.marks.servicenow"),
        texts.say("retire.marks.sentinel", labels=texts.join(view.labels)),
        texts.say("retire.marks.why"),
    )
    title = texts.say("retire.marks", count=f"{view.linked:,}")
    return Section(title, (Bullets(tuple(Paragraph(line) for line in lines)),))


def _removals(view: Retirement, texts: Texts) -> Section:
    unknown = texts.say("retire.account.unknown")
    lines = (
        texts.say("retire.remove.jobs", deployment=view.deployment),
        texts.say(
            "retire.remove.servicenow",
            account=view.accounts.get("servicenow", unknown),
            roles=texts.join(view.roles),
        ),
        texts.say("retire.remove.azure", account=view.accounts.get("sentinel", unknown), role=view.azure_role),
        texts.say("retire.remove.secrets"),
        texts.say("retire.remove.store", store=view.store),
    )
    return Section(texts.say("retire.remove"), (Bullets(tuple(Paragraph(line) for line in lines)),))
