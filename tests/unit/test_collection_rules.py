"""Each collection has a rule for erasure and backup, and the eraser follows it."""

import re
from pathlib import Path

from shared.maintenance.collection_rules import NOT_BACKED_UP, RULES, Erasure
from shared.maintenance.eraser import ErasureSubject, _queries

ROOT = Path(__file__).parents[2]
_DEFINED = re.compile(r'^([A-Z_]+) = "([a-z_]+)"', re.MULTILINE)
_USED = re.compile(r"collection\(([A-Z_]+)\)")
_LITERAL = re.compile(r'collection\("([a-z_]+)"\)')


def collections() -> set[str]:
    """The names of all collections that the code of `shared` and `services` uses."""
    found: set[str] = set()
    for path in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")]:
        text = path.read_text()
        defined = dict(_DEFINED.findall(text))
        found |= {defined[name] for name in ("COLLECTION", *_USED.findall(text)) if name in defined}
        found |= set(_LITERAL.findall(text))
    return found


def test_every_collection_has_a_rule_for_erasure_and_backup() -> None:
    found = collections()
    assert {"conversations", "media_chunks", "dead_letter_replays"} <= found
    assert not found - RULES.keys()


def test_eraser_removes_or_bares_exactly_what_the_rules_say() -> None:
    subject = ErasureSubject(customer_ids=("u1",), identities=("+234",), conversation_ids=("c1",))
    by_rule = {name for name, rule in RULES.items() if rule.erasure in (Erasure.REMOVED, Erasure.BARED)}
    assert by_rule & collections() == _queries("acme", subject).keys()


def test_every_rule_is_of_a_collection_that_the_code_uses() -> None:
    assert not RULES.keys() - collections()


def test_page_about_operations_names_what_backups_leave_out() -> None:
    (row,) = re.findall(r"^\| left out \| (.+) \|$", (ROOT / "docs/operations.md").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"`([a-z_]+)`", row)) == NOT_BACKED_UP


def test_every_rule_that_keeps_documents_says_why() -> None:
    assert not [name for name, rule in RULES.items() if rule.erasure is not Erasure.REMOVED and not rule.why]
