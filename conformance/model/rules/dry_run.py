"""Rules about ``DryRun`` and permissions (API_CreateImage, DryRun)."""

from __future__ import annotations

from conformance.model.request import Request, Signing
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import COMMON, CREATE_IMAGE, ERRORS
from conformance.model.world import World

_PAGE = CREATE_IMAGE["DryRun"]
_ISSUE = "https://github.com/"


@rule.request(
    "dryrun.optional",
    _PAGE,
    keeps="a request without DryRun",
    breaks="the same request with DryRun=false",
)
def optional(request: Request, world: World) -> bool:
    """DryRun may be left out."""
    return True


@rule.request(
    "dryrun.permitted",
    _PAGE,
    COMMON["DryRun"],
    ERRORS["DryRunOperation"],
    codes={"DryRunOperation"},
    keeps="DryRun=false, which is carried out",
    breaks="DryRun=true on a good request, by somebody who may create images",
    aws=Aws("agrees", "412 DryRunOperation", _ISSUE + "aws/karpenter-provider-aws/issues/8015"),
)
def permitted(request: Request, world: World) -> bool:
    """A dry run of a request that is permitted is answered by the error DryRunOperation."""
    return request.dry_run != "true"


rule.scenario(
    "dryrun.denied",
    """A dry run by somebody who lacks the permission is answered by UnauthorizedOperation.""",
    _PAGE,
    ERRORS["UnauthorizedOperation"],
    codes={"UnauthorizedOperation"},
    keeps="DryRun=true by somebody who may create images",
    breaks="DryRun=true by somebody who may not",
    aws=Aws("agrees", "403 UnauthorizedOperation", _ISSUE + "trailofbits/algo/issues/1434"),
)
rule.scenario(
    "dryrun.no_effect",
    """A dry run does nothing: no image, no snapshot, no reboot, no name taken.""",
    _PAGE,
    keeps="the same request without DryRun, whose image appears",
    breaks="DryRun=true: afterwards nothing is there, and the name is free",
)


@rule.request(
    "dryrun.false",
    _PAGE,
    grade=Grade.DETAIL,
    keeps="DryRun=false",
    breaks="DryRun=true",
)
def false(request: Request, world: World) -> bool:
    """DryRun=false is the same as no DryRun."""
    return True


rule.scenario(
    "dryrun.with_invalid",
    """Whether a dry run of a bad request is answered DryRunOperation or by that error
    is not said.""",
    _PAGE,
    ERRORS["DryRunOperation"],
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "dryrun.missing_required",
    "Whether a dry run without a required parameter is answered DryRunOperation is not said.",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    aws=Aws("unknown", "ImportImage answered DryRunOperation", _ISSUE + "aws/aws-cli/issues/1574"),
)
rule.scenario(
    "dryrun.duplicate_name",
    "Whether a dry run with a name in use is answered DryRunOperation is not said.",
    _PAGE,
    grade=Grade.UNSPECIFIED,
)


@rule.request(
    "auth.denied",
    ERRORS["UnauthorizedOperation"],
    codes={"UnauthorizedOperation"},
    keeps="a request by somebody who may create images",
    breaks="a request by somebody whose policy lacks ec2:CreateImage",
    aws=Aws("agrees", "403 UnauthorizedOperation", _ISSUE + "trailofbits/algo/issues/1434"),
)
def may_create_images(request: Request, world: World) -> bool:
    """Somebody whose policy lacks ec2:CreateImage is refused."""
    return request.signing is not Signing.DENIED
