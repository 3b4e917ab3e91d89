"""A side that lists an estate: a connector without a network, so that what is measured is the engine and its store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from bench.estate import DEPLOYMENT, NOW, Estate, number_of
from watchkeeper.model.activity import (
    ActivityReport,
    Comment,
    CommentDraft,
    Principal,
    ReferenceKind,
    Resolution,
    Resolved,
)
from watchkeeper.model.capabilities import Capabilities, Identity
from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.population import Feed
from watchkeeper.model.probing import Probe, ProbeScope
from watchkeeper.model.record import SERVICENOW, Absent, Draft, RawFields, Record, RecordRef, Revision, Side, Written
from watchkeeper.model.scan import Page, ScanEnd, ScanItem
from watchkeeper.model.vocabulary import Orientation

PAGE = 1000
"""Records in a page: as many as both systems give at most."""

_GROUP = "d625dccec0a8016700a222a0f7900d06"


class ListedSide:
    """Implements ports.Connector for one side of an estate. Nothing may be written to it; `scanned` is when its scan began and
    ended, on the clock of time.perf_counter."""

    def __init__(self, side: Side, estate: Estate, page: int = PAGE) -> None:
        self.side = side
        self._estate = estate
        self._page = page
        self.scanned: tuple[float, float] = (0.0, 0.0)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self.side, timedelta(0), 4, 30_000, None, read_batch=50)

    def identity(self) -> Identity:
        return Identity(self.side, DEPLOYMENT, DEPLOYMENT, "watchkeeper")

    def server_now(self) -> datetime:
        return NOW

    def scan(self, feed: Feed, since: str | None) -> Iterator[ScanItem]:  # noqa: ARG002 - it is swept only
        began = time.perf_counter()
        if feed.table in {"incident", "incidents"}:
            records = self._estate.records(self.side)
            while page := tuple(islice(records, self._page)):
                yield Page(page)
        self.scanned = (began, time.perf_counter())
        yield ScanEnd(complete=True, watermark="the end", server_time=NOW)

    def get(self, refs: Sequence[RecordRef], fields: frozenset[str]) -> Mapping[RecordRef, Record | Absent]:  # noqa: ARG002
        return {ref: self._get(ref) for ref in refs}

    def _get(self, ref: RecordRef) -> Record | Absent:
        number = number_of(ref)
        known = number is not None and number < self._estate.pairs
        return self._estate.record(self.side, number) if known and number is not None else Absent(ref)

    def find(self, table: str, markers: Sequence[str], fields: frozenset[str]) -> Mapping[str, tuple[Record, ...]]:  # noqa: ARG002
        return {}

    def look_up(self, table: str, name: str, fields: frozenset[str]) -> tuple[Record, ...]:  # noqa: ARG002
        return ()

    def chosen_ref(self, table: str, marker: str) -> RecordRef:
        chosen = chosen_uuid(marker)
        return RecordRef(self.side, table, chosen.hex if self.side == SERVICENOW else str(chosen))

    def mark(self, record: Record, marker: str) -> RawFields:  # noqa: ARG002 - all of it carries our marks
        return {}

    def url_of(self, ref: RecordRef) -> str:
        return f"https://{self.side}.example/{ref.id}"

    def create(self, draft: Draft) -> Written:
        raise NotImplementedError("a plan is measured, which writes nothing")

    def update(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        raise NotImplementedError("a plan is measured, which writes nothing")

    def close(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        raise NotImplementedError("a plan is measured, which writes nothing")

    def comments(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, tuple[Comment, ...]]:
        return dict.fromkeys(refs, ())

    def add_comment(self, draft: CommentDraft) -> Comment:
        raise NotImplementedError("a plan is measured, which writes nothing")

    def chosen_comment_id(self, ref: RecordRef, draft_id: str) -> str | None:  # noqa: ARG002
        return None

    def activity(
        self,
        table: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
        until: datetime,  # noqa: ARG002
        ids: Sequence[str] | None = None,  # noqa: ARG002
        *,
        bulk: bool = False,  # noqa: ARG002
    ) -> ActivityReport:
        return ActivityReport(())

    def principals(self, ids: Sequence[str]) -> Mapping[str, Principal]:  # noqa: ARG002
        return {}

    def resolve(self, kind: ReferenceKind, names: Sequence[str]) -> Mapping[str, Resolution]:
        return {name: Resolution(kind, name, Resolved.ONE, _GROUP) for name in names}

    def orient(self, groups: Sequence[str], fields: Mapping[str, frozenset[str]], memo: str | None) -> Orientation:  # noqa: ARG002
        return Orientation(self.resolve(ReferenceKind.GROUP, groups))

    def probes(self, scope: ProbeScope) -> Sequence[Probe]:  # noqa: ARG002
        return ()

    def write_probes(self, scope: ProbeScope) -> Sequence[Probe]:  # noqa: ARG002
        return ()
