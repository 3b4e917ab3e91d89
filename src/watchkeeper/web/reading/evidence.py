"""What was kept of evidence from day to day, as the reports of the same names tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from watchkeeper.report.board.of_period import PERIODS, OfPeriod, R
from watchkeeper.report.board.oversight_choice import PARTS_OF, USES, OversightOfPeriod
from watchkeeper.report.board.remediation_items import PARTS_OF as ITEMS_OF
from watchkeeper.report.board.remediation_items import RemediationOfPeriod
from watchkeeper.report.board.secure_score import WORTHS, ScoresOfPeriod
from watchkeeper.report.oversight import Duty
from watchkeeper.report.period import Period, period
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.kept_past import KeptPast
from watchkeeper.web.reading.kept_reports import READ, KeptLookBack
from watchkeeper.web.reading.opened import OpenedDuties
from watchkeeper.web.reading.reader import Reader

LONGEST_DAYS = 3 * 366
"""Days of a period that a page shows; a command shows any."""


def read_scores(reader: Reader) -> ScoresOfPeriod:
    category, worth = reader.asked.get("category"), reader.asked.get("worth")
    if worth not in WORTHS:
        raise NothingHere
    found = _of_period(reader, KeptLookBack.scores)
    return ScoresOfPeriod(found.head, found.spelled, found.report, category, worth, reader.asked.most)


def read_remediation(reader: Reader) -> RemediationOfPeriod:
    owner, part = reader.asked.get("owner"), reader.asked.get("part")
    if part not in ITEMS_OF:
        raise NothingHere
    found = _of_period(reader, KeptLookBack.remediation)
    return RemediationOfPeriod(found.head, found.spelled, found.report, owner, part, reader.asked.most)


def read_oversight(reader: Reader) -> OversightOfPeriod:
    task, team, pack, part, use = (reader.asked.get(name) for name in ("task", "team", "pack", "part", "use"))
    if part not in PARTS_OF or use not in USES:
        raise NothingHere
    found = _of_period(reader, KeptLookBack.oversight)
    report = replace(found.report, duties=tuple(_opened(found.report.duties, reader.duties)))
    since = reader.store.verdicts_since()
    return OversightOfPeriod(found.head, found.spelled, report, task, team, pack, part, use, reader.asked.most, since)


def _opened(duties: Iterable[Duty], where: OpenedDuties) -> Iterator[Duty]:
    for each in duties:
        record = where.opened(each.record)
        yield each if record is each.record else replace(each, record=record)


def _of_period(reader: Reader, report: Callable[[KeptLookBack, Period], R]) -> OfPeriod[R]:
    """Raises Config where the rules cannot be read: without them, owners and dates would be guessed."""
    spelled = reader.asked.get("period") or PERIODS[0]
    duties = reader.rules.sound(reader.deployment)
    lineage = reader.store.lineage
    stamp = (lineage, reader.store.snapshot_stamps(READ))
    past = KeptPast(reader.store, reader.deployment, reader.reports)
    back = KeptLookBack(
        past,
        reader.deployment,
        reader.now,
        duties.owners,
        duties.evidence,
        duties.catalog,
        reader.rules.packs_off,
        reader.reports,
        stamp,
        lambda: (lineage, reader.store.day_sheet_stamps()),
    )
    return OfPeriod(reader.head(), spelled, report(back, _named(spelled, reader)))


def _named(spelled: str, reader: Reader) -> Period:
    try:
        chosen = period(spelled, reader.now.date())
    except ValueError as error:
        raise NothingHere from error
    if (chosen.last - chosen.first).days >= LONGEST_DAYS:
        raise NothingHere
    return chosen
