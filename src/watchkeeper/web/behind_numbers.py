"""The pages behind the numbers of others: lists, and what there is to know of one run or one pair."""

from __future__ import annotations

from typing import Any, Final

from watchkeeper.report.board.left_over import OvertakenList, WaitingList, overtaken_document, waiting_document
from watchkeeper.report.board.run import RunDetail, run_document
from watchkeeper.report.board.runs import RunList, runs_document
from watchkeeper.web.access import WATCHING
from watchkeeper.web.page import Page
from watchkeeper.web.reading import runs
from watchkeeper.web.reading.cursors import AFTER
from watchkeeper.web.reading.left_over import read_overtaken, read_waiting
from watchkeeper.web.reading.run import read_run

RUNS: Final = Page(
    name="runs",
    path="runs",
    needs=WATCHING,
    answers=RunList,
    read=runs.read_runs,
    document=runs_document,
    summary="What was run and how it ended, newest first.",
    parameters=runs.PARAMETERS,
    choices=runs.choices,
)
RUN: Final = Page(
    name="run",
    path="runs/{run}",
    needs=WATCHING,
    answers=RunDetail,
    read=read_run,
    document=run_document,
    summary="How a run went, what it wrote field by field and by which rule, and what did not work.",
    parameters=(AFTER,),
)
WAITING: Final = Page(
    name="waiting",
    path="waiting",
    needs=WATCHING,
    answers=WaitingList,
    read=read_waiting,
    document=waiting_document,
    summary="Pairs that the next run looks at again, the longest waiting first.",
    parameters=(AFTER,),
    in_menu=False,
)
OVERTAKEN: Final = Page(
    name="overtaken",
    path="overtaken",
    needs=WATCHING,
    answers=OvertakenList,
    read=read_overtaken,
    document=overtaken_document,
    summary="Values that a person gave and that another one overtook, newest first.",
    parameters=(AFTER,),
    in_menu=False,
)

BEHIND_NUMBERS: Final[tuple[Page[Any], ...]] = (RUNS, RUN, WAITING, OVERTAKEN)
