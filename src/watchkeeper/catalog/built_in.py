"""Duties that are there although no pack has them."""

from __future__ import annotations

from datetime import timedelta

from watchkeeper.catalog.model import CatchUp, FanOut, LocalText, Overlap, SentinelMode, Task


def built_in(
    duty: str,
    title: LocalText,
    summary: LocalText,
    checklist: tuple[LocalText, ...],
    as_needed: tuple[LocalText, ...] = (),
) -> Task:
    """A duty of no pack and no schedule, in ServiceNow alone. A task of a pack that has its id is used instead."""
    return Task(
        id=duty,
        pack="",
        title=title,
        summary=summary,
        cadence="as-needed",
        schedule=None,
        as_needed=as_needed,
        teams=(),
        fan_out=FanOut.PER_TEAM,
        priority="medium",
        checklist=checklist,
        evidence=(),
        done_when=(),
        links=(),
        sentinel_mode=SentinelMode.NONE,
        lead=timedelta(0),
        deadline=timedelta(0),
        catch_up=CatchUp.NONE,
        limit=1,
        overlap=Overlap.ALLOW,
        place="",
    )
