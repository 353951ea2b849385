"""One of each thing that the workspace `acme` stores, for tests of several repositories."""

import msgspec

from shared.domain import ids
from shared.domain.accounts import ApiKey, AuditEntry, Invitation, Member, Role
from shared.domain.broadcast import Broadcast, Recipient, RecipientState
from shared.domain.conversation import (
    ChangeKind,
    Conversation,
    OrderPlaced,
    RecordedDecision,
    RecordedOutput,
    StateChange,
)
from shared.domain.jobs import Job, JobKind, JobState
from shared.domain.replays import Difference, Origin, Replay, ReplayChanges, ReplayResult, Said
from shared.maintenance.eraser import ErasureSubject
from shared.messages.broadcast_content import BroadcastText
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import AccountEvent, Provider, ProviderError
from shared.messages.outbound import OnPhoneBody, TextBody
from shared.messages.webhooks import WebhookDelivery
from shared.providers.port import Channel
from shared.repositories.ai_calls import AiCall
from shared.repositories.api_keys import key_id
from shared.repositories.broadcast_recipients import RecipientUpdate
from shared.repositories.canned_replies import CannedReply
from shared.repositories.dead_letter_index import IndexedLetter
from shared.repositories.drafts import Draft
from shared.repositories.flow_drafts import FlowDraft
from shared.repositories.flow_layouts import FlowLayout
from shared.repositories.flow_tests import FlowTests
from shared.repositories.media_store import StoredMedia
from shared.repositories.operation_outcomes import OperationOutcome
from shared.repositories.outbound_views import OutboundState, StoredOutbound
from shared.repositories.saved_views import SHARED, SavedView
from shared.repositories.settings_history import SettingsChange
from shared.repositories.summaries import Summary
from shared.repositories.timeline import TimelinePart
from shared.repositories.webhook_log import GIVEN_UP, LogEntry
from tests.repositories.builders import NOW, PHONE, inbound, later, outbound

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
