"""Which of Microsoft's portals incidents are opened in, as each visitor wants it. Pure.

The store keeps one address for an incident: its page in the Defender portal where it has one, else the one in the Azure portal. That page
of Azure's can be made for every incident of a workspace that is known; one of Defender's for none, because its number is Defender's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from watchkeeper.model.record import SENTINEL, RecordRef

DEFENDER_HOSTS: Final = frozenset({"security.microsoft.com", "security.microsoft.us"})
PageOf: TypeAlias = Callable[[RecordRef, str], str]
"""Where a record is opened: which one it is, and the address that the store keeps."""


class Portal(StrEnum):
    DEFENDER = "defender"
    """Where an incident has a page in it; the others open in the Azure portal."""
    AZURE = "azure"


def as_stored(ref: RecordRef, url: str) -> str:
    del ref
    return url


@dataclass(frozen=True, slots=True)
class IncidentPages:
    """`azure`: by deployment, where its incidents are in the Azure portal. A deployment whose workspace is not known has no choice."""

    azure: Mapping[str, Callable[[RecordRef], str]] = field(default_factory=dict)

    def choice(self, deployment: str) -> bool:
        return deployment in self.azure

    def of(self, deployment: str, portal: Portal) -> PageOf:
        page = self.azure.get(deployment)
        if page is None or portal is Portal.DEFENDER:
            return as_stored
        return lambda ref, url: page(ref) if _is_defenders(ref, url) else url


def pages_of(deployment: str, azure: Callable[[RecordRef], str] | None) -> IncidentPages:
    """Of the deployment whose workspace the settings name; nobody said of the others in the store where their incidents are."""
    return IncidentPages() if azure is None else IncidentPages({deployment: azure})


def _is_defenders(ref: RecordRef, url: str) -> bool:
    """Anything else that is stored is the Azure page already, as the API told it, or no page of Microsoft's."""
    return ref.side == SENTINEL and urlsplit(url).hostname in DEFENDER_HOSTS


def portal_named(name: str) -> Portal | None:
    return next((each for each in Portal if each == name), None)
