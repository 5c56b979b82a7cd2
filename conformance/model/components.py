"""The components of a request: what it has beyond the minimal one, in parts that can be left out.

A component is a parameter, a member of a list, the form or the signature. It is the set of the
names of its parameters; the form and the signature have a name of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence

from conformance.model.request import Draft, Form, Placeholder, Signing, Value, create_image

Component = frozenset[str]

LISTS = ("BlockDeviceMapping", "TagSpecification")
_TAGS = LISTS[1]
_FORM, _SIGNING = "the form", "the signing"
UNUSUAL: Collection[Hashable] = ((_FORM, frozenset[str]()), (_SIGNING, frozenset[str]()))
"""The kinds of the form and of the signature: many targets support the usual ones alone."""
_MINIMAL = dict(create_image().params)
_VALUES = frozenset(
    {"Ebs.DeleteOnTermination", "Ebs.Encrypted", "Ebs.Iops", "Ebs.Throughput"}
    | {"NoDevice", "VirtualName"}
)
"""Fields of a mapping that ask for the same feature where they have the same value."""
_SIZED = frozenset({"Ebs.SnapshotId", "Ebs.VolumeSize"})
"""Fields of a volume that may be larger than its snapshot."""
_SET = frozenset({"NoDevice", "VirtualName"})
"""Fields of a mapping without a volume."""


def components_of(draft: Draft) -> list[Component]:
    """The components of a request, in order; none of the minimal request."""
    found: dict[str, set[str]] = {}
    for name, value in draft.params:
        if _MINIMAL.get(name) != value:
            found.setdefault(_place(name), set()).add(name)
    if draft.form != Form():
        found[_FORM] = {_FORM}
    if draft.signing is not Signing.VALID:
        found[_SIGNING] = {_SIGNING}
    return list(map(frozenset, found.values()))


def tags_of(component: Component) -> list[Component]:
    """The tags of a tag specification, each with the parameters that are no tag's; else nothing."""
    heads: dict[str, set[str]] = {}
    rest = set()
    for name in component:
        parts = name.split(".")
        if parts[0] == _TAGS and len(parts) > 3:
            heads.setdefault(parts[3], set()).add(name)
        else:
            rest.add(name)
    indexes = sorted(heads, key=lambda index: (len(index), index))
    return [frozenset(heads[index] | rest) for index in indexes]


def restricted(draft: Draft, components: Collection[Component]) -> Draft:
    """The minimal request with only these components of a draft; lists are numbered anew."""
    kept = frozenset[str]().union(*components)
    params: list[tuple[str, Value]] = []
    for name, value in draft.params:
        if name in kept or _MINIMAL.get(name) == value:
            params.append((name, value))
        elif name in _MINIMAL:
            params.append((name, _MINIMAL[name]))
    whole = Draft(
        tuple(params),
        draft.form if _FORM in kept else Form(),
        draft.signing if _SIGNING in kept else Signing.VALID,
    )
    if len(params) == len(draft.params):
        return whole
    for prefix in LISTS:
        whole = whole.keeping(prefix, whole.members(prefix))
    for index in whole.members(_TAGS):
        tags = f"{_TAGS}.{index}.Tag"
        whole = whole.keeping(tags, whole.members(tags))
    return whole


def without(draft: Draft, kinds: Collection[Hashable], but: str) -> Draft:
    """A draft without its components of these kinds, but for those of the parameter ``but``."""
    every = components_of(draft)
    kept = [c for c in every if parameter_of(c) == but or kind_of(draft, c) not in kinds]
    return draft if len(kept) == len(every) else restricted(draft, kept)


def fields_of(draft: Draft, component: Component) -> dict[str, Value]:
    """The values of a component by name; names of list members without the list and the index."""
    return {_field(name): value for name, value in draft.params if name in component}


def parameter_of(component: Component) -> str:
    """The parameter of a component, or the list that it is a member of."""
    return min(component).partition(".")[0]


def kind_of(draft: Draft, component: Component) -> Hashable:
    """What components of different requests have in common if they ask for the same feature.

    It is the parameter; of a mapping the fields; of a tag specification the type.
    """
    fields = fields_of(draft, component)
    parameter = parameter_of(component)
    if parameter == _TAGS:
        return parameter, fields.get("ResourceType")
    return parameter, frozenset(fields)


