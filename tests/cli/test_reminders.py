"""`watchkeeper audit --nudge` as its recipients meet it: a mail server, a room and a webhook inside TLS, an emulated instance."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from tests.acceptance.worlds import MAPPINGS, people, tickets
from tests.cli.program import Ended, Program, wait_until
from tests.contract.nudges.servers import Authority, Door, MailBox, https_server, mail_server

from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

KEY = "whsec_" + "a2V5" * 8
RULES = """\
version: 1
mode: {mode}
amnesty_days: {amnesty}
cap: {cap}
channels:
  - {{id: mail, kind: email}}
  - {{id: soc-room, kind: teams, host: "localhost:{port}", takes: [due-today, overdue]}}
  - {{id: pager, kind: webhook, host: "localhost:{port}", teams: [csirt]}}
  - {{id: ticket, kind: work-note}}
"""
HOSTILE = "##vso[task.complete]x\r\nBcc: evil@elsewhere.example {{DATE(1)}} [go](https://evil.example)\x1b[31m"
HARUTO, KEIKO, NIAMH, AOIFE = (
    f"{name}@soc.example" for name in ("haruto.sato", "keiko.tanaka", "niamh.kelly", "aoife.murphy")
)


@dataclass
class Scene:
    """Since Monday two escalations wait: a high one of the team in Tokyo, a medium one of the team in Dublin."""

    soc: Program
    world: World
    box: MailBox
    door: Door
    of_tokyo: str
    of_dublin: str

    def rules(self, mode: str = "send", amnesty: int = 0, cap: int = 3) -> None:
        text = RULES.format(mode=mode, amnesty=amnesty, cap=cap, port=self.door.port)
        (self.soc.folder / "mappings" / "nudges.yaml").write_text(text, encoding="utf-8")

    def at(self, text: str) -> None:
        """Go on to an instant, in UTC."""
        self.world.clock.advance(datetime.fromisoformat(f"{text}+00:00") - self.world.clock.now())

    def nudge(self, *options: str, code: int = 0) -> Ended:
        ended = self.soc.run("audit", "--nudge", *options)
        assert ended.code == code, ended.out + ended.err
        return ended

    def heard(self) -> tuple[int, int, int]:
        """Mails, calls and work notes so far."""
        return len(self.box.letters), len(self.door.calls), len(self.notes())

    def notes(self) -> list[str]:
        """Our work notes."""
        journals = [entry for row in tickets(self.world) for entry in row["journal"]]
        return [entry["value"] for entry in journals if entry["sys_created_by"] == "watchkeeper"]

    def called(self, path: str) -> str:
        """What the latest call of a room said."""
        return next(call.body.decode() for call in reversed(self.door.calls) if call.path == path)

    def mail_of(self, recipient: str) -> str:
        """Subject and text of a recipient's latest mail."""
        letter = next(each for each in reversed(self.box.letters) if each["To"] == recipient)
        return f"{letter['Subject']}\n{letter.get_content()}"


