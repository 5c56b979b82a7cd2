"""What came back: the answer as the wire saw it, and the outcome it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Element:
    """An XML element: enough of it to judge by, and nothing that ties the model to a parser."""

    name: str
    """The local name, without prefix."""
    namespace: str = ""
    text: str = ""
    """The text directly inside, as sent; for an element with children white space is dropped."""
    children: tuple[Element, ...] = ()

    def child(self, name: str) -> Element | None:
        """The first child of that name, or None."""
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
        """The text at a path, or None where there is no such element."""
        found = self.find(path)
        return None if found is None else found.text

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    content_type: str = ""
    root: Element | None = None
    """The body as XML, or None when it is none (the outcome says what it is)."""
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A success: the endpoint says that it made the image."""

    image_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """An error in the documented form, client's or server's (``status`` tells)."""

    code: str
    status: int
    message: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Malformed:
    """An answer that is neither: HTML, JSON, an empty body, a redirect, broken XML."""

    why: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class Throttled:
    """The endpoint asked for fewer requests, and kept asking."""

    code: str
    status: int


@dataclass(frozen=True, slots=True)
class Indeterminate:
    """No answer: a timeout, a reset. The image may exist."""

    why: str


Outcome = Accepted | Rejected | Malformed | Throttled | Indeterminate


def is_server_error(outcome: Outcome) -> bool:
    """Whether the endpoint failed by its own account: status 5xx, whatever the body."""
    return isinstance(outcome, Rejected | Malformed) and 500 <= outcome.status < 600


def is_client_error(outcome: Outcome) -> bool:
    """Whether the endpoint refused in the documented form and class: status 4xx."""
    return isinstance(outcome, Rejected) and 400 <= outcome.status < 500
