"""No repository lets a workspace read or change another workspace's data. Each public method needs a case in
`isolation_cases`; one without a case fails here.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable

import msgspec
import pytest

import shared.repositories
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain.conversation import NoteAdded, UnansweredQuestion
from shared.errors import Conflict
from shared.maintenance.eraser import Eraser
from shared.messages.inbound import Provider, Status
from shared.providers.port import Channel
from shared.repositories.account_events import AccountEvents
from shared.repositories.ai_calls import AiCalls
from shared.repositories.api_keys import ApiKeys
from shared.repositories.audit import AuditLog
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.canned_replies import CannedReplies
from shared.repositories.channel_states import ChannelStates
from shared.repositories.conversation_changes import ConversationChanges
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.dead_letter_index import DeadLetterIndex
from shared.repositories.dead_letter_replays import DeadLetterReplays
from shared.repositories.directory import Directory
from shared.repositories.drafts import Drafts
from shared.repositories.flow_drafts import FlowDrafts
from shared.repositories.flow_layouts import FlowLayouts
from shared.repositories.flow_tests import FlowTestTexts
from shared.repositories.flows import Flows
from shared.repositories.identities import Identities
from shared.repositories.inbound import InboundMessages
from shared.repositories.invitations import Invitations
from shared.repositories.job_files import JobFiles
from shared.repositories.jobs import Jobs
from shared.repositories.media_store import MediaStore
from shared.repositories.members import Members
from shared.repositories.notes import Notes
from shared.repositories.operation_outcomes import OperationOutcomes
from shared.repositories.orders import Orders
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.repositories.provider_templates import ProviderTemplates
from shared.repositories.replay_results import ReplayResults
from shared.repositories.replays import Replays
from shared.repositories.saved_views import SavedViews
from shared.repositories.seen_marks import SeenMarks
from shared.repositories.settings_history import SettingsHistory
from shared.repositories.statistics import Statistics
from shared.repositories.summaries import Summaries
from shared.repositories.tombstones import Tombstones
from shared.repositories.unanswered import UnansweredQuestions
from shared.repositories.usage import Usage
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_log import WebhookLog
from shared.repositories.workspace_changes import ChannelTaken
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Document, Mongo
from shared.storage.redis import Redis
from shared.storage.scoped import Scoped
from shared.templates.definitions import ReportedTemplate, TemplateDefinition
from tests.repositories.builders import NOW, PHONE, later, only_channel, outbound, status, workspace_file
from tests.repositories.isolation_cases import ACROSS, COLLECTIONS, SCOPED
from tests.repositories.samples import (
    API_KEY,
    AUDIT_ENTRY,
    BROADCAST,
    CALL,
    CALL_OUT,
    CANNED,
    CHANGE,
    CHANNEL,
    CLAIMED,
    CONVERSATION,
    DECISION,
    DRAFT,
    ERROR,
    EVENT_OF_ACCOUNT,
    FAILED,
    FLOW_DRAFT,
    FLOW_LAYOUT,
    FLOW_TESTS,
    HELD,
    INVITATION,
    JOB,
    LETTER,
    LOGGED,
    MEDIA,
    MEMBER,
    MESSAGE,
    OPERATION,
    ORDER,
    PERIOD,
    QUESTION,
    RECIPIENT,
    REPLAY,
    REPLAY_JOB,
    REPLAYED,
    RUNNING_JOB,
    SETTINGS_CHANGE,
    SUMMARY,
    VIEW,
)


def repositories() -> list[type]:
    """The classes of shared.repositories that do something."""
    found: list[type] = []
    for info in pkgutil.iter_modules(shared.repositories.__path__, f"{shared.repositories.__name__}."):
        module = importlib.import_module(info.name)
        found += [
            one
            for _, one in inspect.getmembers(module, inspect.isclass)
            if one.__module__ == info.name and not one.__name__.startswith("_") and public_methods(one)
        ]
    return found


def public_methods(of: type) -> set[str]:
    """The coroutines of a class that others may call."""
    return {name for name, value in inspect.getmembers(of, inspect.iscoroutinefunction) if not name.startswith("_")}


def test_every_method_of_every_repository_is_covered() -> None:
    scoped = {one.__name__ for one in SCOPED if one is not Eraser}  # of `shared.maintenance`
    assert {one.__name__ for one in repositories()} == scoped | ACROSS
    for one, tries in SCOPED.items():
        assert set(tries) == public_methods(one), one
        assert list(inspect.signature(one).parameters) == ["mongo", "workspace"]


async def fill(mongo: Mongo) -> None:
    """Give `acme` one of each."""
    await Conversations(mongo, "acme").save(CONVERSATION, 0, DECISION)
    await InboundMessages(mongo, "acme").add(MESSAGE, turn=1, decision="faq", routed_at=NOW)
    await Customers(mongo, "acme").record_contact("u1", MESSAGE, NOW)
    await Identities(mongo, "acme").resolve([(PHONE,)], NOW)
    sent = OutboundMessages(mongo, "acme")
    await sent.claim(CLAIMED, "a", NOW)
    await sent.claim(HELD, "a", NOW, state=OutboundState.HELD)
    await sent.claim(FAILED, "a", NOW)
    await sent.record_accepted(FAILED.id, "a", "wamid.3", NOW)
    await sent.status(status(Status.FAILED, FAILED, provider_id="wamid.3"))
    await AiCalls(mongo, "acme").add(CALL)
    await Summaries(mongo, "acme").put(SUMMARY)
    await ChannelStates(mongo).stop(CHANNEL, ERROR, NOW)
    await Tombstones(mongo, "acme").mark(["u1"], NOW)
    await Tombstones(mongo, "acme").mark_messages([MESSAGE.id])
    await OperationOutcomes(mongo, "acme").add(OPERATION)
    await DeadLetterIndex(mongo, "acme").write([LETTER])
    replays = DeadLetterReplays(mongo, "acme")
    await replays.record(LETTER.id, reason=LETTER.reason, by="u9", at=NOW, offset=1, again=False)
    await Notes(mongo, "acme").add("note", CONVERSATION.id, NoteAdded(text="VIP", turn=1, by="ada"), NOW)
    await UnansweredQuestions(mongo, "acme").add(QUESTION, CONVERSATION.id, UnansweredQuestion(text="Do you fly?"), NOW)
    await Orders(mongo, "acme").place(ORDER, "u1", CONVERSATION.id, NOW)
    await ConversationChanges(mongo, "acme").add("c1", CONVERSATION.id, 1, [CHANGE], NOW)
    await Statistics(mongo, "acme").count_and_store(*PERIOD)
    await Flows(mongo, "acme").put("hello", "v1", "flow: hello", NOW)
    await FlowDrafts(mongo, "acme").save(FLOW_DRAFT)
    await FlowLayouts(mongo, "acme").put("hello", FLOW_LAYOUT)
    await FlowTestTexts(mongo, "acme").save(FLOW_TESTS)
    await Usage(mongo, "acme").add("2026-03", messages=1)
    await Broadcasts(mongo, "acme").create(BROADCAST)
    await BroadcastRecipients(mongo, "acme").add("b1", [RECIPIENT])
    await WebhookDeliveries(mongo, "acme").add(CALL_OUT, NOW, later(9), "HTTP 500")
    await WebhookLog(mongo, "acme").write([LOGGED])
    await AccountEvents(mongo, "acme").add(EVENT_OF_ACCOUNT, "account_update X", "noted")
    await SeenMarks(mongo, "acme").mark("m1", CONVERSATION.id, 1, NOW)
    await Drafts(mongo, "acme").put("m1", CONVERSATION.id, DRAFT)
    await CannedReplies(mongo, "acme").add(CANNED)
    await SavedViews(mongo, "acme").add(VIEW)
    await SettingsHistory(mongo, "acme").add(SETTINGS_CHANGE)
    await MediaStore(mongo, "acme").put_chunk(MEDIA, 0, b"png")
    await MediaStore(mongo, "acme").finish(MEDIA)
    for job in (JOB, RUNNING_JOB, REPLAY_JOB):
        await Jobs(mongo, "acme").add(job)
    await Replays(mongo, "acme").add(REPLAY)
    await ReplayResults(mongo, "acme").add(REPLAYED)
    for file, data in (("result", b"Phone"), ("refused", b"Line"), ("preview", b'{"columns":[],"lines":[]}')):
        await JobFiles(mongo, "acme").put(JOB.id, file, 0, data, later(99))
    await ProviderTemplates(mongo, "acme").replace(
        "14", [ReportedTemplate(TemplateDefinition(name="news"), "APPROVED")], NOW
    )
    await Members(mongo, "acme").add(MEMBER)
    await ApiKeys(mongo, "acme").create(API_KEY)
    await Invitations(mongo, "acme").create(INVITATION)
    await AuditLog(mongo, "acme").add(AUDIT_ENTRY)


@pytest.fixture
async def filled(mongo: Mongo) -> Mongo:
    """A database in which `acme` has one of each."""
    await fill(mongo)
    return mongo


async def everything(mongo: Mongo, workspace: str = "acme") -> dict[str, list[Document]]:
    return {name: await mongo.collection(name).find({"workspace": workspace}) for name in COLLECTIONS}


@pytest.mark.parametrize("of", SCOPED, ids=lambda of: of.__name__)
async def test_other_workspace_reads_and_changes_nothing(filled: Mongo, of: type) -> None:
    """Not even with the right ids in its hands; nor does it leave anything of its own where acme would meet it."""
    before = await everything(filled)
    for name, (ask, told) in SCOPED[of].items():
        if isinstance(told, type) and issubclass(told, Exception):
            with pytest.raises(told):
                await ask(of(filled, "rival"))
        else:
            assert await ask(of(filled, "rival")) == told, name
        assert await everything(filled) == before, name
        assert not any((await everything(filled, "rival")).values()), name


async def test_other_workspace_cannot_write_for_this_one(filled: Mongo) -> None:
    """A record that says that it is of acme is refused by a repository that is not."""
    before = await everything(filled)
    for refused in (
        OutboundMessages(filled, "rival").claim(CLAIMED, "b", NOW),
        InboundMessages(filled, "rival").add(MESSAGE, turn=1, decision="x", routed_at=NOW),
        AiCalls(filled, "rival").add(CALL),
    ):
        with pytest.raises(ValueError, match="own workspace"):
            await refused
    assert await everything(filled) == before


async def test_id_of_another_workspace_cannot_be_claimed(filled: Mongo) -> None:
    """It must not look as if the claim had been taken: nothing of that send would be recorded."""
    with pytest.raises(ValueError, match="own workspace"):
        await OutboundMessages(filled, "rival").claim(outbound(), "b", NOW)
    with pytest.raises(Conflict):
        same_id = msgspec.structs.replace(outbound(), workspace="rival")
        await OutboundMessages(filled, "rival").claim(same_id, "b", NOW)
    mine = await OutboundMessages(filled, "acme").get(outbound().id)
    assert mine is not None
    assert (mine.state, mine.claim) == (OutboundState.SENDING, "a")


async def test_status_by_provider_id_stays_within_its_workspace(filled: Mongo) -> None:
    await OutboundMessages(filled, "acme").record_accepted(outbound().id, "a", "wamid.out", NOW)
    by_id = status(Status.READ, outbound(), workspace="rival", ours=False)
    assert await OutboundMessages(filled, "rival").status(by_id) is None
    assert await OutboundMessages(filled, "acme").status(by_id) is not None


ASKING: dict[str, Callable[[Scoped, Document], Awaitable[object]]] = {
    "find_one": lambda scoped, query: scoped.find_one(query),
    "find": lambda scoped, query: scoped.find(query),
    "insert": lambda scoped, query: scoped.insert(query),
    "update": lambda scoped, query: scoped.update(query, {"$set": {"x": 1}}),
    "upsert": lambda scoped, query: scoped.update(query, {"$set": {"x": 1}}, upsert=True),
    "find_and_update": lambda scoped, query: scoped.find_and_update(query, {"$set": {"x": 1}}),
    "update_many": lambda scoped, query: scoped.update_many(query, {"$set": {"x": 1}}),
    "upsert_each": lambda scoped, query: scoped.upsert_each([(query, [{"$set": {"x": 1}}])]),
    "change_each": lambda scoped, query: scoped.change_each([(query, {"$set": {"x": 1}})]),
    "aggregate": lambda scoped, query: scoped.aggregate(query, []),
    "count": lambda scoped, query: scoped.count(query),
    "total": lambda scoped, query: scoped.total(query, "cost_usd"),
    "delete": lambda scoped, query: scoped.delete(query),
}


@pytest.mark.parametrize("asked", ["acme", {"$ne": "rival"}, {"$exists": True}, None], ids=repr)
@pytest.mark.parametrize("name", ASKING)
async def test_query_for_another_workspace_is_refused(mongo: Mongo, name: str, asked: object) -> None:
    scoped = Scoped(mongo.collection("customers"), "rival")
    with pytest.raises(ValueError, match="own workspace"):
        await ASKING[name](scoped, {"_id": "x", "workspace": asked})
    assert await mongo.collection("customers").find({}) == []


async def test_query_without_a_workspace_gets_its_own(mongo: Mongo) -> None:
    one, other = (Scoped(mongo.collection("customers"), name) for name in ("one", "other"))
    await one.insert({"_id": "1", "n": 1})
    await other.insert({"_id": "2", "n": 1})
    assert await one.find({}) == [{"_id": "1", "n": 1, "workspace": "one"}]
    assert len(await other.find({"n": 1})) == 1
    assert await other.update({"n": 1}, {"$inc": {"n": 1}}) == 1
    assert await one.find_one({"n": 2}) is None


async def test_operations_on_channels_name_their_workspace(filled: Mongo) -> None:
    """Another workspace has a channel of the same name."""
    states = ChannelStates(filled)
    theirs = Channel(workspace="rival", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
    before = await everything(filled)
    assert not await states.request_resume("rival", "main")
    assert await states.how_many_held("rival", "main") == "0"
    assert await states.held_of("rival") == {}
    assert await states.held_of("acme") == {"main": 1}
    assert await states.stopped_channel("acme", "main") is not None
    assert await states.stopped_channel("acme", "tw") is None
    assert await states.stopped_channel("rival", "main") is None
    assert await states.lease("rival", "main", "me", NOW, 9.0), "of its own channel"
    assert await states.stop(theirs, ERROR, NOW)
    (stopped,) = [one for one in await states.stopped() if one.workspace == "rival"]
    assert await states.stopped_channel("rival", "main") == stopped
    assert await states.mark_resumed(stopped, NOW)
    assert await states.stopped_channel("rival", "main") is None
    assert await everything(filled) == before


async def test_workspace_cannot_take_the_number_of_another(mongo: Mongo, redis: Redis, clock: FixedClock) -> None:
    """Nor does it find it with its own name."""
    secrets = Secrets({"k1": b"1" * 32})
    editor = WorkspaceEditor(mongo, redis, secrets, clock)
    await editor.apply(workspace_file("acme"))
    before = await everything(mongo)
    with pytest.raises(ChannelTaken):
        await editor.apply(workspace_file("rival", **only_channel()))
    assert await Workspaces(mongo, clock).get("rival") is None
    directory = Directory(mongo, redis, secrets, clock)
    assert await directory.by_workspace("rival") == ()
    assert await directory.channel("rival", "main") is None
    assert await everything(mongo) == before
