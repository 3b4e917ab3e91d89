"""Stop a deployment for every machine that shares its store, and let it go on.

The order stands in the store, where every run looks before each write, in the transaction that stores the write's intent: once it
is stored, no further write begins.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from watchkeeper.errors import Paused, Retired, StateUnusable
from watchkeeper.model.halt import Halt, HaltKind
from watchkeeper.model.reasons import Reason, because, together
from watchkeeper.model.troubles import Trouble
from watchkeeper.ports import Clock
from watchkeeper.state_ports import LeaseHandle, StateStore

_NAME: Final = "halt"
_NONE: Final = ""


def standing_halt(store: StateStore, now: datetime) -> Halt | None:
    """The order that holds now; None where there is none, and where the last one has ended by itself."""
    halt = last_halt(store)
    return halt if halt is not None and halt.stands_at(now) else None


def last_halt(store: StateStore) -> Halt | None:
    """The latest order, which may have ended by itself; None where there was none or somebody ended it."""
    text = store.recall(_NAME) or _NONE
    if not text:
        return None
    try:
        row = json.loads(text)
        until = row["until"]
        return Halt(
            kind=HaltKind(row["kind"]),
            id=row["id"],
            by=row["by"],
            host=row["host"],
            at=datetime.fromisoformat(row["at"]),
            reason=row["reason"],
            until=None if until is None else datetime.fromisoformat(until),
            run=row["run"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StateUnusable(
            f"the state store holds an order to pause that cannot be read ({type(error).__name__})",
            remedy="give the order again: `watchkeeper pause`, then `watchkeeper resume`",
        ) from error


def put_halt(store: StateStore, halt: Halt) -> None:
    """Store an order in place of any earlier one."""
    row = {
        "kind": halt.kind.value,
        "id": halt.id,
        "by": halt.by,
        "host": halt.host,
        "at": halt.at.isoformat(),
        "reason": halt.reason,
        "until": None if halt.until is None else halt.until.isoformat(),
        "run": halt.run,
    }
    store.remember({_NAME: json.dumps(row, ensure_ascii=True)})


def end_halt(store: StateStore) -> None:
    """Let the deployment go on."""
    store.remember({_NAME: _NONE})


def refuse_halted(store: StateStore, now: datetime, passing: Collection[str] = ()) -> None:
    """Raise Paused or Retired when an order stands, unless its id is among `passing`."""
    halt = standing_halt(store, now)
    if halt is None or halt.id in passing:
        return
    match halt.kind:
        case HaltKind.PAUSED:
            raise Paused(said_of(halt), remedy=_how_to_go_on(halt))
        case HaltKind.RETIRED:
            raise Retired(said_of(halt), remedy=_how_to_go_on(halt))


def halt_notes(store: StateStore, now: datetime) -> tuple[Reason, ...]:
    """What a report of something that works nevertheless has to say."""
    halt = standing_halt(store, now)
    return () if halt is None else (together([said_of(halt), _how_to_go_on(halt)]),)


def said_of(halt: Halt) -> Reason:
    """Who stopped the deployment, when and why."""
    code = Trouble.PAUSED if halt.kind is HaltKind.PAUSED else Trouble.RETIRED
    who = because(code, name=halt.by, host=halt.host, when=_minute(halt.at))
    if halt.run:
        return together([who, because(Trouble.PAUSED_FOR_UNDO, id=halt.run)])
    return together([who, because(Trouble.GIVEN_REASON, words=halt.reason)]) if halt.reason else who


def _how_to_go_on(halt: Halt) -> Reason:
    if halt.kind is HaltKind.RETIRED:
        return because(Trouble.BRING_BACK)
    if halt.until is not None:
        return because(Trouble.PAUSED_UNTIL, when=_minute(halt.until))
    return because(Trouble.UNTIL_RESUMED)


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


@dataclass(frozen=True, slots=True)
class HaltAware:
    """A lease that also does not let a run write while an order to stop stands. `passing`: ids of orders that this run may
    write under."""

    lease: LeaseHandle
    store: StateStore
    clock: Clock
    passing: Collection[str] = ()

    @property
    def token(self) -> int:
        return self.lease.token

    def check(self) -> None:
        """Raise Locked, Paused or Retired."""
        self.lease.check()
        refuse_halted(self.store, self.clock.now(), self.passing)

    def release(self) -> None:
        self.lease.release()
