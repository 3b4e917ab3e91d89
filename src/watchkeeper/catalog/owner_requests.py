"""The duties behind what asset owners ask for: their keys, their definitions where no pack has them, and whose their tickets are. Pure.

Keys hold what was asked about (as a digest of owner and recommendation) and how often, and nothing that a store has to remember: the same
ticket is found again whatever was lost. They belong to the oversight team, and live in ServiceNow alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from watchkeeper.catalog.built_in import built_in
from watchkeeper.catalog.model import Catalog, FanOut, LocalText, SentinelMode
from watchkeeper.catalog.occurrences import key_of, raise_occurrence
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.one_line import plain
from watchkeeper.model.owner_request import OwnerRequest, RequestKind
from watchkeeper.model.owner_ticket import period_of

NOT_MINE_DUTY: Final = "owner-not-mine"
EXCEPTION_DUTY: Final = "owner-exception"
"""The ids of the duties. A task of a pack that has one of them is used instead of the one below."""
REQUEST_DUTIES: Final[Mapping[RequestKind, str]] = {
    RequestKind.NOT_MINE: NOT_MINE_DUTY,
    RequestKind.EXCEPTION: EXCEPTION_DUTY,
}
_KINDS: Final = {duty: kind for kind, duty in REQUEST_DUTIES.items()}
_ASKED: Final[LocalText] = {"en": "An asset owner asks for it.", "ja": "資産の担当者が申請したとき。"}
_CAUSES: Final[Mapping[RequestKind, LocalText]] = {
    RequestKind.NOT_MINE: {
        "en": "{who} says that {what} is not for {owner}: {reason}",
        "ja": "{who} より「{what}」は {owner} の担当ではないとの連絡: {reason}",
    },
    RequestKind.EXCEPTION: {
        "en": "{who} asks for an exception for {owner} about {what}: {reason}",
        "ja": "{who} より {owner} の「{what}」について例外の申請: {reason}",
    },
}


_CLOSE: Final[LocalText] = {
    "en": "Close this ticket with the answer in a work note: the owner sees on its page that it is closed, and may ask again.",
    "ja": "回答を作業メモに書いてこのチケットをクローズしてください。担当者のページにクローズと表示され、再度の申請ができるようになります。",
}
TASKS: Final = (
    built_in(
        NOT_MINE_DUTY,
        {"en": "Not ours, says an owner", "ja": "担当ではないとの連絡"},
        {
            "en": "An asset owner says that devices which it was asked to mend are not its own.",
            "ja": "資産の担当者から、対応を求められたデバイスは自分の担当ではないとの連絡がありました。",
        },
        (
            {
                "en": "Find out whose the device groups named below are.",
                "ja": "下記のデバイスグループの担当を確認してください。",
            },
            {
                "en": "Put it right where it is said below that it comes from: owners.yaml, or the CMDB. Who follows gets a ticket of their own.",
                "ja": "下記に示す出所（owners.yaml または CMDB）を修正してください。新しい担当にチケットが作成されます。",
            },
            _CLOSE,
        ),
        as_needed=(_ASKED,),
    ),
    built_in(
        EXCEPTION_DUTY,
        {"en": "An owner asks for an exception", "ja": "例外の申請"},
        {
            "en": "An asset owner cannot mend what it was asked for, and asks for an exception.",
            "ja": "資産の担当者から、求められた対応ができないため例外の申請がありました。",
        },
        (
            {
                "en": "Weigh the reason against the risk, and decide.",
                "ja": "理由とリスクを比較し、承認の可否を判断してください。",
            },
            {
                "en": "Approved? Make the exception in Microsoft Defender: the owner's ticket then follows by itself.",
                "ja": "承認する場合は Microsoft Defender で例外を作成してください。担当者のチケットは自動で更新されます。",
            },
            _CLOSE,
        ),
        as_needed=(_ASKED,),
    ),
)


def with_request_duties(catalog: Catalog) -> Catalog:
    """The catalogue with these duties, which are the oversight team's and never written to Sentinel, whoever defines them."""
    own = {each.id: catalog.tasks.get(each.id, each) for each in TASKS}
    fixed = {
        duty: replace(
            task,
            as_needed=task.as_needed or (_ASKED,),
            teams=(catalog.deployment.oversight_team,),
            fan_out=FanOut.PER_TEAM,
            sentinel_mode=SentinelMode.NONE,
        )
        for duty, task in own.items()
    }
    return replace(catalog, tasks={**catalog.tasks, **fixed})


def kind_of(key: str) -> RequestKind | None:
    """What a key asks for; None for a key of another duty."""
    return _KINDS.get(key.partition("/")[0])


def series_of(catalog: Catalog, kind: RequestKind, owner: str, recommendation: str) -> str:
    """The requests of one kind about one thing, by the key of the first."""
    return _key(catalog, kind, name_of(owner, recommendation), 1)


def _key(catalog: Catalog, kind: RequestKind, name: str, episode: int) -> str:
    return key_of(REQUEST_DUTIES[kind], catalog.deployment.oversight_team, period_of(name, episode))


def occurrence_of_request(catalog: Catalog, request: OwnerRequest) -> Occurrence:
    """Due some working days after it was asked, as the duty says; its reason says who asked for what, and why, in its readers' language."""
    subject, team = request.subject, catalog.deployment.oversight_team
    key = _key(catalog, request.kind, name_of(subject.owner, subject.recommendation), request.episode)
    raised = raise_occurrence(
        with_request_duties(catalog),
        REQUEST_DUTIES[request.kind],
        team,
        reason=cause_of(request, catalog.teams[team].language),
        dedupe_key=key,
        now=request.asked_at,
    )
    return replace(raised, key=key, period=key.rpartition("@")[2])


def cause_of(request: OwnerRequest, language: str) -> str:
    causes, subject = _CAUSES[request.kind], request.subject
    return causes.get(language, causes["en"]).format(
        who=plain(request.asked_by),
        what=plain(subject.title),
        owner=plain(subject.owner_name),
        reason=plain(request.reason, len(request.reason)),
    )
