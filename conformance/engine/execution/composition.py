"""Composition: a covering request without the components that the target does not accept.

A target that refuses one component of a covering request, or crashes on it, would make each rule
send its own requests. So the run searches for that component. A refusal creates no image, so the
search begins with nearly the whole request. What is accepted becomes the composed request; what is
left out is suspected first in the covering requests that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby

from conformance.engine.execution.crashes import Crashes, Masked
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.answer import Malformed, Rejected
from conformance.model.codes import ACCOUNT, LIMITS, bare
from conformance.model.components import (
    LISTS,
    UNUSUAL,
    Component,
    components_of,
    fields_of,
    kind_of,
    parameter_of,
    restricted,
    tags_of,
)
from conformance.model.request import Draft, Placeholder, UniqueName

_MOST = 40
"""The most requests for one covering request."""
_ONE_BY_ONE = 8
"""Up to this many groups, one less is sent each time: only what is accepted makes an image."""
_FEW = 3
"""Failed members of a list after which the others are left out, if none is accepted."""

Group = Sequence[Component]


class Compositions:
    """The composed requests of one process."""

    def __init__(
        self,
        send: Callable[[Draft], Trial],
        keep: Callable[[Trial], None],
        crashes: Crashes,
        names: Container[str],
    ) -> None:
        """``send`` sends a draft once, and keeps its trial unless it crashes.

        ``names`` are those of the run's images.
        """
        self._send = send
        self._names = names
        self._keep = keep
        self._crashes = crashes
        self.composed: dict[Draft, Draft] = {}
        """The composed request of each covering request that was not accepted."""
        self._failed = set[object](UNUSUAL)
        """The kinds of the components that were left out, or that a target may not support."""
        self._alike = set[object]()
        """The mappings that were left out, but for their devices' names and sizes."""

    def of(self, covering: Draft) -> Draft:
        """The request that stands for a covering request: itself if it was accepted."""
        return self.composed.get(covering, covering)

    def prepare(self, covering: Draft, base: Draft | None = None) -> None:
        """Send a covering request, and compose another if it fails or if the target lacks a part.

        ``base`` is the plainest request that the target accepts; it is the minimal one as a rule.
        Raises NotAvailable where a limit of the account prevents an answer.
        """
        try:
            trial = self._send(covering)
            if trial.persists:  # it may be sporadic
                trial = self._send(covering)
                if trial.persists:
                    self._keep(replace(trial, crashes=2))
        except Masked:
            self._compose(covering, base, crashes=True)
        except NotAvailable as why:
            if why.hindrance is not None:
                raise
            self._compose(covering, base, crashes=False)
        else:
            if self._fails(trial):
                self._compose(covering, base, crashes=trial.persists)

    def _compose(self, covering: Draft, base: Draft | None, *, crashes: bool) -> None:
        """Compose a request from the components of a covering request that fails."""
        needed = components_of(base) if base is not None else []
        every = components_of(covering)
        components = [each for each in every if each not in needed]
        if len(components) < _FEW:
            return
        search = _Search(covering, self._send, self._fails, crashes)
        search.kept = [each for each in every if each in needed]
        groups: list[Group] = []
        suspected: list[Group] = []
        for failed in (False, True):
            some = [c for c in components if (kind_of(covering, c) in self._failed) is failed]
            some = [c for c in some if _mapping_of(covering, c) not in self._alike]
            some.sort(key=lambda c: _is_fixed_name(covering, c))
            found = [tuple(group) for _, group in groupby(some, parameter_of)]
            groups += found
            suspected += found if failed else []
        for group in search.keep_most(groups, suspected):
            self._keep_members(search, group)
        self.composed[covering] = restricted(covering, search.kept)

    def _fails(self, trial: Trial) -> bool:
        """Whether the target refuses the request, crashes on it or takes it for another action.

        A quota is no refusal.
        """
        match trial.outcome:
            case Rejected(code):
                return trial.persists or bare(code) not in ACCOUNT | LIMITS
            case Malformed():
                made = (trial.request.name or "") in self._names
                return trial.persists or trial.outcome.status >= 400 or not made
            case _:
                return trial.persists

    def _keep_members(self, search: _Search, group: Group) -> None:
        """Keep the members of a list, or the tags of a specification, that do not fail."""
        before = len(search.kept)
        parts = group if len(group) > 1 else self._tags(search, group[0])
        for failures, part in enumerate(search.keep([(each,) for each in parts]), 1):
            if len(group) > 1:
                self._keep_members(search, part)
            if failures >= _FEW and len(search.kept) == before:
                break
        if len(group) == 1:
            self._failed.add(kind_of(search.covering, group[0]))
            if mapping := _mapping_of(search.covering, group[0]):
                self._alike.add(mapping)

    def _tags(self, search: _Search, component: Component) -> Group:
        """The tags of a specification, unless one like it has failed before."""
        alone = restricted(search.covering, [component])
        if search.crashes_with(component):
            self._crashes.isolate(alone)
        tags = tags_of(component)
        known = kind_of(search.covering, component) in self._failed
        return () if known or len(tags) == 1 or self._crashes.has_known(alone) else tags


