"""The one table of rights: which roles and which scopes of API keys allow what.

Every route declares one right (`services.console.caller.needs`); the application does not start with one that has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.accounts import Role as Role


class Right(StrEnum):
    """The right to use a route."""

    PUBLIC = "public"  # without signing in
    SELF = "self"  # every signed-in person, outside any workspace
    SELF_SENSITIVE = "self_sensitive"  # the same, with a fresh proof
    OWN = "own"  # every member, for the own things in a workspace: drafts, seen marks, views
    CONVERSATIONS_READ = "conversations_read"
    CONVERSATIONS_WRITE = "conversations_write"
    MESSAGES_READ = "messages_read"
    MESSAGES_WRITE = "messages_write"
    EVENTS_READ = "events_read"
    SEARCH = "search"
    CUSTOMERS_READ = "customers_read"
    PHONE_NUMBERS = "phone_numbers"  # see them in full; for decisions within routes
    CUSTOMERS_WRITE = "customers_write"
    CUSTOMERS_IMPORT = "customers_import"
    CUSTOMERS_EXPORT = "customers_export"
    CUSTOMERS_ERASE = "customers_erase"
    ORDERS_READ = "orders_read"
    ORDERS_WRITE = "orders_write"
    BROADCASTS_READ = "broadcasts_read"
    BROADCASTS_WRITE = "broadcasts_write"
    COMMANDS_READ = "commands_read"  # outcomes; keys without `broadcasts:read` get those of their own commands
    FLOWS_READ = "flows_read"
    FLOWS_WRITE = "flows_write"
    CONTENT_READ = "content_read"  # FAQ, unanswered questions, catalogue, templates, canned replies, labels, segments
    CONTENT_WRITE = "content_write"
    CANNED_WRITE = "canned_write"
    SETTINGS_READ = "settings_read"
    SETTINGS_WRITE = "settings_write"
    CHANNELS_READ = "channels_read"
    CHANNELS_OPERATE = "channels_operate"  # check, resume
    CREDENTIALS = "credentials"  # of channels
    WEBHOOKS_READ = "webhooks_read"
    WEBHOOKS_WRITE = "webhooks_write"
    WEBHOOK_SECRETS = "webhook_secrets"
    ANALYTICS_READ = "analytics_read"
    JOBS_READ = "jobs_read"
    REPLAYS_READ = "replays_read"
    REPLAYS_VOTE = "replays_vote"
    REPLAYS_RUN = "replays_run"  # costs money
    REPLAYS_EXPORT = "replays_export"  # customers' questions of days
    MEMBERS_READ = "members_read"
    MEMBERS_WRITE = "members_write"
    KEYS_READ = "keys_read"
    KEYS_WRITE = "keys_write"
    AUDIT_READ = "audit_read"
    AUDIT_EXPORT = "audit_export"
    LETTERS_READ = "letters_read"
    LETTERS_REPLAY = "letters_replay"
    STATUS_READ = "status_read"


@dataclass(frozen=True, slots=True)
class Rule:
    """The callers who have a right. roles: of members. scopes: of keys, any of which is enough; none: people only.
    fresh: only with a proof of the last ten minutes that it is still the same person.
    """

    roles: frozenset[Role]
    scopes: frozenset[str] = frozenset()
    fresh: bool = False


_ALL = frozenset(Role)
_AGENTS = frozenset({Role.OWNER, Role.ADMIN, Role.AGENT})
_ADMINS = frozenset({Role.OWNER, Role.ADMIN})
_OWNERS = frozenset({Role.OWNER})


def _rule(roles: frozenset[Role], *scopes: str, fresh: bool = False) -> Rule:
    return Rule(roles, frozenset(scopes), fresh)


RULES: Mapping[Right, Rule] = {
    Right.PUBLIC: _rule(frozenset()),
    Right.SELF: _rule(frozenset()),
    Right.SELF_SENSITIVE: _rule(frozenset(), fresh=True),
    Right.OWN: _rule(_ALL),
    Right.CONVERSATIONS_READ: _rule(_ALL, "conversations:read"),
    Right.CONVERSATIONS_WRITE: _rule(_AGENTS, "conversations:write"),
    Right.MESSAGES_READ: _rule(_ALL, "messages:read"),
    Right.MESSAGES_WRITE: _rule(_AGENTS, "messages:write"),
    Right.EVENTS_READ: _rule(_ALL, "events:read"),
    Right.SEARCH: _rule(_ALL, "customers:read", "orders:read", "messages:read"),
    Right.CUSTOMERS_READ: _rule(_ALL, "customers:read"),
    Right.PHONE_NUMBERS: _rule(_AGENTS, "customers:read"),
    Right.CUSTOMERS_WRITE: _rule(_AGENTS, "customers:write"),
    Right.CUSTOMERS_IMPORT: _rule(_ADMINS, "customers:write"),
    Right.CUSTOMERS_EXPORT: _rule(_ADMINS, fresh=True),
    Right.CUSTOMERS_ERASE: _rule(_OWNERS, fresh=True),
    Right.ORDERS_READ: _rule(_ALL, "orders:read"),
    Right.ORDERS_WRITE: _rule(_AGENTS, "orders:write"),
    Right.BROADCASTS_READ: _rule(_ALL, "broadcasts:read"),
    Right.BROADCASTS_WRITE: _rule(_ADMINS, "broadcasts:write"),
    Right.COMMANDS_READ: _rule(
        _ALL, "broadcasts:read", "broadcasts:write", "messages:write", "content:write", "channels:write"
    ),
    Right.FLOWS_READ: _rule(_ALL, "flows:read"),
    Right.FLOWS_WRITE: _rule(_ADMINS, "flows:write"),
    Right.CONTENT_READ: _rule(_ALL, "content:read"),
    Right.CONTENT_WRITE: _rule(_ADMINS, "content:write"),
    Right.CANNED_WRITE: _rule(_AGENTS, "content:write"),
    Right.SETTINGS_READ: _rule(_ALL, "settings:read"),
    Right.SETTINGS_WRITE: _rule(_ADMINS, "settings:write"),
    Right.CHANNELS_READ: _rule(_ALL, "channels:read"),
    Right.CHANNELS_OPERATE: _rule(_ADMINS, "channels:write"),
    Right.CREDENTIALS: _rule(_OWNERS, fresh=True),
    Right.WEBHOOKS_READ: _rule(_ADMINS, "webhooks:read"),
    Right.WEBHOOKS_WRITE: _rule(_ADMINS, "webhooks:write"),
    Right.WEBHOOK_SECRETS: _rule(_ADMINS, fresh=True),
    Right.ANALYTICS_READ: _rule(frozenset({Role.OWNER, Role.ADMIN, Role.VIEWER}), "analytics:read"),
    Right.JOBS_READ: _rule(_ADMINS, "customers:write"),
    Right.REPLAYS_READ: _rule(_ALL, "conversations:read"),
    Right.REPLAYS_VOTE: _rule(_AGENTS),
    Right.REPLAYS_RUN: _rule(_ADMINS),
    Right.REPLAYS_EXPORT: _rule(_ADMINS, fresh=True),
    Right.MEMBERS_READ: _rule(_ALL, "members:read"),
    Right.MEMBERS_WRITE: _rule(_ADMINS, fresh=True),
    Right.KEYS_READ: _rule(_ADMINS),
    Right.KEYS_WRITE: _rule(_ADMINS, fresh=True),
    Right.AUDIT_READ: _rule(_ADMINS, "audit:read"),
    Right.AUDIT_EXPORT: _rule(_ADMINS, fresh=True),
    Right.LETTERS_READ: _rule(_OWNERS),
    Right.LETTERS_REPLAY: _rule(_OWNERS, fresh=True),
    Right.STATUS_READ: _rule(_ADMINS, "status:read"),
}

SCOPES = frozenset(scope for rule in RULES.values() for scope in rule.scopes)
"""All scopes that a key may have."""

OF_EVERY_PERSON = frozenset({Right.SELF, Right.SELF_SENSITIVE})
"""The rights of every signed-in person, outside any workspace."""
