"""Read the comments that may be new, and plan their mirrors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.activity import Comment
from watchkeeper.model.link import LedgerEntry
from watchkeeper.model.plan import Action
from watchkeeper.model.record import RecordRef, Side
from watchkeeper.sync.comments import Conversation, plan_comments
from watchkeeper.sync.reconcile import Case, SideView, Sighting
from watchkeeper.sync.systems import Systems

Comments = Mapping[RecordRef, Sequence[Comment]]


def mirror_comments(
    systems: Systems, cases: Sequence[Case], foreign: frozenset[str]
) -> tuple[tuple[Action, ...], tuple[LedgerEntry, ...]]:
    """Actions and ledger entries for every pair whose profile mirrors comments."""
    talking = [case for case in cases if case.profile.comments and _both_sides(case)]
    wanted = {case.key: _to_read(case) for case in talking}
    comments = _read(
        systems, [view.record.ref for case in talking for view in wanted[case.key].values() if view.record]
    )
    ledger: dict[str, set[tuple[Side, str]]] = {}
    for row in systems.store.ledger([case.key for case in talking]):
        ledger.setdefault(row.key, set()).add((row.origin.side, row.comment_id))
    actions: list[Action] = []
    entries: list[LedgerEntry] = []
    capabilities = {side: connector.capabilities for side, connector in systems.connectors.items()}
    accounts = {side: systems.store.recall(f"account:{side}") or "" for side in systems.connectors}
    for case in talking:
        if not wanted[case.key]:
            continue
        talk = Conversation(
            key=case.key,
            profile=case.profile,
            refs={side: ref for side, view in case.sides.items() if (ref := _ref(view)) is not None},
            comments={
                side: comments.get(view.record.ref, ()) for side, view in wanted[case.key].items() if view.record
            },
            accounts=accounts,
            settled=frozenset(ledger.get(case.key, set())),
            carry_old=case.key not in foreign,
        )
        planned = plan_comments(talk, capabilities)
        actions += planned.actions
        entries += planned.entries
    return tuple(actions), tuple(entries)


def _both_sides(case: Case) -> bool:
    return (
        all(_ref(case.sides[side]) is not None for side in case.profile.sides if side in case.sides)
        and len(case.sides) == 2
    )


def _ref(view: SideView) -> RecordRef | None:
    """Where comments of a side go: the record, one about to be created, or one known by its link that did not move."""
    if view.record is not None:
        return view.record.ref
    if view.draft is not None:
        return view.draft.ref
    return view.link.ref if view.link is not None and view.sighting is Sighting.UNCHANGED else None


def _to_read(case: Case) -> Mapping[Side, SideView]:
    """The sides whose comments may hold something new; both sides where nothing is remembered of the pair. A record that
    counts its comments and has none needs no look: a first import would otherwise cost a call per record."""
    unknown = all(view.link is None for view in case.sides.values())
    return {
        side: view
        for side, view in case.sides.items()
        if view.record is not None and view.record.comments != 0 and (unknown or _may_have_news(view))
    }


def _may_have_news(view: SideView) -> bool:
    record, link = view.record, view.link
    if record is None:
        return False
    if record.comments is not None:
        return record.comments != (link.comments if link and link.comments is not None else 0)
    return link is None or record.revision != link.revision


def _read(systems: Systems, refs: Sequence[RecordRef]) -> Comments:
    gathered: list[Comments | WatchkeeperError] = []
    by_side: dict[Side, list[RecordRef]] = {}
    for ref in refs:
        by_side.setdefault(ref.side, []).append(ref)
    for side, group in sorted(by_side.items()):
        size = systems.connectors[side].capabilities.read_batch
        for start in range(0, len(group), size):
            systems.workers.submit(side, _read_task(systems, side, group[start : start + size]), gathered.append)
    systems.workers.drain()
    found: dict[RecordRef, Sequence[Comment]] = {}
    for answer in gathered:
        if isinstance(answer, WatchkeeperError):
            raise answer
        found.update(answer)
    return found


def _read_task(systems: Systems, side: Side, refs: Sequence[RecordRef]) -> Callable[[], Comments | WatchkeeperError]:
    def read() -> Comments | WatchkeeperError:
        try:
            return systems.connectors[side].comments(refs)
        except WatchkeeperError as error:
            return error

    return read
