"""What changed mappings mean: counts first, then what to look at first, then subject by subject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from watchkeeper.mapping.impact import LiveCount
from watchkeeper.model.difference import Difference, Subject
from watchkeeper.report.document import Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.texts import Texts, texts_in

_SUBJECTS = list(Subject)
_LONGEST = 200
"""Characters of a value in a sentence; JSON has it whole."""


@dataclass(frozen=True, slots=True)
class DiffView:
    """Two versions of the mappings, as people call them, and what differs. `touched`: for each difference the keys of open
    pairs that it touches; None where there is no memory to ask. `live`: None where no system was asked."""

    old: str
    new: str
    differences: tuple[Difference, ...]
    touched: tuple[frozenset[str], ...] | None = None
    live: tuple[LiveCount, ...] | None = None

    @property
    def all_touched(self) -> frozenset[str]:
        return frozenset[str]().union(*(self.touched or ()))


def diff_document(view: DiffView, lang: str = "en") -> Document:
    """The differences for people; each subject folds where the form can fold."""
    texts = texts_in(lang)
    title = texts.say("diff.title")
    if not view.differences:
        sentence = texts.say("diff.sentence.same", old=view.old, new=view.new)
        return Document(title, sentence, tuple(_live(view, texts)), mark=Mark.GOOD)
    dangerous = [each for each in view.differences if each.dangerous]
    touched = texts.say("diff.untold")
    if view.touched is not None:
        touched = texts.count("diff.touched", len(view.all_touched))
    sentence = texts.count(
        "diff.sentence",
        len(view.differences),
        old=view.old,
        new=view.new,
        dangerous=texts.count("diff.dangerous", len(dangerous)),
        touched=touched,
    )
    sections = [_counts(view, texts)]
    if dangerous:
        rows = tuple(_row(each, view, texts, subject=True) for each in dangerous)
        sections.append(Section(texts.say("diff.first"), (_table(rows, texts, subject=True),), mark=Mark.WARN))
    sections += [*_live(view, texts), *_by_subject(view, texts)]
    return Document(title, sentence, tuple(sections), mark=Mark.WARN if dangerous else Mark.CHANGE)


def diff_json(view: DiffView, *, exit_code: int) -> Json:
    """The differences for programs; values whole."""
    keys: Sequence[frozenset[str] | None] = view.touched or [None] * len(view.differences)
    return payload(
        "mappings diff",
        exit_code,
        [],
        old=view.old,
        new=view.new,
        touched=None if view.touched is None else len(view.all_touched),
        differences=[_as_json(each, found) for each, found in zip(view.differences, keys, strict=True)],
        live=None if view.live is None else [_live_json(each) for each in view.live],
    )


def meaning(difference: Difference, texts: Texts) -> str:
    """One difference as a sentence."""
    said = {name: _shown(name, value, texts) for name, value in difference.args.items()}
    return texts.say(f"shift.{difference.shift.value}", path=difference.path, **said)


def _as_json(difference: Difference, keys: frozenset[str] | None) -> Json:
    return {
        "subject": difference.subject.value,
        "name": difference.name,
        "path": difference.path,
        "shift": difference.shift.value,
        "args": dict(difference.args),
        "meaning": meaning(difference, texts_in("en")),
        "place": difference.place,
        "dangerous": difference.dangerous,
        "touched": None if keys is None else sorted(keys),
    }


def _live_json(count: LiveCount) -> Json:
    return {"side": count.side, "field": count.field, "writes": count.writes, "tickets": count.tickets}


def _counts(view: DiffView, texts: Texts) -> Section:
    rows = tuple(
        Row(
            (
                subject_of(found[0], texts),
                f"{len(found):,}",
                f"{sum(each.dangerous for each in found):,}",
                _number(view, found),
            )
        )
        for found in _grouped(view.differences)
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("subject", "changes", "first", "touched"))
    return Section(texts.say("diff.counts"), (Table(headings, rows, frozenset({1, 2, 3})),))


def _by_subject(view: DiffView, texts: Texts) -> Iterator[Section]:
    for found in _grouped(view.differences):
        rows = tuple(_row(each, view, texts) for each in found)
        yield Section(subject_of(found[0], texts), (_table(rows, texts),), folded=True)


def _grouped(differences: Sequence[Difference]) -> Iterator[list[Difference]]:
    ordered = sorted(differences, key=lambda each: (_SUBJECTS.index(each.subject), each.name, not each.dangerous))
    for _, found in groupby(ordered, key=lambda each: (each.subject, each.name)):
        yield list(found)


def _row(difference: Difference, view: DiffView, texts: Texts, *, subject: bool = False) -> Row:
    first = (subject_of(difference, texts),) if subject else ()
    cells = (*first, meaning(difference, texts), _number(view, [difference]))
    return Row(cells, Mark.WARN if difference.dangerous else Mark.CHANGE, note=difference.place)


def _table(rows: tuple[Row, ...], texts: Texts, *, subject: bool = False) -> Table:
    names = [*(["subject"] * subject), "meaning", "touched"]
    headings = tuple(texts.say(f"column.{name}") for name in names)
    return Table(headings, rows, frozenset({len(names) - 1}), note_heading=texts.say("column.place"))


def _number(view: DiffView, found: Sequence[Difference]) -> str:
    if view.touched is None:
        return "?"
    keys: Mapping[int, frozenset[str]] = dict(zip(map(id, view.differences), view.touched, strict=True))
    return f"{len(frozenset[str]().union(*(keys[id(each)] for each in found))):,}"


def _live(view: DiffView, texts: Texts) -> Iterator[Section]:
    if view.live is None:
        return
    title = texts.say("diff.live")
    if not view.live:
        yield Section(title, (Paragraph(texts.say("diff.live.none")),), mark=Mark.GOOD)
        return
    headings = tuple(texts.say(f"column.{name}") for name in ("side", "field", "writes", "tickets"))
    rows = tuple(
        Row((texts.side(each.side), texts.field(each.field), f"{each.writes:,}", f"{each.tickets:,}"))
        for each in view.live
    )
    yield Section(title, (Table(headings, rows, frozenset({2, 3})),), mark=Mark.CHANGE)


def subject_of(difference: Difference, texts: Texts) -> str:
    """What a difference is about."""
    return texts.say(f"subject.{difference.subject.value}", name=difference.name)


def _shown(name: str, value: str, texts: Texts) -> str:
    """A value in a sentence: sides by their names, nothing as such, line ends and long texts shortened."""
    if name == "side":
        return texts.side(value)
    words = " ".join(value.split())
    if not words:
        return texts.say("none") if name in {"before", "after"} else value
    if len(words) > _LONGEST:
        return texts.say("value.cut", start=words[:_LONGEST], count=f"{len(words):,}")
    return words
