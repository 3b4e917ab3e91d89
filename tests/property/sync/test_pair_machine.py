"""A pair and what people, lost answers and lost memories do to it, in any order: the merge, the mappings and the memory together.

The systems are raw fields that take what they are sent, with a history that tells everything. The machine keeps a ledger of its own:
who said what last.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.effort import tried
from tests.unit.sync.make import ESCALATION, NOW, REFS, case, found, profile, record

from watchkeeper.model.link import Link
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.ticket import Unmapped
from watchkeeper.sync.case import Case, SideView
from watchkeeper.sync.memory import UNPROCESSED, PairMemory, blank_link
from watchkeeper.sync.reconcile import Reconciled, reconcile

PROFILE = profile("escalation")
SHARED = ("status", "severity")
TICKET: dict[str, Any] = {
    "state": "1",
    "impact": "2",
    "urgency": "2",
    "short_description": "a",
    "description": "",
    "close_code": "",
    "close_notes": "",
    "resolved_by": "",
    "hold_reason": "4",
}
INCIDENT: dict[str, Any] = {
    "status": "New",
    "severity": "Medium",
    "title": "a",
    "description": None,
    "labels": (),
    "classification": None,
    "classificationReason": None,
    "classificationComment": None,
}
RESOLVED = {"close_code": "Solution provided", "close_notes": "done"}
OPEN = {"close_code": "", "close_notes": ""}
fates = st.sampled_from(["done", "answer lost", "never made"])


class Pair(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.raw: dict[Side, dict[str, Any]] = {SERVICENOW: dict(TICKET), SENTINEL: dict(INCIDENT)}
        self.links: dict[Side, Link] = {}
        self.said: dict[str, list[tuple[Side, Any]]] = {name: [] for name in SHARED}
        """What people said of a field since both sides last agreed on it, oldest first."""
        self.kept: dict[str, set[Any]] = {name: set() for name in SHARED}
        """Values that a conflict or a parked field has named."""
        self.sure: set[str] = set()
        """Fields on which both sides agreed, to our knowledge."""

    # --- people ---

    @rule(state=st.sampled_from(["1", "2", "3", "6", "8"]))
    def a_ticket_moves(self, state: str) -> None:
        if self.raw[SERVICENOW]["state"] not in {"7", "8"}:  # which are for good in the form
            self._edit(SERVICENOW, "status", {"state": state, **(RESOLVED if state == "6" else OPEN)})

    @rule(impact=st.sampled_from("123"), urgency=st.sampled_from("123"))
    def a_ticket_is_weighed(self, impact: str, urgency: str) -> None:
        self._edit(SERVICENOW, "severity", {"impact": impact, "urgency": urgency})

    @rule(status=st.sampled_from(["New", "Active", "Closed"]))
    def an_incident_moves(self, status: str) -> None:
        verdict = "Undetermined" if status == "Closed" else None
        self._edit(SENTINEL, "status", {"status": status, "classification": verdict})

    @rule(severity=st.sampled_from(["High", "Medium", "Low", "Informational"]))
    def an_incident_is_weighed(self, severity: str) -> None:
        self._edit(SENTINEL, "severity", {"severity": severity})

    def _edit(self, side: Side, name: str, change: dict[str, Any]) -> None:
        """Whoever chooses another spelling of the same meaning has decided as well: between two who have, the resolver judges."""
        before = dict(self.raw[side])
        self.raw[side].update(change)
        if self.raw[side] != before:
            self.said[name].append((side, self._means(side, name)))

    # --- runs ---

    @rule(fate=fates)
    def a_run(self, fate: str) -> None:
        built = self._scrutinised(self._case())
        outcome = reconcile(built)
        memory = PairMemory.of(built, outcome.settled.bases if outcome.settled else {}, NOW)
        self._keep(outcome)
        for action in outcome.actions:
            if fate == "never made":
                return
            self.raw[action.ref.side].update(action.body)
            if fate == "answer lost":
                self._recover(action)
                return
            memory.wrote(action, record(action.ref.side, dict(self.raw[action.ref.side])), NOW)
        self.links = dict(memory.final)
        self._look(outcome)

    @rule()
    def the_memory_is_lost(self) -> None:
        self.links.clear()
        self.sure.clear()

    def _recover(self, action: Action) -> None:
        """What the next run's recovery makes of a write that had happened."""
        side = action.ref.side
        other = SENTINEL if side == SERVICENOW else SERVICENOW
        for place, values in ((side, action.body), (other, action.agreed)):
            link = self.links.get(place) or blank_link(ESCALATION, PROFILE, REFS[place], "", "", NOW)
            mapped = PROFILE.mapped_fields(place)
            agreed = {name: value for name, value in values.items() if name in mapped}
            self.links[place] = replace(link, base={**link.base, **agreed}, fingerprint=UNPROCESSED)

    def _keep(self, outcome: Reconciled) -> None:
        for conflict in outcome.conflicts:
            self.kept[conflict.field].add(self._class(SENTINEL, conflict.field, conflict.losing))
        for row in outcome.parked:
            if row.field in SHARED:
                self.kept[row.field] |= {self._means(side, row.field) for side in self.raw}

    def _look(self, outcome: Reconciled) -> None:
        """After a run whose writes all arrived."""
        parked = {row.field for row in outcome.parked}
        for name in SHARED:
            values = {self._means(side, name) for side in self.raw}
            if name in parked:
                self.sure.discard(name)
                continue
            assert len(values) == 1, f"{name}: the sides differ and nothing is said of it: {values}"
            for _, value in self.said[name][-1:]:
                told = value in values or value in self.kept[name]
                assert told, f"{name}: {value} was said last, both hold {values}, and no conflict names it"
            if name in self.sure and len({side for side, _ in self.said[name]}) == 1:
                assert {self.said[name][-1][1]} == values, f"{name}: only one side spoke, and was not heard: {values}"
            self.sure.add(name)
            self.said[name].clear()
            self.kept[name].clear()

    @invariant()
    def once_all_is_agreed_there_is_nothing_to_do(self) -> None:
        if len(self.links) == 2 and not any(self.said.values()):
            agreed = all(self._means(SERVICENOW, name) == self._means(SENTINEL, name) for name in SHARED)
            if agreed:
                assert reconcile(self._case()).actions == ()

    @invariant()
    def the_same_case_gives_the_same_answer_in_any_order(self) -> None:
        built = self._case()
        turned = replace(built, sides=dict(reversed(built.sides.items())))
        assert reconcile(built) == reconcile(turned)

    @invariant()
    def no_side_is_spelled_anew(self) -> None:
        """GetPut, on whatever the sides hold."""
        for name in SHARED:
            for side, lens in PROFILE.field(name).lenses.items():
                value = lens.get(self.raw[side])
                assert not isinstance(value, Unmapped)
                assert lens.put(value, self.raw[side]) == {}

    # --- words ---

    def _case(self) -> Case:
        return case(self._view(SERVICENOW), self._view(SENTINEL), of="escalation", key=ESCALATION)

    def _scrutinised(self, built: Case) -> Case:
        """What a run asks the history before it overwrites anything: which fields people changed, if only there and back."""
        sides = dict(built.sides)
        for action in reconcile(built).actions:
            view = sides[action.ref.side]
            if view.link is not None and action.operation in {Operation.UPDATE, Operation.CLOSE}:
                edited = {name for name in SHARED if action.ref.side in {side for side, _ in self.said[name]}}
                sides[action.ref.side] = replace(view, touched=frozenset(edited))
        return replace(built, sides=sides)

    def _view(self, side: Side) -> SideView:
        return replace(found(side, dict(self.raw[side])), link=self.links.get(side))

    def _means(self, side: Side, name: str) -> Any:
        """The value in the words that both sides have for it: Sentinel knows no waiting."""
        return self._class(SENTINEL, name, PROFILE.field(name).lenses[side].get(self.raw[side]))

    def _class(self, side: Side, name: str, value: Any) -> Any:
        return PROFILE.field(name).lenses[side].class_of(value)


Pair.TestCase.settings = tried(60, stateful_step_count=25)
TestPair = Pair.TestCase
