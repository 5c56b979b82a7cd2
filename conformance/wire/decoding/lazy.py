"""An element that creates its children on access.

A list of all images and snapshots is long, and the run needs little of it. lxml finds the elements;
only those that the run reads become elements of the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lxml import etree

from conformance.model.answer import Element


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
        node = self._node
        if not len(node):
            return node.text or ""
        return "".join([node.text or "", *(child.tail or "" for child in node)]).strip()

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
        return None if node is None else LazyElement(node).text


@cache
def _anywhere(path: str) -> str:
    """A path of local names that matches any namespace."""
    return "/".join("{*}" + name for name in path.split("/"))
