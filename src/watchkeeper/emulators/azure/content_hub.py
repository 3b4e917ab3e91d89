"""The content hub: packages that are installed, and the catalogue that they come from. Nothing can be installed here.

Shapes: Azure/azure-rest-api-specs, Microsoft.SecurityInsights, stable 2025-09-01, ContentPackages.json and
ContentProductPackages.json with their examples.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.arm_options import ArmOptions
from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.identities import object_id_of
from watchkeeper.emulators.azure.lists import list_answer, property_field
from watchkeeper.emulators.exchange import Request, Response

FIRST_VERSION: Final = "2023-11-01"
_FIELDS: Final = {
    f"properties/{name}".lower(): property_field(name) for name in ("contentId", "contentKind", "displayName")
}
_MICROSOFT: Final = "azuresentinel.azure-sentinel-solution"
PACKAGES: Final[tuple[Mapping[str, str], ...]] = (
    {"id": f"{_MICROSOFT}-azureactivity", "name": "Azure Activity", "version": "3.0.3", "installed": "3.0.3"},
    {"id": f"{_MICROSOFT}-azureactivedirectory", "name": "Microsoft Entra ID", "version": "3.3.5", "installed": "3.2.10"},
    {"id": f"{_MICROSOFT}-microsoft365defender", "name": "Microsoft Defender XDR", "version": "3.0.13", "installed": "3.0.9"},
    {"id": f"{_MICROSOFT}-office365", "name": "Microsoft 365", "version": "3.0.5", "installed": "3.0.5"},
    {"id": f"{_MICROSOFT}-sentinelsoaressentials", "name": "SOAR Essentials", "version": "3.0.4", "installed": "3.0.2"},
    {"id": f"{_MICROSOFT}-ueba", "name": "UEBA Essentials", "version": "3.0.2", "installed": "3.0.2"},
    {"id": f"{_MICROSOFT}-threatintelligence", "name": "Threat Intelligence", "version": "3.0.8"},
    {"id": f"{_MICROSOFT}-phishing", "name": "Phishing Playbooks", "version": "1.1.0"},
    {"id": "contoso.contoso-firewall", "name": "Contoso Firewall", "version": "2.0.1", "installed": "2.0.1", "source": "Contoso"},
)  # fmt: skip
"""`version` is the catalogue's, `installed` the workspace's; without it a package is not installed."""


class ContentHub:
    """The packages of one workspace."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.seed(list(PACKAGES))

    def seed(self, packages: list[Mapping[str, Any]]) -> list[str]:
        """Replace every package by these: `id`, `name`, `version`, and if they like `installed`, `kind`, `source`, `published` (a
        date), `preview`, and `properties` to add. One with `"version": ""` is installed and not in the catalogue. Answers their
        ids; raises ValueError."""
        for each in packages:
            if not isinstance(each, Mapping) or not {"id", "name", "version"} <= set(each):
                raise ValueError(f"a content package needs an id, a name and a version: {each!r}")
        with self._lock:
            self._installed = [_installed(self._root, each) for each in packages if each.get("installed")]
            self._offered = [_offered(self._root, each) for each in packages if each["version"]]
        return [str(each["id"]) for each in packages]

    def handle(self, kind: str, request: Request, names: list[str], options: ArmOptions) -> Response:
        """`GET` of a list (`kind`: contentpackages or contentproductpackages), or of one package. Raises Refused."""
        if request.method != "GET" or len(names) > 1:
            raise Refused(405, "MethodNotAllowed", f"The method {request.method} is not allowed on {request.path}")
        with self._lock:
            packages = self._installed if kind == "contentpackages" else self._offered
        if not names:
            return list_answer(request, packages, options, _FIELDS)
        found = next((each for each in packages if each["name"].lower() == names[0].lower()), None)
        if found is None:
            raise Refused(404, "NotFound", f"Package '{names[0]}' was not found")
        return Response.of_json(200, found)


def _resource(root: str, kind: str, package: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    name = str(package["id"])
    return {
        "id": f"{root}/{kind}/{name}",
        "name": name,
        "type": f"Microsoft.SecurityInsights/{kind.lower()}",
        "etag": f'"{object_id_of(name)[:8]}-0000-0000-0000-000000000000"',
        "properties": {**properties, **package.get("properties", {})},
    }


def _installed(root: str, package: Mapping[str, Any]) -> dict[str, Any]:
    properties = {**_about(package), "contentSchemaVersion": "3.0.0", "version": package["installed"]}
    return _resource(root, "contentPackages", package, properties)


def _offered(root: str, package: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        **_about(package),
        "author": {"name": package.get("source", "Microsoft"), "email": "support@microsoft.com"},
        "categories": {"domains": ["Security - Others"], "verticals": None},
        "firstPublishDate": "2022-04-01",
        "lastPublishDate": package.get("published", "2026-10-21"),
        "isPreview": "true" if package.get("preview") else "false",
        "support": {"name": "Microsoft Corporation", "tier": "Microsoft", "link": "https://support.microsoft.com/"},
        "version": package["version"],
    }
    if package.get("installed"):
        properties["installedVersion"] = package["installed"]
    return _resource(root, "contentProductPackages", package, properties)


def _about(package: Mapping[str, Any]) -> dict[str, Any]:
    source = package.get("source", "Microsoft")
    return {
        "contentId": package["id"],
        "contentProductId": f"{package['id']}-sl-{object_id_of(str(package['id']))[:13]}",
        "contentKind": package.get("kind", "Solution"),
        "displayName": package["name"],
        "providers": [source],
        "source": {"kind": "Solution", "name": package["name"], "sourceId": package["id"]},
    }
