"""Instance ids: well formed and unknown, and each kind of malformed."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.model.request import Draft, Placeholder, create_image

_HEX = "0123456789abcdef"


def of(instance_id: str) -> Draft:
    """A request about an instance of this id."""
    return create_image(InstanceId=instance_id)


UNKNOWN = (of("i-0123456789abcdef0"), of("i-12345678"))
"""Ids in the documented form that no instance has: of 17 digits and of 8."""
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
"""No prefix, another prefix, too short, too long, white space at the ends, none of it, empty."""
OTHER_LENGTHS = tuple(of("i-" + "0" * n) for n in range(9, 17))
NOT_HEXADECIMAL = (of("i-zzzzzzzz"), of("i-1234567X"), of("i-ABCDEF01"), of("i-0123456789ABCDEF0"))
STOPPED = of(Placeholder.STOPPED)
TERMINATED = of(Placeholder.TERMINATED)
INSTANCE_STORE = of(Placeholder.INSTANCE_STORE)


def near(instance_id: str) -> Draft:
    """An id that differs from an instance's in its last digit alone."""
    return of(instance_id[:-1] + ("1" if instance_id.endswith("0") else "0"))


def unknown() -> st.SearchStrategy[Draft]:
    """Ids of 8 or 17 hexadecimal digits. A clash with an instance is one in four thousand million
    at the worst, and the judge knows the run's own."""
    digits = st.sampled_from((17, 8)).flatmap(
        lambda length: st.text(_HEX, min_size=length, max_size=length)
    )
    return digits.map(lambda tail: of("i-" + tail))


def malformed() -> st.SearchStrategy[Draft]:
    """Ids of another prefix, another length, or that are no ids."""
    tail = st.one_of(st.text(_HEX, max_size=7), st.text(_HEX, min_size=18, max_size=40))
    wrong_length = tail.map(lambda t: "i-" + t)
    prefixes = st.sampled_from(("ami-", "vol-", "snap-", "I-", "i", "i--"))
    wrong_prefix = st.builds(lambda p, t: p + t, prefixes, st.text(_HEX, min_size=8, max_size=8))
    no_id = st.text("abcdefghjk -_./", min_size=1, max_size=20)
    return st.one_of(wrong_length, wrong_prefix, no_id).map(of)
