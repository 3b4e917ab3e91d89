"""The options of `watchkeeper init`: one for every answer, so that nobody has to be there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from watchkeeper.cli.init.questions import Ci
from watchkeeper.settings import AzureCredential


def _option(name: str, help_text: str, metavar: str | None = None) -> Any:
    return typer.Option(f"--{name}", help=help_text, metavar=metavar, show_default=False)


Folder = Annotated[Path, typer.Option("--folder", help="Where the files go; made if it is not there.")]
Instance = Annotated[str | None, _option("instance", "ServiceNow instance: a name such as acme, or an https origin.")]
ServiceNowClientId = Annotated[str | None, _option("servicenow-client-id", "OAuth client of ServiceNow.")]
ServiceNowUsername = Annotated[
    str | None, _option("servicenow-username", "User of ServiceNow, where there is no OAuth client.")
]
Credential = Annotated[
    AzureCredential | None, _option("azure-credential", "How to sign in to Entra ID here.", "|".join(AzureCredential))
]
TenantId = Annotated[str | None, _option("azure-tenant-id", "Entra ID tenant: a GUID or a domain.")]
ClientId = Annotated[str | None, _option("azure-client-id", "Entra ID application: a GUID.")]
Certificate = Annotated[str | None, _option("azure-certificate", "PEM or PFX file with certificate and key.", "FILE")]
Subscription = Annotated[str | None, _option("subscription-id", "Azure subscription of the workspace: a GUID.")]
ResourceGroup = Annotated[str | None, _option("resource-group", "Resource group of the workspace.")]
Workspace = Annotated[str | None, _option("workspace", "Name of the Log Analytics workspace with Microsoft Sentinel.")]
Zone = Annotated[list[str] | None, _option("zone", "Time zone: an IANA name, or TEAM=NAME for one team.", "ZONE")]
GoLive = Annotated[str | None, _option("go-live", "First local day on which duties are opened, as 2026-12-01.", "DATE")]
CalendarOf = Annotated[
    list[str] | None,
    _option(
        "calendar", "Country of the public holidays (JP, US-WA) or a shipped calendar; TEAM=… for one team.", "WORD"
    ),
]
TicketLanguage = Annotated[
    list[str] | None, _option("ticket-language", "Language of the tickets: en or ja; TEAM=… for one team.", "WORD")
]
Group = Annotated[
    list[str] | None,
    _option("group", "ServiceNow assignment group of every team, or TEAM=GROUP of one; can be repeated.", "GROUP"),
]
People = Annotated[
    list[str] | None,
    _option("people", "ServiceNow user names, the lead first, of every team, or TEAM=NAMES of one.", "NAMES"),
]
Without = Annotated[list[str] | None, _option("without", "A team that takes no part; can be repeated.", "TEAM")]
CiSystem = Annotated[
    Ci | None, _option("ci", "What calls Watchkeeper on its schedule: writes its file too.", "|".join(Ci))
]
Offline = Annotated[bool, typer.Option("--offline", help="Ask neither the instance nor the workspace.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that say something else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the files and write none.")]
