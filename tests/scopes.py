"""What a deployment with the shipped mappings asks of each side."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from watchkeeper.catalog.load import load_catalog
from watchkeeper.doctor.permissions import shipped
from watchkeeper.doctor.scope import scopes_of
from watchkeeper.mapping.load import load_profiles
from watchkeeper.model.probing import ProbeScope
from watchkeeper.model.record import Side

MAPPINGS = Path(__file__).parents[1] / "mappings"


@lru_cache
def shipped_scope(side: Side, mode: str = "full") -> ProbeScope:
    catalog = load_catalog(MAPPINGS, deployment="test")
    return scopes_of(catalog, load_profiles(MAPPINGS), mode, shipped())[side]
