"""What the core asks of the world, as Protocols. Implementations live at the edge; nothing reaches around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from watchkeeper.model.activity import ActivityReport, Comment, CommentDraft, Principal, ReferenceKind, Resolution
from watchkeeper.model.capabilities import Capabilities, Identity
from watchkeeper.model.population import Feed
from watchkeeper.model.probing import Probe, ProbeScope
from watchkeeper.model.progress import Phase
from watchkeeper.model.record import Absent, Draft, RawFields, Record, RecordRef, Revision, Side, Written
from watchkeeper.model.scan import ScanItem
from watchkeeper.model.tally import Tally
from watchkeeper.model.vocabulary import Columns, Orientation

if TYPE_CHECKING:
    import requests

T = TypeVar("T")


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class Monotonic(Protocol):
    def __call__(self) -> float:
        """Seconds on a clock that never steps back; only differences mean anything."""
        ...


class Sleep(Protocol):
    def __call__(self, seconds: float) -> None: ...


class Ids(Protocol):
    def __call__(self) -> str:
        """A fresh id: 32 hex digits."""
        ...


class Stop(Protocol):
    """Somebody's wish that this process ends, which comes with a signal or with the end of the run's time."""

    @property
    def is_asked(self) -> bool: ...

    @property
    def is_overdue(self) -> bool:
        """Whether what was under way when it was asked for has had its time, and is to be abandoned."""
        ...

    def check(self) -> None:
        """Raise Interrupted once a signal has asked for it, Deferred once the time is over."""
        ...

    def put_off(self) -> AbstractContextManager[None]:
        """Inside, the wish waits for a `check`."""
        ...

    def at_once(self) -> AbstractContextManager[None]:
        """Inside, a signal interrupts whatever is done. The end of the time never does."""
        ...


class Progress(Protocol):
    """Somebody who waits and wants to know how far long work has come. Told from any thread, and often; never raises."""

    def begin(self, phase: Phase, total: int | None = None) -> None:
        """A phase of so many steps begins (None: nobody knows of how many), and the one before is over."""
        ...

    def advance(self, steps: int = 1) -> None:
        """So many more steps of the phase are done; 0: nothing new, and work goes on."""
        ...


class Workers(Protocol):
    """Runs work side by side; one pool per side, at most that side's `workers` calls at once."""

    def submit(self, side: Side, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run `work` on the side's pool, then `done` with its result on the thread that called `drain`. `work` must not
        raise."""
        ...

    def drain(self) -> None:
        """Return when everything submitted, also by `done` callbacks, has finished. Raises what `Stop.check` raises when a stop
        was asked for and is overdue: of what is still under way then, nobody hears."""
        ...


class SessionFactory(Protocol):
    """Opens HTTP sessions that obey timeouts, retries, pacing, redaction, TLS rules and WATCHKEEPER_MODE."""

    def session(self, side: Side) -> requests.Session:
        """A new session with a cookie jar of its own; give each worker thread its own one."""
        ...


class Connector(Protocol):
    """One side. Thread-safe: the engine calls it from `capabilities.workers` threads at once.

    Every method raises from watchkeeper.errors only; NotFound and a hidden record are `Absent` where a read by id is meant.
    """

    @property
    def side(self) -> Side: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def identity(self) -> Identity: ...

    def server_now(self) -> datetime:
        """The remote's clock as of its latest answer (asking for one if there was none), UTC."""
        ...

    def scan(self, feed: Feed, since: str | None) -> Iterator[ScanItem]:
        """Pages of the feed's records changed since a watermark (None: everything), then one ScanEnd."""
        ...

    def cursor_at(self, table: str, moment: datetime) -> str | None:
        """A watermark with which `scan` yields what changed since an instant; None where the side must read everything."""
        ...

    def get(self, refs: Sequence[RecordRef], fields: frozenset[str]) -> Mapping[RecordRef, Record | Absent]:
        """Records by id, each read now."""
        ...

    def find(self, table: str, markers: Sequence[str], fields: frozenset[str]) -> Mapping[str, tuple[Record, ...]]:
        """Records by correlation marker; more than one for a marker is possible and is reported, never resolved here."""
        ...

    def look_up(self, table: str, name: str, fields: frozenset[str]) -> tuple[Record, ...]:
        """Records that a person means by a number, an id or an address; empty when there is none."""
        ...

    def chosen_ref(self, table: str, marker: str) -> RecordRef:
        """The id that a create for this marker will use: derived, the same for ever."""
        ...

    def mark(self, record: Record, marker: str) -> RawFields:
        """The raw fields that tie a record which we did not create to a marker: empty when it carries the marker already,
        when another integration's marker stands there (never overwritten), or when this side has no place for one."""
        ...

    def url_of(self, ref: RecordRef) -> str:
        """Where people open the record; computed, no call."""
        ...

    def create(self, draft: Draft) -> Written:
        """Create under the chosen id. AlreadyExists when it is taken. The caller has read the id just before."""
        ...

    def update(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """Write only `changes`, if the record is still at `expect` (else PreconditionFailed)."""
        ...

    def close(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """The closing transition: like `update`, after checking what the side demands of a closed record."""
        ...

    def comments(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, tuple[Comment, ...]]:
        """All comments of each record, oldest first."""
        ...

    def add_comment(self, draft: CommentDraft) -> Comment: ...

    def chosen_comment_id(self, ref: RecordRef, draft_id: str) -> str | None:
        """The id that a comment draft will get on this record; None where the side chooses comment ids itself."""
        ...

    def activity(
        self, table: str, since: datetime, until: datetime, ids: Sequence[str] | None = None, *, bulk: bool = False
    ) -> ActivityReport:
        """Who did what to the table's records (to some of them) from `since` to `until`, both included. With `bulk` nothing is
        read record by record: the answer then names the records whose comments it leaves out."""
        ...

    def principals(self, ids: Sequence[str]) -> Mapping[str, Principal]:
        """What the side knows about accounts (by Actor.id); unknown ones are left out."""
        ...

    def resolve(self, kind: ReferenceKind, names: Sequence[str]) -> Mapping[str, Resolution]: ...

    def names_like(self, kind: ReferenceKind, text: str) -> tuple[str, ...]:
        """Names of active records that contain a text or look like it, the likest first, for a person to choose from; a few at
        most. None where the side has no such list, or shows us none."""
        ...

    def orient(self, groups: Sequence[str], fields: Mapping[str, frozenset[str]], memo: str | None) -> Orientation:
        """What a run needs to know before it reads, in as few calls as the side allows: which record each group's name stands for,
        and the choice lists of raw fields (by table). `memo` is the last orientation's, which the side may rely on for a day."""
        ...

    def columns(self, tables: Sequence[str]) -> Mapping[str, Columns]:
        """The fields that tables have; a table that the side cannot describe is left out."""
        ...

    def tally(self, feed: Feed, since: datetime, by: Sequence[str], signs: Sequence[str]) -> Tally:
        """How many records of the feed that changed since an instant hold each combination of the raw fields `by`, as the side
        counts them. Of our own records those whose marker begins with one of `signs`, and no others."""
        ...

    def probes(self, scope: ProbeScope) -> Sequence[Probe]:
        """What `doctor` can tell of this side by reading alone. One check that fails hides no other; never raises."""
        ...

    def write_probes(self, scope: ProbeScope) -> Sequence[Probe]:
        """What only a write can show, tried on one record that is made for it and resolved; empty where nothing needs one.
        Never raises."""
        ...
