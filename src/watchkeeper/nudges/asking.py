"""Ask both systems whom the accounts belong to: one call per side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from watchkeeper.catalog.model import Team
from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.activity import Principal
from watchkeeper.model.nudge import ChannelKind, ChannelRule, NudgeKind
from watchkeeper.model.record import Side
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.nudges.deciding import OVERDUE
from watchkeeper.nudges.people import Directory, accounts_wanted, directory_of
from watchkeeper.ports import Connector


def find_people(
    connectors: Mapping[Side, Connector],
    teams: Sequence[Team],
    verdicts: Iterable[Verdict],
    channels: Collection[ChannelRule],
) -> tuple[Directory, tuple[str, ...]]:
    """Everybody who may have to be reminded by e-mail, and what kept a side from telling."""
    kinds = _mailed(channels)
    waiting = [verdict for verdict in verdicts if verdict.kind in kinds]
    if not waiting:
        return directory_of((), teams), ()
    wanted = accounts_wanted(teams, (verdict.assignee_account for verdict in waiting))
    known: list[tuple[str, Principal]] = []
    problems = []
    for connector in connectors.values():
        try:
            known += connector.principals(wanted).items()
        except WatchkeeperError as error:
            problems.append(error.message)
    return directory_of(known, teams), tuple(problems)


def _mailed(channels: Collection[ChannelRule]) -> frozenset[VerdictKind]:
    """The verdicts of which some person may hear."""
    kinds = {kind for channel in channels if channel.kind is ChannelKind.EMAIL for kind in channel.kinds}
    due = frozenset({VerdictKind.DUE}) if NudgeKind.DUE_TODAY in kinds else frozenset()
    return due | (OVERDUE if NudgeKind.OVERDUE in kinds else frozenset())
