"""What the systems that a command calls need, which single settings cannot tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from watchkeeper.errors import Problem
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.settings.choices import AzureCredential
from watchkeeper.settings.given import Given
from watchkeeper.settings.wrong import wrong

_AZURE_PROOFS: Final = {
    "AZURE_CLIENT_SECRET": AzureCredential.CLIENT_SECRET,
    "AZURE_CLIENT_CERTIFICATE_PATH": AzureCredential.CERTIFICATE,
    "AZURE_FEDERATED_TOKEN_FILE": AzureCredential.WORKLOAD_IDENTITY,
}
_AZURE_NEEDS: Final[Mapping[AzureCredential, tuple[str, ...]]] = {
    AzureCredential.CLIENT_SECRET: ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"),
    AzureCredential.CERTIFICATE: ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"),
    AzureCredential.WORKLOAD_IDENTITY: ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
    AzureCredential.MANAGED_IDENTITY: (),
    AzureCredential.GITHUB_OIDC: (
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ),
    AzureCredential.AZURE_PIPELINES: (
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_SERVICE_CONNECTION_ID",
        "SYSTEM_ACCESSTOKEN",
    ),
    AzureCredential.DEVELOPER: (),
}


def needs_of(values: Mapping[str, str], needs: Collection[Side]) -> Iterator[Problem]:
    if SERVICENOW in needs:
        yield from _servicenow_needs(values)
    if SENTINEL in needs:
        workspace = ("SENTINEL_SUBSCRIPTION_ID", "SENTINEL_RESOURCE_GROUP", "SENTINEL_WORKSPACE_NAME")
        yield from (_not_set(name) for name in workspace if name not in values)
        yield from _azure_needs(values)


def _servicenow_needs(values: Mapping[str, str]) -> Iterator[Problem]:
    """OAuth client, user and password, or both together (password grant)."""
    if "SERVICENOW_INSTANCE" not in values:
        yield _not_set("SERVICENOW_INSTANCE", "a name such as acme, or an https origin")
    pairs = (("SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_SECRET"), ("SERVICENOW_USERNAME", "SERVICENOW_PASSWORD"))
    for one, other in (*pairs, *((other, one) for one, other in pairs)):
        if one in values and other not in values:
            yield _not_set(other, f"needed beside {one}")
    if not any(name in values for pair in pairs for name in pair):
        yield _not_set("SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_ID and _SECRET, or SERVICENOW_USERNAME and _PASSWORD")


def _azure_needs(values: Mapping[str, str]) -> Iterator[Problem]:
    named = values.get("WATCHKEEPER_AZURE_CREDENTIAL")
    if named is None:
        found = [name for name in _AZURE_PROOFS if name in values]
        message = f"is not set, although {', '.join(found)} are" if found else "is not set"
        yield wrong("WATCHKEEPER_AZURE_CREDENTIAL", "", message, ", ".join(AzureCredential))
    elif named in set(AzureCredential):
        needed = _AZURE_NEEDS[AzureCredential(named)]
        yield from (_not_set(name, f"needed for {named} sign-in") for name in needed if name not in values)


def infer_credential(given: Given) -> None:
    """One secret, certificate or token file says how to sign in; several do not, and nothing does not: never a guess."""
    kinds = [(name, kind) for name, kind in _AZURE_PROOFS.items() if name in given.values]
    if len(kinds) == 1 and "WATCHKEEPER_AZURE_CREDENTIAL" not in given.values:
        name, kind = kinds[0]
        given.values["WATCHKEEPER_AZURE_CREDENTIAL"] = kind.value
        given.sources["WATCHKEEPER_AZURE_CREDENTIAL"] = f"implied by {name}"


def _not_set(name: str, allowed: str = "") -> Problem:
    return wrong(name, "", "is not set", allowed)
