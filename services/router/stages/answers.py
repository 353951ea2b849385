"""The stages that answer by themselves: the FAQ, the model, and a person when neither can. See `manners.py` for what a
stage is.
"""

from services.router.decision import Decision, DecisionKind
from services.router.turn import MessageTurn
from shared.domain.conversation import UnansweredQuestion
from shared.messages.content import Welcome
from shared.messages.outbound import Author, TextBody
from shared.workspace.config import BotMode

_MODELS = (BotMode.AI, BotMode.HYBRID)


def skip_unanswered_welcome(turn: MessageTurn) -> Decision | None:
    """The customer has only opened the chat, and nothing is there to greet with."""
    return turn.silent(DecisionKind.NOTHING_SAID) if isinstance(turn.message.content, Welcome) else None


def answer_from_faq(turn: MessageTurn) -> Decision | None:
    """The FAQ is sure."""
    if turn.context.workspace.bot.mode is BotMode.AI:
        return None
    match = turn.context.faq.match(turn.text)
    if match is None or not match.sure:
        return None
    return turn.reply(
        DecisionKind.FAQ, (TextBody(body=match.answer),), Author.FAQ, f"FAQ {match.number + 1}, score {match.score:.2f}"
    )


def ask_model_or_hand_off(turn: MessageTurn) -> Decision:
    """The last stage: the model or, where there is none, a person."""
    bot = turn.context.workspace.bot
    match = turn.context.faq.match(turn.text) if bot.mode is not BotMode.AI else None
    note = f"best FAQ score {match.score:.2f}" if match else "no FAQ alike"
    if bot.mode in _MODELS:
        return turn.with_state(options=()).ask(note)  # the model may count things of its own
    if turn.text.strip():
        score, nearest = (match.score, match.question) if match else (0.0, "")
        turn = turn.with_effects(UnansweredQuestion(text=turn.text[:500], score=score, nearest=nearest[:200]))
    return turn.hand_off(DecisionKind.NO_ANSWER, note, turn.says("no_answer"))
