"""Work notes in an emulated instance: one in each time that a ticket is silent, whatever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.contract.nudges.mortal import Fate, Killed, MortalConnector, MortalStore
from tests.engine import Deployment, make_deployment
from tests.heard import Heard
from tests.invariants import story
from tests.unit.nudges.examples import POLICY, WEDNESDAY, a_nudge

from watchkeeper.errors import Ambiguous
from watchkeeper.escalation import run_audit
from watchkeeper.model.activity import CommentDraft
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.nudge import (
    ChannelKind,
    ChannelRule,
    Held,
    NotePlace,
    NudgeEntry,
    NudgeKind,
    NudgeMode,
    NudgePlan,
    NudgePolicy,
    NudgeReport,
    NudgeState,
)
from watchkeeper.model.progress import Phase
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.model.verdict import AuthorClass, VerdictKind
from watchkeeper.nudges.journal import ARRIVES_WITHIN, journal_of
from watchkeeper.nudges.reminding import Reminders
from watchkeeper.nudges.sending import Sender
from watchkeeper.stop import Stop
from watchkeeper.sync.comments import marker_of_comment
from watchkeeper.sync.references import with_groups

pytestmark = pytest.mark.thorough

TICKET = ChannelRule("ticket", ChannelKind.WORK_NOTE, frozenset({NudgeKind.OVERDUE}))
RULES = replace(POLICY, channels=(TICKET,), amnesty_days=0)
WEDNESDAY_EVENING = timedelta(days=2, hours=9)
"""From Monday morning in Tokyo: two whole working days and their cut-offs later."""


@dataclass
class Soc:
    """A ticket of the team in Tokyo on which nobody writes."""

    deployment: Deployment
    number: str
    rules: NudgePolicy = RULES
    stop: Stop = field(default_factory=Stop)
    runs: list[int] = field(default_factory=list)
    through: Callable[[Any], Any] = lambda connector: connector
    heard: Heard = field(default_factory=Heard)

    def remind(self, *, may_note: bool = True) -> AuditReport:
        """One `audit --nudge`, with everything built anew as in a fresh process."""
        self.runs.append(1)
        run_id = f"{len(self.runs):032x}"
        with self.deployment.store() as store:
            systems = with_groups(self.deployment._systems(store))
            report = run_audit(
                connectors=systems.connectors,
                store=store,
                catalog=systems.catalog,
                profiles=list(systems.profiles.values()),
                clock=systems.clock,
                run_id=run_id,
            )
            servicenow = systems.connectors[SERVICENOW]
            reminders = Reminders(
                catalog=systems.catalog,
                policy=self.rules,
                connectors=systems.connectors,
                ledger=store,
                clock=systems.clock,
                take=lambda: store.lease("tests", "localhost").take(run_id, "audit --nudge"),
                channels=lambda: {"ticket": journal_of(self.through(servicenow), store, systems.clock, run_id)},
                stop=self.stop,
                may_note=may_note,
                progress=self.heard,
            )
            return reminders.made(report)

    @property
    def notes(self) -> list[str]:
        """Ours on the ticket, oldest first."""
        return [text for who, text in story.notes(story.ticket(self.deployment, self.number)) if who == story.OURS]

    def entries(self) -> list[NudgeEntry]:
        with self.deployment.store() as store:
            return list(store.nudges_since(WEDNESDAY - timedelta(days=30)))

    def states(self) -> list[NudgeState]:
        return [entry.state for entry in self.entries()]


@pytest.fixture
def soc(tmp_path: Path) -> Soc:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    number = story.escalated_ticket(deployment, assigned_to="佐藤 陽翔")
    deployment.world.clock.advance(WEDNESDAY_EVENING)
    return Soc(deployment, number)


def outcomes(report: AuditReport) -> list[tuple[str, NudgeState]]:
    assert report.nudges is not None
    return [(outcome.nudge.recipient, outcome.state) for outcome in report.nudges.outcomes]


def held(report: AuditReport) -> list[Held]:
    assert report.nudges is not None
    return [row.why for row in report.nudges.held]


def test_a_silent_ticket_gets_one_note_in_the_language_of_its_team(soc: Soc) -> None:
    assert outcomes(soc.remind()) == [(soc.number, NudgeState.SENT)]
    [text] = soc.notes
    first, request, marker = text.splitlines()
    assert first == "Watchkeeper：このエスカレーションは 2 営業日更新されていません（2026-11-18）。"
    assert request.startswith("実施したこと")
    [entry] = soc.entries()
    assert marker == marker_of_comment("watchkeeper", f"nudge:{entry.id}")
    assert soc.heard.phases == [(Phase.REMINDING, 1, 1)]


def test_it_gets_no_other_while_the_silence_lasts(soc: Soc) -> None:
    soc.remind()
    for days in (0, 1, 7, 30):
        soc.deployment.world.clock.advance(timedelta(days=days))
        assert outcomes(soc.remind()) == []
    assert len(soc.notes) == 1


def test_it_gets_another_one_when_it_falls_silent_again(soc: Soc) -> None:
    soc.remind()
    story.later(soc.deployment)
    story.in_servicenow(soc.deployment, "keiko.tanaka", "note", soc.number, text="Laptop found, forensics have it")
    assert outcomes(soc.remind()) == [], "a person has written"
    soc.deployment.world.clock.advance(timedelta(days=1))
    assert outcomes(soc.remind()) == [], "one day of silence is not enough"
    soc.deployment.world.clock.advance(timedelta(days=1))
    assert outcomes(soc.remind()) == [(soc.number, NudgeState.SENT)]
    assert len(soc.notes) == 2


def test_a_note_makes_no_ticket_fresh(soc: Soc) -> None:
    soc.remind()
    story.later(soc.deployment)
    [verdict] = [each for each in soc.remind().verdicts if soc.number in each.numbers]
    assert (verdict.kind, verdict.working_days) == (VerdictKind.VERY_STALE, 2)
    [deed] = [each for each in verdict.evidence if each.activity.author.id == story.OURS]
    assert (deed.author_class, deed.counts) == (AuthorClass.BOT, False)


@pytest.mark.parametrize("named", [True, False], ids=["account known", "account unknown"])
def test_the_sync_never_carries_it_to_the_other_side(soc: Soc, named: bool) -> None:
    soc.remind()
    story.in_servicenow(soc.deployment, "keiko.tanaka", "note", soc.number, text="On it")
    story.import_all(soc.deployment)
    if not named:
        _forget_our_account(soc)
    story.settle(soc.deployment, runs=2)
    [incident] = story.incidents(soc.deployment)
    [comment] = story.comments(incident)
    assert "On it" in comment
    assert not story.idle_writes(soc.deployment)


def test_every_note_stands_in_the_write_log(soc: Soc) -> None:
    soc.remind()
    with soc.deployment.store() as store:
        intended, outcome = store.write_log()
        assert store.check_write_log().broken is None
        assert store.intents() == []
    assert (intended.kind, intended.operation, intended.reason) == (
        "intended",
        "comment",
        "nobody updated the escalation",
    )
    assert (outcome.kind, outcome.outcome, outcome.run_id) == ("outcome", "done", intended.run_id)
    assert "Watchkeeper" not in intended.after, "of a note only a digest is kept"


def test_the_amnesty_ends_even_where_nobody_had_to_be_reminded_since(soc: Soc) -> None:
    soc.rules = replace(RULES, amnesty_days=3)
    assert (outcomes(report := soc.remind()), held(report)) == ([], [Held.AMNESTY])
    soc.deployment.world.clock.advance(timedelta(days=2))
    assert held(soc.remind()) == [Held.AMNESTY]
    soc.deployment.world.clock.advance(timedelta(days=4))
    assert outcomes(soc.remind()) == [(soc.number, NudgeState.SENT)]


def test_while_another_run_holds_the_lease_nothing_is_sent(soc: Soc) -> None:
    with soc.deployment.store() as store:
        lease = store.lease("somebody else", "elsewhere").take("f" * 32, "sync")
        report = soc.remind()
        lease.release()
    assert (report.exit_code, report.nudges) == (ExitCode.LATER, NudgeReport(NudgeMode.SEND, (), stopped=True))
    assert soc.notes == []


def test_a_run_whose_time_is_over_sends_nothing_more(soc: Soc) -> None:
    soc.stop.end_within(0)
    report = soc.remind()
    assert (outcomes(report), report.exit_code) == ([], ExitCode.LATER)
    assert soc.notes == []
    soc.stop = Stop()
    assert outcomes(soc.remind()) == [(soc.number, NudgeState.SENT)]


@pytest.mark.parametrize(("kind", "code"), [(ChannelKind.EMAIL, ExitCode.PARTIAL), (ChannelKind.TEAMS, ExitCode.OK)])
def test_a_system_that_does_not_say_whom_to_remind_leaves_the_run_unfinished(
    soc: Soc, kind: ChannelKind, code: ExitCode
) -> None:
    """Where people are reminded at all: a room needs no address."""
    story.fault(soc.deployment, "status", "servicenow", "GET", path_prefix="/api/now/table/sys_user", times=None)
    soc.rules = replace(RULES, mode=NudgeMode.REPORT_ONLY, channels=(replace(TICKET, kind=kind),))
    assert soc.remind().exit_code == code


class TestKilledRuns:
    def test_killed_at_any_boundary_and_run_again_there_is_one_note(self, soc: Soc) -> None:
        struck = 0
        for at in count(1):
            story.later(soc.deployment, 1)
            episode = _an_episode(soc, str(at))
            written = len(soc.notes)
            if not _is_killed(soc, episode, at):
                break
            struck += 1
            assert not _is_killed(soc, episode)
            assert len(soc.notes) <= written + 1, f"killed at boundary {at}"
            soc.deployment.world.clock.advance(ARRIVES_WITHIN)
            assert not _is_killed(soc, episode)
            assert len(soc.notes) == written + 1, f"killed at boundary {at}"
            assert set(soc.states()) == {NudgeState.SENT}
            assert not _is_killed(soc, episode)
            assert len(soc.notes) == written + 1, "a fourth run has nothing left to do"
        assert struck >= 16

    def test_a_lost_store_brings_no_second_one(self, soc: Soc) -> None:
        soc.remind()
        soc.deployment.lose_the_database()
        soc.deployment.world.clock.advance(timedelta(days=1))
        assert outcomes(soc.remind()) == [(soc.number, NudgeState.SENT)], "found in the journal"
        assert len(soc.notes) == 1

    def test_a_lost_answer_brings_no_second_one(self, soc: Soc) -> None:
        story.fault(soc.deployment, "drop_after", "servicenow", "PATCH")
        assert outcomes(soc.remind()) == [(soc.number, NudgeState.INTENDED)]
        assert outcomes(soc.remind()) == [(soc.number, NudgeState.SENT)]
        assert len(soc.notes) == 1

    def test_a_note_that_is_still_under_way_is_waited_for(self, soc: Soc) -> None:
        network = SlowNetwork()
        soc.through = network
        assert outcomes(soc.remind()) == [(soc.number, NudgeState.INTENDED)]
        soc.deployment.world.clock.advance(ARRIVES_WITHIN / 2)
        assert outcomes(soc.remind()) == [(soc.number, NudgeState.INTENDED)], "it is not there, and may still come"
        network.hand_over()
        assert outcomes(soc.remind()) == [(soc.number, NudgeState.SENT)], "found in the journal"
        soc.deployment.world.clock.advance(ARRIVES_WITHIN)
        assert outcomes(soc.remind()) == []
        assert len(soc.notes) == 1

    def test_a_note_that_never_arrives_is_written_again_when_it_can_come_no_more(self, soc: Soc) -> None:
        soc.through = SlowNetwork()
        soc.remind()
        soc.through = lambda connector: connector
        soc.deployment.world.clock.advance(ARRIVES_WITHIN - timedelta(seconds=1))
        assert outcomes(soc.remind()) == [(soc.number, NudgeState.INTENDED)]
        soc.deployment.world.clock.advance(timedelta(seconds=1))
        assert outcomes(soc.remind()) == [(soc.number, NudgeState.SENT)]
        assert len(soc.notes) == 1

    def test_it_is_waited_for_while_the_journal_does_not_answer(self, soc: Soc) -> None:
        episode = _an_episode(soc, "1")
        assert _is_killed(soc, episode, at=5), "when it has written down that it tries"
        story.fault(soc.deployment, "status", "servicenow", "GET", path_prefix="/api/now/table/sys_journal", times=None)
        assert not _is_killed(soc, episode)
        assert [(entry.state, entry.tries) for entry in soc.entries()] == [(NudgeState.INTENDED, 1)]

    def test_a_journal_that_does_not_answer_is_not_written_to(self, soc: Soc) -> None:
        [episode] = _an_episode(soc, "1").nudges
        story.fault(soc.deployment, "status", "servicenow", "GET", path_prefix="/api/now/table/sys_journal", times=None)
        assert not _is_killed(soc, NudgePlan((episode,)))
        assert (soc.notes, soc.states()) == ([], [NudgeState.FAILED])


def test_the_report_says_that_another_mode_forbids_it(soc: Soc) -> None:
    report = soc.remind(may_note=False)
    assert (outcomes(report), held(report)) == ([], [Held.MODE])
    assert soc.notes == []


def test_it_is_only_told_until_the_rules_say_send(soc: Soc) -> None:
    soc.rules = replace(RULES, mode=NudgeMode.REPORT_ONLY)
    assert outcomes(soc.remind()) == [(soc.number, NudgeState.WOULD_SEND)]
    assert soc.notes == []


def test_nothing_of_a_ticket_is_in_a_note(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    hostile = "[code]<script>alert(1)</script>[/code] ##vso[task.complete] {{7*7}}"
    number = story.escalated_ticket(deployment, hostile, description=hostile, assignment_group="CSIRT")
    deployment.world.clock.advance(timedelta(days=2, hours=17))
    soc = Soc(deployment, number)
    soc.remind()
    [text] = soc.notes
    assert not any(sign in text for sign in ("code", "script", "##", "{{"))


@dataclass
class SlowNetwork:
    """Holds a note back after its sender has given up waiting, until it is handed over."""

    held: list[Callable[[], object]] = field(default_factory=list)

    def __call__(self, connector: Any) -> Any:
        network = self

        class Through:
            def __getattr__(self, name: str) -> Any:
                return getattr(connector, name)

            def add_comment(self, draft: CommentDraft) -> None:
                network.held.append(lambda: connector.add_comment(draft))
                raise Ambiguous("nobody answered in time")

        return Through()

    def hand_over(self) -> None:
        self.held.pop()()


def _an_episode(soc: Soc, name: str) -> NudgePlan:
    """The note of a silence that begins now."""
    ref = RecordRef(SERVICENOW, "incident", story.ticket(soc.deployment, soc.number)["sys_id"])
    place = NotePlace(f"escalation/servicenow/{ref.id}", ref, name, soc.deployment.time.now())
    return NudgePlan((a_nudge(channel="ticket", recipient=soc.number, note=place),))


def _is_killed(soc: Soc, plan: NudgePlan, at: int = 0) -> bool:
    """Whether a run that sends this dies before its end."""
    fate = Fate(at)
    with soc.deployment.store() as store:
        systems = soc.deployment._systems(store)
        mortal = MortalStore(store, fate)
        connector = MortalConnector(systems.connectors[SERVICENOW], fate)
        channel = journal_of(connector, mortal, systems.clock, "0" * 32)  # type: ignore[arg-type]
        try:
            Sender(mortal, {"ticket": channel}, systems.clock, lambda: None).send(plan, WEDNESDAY)
        except Killed:
            return True
    return False


def _forget_our_account(soc: Soc) -> None:
    with soc.deployment.store() as store, store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE name = 'account:servicenow'")
