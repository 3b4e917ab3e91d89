"""The report of Secure Score as a page: the same, and the controls behind the numbers of its categories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from watchkeeper.evidence.score_categories import ScoredControl
from watchkeeper.report.board.leading import leading_to, with_rows
from watchkeeper.report.board.leads import filtered
from watchkeeper.report.board.nouns import MOST
from watchkeeper.report.board.of_period import OfPeriod
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Cell, Document, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.figures import NOTHING, points
from watchkeeper.report.secure_score import ScoreReport
from watchkeeper.report.secure_score_categories import BY_CATEGORY
from watchkeeper.report.secure_score_document import BY_DAY, control_cell, score_document
from watchkeeper.report.texts import Texts, texts_in

UNKNOWN: Final = "unknown"
WORTHS: Final = ("", UNKNOWN)
"""Which controls can be chosen by what they are worth: those of categories, or those of which nobody knows it."""
_DAY: Final = tuple(map(BY_DAY.index, ("day", "points", "maximum")))
_CATEGORY: Final = tuple(map(BY_CATEGORY.index, ("points", "maximum", "controls")))
"""What leads to controls: the day itself, and what is a sum over them."""
_COLUMNS: Final = ("control", "category", "points", "worth", "left", "owner", "scored")


@dataclass(frozen=True, slots=True)
class ScoresOfPeriod(OfPeriod[ScoreReport]):
    """`category` ("" for all) and `worth` (a word of WORTHS) are which controls are listed, `most` how many entries of a list are shown."""

    category: str = ""
    worth: str = ""
    most: int = MOST

    @property
    def listed(self) -> tuple[ScoredControl, ...]:
        controls = self.report.unprofiled if self.worth else self.report.controls
        return tuple(each for each in controls if self.category in ("", each.scored.category))


def score_page(found: ScoresOfPeriod, lang: str = "en") -> Document:
    document, texts = score_document(found.report, lang), texts_in(lang)
    *sections, facts = (_leading(each, found, texts) for each in document.sections)
    return replace(document, sections=(*sections, *_controls(found, texts), facts))


def _leading(section: Section, found: ScoresOfPeriod, texts: Texts) -> Section:
    match section.anchor:
        case "days":
            days = [each.day.isoformat() for each in found.report.within]
            return with_rows(
                section, lambda row, number: _to(row, _DAY, f"{filtered('', period=days[number])}#controls")
            )
        case "categories":
            names = [each.name for each in found.report.categories]
            led = with_rows(section, lambda row, number: _to(row, _CATEGORY, _place(found, category=names[number])))
            unknown = Lead(texts.say("board.score.unknown"), _place(found, worth=UNKNOWN))
            return replace(led, leads=(unknown,) if found.report.unprofiled else ())
        case _:
            return section


def _to(row: Row, cells: Iterable[int], place: str) -> Row:
    for at in cells:
        row = leading_to(row, at, place)
    return row


def _place(found: ScoresOfPeriod, **chosen: str) -> str:
    return f"{filtered('', period=found.spelled, **chosen)}#controls"


def _controls(found: ScoresOfPeriod, texts: Texts) -> tuple[Section, ...]:
    if found.report.latest is None:
        return ()
    listed = found.listed
    worth = texts.say("board.score.unknown") if found.worth else ""
    chosen = [each for each in (texts.value("category", found.category), worth) if each]
    said = texts.say("board.tasks.between").join(chosen) or texts.say("board.score.all")
    title = texts.say("board.score.controls", chosen=said, count=f"{len(listed):,}")
    leads = (Lead(texts.say("board.all_of_them"), _place(found)),) if chosen else ()
    if not listed:
        return (Section(title, (Paragraph(texts.say("board.list.nothing")),), anchor="controls", leads=leads),)
    shown = listed[: found.most]
    headings = tuple(texts.say(f"score.column.{name}") for name in _COLUMNS)
    table = Table(headings, tuple(_row(each, found.report, texts) for each in shown), numbers=frozenset({2, 3, 4}))
    blocks = cut_blocks((table,), len(listed), len(shown), texts)
    return (Section(title, blocks, anchor="controls", leads=leads),)


def _row(control: ScoredControl, report: ScoreReport, texts: Texts) -> Row:
    scored, profile = control.scored, control.profile
    worth: tuple[Cell, ...] = (NOTHING, NOTHING, NOTHING)
    if profile is not None:
        owner = profile.decision.assigned_to if profile.decision else ""
        worth = (points(profile.most), points(control.left), owner or NOTHING)
    return Row(
        (
            control_cell(report, scored.control, profile.title if profile else scored.control),
            texts.value("category", scored.category),
            points(scored.points),
            *worth,
            control.day.isoformat(),
        ),
        Mark.NONE if profile is None else Mark.OPEN if control.left else Mark.GOOD,
    )
