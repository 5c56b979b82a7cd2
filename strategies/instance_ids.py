"""``InstanceId``: well-formed unknown IDs, and malformed ones of each kind."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.model.request import Draft, Placeholder, create_image

_HEX = "0123456789abcdef"


def of(instance_id: str) -> Draft:
    """A request with this InstanceId."""
    return create_image(InstanceId=instance_id)


UNKNOWN = (of("i-0d7e3b95c4f1a826b"), of("i-7c3e91d5"))
"""IDs of the documented form that no instance has, with 17 digits and with 8. No document has them:
an endpoint may have instances with the IDs of examples."""
MALFORMED = (
    of("i-1"),
    of("i-"),
    of("i"),
    of("12345678"),
    of("ami-12345678"),
    of("I-12345678"),
    of("i_12345678"),
    of("i-1234567"),
    of("i-0123456789abcdef01"),
    of("i-12345678 "),
    of(" i-12345678"),
    of("i-12345678\n"),
    of("not an instance"),
    of(""),
)
"""Without a prefix, with another one, too short, too long, with white space, no ID, empty."""
OTHER_LENGTHS = tuple(of("i-" + "0" * n) for n in range(9, 17))
NOT_HEXADECIMAL = (of("i-zzzzzzzz"), of("i-1234567X"), of("i-ABCDEF01"), of("i-0123456789ABCDEF0"))
STOPPED = of(Placeholder.STOPPED)
CHANGED = of(Placeholder.CHANGED)
TERMINATED = of(Placeholder.TERMINATED)
INSTANCE_STORE = of(Placeholder.INSTANCE_STORE)


def near(instance_id: str) -> Draft:
    """An ID that differs from an instance's only in its last digit."""
    return of(instance_id[:-1] + ("1" if instance_id.endswith("0") else "0"))


def unknown() -> st.SearchStrategy[Draft]:
    """IDs with 8 or 17 hexadecimal digits. The probability that one exists is one in 4 billion at
    most, and the judge knows the run's own instances."""
    digits = st.sampled_from((17, 8)).flatmap(
        lambda length: st.text(_HEX, min_size=length, max_size=length)
    )
    return digits.map(lambda tail: of("i-" + tail))


def malformed() -> st.SearchStrategy[Draft]:
    """IDs with another prefix or length, and text that is no ID."""
    tail = st.one_of(st.text(_HEX, max_size=7), st.text(_HEX, min_size=18, max_size=40))
    wrong_length = tail.map(lambda t: "i-" + t)
    prefixes = st.sampled_from(("ami-", "vol-", "snap-", "I-", "i", "i--"))
    wrong_prefix = st.builds(lambda p, t: p + t, prefixes, st.text(_HEX, min_size=8, max_size=8))
    no_id = st.text("abcdefghjk -_./", min_size=1, max_size=20)
    return st.one_of(wrong_length, wrong_prefix, no_id).map(of)
