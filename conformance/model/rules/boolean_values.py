"""Rules about the values of booleans."""

from __future__ import annotations

from conformance.model import booleans
from conformance.model.catalogue import rule
from conformance.model.request import LISTED, Request
from conformance.model.rule import Aws, Grade
from conformance.model.sources import BOTOCORE, CREATE_IMAGE
from conformance.model.world import World

_ISSUE = "https://github.com/"


def _booleans(request: Request) -> list[str]:
    return [
        value
        for name, value in request.params
        if name in ("NoReboot", "DryRun")
        or name.endswith((".Ebs.DeleteOnTermination", ".Ebs.Encrypted"))
    ]


@rule.request(
    "wire.bool",
    CREATE_IMAGE["NoReboot, DryRun, Example 2"],
    BOTOCORE["EC2Serializer"],
    only_with=("NoReboot", "DryRun", LISTED),
    keeps="NoReboot and DryRun with true and false",
    breaks="words that spell no boolean: maybe, 2, yes please",
    note="The page names both values. wire.bool.other covers other spellings of a boolean.",
)
def true_or_false(request: Request, world: World) -> bool:
    """A boolean must be true or false; a word that spells no boolean must be rejected."""
    return all(booleans.reading(value) is not False for value in _booleans(request))


@rule.request(
    "wire.bool.other",
    CREATE_IMAGE["NoReboot, DryRun"],
    grade=Grade.UNSPECIFIED,
    only_with=("NoReboot", "DryRun", LISTED),
    keeps="true and false",
    breaks="True, TRUE, 1, False, FALSE, 0, yes, no and the empty value",
    note="A word that spells no boolean at all must be rejected, see wire.bool.",
    aws=Aws(
        "unknown",
        "one inconclusive report: DryRun=1 was executed",
        _ISSUE + "pplu/aws-sdk-perl/issues/141",
    ),
)
def other_spellings(request: Request, world: World) -> bool | None:
    """The documents do not say whether other spellings of a boolean are accepted."""
    unspecified = any(booleans.reading(value) is None for value in _booleans(request))
    return None if unspecified else True
