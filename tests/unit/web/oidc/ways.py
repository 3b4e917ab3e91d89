"""What a browser does to sign in, and what came of it."""

from __future__ import annotations

from starlette.testclient import TestClient
from tests.unit.web.openid import OpenIdProvider

from watchkeeper.web.sessions import COOKIE


def way_back(client: TestClient, provider: OpenIdProvider, to: str = "/en/soc/today") -> str:
    """What the provider sends the browser back to."""
    asked = client.get(to)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/sign-in?to={to}")
    sent = client.get(asked.headers["location"])
    assert sent.headers["location"].startswith(f"{provider.issuer}/authorize?")
    return provider.authorize(sent.headers["location"])


def is_signed_in(client: TestClient) -> bool:
    return client.get("/api/v1/deployments").status_code == 200


def refused(client: TestClient, back: str) -> bool:
    answer = client.get(back)
    return answer.status_code == 400 and COOKIE not in answer.cookies and not is_signed_in(client)
