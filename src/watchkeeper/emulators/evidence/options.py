"""Which real-life variant of the evidence APIs is played, and what may be changed about it while the world runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GraphLink = Literal["same", "foreign_host", "endless", "not_a_link"]
"""Where the link to the next page leads: on, to another host, back to the page that gave it, or nowhere (a number)."""
DefenderLink = Literal["same", "other_name", "foreign_host", "endless", "none"]
"""The same for Defender, whose pages also name the API by its older host (`other_name`), or carry no link at all (`none`)."""
Redirect = Literal["none", "off_list", "other_host", "plain_http", "endless"]
"""Where a host of scripts sends a request on to: nowhere, to what nobody approved on the same host, to another host, to the same
address without TLS, or to itself."""


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """Every default is what the documentation says, or what most tenants show.

    `scores_kept`: days of Secure Score that are listed (about 90). `page_size`: rows of a page, in the place of each
    collection's own size; 0 for that. `casing`: of the words in Message center and service health, `pascal` as the samples of
    the documentation print them, `camel` as the published SDK has them. `intune`: whether the tenant has an Intune licence;
    without one managed devices are 400. `links`: see `GraphLink`. `overlap`: so many rows of a page come again on the next one.
    `hint`: whether a 429 says when to come back.
    """

    scores_kept: int = 90
    page_size: int = 0
    casing: Literal["pascal", "camel"] = "pascal"
    intune: bool = True
    links: GraphLink = "same"
    overlap: int = 0
    hint: bool = True


@dataclass(frozen=True, slots=True)
class DefenderOptions:
    """Every default is what the documentation says, or what most tenants show.

    `page_size`: the largest page (10,000 as documented). `vulnerability_licence`: without one the vulnerability APIs answer 401
    `No Tvm license`. `no_machines`: how an empty list of machines is answered: 404 as documented, 200 with an empty list, or
    204. `links`: see `DefenderLink`. `overlap`: so many rows of a page come again on the next one. `hint`: whether a 429 says
    when to come back.
    """

    page_size: int = 10_000
    vulnerability_licence: bool = True
    no_machines: Literal[404, 200, 204] = 404
    links: DefenderLink = "same"
    overlap: int = 0
    hint: bool = True


@dataclass(frozen=True, slots=True)
class ScriptOptions:
    """Every default is what a well-behaved host does.

    `redirect`: see `Redirect`. `padding`: line feeds behind the end of every file. `gzip`: whether a body is packed where a client
    takes that (`asked`), or whatever it says (`always`). `status`: of an answer with a file. `calls_a_minute`: more are 429.
    """

    redirect: Redirect = "none"
    padding: int = 0
    gzip: Literal["asked", "always"] = "asked"
    status: int = 200
    calls_a_minute: int = 60
