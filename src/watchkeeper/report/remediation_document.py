"""A report of remediation as a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from watchkeeper.evidence.owners import Item, Workload
from watchkeeper.evidence.remediation import Progress, Standing
from watchkeeper.report.document import (
    Bar,
    Cell,
    Document,
    Later,
    Lines,
    Mark,
    Pairs,
    Paragraph,
    Row,
    Section,
    Series,
    Shares,
    Table,
    Tone,
)
from watchkeeper.report.figures import NOTHING, points, signed
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.remediation_lists import changes_section, completed_section, counted, table_of
from watchkeeper.report.remediation_tickets import without_ticket
from watchkeeper.report.remediation_words import owner_name, still
from watchkeeper.report.standing import period_facts
from watchkeeper.report.texts import Texts, texts_in

MARKS: Final[Mapping[Progress, Mark]] = {
    Progress.OVERDUE: Mark.BAD,
    Progress.STUCK: Mark.WARN,
    Progress.DUE_SOON: Mark.OPEN,
    Progress.UNDATED: Mark.NONE,
    Progress.ON_TRACK: Mark.GOOD,
    Progress.EXEMPT: Mark.NONE,
    Progress.DONE: Mark.GOOD,
}
TONES: Final[Mapping[Progress, Tone]] = {
    Progress.OVERDUE: Tone.WORST,
    Progress.STUCK: Tone.BAD,
    Progress.DUE_SOON: Tone.OPEN,
    Progress.UNDATED: Tone.UNKNOWN,
    Progress.ON_TRACK: Tone.GOOD,
    Progress.EXEMPT: Tone.EXEMPT,
}
WAITING: Final = tuple(each for each in Progress if each not in {Progress.EXEMPT, Progress.DONE})


def remediation_document(report: RemediationReport, lang: str = "en") -> Document:
    texts = texts_in(lang)
    sections = (
        _burned(report, texts),
        _totals(report, texts),
        _listed(report, Progress.OVERDUE, texts),
        _listed(report, Progress.STUCK, texts),
        _owners(report, texts),
        changes_section(report, texts),
        _listed(report, Progress.DUE_SOON, texts),
        _listed(report, Progress.UNDATED, texts),
        _listed(report, Progress.ON_TRACK, texts),
        _listed(report, Progress.EXEMPT, texts),
        completed_section(report, texts),
        _exposure(report, texts),
        _numbers(report, texts),
        _facts(report, texts),
    )
    summary = remediation_summary(report, texts)
    return Document(
        title=texts.say("remediation.title"),
        sentence=summary.text,
        sections=tuple(each for each in sections if each is not None),
        mark=summary.mark,
        next_steps=tuple(_next_steps(report, texts)),
        next_title=texts.say("next.title"),
        listing=Later(lambda: _listing(report, texts)),
    )


def remediation_summary(report: RemediationReport, texts: Texts) -> Paragraph:
    """The whole report in a sentence."""
    return Paragraph(_sentence(report, texts), _mark(report))


def _mark(report: RemediationReport) -> Mark:
    if report.latest is None:
        return Mark.WARN
    counts = report.counts
    if counts[Progress.OVERDUE]:
        return Mark.BAD
    return Mark.WARN if counts[Progress.STUCK] or report.unowned_groups else Mark.GOOD


def _sentence(report: RemediationReport, texts: Texts) -> str:
    latest, period = report.latest, report.period
    if latest is None:
        return texts.say("remediation.nothing", first=period.first.isoformat(), last=period.last.isoformat())
    counts = report.counts
    troubles = [
        texts.count(f"remediation.count.{progress.value}", counts[progress], days=days)
        for progress, days in (
            (Progress.OVERDUE, 0),
            (Progress.STUCK, report.rules.stuck_days),
            (Progress.DUE_SOON, report.rules.due_days),
        )
        if counts[progress]
    ]
    opened = texts.count("remediation.open", latest.open_tasks, day=latest.day.isoformat())
    said = texts.say("remediation.troubled", said=opened, troubles=texts.join(troubles)) if troubles else opened
    said = texts.say("remediation.sentence", said=said, devices=_devices(report, latest.left, texts))
    return texts.count("remediation.excepted", latest.exempt, said=said) if latest.exempt else said


def _devices(report: RemediationReport, left: int, texts: Texts) -> str:
    began = report.began
    if began is None or (report.latest is not None and began.day == report.latest.day):
        return texts.count("remediation.devices", left)
    way = "fewer" if left < began.left else "more" if left > began.left else "same"
    moved, day = f"{abs(left - began.left):,}", began.day.isoformat()
    return texts.count(f"remediation.devices.{way}", left, moved=moved, day=day)


def _next_steps(report: RemediationReport, texts: Texts) -> Iterator[str]:
    counts = report.counts
    if counts[Progress.OVERDUE]:
        yield texts.say("remediation.next.overdue")
    if counts[Progress.STUCK]:
        yield texts.say("remediation.next.stuck")
    if report.unowned_groups:
        yield texts.say("remediation.next.unowned", groups=texts.join(report.unowned_groups))


def _burned(report: RemediationReport, texts: Texts) -> Section | None:
    if report.latest is None:
        return None
    by_day = {each.day: each for each in report.burned}
    found = [by_day.get(day) for day in report.days]
    days = tuple(day.isoformat() for day in report.days)
    left = Series(texts.say("remediation.series.left"), tuple(each.left if each else None for each in found))
    opened = Series(texts.say("remediation.series.open"), tuple(each.open_tasks if each else None for each in found))
    overdue = Series(texts.say("remediation.series.overdue"), tuple(each.overdue if each else None for each in found))
    pictures = (
        Lines(texts.say("remediation.chart.left"), days, (left,), from_zero=True),
        Lines(texts.say("remediation.chart.tasks"), days, (opened, overdue), from_zero=True),
    )
    return Section(texts.say("remediation.burndown"), (*pictures, *_outlook(report, texts)), anchor="burndown")


def _outlook(report: RemediationReport, texts: Texts) -> Iterator[Paragraph]:
    """When it will be over, and which days the picture lacks."""
    if report.waiting:
        still = sum(each.ends is None for each in report.waiting)
        ends = report.ends
        yield Paragraph(
            texts.count("remediation.endless", still)
            if ends is None
            else texts.say("remediation.ends", day=ends.isoformat())
        )
    exempt = report.counts[Progress.EXEMPT]
    if exempt or any(each.exempt for each in report.burned):
        yield Paragraph(texts.count("remediation.apart", exempt))
    skipped = len(report.days) - len(report.burned)
    if skipped:
        yield Paragraph(texts.count("remediation.skipped", skipped))


def _totals(report: RemediationReport, texts: Texts) -> Section | None:
    if report.latest is None:
        return None
    rows = tuple(
        Row(
            (
                texts.say(f"remediation.progress.{progress.value}"),
                counted(len(its), progress.value),
                NOTHING if progress is Progress.DONE else counted(sum(each.task.left for each in its), progress.value),
            ),
            MARKS[progress] if its else Mark.NONE,
        )
        for progress in Progress
        for its in (report.standing(progress),)
    )
    table = table_of(("progress", "tasks", "left"), rows, {1, 2}, texts)
    return Section(texts.say("remediation.totals", day=report.latest.day.isoformat()), (table,), anchor="totals")


_COLUMNS: Final = ("task", "owner", "due", "days_left", "left", "still")
LEFT_AT: Final = _COLUMNS.index("left")
"""Where a task's devices left stand in its row."""


