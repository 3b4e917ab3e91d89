"""A report of Secure Score as a document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from watchkeeper.evidence.secure_score import WEEK, Cause, Mover, NextAction, ScoreChange, compared, score_on
from watchkeeper.model.evidence import ControlDecision, ControlProfile, DailyScore
from watchkeeper.report.document import (
    Bullets,
    Cell,
    Document,
    Lines,
    Link,
    Mark,
    Pairs,
    Paragraph,
    Row,
    Section,
    Series,
    Table,
)
from watchkeeper.report.figures import NOTHING, exact_percent, hundredths, points, signed, signed_percent
from watchkeeper.report.secure_score import ScoreReport
from watchkeeper.report.secure_score_categories import categories_section, category_cells, category_headings
from watchkeeper.report.standing import period_facts
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment


def score_document(report: ScoreReport, lang: str = "en") -> Document:
    texts = texts_in(lang)
    sections = (
        _changes(report, texts),
        _days(report, texts),
        categories_section(report, texts),
        _regressions(report, texts),
        _actions(report, texts),
        _gains(report, texts),
        _maximum(report, texts),
        _comparisons(report, texts),
        _accepted(report, texts),
        _weeks(report, texts),
        _numbers(report, texts),
        _facts(report, texts),
    )
    summary = score_summary(report, texts)
    return Document(
        title=texts.say("score.title"),
        sentence=summary.text,
        sections=tuple(each for each in sections if each is not None),
        mark=summary.mark,
        next_steps=tuple(_next_steps(report, texts)),
        next_title=texts.say("next.title"),
        listing=_by_day(report, texts),
    )


def cause_words(mover: Mover, texts: Texts) -> str:
    """Why a control has other points than before."""
    return texts.say(f"score.cause.{mover.cause.value}", before=points(mover.worth_before), after=points(mover.worth))


def score_summary(report: ScoreReport, texts: Texts) -> Paragraph:
    """The whole report in a sentence."""
    return Paragraph(_sentence(report, texts), _mark(report))


def _mark(report: ScoreReport) -> Mark:
    if report.latest is None:
        return Mark.WARN
    return Mark.BAD if report.unowned else Mark.GOOD


def _sentence(report: ScoreReport, texts: Texts) -> str:
    latest, change = report.latest, report.change
    if latest is None:
        return texts.say("score.nothing", first=report.period.first.isoformat(), last=report.period.last.isoformat())
    said = texts.say(
        "score.sentence",
        day=latest.day.isoformat(),
        percent=exact_percent(latest.share),
        points=points(latest.points),
        most=points(latest.most),
    )
    if change is None:
        return texts.say("score.alone", said=said)
    moved = _moved(change)
    way = "up" if moved > 0 else "down" if moved < 0 else "same"
    said = texts.say(f"score.{way}", said=said, change=f"{abs(moved):.2f}", before=change.before.day.isoformat())
    if report.unowned:
        return texts.count("score.unowned", len(report.unowned), said=said)
    return texts.say("score.explained" if report.regressions else "score.steady", said=said)


def _moved(change: ScoreChange) -> float:
    """By how many percentage points the shown share changed, so that what is shown adds up."""
    return round(hundredths(change.after.share) - hundredths(change.before.share), 2)


def _parts(change: ScoreChange) -> tuple[float, float]:
    """The two parts of what is shown as changed: by points and by the maximum. What rounding leaves goes to the one that moved."""
    moved = _moved(change)
    if not change.most:
        return moved, 0.0
    if not change.points:
        return 0.0, moved
    by_points = round(change.share_by_points * 100, 2)
    return by_points, round(moved - by_points, 2)


def _next_steps(report: ScoreReport, texts: Texts) -> Iterator[str]:
    if report.unowned:
        yield texts.say("score.next.regressions")
    if any(not each.owner for each in report.actions):
        yield texts.say("score.next.actions")


def _changes(report: ScoreReport, texts: Texts) -> Section | None:
    named = ((_week(report.since_week), report.since_week), ("score.start", report.since_start))
    rows = tuple(
        _compared(texts.say(name, day=change.before.day.isoformat()), change)
        for name, change in named
        if change is not None
    )
    if not rows or report.change is None:
        return None
    names = ("since", "then", "change", "by_points", "by_maximum", "points", "maximum")
    table = Table(tuple(texts.say(f"score.column.{name}") for name in names), rows, numbers=frozenset(range(1, 7)))
    return Section(texts.say("score.changes"), (table, *_split(report.change, texts)), anchor="changes")


def _week(change: ScoreChange | None) -> str:
    """What a week before is called where the source has no score of just that day."""
    apart = WEEK if change is None else change.after.day - change.before.day
    return "score.week" if apart == WEEK else "score.longer" if apart > WEEK else "score.oldest"


def _compared(name: str, change: ScoreChange) -> Row:
    by_points, by_maximum = _parts(change)
    return Row(
        (
            name,
            exact_percent(change.before.share),
            signed_percent(_moved(change)),
            signed_percent(by_points),
            signed_percent(by_maximum),
            signed(change.points),
            signed(change.most),
        )
    )


def _split(change: ScoreChange, texts: Texts) -> tuple[Paragraph, Bullets]:
    """What the points did and what the maximum did, in words."""
    by_points, by_maximum = _parts(change)
    said = [
        texts.say(
            f"score.{name}.{_way(moved)}",
            before=points(before),
            after=points(before + moved),
            part=signed_percent(part),
        )
        for name, before, moved, part in (
            ("points", change.before.points, change.points, by_points),
            ("maximum", change.before.most, change.most, by_maximum),
        )
    ]
    lead = texts.say("score.split", before=change.before.day.isoformat(), change=signed_percent(_moved(change)))
    return Paragraph(lead), Bullets(tuple(Paragraph(each) for each in said))


def _way(moved: float) -> str:
    return "same" if signed(moved) == "0" else "up" if moved > 0 else "down"


def _days(report: ScoreReport, texts: Texts) -> Section | None:
    if report.latest is None:
        return None
    by_day = report.by_day
    found = [by_day.get(day) for day in report.days]
    days = tuple(day.isoformat() for day in report.days)
    title = texts.say("score.title")
    share = Series(title, tuple(hundredths(each.share) if each else None for each in found))
    won = Series(texts.say("score.column.points"), tuple(each.points if each else None for each in found))
    most = Series(texts.say("score.column.maximum"), tuple(each.most if each else None for each in found))
    pictures = (
        Lines(texts.say("score.chart.share"), days, (share,), "%", 2),
        Lines(texts.say("score.chart.points"), days, (most, won), digits=2),
    )
    return Section(texts.say("score.days"), (*pictures, *_span(report, texts)), anchor="lines")


def _span(report: ScoreReport, texts: Texts) -> Iterator[Paragraph]:
    """Between what the score moved, and what the picture lacks."""
    lowest, highest = (pick(report.within, key=lambda each: each.share) for pick in (min, max))
    yield Paragraph(
        texts.say(
            "score.span",
            lowest=exact_percent(lowest.share),
            lowest_day=lowest.day.isoformat(),
            highest=exact_percent(highest.share),
            highest_day=highest.day.isoformat(),
        )
    )
    skipped = len(report.days) - len(report.by_day)
    if skipped:
        yield Paragraph(texts.count("score.skipped", skipped))


def _numbers(report: ScoreReport, texts: Texts) -> Section | None:
    return (
        Section(texts.say("score.table"), (_by_day(report, texts),), folded=True, anchor="days")
        if report.within
        else None
    )


BY_DAY: Final = ("day", "share", "points", "maximum")
"""What stands in a day's row, in this order, before its categories."""


