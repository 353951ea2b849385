"""Derives from a business's own texts what its answers may contain. Made once for each revision of a workspace.
Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from services.ai.checks import bare, contacts, leaks, links, prices, promises
from services.ai.checks.contacts import KnownContacts
from services.ai.checks.links import NamedLinks
from services.ai.checks.plain_text import plain
from services.ai.checks.prices import ProductPrice, StatedAmount
from services.ai.checks.products import ProductNames
from services.ai.checks.promises import Promises
from shared.domain import ids
from shared.text.phrases import folded
from shared.workspace.config import Workspace

# A text that addresses a model does not count as the business's, wherever it stands.
_MODEL_WORDS_TEXT = """
assistant system ignore instruction instructions prompt chatbot bot gpt claude llm ai
"""
_MODEL_WORDS = frozenset(_MODEL_WORDS_TEXT.split())
_BROKEN = re.compile(r"(?<=[^\s.!?:;])[^\S\n]*\n[^\S\n]*(?=[^\W\dA-Z])")
_QUESTION = re.compile(
    r"[?？؟]|^(?:what|how|when|where|which|who|is|are|do|does|can|was|wie|wo|que|como|combien|quel)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """Limits of a workspace's answers. region: of the business; currencies: of its products. named: where
    links may lead. known: contacts. names and prices: of the catalogue. stated: amounts in its texts; numbers:
    all numbers in them; promised: discounts and free things in them.

    secret: sequences of words of the instructions that nothing else has by chance; prompt: sentences of the business's
    prompt, most of which must not be repeated; marker: forms of the prompt's marker, which must never appear.
    """

    region: str
    currencies: frozenset[str]
    named: NamedLinks
    known: KnownContacts
    names: ProductNames
    prices: tuple[ProductPrice, ...]
    stated: tuple[StatedAmount, ...]
    numbers: frozenset[Decimal]
    promised: Promises
    secret: tuple[str, ...]
    prompt: tuple[str, ...]
    marker: tuple[str, ...]


def canary_of(workspace: str) -> str:
    """Return a marker that is in no other text."""
    return ids.derived_id("canary", workspace).replace("-", "")[:20]


def rules_of(workspace: Workspace, secret: Iterable[str] = ()) -> AnswerRules:
    """Return the rules of a workspace. secret: instructions that the model gets besides the business's own."""
    own, asked = _own_texts(workspace), _questions(workspace)
    answered = [(plain(faq.question), _joined(plain(faq.answer))) for faq in workspace.faqs]
    called = ((product.sku, "" if _addresses_model(product.name) else product.name) for product in workspace.catalog)
    names, region = ProductNames(called), workspace.region
    currencies = frozenset(product.currency for product in workspace.catalog)
    numbers = frozenset(contacts.digits_of(channel.address) for channel in workspace.channels)
    return AnswerRules(
        region=region,
        currencies=currencies,
        named=links.named_by(
            (*own, *(a for _, a in answered)), workspace.name or workspace.workspace, workspace.bot.link_hosts
        ),
        known=contacts.contacts_named_in((*own, *(a for _, a in answered))).union(KnownContacts(numbers)),
        names=names,
        prices=tuple(ProductPrice(product.price, frozenset({product.currency})) for product in workspace.catalog),
        stated=(
            *prices.amounts_stated_in((*own, *asked), region, currencies),
            *(amount for q, a in answered for amount in prices.amounts_stated_in((a,), region, currencies, q)),
        ),
        numbers=bare.numbers_in((*own, *asked, *(a for _, a in answered)), region),
        promised=promises.promised_in([(text, "") for text in own] + [(a, q) for q, a in answered], names),
        secret=leaks.runs_of(secret),
        prompt=leaks.sentences_of(workspace.bot.system_prompt),
        marker=leaks.forms_of(canary_of(workspace.workspace)),
    )


def with_texts(rules: AnswerRules, texts: Iterable[str], *, ad: bool = True) -> AnswerRules:
    """Return the rules with further texts of the business: an ad that a customer came from, or (ad=False) a flow's
    instructions, and messages of agents and of the shop.
    """
    more = [_joined(plain(text)) for text in texts if text]
    if not more:
        return rules
    return replace(
        rules,
        named=rules.named if ad else rules.named.union(links.named_by(more, "")),
        known=rules.known.union(contacts.contacts_named_in(more)),
        stated=(*rules.stated, *prices.amounts_stated_in(more, rules.region, rules.currencies)),
        numbers=rules.numbers | bare.numbers_in(more, rules.region),
        promised=rules.promised.union(promises.promised_in([(text, "") for text in more], rules.names, all_shares=ad)),
    )


def _own_texts(workspace: Workspace) -> tuple[str, ...]:
    own = (
        workspace.bot.system_prompt,
        *(
            text
            for product in workspace.catalog
            if not _addresses_model(text := f"{product.name} {product.description}")
        ),
    )
    return tuple(_joined(plain(text)) for text in own)


def _joined(text: str) -> str:
    """Return a text without line breaks within a sentence, as editors insert them."""
    return _BROKEN.sub(" ", text)


def _questions(workspace: Workspace) -> tuple[str, ...]:
    """Return the questions of the FAQ: amounts in them may be named. Statements and orders among them are left out."""
    asked = (text for faq in workspace.faqs for text in (faq.question, *faq.variants))
    return tuple(plain(text) for text in asked if _QUESTION.search(text.strip()) and not _addresses_model(text))


def _addresses_model(text: str) -> bool:
    return not _MODEL_WORDS.isdisjoint(folded(text).split())
