"""The API of Microsoft Defender for Endpoint, as far as evidence is read from it: machines and the management of vulnerabilities.

Sources: MicrosoftDocs/defender-docs, defender-endpoint/api (the page of each list, common-errors.md); a missing role as quoted in
Azure/Azure-Sentinel pull request 14672. The limits of machines (100 calls a minute, 1,500 an hour) are documented; the other
lists get the same here, since their pages name none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid5

from watchkeeper.emulators.azure.tokens import DEFENDER_AUDIENCE, Grant, Tokens
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.evidence import estate
from watchkeeper.emulators.evidence.holdings import Holdings, Item
from watchkeeper.emulators.evidence.listing import Query, Shape, number, page_of, text, texts, time
from watchkeeper.emulators.evidence.options import DefenderOptions
from watchkeeper.emulators.evidence.quotas import Limit, Quotas
from watchkeeper.emulators.evidence.refusals import Refusal, defender_error
from watchkeeper.emulators.evidence.seeding import Seeded
from watchkeeper.emulators.evidence.sign_in import grant_of, holds
from watchkeeper.emulators.evidence.switchboard import Switchboard
from watchkeeper.emulators.exchange import Request, Response

OTHER_NAME: Final = "api.securitycenter.microsoft.com"
"""The older host of the same API, which its answers still name."""
_LARGEST: Final = 10_000
_REQUESTS: Final = UUID("7e5a1f0c-3b8d-5c6e-9a47-1d2f4b6c8e90")
_TAKES: Final = frozenset({"filter", "top", "skip", "count", "select"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One list (or the one object that has no list around it): its name, the roles that may read it, and what is filtered. `of`: it hangs
    on each item of another list, under that one's address and the item's id."""

    name: str
    context: str
    roles: tuple[str, ...]
    shape: Shape
    single: bool = False
    vulnerability: bool = True
    of: str = ""

    @property
    def path(self) -> str:
        """Below the API's own, with a place for the id of an item that it hangs on."""
        return f"{self.of}/{{}}/{self.name}" if self.of else self.name

    @property
    def limits(self) -> tuple[Limit, ...]:
        return Limit(f"{self.name} per minute", 100, 60.0), Limit(f"{self.name} per hour", 1500, 3600.0)


def _shape(**fields: Any) -> Shape:
    return Shape(_TAKES, fields, _LARGEST, _LARGEST, top_limits=True)


RESOURCES: Final = (
    Resource(
        "machines",
        "Machines",
        ("Machine.Read.All", "Machine.ReadWrite.All"),
        _shape(
            computerdnsname=text("computerDnsName"),
            id=text("id"),
            aaddeviceid=text("aadDeviceId"),
            machinetags=texts("machineTags"),
            lastseen=time("lastSeen"),
            exposurelevel=text("exposureLevel"),
            onboardingstatus=text("onboardingStatus"),
            healthstatus=text("healthStatus"),
            osplatform=text("osPlatform"),
            riskscore=text("riskScore"),
            rbacgroupid=number("rbacGroupId"),
        ),
        vulnerability=False,
    ),
    Resource(
        "recommendations",
        "Recommendations",
        ("SecurityRecommendation.Read.All",),
        _shape(
            id=text("id"),
            productname=text("productName"),
            vendor=text("vendor"),
            severityscore=number("severityScore"),
            remediationtype=text("remediationType"),
            status=text("status"),
        ),
    ),
    Resource(
        "remediationTasks",
        "RemediationTasks",
        ("RemediationTasks.Read.All",),
        _shape(createdon=time("createdOn"), status=text("status")),
    ),
    Resource(
        "machineReferences",
        "MachineReferences",
        ("RemediationTasks.Read.All",),
        Shape(frozenset({"skip"}), page=_LARGEST),
        of="remediationTasks",
    ),
    Resource("Software", "Software", ("Software.Read.All",), _shape(name=text("name"), vendor=text("vendor"))),
    Resource("exposureScore", "ExposureScore/$entity", ("Score.Read.All",), Shape(page=1), single=True),
)
_BY_NAME: Final[Mapping[tuple[str, str], Resource]] = {(each.of.lower(), each.name.lower()): each for each in RESOURCES}


