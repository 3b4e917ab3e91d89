"""E-mail over a real SMTP server: always inside TLS, and what each of its answers means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.contract.nudges.servers import Authority, MailBox, mail_server
from tests.state.examples import SetClock
from tests.unit.nudges.examples import EVENING, KEIKO, a_nudge, an_item

from watchkeeper.errors import Ambiguous, AuthFailed, Rejected, Unavailable, WatchkeeperError
from watchkeeper.nudges.message import LONGEST_LIST, Message, message_of
from watchkeeper.nudges.post import MailChannel, MailServer

MESSAGE = message_of(a_nudge(an_item(1), an_item(2, working_days=1)))


def channel(box: MailBox, authority: Authority, **changes: Any) -> MailChannel:
    server = MailServer("localhost", box.port, False, "watchkeeper@soc.example", ca_file=authority.file)
    return MailChannel(replace(server, **changes), SetClock(EVENING))


def test_a_mail_says_which_tickets_wait_and_since_when(box: MailBox, authority: Authority) -> None:
    channel(box, authority).deliver(MESSAGE, 1)
    [letter] = box.letters
    assert (letter["From"], letter["To"]) == ("watchkeeper@soc.example", KEIKO)
    assert letter["Subject"] == "2 escalations wait for an update (2026-11-18)"
    assert letter["Message-ID"] == f"<{MESSAGE.id}@soc.example>"
    assert (letter["Auto-Submitted"], letter["X-Watchkeeper-Copy"]) == ("auto-generated", "1")
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().splitlines()[:3] == [
        "INC0000001  Strange sign-in 1",
        "  medium · no update on 2 working days · assigned to you",
        "  https://snow.example/1",
    ]


def test_a_second_copy_says_that_it_is_one(box: MailBox, authority: Authority) -> None:
    for copy in (1, 2):
        channel(box, authority).deliver(MESSAGE, copy)
    first, second = box.letters
    assert second["Message-ID"] == first["Message-ID"]
    assert second["Subject"] == f"[copy] {first['Subject']}"
    assert second["X-Watchkeeper-Copy"] == "2"
    assert second.get_content().startswith("This may have reached you before")


def test_a_mail_of_very_many_tickets_counts_those_that_it_does_not_name(box: MailBox, authority: Authority) -> None:
    many = a_nudge(*(an_item(number) for number in range(LONGEST_LIST + 3)))
    channel(box, authority).deliver(message_of(many), 1)
    [letter] = box.letters
    assert letter["Subject"].startswith("103 escalations wait")
    assert "and 3 more" in letter.get_content().splitlines()


def test_in_japanese(box: MailBox, authority: Authority) -> None:
    channel(box, authority).deliver(message_of(a_nudge(language="ja")), 1)
    [letter] = box.letters
    assert letter["Subject"] == "更新待ちのエスカレーションが 1 件あります（2026-11-18）"
    assert letter["Content-Language"] == "ja"
    assert "2 営業日更新なし" in letter.get_content()


def test_tls_from_the_first_byte(authority: Authority) -> None:
    with mail_server(authority.server(), at_once=True) as box:
        channel(box, authority, at_once=True).deliver(MESSAGE, 1)
        assert len(box.letters) == 1


def test_a_server_without_tls_is_told_nothing(authority: Authority) -> None:
    with mail_server(authority.server(), tls=False) as box:
        with pytest.raises(AuthFailed, match="cannot be spoken to safely"):
            channel(box, authority).deliver(MESSAGE, 1)
        assert box.raw == []


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
def test_a_certificate_that_we_do_not_trust_is_refused(
    at_once: bool, name: str, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One of another authority, or for another name."""
    stranger = Authority(tmp_path_factory.mktemp("stranger")) if name == "localhost" else authority
    with mail_server(stranger.server(name), at_once=at_once) as box:
        with pytest.raises(AuthFailed, match="cannot be spoken to safely"):
            channel(box, authority, at_once=at_once).deliver(MESSAGE, 1)
        assert box.raw == []


@pytest.mark.parametrize(("password", "fine"), [("open sesame", True), ("open barley", False)])
def test_signing_in(password: str, fine: bool, authority: Authority) -> None:
    with mail_server(authority.server(), sign_in=True) as box:
        signed = channel(box, authority, username="watchkeeper", password=password)
        if fine:
            signed.deliver(MESSAGE, 1)
        else:
            with pytest.raises(AuthFailed, match="does not let us sign in"):
                signed.deliver(MESSAGE, 1)
        assert len(box.letters) == fine


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("451 try later", Unavailable), ("552 too large", Rejected), ("554 ::error::no", Rejected)],
)
def test_what_the_server_says_to_a_whole_message(
    answer: str, meaning: type[WatchkeeperError], box: MailBox, authority: Authority
) -> None:
    box.answers.append(answer)
    with pytest.raises(meaning):
        channel(box, authority).deliver(MESSAGE, 1)
    assert box.letters == []


@pytest.mark.parametrize(("answer", "meaning"), [("450 busy", Unavailable), ("550 no such person", Rejected)])
def test_what_the_server_says_to_a_recipient(
    answer: str, meaning: type[WatchkeeperError], box: MailBox, authority: Authority
) -> None:
    box.to[KEIKO] = answer
    with pytest.raises(meaning):
        channel(box, authority).deliver(MESSAGE, 1)


@pytest.mark.parametrize("answer", ["251 will forward", "252 cannot verify"])
def test_a_server_that_hands_a_message_on_has_taken_it(answer: str, box: MailBox, authority: Authority) -> None:
    box.to[KEIKO] = answer
    channel(box, authority).deliver(MESSAGE, 1)
    assert len(box.letters) == 1


def test_a_server_that_takes_a_message_and_hangs_up_leaves_us_in_doubt(box: MailBox, authority: Authority) -> None:
    box.lose = 1
    with pytest.raises(Ambiguous):
        channel(box, authority).deliver(MESSAGE, 1)
    assert len(box.letters) == 1


def test_a_server_that_is_not_there_has_certainly_taken_nothing(authority: Authority) -> None:
    with mail_server(authority.server()) as box:
        gone = channel(box, authority)
    with pytest.raises(Unavailable):
        gone.deliver(MESSAGE, 1)


def test_a_name_that_can_be_no_host_s_is_a_server_that_is_not_there(box: MailBox, authority: Authority) -> None:
    with pytest.raises(Unavailable):
        channel(box, authority, host="mail..example").deliver(MESSAGE, 1)


HOSTILE = [
    "x\r\nBcc: evil@elsewhere.example\r\n\r\nnew body",
    "\n.\nMAIL FROM:<evil@elsewhere.example>",
    "\r\n.\r\nRSET\r\n",
    "##vso[task.complete]\n::error::no",
    "=?utf-8?q?=0D=0ABcc:_evil?=",
    "\u202egnp.exe\u2028Bcc: x",
    "\x00\x1b[31m" + "A" * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_ticket_text_stays_one_line_of_the_body(text: str, box: MailBox, authority: Authority) -> None:
    item = replace(an_item(), title=text, number=text[:40], assignee=text, url="javascript:alert(1)", team=text[:20])
    message = Message.from_json(message_of(a_nudge(item)).as_json())
    channel(box, authority).deliver(message, 1)
    [letter] = box.letters
    assert [name for name in letter if name.lower() in {"bcc", "cc"}] == []
    assert letter["Subject"] == "One escalation waits for an update (2026-11-18)"
    lines = letter.get_content().splitlines()
    assert len(lines) == 4, "number and title, facts, nothing, what is asked"
    assert "javascript" not in letter.get_content()
    assert "\x1b" not in letter.get_content()
