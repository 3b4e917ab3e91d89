"""The settings that point Watchkeeper (or any client) at a running world, and the file that a shell sources."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from watchkeeper.emulators.options import WorldOptions


def environment(options: WorldOptions, ports: Mapping[str, int], ca_pem_path: Path, token: str) -> dict[str, str]:
    """Setting names to values. `ports` has one entry per system and one for `control`."""
    url = {name: f"https://localhost:{port}" for name, port in ports.items()}
    authority = str(ca_pem_path)
    return {
        "SERVICENOW_INSTANCE": url["servicenow"],
        "SERVICENOW_CLIENT_ID": options.servicenow_client_id,
        "SERVICENOW_CLIENT_SECRET": options.servicenow_client_secret,
        "SERVICENOW_CA_FILE": authority,
        "AZURE_TENANT_ID": options.tenant_id,
        "AZURE_CLIENT_ID": options.client_id,
        "AZURE_CLIENT_SECRET": options.client_secret,
        "WATCHKEEPER_AZURE_CREDENTIAL": "client-secret",
        "AZURE_AUTHORITY_HOST": url["entra"],
        "AZURE_CA_FILE": authority,
        "SENTINEL_SUBSCRIPTION_ID": options.subscription_id,
        "SENTINEL_RESOURCE_GROUP": options.resource_group,
        "SENTINEL_WORKSPACE_NAME": options.workspace_name,
        "SENTINEL_WORKSPACE_ID": options.workspace_id,
        "SENTINEL_ARM_ENDPOINT": url["arm"],
        "SENTINEL_LOGS_ENDPOINT": url["loganalytics"],
        "SENTINEL_LOGS_AUDIENCE": options.logs_audience,
        "GRAPH_ENDPOINT": url["graph"],
        "DEFENDER_ENDPOINT": url["defender"],
        "WATCHKEEPER_SCRIPTS_CA_FILE": authority,
        "WATCHKEEPER_MODE": "full",
        "WATCHKEEPER_EMULATOR_URL": url["control"],
        "WATCHKEEPER_EMULATOR_TOKEN": token,
    }


def write_env_file(path: Path, variables: Mapping[str, str]) -> None:
    """Write `export NAME='value'` lines to `path`, readable by its owner only; the file appears whole or not at all."""
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o600)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
