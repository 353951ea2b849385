"""The flows that a workspace's conversations may run; built once per revision of a workspace. Pure."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from shared.domain.conversation import FlowPosition
from shared.flows.engine.triggers import TriggerIndex
from shared.flows.flow import Flow


class FlowBook:
    """All flows that a conversation may run. flows: of the workspace, in any versions. current: version by name that
    new conversations start; by default the last one of `flows`.
    """

    def __init__(self, flows: Iterable[Flow] = (), current: Mapping[str, str] | None = None) -> None:
        self._all = {(flow.name, flow.version): flow for flow in flows}
        wanted = self._all.keys() if current is None else current.items()
        self._current = {key[0]: flow for key, flow in self._all.items() if key in wanted}

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
        """Return the flow of a running conversation; if its version is gone, the current one if that has the step."""
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
        current = {name: flow.version for name, flow in self._current.items()}
        book = FlowBook((*self._all.values(), *flows), current)
        book.__dict__["triggers"] = self.triggers  # older versions have no triggers
        return book

    def interruptible(self, position: FlowPosition) -> bool:
        """Return whether `menu` and `help` end the flow."""
        flow = self.find(position.flow, position.version, position.step)
        return flow is None or flow.content.interruptible
