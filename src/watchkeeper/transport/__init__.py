"""The one way out to HTTP: sessions that obey timeouts, retries, pacing, redaction, TLS rules and WATCHKEEPER_MODE."""

from __future__ import annotations

from watchkeeper.transport.answers import checked, json_object, translate_exception
from watchkeeper.transport.outside import in_time, outside_session, patient_session
from watchkeeper.transport.pacing import whole_number
from watchkeeper.transport.policy import Quota, TransportPolicy
from watchkeeper.transport.redaction import RedactingFilter, Redactor, Secret, quiet_libraries
from watchkeeper.transport.sessions import Transport, adopt
from watchkeeper.transport.sockets import patience
from watchkeeper.transport.tracing import Tracing, open_tracing, telemetry_resource

__all__ = [
    "Quota",
    "RedactingFilter",
    "Redactor",
    "Secret",
    "Tracing",
    "Transport",
    "TransportPolicy",
    "adopt",
    "checked",
    "in_time",
    "json_object",
    "open_tracing",
    "outside_session",
    "patience",
    "patient_session",
    "quiet_libraries",
    "telemetry_resource",
    "translate_exception",
    "whole_number",
]
