"""What a deployment with the shipped mappings asks of each side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.model import Catalog
from watchkeeper.doctor.permissions import shipped
from watchkeeper.doctor.scope import scopes_of
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.probing import ProbeScope
from watchkeeper.model.record import Side

MAPPINGS = Path(__file__).parents[1] / "mappings"


@lru_cache
def shipped_scope(side: Side, mode: str = "full", *, evidence: bool = False) -> ProbeScope:
    catalog, profiles = _mappings()
    return scopes_of(catalog, profiles, mode, shipped(), evidence=evidence)[side]


@lru_cache
def _mappings() -> tuple[Catalog, Mapping[str, Profile]]:
    return load_catalog(MAPPINGS, deployment="test"), load_profiles(MAPPINGS)
