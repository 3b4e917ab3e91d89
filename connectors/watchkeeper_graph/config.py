"""Where Microsoft Graph is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PUBLIC: Final = "https://graph.microsoft.com"
_CLOUDS: Final = frozenset(
    {"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}
)
"""Hosts of the national clouds; each is also the audience of its tokens (learn.microsoft.com/graph/deployments)."""


@dataclass(frozen=True, slots=True)
class GraphConfig:
    """`endpoint` is an https origin without a trailing slash."""

    endpoint: str = PUBLIC

    @property
    def audience(self) -> str:
        """The cloud's own address; the public one for a stand-in."""
        return self.endpoint if urlsplit(self.endpoint).hostname in _CLOUDS else PUBLIC
