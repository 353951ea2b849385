"""Checks the amounts of money in an answer: by the price of the product near them, or by the business's texts. Pure.

An amount beside a product must be its price, times a quantity that the customer or the answer names. Other amounts
must be in the business's own texts, in messages of the shop or an agent, or in the prompt. Sums, differences, parts
and percentages of allowed amounts are allowed where the answer says that they are such.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from services.ai.checks import money, numbers
from services.ai.checks.money import Amount, same_currency
from services.ai.checks.products import Mention, ProductNames
from services.ai.checks.promises import THINGS, concepts_of
from services.ai.checks.text import clause_at, denied, sentences, spans_of_sentences
from services.ai.checks.wording import BUDGET, DIFFERENCES, PARTS, RATED, TOTALS
from shared.text.phrases import folded

_MAX_QUANTITY = 1000
_SMALL_CATALOGUE = 50  # products; an amount is hardly ever one of their multiples by chance
_MAX_NUMBERS = 24  # possible quantities
_MAX_LISTED = 12  # amounts of the texts on the answer's topics
_MAX_SUMS = 20_000  # combinations of prices that are tried
_MAX_SUMMED = 10  # amounts of an answer
_HEADINGS = 3  # lines before an amount that may say what it is for
_FOR = re.compile(r" ?(?:each )?(?:for|per|pour|für|para|por|pro) (?:\w+ ){0,2}", re.IGNORECASE)
_AFFORDS = re.compile(
    r"\b(?:you|ihr|sie) (?:can|could|k[öo]nnen) (?:\w+ )?(?:get|buy|have|afford|take)\b", re.IGNORECASE
)
_TOO_LOW = re.compile(
    r"[\s,]*(?:is|are|would be|'s|es|é|c'est|est|ist)?\s*(?:(?:a bit|far|way|much|really|muy|muito|leider|zu)\s+)*"
    r"(?:too (?:low|little|small)|not (?:enough|possible)|below|under|less than|demasiado (?:poco|bajo)|poco|bajo"
    r"|pouco|baixo|trop (?:peu|bas)|wenig|niedrig)\b",
    re.IGNORECASE,
)
"""Behind the amount that a customer has offered."""
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class StatedAmount:
    """An amount in a text of the business. words: topics of its sentence and of the lines before; near: topics of the
    words beside it.
    """

    values: frozenset[Decimal]
    codes: frozenset[str]
    words: frozenset[str]
    near: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProductPrice:
    """The price of one piece of a product."""

    value: Decimal
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """The facts that amounts are checked against. prices: by product; names: of the products. rates: percentages in the
    business's texts. bare: allowed amounts without a currency, from the customer's own orders.
    """

    prices: Sequence[ProductPrice]
    names: ProductNames
    stated: tuple[StatedAmount, ...]
    rates: frozenset[Decimal]
    bare: frozenset[Decimal]
    region: str
    currencies: frozenset[str]


def amounts_stated_in(
    texts: Iterable[str], region: str, currencies: frozenset[str], about: str = ""
) -> tuple[StatedAmount, ...]:
    """Return the amounts in plain texts. about: the question that the texts answer."""
    found: list[StatedAmount] = []
    for text in texts:
        before: list[frozenset[str]] = [concepts_of(about)]
        for sentence in sentences(text):
            words = concepts_of(sentence)
            heading = frozenset().union(*before[-_HEADINGS:]) & THINGS
            all_words = words | heading | before[0]
            for amount in money.amounts(sentence, region, currencies):
                clause, earlier = clause_at(sentence, amount.start)
                near = concepts_of(clause) or concepts_of(earlier) or concepts_of(about)
                found.append(StatedAmount(amount.values, amount.codes, all_words, near))
            before.append(words)
    return tuple(found)


class AmountCheck:
    """The check of one answer's amounts. customer_texts: the customer's messages, oldest first. all_texts: messages of
    both sides."""

    def __init__(
        self,
        text: str,
        facts: PriceFacts,
        customer_texts: Sequence[str],
        all_texts: Sequence[str],
        amounts: Sequence[Amount],
    ) -> None:
        self._text = text
        self._amounts = amounts
        self._spans = [(*span, set(folded(text[span[0] : span[1]]).split())) for span in spans_of_sentences(text)]
        self._facts = facts
        self._mentions = facts.names.mentions(text)
        self._customer_numbers = self._numbers(customer_texts[-3:])
        self._pieces = {Decimal(1)} | self._numbers(
            [_without(text, facts, amounts), *(_without(message, facts) for message in customer_texts[-3:])]
        )
        self._question = customer_texts[-1:]
        self._discussed = [
            product
            for words in all_texts[-6:]
            for mention in facts.names.mentions(words)
            for product in mention.products
        ]
        self._allowed: list[tuple[Decimal, frozenset[str]]] = []

    def first_without_basis(self) -> Amount | None:
        """Return the first amount without a basis; None: all have one."""
        left = [amount for amount in self._amounts if not self._has_basis(amount)]
        while left:
            still = [amount for amount in left if not self._is_computed(amount)]
            if len(still) == len(left):
                return left[0]
            left = still
        return None

    def _numbers(self, texts: Sequence[str]) -> set[Decimal]:
        found = {number for text in texts for number in numbers.counts_in(text, self._facts.region)}
        return set(sorted(number for number in found if 0 < number <= 10**7)[:_MAX_NUMBERS])

    def _sentence(self, amount: Amount) -> tuple[int, int, set[str]]:
        """Return the span and the words of its sentence."""
        return next(span for span in self._spans if span[0] <= amount.start <= span[1])

    def _has_basis(self, amount: Amount) -> bool:
        """Return whether it is a price, an amount of the texts, or denied."""
        start, end, words = self._sentence(amount)
        sentence, at = self._text[start:end], amount.start - start
        if denied(sentence[:at], sentence[amount.end - start :]) and not amount.values & {
            price.value for price in self._facts.prices
        }:
            return True
        if amount.values & self._customer_numbers and _TOO_LOW.match(sentence[amount.end - start :]):
            return True
        if (words & BUDGET or _AFFORDS.search(sentence)) and self._is_budget(amount, start, end):
            return True
        near = self._near(amount, start, end)
        clause, before = clause_at(sentence, at)
        about = concepts_of(clause) or concepts_of(before)
        thing = near is None and about & THINGS and TOTALS.isdisjoint(folded(clause).split())
        value = None if thing else self._price(amount, near, about)
        if value is None:
            asked = " ".join(self._question) if near is None and not about else ""  # `It's 12` is about the question
            bound = bool(near or thing or self._facts.names.mentions(asked))
            value = self._of_texts(amount, about or concepts_of(asked), bound=bound)
        if value is None:
            return False
        self._allowed.append((value, amount.codes))
        return True

    def _is_budget(self, amount: Amount, start: int, end: int) -> bool:
        """Return whether it is the customer's budget, and enough for what the sentence offers for it."""
        offered = {
            product for mention in self._mentions if start <= mention.start < end for product in mention.products
        }
        least = min((self._facts.prices[product].value for product in offered), default=Decimal(0))
        return any(value >= least for value in amount.values & self._customer_numbers)

    def _near(self, amount: Amount, start: int, end: int) -> Mention | None:
        """Return the product that an amount belongs to: the one behind it in `4.20 for the rye`, otherwise the last
        one before it in its sentence, else the first behind it.
        """
        inside = [mention for mention in self._mentions if start <= mention.start < end]
        before = [mention for mention in inside if mention.end <= amount.start]
        behind = [mention for mention in inside if mention.start >= amount.end]
        if behind and _FOR.fullmatch(self._text[amount.end : behind[0].start]):
            return behind[0]
        return before[-1] if before else behind[0] if behind else None

    def _price(self, amount: Amount, near: Mention | None, about: frozenset[str]) -> Decimal | None:
        """Return the price that an amount is: of the product near it, of products mentioned before, or of any. about:
        topics around it; in a large catalogue, where most amounts are some price, there must be none.
        """
        if near is not None:
            return self._multiple(amount, near.products)
        if self._discussed and (found := self._multiple(amount, self._discussed)) is not None:
            return found
        if len(self._facts.prices) <= _SMALL_CATALOGUE:
            return self._multiple(amount, range(len(self._facts.prices)))
        if self._discussed or any(word.isascii() for word in about):
            return None
        return next((price.value for price in self._facts.prices if _equal(amount, price.value, price.codes)), None)

    def _multiple(self, amount: Amount, products: Iterable[int]) -> Decimal | None:
        """Return the price of a product times a quantity that was named, if the amount is that."""
        for number in products:
            price = self._facts.prices[number]
            for pieces in self._pieces:
                if pieces <= _MAX_QUANTITY and _equal(amount, price.value * pieces, price.codes):
                    return price.value * pieces
        return None

    def _of_texts(self, amount: Amount, about: frozenset[str], *, bound: bool) -> Decimal | None:
        """Return the amount if a text of the business has it; beside a product or service only on the same topic."""
        if same := amount.values & self._facts.bare:
            return min(same)
        fits = [
            fact
            for fact in self._facts.stated
            if amount.values & fact.values
            and same_currency(amount.codes, fact.codes)
            and (not bound or about & fact.words)
        ]
        fits = [fact for fact in fits if not self._says_another(fact, about)]
        elsewhere = any(about & fact.near for fact in self._facts.stated)  # the words are those of another amount
        fits = [fact for fact in fits if not elsewhere or about & fact.near or about & fact.words & THINGS]
        return max(amount.values & fits[0].values) if fits else None

    def _lists_several(self, sentence: str) -> bool:
        """Return whether a sentence names several things of a price list: `two burgers and fries`."""
        about = concepts_of(sentence) - THINGS
        given = [fact for fact in self._facts.stated if fact.near & about and not self._says_another(fact, about)]
        return any(fact.near & about != given[0].near & about for fact in given)

    def _says_another(self, given: StatedAmount, about: frozenset[str]) -> bool:
        """Return whether another amount fits the topics better: beside `sea view room` the amount of the `standard
        room` is wrong."""
        shared = about & given.near
        return bool(shared) and any(
            shared < about & fact.near and not fact.values & given.values for fact in self._facts.stated
        )

    def _is_computed(self, amount: Amount) -> bool:
        """Return whether it can be computed from allowed amounts, and the answer says so."""
        start, end, words = self._sentence(amount)
        sentence = self._text[start:end]
        named = sum(start <= mention.start < end for mention in self._mentions)
        several = named > 1 or self._lists_several(sentence)
        codes = self._facts.currencies.union(*(codes for _, codes in self._allowed))
        if not same_currency(amount.codes, codes):
            return False
        listed = self._listed(summed="=" in sentence or "+" in sentence)
        base = self._base() | listed
        ways: list[set[Decimal]] = [listed]
        if words & TOTALS or "=" in sentence or "+" in sentence or several or len(self._allowed) > 1:
            ways.append(self._sums(base))
        if words & DIFFERENCES:
            ways.append({abs(first - other) for first in base for other in base})
        if words & PARTS or "x de" in folded(sentence):
            ways.append({price / pieces for price in base for pieces in self._pieces if 1 < pieces <= 36})
        if rates := self._rates():
            ways.append({price * share for price in base for rate in rates for share in _shares_of(rate)})
        for way in ways:
            value = next((result for value in amount.values for result in way if _about(value, result)), None)
            if value is not None and value > 0:
                self._allowed.append((value, amount.codes))
                return True
        return False

    def _base(self) -> set[Decimal]:
        """Return allowed amounts and the prices of mentioned products, each times the quantities that were named."""
        products = {product for mention in self._mentions for product in mention.products} or set(self._discussed)
        single = {value for value, _ in self._allowed} | {self._facts.prices[product].value for product in products}
        single |= self._facts.bare
        return {value * pieces for value in single for pieces in self._pieces if pieces <= _MAX_QUANTITY}

    def _listed(self, *, summed: bool) -> set[Decimal]:
        """Return the amounts of the texts on the answer's topics, as in a price list without a catalogue, times the
        quantities."""
        spoken = concepts_of(" ".join((self._text, *self._question)))
        spoken -= THINGS
        stated = [
            fact
            for fact in self._facts.stated
            if fact.near & spoken and (summed or not self._says_another(fact, spoken))
        ]
        values = [value for fact in stated for value in fact.values][:_MAX_LISTED]
        return {value * pieces for value in values for pieces in self._pieces if pieces <= _MAX_QUANTITY}

    def _combined(self) -> set[Decimal]:
        """Return the totals of the mentioned products, for each combination of the named quantities."""
        sums = {Decimal(0)}
        products = {product for mention in self._mentions for product in mention.products} or set(self._discussed)
        for number in sorted(products):
            costs = [self._facts.prices[number].value * pieces for pieces in (Decimal(0), *sorted(self._pieces))]
            sums = {total + cost for total in sums for cost in costs} if len(sums) * len(costs) <= _MAX_SUMS else sums
        return sums

    def _sums(self, base: set[Decimal]) -> set[Decimal]:
        stated = {value for fact in self._facts.stated for value in fact.values} if self._adds_a_fee() else set()
        pairs = {first + other for first in base for other in base}
        sums = pairs | {price + fee for price in (*base, *pairs) for fee in stated} if len(stated) < 60 else pairs
        held = [value for value, _ in self._allowed][:_MAX_SUMMED]
        running = {Decimal(0)}
        for value in held:
            running |= {total + value for total in running}
        return sums | self._combined() - base | running - {Decimal(0), *held}

    def _adds_a_fee(self) -> bool:
        """Return whether the answer mentions what an amount of the texts is for, such as delivery."""
        words = concepts_of(self._text)
        return any(words & fact.words for fact in self._facts.stated)

    def _rates(self) -> frozenset[Decimal]:
        """Return the business's percentages that the answer names, or all where it mentions a discount or a deposit."""
        if any(words & RATED for _, _, words in self._spans):
            return self._facts.rates
        return self._facts.rates & {share for share, _, _ in money.percentages(self._text)}


def _without(text: str, facts: PriceFacts, amounts: Sequence[Amount] | None = None) -> str:
    """Return a text without amounts, percentages and numbers in names: the numbers left are quantities and the like."""
    amounts = money.amounts(text, facts.region, facts.currencies) if amounts is None else amounts
    spans = [(amount.start, amount.end) for amount in amounts]
    spans += [(start, end) for _, start, end in money.percentages(text)]
    for start, end in (*spans, *facts.names.coded(text)):
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def _equal(amount: Amount, value: Decimal, codes: frozenset[str]) -> bool:
    return value > 0 and value.normalize() in amount.values and same_currency(amount.codes, codes)


def _shares_of(rate: Decimal) -> tuple[Decimal, ...]:
    share = rate / 100
    return (share, 1 - share, 1 + share)


def _about(value: Decimal, exact: Decimal) -> bool:
    """Return whether a value is an exact one, rounded to cents, or to whole units if it is written so."""
    if value == exact:
        return True
    step = Decimal(1) if value == value.to_integral_value() else _CENT
    low, high = exact.quantize(step, ROUND_FLOOR), exact.quantize(step, ROUND_CEILING)
    return value in (low, high)
