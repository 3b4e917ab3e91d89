"""The pages' data for programs: JSON, and its description as OpenAPI, made from the types that the answers are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from watchkeeper import __version__
from watchkeeper.report.board.leads import LONGEST_VALUE
from watchkeeper.report.document import with_texts
from watchkeeper.report.machine import Json, schema
from watchkeeper.report.neutralise import json_text
from watchkeeper.web.asked import NothingHere, Parameter
from watchkeeper.web.incident_pages import Portal, portal_named
from watchkeeper.web.page import Page, Published
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.showing import reader_of
from watchkeeper.web.visit import Endpoint, Route, Visit

_Model: TypeAlias = tuple[str, Literal["serialization"], TypeAdapter[Any]]
_MODE: Final = "serialization"
REF: Final = "#/components/schemas/{model}"
PORTAL: Final = Parameter(
    "portal", "`azure`: addresses of incidents lead to the Azure portal; else to Defender's where there is one."
)
_DEPLOYMENT: Final = {
    "name": "deployment",
    "in": "path",
    "required": True,
    "description": "A deployment's name, as the list of deployments has it.",
    "schema": {"type": "string"},
}
_REFUSALS: Final = {
    "401": "Nobody is signed in.",
    "403": "The person has no role that may see this.",
    "404": "There is no such deployment.",
    "429": "Too many requests; Retry-After says for how many seconds to wait.",
    "503": "The state store cannot be read just now.",
}


@dataclass(frozen=True, slots=True)
class Deployments:
    deployments: tuple[str, ...]


async def deployments(visit: Visit) -> Response:
    found = await run_in_threadpool(visit.board.memory.deployments)
    return _json(visit, Deployments(tuple(found)))


def answered(of: Page[Any]) -> Endpoint:
    """What answers with the data of a page."""

    async def endpoint(visit: Visit) -> Response:
        found = await run_in_threadpool(lambda: of.found(_reader(visit, of)))
        return _json(visit, of.answers.made(found) if isinstance(of.answers, Published) else found)

    return endpoint


def _reader(visit: Visit, of: Page[Any]) -> Reader:
    """Programs say in each request which portal they want; what a browser remembers does not count. Raises NothingHere."""
    asked = visit.request.query_params.get(PORTAL.name, Portal.DEFENDER)
    portal = portal_named(asked)
    if portal is None:
        raise NothingHere
    return reader_of(visit, of, portal=portal)


def describe(routes: Collection[Route]) -> Endpoint:
    async def endpoint(visit: Visit) -> Response:  # noqa: ARG001
        return Response(
            TypeAdapter(Json).dump_json(description(tuple(routes)), indent=1), media_type="application/json"
        )

    return endpoint


@lru_cache(maxsize=1)
def description(routes: tuple[Route, ...]) -> Json:
    """The OpenAPI 3.1 document of the routes that have a summary."""
    models: list[_Model] = [
        (route.name, _MODE, TypeAdapter(route.answers)) for route in routes if isinstance(route.answers, type)
    ]
    made, definitions = TypeAdapter.json_schemas(models, ref_template=REF)
    schemas = {name: form for (name, _), form in made.items()}
    schemas |= {route.name: schema(route.answers.schema) for route in routes if isinstance(route.answers, Published)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Watchkeeper board",
            "version": __version__,
            "description": "Read only. Within v1 nothing is removed or changes meaning; fields may be added.",
        },
        "paths": {_plain(route.path): {"get": _operation(route, schemas[route.name])} for route in routes},
        "components": {"schemas": definitions.get("$defs", {})},
    }


def _plain(path: str) -> str:
    """An address as OpenAPI writes it, which knows no kinds of parts."""
    return path.replace(":path}", "}")


def _operation(route: Route, form: Json) -> Json:
    answer = {"description": "The answer.", "content": {"application/json": {"schema": form}}}
    refusals = {status: {"description": text} for status, text in _REFUSALS.items()}
    parameters = [_DEPLOYMENT] if "{deployment}" in route.path else []
    if route.page is not None:
        parameters += [_parameter(name, "path", route.page.summary) for name in route.page.parts]
        parameters += [_parameter(each.name, "query", each.summary) for each in (*route.page.parameters, PORTAL)]
    return {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": parameters,
        "responses": {"200": answer, **refusals},
    }


def _parameter(name: str, place: str, summary: str) -> Json:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": summary,
        "schema": {"type": "string", "maxLength": LONGEST_VALUE},
    }


def _json(visit: Visit, answer: object) -> Response:
    """ASCII, in which no CI runner finds a command, and without secrets."""
    shown = with_texts(answer, visit.board.hide)
    text = TypeAdapter(type(answer)).dump_json(shown, ensure_ascii=True).decode()
    return Response(json_text(text), media_type="application/json")
