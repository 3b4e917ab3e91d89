"""What the instance says about its own fields: how long their texts may be, and which choices they have.

Both are read once and remembered for a day. A table inherits the rows of `task` in sys_dictionary and sys_choice unless it has
its own. Ordinary accounts often cannot read either table, or only some rows of it: then the shipped lengths count, and nothing is
said about choices, because a list of which rows are hidden proves no value wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.vocabulary import ChoiceList, FieldKey
from watchkeeper_servicenow.batch import Question
from watchkeeper_servicenow.client import Everything
from watchkeeper_servicenow.query import all_of, in_portions, one_of
from watchkeeper_servicenow.text import USUAL_LENGTHS

T = TypeVar("T")

DICTIONARY, CHOICES = "sys_dictionary", "sys_choice"
FRESH_FOR = timedelta(days=1)
BASE = "task"
_PAGE = 1000
_DICTIONARY_FIELDS = ("name", "element", "max_length")
_CHOICE_FIELDS = ("name", "element", "value", "label", "language", "inactive")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`asked`: the fields that were looked up, by table. Where `lengths` has no entry for a table, it could not be read."""

    asked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lengths: Mapping[FieldKey, int] = field(default_factory=dict)
    choices: Mapping[FieldKey, ChoiceList] = field(default_factory=dict)
    at: datetime | None = None

    def limit(self, table: str, name: str) -> int | None:
        """The longest text that a field takes, in characters; None when nothing is known about it."""
        return self.lengths.get((table, name), USUAL_LENGTHS.get(name))

    def covers(self, fields: Mapping[str, frozenset[str]], now: datetime) -> bool:
        """Whether it is less than a day old and about all of these fields."""
        fresh = self.at is not None and timedelta(0) <= now - self.at < FRESH_FOR
        return fresh and all(names <= self.asked.get(table, frozenset()) for table, names in fields.items())

    def memo(self) -> str:
        """Itself as JSON text."""
        return json.dumps(
            {
                "at": None if self.at is None else self.at.isoformat(),
                "asked": {table: sorted(names) for table, names in self.asked.items()},
                "lengths": [[*key, length] for key, length in sorted(self.lengths.items())],
                "choices": [[*key, dict(each.labels)] for key, each in sorted(self.choices.items())],
            },
            ensure_ascii=False,
        )


def of_memo(memo: str | None) -> Vocabulary:
    """What a memo holds; nothing for one that another version of this program wrote."""
    try:
        held = json.loads(memo or "{}")
        return Vocabulary(
            asked={str(table): frozenset(map(str, names)) for table, names in held["asked"].items()},
            lengths={(str(table), str(name)): int(length) for table, name, length in held["lengths"]},
            choices={
                (str(table), str(name)): ChoiceList({value: tuple(labels) for value, labels in each.items()})
                for table, name, each in held["choices"]
            },
            at=datetime.fromisoformat(held["at"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Vocabulary()


def remembered_choices(memo: str | None) -> Mapping[FieldKey, ChoiceList]:
    """The lists that a memo holds, however old it is."""
    return of_memo(memo).choices


def questions_about(fields: Mapping[str, frozenset[str]]) -> list[Question]:
    """What to ask the instance: dictionary and choice rows of the tables and of `task`, for all of their fields."""
    tables = sorted({*fields, BASE})
    names = sorted(frozenset[str]().union(*fields.values()))
    return [
        Question(source, all_of(one_of("name", tables), one_of("element", portion)), columns, _PAGE)
        for source, columns in ((DICTIONARY, _DICTIONARY_FIELDS), (CHOICES, _CHOICE_FIELDS))
        for portion in in_portions(names)
    ]


def told(
    fields: Mapping[str, frozenset[str]],
    questions: Sequence[Question],
    answers: Sequence[Everything | WatchkeeperError],
    at: datetime,
) -> Vocabulary:
    """The vocabulary that the answers to `questions_about` make."""
    lengths: dict[FieldKey, int] = {}
    lists: dict[FieldKey, dict[str, tuple[str, ...]]] = {}
    for question, answer in zip(questions, answers, strict=True):
        if isinstance(answer, WatchkeeperError):
            continue
        if question.table == DICTIONARY:
            lengths |= _lengths(answer)
        elif not answer.hidden:
            lists |= _lists(answer)
    keys = [(table, name) for table, names in fields.items() for name in names]
    return Vocabulary(
        asked=dict(fields),
        lengths=dict(_inherited(keys, lengths)),
        choices={key: ChoiceList(labels) for key, labels in _inherited(keys, lists)},
        at=at,
    )


def _inherited(keys: Iterable[FieldKey], held: Mapping[FieldKey, T]) -> Iterator[tuple[FieldKey, T]]:
    for table, name in keys:
        for owner in (table, BASE):
            if (owner, name) in held:
                yield (table, name), held[owner, name]
                break


def _lengths(answer: Everything) -> dict[FieldKey, int]:
    return {
        (row.get("name") or "", row.get("element") or ""): int(length)
        for row in answer.rows
        if (length := row.get("max_length") or "").isascii() and length.isdigit() and 0 < int(length[:9]) == int(length)
    }


def _lists(answer: Everything) -> dict[FieldKey, dict[str, tuple[str, ...]]]:
    lists: dict[FieldKey, dict[str, tuple[str, ...]]] = {}
    for row in answer.rows:
        value, label = row.get("value"), row.get("label") or ""
        if not value or row.get("inactive") == "true":
            continue
        labels = lists.setdefault((row.get("name") or "", row.get("element") or ""), {})
        labels[value] = tuple(dict.fromkeys([*labels.get(value, ()), *([label] if label else [])]))
    return lists
