"""A deployment in a world, examined by the real checks; and findings in the words that people read."""

from __future__ import annotations

from collections.abc import Mapping

from tests.engine import Deployment

from watchkeeper.doctor.checks import Examined, examine
from watchkeeper.evidence_ports import EvidenceSource
from watchkeeper.model.findings import Check, ProbeOutcome
from watchkeeper.model.probing import Probe
from watchkeeper.model.record import Side
from watchkeeper.report.checks import finding_text, remedy_text
from watchkeeper.report.texts import texts_in
from watchkeeper.state.opening import open_copy
from watchkeeper.sync.plan import Options
from watchkeeper.sync.run import plan_run

TROUBLE = frozenset({ProbeOutcome.WARN, ProbeOutcome.FAIL})


def examined(
    deployment: Deployment,
    *,
    write: bool = False,
    plan: bool = False,
    sources: Mapping[Side, EvidenceSource] | None = None,
) -> dict[tuple[Side, Check, str], Probe]:
    """Every probe by side, check and subject. A plan is made only where it is asked for: it reads both sides whole."""
    with open_copy(deployment.url, deployment.name, deployment.time) as store:
        systems = deployment._systems(store)

        def planned() -> object:
            transport = deployment.transport
            return plan_run(systems, Options("plan"), deployment.limits, transport.calls, transport.allowances)

        given = Examined(
            systems.connectors,
            store,
            systems.catalog,
            systems.profiles,
            deployment.mode,
            planned if plan else None,  # type: ignore[arg-type]
            sources or {},
        )
        found = examine(given, write=write)
    by_name = {(probe.side, probe.check, probe.subject): probe for probe in found}
    worst = [probe for probe in found if probe.outcome in TROUBLE]
    return by_name | {(probe.side, probe.check, probe.subject): probe for probe in worst}


def troubles(found: dict[tuple[Side, Check, str], Probe]) -> set[tuple[str, str]]:
    """(check, subject) of everything that is not fine."""
    return {(check.value, subject) for (_, check, subject), probe in found.items() if probe.outcome in TROUBLE}


def told(probe: Probe, language: str = "en") -> tuple[str, str]:
    """The finding, and what to do about it."""
    texts = texts_in(language)
    return finding_text(probe, texts), remedy_text(probe, texts)
