"""A plain script that keeps pairs in step by reading each of them in every run, as many integrations do: the measure of churn.

One keep-alive session per system; per escalation its ticket, the incident as it is now, and the incident's comments; a write where
the two statuses differ: the later change wins. No state. It reads the same settings as the product.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import requests

from bench.sequential import arm, escalations, incidents_url, json_of, labels, servicenow

_ACTIVE_IN = {"servicenow": "2", "sentinel": "Active"}


def main() -> int:
    tickets, incidents = servicenow(), arm()
    found = escalations(incidents)
    written = sum(_kept_in_step(tickets, incidents, listed) for listed in found)
    json.dump({"pairs": len(found), "written": written}, sys.stdout)
    return 0


def _kept_in_step(tickets: requests.Session, incidents: requests.Session, listed: dict[str, Any]) -> bool:
    """Whether something had to be written."""
    number = next(label for label in labels(listed) if label.startswith("INC"))
    table = f"{os.environ['SERVICENOW_INSTANCE']}/api/now/table/incident"
    query = {"sysparm_query": f"number={number}", "sysparm_limit": "1", "sysparm_fields": "sys_id,state"}
    ticket = json_of(tickets.get(table, params=query))["result"][0]
    url = f"{incidents_url()}/{listed['name']}"
    incident = json_of(incidents.get(f"{url}?api-version=2025-09-01"))
    json_of(incidents.get(f"{url}/comments?api-version=2025-09-01"))
    ticket_active = ticket["state"] == _ACTIVE_IN["servicenow"]
    incident_active = incident["properties"]["status"] == _ACTIVE_IN["sentinel"]
    if ticket_active and not incident_active:
        body = {"etag": incident["etag"], "properties": {**incident["properties"], "status": "Active"}}
        json_of(incidents.put(f"{url}?api-version=2025-09-01", json=body))
    elif incident_active and not ticket_active:
        json_of(tickets.patch(f"{table}/{ticket['sys_id']}", json={"state": _ACTIVE_IN["servicenow"]}))
    return ticket_active != incident_active


if __name__ == "__main__":
    sys.exit(main())
