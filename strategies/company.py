"""Rejections in company: one wrong value in a request that is legal otherwise.

A target may check a value in some requests alone: in a POST, in the first member of a list, of a
running instance. Each rule's plain request and this one differ in the rest of the request.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.model.request import Draft, Form, Placeholder, Signing, Value, create_image
from strategies import descriptions, instance_ids, mappings, names, tags
from strategies.requests import combine

_LISTS = ("BlockDeviceMapping", "TagSpecification")
_STAYS_UP = create_image(NoReboot="true")
_DESCRIBED = descriptions.ROUND_TRIP[0]
_MAPPED = mappings.mapped(
    mappings.flag(mappings.ROOT, "false"), mappings.ebs(mappings.NEW_DEVICES[7], VolumeSize="8")
)
_GET = Form(verb="GET")
_PARTS = (_STAYS_UP, _DESCRIBED, _MAPPED, tags.ON_SNAPSHOTS)

BY_GET = combine(create_image(), *_PARTS).sent(form=_GET, signing=Signing.QUERY)
"""A GET for a running instance, with NoReboot, a description, mappings and tags."""
OF_STOPPED = combine(instance_ids.STOPPED, *_PARTS)
"""The same parameters in a POST, for a stopped instance."""


def beside(wrong: Draft, company: Draft) -> Draft:
    """The parameters of ``company``, with those of ``wrong`` added or in their place.

    The members of a list come after those of the company's list.
    """
    minimal = dict(create_image().params)
    own = {name: value for name, value in wrong.params if minimal.get(name) != value}
    missing = (name for name in minimal if name not in dict(wrong.params))
    signing = None if wrong.signing is Signing.VALID else wrong.signing
    whole = company.having(dict(_renumbered(own, company))).without(*missing)
    return whole.sent(signing=signing)


def _renumbered(own: dict[str, Value], company: Draft) -> Iterator[tuple[str, Value]]:
    for name, value in own.items():
        head, _, rest = name.partition(".")
        if head not in _LISTS:
            yield name, value
            continue
        number, _, field = rest.partition(".")
        yield f"{head}.{int(number) + len(company.members(head))}.{field}", value


def simpler(wrong: Draft, company: Draft) -> Iterator[Draft]:
    """The wrong value beside each single part of its company, and then beside all of it."""
    if company.form != create_image().form:
        yield wrong.sent(form=company.form, signing=company.signing)
    source = dict(company.params)["InstanceId"]
    if source is not Placeholder.RUNNING:
        yield beside(wrong, create_image(InstanceId=source))
    for part in _PARTS:
        yield beside(wrong, part)
    yield beside(wrong, company)


LATE = beside(mappings.NO_SIZE_OR_SNAPSHOT[0], _MAPPED)
"""A mapping of a new volume, and after it one that must be rejected."""
REJECTED: tuple[tuple[Draft, Draft], ...] = (
    (names.TOO_LONG[0], OF_STOPPED),
    (names.named("aa!"), BY_GET),
    (create_image(Name=Placeholder.USED_NAME), BY_GET),
    (create_image().without("Name"), OF_STOPPED),
    (descriptions.TOO_LONG[0], OF_STOPPED),
    (instance_ids.UNKNOWN[0], BY_GET),
    (instance_ids.TERMINATED, BY_GET),
    (create_image(Frobnicate="1"), BY_GET),
    (create_image(Version="1999-01-01"), BY_GET),
    (create_image(DryRun="true"), BY_GET),
    (create_image(DryRun="true"), OF_STOPPED),
    (tags.OTHER_TYPES[0], OF_STOPPED),
    (tags.beside(("aws:name", "v")), BY_GET),
    (tags.KEY_TOO_LONG[0], BY_GET),
    (tags.VALUE_TOO_LONG[0], OF_STOPPED),
    (tags.beside(("", "v")), OF_STOPPED),
    (mappings.beyond_sizes("gp2")[1], BY_GET),
    (mappings.ENCRYPTED_FROM_SNAPSHOT[0], OF_STOPPED),
    (mappings.WITHOUT_IOPS[0], OF_STOPPED),
    (mappings.NO_SIZE_OR_SNAPSHOT[0], OF_STOPPED),
    (mappings.NO_SUCH_SNAPSHOT[0], BY_GET),
    (mappings.ENCRYPTS[0], BY_GET),
    (create_image().sent(signing=Signing.DENIED), BY_GET),
)
"""Each wrong request and its company."""
