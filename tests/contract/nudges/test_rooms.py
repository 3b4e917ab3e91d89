"""Rooms over real HTTPS: a signed call that a receiver can check, and an adaptive card within its limit."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.contract.nudges.conftest import KEY, no_journal, outward
from tests.contract.nudges.servers import Authority, Call, Door
from tests.state.examples import SetClock
from tests.unit.nudges.examples import EVENING, a_nudge, an_item

from watchkeeper.errors import (
    Ambiguous,
    AuthFailed,
    Config,
    Operator,
    Rejected,
    Throttled,
    Unavailable,
    WatchkeeperError,
)
from watchkeeper.model.nudge import ChannelKind, ChannelRule, NudgeKind, Role
from watchkeeper.nudges.card import LIMIT, card_of
from watchkeeper.nudges.means import Means
from watchkeeper.nudges.message import Message, message_of
from watchkeeper.nudges.opening import open_channels, refuse_faulty
from watchkeeper.nudges.sending import Channel

MESSAGE = message_of(a_nudge(an_item(role=Role.ROOM), recipient="csirt", channel="pager"))
HOSTILE = (
    "[click](https://evil.example) {{DATE(2026-01-01T00:00:00Z)}} ${secret} <at>everyone</at>\n**bold** ::error::no"
)


class TestTheSignedCall:
    def test_the_receiver_can_check_it_with_the_shared_key(self, channels: Mapping[str, Channel], door: Door) -> None:
        channels["pager"].deliver(MESSAGE, 1)
        [call] = door.calls
        assert signature(call) == call.headers["webhook-signature"]
        assert call.headers["webhook-id"] == MESSAGE.id
        assert call.headers["webhook-timestamp"] == str(int(EVENING.timestamp()))

    @pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp"])
    def test_the_signature_covers_id_and_time(self, part: str, channels: Mapping[str, Channel], door: Door) -> None:
        channels["pager"].deliver(MESSAGE, 1)
        [call] = door.calls
        forged = replace(call, headers={**call.headers, part: "1"})
        assert signature(forged) != call.headers["webhook-signature"]

    def test_it_says_what_the_message_says(self, channels: Mapping[str, Channel], door: Door) -> None:
        channels["pager"].deliver(MESSAGE, 1)
        said = json.loads(door.calls[0].body)
        assert (said["kind"], said["recipient"], said["unlisted"]) == ("overdue", "csirt", 0)
        [line] = said["lines"]
        assert (line["number"], line["url"]) == ("INC0000001", "https://snow.example/1")

    def test_a_copy_is_the_same_call(self, channels: Mapping[str, Channel], door: Door) -> None:
        for copy in (1, 2):
            channels["pager"].deliver(MESSAGE, copy)
        assert len({call.body for call in door.calls}) == 1
        assert list(door.taken_once) == [MESSAGE.id]


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "meaning"),
        [
            (302, Ambiguous),
            (400, Rejected),
            (401, AuthFailed),
            (404, Rejected),
            (408, Ambiguous),
            (413, Rejected),
            (500, Ambiguous),
            (503, Ambiguous),
            (-1, Ambiguous),
        ],
    )
    @pytest.mark.parametrize("name", ["room", "pager"])
    def test_what_each_status_means(
        self, name: str, status: int, meaning: type[WatchkeeperError], channels: Mapping[str, Channel], door: Door
    ) -> None:
        door.answers = [status]
        with pytest.raises(meaning) as raised:
            channels[name].deliver(MESSAGE, 1)
        assert "sig=" not in str(raised.value)
        assert door.answers == []

    def test_a_room_that_is_too_busy_is_asked_again_and_then_left(
        self, channels: Mapping[str, Channel], door: Door
    ) -> None:
        door.answers = [429, 429]
        channels["room"].deliver(MESSAGE, 1)
        door.answers = [429] * 3
        with pytest.raises(Throttled):
            channels["room"].deliver(MESSAGE, 1)
        assert len(door.calls) == 1

    def test_a_room_that_is_not_there_has_certainly_taken_nothing(self, authority: Authority, clock: SetClock) -> None:
        room = one_room(authority.file, clock, "localhost:1")
        with pytest.raises(Unavailable):
            room.deliver(MESSAGE, 1)

    def test_a_certificate_that_we_do_not_trust_is_refused(self, door: Door, clock: SetClock) -> None:
        with pytest.raises(Operator):
            one_room(None, clock, f"localhost:{door.port}").deliver(MESSAGE, 1)
        assert door.calls == []


class TestTheCard:
    def test_it_is_what_a_workflow_takes(self, channels: Mapping[str, Channel], door: Door) -> None:
        channels["room"].deliver(MESSAGE, 1)
        [call] = door.calls
        said = json.loads(call.body)
        [attachment] = said["attachments"]
        assert (said["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
        assert attachment["content"]["type"] == "AdaptiveCard"
        assert [links["url"] for links in every(attachment["content"], "selectAction")] == ["https://snow.example/1"]

    def test_what_comes_from_tickets_is_text_and_nothing_else(self) -> None:
        item = replace(
            an_item(), title=HOSTILE, assignee=HOSTILE, number=HOSTILE, url="javascript:alert(1)", role=Role.ROOM
        )
        card = json.loads(card_of(message_of(a_nudge(item)), 1))["attachments"][0]["content"]
        assert {block["type"] for block in card["body"]} == {"RichTextBlock"}, "the one block that knows no Markdown"
        assert list(every(card, "selectAction")) == []
        texts = [run["text"] for block in card["body"] for run in block["inlines"]]
        assert [text for text in texts if any(sign in text for sign in ("{{", "${", "<", "\n"))] == []

    @pytest.mark.parametrize("count", [1, 30, 100, 250])
    @pytest.mark.parametrize("title", ["x" * 500, "緊急" * 200, "\U0001f525" * 300])
    def test_it_stays_within_its_limit_and_no_ticket_goes_uncounted(self, count: int, title: str) -> None:
        items = [an_item(number, title=title) for number in range(count)]
        body = card_of(message_of(a_nudge(*items)), 2)
        shown = len(list(every(json.loads(body), "separator")))
        assert len(body) <= LIMIT
        assert shown
        hidden = count - shown
        assert (f"and {hidden} more".encode() in body) is (hidden > 1)


class TestSettings:
    RULE = ChannelRule("room", ChannelKind.TEAMS, frozenset(NudgeKind), host="teams.example", place="nudges.yaml:5:3")
    SIGNED = ChannelRule("pager", ChannelKind.WEBHOOK, frozenset(NudgeKind), host="hooks.example:8443")
    FINE = Means(urls="room=https://teams.example:443/x?sig=1 pager=https://hooks.example:8443/", keys=f"pager={KEY}")

    def test_the_usual_port_need_not_be_said(self, clock: SetClock) -> None:
        assert set(open_channels((self.RULE, self.SIGNED), self.FINE, clock, outward, no_journal)) == {"room", "pager"}

    @pytest.mark.parametrize(
        ("urls", "keys", "said"),
        [
            ("", "", "WATCHKEEPER_WEBHOOK_URLS: names nothing for the channel room (nudges.yaml:5:3)"),
            ("room=http://teams.example/", KEY, "is no https address"),
            ("room=https://teams.example.evil.example/", KEY, "has another host than the channel"),
            ("room=https://evil.example/?x=teams.example", KEY, "has another host than the channel"),
            ("room=https://teams.example@evil.example/", KEY, "is no https address"),
            ("room=https://teams.example:8443/", KEY, "has another host than the channel"),
            ("roam=https://teams.example/", KEY, "did you mean room?"),
            ("room=https://teams.example/", "", "WATCHKEEPER_WEBHOOK_KEYS: names nothing for the channel pager"),
            ("room=https://teams.example/", "secret", "the key of pager holds 0 bytes"),
            ("room=https://teams.example/", "whsec_c2hvcnQ=", "the key of pager holds 5 bytes"),
            ("room=https://teams.example/", "whsec_!!", "the key of pager is not base64"),
        ],
    )
    def test_what_is_wrong_is_said_and_no_secret_with_it(
        self, urls: str, keys: str, said: str, clock: SetClock
    ) -> None:
        given = f"{urls} pager=https://hooks.example:8443/secret-path"
        means = Means(urls=given if urls else "", keys=f"pager={keys}" if keys else "")
        with pytest.raises(Config) as raised:
            open_channels((self.RULE, self.SIGNED), means, clock, outward, no_journal)
        assert said in str(raised.value)
        assert "secret-path" not in str(raised.value)

    def test_mail_needs_a_server_and_a_sender(self, clock: SetClock) -> None:
        mail = ChannelRule("mail", ChannelKind.EMAIL, frozenset({NudgeKind.OVERDUE}))
        with pytest.raises(Config) as raised:
            open_channels((mail,), Means(smtp_username="me"), clock, outward, no_journal)
        assert [problem.place for problem in raised.value.problems] == [
            "WATCHKEEPER_SMTP_URL", "WATCHKEEPER_SMTP_FROM", "WATCHKEEPER_SMTP_PASSWORD",
        ]  # fmt: skip

    def test_a_password_that_smtp_cannot_carry_is_refused_and_not_shown(self) -> None:
        mail = ChannelRule("mail", ChannelKind.EMAIL, frozenset({NudgeKind.OVERDUE}))
        means = Means("smtp://mail.example", "me", "Schlüssel", "me@soc.example")
        with pytest.raises(Config, match="WATCHKEEPER_SMTP_PASSWORD: is not ASCII") as raised:
            refuse_faulty((mail,), means)
        assert "ssel" not in str(raised.value)


def one_room(ca_file: str | None, clock: SetClock, host: str) -> Channel:
    rule = ChannelRule("room", ChannelKind.TEAMS, frozenset(NudgeKind), host=host)
    return open_channels(
        (rule,), Means(urls=f"room=https://{host}/?sig=abc", ca_file=ca_file), clock, outward, no_journal
    )["room"]


def signature(call: Call) -> str:
    """What a receiver computes, after the specification's own words and with none of our code."""
    key = base64.b64decode(KEY.removeprefix("whsec_"))
    content = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def every(value: Any, name: str) -> list[Any]:
    """All values under a key, however deep."""
    if isinstance(value, list):
        return [found for each in value for found in every(each, name)]
    if not isinstance(value, dict):
        return []
    return [
        *([value[name]] if name in value else []),
        *(found for each in value.values() for found in every(each, name)),
    ]


def test_a_message_survives_the_ledger() -> None:
    assert Message.from_json(MESSAGE.as_json()) == MESSAGE
