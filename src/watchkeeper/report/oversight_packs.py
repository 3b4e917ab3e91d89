"""The part of the report for SOC Oversight that is about packs: which of their tasks are in use, why others are not, and what was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from watchkeeper.catalog.pack_coverage import PackCoverage, PackTask, Use
from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.report.document import Block, Cell, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.oversight import Duty, Oversight
from watchkeeper.report.oversight_evidence import NOWHERE, Onward, listed
from watchkeeper.report.texts import Texts

DONE: Final = (DutyEnd.IN_TIME, DutyEnd.LATE)
ByTask: TypeAlias = Mapping[str, Sequence[Duty]]
"""The duties of a period, by task."""


COLUMNS: Final[Mapping[str, tuple[Use, ...]]] = {
    "scheduled": (Use.SCHEDULED,),
    "as-needed": (Use.AS_NEEDED,),
    "served": (Use.SERVED,),
    "idle": (Use.OFF, Use.NOT_YET, Use.OVER),
}
"""How uses are counted together."""


def packs_section(oversight: Oversight, texts: Texts, onward: Onward = NOWHERE) -> Section | None:
    packs, due = oversight.packs, oversight.by_task
    if not packs:
        return None
    headings = tuple(texts.say(f"oversight.column.{name}") for name in ("pack", "tasks", *COLUMNS, "due", "done"))
    rows = tuple(_pack(each, due, texts, onward) for each in packs)
    said = texts.say("packs.sentence", on=f"{sum(each.enabled for each in packs):,}", count=f"{len(packs):,}")
    table = Table(headings, rows, frozenset(range(1, len(headings))))
    idle = [(pack, task) for pack in packs if pack.enabled for task in pack.tasks if task.use is not Use.SCHEDULED]
    title = texts.say("oversight.unscheduled", count=f"{len(idle):,}")
    told = (Section(title, tasks_blocks(idle, due, texts, onward), anchor="unscheduled"),) if idle else ()
    return Section(texts.say("oversight.packs"), (Paragraph(said), table), told, anchor="packs")


def _pack(pack: PackCoverage, due: ByTask, texts: Texts, onward: Onward) -> Row:
    duties = [duty for task in pack.tasks for duty in due.get(task.id, ())]
    uses = Counter(each.use for each in pack.tasks)
    counts = ((name, sum(uses[use] for use in its)) for name, its in COLUMNS.items())
    called = pack.title[texts.language]
    cells: tuple[Cell, ...] = (
        onward.board(called, pack=pack.id) if pack.enabled else called,
        onward.uses(len(pack.tasks), pack.id, ""),
        *(onward.uses(count, pack.id, name) for name, count in counts),
        onward.duties(len(duties), pack=pack.id),
        onward.duties(_done(duties), pack=pack.id, part="done"),
    )
    return Row(cells, Mark.GOOD if pack.enabled else Mark.NONE)


def tasks_blocks(
    tasks: Sequence[tuple[PackCoverage, PackTask]], due: ByTask, texts: Texts, onward: Onward
) -> tuple[Block, ...]:
    """A row for each task: what it is to this deployment and why, and what became of its duties."""

    def row(each: tuple[PackCoverage, PackTask]) -> Row:
        pack, task = each
        duties = due.get(task.id, ())
        cells = (
            onward.board(task.id, task=task.id) if pack.enabled else task.id,
            pack.title[texts.language],
            use_text(task, texts),
            onward.duties(len(duties), task=task.id),
            onward.duties(_done(duties), task=task.id, part="done"),
        )
        return Row(cells)

    return listed(("task", "pack", "use", "due", "done"), tasks, row, texts, onward, 3, 4)


def use_text(task: PackTask, texts: Texts) -> str:
    return texts.say(f"oversight.use.{task.use.value}", task=task.served_by)


def _done(duties: Sequence[Duty]) -> int:
    return sum(each.end in DONE for each in duties)


def packs_json(oversight: Oversight) -> list[dict[str, Any]]:
    due = oversight.by_task
    return [
        {
            "pack": pack.id,
            "title": dict(pack.title),
            "enabled": pack.enabled,
            "tasks": list(_tasks_json(pack, due)),
        }
        for pack in oversight.packs
    ]


def _tasks_json(pack: PackCoverage, due: ByTask) -> Iterator[dict[str, Any]]:
    for task in pack.tasks:
        duties = due.get(task.id, ())
        yield {
            "task": task.id,
            "use": task.use,
            "served_by": task.served_by,
            "due": len(duties),
            "done": _done(duties),
        }
