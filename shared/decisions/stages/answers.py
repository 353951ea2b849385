"""The last stages: the FAQ, then the model, then an agent."""

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.turn import MessageTurn
from shared.domain.conversation import UnansweredQuestion
from shared.messages.outbound import Author, TextBody
from shared.text import phrases
from shared.text.built_in_texts import GREETING
from shared.workspace.config import BotMode

_MODES_WITH_MODEL = (BotMode.AI, BotMode.HYBRID)


def answer_from_faq(turn: MessageTurn) -> Decision | None:
    """Answer with the FAQ if its match is sure."""
    if turn.context.workspace.bot.mode is BotMode.AI:
        return None
    match = turn.context.faq.match(turn.text)
    if match is None or not match.sure:
        return None
    note = f"FAQ {match.number + 1}, score {match.score:.2f}"
    return turn.reply(DecisionKind.FAQ, (TextBody(body=match.answer),), Author.FAQ, note)


def answer_politeness(turn: MessageTurn) -> Decision | None:
    """Answer a greeting, and leave thanks, consent and emoji unanswered, where no model can: they ask nothing."""
    if turn.context.workspace.bot.mode in _MODES_WITH_MODEL:
        return None
    if phrases.needs_no_answer(turn.text):
        return turn.silent(DecisionKind.NOTHING_SAID, "thanks, consent or emoji")
    if not phrases.consists_of(turn.text, phrases.GREETINGS | phrases.THANKS):
        return None
    text = TextBody(body=GREETING.get(turn.context.language(turn.conversation), GREETING["en"]))
    return turn.reply(DecisionKind.GREETED, (text,), Author.SYSTEM, "a greeting")


def ask_model_or_hand_off(turn: MessageTurn) -> Decision:
    """Ask the model; in modes without one, record the question for the owner and hand off."""
    bot = turn.context.workspace.bot
    match = turn.context.faq.match(turn.text) if bot.mode is not BotMode.AI else None
    note = f"best FAQ score {match.score:.2f}" if match else "no FAQ alike"
    if bot.mode in _MODES_WITH_MODEL:
        return turn.with_state(options=()).ask_model(note)  # a number may now refer to a list of the model's
    if turn.text.strip():
        score, nearest = (match.score, match.question) if match else (0.0, "")
        turn = turn.with_effects(UnansweredQuestion(text=turn.text[:500], score=score, nearest=nearest[:200]))
    return turn.hand_off(DecisionKind.NO_ANSWER, note, turn.workspace_text("no_answer"))
