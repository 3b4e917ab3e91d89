"""The report of Secure Score as a page: the same, and the controls behind the numbers of its categories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from watchkeeper.evidence.score_categories import ScoredControl
from watchkeeper.evidence.secure_score import UNDECIDED
from watchkeeper.report.board.leading import leading_to, with_rows
from watchkeeper.report.board.leads import LONGEST_VALUE, filtered
from watchkeeper.report.board.nouns import MOST
from watchkeeper.report.board.of_period import OfPeriod
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Document, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.figures import NOTHING, points
from watchkeeper.report.secure_score import ScoreReport
from watchkeeper.report.secure_score_categories import BY_CATEGORY
from watchkeeper.report.secure_score_document import BY_DAY, control_cell, score_document
from watchkeeper.report.texts import Texts, texts_in

KNOWN: Final = "known"
UNKNOWN: Final = "unknown"
WORTHS: Final = ("", KNOWN, UNKNOWN)
"""Which controls can be chosen by what they are worth: all, those that count in categories, or those of which nobody knows it."""
_DAY: Final = tuple(map(BY_DAY.index, ("day", "points")))
_CATEGORY: Final = tuple(map(BY_CATEGORY.index, ("points", "maximum", "controls")))
"""What leads to controls: a day and what was scored on it; what is a sum over a category's controls, and how many they are."""
_COLUMNS: Final = ("control", "category", "points", "worth", "left", "state", "owner", "scored")


@dataclass(frozen=True, slots=True)
class ScoresOfPeriod(OfPeriod[ScoreReport]):
    """`category` ("" for all) and `worth` (a word of WORTHS) are which controls are listed, `most` how many entries of a list are shown."""

    category: str = ""
    worth: str = ""
    most: int = MOST

    @property
    def listed(self) -> tuple[ScoredControl, ...]:
        controls = self.report.counted if self.worth == KNOWN else self.report.controls
        return tuple(
            each
            for each in controls
            if self.category in ("", each.scored.category) and (self.worth != UNKNOWN or each.profile is None)
        )


def score_page(found: ScoresOfPeriod, lang: str = "en") -> Document:
    document, texts = score_document(found.report, lang), texts_in(lang)
    *sections, facts = (_leading(each, found, texts) for each in document.sections)
    return replace(document, sections=(*sections, *_controls(found, texts), facts))


def _leading(section: Section, found: ScoresOfPeriod, texts: Texts) -> Section:
    match section.anchor:
        case "days":
            places = [_place(each.day.isoformat()) for each in found.report.within]
            return with_rows(section, lambda row, number: _to(row, _DAY, places[number]))
        case "categories":
            places = [_of_category(each.name, found) for each in found.report.categories]
            led = with_rows(section, lambda row, number: _to(row, _CATEGORY, places[number]))
            unknown = Lead(texts.say("board.score.unknown"), _place(found.spelled, worth=UNKNOWN))
            return replace(led, leads=(unknown,) if found.report.unprofiled else ())
        case _:
            return section


def _to(row: Row, cells: Iterable[int], place: str) -> Row:
    for at in cells if place else ():
        row = leading_to(row, at, place)
    return row


def _place(period: str, **chosen: str) -> str:
    return f"{filtered('', period=period, **chosen)}#controls"


def _of_category(name: str, found: ScoresOfPeriod) -> str:
    """Nowhere for one that the source calls nothing, or more than an address holds: it could not be chosen."""
    return _place(found.spelled, category=name, worth=KNOWN) if 0 < len(name) <= LONGEST_VALUE else ""


def _controls(found: ScoresOfPeriod, texts: Texts) -> tuple[Section, ...]:
    if found.report.latest is None:
        return ()
    listed = found.listed
    worth = texts.say(f"board.score.{found.worth}") if found.worth else ""
    chosen = [each for each in (texts.value("category", found.category), worth) if each]
    said = texts.say("board.tasks.between").join(chosen) or texts.say("board.score.all")
    title = texts.say("board.score.controls", chosen=said, count=f"{len(listed):,}")
    leads = (Lead(texts.say("board.all_of_them"), _place(found.spelled)),) if chosen else ()
    if not listed:
        return (Section(title, (Paragraph(texts.say("board.list.nothing")),), anchor="controls", leads=leads),)
    shown = listed[: found.most]
    headings = tuple(texts.say(f"score.column.{name}") for name in _COLUMNS)
    table = Table(headings, tuple(_row(each, found.report, texts) for each in shown), numbers=frozenset({2, 3, 4}))
    blocks = cut_blocks((table,), len(listed), len(shown), texts)
    return (Section(title, blocks, anchor="controls", leads=leads),)


def _row(control: ScoredControl, report: ScoreReport, texts: Texts) -> Row:
    scored, profile = control.scored, control.profile
    decision = profile.decision if profile else None
    decided = decision.state if decision and decision.state != UNDECIDED else ""
    title = profile.title if profile else ""
    return Row(
        (
            control_cell(report, scored.control, title or scored.control),
            texts.value("category", scored.category),
            points(scored.points),
            points(profile.most) if profile else NOTHING,
            points(control.left) if profile else NOTHING,
            texts.value("decision", decided) if decided else NOTHING,
            (decision.assigned_to if decision else "") or NOTHING,
            control.day.isoformat(),
        ),
        _mark(control),
    )


def _mark(control: ScoredControl) -> Mark:
    """Nothing can be said of one that was left on purpose, or of which nobody knows what it is worth."""
    if control.is_asked_for:
        return Mark.OPEN
    return Mark.NONE if control.profile is None or control.left else Mark.GOOD
