"""Whatever people do in between, our writes change what they name and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from tests.contract.sentinel_connector.rig import SentinelRig
from tests.effort import tried

from watchkeeper.errors import Ambiguous, PreconditionFailed
from watchkeeper.model.activity import CommentDraft
from watchkeeper.model.record import Record
from watchkeeper.model.scan import Page

FIELDS = frozenset({"title", "description", "severity", "status", "labels", "owner.userPrincipalName"})

person_edits = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["renamed", "題名"]),
        "description": st.sampled_from(["seen", "見た"]),
        "severity": st.sampled_from(["High", "Low"]),
        "owner": st.sampled_from(["ava.nguyen", "liam.byrne"]),
        "labels": st.sampled_from([["escalation"], ["escalation", "finance"]]),
    },
).filter(bool)
our_changes = st.sampled_from(
    [{"severity": "Medium"}, {"labels": ("INC0010001", "escalation")}, {"status": "Active"}, {"title": "ours"}]
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), person_edits),
        st.tuples(st.just("person comments"), st.just(None)),
        st.tuples(st.just("we comment"), st.just(None)),
        st.tuples(st.just("we read"), st.just(None)),
        st.tuples(st.just("we scan"), st.just(None)),
        st.tuples(st.just("we write"), our_changes),
    ),
    max_size=12,
)

SAVED_UNCHANGED = [
    ("edit", {"title": "renamed"}),
    ("we read", None),
    ("edit", {"title": "renamed"}),
    ("we comment", None),
    ("we write", {"severity": "High"}),
]

SAID_ALREADY = [("person comments", None), ("we write", {"severity": "Medium"})]


class Story:
    """One incident, the revision that we last saw, and what it should hold."""

    def __init__(self) -> None:
        self.rig = SentinelRig()
        self.ref = self.rig.person_opens("Suspicious sign-in")
        self.comments = 0
        self.others_wrote = False
        self.play("we read", None)

    def current(self) -> Record:
        """As a connector of its own reads it, which shares nothing with the one under test."""
        return self.record_of(self.rig.open(self.rig.transport).get([self.ref], FIELDS)[self.ref])

    @staticmethod
    def record_of(answer: object) -> Record:
        assert isinstance(answer, Record)
        return answer

    def play(self, step: str, detail: Any) -> None:
        self.rig.advance(timedelta(seconds=1))
        match step:
            case "edit":
                self.rig.people("edit", incident=self.ref.id, fields=detail)
                self.others_wrote = True
            case "person comments":
                self.rig.person_comments(self.ref, "a note")
                self.others_wrote = True
                self.comments += 1
            case "we comment":
                self.rig.connector.add_comment(CommentDraft(self.ref, f"origin-{self.comments}", "mirrored"))
                self.comments += 1
                self.own_comments += 1
            case "we read":
                self.saw(self.record_of(self.rig.connector.get([self.ref], FIELDS)[self.ref]))
            case "we scan":
                pages = [item for item in self.rig.connector.scan(self.rig.feed(), None) if isinstance(item, Page)]
                self.saw(pages[-1].records[-1])
            case "we write":
                self.write(detail)

    def saw(self, record: Record) -> None:
        self.seen, self.others_wrote, self.own_comments = record, False, 0
        self.then = self.current()

    def others_changed(self, now: Record) -> bool:
        """Whether the incident holds anything that somebody else put there since we saw it: saving it unchanged, or back to
        what it was, makes a new version and changes nothing."""
        assert self.then.comments is not None
        return dict(now.fields) != dict(self.then.fields) or now.comments != self.then.comments + self.own_comments

    def write(self, changes: dict[str, Any]) -> None:
        before = self.current()
        try:
            written = self.rig.connector.update(self.ref, changes, self.seen.revision)
        except PreconditionFailed:
            assert self.others_wrote, "nobody else had touched it"
            assert self.current() == before
            return
        except Ambiguous:
            assert self.others_wrote, "nobody else had touched it"
            assert dict(self.current().fields) == dict(before.fields) == {**before.fields, **changes}
            return
        after = self.current()
        changed_nothing = dict(after.fields) == dict(before.fields)
        assert changed_nothing or not self.others_changed(before), "somebody else's change was not noticed"
        assert dict(after.fields) == {**before.fields, **changes}
        assert after.comments == self.comments
        assert written.refused == ()
        self.saw(written.record)


@tried(60, suppress_health_check=[HealthCheck.too_slow])
@example(SAVED_UNCHANGED)
@example(SAID_ALREADY)
@given(steps)
def test_our_writes_never_touch_what_they_do_not_name_and_never_pass_over_people(story: list[tuple[str, Any]]) -> None:
    told = Story()
    for step, detail in story:
        told.play(step, detail)
