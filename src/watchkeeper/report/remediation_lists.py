"""What a report of remediation lists behind its counts: what became of the tasks, and those that are completed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from watchkeeper.evidence.remediation import Mended, Progress, Standing
from watchkeeper.model.evidence import RemediationTask
from watchkeeper.report.document import Cell, Lead, Paragraph, Row, Section, Table
from watchkeeper.report.figures import NOTHING
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.remediation_words import owner_name
from watchkeeper.report.texts import Texts


def table_of(names: Sequence[str], rows: tuple[Row, ...], numbers: set[int], texts: Texts) -> Table:
    return Table(tuple(texts.say(f"remediation.column.{name}") for name in names), rows, numbers=frozenset(numbers))


def counted(count: int, anchor: str) -> Cell:
    """A number that leads to its list in the same report. Where there is nothing there is no list either."""
    return Lead(f"{count:,}", f"#{anchor}") if count else f"{count:,}"


def changes_section(report: RemediationReport, texts: Texts) -> Section | None:
    changes, began = report.changes, report.began
    if changes is None or began is None:
        return None
    kinds: tuple[tuple[str, Sequence[RemediationTask]], ...] = (
        ("opened", changes.opened),
        ("completed", report.completed),
        ("reopened", changes.reopened),
        ("removed", changes.removed),
        ("forgotten", changes.forgotten),
        ("exempted", changes.exempted),
        ("resumed", changes.resumed),
    )
    counts = (*((name, len(tasks)) for name, tasks in kinds), ("fixed", changes.fixed))
    rows = tuple(
        Row((texts.say(f"remediation.change.{name}"), counted(count, f"change-{name}"))) for name, count in counts
    )
    table = table_of(("change", "count"), rows, {1}, texts)
    inner = [_changed(name, tasks, texts) for name, tasks in kinds if tasks]
    inner += [_mended(changes.mended, texts)] if changes.mended else []
    title = texts.say("remediation.changes", day=began.day.isoformat())
    return Section(title, (table,), tuple(inner), anchor="changes")


def _changed(name: str, tasks: Sequence[RemediationTask], texts: Texts) -> Section:
    rows = tuple(
        Row((each.title, _groups(each, texts), f"{each.fixed:,}", f"{each.target:,}"))
        for each in sorted(tasks, key=lambda task: (task.created_at, task.id))
    )
    table = table_of(("task", "groups", "fixed", "target"), rows, {2, 3}, texts)
    return Section(texts.say(f"remediation.change.{name}"), (table,), folded=True, anchor=f"change-{name}")


def _mended(mended: Sequence[Mended], texts: Texts) -> Section:
    """On how many devices each task was done. The source told how many are done and not which, so this is a difference."""
    rows = tuple(
        Row(
            (
                each.task.title,
                _groups(each.task, texts),
                f"{each.devices:,}",
                f"{each.task.left:,}",
                f"{each.task.target:,}",
            )
        )
        for each in mended
    )
    table = table_of(("task", "groups", "mended", "left", "target"), rows, {2, 3, 4}, texts)
    note = Paragraph(texts.say("remediation.mended.note"))
    return Section(texts.say("remediation.change.fixed"), (note, table), folded=True, anchor="change-fixed")


def completed_section(report: RemediationReport, texts: Texts) -> Section | None:
    """Every completed task that the source still shows, the latest first."""
    found = sorted(report.standing(Progress.DONE), key=_latest_first)
    if not found:
        return None
    rows = tuple(_completed(report, each, texts) for each in found)
    table = replace(
        table_of(("task", "owner", "completed", "completed_by", "fixed", "target"), rows, {4, 5}, texts),
        note_heading=texts.say("remediation.column.groups"),
    )
    notes = () if all(each.task.left == 0 for each in found) else (Paragraph(texts.say("remediation.completed.note")),)
    title = texts.count("remediation.list.done", len(found))
    return Section(title, (*notes, table), folded=True, anchor=Progress.DONE.value)


def _completed(report: RemediationReport, standing: Standing, texts: Texts) -> Row:
    task = standing.task
    return Row(
        (
            task.title,
            texts.join([owner_name(each, texts) for each in report.ownership.of(task)]),
            task.changed_at.date().isoformat(),
            texts.say("remediation.automatic") if task.completed_by == "automatic" else task.completed_by or NOTHING,
            f"{task.fixed:,}",
            f"{task.target:,}",
        ),
        note=texts.join(task.groups),
    )


def _latest_first(standing: Standing) -> tuple[float, str]:
    return -standing.task.changed_at.timestamp(), standing.task.id


def _groups(task: RemediationTask, texts: Texts) -> str:
    return texts.join(task.groups) or NOTHING
