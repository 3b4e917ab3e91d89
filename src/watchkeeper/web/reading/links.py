"""The pairs of a deployment, page by page, or by the number of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchkeeper.model.link import Link, LinkState
from watchkeeper.report.board.links import OPEN, SIDES, LinkList, LinkRow
from watchkeeper.report.texts import Texts
from watchkeeper.state.link_lists import WantedLinks
from watchkeeper.web.asked import Choice, NothingHere, Parameter, any_of
from watchkeeper.web.reading.cursors import AFTER, place, placed
from watchkeeper.web.reading.reader import Reader

PARAMETERS: Final = (
    Parameter("name", "The exact number of a record, or a key: only its links, whatever else is chosen."),
    Parameter("profile", "Links of this profile."),
    Parameter("side", "Links of this system: `servicenow` (else) or `sentinel`."),
    Parameter("state", "Links in this state: `live` (else), `missing` or `gone`."),
    Parameter("open", "`open` (else), `closed` or `any`: whether the record is known to be closed."),
    Parameter("reason", "`yes`: only links that say why something of them is left alone."),
    AFTER,
)
_CLOSED: Final = {"open": False, "closed": True, "any": None}


def read_links(reader: Reader) -> LinkList:
    asked, name = reader.asked, reader.asked.get("name").strip()
    side, state, is_open = asked.get("side") or SIDES[0], asked.get("state") or "live", asked.get("open") or "open"
    if side not in SIDES or state not in set(LinkState) or is_open not in OPEN:
        raise NothingHere
    wanted = WantedLinks(side, asked.get("profile"), LinkState(state), _CLOSED[is_open])
    with_reason = asked.get("reason") == "yes"
    if name:
        links, goes_on = _named(reader, name), ""
    elif with_reason:
        links, goes_on = _reasons(reader, wanted)
    else:
        links, goes_on = _confirmed(reader, wanted)
    return LinkList(
        head=reader.head(),
        profiles=tuple(reader.store.linked_profiles()),
        name=name,
        profile=wanted.profile,
        side=side,
        state=state,
        open=is_open,
        reason=with_reason,
        links=tuple(_row(link, reader) for link in links),
        goes_on=goes_on,
    )


def _named(reader: Reader, name: str) -> Sequence[Link]:
    """Every link of the keys that somebody may mean by a name."""
    keys = {name, *reader.store.keys_by_number([name]).get(name, {}).values()}
    found = reader.store.links(keys)
    return [links[side] for _, links in sorted(found.items()) for side in SIDES if side in links]


def _reasons(reader: Reader, wanted: WantedLinks) -> tuple[Sequence[Link], str]:
    most = reader.asked.most
    rows = reader.listings.with_a_reason(wanted, reader.asked.get("after"), most + 1)
    return rows[:most], rows[most - 1].key if len(rows) > most else ""


def _confirmed(reader: Reader, wanted: WantedLinks) -> tuple[Sequence[Link], str]:
    after, most = placed(reader.asked.get("after"), 1), reader.asked.most
    rows = reader.listings.confirmed(wanted, None if after is None else (after[0], after[1][0]), most + 1)
    return rows[:most], place(rows[most - 1].confirmed_at, rows[most - 1].key) if len(rows) > most else ""


def _row(link: Link, reader: Reader) -> LinkRow:
    return LinkRow(
        key=link.key,
        side=link.ref.side,
        profile=link.profile,
        number=link.number,
        url=reader.page_of(link.ref, link.url),
        state=link.state.value,
        closed=link.closed,
        reason=link.reason,
        confirmed_at=link.confirmed_at,
    )


def choices(found: LinkList, texts: Texts) -> tuple[Choice, ...]:
    profiles = any_of(zip(found.profiles, found.profiles, strict=True), found.profile, texts)
    return (
        Choice("name", texts.say("board.links.name"), chosen=found.name),
        Choice("profile", texts.say("board.links.profile"), profiles, found.profile),
        Choice("side", texts.say("board.links.side"), tuple((each, texts.side(each)) for each in SIDES), found.side),
        Choice(
            "state", texts.say("board.links.state"), _words("board.link.state", tuple(LinkState), texts), found.state
        ),
        Choice("open", texts.say("board.links.open"), _words("board.links.open", OPEN, texts), found.open),
        Choice(
            "reason",
            texts.say("board.links.reason"),
            _words("board.links.reason", ("any", "yes"), texts),
            "yes" if found.reason else "any",
        ),
    )


def _words(family: str, words: Sequence[str], texts: Texts) -> tuple[tuple[str, str], ...]:
    return tuple((str(each), texts.say(f"{family}.{each}")) for each in words)
