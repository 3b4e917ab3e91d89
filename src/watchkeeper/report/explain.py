"""Where a field's value comes from and goes to: for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

from watchkeeper.mapping.explain import ClosingStory, FieldStory, SideStory
from watchkeeper.mapping.explain_settings import SettingStory
from watchkeeper.report.document import Block, Document, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.texts import Texts, texts_in

_TOLD_APART = ("steps", "prefix", "suffix", "in_order", "otherwise")
"""Settings of a kind that have a line of their own; the others stand in its sentence."""
_EMPTY = '""'


def explain_document(
    word: str, stories: Sequence[FieldStory], lang: str = "en", settings: Sequence[SettingStory] = ()
) -> Document:
    """`word` is what was asked for: the field's name, or a raw field's. `settings`: what else is said of a raw field."""
    texts = texts_in(lang)
    names = texts.join(tuple(dict.fromkeys(story.name for story in stories)))
    named = (*(story.profile for story in stories), *(each.profile for each in settings))
    profiles = texts.join(tuple(dict.fromkeys(named)))
    sections = (*(story_section(story, texts) for story in stories), *settings_sections(settings, texts))
    key = "explain.sentence" if all(story.name == word for story in stories) else "explain.sentence.raw"
    sentence = texts.say(key, word=word, names=names, profiles=profiles)
    return Document(texts.say("explain.title", word=word), sentence, sections)


def explain_json(word: str, stories: Sequence[FieldStory], settings: Sequence[SettingStory] = ()) -> Json:
    rules, others = ([asdict(each) for each in told] for told in (stories, settings))
    return payload("mappings explain", 0, (), field=word, rules=rules, settings=others)


def settings_sections(settings: Sequence[SettingStory], texts: Texts) -> Iterator[Section]:
    """What a raw field is used for besides being kept in step, profile by profile and side by side."""
    for (profile, side, table), uses in groupby(settings, key=lambda each: (each.profile, each.side, each.table)):
        told = list(uses)
        title = texts.say("explain.setting", name=f"{table}.{told[0].name}", side=texts.side(side), profile=profile)
        lines = (
            Paragraph(f"{texts.say(f'explain.use.{each.use.value}', value=each.value)} ({each.place})") for each in told
        )
        yield Section(title, tuple(lines))


def story_section(story: FieldStory, texts: Texts) -> Section:
    """A field's rule in full: whose value counts, how each side keeps it, and what a close carries."""
    title = texts.say("explain.rule", name=story.name, profile=story.profile)
    off = () if story.enabled else (Paragraph(texts.say("explain.off")),)
    return Section(title, (*off, Pairs(tuple(_facts(story, texts)))), (*_sides(story, texts), *_closings(story, texts)))


def _facts(story: FieldStory, texts: Texts) -> Iterator[tuple[str, str]]:
    yield texts.say("explain.fact.place"), story.place
    yield texts.say("explain.fact.owner"), texts.say(f"explain.owner.{story.owner}", word=story.owner)
    if story.resolver:
        resolved = texts.say(f"explain.resolver.{story.resolver}", word=story.resolver)
        yield texts.say("explain.fact.resolver"), resolved
    if not story.may_lower:
        yield texts.say("explain.fact.lower"), texts.say("explain.never_lowered")
    if story.direction != "both":
        yield (
            texts.say("explain.fact.direction"),
            texts.say(f"explain.direction.{story.direction}", word=story.direction),
        )
    for side, conditions in story.when.items():
        yield texts.say("explain.fact.when"), f"{texts.side(side)}: {texts.join(conditions)}"
    if story.begins:
        key, value = story.begins
        yield texts.say("explain.fact.begins"), f"{key}: {value}"


def _sides(story: FieldStory, texts: Texts) -> Iterator[Section]:
    for side in story.sides:
        title = f"{texts.side(side.side)}: {side.table}.{', '.join(side.fields)}"
        yield Section(title, tuple(_kept(side, texts)))


def _kept(side: SideStory, texts: Texts) -> Iterator[Block]:
    yield Paragraph(f"{texts.say(f'explain.how.{side.translation}', **side.told)} ({side.place})")
    if side.rows:
        yield _rows(side, texts)
    for name in _TOLD_APART:
        if name in side.told:
            yield Paragraph(texts.say(f"explain.told.{name}", value=side.told[name]))
    if side.default is not None:
        yield Paragraph(texts.say("explain.default", value=side.default))
    if side.only_read:
        yield Paragraph(texts.say("explain.only_read"))
    if side.cannot_hold:
        yield Paragraph(texts.say("explain.cannot_hold", values=texts.join(side.cannot_hold)))
    if side.transitions is not None:
        ways = "; ".join(f"{state} → {', '.join(targets) or '–'}" for state, targets in side.transitions.items())
        yield Paragraph(texts.say("explain.transitions", ways=ways))


def _rows(side: SideStory, texts: Texts) -> Table:
    """Nothing is written for the rows of what is only read."""
    columns = ("raw", "means", "line") if side.only_read else ("raw", "means", "writes", "line")
    cells = (
        {
            "raw": ", ".join(row.raw),
            "means": row.means,
            "writes": ", ".join(row.writes),
            "line": row.place.rsplit(":", 2)[1],
        }
        for row in side.rows
    )
    headings = tuple(texts.say(f"explain.column.{name}") for name in columns)
    shown = tuple(Row(tuple(each[name] for name in columns)) for each in cells)
    return Table(headings, shown, numbers=frozenset({len(columns) - 1}))


def _closings(story: FieldStory, texts: Texts) -> Iterator[Section]:
    for closing in story.closings:
        yield Section(texts.say(f"explain.closing.{closing.side}"), tuple(_written(closing, texts)))


def _written(closing: ClosingStory, texts: Texts) -> Iterator[Block]:
    yield Paragraph(f"{texts.say(f'explain.close_from.{closing.close_from}')} ({closing.place})")
    headings = (
        ", ".join(closing.reads) or texts.say("explain.column.any"),
        texts.say("explain.column.write"),
        texts.say("explain.column.line"),
    )
    otherwise = texts.say("explain.otherwise")
    cells = (
        (
            otherwise if row.held is None else ", ".join(value or _EMPTY for value in row.held),
            ", ".join(f"{name}: {value or _EMPTY}" for name, value in row.write.items()),
            row.place.rsplit(":", 2)[1],
        )
        for row in closing.rows
    )
    yield Table(headings, tuple(Row(each) for each in cells), numbers=frozenset({2}))
    if not any(row.held is None for row in closing.rows):
        yield Paragraph(texts.say("explain.parks"))
    for name, place in closing.texts.items():
        yield Paragraph(texts.say("explain.text", name=name, place=place))
    if closing.cleared:
        yield Paragraph(texts.say("explain.cleared", names=texts.join(closing.cleared)))
