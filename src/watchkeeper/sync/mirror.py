"""Read the comments that may be new, and plan their mirrors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import Comment
from watchkeeper.model.link import LedgerEntry, Link, LinkState
from watchkeeper.model.plan import Action
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.comments import MIRRORED, Conversation, plan_comments
from watchkeeper.sync.memory import FOREIGN_PAIR
from watchkeeper.sync.reading import Reading, read_comments
from watchkeeper.sync.systems import Systems


@dataclass(slots=True)
class Mirrors:
    """Comments to add, ledger entries that hold without a call, and keys whose comments could not be read, with the reason. `apart`:
    keys in which something may have been said while the other record is away: it waits until that is there again."""

    actions: list[Action] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)


def with_likely_news(profile: Profile, records: Mapping[Side, Record], links: Mapping[Side, Link]) -> list[RecordRef]:
    """The records of a pair, of those that are at hand, whose comments will have to be read if the rest of the pair is still
    there: worth reading while that is being asked for."""
    if not profile.comments or any(
        side not in links or links[side].state is not LinkState.LIVE for side in profile.sides
    ):
        return []
    views = [SideView(Sighting.FOUND, record, links[side]) for side, record in records.items()]
    return [view.record.ref for view in views if view.record and view.record.comments != 0 and _may_have_news(view)]


def mirror_comments(
    systems: Systems,
    cases: Sequence[Case],
    foreign: frozenset[str],
    waiting: Mapping[str, str],
    early: Reading[Sequence[Comment]],
) -> Mirrors:
    """What follows for every pair whose profile mirrors comments. `foreign`: pairs that another integration had made. `waiting`:
    why earlier runs left keys: fewer comments than a side counts are believed when a second run sees the same. `early`: what has
    been read of them already."""
    news = {case.key: (case, views) for case in cases if case.profile.comments and (views := _with_news(case))}
    wanted = {key: (case, views) for key, (case, views) in news.items() if _both_sides(case)}
    refs = [view.record.ref for _, views in wanted.values() for view in views.values() if view.record]
    read = read_comments(systems, [ref for ref in refs if ref not in early.found and ref not in early.failed])
    read.found |= early.found
    read.failed |= early.failed
    ledger: dict[str, list[LedgerEntry]] = {}
    for row in systems.store.ledger(wanted):
        ledger.setdefault(row.key, []).append(row)
    mirrors = Mirrors(apart=news.keys() - wanted.keys())
    for key, (case, views) in wanted.items():
        trouble = _trouble(views, read, waiting.get(key, ""))
        if trouble:
            mirrors.unread[key] = trouble
            continue
        comments = {side: read.found.get(view.record.ref, ()) for side, view in views.items() if view.record}
        old = key not in foreign and not _is_foreign(case)
        talk = _conversation(systems, case, comments, ledger.get(key, []), carry_old=old)
        planned = plan_comments(talk, {side: each.capabilities for side, each in systems.connectors.items()})
        mirrors.actions += planned.actions
        mirrors.entries += planned.entries
    return mirrors


def _trouble(views: Mapping[Side, SideView], read: Reading[Sequence[Comment]], said: str) -> str:
    """Why a pair's comments are not known to be all there; "" where they are. An answer that leaves some out looks like one
    after a deletion."""
    records = [view.record for view in views.values() if view.record]
    for record in records:
        if record.ref not in read.found:
            unshown = because(Trouble.COMMENTS_UNSHOWN, side=record.ref.side)
            return because(Trouble.COMMENTS_UNREAD, why=read.failed.get(record.ref, unshown))
    fewer = [because(Trouble.COMMENTS_UNREAD, why=why) for each in records if (why := _fewer(each, read))]
    return fewer[0] if fewer and said not in fewer else ""


def _fewer(record: Record, read: Reading[Sequence[Comment]]) -> str:
    seen = len(read.found[record.ref])
    if record.comments is None or seen >= record.comments:
        return ""
    return because(Trouble.COMMENTS_FEWER, side=record.ref.side, total=record.comments, seen=seen)


def _known(row: LedgerEntry, sides: Iterable[Side]) -> Iterator[tuple[Side, str]]:
    """The comment that a ledger entry is about, and its mirror: ours, whatever account it is shown under."""
    yield row.origin.side, row.comment_id
    if row.mirror_id:
        yield from ((side, row.mirror_id) for side in sides if side != row.origin.side)


def _conversation(
    systems: Systems,
    case: Case,
    comments: Mapping[Side, Sequence[Comment]],
    ledger: Sequence[LedgerEntry],
    *,
    carry_old: bool,
) -> Conversation:
    return Conversation(
        key=case.key,
        profile=case.profile,
        refs={side: ref for side, view in case.sides.items() if (ref := view.ref) is not None},
        comments=comments,
        accounts={side: systems.store.recall(f"account:{side}") or "" for side in systems.connectors},
        settled=frozenset(known for row in ledger for known in _known(row, systems.connectors)),
        held={side: count for side, view in case.sides.items() if (count := _count(view)) is not None},
        unplaced=frozenset(
            (row.origin.side, row.comment_id) for row in ledger if row.outcome == MIRRORED and not row.mirror_id
        ),
        carry_old=carry_old,
    )


def _is_foreign(case: Case) -> bool:
    """Whether the pair was adopted from another integration and is looked at for the first time."""
    return any(view.link is not None and view.link.reason == FOREIGN_PAIR for view in case.sides.values())


def _both_sides(case: Case) -> bool:
    return len(case.sides) == len(case.profile.sides) and all(view.ref is not None for view in case.sides.values())


def _count(view: SideView) -> int | None:
    if view.record is not None:
        return view.record.comments
    return view.link.comments if view.link is not None else None


def _with_news(case: Case) -> Mapping[Side, SideView]:
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
