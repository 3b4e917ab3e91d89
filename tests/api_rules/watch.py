"""Holds every request of our Sentinel connector, in whatever test it is sent, against the published API description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import requests
from tests.api_rules.sentinel import violations

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.world import World

OURS: Final = "watchkeeper/"


class Watch:
    """What was sent since it was last asked: how many requests, and what they broke."""

    def __init__(self) -> None:
        self.seen = 0
        self.broken: list[str] = []
        self._answered: dict[str, Any] = {}

    def install(self) -> None:
        """From now on see every request to every emulated world of this process, before any fault strikes, and every other one
        that leaves through `requests`."""
        self._watch_worlds()
        self._watch_sessions()

    def _watch_worlds(self) -> None:
        watch, handle = self, World.handle

        def watched(world: World, system: str, request: Request) -> Response:
            if system == "arm" and request.headers.get("user-agent", "").startswith(OURS):
                watch.look(world, request)
            return handle(world, system, request)

        World.handle = watched  # type: ignore[method-assign]

    def _watch_sessions(self) -> None:
        watch, send = self, requests.Session.send

        def watched(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            if not _is_ours_elsewhere(request):
                return send(session, request, **options)
            watch.look_at(request)
            answer = send(session, request, **options)
            watch.remember(answer)
            return answer

        requests.Session.send = watched  # type: ignore[method-assign]

    def look_at(self, request: requests.PreparedRequest) -> None:
        """A request to something else than an emulated world: a single recorded exchange."""
        parts = urlsplit(request.url or "")
        self.seen += 1
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        held = self._answered.get(unquote(parts.path).lower())
        found = violations(request.method or "", unquote(parts.path), parts.query, body, held)
        self.broken += [f"{request.method} {parts.path}: {each}" for each in found]

    def remember(self, answer: requests.Response) -> None:
        """What an answer says of resources, so that a write can be compared with it."""
        try:
            content = answer.json()
        except ValueError:
            return
        path = unquote(urlsplit(answer.request.url or "").path).lower()
        items = content.get("value", [content]) if isinstance(content, dict) else []
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and isinstance(item.get("properties"), dict):
                name = str(item.get("name", "")).lower()
                self._answered[path if path.endswith(name) else f"{path}/{name}"] = item["properties"]

    def look(self, world: World, request: Request) -> None:
        self.seen += 1
        # The label's type and the like go back as they came, so a write is compared with what it replaces.
        held = _held(world, request.path) if request.method == "PUT" else None
        found = violations(request.method, request.path, request.raw_query, request.body, held)
        self.broken += [f"{request.method} {request.path}: {each}" for each in found]

    def taken(self) -> list[str]:
        """What was broken, forgotten with the answer."""
        broken, self.broken = self.broken, []
        return broken


def _is_ours_elsewhere(request: requests.PreparedRequest) -> bool:
    agent = request.headers.get("User-Agent", "")
    host = urlsplit(request.url or "").hostname or ""
    ours = (agent.decode() if isinstance(agent, bytes) else agent).startswith(OURS)
    return ours and host not in {"127.0.0.1", "localhost"} and not host.endswith((".emulator", ".service-now.com"))


API: Final = Watch()
"""The one that the whole suite is watched by."""


def _held(world: World, path: str) -> Mapping[str, Any] | None:
    """The incident as it is, with the labels of every version: a writer whose version is out of date is told so by the
    service, and has done nothing wrong."""
    arm: Any = world.systems["arm"]
    versions: list[dict[str, Any]] = arm.versions(path.rpartition("/")[2])
    if not versions:
        return None
    return {**versions[-1], "labels": [label for version in versions for label in version["labels"]]}
