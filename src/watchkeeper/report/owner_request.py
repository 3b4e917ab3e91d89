"""What an asset owner asked for, as a person or a program reads it."""

from __future__ import annotations

from watchkeeper.model.owner_request import Ground, OwnerRequest
from watchkeeper.report.document import Pairs, Row, Section, Table
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import moment


def request_section(request: OwnerRequest, texts: Texts) -> Section:
    """Who asked for what, when, why and from where, and why it was that owner's."""
    subject = request.subject
    rows = [
        (texts.say("owners.form.about"), subject.title),
        (texts.say("owners.form.owner"), f"{subject.owner_name} ({subject.owner})"),
        (texts.say("owners.stage.asked_by"), request.asked_by),
        (texts.say("owners.stage.asked_at"), moment(request.asked_at, texts)),
        (texts.say("owners.request.from"), ", ".join(filter(None, (request.origin, request.role, request.address)))),
        (texts.say("owners.stage.reason"), request.reason),
    ]
    rows += [(texts.say("owners.stage.until"), request.until.isoformat())] if request.until is not None else []
    headings = tuple(texts.say(f"owners.ground.{name}") for name in ("group", "origin", "service", "place"))
    grounds = tuple(
        Row((each.device_group, _origin(each, texts), each.service, each.place)) for each in subject.grounds
    )
    table = (Table(headings, grounds),) if grounds else ()
    return Section(texts.say(f"owners.request.{request.kind.value}"), (Pairs(tuple(rows)), *table))


def request_json(request: OwnerRequest) -> dict[str, object]:
    subject = request.subject
    return {
        "kind": request.kind.value,
        "episode": request.episode,
        "owner": subject.owner,
        "recommendation": subject.recommendation,
        "title": subject.title,
        "reason": request.reason,
        "until": request.until.isoformat() if request.until is not None else None,
        "asked_by": request.asked_by,
        "asked_at": request.asked_at,
        "origin": request.origin,
        "role": request.role,
        "address": request.address,
        "grounds": [
            {"device_group": each.device_group, "origin": each.origin, "service": each.service, "place": each.place}
            for each in subject.grounds
        ],
    }


def _origin(ground: Ground, texts: Texts) -> str:
    key = f"owners.origin.{ground.origin}"
    return texts.say(key) if texts.has(key) else ground.origin
