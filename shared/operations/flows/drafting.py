"""Edits the drafts of flows: by operations, as text, back and forth; never over somebody else's edit."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.background import RunApart
from shared.clock import Clock
from shared.flows.edit.apply import Edited, apply, apply_all, replaced
from shared.flows.edit.operations import Patch, ReplaceText, operation_of
from shared.flows.edit.refused import Refused
from shared.operations.errors import OperationRefused
from shared.operations.flows.publishing import FlowNotFound, FlowPublisher
from shared.repositories.flow_drafts import FlowDraft, FlowDrafts, digest_of
from shared.storage.mongo import Mongo


class DraftConflict(OperationRefused):
    """Raised when the draft is not the text that an edit is for. theirs: as it is now. yours: the text as the edit
    would make it; None: the text that it is for is not known any more.
    """

    def __init__(self, theirs: FlowDraft, yours: str | None) -> None:
        self.theirs = theirs
        self.yours = yours
        super().__init__("the draft was changed meanwhile; compare both texts and decide")


@dataclass(frozen=True, slots=True)
class FlowDrafting:
    """Drafts of one workspace. All methods raise DependencyAway. apart: applies operations."""

    mongo: Mongo
    publisher: FlowPublisher
    clock: Clock
    workspace: str
    apart: RunApart = asyncio.to_thread

    @property
    def stored(self) -> FlowDrafts:
        """All drafts of the workspace."""
        return FlowDrafts(self.mongo, self.workspace)

    async def open(self, name: str) -> FlowDraft:
        """Return the draft; without one, one with the published text that is not stored. Raises FlowNotFound."""
        return await self.stored.get(name) or await self._of_published(name)

    async def edit(self, name: str, base: str, operations: Sequence[Any], by: str) -> tuple[FlowDraft, Patch]:
        """Apply operations to the text with the digest `base`; return the draft, and what undoes them.

        Raises Refused, DraftConflict, FlowNotFound. A repeat of the last edit changes nothing.
        """
        draft = await self.open(name)
        if draft.digest != base:
            return await self._repeated(draft, base, lambda source: apply_all(source, operations).source)
        edited: Edited = await self.apart(apply_all, draft.source, operations)
        return await self._save(draft, edited, by), edited.inverse

    async def replace(self, name: str, base: str, source: str, by: str) -> tuple[FlowDraft, Patch]:
        """Replace the text; base: empty for a flow without draft and published version. Raises as `edit`."""
        try:
            draft = await self.open(name)
        except FlowNotFound:
            if base:
                raise
            draft = FlowDraft(flow=name, source="", by=by, at=self.clock.now())
        if draft.digest != (base or digest_of("")):
            return await self._repeated(draft, base, lambda _: source)
        edited: Edited = await self.apart(apply, draft.source, ReplaceText(op="text", source=source))
        return await self._save(draft, edited, by), edited.inverse

    async def undo(self, name: str, base: str, by: str) -> tuple[FlowDraft, Patch]:
        """Take the last edit back. Raises Refused if there is none, and as `edit`."""
        draft = await self._same(name, base)
        if not draft.undo:
            raise Refused("there is nothing to undo")
        edited = await self.apart(apply, draft.source, _patch(draft.undo[-1]))
        new = msgspec.structs.replace(draft, undo=draft.undo[:-1], redo=(*draft.redo, _text(edited.inverse)))
        return await self._stored(new, edited.source, by, draft), edited.inverse

    async def redo(self, name: str, base: str, by: str) -> tuple[FlowDraft, Patch]:
        """Do again what was undone last. Raises as `undo`."""
        draft = await self._same(name, base)
        if not draft.redo:
            raise Refused("there is nothing to do again")
        edited = await self.apart(apply, draft.source, _patch(draft.redo[-1]))
        new = msgspec.structs.replace(draft, redo=draft.redo[:-1], undo=(*draft.undo, _text(edited.inverse)))
        return await self._stored(new, edited.source, by, draft), edited.inverse

    async def discard(self, name: str, read: FlowDraft | None = None) -> None:
        """Remove the draft. read: only if it is still this one. Raises FlowNotFound if there is none, DraftConflict."""
        if await self.stored.remove(name, read.revision if read else None):
            return
        if (present := await self.stored.get(name)) is not None:
            raise DraftConflict(present, None)
        raise FlowNotFound(f"the flow `{name}` has no draft")

    async def _of_published(self, name: str) -> FlowDraft:
        version, source = await self.publisher.source(name)
        return FlowDraft(flow=name, source=source, by="", at=self.clock.now(), base=version)

    async def _same(self, name: str, base: str) -> FlowDraft:
        draft = await self.open(name)
        if draft.digest != base:
            raise DraftConflict(draft, None)
        return draft

    async def _repeated(self, draft: FlowDraft, base: str, edit: Callable[[str], str]) -> tuple[FlowDraft, Patch]:
        """Return the draft if the edit is its last one. Raises DraftConflict."""
        yours, inverse = await self.apart(_from_base, draft, base, edit)
        if yours == draft.source and inverse is not None:
            return draft, inverse
        raise DraftConflict(draft, yours)

    async def _save(self, draft: FlowDraft, edited: Edited, by: str) -> FlowDraft:
        if edited.source == draft.source and draft.revision:
            return draft
        undo = (*draft.undo, _text(edited.inverse)) if edited.inverse.pieces else draft.undo
        new = msgspec.structs.replace(draft, undo=undo, redo=())
        return await self._stored(new, edited.source, by, draft)

    async def _stored(self, draft: FlowDraft, source: str, by: str, before: FlowDraft) -> FlowDraft:
        new = msgspec.structs.replace(draft, source=source, by=by, at=self.clock.now())
        saved = await self.stored.save(new)
        if saved is None:
            raise DraftConflict(await self.stored.get(draft.flow) or before, source)
        return saved


def _from_base(draft: FlowDraft, base: str, edit: Callable[[str], str]) -> tuple[str | None, Patch | None]:
    """Return an edit's text of the text with this digest, which the draft had before, and the last patch."""
    source, last = draft.source, None
    for number, patch in enumerate(reversed(draft.undo)):
        found = _patch(patch)
        source, last = replaced(source, found), found if not number else None
        if digest_of(source) == base:
            try:
                return edit(source), last
            except Refused:
                return None, None
    return None, None


def _patch(text: str) -> Patch:
    found: Patch = operation_of(msgspec.json.decode(text))
    return found


def _text(patch: Patch) -> str:
    return patch.model_dump_json()
