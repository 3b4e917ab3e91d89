"""What the control plane does to a source of evidence: change its switches, put items there, and take everything back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from watchkeeper.emulators.evidence.holdings import Holdings
from watchkeeper.emulators.evidence.quotas import Quotas
from watchkeeper.emulators.evidence.switchboard import Switchboard

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SEEDS: Final = ("system", "options", "collections", "add")

T = TypeVar("T", bound="DataclassInstance")


class Seeded(Generic[T]):
    """A system with switches, limits and collections."""

    name: str

    def __init__(self, switches: Switchboard[T], quotas: Quotas, holdings: Holdings) -> None:
        self._switches = switches
        self._quotas = quotas
        self._holdings = holdings

    def records(self) -> list[dict[str, Any]]:
        """What seeds have put here."""
        return self._holdings.seeded()

    def reset(self) -> None:
        self._switches.reset()
        self._quotas.reset()
        self._holdings.reset()

    def seed(self, command: dict[str, Any]) -> dict[str, Any]:
        """Change switches (`options`), put items in the place of a collection (`collections`), or `add` some. Raises ValueError."""
        unknown = set(command) - set(SEEDS)
        if unknown:
            raise ValueError(
                f"unknown in a seed of {self.name}: {', '.join(sorted(unknown))}; there is {', '.join(SEEDS)}"
            )
        self._holdings.replace(command.get("collections", {}))
        self._holdings.add(command.get("add", {}))
        return {"options": self._switches.change(command.get("options", {}))}
