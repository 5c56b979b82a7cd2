"""The plainest request that breaks each of many rules: a panel of refusals."""

from __future__ import annotations

from conformance.model.request import Placeholder, create_image

MINIMAL = create_image(Name="ab")
"""Refused, and nothing but a letter is wrong with it."""
NO_SUCH_INSTANCE = create_image(InstanceId="i-0123456789abcdef0")
LONG_DESCRIPTION = create_image(Description="a" * 256)
ABOUT_THE_INSTANCE = (
    MINIMAL,
    create_image(Name="aa!"),
    create_image(Name=Placeholder.USED_NAME),
    create_image(NoReboot="maybe"),
    LONG_DESCRIPTION,
    create_image(Frobnicate="1"),
    create_image(DryRun="true"),
)
"""Requests about a running instance that are refused for something else."""
UNRELATED = (
    create_image(NoReboot="maybe"),
    LONG_DESCRIPTION,
    create_image(Frobnicate="1"),
    create_image(Version="1999-01-01"),
)
"""Requests in which neither name nor instance is wrong."""
SAMPLE = (
    *ABOUT_THE_INSTANCE,
    create_image().without("Name"),
    create_image().without("InstanceId"),
    create_image(InstanceId="i-1"),
    NO_SUCH_INSTANCE,
    create_image(InstanceId=Placeholder.TERMINATED),
    create_image(Action="NoSuchAction"),
    create_image(Version="1999-01-01"),
)
"""A refusal of each kind, of every family."""
