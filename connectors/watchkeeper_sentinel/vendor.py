"""Whether another application writes comments on the incidents that we would keep in step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe
from watchkeeper.model.record import SENTINEL
from watchkeeper_sentinel.incidents import Incidents
from watchkeeper_sentinel.people import account_id
from watchkeeper_sentinel.records import pick, section, text_of
from watchkeeper_sentinel.workspace import Workspace

MOST: Final = 3
"""Incidents whose comments are read: the service promises a hundred such calls in five minutes, for everybody."""


class Vendor:
    def __init__(self, incidents: Incidents, workspace: Workspace) -> None:
        self._incidents = incidents
        self._workspace = workspace

    def probes(self, items: Sequence[Any]) -> Iterator[Probe]:
        """Applications other than us among the authors of the newest commented incidents. An application has an object id
        and no user principal name."""
        names = [name for item in items if (name := _commented(item))][:MOST]
        others = Counter(author for name in names for author in {*self._applications(name)})
        for who, count in sorted(others.items()):
            args = {"who": who, "count": str(count), "looked": str(len(names))}
            yield Probe(SENTINEL, Check.VENDOR, ProbeOutcome.WARN, Finding.VENDOR_WRITES, args, who)
        if not others:
            yield Probe(SENTINEL, Check.VENDOR, ProbeOutcome.OK, Finding.VENDOR_NONE)

    def _applications(self, name: str) -> Iterator[str]:
        ours = self._workspace.account()
        for item in self._incidents.comments(name):
            author = section(section(item, "properties"), "author")
            upn, object_id, shown = (text_of(pick(author, key)) for key in ("userPrincipalName", "objectId", "name"))
            if not upn and object_id and account_id(object_id) != ours:
                yield shown or object_id


def _commented(item: object) -> str:
    """The name of an incident that has comments, else ""."""
    if not isinstance(item, Mapping):
        return ""
    count = pick(section(section(item, "properties"), "additionalData"), "commentsCount")
    return (text_of(pick(item, "name")) or "") if isinstance(count, int) and count > 0 else ""
