"""Whether the workspace is onboarded to the Defender portal, and what that means for maintenance duties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe
from watchkeeper.model.record import SENTINEL
from watchkeeper_sentinel.records import pick, section, text_of

DEFENDER: Final = "microsoft xdr"
"""providerName (without case) of incidents in a workspace that is onboarded to the Defender portal."""

_FINDINGS: Final = {
    "incident": (ProbeOutcome.WARN, Finding.PORTAL_INCIDENT),
    "incident-task": (ProbeOutcome.WARN, Finding.PORTAL_TASK),
    "none": (ProbeOutcome.OK, Finding.PORTAL_NONE),
}


def from_defender(items: Sequence[Any]) -> bool:
    """Whether an incident of the Defender portal is among the items of a listing."""
    properties = (section(item, "properties") for item in items if isinstance(item, Mapping))
    return any((text_of(pick(each, "providerName")) or "").casefold() == DEFENDER for each in properties)


def onboarding(items: Sequence[Any], modes: Mapping[str, int]) -> Iterator[Probe]:
    """Whether incidents here come from Defender, per `sentinel.mode` in use: incidents that an API makes are not shown in the
    Defender portal (defender-docs, sentinel/move-to-defender)."""
    onboarded = from_defender(items)
    for mode, count in modes.items():
        args = {"mode": mode, "count": str(count)}
        outcome, finding = _FINDINGS[mode] if onboarded else (ProbeOutcome.OK, Finding.PORTAL_AZURE)
        yield Probe(SENTINEL, Check.PORTAL, outcome, finding, args, f"sentinel.mode {mode}")
