"""Rules about credentials and signatures, for targets that verify them (Query requests)."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.request import Request, Signing
from conformance.model.rule import Aws, Grade
from conformance.model.sources import COMMON, ERRORS, QUERY
from conformance.model.world import World


@rule.request(
    "sig.present",
    ERRORS["MissingAuthenticationToken"],
    codes={"MissingAuthenticationToken", "AuthFailure"},
    only_with=(Signing.ABSENT,),
    keeps="a signed request",
    breaks="a request without credentials",
)
def present(request: Request, world: World) -> bool:
    """A request without credentials must be rejected."""
    return request.signing is not Signing.ABSENT


@rule.request(
    "sig.wrong",
    ERRORS["SignatureDoesNotMatch, AuthFailure"],
    codes={"SignatureDoesNotMatch", "AuthFailure"},
    only_with=(Signing.WRONG_SECRET, Signing.V2_WRONG_SECRET),
    keeps="a signature made with the access key's secret",
    breaks="a signature made with another secret",
)
def right(request: Request, world: World) -> bool:
    """A signature made with a secret other than the access key's must be rejected."""
    return request.signing not in (Signing.WRONG_SECRET, Signing.V2_WRONG_SECRET)


@rule.request(
    "sig.malformed",
    ERRORS["IncompleteSignature"],
    codes={"IncompleteSignature"},
    only_with=(Signing.MALFORMED,),
    keeps="a complete Authorization header",
    breaks="an Authorization header without its signature",
)
def complete(request: Request, world: World) -> bool:
    """A signature that does not have the standard form must be rejected."""
    return request.signing is not Signing.MALFORMED


@rule.request(
    "sig.unknown_key",
    ERRORS["InvalidClientTokenId, AuthFailure"],
    codes={"InvalidClientTokenId", "AuthFailure"},
    only_with=(Signing.UNKNOWN_KEY,),
    keeps="an access key of the account",
    breaks="an access key that does not exist",
    aws=Aws("agrees", "401 AuthFailure", "https://github.com/aws/aws-sdk-java-v2/issues/2981"),
)
def known_key(request: Request, world: World) -> bool:
    """An unknown access key must be rejected."""
    return request.signing is not Signing.UNKNOWN_KEY


@rule.request(
    "sig.date",
    ERRORS["RequestExpired, InvalidSecurity.RequestHasExpired"],
    codes={"RequestExpired", "InvalidSecurity.RequestHasExpired"},
    only_with=(Signing.PAST, Signing.FUTURE),
    keeps="a request signed now",
    breaks="requests dated an hour ago and an hour ahead",
    note="One document says 15 minutes, another 5; an hour exceeds both.",
)
def in_time(request: Request, world: World) -> bool:
    """A request whose date is far from the current time must be rejected."""
    return request.signing not in (Signing.PAST, Signing.FUTURE)


@rule.request(
    "sig.fields",
    COMMON["Common query parameters"],
    only_with=(Signing.QUERY_WRONG_SECRET,),
    keeps="signature version 4 in the Authorization header, and in the query string",
    breaks="a wrong signature in the query string",
    codes={"SignatureDoesNotMatch", "AuthFailure"},
)
def either_place(request: Request, world: World) -> bool:
    """Signature version 4 may be in the Authorization header or in the query string."""
    return request.signing is not Signing.QUERY_WRONG_SECRET


@rule.request(
    "sig.scope",
    COMMON["Common query parameters, X-Amz-Date"],
    only_with=(Signing.OTHER_DAY,),
    keeps="a credential scope with the day of X-Amz-Date",
    breaks="a credential scope with the day before, signed with that day's key",
    note="The documents name no code.",
)
def scope_of_the_day(request: Request, world: World) -> bool:
    """The date of the credential scope must be the day of the request's date."""
    return request.signing is not Signing.OTHER_DAY


@rule.request(
    "sig.host",
    COMMON["Common query parameters, X-Amz-SignedHeaders"],
    only_with=(Signing.HOST_UNSIGNED,),
    keeps="a signature of Host and other headers",
    breaks="a signature of the other headers, without Host",
    note="The documents name no code.",
)
def host_is_signed(request: Request, world: World) -> bool:
    """The signed headers must contain Host."""
    return request.signing is not Signing.HOST_UNSIGNED


@rule.request(
    "sig.v2",
    QUERY["Query request authentication"],
    COMMON["Common query parameters"],
    grade=Grade.UNSPECIFIED,
    only_with=(Signing.V2, Signing.V2_WRONG_SECRET),
    keeps="a request signed with version 4",
    breaks="a request signed with version 2",
    aws=Aws(
        "agrees",
        "older Regions accept version 2; Regions opened after January 2014 answer 401 AuthFailure",
        "https://github.com/worksap-ate/aws-sdk/issues/184",
    ),
    note=(
        "The query page documents version 2 beside version 4. AWS documents that newer Regions "
        "accept version 4 alone."
    ),
)
def version_2(request: Request, world: World) -> bool | None:
    """The documents contradict each other on whether signature version 2 is accepted."""
    return None if request.signing in (Signing.V2, Signing.V2_WRONG_SECRET) else True
