"""The flows that a workspace's conversations may run. Made once for each revision of a workspace. Pure."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from shared.domain.conversation import FlowPosition
from shared.flows.engine.triggers import TriggerIndex
from shared.flows.file import Flow


class FlowBook:
    """flows: of the workspace, in any versions. current: the version of each name that new conversations begin with;
    when it is not given, the last one of `flows`. packs: flows that come with Parley; the workspace's own of the same
    name take their place.
    """

    def __init__(
        self, flows: Iterable[Flow] = (), current: Mapping[str, str] | None = None, packs: Iterable[Flow] = ()
    ) -> None:
        self._packs = tuple(packs)
        self._own = {(flow.name, flow.version): flow for flow in flows}
        wanted = dict(self._own) if current is None else {(name, version) for name, version in current.items()}
        self._current = {flow.name: flow for flow in self._packs}
        self._current |= {key[0]: flow for key, flow in self._own.items() if key in wanted}
        self._all = {(flow.name, flow.version): flow for flow in self._packs} | self._own

    @property
    def flows(self) -> tuple[Flow, ...]:
        """Those that new conversations begin with."""
        return tuple(self._current.values())

    @cached_property
    def triggers(self) -> TriggerIndex:
        """Triggers of the flows."""
        return TriggerIndex(self.flows)

    def current(self, name: str) -> Flow | None:
        """The flow that a new conversation begins with."""
        return self._current.get(name)

    def find(self, name: str, version: str, step: str) -> Flow | None:
        """The flow of a running conversation. When its version is not to be had any more (a pack of an older Parley),
        the current one, if it has that step.
        """
        exact = self._all.get((name, version))
        if exact is not None:
            return exact
        current = self._current.get(name)
        return current if current is not None and (not step or current.step(step) is not None) else None

    def has(self, name: str, version: str) -> bool:
        return (name, version) in self._all

    def missing(self, position: FlowPosition | None) -> tuple[tuple[str, str], ...]:
        """Names and versions that a position needs and this book has not: to be read, and added with `with_flows`."""
        if position is None:
            return ()
        needed = ((position.flow, position.version), *((it.flow, it.version) for it in position.stack))
        return tuple(dict.fromkeys(it for it in needed if it not in self._all))

    def with_flows(self, flows: Iterable[Flow]) -> "FlowBook":
        """The same book with older versions in it, for conversations that run on them."""
        current = {name: flow.version for name, flow in self._current.items() if self.has(name, flow.version)}
        book = FlowBook((*self._own.values(), *flows), current, self._packs)
        book.__dict__["triggers"] = self.triggers  # new conversations begin as they did
        return book

    def interruptible(self, position: FlowPosition) -> bool:
        """Whether `menu` and `help` leave the flow."""
        flow = self.find(position.flow, position.version, position.step)
        return flow is None or flow.content.interruptible
