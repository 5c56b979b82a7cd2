"""Rows that complete the pairs: with the covering requests, each two features are in one request.

The features are the documented parameters with each kind of their values, the kind of the source
instance, the verb, the signature and the client. Each row is accepted, so each creates an image.
"""

from __future__ import annotations

from conformance.model.request import Draft, Form, Placeholder, Signing, Value, create_image
from strategies import descriptions, mappings, names, tags
from strategies.requests import combine

_STORE_DEVICE = mappings.NEW
"""The device that a source with an instance store volume has it on."""
_SPECIAL = names.EXTRA_AT_ONCE[0].value("Name")


def _kinds(omitted: Value) -> Draft:
    """A request with each kind of mapping; the device to leave out is given."""
    one, two, three = mappings.NEW_DEVICES[1:4]
    return mappings.mapped(
        mappings.flag(mappings.ROOT, "false"),
        mappings.omitted(omitted),
        mappings.store("ephemeral1", one),
        mappings.ebs(two, VolumeSize="8"),
        mappings.ebs(three, SnapshotId=Placeholder.SNAPSHOT),
    )


def _row(source: Placeholder, description: Draft = descriptions.EMPTY, **flags: str) -> Draft:
    stored = source is Placeholder.WITH_INSTANCE_STORE
    return combine(
        create_image(InstanceId=source, Name=_SPECIAL, **flags),
        description,
        _kinds(_STORE_DEVICE if stored else mappings.ADDED),
        tags.FEW_ON_BOTH,
    )


def _by_get(draft: Draft) -> Draft:
    return draft.sent(form=Form(verb="GET"), signing=Signing.QUERY)


STAYS_UP = _by_get(
    _row(Placeholder.RUNNING, descriptions.ROUND_TRIP[0], NoReboot="true", DryRun="false")
)
"""A running instance that must not be rebooted, with everything else in the request."""
REBOOTS = _by_get(
    _row(Placeholder.RUNNING, descriptions.ROUND_TRIP[0], NoReboot="false", DryRun="false")
)
"""A running instance that must be rebooted, with everything else in the request."""
BY_SDK = (
    _row(Placeholder.WITH_INSTANCE_STORE, NoReboot="false", DryRun="false"),
    _row(Placeholder.STOPPED, NoReboot="false", DryRun="false"),
)
