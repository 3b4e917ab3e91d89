"""GitHub's REST interface as far as one pull request's comments go, over TLS: pages, rights, limits and refusals as
docs.github.com has them (REST API, issue comments; pagination; permissions of GITHUB_TOKEN)."""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.receiver import authority

REPOSITORY = "soc-example/duties"
NUMBER = 7
HEAD = "4f1c0e2d9b8a7c6f5e4d3c2b1a0f9e8d7c6b5a49"
TOKEN = "a-job's-own"
LONGEST = 65_536
"""Characters of a comment."""
OURS = "github-actions[bot]"


@dataclass
class PullRequest:
    """`may_write` is what `pull-requests: write` gives; the token of a job for a fork never has it. `deleted`: somebody has just
    deleted what is about to be changed. `moved_to` is where everything is answered to be, `elsewhere` where further pages are said to be."""

    url: str
    ca_file: Path
    comments: list[dict[str, Any]] = field(default_factory=list)
    head: str = HEAD
    may_write: bool = True
    calls: list[str] = field(default_factory=list)
    deleted: bool = False
    moved_to: str = ""
    elsewhere: str = ""

    def say(self, body: str | None, login: str | None = OURS) -> None:
        """Somebody comments; nobody is left of a deleted account."""
        user = None if login is None else {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}
        self.comments.append({"id": 1000 + len(self.comments), "user": user, "body": body})

    def environment(self) -> dict[str, str]:
        """What a runner and the action give to the step."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": TOKEN,
            "PULL_REQUEST": str(NUMBER),
            "HEAD": HEAD,
            "SSL_CERT_FILE": str(self.ca_file),
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        served = cast(_Server, self.server).served
        sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        served.calls.append(f"{self.command} {self.path}")
        if served.moved_to:
            status, said, link = 301, {"message": "Moved Permanently"}, ""
        else:
            status, said, link = self.result(served, json.loads(sent) if sent else {})
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        if served.moved_to:
            self.send_header("Location", served.moved_to)
        if link:
            self.send_header("Link", link)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = answer  # noqa: N815 - as http.server calls them

    def result(self, served: PullRequest, sent: dict[str, str]) -> tuple[int, Any, str]:
        address = urlsplit(self.path.replace("/repositories/1/", f"/repos/{REPOSITORY}/"))
        if self.headers["Authorization"] != f"Bearer {TOKEN}" or not self.headers["User-Agent"]:
            return 401, {"message": "Bad credentials"}, ""
        if address.path == f"/repos/{REPOSITORY}/pulls/{NUMBER}":
            return 200, {"number": NUMBER, "head": {"sha": served.head}}, ""
        if self.command == "GET" and address.path == f"/repos/{REPOSITORY}/issues/{NUMBER}/comments":
            return self.page(served, parse_qs(address.query))
        if not served.may_write:
            return 403, {"message": "Resource not accessible by integration"}, ""
        if len(sent["body"]) > LONGEST:
            return 422, {"message": f"Validation Failed: body is too long (maximum is {LONGEST} characters)"}, ""
        return self.written(served, address.path, sent["body"])

    def page(self, served: PullRequest, query: dict[str, list[str]]) -> tuple[int, Any, str]:
        size = min(100, int(query.get("per_page", ["30"])[0]))
        number = int(query.get("page", ["1"])[0])
        shown = served.comments[(number - 1) * size : number * size]
        # GitHub's links name a repository by its number.
        following = f"{served.elsewhere or served.url}/repositories/1/issues/{NUMBER}/comments?per_page={size}&page={number + 1}"
        more = len(served.comments) > number * size
        return 200, shown, f'<{following}>; rel="next", <{following}>; rel="last"' if more else ""

    def written(self, served: PullRequest, path: str, body: str) -> tuple[int, Any, str]:
        if self.command == "POST" and path == f"/repos/{REPOSITORY}/issues/{NUMBER}/comments":
            served.say(body)
            return 201, served.comments[-1], ""
        changed = re.fullmatch(rf"/repos/{REPOSITORY}/issues/comments/(\d+)", path)
        for comment in served.comments:
            if self.command == "PATCH" and changed and comment["id"] == int(changed[1]) and not served.deleted:
                comment["body"] = body
                return 200, comment, ""
        return 404, {"message": "Not Found"}, ""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    served: PullRequest


@contextmanager
def pull_request(folder: Path) -> Iterator[PullRequest]:
    """Serve one pull request without comments."""
    ca_file = folder / "github-ca.pem"
    authority().cert_pem.write_to_path(str(ca_file))
    server = _Server(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.served = PullRequest(f"https://127.0.0.1:{server.server_port}", ca_file)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
