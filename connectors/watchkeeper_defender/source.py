"""Defender for Endpoint behind the port EstateEvidence: this file only wires the rooms together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import requests

from watchkeeper.evidence_ports import EstateEvidence, SignIn
from watchkeeper.model.evidence import (
    ExposedDevice,
    ExposureScore,
    Listing,
    Machine,
    Recommendation,
    RemediationTask,
    Software,
)
from watchkeeper.model.probing import Probe
from watchkeeper.model.record import Side
from watchkeeper.model.source_rights import SourceRights
from watchkeeper.model.sources import DEFENDER
from watchkeeper.ports import Clock, SessionFactory
from watchkeeper.transport.listing import Lister
from watchkeeper.transport.odata import ODataReader
from watchkeeper.transport.source_probes import source_probes
from watchkeeper_defender import readings
from watchkeeper_defender.config import PUBLIC_NAMES, DefenderConfig

API: Final = "WindowsDefenderATP"
"""The name under which the directory lists the API, where its permissions are given (defender-docs, exposed-apis-create-app-webapp)."""


def open_source(config: DefenderConfig, sessions: SessionFactory, sign_in: SignIn, clock: Clock) -> DefenderSource:
    """Build the source; nothing is called yet."""
    return DefenderSource(config, sessions, sign_in, clock)


class DefenderSource:
    def __init__(self, config: DefenderConfig, sessions: SessionFactory, sign_in: SignIn, clock: Clock) -> None:
        self._audience = config.audience
        self._sign_in = sign_in

        def signed() -> requests.Session:
            session = sessions.session(DEFENDER)
            sign_in.sign(session, config.audience)
            return session

        reader = ODataReader(DEFENDER, config.endpoint, signed, clock, PUBLIC_NAMES)
        self._lister = Lister(reader, API, self._roles)

    @property
    def side(self) -> Side:
        return DEFENDER

    def machines(self) -> Listing[Machine]:
        return self._lister.listing(readings.MACHINES)

    def recommendations(self) -> Listing[Recommendation]:
        return self._lister.listing(readings.RECOMMENDATIONS)

    def remediation_tasks(self) -> Listing[RemediationTask]:
        return self._lister.listing(readings.REMEDIATION_TASKS)

    def exposed_devices(self, task: str) -> Listing[ExposedDevice]:
        return self._lister.listing(readings.exposed_devices(task))

    def software(self) -> Listing[Software]:
        return self._lister.listing(readings.SOFTWARE)

    def exposure_score(self) -> Listing[ExposureScore]:
        return self._lister.single(readings.EXPOSURE_SCORE)

    def probes(self, rights: SourceRights) -> Sequence[Probe]:
        return source_probes(self._lister, self._audience, self._roles, readings.READINGS, rights)

    def _roles(self) -> frozenset[str]:
        return self._sign_in.roles(self._audience)


def _is_a_source(source: DefenderSource) -> EstateEvidence:  # pragma: no cover - mypy alone reads it
    return source
