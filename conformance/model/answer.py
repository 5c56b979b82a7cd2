"""The response to a request, and its outcome: accepted, rejected, or something else."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Fields(NamedTuple):
    """What an element holds, by path from it. Elements named ``item`` are members of a list."""

    texts: dict[str, str]
    """Path, such as ``stateReason/code``, to text: the first one, if it is repeated."""
    lists: dict[str, list[Fields]]
    """Path, such as ``tagSet``, to the members of the list."""


@dataclass(frozen=True, slots=True)
class Element:
    """An XML element, independent of any parser."""

    name: str
    """The local name, without prefix."""
    namespace: str = ""
    text: str = ""
    """The text directly inside, as sent; without white space if the element has children."""
    children: tuple[Element, ...] = ()

    def child(self, name: str) -> Element | None:
        """The first child with a name, or None."""
        return next((c for c in self.children if c.name == name), None)

    def find(self, path: str) -> Element | None:
        """The first element at a path of names such as ``Errors/Error/Code``, or None."""
        return next(self.all(path), None)

    def all(self, path: str) -> Iterator[Element]:
        """Every element at a path of names, in document order."""
        head, _, rest = path.partition("/")
        for child in self.children:
            if child.name == head:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def value(self, path: str) -> str | None:
        """The text at a path, or None if there is no such element."""
        found = self.find(path)
        return None if found is None else found.text

    def members(self, path: str, id: str = "", besides: Container[str] = ()) -> list[Fields]:
        """What the elements at a path hold, without those whose ``id`` is in ``besides``."""
        return [
            element.fields()
            for element in self.all(path)
            if not besides or (element.value(id) or "").strip() not in besides
        ]

    def fields(self) -> Fields:
        """All that the element holds, read in one pass."""
        found = Fields({}, {})
        self._read(found, "")
        return found

    def _read(self, found: Fields, prefix: str) -> None:
        for child in self.children:
            if child.name == "item":
                found.lists.setdefault(prefix[:-1], []).append(child.fields())
            else:
                path = prefix + child.name
                found.texts.setdefault(path, child.text)
                child._read(found, f"{path}/")

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response."""

    status: int
    content_type: str = ""
    root: Element | None = None
    """The body as XML, or None if it is not XML; then the outcome says what it is."""
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The endpoint reports success and the ID of the new image."""

    image_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """An error in the documented form; ``status`` tells a client error from a server error."""

    code: str
    status: int
    message: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A response in no documented form: HTML, JSON, an empty body, a redirect, broken XML."""

    why: str
    status: int = 0
    body: str = field(default="", compare=False)
    """The first line of the body."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """The endpoint throttled the request and each retry."""

    code: str
    status: int


@dataclass(frozen=True, slots=True)
class Limited:
    """A quota or a rate that the documents name refused the request and each retry."""

    code: str
    status: int


@dataclass(frozen=True, slots=True)
class Indeterminate:
    """No response: a timeout or a reset connection. The image may exist."""

    why: str


Outcome = Accepted | Rejected | Malformed | Throttled | Limited | Indeterminate


def is_server_error(outcome: Outcome) -> bool:
    """Whether the response is a server error: status 5xx, with any body."""
    return isinstance(outcome, Rejected | Malformed) and 500 <= outcome.status < 600


def is_client_error(outcome: Outcome) -> bool:
    """Whether the response is a client error in the documented form: status 4xx."""
    return isinstance(outcome, Rejected) and 400 <= outcome.status < 500
