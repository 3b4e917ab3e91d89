"""The board's page on one profile: how fields and values are kept in step, and what the tickets show of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from watchkeeper.errors import Problem
from watchkeeper.mapping.explain_settings import SettingStory
from watchkeeper.mapping.round_trips import TripTable
from watchkeeper.model.record import Side
from watchkeeper.report.board.leads import mapping_page
from watchkeeper.report.board.mapping_diff import Compared, SinceSync, profile_section
from watchkeeper.report.board.mapping_fields import (
    MappedField,
    fields_section,
    rule_sections,
    settings_section,
    value_sections,
)
from watchkeeper.report.board.mapping_seen import Seen, seen_sections
from watchkeeper.report.board.mapping_tried import Tried, tried_sections
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.checks import problems_document
from watchkeeper.report.document import Block, Document, Lead, Mark, Pairs, Paragraph, Section, with_texts
from watchkeeper.report.texts import Texts, texts_in

PROBLEMS: Final = "problems"
PLACE: Final = "mappings"
"""The page of all profiles."""


@dataclass(frozen=True, slots=True)
class ProfileMapping:
    """`folder`: of the mappings. `tables`: by system. `stops`: whether something in the mappings folder keeps runs from starting; `problems`: what is wrong with this
    profile's own file, whose rules are then not told."""

    head: Head
    folder: str
    profile: str
    kind: str
    place: str
    enabled: bool
    tables: Mapping[Side, str]
    comments: str
    gone: str
    stops: bool
    problems: tuple[Problem, ...]
    fields: tuple[MappedField, ...]
    values: tuple[TripTable, ...]
    settings: tuple[SettingStory, ...]
    seen: Seen
    shipped: Compared
    since_sync: SinceSync
    tried: Tried | None


def mapping_document(found: ProfileMapping, lang: str = "en") -> Document:
    texts = texts_in(lang)
    told: tuple[Section | None, ...] = (
        problems_section(found.problems, texts, stops=found.stops) if found.problems else None,
        *(_trial(found, texts) if found.fields else ()),
        fields_section(found.fields, found.tables, texts) if found.fields else None,
        *(seen_sections(found.seen, found.profile, texts) if found.fields else ()),
        *value_sections(found.values, found.seen.rows, texts),
        settings_section(found.settings, texts),
        profile_section(found.shipped, found.since_sync, texts, enabled=found.enabled),
        rule_sections(found.fields, texts) if found.fields else None,
        _facts(found, texts),
    )
    return Document(
        title=texts.say("board.mapping", profile=found.profile, deployment=found.head.deployment),
        sentence=_sentence(found, texts),
        sections=with_texts(tuple(section for section in told if section is not None), below(found.folder)),
        mark=_mark(found),
    )


def _trial(found: ProfileMapping, texts: Texts) -> Iterator[Section]:
    """Where a ticket can be tried out, and what came of one that was."""
    lead = Lead(texts.say("board.try.paste"), f"{mapping_page(found.profile)}/try")
    yield Section(texts.say("board.try"), (Paragraph(texts.say("board.try.told")),), anchor="try", leads=(lead,))
    if found.tried is not None:
        yield from tried_sections(found.tried, found.folder, texts)


def _mark(found: ProfileMapping) -> Mark:
    if found.problems or found.stops:
        return Mark.BAD
    if not found.enabled:
        return Mark.NONE
    return Mark.WARN if found.seen.unknown else Mark.GOOD


def _sentence(found: ProfileMapping, texts: Texts) -> str:
    if found.problems:
        return texts.count("board.mapping.broken", len(found.problems))
    if found.stops:
        return texts.say("board.mapping.others_broken")
    if not found.enabled:
        return texts.say("explain.off")
    if found.seen.unknown_count:
        return texts.count("board.mapping.has_unknown", found.seen.unknown_count, since=found.seen.since.isoformat())
    return texts.count("board.mapping.fine", len(found.fields), since=found.seen.since.isoformat())


def below(folder: str) -> Callable[[str], str]:
    """Shortens the places in a text: they are below the folder that the page names once."""
    return (lambda text: text.replace(f"{folder}/", "")) if folder else str


def problems_section(problems: tuple[Problem, ...], texts: Texts, *, stops: bool) -> Section:
    """Everything that is wrong, with places and remedies, and what that means for runs."""
    (listed, *_) = problems_document(problems, texts.language).sections
    means = Paragraph(
        texts.say("board.mapping.stops" if stops else "board.mapping.goes_on"), Mark.BAD if stops else Mark.WARN
    )
    blocks: tuple[Block, ...] = (means, *listed.blocks)
    return replace(
        listed, title=texts.say("board.mapping.problems", count=f"{len(problems):,}"), blocks=blocks, anchor=PROBLEMS
    )


def _facts(found: ProfileMapping, texts: Texts) -> Section:
    rows = [
        (texts.say("board.mapping.fact.folder"), found.folder),
        (texts.say("board.mapping.fact.place"), found.place),
    ]
    if found.fields:
        rows += [
            (texts.say("board.mapping.fact.kind"), texts.say(f"board.mapping.kind.{found.kind}")),
            (texts.say("board.mapping.fact.comments"), texts.say(f"board.mapping.comments.{found.comments}")),
            (texts.say("board.mapping.fact.gone"), texts.say(f"board.mapping.gone.{found.gone}")),
        ]
    leads = (Lead(texts.say("board.page.mappings"), PLACE),)
    return Section(texts.say("board.mapping.facts"), (Pairs(tuple(rows)),), anchor="facts", leads=leads)