def _is_fixed_name(covering: Draft, component: Component) -> bool:
    """Whether a component is a name that only one accepted request can have."""
    return "Name" in component and not isinstance(covering.value("Name"), UniqueName)


def _mapping_of(covering: Draft, component: Component) -> object:
    """A mapping but for the size and the name of a new device; nothing for other components."""
    if parameter_of(component) != LISTS[0]:
        return None
    return frozenset(
        (name, None if name == "Ebs.VolumeSize" else value)
        for name, value in fields_of(covering, component).items()
        if name != "DeviceName" or isinstance(value, Placeholder)
    )


class _Search:
    """The search for the components that one covering request can have."""

    def __init__(
        self,
        covering: Draft,
        send: Callable[[Draft], Trial],
        fails: Callable[[Trial], bool],
        crashes: bool,
    ) -> None:
        """``crashes``: the target crashes on the covering request, else it refuses it."""
        self.covering = covering
        self.kept: list[Component] = []
        """The components that the target has accepted together."""
        self._send, self._fails = send, fails
        self._failed = {covering: crashes}
        """By request that is not accepted: whether the target crashes on it."""
        self._left = _MOST

    def keep_most(self, groups: Sequence[Group], suspected: Sequence[Group]) -> Iterator[Group]:
        """As :meth:`keep`; first the request without one group, without the suspected, the lists.

        Each list is suspected next, as it has most of a request's members. A crash may take long to
        answer, so a target that crashes gets fewer requests.
        """
        if self._accepts(groups):
            return
        lists = [each for each in groups if parameter_of(each[0]) in LISTS]
        alone = [] if self._failed[self.covering] else [*suspected, *lists, *groups]
        left_out = [[each] for each in alone] + [lists]
        left_out.insert(len(suspected) if alone else 0, list(suspected))
        for out in left_out:
            rest = [each for each in groups if each not in out]
            if out and rest and self._accepts(rest):
                groups = [each for each in groups if each in out]
                break
        if len(groups) == 1:
            yield groups[0]
        else:
            yield from self.keep(groups)

    def keep(self, groups: Sequence[Group]) -> Iterator[Group]:
        """Keep groups of components; yields those with which the request is not accepted."""
        rest = list(groups)
        while rest and self._left:
            if self._accepts(rest):
                return
            size = len(rest)
            while size > 1:
                half = size - (1 if size <= _ONE_BY_ONE else size // 4)
                if self._accepts(rest[:half]):
                    rest = rest[half:]
                    size -= half
                else:
                    size = half
            yield rest.pop(0)

    def crashes_with(self, component: Component) -> bool:
        """Whether the target crashes on this component beside those that are kept."""
        return self._failed.get(restricted(self.covering, [*self.kept, component]), False)

    def _accepts(self, groups: Sequence[Group]) -> bool:
        """Whether the target accepts these components with those that are kept; keeps them if so.

        Once an answer says nothing about the request, or nothing more may be sent, it is False.
        """
        components = [*self.kept, *chain.from_iterable(groups)]
        draft = restricted(self.covering, components)
        if draft in self._failed or not self._left:
            return False
        self._left -= 1
        try:
            trial = self._send(draft)
        except Masked:
            self._failed[draft] = True
            return False
        except NotAvailable as why:
            if why.hindrance is not None:
                self._left = 0
            self._failed[draft] = False
            return False
        fails = self._fails(trial)
        accepted = trial.accepted or (trial.is_unreadable_success and not fails)
        if accepted:
            self.kept = components
        elif fails:
            self._failed[draft] = trial.persists
        else:
            self._left = 0
        return accepted
