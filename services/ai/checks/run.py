"""Checks an answer against the rules. Pure."""

import re
from collections.abc import Iterable
from decimal import Decimal

from services.ai.checks import found
from services.ai.checks.rules import Rules
from shared.words import folded

_MOST_PIECES = 1000  # of one product in one answer
_SHARE = 0.5  # of the sentences of the owner's prompt
_LEAST_SENTENCES = 4
_KINDS = 10  # different characters of a long word that is no mere cry
_UNREADABLE = re.compile(r"[A-Za-z0-9+/=_-]{80,}")


def problem(answer: str, rules: Rules, heard: Iterable[str] = (), said: Iterable[str] = ()) -> str:
    """Why the answer may not be sent; empty: it may. heard: the customer's messages; said: ours that no model wrote."""
    text = found.plain(answer)
    if _leaks(text, rules):
        return "leak"
    if any(not _allowed(host, rules) for host in found.hosts(text)):
        return "link"
    contacts, amounts = list(found.contacts(text)), list(found.amounts(text))
    ours = [found.plain(one) for one in said] if contacts or amounts else []
    theirs = [found.plain(one) for one in heard] if contacts else []
    if any(not _known(one, rules, (*theirs, *ours)) for one in contacts):
        return "contact"
    if _invents_a_price(amounts, rules, ours):
        return "price"
    return "discount" if _promises(text, rules) else ""


def _allowed(host: str, rules: Rules) -> bool:
    return any(host == one or host.endswith(f".{one}") or f"www.{host}" == one for one in rules.hosts)


def _known(contact: str, rules: Rules, spoken: Iterable[str]) -> bool:
    if contact in rules.contacts or any(_same_number(contact, one) for one in rules.contacts):
        return True
    return any(contact in one.lower() or _same_number(contact, found.digits(one)) for one in spoken)


def _same_number(one: str, other: str) -> bool:
    """The last nine digits; what stands before them is the country's, and may be left out."""
    return one.isdigit() and len(one) >= 9 and one[-9:] in other


def _invents_a_price(amounts: Iterable[Decimal], rules: Rules, ours: Iterable[str]) -> bool:
    named = {amount for one in ours for amount in found.amounts(one)} | rules.amounts
    return any(amount not in named and not _follows(amount, rules) for amount in amounts)


def _follows(amount: Decimal, rules: Rules) -> bool:
    """Whether so much is what some pieces of one product cost, or of two."""
    if any(amount % price == 0 and amount / price <= _MOST_PIECES for price in rules.prices if price > 0):
        return True
    return any(amount - some in rules.multiples for some in rules.multiples if some < amount)


def _promises(text: str, rules: Rules) -> bool:
    if any(share not in rules.percentages for share in found.percentages(text)):
        return True
    return any(not any(what & promised for promised in rules.free) for what in found.given_away(text))


def _leaks(text: str, rules: Rules) -> bool:
    squeezed = re.sub(r"[\W_]", "", text).lower()
    if rules.canary in squeezed or rules.canary[::-1] in squeezed:
        return True
    if any(len(set(run)) >= _KINDS for run in _UNREADABLE.findall(text)):
        return True
    words = f" {folded(text)} "
    if any(f" {run} " in words for run in rules.secret):
        return True
    repeated = sum(f" {one} " in words for one in rules.prompt)
    return len(rules.prompt) >= _LEAST_SENTENCES and repeated / len(rules.prompt) > _SHARE
