"""A request: the ordered wire parameters of one call, and its form on the wire.

Strategies generate a :class:`Draft`, which has placeholders for values that only the run knows:
the ID of an instance, a unique name. Binding them gives a :class:`Request`. Both can hold what no
SDK sends: a parameter missing, repeated, or in the wrong case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache

API_VERSION = "2016-11-15"
LISTED = "."
"""The trait of a request with a parameter of a list or structure, whose name has a dot."""
_SCALARS = (
    ("action", "Action"),
    ("version", "Version"),
    ("instance_id", "InstanceId"),
    ("name", "Name"),
    ("description", "Description"),
    ("no_reboot", "NoReboot"),
    ("dry_run", "DryRun"),
)
"""Attributes of a request, each with its parameter."""


class Signing(StrEnum):
    """How a request is signed. ``VALID`` and ``QUERY`` break no rule."""

    VALID = "valid"
    """Signature version 4 in the Authorization header."""
    QUERY = "query"
    """Signature version 4 in the query string."""
    QUERY_WRONG_SECRET = "query-wrong-secret"
    """Signature version 4 in the query string, made with another secret."""
    V2 = "v2"
    """Signature version 2 (HmacSHA256)."""
    V2_WRONG_SECRET = "v2-wrong-secret"
    """Signature version 2, made with another secret."""
    ABSENT = "absent"
    """No credentials."""
    WRONG_SECRET = "wrong-secret"
    """A signature made with another secret."""
    MALFORMED = "malformed"
    """An Authorization header without its signature."""
    UNKNOWN_KEY = "unknown-key"
    """An access key that does not exist."""
    PAST = "past"
    """A valid signature with a date an hour ago."""
    FUTURE = "future"
    """A valid signature with a date an hour ahead."""
    OTHER_DAY = "other-day"
    """A signature whose credential scope has another day than the request's date."""
    HOST_UNSIGNED = "host-unsigned"
    """A signature of the other headers, without Host."""
    DENIED = "denied"
    """Valid credentials of a caller who may not create images."""
    NO_TAGS = "no-tags"
    """Valid credentials of a caller who may create images but not tag them."""


class Placeholder(StrEnum):
    """A value that only the run knows, filled in when the request is sent."""

    RUNNING = "{running instance}"
    STOPPED = "{stopped instance}"
    TERMINATED = "{terminated instance}"
    INSTANCE_STORE = "{instance-store instance}"
    USED_NAME = "{name in use}"
    WITH_INSTANCE_STORE = "{instance with an instance store volume}"
    CHANGED = "{instance that differs from its image}"
    """A running one: another root volume than its image, and volumes that changed later."""
    ROOT_DEVICE = "{root device}"
    ADDED_DEVICE = "{added device}"
    """The device of an unencrypted volume of the running instance, deleted on termination."""
    ENCRYPTED_DEVICE = "{encrypted device}"
    """Another device: encrypted if the endpoint supports it, and not deleted on termination."""
    SNAPSHOT = "{snapshot}"


@dataclass(frozen=True, slots=True)
class UniqueName:
    """A placeholder for a unique name of the same length and kinds of character.

    The run replaces the last letters and digits of ``shape``, eight at most, with others that no
    request of the run has used. The replacement is not a choice of Hypothesis.
    """

    shape: str = "amiproof-00000000"