def _by_day(report: ScoreReport, texts: Texts) -> Table:
    rows = tuple(
        Row((each.day.isoformat(), exact_percent(each.share), points(each.points), points(each.most), *categories))
        for each, categories in zip(report.within, category_cells(report), strict=True)
    )
    day, *others = BY_DAY
    headings = (
        texts.say(f"column.{day}"),
        *(texts.say(f"score.column.{name}") for name in others),
        *category_headings(report, texts),
    )
    return Table(headings, rows, numbers=frozenset(range(1, len(headings))))


def _regressions(report: ScoreReport, texts: Texts) -> Section | None:
    if not report.regressions:
        return None
    rows = tuple(
        Row(
            (
                control_cell(report, each.mover.control, each.mover.title),
                *_points_of(each.mover),
                cause_words(each.mover, texts),
                each.owner or (texts.say("score.needs_owner") if each.needs_owner else NOTHING),
            ),
            Mark.BAD if each.needs_owner else Mark.NONE,
        )
        for each in report.regressions
    )
    names = ("control", "before", "after", "moved", "cause", "owner")
    return _told("regressions", texts.say("score.regressions"), names, rows, report, texts)


def _gains(report: ScoreReport, texts: Texts) -> Section | None:
    gains = report.change.gains if report.change else ()
    rows = tuple(
        Row((control_cell(report, each.control, each.title), *_points_of(each), cause_words(each, texts)), Mark.GOOD)
        for each in gains
    )
    return _told(
        "gains", texts.say("score.gains"), ("control", "before", "after", "moved", "cause"), rows, report, texts
    )


