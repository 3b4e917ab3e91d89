"""What a report of remediation calls owners, and how it says where something to mend stands."""

from __future__ import annotations

from watchkeeper.evidence.owners import Item, Owner
from watchkeeper.evidence.remediation import Progress, Standing
from watchkeeper.report.figures import NOTHING
from watchkeeper.report.texts import Texts


def owner_name(owner: Owner, texts: Texts) -> str:
    return owner.called(texts.language) or texts.say("remediation.unowned")


def item_words(item: Item, texts: Texts) -> str:
    """Where a thing to mend stands and since when, in a sentence's worth, over all the tasks that ask for it."""
    if item.done:
        return texts.say("remediation.stands.done")
    target = sum(each.task.target for each in item.open)
    return texts.say("remediation.left", said=_stands(item, texts), left=f"{item.left:,}", target=f"{target:,}")


def _stands(item: Item, texts: Texts) -> str:
    match item.progress:
        case Progress.OVERDUE | Progress.DUE_SOON | Progress.ON_TRACK:
            return texts.count(f"remediation.stands.{item.progress.value}", abs(item.days_left or 0))
        case Progress.STUCK:
            return texts.say("remediation.stands.stuck", days=still(item.standings[0]))
        case Progress.UNDATED | Progress.EXEMPT | Progress.DONE:
            return texts.say(f"remediation.stands.{item.progress.value}")


def still(standing: Standing) -> str:
    """For how many days no device was mended; with a sign where it may be more, because nobody watched before."""
    if standing.still_days is not None:
        return f"{standing.still_days:,}"
    return f"≥ {standing.watched_days:,}" if standing.watched_days else NOTHING
