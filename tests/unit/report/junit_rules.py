"""The JUnit XML that CI systems read, as rules: what an XML schema for it (Jenkins' junit-10.xsd, the format of Maven Surefire)
demands, written out, and that the counts are true."""

from __future__ import annotations

from xml.etree import ElementTree

COUNTS = ("tests", "failures", "errors", "skipped")
ATTRIBUTES = {
    "testsuites": {"name", "time", *COUNTS},
    "testsuite": {"name", "time", *COUNTS},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}
"""Every element and the attributes it has, all of them."""
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped"},
    "failure": set[str](),
    "error": set[str](),
    "skipped": set[str](),
}
SPOKEN = frozenset({"failure", "error"})
"""Elements that have a text; no other has one besides white space."""


def read(written: str) -> ElementTree.Element:
    """The document, which keeps the rules. Raises AssertionError or ParseError where it does not."""
    assert written.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    root = ElementTree.fromstring(written.encode())
    assert root.tag == "testsuites"
    _check(root)
    for suite in root:
        assert _counted(suite) == _said(suite)
    assert [sum(_said(suite)[number] for suite in root) for number in range(len(COUNTS))] == _said(root)
    return root


def _check(element: ElementTree.Element) -> None:
    assert set(element.attrib) == ATTRIBUTES[element.tag], element.tag
    assert {child.tag for child in element} <= CHILDREN[element.tag], element.tag
    assert element.tag != "testcase" or len(element) <= 1
    assert bool((element.text or "").strip()) <= (element.tag in SPOKEN)
    assert float(element.attrib.get("time", "0")) >= 0
    assert element.attrib.get("name", "x").strip()
    for child in element:
        _check(child)


def _said(element: ElementTree.Element) -> list[int]:
    return [int(element.attrib[name]) for name in COUNTS]


def _counted(suite: ElementTree.Element) -> list[int]:
    tags = [child.tag for case in suite for child in case]
    return [len(suite), tags.count("failure"), tags.count("error"), tags.count("skipped")]
