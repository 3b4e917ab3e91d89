"""A plain script that imports escalations one after the other, as many integrations do: the measure beside the product.

One keep-alive session per system; per incident a look-up by correlation id, a POST, a fresh read of the incident, and a PUT
with the ticket's number as a label. No state, no valves, no retries. It reads the same settings as the product.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import requests


def main() -> int:
    tickets, incidents = servicenow(), arm()
    found = escalations(incidents)
    for incident in found:
        number = _ticket_of(tickets, incident)
        _link_back(incidents, incident["name"], number)
    json.dump({"imported": len(found)}, sys.stdout)
    return 0


def servicenow() -> requests.Session:
    http = _session("SERVICENOW_CA_FILE")
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["SERVICENOW_CLIENT_ID"],
        "client_secret": os.environ["SERVICENOW_CLIENT_SECRET"],
    }
    token = json_of(http.post(f"{os.environ['SERVICENOW_INSTANCE']}/oauth_token.do", data=form))
    http.headers.update({"Authorization": f"Bearer {token['access_token']}", "Accept": "application/json"})
    return http


def arm() -> requests.Session:
    http = _session("AZURE_CA_FILE")
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["AZURE_CLIENT_ID"],
        "client_secret": os.environ["AZURE_CLIENT_SECRET"],
        "scope": "https://management.azure.com/.default",
    }
    url = f"{os.environ['AZURE_AUTHORITY_HOST']}/{os.environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    http.headers["Authorization"] = f"Bearer {json_of(http.post(url, data=form))['access_token']}"
    return http


def _session(authority: str) -> requests.Session:
    http = requests.Session()
    http.trust_env = False
    http.verify = os.environ[authority]
    return http


def escalations(arm: requests.Session) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    url: str | None = f"{incidents_url()}?api-version=2025-09-01&$top=1000"
    while url:
        page = json_of(arm.get(url))
        found += page["value"]
        url = page.get("nextLink")
    return [each for each in found if "escalation" in labels(each)]


def _ticket_of(servicenow: requests.Session, incident: dict[str, Any]) -> str:
    """The number of the incident's ticket, which is opened if there is none."""
    table = f"{os.environ['SERVICENOW_INSTANCE']}/api/now/table/incident"
    query = {"sysparm_query": f"correlation_id={incident['name']}", "sysparm_limit": "1", "sysparm_fields": "number"}
    known = json_of(servicenow.get(table, params=query))["result"]
    if known:
        return str(known[0]["number"])
    properties = incident["properties"]
    ticket = {
        "correlation_id": incident["name"],
        "short_description": properties["title"],
        "description": properties.get("description", ""),
        "category": "security",
        "impact": "1",
        "urgency": "1",
    }
    return str(json_of(servicenow.post(table, json=ticket))["result"]["number"])


def _link_back(arm: requests.Session, name: str, number: str) -> None:
    url = f"{incidents_url()}/{name}?api-version=2025-09-01"
    incident = json_of(arm.get(url))
    labels = [*incident["properties"]["labels"], {"labelName": number}]
    body = {"etag": incident["etag"], "properties": {**incident["properties"], "labels": labels}}
    json_of(arm.put(url, json=body))


def incidents_url() -> str:
    named = os.environ
    return (
        f"{named['SENTINEL_ARM_ENDPOINT']}/subscriptions/{named['SENTINEL_SUBSCRIPTION_ID']}"
        f"/resourceGroups/{named['SENTINEL_RESOURCE_GROUP']}/providers/Microsoft.OperationalInsights"
        f"/workspaces/{named['SENTINEL_WORKSPACE_NAME']}/providers/Microsoft.SecurityInsights/incidents"
    )


def labels(incident: dict[str, Any]) -> list[str]:
    return [label["labelName"] for label in incident["properties"]["labels"]]


def json_of(response: requests.Response) -> dict[str, Any]:
    response.raise_for_status()
    found: dict[str, Any] = response.json()
    return found


if __name__ == "__main__":
    sys.exit(main())
