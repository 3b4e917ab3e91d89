from __future__ import annotations

import html
import json
import re
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.report.examples import HOSTILE

from watchkeeper.report.neutralise import guard_line, json_text, markdown, markdown_url, plain

UNHURRIED = settings(deadline=None)
"""Machines that run the tests may be busy."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
ANYTHING = st.text(st.characters(exclude_categories=()))
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["::", "##[", "##vso[", "##VSO[", "#", "[", "vso[", " ", "\n", "\r", "\u2028", "\u3000", ":", "]"]
        ),
        st.sampled_from(HOSTILE),
        ANYTHING,
    ),
    max_size=8,
).map("".join)
"""Texts that are nearly, or quite, commands."""


def github_commands(output: str) -> list[str]:
    """What GitHub's runner would take for a command (actions/runner, ActionCommand.cs): it reads line by line; version 2
    after trimming white space, version 1 anywhere in the line."""
    lines = re.split(r"\r\n|\r|\n", output)
    trimmed = [line.strip() for line in lines]
    return [line for line in trimmed if line.startswith("::") or "##[" in line]


def azure_commands(output: str) -> list[str]:
    """What the Azure Pipelines agent would take for a command or a formatting mark, in either letter case."""
    return re.findall(r"##(?:vso)?\[", output, re.IGNORECASE)


def is_inert(output: str) -> bool:
    return not github_commands(output) and not azure_commands(output)


@UNHURRIED
@given(PIECES)
def test_a_shown_text_has_one_line_and_hides_nothing(text: str) -> None:
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    kept = [each for each in shown if each not in "\u200c\u200d"]
    assert not [each for each in kept if unicodedata.category(each) in HIDDEN]


def test_no_character_is_hidden_and_no_other_one_changed() -> None:
    """Nor one that Python calls printable, which is let through unseen."""
    for each in map(chr, range(sys.maxunicode + 1)):
        is_hidden = unicodedata.category(each) in HIDDEN and each not in "\u200c\u200d"
        assert (plain(each) == each) is not is_hidden


@UNHURRIED
@given(PIECES)
def test_a_guarded_line_holds_no_command_whatever_it_is_indented_by(text: str) -> None:
    for indent in ("", "  ", "\u3000", "\t"):
        assert is_inert(guard_line(indent + plain(text)))


@UNHURRIED
@given(st.text(st.characters(codec="ascii", categories=["L", "N", "Zs"])))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert plain(text) == text
    assert guard_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u2028b\x85c", "a\\u2028b\\x85c"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("##vso[task.complete]", "# #vso[task.complete]"),
        ("###[x]", "## #[x]"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("エスカレーション、完了。", "エスカレーション、完了。"),
        ("👩‍💻", "👩‍💻"),
        ("fe80::1 and std::vector", "fe80::1 and std::vector"),
    ],
)
def test_what_is_shown_instead(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_an_indented_command_is_broken_without_moving_the_text() -> None:
    assert guard_line("    ::error::x") == "   ·::error::x"
    assert guard_line("::error::x") == "·::error::x"


class TestMarkdown:
    @UNHURRIED
    @given(PIECES)
    @example("<script>alert(1)</script>")
    @example("[text](javascript:alert(1))")
    @example("a | b || c \\| d")
    @example("`code` ``` fence")
    @example("1. list\n- list\n+ list\n# heading\n> quote")
    def test_nothing_in_it_is_syntax(self, text: str) -> None:
        shown = markdown(text)
        bare = re.sub(r"&#\d+;", "", shown)
        assert not set(bare) & set("\\`*_{}[]<>#|~&$!")
        assert not re.match(r"\s*([-+=]|\d+[.)])", bare) or shown.lstrip().startswith("&#")
        assert "://" not in bare
        assert is_inert(guard_line(shown))

    @UNHURRIED
    @given(ANYTHING)
    def test_a_reader_sees_the_plain_text(self, text: str) -> None:
        assert html.unescape(markdown(text)).replace("@\u200b", "@") == plain(text)

    @pytest.mark.parametrize("mention", ["@everyone", "mail me@example.com", "@org/team", "@@x"])
    def test_nobody_is_mentioned(self, mention: str) -> None:
        assert not re.search(r"@[A-Za-z0-9]", markdown(mention))

    @pytest.mark.parametrize("link", ["https://evil.example", "www.evil.example", "http://x", "mailto:a@b.example"])
    def test_no_link_is_made_of_it(self, link: str) -> None:
        assert not re.search(r"(://|www\.|mailto:)", markdown(link))

    def test_a_numbered_or_dashed_beginning_is_no_list(self) -> None:
        assert markdown("12. twelve") == "&#49;&#50;. twelve"
        assert markdown("- dash") == "&#45; dash"

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "https://user@evil.example/",
            "https://example.com/a)b",
            "https://example.com/<x>",
            "https://example.com/ x",
            "https://example.com/\n::error::",
            "https://exämple.com/",
            "//example.com",
            "https://[::1",
            "",
        ],
    )
    def test_an_odd_address_is_no_link_target(self, url: str) -> None:
        assert markdown_url(url) is None

    def test_our_records_addresses_are(self) -> None:
        ours = "https://example.service-now.com/nav_to.do?uri=incident.do%3Fsys_id=0a1b"
        portal = "https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident/subscriptions/0/x"
        assert markdown_url(ours) == ours
        assert markdown_url(portal) == portal


class TestJson:
    @UNHURRIED
    @given(st.dictionaries(PIECES, st.lists(PIECES)))
    def test_it_means_the_same_and_holds_no_command(self, payload: dict[str, list[str]]) -> None:
        written = json.dumps(payload, indent=2)
        document = json_text(written)
        assert is_inert(document)
        assert document.isascii()
        # Not with the payload: JSON joins two halves of a character that stand side by side.
        assert json.loads(document) == json.loads(written)
