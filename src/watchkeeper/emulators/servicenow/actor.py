"""A user at work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo


@dataclass(frozen=True, slots=True)
class Actor:
    """`zone`, `language` and the two formats are the user's own: in them display values are shown, and read back.

    The formats are Java's, as sys_user and the property glide.sys.date_format hold them.
    """

    user_id: str
    user_name: str
    roles: frozenset[str]
    zone: tzinfo
    language: str = "en"
    date_format: str = "yyyy-MM-dd"
    time_format: str = "HH:mm:ss"

    def may(self, role: str | None) -> bool:
        return role is not None and (role in self.roles or "admin" in self.roles)
