"""Cases for `test_isolation`: conversations, their messages, answers and statistics."""

from datetime import timedelta
from decimal import Decimal

import msgspec

from shared.domain.conversation import (
    NoteAdded,
    UnansweredQuestion,
)
from shared.domain.limits import UsageCounts
from shared.domain.statistics import LiveMeasure, Measure
from shared.domain.timeline import TimelinePosition
from shared.errors import Conflict, Unstorable
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import Status
from shared.messages.outbound import TextBody
from shared.repositories.ai_calls import AiCalls, ConversationCost, RoutedCost
from shared.repositories.conversation_changes import ConversationChanges
from shared.repositories.conversation_history import ConversationHistories, ConversationHistory
from shared.repositories.conversations import Conversations
from shared.repositories.counted_items import CountedItems
from shared.repositories.drafts import Drafts
from shared.repositories.exchanges import Exchange, Exchanges
from shared.repositories.inbound import InboundMessages
from shared.repositories.inbox import Inbox, InboxPage, InboxView
from shared.repositories.live_counts import LiveCounts
from shared.repositories.live_messages import LiveMessages
from shared.repositories.media_store import MediaStore
from shared.repositories.notes import Notes
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.outbound_order import OutboundOrder
from shared.repositories.outbound_views import HeldMessage, OutboundState
from shared.repositories.previews import Previews, RowDetails, RowNeed
from shared.repositories.seen_marks import SeenMarks
from shared.repositories.statistics import SourceCounts, Statistics
from shared.repositories.summaries import Summaries
from shared.repositories.timeline import ReferredMessages, Timeline
from shared.repositories.unanswered import UnansweredQuestions
from shared.repositories.usage import Usage
from shared.repositories.visibility import EVERYTHING
from tests.repositories.builders import NOW, later, status
from tests.repositories.isolation_try import Try
from tests.repositories.samples import (
    CALL,
    CLAIMED,
    CONVERSATION,
    DECISION,
    DRAFT,
    ERROR,
    FAILED,
    HELD,
    MEDIA,
    MESSAGE,
    NO_PART,
    ON_PHONE,
    PERIOD,
    QUESTION,
    SEEN,
    SUMMARY,
    THEIR_CALL,
    THEIR_CLAIM,
    THEIR_MESSAGE,
    UNSTORABLE,
)

