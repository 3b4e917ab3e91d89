"""Which real-life variant of Azure Resource Manager and SecurityInsights is played; all of it can be changed at run time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

NextLink: TypeAlias = Literal["same", "foreign_host", "other_port", "repeated_parameters", "endless"]
Casing: TypeAlias = Literal["as_seen", "lower", "misspelt"]
EtaglessUpdate: TypeAlias = Literal["overwrites", "conflicts"]
VersionOfNothing: TypeAlias = Literal["creates", "conflicts"]
OpenClassification: TypeAlias = Literal["kept", "dropped", "refused"]


@dataclass(frozen=True, slots=True)
class ArmOptions:
    """Every default is what has been seen of the real service, or what most clients rely on.

    Lists. `next_link`: where the link of a page leads (`repeated_parameters` says `api-version` and `$skipToken` twice, `endless`
    leads back to the same page). `list_page_size`: rows of a page of everything but incidents and their children.
    `overlapping_pages`: so many rows of a page come again on the next one. `number_filter`,
    `label_and_time_filter`: whether `$filter` takes the incident's number, and a time beside a label test; else 400.
    `label_filter_quirks`: a label test anywhere but first in `$filter`, a second one, or `all(…)`, answers 400.
    `undetermined_filter_quirk`: `classification eq 'Undetermined'` finds nothing.

    Shapes. `casing`: of ids and types (`misspelt` writes the provider's name as the official examples do).
    `fraction_digits`: of every time, 0 to 7; None: as many as the time has. `loose_types`: numbers come as text, ids of digits as
    numbers. `unknown_values`: property to (value to the one that answers show instead). `missing_keys`: properties, or `etag`,
    that answers leave out. `plain_etags`: without the inner quotes.

    Writes. `conflict_every`: every so-many-th update is 409 although nobody was faster. `landed_conflicts`: so many updates are
    stored and answered with 409, as a repeat by something between client and service is. `etagless_update`,
    `open_classification` (a classification on an incident that is not closed): what the service makes of them.
    `version_of_nothing`: what it makes of a version in a create.
    `task_moves_incident`: whether writing a task gives its incident a new version. `most_comments`, `most_tasks`: per incident.

    The subscription. `logic_registered`: whether it is registered to use Microsoft.Logic; without, logic apps are 409.

    Limits. `published_minimums`: None as `AzureOptions` says. `retry_after`: whether a 429 says when to come back.
    `onboarded`: None as `AzureOptions` says; incidents of rules come from Microsoft XDR then.
    """

    next_link: NextLink = "same"
    overlapping_pages: int = 0
    list_page_size: int = 100
    number_filter: bool = True
    label_and_time_filter: bool = True
    label_filter_quirks: bool = True
    undetermined_filter_quirk: bool = True
    casing: Casing = "as_seen"
    fraction_digits: int | None = None
    loose_types: bool = False
    unknown_values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing_keys: tuple[str, ...] = ()
    plain_etags: bool = False
    conflict_every: int = 0
    landed_conflicts: int = 0
    etagless_update: EtaglessUpdate = "overwrites"
    version_of_nothing: VersionOfNothing = "creates"
    open_classification: OpenClassification = "kept"
    task_moves_incident: bool = True
    most_comments: int = 100
    most_tasks: int = 40
    logic_registered: bool = True
    published_minimums: bool | None = None
    retry_after: bool = True
    onboarded: bool | None = None


_OPTIONS = TypeAdapter(ArmOptions)


class Switches:
    """The options in force, and what they count. Thread-safe."""

    def __init__(self, options: ArmOptions) -> None:
        self._lock = threading.Lock()
        self._born_with = self.now = options
        self._updates = 0
        self._landed = options.landed_conflicts

    def reset(self) -> None:
        with self._lock:
            self.now = self._born_with
            self._updates, self._landed = 0, self.now.landed_conflicts

    def change(self, changes: object) -> dict[str, Any]:
        """Put some options to other values; all of them as they are then. Raises ValueError for unknown names and values."""
        known = {each.name for each in fields(ArmOptions)}
        if not isinstance(changes, dict) or set(changes) - known:
            raise ValueError(f"options are {', '.join(sorted(known))}, not {changes!r}")
        with self._lock:
            self.now = _OPTIONS.validate_python({**asdict(self.now), **changes})
            self._updates = 0
            self._landed = self.now.landed_conflicts
        return asdict(self.now)

    def conflicts_now(self) -> bool:
        """Whether this update is one of those that conflict with nobody."""
        with self._lock:
            self._updates += 1
            return self.now.conflict_every > 0 and self._updates % self.now.conflict_every == 0

    def lands_unheard(self) -> bool:
        """Whether this update is stored and answered with a conflict."""
        with self._lock:
            self._landed -= 1
            return self._landed >= 0