@pytest.fixture
def scene(soc: Program, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    shutil.copytree(MAPPINGS, soc.folder / "mappings")
    trust = authority.server()
    with mail_server(trust) as box, https_server(trust) as door:
        here = f"https://localhost:{door.port}"
        soc.environment = {
            **soc.environment,
            "WATCHKEEPER_SMTP_URL": f"smtp://localhost:{box.port}",
            "WATCHKEEPER_SMTP_FROM": "watchkeeper@soc.example",
            "WATCHKEEPER_WEBHOOK_URLS": f"soc-room={here}/workflows/1?sig=abc\npager={here}/pager",
            "WATCHKEEPER_WEBHOOK_KEYS": f"pager={KEY}",
            "WATCHKEEPER_NUDGE_CA_FILE": authority.file,
        }
        of_tokyo = _ticket(world, "Strange sign-in", "SOC Monitoring", "佐藤 陽翔", "1")
        of_dublin = _ticket(world, HOSTILE, "CSIRT", "Niamh Kelly", "2")
        yield Scene(soc, world, box, door, of_tokyo, of_dublin)


def _ticket(world: World, title: str, group: str, assignee: str, level: str) -> str:
    fields = {"short_description": title, "category": "security", "assignment_group": group, "assigned_to": assignee}
    fields |= {"impact": level, "urgency": level}
    made = people(world, "servicenow", "dana.desk", "create", fields=fields)
    return str(made["record"]["number"])


def test_a_roll_out_from_the_first_look_to_a_stopped_silence(scene: Scene) -> None:
    scene.at("2026-11-18T17:30")  # Wednesday after the cut-off in Dublin, in the night of Tokyo
    looked = scene.nudge()
    assert "Reminders that would be sent (report-only): 0" in looked.out
    assert "silent since before the reminders began" in looked.out
    scene.rules("report-only")
    assert NIAMH in scene.nudge().out
    scene.rules(amnesty=14)
    scene.nudge()
    assert scene.heard() == (0, 0, 0)

    scene.rules()
    told = scene.nudge()
    assert scene.heard() == (2, 2, 1)
    assert {letter["To"] for letter in scene.box.letters} == {NIAMH, AOIFE}
    assert "quiet hours" in told.out, "in Tokyo it is half past two in the morning"
    assert scene.mail_of(NIAMH).splitlines()[0] == "One escalation waits for an update (2026-11-18)"
    assert scene.of_dublin in scene.mail_of(NIAMH)
    scene.nudge()
    assert scene.heard() == (2, 2, 1), "a second run has nothing to say"

    scene.at("2026-11-19T08:30")  # Thursday after the cut-off in Tokyo, in the morning of Dublin
    scene.nudge()
    assert {letter["To"] for letter in scene.box.letters} == {NIAMH, HARUTO, KEIKO, AOIFE}
    assert "更新待ちのエスカレーションが 1 件あります（2026-11-19）" in scene.mail_of(HARUTO)
    assert "あなたが担当" in scene.mail_of(HARUTO)
    assert "あなたは 監視 のリーダー" in scene.mail_of(KEIKO)
    assert "you manage Monitoring" in scene.mail_of(AOIFE), "her own team reads English"
    assert len(scene.notes()) == 2

    for number, who in ((scene.of_tokyo, "haruto.sato"), (scene.of_dublin, "niamh.kelly")):
        people(scene.world, "servicenow", who, "note", number=number, text="The owner was called; nothing was taken.")
    heard = scene.heard()
    scene.at("2026-11-19T17:30")
    assert "Nobody has to be reminded now." in scene.nudge().out
    assert scene.heard() == heard, "it stops at the first human update"


def test_nobody_gets_more_than_the_cap(scene: Scene) -> None:
    scene.rules(cap=1)
    _ticket(scene.world, "Mailbox rule", "SOC Engineering", "Niamh Kelly", "1")
    scene.at("2026-11-18T15:30")
    scene.nudge()
    scene.at("2026-11-18T17:30")
    assert "enough for now" in scene.nudge().out


def test_hostile_texts_are_nothing_but_text_in_every_channel(scene: Scene) -> None:
    scene.rules()
    scene.at("2026-11-18T17:30")
    told = scene.nudge("-vv")
    headers = b"".join(raw.split(b"\r\n\r\n", 1)[0].lower() for raw in scene.box.raw)
    assert b"bcc" not in headers
    assert b"vso" not in headers
    mail = scene.mail_of(NIAMH)
    card, signed = (scene.called(path) for path in ("/workflows/1?sig=abc", "/pager"))
    assert not any(sign in text for text in (mail, told.out, told.err) for sign in ("\x1b", "##vso["))
    assert "\\u001b" not in card + signed
    assert "{{" not in card
    assert {block["type"] for block in _card(card)["body"]} == {"RichTextBlock"}, "the one block that knows no Markdown"
    [line] = json.loads(signed)["lines"]
    assert "\n" not in line["title"]
    assert "evil" not in "".join(scene.notes())


def test_a_mail_server_that_turns_us_away_is_asked_again(scene: Scene) -> None:
    scene.rules()
    scene.at("2026-11-18T17:30")
    scene.box.answers.append("451 try later")
    assert "not sent; the next run tries again" in scene.nudge(code=4).out
    assert last_audit(scene.soc) is None, "a dead-man switch hears of a failure, too"
    scene.nudge()
    assert last_audit(scene.soc) is not None
    assert {(letter["To"], letter["X-Watchkeeper-Copy"]) for letter in scene.box.letters} == {
        (AOIFE, "1"),
        (NIAMH, "1"),
    }
    assert len(scene.box.letters) == 2


@pytest.mark.slow
def test_a_run_that_is_killed_while_a_mail_leaves_is_gone_on_with(scene: Scene) -> None:
    """kill -9, when the server has the mail and has not said so; another machine tried meanwhile."""
    scene.rules()
    scene.at("2026-11-18T17:30")
    scene.box.hold = True
    running = scene.soc.start("audit", "--nudge")
    wait_until(lambda: bool(scene.box.letters), running)
    locked = scene.nudge(code=75).out
    assert ("Nothing more was sent in this run" in locked, "the lease is taken" in locked) == (True, True)
    running.kill()
    scene.box.hold = False
    scene.nudge()
    scene.nudge()
    copies = sorted((letter["To"], letter["X-Watchkeeper-Copy"]) for letter in scene.box.letters)
    assert copies == [(AOIFE, "1"), (AOIFE, "2"), (NIAMH, "1")]
    assert scene.mail_of(AOIFE).startswith("[copy] ")
    assert scene.heard() == (3, 2, 1)


@pytest.mark.slow
@pytest.mark.parametrize("server", [False, True], ids=["sqlite", "postgresql"])
def test_of_machines_that_begin_at_once_each_reader_hears_from_one(
    server: bool, scene: Scene, request: pytest.FixtureRequest
) -> None:
    if server:
        url: str = request.getfixturevalue("postgres_url")
        scene.soc.environment = {**scene.soc.environment, "WATCHKEEPER_STATE_URL": url}
    scene.rules()
    scene.at("2026-11-18T17:30")
    scene.soc.run("status")
    machines = [scene.soc.start("audit", "--nudge") for _ in range(3)]
    codes = {machine.wait().code for machine in machines}
    assert codes <= {0, 75}
    scene.nudge()
    assert scene.heard() == (2, 2, 1)


@pytest.mark.slow
def test_a_run_that_is_asked_to_stop_ends_after_the_mail_that_is_leaving(scene: Scene) -> None:
    scene.rules()
    scene.at("2026-11-18T17:30")
    scene.box.hold = True
    running = scene.soc.start("audit", "--nudge")
    wait_until(lambda: bool(scene.box.letters), running)
    running.signal(signal.SIGTERM)
    scene.box.hold = False
    ended = running.wait()
    assert (ended.code, "Nothing more was sent in this run" in ended.out) == (143, True)
    assert scene.heard() == (1, 0, 0)
    scene.nudge()
    assert scene.heard() == (2, 2, 1)
    assert {letter["X-Watchkeeper-Copy"] for letter in scene.box.letters} == {"1"}


def test_what_a_channel_lacks_is_said_before_any_work_is_done(scene: Scene) -> None:
    scene.rules()
    asked = len(scene.world.log.entries())
    ended = scene.soc.run("audit", "--nudge", WATCHKEEPER_SMTP_URL=None)
    assert (ended.code, "WATCHKEEPER_SMTP_URL" in ended.err + ended.out) == (3, True)
    assert len(scene.world.log.entries()) == asked


def test_no_work_note_is_written_in_another_mode(scene: Scene) -> None:
    scene.rules()
    scene.at("2026-11-18T17:30")
    scene.soc.environment = {**scene.soc.environment, "WATCHKEEPER_MODE": "observe"}
    payload = scene.nudge("--json").json("audit")
    assert {row["why"] for row in payload["nudges"]["held"]} == {"mode", "quiet-hours"}
    assert scene.heard() == (2, 2, 0)


def last_audit(soc: Program) -> str | None:
    """When an audit last succeeded."""
    ages = soc.run("status", "--json").json("status")["successes"]
    (at,) = (each["at"] for each in ages if each["command"] == "audit")
    return at if at is None else str(at)


def _card(body: str) -> dict[str, list[dict[str, str]]]:
    content: dict[str, list[dict[str, str]]] = json.loads(body)["attachments"][0]["content"]
    return content
