"""Ids that we choose: derived from the key alone, so that every run, on any machine, chooses the same one."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1b7a52-9c0e-5d1c-8a57-0d6f2f4b3e91")
"""The project's own namespace for name-based ids. Changing it would orphan every record that we ever created."""

MARKER_LENGTH = 100
"""What ServiceNow's correlation_id holds (characters)."""

OUR_SIGN = "watchkeeper"
"""What marks a record as ours beside its marker: ServiceNow's correlation_display, a Sentinel label."""


def marker_of(deployment: str, key: str) -> str:
    """`<deployment>/<key>`, the text that ties a record to its key; at most 100 characters.

    A longer one becomes `<deployment>/~<sha256 hex of deployment/key>`, with the deployment cut so that the digest is whole.
    """
    plain = f"{deployment}/{key}"
    if len(plain) <= MARKER_LENGTH:
        return plain
    digest = hashlib.sha256(plain.encode()).hexdigest()
    room = MARKER_LENGTH - len(digest) - len("/~")
    return f"{deployment[:room]}/~{digest}"


def chosen_uuid(marker: str) -> UUID:
    """The id of the record that a marker stands for: a Sentinel incident's name; its 32 hex digits are a ServiceNow sys_id."""
    return uuid5(NAMESPACE, marker)
