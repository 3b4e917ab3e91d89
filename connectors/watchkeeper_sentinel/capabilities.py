"""What Sentinel can do, as the engine asks for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL
from watchkeeper_sentinel.rich_text import MESSAGE_LENGTH

CAPABILITIES: Final = Capabilities(
    side=SENTINEL,
    settle=timedelta(seconds=30),
    workers=8,
    comment_length=MESSAGE_LENGTH,
    comment_limit=95,
    table_batches={INCIDENT_TASKS: 200},
)
"""The service takes 100 comments per incident (sentinel-service-limits); five are left to people. Tasks are read
with their host, all at once."""
