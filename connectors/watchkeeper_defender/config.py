"""Where the API of Defender for Endpoint is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PUBLIC: Final = "https://api.security.microsoft.com"
PUBLIC_AUDIENCE: Final = "https://api.securitycenter.microsoft.com"
"""The audience of the public cloud's tokens, whatever host is asked (defender-docs, exposed-apis-create-app-webapp)."""
_GOVERNMENT: Final = frozenset({"api-gcc.securitycenter.microsoft.us", "api-gov.securitycenter.microsoft.us"})
"""Hosts of the US government's clouds, each the audience of its own tokens (defender-docs, defender-endpoint/gov.md)."""
_REGIONS: Final = ("us", "eu", "uk", "au", "swa", "ina")
PUBLIC_NAMES: Final = frozenset(
    {
        "api.security.microsoft.com",
        *(f"{region}.api.security.microsoft.com" for region in _REGIONS),
        "api.securitycenter.microsoft.com",
        "api.securitycenter.windows.com",
    }
)
"""The hosts by which the public API calls itself: its regions, and the older names that answers and pages still carry."""


@dataclass(frozen=True, slots=True)
class DefenderConfig:
    """`endpoint` is an https origin without a trailing slash."""

    endpoint: str = PUBLIC

    @property
    def audience(self) -> str:
        return self.endpoint if urlsplit(self.endpoint).hostname in _GOVERNMENT else PUBLIC_AUDIENCE
