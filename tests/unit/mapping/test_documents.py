"""Reading YAML files with positions, and checking them against models, every problem at once."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from watchkeeper.errors import Config
from watchkeeper.mapping.documents import MAX_BYTES, Document, ProblemList, load_document, validate
from watchkeeper.mapping.pydantic_problems import refuse


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Roll(StrEnum):
    SKIP = "skip"
    FOLLOWING = "following"


class Circle(Strict):
    kind: Literal["circle"]
    radius: int


class Square(Strict):
    kind: Literal["square"]
    side: int


class Lead(Strict):
    name: str
    since: date | None = None


class Team(Strict):
    id: str
    cut_off: time | None = None
    roll: Roll = Roll.SKIP
    working: bool = True
    aliases: tuple[str, ...] = ()
    texts: dict[str, str] = {}
    leads: tuple[Lead, ...] = ()
    shape: Annotated[Circle | Square, Field(discriminator="kind")] | None = None

    @field_validator("id")
    @classmethod
    def _slug(cls, value: str) -> str:
        if " " in value:
            raise refuse(f"{value!r} has {{spaces}}", allowed="a slug", suggestion=value.replace(" ", "-"))
        return value


def parsed(text: str) -> Document:
    problems = ProblemList()
    document = problems.parse(text, name="team.yaml")
    assert [str(problem) for problem in problems.problems] == []
    assert document is not None
    return document


def complaints(text: str, model: type[BaseModel] | None = None) -> list[str]:
    problems = ProblemList()
    document = problems.parse(text, name="team.yaml")
    if model is not None:
        assert problems.validate(document, model) is None
    return [str(problem) for problem in problems.in_order()]


class TestWhatTextMeans:
    @pytest.mark.parametrize(
        "word",
        ["no", "yes", "on", "off", "12:30", "010", "0x1F", "1_000", "2026-11-23", "True", "NULL", "1e3", ".inf", "="],
    )
    def test_a_word_that_other_readers_turn_into_something_else_stays_text(self, word: str) -> None:
        assert parsed(f"a: {word}").data == {"a": word}

    def test_whole_numbers_decimals_booleans_and_null_are_the_only_typed_words(self) -> None:
        data = parsed("[1, -7, 0, 2.5, true, false, null, ~]").data
        assert data == [1, -7, 0, 2.5, True, False, None, None]

    def test_quoted_and_block_text_is_always_text(self) -> None:
        assert parsed("a: '1'\nb: \"true\"\nc: |\n  x\n  y\nd: >-\n  x\n  y\n").data == {
            "a": "1",
            "b": "true",
            "c": "x\ny\n",
            "d": "x y",
        }

    def test_keys_are_always_text(self) -> None:
        assert parsed("1: New\ntrue: x\n").data == {"1": "New", "true": "x"}

    def test_japanese_text_and_a_byte_order_mark_are_read(self, tmp_path: Path) -> None:
        file = tmp_path / "teams.yaml"
        file.write_bytes(b"\xef\xbb\xbf" + "名前: 監視チーム".encode())
        assert load_document(file).data == {"名前": "監視チーム"}


class TestPositions:
    def test_every_value_has_its_place(self) -> None:
        document = parsed("a:\n  - x\n  - {b: 1, c: 2}\nd: e\n")
        assert document.position(("a",)) == "team.yaml:1:1"
        assert document.position(("a", 0)) == "team.yaml:2:5"
        assert document.position(("a", 1, "c")) == "team.yaml:3:12"
        assert document.position(("d",)) == "team.yaml:4:1"

    def test_a_missing_value_has_the_place_of_what_is_around_it(self) -> None:
        assert parsed("a:\n  b: 1\n").position(("a", "x", 3)) == "team.yaml:1:1"
        assert parsed("- 1").position(("x",)) == "team.yaml:1:1"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("", "team.yaml:1:1: is empty; allowed: a mapping of keys to values"),
            ("# only a comment\n", "team.yaml:2:1: is empty; allowed: a mapping of keys to values"),
            ("a: &x 1\n", "team.yaml:1:4: a: carries an anchor (&x); allowed: the value without an anchor"),
            (
                "a: !!int 1\n",
                "team.yaml:1:4: a: carries a tag (tag:yaml.org,2002:int); allowed: the value without a tag",
            ),
            ("a:\n  <<: {b: 1}\n", "team.yaml:2:3: a.<<: is a merge key; allowed: the keys written out in full"),
            ("a: 1\nb: 2\na: 3\n", "team.yaml:3:1: a: is written twice (first in line 1); allowed: each key once"),
            ("{[1, 2]: x}", "team.yaml:1:2: has a key that is not a plain word; allowed: text as a key"),
            ("'': x", "team.yaml:1:1: has an empty key; allowed: text as a key"),
            ("a: 1\n---\nb: 2\n", "team.yaml:2:1: holds a second document; allowed: one document in a file"),
            (
                "%YAML 1.1\n---\na: 1\n",
                "team.yaml:2:1: starts with a % directive; allowed: YAML 1.2 without directives",
            ),
            ("a: b: c", "team.yaml:1:5: is not YAML: mapping values are not allowed here"),
            (
                "a: [1\nb: 2",
                "team.yaml:2:2: is not YAML: while parsing a flow sequence, expected ',' or ']', but got ':'",
            ),
            ("a:\n  b: \x07", "team.yaml:2:6: holds a control character (U+0007); allowed: printable text"),
            ('a: "\\0"', "team.yaml:1:4: a: holds an invisible character (U+0000); allowed: printable text"),
            ('a: "\\ud800"', "team.yaml:1:4: a: holds an invisible character (U+D800); allowed: printable text"),
            ("a: x\u202ey", "team.yaml:1:4: a: holds an invisible character (U+202E); allowed: printable text"),
            ("a: x\u200by", "team.yaml:1:4: a: holds an invisible character (U+200B); allowed: printable text"),
            ("\n\ufeffa: x", "team.yaml:2:1: holds an invisible character (U+FEFF); allowed: printable text"),
            (
                "a:\n  group：CSIRT\n  lead: x\n",
                (
                    "team.yaml:3:7: is not YAML: mapping values are not allowed here; "
                    "allowed: half-width spaces and colons (there is U+FF1A)"
                ),
            ),
            (
                "a:\n　 group: CSIRT\n  lead: x\n",
                (
                    "team.yaml:3:7: is not YAML: mapping values are not allowed here; "
                    "allowed: half-width spaces and colons (there is U+3000)"
                ),
            ),
            (
                "a:\n\tb: 1\n",
                (
                    "team.yaml:2:1: is not YAML: while scanning for the next token, found character '\\t' that cannot start any "
                    "token; allowed: spaces to indent"
                ),
            ),
        ],
    )
    def test_the_complaint_says_where_and_what_is_allowed(self, text: str, complaint: str) -> None:
        assert complaints(text) == [complaint]

    def test_an_alias_is_named_where_it_is_used(self) -> None:
        assert complaints("a: &x [1]\nb: *x\n")[1] == (
            "team.yaml:2:4: b: uses an alias (*x); allowed: the value written out in full"
        )

    def test_all_flaws_of_a_file_are_told_at_once(self) -> None:
        assert len(complaints("a: &x 1\na: !!str 2\nb: *x\n")) == 4

    def test_a_document_nested_too_deep_is_refused_once(self) -> None:
        assert complaints("[" * 5000 + "]" * 5000) == [
            "team.yaml:1:21: 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0: is nested more than 20 deep; allowed: at most 20 levels"
        ]

    def test_twenty_levels_are_read(self) -> None:
        assert complaints("[" * 20 + "]" * 20) == []

    def test_a_file_larger_than_the_limit_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "big.yaml"
        file.write_bytes(b"a" * (MAX_BYTES + 1))
        with pytest.raises(Config, match="is larger than 256 KiB; allowed: several smaller files"):
            load_document(file)

    def test_a_file_that_is_not_utf_8_is_refused_with_its_line(self, tmp_path: Path) -> None:
        file = tmp_path / "sjis.yaml"
        file.write_bytes(b"a: 1\nb: \x83\x65")
        with pytest.raises(Config) as caught:
            load_document(file, name="sjis.yaml")
        assert str(caught.value) == "sjis.yaml:2:1: is not UTF-8 (byte 0x83); allowed: a file saved as UTF-8"

    def test_a_missing_file_is_a_problem_not_a_traceback(self, tmp_path: Path) -> None:
        with pytest.raises(Config) as caught:
            load_document(tmp_path / "none.yaml", name="none.yaml")
        assert str(caught.value) == "none.yaml: cannot be read: No such file or directory"


class TestValidation:
    def test_a_good_document_becomes_the_model(self) -> None:
        team = validate(
            parsed(
                "id: soc\ncut_off: 17:00\nroll: following\naliases: [a, b]\nleads: [{name: x, since: 2026-11-23}]\n"
            ),
            Team,
        )
        assert team.cut_off == time(17)
        assert team.roll is Roll.FOLLOWING
        assert team.aliases == ("a", "b")
        assert team.leads[0].since == date(2026, 11, 23)

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("roll: skip", "team.yaml:1:1: id: is required and missing"),
            ("id: 7", "team.yaml:1:1: id: is 7; allowed: text (a number or a bare true, false or null needs quotes)"),
            (
                "id: a\nroll: folowing",
                "team.yaml:2:1: roll: is 'folowing', which is not known; allowed: skip, following; did you mean following?",
            ),
            ("id: a\nworking: yes", "team.yaml:2:1: working: is 'yes'; allowed: true or false"),
            ("id: a\naliases: x", "team.yaml:2:1: aliases: is 'x'; allowed: a list"),
            ("id: a\naliases: [x, 1]", "team.yaml:2:14: aliases.1: is 1; allowed: text (a number or a bare true, false or null needs quotes)"),
            ("id: a\ntexts: [x]", "team.yaml:2:1: texts: is a list; allowed: a mapping of keys to values"),
            ("id: a\ncut_off: 25:99", "team.yaml:2:1: cut_off: is '25:99'; allowed: a time of day as 17:00"),
            (
                "id: a\nleads:\n  - nmae: x\n",
                (
                    "team.yaml:3:5: leads.0.name: is required and missing\n"
                    "team.yaml:3:5: leads.0.nmae: is not a known key; allowed: name, since; did you mean name?"
                ),
            ),
            (
                "id: a\nshape: {kind: circle, radius: 1, radios: 2}",
                "team.yaml:2:34: shape.radios: is not a known key; allowed: kind, radius; did you mean radius?",
            ),
            ("id: a\nshape: {kind: circel}", "team.yaml:2:1: shape: has an unknown kind; allowed: circle, square"),
            ("id: a b", "team.yaml:1:1: id: 'a b' has {spaces}; allowed: a slug; did you mean a-b?"),
            ("[1]", "team.yaml:1:1: is a list; allowed: a mapping of keys to values"),
        ],
    )  # fmt: skip
    def test_the_complaint_says_what_is_wrong_what_is_allowed_and_what_was_meant(
        self, text: str, complaint: str
    ) -> None:
        assert "\n".join(complaints(text, Team)) == complaint

    def test_all_problems_of_several_files_are_told_together_in_their_order(self, tmp_path: Path) -> None:
        (tmp_path / "b.yaml").write_text("roll: x\nid: 1\n")
        (tmp_path / "a.yaml").write_text("a: &x 1\n")
        problems = ProblemList()
        for name in ("b.yaml", "a.yaml"):
            assert problems.validate(problems.load(tmp_path / name, name=name), Team) is None
        with pytest.raises(Config) as caught:
            problems.raise_if_any()
        assert [problem.place for problem in caught.value.problems] == ["a.yaml:1:4", "b.yaml:1:1", "b.yaml:2:1"]

    def test_a_long_wrong_value_is_cut_in_the_message(self) -> None:
        (complaint,) = complaints(f"id: a\nroll: {'x' * 500}", Team)
        assert len(complaint) < 200
