"""Placeholders of the guides' commands, and what the tests put in their place."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from shared.clock import SystemClock
from tests.guides.sample import PASSWORD, Sample

TABLE_FLOW = "table.yaml"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A word of commands that a reader replaces. command: a pattern of page and command, as in
    `docs/faq.md parley faq check shop.yaml`. value: makes what the command needs, and returns its name.
    """

    command: str
    word: str
    value: Callable[[Sample], str]


def _signed_in(sample: Sample) -> str:
    sample.sign_in()
    return "curl"


def _ops(sample: Sample) -> str:
    """Return the address of metrics and statistics of one process."""
    (address, *_) = sample.live.stack.info["ops"]["router"]
    return str(address)


def _last_week() -> str:
    return f"{SystemClock().now() - timedelta(days=7):%Y-%m-%d}"


PLACEHOLDERS = (
    # Messages and dead letters
    Placeholder(r"docs/tools.md parley trace ID", "ID", lambda one: one.proposal()),
    Placeholder(r"docs/guard.md parley trace ID", "ID", lambda one: one.guarded_answer()),
    Placeholder(
        r"docs/models.md parley trace ID",
        "ID",
        lambda one: one.message("My order came broken, this is a terrible mess and I want to complain"),
    ),
    Placeholder(r"parley trace ID", "ID", Sample.message),
    Placeholder(r"parley trace CORRELATION_ID", "CORRELATION_ID", Sample.correlation),
    Placeholder(r"parley dlq (show|replay) ID", "ID", Sample.dead_letter),
    Placeholder(r"parley dlq (list|replay) --reason REASON", "REASON", lambda one: one.reason("handler_failed")),
    *(
        Placeholder(rf"parley dlq (list|replay) --reason {reason}", reason, partial(Sample.reason, reason=reason))
        for reason in ("handler_failed", "in_doubt", "send_rejected", "webhook_failed")
    ),
    Placeholder(r"parley dlq list \|", "list", lambda one: one.dead_letter() and "list"),
    Placeholder(r"parley dlq replay --since 2h", "2h", lambda one: one.dead_letter() and "2h"),
    Placeholder(r"parley tail TOPIC", "TOPIC", lambda one: "inbound.messages"),
    Placeholder(r"parley models close MODEL", "MODEL", lambda one: "claude-haiku-5-5"),
    Placeholder(r"parley topics resize", "inbound.messages", Sample.topic_at_rest),
    # Files
    Placeholder(r"parley flow \w+ FILE", "FILE", lambda one: TABLE_FLOW),
    Placeholder(r"parley media upload FILE", "FILE", lambda one: "brochure.pdf"),
    Placeholder(r"parley restore /backup/FILE", "/backup/FILE", Sample.backup),
    Placeholder(r"parley restore .*parley2", "parley2", Sample.database),
    Placeholder(r"parley backup /backup", "/backup", Sample.folder_of_backups),
    Placeholder(r"parley backup FILE", "FILE", lambda one: "first.jsonl.gz"),
    Placeholder(r"parley archive move --to DIR", "DIR", lambda one: "archive"),
    Placeholder(r"archive move --to /archive .* --yes", "/archive", lambda one: one.old_customer() and "archive"),
    Placeholder(r"--to /backup/archive", "/backup/archive", lambda one: "archive"),
    Placeholder(r"--(to|archive) /archive", "/archive", lambda one: "archive"),
    Placeholder(r"first-number.md parley apply -f workspace.yaml", "workspace.yaml", lambda one: "shop.yaml"),
    Placeholder(r"parley replay .*--since 2026", "2026-11-01", lambda one: _last_week()),
    Placeholder(r"parley console recount", "2026-03-14", lambda one: _last_week()),
    Placeholder(r"parley faq unanswered -w shop", "shop", lambda one: one.shop()),
    Placeholder(r"parley flow pull NAME", "NAME", Sample.draft),
    # People and customers
    Placeholder(r"parley user create ada", "ada@example.com", lambda one: "ada-too@example.com"),
    Placeholder(r"parley user create EMAIL", "EMAIL", lambda one: "eve@example.com"),
    Placeholder(r"parley user sessions bob", "bob@example.com", lambda one: one.member("bob@example.com")),
    Placeholder(r"parley customers erase", '"0803 123 4567"', lambda one: f'"{one.writer()}"'),
    Placeholder(r"parley (archive find|customers erase)", '"+234 803 123 4567"', lambda one: f'"{one.old_customer()}"'),
    # Broadcasts
    Placeholder(r"parley broadcast pause (spring|NAME)", r"(spring|NAME)", lambda one: one.broadcast("start")),
    Placeholder(
        r"parley broadcast resume (spring|NAME)", r"(spring|NAME)", lambda one: one.broadcast("start", "pause")
    ),
    Placeholder(r"parley broadcast retry NAME", "NAME", Sample.sent_broadcast),
    Placeholder(r"parley broadcast start NAME", "NAME", Sample.broadcast),
    Placeholder(r"parley broadcast status NAME", "NAME", lambda one: one.broadcast("start")),
    # Orders, webhooks, channels
    Placeholder(r"orders advance K7M4-Q2XC shipped", "K7M4-Q2XC", lambda one: one.order("confirmed")),
    Placeholder(r"parley orders (show|advance)", "K7M4-Q2XC", lambda one: one.order()),
    Placeholder(r"parley webhooks log WEBHOOK", "WEBHOOK", lambda one: "crm"),
    Placeholder(r"parley channels resume", "WORKSPACE/CHANNEL", Sample.stopped_channel),
    Placeholder(r"parley stats \| grep", "WORKSPACE", lambda one: "acme"),
    Placeholder(r"WORKSPACE\b(?!/)", "WORKSPACE", lambda one: "acme"),
    # Addresses and keys
    Placeholder(r"parley stats --ops", "http://HOST:9100", _ops),
    Placeholder(r"docs/api.md curl", "curl", _signed_in),
    Placeholder(r"curl", "http://127.0.0.1:8090", lambda one: str(one.live.stack.info["console"])),
    Placeholder(r"curl", "https://console.example.com", lambda one: str(one.live.stack.info["console"])),
    Placeholder(r"curl", "https://YOUR-HOST", lambda one: str(one.live.stack.info["ingress"])),
    Placeholder(r"curl", "pk_…", lambda one: one.variables["KEY"]),
    Placeholder(r"curl", '"…"', lambda one: f'"{PASSWORD}"'),
)


def matching(page: str, text: str) -> list[Placeholder]:
    return [one for one in PLACEHOLDERS if re.search(one.command, f"{page} {text}")]


def filled(page: str, text: str, sample: Sample) -> str:
    """Return a command with what the test has in place of its placeholders, after making it."""
    for one in matching(page, text):
        word = one.word if one.word.startswith("(") else re.escape(one.word)
        place = re.compile(rf"(?<![\w-]){word}(?![\w-])" if one.word[0].isalnum() else word)
        if place.search(text):
            value = one.value(sample).replace("\\", r"\\")
            text = place.sub(value, text)
    return text
