"""Rules about the common parameters ``Action`` and ``Version``."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.request import API_VERSION, Request
from conformance.model.sources import COMMON, ERRORS, QUERY
from conformance.model.world import World


@rule.request(
    "wire.action.missing",
    ERRORS["MissingAction"],
    codes={"MissingAction"},
    keeps="Action=CreateImage",
    breaks="a request without Action",
)
def action_given(request: Request, world: World) -> bool:
    """A request must have an Action."""
    return request.action is not None


@rule.request(
    "wire.action.bad",
    ERRORS["InvalidAction"],
    QUERY["Query parameters"],
    codes={"InvalidAction"},
    keeps="Action=CreateImage",
    breaks="unknown actions, among them CreateImage in another case",
)
def action_exists(request: Request, world: World) -> bool:
    """An unknown Action must be rejected; action names are case-sensitive."""
    return request.action in (None, "CreateImage")


@rule.request(
    "wire.version.required",
    COMMON["Version"],
    keeps=f"Version={API_VERSION}",
    breaks="a request without Version",
    note="The documents name no code for a missing Version.",
)
def version_given(request: Request, world: World) -> bool:
    """A request must have a Version."""
    return request.version is not None


@rule.request(
    "wire.version.value",
    QUERY["Query parameters"],
    only_with=(),
    keeps=f"Version={API_VERSION}",
    breaks="an unknown version",
)
def version_current(request: Request, world: World) -> bool:
    """Version 2016-11-15 must be accepted."""
    return True


@rule.request(
    "wire.version.bad",
    ERRORS["NoSuchVersion"],
    codes={"NoSuchVersion", "InvalidAction"},
    keeps=f"Version={API_VERSION}",
    breaks="versions that never existed",
    note=(
        "The documents do not say whether a version without the action gives "
        "InvalidAction; that code is allowed too."
    ),
)
def version_exists(request: Request, world: World) -> bool:
    """An unknown Version must be rejected."""
    return request.version in (None, API_VERSION)
