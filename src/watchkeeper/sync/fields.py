"""Whether ServiceNow shows the fields that the profiles map, asked before anything is written by a misspelt name.

The instance takes a write with a field that it does not have, leaves the field out and says nothing (c_TableAPI). What was
found to be there is remembered with the mapping's fingerprint, so that an idle run asks nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from watchkeeper.errors import WatchkeeperError
from watchkeeper.mapping.lens_default import looked_at
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.shown import shown_among
from watchkeeper.model.nearest import nearest
from watchkeeper.model.plan import Parked
from watchkeeper.model.reasons import Reason, because, together
from watchkeeper.model.record import SERVICENOW, Record
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.reading import SIDE_WIDE
from watchkeeper.sync.systems import Systems

REMEDY = together([because(Trouble.CORRECT_FIELD), because(Trouble.UNTIL_THEN)])


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """`unshown`: why nothing of a profile may be written, by profile. `unverified`: profiles whose fields no visible record could
    prove."""

    unshown: Mapping[str, Reason] = field(default_factory=dict)
    unverified: frozenset[str] = frozenset()

    @property
    def parked(self) -> list[Parked]:
        return [Parked("", name, reason, REMEDY) for name, reason in sorted(self.unshown.items())]


def check_fields(systems: Systems, only: str | None = None) -> FieldCheck:
    """Look at the profiles (`only`: that one) whose fields were not seen yet under their present mapping: one call per table.
    Raises what concerns the whole side."""
    unshown: dict[str, Reason] = {}
    unverified: set[str] = set()
    for table, profiles in _unknown(systems, only).items():
        shown = _shown(systems, profiles[0], _names_of(systems, table))
        for profile in profiles:
            missing = profile.mapped_fields(SERVICENOW) - shown if shown is not None else frozenset[str]()
            if shown is None:
                unverified.add(profile.name)
            elif missing:
                unshown[profile.name] = _sentence(profile, table, missing, shown)
            else:
                _remember(systems, profile)
    return FieldCheck(unshown, frozenset(unverified))


def verify_written(systems: Systems, unverified: Collection[str], written: Iterable[Record]) -> list[Reason]:
    """What records that were written since prove of profiles that could not be checked before: a sentence for each that wrote
    fields which are not there."""
    records = [record for record in written if record.ref.side == SERVICENOW]
    sentences = []
    for name in sorted(unverified):
        profile = systems.profiles[name]
        table = profile.sides[SERVICENOW].table
        rows = [record for record in records if record.ref.table == table]
        shown = {column for record in rows for column, value in record.fields.items() if value is not None}
        missing = profile.mapped_fields(SERVICENOW) - shown
        if rows and missing:
            unshown = _sentence(profile, table, missing, shown)
            sentences.append(together([unshown, because(Trouble.WITHOUT_IT)]))
        elif rows:
            _remember(systems, profile)
    return sentences


def _unknown(systems: Systems, only: str | None) -> Mapping[str, list[Profile]]:
    asked = [
        profile
        for name, profile in sorted(systems.profiles.items())
        if SERVICENOW in profile.sides and only in {None, name}
    ]
    told = systems.store.recall_many([_memo(profile) for profile in asked])
    by_table: dict[str, list[Profile]] = {}
    for profile in asked:
        if told.get(_memo(profile)) != profile.fingerprint:
            by_table.setdefault(profile.sides[SERVICENOW].table, []).append(profile)
    return by_table


def _names_of(systems: Systems, table: str) -> frozenset[str]:
    """The fields of every profile of a table, also of those that were found right before: near names are taken from what the
    instance shows of them."""
    return frozenset[str]().union(
        *(
            profile.mapped_fields(SERVICENOW)
            for profile in systems.profiles.values()
            if SERVICENOW in profile.sides and profile.sides[SERVICENOW].table == table
        )
    )


def _shown(systems: Systems, profile: Profile, names: frozenset[str]) -> frozenset[str] | None:
    try:
        return shown_among(systems.connectors[SERVICENOW], profile, names)
    except WatchkeeperError as error:
        if isinstance(error, SIDE_WIDE):
            raise
        return None


def _sentence(profile: Profile, table: str, missing: Collection[str], shown: Collection[str]) -> Reason:
    return together(_lacks(_place(profile, name), table, name, shown) for name in sorted(missing))


def _lacks(place: str, table: str, name: str, shown: Collection[str]) -> Reason:
    near = ", ".join(nearest(name, sorted(shown)))
    code = Trouble.NO_FIELD_NEAR if near else Trouble.NO_FIELD
    return because(code, place=place, table=table, name=repr(name), near=near)


def _place(profile: Profile, name: str) -> str:
    """The `file:line:col` of the rule that maps a raw field."""
    rules = (rule.place for rule in profile.fields if SERVICENOW in rule.lenses)
    lenses = (rule.lenses[SERVICENOW] for rule in profile.fields if SERVICENOW in rule.lenses)
    return next((place for place, lens in zip(rules, lenses, strict=True) if name in looked_at(lens)), profile.place)


def _remember(systems: Systems, profile: Profile) -> None:
    systems.store.remember({_memo(profile): profile.fingerprint})


def _memo(profile: Profile) -> str:
    return f"shown:{SERVICENOW}:{profile.name}"
