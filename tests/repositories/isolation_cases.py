"""Cases for `test_isolation`: a call of each repository method as a rival workspace, with the expected result."""

from tests.repositories.isolation_console_cases import CONSOLE
from tests.repositories.isolation_conversation_cases import CONVERSATIONS
from tests.repositories.isolation_customer_cases import CUSTOMERS
from tests.repositories.isolation_try import Try

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
SCOPED: dict[type, dict[str, Try]] = {**CONVERSATIONS, **CUSTOMERS, **CONSOLE}
"""By repository of one workspace: a case for each public method."""
# Classes that read all workspaces on purpose: users and what belongs to a user, the look-up of API keys, queues of due
# work, the directory of numbers, states of channels, caches, the usage meter and the editor of workspaces.
# test_isolation.py has tests of its own for them.
ACROSS = {
    "AccountLinks",
    "ApiKeyDirectory",
    "BroadcastQueue",
    "WebhookQueue",
    "ChannelStates",
    "CustomerCounts",
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