def lost(draft: Draft, kept: Draft, needed: Draft) -> bool:
    """Whether ``kept``, which has some components of ``draft``, lacks one like those of ``needed``.

    A mapping is at risk if one that is left out is of its type or has one of its values, unless
    ``kept`` has one with the same fields but for the name of a new device. A size is such a value
    beside a snapshot. A tag is at risk if a
    tag that is left out has its key or its value.
    """
    if kept == draft:
        return False
    return any(_is_lost(draft, kept, needed, each) for each in components_of(needed))


def devices_lost(draft: Draft, kept: Draft, needed: Sequence[Draft]) -> bool:
    """Whether ``kept`` lacks a device of ``draft`` that ``needed`` is about.

    Mappings that differ in nothing but their device are about the device.
    """
    wanted = [fields_of(each, part) for each in needed for part in components_of(each)]
    alike = len({frozenset(_but_device(each).items()) for each in wanted}) == 1
    if kept == draft or len(wanted) < 2 or not alike:
        return False
    had, has = (
        {fields.get("DeviceName") for fields in _alike(each, LISTS[0])} for each in (draft, kept)
    )
    return any(device in had - has for fields in wanted if (device := fields.get("DeviceName")))


def _is_lost(draft: Draft, kept: Draft, needed: Draft, component: Component) -> bool:
    place = parameter_of(component)
    before, after = (list(_alike(each, place)) for each in (draft, kept))
    if before == after:
        return False
    wanted = fields_of(needed, component)
    if place == LISTS[0]:
        kept_like = _but_device(wanted) in map(_but_device, after)
        return not kept_like and any(_stands_for(e, wanted) for e in before if e not in after)
    if place == _TAGS:
        return _tags_lost(wanted, before, after)
    return True


def _alike(draft: Draft, place: str) -> Iterator[dict[str, Value]]:
    """The fields of the components at one place, without the index in a list."""
    for component in components_of(draft):
        if parameter_of(component) == place:
            yield fields_of(draft, component)


def _tags_lost(
    wanted: dict[str, Value], before: list[dict[str, Value]], after: list[dict[str, Value]]
) -> bool:
    kind = wanted.get("ResourceType")
    had = [_pairs(each) for each in before if each.get("ResourceType") == kind]
    has = [_pairs(each) for each in after if each.get("ResourceType") == kind]
    pairs = _pairs(wanted)
    if max(map(len, has), default=0) < min(len(pairs), max(map(len, had), default=0)):
        return True
    gone = set().union(*had) - set().union(*has)
    return any(key in (k for k, _ in gone) or v in (x for _, x in gone) for key, v in pairs)


def _pairs(fields: dict[str, Value]) -> set[tuple[Value | None, Value | None]]:
    """The keys and values of a tag specification."""
    tags: dict[str, dict[str, Value]] = {}
    for name, value in fields.items():
        parts = name.split(".")
        if parts[0] == "Tag" and len(parts) > 2:
            tags.setdefault(parts[1], {})[parts[2]] = value
    return {(tag.get("Key"), tag.get("Value")) for tag in tags.values()}


def _stands_for(mapping: dict[str, Value], wanted: dict[str, Value]) -> bool:
    """Whether a mapping of a covering request may be the one that stands for another mapping."""
    if any(name in mapping and mapping[name] == wanted[name] for name in wanted.keys() & _VALUES):
        return True
    if mapping.keys() & wanted.keys() >= _SIZED and all(mapping[n] == wanted[n] for n in _SIZED):
        return True
    ours, theirs = (
        (each.get("Ebs.VolumeType"), "Ebs.SnapshotId" in each, not _SET.isdisjoint(each))
        for each in (mapping, wanted)
    )
    return ours == theirs


def _but_device(fields: dict[str, Value]) -> dict[str, Value]:
    """A mapping's fields, without the name of a device that no instance has."""
    return {
        name: value
        for name, value in fields.items()
        if name != "DeviceName" or isinstance(value, Placeholder)
    }


def _place(name: str) -> str:
    """The parameter or the list member that a name belongs to."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] in LISTS else name


def _field(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[2:]) if parts[0] in LISTS else name
