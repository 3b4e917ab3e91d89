"""Whatever a file or a ticket holds: reading never raises, composing never raises, and what comes out is inert."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import check_document, load_profiles
from watchkeeper.mapping.names import ESCALATION_NAMES
from watchkeeper.mapping.template_parser import parse_template
from watchkeeper.mapping.templates import OUTPUT_LIMIT, TemplateComposer
from watchkeeper.mapping.yaml_reader import read_yaml
from watchkeeper.model.record import RawFields
from watchkeeper.model.ticket import Unmapped

MAPPINGS = Path(__file__).parents[3] / "mappings"
ESCALATION = load_profiles(MAPPINGS)["escalation"]
FRAGMENTS = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", "7*7", "ticket.title", "|", "safe", "\x00", "\x1b[2J", "\u202e", "\ud800", "\ue000", "\r\n", "::error::", "[code]", "<b>", "😀", "監視"]
)  # fmt: skip
HOSTILE = st.one_of(st.text(max_size=80), st.lists(FRAGMENTS, max_size=12).map("".join))
YAML_BITS = st.lists(
    st.sampled_from(
        ["a", ":", " ", "\n", "- ", "{", "}", "[", "]", "&x", "*x", "!!int", "<<", "|", ">", "'", '"', "#", "1", "\t", "---", "%", "?", ","]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def inert(text: str) -> bool:
    return not any(
        (character < " " and character not in "\n\t")
        or "\x7f" <= character <= "\x9f"
        or "\ud800" <= character <= "\udfff"
        or character in "\u202a\u202b\u202c\u202d\u202e\ue000\ue001"
        for character in text
    )


@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(["en", "ja", "xx"]))
def test_composing_never_raises_and_its_words_are_inert(title: str, description: str, url: str, language: str) -> None:
    context: Mapping[str, object] = {
        "language": language,
        "ticket": {"title": title, "description": description},
        "record": {"number": "INC1", "url": url},
    }
    for side in ("servicenow", "sentinel"):
        values = TemplateComposer().compose(ESCALATION, side, context)
        assert values["title"]
        for name in ("title", "description"):
            value = values[name]
            assert isinstance(value, str)
            assert inert(value)
            assert len(value) <= OUTPUT_LIMIT
            raw = ESCALATION.field(name).lenses[side].create(value)
            assert not isinstance(raw, Unmapped)
            value.encode("utf-8")


@given(HOSTILE)
def test_what_looks_like_a_template_in_a_ticket_is_never_evaluated(title: str) -> None:
    secret = "SECRET-DESCRIPTION"
    context = {"ticket": {"title": title, "description": secret}, "record": {"number": "INC1", "url": "u"}}
    composed = TemplateComposer().compose(ESCALATION, "sentinel", context)["title"]
    assert secret not in str(composed)
    assert ("49" in str(composed)) <= ("49" in title)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_closing_never_raises_and_never_becomes_a_verdict_by_what_somebody_wrote(
    code: str, notes: str, actor: str
) -> None:
    raw: RawFields = {"close_code": f"x{code}", "close_notes": notes}
    closed = ESCALATION.closure.closing("sentinel", "servicenow", raw, {"actor": actor, "number": "INC1"})
    assert isinstance(closed, Unmapped)
    closed = ESCALATION.closure.closing(
        "sentinel", "servicenow", {**raw, "close_code": "Solution provided"}, {"actor": actor, "number": "INC1"}
    )
    assert isinstance(closed, dict)
    assert closed["classification"] == "Undetermined"
    assert inert(str(closed["classificationComment"]))
    assert len(str(closed["classificationComment"])) <= 1000


@given(st.one_of(YAML_BITS, st.text(max_size=60)))
def test_reading_yaml_never_raises_and_every_flaw_has_a_place(text: str) -> None:
    reading = read_yaml(text)
    for flaw in reading.flaws:
        assert flaw.spot >= (1, 1)
        assert flaw.message
    if reading.flaws:
        return
    problems = ProblemList()
    document = problems.parse(text, name="p.yaml")
    assert document is not None
    assert check_document(document, problems) is None
    assert problems.problems


@given(st.one_of(HOSTILE, st.text(alphabet="{}%#|()'\"ab.,0_ ~*", max_size=40)))
def test_a_template_is_either_refused_with_reasons_or_renders_to_text(source: str) -> None:
    template, flaws = parse_template(source, ESCALATION_NAMES)
    assert (template is None) == bool(flaws)
    if template is not None:
        text, _ = template.render({"ticket": {"title": "t"}})
        assert len(text) <= OUTPUT_LIMIT
