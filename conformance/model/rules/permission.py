"""Rules about the permissions that tagging needs (User Guide, Permissions to tag on creation)."""

from __future__ import annotations

from conformance.model.entries import tag_specifications
from conformance.model.request import Request, Signing
from conformance.model.rule import rule
from conformance.model.sources import ERRORS, GUIDE_TAG_IAM
from conformance.model.world import World

_PAGE = GUIDE_TAG_IAM["Grant permission to tag resources during creation"]


@rule.request(
    "auth.tags",
    _PAGE,
    keeps="a request with tags, by somebody who may tag",
    breaks="a request with tags, by somebody whose policy lacks ec2:CreateTags",
    note="No code is named; UnauthorizedOperation is to be expected.",
)
def may_tag(request: Request, world: World) -> bool | None:
    """Tags in a request need ec2:CreateTags as well; without it the request is refused."""
    specifications = tag_specifications(request)
    if request.signing is not Signing.NO_TAGS or not specifications:
        return True
    return False if any(each.tags for each in specifications) else None


@rule.request(
    "auth.no_tags",
    _PAGE,
    keeps="a request without tags, by somebody whose policy lacks ec2:CreateTags",
    breaks="the same request with tags",
)
def tags_alone_need_permission(request: Request, world: World) -> bool:
    """A request without tags does not need ec2:CreateTags."""
    return True


rule.scenario(
    "auth.tag_policy",
    "Tags that do not meet the organisation's tag policy are refused.",
    ERRORS["TagPolicyViolation"],
    codes={"TagPolicyViolation"},
    keeps="tags that the policy allows",
    breaks="tags that it does not allow",
    uncovered="needs an organisation with a tag policy",
)
