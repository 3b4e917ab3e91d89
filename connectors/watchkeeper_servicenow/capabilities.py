"""What a ServiceNow instance can do."""

from __future__ import annotations

from datetime import timedelta

from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.plan import Operation
from watchkeeper.model.record import SERVICENOW
from watchkeeper_servicenow.query import PORTION
from watchkeeper_servicenow.text import WORK_NOTE_LENGTH

_WRITE_CALLS = {Operation.LINK: 2, Operation.UPDATE: 2, Operation.CLOSE: 2, Operation.COMMENT: 3}
"""A write to a record reads its revision first; a note is found again in the journal, for its id."""


def capabilities(workers: int) -> Capabilities:
    """Preconditions are emulated (sys_mod_count is read just before a write): the Table API has no If-Match.

    `workers`: an instance has about four API_INT semaphores per node, and more calls at once only queue
    (ServiceNowDocs, io-semaphores-performance-metrics). Journals take no ids of ours and have no limit per record.
    """
    return Capabilities(
        side=SERVICENOW,
        settle=timedelta(seconds=5),
        workers=workers,
        comment_length=WORK_NOTE_LENGTH,
        comment_limit=None,
        history=True,
        read_batch=PORTION,
        write_calls=_WRITE_CALLS,
    )
