"""Tags that a target keeps although their resource was removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from conformance.engine.client.api import Api, Refused, filters, numbered
from conformance.engine.core.errors import CutShort
from conformance.engine.resources.inventory import ID
from conformance.wire.decoding import describe

_AT_ONCE = 200
"""Resource ids in one filter and in one DeleteTags request."""
_KEYS = 200
"""Keys in one DeleteTags request of several resources."""
_MOST_PAGES = 50


def remove(api: Api, ids: Collection[str]) -> dict[str, str]:
    """Delete the tags of removed resources; the ids whose tags are left, with the reason.

    A target where no tag outlives its resource is asked once for each 200 ids.
    """
    left: dict[str, str] = {}
    for some in _chunks(sorted(ids)):
        try:
            if tags := _tags(api, some):
                why = _delete(api, tags)
                left |= dict.fromkeys(_tags(api, list(tags)), why)
        except (Refused, CutShort):
            break  # an answer that cannot be read does not show that a tag is left
    return left


def _delete(api: Api, tags: Mapping[str, Mapping[str, str]]) -> str:
    """Delete these tags; why they may still be there.

    One request deletes the keys of many resources, whether or not each has them all. Where the
    target refuses it, each set of keys has a request of its own.
    """
    by_keys: dict[frozenset[str], list[str]] = {}
    for id, own in tags.items():
        by_keys.setdefault(frozenset(own), []).append(id)
    why = "DeleteTags succeeds, and the tags are still there"
    for some in _together(by_keys):
        keys, ids = frozenset[str]().union(*some), [id for each in some for id in by_keys[each]]
        if len(some) < 2 or _refused(api, keys, ids):
            refusals = [_refused(api, each, by_keys[each]) for each in some]
            why = next(filter(None, refusals), why)
    return why


def _together(sets: Iterable[frozenset[str]]) -> Iterator[list[frozenset[str]]]:
    """Sets of keys in groups whose unions are small enough for one request."""
    group: list[frozenset[str]] = []
    for keys in sorted(sets, key=sorted):
        if group and len(keys.union(*group)) > _KEYS:
            yield group
            group = []
        group.append(keys)
    if group:
        yield group


def _refused(api: Api, keys: Iterable[str], ids: Iterable[str]) -> str:
    """Why the target refuses to delete these keys of these resources, or an empty text."""
    named = [(f"Tag.{n}.Key", key) for n, key in enumerate(sorted(keys), 1)]
    try:
        api.call("DeleteTags", [*numbered("ResourceId", ids), *named])
    except Refused as refused:
        return ID.sub("…", str(refused))
    return ""


def _tags(api: Api, ids: list[str]) -> dict[str, dict[str, str]]:
    """The tags that DescribeTags shows of these ids, by id."""
    found: dict[str, dict[str, str]] = {}
    token: str | None = ""
    tokens = set[str]()
    for _ in range(_MOST_PAGES):
        page = [("NextToken", token)] if token else []
        root = api.call("DescribeTags", [*filters({"resource-id": ids}), *page])
        for id, tags in describe.tags(root).items():
            found.setdefault(id, {}).update(tags)
        token = describe.next_token(root)
        if not token or token in tokens:
            break
        tokens.add(token)
    return {id: found[id] for id in ids if id in found}


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
