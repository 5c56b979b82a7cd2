"""A request: the ordered wire parameters of one call, and how it is put on the wire.

A :class:`Draft` is what strategies draw: some of its values are known only to the endpoint or to
the run (the id of an instance, a name nobody has used). Filling them in gives a :class:`Request`.
Both can hold what no SDK would send: a parameter missing, given twice, or in the wrong case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache

API_VERSION = "2016-11-15"


class Signing(StrEnum):
    """How a request is signed; all but ``VALID``, ``QUERY`` and ``V2`` break a rule."""

    VALID = "valid"
    """Signature version 4 in the Authorization header."""
    QUERY = "query"
    """Signature version 4 in the query string."""
    QUERY_WRONG_SECRET = "query-wrong-secret"
    """The query string's form, made with another secret."""
    V2 = "v2"
    """Signature version 2 (HmacSHA256)."""
    V2_WRONG_SECRET = "v2-wrong-secret"
    """Signature version 2, made with another secret."""
    ABSENT = "absent"
    """No credentials at all."""
    WRONG_SECRET = "wrong-secret"
    """The right key, a signature made with another secret."""
    MALFORMED = "malformed"
    """An Authorization header that lacks the signature."""
    UNKNOWN_KEY = "unknown-key"
    """A key that nobody was given."""
    PAST = "past"
    """A date an hour ago, rightly signed."""
    FUTURE = "future"
    """A date an hour ahead, rightly signed."""
    DENIED = "denied"
    """Valid credentials of somebody who may not create images."""
    NO_TAGS = "no-tags"
    """Valid credentials of somebody who may create images and not tag them."""


class Placeholder(StrEnum):
    """A value that only the endpoint knows, filled in when the request is sent."""

    RUNNING = "{running instance}"
    STOPPED = "{stopped instance}"
    TERMINATED = "{terminated instance}"
    INSTANCE_STORE = "{instance-store instance}"
    USED_NAME = "{name in use}"
    WITH_INSTANCE_STORE = "{instance with an instance store volume}"
    ROOT_DEVICE = "{root device}"
    ADDED_DEVICE = "{added device}"
    """An unencrypted volume of the running instance's, deleted on termination."""
    ENCRYPTED_DEVICE = "{encrypted device}"
    """Another, encrypted where the endpoint can, and not deleted on termination."""
    SNAPSHOT = "{snapshot}"


@dataclass(frozen=True, slots=True)
class UniqueName:
    """A name in whose place a unique one is sent, of the same length and kinds of character.

    Uniqueness comes from outside Hypothesis' choices: its last letters and digits (eight at most)
    are replaced by others that no request of the run has used.
    """

    shape: str = "amiproof-00000000"


Value = str | Placeholder | UniqueName


