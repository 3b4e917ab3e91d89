"""The pages behind the numbers of others: lists, and what there is to know of one run or one pair."""

from __future__ import annotations

from typing import Any, Final

from watchkeeper.report.board.left_over import OvertakenList, WaitingList, overtaken_document, waiting_document
from watchkeeper.report.board.link import LinkDetail, link_document
from watchkeeper.report.board.links import LinkList, links_document
from watchkeeper.report.board.run import RunDetail, run_document
from watchkeeper.report.board.runs import RunList, runs_document
from watchkeeper.report.board.write_list import WriteList, write_list_document
from watchkeeper.web.access import WATCHING
from watchkeeper.web.page import Page
from watchkeeper.web.reading import links, runs, write_list
from watchkeeper.web.reading.cursors import AFTER
from watchkeeper.web.reading.left_over import read_overtaken, read_waiting
from watchkeeper.web.reading.link import read_link
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
LINKS: Final = Page(
    name="links",
    path="links",
    needs=WATCHING,
    answers=LinkList,
    read=links.read_links,
    document=links_document,
    summary="Linked records by profile, state and reason, or those of one number or key.",
    parameters=links.PARAMETERS,
    choices=links.choices,
)
LINK: Final = Page(
    name="link",
    path="link/{key:path}",
    needs=WATCHING,
    answers=LinkDetail,
    read=read_link,
    document=link_document,
    summary="Both records of a pair, what they agree on, what is in the way, and everything that was done to them.",
    parameters=(AFTER,),
)
WRITES: Final = Page(
    name="writes",
    path="writes",
    needs=WATCHING,
    answers=WriteList,
    read=write_list.read_writes,
    document=write_list_document,
    summary="How writes ended, newest first, by system, operation, outcome, run or key.",
    parameters=write_list.PARAMETERS,
    choices=write_list.choices,
    in_menu=False,
)

BEHIND_NUMBERS: Final[tuple[Page[Any], ...]] = (LINKS, LINK, RUNS, RUN, WRITES, WAITING, OVERTAKEN)
