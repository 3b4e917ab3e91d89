"""What an item says in plain language: what to do, on how many devices, by when, and how. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from watchkeeper.evidence.owners import Item
from watchkeeper.evidence.spelling import folded
from watchkeeper.model.evidence import RemediationTask
from watchkeeper.model.owner_book import UNOWNED_ID
from watchkeeper.portal.tasks import Work
from watchkeeper.report.texts import Texts

_UPDATES: Final = frozenset({"update", "upgrade"})
_KINDS: Final = frozenset({*_UPDATES, "uninstall"})


def sentence(work: Work, texts: Texts) -> str:
    """All of it in one line: `Update Microsoft Edge on 12 of your 40 devices, 9 days overdue`."""
    what = to_do(work, texts)
    if work.item.done or not work.item.left:
        return what
    return texts.say("portal.written", what=what, due=due(work.item, texts))


def to_do(work: Work, texts: Texts) -> str:
    item, task = work.item, work.item.standings[0].task
    if item.done:
        return item.title
    if not item.left:
        return texts.say("portal.do.mended", title=item.title)
    where, subject = _where(work, texts), subject_of(task)
    match _kind(task):
        case "update":
            return texts.say("portal.do.update", subject=subject, where=where)
        case "upgrade":
            return texts.say("portal.do.upgrade", subject=subject, where=where)
        case "uninstall":
            return texts.say("portal.do.uninstall", subject=subject, where=where)
        case _:
            return texts.say("portal.do.other", title=item.title, where=where)


def subject_of(task: RemediationTask) -> str:
    """What people call the product: by the source's name for people, else by its id (`microsoft-_-edge_chromium`); "" for a task that
    names none."""
    return task.component or task.product.rpartition("-_-")[2].replace("_", " ").strip()


def _kind(task: RemediationTask) -> str:
    """A kind that is said in words of ours (defender-docs, get-remediation-all-activities: `type`); "" for any other, which only its
    title tells."""
    kind = folded(task.kind)
    return kind if kind in _KINDS and subject_of(task) else ""


def due(item: Item, texts: Texts) -> str:
    """By when, as seen on the day of the data."""
    days = item.days_left
    if days is None:
        return texts.say("portal.due.none")
    if days < 0:
        return texts.count("portal.due.overdue", -days)
    return texts.count("portal.due.left", days) if days else texts.say("portal.due.today")


def steps(work: Work, texts: Texts) -> Iterator[str]:
    """What there is to do, and why soon."""
    task, advice = work.item.standings[0].task, work.advice
    version = task.recommended_version or (advice.recommended_version if advice is not None else "")
    kind, subject = _kind(task), subject_of(task)
    if kind in _UPDATES:
        yield (
            texts.say("portal.step.version", version=version, subject=subject)
            if version
            else texts.say("portal.step.update", subject=subject)
        )
    elif kind:
        yield texts.say("portal.step.uninstall", subject=subject)
    else:
        yield texts.say("portal.step.other", title=work.item.title)
    if advice is not None:
        if advice.weaknesses:
            yield texts.count("portal.step.weaknesses", advice.weaknesses)
        if advice.public_exploit:
            yield texts.say("portal.step.exploit")
        if advice.active_alert:
            yield texts.say("portal.step.alert")


def ended(item: Item, texts: Texts) -> str:
    """How an item that is done came to its end."""
    left = sum(each.task.left for each in item.standings)
    return texts.say("portal.ended.part", left=f"{left:,}") if left else texts.say("portal.ended.whole")


def priority(task: RemediationTask, texts: Texts) -> str:
    """In our words where it is a severity that we know."""
    return texts.value("severity", folded(task.priority)) if task.priority else texts.say("portal.none")


def _where(work: Work, texts: Texts) -> str:
    item = work.item
    if item.target == 1:
        return texts.say("portal.where.single")
    target = f"{item.target:,}"
    owned = not work.shared and item.owner.id != UNOWNED_ID
    devices = (
        texts.say("portal.devices.own", count=target) if owned else texts.say("portal.devices.shared", count=target)
    )
    if item.left == item.target:
        return texts.say("portal.where.all", devices=devices)
    return texts.say("portal.where.some", left=f"{item.left:,}", devices=devices)
