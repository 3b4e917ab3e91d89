"""Every text of a report that people read, by language. A text names its values in braces; counted texts have a form
`.one` where the language needs it, and always `.other`."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from dataclasses import dataclass

from watchkeeper.report.texts import (
    audits,
    board,
    board_calls,
    board_escalations,
    board_health,
    board_lists,
    board_tasks,
    briefings,
    ci,
    devices,
    en,
    evidence,
    findings_en,
    findings_ja,
    ja,
    mapping_compared,
    mapping_pages,
    mapping_tried,
    mappings,
    marks,
    nudges,
    orders,
    oversight,
    owners,
    packs,
    periods,
    pictures,
    portal,
    previews,
    progress,
    reasons,
    remediations,
    scores,
    setup,
    sign_in,
    store,
    trials,
    vitals,
)

_PARTS = (
    orders,
    oversight,
    owners,
    reasons,
    remediations,
    scores,
    store,
    nudges,
    mapping_compared,
    mapping_pages,
    mapping_tried,
    mappings,
    marks,
    trials,
    packs,
    periods,
    pictures,
    portal,
    previews,
    setup,
    sign_in,
    audits,
    board,
    board_lists,
    board_tasks,
    board_escalations,
    board_calls,
    board_health,
    devices,
    ci,
    vitals,
    evidence,
    briefings,
    progress,
)
CATALOGUES: dict[str, dict[str, str]] = {
    "en": dict(ChainMap(en.TEXTS, findings_en.FINDINGS, *(part.ENGLISH for part in _PARTS))),
    "ja": dict(ChainMap(ja.TEXTS, findings_ja.FINDINGS, *(part.JAPANESE for part in _PARTS))),
}
LANGUAGES = tuple(CATALOGUES)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language."""

    language: str

    def say(self, key: str, /, **values: object) -> str:
        """A text with its values filled in. Values are never looked into: braces in them stay braces."""
        return CATALOGUES[self.language][key].format_map(values)

    def has(self, key: str) -> bool:
        return key in CATALOGUES[self.language]

    def count(self, key: str, count: int, /, **values: object) -> str:
        """A text for a number of things, which it names `count`."""
        one = f"{key}.one"
        chosen = one if count == 1 and self.has(one) else f"{key}.other"
        return self.say(chosen, count=f"{count:,}", **values)

    def join(self, parts: Sequence[str]) -> str:
        """Parts as one enumeration."""
        if len(parts) < 2:
            return "".join(parts)
        return self.say("list.comma").join(parts[:-1]) + self.say("list.and") + parts[-1]

    def side(self, side: str) -> str:
        """A system's own name; that of a system we have no text for, as it is."""
        return self._named("side", side)

    def field(self, field: str) -> str:
        """What people call a field of ours; one that a profile adds, by its own name."""
        return self._named("field", field)

    def value(self, field: str, value: object) -> str:
        """What people call a value of a field of ours; any other value as it is."""
        return self._named(f"value.{field}", str(value))

    def cadence(self, cadence: str) -> str:
        return self._named("cadence", cadence)

    def _named(self, family: str, name: str) -> str:
        key = f"{family}.{name}"
        return self.say(key) if self.has(key) else name


def texts_in(language: str) -> Texts:
    """The texts of a language; English for one that there is no catalogue of."""
    return Texts(language if language in CATALOGUES else "en")
