"""Addresses in ServiceNow with places for what they are about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

PLACES: Final = ("owner", "recommendation", "ticket")
"""What may stand in braces: an owner's id, the recommendation's, the number of the ticket (empty where there is none)."""

_PLACE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class AddressTemplate:
    """An address with PLACES in braces: a path of the ServiceNow instance ("/…"), or a whole https address."""

    text: str

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(_PLACE.findall(self.text))

    def filled(self, instance: str, *, owner: str, recommendation: str, ticket: str = "") -> str:
        """The address for one item. `instance` is the instance's origin. What is filled in is percent-encoded, and can end no
        condition of an encoded query (`^`)."""
        values = {"owner": owner, "recommendation": recommendation, "ticket": ticket}
        address = _PLACE.sub(
            lambda found: quote(values[found[1]].replace("^", " "), safe="", errors="replace"), self.text
        )
        return f"{instance.rstrip('/')}{address}" if address.startswith("/") else address
