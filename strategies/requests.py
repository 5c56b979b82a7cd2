"""Whole requests: legal values of several parameters, combined."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.model.request import Draft, create_image
from conformance.model.rules.block_device_mapping.volume import SIZES
from strategies import descriptions, mappings, names, tags

_MINIMAL = ("Action", "Version", "InstanceId", "Name")


def combine(base: Draft, *others: Draft) -> Draft:
    """``base`` with the parameters that each of ``others`` adds to the minimal request."""
    for other in others:
        base = base.having({name: v for name, v in other.params if name not in _MINIMAL})
    return base


def legal() -> st.SearchStrategy[Draft]:
    """Requests that keep every rule: any legal name, and any of the other parameters."""
    flags = st.sampled_from(
        [create_image(), *(create_image(NoReboot=value) for value in ("true", "false"))]
    )
    not_dry = st.sampled_from([create_image(), create_image(DryRun="false")])
    parts = (descriptions.texts(), _mapped(), _tagged())
    return st.builds(combine, names.legal(), flags, not_dry, *map(_optional, parts))


def _optional(drafts: st.SearchStrategy[Draft]) -> st.SearchStrategy[Draft]:
    return st.one_of(st.just(create_image()), drafts)


def _mapped() -> st.SearchStrategy[Draft]:
    many = (
        mappings.FLAGS, mappings.STAY_AS_THEY_ARE, mappings.OMITTED_BOTH, mappings.STORES,
        mappings.ALL_FROM_SNAPSHOT, mappings.ALL_LEAST, mappings.ALL_GREATEST,
    )  # fmt: skip
    return st.one_of(*map(mappings.within_size, SIZES), st.sampled_from(many))


def _tagged() -> st.SearchStrategy[Draft]:
    both = (tags.ON_SNAPSHOTS, tags.FEW_ON_BOTH, tags.RICH_ON_BOTH, tags.FIFTY_ON_BOTH)
    return st.one_of(tags.texts(), tags.counts(), st.sampled_from(both))
