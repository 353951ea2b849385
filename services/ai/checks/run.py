"""Checks an answer against the rules of its workspace. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from services.ai.checks import bare, claims, contacts, leaks, links, money, numbers, promises
from services.ai.checks.links import FoundLink
from services.ai.checks.plain_text import plain
from services.ai.checks.prices import AmountCheck, PriceFacts
from services.ai.checks.rules import AnswerRules, with_texts

_MAX_SHOWN = 60  # characters
_HALF = Decimal(50)  # per cent


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """Why an answer may not be sent. kind: link, contact, price, discount, order or leak. found: in the answer, for the
    model that is called again; empty where it must not be repeated.
    """

    kind: str
    found: str = ""


_WHY = {
    "link": "it links to an address that the business has not named",
    "contact": "it has a phone number, address or account that is neither the business's nor the customer's",
    "price": "it has an amount of money that is no price of that product and stands nowhere in this prompt",
    "discount": "it gives a discount or something for free that the business has not promised",
    "order": "it says that an order was placed or changed, of which this prompt knows nothing, and you cannot do that",
    "leak": "it repeats what is not for customers",
}


def correction_for(problem: AnswerProblem) -> str:
    """Return the instruction for asking the model again."""
    found = " ".join(problem.found.replace("<", "(").replace(">", ")").replace('"', "'").split())[:_MAX_SHOWN]
    named = f' ("{found}")' if found else ""
    return f"Your last answer was not sent: {_WHY[problem.kind]}{named}. Answer again without that."


def check_answer(
    answer: str,
    rules: AnswerRules,
    customer_texts: Iterable[str] = (),
    business_texts: Iterable[str] = (),
    of_orders: frozenset[Decimal] = frozenset(),
    given: Iterable[str] = (),
) -> AnswerProblem | None:
    """Return why the answer may not be sent; None: it may. customer_texts: the customer's messages.
    business_texts: ours, without those of a model.

    of_orders: amounts of the customer's own orders, from tools. given: texts of the prompt about this customer and this
    answer, in the business's own words.
    """
    text, theirs = links.spoken_out(plain(answer)), [plain(message) for message in customer_texts]
    ours = [plain(message) for message in business_texts]
    given = tuple(given)
    rules = with_texts(rules, (*ours, *given), ad=False)
    found = links.links(text, rules.named.labels)
    if leaks.leaks(_without_links(text, found, rules), rules.marker, rules.secret, rules.prompt):
        return AnswerProblem("leak")
    for link in found:
        if not _may_link(link, rules):
            return AnswerProblem("link", text[link.start : link.end])
    coded = [span for span in rules.names.coded(text) if not money.is_beside_a_currency(text, *span)]
    amounts = money.amounts(_masked(text, coded), rules.region, rules.currencies)
    spans = [*((link.start, link.end) for link in found), *((amount.start, amount.end) for amount in amounts), *coded]
    spans += [(start, end) for _, start, end in money.percentages(text)]
    known = rules.known.union(contacts.contacts_named_in(theirs))
    for contact in contacts.contacts(text, rules.region, spans):
        if not contacts.is_known(contact, known):
            return AnswerProblem("contact", contact)
    amounts = [*amounts, *_bare(text, rules, theirs, spans)]
    if amount := _amount_without_basis(text, rules, theirs, ours, of_orders, amounts):
        return AnswerProblem("price", amount)
    gift = promises.unpromised(text, rules.promised, rules.names, theirs)
    if gift:
        return AnswerProblem("discount", gift)
    claim = claims.unfounded(text, (*ours, *map(plain, given)), knows_orders=bool(of_orders))
    return AnswerProblem("order", claim) if claim else None


def problem_kind(answer: str, rules: AnswerRules, *args: Any, **kwargs: Any) -> str:
    """Return the kind of the problem; empty: there is none. Further arguments are those of `check_answer`."""
    problem = check_answer(answer, rules, *args, **kwargs)
    return problem.kind if problem else ""


def _may_link(link: FoundLink, rules: AnswerRules) -> bool:
    if links.may_link(link, rules.named):
        return True
    number = contacts.digits_of(link.path) if link.host in ("wa.me", "api.whatsapp.com") else ""
    return bool(number) and contacts.is_known(number, rules.known)


def _without_links(text: str, found: list[FoundLink], rules: AnswerRules) -> str:
    """Return the text without allowed links, which may be long and unreadable."""
    for link in found:
        if links.may_link(link, rules.named):
            text = f"{text[: link.start]}{' ' * (link.end - link.start)}{text[link.end :]}"
    return text


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = f"{text[:start]}{'_' * (end - start)}{text[end:]}"
    return text


def _bare(text: str, rules: AnswerRules, theirs: list[str], spans: list[tuple[int, int]]) -> list[money.Amount]:
    """Return the amounts without a currency, if the business has any prices. spans: what is something else."""
    if not (rules.prices or rules.stated) or not any(map(str.isdigit, text)):
        return []
    asked = frozenset(number for message in theirs[-3:] for number in numbers.counts_in(message, rules.region))
    found = bare.bare_amounts(
        text,
        rules.names.mentions(text),
        [price.value for price in rules.prices],
        spans,
        named=rules.numbers,
        asked=asked,
        region=rules.region,
    )
    return list(islice(found, money.MAX_AMOUNTS))


def _amount_without_basis(
    text: str,
    rules: AnswerRules,
    theirs: list[str],
    ours: list[str],
    of_orders: frozenset[Decimal],
    amounts: list[money.Amount],
) -> str:
    """Return an amount that has no basis; empty: there is none."""
    if not amounts or len(amounts) >= money.MAX_AMOUNTS:
        return amounts[-1].written if amounts else ""
    facts = PriceFacts(
        prices=rules.prices,
        names=rules.names,
        stated=rules.stated,
        rates=rules.promised.rates | rules.promised.shares | ({_HALF} if rules.promised.half else set()),
        bare=frozenset(amount.normalize() for amount in of_orders),
        region=rules.region,
        currencies=rules.currencies,
    )
    bad = AmountCheck(text, facts, theirs, [*ours, *theirs], amounts).first_without_basis()
    return bad.written if bad else ""
