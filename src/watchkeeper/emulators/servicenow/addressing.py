"""Which of the instance's REST interfaces a path is about."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.servicenow.errors import no_such_resource

_VERSIONS = ("v1", "v2")


@dataclass(frozen=True, slots=True)
class Address:
    """`/api/now[/version]/api/rest…`; `version` is empty where the path names none."""

    version: str
    api: str
    rest: tuple[str, ...]

    def root(self, host: str) -> str:
        """Where the interface itself answers, in the version that was called."""
        version = f"{self.version}/" if self.version else ""
        return f"https://{host}/api/now/{version}{self.api}"


def address_of(request: Request) -> Address:
    """Raises Refused for a path that is none of the instance's."""
    if request.segments[:2] != ("api", "now"):
        raise no_such_resource()
    rest = request.segments[2:]
    version = rest[0] if rest and rest[0] in _VERSIONS else ""
    rest = rest[1:] if version else rest
    if not rest:
        raise no_such_resource()
    return Address(version, rest[0], rest[1:])
