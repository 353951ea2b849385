"""Consequences of a change of a flow's draft: browsers are told, and a published draft is removed."""

from datetime import datetime
from typing import Literal

from services.console.caller import Principal
from services.console.flow_work import drafting_of
from services.console.live.flow_presence import DraftChange
from services.console.parts import Parts
from shared.repositories.flow_drafts import FlowDraft


def tell_edited(parts: Parts, caller: Principal, draft: FlowDraft) -> None:
    """Tell the new text's digest."""
    _tell(parts, caller, draft.flow, "edited", draft.digest, draft.at)


def tell_gone(parts: Parts, caller: Principal, flow: str) -> None:
    """Tell that the draft was thrown away."""
    _tell(parts, caller, flow, "discarded", None, parts.clock.now())


async def end_published_draft(parts: Parts, caller: Principal, flow: str, source: str, draft: FlowDraft | None) -> None:
    """Remove the draft if it is the text that was published now, and tell that it was published."""
    if draft is not None and draft.source == source:
        await drafting_of(parts, caller).stored.remove(flow, draft.revision)
        draft = None
    _tell(parts, caller, flow, "published", draft.digest if draft is not None else None, parts.clock.now())


def _tell(
    parts: Parts,
    caller: Principal,
    flow: str,
    change: Literal["edited", "discarded", "published"],
    digest: str | None,
    at: datetime,
) -> None:
    if parts.live is None:
        return
    by = {"kind": "key" if caller.kind == "key" else "member", "id": caller.id, "name": caller.name}
    news = DraftChange(flow=flow, change=change, digest=digest, by=by, at=at)
    parts.live.presence.draft_changed(caller.workspace, news)
