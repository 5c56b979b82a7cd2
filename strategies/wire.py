"""The form of a request: unknown parameters, names in another case, unusual list indexes."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.model.request import Draft, Form, Placeholder, create_image
from conformance.model.rules.parameters import SCALARS
from strategies.exclusions import unless

UNKNOWN_NAMES = ("Frobnicate", "ImageName", "Instance", "Names", "Tags", "X")
UNKNOWN = tuple(create_image(**{name: "1"}) for name in UNKNOWN_NAMES)
NEAR_MISSES = (
    create_image().having({"Tag.1.Key": "a", "Tag.1.Value": "b"}),
    create_image().having({"TagSpecifications.1.ResourceType": "image"}),
    create_image().having({"BlockDeviceMappings.1.DeviceName": "/dev/sdh"}),
    create_image().having({"BlockDeviceMapping.1.DeviceNames": "/dev/sdh"}),
    create_image().having({"ImageDescription": "a"}),
    create_image().having(
        {
            "BlockDeviceMapping.1.DeviceName": Placeholder.ROOT_DEVICE,
            "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
            "BlockDeviceMapping.1.Frobnicate": "1",
        }
    ),
)
"""Names of other actions or of an SDK that are not parameters of CreateImage."""
CLIENT_TOKEN = create_image(ClientToken="amiproof")
RECASED = (
    create_image().renaming("Name", "name"),
    create_image().renaming("InstanceId", "instanceid"),
    create_image().renaming("Name", "NAME"),
    create_image().renaming("InstanceId", "InstanceID"),
)
"""A required parameter in another case: it is not recognized, so it is missing."""
LISTED_INSTANCE = create_image().renaming("InstanceId", "InstanceId.1")
BY_GET = create_image().sent(form=Form(verb="GET"))
TWICE = (
    create_image().adding(("Name", "amiproof-twice")),
    create_image(NoReboot="true").adding(("NoReboot", "false")),
    create_image(Description="a").adding(("Description", "a")),
)
OTHER_TYPES = tuple(
    create_image().sent(form=Form(content_type=kind))
    for kind in ("application/json", "text/plain", "multipart/form-data")
)
_BAD = ("createImage", "createimage", "CREATEIMAGE", "CreateImages", "CreateImage ", "NoSuchAction")
BAD_ACTIONS = tuple(create_image(Action=name) for name in _BAD)
BAD_VERSIONS = tuple(
    create_image(Version=version)
    for version in ("1999-01-01", "2016-11-16", "latest", "2016-11-15 ")
)


def tag_list(*indexes: str) -> Draft:
    """A request that tags the image, with these indexes of its specifications."""
    values = {}
    for index in indexes:
        values[f"TagSpecification.{index}.ResourceType"] = "image"
        values[f"TagSpecification.{index}.Tag.1.Key"] = f"key{index}"
        values[f"TagSpecification.{index}.Tag.1.Value"] = "value"
    return create_image().having(dict(values))


FROM_ZERO = (tag_list("0"),)
GAPS = (tag_list("2"), tag_list("01"), tag_list("1000"))
BARE = (
    create_image().having(
        {
            "TagSpecification.ResourceType": "image",
            "TagSpecification.Tag.Key": "key",
            "TagSpecification.Tag.Value": "value",
        }
    ),
)
EVERY_NAME = create_image(
    Description="amiproof", NoReboot="true", DryRun="false"
).having(
    {
        "BlockDeviceMapping.1.DeviceName": Placeholder.ADDED_DEVICE,
        "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
        "TagSpecification.1.ResourceType": "image",
        "TagSpecification.1.Tag.1.Key": "purpose",
        "TagSpecification.1.Tag.1.Value": "test",
    }
)  # fmt: skip
"""Every documented parameter in one request."""


def unknown_names() -> st.SearchStrategy[Draft]:
    """A parameter with an undocumented name."""
    words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12)
    known = {name.lower() for name in (*SCALARS, "Signature", "Timestamp", "Expires")}
    unknown = unless(known.__contains__, words)
    return unknown.map(lambda word: create_image(**{word.capitalize(): "1"}))


def bad_actions() -> st.SearchStrategy[Draft]:
    """An unknown Action."""
    word = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12).map(str.capitalize)
    return word.map(lambda w: create_image(Action=f"{w}Amiproof"))


LACKING = {
    "name.required": create_image().without("Name"),
    "inst.required": create_image().without("InstanceId"),
}
"""By rule, the request without the parameter that it requires."""
