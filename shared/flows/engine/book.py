"""The flows that a workspace's conversations may run; built once per revision of a workspace. Pure."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from shared.domain.conversation import FlowPosition
from shared.flows.engine.triggers import TriggerIndex
from shared.flows.flow import Flow


class FlowBook:
    """All flows that a conversation may run. flows: of the workspace, in any versions. current: version by name that
    new conversations start; by default the last one of `flows`. packs: built-in flows, replaced by the workspace's
    flows of the same name.
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
        """Flows that new conversations start."""
        return tuple(self._current.values())

    @cached_property
    def triggers(self) -> TriggerIndex:
        """Triggers of the flows."""
        return TriggerIndex(self.flows)

    def current(self, name: str) -> Flow | None:
        """Return the version of a flow that new conversations start."""
        return self._current.get(name)

    def find(self, name: str, version: str, step: str) -> Flow | None:
        """Return the flow of a running conversation. If its version is gone (a pack of an older release), return the
        current one if it has that step.
        """
        exact = self._all.get((name, version))
        if exact is not None:
            return exact
        current = self._current.get(name)
        return current if current is not None and (not step or current.step(step) is not None) else None

    def has(self, name: str, version: str) -> bool:
        return (name, version) in self._all

    def missing(self, position: FlowPosition | None) -> tuple[tuple[str, str], ...]:
        """Return names and versions that a position needs and this book lacks, to be added with `with_flows`."""
        if position is None:
            return ()
        needed = ((position.flow, position.version), *((it.flow, it.version) for it in position.stack))
        return tuple(dict.fromkeys(it for it in needed if it not in self._all))

    def with_flows(self, flows: Iterable[Flow]) -> "FlowBook":
        """Return the book with older versions, for conversations that run on them."""
        current = {name: flow.version for name, flow in self._current.items() if self.has(name, flow.version)}
        book = FlowBook((*self._own.values(), *flows), current, self._packs)
        book.__dict__["triggers"] = self.triggers  # older versions have no triggers
        return book

    def interruptible(self, position: FlowPosition) -> bool:
        """Return whether `menu` and `help` end the flow."""
        flow = self.find(position.flow, position.version, position.step)
        return flow is None or flow.content.interruptible
