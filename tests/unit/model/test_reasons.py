from __future__ import annotations

import copy
import json

import pytest

from watchkeeper.model.reasons import (
    ALL,
    ALL_SINGULAR,
    NOTHING,
    Because,
    Part,
    Reason,
    because,
    parts_of,
    pieces_of,
    together,
)
from watchkeeper.model.troubles import Trouble

EXAMPLES = {
    "keys": "escalation/sentinel/73e01a99-5cd7-4139-a149-9f2736ff2ab5",
    "when": "2026-11-16 09:30 JST",
    "at": "2026-11-16T09:30:00+09:00",
    "length": "7 days",
    "period": "2026-11-16",
    "limit": "3",
    "cause": "phishing: 12 reports",
    "task": "secure-score",
    "side": "sentinel",
    "number": "INC0010001",
    "fields": "status, severity",
    "author": "Niamh Kelly",
    "there": "b",
    "before": "a",
    "count": "4",
    "total": "4",
    "seen": "3",
    "linked": "9",
    "profile": "escalation",
    "times": "5",
    "share": "20%",
    "system": "servicenow",
    "why": "nothing answered in time",
    "words": "Insufficient rights",
    "numbers": "INC0010017, INC0010018, …",
    "call": "GET /api/now/table/incident",
    "status": "403",
    "seconds": "3600",
    "table": "incident",
    "name": "'resolution_code'",
    "value": "'99'",
    "names": "close_code, close_notes",
    "near": "close_code, close_notes",
    "most": "10",
    "opener": "creates:0123456789ab",
    "place": "escalation.yaml:3:1",
    "places": "escalation.yaml:3:1, incidents.yaml:3:1",
    "host": "dev.example.com",
    "setting": "SERVICENOW_CA_FILE",
    "address": "SERVICENOW_INSTANCE",
    "kind": "text/html",
    "answer": "550 no such user",
    "closer": "niamh.kelly",
    "kept": "INC0010002",
    "id": "8d2f",
    "key": "secure-score/monitoring@2026-11-16",
    "conditions": "stale, unknown",
}


def examples() -> list[Reason]:
    names = {code: [name for name in EXAMPLES if f"{{{name}}}" in text] for code, text in ALL.items()}
    several = [because(code, **{name: EXAMPLES[name] for name in found}) for code, found in names.items()]
    return [*several, *(because(code, **EXAMPLES | {"count": 1}) for code in ALL_SINGULAR)]


def test_a_stored_reason_is_known_again() -> None:
    for reason in examples():
        stored = json.loads(json.dumps(reason))
        assert type(stored) is str
        (part,) = parts_of(stored)
        assert part.code is reason.parts[0].code, stored
        assert part.sentence == stored


def test_several_reasons_are_one_sentence_and_known_again() -> None:
    both = together(
        [
            because(Because.CHANGED_ON, side="sentinel", fields="status, severity"),
            because(Because.FOLLOWS_CATALOGUE, fields="title"),
        ]
    )
    assert both == "sentinel changed status, severity; title follows the catalogue"
    assert parts_of(str(both)) == both.parts


def test_a_text_of_somebody_else_is_no_reason() -> None:
    assert parts_of("INC0010001; 403 Insufficient rights") == ()
    assert parts_of("") == parts_of(NOTHING) == ()


def test_a_remedy_is_told_from_a_system_s_words_before_it() -> None:
    answered, remedy = pieces_of(
        "servicenow: GET /x: 401 User Not Authenticated; no; check the credentials of this side"
    )
    assert isinstance(answered, Part)
    assert (answered.code, answered.arguments["words"]) == (Trouble.ANSWERED, "User Not Authenticated; no")
    assert remedy == Part(Trouble.CHECK_CREDENTIALS, {})


def test_a_piece_that_is_not_ours_stays_beside_those_that_are() -> None:
    assert pieces_of("both sides changed it; ask Niamh") == (Part(Trouble.BOTH_CHANGED, {}), "ask Niamh")
    assert parts_of("both sides changed it; ask Niamh") == ()


def test_a_reason_says_one_and_many() -> None:
    assert because(Because.PLANNED, count=1) == "1 write is planned"
    assert because(Because.PLANNED, count=2) == "2 writes are planned"


def test_what_a_reason_must_name_cannot_be_left_out() -> None:
    with pytest.raises(KeyError):
        because(Because.ESCALATED, side="sentinel")


def test_a_copy_knows_its_codes() -> None:
    reason = because(Because.DUE, when="2026-11-16")
    assert copy.deepcopy(reason).parts == reason.parts