CONVERSATIONS: dict[type, dict[str, Try]] = {
    Conversations: {
        "load": (lambda it: it.load(CONVERSATION.id, DECISION.cause), (None, None)),
        "load_state": (lambda it: it.load_state(CONVERSATION.id), None),
        "save": (lambda it: it.save(CONVERSATION, 1, DECISION), Conflict),
        "get": (lambda it: it.get(CONVERSATION.id), None),
        "get_many": (lambda it: it.get_many([CONVERSATION.id]), {}),
        "last_inbound_at": (lambda it: it.last_inbound_at(CONVERSATION.id), None),
        "waiting": (lambda it: it.waiting(), []),
        "waiting_count": (lambda it: it.waiting_count(), 0),
        "recent_decisions": (lambda it: it.recent_decisions(CONVERSATION.id), []),
    },
    InboundMessages: {
        "is_stored": (lambda it: it.is_stored(MESSAGE.id), False),
        "add": (lambda it: it.add(THEIR_MESSAGE, turn=1, decision="faq", routed_at=NOW), False),
        "apply_edit": (
            lambda it: it.apply_edit(MESSAGE.conversation_id, MESSAGE.provider_message_id, "stolen", later(99)),
            None,
        ),
        "last_messages": (lambda it: it.last_messages(MESSAGE.conversation_id, up_to_turn=9, limit=9), []),
        "received_between": (lambda it: it.received_between(later(-99), later(99), channel="", limit=9), []),
        "decisions_between": (lambda it: it.decisions_between(later(-99), later(99), channel="", limit=9), []),
        "before_turn": (lambda it: it.before_turn(CONVERSATION.id, 9, limit=9), []),
    },
    Inbox: {
        "page": (lambda it: it.page(InboxView()), InboxPage([], None)),
        "count": (lambda it: it.count(InboxView()), 0),
        "newest_turns": (lambda it: it.newest_turns(InboxView(), 10), []),
        "labels": (lambda it: it.labels(), []),
        "get": (lambda it: it.get(CONVERSATION.id), None),
        "get_many": (lambda it: it.get_many([CONVERSATION.id]), []),
        "visible": (lambda it: it.visible([CONVERSATION.id], EVERYTHING), set()),
    },
    Previews: {
        "of": (lambda it: it.of([RowNeed(id=CONVERSATION.id, turn=1)]), {CONVERSATION.id: RowDetails()}),
    },
    Timeline: {
        "before": (lambda it: it.before(CONVERSATION.id, None, 9), NO_PART),
        "after": (lambda it: it.after(CONVERSATION.id, TimelinePosition(0, 0), 9), NO_PART),
        "referred": (
            lambda it: it.referred(CONVERSATION.id, [MESSAGE.provider_message_id, "wamid.3"]),
            ReferredMessages(inbound={}, outbound={}),
        ),
        "sent_ids": (lambda it: it.sent_ids([CLAIMED.id]), set()),
        "turn_at": (lambda it: it.turn_at(CONVERSATION.id, NOW + timedelta(days=1), 9), 1),
    },
    Exchanges: {
        "message": (lambda it: it.message(MESSAGE.id, also_provider_id=True), None),
        "get": (
            lambda it: it.get(MESSAGE.correlation_id),
            Exchange(correlation_id=MESSAGE.correlation_id, messages=[], ai_calls=[], outbound=[]),
        ),
    },
    SeenMarks: {  # what it stores is its own: see test_people
        "mark": (lambda it: it.mark("m1", UNSTORABLE, 1, NOW), Unstorable),
        "turns": (lambda it: it.turns("m1", [CONVERSATION.id]), {CONVERSATION.id: 0}),
    },
    Drafts: {
        "get": (lambda it: it.get("m1", CONVERSATION.id), None),
        "put": (lambda it: it.put("m1", CONVERSATION.id, msgspec.structs.replace(DRAFT, text=UNSTORABLE)), Unstorable),
        "remove": (lambda it: it.remove("m1", CONVERSATION.id), False),
    },
    MediaStore: {
        "get": (lambda it: it.get(MEDIA.message_id), None),
        "put_chunk": (lambda it: it.put_chunk(MEDIA, 0, b"abc"), None),
        "finish": (lambda it: it.finish(MEDIA), None),
        "kept_by_others": (lambda it: it.kept_by_others([MEDIA.conversation_id]), {}),
        "leave_to_others": (lambda it: it.leave_to_others({MEDIA.message_id: "another"}, []), None),
        "assign": (lambda it: it.assign(MEDIA.message_id, "another", NOW), False),
        "remove_sent": (lambda it: it.remove_sent("", NOW + timedelta(days=365)), 0),
        "remove": (lambda it: it.remove(MEDIA.message_id), False),
        "used": (lambda it: it.used(), 0),
    },
    ConversationChanges: {
        "add": (lambda it: it.add("none", CONVERSATION.id, 1, [], NOW), None),
    },
    CountedItems: {
        "page": (lambda it: it.page(Measure.RECEIVED, None, *PERIOD), []),
    },
    LiveCounts: {
        "conversations": (lambda it: it.conversations(*PERIOD), 0),
        "new_customers": (lambda it: it.new_customers(*PERIOD), 0),
        "page": (lambda it: it.page(LiveMeasure.CONVERSATIONS, *PERIOD), []),
    },
    SourceCounts: {
        "count": (lambda it: it.count(*PERIOD), {}),
    },
    Statistics: {
        "read": (lambda it: it.read(*PERIOD), {}),
        "total": (lambda it: it.total(*PERIOD), {}),
        "count": (lambda it: it.count(*PERIOD), {}),
        "count_and_store": (lambda it: it.count_and_store(*PERIOD), {}),
        "replace": (lambda it: it.replace(*PERIOD, {}), {}),
        "claim": (lambda it: it.claim(NOW, later(60)), True),  # of its own
        "note_counted": (lambda it: it.note_counted("once", NOW), None),
        "counted_until": (lambda it: it.counted_until(), {"once": NOW}),  # its own, of the line before
    },
    LiveMessages: {
        "inbound": (lambda it: it.inbound([MESSAGE.id]), []),
        "outbound": (lambda it: it.outbound([CLAIMED.id]), []),
        "ids": (lambda it: it.ids(CONVERSATION.id), ([], [])),
    },
    Notes: {
        "add": (lambda it: it.add("note", CONVERSATION.id, NoteAdded(text="?", turn=1, by="u9"), NOW), Conflict),
        "of_turns": (lambda it: it.of_turns(CONVERSATION.id, 0, 99), []),
    },
    UnansweredQuestions: {
        "add": (lambda it: it.add("none", CONVERSATION.id, UnansweredQuestion(text="?"), NOW), None),
        "groups": (lambda it: it.groups(9), []),
        "dismiss": (lambda it: it.dismiss([f"acme:{QUESTION}", QUESTION], "u9", NOW), 0),
        "resolve": (lambda it: it.resolve([f"acme:{QUESTION}", QUESTION], "u9"), 0),
        "dismissed": (lambda it: it.dismissed(9), ()),
        "add_example": (lambda it: it.add_example("?", "none", "u9", NOW), None),
        "remove_example": (lambda it: it.remove_example(f"acme:{QUESTION}"), 0),
        "forget": (lambda it: it.forget(CONVERSATION.id), None),
    },
    Usage: {  # what it adds is its own: see test_usage
        "add": (lambda it: it.add("2026-03"), None),
        "customers": (lambda it: it.customers(), 0),
        "this_month": (lambda it: it.this_month("2026-03"), UsageCounts()),
        "claim_budget_notice": (lambda it: it.claim_budget_notice("$no.day", "c"), ValueError),
    },
    Summaries: {
        "get": (lambda it: it.get(CONVERSATION.id), None),
        "put": (lambda it: it.put(SUMMARY), False),
    },
    AiCalls: {
        "of_turns": (lambda it: it.of_turns(CALL.conversation_id, 0, 9), []),
        "tokens_by_model": (lambda it: it.tokens_by_model(NOW, later(99)), {}),
        "add": (lambda it: it.add(THEIR_CALL), THEIR_CALL),
        "kept": (lambda it: it.kept(CALL.id), None),
        "last": (lambda it: it.last(CALL.conversation_id, before_turn=9, limit=9), []),
        "cost": (lambda it: it.cost(NOW, later(99)), Decimal(0)),
        "routed": (lambda it: it.routed(NOW, later(99)), RoutedCost()),
        "over_share": (lambda it: it.over_share(CLAIMED.customer_id, NOW, later(99)), frozenset()),
        "spent_on": (lambda it: it.spent_on(CALL.conversation_id), ConversationCost()),
    },
    ConversationHistories: {
        "read": (
            lambda it: it.read(CONVERSATION.id, CLAIMED.customer_id, turn=9, limit=9, request_id=CALL.id),
            ConversationHistory(conversation=None, decisions=[], inbound=[], outbound=[], answers=[], customer=None),
        ),
    },
    OutboundMessages: {
        "claim": (lambda it: it.claim(THEIR_CLAIM, "b", NOW), Conflict),
        "written_on_phone": (lambda it: it.written_on_phone(THEIR_CLAIM, ON_PHONE, NOW), False),
        "get": (lambda it: it.get(CLAIMED.id), None),
        "reclaim": (lambda it: it.reclaim(SEEN, "b", NOW, possible_duplicate=False), False),
        "put_aside": (lambda it: it.put_aside(SEEN, "b", OutboundState.HELD, None, possible_duplicate=False), False),
        "record_accepted": (lambda it: it.record_accepted(CLAIMED.id, "a", "wamid.stolen", NOW), None),
        "record_retry": (lambda it: it.record_retry(CLAIMED.id, "a", ERROR, NOW, NOW), None),
        "record_replacement": (
            lambda it: it.record_replacement(CLAIMED.id, "a", TextBody(body="stolen"), replaced=True),
            None,
        ),
        "was_replaced_by": (lambda it: it.was_replaced_by(CLAIMED.conversation_id, "hello", NOW, but="none"), False),
        "record_hold": (lambda it: it.record_hold(CLAIMED.id, "a", ERROR, NOW), None),
        "held_for": (lambda it: it.held_for("main", limit=9), []),
        "release": (lambda it: it.release(HeldMessage(message=HELD, claim="a"), NOW), False),
        "message": (lambda it: it.message(CLAIMED.id), None),
        "record_failure": (
            lambda it: it.record_failure(CLAIMED.id, "a", ERROR, DeadLetterReason.SEND_REJECTED, NOW),
            False,
        ),
        "reopen": (lambda it: it.reopen(FAILED.id), False),
        "retry_failed": (
            lambda it: it.retry_failed(FAILED.id, "w3", ERROR, NOW, NOW, charged=True, possible_duplicate=False),
            False,
        ),
        "status": (lambda it: it.status(status(Status.READ, CLAIMED, workspace="rival")), None),
        "apply_statuses": (
            lambda it: it.apply_statuses([status(Status.READ, CLAIMED, workspace="rival")]),
            [None],
        ),
    },
    OutboundOrder: {
        "last": (lambda it: it.last(CLAIMED.conversation_id), None),
        "previous": (lambda it: it.previous(CLAIMED.conversation_id, 9, 0), None),
    },
    OutboundHistory: {
        "of_turns": (lambda it: it.of_turns(CLAIMED.conversation_id, 0, 99), []),
        "has_answer_of_turn": (lambda it: it.has_answer_of_turn(CLAIMED.conversation_id, CLAIMED.turn), False),
        "progress": (lambda it: it.progress([CLAIMED.id]), {}),
        "has_provider_id": (lambda it: it.has_provider_id(FAILED.conversation_id, "wamid.3"), False),
        "cause_and_author": (lambda it: it.cause_and_author(FAILED.conversation_id, "wamid.3"), None),
        "last_messages": (lambda it: it.last_messages(CLAIMED.conversation_id, before_turn=9, limit=9), []),
    },
}
