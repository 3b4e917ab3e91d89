"""The control plane: how tests, demos and benchmarks look into a running world and make things happen in it."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import Peopled, Seedable, World

PREFIX = "/_emulator/"
_ALIASES = {"sentinel": "arm"}


class ControlPlane:
    """Answers `/_emulator/...` for one world; every call needs the bearer token (401 otherwise, 400 says what is wrong)."""

    def __init__(self, world: World, token: str) -> None:
        self._world = world
        self._token = token
        self._routes: Mapping[tuple[str, str], Callable[[Request], dict[str, Any]]] = {
            ("GET", "requests"): self._requests,
            ("GET", "records"): self._records,
            ("GET", "clock"): self._clock,
            ("GET", "faults"): self._faults,
            ("POST", "reset"): self._reset,
            ("POST", "seed"): self._seed,
            ("POST", "clock"): self._set_clock,
            ("POST", "faults"): self._plan_faults,
            ("POST", "people"): self._people,
        }

    @property
    def calls(self) -> tuple[tuple[str, str], ...]:
        """Method and verb of every call that it answers."""
        return tuple(self._routes)

    def handle(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {self._token}".encode()):
            return Response.of_json(
                401, {"error": "send the token as Authorization: Bearer"}, {"WWW-Authenticate": "Bearer"}
            )
        verb = request.path.removeprefix(PREFIX).strip("/")
        route = self._routes.get((request.method, verb))
        if route is None or not request.path.startswith(PREFIX):
            known = ", ".join(f"{method} {PREFIX}{name}" for method, name in self._routes)
            return Response.of_json(404, {"error": f"no {request.method} {request.path} here; there is {known}"})
        try:
            return Response.of_json(200, route(request))
        except (ValueError, KeyError, TypeError) as error:
            return Response.of_json(400, {"error": str(error)})

    def _requests(self, request: Request) -> dict[str, Any]:
        since = int(request.parameter("since") or 0)
        entries = self._world.log.entries(since)
        return {"requests": [entry.as_json() for entry in entries], "next": max(since, 0) + len(entries)}

    def _records(self, request: Request) -> dict[str, Any]:  # noqa: ARG002
        return {"records": {name: system.records() for name, system in self._world.systems.items()}}

    def _clock(self, request: Request) -> dict[str, Any]:  # noqa: ARG002
        clock = self._world.clock
        return {"now": clock.now().astimezone(UTC).isoformat().replace("+00:00", "Z"), "frozen": clock.frozen}

    def _set_clock(self, request: Request) -> dict[str, Any]:
        command, clock = _command(request), self._world.clock
        if "frozen" in command:
            clock.freeze() if command["frozen"] else clock.run()
        if "set" in command:
            clock.set(_instant(command["set"]))
        if "advance" in command:
            clock.advance(timedelta(seconds=float(command["advance"])))
        return self._clock(request)

    def _reset(self, request: Request) -> dict[str, Any]:  # noqa: ARG002
        self._world.reset()
        return {"reset": sorted(self._world.systems)}

    def _seed(self, request: Request) -> dict[str, Any]:
        command = _command(request)
        system = self._named(command)
        if not isinstance(system, Seedable):
            raise ValueError(f"{system.name} takes no seeds")
        return system.seed(command)

    def _people(self, request: Request) -> dict[str, Any]:
        command = _command(request)
        system = self._named(command)
        if not isinstance(system, Peopled):
            raise ValueError(f"nobody works in {system.name}")
        return system.people(command)

    def _faults(self, request: Request) -> dict[str, Any]:  # noqa: ARG002
        return {"latency": self._world.faults.latency, "rules": self._world.faults.as_json()}

    def _plan_faults(self, request: Request) -> dict[str, Any]:
        command, plan = _command(request), self._world.faults
        rules = [FaultRule.of_json(rule) for rule in command.get("rules", [])]
        if command.get("clear"):
            plan.clear()
        if command.get("release"):
            plan.release()
        if "latency" in command:
            plan.latency = float(command["latency"])
        plan.add(*rules)
        return self._faults(request)

    def _named(self, command: Mapping[str, Any]) -> Any:
        name = command.get("system")
        system = self._world.systems.get(_ALIASES.get(str(name), str(name)))
        if system is None:
            raise ValueError(f"system {name!r} is none of {', '.join(self._world.systems)}, sentinel")
        return system


def _command(request: Request) -> dict[str, Any]:
    value = request.json()
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")
    return value


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write it as 2026-11-16T00:30:00Z")
    return instant.astimezone(UTC)
