from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.model.identity import MARKER_LENGTH, NAMESPACE, chosen_uuid, marker_of

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=120)
KEYS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-/@~", min_size=1, max_size=150)


def test_ids_are_the_same_for_ever() -> None:
    marker = marker_of("soc", "portal-licences/soc-oversight@2026-11-16")
    assert marker == "soc/portal-licences/soc-oversight@2026-11-16"
    assert str(NAMESPACE) == "6f1b7a52-9c0e-5d1c-8a57-0d6f2f4b3e91"
    assert chosen_uuid(marker).hex == "0df4a5a3f1d45785bb24c4876257d94e"


@given(NAMES, KEYS)
def test_a_marker_fits_its_field(deployment: str, key: str) -> None:
    assert len(marker_of(deployment, key)) <= MARKER_LENGTH


@given(NAMES, KEYS, KEYS)
def test_different_keys_have_different_markers(deployment: str, key: str, other: str) -> None:
    same = marker_of(deployment, key) == marker_of(deployment, other)
    assert same is (key == other)


@given(KEYS)
def test_test_and_production_never_meet(key: str) -> None:
    assert marker_of("production", key) != marker_of("test", key)
    assert marker_of("a" * 120, key) != marker_of("a" * 121, key)


@given(KEYS)
def test_a_chosen_id_is_a_name_based_uuid(key: str) -> None:
    chosen = chosen_uuid(marker_of("soc", key))
    assert chosen.version == 5
    assert len(chosen.hex) == 32


def test_a_long_key_is_digested_and_keeps_its_deployment_readable() -> None:
    marker = marker_of("soc", "x" * 200)
    assert marker.startswith("soc/~")
    assert len(marker.removeprefix("soc/~")) == 64
