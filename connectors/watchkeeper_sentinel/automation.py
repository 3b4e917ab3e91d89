"""Would an automation rule run on a record of ours? Three answers: it would, it would not, it cannot be told.

Rules as ARM lists them (azure-rest-api-specs, Microsoft.SecurityInsights, AutomationRules): conditions are anded, the values of
one condition are alternatives. Conditions on entities, alerts and details of them are false for an incident that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from watchkeeper.model.record import RawFields
from watchkeeper_sentinel.records import pick, section, text_of

_OURS: Final[Mapping[str, str]] = {
    "IncidentSeverity": "severity",
    "IncidentStatus": "status",
    "IncidentLabel": "labels",
}
"""Conditions that our new record answers."""
_OPEN: Final = frozenset({"IncidentTitle", "IncidentDescription", "IncidentOwner", "IncidentUpdatedBySource"})
"""Conditions that depend on the single record, or on who changes it."""
_PROVIDER: Final = "IncidentProviderName"
_NATIVE: Final = "Azure Sentinel"
"""The provider of an incident that an API made, whatever the workspace is connected to."""
_COMPARED: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "Equals": lambda held, wanted: held == wanted,
    "Contains": lambda held, wanted: wanted in held,
    "StartsWith": lambda held, wanted: held.startswith(wanted),
    "EndsWith": lambda held, wanted: held.endswith(wanted),
}


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that would (`certain`) or may run on a new record. `when` is Created or Updated."""

    name: str
    order: str
    when: str
    actions: tuple[str, ...]
    certain: bool


def matching(rules: Sequence[Any], record: RawFields) -> Iterator[Match]:
    """The enabled incident rules that would or may run on `record`, in the order of their execution."""
    enabled = [rule for rule in rules if isinstance(rule, Mapping) and _enabled(section(rule, "properties"))]
    for rule in sorted(enabled, key=lambda rule: _order(section(rule, "properties"))):
        properties = section(rule, "properties")
        logic = section(properties, "triggeringLogic")
        answer = _all(_holds(condition, record) for condition in _list(logic, "conditions"))
        if answer is not False:
            name = text_of(pick(properties, "displayName")) or text_of(pick(rule, "name")) or ""
            when = text_of(pick(logic, "triggersWhen")) or ""
            yield Match(name, str(_order(properties)), when, _actions(properties), answer is True)


def _enabled(properties: Mapping[str, Any]) -> bool:
    logic = section(properties, "triggeringLogic")
    return pick(logic, "isEnabled") is True and text_of(pick(logic, "triggersOn")) == "Incidents"


def _order(properties: Mapping[str, Any]) -> int:
    order = pick(properties, "order")
    return order if isinstance(order, int) else 0


def _actions(properties: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = (text_of(pick(action, "actionType")) for action in _list(properties, "actions"))
    return tuple(kind for kind in kinds if kind)


def _list(mapping: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = pick(mapping, name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _holds(condition: Mapping[str, Any], record: RawFields) -> bool | None:
    """One condition. Conditions of other types (on changes, on arrays of changes, nested ones) cannot be told."""
    if text_of(pick(condition, "conditionType")) != "Property":
        return None
    properties = section(condition, "conditionProperties")
    name, operator = (text_of(pick(properties, each)) or "" for each in ("propertyName", "operator"))
    held = _held(name, record)
    compare = _COMPARED.get(operator.removeprefix("Not"))
    values = pick(properties, "propertyValues")
    if held is None or compare is None or not isinstance(values, list):
        return None
    wanted = [value.casefold() for value in values if isinstance(value, str)]
    hit = any(compare(each.casefold(), value) for each in held for value in wanted)
    return not hit if operator.startswith("Not") else hit


def _held(name: str, record: RawFields) -> tuple[str, ...] | None:
    """What our record has under a condition's name; None where that is open. It has no alerts, entities or analytics rule."""
    if name in _OPEN:
        return None
    if name == _PROVIDER:
        return (_NATIVE,)
    value = record.get(_OURS.get(name, ""))
    return value if isinstance(value, tuple) else (value,) if value else ()


def _all(answers: Iterable[bool | None]) -> bool | None:
    told = list(answers)
    return False if False in told else None if None in told else True