def _told(
    anchor: str, title: str, names: tuple[str, ...], rows: tuple[Row, ...], report: ScoreReport, texts: Texts
) -> Section | None:
    """Movers, and what their causes cannot tell where nobody kept the profiles of the earlier day."""
    if not rows:
        return None
    table = Table(tuple(texts.say(f"score.column.{name}") for name in names), rows, numbers=frozenset({1, 2, 3}))
    unsure = any(each.cause is Cause.STATE for each in report.change.movers) if report.change else False
    note = (Paragraph(texts.say("score.unkept")),) if unsure and not report.earlier_known else ()
    return Section(title, (table, *note), anchor=anchor)


def _points_of(mover: Mover) -> tuple[str, str, str]:
    return points(mover.before), points(mover.after), signed(mover.points)


def control_cell(report: ScoreReport, control: str, title: str) -> Cell:
    profile = (report.profiles or {}).get(control)
    return Link(title, profile.address) if profile is not None and profile.address else title


def _maximum(report: ScoreReport, texts: Texts) -> Section | None:
    maximum = report.maximum
    if maximum is None or not (maximum.moves or maximum.unexplained):
        return None
    rows = [
        Row(
            (
                control_cell(report, each.control, each.title),
                points(each.before),
                points(each.after),
                signed(each.points),
            )
        )
        for each in maximum.moves
    ]
    if maximum.unexplained:
        rows.append(Row((texts.say("score.unexplained"), NOTHING, NOTHING, signed(maximum.unexplained))))
    names = ("control", "before", "after", "moved")
    table = Table(tuple(texts.say(f"score.column.{name}") for name in names), tuple(rows), numbers=frozenset({1, 2, 3}))
    return Section(texts.say("score.maximum"), (table,), anchor="maximum")


def _comparisons(report: ScoreReport, texts: Texts) -> Section | None:
    latest = report.latest
    if latest is None or not latest.comparisons:
        return None
    then = {each.basis: each.average for each in report.change.before.comparisons} if report.change else {}
    rows = [
        Row((texts.value("basis", each.basis), points(then.get(each.basis)), points(each.average)))
        for each in latest.comparisons
    ]
    before = points(report.change.before.points) if report.change else NOTHING
    rows.append(Row((texts.say("score.ours"), before, points(latest.points))))
    day = report.change.before.day.isoformat() if report.change else NOTHING
    headings = (texts.say("score.column.basis"), day, latest.day.isoformat())
    table = Table(headings, tuple(rows), numbers=frozenset({1, 2}))
    return Section(
        texts.say("score.comparisons"), (table, Paragraph(texts.say("score.comparisons.note"))), anchor="comparisons"
    )


