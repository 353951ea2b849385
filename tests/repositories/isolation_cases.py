"""Cases for `test_isolation`: a call of each repository method as a rival workspace, with the expected result."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from shared.domain import ids
from shared.domain.accounts import ApiKey, AuditEntry, Invitation, Member, Role, Sees
from shared.domain.broadcast import Broadcast, Recipient, RecipientState
from shared.domain.conversation import (
    ChangeKind,
    Conversation,
    CustomerChange,
    NoteAdded,
    OrderPlaced,
    RecordedDecision,
    RecordedOutput,
    StateChange,
    UnansweredQuestion,
)
from shared.domain.jobs import Job, JobKind, JobState
from shared.domain.limits import UsageCounts
from shared.domain.orders import OrderState, UnknownOrder
from shared.domain.replays import Difference, Origin, Replay, ReplayChanges, ReplayResult, Said, Stopped
from shared.domain.statistics import Measure
from shared.domain.timeline import TimelinePosition
from shared.errors import Conflict, Unstorable
from shared.maintenance.eraser import Eraser, ErasureSubject
from shared.messages.broadcast_content import BroadcastText
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import AccountEvent, Provider, ProviderError, Status
from shared.messages.outbound import OnPhoneBody, TextBody
from shared.messages.webhooks import WebhookDelivery
from shared.providers.port import Channel
from shared.repositories.account_events import AccountEvents
from shared.repositories.ai_calls import AiCall, AiCalls, ConversationCost, RoutedCost
from shared.repositories.api_keys import ApiKeys, key_id
from shared.repositories.audit import AuditFilter, AuditLog
from shared.repositories.broadcast_recipients import BroadcastRecipients, DeferredRetries, RecipientUpdate
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.canned_replies import CannedReplies, CannedReply
from shared.repositories.conversation_changes import ConversationChanges
from shared.repositories.conversation_history import ConversationHistories, ConversationHistory
from shared.repositories.conversations import Conversations
from shared.repositories.counted_items import CountedItems
from shared.repositories.customer_lists import CustomerLists
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.customers import Customers
from shared.repositories.dead_letter_index import DeadLetterIndex, IndexedLetter
from shared.repositories.dead_letter_replays import DeadLetterReplays
from shared.repositories.drafts import Draft, Drafts
from shared.repositories.exchanges import Exchange, Exchanges
from shared.repositories.flow_drafts import FlowDraft, FlowDrafts
from shared.repositories.flow_layouts import FlowLayout, FlowLayouts
from shared.repositories.flow_tests import FlowTests, FlowTestTexts
from shared.repositories.flows import Flows
from shared.repositories.identities import Identities
from shared.repositories.inbound import InboundMessages
from shared.repositories.inbox import Inbox, InboxPage, InboxView
from shared.repositories.invitations import Invitations
from shared.repositories.job_files import JobFiles
from shared.repositories.jobs import Jobs, LeaseLost
from shared.repositories.live_messages import LiveMessages
from shared.repositories.media_store import MediaStore, StoredMedia
from shared.repositories.members import MemberRules, Members
from shared.repositories.notes import Notes
from shared.repositories.operation_outcomes import OperationOutcome, OperationOutcomes
from shared.repositories.orders import Orders
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.outbound_order import OutboundOrder
from shared.repositories.outbound_views import HeldMessage, OutboundState, StoredOutbound
from shared.repositories.previews import Previews, RowDetails, RowNeed
from shared.repositories.provider_templates import ProviderTemplates
from shared.repositories.replay_results import ReplayResults, ResultFilter
from shared.repositories.replays import Replays
from shared.repositories.running_flows import RunningFlows
from shared.repositories.saved_views import SHARED, SavedView, SavedViews
from shared.repositories.seen_marks import SeenMarks
from shared.repositories.settings_history import SettingsChange, SettingsHistory
from shared.repositories.statistics import SourceCounts, Statistics
from shared.repositories.summaries import Summaries, Summary
from shared.repositories.timeline import ReferredMessages, Timeline, TimelinePart
from shared.repositories.tombstones import Tombstones
from shared.repositories.unanswered import UnansweredQuestions
from shared.repositories.usage import Usage
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_log import GIVEN_UP, LogEntry, WebhookLog
from shared.storage.mongo import Duplicate
from tests.repositories.builders import NOW, PHONE, inbound, later, outbound, status

COLLECTIONS = (
    "conversations",
    "messages",
    "customers",
    "outbound",
    "account_events",
    "templates",
    "ai_calls",
    "channels",
    "workspaces",
    "erased",
    "unanswered",
    "orders",
    "summaries",
    "flows",
    "flow_drafts",
    "flow_layouts",
    "flow_tests",
    "usage",
    "broadcasts",
    "broadcast_recipients",
    "webhook_deliveries",
    "webhook_log",
    "identities",
    "conversation_changes",
    "statistics",
    "members",
    "api_keys",
    "invitations",
    "audit",
    "notes",
    "operation_outcomes",
    "letters",
    "dead_letter_replays",
    "seen",
    "drafts",
    "canned",
    "views",
    "settings_history",
    "media",
    "media_chunks",
    "jobs",
    "job_files",
    "replays",
    "replay_results",
)
ERASED_FROM = (
    *("messages", "outbound", "ai_calls", "summaries", "notes", "unanswered", "broadcast_recipients", "orders"),
    "webhook_log",
    "job_files",
    "replay_results",
    *("conversation_changes", "conversations", "customers", "identities", "seen", "drafts", "media", "media_chunks"),
)
MESSAGE = inbound()
FLOW_DRAFT = FlowDraft(flow="hello", source="flow: hello", by="user:u9", at=NOW)
FLOW_LAYOUT = FlowLayout(positions={"say": (1.0, 2.0)})
FLOW_TESTS = FlowTests(flow="hello", source="tests: {}", by="user:u9", at=NOW)
LETTER = IndexedLetter(
    id="letter1",
    reason="malformed_item",
    service="ingress",
    at=NOW,
    correlation_id="0" * 32,
    log="0" * 32,
    place=(0, 7),
)
OPERATION = OperationOutcome(command="c1", kind="sync_templates", by="ada", at=NOW, done=True)
CONVERSATION = Conversation(
    id=MESSAGE.conversation_id,
    workspace="acme",
    channel="main",
    provider="meta",
    customer_id="u1",
    address="234803",
    version=1,
)
DECISION = RecordedDecision(cause="acme:meta:1", turn=1, decision="faq")
CALL = AiCall(
    id="r1",
    workspace="acme",
    conversation_id=CONVERSATION.id,
    correlation_id="0" * 32,
    turn=1,
    outputs=(RecordedOutput("outbound.messages", b"acme", b"{}"),),
    requested_at=NOW,
    started_at=NOW,
    finished_at=NOW,
    model="m",
    outcome="over share",
    attempts=1,
    customer_id=outbound(1).customer_id,
)
SUMMARY = Summary(conversation_id=CONVERSATION.id, up_to=3, text="Ada wants oak.", at=NOW)
CLAIMED, HELD, FAILED = outbound(1), outbound(2), outbound(3)
SEEN = StoredOutbound(id=CLAIMED.id, state=OutboundState.SENDING, claimed_at=NOW, claim="a")
ERROR = ProviderError(code="1")
CHANNEL = Channel(
    workspace="acme", id="main", provider=Provider.META, address="+2347000000001", settings={}, secrets={}
)
PERSON = ErasureSubject(customer_ids=("u1",), identities=(PHONE,), conversation_ids=(CONVERSATION.id,))
RIVALS_PERSON = ErasureSubject(
    customer_ids=tuple(sorted(("u1", ids.customer_id("rival", PHONE)))),
    identities=(PHONE,),
    conversation_ids=(ids.conversation_id("rival", "main", PHONE),),
)
CHANGE = StateChange(kind=ChangeKind.TAKEN, by="u9", channel="main")
PERIOD = (later(-3600), later(3600))
QUESTION = "acme:meta:wamid.q"
ORDER = OrderPlaced(id="order-1", number="K7M4-Q2", lines=(), total="9.00", currency="USD")
BROADCAST = Broadcast(
    id="b1",
    workspace="acme",
    name="spring",
    channel="main",
    what=BroadcastText(text="Spring!"),
    created_at=NOW,
    by="u9",
)
RECIPIENT = Recipient(id="r1", customer_id="u1", identity=PHONE)
STEP = RecipientUpdate(id="r1", was=RecipientState.PENDING, reached=RecipientState.SKIPPED)
EVENT = ConversationEvent(
    id="e1",
    workspace="acme",
    correlation_id="0" * 32,
    created_at=NOW,
    kind=EventKind.MESSAGE_SENT,
    conversation_id=CONVERSATION.id,
)
CALL_OUT = WebhookDelivery(
    id="d1", workspace="acme", correlation_id="0" * 32, created_at=NOW, webhook="crm", event=EVENT
)
LOGGED = LogEntry(delivery=CALL_OUT, outcome=GIVEN_UP, ends_at=later(9))
MEMBER = Member(workspace="acme", user="p1", role=Role.OWNER, since=NOW)
API_KEY = ApiKey(
    id=key_id("d" * 64), workspace="acme", digest="d" * 64, name="crm", scopes=(), made_by="p1", made_at=NOW
)
INVITATION = Invitation(
    id="i1",
    workspace="acme",
    digest="e" * 64,
    email="ada@example.com",
    role=Role.AGENT,
    made_by="p1",
    made_at=NOW,
    ends_at=later(9999),
)
AUDIT_ENTRY = AuditEntry(workspace="acme", at=NOW, action="members.add", by_kind="user", by="p1", target="member:p2")
THEIRS = {"workspace": "rival"}
THEIR_MESSAGE = msgspec.structs.replace(MESSAGE, **THEIRS)
THEIR_CALL = msgspec.structs.replace(CALL, outputs=(), **THEIRS)
THEIR_CLAIM = msgspec.structs.replace(CLAIMED, **THEIRS)
EVENT_OF_ACCOUNT = AccountEvent(
    id="ev1",
    workspace="acme",
    correlation_id="0" * 32,
    created_at=NOW,
    provider=Provider.META,
    field="account_update",
    account="14",
)
UNSTORABLE = "\ud800"  # what is stored with it would be the rival's own
DRAFT = Draft(text="Dear Ada", at=NOW)
CANNED = CannedReply(id="k1", shortcut="hours", body=TextBody(body="9 to 5"), by="m1", at=NOW)
SETTINGS_CHANGE = SettingsChange(
    section="bot", revision=2, at=NOW, by="user:m1", by_name="Ann", values={"history": (10, 12)}
)
VIEW = SavedView(id="v1", name="Mine", filter={"folder": "mine"}, owner=SHARED, by="m1")
MEDIA = StoredMedia(
    message_id=MESSAGE.id,
    conversation_id=CONVERSATION.id,
    type="image/png",
    size=3,
    sha256="0" * 64,
    filename="photo.png",
    ends=later(99),
)
JOB = Job(
    id="b1",
    workspace="acme",
    kind=JobKind.IMPORT,
    by="user:ada",
    by_name="Ada",
    at=NOW,
    queued_at=NOW,
    ends=later(99),
    state=JobState.CHECKED,
    result="result",
    refused="refused",
)
RUNNING_JOB = msgspec.structs.replace(JOB, id="j2", state=JobState.RUNNING, attempt=1)
REPLAY_JOB = msgspec.structs.replace(JOB, id="j3", kind=JobKind.REPLAY, state=JobState.QUEUED)
REPLAY = Replay(
    id="b1",
    workspace="acme",
    name="Shorter prompt",
    by="user:ada",
    by_name="Ada",
    at=NOW,
    ends=later(99),
    since=NOW,
    until=later(9),
    changes=ReplayChanges(bot={"system_prompt": "Be short."}, flows={"hello": "flow: hello"}),
)
REPLAYED = ReplayResult(
    id="b1",
    workspace="acme",
    replay="b1",
    number=1,
    message=MESSAGE.id,
    conversation_id=CONVERSATION.id,
    customer_id="u1",
    channel="main",
    turn=1,
    at=NOW,
    ends=later(99),
    question="Do you fly?",
    then=Said(origin=Origin.FAQ, text="No.", score=0.9, seconds=0.0),
    now=Said(origin=Origin.MODEL, text="Not yet.", model="m", seconds=1.5, usd="0.01", asked=True),
    difference=Difference.ORIGIN,
)
NO_PART = TimelinePart(inbound=[], outbound=[], notes=[], changes=[])
ON_PHONE = OnPhoneBody(provider_message_id="wamid.stolen", text="x", sent_at=NOW)
THEIR_CALL_OUT = msgspec.structs.replace(CALL_OUT, **THEIRS)

# Repositories of one workspace: a call of each public method by another workspace that knows all ids of acme, and the
# expected result: a value, or an error.
Try = tuple[Callable[[Any], Awaitable[object]], object]
SCOPED: dict[type, dict[str, Try]] = {
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
    Customers: {
        "record_contact": (lambda it: it.record_contact("u1", THEIR_MESSAGE, later(99)), False),
        "update_contact": (lambda it: it.update_contact("u1", THEIR_MESSAGE, later(99)), None),
        "register": (lambda it: it.register("u1", PHONE, PHONE, CONVERSATION.id, NOW), None),
        "get": (lambda it: it.get("u1"), None),
        "get_many": (lambda it: it.get_many(["u1"]), {}),
        "cards": (lambda it: it.cards(["u1"]), {"u1": {"id": "u1"}}),
        "apply": (lambda it: it.apply("u1", CustomerChange(opted_out=True), "c", NOW), False),
        "mark_undeliverable": (lambda it: it.mark_undeliverable("u1", NOW), False),
        "count_order": (lambda it: it.count_order("u1", {"number": "A-1", "total": "1"}, "c", NOW), False),
        "update_order_state": (lambda it: it.update_order_state("u1", "A-1", "shipped"), False),
        "merge": (lambda it: it.merge("u1", "u2", PHONE), None),
        "change_address": (lambda it: it.change_address("u1", "+2348055550199", None), None),
        "find": (lambda it: it.find(PHONE), []),
        "recent": (lambda it: it.recent(9), []),
        "page": (lambda it: it.page(None, NOW), ([], "")),
        "count": (lambda it: it.count(None, NOW), 0),
        "ids_by_identity": (lambda it: it.ids_by_identity([PHONE]), {}),
        "import_rows": (lambda it: it.import_rows([("u1", [{"$set": {"name": "x"}}])]), Duplicate),
    },
    Inbox: {
        "page": (lambda it: it.page(InboxView()), InboxPage([], None)),
        "count": (lambda it: it.count(InboxView()), 0),
        "newest_turns": (lambda it: it.newest_turns(InboxView(), 10), []),
        "labels": (lambda it: it.labels(), []),
        "get": (lambda it: it.get(CONVERSATION.id), None),
        "get_many": (lambda it: it.get_many([CONVERSATION.id]), []),
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
    CannedReplies: {
        "all": (lambda it: it.all(), []),
        "get": (lambda it: it.get("k1"), None),
        "add": (lambda it: it.add(msgspec.structs.replace(CANNED, by=UNSTORABLE)), Unstorable),
        "change": (lambda it: it.change(CANNED, 1), False),
        "remove": (lambda it: it.remove("k1"), False),
    },
    SettingsHistory: {
        "of": (lambda it: it.of("bot"), []),
        "add": (lambda it: it.add(msgspec.structs.replace(SETTINGS_CHANGE, by=UNSTORABLE)), Unstorable),
    },
    SavedViews: {
        "visible_to": (lambda it: it.visible_to("m1"), []),
        "get": (lambda it: it.get("v1", "m1"), None),
        "add": (lambda it: it.add(msgspec.structs.replace(VIEW, by=UNSTORABLE)), Unstorable),
        "change": (lambda it: it.change(VIEW, 1), False),
        "remove": (lambda it: it.remove("v1", "m1"), False),
    },
    MediaStore: {
        "get": (lambda it: it.get(MEDIA.message_id), None),
        "put_chunk": (lambda it: it.put_chunk(MEDIA, 0, b"abc"), None),
        "finish": (lambda it: it.finish(MEDIA), None),
        "assign": (lambda it: it.assign(MEDIA.message_id, "another"), False),
        "remove": (lambda it: it.remove(MEDIA.message_id), False),
        "used": (lambda it: it.used(), 0),
    },
    Jobs: {
        "add": (lambda it: it.add(JOB), ValueError),
        "get": (lambda it: it.get(JOB.id), None),
        "page": (lambda it: it.page(None, 9), []),
        "unfinished": (lambda it: it.unfinished(), 0),
        "of_ids": (lambda it: it.of_ids([JOB.id]), {}),
        "cancel": (lambda it: it.cancel(REPLAY_JOB.id, NOW), False),
        "remove": (lambda it: it.remove(REPLAY_JOB.id), False),
        "run": (lambda it: it.run(JOB.id, NOW), None),
        "remove_waiting": (lambda it: it.remove_waiting(JOB.id), False),
        "renew": (lambda it: it.renew(RUNNING_JOB, NOW), False),
        "confirm": (lambda it: it.confirm(RUNNING_JOB, NOW, position=9), LeaseLost),
        "release": (lambda it: it.release(RUNNING_JOB, NOW), None),
        "finish": (lambda it: it.finish(RUNNING_JOB, JobState.DONE, NOW), LeaseLost),
    },
    Replays: {
        "add": (lambda it: it.add(REPLAY), ValueError),
        "get": (lambda it: it.get(REPLAY.id), None),
        "page": (lambda it: it.page(None, 9), []),
        "set_stopped": (lambda it: it.set_stopped(REPLAY.id, Stopped.LIMIT), None),
        "remove": (lambda it: it.remove(REPLAY.id), False),
    },
    ReplayResults: {
        "add": (lambda it: it.add(REPLAYED), ValueError),
        "done": (lambda it: it.done(REPLAY.id), frozenset()),
        "spent": (lambda it: it.spent(REPLAY.id), Decimal(0)),
        "get": (lambda it: it.get(REPLAY.id, REPLAYED.id), None),
        "page": (lambda it: it.page(REPLAY.id, ResultFilter(), None, 9), []),
        "counted": (lambda it: it.counted(REPLAY.id), []),
        "vote": (lambda it: it.vote(REPLAY.id, REPLAYED.id, "m1", None), None),
        "remove": (lambda it: it.remove(REPLAY.id), 0),
    },
    JobFiles: {
        "put": (lambda it: it.put(JOB.id, "result", 0, b"x", NOW), None),
        "has": (lambda it: it.has(JOB.id, "result"), False),
        "remove": (lambda it: it.remove(JOB.id), 0),
    },
    CustomerLists: {
        "page": (lambda it: it.page(None, "", NOW, limit=9), ([], None)),
    },
    Identities: {
        "resolve": (lambda it: it.resolve([], NOW), []),
        "key_of": (lambda it: it.key_of([PHONE]), None),
        "customer_id": (lambda it: it.customer_id(PHONE), ids.customer_id("rival", PHONE)),
        "of_keys": (lambda it: it.of_keys([PHONE]), []),
        "keys_of": (lambda it: it.keys_of([PHONE]), {}),
        "join": (lambda it: it.join("none~1", "none~2", [], NOW), None),
        "assign": (lambda it: it.assign(PHONE, [], NOW), []),
        "release": (lambda it: it.release(PHONE, PHONE, NOW), None),
        "forget": (lambda it: it.forget([PHONE], NOW), None),
    },
    CustomerMerges: {
        "join": (lambda it: it.join(PHONE, PHONE, NOW), None),
        "finish": (lambda it: it.finish(CONVERSATION, NOW), None),
    },
    Tombstones: {
        "mark": (lambda it: it.mark([], NOW), None),
        "since": (lambda it: it.since("u1"), None),
        "after": (lambda it: it.after(None), {}),
        "mark_messages": (lambda it: it.mark_messages([]), None),
        "had_message": (lambda it: it.had_message(MESSAGE.id), False),
    },
    Eraser: {
        "find": (lambda it: it.find([PHONE], "u1", ["main"]), RIVALS_PERSON),
        "counts": (lambda it: it.counts(PERSON), dict.fromkeys(ERASED_FROM, 0)),
        "remove": (lambda it: it.remove(PERSON), dict.fromkeys(ERASED_FROM, 0)),
    },
    ConversationChanges: {
        "add": (lambda it: it.add("none", CONVERSATION.id, 1, [], NOW), None),
        "of_conversation": (lambda it: it.of_conversation(CONVERSATION.id), []),
    },
    CountedItems: {
        "page": (lambda it: it.page(Measure.RECEIVED, None, *PERIOD), []),
    },
    SourceCounts: {
        "count": (lambda it: it.count(*PERIOD), {}),
    },
    Statistics: {
        "read": (lambda it: it.read(*PERIOD), {}),
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
    DeadLetterIndex: {
        "write": (lambda it: it.write([]), None),  # what it writes is its own
        "page": (lambda it: it.page("", None, 9), []),
        "get": (lambda it: it.get(LETTER.id), None),
        "counts": (lambda it: it.counts(), {}),
    },
    DeadLetterReplays: {
        "get": (lambda it: it.get([LETTER.id]), {}),
        "record": (
            lambda it: it.record(LETTER.id, reason=LETTER.reason, by="u9", at=NOW, offset=9, again=True),
            Conflict,
        ),
    },
    OperationOutcomes: {
        "add": (lambda it: it.add(OPERATION), Conflict),
        "get": (lambda it: it.get(OPERATION.command), None),
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
        "this_month": (lambda it: it.this_month("2026-03"), UsageCounts()),
        "claim_budget_notice": (lambda it: it.claim_budget_notice("$no.day", "c"), ValueError),
    },
    Flows: {
        "put": (lambda it: it.put("hello", "v1", "", NOW), ValueError),
        "get": (lambda it: it.get("hello", "v1"), None),
        "versions": (lambda it: it.versions("hello"), ()),
        "history": (lambda it: it.history("hello"), ()),
    },
    FlowDrafts: {
        "get": (lambda it: it.get("hello"), None),
        "all": (lambda it: it.all(), []),
        "save": (lambda it: it.save(msgspec.structs.replace(FLOW_DRAFT, revision=1)), None),
        "remove": (lambda it: it.remove("hello"), False),
    },
    RunningFlows: {"of": (lambda it: it.of("hello"), []), "all": (lambda it: it.all(), [])},
    FlowLayouts: {
        "get": (lambda it: it.get("hello"), None),
        "put": (lambda it: it.put("hello", FlowLayout(collapsed=(UNSTORABLE,))), Unstorable),
        "remove": (lambda it: it.remove("hello"), False),
    },
    FlowTestTexts: {
        "get": (lambda it: it.get("hello"), None),
        "save": (lambda it: it.save(msgspec.structs.replace(FLOW_TESTS, revision=1)), None),
        "remove": (lambda it: it.remove("hello"), False),
    },
    Broadcasts: {
        "create": (lambda it: it.create(msgspec.structs.replace(BROADCAST, **THEIRS)), False),
        "finish_making": (lambda it: it.finish_making("b1"), False),
        "get": (lambda it: it.get("b1"), None),
        "get_many": (lambda it: it.get_many(["b1"]), {}),
        "newest": (lambda it: it.newest(9), []),
        "remove_unfinished": (lambda it: it.remove_unfinished("b1"), False),
        "start": (lambda it: it.start("b1", NOW), False),
        "was_changed_by": (lambda it: it.was_changed_by("b1", "c1"), False),
        "running": (lambda it: it.running("main"), []),
        "with_template": (lambda it: it.with_template("news", "en"), []),
        "pause": (lambda it: it.pause("b1", "why", NOW), False),
        "resume": (lambda it: it.resume("b1", NOW), False),
        "cancel": (lambda it: it.cancel("b1", NOW), False),
        "reopen": (lambda it: it.reopen("b1", NOW), False),
        "read_up_to": (lambda it: it.read_up_to("b1", "u1"), None),
        "begin": (lambda it: it.begin("b1", 1, NOW), False),
        "finish": (lambda it: it.finish("b1", NOW), False),
        "schedule": (lambda it: it.schedule(BROADCAST, NOW), None),
    },
    BroadcastRecipients: {
        "add": (lambda it: it.add("b1", [RECIPIENT]), Duplicate),
        "states": (lambda it: it.states("b1", ["r1"]), {}),
        "pending": (lambda it: it.pending("b1", 9), []),
        "page": (lambda it: it.page("b1", after="", limit=9), []),
        "of_customer": (lambda it: it.of_customer("u1", 9), []),
        "due": (lambda it: it.due("b1", later(99), 9), []),
        "next_due": (lambda it: it.next_due("b1"), None),
        "update": (lambda it: it.update([STEP], NOW), None),
        "counts": (lambda it: it.counts("b1"), dict.fromkeys(RecipientState, 0)),
        "in_flight": (lambda it: it.in_flight("b1"), 0),
        "reasons": (lambda it: it.reasons("b1", RecipientState.PENDING), {}),
        "results": (lambda it: it.results("b1", NOW, 9), []),
        "retry": (lambda it: it.retry("b1", NOW), 0),
        "retryable": (lambda it: it.retryable("b1", NOW), 0),
        "deferred_retries": (lambda it: it.deferred_retries("b1", NOW), DeferredRetries(count=0)),
        "cancel": (lambda it: it.cancel("b1"), 0),
        "clear": (lambda it: it.clear("b1"), 0),
    },
    WebhookDeliveries: {
        "add": (lambda it: it.add(THEIR_CALL_OUT, NOW, NOW, "why", unreachable=True), False),
        "record_failure": (lambda it: it.record_failure("d1", later(9), "why", unreachable=True), None),
        "remove": (lambda it: it.remove("d1"), False),
        "postpone": (lambda it: it.postpone("crm", later(99), "d1"), None),
        "retry_unreachable_now": (lambda it: it.retry_unreachable_now("crm", NOW), None),
        "waiting": (lambda it: it.waiting("crm"), 0),
        "next_try": (lambda it: it.next_try("crm"), None),
    },
    WebhookLog: {
        "write": (lambda it: it.write([LOGGED]), ValueError),
        "page": (lambda it: it.page("crm", None, 9), []),
        "get": (lambda it: it.get("d1"), None),
        "given_up": (lambda it: it.given_up("crm"), []),
        "mark_replayed": (lambda it: it.mark_replayed(["d1"]), 0),
    },
    Orders: {
        "place": (lambda it: it.place(ORDER, "u1", CONVERSATION.id, NOW), Conflict),
        "get": (lambda it: it.get(ORDER.number), None),
        "recent": (lambda it: it.recent("u1", 9), []),
        "find": (lambda it: it.find(None, 9), []),
        "by_number_prefix": (lambda it: it.by_number_prefix(ORDER.number, 9), []),
        "totals": (lambda it: it.totals(later(-99)), []),
        "advance": (lambda it: it.advance(ORDER.number, OrderState.CONFIRMED, NOW, "u9"), UnknownOrder),
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
    AccountEvents: {
        "add": (lambda it: it.add(EVENT_OF_ACCOUNT, "account_update X", "noted"), False),
        "newest": (lambda it: it.newest(9), []),
        "of_field": (lambda it: it.of_field("account_update"), []),
    },
    ProviderTemplates: {
        "languages": (lambda it: it.languages("14", "news"), None),
        "record_report": (lambda it: it.record_report("14", "news", "en", later(9)), False),
        "replace": (lambda it: it.replace("14", [], later(9)), 0),
        "get": (lambda it: it.get("14", "news", "en"), None),
        "all": (lambda it: it.all(), []),
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
    Members: {
        "add": (lambda it: it.add(MEMBER), ValueError),
        "found": (lambda it: it.found(MEMBER), ValueError),
        "get": (lambda it: it.get("p1"), None),
        "current": (lambda it: it.current("p1"), None),
        "all": (lambda it: it.all(), []),
        "change": (lambda it: it.change("p1", 1, role=Role.VIEWER, sees=Sees.ALL, channels=()), Conflict),
        "remove": (lambda it: it.remove("p1"), False),
        "rules": (lambda it: it.rules(), MemberRules()),
        "set_rules": (lambda it: it.set_rules(MemberRules(second_factor=True)), False),
    },
    ApiKeys: {
        "create": (lambda it: it.create(msgspec.structs.replace(API_KEY, **THEIRS)), False),
        "get": (lambda it: it.get(API_KEY.id), None),
        "current": (lambda it: it.current(API_KEY.id), None),
        "all": (lambda it: it.all(), []),
        "change": (lambda it: it.change(API_KEY.id, name="stolen", scopes=("all",), ends_at=None), None),
        "revoke": (lambda it: it.revoke(API_KEY.id, NOW), False),
    },
    Invitations: {
        "create": (lambda it: it.create(msgspec.structs.replace(INVITATION, **THEIRS)), False),
        "get": (lambda it: it.get("i1"), None),
        "open": (lambda it: it.open(NOW), []),
        "take": (lambda it: it.take("i1", INVITATION.digest, "p9", NOW), None),
        "withdraw": (lambda it: it.withdraw("i1"), False),
        "withdraw_made_by": (lambda it: it.withdraw_made_by("p1"), 0),
    },
    AuditLog: {
        "add": (lambda it: it.add(AUDIT_ENTRY), ValueError),
        "page": (lambda it: it.page(AuditFilter()), []),
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
        "last_messages": (lambda it: it.last_messages(CLAIMED.conversation_id, before_turn=9, limit=9), []),
    },
}
# Classes that read all workspaces on purpose: users and what belongs to a user, the look-up of API keys, queues of due
# work, the directory of numbers, states of channels, caches, the usage meter and the editor of workspaces.
# test_isolation.py has tests of its own for them.
ACROSS = {
    "AccountLinks",
    "ApiKeyDirectory",
    "BroadcastQueue",
    "WebhookQueue",
    "ChannelStates",
    "DeadLetterPositions",
    "Directory",
    "DueConversations",
    "ErasureGuard",
    "IdentityCache",
    "JobQueue",
    "Memberships",
    "Sessions",
    "UsageMeter",
    "WebhookMarks",
    "Users",
    "WorkspaceEditor",
    "Workspaces",
}
