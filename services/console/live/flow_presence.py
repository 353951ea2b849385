"""Tells who has a flow's draft open, and that somebody has changed it. A browser has the draft open while its `see` has
`flow:<name>`; `flows` in `see` is for lists of flows, which are told of changes only.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec

from services.console.live import frames
from services.console.live.signals import REPEAT, VALID, Here, Signal, Tell
from services.console.live.subscriber import Subscriber

KINDS = frozenset({"flow-open", "flow-left", "flow-asks", "flow-draft"})
_FLOW = "flow:"
_ALL_FLOWS = "flows"


class DraftChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a draft. digest: of its text now; None: there is no draft any more. by: kind (member or key), id,
    name.
    """

    flow: str
    change: Literal["edited", "discarded", "published"]
    digest: str | None
    by: dict[str, str]
    at: datetime


class _Draft:
    """The subscribers of this replica that have a draft open, and the members of all replicas."""

    def __init__(self) -> None:
        self.watchers: set[Subscriber] = set()
        self.members: dict[str, Here] = {}


class FlowPresence:
    """One per process, a part of `Presence`, which passes signals on. now: monotonic seconds."""

    def __init__(self, replica: str, now: Callable[[], float], tell: Tell) -> None:
        self._replica = replica
        self._now = now
        self._tell = tell
        self._drafts: dict[tuple[str, str], _Draft] = {}

    def sees(self, subscriber: Subscriber) -> None:
        """Note which drafts a subscriber has open now, by its `see` and its rights."""
        wanted = frozenset(
            one.removeprefix(_FLOW) for one in subscriber.see if one.startswith(_FLOW) and _may_get(subscriber)
        )
        self._set(subscriber, wanted)

    def left(self, subscriber: Subscriber) -> None:
        """Note that a subscriber is gone."""
        self._set(subscriber, frozenset())

    def changed(self, workspace: str, change: DraftChange, subscribers: Iterable[Subscriber]) -> None:
        """Tell everybody that a draft has changed. subscribers: those of the workspace at this replica."""
        self._show(change.flow, frames.FlowDraft(data=msgspec.to_builtins(change)), subscribers)
        text = msgspec.json.encode(change).decode()
        self._tell(
            workspace,
            Signal(self._replica, "flow-draft", change.flow, change.by["id"], change.by["name"], text),
        )

    def take(self, workspace: str, signal: Signal, subscribers: Iterable[Subscriber]) -> None:
        """Apply a signal of another replica. subscribers: as of `changed`."""
        if signal.kind == "flow-draft":
            change = msgspec.json.decode(signal.change, type=DraftChange)
            self._show(change.flow, frames.FlowDraft(data=msgspec.to_builtins(change)), subscribers)
            return
        draft = self._drafts.get((workspace, signal.conversation))
        if draft is None:
            return
        if signal.kind == "flow-open":
            self._arrive(signal.conversation, draft, signal.member, signal.name)
        elif signal.kind == "flow-asks":
            for member in {one.caller.id: one for one in draft.watchers if one.is_person}.values():
                self._tell(workspace, self._signal("flow-open", signal.conversation, member))
        elif draft.members.pop(signal.member, None) is not None:
            self._put(signal.conversation, draft)

    def tick(self) -> None:
        """End what was not told again, tell again what lasts, and drop those who have lost the right."""
        for (workspace, flow), draft in list(self._drafts.items()):
            for subscriber in list(draft.watchers):
                if not _may_get(subscriber):
                    self._set(subscriber, subscriber.flows - {flow})
                elif subscriber.is_person:
                    self._is_here(workspace, flow, draft, subscriber)
            gone = [member for member, here in draft.members.items() if here.until <= self._now()]
            for member in gone:
                del draft.members[member]
            if gone:
                self._put(flow, draft)
            if not draft.watchers:
                self._drafts.pop((workspace, flow), None)

    def _set(self, subscriber: Subscriber, wanted: frozenset[str]) -> None:
        before, subscriber.flows = subscriber.flows, wanted
        for flow in before - wanted:
            self._leave(subscriber, flow)
        for flow in wanted - before:
            self._enter(subscriber, flow)

    def _enter(self, subscriber: Subscriber, flow: str) -> None:
        workspace, member = subscriber.caller.workspace, subscriber.caller.id
        draft = self._drafts.setdefault((workspace, flow), _Draft())
        if not draft.watchers:
            self._tell(workspace, Signal(self._replica, "flow-asks", flow, "", ""))
        draft.watchers.add(subscriber)
        if subscriber.is_person and member not in draft.members:
            self._is_here(workspace, flow, draft, subscriber)  # shown to all
        elif draft.members:
            _put_to(subscriber, _viewing(flow, draft))

    def _leave(self, subscriber: Subscriber, flow: str) -> None:
        caller = subscriber.caller
        draft = self._drafts.get((caller.workspace, flow))
        if draft is None:
            return
        draft.watchers.discard(subscriber)
        if subscriber.is_person and not any(other.caller.id == caller.id for other in draft.watchers):
            draft.members.pop(caller.id, None)
            self._put(flow, draft)
            self._tell(caller.workspace, self._signal("flow-left", flow, subscriber))
        if not draft.watchers:
            del self._drafts[caller.workspace, flow]

    def _is_here(self, workspace: str, flow: str, draft: _Draft, subscriber: Subscriber) -> None:
        here = self._arrive(flow, draft, subscriber.caller.id, subscriber.caller.name)
        if self._now() >= here.told_at + REPEAT:
            here.told_at = self._now()
            self._tell(workspace, self._signal("flow-open", flow, subscriber))

    def _arrive(self, flow: str, draft: _Draft, member: str, name: str) -> Here:
        is_new = member not in draft.members
        here = draft.members.setdefault(member, Here(name))
        here.until = self._now() + VALID
        if is_new:
            self._put(flow, draft)
        return here

    def _signal(self, kind: Literal["flow-open", "flow-left"], flow: str, member: Subscriber) -> Signal:
        return Signal(self._replica, kind, flow, member.caller.id, member.caller.name)

    def _put(self, flow: str, draft: _Draft) -> None:
        text = _viewing(flow, draft)
        for subscriber in draft.watchers:
            _put_to(subscriber, text)

    def _show(self, flow: str, frame: frames.FlowDraft, subscribers: Iterable[Subscriber]) -> None:
        text, wanted = frames.encode(frame), frozenset({_FLOW + flow, _ALL_FLOWS})
        for subscriber in subscribers:
            if not wanted.isdisjoint(subscriber.see):
                _put_to(subscriber, text)


def _may_get(subscriber: Subscriber) -> bool:
    return subscriber.may_get(frames.FlowViewing)  # the right of all frames of this module


def _put_to(subscriber: Subscriber, text: str) -> None:
    if _may_get(subscriber):
        subscriber.outbox.put_if_room(text)


def _viewing(flow: str, draft: _Draft) -> str:
    who: list[dict[str, Any]] = [
        {"kind": "member", "id": member, "name": here.name} for member, here in draft.members.items()
    ]
    return frames.encode(frames.FlowViewing(data={"flow": flow, "who": who}))
