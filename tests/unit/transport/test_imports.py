from __future__ import annotations

import importlib
import sys

import pytest

from watchkeeper.transport.imports import without


def test_an_import_fails_as_if_the_module_were_not_installed_and_works_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "sched", raising=False)
    with without("sched"), pytest.raises(ImportError):
        importlib.import_module("sched")
    assert importlib.import_module("sched").__name__ == "sched"


def test_what_is_imported_already_stays() -> None:
    with without("sys"):
        assert importlib.import_module("sys") is sys
    assert sys.modules["sys"] is sys


def test_the_module_is_back_also_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sched", raising=False)
    with pytest.raises(RuntimeError), without("sched"):
        raise RuntimeError
    assert "sched" not in sys.modules
