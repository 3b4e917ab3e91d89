"""What happens in one history, as plain data: it can be written down, read back, cut smaller, and played again.

All times are seconds from the history's start. Nothing in here is decided while a history is played, so that dropping one event
leaves the others as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeAlias

Do: TypeAlias = Literal["wait", "kill"]
Profile: TypeAlias = Literal["default", "delta-only"]


@dataclass(frozen=True, slots=True)
class Break:
    """What befalls a run at its `at`-th boundary, or at the `at`-th around a call that writes: it stands still for `seconds` (a
    lease lasts 600), or it is killed there."""

    at: int
    do: Do
    seconds: float = 0.0
    of: Literal["all", "writes"] = "all"


@dataclass(frozen=True, slots=True)
class Blow:
    """A fault (by its name in tests.faults.kinds) for calls of one kind: the first `after` are spared, the next `times` are
    struck (None: all)."""

    call: str
    fault: str
    after: int = 0
    times: int | None = 1


@dataclass(frozen=True, slots=True)
class Deed:
    """A person does something. `on`: the name of the event that made the record, or `duty`; a deed that finds no such record, or
    that the system refuses, has not happened. One that makes a record is what later deeds are `on`."""

    at: float
    name: str
    side: str
    who: str
    do: str
    on: str = ""
    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A process starts `sync` on a machine. It stands still for `pace` seconds at every boundary, and its blows fall as long as
    no later run begins. `opens`: where a valve trips, a person looks at it and starts a run like this one with it opened."""

    at: float
    name: str
    host: str = "runner-1"
    pace: float = 0.0
    full: bool = False
    opens: bool = True
    breaks: tuple[Break, ...] = ()
    blows: tuple[Blow, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Somebody asks for the plan, twice."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Loss:
    """The state store is gone, or is its last copy: one is made when the first run has ended."""

    at: float
    name: str
    old: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """The state store is copied."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Hiding:
    """An administrator takes our right to read the ticket of a record, or gives all such rights back (`on` empty)."""

    at: float
    name: str
    on: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """ServiceNow's own job closes what was resolved a while ago."""

    at: float
    name: str


Event: TypeAlias = Deed | Run | Plan | Loss | Copy | Hiding | Job
_KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in (Deed, Run, Plan, Loss, Copy, Hiding, Job)}


@dataclass(frozen=True, slots=True)
class Scene:
    """The world before anything happens. `skew`: by how many seconds our clock is off. `duty`: whether there is one to open.
    `conflict_every`: see ArmOptions. `pages`: rows per listing call of ServiceNow."""

    duty: bool = False
    skew: float = 0.0
    ingestion_lag: float = 300.0
    honours_ids: bool = True
    conflict_every: int = 0
    pages: int = 1000


@dataclass(frozen=True, slots=True)
class History:
    seed: int
    profile: Profile
    scene: Scene
    events: tuple[Event, ...]

    def to_json(self) -> str:
        events = [{"kind": type(event).__name__, **asdict(event)} for event in self.events]
        document = {"seed": self.seed, "profile": self.profile, "scene": asdict(self.scene), "events": events}
        return json.dumps(document, indent=1, ensure_ascii=False)

    @classmethod
    def of_json(cls, text: str) -> History:
        """Raises ValueError for what is no history."""
        document = json.loads(text)
        try:
            events = tuple(_event(row) for row in document["events"])
            return cls(document["seed"], document["profile"], Scene(**document["scene"]), events)
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is no history: {error}") from error


def _event(row: Mapping[str, Any]) -> Event:
    kind = _KINDS[row["kind"]]
    values = {each.name: row[each.name] for each in fields(kind)}
    if kind is Run:
        values["breaks"] = tuple(Break(**each) for each in values["breaks"])
        values["blows"] = tuple(Blow(**each) for each in values["blows"])
    event: Event = kind(**values)
    return event
