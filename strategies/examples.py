"""The page's sample requests, as printed (API_CreateImage, Examples).

The run replaces the instance ID and the end of the name. The credentials, AUTHPARAMS on the page,
are in a header.
"""

from __future__ import annotations

from conformance.model.request import API_VERSION, Draft, Form, Placeholder, UniqueName

_AS_PRINTED = Form(verb="GET", space="+")
_HEAD = (("Action", "CreateImage"), ("Version", API_VERSION))
FIRST = Draft(
    (
        *_HEAD,
        ("Description", "Standard Web Server v1.0"),
        ("InstanceId", Placeholder.RUNNING),
        ("Name", UniqueName("standard-web-server-v1.0")),
    ),
    _AS_PRINTED,
)
"""An image of an instance, with a description whose spaces are encoded as +."""
SECOND = FIRST.given(NoReboot="true")
"""The same with NoReboot=true."""
_PURPOSE = (("Key", "purpose"), ("Value", "test"))
THIRD = Draft(
    (
        *_HEAD,
        ("InstanceId", Placeholder.RUNNING),
        ("TagSpecification.1.ResourceType", "image"),
        *((f"TagSpecification.1.Tag.1.{field}", value) for field, value in _PURPOSE),
        ("TagSpecification.2.ResourceType", "snapshot"),
        *((f"TagSpecification.2.Tag.1.{field}", value) for field, value in _PURPOSE),
    ),
    _AS_PRINTED,
)
"""Tags for the image and its snapshots. It has no Name, although Name is required. The example is
read as abbreviated, so no outcome of it is a deviation."""
