"""An element that creates its children on access.

A list of all images and snapshots is long, and the run needs little of it. lxml finds the elements;
only those that the run reads become elements of the model.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import cache

from lxml import etree

from conformance.model.answer import Element, Fields


class LazyElement(Element):
    """Wraps a node of a parsed document."""

    __slots__ = ("_children", "_node")
    _node: etree._Element
    _children: tuple[Element, ...]

    def __init__(self, node: etree._Element) -> None:
        object.__setattr__(self, "_node", node)

    @property
    def name(self) -> str:
        """The local name, without prefix."""
        return self._node.tag.rpartition("}")[2]

    @property
    def namespace(self) -> str:
        """The namespace URI."""
        return self._node.tag.rpartition("}")[0][1:]

    @property
    def text(self) -> str:
        """The text directly inside; stripped if the element has children."""
        return _text(self._node)

    @property
    def children(self) -> tuple[Element, ...]:
        """The elements directly inside."""
        try:
            return self._children
        except AttributeError:
            made = tuple(LazyElement(child) for child in self._node)
            object.__setattr__(self, "_children", made)
            return made

    def all(self, path: str) -> Iterator[Element]:
        """All elements at a path of names, in document order."""
        return (LazyElement(node) for node in self._node.iterfind(_anywhere(path)))

    def value(self, path: str) -> str | None:
        """The text at a path, or None if there is no such element."""
        node = self._node.find(_anywhere(path))
        return None if node is None else _text(node)

    def members(self, path: str, id: str = "", besides: Container[str] = ()) -> list[Fields]:
        """What the elements at a path hold; those ``besides`` are not read at all."""
        return [
            _fields(node)
            for node in self._node.iterfind(_anywhere(path))
            if not besides or (node.findtext(_anywhere(id)) or "").strip() not in besides
        ]

    def fields(self) -> Fields:
        """All that the element holds, read in one pass."""
        return _fields(self._node)


def _fields(node: etree._Element) -> Fields:
    found = Fields({}, {})
    _read(node, found, "")
    return found


def _read(node: etree._Element, found: Fields, prefix: str) -> None:
    for child in node:
        name = child.tag.rpartition("}")[2]
        if name == "item":
            found.lists.setdefault(prefix[:-1], []).append(_fields(child))
        else:
            path = prefix + name
            found.texts.setdefault(path, _text(child))
            if len(child):
                _read(child, found, f"{path}/")


def _text(node: etree._Element) -> str:
    if not len(node):
        return node.text or ""
    return "".join([node.text or "", *(child.tail or "" for child in node)]).strip()


@cache
def _anywhere(path: str) -> str:
    """A path of local names that matches any namespace."""
    return "/".join("{*}" + name for name in path.split("/"))
