"""Where people open an incident in the Azure portal. Nothing is called for it."""

from __future__ import annotations

from watchkeeper.model.record import INCIDENT_TASKS, RecordRef
from watchkeeper_sentinel.arm import segment
from watchkeeper_sentinel.config import SentinelConfig
from watchkeeper_sentinel.host_names import parts


def azure_page(config: SentinelConfig, ref: RecordRef) -> str:
    """The page of an incident; a task is shown on that of its incident."""
    return page_named(config, parts(ref)[0] if ref.table == INCIDENT_TASKS else ref.id)


def page_named(config: SentinelConfig, name: str) -> str:
    """The same by an incident's name, in the form (and with the capital letter) that `incidentUrl` has."""
    path = f"{config.sentinel_path}/Incidents/{segment(name)}"
    return f"{config.portal}/#asset/Microsoft_Azure_Security_Insights/Incident{path}"
