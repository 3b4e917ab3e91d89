"""Estates whose owners have something to mend, made by a rule: the same at every call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.unit.report.months import compliance

from watchkeeper.evidence.exceptions import excepted
from watchkeeper.evidence.owners import Owner, Ownership
from watchkeeper.evidence.remediation import Day
from watchkeeper.model.address_template import AddressTemplate
from watchkeeper.model.evidence import Recommendation, RemediationTask
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.gathering import Found, Piece
from watchkeeper.portal.site import Site, site_of
from watchkeeper.portal.told import Home, Report, Told
from watchkeeper.report.compliance import compliance_document
from watchkeeper.report.document import Link

TODAY = date(2026, 11, 16)
AT = datetime.combine(TODAY, time(6), UTC)
HOST = "example.service-now.com"
HOME = Home("soc", "en", "UTC", {"en": "SOC Oversight", "ja": "SOC 統括"}, "SOC Oversight", f"https://{HOST}")
FINANCE = Owner("finance", "Finance IT", "Finance IT", "finance-it@corp.example", ("Finance", "Finance servers"))
TOKYO = Owner(
    "tokyo",
    "Tokyo workplace",
    device_groups=("Tokyo clients",),
    names=(("en", "Tokyo workplace"), ("ja", "東京ワークプレイス")),
    language="ja",
    zone="Asia/Tokyo",
)
OWNERSHIP = Ownership((FINANCE, TOKYO))


def task(
    name: str, *groups: str, due: int | None = 9, target: int = 40, fixed: int = 28, **more: Any
) -> RemediationTask:
    """A task that is due in so many days."""
    usual = RemediationTask(
        id=name,
        title="Update Microsoft Edge",
        product="microsoft-_-edge",
        component="Microsoft Edge",
        groups=groups or ("Finance",),
        kind="update",
        category="software",
        priority="High",
        completed=False,
        target=target,
        fixed=fixed,
        created_at=AT - timedelta(days=60),
        due_at=None if due is None else AT + timedelta(days=due),
        changed_at=AT - timedelta(days=60),
        requester="",
        notes="",
        completed_by="",
        recommended_version="",
    )
    return replace(usual, **more)


def advice(**more: Any) -> Recommendation:
    usual = Recommendation(
        id="va-_-microsoft-_-edge", title="Update Edge", product="edge", vendor="microsoft", category="application",
        remediation="update", status="active", severity=8.0, exposure_impact=1.5, weaknesses=12, exposed=12, total=40,
        public_exploit=False, active_alert=False, threats=(), recommended_version="",
    )  # fmt: skip
    return replace(usual, **more)


def days_of(*tasks: RemediationTask, before: Mapping[str, int] | None = None) -> tuple[Day, ...]:
    """Today and a week ago; `before`: devices that were mended then, by task (as many as today where it says nothing)."""
    known = {} if before is None else before
    old = {each.id: replace(each, fixed=known.get(each.id, each.fixed), completed=False) for each in tasks}
    return Day(TODAY - timedelta(days=7), old), Day(TODAY, {each.id: each for each in tasks})


def told(*tasks: RemediationTask, recommendations: tuple[Recommendation, ...] = (), **more: Any) -> Told:
    """Today is known with the exceptions that are among the recommendations."""
    before, today = days_of(*tasks)
    usual = Told(
        home=HOME,
        now=AT + timedelta(hours=2),
        days=(before, replace(today, exempt=excepted(tasks, recommendations))),
        as_of=AT,
        missing=(),
        recommendations=recommendations,
        ownership=OWNERSHIP,
        rules=RemediationRules(not_mine=None, exception=None),
    )
    return replace(usual, **more)


def asking(what: str) -> AddressTemplate:
    return AddressTemplate(f"/ask.do?{what}={{owner}}&about=({{recommendation}})&ticket={{ticket}}")


def with_ways(*tasks: RemediationTask, **more: Any) -> Told:
    """Owners may say that something is not theirs, and ask for an exception; there is one ticket."""
    ticket = Link("INC0010042", f"https://{HOST}/nav_to.do?uri=incident.do")
    return told(
        *tasks,
        rules=RemediationRules(not_mine=asking("not-mine"), exception=asking("exception")),
        tickets={("finance", "update/microsoft-_-edge"): ticket},
        **more,
    )


def made(known: Told) -> Site:
    return site_of(known, hosts={HOST})


def text_of(site: Site, name: str) -> str:
    return site.files[name].decode()


def pages_of(site: Site) -> Iterable[tuple[str, str]]:
    return ((name, content.decode()) for name, content in site.files.items() if name.endswith(".html"))


REPORTS = (Report("compliance", {each: compliance_document(compliance(), each) for each in ("en", "ja")}),)
FULL = with_ways(
    task("a", due=-9),
    task("b", "Finance servers", product="x", kind="configurationChange", due=3, notes="Please restart it."),
    task("c", "Finance", product="y", due=99),
    task("d", "Finance", product="z", completed=True, fixed=40),
    task("g", "Finance", product="w", kind="upgrade", title="Upgrade w"),
    task("e", "Tokyo clients"),
    task("f", "Kiosks", due=-2),
    recommendations=(
        advice(public_exploit=True),
        advice(id="va-_-w", title="Upgrade w", remediation="upgrade", status="exception"),
    ),
    reports=REPORTS,
)
"""One of everything."""


def hostile(text: str) -> Told:
    """A text that somebody wrote, in every place that somebody writes in."""
    group = f"g{text}"
    owner = Owner("finance", text, text, text, (group,))
    known = with_ways(
        *(
            task(
                f"{text}{kind}{due}", group, title=text, component=text, product=f"p-_-{text}{kind}{due}", notes=text,
                kind=kind, priority=text, recommended_version=text, requester=text, completed=due == 5, fixed=3,
            )
            for kind in ("update", text)
            for due in (-9, 5, 9)
        ),
        task("u", "kiosks", title=text, component=text, notes=text),
    )  # fmt: skip
    return replace(
        known,
        home=replace(known.home, contact={"en": text, "ja": text}, group=text),
        ownership=Ownership((owner,)),
        missing=(Piece(text, Found.MISSING, why=text),),
        recommendations=(advice(title=text, recommended_version=text, public_exploit=True),),
        reports=REPORTS,
    )
