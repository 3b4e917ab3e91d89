"""What a profile does with one ticket, on the board: by its number as both sides last agreed, or a record that somebody pasted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from watchkeeper.model.preview import PreviewedPair, Standing
from watchkeeper.model.record import Side
from watchkeeper.report.board.leads import filtered, link_page, mapping_page
from watchkeeper.report.document import Block, Document, Lead, Mark, Paragraph, Section
from watchkeeper.report.preview import pair_section
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import moment, shown

TRIED: Final = "tried"
BESIDES: Final = "tried-besides"
_LINKED: Final = frozenset({"pair", "alone"})
"""What has a page of its own."""


class Outcome(StrEnum):
    """What came of it. The others are those of watchkeeper.sync.tried.Fate."""

    UNFOUND = "unfound"
    """The store knows no pair of that name."""
    ELSEWHERE = "elsewhere"
    """It is a pair of another profile."""
    UNREAD = "unread"
    """The mappings cannot be read."""


@dataclass(frozen=True, slots=True)
class Tried:
    """`asked`: the number or key that was asked for; "" for a pasted record. `outcome`: a word of Outcome or of watchkeeper.sync.tried.Fate.
    `other`: the profile of a pair that is another's. `agreed_at`: when both sides were last seen to agree, of a pair. `forgotten`: raw
    fields, by side, that the profile reads and of which the store keeps no value; `lacking`: of the record that was pasted. `groups`: of
    the population, which no run has looked up."""

    asked: str
    outcome: str
    other: str = ""
    pair: PreviewedPair | None = None
    agreed_at: datetime | None = None
    forgotten: Mapping[Side, tuple[str, ...]] | None = None
    lacking: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    other_table: str = ""

    @property
    def unknown(self) -> int:
        """Fields with a value that no table knows."""
        return sum(each.standing is Standing.UNMAPPED for each in self.pair.fields) if self.pair else 0


def tried_sections(tried: Tried, folder: str, texts: Texts, *, led: bool = False) -> tuple[Section, ...]:
    """What came of it, in words, and field by field. `led`: the page begins with the sentence already."""
    title = texts.say("board.tried", name=shown(tried.asked, texts)) if tried.asked else texts.say("board.tried.pasted")
    if tried.pair is None:
        there = filtered(mapping_page(tried.other), ticket=tried.asked)
        leads = (Lead(texts.say("board.tried.there", profile=tried.other), there),) if tried.other else ()
        return (Section(title, () if led else (_opening(tried, texts),), leads=leads),)
    told = pair_section(tried.pair, folder, texts)
    head, *rest = told.blocks
    leads = (Lead(texts.say("board.tried.pair_page"), link_page(tried.pair.key)),) if tried.outcome in _LINKED else ()
    notes = tuple(each for each in rest if isinstance(each, Paragraph))
    tables = tuple(each for each in rest if not isinstance(each, Paragraph))
    inner = tuple(
        Section(each.title, each.blocks, each.sections, each.mark, anchor=f"{BESIDES}-{number}")
        for number, each in enumerate(told.sections, 1)
    )
    opening = () if led else (_opening(tried, texts),)
    about = Section(title, (*opening, *_remarks(tried, texts), *notes, head), leads=leads)
    return (about, Section(texts.say("board.tried.fields"), tables, inner, anchor=TRIED))


def sentence_of(tried: Tried, texts: Texts) -> str:
    return texts.say(f"board.tried.{tried.outcome}", name=shown(tried.asked, texts), profile=tried.other)


def mark_of(tried: Tried) -> Mark:
    if tried.pair is None or tried.unknown:
        return Mark.WARN
    return Mark.CHANGE if tried.pair.writes else Mark.NONE


def _opening(tried: Tried, texts: Texts) -> Paragraph:
    return Paragraph(sentence_of(tried, texts), mark_of(tried))


def _remarks(tried: Tried, texts: Texts) -> tuple[Block, ...]:
    """What no table knows, and what nobody can know here."""
    said: list[Paragraph] = []
    if tried.unknown:
        said.append(Paragraph(texts.count("board.tried.unknown", tried.unknown), Mark.WARN))
    if tried.agreed_at is not None:
        kept = "board.tried.alone_at" if tried.outcome == "alone" else "board.tried.agreed_at"
        said.append(Paragraph(texts.say(kept, at=moment(tried.agreed_at, texts))))
    for side, names in (tried.forgotten or {}).items():
        words = texts.say("board.tried.forgotten", side=texts.side(side), names=", ".join(names))
        said.append(Paragraph(words, Mark.WARN))
    if tried.lacking:
        said.append(Paragraph(texts.say("board.tried.lacking", names=", ".join(tried.lacking)), Mark.WARN))
    if tried.other_table:
        said.append(Paragraph(texts.say("board.tried.other_table", table=shown(tried.other_table, texts)), Mark.WARN))
    if tried.groups and tried.outcome == "unsure":
        said.append(Paragraph(texts.say("board.tried.groups", names=", ".join(tried.groups)), Mark.WARN))
    return tuple(said)


def trial_document(profile: str, deployment: str, tried: Tried | None, folder: str, texts: Texts) -> Document:
    """The page on which records are pasted."""
    title = texts.say("board.try.title", profile=profile, deployment=deployment)
    back = Section(
        "", leads=(Lead(texts.say("board.mapping", profile=profile, deployment=deployment), mapping_page(profile)),)
    )
    if tried is None:
        return Document(title, texts.say("board.try.lead"), (back,))
    return Document(
        title, sentence_of(tried, texts), (*tried_sections(tried, folder, texts, led=True), back), mark_of(tried)
    )
