"""Cases for `test_isolation`: customers, orders, broadcasts, flows, templates and replays."""

from decimal import Decimal

import msgspec

from shared.domain import ids
from shared.domain.broadcast import RecipientState, Variant
from shared.domain.conversation import CustomerChange, CustomerRegistered
from shared.domain.orders import OrderState, UnknownOrder
from shared.domain.replays import Stopped
from shared.errors import Conflict, Unstorable
from shared.maintenance.eraser import Eraser
from shared.repositories.account_events import AccountEvents
from shared.repositories.broadcast_recipients import BroadcastRecipients, DeferredRetries
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.customer_lists import CustomerLists
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.customers import Customers
from shared.repositories.flow_drafts import FlowDrafts
from shared.repositories.flow_layouts import FlowLayout, FlowLayouts
from shared.repositories.flow_tests import FlowTestTexts
from shared.repositories.flows import Flows
from shared.repositories.identities import Identities
from shared.repositories.orders import Orders
from shared.repositories.provider_templates import ProviderTemplates
from shared.repositories.replay_results import ReplayResults, ResultFilter
from shared.repositories.replays import Replays
from shared.repositories.running_flows import RunningFlows
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Duplicate
from tests.repositories.builders import NOW, PHONE, later
from tests.repositories.isolation_try import Try
from tests.repositories.samples import (
    BROADCAST,
    CONVERSATION,
    EVENT_OF_ACCOUNT,
    FLOW_DRAFT,
    FLOW_TESTS,
    MESSAGE,
    ORDER,
    PERSON,
    RECIPIENT,
    REPLAY,
    REPLAYED,
    RIVALS_PERSON,
    STEP,
    THEIR_MESSAGE,
    THEIRS,
    UNSTORABLE,
)

ERASED_FROM = (
    *("messages", "outbound", "ai_calls", "summaries", "notes", "unanswered", "broadcast_recipients", "orders"),
    "webhook_log",
    "job_files",
    "replay_results",
    *("conversation_changes", "conversations", "customers", "identities", "seen", "drafts", "media", "media_chunks"),
)
CUSTOMERS: dict[type, dict[str, Try]] = {
    Customers: {
        "record_contact": (lambda it: it.record_contact("u1", THEIR_MESSAGE, later(99)), False),
        "update_contact": (lambda it: it.update_contact("u1", THEIR_MESSAGE, later(99)), None),
        "register": (
            lambda it: it.register("u1", CustomerRegistered(identity=PHONE, phone=PHONE), CONVERSATION.id, NOW),
            None,
        ),
        "get": (lambda it: it.get("u1"), None),
        "get_many": (lambda it: it.get_many(["u1"]), {}),
        "tag_states": (lambda it: it.tag_states(["u1"]), {}),
        "cards": (lambda it: it.cards(["u1"]), {"u1": {"id": "u1"}}),
        "apply": (lambda it: it.apply("u1", CustomerChange(opted_out=True), "c", NOW), False),
        "mark_undeliverable": (lambda it: it.mark_undeliverable("u1", NOW), False),
        "hold_off": (lambda it: it.hold_off("u1", later(99)), False),
        "find_conversations": (lambda it: it.find_conversations(PHONE, limit=9), []),
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
    CustomerLists: {
        "page": (lambda it: it.page(None, "", NOW, limit=9), ([], None)),
    },
    Identities: {
        "resolve": (lambda it: it.resolve([], NOW), []),
        "key_of": (lambda it: it.key_of([PHONE]), None),
        "customer_id": (lambda it: it.customer_id(PHONE), ids.customer_id("rival", PHONE)),
        "of_keys": (lambda it: it.of_keys([PHONE]), []),
        "keys_of": (lambda it: it.keys_of([PHONE]), {}),
        "redirect": (lambda it: it.redirect("none~1", "none~2", [], NOW), None),
        "assign": (lambda it: it.assign(PHONE, [], NOW), []),
        "release": (lambda it: it.release(PHONE, PHONE), None),
        "forget": (lambda it: it.forget([PHONE]), None),
    },
    CustomerMerges: {
        "merge": (lambda it: it.merge(PHONE, PHONE, NOW), None),
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
        "started": (lambda it: it.started(NOW, later(999), 9), []),
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
        "results_since": (lambda it: it.results_since("b1", NOW), 0),
        "counts": (lambda it: it.counts("b1"), dict.fromkeys(RecipientState, 0)),
        "counts_of_variants": (
            lambda it: it.counts_of_variants("b1"),
            dict.fromkeys(Variant, dict.fromkeys(RecipientState, 0)),
        ),
        "in_flight": (lambda it: it.in_flight("b1"), 0),
        "reasons": (lambda it: it.reasons("b1", RecipientState.PENDING), {}),
        "results": (lambda it: it.results("b1", NOW, 9), []),
        "retry": (lambda it: it.retry("b1", NOW), 0),
        "retryable": (lambda it: it.retryable("b1", NOW), 0),
        "deferred_retries": (lambda it: it.deferred_retries("b1", NOW), DeferredRetries(count=0)),
        "read_at_once": (lambda it: it.read_at_once("b1", NOW), 0),
        "cancel": (lambda it: it.cancel("b1"), 0),
        "clear": (lambda it: it.clear("b1"), 0),
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
}
