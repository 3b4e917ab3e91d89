"""A whole emulated world: its systems, one clock, one request log, one plan of faults."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

from watchkeeper.emulators.clock import FIRST_MONDAY, WorldClock
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.faults import FaultPlan
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.request_log import RequestLog

if TYPE_CHECKING:
    from watchkeeper.emulators.azure import AzureOptions

SYSTEM_NAMES = ("servicenow", "entra", "arm", "loganalytics", "graph", "defender", "scripts", "pipelines", "machine")


class System(Protocol):
    """One emulated service. `handle` is called from many threads at once and never raises for what a client sent."""

    @property
    def name(self) -> str:
        """One of `SYSTEM_NAMES`."""

    def handle(self, request: Request) -> Response: ...

    def records(self) -> list[dict[str, Any]]:
        """The current records, for the control plane; empty for systems that hold none."""

    def reset(self) -> None:
        """Back to the seeded state."""


@runtime_checkable
class Peopled(Protocol):
    """A system in which people work: `people` lets one of them do something, and raises ValueError for a bad command."""

    def people(self, command: dict[str, Any]) -> dict[str, Any]: ...


@runtime_checkable
class Seedable(Protocol):
    """A system that takes prepared records; `seed` raises ValueError for a bad command."""

    def seed(self, command: dict[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a listener is told: `before` the system acts (no response yet) and `after` its effect, before the answer leaves."""

    phase: Literal["before", "after"]
    system: str
    request: Request
    response: Response | None


Listener: TypeAlias = Callable[[Exchange], None]
"""Called in the request's own thread; what it raises ends the exchange there, which is how a test kills a caller in process."""


class World:
    """`handle` is the one door to every system: it logs, lets faults strike, tells the listeners, and dates the answer."""

    def __init__(self, clock: WorldClock, *systems: System, options: WorldOptions | None = None) -> None:
        self.clock = clock
        self.options = options or WorldOptions()
        self.systems: Mapping[str, System] = {system.name: system for system in systems}
        self.log = RequestLog()
        self.faults = FaultPlan(self.options.seed, self.options.latency)
        self._listeners: list[Listener] = []
        self._dates = _HttpDates()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of every exchange; returns what stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def handle(self, system_name: str, request: Request) -> Response:
        """The system's answer to one request, after faults. Raises KeyError for a system that this world does not have."""
        system = self.systems[system_name]
        entry = self.log.arrived(system_name, request, self.clock.now())
        fate = self.faults.strike(system_name, request)
        answer = fate.before()
        if answer is None:
            for _ in range(1, fate.deliveries):
                self._serve(system, request)
            answer = self._serve(system, request)
        answer = self._dated(fate.after(answer))
        self.log.answered(entry, answer)
        return answer

    def reset(self) -> None:
        """Seeded records, no faults, an empty log; the clock goes on."""
        self.faults.clear()
        for system in self.systems.values():
            system.reset()
        self.log.clear()

    def _serve(self, system: System, request: Request) -> Response:
        self._tell(Exchange("before", system.name, request, None))
        answer = system.handle(request)
        self._tell(Exchange("after", system.name, request, answer))
        return answer

    def _tell(self, exchange: Exchange) -> None:
        for listener in tuple(self._listeners):
            listener(exchange)

    def _dated(self, response: Response) -> Response:
        if any(name.lower() == "date" for name in response.headers):
            return response
        return replace(response, headers={**response.headers, "Date": self._dates.text(self.clock.now())})


class _HttpDates:
    """The Date header's text, kept for as long as the second lasts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second: datetime | None = None
        self._text = ""

    def text(self, now: datetime) -> str:
        second = now.astimezone(UTC).replace(microsecond=0)
        with self._lock:
            if second != self._second:
                self._second, self._text = second, format_datetime(second, usegmt=True)
            return self._text


def build_world(
    start: datetime = FIRST_MONDAY,
    *,
    frozen: bool = False,
    options: WorldOptions | None = None,
    azure: AzureOptions | None = None,
) -> World:
    """Every system, seeded, at `start`; a `frozen` world's clock moves only when it is told to."""
    from watchkeeper.emulators.azure import build_azure, build_workloads
    from watchkeeper.emulators.evidence import build_evidence
    from watchkeeper.emulators.servicenow import build_servicenow

    chosen = options or WorldOptions()
    clock = WorldClock(start, frozen=frozen)
    entra, arm, logs = build_azure(clock, chosen, azure)
    evidence, workloads = build_evidence(clock, chosen, entra.tokens), build_workloads(entra)
    return World(clock, build_servicenow(clock, chosen), entra, arm, logs, *evidence, *workloads, options=chosen)
