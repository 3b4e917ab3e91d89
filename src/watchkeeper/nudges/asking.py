"""Ask both systems whom the accounts belong to: one call per side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from watchkeeper.catalog.model import Team
from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.activity import Principal
from watchkeeper.model.record import Side
from watchkeeper.model.verdict import Verdict
from watchkeeper.nudges.deciding import OVERDUE
from watchkeeper.nudges.people import Directory, accounts_wanted, directory_of
from watchkeeper.ports import Connector


def find_people(
    connectors: Mapping[Side, Connector], teams: Sequence[Team], verdicts: Iterable[Verdict]
) -> tuple[Directory, tuple[str, ...]]:
    """Everybody who may have to be reminded, and what kept a side from telling."""
    late = [verdict for verdict in verdicts if verdict.kind in OVERDUE]
    if not late:
        return directory_of((), teams), ()
    wanted = accounts_wanted(teams, (verdict.assignee_account for verdict in late))
    known: list[tuple[str, Principal]] = []
    problems = []
    for connector in connectors.values():
        try:
            known += connector.principals(wanted).items()
        except WatchkeeperError as error:
            problems.append(error.message)
    return directory_of(known, teams), tuple(problems)
