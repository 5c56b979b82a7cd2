"""Rules about the values of booleans."""

from __future__ import annotations

from conformance.model import booleans
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
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
    keeps="NoReboot and DryRun of true and false",
    breaks="words that are no spelling of a boolean: maybe, 2, yes please",
    note="The page names both values; a word that is no boolean at all has to be refused.",
)
def true_or_false(request: Request, world: World) -> bool:
    """A boolean is written true or false; what is no spelling of one is refused."""
    return all(booleans.reading(value) is not False for value in _booleans(request))


@rule.request(
    "wire.bool.other",
    CREATE_IMAGE["NoReboot, DryRun"],
    grade=Grade.UNSPECIFIED,
    keeps="true and false",
    breaks="True, TRUE, 1, 0, False and the empty value",
    aws=Aws(
        "unknown", "DryRun=1 ran for real; inconclusive", _ISSUE + "pplu/aws-sdk-perl/issues/141"
    ),
)
def other_spellings(request: Request, world: World) -> bool | None:
    """Whether other spellings of a boolean are read is not said."""
    silent = any(booleans.reading(value) is None for value in _booleans(request))
    return None if silent else True
