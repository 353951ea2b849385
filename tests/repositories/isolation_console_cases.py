"""Cases for `test_isolation`: members, keys, lists of people, jobs, webhooks and dead letters."""

import msgspec

from shared.domain.accounts import Role, Sees
from shared.domain.jobs import JobState
from shared.errors import Conflict, Unstorable
from shared.repositories.api_keys import ApiKeys
from shared.repositories.audit import AuditFilter, AuditLog
from shared.repositories.canned_replies import CannedReplies
from shared.repositories.dead_letter_index import DeadLetterIndex
from shared.repositories.dead_letter_replays import DeadLetterReplays
from shared.repositories.invitations import Invitations
from shared.repositories.job_files import JobFiles
from shared.repositories.jobs import Jobs, LeaseLost
from shared.repositories.members import MemberRules, Members
from shared.repositories.operation_outcomes import OperationOutcomes
from shared.repositories.saved_views import SavedViews
from shared.repositories.settings_history import SettingsHistory
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_log import WebhookLog
from tests.repositories.builders import NOW, later
from tests.repositories.isolation_try import Try
from tests.repositories.samples import (
    API_KEY,
    AUDIT_ENTRY,
    CANNED,
    INVITATION,
    JOB,
    LETTER,
    LOGGED,
    MEMBER,
    OPERATION,
    REPLAY_JOB,
    RUNNING_JOB,
    SETTINGS_CHANGE,
    THEIR_CALL_OUT,
    THEIRS,
    UNSTORABLE,
    VIEW,
)


async def _begin_release(it: Members) -> None:
    """Note it in the workspace's own rules, which are made for it; remove them again."""
    await it.begin_release("user:p1", NOW)
    assert await it._collection.delete({}) == 1


CONSOLE: dict[type, dict[str, Try]] = {
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
        "report": (lambda it: it.report(RUNNING_JOB, NOW, {"rows": 9}), LeaseLost),
        "release": (lambda it: it.release(RUNNING_JOB, NOW), None),
        "finish": (lambda it: it.finish(RUNNING_JOB, JobState.DONE, NOW), LeaseLost),
    },
    JobFiles: {
        "put": (lambda it: it.put(JOB.id, "result", 0, b"x", NOW), None),
        "has": (lambda it: it.has(JOB.id, "result"), False),
        "remove": (lambda it: it.remove(JOB.id), 0),
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
    WebhookDeliveries: {
        "add": (lambda it: it.add(THEIR_CALL_OUT, NOW, NOW, "why"), False),
        "record_failure": (lambda it: it.record_failure("d1", later(9), "why"), None),
        "remove": (lambda it: it.remove("d1"), False),
        "waiting": (lambda it: it.waiting("crm", limit=9), 0),
        "waits": (lambda it: it.waits("d1"), False),
        "next_try": (lambda it: it.next_try("crm", NOW), None),
    },
    WebhookLog: {
        "write": (lambda it: it.write([LOGGED]), ValueError),
        "page": (lambda it: it.page("crm", None, 9), []),
        "get": (lambda it: it.get("d1"), None),
        "given_up": (lambda it: it.given_up("crm"), []),
        "mark_replayed": (lambda it: it.mark_replayed(["d1"]), 0),
    },
    Members: {
        "add": (lambda it: it.add(MEMBER), ValueError),
        "found": (lambda it: it.found(MEMBER), ValueError),
        "may_found": (lambda it: it.may_found("p1"), True),
        "get": (lambda it: it.get("p1"), None),
        "current": (lambda it: it.current("p1"), None),
        "all": (lambda it: it.all(), []),
        "change": (lambda it: it.change("p1", 1, role=Role.VIEWER, sees=Sees.ALL, channels=()), Conflict),
        "remove": (lambda it: it.remove("p1"), False),
        "begin_release": (_begin_release, None),
        "end_release": (lambda it: it.end_release("user:p1", NOW), None),
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
}
