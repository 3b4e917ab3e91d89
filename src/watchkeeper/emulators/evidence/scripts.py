"""A static web host with scripts and configuration files, as raw.githubusercontent.com and an internal file server are.

What such a host answers: the bytes with `ETag`, `Last-Modified` and `Content-Length` (RFC 9110), `404: Not Found` as text, gzip where
a client takes it, and a redirect where a file has moved or a "latest" address stands for it.
"""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from typing import Any, Final

from watchkeeper.emulators.clock import FIRST_MONDAY, WorldClock
from watchkeeper.emulators.evidence.holdings import Holdings
from watchkeeper.emulators.evidence.options import ScriptOptions
from watchkeeper.emulators.evidence.quotas import Limit, Quotas
from watchkeeper.emulators.evidence.refusals import Refusal
from watchkeeper.emulators.evidence.seeding import Seeded
from watchkeeper.emulators.evidence.switchboard import Switchboard
from watchkeeper.emulators.exchange import Request, Response

LATEST: Final = "/approved/latest/collect-triage.ps1"
"""Leads to where the script is."""
AWAY: Final = "https://downloads.attacker.example"
_TEXT: Final = {"Content-Type": "text/plain; charset=utf-8"}
_COLLECT: Final = "/approved/scripts/collect-triage.ps1"
_PLAYBOOK: Final = """\
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.2.0.0",
  "parameters": {"PlaybookName": {"type": "string", "defaultValue": "Block-IP"}},
  "resources": []
}
"""
_FILES: Final = {
    "/approved/playbooks/block-ip/azuredeploy.json": _PLAYBOOK,
    _COLLECT: "# Collects what a triage needs.\r\nGet-Process | Export-Csv -Path triage.csv\r\n",
    "/approved/watchlists/tier-0.csv": "host,owner\nsrv-00,SOC Engineering\n",
    "/unapproved/tool.ps1": "Write-Output 'Nobody has looked at this.'\n",
}


def files(_: datetime) -> list[dict[str, Any]]:
    """Every file with its address and text; each was changed on a day of its own."""
    dated = enumerate(sorted(_FILES.items()))
    return [
        {"path": path, "text": text, "changed": (FIRST_MONDAY - timedelta(days=9 + 31 * index)).isoformat()}
        for index, (path, text) in dated
    ]


class Scripts(Seeded[ScriptOptions]):
    """Anybody may read; nobody signs in."""

    name = "scripts"

    def __init__(self, clock: WorldClock, *, quotas: bool) -> None:
        self._clock = clock
        limits = Quotas(lambda: clock.now().timestamp(), enforced=quotas)
        super().__init__(Switchboard(ScriptOptions()), limits, Holdings({"files": files}))

    def handle(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Refusal as refusal:
            return Response(refusal.status, refusal.message.encode(), {**_TEXT, **refusal.headers})

    def _answer(self, request: Request) -> Response:
        options = self._switches.now
        self._quotas.take("everybody", [Limit("a minute", options.calls_a_minute, 60.0)])
        if request.method not in {"GET", "HEAD"}:
            raise Refusal(405, "", "405: Method Not Allowed", {"Allow": "GET, HEAD"})
        if target := self._elsewhere(request):
            return Response(302, b"", {"Location": target})
        held = {each["path"]: each for each in self._holdings.items("files", self._clock.now())}
        if request.path not in held:
            raise Refusal(404, "", "404: Not Found")
        return self._file(request, held[request.path])

    def _elsewhere(self, request: Request) -> str:
        """Where a request is sent on to; "" for nowhere."""
        match self._switches.now.redirect:
            case "off_list":
                return f"/unapproved/{request.path.rpartition('/')[2]}"
            case "other_host":
                return f"{AWAY}{request.path}"
            case "plain_http":
                return f"http://{request.host}{request.path}"
            case "endless":
                return f"https://{request.host}{request.path}"
            case _:
                return f"..{_COLLECT.removeprefix('/approved')}" if request.path == LATEST else ""

    def _file(self, request: Request, item: dict[str, Any]) -> Response:
        options = self._switches.now
        body = str(item["text"]).encode() + b"\n" * options.padding
        changed = datetime.fromisoformat(str(item.get("changed") or FIRST_MONDAY.isoformat()))
        headers = {
            **_TEXT,
            "ETag": f'"{sha256(body).hexdigest()}"',
            "Last-Modified": format_datetime(changed, usegmt=True),
            "Cache-Control": "max-age=300",
        }
        if options.gzip == "always" or (options.gzip == "asked" and _takes_gzip(request)):
            body, headers = gzip.compress(body, mtime=0), {**headers, "Content-Encoding": "gzip"}
        return Response(options.status, b"" if request.method == "HEAD" else body, headers)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")
