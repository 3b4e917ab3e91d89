"""Which application permissions a source of evidence asks for, and no more."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper.model.record import Side


@dataclass(frozen=True, slots=True)
class Permission:
    """One application permission: its `name`, what it is for (values of `evidence.Subject`), and the wider ones that would do
    `instead`."""

    name: str
    subjects: tuple[str, ...]
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRights:
    """What a source needs. `api` is the name under which the directory lists the API, `application` its application id there.
    `never`: permissions with which an account could do harm."""

    source: Side
    api: str
    application: str
    permissions: tuple[Permission, ...]
    never: frozenset[str]

    def lacking(self, held: frozenset[str]) -> tuple[Permission, ...]:
        return tuple(each for each in self.permissions if held.isdisjoint({each.name, *each.instead}))

    def spare(self, held: frozenset[str]) -> tuple[str, ...]:
        """What is held and not needed, sorted; a wider permission that stands in for a needed one counts."""
        return tuple(sorted(held - {each.name for each in self.permissions}))
