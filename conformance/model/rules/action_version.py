"""Rules about the common parameters ``Action`` and ``Version``."""

from __future__ import annotations

from conformance.model.request import API_VERSION, Request
from conformance.model.rule import rule
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
    """Every request names its action."""
    return request.get("Action") is not None


@rule.request(
    "wire.action.bad",
    ERRORS["InvalidAction"],
    QUERY["Query parameters"],
    codes={"InvalidAction"},
    keeps="Action=CreateImage",
    breaks="actions that do not exist, CreateImage in another case among them",
)
def action_exists(request: Request, world: World) -> bool:
    """An action that does not exist is refused; its name is case-sensitive."""
    return request.get("Action") in (None, "CreateImage")


@rule.request(
    "wire.version.required",
    COMMON["Version"],
    keeps=f"Version={API_VERSION}",
    breaks="a request without Version",
    note="No code is named for a missing Version.",
)
def version_given(request: Request, world: World) -> bool:
    """Every request names the version of the API."""
    return request.get("Version") is not None


@rule.request(
    "wire.version.value",
    QUERY["Query parameters"],
    keeps=f"Version={API_VERSION}",
    breaks="a version that does not exist",
)
def version_current(request: Request, world: World) -> bool:
    """The version 2016-11-15 is served."""
    return True


@rule.request(
    "wire.version.bad",
    ERRORS["NoSuchVersion"],
    codes={"NoSuchVersion", "InvalidAction"},
    keeps=f"Version={API_VERSION}",
    breaks="versions that never were",
    note="InvalidAction where the action is absent in that version: not said.",
)
def version_exists(request: Request, world: World) -> bool:
    """A version that does not exist is refused."""
    return request.get("Version") in (None, API_VERSION)
