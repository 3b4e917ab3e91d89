"""What two versions of the profiles and valves mean differently. Pure: two loaded models in, differences out.

Compared are the compiled profiles, so that comments, the order of keys, layout and spelt-out defaults make no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from watchkeeper.mapping.closure import ClosureTable, TableClosure
from watchkeeper.mapping.diff_population import compared, spoken_population
from watchkeeper.mapping.diff_values import OneSide, spoken, spoken_write
from watchkeeper.mapping.lens_words import spoken_lens
from watchkeeper.mapping.profile import CloseFrom, FieldRule, GonePolicy, Profile, SideRules, StartingValue
from watchkeeper.mapping.templates import FixedValue, LocalTemplate, NamedValue, Substitution
from watchkeeper.model.difference import Difference, Reach, Shift, Subject
from watchkeeper.model.limits import Limits
from watchkeeper.model.population import Filter
from watchkeeper.model.record import Side

_OPENNESS = (CloseFrom.NOBODY, CloseFrom.SOC_TEAMS, CloseFrom.ANYONE)
_SIDE_SETTINGS = tuple(
    each.name
    for each in fields(SideRules)
    if each.compare and each.name not in {"side", "population", "also_read", "close_from"}
)
_FIELD_SETTINGS = ("owner", "resolver", "may_lower", "direction", "when")


def profile_differences(old: Mapping[str, Profile], new: Mapping[str, Profile]) -> tuple[Difference, ...]:
    """What differs, profile by profile; both hold the profiles that are not enabled, too."""
    return tuple(each for name in sorted({*old, *new}) for each in _profile(name, old.get(name), new.get(name)))


def limit_differences(old: Limits, new: Limits) -> tuple[Difference, ...]:
    """What differs in the valves. `dangerous`: a valve that stops later than before."""
    pairs = ((each.name, getattr(old, each.name), getattr(new, each.name)) for each in fields(Limits))
    return tuple(
        Difference(
            Subject.VALVE,
            "valves",
            name,
            Shift.SETTING,
            {"before": shown(before), "after": shown(after)},
            dangerous=after is None or (before is not None and after > before),
        )
        for name, before, after in pairs
        if before != after
    )


def shown(value: object) -> str:
    """A setting's value in a sentence; "" for none."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Mapping():
            return ", ".join(f"{name}: {shown(each)}" for name, each in sorted(value.items()))
        case tuple() | frozenset():
            return ", ".join(map(shown, sorted(value) if isinstance(value, frozenset) else value))
        case Filter():
            return spoken_population([value])
        case _:
            return str(value)


def _profile(name: str, old: Profile | None, new: Profile | None) -> Iterator[Difference]:
    if old is None or new is None:
        there = new or old
        if there is not None:
            shift = Shift.PROFILE_REMOVED if new is None else Shift.PROFILE_ADDED
            reach = Reach(name) if new is None else None
            yield Difference(Subject.PROFILE, name, "", shift, {}, there.place, there.enabled, reach)
        return
    if old.enabled != new.enabled:
        shift = Shift.SWITCHED_ON if new.enabled else Shift.SWITCHED_OFF
        yield Difference(Subject.PROFILE, name, "enabled", shift, {}, new.place, dangerous=True, reach=Reach(name))
    yield from _Both(old, new).differences()


