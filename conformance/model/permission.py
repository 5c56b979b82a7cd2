"""Rules about the permissions that tagging needs (User Guide, Permissions to tag on creation)."""

from __future__ import annotations

from conformance.model.rule import rule
from conformance.model.sources import ERRORS, GUIDE_TAG_IAM

_CREDENTIALS = "needs credentials that may create images and not tags; a run is given none"

rule.story(
    "auth.tags",
    "Tags in a request need ec2:CreateTags as well; without it the request is refused.",
    GUIDE_TAG_IAM["Grant permission to tag resources during creation"],
    keeps="a request without tags",
    breaks="a request with tags, by somebody whose policy lacks ec2:CreateTags",
    uncovered=_CREDENTIALS,
    note="No code is named; UnauthorizedOperation is to be expected.",
)
rule.story(
    "auth.no_tags",
    "A request without tags does not need ec2:CreateTags.",
    GUIDE_TAG_IAM["Grant permission to tag resources during creation"],
    keeps="a request without tags, by somebody whose policy lacks ec2:CreateTags",
    breaks="the same request with tags",
    uncovered=_CREDENTIALS,
)
rule.story(
    "auth.tag_policy",
    "Tags that do not meet the organisation's tag policy are refused.",
    ERRORS["TagPolicyViolation"],
    codes={"TagPolicyViolation"},
    keeps="tags that the policy allows",
    breaks="tags that it does not allow",
    uncovered="needs an organisation with a tag policy",
)
