"""What two mappings folders that nothing is wrong with say differently: profiles, what stands beside them, and the valves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from watchkeeper.catalog.diff import catalog_differences
from watchkeeper.catalog.model import Catalog
from watchkeeper.mapping.diff import limit_differences, profile_differences
from watchkeeper.mapping.diff_places import placed
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.difference import Difference
from watchkeeper.model.limits import Limits


@dataclass(frozen=True, slots=True)
class Said:
    """What a folder says. `profiles` hold those that are not enabled, too."""

    folder: Path
    profiles: Mapping[str, Profile]
    catalog: Catalog
    limits: Limits


def differences_of(old: Said, new: Said, now: datetime) -> tuple[Difference, ...]:
    """What means something else, each with its place in the folder that has it."""
    found: tuple[Difference, ...] = (
        *profile_differences(old.profiles, new.profiles),
        *catalog_differences(old.catalog, new.catalog, now),
        *limit_differences(old.limits, new.limits),
    )
    return placed(found, old.folder, new.folder)