Value = str | Placeholder | UniqueName


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a request on the wire."""

    verb: str = "POST"
    """``GET`` (parameters in the query string) or ``POST`` (in the body)."""
    space: str = "%20"
    """The encoding of a space in a value: ``%20`` or ``+``."""
    content_type: str = "application/x-www-form-urlencoded; charset=utf-8"
    """The Content-Type header of a ``POST``."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request with placeholders."""

    params: tuple[tuple[str, Value], ...]
    form: Form = Form()
    signing: Signing = Signing.VALID

    def given(self, **values: Value) -> Draft:
        """The draft with these parameters, replaced in place or appended."""
        return self.having(values)

    def having(self, values: Mapping[str, Value]) -> Draft:
        """Like :meth:`given`, for names such as ``TagSpecification.1.ResourceType``."""
        present = {name for name, _ in self.params}
        changed = tuple((name, values.get(name, value)) for name, value in self.params)
        added = tuple((name, value) for name, value in values.items() if name not in present)
        return replace(self, params=changed + added)

    def names(self) -> tuple[str, ...]:
        """The parameter names in order, with repetitions."""
        return tuple(name for name, _ in self.params)

    def value(self, name: str) -> Value:
        """The value of a parameter. Raises KeyError."""
        return dict(self.params)[name]

    def without(self, *names: str) -> Draft:
        """The draft with none of these parameters."""
        return replace(self, params=tuple(p for p in self.params if p[0] not in names))

    def adding(self, *params: tuple[str, Value]) -> Draft:
        """The draft with these parameters appended, even if the name is present."""
        return replace(self, params=self.params + params)

    def renaming(self, old: str, new: str) -> Draft:
        """The draft with a parameter renamed, in the same place."""
        return replace(
            self, params=tuple((new if name == old else name, v) for name, v in self.params)
        )

    def members(self, prefix: str) -> tuple[str, ...]:
        """The indexes of a numbered list, in order."""
        head = f"{prefix}."
        indexes = (n[len(head) :].partition(".")[0] for n in self.names() if n.startswith(head))
        return tuple(dict.fromkeys(indexes))

    def apart(self, prefix: str) -> tuple[Draft, ...]:
        """One draft for each member of a numbered list, with that member alone."""
        return tuple(self.keeping(prefix, [index]) for index in self.members(prefix))

    def keeping(self, prefix: str, indexes: Sequence[str]) -> Draft:
        """The draft with only these members of a numbered list, renumbered from 1."""
        numbers = {index: number for number, index in enumerate(indexes, 1)}
        kept = []
        for name, value in self.params:
            index, dot, field = name.removeprefix(f"{prefix}.").partition(".")
            if not name.startswith(f"{prefix}."):
                kept.append((name, value))
            elif index in numbers:
                kept.append((f"{prefix}.{numbers[index]}{dot}{field}", value))
        return replace(self, params=tuple(kept))

    def sent(self, *, form: Form | None = None, signing: Signing | None = None) -> Draft:
        """The draft with another form, or signed in another way."""
        return replace(self, form=form or self.form, signing=signing or self.signing)

    def bind(self, fill: Callable[[Placeholder | UniqueName], str]) -> Request:
        """The request with every placeholder and unique name filled in by ``fill``."""
        return Request(
            tuple(
                (name, fill(value) if isinstance(value, Placeholder | UniqueName) else value)
                for name, value in self.params
            ),
            self.form,
            self.signing,
        )


@dataclass(frozen=True)
class Request:
    """The ordered wire parameters of one call. Immutable; it may break any rule."""

    params: tuple[tuple[str, str], ...]
    form: Form = Form()
    signing: Signing = Signing.VALID

    values: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """Parameter name to value: the first value, if it is repeated."""
    action: str | None = field(init=False, repr=False, compare=False)
    version: str | None = field(init=False, repr=False, compare=False)
    instance_id: str | None = field(init=False, repr=False, compare=False)
    name: str | None = field(init=False, repr=False, compare=False)
    description: str | None = field(init=False, repr=False, compare=False)
    no_reboot: str | None = field(init=False, repr=False, compare=False)
    dry_run: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Computed once: the rules read these values a hundred times.
        values = dict(reversed(self.params))
        object.__setattr__(self, "values", values)
        for attribute, name in _SCALARS:
            object.__setattr__(self, attribute, values.get(name))

    def get(self, name: str) -> str | None:
        """The value of a parameter (the first, if it is repeated), or None."""
        return self.values.get(name)

    def names(self) -> tuple[str, ...]:
        """The parameter names in wire order, with repetitions."""
        return tuple(name for name, _ in self.params)

    @cached_property
    def traits(self) -> frozenset[str]:
        """What rules are indexed by (:attr:`conformance.model.rule.Rule.only_with`).

        The parameters, each up to its first dot, the signing, and LISTED.
        """
        dotted = {LISTED} if any("." in name for name in self.values) else set()
        return frozenset({name.partition(".")[0] for name in self.values} | dotted | {self.signing})

    def entries(self, prefix: str) -> Mapping[str, Mapping[str, str]]:
        """The members of a numbered list, by index as sent, in wire order.

        ``entries("BlockDeviceMapping")`` of ``BlockDeviceMapping.1.Ebs.VolumeSize=8`` is
        ``{"1": {"Ebs.VolumeSize": "8"}}``. If a field is repeated, the first value counts.
        """
        return _entries(self.params, prefix)


@lru_cache(maxsize=1024)
def _entries(params: tuple[tuple[str, str], ...], prefix: str) -> Mapping[str, Mapping[str, str]]:
    # Cached: about forty rules use it for each request.
    found: dict[str, dict[str, str]] = {}
    for key, value in params:
        head, _, rest = key.partition(".")
        index, _, field = rest.partition(".")
        if head == prefix and index:
            found.setdefault(index, {}).setdefault(field, value)
    return found


def action(name: str, params: Iterable[tuple[str, str]] = ()) -> Request:
    """A request for any EC2 action, as the engine sends it to create or describe resources."""
    return Request((("Action", name), ("Version", API_VERSION), *params))


def create_image(**values: Value) -> Draft:
    """The minimal ``CreateImage`` request, with these parameters changed or added.

    It has only what the documents require: the ID of a running instance and a name.
    """
    minimal = Draft(
        (
            ("Action", "CreateImage"),
            ("Version", API_VERSION),
            ("InstanceId", Placeholder.RUNNING),
            ("Name", UniqueName()),
        )
    )
    return minimal.given(**values)
