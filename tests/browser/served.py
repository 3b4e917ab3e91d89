"""A board served by uvicorn over a real store, in a thread of the test's own process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.evidence_history import half_a_year
from tests.state.examples import SetClock, a_decision, a_report
from tests.unit.web.boards import LOCAL, NOW, Ticking, a_store, after_a_bad_day
from tests.unit.web.weeks import asked, carried

from watchkeeper.model.occurrence import Decision
from watchkeeper.model.sources import DEFENDER, GRAPH
from watchkeeper.state.opening import open_store
from watchkeeper.web.app import application
from watchkeeper.web.board import Board
from watchkeeper.web.server import server_of

RUNS = 24
DAYS = 130
"""More than a page shows of a list."""


def a_month_of(folder: Path) -> str:
    """The address of a store with a bad day, a sync every hour before it, half a year of evidence, and a duty that was missed every
    day."""
    url = after_a_bad_day(a_store(folder))
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.keep_snapshots(half_a_year(GRAPH, DEFENDER).kept)
        days = [NOW.date() - timedelta(days=number) for number in range(DAYS)]
        store.put_decisions([a_decision(Decision.MISSED, day.isoformat()) for day in days])
        for number in range(RUNS):
            begun, name = NOW - timedelta(hours=4 + number), f"earlier-{number}"
            store.start_run(name, "sync", begun)
            ended = begun + timedelta(seconds=20 + 7 * (number % 5))
            results = (
                carried("servicenow", "sentinel", 90.0 * number),
                carried("sentinel", "servicenow", 20.0 * number),
            )
            report = replace(a_report(name, at=begun, results=results), ended_at=ended)
            store.finish_run(replace(report, **asked(begun, rough=number % 6 == 0)))
    return url


@contextmanager
def serving(board: Board) -> Iterator[str]:
    """The address at which the board answers."""
    app = application(board, Ticking())
    app.requests.burst = 10_000
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = server_of(app, LOCAL)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
            board.memory.close()
