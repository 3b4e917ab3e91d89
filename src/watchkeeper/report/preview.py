"""What the mappings would do to single pairs: both systems side by side, before and after, and the rule behind each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from watchkeeper.model.plan import Operation
from watchkeeper.model.preview import (
    Preview,
    PreviewedField,
    PreviewedPair,
    PreviewedRecord,
    PreviewedWrite,
    ShownRaw,
    Standing,
)
from watchkeeper.model.record import RawValue, Side
from watchkeeper.report.document import Document, Link, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.plan import MARKS, note_section
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import in_order, shown

_MARKS = {
    Standing.WRITTEN: Mark.CHANGE,
    Standing.UNMAPPED: Mark.WARN,
    Standing.PARKED: Mark.WARN,
}


def preview_document(preview: Preview, folder: str, lang: str = "en") -> Document:
    """A section per pair. Places of rules are told from the mappings' `folder` on, which the head names."""
    texts = texts_in(lang)
    sections = (
        Section("", (Pairs(((texts.say("preview.mappings"), folder),)),)),
        *(pair_section(pair, folder, texts) for pair in preview.pairs),
        _strangers(preview.strangers, texts),
        _others(preview.others, texts),
        _unfound(preview.unfound, texts),
        note_section(preview.notes, texts),
    )
    return Document(
        title=texts.say("preview.title"),
        sentence=_sentence(preview, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=Mark.WARN if preview.unfound or preview.strangers or preview.others or preview.notes else Mark.NONE,
    )


def preview_json(preview: Preview, folder: str, *, exit_code: int = 0, reasons: Sequence[str] = ()) -> Json:
    """The same for programs, with whole values and whole places."""
    content = asdict(preview)
    return payload("mappings preview", exit_code, reasons, folder=folder, **content)


def _sentence(preview: Preview, texts: Texts) -> str:
    if not preview.pairs:
        return texts.say("preview.none")
    writes = [write for pair in preview.pairs for write in pair.writes]
    parts = []
    for operation in Operation:
        count = sum(write.operation is operation for write in writes)
        sides = in_order({write.side for write in writes if write.operation is operation})
        if count:
            names = texts.join([texts.side(side) for side in sides])
            parts.append(texts.count(f"plan.{operation.value}", count, sides=names))
    said = texts.join(parts) or texts.say("preview.writes.nothing")
    return texts.count("preview.sentence", len(preview.pairs), writes=said)


def pair_section(pair: PreviewedPair, folder: str, texts: Texts) -> Section:
    """One pair: where its records are, what is to be said of it as a whole, then field by field, the calls, and what is written besides."""
    head = Pairs(
        (
            *((texts.side(each.side), _record(each, texts)) for each in pair.records),
            (texts.say("preview.profile"), f"{pair.profile} [{_place(pair.place, folder)}]"),
        )
    )
    notes = [_noted(reason, remedy, texts) for reason, remedy in pair.notes]
    notes += [texts.say(f"unconcern.{pair.unconcern.value}")] if pair.unconcern is not None else []
    sides = [each.side for each in pair.records]
    parts = [_calls(pair.writes, texts)] if pair.writes else []
    parts += (
        [Section(texts.say("preview.besides"), (_table(pair.besides, sides, _unseen(pair), folder, texts),))]
        if pair.besides
        else []
    )
    return Section(
        pair.key,
        (
            head,
            *(Paragraph(note, Mark.WARN) for note in notes),
            _table(pair.fields, sides, _unseen(pair), folder, texts),
        ),
        tuple(parts),
        mark=Mark.CHANGE if pair.writes else Mark.NONE,
    )


def _noted(reason: str, remedy: str, texts: Texts) -> str:
    said = [reason_text(each, texts) for each in (reason, remedy) if each]
    return texts.say("reasons.between").join(said)


def _record(record: PreviewedRecord, texts: Texts) -> str | Link:
    named = texts.say("preview.record", table=record.table, number=record.number).strip()
    said = texts.say(f"sighting.{record.sighting}", record=named)
    return Link(said, record.url) if record.url else said


def _calls(writes: Sequence[PreviewedWrite], texts: Texts) -> Section:
    return Section(
        texts.say("preview.writes"), tuple(Paragraph(_call(each, texts), MARKS[each.operation]) for each in writes)
    )


def _call(write: PreviewedWrite, texts: Texts) -> str:
    return texts.say(
        "preview.write" if write.reason else "preview.write.bare",
        operation=texts.say(f"operation.{write.operation.value}"),
        side=texts.side(write.side),
        reason=reason_text(write.reason, texts),
    )


def _unseen(pair: PreviewedPair) -> frozenset[Side]:
    """The sides whose record is, or may be, there and was not read."""
    return frozenset(each.side for each in pair.records if each.sighting not in {"found", "never"})


def _table(
    fields: Sequence[PreviewedField], sides: Sequence[Side], unseen: frozenset[Side], folder: str, texts: Texts
) -> Table:
    headings = (texts.say("column.field"), *(texts.side(side) for side in sides))
    return Table(
        headings,
        tuple(_row(field, sides, unseen, folder, texts) for field in fields),
        note_heading=texts.say("column.rule"),
    )


def _row(field: PreviewedField, sides: Sequence[Side], unseen: frozenset[Side], folder: str, texts: Texts) -> Row:
    held = {each.side: each.raw for each in field.sides}
    cells = (_held(held.get(side, ()), side in unseen, texts) for side in sides)
    return Row((texts.field(field.name), *cells), _MARKS.get(field.standing, Mark.NONE), _note(field, folder, texts))


def _note(field: PreviewedField, folder: str, texts: Texts) -> str:
    reason = reason_text(field.reason, texts)
    rows = [
        texts.count(f"preview.{name}_by", len(places), places=", ".join(_row_of(place, field.rule) for place in places))
        for name, places in (
            ("read", [each.read_by for each in field.sides if each.read_by]),
            ("written", [each.written_by for each in field.sides if each.written_by]),
        )
        if places
    ]
    return texts.say(
        "preview.note",
        standing=texts.say(f"standing.{field.standing.value}"),
        reason=texts.say("preview.note.reason", reason=reason) if reason else "",
        rule="; ".join([_place(field.rule, folder), *(rows if field.standing is not Standing.CREATE_ONCE else [])]),
    )


def _held(raw: Sequence[ShownRaw], unseen: bool, texts: Texts) -> str:
    if raw and unseen and not any(each.is_written for each in raw):
        return texts.say("preview.unseen")
    return "; ".join(_cell(each, texts) for each in raw)


def _cell(raw: ShownRaw, texts: Texts) -> str:
    value = _value(raw.before, raw.before_labels, texts)
    if raw.is_written:
        value = texts.say("value.change", before=value, after=_value(raw.after, raw.after_labels, texts))
    return texts.say("preview.raw", name=raw.name, value=value)


def _value(value: RawValue, labels: Sequence[str], texts: Texts) -> str:
    text, label = shown(value, texts), _label(labels, texts)
    return texts.say("preview.choice", value=text, label=label) if label else text


def _label(labels: Sequence[str], texts: Texts) -> str:
    """The label that a reader most likely knows: an instance tells its languages apart by code, its lists here by script."""
    latin = texts.language == "en"
    return next((label for label in labels if label.isascii() is latin), labels[0] if labels else "")


def _place(place: str, folder: str) -> str:
    return place.removeprefix(f"{folder}/")


def _row_of(place: str, rule: str) -> str:
    """A row's line and column: it stands in the rule's own file."""
    return place.removeprefix(f"{rule.rsplit(':', 2)[0]}:")


def _strangers(records: Sequence[PreviewedRecord], texts: Texts) -> Section | None:
    if not records:
        return None
    lines = tuple(
        Paragraph(
            texts.say("preview.stranger", record=f"{each.table} {each.number}", side=texts.side(each.side)), Mark.WARN
        )
        for each in records
    )
    return Section(texts.say("preview.strangers"), lines)


def _others(keys: Mapping[str, str], texts: Texts) -> Section | None:
    if not keys:
        return None
    lines = (texts.say("preview.other", key=key, profile=profile) for key, profile in keys.items())
    return Section(texts.say("preview.others"), tuple(Paragraph(line, Mark.WARN) for line in lines))


def _unfound(names: Sequence[str], texts: Texts) -> Section | None:
    if not names:
        return None
    lines = tuple(Paragraph(texts.say("preview.unfound.name", name=shown(name, texts)), Mark.BAD) for name in names)
    return Section(texts.say("preview.unfound"), lines)
