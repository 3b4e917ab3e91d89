"""A profile in the words of one instance: labels, in any of its languages, become the values that are stored there.

Pure. What a profile names and the instance does not have is told with near names; a close that would write it is parked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from watchkeeper.mapping.closure import ClosureTable, TableClosure
from watchkeeper.mapping.known_choices import KNOWN
from watchkeeper.mapping.lens import Lens, TableLens, TableRow
from watchkeeper.mapping.lens_default import DefaultLens, looked_at
from watchkeeper.mapping.lens_views import LookedUp, ViewLens
from watchkeeper.mapping.profile import FieldRule, Profile, SideRules
from watchkeeper.model.population import Condition, Filter, Operator
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields
from watchkeeper.model.ticket import STATUS_FIELD
from watchkeeper.model.vocabulary import ChoiceList


@dataclass(frozen=True, slots=True)
class UnknownChoice:
    """A value that a profile would write, or looks for, in a field whose list does not have it. `place`: `file:line:col`."""

    table: str
    field: str
    name: str
    near: tuple[str, ...]
    place: str

    def __str__(self) -> str:
        return f"{self.field} {self.name!r} is no choice of {self.table}; near: {', '.join(self.near) or 'none'}"


def coded_fields(profile: Profile) -> frozenset[str]:
    """The ServiceNow fields of a profile whose lists and lengths matter: those that it writes, and those that it looks for."""
    rules = profile.sides[SERVICENOW]
    names = {*profile.mapped_fields(SERVICENOW), *rules.constants}
    names.update((rules.hold_reason_field,) if rules.hold_reason_field else ())
    names.update(condition.field for filter_ in rules.population for condition in filter_.conditions)
    if isinstance(profile.closure, TableClosure):
        names.update(profile.closure.tables[SERVICENOW].written, profile.closure.tables[SENTINEL].reads)
    return frozenset(names)


def in_words_of(profile: Profile, lists: Mapping[str, ChoiceList]) -> tuple[Profile, tuple[UnknownChoice, ...]]:
    """The profile with values for labels, and what it names that the instance does not have. `lists`: by field of the profile's
    ServiceNow table; a field without one is left as it is."""
    speaker = _Speaker(profile, lists)
    sides = {**profile.sides, SERVICENOW: speaker.side(profile.sides[SERVICENOW])}
    fields = tuple(speaker.rule(rule) for rule in profile.fields)
    closure = speaker.closure(profile.closure) if isinstance(profile.closure, TableClosure) else profile.closure
    reasons = tuple(
        speaker.value(profile.sides[SERVICENOW].hold_reason_field or "", reason) for reason in profile.hold_reasons
    )
    unknown = tuple(dict.fromkeys(speaker.unknown))
    listed = lists.get(profile.sides[SERVICENOW].hold_reason_field or "")
    labels = {value: said[0] for value, said in listed.labels.items() if said} if listed else {}
    spoken = replace(
        profile, sides=sides, fields=fields, closure=closure, hold_reasons=reasons, hold_reason_labels=labels
    )
    lacking = tuple(sorted(f"{each.field}={each.name}" for each in unknown))
    return replace(spoken, lacking=lacking), unknown


def in_known_words(profile: Profile) -> Profile:
    """The profile as it is on an instance that has the choices which ServiceNow comes with, and those that it names by value."""
    table = profile.sides[SERVICENOW].table
    lists = {name: choices for (each, name), choices in KNOWN.items() if each == table}
    return replace(in_words_of(profile, lists)[0], lacking=())


@dataclass(slots=True)
class _Speaker:
    profile: Profile
    lists: Mapping[str, ChoiceList]
    unknown: list[UnknownChoice] = field(default_factory=list)

    def value(self, name: str, spoken: str) -> str:
        """The value that a name stands for; the name itself where there is no list or the list does not have it."""
        choices = self.lists.get(name)
        return (choices.value(spoken) if choices is not None and spoken else None) or spoken

    def lacks(self, name: str, spoken: str) -> UnknownChoice | None:
        """Why a name must not be written or looked for; None when it may be."""
        choices = self.lists.get(name)
        if choices is None or not spoken or choices.value(spoken) is not None:
            return None
        table = self.profile.sides[SERVICENOW].table
        return UnknownChoice(table, name, spoken, choices.near(spoken), self.profile.place)

    def written(self, name: str, spoken: str) -> str:
        """`value`, noting a name that the list does not have."""
        lacking = self.lacks(name, spoken)
        self.unknown += [lacking] if lacking is not None else []
        return self.value(name, spoken)

    def side(self, rules: SideRules) -> SideRules:
        constants = {
            name: self.written(name, value) if isinstance(value, str) else value
            for name, value in rules.constants.items()
        }
        population = tuple(Filter(tuple(map(self.condition, each.conditions))) for each in rules.population)
        return replace(rules, constants=constants, population=population)

    def condition(self, condition: Condition) -> Condition:
        if condition.operator not in {Operator.IN, Operator.NOT_IN}:
            return condition
        return replace(condition, values=tuple(self.written(condition.field, value) for value in condition.values))

    def rule(self, rule: FieldRule) -> FieldRule:
        if SERVICENOW in rule.when:
            when = Filter(tuple(map(self.condition, rule.when[SERVICENOW].conditions)))
            rule = replace(rule, when={**rule.when, SERVICENOW: when})
        lens = rule.lenses.get(SERVICENOW)
        if lens is None or self.lists.keys().isdisjoint(looked_at(lens)):
            return rule
        return replace(rule, lenses={**rule.lenses, SERVICENOW: self.spoken_lens(lens)})

    def spoken_lens(self, lens: Lens) -> Lens:
        match lens:
            case TableLens():
                return self.lens(lens)
            case DefaultLens(inner=inner):
                return replace(lens, inner=self.spoken_lens(inner))
            case ViewLens(reading=LookedUp() as looked_up):
                rows = tuple(replace(row, condition=self.condition(row.condition)) for row in looked_up.rows)
                return replace(lens, reading=replace(looked_up, rows=rows))
            case _:
                return lens

    def lens(self, lens: TableLens) -> TableLens:
        """The table with values. A row that another one names too (by its label and by its value) keeps its own words, so that
        no row is lost without a word: nothing is ever read as them."""
        rows: list[TableRow] = []
        for row in lens.rows:
            speak = self.written if row.writes else self.value
            raw = tuple(speak(name, spoken) for name, spoken in zip(lens.raw_fields, row.raw, strict=True))
            rows.append(replace(row, raw=row.raw if raw in {each.raw for each in rows} else raw))
        name = lens.raw_fields[0]
        transitions = lens.transitions and {
            self.value(name, state): tuple(self.value(name, each) for each in allowed)
            for state, allowed in lens.transitions.items()
        }
        return replace(lens, rows=tuple(rows), transitions=transitions)

    def closure(self, closure: TableClosure) -> TableClosure:
        tables = {
            SERVICENOW: self.writing(closure.tables[SERVICENOW]),
            SENTINEL: self.reading(closure.tables[SENTINEL]),
        }
        return replace(closure, tables={**closure.tables, **tables})

    def writing(self, table: ClosureTable) -> ClosureTable:
        """What is written in ServiceNow. A row with a code that the instance does not have is kept as a doubt: it parks."""
        doubts = {held: doubt for held, write in table.rows.items() if (doubt := self.doubt(write))}
        rest = self.doubt(table.otherwise) if table.otherwise is not None else ""
        rows = {held: self.spoken(write) for held, write in table.rows.items()}
        otherwise = self.spoken(table.otherwise) if table.otherwise is not None else None
        state = self.profile.field(STATUS_FIELD).lenses[SERVICENOW].raw_fields[0]
        demands = table.demands and {self.value(state, each): names for each, names in table.demands.items()}
        return replace(table, rows=rows, otherwise=otherwise, demands=demands, doubts=doubts, rest_in_doubt=rest)

    def doubt(self, write: RawFields) -> str:
        lacking = [
            each for name, value in write.items() if isinstance(value, str) and (each := self.lacks(name, value))
        ]
        self.unknown += lacking
        return "; ".join(map(str, lacking))

    def spoken(self, write: RawFields) -> RawFields:
        return {name: self.value(name, value) if isinstance(value, str) else value for name, value in write.items()}

    def reading(self, table: ClosureTable) -> ClosureTable:
        """What a ServiceNow close is read by. A code that this instance does not have is simply never met. `shown` keeps the
        profile's words for values that say nothing to a reader."""
        said = {held: self._held(table.reads, held) for held in table.rows}
        shown = {
            value: spoken
            for held, values in said.items()
            for spoken, value in zip(held, values, strict=True)
            if spoken != value
        }
        rows = {said[held]: write for held, write in reversed(list(table.rows.items()))}
        places = {said.get(held, held): place for held, place in reversed(list(table.places.items()))}
        return replace(table, rows=rows, shown=shown, places=places)

    def _held(self, reads: Sequence[str], held: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.value(name, spoken) for name, spoken in zip(reads, held, strict=True))
