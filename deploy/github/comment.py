#!/usr/bin/env python3
"""Keep one comment of a pull request as it should be: `comment.py FILE`, a step of `action.yml` after `plan --comment-file FILE`.

The file's first line is a mark that nobody sees. The comment of the last push is found again by it, among those that GitHub's own
account for jobs has written (anybody may write a comment that begins like ours), and changed instead of adding another one.

Only Python's own library is used: a runner has nothing else before the action sets it up. The interface is that of
docs.github.com, REST API, issue comments.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

AUTHOR = "github-actions[bot]"
"""Who speaks with a job's own token."""
MARK = re.compile(r"<!-- watchkeeper [a-z0-9 -]+ -->")
NEXT = re.compile(r'<([^<>]+)>; rel="next"')
PATIENCE = 30
"""Seconds for one call."""


class _NowhereElse(urllib.request.HTTPRedirectHandler):
    """Redirected, urllib would send a POST as a GET, and the token to wherever the answer points."""

    def redirect_request(self, *_: Any) -> None:
        """None: the answer is a refusal."""


GITHUB = urllib.request.build_opener(_NowhereElse)


class Refused(Exception):
    """GitHub answered, and not with what was asked for."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status} {words}".strip())
        self.status = status


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Write the comment that the file holds, if a plan has left one. Ends with 1 where it could not be written."""
    file = Path(arguments[0])
    if not file.exists():
        print("watchkeeper: no comment was left to write")
        return 0
    try:
        print(f"watchkeeper: the comment was {keep(file.read_text(encoding='utf-8'), environ)}")
    except (Refused, OSError, ValueError, http.client.HTTPException) as error:
        print(f"::error title=watchkeeper::{_escaped(_told(error))}")
        return 1
    return 0


def keep(body: str, environ: Mapping[str, str]) -> str:
    """Change our comment of this pull request, or write it; what was done. A plan of an older push, run anew, changes nothing."""
    mark = body.partition("\n")[0]
    if not MARK.fullmatch(mark):
        raise ValueError("the comment does not begin with a mark of Watchkeeper's")
    repository = f"{environ['GITHUB_API_URL']}/repos/{environ['GITHUB_REPOSITORY']}"
    number, token = environ["PULL_REQUEST"], environ["GITHUB_TOKEN"]
    if not number:
        raise ValueError("this job is not for a pull request")
    comments = f"{repository}/issues/{number}/comments"
    pull_request, _ = _call("GET", f"{repository}/pulls/{number}", token)
    if pull_request["head"]["sha"] != environ["HEAD"]:
        return "left to the job of a later push"
    for comment in _all(f"{comments}?per_page=100", token):
        if (comment.get("user") or {}).get("login") == AUTHOR and (comment.get("body") or "").startswith(mark):
            try:
                _call("PATCH", f"{repository}/issues/comments/{int(comment['id'])}", token, {"body": body})
            except Refused as refused:
                if refused.status != HTTPStatus.NOT_FOUND:
                    raise
                break  # Somebody has deleted it in the meantime.
            return "changed"
    _call("POST", comments, token, {"body": body})
    return "written"


def _all(url: str, token: str) -> Iterator[dict[str, Any]]:
    """Every entry of a list, page by page. The token goes to no other host, whatever a page says."""
    host = url.partition("/repos/")[0]
    while url:
        page, links = _call("GET", url, token)
        yield from page
        following = NEXT.search(links)
        url = following[1] if following else ""
        if url and not url.startswith(f"{host}/"):
            raise ValueError("the list of comments goes on at another address")


def _call(method: str, url: str, token: str, content: Mapping[str, str] | None = None) -> tuple[Any, str]:
    """The answer, and its links to other pages. Raises Refused, or OSError where there is no answer."""
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "User-Agent": "watchkeeper",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    if not url.startswith("https://"):
        raise ValueError("GITHUB_API_URL is no https:// address")
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - https alone, see above
    try:
        with GITHUB.open(request, timeout=PATIENCE) as answer:
            return json.load(answer), answer.headers.get("Link") or ""
    except urllib.error.HTTPError as error:
        raise Refused(error.code, _words(error)) from error


def _words(error: urllib.error.HTTPError) -> str:
    """What GitHub says of a refusal."""
    try:
        said = json.load(error)
    except (OSError, ValueError):
        return ""
    return str(said.get("message", "")) if isinstance(said, dict) else ""


def _told(error: Exception) -> str:
    """What went wrong, and what to do."""
    told = f"the comment was not written: {error}"
    if isinstance(error, Refused) and error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        told += "; the job needs the permission `pull-requests: write`, which one for a fork never has"
    return told


def _escaped(message: str) -> str:
    """One line as the value of a command to the runner (actions/toolkit, packages/core/src/command.ts)."""
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