@dataclass(frozen=True, slots=True)
class _Both:
    """One profile, before and after."""

    old: Profile
    new: Profile

    def differences(self) -> Iterator[Difference]:
        yield from self._own()
        for side in self.new.sides:
            yield from self._side(side)
        yield from self._fields()
        if isinstance(self.old.closure, TableClosure) and isinstance(self.new.closure, TableClosure):
            for target in self.new.closure.tables:
                yield from self._closure(target, self.old.closure.tables[target], self.new.closure.tables[target])

    def _differs(
        self, path: str, shift: Shift, *, place: str = "", dangerous: bool = False, touches: bool = False, **args: str
    ) -> Difference:
        reach = Reach(self.new.name) if touches else None
        place = place or self.new.place
        return Difference(Subject.PROFILE, self.new.name, path, shift, args, place, dangerous, reach)

    def _own(self) -> Iterator[Difference]:
        for name in (
            "kind",
            "gone",
            "go_live",
            "hold_reasons",
            "hold_max",
            "sweep_every",
            "comments",
            "audit_window",
            "audit_by_severity",
            "parent_field",
            "audited_tasks",
            "audit_shown_in",
            "close_when_kept",
        ):
            before, after = getattr(self.old, name), getattr(self.new, name)
            if before == after:
                continue
            if name == "comments":
                before, after = (tuple(f"{start}-to-{end}" for start, end in each) for each in (before, after))
            dangerous = (
                name == "kind" or after is GonePolicy.CLOSE_OTHER or (name == "go_live" and _earlier(before, after))
            )
            touches = name in {"kind", "gone", "comments", "hold_reasons", "hold_max"}
            yield self._differs(
                name, Shift.SETTING, dangerous=dangerous, touches=touches, before=shown(before), after=shown(after)
            )

    def _side(self, side: Side) -> Iterator[Difference]:
        old, new = self.old.sides[side], self.new.sides[side]
        path = f"sides.{side}"
        shift = compared(old.population, new.population)
        if shift is not None:
            yield self._differs(
                f"{path}.population",
                shift,
                dangerous=shift is not Shift.POPULATION_NARROWER,
                touches=shift is not Shift.POPULATION_WIDER,
                side=side,
                before=spoken_population(old.population),
                after=spoken_population(new.population),
            )
        if old.close_from != new.close_from:
            wider = _OPENNESS.index(new.close_from) > _OPENNESS.index(old.close_from)
            yield self._differs(
                f"{path}.close_from",
                Shift.SETTING,
                dangerous=wider,
                touches=True,
                before=old.close_from.value,
                after=new.close_from.value,
            )
        for name in _SIDE_SETTINGS:
            before, after = getattr(old, name), getattr(new, name)
            if before != after:
                at_creation = name in {"constants", "labels", "creates"}
                yield self._differs(
                    f"{path}.{name}",
                    Shift.SETTING,
                    dangerous=name in {"table", "creates"},
                    touches=not at_creation,
                    before=shown(before),
                    after=shown(after),
                )

    def _fields(self) -> Iterator[Difference]:
        old, new = ({rule.name: rule for rule in profile.fields} for profile in (self.old, self.new))
        renamed = {
            name: was
            for name, rule in new.items()
            if name not in old
            for was, before in old.items()
            if was not in new and _same_but_for_name(before, rule)
        }
        for name in dict.fromkeys([*old, *new]):
            before, after = old.get(renamed.get(name, name)), new.get(name)
            if name in renamed and after is not None:
                yield self._differs(
                    f"fields.{name}", Shift.FIELD_RENAMED, place=after.place, before=renamed[name], after=name
                )
            elif before is not None and after is not None:
                yield from self._field(before, after)
            elif name not in renamed.values() and (there := after or before) is not None:
                shift = Shift.FIELD_ADDED if before is None else Shift.FIELD_REMOVED
                carried = ", ".join(f"{side} {spoken_lens(lens)}" for side, lens in sorted(there.lenses.items()))
                yield self._differs(f"fields.{name}", shift, place=there.place, touches=True, field=name, after=carried)

    def _field(self, old: FieldRule, new: FieldRule) -> Iterator[Difference]:
        path = f"fields.{new.name}"
        for name in _FIELD_SETTINGS:
            before, after = getattr(old, name), getattr(new, name)
            if before != after:
                yield self._differs(
                    f"{path}.{name}",
                    Shift.SETTING,
                    place=new.place,
                    dangerous=name == "owner" or (name == "may_lower" and after),
                    touches=True,
                    before=shown(before),
                    after=shown(after),
                )
        if old.on_create != new.on_create:
            yield from self._starts(f"{path}.on_create", new.place, old.on_create, new.on_create)
        for side in dict.fromkeys([*old.lenses, *new.lenses]):
            if side in old.lenses and side in new.lenses:
                yield from OneSide(self.new.name, side, old, new).differences()
                continue
            before, after = (spoken_lens(rule.lenses[side]) if side in rule.lenses else "" for rule in (old, new))
            yield self._differs(
                f"{path}.{side}", Shift.SETTING, place=new.place, touches=True, before=before, after=after
            )

    def _starts(
        self, path: str, place: str, old: StartingValue | None, new: StartingValue | None
    ) -> Iterator[Difference]:
        before, after = _starting(old), _starting(new)
        for language in dict.fromkeys([*before, *after]):
            if before.get(language) != after.get(language):
                yield self._differs(
                    f"{path}.{language}".rstrip("."),
                    Shift.TEXT,
                    place=place,
                    before=before.get(language, ""),
                    after=after.get(language, ""),
                )

    def _closure(self, target: Side, old: ClosureTable, new: ClosureTable) -> Iterator[Difference]:
        path = f"closure.{target}"
        for name in ("reads", "empty_when_absent", "notes", "clear_on_reopen", "demands"):
            before, after = getattr(old, name), getattr(new, name)
            if before != after:
                yield self._differs(f"{path}.{name}", Shift.SETTING, before=shown(before), after=shown(after))
        if old.reads == new.reads:
            yield from self._closing_rows(path, target, old, new)
        for name in dict.fromkeys([*old.texts, *new.texts]):
            was, now = old.texts.get(name), new.texts.get(name)
            if was != now:
                yield from self._starts(
                    f"{path}.texts.{name}", "", was.template if was else None, now.template if now else None
                )
                limits = ("" if each is None else str(each.limit) for each in (was, now))
                before, after = limits
                if before != after:
                    yield self._differs(f"{path}.texts.{name}.max", Shift.SETTING, before=before, after=after)

    def _closing_rows(self, path: str, target: Side, old: ClosureTable, new: ClosureTable) -> Iterator[Difference]:
        """What the table answers to every combination that one of the two knows, and to all others (`*`)."""
        for held in [*dict.fromkeys([*old.rows, *new.rows]), None]:
            before, after = (
                table.otherwise if held is None else table.rows.get(held, table.otherwise) for table in (old, new)
            )
            if before == after:
                continue
            shift = Shift.CLOSE_LOST if after is None else Shift.CLOSE_GAINED if before is None else Shift.CLOSE
            there = list((old if after is None else new).rows)
            below = "otherwise" if held is None else f"rows.{there.index(held)}" if held in there else "rows"
            yield self._differs(
                f"{path}.{below}",
                shift,
                dangerous=before is None,
                side=target,
                held="*" if held is None else spoken(new.reads, held),
                before=spoken_write(before),
                after=spoken_write(after),
            )


def _same_but_for_name(old: FieldRule, new: FieldRule) -> bool:
    return all(
        getattr(old, each.name) == getattr(new, each.name)
        for each in fields(FieldRule)
        if each.name not in {"name", "place"}
    )


def _earlier(before: object, after: object) -> bool:
    """Whether a go-live date moved back, or is gone: older records are imported then."""
    return after is None or (before is not None and str(after) < str(before))


def _starting(value: StartingValue | None) -> Mapping[str, str]:
    """A starting value as its file has it, by language."""
    match value:
        case None:
            return {}
        case FixedValue():
            return {"": value.value}
        case NamedValue():
            return {"": value.name}
        case LocalTemplate():
            return {
                language: "\n".join("".join(_part(part) for part in paragraph.parts) for paragraph in paragraphs)
                for language, paragraphs in value.paragraphs.items()
            }
        case _:
            raise AssertionError(f"an unknown starting value: {value!r}")


def _part(part: str | Substitution) -> str:
    if isinstance(part, str):
        return part
    filters = "".join(f" | {name}({', '.join(map(repr, arguments))})" for name, arguments in part.filters)
    return f"{{{{ {part.name}{filters} }}}}"
