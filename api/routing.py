"""Every resource's router is made alike."""

from fastapi import APIRouter

from api.problems import declared
from api.strict import StrictRoute

VERSION = "/v1"


def resource(tag: str, route_class: type[StrictRoute] = StrictRoute) -> APIRouter:
    """Make the router of a resource: versioned, strict, behind a key.

    Parameters
    ----------
    tag : str
        The chapter of the OpenAPI document that it stands in.
    route_class : type of StrictRoute
        How strictly bodies are read.
    """
    # The prefix stands here, not where routers are joined, so that a route's own path is whole:
    # the log and the measurements name requests by it.
    responses = declared(400, 401, 403)
    return APIRouter(prefix=VERSION, tags=[tag], route_class=route_class, responses=responses)
