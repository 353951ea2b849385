"""The stages before anybody answers: what is only kept, who wants no messages, who writes too much, who is no person.

A stage takes a turn and returns the decision, the turn (changed, for the stages after it), or None: not its business.
"""

from services.router.commands.provider_reports import CHANGES
from services.router.decision import Decision, DecisionKind
from services.router.session import repeats_itself, writes_too_fast
from services.router.turn import MessageTurn
from shared.domain.conversation import CustomerChange, MessageEdited, Mode
from shared.messages.content import ContentClass, Edit, Revoke, Welcome
from shared.messages.inbound import Consent
from shared.messages.outbound import Author, TextBody
from shared.text import words
from shared.text.asking_for_a_person import asks_for_a_person as says_so


def record_edit(turn: MessageTurn) -> Decision | MessageTurn | None:
    """The customer changed or took back an earlier message: the history follows."""
    match turn.message.content:
        case Edit(provider_message_id=earlier, body=body):
            return turn.with_effects(MessageEdited(provider_message_id=earlier, body=body))
        case Revoke(provider_message_id=earlier):
            return turn.with_effects(MessageEdited(provider_message_id=earlier, body=None))
    return None


def skip_flood(turn: MessageTurn) -> Decision | None:
    """Ingress has marked it: this sender writes far more than anybody reads."""
    return turn.silent(DecisionKind.LIMITED) if turn.message.limited else None


def skip_non_question(turn: MessageTurn) -> Decision | None:
    """A reaction or a sticker is no question."""
    if turn.taken is not ContentClass.NOT_A_QUESTION or isinstance(turn.message.content, Welcome):
        return None
    return turn.silent(DecisionKind.NOTHING_SAID)


def change_consent(turn: MessageTurn) -> Decision | None:
    """The customer wants no more messages, or wants them again. Counts also while a person has the conversation."""
    if turn.message.consent is not None:
        return _told_by_provider(turn, turn.message.consent)
    conversing = turn.context.workspace.conversing
    if words.heard(turn.text, (*words.OPT_OUT, *conversing.stop_words)):
        return _consented(turn, DecisionKind.OPTED_OUT, "stopped", opted_out=True)
    if turn.context.customer.get("opted_out") and words.heard(turn.text, (*words.OPT_IN, *conversing.start_words)):
        return _consented(turn, DecisionKind.OPTED_IN, "started", opted_out=False)
    return None


def opt_out_when_idle(turn: MessageTurn) -> Decision | None:
    """A word such as `cancel` means an opt-out too, of a customer who is in the middle of nothing."""
    busy = turn.conversation.flow is not None or turn.conversation.cart or turn.conversation.options
    if busy or not words.heard(turn.text, words.OPT_OUT_WHEN_IDLE):
        return None
    return _consented(turn, DecisionKind.OPTED_OUT, "stopped", opted_out=True)


def _consented(turn: MessageTurn, kind: DecisionKind, says: str, *, opted_out: bool) -> Decision:
    """says: the name of the text that confirms it."""
    turn = turn.with_state(flow=None, options=()).with_effects(CustomerChange(opted_out=opted_out))
    return turn.reply(kind, (TextBody(body=turn.says(says)),), Author.SYSTEM)


_KINDS = {
    Consent.STOP: DecisionKind.OPTED_OUT,
    Consent.STOP_MARKETING: DecisionKind.OPTED_OUT,
    Consent.START: DecisionKind.OPTED_IN,
    Consent.RESUME_MARKETING: DecisionKind.OPTED_IN,
    Consent.HELP: DecisionKind.NOTHING_SAID,
}


def _told_by_provider(turn: MessageTurn, consent: Consent) -> Decision:
    """The provider has understood the word and has answered it: nothing more is said."""
    if change := CHANGES.get(consent):
        turn = turn.with_state(flow=None, options=()).with_effects(change)
    return turn.silent(_KINDS[consent], f"the provider has acted on it: {consent}")


def skip_if_agent_has_it(turn: MessageTurn) -> Decision | None:
    """The bot is quiet."""
    return turn.silent(DecisionKind.HUMAN) if turn.conversation.mode is Mode.HUMAN else None


def limit_rate(turn: MessageTurn) -> Decision | MessageTurn | None:
    """More than are answered in a minute: said once, then nothing until it is over."""
    conversing = turn.context.workspace.conversing
    if not writes_too_fast(turn.conversation, conversing):
        return turn.with_state(quiet=False) if turn.conversation.quiet else None
    if turn.conversation.quiet:
        return turn.silent(DecisionKind.LIMITED, "messages per minute")
    turn = turn.with_state(quiet=True)
    return turn.reply(
        DecisionKind.LIMITED, (TextBody(body=turn.says("limited")),), Author.SYSTEM, "messages per minute"
    )


def stop_loop(turn: MessageTurn) -> Decision | None:
    """Two bots would talk for ever: nothing more is said, and a person is to look."""
    if not repeats_itself(turn.conversation):
        return None
    return turn.with_state(said=()).hand_off(DecisionKind.LOOP, "the customer says the same again and again")


def decline_unreadable(turn: MessageTurn) -> Decision | None:
    """A type that the bot cannot read, or a voice message: a kind sentence."""
    if turn.taken not in (ContentClass.UNREADABLE, ContentClass.VOICE):
        return None
    return turn.reply(DecisionKind.UNREADABLE, (TextBody(body=turn.says("unsupported")),), Author.SYSTEM, turn.taken)


def hand_off_over_limit(turn: MessageTurn) -> Decision | None:
    """A limit of the workspace's tier: people answer from here on."""
    if not turn.context.exceeded:
        return None
    return turn.hand_off(DecisionKind.HANDED_OFF, f"limit: {turn.context.exceeded}", turn.says("handoff_reply"))


def hand_off_on_request(turn: MessageTurn) -> Decision | None:
    """The customer wants a person."""
    bot = turn.context.workspace.bot
    if not (says_so(turn.text) or words.heard(turn.text, bot.handoff_words)):
        return None
    return turn.hand_off(DecisionKind.HANDED_OFF, "asked for a person", turn.says("handoff_reply"))
