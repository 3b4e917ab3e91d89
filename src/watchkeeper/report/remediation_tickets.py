"""Which owners wait for tickets, for the report on remediation."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.report.document import Mark, Paragraph
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.texts import Texts


def without_ticket(report: RemediationReport, texts: Texts) -> Iterator[Paragraph]:
    """What has no ticket yet, and whose it is; nothing where all of it has."""
    counts = {each.owner: len(report.without_ticket(each)) for each in report.workloads}
    owners = [
        texts.say(
            "remediation.untold.owner",
            owner=owner.called(texts.language) or texts.say("remediation.unowned"),
            count=f"{count:,}",
        )
        for owner, count in counts.items()
        if count
    ]
    if owners:
        most, whose = f"{report.rules.new_tickets:,}", texts.join(owners)
        yield Paragraph(texts.count("remediation.untold", sum(counts.values()), most=most, owners=whose), Mark.OPEN)
