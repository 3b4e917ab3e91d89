"""Evidence from Microsoft Graph: Secure Score, managed devices, licences, announcements and service health. Reads only."""

from __future__ import annotations

from watchkeeper_graph.config import GraphConfig
from watchkeeper_graph.source import GraphSource, open_source

__all__ = ["GraphConfig", "GraphSource", "open_source"]