class Defender(Seeded[DefenderOptions]):
    """Reads only: what would change something is 405."""

    name = "defender"

    def __init__(self, clock: WorldClock, tokens: Tokens, seed: int, *, quotas: bool) -> None:
        self._clock = clock
        self._tokens = tokens
        switches, limits = Switchboard(DefenderOptions()), Quotas(lambda: clock.now().timestamp(), enforced=quotas)
        self._answers = count(1)
        remediation = estate.Remediation(seed)
        holdings = Holdings(
            {
                "machines": estate.machines,
                "recommendations": remediation.recommendations,
                "remediationTasks": remediation.tasks,
                "machineReferences": remediation.references,
                "Software": remediation.software,
                "exposureScore": remediation.exposure,
            }
        )
        super().__init__(switches, limits, holdings)

    def handle(self, request: Request) -> Response:
        request_id = str(uuid5(_REQUESTS, str(next(self._answers))))
        stamps = {"request-id": request_id}
        try:
            body = self._answer(request)
        except Refusal as refusal:
            kept = {name: value for name, value in refusal.headers.items() if name != "Retry-After"}
            hint = refusal.headers if self._switches.now.hint else kept
            return Response.of_json(refusal.status, defender_error(refusal, request_id), {**stamps, **hint})
        return Response(204, headers=stamps) if body is None else Response.of_json(200, body, stamps)

    def _answer(self, request: Request) -> dict[str, object] | None:
        grant = grant_of(request, self._tokens, DEFENDER_AUDIENCE, "Unauthorized")
        resource = _resource(request)
        self._quotas.take(grant.application.client_id, resource.limits)
        self._admit(grant, resource)
        query = Query.of(request, resource.shape, min(self._switches.now.page_size, _LARGEST))
        items = self._of_item(request, resource) if resource.of else self._items(resource)
        if resource.single:
            return self._single(request, resource, items)
        if not items and resource.name == "machines" and self._switches.now.no_machines != 200:
            if self._switches.now.no_machines == 404:
                raise _nothing()
            return None
        return self._list(request, resource, query, items)

    def _admit(self, grant: Grant, resource: Resource) -> None:
        if not holds(grant, resource.roles):
            held = ",".join(grant.roles)
            message = (
                f"Missing application roles. API required roles: {','.join(resource.roles)}, application roles: {held}."
            )
            raise Refusal(403, "Forbidden", message)
        if resource.vulnerability and not self._switches.now.vulnerability_licence:
            raise Refusal(401, "Unauthorized", "Unauthorized request - reason of failure: No Tvm license")

    def _items(self, resource: Resource) -> list[Item]:
        return self._holdings.items(resource.name, self._clock.now().astimezone(UTC))

    def _of_item(self, request: Request, resource: Resource) -> list[Item]:
        """What hangs on the item that the address names (in a seed: by `of`). Raises Refusal: 404 for one that there is not."""
        name = request.segments[-2]
        parents = self._holdings.items(resource.of, self._clock.now().astimezone(UTC))
        if not any(_named(each, "id", name) for each in parents):
            raise _nothing()
        found = (each for each in self._items(resource) if _named(each, "of", name))
        return [{field: value for field, value in each.items() if field != "of"} for each in found]

    @staticmethod
    def _single(request: Request, resource: Resource, items: list[Item]) -> dict[str, object]:
        if not items:
            raise _nothing()
        return {"@odata.context": _context(request, resource), **items[-1]}

    def _list(self, request: Request, resource: Resource, query: Query, items: list[Item]) -> dict[str, object]:
        page = page_of(items, query, resource.shape, request, self._switches.now.overlap)
        body: dict[str, object] = {"@odata.context": _context(request, resource)}
        if query.count:
            body["@odata.count"] = page.count
        body["value"] = page.rows
        if page.following and self._switches.now.links != "none":
            body["@odata.nextLink"] = self._link(request, page.following)
        return body

    def _link(self, request: Request, following: str) -> str:
        match self._switches.now.links:
            case "other_name":
                return f"https://{OTHER_NAME}{request.path}?{following}"
            case "foreign_host":
                return f"https://api.security.microsoft.com.attacker.example{request.path}?{following}"
            case "endless":
                return f"https://{request.host}{request.path}?{request.raw_query or following}"
            case _:
                return f"https://{request.host}{request.path}?{following}"


def _resource(request: Request) -> Resource:
    """Raises Refusal: 404 for what is not there, 405 for what is not read."""
    parts = [part.lower() for part in request.segments]
    match parts[2:] if parts[1:2] == ["v1.0"] else parts[1:]:
        case [name] if parts[0] == "api":
            asked = ("", name)
        case [of, _, name] if parts[0] == "api":
            asked = (of, name)
        case _:
            asked = ("", "")
    if asked not in _BY_NAME:
        raise Refusal(404, "NotFound", f"The resource {request.path} was not found.")
    if request.method != "GET":
        raise Refusal(405, "BadRequest", f"The requested resource does not support http method '{request.method}'.")
    return _BY_NAME[asked]


def _named(item: object, field: str, name: str) -> bool:
    return isinstance(item, dict) and str(item.get(field)).lower() == name.lower()


def _nothing() -> Refusal:
    return Refusal(404, "ResourceNotFound", "No resource was found.")


def _context(request: Request, resource: Resource) -> str:
    return f"https://{request.host}/api/$metadata#{resource.context}"
