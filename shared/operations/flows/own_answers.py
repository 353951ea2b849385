"""Answers that a conversation gets from the workspace and not from its flows, as the router gives them: words that
count everywhere, a person who has the conversation, contents that nobody answers. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from shared.domain.conversation import CustomerChange, FlowPosition
from shared.flows.engine.actions import CustomerInput
from shared.flows.engine.outcome import FlowOutcome
from shared.messages.content import ContentClass, classify
from shared.messages.outbound import TextBody
from shared.workspace import reserved_words
from shared.workspace.config import Workspace
from shared.workspace.texts import away_text, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnswer(FlowOutcome):
    """An answer of the workspace; no flow has said its bodies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The conversation around the flows. with_person: an agent has it. position: of the running flow. fits: returns
    whether a message is a valid answer to the flow's question.
    """

    workspace: Workspace
    position: FlowPosition | None
    opted_out_of: str
    fits: Callable[[CustomerInput], bool]
    with_person: bool
    language: str
    now: datetime


def before_flows(said: CustomerInput, around: Surroundings) -> OwnAnswer | None:
    """Return the answer to a message that no flow gets; None: it is for the flows."""
    workspace = around.workspace
    if classify(said.content) is ContentClass.NOT_A_QUESTION:
        return OwnAnswer(position=around.position, note="nobody answers such a message, flows neither")
    words = (said.content, said.text, workspace.conversing, around.position)
    if reserved_words.asks_to_stop(*words):
        return _consent(around, "stopped", opted_out=True)
    if reserved_words.asks_to_start(*words, opted_out_of=lambda: around.opted_out_of):
        return _consent(around, "started", opted_out=False)
    if around.with_person:
        return OwnAnswer(note="a person has the conversation: the bot does not answer")
    fits = partial(around.fits, said)
    if reserved_words.asks_for_person(said.content, said.text, workspace.bot, around.position, fits):
        return OwnAnswer(hand_off="asked for a person", note="asking for a person leaves every flow")
    return None


def instead_of_flows(said: CustomerInput, around: Surroundings) -> OwnAnswer | None:
    """Return the answer to a message that no flow has taken; None: it is for the shop, the FAQ and the model."""
    if classify(said.content) not in (ContentClass.UNREADABLE, ContentClass.VOICE):
        return None
    body = TextBody(body=text_of(around.workspace, "unsupported", around.language))
    return OwnAnswer(position=around.position, bodies=(body,), note="the bot cannot read it")


def hand_off_text(workspace: Workspace, now: datetime, language: str) -> TextBody:
    """Return the text that a customer gets with each hand-off, after what the flow has said."""
    return TextBody(body=away_text(workspace, now, language) or text_of(workspace, "handoff_reply", language))


def _consent(around: Surroundings, text: str, *, opted_out: bool) -> OwnAnswer:
    body = TextBody(body=text_of(around.workspace, text, around.language))
    return OwnAnswer(
        bodies=(body,), effects=(CustomerChange(opted_out=opted_out),), note=f"the customer is {text}, in every flow"
    )
