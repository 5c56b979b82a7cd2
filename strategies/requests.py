"""Whole requests: legal values of several parameters, put combine."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.model.request import Draft, create_image
from conformance.model.rules.block_device_mapping.volume import SIZES
from strategies import descriptions, mappings, names, tags

_PLAIN = ("Action", "Version", "InstanceId", "Name")


def combine(base: Draft, *others: Draft) -> Draft:
    """A request with what each of the others has beyond the plainest one."""
    for other in others:
        base = base.having({name: v for name, v in other.params if name not in _PLAIN})
    return base


def legal() -> st.SearchStrategy[Draft]:
    """Requests that keep every rule: any legal name, and any of the other parameters."""
    flags = st.sampled_from(
        [create_image(), *(create_image(NoReboot=value) for value in ("true", "false"))]
    )
    wet = st.sampled_from([create_image(), create_image(DryRun="false")])
    parts = (descriptions.texts(), _mapped(), _tagged())
    return st.builds(combine, names.legal(), flags, wet, *map(_perhaps, parts))


def _perhaps(drafts: st.SearchStrategy[Draft]) -> st.SearchStrategy[Draft]:
    return st.one_of(st.just(create_image()), drafts)


def _mapped() -> st.SearchStrategy[Draft]:
    crowds = (
        mappings.FLAGS, mappings.STAY_AS_THEY_ARE, mappings.OMITTED_BOTH, mappings.STORES,
        mappings.ALL_FROM_SNAPSHOT, mappings.ALL_LEAST, mappings.ALL_GREATEST,
    )  # fmt: skip
    return st.one_of(*map(mappings.within_size, SIZES), st.sampled_from(crowds))


def _tagged() -> st.SearchStrategy[Draft]:
    both = (tags.ON_SNAPSHOTS, tags.FEW_ON_BOTH, tags.RICH_ON_BOTH, tags.FIFTY_ON_BOTH)
    return st.one_of(tags.texts(), tags.counts(), st.sampled_from(both))
