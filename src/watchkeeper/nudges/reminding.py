"""From an audit to its reminders: decide, then send or say what would be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from watchkeeper.catalog.model import Catalog
from watchkeeper.errors import Locked, Paused, Retired, WatchkeeperError
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.exit_code import ExitCode, exit_code_of, strongest
from watchkeeper.model.nudge import (
    ChannelKind,
    NudgeMode,
    NudgeOutcome,
    NudgePlan,
    NudgePolicy,
    NudgeReport,
    NudgeState,
)
from watchkeeper.model.progress import UNWATCHED, Phase
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.nudges.asking import find_people
from watchkeeper.nudges.deciding import Desk
from watchkeeper.nudges.sending import Channel, Sender, before, begin
from watchkeeper.ports import Clock, Connector, Progress, Stop
from watchkeeper.state_ports import LeaseHandle, NudgeLedger

_UNSENT = frozenset({NudgeState.FAILED, NudgeState.REFUSED, NudgeState.INTENDED, NudgeState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Reminders:
    """`take` takes the deployment's lease, under which alone something is sent; `channels` are the ways out by their ids, opened
    only for that. `may_note`: whether WATCHKEEPER_MODE lets us write into escalations. `stop`: who may ask us to end; a message
    that is leaving then leaves."""

    catalog: Catalog
    policy: NudgePolicy
    connectors: Mapping[Side, Connector]
    ledger: NudgeLedger
    clock: Clock
    take: Callable[[], LeaseHandle]
    channels: Callable[[], Mapping[str, Channel]]
    stop: Stop
    may_note: bool = False
    progress: Progress = UNWATCHED

    def made(self, report: AuditReport) -> AuditReport:
        """The audit with its reminders, and with the exit code of both. Raises Config and StateUnusable."""
        today = self.clock.now().astimezone(self.catalog.deployment.zone).date()
        if self.policy.mode is NudgeMode.REPORT_ONLY:
            plan, problems = self._plan(report, today)
            outcomes = tuple(NudgeOutcome(nudge, NudgeState.WOULD_SEND) for nudge in plan.nudges)
            return _told(report, NudgeReport(self.policy.mode, outcomes, plan.held), problems)
        return self._sent(report, today)

    def _sent(self, report: AuditReport, today: date) -> AuditReport:
        channels = self.channels()
        with self.stop.put_off():
            try:
                lease = self.take()
            except (Locked, Paused, Retired) as error:
                return self._not_begun(report, error)
            try:
                return self._sent_under(lease, channels, report, today)
            except (Locked, Paused, Retired) as error:
                return self._not_begun(report, error)
            finally:
                lease.release()

    def _not_begun(self, report: AuditReport, error: WatchkeeperError) -> AuditReport:
        return _stopped(replace(report, nudges=NudgeReport(self.policy.mode, (), stopped=True)), error)

    def _sent_under(
        self, lease: LeaseHandle, channels: Mapping[str, Channel], report: AuditReport, today: date
    ) -> AuditReport:
        def prove() -> None:
            self.stop.check()
            lease.check()

        begin(self.ledger, self.clock.now())
        with self.stop.at_once():  # nothing is lost when reading breaks off
            plan, problems = self._plan(report, today)
        self.progress.begin(Phase.REMINDING, len(plan.nudges))
        sent = Sender(self.ledger, channels, self.clock, prove, self.progress).send(plan, today)
        told = NudgeReport(self.policy.mode, sent.outcomes, plan.held, stopped=sent.stopped is not None)
        whole = _told(report, told, problems)
        return whole if sent.stopped is None else _stopped(whole, sent.stopped)

    def _plan(self, report: AuditReport, today: date) -> tuple[NudgePlan, tuple[str, ...]]:
        teams = {team.id: team for team in self.catalog.teams.values() if team.enabled}
        people, problems = find_people(self.connectors, tuple(teams.values()), report.verdicts, self.policy.channels)
        journals = {rule.id for rule in self.policy.channels if rule.kind is ChannelKind.WORK_NOTE}
        known = before(self.ledger, today, journals)
        desk = Desk(report.deployment, self.policy, teams, people, self.clock.now(), known, self.may_note)
        return desk.decide(report.verdicts), problems


def _told(report: AuditReport, nudges: NudgeReport, problems: tuple[str, ...]) -> AuditReport:
    unsent = sum(outcome.state in _UNSENT for outcome in nudges.outcomes)
    whole = replace(report, nudges=nudges, problems=(*report.problems, *problems))
    if problems:
        whole = _ending(whole, ExitCode.PARTIAL, because(Trouble.PEOPLE_UNKNOWN))
    if unsent:
        whole = _ending(whole, ExitCode.PARTIAL, because(Trouble.NUDGES_UNSENT, number=str(unsent)))
    return whole


def _stopped(report: AuditReport, error: WatchkeeperError) -> AuditReport:
    return _ending(report, exit_code_of(error), error.message)


def _ending(report: AuditReport, code: ExitCode, reason: str) -> AuditReport:
    """With one more reason, in its place among the others."""
    whole = strongest((report.exit_code, code))
    reasons = (reason, *report.reasons) if whole == code != report.exit_code else (*report.reasons, reason)
    return replace(report, exit_code=int(whole), reasons=reasons)
