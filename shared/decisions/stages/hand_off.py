"""Stages that leave a conversation to agents."""

from functools import partial

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.session import repeats_itself
from shared.decisions.stages.flows import fits_flow, pressed_elsewhere
from shared.decisions.turn import MessageTurn
from shared.domain.conversation import Mode
from shared.text import phrases
from shared.workspace import reserved_words


def skip_if_agent_has_it(turn: MessageTurn) -> Decision | None:
    """Do not answer while an agent has the conversation; remember since when the customer waits for the agent."""
    if turn.conversation.mode is not Mode.HUMAN:
        return None
    if turn.conversation.assigned_to and not phrases.needs_no_answer(turn.text):
        turn = turn.with_state(asked_at=turn.conversation.asked_at or turn.message.created_at)
    return turn.silent(DecisionKind.HUMAN)


def stop_loop(turn: MessageTurn) -> Decision | None:
    """Hand off without an answer when the sender seems to be a bot, so that two bots do not talk for ever."""
    if not repeats_itself(turn.conversation):
        return None
    return turn.with_state(said=()).hand_off(DecisionKind.LOOP, "the customer says the same again and again")


def hand_off_over_limit(turn: MessageTurn) -> Decision | None:
    """Hand off when a limit of the workspace's tier is exceeded."""
    if not turn.context.exceeded:
        return None
    reason = f"limit: {turn.context.exceeded}"
    return turn.hand_off(DecisionKind.HANDED_OFF, reason, turn.workspace_text("handoff_reply"))


def hand_off_on_request(turn: MessageTurn) -> Decision | None:
    """Hand off when the customer asks for a person."""
    bot, flow = turn.context.workspace.bot, None if pressed_elsewhere(turn) else turn.conversation.flow
    if not reserved_words.asks_for_person(turn.message.content, turn.text, bot, flow, partial(fits_flow, turn)):
        return None
    return turn.hand_off(DecisionKind.HANDED_OFF, "asked for a person", turn.workspace_text("handoff_reply"))
