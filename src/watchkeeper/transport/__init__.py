"""The one way out to HTTP: sessions that obey timeouts, retries, pacing, redaction, TLS rules and WATCHKEEPER_MODE."""

from __future__ import annotations

from watchkeeper.transport.answers import checked, json_object, translate_exception
from watchkeeper.transport.pacing import whole_number
from watchkeeper.transport.policy import Quota, TransportPolicy
from watchkeeper.transport.redaction import RedactingFilter, Redactor, Secret, quiet_libraries
from watchkeeper.transport.sessions import Transport, adopt
from watchkeeper.transport.tracing import Tracing, open_tracing

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
    "json_object",
    "open_tracing",
    "quiet_libraries",
    "translate_exception",
    "whole_number",
]
