"""Rules about the permission to tag (User Guide, Permissions to tag on creation)."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.entries import tag_specifications
from conformance.model.request import Request, Signing
from conformance.model.rule import Aws
from conformance.model.sources import ERRORS, GUIDE_TAG_IAM
from conformance.model.world import World

_PAGE = GUIDE_TAG_IAM["Grant permission to tag resources during creation"]


@rule.request(
    "auth.tags",
    _PAGE,
    only_with=(Signing.NO_TAGS,),
    keeps="a request with tags, by a caller who may tag",
    breaks="a request with tags, by a caller whose policy lacks ec2:CreateTags",
    note="The documents name no code; UnauthorizedOperation is expected.",
    aws=Aws("agrees", "UnauthorizedOperation; a dry run checks this permission as well"),
)
def may_tag(request: Request, world: World) -> bool | None:
    """A request with tags also requires the permission ec2:CreateTags."""
    specifications = tag_specifications(request)
    if request.signing is not Signing.NO_TAGS or not specifications:
        return True
    return False if any(each.tags for each in specifications) else None


@rule.request(
    "auth.no_tags",
    _PAGE,
    only_with=(),
    keeps="a request without tags, by a caller whose policy lacks ec2:CreateTags",
    breaks="the same request with tags",
)
def tags_alone_need_permission(request: Request, world: World) -> bool:
    """A request without tags does not require the permission ec2:CreateTags."""
    return True


rule.scenario(
    "auth.tag_policy",
    "Tags that violate the organization's tag policy must be rejected.",
    ERRORS["TagPolicyViolation"],
    codes={"TagPolicyViolation"},
    keeps="tags that the policy allows",
    breaks="tags that the policy forbids",
    uncovered="needs an AWS organization with a tag policy",
)
