"""Which settings say who is to notice when a scheduled command fails or stays away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HEARTBEATS: Final[Mapping[str, str]] = {
    "sync": "WATCHKEEPER_SYNC_HEARTBEAT_URL",
    "audit": "WATCHKEEPER_AUDIT_HEARTBEAT_URL",
    "evidence": "WATCHKEEPER_EVIDENCE_HEARTBEAT_URL",
}
"""By command: whoever knows the path of such an address needs nothing else to use it."""
HEARTBEAT_WAY: Final = ("WATCHKEEPER_PROXY", "WATCHKEEPER_HEARTBEAT_CA_FILE")
TEXTFILE_SETTINGS: Final = ("WATCHKEEPER_DEPLOYMENT", "WATCHKEEPER_METRICS_FOLDER")
COLLECTOR_SETTINGS: Final = (
    "WATCHKEEPER_DEPLOYMENT",
    "WATCHKEEPER_PROXY",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_METRICS_EXPORTER",
    "OTEL_SDK_DISABLED",
)
"""Who is to notice when a scheduled command fails or stays away, and the way there."""