@dataclass(frozen=True, slots=True)
class Form:
    """How parameters are put on the wire."""

    verb: str = "POST"
    """``GET`` (parameters in the query string) or ``POST`` (in the body)."""
    space: str = "%20"
    """A space in a value: ``%20`` or ``+``, the two forms a query string has."""
    content_type: str = "application/x-www-form-urlencoded; charset=utf-8"
    """The Content-Type header of a ``POST``."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before the endpoint's own values are filled in."""

    params: tuple[tuple[str, Value], ...]
    form: Form = Form()
    signing: Signing = Signing.VALID

    def given(self, **values: Value) -> Draft:
        """The draft with these parameters: in place where they stand already, else appended."""
        return self.having(values)

    def having(self, values: Mapping[str, Value]) -> Draft:
        """As :meth:`given`, for names such as ``TagSpecification.1.ResourceType``."""
        present = {name for name, _ in self.params}
        changed = tuple((name, values.get(name, value)) for name, value in self.params)
        added = tuple((name, value) for name, value in values.items() if name not in present)
        return replace(self, params=changed + added)

    def names(self) -> tuple[str, ...]:
        """The parameter names in order, repetitions included."""
        return tuple(name for name, _ in self.params)

    def value(self, name: str) -> Value:
        """The value of a parameter. Raises KeyError."""
        return dict(self.params)[name]

    def without(self, *names: str) -> Draft:
        """The draft with none of these parameters."""
        return replace(self, params=tuple(p for p in self.params if p[0] not in names))

    def adding(self, *params: tuple[str, Value]) -> Draft:
        """The draft with these parameters appended, even where the name stands already."""
        return replace(self, params=self.params + params)

    def renaming(self, old: str, new: str) -> Draft:
        """The draft with a parameter under another name, in the same place."""
        return replace(
            self, params=tuple((new if name == old else name, v) for name, v in self.params)
        )

    def members(self, prefix: str) -> tuple[str, ...]:
        """The indexes of a numbered list, in order."""
        head = f"{prefix}."
        indexes = (n[len(head) :].partition(".")[0] for n in self.names() if n.startswith(head))
        return tuple(dict.fromkeys(indexes))

    def apart(self, prefix: str) -> tuple[Draft, ...]:
        """The draft with each member of a numbered list alone, as its first and only one."""
        return tuple(self.keeping(prefix, [index]) for index in self.members(prefix))

    def keeping(self, prefix: str, indexes: Sequence[str]) -> Draft:
        """The draft with these members of a numbered list alone, numbered from 1."""
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
        """The draft put on the wire in another form, or signed in another way."""
        return replace(self, form=form or self.form, signing=signing or self.signing)

    def bind(self, fill: Callable[[Placeholder | UniqueName], str]) -> Request:
        """The request with every slot and fresh name filled in by ``fill``."""
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
    """The ordered wire parameters of one call. Immutable; it may break any rule there is."""

    params: tuple[tuple[str, str], ...]
    form: Form = Form()
    signing: Signing = Signing.VALID

    def get(self, name: str) -> str | None:
        """The value of a parameter (the first, when it is given twice), or None."""
        return self._first.get(name)

    @cached_property
    def _first(self) -> Mapping[str, str]:
        """By name, the value of a parameter: the first, when it is given twice."""
        return dict(reversed(self.params))

    def names(self) -> tuple[str, ...]:
        """The parameter names in wire order, repetitions included."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.params)

    @property
    def name(self) -> str | None:
        return self._first.get("Name")

    @property
    def description(self) -> str | None:
        return self._first.get("Description")

    @property
    def instance_id(self) -> str | None:
        return self._first.get("InstanceId")

    @property
    def no_reboot(self) -> str | None:
        return self._first.get("NoReboot")

    @property
    def dry_run(self) -> str | None:
        return self._first.get("DryRun")

    def entries(self, prefix: str) -> Mapping[str, Mapping[str, str]]:
        """The members of a numbered list by their index as written, in wire order.

        ``entries("BlockDeviceMapping")`` of ``BlockDeviceMapping.1.Ebs.VolumeSize=8`` is
        ``{"1": {"Ebs.VolumeSize": "8"}}``. Of a field given twice the first value counts.
        """
        return _entries(self.params, prefix)


@lru_cache(maxsize=1024)
def _entries(params: tuple[tuple[str, str], ...], prefix: str) -> Mapping[str, Mapping[str, str]]:
    # Some forty rules ask this of each request.
    found: dict[str, dict[str, str]] = {}
    for key, value in params:
        head, _, rest = key.partition(".")
        index, _, field = rest.partition(".")
        if head == prefix and index:
            found.setdefault(index, {}).setdefault(field, value)
    return found


def action(name: str, params: Iterable[tuple[str, str]] = ()) -> Request:
    """A request for any EC2 action, as the engine sends it to make or look at things."""
    return Request((("Action", name), ("Version", API_VERSION), *params))


def create_image(**values: Value) -> Draft:
    """The plainest ``CreateImage`` there is, with these parameters changed or added.

    It has what the documents require and nothing else: the id of a running instance and a name.
    """
    plain = Draft(
        (
            ("Action", "CreateImage"),
            ("Version", API_VERSION),
            ("InstanceId", Placeholder.RUNNING),
            ("Name", UniqueName()),
        )
    )
    return plain.given(**values)
