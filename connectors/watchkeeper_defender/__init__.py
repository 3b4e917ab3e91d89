"""Evidence from the API of Microsoft Defender for Endpoint: machines, and the management of their vulnerabilities. Reads only."""

from __future__ import annotations

from watchkeeper_defender.config import DefenderConfig
from watchkeeper_defender.source import DefenderSource, open_source

__all__ = ["DefenderConfig", "DefenderSource", "open_source"]