def _listed(report: RemediationReport, progress: Progress, texts: Texts) -> Section | None:
    found = report.standing(progress)
    if not found:
        return None
    rows = tuple(_standing(report, each, texts) for each in found)
    headings = tuple(texts.say(f"remediation.column.{name}") for name in _COLUMNS)
    table = Table(headings, rows, frozenset({3, 4, 5}), texts.say("remediation.column.groups"))
    title = texts.count(f"remediation.list.{progress.value}", len(found))
    folded = progress in {Progress.UNDATED, Progress.ON_TRACK, Progress.EXEMPT}
    return Section(title, (table,), folded=folded, anchor=progress.value)


def _standing(report: RemediationReport, standing: Standing, texts: Texts) -> Row:
    task = standing.task
    return Row(
        (
            task.title,
            texts.join([owner_name(each, texts) for each in report.ownership.of(task)]),
            texts.say("remediation.no_date") if task.due_at is None else task.due_at.date().isoformat(),
            NOTHING if standing.days_left is None else points(standing.days_left),
            texts.say("remediation.of", left=f"{task.left:,}", target=f"{task.target:,}"),
            still(standing),
        ),
        MARKS[standing.progress],
        _note(standing, texts),
    )


def _note(standing: Standing, texts: Texts) -> str:
    """Which devices it is about, and when the last of them will be mended where anything moves."""
    groups = texts.join(standing.task.groups) or NOTHING
    if standing.ends is None:
        return groups
    return texts.say("remediation.note", groups=groups, day=standing.ends.isoformat())


OWNED: Final[Mapping[str, tuple[Progress, ...]]] = {
    "overdue_items": (Progress.OVERDUE,),
    "stuck_items": (Progress.STUCK,),
    "soon_items": (Progress.DUE_SOON,),
    "later_items": (Progress.UNDATED, Progress.ON_TRACK),
    "exempt_items": (Progress.EXEMPT,),
    "done_items": (Progress.DONE,),
}
"""What the columns of an owner's row count; the picture above it tells the later ones apart, and leaves out what is done."""

_OF_OWNER: Final = ("owner", *OWNED, "left", "ends")
OWNERS_LEFT_AT: Final = _OF_OWNER.index("left")
"""Where an owner's devices left stand in its row."""


