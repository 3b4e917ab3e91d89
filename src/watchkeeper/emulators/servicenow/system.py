"""The emulated instance: sign-in, its REST interfaces and people over one versioned store."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow import batch_api, cast
from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.addressing import address_of
from watchkeeper.emulators.servicenow.attachments import AttachmentApi
from watchkeeper.emulators.servicenow.availability import FrontDoor
from watchkeeper.emulators.servicenow.choices import Choices
from watchkeeper.emulators.servicenow.cmdb_life import SHOWN_IN, EstateLife
from watchkeeper.emulators.servicenow.errors import Refused
from watchkeeper.emulators.servicenow.people import People
from watchkeeper.emulators.servicenow.recorder import Recorder
from watchkeeper.emulators.servicenow.seeds import Seeds
from watchkeeper.emulators.servicenow.sign_in import Credentials, SignIn
from watchkeeper.emulators.servicenow.stats import StatsApi
from watchkeeper.emulators.servicenow.store import Change, Row, Store
from watchkeeper.emulators.servicenow.table_api import TableApi


class ServiceNow:
    """One instance. Requests may come from many threads; each is handled whole, one after another."""

    name = "servicenow"

    def __init__(self, clock: WorldClock, options: WorldOptions) -> None:
        self._clock = clock
        self._options = options
        self._lock = threading.RLock()
        self._transactions = itertools.count(1)
        self.reset()

    def reset(self) -> None:
        """The seeded instance again: no incidents, no tokens, numbers from the start."""
        options = self._options
        with self._lock:
            self._store = Store()
            cast.seed(self._store, invalid_query_returns_no_rows=options.invalid_query_returns_no_rows)
            self._estate = EstateLife(self._store)
            choices = Choices(self._store)
            recorder = Recorder(
                self._store, choices, seed=options.seed, honour_chosen_sys_id=options.honour_chosen_sys_id
            )
            credentials = Credentials(
                options.servicenow_client_id, options.servicenow_client_secret, options.servicenow_password
            )
            self._sign_in = SignIn(self._store, credentials, self._clock.now, seed=options.seed)
            recorder.access.load(options.servicenow_acl)
            recorder.access.refuse_unknown_fields = options.servicenow_refuse_unknown_fields
            recorder.rules.load(options.servicenow_rules)
            self._tables = TableApi(self._store, recorder, choices)
            self._attachments = AttachmentApi(self._store, recorder)
            self._stats = StatsApi(self._store, recorder, choices)
            self._batch = batch_api.BatchClock()
            self._people = People(self._store, recorder, choices, self._sign_in.person)
            self._door = FrontDoor(self._clock.now)
            self._seeds = Seeds(
                self._store, recorder, self._people, self._batch, self._sign_in.person, self._door, self._estate
            )

    def handle(self, request: Request) -> Response:
        if request.path == "/oauth_token.do":
            return self._sign_in.token(request)
        try:
            actor = self._sign_in.actor(request)
        except Refused as refusal:
            signed_out = {"X-Is-Logged-In": "false", "WWW-Authenticate": 'BASIC realm="Service-now"'}
            return _with(refusal.response(), signed_out)
        headers = self._session_headers(request)
        return self._door.respond(request, actor, lambda: _with(self._serve(request, actor), headers))

    def people(self, command: dict[str, Any]) -> dict[str, Any]:
        """Let somebody work; see `People`."""
        with self._lock:
            self._go_on(command.get("table"))
            return self._people.carry_out(command, self._clock.now())

    def seed(self, command: dict[str, Any]) -> dict[str, Any]:
        """Prepare the instance; see `Seeds`."""
        with self._lock:
            for row in command.get("rows", []):
                self._go_on(row.get("table"))
            return self._seeds.carry_out(command, self._clock.now())

    def records(self) -> list[dict[str, Any]]:
        """The tickets of every table, incidents first, oldest first, each with its journal entries under `journal`. Without the
        changes that the estate has of its own."""
        with self._lock:
            journal: dict[str, list[Row]] = {}
            for entry in self._store.tables["sys_journal_field"].rows.values():
                journal.setdefault(entry["element_id"], []).append(dict(entry))
            return [
                {"table": table, **row, "journal": journal.get(row["sys_id"], [])}
                for table in self._store.tasks()
                for row in self._store.tables[table].rows.values()
                if row["sys_id"] not in self._estate.made
            ]

    def changes(self, sys_id: str | None = None) -> list[Change]:
        """Every change ever made, oldest first; of one row if asked."""
        with self._lock:
            return [change for change in self._store.changes if sys_id in {None, change.sys_id}]

    def _serve(self, request: Request, actor: Actor) -> Response:
        try:
            if request.path in batch_api.PATHS and request.method == "POST":
                return batch_api.respond(request, lambda item: self._serve(item, actor), self._batch)
            address = address_of(request)
            with self._lock:
                self._go_on(*address.rest[:1])
                match address.api:
                    case "attachment":
                        return self._attachments.respond(request, address, actor, self._clock.now())
                    case "stats":
                        return self._stats.respond(request, address, actor)
                    case _:
                        return self._tables.respond(request, actor, self._clock.now())
        except Refused as refusal:
            return refusal.response()

    def _go_on(self, table: object = None) -> None:
        """Let the estate live on where somebody is about to see it."""
        if table in SHOWN_IN:
            self._estate.go_on(self._clock.now())

    def _session_headers(self, request: Request) -> dict[str, str]:
        """What a real instance adds; a client that keeps cookies gets its session only once."""
        number = next(self._transactions)
        headers = {
            "X-Is-Logged-In": "true",
            "X-Transaction-ID": f"{number:012x}",
        }
        if "JSESSIONID" in request.headers.get("cookie", ""):
            return headers
        cookies = (
            f"JSESSIONID={number:032X}; Path=/; HttpOnly; SameSite=None; Secure",
            f"glide_user_route=glide.{number:032x}; Max-Age=2147483647; Path=/; HttpOnly; SameSite=None; Secure",
            "glide_node_id_for_js=emulator; Path=/; SameSite=None; Secure",
        )
        return {**headers, "Set-Cookie": "\n".join(cookies)}


def _with(response: Response, headers: Mapping[str, str]) -> Response:
    return replace(response, headers={**response.headers, **headers})


def build_servicenow(clock: WorldClock, options: WorldOptions) -> ServiceNow:
    """A freshly seeded instance."""
    return ServiceNow(clock, options)
