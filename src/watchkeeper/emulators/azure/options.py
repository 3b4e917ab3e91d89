"""Which real-life variant of the Azure side is played, beyond what the whole world is told (`WorldOptions`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from watchkeeper.emulators.azure.arm_options import ArmOptions
from watchkeeper.emulators.azure.entra_options import EntraOptions
from watchkeeper.emulators.azure.logs_options import LogsOptions


@dataclass(frozen=True, slots=True)
class AzureOptions:
    """Every default is what has been seen of the real services.

    `onboarded`: the workspace is onboarded to the Defender portal: SecurityIncident rows carry no description, and changes
    within `batching_seconds` reach the table as one row with the last state.
    `published_minimums`: enforce the request limits that SecurityInsights publishes as its minimum (75 incident PUTs in
    five minutes), where the service usually allows more; needs `WorldOptions.quotas`.
    `arm`: how ARM and SecurityInsights behave at the start; they can be told otherwise while the world runs.
    `token_seconds`: lifetime of an access token, measured on the machine's monotonic clock, as clients cache by theirs.
    `entra`, `logs`: how Entra ID and Log Analytics behave at the start; they can be told otherwise while the world runs.
    """

    onboarded: bool = False
    batching_seconds: float = 300.0
    published_minimums: bool = False
    token_seconds: int = 3599
    comment_page_size: int = 50
    arm: ArmOptions = field(default_factory=ArmOptions)
    entra: EntraOptions = field(default_factory=EntraOptions)
    logs: LogsOptions = field(default_factory=LogsOptions)
