"""Rules about ``DryRun`` and the permission to create images (API_CreateImage, DryRun)."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.request import Request, Signing
from conformance.model.rule import Aws, Grade
from conformance.model.sources import COMMON, CREATE_IMAGE, ERRORS
from conformance.model.world import World

_PAGE = CREATE_IMAGE["DryRun"]
_ISSUE = "https://github.com/"


@rule.request(
    "dryrun.optional",
    _PAGE,
    only_with=(),
    keeps="a request without DryRun",
    breaks="the same request with DryRun=false",
)
def optional(request: Request, world: World) -> bool:
    """DryRun is optional."""
    return True


@rule.request(
    "dryrun.permitted",
    _PAGE,
    COMMON["DryRun"],
    ERRORS["DryRunOperation"],
    codes={"DryRunOperation"},
    keeps="DryRun=false, which is executed",
    breaks="DryRun=true on a valid request, by a caller who may create images",
    aws=Aws("agrees", "412 DryRunOperation", _ISSUE + "aws/karpenter-provider-aws/issues/8015"),
)
def permitted(request: Request, world: World) -> bool:
    """A dry run by a permitted caller must be answered with the error DryRunOperation."""
    return request.dry_run != "true"


rule.scenario(
    "dryrun.denied",
    "A dry run by a caller without permission must be answered with UnauthorizedOperation.",
    _PAGE,
    ERRORS["UnauthorizedOperation"],
    codes={"UnauthorizedOperation"},
    keeps="DryRun=true by a caller who may create images",
    breaks="DryRun=true by a caller who may not",
    aws=Aws("agrees", "403 UnauthorizedOperation", _ISSUE + "trailofbits/algo/issues/1434"),
)
rule.scenario(
    "dryrun.no_effect",
    "A dry run must not create an image or snapshot, reboot the instance or reserve the name.",
    _PAGE,
    keeps="the same request without DryRun: its image appears",
    breaks="DryRun=true: nothing is created, and the name stays free",
)


@rule.request(
    "dryrun.false",
    _PAGE,
    grade=Grade.DETAIL,
    only_with=(),
    keeps="DryRun=false",
    breaks="DryRun=true",
)
def false(request: Request, world: World) -> bool:
    """DryRun=false must have the same effect as no DryRun."""
    return True


rule.scenario(
    "dryrun.with_invalid",
    (
        "The documents do not say whether an invalid dry run is answered with "
        "DryRunOperation or its error."
    ),
    _PAGE,
    ERRORS["DryRunOperation"],
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "dryrun.missing_required",
    "The documents do not say how a dry run without a required parameter is answered.",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    aws=Aws(
        "unknown", "answered DryRunOperation to ImportImage", _ISSUE + "aws/aws-cli/issues/1574"
    ),
)
rule.scenario(
    "dryrun.duplicate_name",
    "The documents do not say how a dry run with a name in use is answered.",
    _PAGE,
    grade=Grade.UNSPECIFIED,
)


@rule.request(
    "auth.denied",
    ERRORS["UnauthorizedOperation"],
    codes={"UnauthorizedOperation"},
    only_with=(Signing.DENIED,),
    keeps="a request by a caller who may create images",
    breaks="a request by a caller whose policy lacks ec2:CreateImage",
    aws=Aws("agrees", "403 UnauthorizedOperation", _ISSUE + "trailofbits/algo/issues/1434"),
)
def may_create_images(request: Request, world: World) -> bool:
    """A caller whose policy lacks ec2:CreateImage must be rejected."""
    return request.signing is not Signing.DENIED
