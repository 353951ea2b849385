"""The workspace of a replay: the present one with the changes that are tried. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError

from shared.domain.replays import FaqChange, ReplayChanges
from shared.flows.flow import Flow
from shared.flows.load import read_flow
from shared.flows.validation.problem import FlowInvalid
from shared.operations.errors import FileInvalid
from shared.workspace.checks import as_asked
from shared.workspace.config import Bot, Faq, Workspace

MOST_FAQ_CHANGES = 200
_FAQS = TypeAdapter(tuple[Faq, ...])


class ChangesInvalid(FileInvalid):
    """Raised for changes that cannot be tried. where: the part, such as `bot` or `flows/lead`."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(detail)
        self.where = where


class ChangedWorkspace(msgspec.Struct, frozen=True):
    """The workspace with its changes, and the flows that replace published ones."""

    workspace: Workspace
    flows: tuple[Flow, ...]
    changes: ReplayChanges


def changed_workspace(workspace: Workspace, changes: ReplayChanges) -> ChangedWorkspace:
    """Return a workspace with changes. CPU work with large flows. Raises ChangesInvalid."""
    update: dict[str, Any] = {}
    if changes.bot:
        update["bot"] = _bot(workspace.bot, changes.bot)
    if changes.faqs is not None:
        update["faqs"] = _faqs(changes.faqs)
    flows = tuple(_flow(name, source) for name, source in changes.flows.items())
    return ChangedWorkspace(workspace.model_copy(update=update), flows, changes)


def faq_changes(before: Sequence[Faq], after: Sequence[Mapping[str, Any]]) -> tuple[FaqChange, ...]:
    """Return what is changed of an FAQ: changed and new ones in their order, then those that are left out; at most
    `MOST_FAQ_CHANGES`.
    """
    known = {faq.question: faq for faq in before}
    wanted = {str(faq["question"]): faq for faq in after}
    found = [
        FaqChange(question=question, before=was.answer if (was := known.get(question)) else None, after=faq["answer"])
        for question, faq in wanted.items()
        if question not in known or not _is_same(known[question], faq)
    ]
    gone = [FaqChange(question=one.question, before=one.answer, after=None) for one in before]
    return (*found, *(one for one in gone if one.question not in wanted))[:MOST_FAQ_CHANGES]


def _is_same(before: Faq, after: Mapping[str, Any]) -> bool:
    return (before.answer, list(before.variants)) == (after["answer"], list(after.get("variants", ())))


def _bot(bot: Bot, changes: Mapping[str, Any]) -> Bot:
    try:
        return Bot.model_validate({**bot.model_dump(), **changes})
    except ValidationError as error:
        raise ChangesInvalid("bot", _first(error)) from None


def _faqs(faqs: list[dict[str, Any]]) -> tuple[Faq, ...]:
    try:
        found = _FAQS.validate_python(faqs)
    except ValidationError as error:
        raise ChangesInvalid("faqs", _first(error)) from None
    known: set[str] = set()
    for faq in found:
        if (asked := as_asked(faq.question)) in known:
            raise ChangesInvalid("faqs", f"`{faq.question}` is there twice")
        known.add(asked)
    return found


def _flow(name: str, source: str) -> Flow:
    try:
        flow = read_flow(source, name)
    except FlowInvalid as error:
        raise ChangesInvalid(f"flows/{name}", str(error)) from None
    if flow.name != name:
        raise ChangesInvalid(f"flows/{name}", f"the text is of the flow `{flow.name}`")
    return flow


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    return ": ".join(filter(None, (".".join(map(str, found["loc"])), found["msg"])))
