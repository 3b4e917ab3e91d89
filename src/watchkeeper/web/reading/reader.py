"""One deployment at an instant, as one request asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from watchkeeper.errors import Config
from watchkeeper.report.board.nouns import Head, PastRun
from watchkeeper.state.library import Library
from watchkeeper.state.listings import Listings
from watchkeeper.state.store import SqlStateStore
from watchkeeper.web.asked import Asked
from watchkeeper.web.estates import Estates
from watchkeeper.web.incident_pages import PageOf, as_stored
from watchkeeper.web.reading.kept_reports import KeptReports
from watchkeeper.web.reading.opened import OpenedDuties
from watchkeeper.web.reading.past_runs import past_run
from watchkeeper.web.rules import Rules
from watchkeeper.wiring import Duties

RUNS = 50
"""Runs that are looked back on."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`limits`: how long ago the last success of a command may be. `page_of`: where a record is opened, as the visitor wants it."""

    library: Library
    deployment: str
    now: datetime
    limits: Mapping[str, timedelta]
    asked: Asked = field(default_factory=Asked)
    rules: Rules = field(default_factory=Rules)
    estates: Estates = field(default_factory=Estates)
    reports: KeptReports = field(default_factory=KeptReports)
    page_of: PageOf = as_stored
    _mappings: list[Duties | None] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def store(self) -> SqlStateStore:
        return self.library.store(self.deployment)

    @property
    def duties(self) -> OpenedDuties:
        return OpenedDuties(self.store, self.page_of)

    @property
    def listings(self) -> Listings:
        """What lists are paged through."""
        return self.library.listings(self.deployment)

    @property
    def mappings(self) -> Duties | None:
        """What the mappings folder says; None where it cannot be read, which only the page about it tells. Looked for once: one request
        has one answer, and each look is at every file."""
        if not self._mappings:
            found = self.rules.of(self.deployment)
            self._mappings.append(None if isinstance(found, Config) else found)
        return self._mappings[0]

    def runs(self) -> Sequence[PastRun]:
        """The latest runs, newest first."""
        return [past_run(run) for run in self.store.runs(RUNS)]

    def head(self, runs: Iterable[PastRun] | None = None) -> Head:
        """Of when the data are; `runs` where they have been read already."""
        ended = next((run for run in (self.runs() if runs is None else runs) if run.ended_at is not None), None)
        return Head(self.deployment, self.now, ended.ended_at if ended else None, ended.run_id if ended else "")
