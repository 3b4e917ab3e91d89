"""The words of an asset owner's ticket: its title, its text with the part that is kept up to date, and what it is resolved with. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from watchkeeper.catalog.model import LocalText, Task
from watchkeeper.mapping.profile import FieldRule, Profile
from watchkeeper.model.one_line import plain
from watchkeeper.model.owner_book import UNOWNED_ID
from watchkeeper.model.owner_ticket import EXCEPTION, NOT_MINE, Fate, OwnerTicket, Untold
from watchkeeper.model.record import SERVICENOW
from watchkeeper.sync.audit_block import REMEDIATION, block
from watchkeeper.sync.owner_duty import owner_name

TITLE_FIELD: Final = "title"
TEXT_FIELD: Final = "description"
DUE_FIELD: Final = "due"
"""The fields of the maintenance profile that hold them."""
_GROUPS_NAMED: Final = 10
"""Device groups that a ticket names; an owner of more knows which."""
_UNTOLD_NAMED: Final = 5
"""Of what has no ticket yet, so many are named: a text has little room on some sides, and the portal shows all of it."""
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "[SOC] {task}: {what} - {owner}",
        "devices": "Devices: {fixed} of {target} done, {left} left.",
        "due": "Due: {due}.",
        "overdue": "Overdue: it was due {due}.",
        "undated": "Nobody has set a date.",
        "priority": "Priority: {priority}.",
        "groups": "Device groups: {groups}.",
        "more": "{groups} and {count} more",
        "contact": "Contact of the owner: {contact}.",
        "fixed": "Every device is done.",
        "exempt": "An exception was approved: nothing is left to do.",
        "marked": "{who} marked it as completed, which mends no device: see to those that are left, or ask for an exception.",
        "withdrawn": "Defender lists this no more; it last did on {listed}. Nothing shows that the devices are done: close this ticket if they need not be.",
        "moved": "These devices belong to somebody else by now. Close this ticket if nothing is left for you to do.",
        "not-mine": "Not yours? {address}",
        "exception": "To ask for an exception: {address}",
        "checklist": "What to do:",
        "done_when": "Done when:",
        "links": "Read more:",
        "key": "Key: {key}",
        "closing": "Resolved by Watchkeeper: nothing is left to do.",
        "shared": "Others were asked for this as well. The numbers are those of all, for Defender counts their devices together.",
        "unowned": "Nobody owns these devices. Name an owner of their device groups (owners.yaml, or the CMDB), who then gets a ticket.",
        "untold": "{count} more like this are due or overdue, and have no ticket yet; they get theirs in turn:",
        "untold-one": "1 more like this is due or overdue, and has no ticket yet; it gets its own in turn:",
        "untold-dated": "- {title}: {left} devices left, due {due}",
        "untold-undated": "- {title}: {left} devices left",
        "untold-more": "- and {count} more",
        "priority-high": "high",
        "priority-medium": "medium",
        "priority-low": "low",
        "somebody": "somebody",
        "between": ", ",
    },
    "ja": {
        "title": "【SOC】{task}：{what}（{owner}）",
        "devices": "デバイス: {target} 台中 {fixed} 台が完了、残り {left} 台。",
        "due": "期限: {due}。",
        "overdue": "期限超過: 期限は {due} でした。",
        "undated": "期限は設定されていません。",
        "priority": "優先度: {priority}。",
        "groups": "デバイスグループ: {groups}。",
        "more": "{groups} ほか {count} 件",
        "contact": "担当の連絡先: {contact}。",
        "fixed": "すべてのデバイスで完了しました。",
        "exempt": "例外が承認されたため、対応は不要です。",
        "marked": "{who} が完了としましたが、デバイスの状態は変わっていません。残りに対応するか、例外を申請してください。",
        "withdrawn": "Defender の一覧に表示されなくなりました（最終確認: {listed}）。デバイスの対応完了は確認できていません。対応が不要であればクローズしてください。",
        "moved": "これらのデバイスは別の担当に移りました。対応が残っていなければクローズしてください。",
        "not-mine": "担当でない場合: {address}",
        "exception": "例外の申請: {address}",
        "checklist": "作業内容:",
        "done_when": "完了条件:",
        "links": "参考:",
        "key": "キー: {key}",
        "closing": "Watchkeeper が解決済みにしました。残りの作業はありません。",
        "shared": "ほかの担当にも同じ依頼が出ています。Defender は全担当のデバイスをまとめて数えるため、台数は全体のものです。",
        "unowned": "これらのデバイスには担当者がいません。デバイスグループの担当を owners.yaml または CMDB に登録すると、その担当にチケットが作成されます。",
        "untold": "このほかに、期限が近いか過ぎていて、まだチケットのない項目が {count} 件あります。チケットは順次作成されます。",
        "untold-one": "このほかに、期限が近いか過ぎていて、まだチケットのない項目が 1 件あります。チケットは順次作成されます。",
        "untold-dated": "- {title}: 残り {left} 台、期限 {due}",
        "untold-undated": "- {title}: 残り {left} 台",
        "untold-more": "- ほか {count} 件",
        "priority-high": "高",
        "priority-medium": "中",
        "priority-low": "低",
        "somebody": "だれか",
        "between": "、",
    },
}
_WAYS: Final = (NOT_MINE, EXCEPTION)


def shown_by(profile: Profile) -> FieldRule | None:
    """The rule of the field that shows how it stands; None where a profile has none."""
    return next((rule for rule in profile.fields if rule.name == TEXT_FIELD and SERVICENOW in rule.lenses), None)


def kept_up_to_date(profile: Profile) -> tuple[FieldRule, ...]:
    """The fields of an open ticket that follow what was collected: its text and with it the date."""
    text = shown_by(profile)
    dated = (rule for rule in profile.fields if rule.name == DUE_FIELD and SERVICENOW in rule.lenses)
    return () if text is None else (text, *dated)


def title_of(ticket: OwnerTicket, task: Task, language: str) -> str:
    texts = _texts(language)
    owner = _in(owner_name(ticket), language)
    return texts["title"].format(task=_in(task.title, language), what=plain(ticket.title, 100), owner=owner)


def text_of(task: Task, standing: str, key: str, language: str) -> str:
    """The whole text of a new ticket; the part that is kept up to date comes before what a side with little room may cut off."""
    texts = _texts(language)
    links = [f"{name}: {url}" for name, url in task.links]
    paragraphs = [
        _in(task.summary, language),
        block(standing, REMEDIATION),
        _listed(texts["checklist"], [_in(line, language) for line in task.checklist]),
        _listed(texts["done_when"], [_in(line, language) for line in task.done_when]),
        _listed(texts["links"], links),
        texts["key"].format(key=key),
    ]
    return "\n\n".join(filter(None, paragraphs))


def standing_of(ticket: OwnerTicket, ways: Mapping[str, str], language: str, untold: Sequence[Untold] = ()) -> str:
    """How it stands, for the part that is kept up to date, and what else its owner has to do for which there is no ticket yet. It names
    no day on which it was looked at, or it would change every day."""
    texts = _texts(language)
    return "\n".join((*_lines(ticket, ways, texts), *_besides(untold, texts)))


def closing_of(ticket: OwnerTicket, language: str) -> str:
    """What a ticket is resolved with."""
    texts = _texts(language)
    return "\n".join((texts["closing"], texts[ticket.fate.value], texts["devices"].format(**_numbers(ticket))))


def says_done(texts: Iterable[object]) -> bool:
    """Whether one of a ticket's texts is what we resolve with."""
    ours = tuple(each["closing"] for each in _TEXTS.values())
    return any(isinstance(text, str) and text.startswith(ours) for text in texts)