def _actions(report: ScoreReport, texts: Texts) -> Section | None:
    latest = report.latest
    if latest is None or not report.actions:
        return None
    rows = tuple(_action(report, each, latest, texts) for each in report.actions)
    names = ("control", "gain", "gain_share", "rank", "cost", "impact", "owner")
    table = Table(tuple(texts.say(f"score.column.{name}") for name in names), rows, numbers=frozenset({1, 2, 3}))
    gain = sum(each.gain for each in report.actions)
    share = exact_percent((latest.points + gain) / latest.most) if latest.most else NOTHING
    together = texts.say("score.together", gain=points(gain), percent=share)
    return Section(texts.say("score.actions"), (table, Paragraph(together)), anchor="actions")


def _action(report: ScoreReport, action: NextAction, latest: DailyScore, texts: Texts) -> Row:
    profile = action.profile
    return Row(
        (
            control_cell(report, profile.id, profile.title),
            signed(action.gain),
            signed_percent(action.gain / latest.most * 100) if latest.most else NOTHING,
            NOTHING if profile.rank is None else str(profile.rank),
            texts.value("level", profile.cost) or NOTHING,
            texts.value("level", profile.user_impact) or NOTHING,
            action.owner or texts.say("score.nobody"),
        ),
        Mark.NONE if action.owner else Mark.OPEN,
    )


def _accepted(report: ScoreReport, texts: Texts) -> Section | None:
    rows = tuple(_left(report, each, texts) for each in report.accepted)
    if not rows:
        return None
    names = ("control", "worth", "state", "by", "comment")
    table = Table(tuple(texts.say(f"score.column.{name}") for name in names), rows, numbers=frozenset({1}))
    return Section(texts.say("score.accepted"), (table,), anchor="accepted")


def _left(report: ScoreReport, profile: ControlProfile, texts: Texts) -> Row:
    decision = profile.decision or ControlDecision("", "", "", "", None)
    by = ", ".join(each for each in (decision.by, f"{decision.at:%Y-%m-%d}" if decision.at else "") if each)
    return Row(
        (
            control_cell(report, profile.id, profile.title),
            points(profile.most),
            texts.value("decision", decision.state),
            by or NOTHING,
            decision.comment or NOTHING,
        )
    )


def _weeks(report: ScoreReport, texts: Texts) -> Section | None:
    """What each week of the period won and lost, from its first score to the next week's."""
    rows = tuple(
        Row(
            (
                after.day.isoformat(),
                exact_percent(after.share),
                signed_percent(_moved(change)),
                signed(sum(each.points for each in change.gains)),
                signed(sum(each.points for each in change.regressions)),
                signed(change.most),
            )
        )
        for before, after in pairwise(_weekly(report))
        if (change := compared(before, after, {}, {}))
    )
    if not rows:
        return None
    names = ("until", "share", "change", "won", "lost", "maximum")
    table = Table(tuple(texts.say(f"score.column.{name}") for name in names), rows, numbers=frozenset(range(1, 6)))
    return Section(texts.say("score.weeks"), (table,), folded=True, anchor="weeks")


def _weekly(report: ScoreReport) -> list[DailyScore]:
    """The score of each seventh day, counted back from the latest one, or the one before it where the source skipped the day."""
    if report.latest is None:
        return []
    first, last = report.days[0], report.latest.day
    found = [
        score_on(report.within, last - timedelta(days=7 * number)) for number in range((last - first).days // 7 + 1)
    ]
    return list(dict.fromkeys(each for each in reversed(found) if each is not None))


def _facts(report: ScoreReport, texts: Texts) -> Section:
    rows: list[tuple[str, Cell]] = [*period_facts(report.deployment, report.period, texts)]
    if report.latest is not None:
        rows.append((texts.say("score.fact.latest"), moment(report.latest.at, texts)))
    profiled = report.profiled.isoformat() if report.profiled else texts.say("never")
    rows.append((texts.say("score.fact.profiles"), profiled))
    return Section(texts.say("period.facts"), (Pairs(tuple(rows)),))
