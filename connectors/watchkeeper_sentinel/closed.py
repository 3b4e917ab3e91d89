"""Closed incidents about phishing and data loss, from the rows of two tables: pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from watchkeeper.model.evidence import SetAside, Subject
from watchkeeper.model.workspace import ClosedIncident
from watchkeeper_sentinel.records import KEY_LABEL, OWN_LABEL, REDIRECTED, label_names, pick, text_of
from watchkeeper_sentinel.signs import about

_PLACE: Final = Subject.CLOSED_INCIDENTS.value


@dataclass(frozen=True, slots=True)
class Alert:
    """What an alert shows: what it is about ("" for neither), and the accounts that it names."""

    about: str
    targets: tuple[str, ...]


def read_alerts(rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Alert], tuple[SetAside, ...]]:
    """Alerts by their id, and those whose entities cannot be read; what such a one is about is known all the same."""
    found: dict[str, Alert] = {}
    broken: list[SetAside] = []
    for cells in rows:
        name = (text_of(cells.get("SystemAlertId")) or "").lower()
        products = (text_of(cells.get(each)) or "" for each in ("ProviderName", "ProductName"))
        kind = about(text_of(cells.get("AlertName")) or "", products)
        try:
            targets = _targets(_decoded(cells, "Entities"))
        except ValueError as error:
            broken.append(SetAside(f"{_PLACE}: alert {name:.60}", str(error)))
            targets = ()
        found[name] = Alert(kind, targets)
    return found, tuple(broken)


def name_alerts(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any incident among the rows was made of alerts."""
    return any(cells.get("AlertIds") not in (None, "", "[]", []) for cells in rows)


def read_closed(
    rows: Iterable[Mapping[str, Any]], alerts: Mapping[str, Alert]
) -> tuple[tuple[ClosedIncident, ...], tuple[SetAside, ...]]:
    """The incidents among the rows that are about phishing or data loss, by the instant of closing, and the rows that cannot be
    read. Our own duties are left out, and incidents that Defender has merged into another one, which is told by itself."""
    found: dict[str, ClosedIncident] = {}
    broken: list[SetAside] = []
    for cells in rows:
        name = (text_of(cells.get("IncidentName")) or "").lower()
        try:
            incident = _incident(cells, alerts)
        except ValueError as error:
            broken.append(SetAside(f"{_PLACE}: {name[:60] or 'a row'}", str(error)))
            continue
        if incident is not None:
            found.setdefault(name, incident)
    ordered = sorted(found.values(), key=lambda each: (each.closed_at, each.number))
    return tuple(ordered), tuple(broken)


def _incident(cells: Mapping[str, Any], alerts: Mapping[str, Alert]) -> ClosedIncident | None:
    if not text_of(cells.get("IncidentName")):
        raise ValueError("has no IncidentName")
    labels = label_names(_decoded(cells, "Labels"))
    if _is_left_out(labels):
        return None
    title = text_of(cells.get("Title")) or ""
    extra = _decoded(cells, "AdditionalData")
    told = [alerts[each] for each in _alert_ids(cells) if each in alerts]
    kind = about(title) or _shown_by(told) or ("" if told else about(title, _products(extra)))
    if not kind:
        return None
    return ClosedIncident(
        number=text_of(cells.get("IncidentNumber")) or "",
        title=title,
        about=kind,
        severity=text_of(cells.get("Severity")) or "",
        classification=text_of(cells.get("Classification")) or "",
        reason=text_of(cells.get("ClassificationReason")) or "",
        created_at=_instant(cells, "CreatedTime"),
        closed_at=_instant(cells, "ClosedTime"),
        targets=tuple(sorted({target for each in told for target in each.targets})),
        url=_url(extra, cells),
    )


def _shown_by(alerts: Iterable[Alert]) -> str:
    return next((each.about for each in alerts if each.about), "")


def _is_left_out(labels: Sequence[str]) -> bool:
    ours = OWN_LABEL in labels or any(label.startswith(KEY_LABEL) for label in labels)
    return ours or any(label.casefold() == REDIRECTED for label in labels)


def _alert_ids(cells: Mapping[str, Any]) -> Iterator[str]:
    ids = _decoded(cells, "AlertIds")
    return (each.lower() for each in ids if isinstance(each, str)) if isinstance(ids, list) else iter(())


def _products(extra: object) -> list[str]:
    names = pick(extra, "alertProductNames") if isinstance(extra, Mapping) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _url(extra: object, cells: Mapping[str, Any]) -> str:
    """Where people open it: the Defender portal's page where there is one."""
    defender = text_of(pick(extra, "providerIncidentUrl")) if isinstance(extra, Mapping) else None
    return next(
        (url for url in (defender, text_of(cells.get("IncidentUrl"))) if url and url.startswith("https://")), ""
    )


def _targets(entities: object) -> tuple[str, ...]:
    """The accounts and mailboxes among an alert's entities (defender-docs, sentinel/entities-reference), lower case, each once."""
    listed = entities if isinstance(entities, list) else []
    named = (_address(each) for each in listed if isinstance(each, Mapping))
    return tuple(dict.fromkeys(name.lower() for name in named if name))


def _address(entity: Mapping[str, Any]) -> str:
    """How people call an account: its address; without a suffix it is a name that only its own host or domain knows."""
    match (text_of(pick(entity, "Type")) or "").casefold():
        case "mailbox":
            return _first(entity, "Upn", "MailboxPrimaryAddress")
        case "account":
            name, suffix = _first(entity, "Name"), _first(entity, "UPNSuffix")
            joined = f"{name}@{suffix}" if name and suffix and "@" not in name else name
            return _first(entity, "UserPrincipalName") or joined
        case _:
            return ""


def _first(entity: Mapping[str, Any], *names: str) -> str:
    return next((found.strip() for name in names if (found := text_of(pick(entity, name)))), "")


def _decoded(cells: Mapping[str, Any], column: str) -> object:
    """A cell of JSON, decoded; it arrives as text, or decoded already, or null. Raises ValueError."""
    cell = cells.get(column)
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell) if cell.strip() else None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{column} is not JSON: {cell[:40]!r}") from error


def _instant(cells: Mapping[str, Any], column: str) -> datetime:
    moment = cells.get(column)
    if not isinstance(moment, datetime):
        raise ValueError(f"has no {column}")
    return moment.astimezone(UTC)
