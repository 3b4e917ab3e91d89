"""Lists of resources beside incidents, in pages: `value`, `nextLink` with `$skipToken`, `$top`, and `$filter` and `$search` where they
are documented."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import quote

from watchkeeper.emulators.azure.arm_options import ArmOptions
from watchkeeper.emulators.azure.odata import Field, Quirks
from watchkeeper.emulators.azure.paging import ListQuery, next_link, page
from watchkeeper.emulators.exchange import Request, Response

Resource = Mapping[str, Any]
NO_FIELDS: Final[Mapping[str, Field]] = {}


def list_answer(
    request: Request, resources: Collection[Resource], options: ArmOptions, fields: Mapping[str, Field] = NO_FIELDS
) -> Response:
    """One page, in the order of the resources. `fields`: what `$filter` and `$orderby` may name. Raises Refused (400)."""
    places = {str(each["name"]): f"{place:09}" for place, each in enumerate(resources)}
    search = request.parameter("$search") or ""
    wanted = [each for each in resources if _found(each, search)]
    query = ListQuery.of(request, options.list_page_size)
    shown, token = page(
        query, fields, Quirks(), lambda _: wanted, lambda each: places[each["name"]], options.overlapping_pages
    )
    answer: dict[str, Any] = {"value": shown}
    if token is not None:
        link = next_link(request, token, options.next_link)
        answer["nextLink"] = f"{link}&%24search={quote(search)}" if search else link
    return Response.of_json(200, answer)


def property_field(name: str) -> Field:
    """A text among a resource's properties, compared without case."""
    return Field("text", lambda resource: str(resource["properties"].get(name, "")).lower())


def _found(resource: Resource, search: str) -> bool:
    """Whether each word of a search is in what a resource is called."""
    properties = resource["properties"]
    text = f"{resource['name']} {properties.get('displayName', '')} {properties.get('description', '')}".lower()
    return all(word in text for word in search.lower().split())