def _owners(report: RemediationReport, texts: Texts) -> Section | None:
    if not report.workloads:
        return None
    parts = tuple((texts.say(f"remediation.progress.{each.value}"), tone) for each, tone in TONES.items())
    by_owner = {each.owner: _counted(each.items) for each in report.workloads}
    bars = tuple(
        Bar(owner_name(owner, texts), tuple(counts[each] for each in TONES)) for owner, counts in by_owner.items()
    )
    rows = tuple(_owner(report, each, by_owner[each.owner], texts) for each in report.workloads)
    table = table_of(_OF_OWNER, rows, set(range(1, 8)), texts)
    chart = Shares(texts.say("remediation.chart.owners"), parts, bars)
    notes = [Paragraph(texts.say("remediation.owners.note")), *without_ticket(report, texts)]
    if report.unowned_groups:
        said = texts.say("remediation.unowned.groups", groups=texts.join(report.unowned_groups))
        notes.append(Paragraph(said, Mark.WARN))
    return Section(texts.say("remediation.owners"), (chart, table, *notes), anchor="owners")


def _counted(items: Sequence[Item]) -> dict[Progress, int]:
    return {progress: sum(each.progress is progress for each in items) for progress in Progress}


def _owner(report: RemediationReport, workload: Workload, counts: Mapping[Progress, int], texts: Texts) -> Row:
    ends = [standing.ends for item in workload.waiting for standing in item.open]
    known = [each for each in ends if each is not None]
    unowned = workload.owner == report.ownership.unowned and bool(workload.waiting)
    worst = next((MARKS[each] for each in WAITING if counts[each]), Mark.GOOD)
    return Row(
        (
            owner_name(workload.owner, texts),
            *(f"{sum(counts[each] for each in its):,}" for its in OWNED.values()),
            f"{sum(each.left for each in workload.waiting):,}",
            _shown(max(known, default=None) if len(known) == len(ends) else None),
        ),
        Mark.WARN if unowned and worst is not Mark.BAD else worst,
    )


def _exposure(report: RemediationReport, texts: Texts) -> Section | None:
    """A score of its own: never on an axis, or in a sum, with another."""
    if not report.exposure:
        return None
    by_day = {each.at.date(): each.points for each in report.exposure}
    days = tuple(each for each in report.days if min(by_day) <= each <= max(by_day))
    title = texts.say("remediation.exposure")
    series = Series(title, tuple(by_day.get(day) for day in days))
    chart = Lines(
        texts.say("remediation.chart.exposure"), tuple(each.isoformat() for each in days), (series,), digits=1
    )
    first, last = report.exposure[0], report.exposure[-1]
    said = texts.say(
        "remediation.exposure.moved",
        points=points(last.points),
        day=last.at.date().isoformat(),
        change=signed(last.points - first.points),
        before=first.at.date().isoformat(),
    )
    return Section(
        title, (Paragraph(said), chart, Paragraph(texts.say("remediation.exposure.note"))), anchor="exposure"
    )


BY_DAY: Final = ("day", "open", "overdue", "left", "exempt")
"""What stands in a day's row, in this order, besides the exposure score."""


def _numbers(report: RemediationReport, texts: Texts) -> Section | None:
    exposure = {each.at.date(): each.points for each in report.exposure}
    rows = tuple(
        Row(
            (
                each.day.isoformat(),
                f"{each.open_tasks:,}",
                f"{each.overdue:,}",
                f"{each.left:,}",
                f"{each.exempt:,}",
                points(exposure.get(each.day)),
            )
        )
        for each in report.burned
    )
    if not rows:
        return None
    table = table_of((*BY_DAY, "exposure"), rows, {1, 2, 3, 4, 5}, texts)
    return Section(texts.say("remediation.numbers"), (table,), folded=True, anchor="numbers")


def _facts(report: RemediationReport, texts: Texts) -> Section:
    rows: list[tuple[str, Cell]] = [*period_facts(report.deployment, report.period, texts)]
    if report.latest is not None:
        rows.append((texts.say("remediation.fact.read"), report.latest.day.isoformat()))
    rules = texts.say("remediation.rules", due=report.rules.due_days, stuck=report.rules.stuck_days)
    rows.append((texts.say("remediation.fact.rules"), rules))
    return Section(texts.say("period.facts"), (Pairs(tuple(rows)),))


def _listing(report: RemediationReport, texts: Texts) -> Table:
    names = ("id", "task", "owner", "groups", "progress", "due", "days_left", "target", "fixed", "left", "still", "ends", "made", "requester")  # fmt: skip
    rows = tuple(Row(_cells(report, each, texts)) for each in report.standings)
    return table_of(names, rows, {6, 7, 8, 9, 10}, texts)


def _cells(report: RemediationReport, standing: Standing, texts: Texts) -> tuple[str, ...]:
    task = standing.task
    return (
        task.id,
        task.title,
        texts.join([owner_name(each, texts) for each in report.ownership.of(task)]),
        texts.join(task.groups),
        texts.say(f"remediation.progress.{standing.progress.value}"),
        "" if task.due_at is None else task.due_at.date().isoformat(),
        "" if standing.days_left is None or task.completed else str(standing.days_left),
        str(task.target),
        str(task.fixed),
        str(task.left),
        "" if standing.still_days is None else str(standing.still_days),
        "" if standing.ends is None else standing.ends.isoformat(),
        task.created_at.date().isoformat(),
        task.requester,
    )


def _shown(day: date | None) -> str:
    return NOTHING if day is None else day.isoformat()
