"""What the commands that look after the state store find and do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from watchkeeper.model.chain import ChainHead


class Damage(StrEnum):
    """What can be wrong with a state store. The texts of each are `damage.CODE`."""

    UNREADABLE = "unreadable"
    PAGES = "pages"
    TABLE = "table"
    NEWER = "newer"
    OLDER = "older"
    TABLES = "tables"
    DIGEST = "digest"
    DOCUMENT = "document"
    MORE = "more"
    CHAIN = "chain"
    MISCOUNTED = "miscounted"
    UNLOGGED = "unlogged"
    HALF = "half"
    LEDGER = "ledger"
    UNENDED = "unended"


class Remedy(StrEnum):
    """What to do about a finding. The texts of each are `damage.remedy.CODE`."""

    ASIDE = "aside"
    PROGRAM = "program"
    UPGRADE = "upgrade"
    REBUILD = "rebuild"
    COMPARE = "compare"
    RUN = "run"
    NOTHING = "nothing"


HARMLESS = frozenset({Damage.MISCOUNTED, Damage.HALF, Damage.LEDGER, Damage.UNENDED})
"""Findings that are worth knowing and break no promise."""

_REMEDIES: Mapping[Damage, Remedy] = MappingProxyType(
    {
        Damage.UNREADABLE: Remedy.ASIDE,
        Damage.PAGES: Remedy.ASIDE,
        Damage.TABLE: Remedy.ASIDE,
        Damage.NEWER: Remedy.PROGRAM,
        Damage.OLDER: Remedy.UPGRADE,
        Damage.TABLES: Remedy.ASIDE,
        Damage.DIGEST: Remedy.REBUILD,
        Damage.DOCUMENT: Remedy.REBUILD,
        Damage.MORE: Remedy.REBUILD,
        Damage.CHAIN: Remedy.COMPARE,
        Damage.MISCOUNTED: Remedy.REBUILD,
        Damage.UNLOGGED: Remedy.COMPARE,
        Damage.HALF: Remedy.NOTHING,
        Damage.LEDGER: Remedy.NOTHING,
        Damage.UNENDED: Remedy.RUN,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with what its text names."""

    damage: Damage
    args: Mapping[str, str] = field(default_factory=dict)

    @property
    def remedy(self) -> Remedy:
        return _REMEDIES[self.damage]

    @property
    def harmful(self) -> bool:
        return self.damage not in HARMLESS


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A look through a whole store. `rows`: how many could be read, per table; `schema`: "" where there is none yet. `heads`: per deployment where its
    write log stands."""

    store: str
    schema: str
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]
    heads: Mapping[str, ChainHead] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not any(finding.harmful for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made: where, how large (bytes), of which schema."""

    file: str
    size: int
    schema: str


@dataclass(frozen=True, slots=True)
class Pruning:
    """What is, or would be, dropped of what is older than `before`. `rows`: how many, per table; `emptied`: tombstones of which only
    the values go."""

    before: datetime
    rows: Mapping[str, int]
    emptied: int
    checkpoint: ChainHead | None
    done: bool
