"""Whether a side shows the fields by which a profile finds its records.

ServiceNow drops a condition on a field that it does not know (or that our account may not read) without a word, and a row
without the field never matches: a misspelt query would read as "no escalation is open".
"""

from __future__ import annotations

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.population import Condition, Feed, Filter, Operator
from watchkeeper.model.record import Record, Side
from watchkeeper.model.scan import Page
from watchkeeper.model.ticket import STATUS_FIELD
from watchkeeper.ports import Connector

_NO_VALUE = "-"
"""No record holds this: a condition that excludes it lets every record pass that shows the field."""


def unshown_conditions(connector: Connector, profile: Profile) -> tuple[str, ...]:
    """The fields of a profile's population that no record of the table shows: misspelt, or hidden from our account.

    Costs a call for each. Empty where the table shows no record at all, which proves nothing. Raises what the side raises.
    """
    side = connector.side
    rules = profile.sides[side]
    names = dict.fromkeys(condition.field for filter_ in rules.population for condition in filter_.conditions)
    missing = tuple(name for name in names if not _sample(connector, profile, name))
    return missing if missing and _sample(connector, profile, _always_there(profile, side)) else ()


def shown_among(connector: Connector, profile: Profile, names: frozenset[str]) -> frozenset[str] | None:
    """The fields among `names`, and of the profile, that one of the first records of the profile's table shows. One call; for a
    side that gives every field of a record, set or not (ServiceNow). None where there is no record to look at."""
    records = _sample(connector, profile, _always_there(profile, connector.side), names)
    shown = {name for record in records for name, value in record.fields.items() if value is not None}
    return frozenset(shown) if records else None


def _always_there(profile: Profile, side: Side) -> str:
    """The field of the status: without it nothing works."""
    return profile.field(STATUS_FIELD).lenses[side].raw_fields[0]


def _sample(
    connector: Connector, profile: Profile, name: str, names: frozenset[str] = frozenset()
) -> tuple[Record, ...]:
    """The first records of the profile's table that show a field, with that field, the profile's and `names`."""
    side = connector.side
    condition = Condition(name, Operator.NOT_IN, (_NO_VALUE,))
    fields = profile.raw_fields(side) | names | {name}
    feed = Feed(side, profile.sides[side].table, fields, (Filter((condition,)),))
    pages = (item.records for item in connector.scan(feed, None) if isinstance(item, Page))
    showing = (tuple(record for record in records if condition.holds(record.fields)) for records in pages)
    return next((records for records in showing if records), ())
