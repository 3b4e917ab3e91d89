"""The words of a ticket that an asset owner asked for: what it says, who asked and when, and whose the devices are said to be. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Final

from watchkeeper.catalog.model import LocalText, Task
from watchkeeper.evidence.ownership import Origin
from watchkeeper.model.one_line import plain
from watchkeeper.model.owner_request import LONGEST_REASON, Ground, OwnerRequest, RequestKind

_GROUNDS_NAMED: Final = 15
"""Device groups that a ticket names: a text has little room on some sides."""
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "[SOC] {task}: {what} - {owner}",
        "what": "What: {what}.",
        "owner": "Owner: {name} ({id}).",
        "reason": "Reason given: “{reason}”",
        "asked": "Asked by {who} on {at} UTC, {origin}{role}{address}.",
        "origin-board": "on the watch board",
        "role": ", as {role}",
        "role-owner": "the owner",
        "role-oversight": "oversight, in the owner's name",
        "role-admin": "administrator, in the owner's name",
        "address": ", from {address}",
        "until": "Wanted until: {until}.",
        "open-ended": "Until when was not said.",
        "devices": "Devices when it was asked: {left} of {target} left.",
        "due": "Due: {due}.",
        "ticket": "The owner's own ticket: {ticket}.",
        "grounds": "Why it was given to this owner:",
        "no-grounds": "Nothing was known any more of why it was given to this owner.",
        "ground-file": "- {group}: owners.yaml names this owner{place}",
        "ground-service": "- {group}: owners.yaml gives it the service {service}, which is this owner's{place}",
        "ground-cmdb": "- {group}: owners.yaml gives it the service {service}{place}, and the CMDB names who answers for that",
        "ground-nobody": "- {group}: nobody",
        "place": " ({place})",
        "more": "- and {count} more",
        "checklist": "What to do:",
        "done_when": "Done when:",
        "links": "Read more:",
        "key": "Key: {key}",
    },
    "ja": {
        "title": "【SOC】{task}：{what}（{owner}）",
        "what": "対象: {what}。",
        "owner": "担当: {name}（{id}）。",
        "reason": "申請理由: 「{reason}」",
        "asked": "申請者: {who}、{at} UTC、{origin}{role}{address}。",
        "origin-board": "ウォッチボードから",
        "role": "、{role}として",
        "role-owner": "担当者",
        "role-oversight": "統括（担当者の代理）",
        "role-admin": "管理者（担当者の代理）",
        "address": "、送信元 {address}",
        "until": "希望する期限: {until}。",
        "open-ended": "期限の指定はありません。",
        "devices": "申請時のデバイス: {target} 台中、残り {left} 台。",
        "due": "期限: {due}。",
        "ticket": "担当者のチケット: {ticket}。",
        "grounds": "この担当に割り当てた根拠:",
        "no-grounds": "割り当ての根拠はもう残っていません。",
        "ground-file": "- {group}: owners.yaml にこの担当とあります{place}",
        "ground-service": "- {group}: owners.yaml でサービス {service} に属し、このサービスはこの担当のものです{place}",
        "ground-cmdb": "- {group}: owners.yaml でサービス {service} に属し{place}、その責任者は CMDB によります",
        "ground-nobody": "- {group}: 担当未定",
        "place": "（{place}）",
        "more": "- ほか {count} 件",
        "checklist": "作業内容:",
        "done_when": "完了条件:",
        "links": "参考:",
        "key": "キー: {key}",
    },
}


def request_title(task: Task, request: OwnerRequest, language: str) -> str:
    subject = request.subject
    what, owner = plain(subject.title, 80), plain(subject.owner_name, 60)
    return _texts(language)["title"].format(task=_in(task.title, language), what=what, owner=owner)


def request_text(task: Task, request: OwnerRequest, key: str, language: str) -> str:
    """What was asked comes first, and what a side with little room may cut off last."""
    texts = _texts(language)
    paragraphs = (
        _in(task.summary, language),
        "\n".join(_asked(request, texts)),
        "\n".join(_grounds(request.subject.grounds, texts)),
        _listed(texts["checklist"], [_in(line, language) for line in task.checklist]),
        _listed(texts["done_when"], [_in(line, language) for line in task.done_when]),
        _listed(texts["links"], [f"{name}: {url}" for name, url in task.links]),
        texts["key"].format(key=key),
    )
    return "\n\n".join(filter(None, paragraphs))


def _asked(request: OwnerRequest, texts: Mapping[str, str]) -> Iterator[str]:
    subject = request.subject
    yield texts["what"].format(what=plain(subject.title))
    yield texts["owner"].format(name=plain(subject.owner_name), id=plain(subject.owner))
    yield texts["reason"].format(reason=plain(request.reason, LONGEST_REASON))
    at, origin = request.asked_at.astimezone(UTC), texts.get(f"origin-{request.origin}", request.origin)
    role, address = texts.get(f"role-{request.role}", ""), plain(request.address, 64)
    yield texts["asked"].format(
        who=plain(request.asked_by),
        at=f"{at:%Y-%m-%d %H:%M}",
        origin=origin,
        role=texts["role"].format(role=role) if role else "",
        address=texts["address"].format(address=address) if address else "",
    )
    if request.kind is RequestKind.EXCEPTION:
        yield texts["until" if request.until else "open-ended"].format(until=request.until)
    yield texts["devices"].format(left=subject.left, target=subject.target)
    if subject.due is not None:
        yield texts["due"].format(due=subject.due)
    if subject.ticket:
        yield texts["ticket"].format(ticket=plain(subject.ticket, 40))


def _grounds(grounds: tuple[Ground, ...], texts: Mapping[str, str]) -> Iterator[str]:
    if not grounds:
        yield texts["no-grounds"]
        return
    yield texts["grounds"]
    yield from (_ground(each, texts) for each in grounds[:_GROUNDS_NAMED])
    if len(grounds) > _GROUNDS_NAMED:
        yield texts["more"].format(count=len(grounds) - _GROUNDS_NAMED)


def _ground(ground: Ground, texts: Mapping[str, str]) -> str:
    place = texts["place"].format(place=plain(ground.place, 80)) if ground.place else ""
    said = texts.get(f"ground-{ground.origin}", texts[f"ground-{Origin.NOBODY.value}"])
    return said.format(group=plain(ground.device_group, 60), service=plain(ground.service, 60), place=place)


def _listed(head: str, lines: list[str]) -> str:
    return "\n".join((head, *(f"- {line}" for line in lines))) if lines else ""


def _texts(language: str) -> Mapping[str, str]:
    return _TEXTS.get(language, _TEXTS["en"])


def _in(text: LocalText, language: str) -> str:
    return text.get(language) or text["en"]