def _lines(ticket: OwnerTicket, ways: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[str]:
    yield plain(ticket.title)
    yield texts["devices"].format(**_numbers(ticket))
    if ticket.fate is not Fate.WAITING:
        who = plain(ticket.marked_by) or texts["somebody"]
        yield texts[ticket.fate.value].format(who=who, listed=ticket.listed)
    if not ticket.done:
        dated = "undated" if ticket.due is None else "overdue" if ticket.overdue else "due"
        yield texts[dated].format(due=ticket.due)
    if ticket.priority:
        priority = texts.get(f"priority-{ticket.priority.casefold()}") or plain(ticket.priority, 40)
        yield texts["priority"].format(priority=priority)
    if ticket.device_groups:
        yield texts["groups"].format(groups=_groups(ticket, texts))
    if ticket.contact:
        yield texts["contact"].format(contact=plain(ticket.contact, 100))
    if ticket.shared:
        yield texts["shared"]
    if ticket.owner == UNOWNED_ID and not ticket.done:
        yield texts["unowned"]
    yield from (texts[way].format(address=ways[way]) for way in _ways_of(ticket) if ways.get(way))


def _ways_of(ticket: OwnerTicket) -> Iterable[str]:
    """Nobody need say that it is not theirs what nobody owns."""
    return (way for way in _WAYS if not (way == NOT_MINE and ticket.owner == UNOWNED_ID))


def _besides(untold: Sequence[Untold], texts: Mapping[str, str]) -> Iterator[str]:
    if not untold:
        return
    yield texts["untold-one" if len(untold) == 1 else "untold"].format(count=len(untold))
    for each in untold[:_UNTOLD_NAMED]:
        dated = "untold-undated" if each.due is None else "untold-dated"
        yield texts[dated].format(title=plain(each.title, 80), left=each.left, due=each.due)
    if len(untold) > _UNTOLD_NAMED:
        yield texts["untold-more"].format(count=len(untold) - _UNTOLD_NAMED)


def _numbers(ticket: OwnerTicket) -> Mapping[str, int]:
    return {"fixed": ticket.fixed, "target": ticket.target, "left": ticket.left}


def _groups(ticket: OwnerTicket, texts: Mapping[str, str]) -> str:
    named = texts["between"].join(plain(each, 60) for each in ticket.device_groups[:_GROUPS_NAMED])
    count = len(ticket.device_groups) - _GROUPS_NAMED
    return texts["more"].format(groups=named, count=count) if count > 0 else named


def _listed(head: str, lines: list[str]) -> str:
    return "\n".join((head, *(f"- {line}" for line in lines))) if lines else ""


def _texts(language: str) -> Mapping[str, str]:
    return _TEXTS.get(language, _TEXTS["en"])


def _in(text: LocalText, language: str) -> str:
    return text.get(language) or text["en"]
