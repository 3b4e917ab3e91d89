"""From where scripts may come, and what the transport must keep to while they do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from watchkeeper.model.allow_list import AllowList
from watchkeeper.model.sources import SCRIPTS
from watchkeeper.transport import TransportPolicy


@dataclass(frozen=True, slots=True)
class ScriptsConfig:
    """`allowed`: where scripts may lie. A file of more than `max_bytes` is refused."""

    allowed: AllowList
    max_bytes: int


def policy_for(config: ScriptsConfig, policy: TransportPolicy) -> TransportPolicy:
    """A policy that reads from the hosts of the allow list alone, stops at the limit, and leaves redirects to the source."""
    return replace(
        policy,
        writes_allowed=False,
        origins={SCRIPTS: frozenset(each.origin.removeprefix("https://") for each in config.allowed.prefixes)},
        redirects=frozenset({SCRIPTS}),
        largest_body=config.max_bytes,
    )
