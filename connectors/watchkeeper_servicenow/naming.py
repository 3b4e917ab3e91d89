"""What a person means by a ticket's number, its sys_id, or the address in the browser."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_ID = r"[0-9a-f]{32}"
_LIKE_A_NUMBER = re.compile(r"[\w.-]{1,80}")
"""A number has a prefix of the administrator's choice; the platform's own are letters and digits, 40 characters at most."""


def meant(name: str, table: str, host: str) -> tuple[str, str] | None:
    """The field and value to search by; None for an address of another instance, another table, or no record at all.

    Addresses as the classic frame, its successor and workspaces write them: `…/nav_to.do?uri=incident.do?sys_id=<id>`,
    `…/now/nav/ui/classic/params/target/incident.do%3Fsys_id%3D<id>`, `…/now/sow/record/incident/<id>`.
    """
    text = name.strip()
    if "://" in text:
        return _by_address(text, table, host)
    if re.fullmatch(_ID, text.lower()):
        return "sys_id", text.lower()
    return ("number", text.upper()) if _LIKE_A_NUMBER.fullmatch(text) else None


def _by_address(address: str, table: str, host: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme != "https" or parts.netloc.lower().removesuffix(":443") != host:
        return None
    plain = unquote(unquote(f"{parts.path}?{parts.query}"))
    found = re.search(rf"\b{re.escape(table)}(?:\.do\?(?:.*?[&?])?sys_id=|/)({_ID})\b", plain)
    by_number = re.search(rf"\b{re.escape(table)}\.do\?(?:.*?[&?])?(?:sysparm_query=)?number=([A-Z0-9]+)\b", plain)
    if found:
        return "sys_id", found[1]
    return ("number", by_number[1]) if by_number else None
