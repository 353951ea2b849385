"""Reads how recorded messages were answered then: by whom, in which words, at what cost, how fast."""

import re
from collections.abc import Mapping, Sequence

from shared.decisions.decision import DecisionKind
from shared.domain.replays import Origin, Said
from shared.messages.outbound import Author
from shared.operations.replays.recorded import RecordedMessage
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.outbound_views import HistoryMessage
from shared.storage.mongo import Mongo

_ORIGINS = {
    DecisionKind.FAQ: Origin.FAQ,
    DecisionKind.AI: Origin.MODEL,
    DecisionKind.FLOW: Origin.FLOW,
    DecisionKind.SHOP: Origin.SHOP,
    DecisionKind.HANDED_OFF: Origin.PERSON,
    DecisionKind.NO_ANSWER: Origin.PERSON,
    DecisionKind.HUMAN: Origin.PERSON,
    DecisionKind.LOOP: Origin.PERSON,
    DecisionKind.GREETED: Origin.SYSTEM,
    DecisionKind.LIMITED: Origin.SYSTEM,
    DecisionKind.UNREADABLE: Origin.SYSTEM,
    DecisionKind.OPTED_OUT: Origin.SYSTEM,
    DecisionKind.OPTED_IN: Origin.SYSTEM,
}
_SCORE = re.compile(r"score (\d\.\d+)")
_TURNS_AFTER = 3  # of people, after the last message of a replay
_OTHERS = (Author.AGENT.value, Author.BROADCAST.value)


def origin_of(kind: str) -> Origin:
    """Return who answers after a decision of this kind."""
    return _ORIGINS.get(DecisionKind(kind), Origin.NOBODY) if kind in set(DecisionKind) else Origin.NOBODY


def score_of(note: str) -> float | None:
    """Return the score of an FAQ's match from the note of a decision."""
    found = _SCORE.search(note)
    return float(found[1]) if found else None


async def said_then(mongo: Mongo, workspace: str, messages: Sequence[RecordedMessage]) -> Mapping[str, Said]:
    """Return the answers to messages of one conversation, by the messages' ids. Raises DependencyAway."""
    conversation, first, last = messages[0].message.conversation_id, messages[0].turn, messages[-1].turn
    sent = await OutboundHistory(mongo, workspace).of_turns(conversation, first, last + _TURNS_AFTER)
    calls = {call.turn: call for call in await AiCalls(mongo, workspace).of_turns(conversation, first, last)}
    found = {}
    for number, one in enumerate(messages):
        following = messages[number + 1].turn if number + 1 < len(messages) else last + _TURNS_AFTER
        found[one.message.id] = _said(one, sent, calls.get(one.turn), following)
    return found


def _said(one: RecordedMessage, sent: Sequence[HistoryMessage], call: AiCall | None, following: int) -> Said:
    text = "\n".join(item.text for item in sent if item.turn == one.turn and item.author not in _OTHERS and item.text)
    later = "\n".join(
        item.text for item in sent if one.turn < item.turn < following and item.author == Author.AGENT.value
    )
    origin = origin_of(one.kind)
    if origin is not Origin.MODEL:
        seconds = None if origin in (Origin.PERSON, Origin.NOBODY) else 0.0
        score = score_of(one.decision) if origin is Origin.FAQ else None
        return Said(origin=origin, text=text, later=later, score=score, seconds=seconds)
    if call is None:
        return Said(origin=Origin.MODEL if text else Origin.LATER, text=text, later=later)
    return Said(
        origin={"answered": Origin.MODEL, "faq": Origin.FAQ}.get(call.outcome, Origin.SYSTEM),
        text=text,
        later=later,
        model=call.model if call.outcome == "answered" else "",
        seconds=(call.finished_at - call.started_at).total_seconds(),
        usd=call.cost_usd,
        error=call.error,
    )
