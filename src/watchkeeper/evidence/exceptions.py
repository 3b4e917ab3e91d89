"""What an exception was approved for. Pure.

Exceptions are those of the whole estate: one for some device groups says nothing about an owner (defender-docs, tvm-exception).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from watchkeeper.evidence.owners import recommendation_of
from watchkeeper.evidence.spelling import folded
from watchkeeper.model.evidence import Recommendation, RemediationTask

_EXCEPTIONS: Final = frozenset({"exception", "fullexception"})
_OF_PRODUCT: Final = "va-_-"
"""How the id of a recommendation about a product begins, which its product's id ends (resource recommendation)."""


def excepted(
    tasks: Iterable[RemediationTask], recommendations: Collection[Recommendation], known: Collection[str] = ()
) -> frozenset[str]:
    """The ids of the tasks that an exception was approved for. `known`: what one was approved for before, as `recommendation_of` calls it,
    which stays so until the source lists the recommendation without it."""
    listed = _Named.of(recommendations)
    approved = _Named.of(each for each in recommendations if each.status.casefold() in _EXCEPTIONS)
    return frozenset(
        each.id
        for each in tasks
        if approved.names(each) or (recommendation_of(each) in known and not listed.names(each))
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """Recommendations by what ties a task to them: what is to be done, with the product's id or with the title alone."""

    products: frozenset[tuple[str, str]]
    titles: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, recommendations: Iterable[Recommendation]) -> _Named:
        rows = [(folded(each.remediation), folded(each.id), folded(each.title)) for each in recommendations]
        return cls(frozenset((kind, id_) for kind, id_, _ in rows), frozenset((kind, title) for kind, _, title in rows))

    def names(self, task: RemediationTask) -> bool:
        kind = folded(task.kind)
        by_product = bool(task.product) and (kind, folded(f"{_OF_PRODUCT}{task.product}")) in self.products
        return by_product or (kind, folded(task.title)) in self.titles
