"""Looking at the real instance and workspace while the questions are asked. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType

from watchkeeper.cli.console import console
from watchkeeper.errors import Config, Reject
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.ports import Connector
from watchkeeper.settings import load_settings
from watchkeeper.wiring import Workplace


@dataclass(slots=True)
class Systems:
    """What answers. `seen`: the systems that did, as they call themselves; `unseen`: the settings that lack before another one
    can be asked, none of them where nobody wants it asked; `unverified`: names that our account may not look up."""

    offline: bool
    seen: dict[Side, str] = field(default_factory=dict)
    unseen: dict[Side, tuple[str, ...]] = field(default_factory=dict)
    unverified: set[str] = field(default_factory=set)
    _connectors: dict[Side, Connector] = field(default_factory=dict)
    _opened: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Systems:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def look(self, side: Side, settings: Mapping[str, str]) -> None:
        """Ask a system who it is, if these settings let us. Raises what keeps it from answering: an address, a sign-in, a name."""
        self.unseen[side] = ()
        if self.offline:
            return
        try:
            load_settings(settings, needs=(side,))
        except Config as error:
            self.unseen[side] = tuple(dict.fromkeys(problem.place for problem in error.problems))
            return
        speaker = console()
        place = Workplace(environ=settings, redactor=speaker.redactor, stop=speaker.stop, sides=(side,))
        connector = self._opened.enter_context(place).connectors[side]
        identity = connector.identity()
        self._connectors[side] = connector
        self.seen[side] = identity.name or identity.id
        del self.unseen[side]

    def resolved(self, kind: ReferenceKind, names: Sequence[str]) -> Mapping[str, Resolution]:
        """What names stand for on the instance; empty where it cannot be asked. A name that cannot be searched for is none."""
        connector = self._connectors.get(SERVICENOW)
        if connector is None or not names:
            return {}
        try:
            found = connector.resolve(kind, names)
        except Reject:
            return {name: Resolution(kind, name, Resolved.NONE) for name in names}
        self.unverified |= {name for name, each in found.items() if each.outcome is Resolved.UNVERIFIABLE}
        return found

    def names_like(self, kind: ReferenceKind, text: str) -> tuple[str, ...]:
        """Names to choose from; none where the instance cannot be asked."""
        connector = self._connectors.get(SERVICENOW)
        try:
            return connector.names_like(kind, text) if connector is not None else ()
        except Reject:
            return ()
