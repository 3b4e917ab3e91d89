"""How single values are shown."""

from __future__ import annotations

import pytest

from watchkeeper.report.texts import texts_in
from watchkeeper.report.values import shown

DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(("lang", "said"), [("en", f"{DIGEST} (2,289 characters)"), ("ja", f"{DIGEST}（2,289文字）")])
def test_what_the_log_keeps_of_a_note_is_said_in_the_reader_s_language(lang: str, said: str) -> None:
    assert shown(f"{DIGEST} (2289 characters)", texts_in(lang)) == said


def test_a_text_that_only_resembles_it_stays_as_it_is() -> None:
    for text in (f"{DIGEST} (many characters)", f"see {DIGEST} (3 characters)", "sha256:0a (3 characters)"):
        assert shown(text, texts_in("ja")) == text
