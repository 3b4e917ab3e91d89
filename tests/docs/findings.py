"""The table of what `doctor` finds, made from the program's own texts, and the list of rights for the shipped profiles."""

from __future__ import annotations

from tests.docs.pages import ROOT

from watchkeeper.catalog.load import load_catalog
from watchkeeper.doctor.least import least_rights
from watchkeeper.doctor.permissions import csv_lines
from watchkeeper.mapping.load import load_profiles
from watchkeeper.model.findings import Finding
from watchkeeper.model.sources import SOURCES
from watchkeeper.report.texts import CATALOGUES

BEGIN = "<!-- findings: made by `python -m tests.docs.reference`; do not edit by hand -->"
END = "<!-- end of findings -->"
MAPPINGS = ROOT / "mappings"
CSV = ROOT / "deploy" / "permissions" / "servicenow.csv"
_OWN_WORDS = frozenset({Finding.FAILED, Finding.FAILED_AS_SAID, Finding.UNREACHABLE})
"""Their text is whatever went wrong."""


class _Named(dict[str, str]):
    """A value that a text names, shown by its name."""

    def __missing__(self, name: str) -> str:
        return f"*{name}*"


def findings() -> str:
    """One row per finding that somebody can do something about."""
    texts = CATALOGUES["en"]
    rows = ["| finding | what it says | what to do |", "| --- | --- | --- |"]
    for finding in Finding:
        if f"remedy.{finding.value}" in texts and finding not in _OWN_WORDS:
            said, remedy = (_shown(texts[f"{part}.{finding.value}"]) for part in ("finding", "remedy"))
            rows.append(f"| `{finding.value}` | {said} | {remedy} |")
    return "\n".join(rows)


def _shown(text: str) -> str:
    return text.format_map(_Named()).replace("|", r"\|")


def with_findings(text: str) -> str:
    """A page with its table made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{findings()}\n\n{END}{after}"


def rights() -> str:
    """The whole list for the shipped profiles, in the mode that writes most, with evidence."""
    catalog, profiles = load_catalog(MAPPINGS, deployment="soc"), load_profiles(MAPPINGS)
    return "\n".join(csv_lines(least_rights(catalog, profiles, "full", SOURCES).tables)) + "\n"
