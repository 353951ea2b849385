"""Error rules have only fields that are used, and docs/when-sending-fails.md lists every code."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.messages.inbound import Consent
from shared.providers.error_rules import DAY, ErrorRule, rule_for_http_status
from shared.providers.errors import ErrorKind, SendError
from shared.providers.meta import errors as meta
from shared.providers.msg91 import errors as msg91
from shared.providers.twilio import errors as twilio

DOC = Path(__file__).parents[2] / "docs" / "when-sending-fails.md"
CLASSES = {
    ErrorKind.CHANNEL: "channel",
    ErrorKind.TRANSIENT: "temporary",
    ErrorKind.THROTTLE_CHANNEL: "throttled channel",
    ErrorKind.THROTTLE_CUSTOMER: "throttled customer",
    ErrorKind.WINDOW: "window",
    ErrorKind.OPT_OUT: "opted out",
    ErrorKind.PERMANENT: "permanent",
}
"""Name of each kind in the documentation; none of the tables has another (`in_doubt` is no code)."""
OPTED_OUT_OF = {Consent.STOP: "all", Consent.STOP_MARKETING: "marketing"}
HTTP = (302, 400, 401, 403, 404, 429, 500, 503)


def rows() -> Iterator[tuple[str, ErrorRule]]:
    """Return all rules by the code as the documentation writes it."""
    yield from ((f"Meta {code}", rule) for code, rule in meta.CODES.items())
    yield from ((f"Meta {codes.start} … {codes.stop - 1}", rule) for codes, rule in meta.RANGES)
    yield from ((f"Meta {code}, subcode {sub}", rule) for (code, sub), rule in meta.SUBCODES.items())
    yield from ((f"Twilio {code}", rule) for code, rule in twilio.CODES.items())


RULES = dict(rows())


def besides(rule: ErrorRule) -> str:
    """Return the consequences beyond the error class, worded as in the documentation."""
    consequences = [
        f"at most {rule.max_attempts} tries" if rule.max_attempts else "",
        f"next attempt after {rule.wait:g} s at the soonest" if rule.wait else "",
        f"the customer has opted out of {OPTED_OUT_OF[rule.consent]}" if rule.consent else "",
        f"the template is noted as {rule.template}" if rule.template else "",
        "held off broadcasts' templates for a day" if rule.hold_off else "",
        "the customer is marked undeliverable" if rule.undeliverable else "",
    ]
    return "; ".join(filter(None, consequences))


def documented() -> dict[str, str]:
    """Return the rows of the documentation's table of codes."""
    _, _, section = DOC.read_text().partition("\n## Code by code\n")
    lines = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith(("| Meta", "| Twilio"))]
    return {line.split("|")[1].strip(): line for line in lines}


def test_documentation_lists_every_error_code() -> None:
    made = {code: f"| {code} | {CLASSES[rule.kind]} | {besides(rule)} | {rule.title} |" for code, rule in RULES.items()}
    assert documented() == {code: " ".join(line.split()) for code, line in made.items()}
    assert list(documented()) == list(made), "in the order of the tables"


@pytest.mark.parametrize("code", RULES)
def test_rule_has_only_fields_used_for_its_kind(code: str) -> None:
    rule = RULES[code]
    tried_again = rule.kind in {ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL, ErrorKind.THROTTLE_CUSTOMER}
    assert rule.kind in CLASSES
    assert rule.title.endswith(".")
    assert rule.max_attempts is None or (rule.kind is ErrorKind.TRANSIENT and 1 < rule.max_attempts < 15)
    assert rule.wait is None or (tried_again and 0 < rule.wait <= 300)
    assert (rule.consent is not None) is (rule.kind is ErrorKind.OPT_OUT)
    assert rule.consent in {None, *OPTED_OUT_OF}
    assert rule.template in {"", "PAUSED", "DISABLED"}
    assert rule.hold_off in {None, DAY}
    for final in (rule.template, rule.hold_off, rule.undeliverable):
        assert not final or rule.kind is ErrorKind.PERMANENT


def carried(error: SendError, rule: ErrorRule) -> bool:
    """Return whether an error has all fields of its rule."""
    wanted = {"retry_after" if each.name == "wait" else each.name for each in dataclasses.fields(ErrorRule)} - {"title"}
    values = dataclasses.asdict(rule) | {"retry_after": rule.wait}
    return all(getattr(error, name) == values[name] for name in wanted) and error.title == rule.title


Failing = Callable[[int], SendError]
ROADS: list[tuple[str, str, Failing]] = [
    ("meta answers", "Meta", lambda code: meta.classify(400, code)),
    ("meta reports", "Meta", meta.classify_status_error),
    ("twilio answers", "Twilio", lambda code: twilio.classify(400, code)),
    ("twilio reports", "Twilio", lambda code: twilio.classify_status_error(str(code))),
    ("msg91 answers", "MSG91", lambda code: msg91.classify(400, code)),
    ("msg91 reports", "MSG91", lambda code: msg91.classify_status_error(str(code))),
]


@pytest.mark.parametrize(("provider", "failing"), [road[1:] for road in ROADS], ids=[road[0] for road in ROADS])
def test_error_has_all_fields_of_its_rule(provider: str, failing: Failing) -> None:
    """For answers and statuses; MSG91 has only WhatsApp's own codes, of six digits."""
    rules = twilio.CODES if provider == "Twilio" else dict(meta.CODES)
    if provider == "Meta":
        rules |= {code: rule for codes, rule in meta.RANGES for code in codes}
    if provider == "MSG91":
        rules = {code: rule for code, rule in rules.items() if code >= 100_000}
    assert rules
    for code, rule in rules.items():
        assert carried(failing(code), rule), code


@pytest.mark.parametrize("status", HTTP)
def test_http_status_without_a_code_does_not_change_the_customer(status: int) -> None:
    rule = rule_for_http_status(status)
    assert rule.kind in {ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL, ErrorKind.PERMANENT}
    assert (rule.consent, rule.template, rule.hold_off, rule.undeliverable) == (None, "", None, False)
