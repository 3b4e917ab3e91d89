"""A board that people sign in to at a provider that really answers over TLS, honest or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.unit.web.boards import SIGNED, Ticking, a_board, a_store, visiting
from tests.unit.web.openid import CLIENT, SECRET, OpenIdProvider, providing

from watchkeeper.web.board import Board
from watchkeeper.web.setup import Provider


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_store(tmp_path_factory.mktemp("store"))


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[OpenIdProvider]:
    with providing(tmp_path) as serving:
        yield serving


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture
def board(url: str, provider: OpenIdProvider, ticking: Ticking) -> Board:
    known = Provider(provider.issuer, CLIENT, SECRET, "groups", provider.ca_file)
    return a_board(replace(SIGNED, provider=known), url, ticking)


@pytest.fixture
def client(board: Board, ticking: Ticking) -> Iterator[TestClient]:
    with visiting(board, monotonic=ticking) as visitor:
        yield visitor
