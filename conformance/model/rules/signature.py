"""Rules about credentials and signatures (Query requests, Error codes): for targets that verify."""

from __future__ import annotations

from conformance.model.request import Request, Signing
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import COMMON, ERRORS, QUERY
from conformance.model.world import World


@rule.request(
    "sig.present",
    ERRORS["MissingAuthenticationToken"],
    codes={"MissingAuthenticationToken", "AuthFailure"},
    keeps="a signed request",
    breaks="a request without credentials",
)
def present(request: Request, world: World) -> bool:
    """A request without credentials is refused."""
    return request.signing is not Signing.ABSENT


@rule.request(
    "sig.wrong",
    ERRORS["SignatureDoesNotMatch, AuthFailure"],
    codes={"SignatureDoesNotMatch", "AuthFailure"},
    keeps="a signature made with the key's secret",
    breaks="a signature made with another secret",
)
def right(request: Request, world: World) -> bool:
    """A signature that was not made with the key's secret is refused."""
    return request.signing not in (Signing.WRONG_SECRET, Signing.V2_WRONG_SECRET)


@rule.request(
    "sig.malformed",
    ERRORS["IncompleteSignature"],
    codes={"IncompleteSignature"},
    keeps="a whole Authorization header",
    breaks="an Authorization header without its signature",
)
def complete(request: Request, world: World) -> bool:
    """A signature that is not in the standard's form is refused."""
    return request.signing is not Signing.MALFORMED


@rule.request(
    "sig.unknown_key",
    ERRORS["InvalidClientTokenId, AuthFailure"],
    codes={"InvalidClientTokenId", "AuthFailure"},
    keeps="a key of the account's",
    breaks="a key that nobody was given",
    aws=Aws("agrees", "401 AuthFailure", "https://github.com/aws/aws-sdk-java-v2/issues/2981"),
)
def known_key(request: Request, world: World) -> bool:
    """A key that nobody was given is refused."""
    return request.signing is not Signing.UNKNOWN_KEY


@rule.request(
    "sig.date",
    ERRORS["RequestExpired, InvalidSecurity.RequestHasExpired"],
    codes={"RequestExpired", "InvalidSecurity.RequestHasExpired"},
    keeps="a request signed now",
    breaks="requests signed an hour ago and an hour ahead",
    note="One text says 15 minutes, another 5 (A13): an hour is outside both.",
)
def in_time(request: Request, world: World) -> bool:
    """A request whose date is far from now is refused."""
    return request.signing not in (Signing.PAST, Signing.FUTURE)


@rule.request(
    "sig.fields",
    COMMON["Common query parameters"],
    keeps="signature version 4 in the Authorization header, and in the query string",
    breaks="the query form with a wrong signature",
    codes={"SignatureDoesNotMatch", "AuthFailure"},
)
def either_place(request: Request, world: World) -> bool:
    """Signature version 4 may stand in the Authorization header or in the query string."""
    return request.signing is not Signing.QUERY_WRONG_SECRET


@rule.request(
    "sig.v2",
    QUERY["Query request authentication"],
    COMMON["Common query parameters"],
    grade=Grade.DETAIL,
    keeps="a request signed with version 2",
    breaks="a version 2 signature made with another secret",
    note="Still documented; version 4 is advised.",
)
def version_2(request: Request, world: World) -> bool:
    """Signature version 2 is accepted as well."""
    return True
