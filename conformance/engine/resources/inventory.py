"""Listings of an account: one before the run creates a resource, one after its clean-up.

The difference of the two shows what the clean-up does not know of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from conformance.engine.client.api import PAGE, Api, Refused
from conformance.engine.client.ledger import Ledger
from conformance.model.answer import Element

ID = re.compile(r"(?<![\w-])(?:ami|i|snap|vol)-[0-9a-zA-Z]+")
"""The id of a resource, wherever a text mentions it."""
_MOST_PAGES = 1000
_REPEATED = 5
"""Pages in a row without a new id that end a list."""
_OWN = (("Owner.1", "self"),)
_LISTS: dict[str, tuple[str, str, str, tuple[tuple[str, str], ...]]] = {
    "image": ("DescribeImages", "imagesSet/item", "imageId", _OWN),
    "snapshot": ("DescribeSnapshots", "snapshotSet/item", "snapshotId", _OWN),
    "instance": (
        "DescribeInstances", "reservationSet/item/instancesSet/item", "instanceId", (),
    ),
    "volume": ("DescribeVolumes", "volumeSet/item", "volumeId", ()),
    "key pair": ("DescribeKeyPairs", "keySet/item", "keyName", ()),
}  # fmt: skip
"""By kind: the action, where its answer has the items and their ids, and the parameters."""
_UNPAGED = ("key pair",)
"""Kinds whose action takes no MaxResults."""


class Endless(Exception):
    """A list whose pages repeat, or never end."""


@dataclass
class Inventory:
    """The resources of an account, by kind and id."""

    items: dict[str, dict[str, Element]] = field(default_factory=dict)
    """A kind that could not be listed is missing."""
    requests: int = 0

    def names(self, kind: str, id: str) -> set[str]:
        """The ids of other resources that a resource mentions anywhere: in its description,
        mapping, attachment or tags."""
        texts = (element.text for element in self.items[kind][id].walk() if element.text)
        return {found for text in texts for found in ID.findall(text)} - {id}


def take(api: Api, kinds: Collection[str] = tuple(_LISTS)) -> Inventory:
    """List everything that the account has. Raises CutShort where the endpoint stopped answering.

    The lists are asked for by pages. An endpoint that takes no MaxResults is asked for whole ones.
    """
    found, before = Inventory(), api.requests
    for kind in kinds:
        action, path, id_name, params = _LISTS[kind]
        try:
            items = _listed(api, action, path, id_name, params, paged=kind not in _UNPAGED)
        except (Refused, Endless):
            continue
        found.items[kind] = {
            id: item
            for item in items
            if (id := (item.value(id_name) or "").strip()) and not _is_over(item)
        }
    found.requests = api.requests - before
    return found


def record(ledger: Ledger, api: Api) -> int:
    """Keep, in the ledger, the ids that exist before the run. Returns the requests it took.

    Raises CutShort where the endpoint stopped answering.
    """
    found = take(api)
    ledger.keep_before(found.items)
    return found.requests


def is_large(ledger: Ledger) -> bool:
    """Whether the account had so much before the run that the run lists no more than it has to."""
    return any(len(ledger.before(kind) or ()) > PAGE for kind in _LISTS)


def _listed(
    api: Api,
    action: str,
    path: str,
    id_name: str,
    params: Iterable[tuple[str, str]],
    *,
    paged: bool,
) -> list[Element]:
    """A whole list, by pages where ``paged``. Raises Refused, Endless."""
    try:
        return list(_items(api, action, path, id_name, params, paged=paged))
    except (Refused, Endless) as why:
        if not paged or (isinstance(why, Refused) and not why.is_answer):
            raise
        return list(_items(api, action, path, id_name, params, paged=False))


def _items(
    api: Api,
    action: str,
    path: str,
    id_name: str,
    params: Iterable[tuple[str, str]],
    *,
    paged: bool,
) -> Iterator[Element]:
    asked = [*params, ("MaxResults", str(PAGE))] if paged else list(params)
    token, tokens, seen, repeated = "", set[str](), set[str](), 0
    for _ in range(_MOST_PAGES):
        root = api.call(action, [*asked, *([("NextToken", token)] if token else [])])
        page = list(root.all(path))
        yield from page
        token = (root.value("nextToken") or "").strip()
        if not token:
            return
        ids = {(item.value(id_name) or "").strip() for item in page}
        # A filtered page may be empty, but not many in a row.
        repeated = repeated + 1 if ids <= seen else 0
        if token in tokens or repeated == _REPEATED:
            break
        tokens.add(token)
        seen |= ids
    raise Endless(action)


def _is_over(item: Element) -> bool:
    """Whether an item is an instance that ends or ended, or a deregistered image: a target may
    show it for a while longer."""
    state = item.value("instanceState/name") or item.value("imageState") or ""
    return state.strip() in ("shutting-down", "terminated", "deregistered")
