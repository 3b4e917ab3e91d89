"""Signed calls as the Standard Webhooks specification has them (standardwebhooks.com), for which libraries exist in most languages.
Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a key."""


def key_bytes(key: str) -> bytes:
    """A key as it is written (`whsec_` and base64). Raises ValueError when it is none."""
    try:
        found = base64.b64decode(key.removeprefix(PREFIX), validate=True) if key.startswith(PREFIX) else b""
    except binascii.Error as error:
        raise ValueError("is not base64") from error
    if not SHORTEST <= len(found) <= LONGEST:
        raise ValueError(f"holds {len(found)} bytes")
    return found


def signed_headers(key: bytes, message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """Id, time and signature: HMAC-SHA256 over `id.timestamp.body`. The id is the same for every copy of a message."""
    stamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), stamp.encode(), body))
    digest = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{digest}"}
