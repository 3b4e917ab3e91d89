"""The form on which a record is tried out, in a real browser: by keyboard, without scripts, on a telephone, in both languages."""

from __future__ import annotations

import json

import pytest
from tests.browser.conftest import Look
from tests.unit.web.test_mapping_trial import HOSTILE, INCIDENT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FORM = "/en/soc/mappings/escalation/try"
RECORD = json.dumps({**INCIDENT, "properties": {**INCIDENT["properties"], "title": HOSTILE}})


@pytest.mark.parametrize("path", [FORM, FORM.replace("/en/", "/ja/"), "/en/soc/mappings/escalation?ticket=INC1"])
class TestTheForm:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_lets_everybody_use_it_and_breaks_no_policy(self, look: Look, path: str, scheme: str) -> None:
        assert look(path, color_scheme=scheme).violations() == []

    @pytest.mark.parametrize("width", [320, 640])
    def test_fits_a_phone_and_a_window_at_twice_the_size(self, look: Look, path: str, width: int) -> None:
        assert look(path, viewport={"width": width, "height": 900}).wider_than_the_window() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_by_keyboard_alone_a_record_is_sent_corrected_and_shown(look: Look, scripts: bool) -> None:
    looking = look(FORM, java_script_enabled=scripts, viewport={"width": 320, "height": 900})
    page, record = looking.page, looking.page.get_by_label("The record as JSON")
    record.focus()
    page.keyboard.insert_text('{"a": }')
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("line 1, column 7").wait_for()
    assert record.get_attribute("aria-invalid") == "true"
    if scripts:
        assert looking.violations() == []
    looking.complaints.clear()  # of the answer 422
    record.fill(RECORD)
    record.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("A sync would create the other record, as shown here.").wait_for()
    assert record.input_value() == RECORD
    assert page.locator("main script").count() == 0
    if scripts:
        assert looking.wider_than_the_window() == 0
        assert looking.violations() == []
