"""Microsoft Graph behind the port TenantEvidence: this file only wires the rooms together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import requests

from watchkeeper.evidence_ports import SignIn, TenantEvidence
from watchkeeper.model.evidence import (
    Announcement,
    ControlProfile,
    DailyScore,
    Licence,
    Listing,
    ManagedDevice,
    ServiceHealth,
)
from watchkeeper.model.probing import Probe
from watchkeeper.model.record import Side
from watchkeeper.model.source_rights import SourceRights
from watchkeeper.model.sources import GRAPH
from watchkeeper.ports import Clock, SessionFactory
from watchkeeper.transport.listing import Lister
from watchkeeper.transport.odata import ODataReader
from watchkeeper.transport.source_probes import source_probes
from watchkeeper_graph import readings
from watchkeeper_graph.config import GraphConfig

API: Final = "Microsoft Graph"


def open_source(config: GraphConfig, sessions: SessionFactory, sign_in: SignIn, clock: Clock) -> GraphSource:
    """Build the source; nothing is called yet."""
    return GraphSource(config, sessions, sign_in, clock)


class GraphSource:
    def __init__(self, config: GraphConfig, sessions: SessionFactory, sign_in: SignIn, clock: Clock) -> None:
        self._audience = config.audience
        self._sign_in = sign_in

        def signed() -> requests.Session:
            session = sessions.session(GRAPH)
            sign_in.sign(session, config.audience)
            return session

        reader = ODataReader(GRAPH, config.endpoint, signed, clock, frozenset())
        self._lister = Lister(reader, API, self._roles)

    @property
    def side(self) -> Side:
        return GRAPH

    def secure_scores(self, since: date | None = None) -> Listing[DailyScore]:
        return self._lister.listing(readings.SECURE_SCORES, lambda row: since is not None and row.day < since)

    def control_profiles(self) -> Listing[ControlProfile]:
        return self._lister.listing(readings.CONTROL_PROFILES)

    def managed_devices(self) -> Listing[ManagedDevice]:
        return self._lister.listing(readings.MANAGED_DEVICES)

    def licences(self) -> Listing[Licence]:
        return self._lister.listing(readings.LICENCES)

    def announcements(self) -> Listing[Announcement]:
        return self._lister.listing(readings.ANNOUNCEMENTS)

    def service_health(self) -> Listing[ServiceHealth]:
        return self._lister.listing(readings.SERVICE_HEALTH)

    def probes(self, rights: SourceRights) -> Sequence[Probe]:
        return source_probes(self._lister, self._audience, self._roles, readings.READINGS, rights)

    def _roles(self) -> frozenset[str]:
        return self._sign_in.roles(self._audience)


def _is_a_source(source: GraphSource) -> TenantEvidence:  # pragma: no cover - mypy alone reads it
    return source
