"""Templates: what may stand in them, what comes out, and that a ticket's text is never anything but data."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from watchkeeper.errors import Rejected
from watchkeeper.mapping.names import Name, Shape
from watchkeeper.mapping.template_parser import parse_template
from watchkeeper.mapping.templates import OUTPUT_LIMIT, LocalTemplate, NamedValue
from watchkeeper.model.plan import LATE_NUMBER

NAMES = {
    "title": Name("the title", required=True),
    "note": Name("a note"),
    "task.steps": Name("the steps", Shape.LIST),
    "due": Name("when it is due", Shape.TIME),
    "servicenow.number": Name("the number"),
}


def render(source: str, **context: object) -> str:
    template, flaws = parse_template(source, NAMES)
    assert flaws == []
    assert template is not None
    return template.render(context)[0]


def complaint(source: str) -> str:
    template, flaws = parse_template(source, NAMES)
    assert template is None
    return flaws[0].message


class TestWhatIsAllowed:
    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("plain {text}", "plain {text}"),
            ("{{ title }}", "Scan"),
            ("{{ title | upper }}/{{ title | lower }}", "SCAN/scan"),
            ("{{ title | truncate(3) }}", "Sc…"),
            ("{{ note | default('none') }}", "none"),
            ("{{ note | default('none') | upper }}", "NONE"),
            ("{{ task.steps | join('; ') }}", "a; b"),
            ("{{ due | date('%d.%m.%Y %H:%M') }}", "23.11.2026 17:00"),
            ("{{ due | date }}", "2026-11-23 17:00"),
            ("{{ due }}", "2026-11-23 17:00"),
            ("{# a remark #}{{ title }}", "Scan"),
        ],
    )
    def test_substitutions_and_the_listed_filters(self, source: str, text: str) -> None:
        due = datetime(2026, 11, 23, 17, tzinfo=ZoneInfo("Asia/Tokyo"))
        assert render(source, title="Scan", task={"steps": ["a", "", "b"]}, due=due) == text

    def test_a_text_in_several_languages_is_taken_in_the_contexts_language(self) -> None:
        both = {"en": "Scan", "ja": "スキャン"}
        assert render("{{ title }}", title=both, language="ja") == "スキャン"
        assert render("{{ title }}", title=both, language="fr") == "Scan"
        assert render("{{ task.steps | join(', ') }}", task={"steps": [both]}, language="ja") == "スキャン"

    def test_a_link_is_shown_with_its_address(self) -> None:
        steps = [{"name": "Guide", "url": "https://example.com"}]
        assert render("{{ task.steps | join(', ') }}", task={"steps": steps}) == "Guide: https://example.com"

    def test_a_missing_required_name_is_an_error_and_another_one_is_empty(self) -> None:
        assert render("<{{ note }}>") == "<>"
        with pytest.raises(Rejected, match="'title' is missing"):
            render("{{ title }}")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("{{ titel }}", "uses the unknown name 'titel'"),
            ("{{ title.__class__ }}", "uses the unknown name 'title.__class__'"),
            ("{{ title['x'] }}", "a getitem expression is not part of the template language"),
            ("{{ title() }}", "a call expression is not part of the template language"),
            ("{{ 'a' * 1000000000 }}", "a mul expression is not part of the template language"),
            ("{{ 9 ** 9 ** 9 }}", "a pow expression is not part of the template language"),
            ("{{ title ~ note }}", "a concat expression is not part of the template language"),
            ("{{ title if note else note }}", "a condexpr expression is not part of the template language"),
            ("{{ 'x' }}", "a const expression is not part of the template language"),
            ("{{ self }}", "uses the unknown name 'self'"),
            ("{{ title | safe }}", "uses the unknown filter 'safe'"),
            ("{{ title | truncate }}", "filter 'truncate' has the wrong arguments"),
            ("{{ title | truncate('3') }}", "filter 'truncate' has the wrong arguments"),
            ("{{ title | truncate(0) }}", "filter 'truncate' has the wrong arguments"),
            ("{{ title | truncate(length=3) }}", "filter 'truncate' takes a plain text or number"),
            ("{{ title | default(note) }}", "filter 'default' takes a plain text or number"),
            ("{{ title | upper('x') }}", "filter 'upper' has the wrong arguments"),
            ("{{ due | date('%c') }}", "filter 'date' has an unknown format '%c'"),
            ("{{ title | join(', ') }}", "'title' is no list, so filter 'join' does not apply to it"),
            ("{{ title | date }}", "'title' is no time, so filter 'date' does not apply to it"),
            ("{% if title %}x{% endif %}", "statements ({% … %}) are not part of the template language"),
            ("{% for x in title %}{% endfor %}", "statements ({% … %}) are not part of the template language"),
            ("{% set x = 1 %}", "statements ({% … %}) are not part of the template language"),
            ("{% include 'x' %}", "statements ({% … %}) are not part of the template language"),
            ("{{ title", "is no template: unexpected end of template, expected 'end of print statement'."),
            ("x" * 9000, "is a template of more than 8192 characters"),
        ],
    )
    def test_everything_else(self, source: str, message: str) -> None:
        assert complaint(source) == message

    def test_nesting_without_end_is_refused_rather_than_followed(self) -> None:
        assert parse_template("{{ " + "(" * 4000 + "title" + ")" * 4000 + " }}", NAMES)[1] != []

    def test_the_flaw_tells_the_line_what_is_allowed_and_what_was_meant(self) -> None:
        (flaw,) = parse_template("a\nb {{ titel }}\n", NAMES)[1]
        assert flaw.line == 2
        assert flaw.allowed.startswith("title, note")
        assert flaw.suggestion == "title"

    def test_every_flaw_is_told(self) -> None:
        assert len(parse_template("{{ a }} {{ b | c }} {% set d = 1 %}", NAMES)[1]) == 4


class TestTicketTextIsData:
    @pytest.mark.parametrize(
        "hostile", ["{{ 7*7 }}", "{% for x in y %}", "{{ note }}", "{# x #}", "<script>", "::error::"]
    )
    def test_it_comes_out_as_it_went_in(self, hostile: str) -> None:
        assert render("{{ title }}", title=hostile, note="SECRET") == hostile

    def test_control_characters_direction_marks_and_lone_surrogates_are_dropped(self) -> None:
        assert render("{{ title }}", title="a\x00b\x1b[31mc\u202ed\ud800e\u200bf\x9bg") == "ab[31mcdefg"

    def test_line_ends_become_one_kind(self) -> None:
        assert render("{{ title }}", title="a\r\nb\rc\u2028d") == "a\nb\nc\nd"

    def test_a_huge_text_is_cut(self) -> None:
        assert len(render("{{ title }}{{ note }}", title="x" * 10**6, note="y" * 10**6)) == OUTPUT_LIMIT

    def test_only_a_number_may_carry_the_placeholder_for_a_number_not_known_yet(self) -> None:
        assert render("{{ servicenow.number }}", servicenow={"number": LATE_NUMBER}) == LATE_NUMBER
        assert render("{{ title }}", title=f"x{LATE_NUMBER}y") == "xnumbery"
        assert render("{{ task.steps | join(' ') }}", task={"steps": [LATE_NUMBER]}) == "number"


class TestParagraphs:
    @staticmethod
    def local(*sources: str) -> LocalTemplate:
        templates = [template for source in sources if (template := parse_template(source, NAMES)[0])]
        return LocalTemplate({"en": tuple(templates)})

    def test_a_single_text_is_one_line(self) -> None:
        assert self.local("{{ title }}  -\n{{ note }}").render({"title": "a\nb", "note": "c"}) == "a b - c"

    def test_of_several_paragraphs_those_with_an_empty_value_are_left_out(self) -> None:
        local = self.local("{{ title }}", "Note: {{ note }}", "Steps:\n- {{ task.steps | join('\n- ') }}", "End.")
        assert local.render({"title": "a", "task": {"steps": ["x", "y"]}}) == "a\n\nSteps:\n- x\n- y\n\nEnd."
        assert local.render({"title": "a", "note": "n", "task": {"steps": []}}) == "a\n\nNote: n\n\nEnd."


class TestNamedValues:
    def test_a_time_becomes_the_canonical_instant(self) -> None:
        due = datetime(2026, 11, 23, 17, tzinfo=ZoneInfo("Asia/Tokyo"))
        assert NamedValue("due", NAMES["due"]).of({"due": due}) == "2026-11-23T08:00:00Z"
        assert due.astimezone(UTC).hour == 8

    def test_a_list_becomes_a_sorted_tuple_and_nothing_becomes_none(self) -> None:
        assert NamedValue("task.steps", NAMES["task.steps"]).of({"task": {"steps": ["b", "a", "b"]}}) == ("a", "b")
        assert NamedValue("task.steps", NAMES["task.steps"]).of({}) is None
        assert NamedValue("note", NAMES["note"]).of({"note": ""}) is None
