"""Duties with tickets that lead where the visitor wants incidents opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from watchkeeper.model.duty_record import DutyRecord
from watchkeeper.model.record import RecordRef
from watchkeeper.state.store import SqlStateStore


@dataclass(frozen=True, slots=True)
class OpenedDuties:
    """The store's questions of the same names."""

    store: SqlStateStore
    page_of: Callable[[RecordRef, str], str]

    def duties_due(self, since: datetime, until: datetime, besides: str = "") -> Sequence[DutyRecord]:
        return self._opened(self.store.duties_due(since, until, besides))

    def unsettled_duties(
        self, since: datetime, until: datetime, recent: datetime, besides: str = ""
    ) -> Sequence[DutyRecord]:
        return self._opened(self.store.unsettled_duties(since, until, recent, besides))

    def latest_duties(self, pairs: Collection[tuple[str, str]], until: date, most: int) -> Sequence[DutyRecord]:
        return self._opened(self.store.latest_duties(pairs, until, most))

    def past_duties(self, pair: tuple[str, str], before: str, most: int) -> Sequence[DutyRecord]:
        return self._opened(self.store.past_duties(pair, before, most))

    def _opened(self, records: Iterable[DutyRecord]) -> Sequence[DutyRecord]:
        return [self.opened(record) for record in records]

    def opened(self, record: DutyRecord) -> DutyRecord:
        """The very same where its tickets lead there already."""
        urls = [self.page_of(each.ref, each.url) for each in record.tickets]
        if all(url == each.url for url, each in zip(urls, record.tickets, strict=True)):
            return record
        tickets = (replace(each, url=url) for url, each in zip(urls, record.tickets, strict=True))
        return replace(record, tickets=tuple(tickets))
