"""What a business's own texts allow. Made once for each revision of a workspace. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from services.ai.checks import contacts, leaks, links, prices, promises
from services.ai.checks.contacts import KnownContacts
from services.ai.checks.links import NamedLinks
from services.ai.checks.prices import ProductPrice, StatedAmount
from services.ai.checks.products import ProductNames
from services.ai.checks.promises import Promises
from services.ai.checks.text import plain
from shared.domain import ids
from shared.text.words import folded
from shared.workspace.config import Workspace

# A text that speaks to a model is none of the business's, wherever it stands.
_TO_A_MODEL_TEXT = """
assistant system ignore instruction instructions prompt chatbot bot gpt claude llm ai
"""
_TO_A_MODEL = frozenset(_TO_A_MODEL_TEXT.split())
_BROKEN = re.compile(r"(?<=[^\s.!?:;])[^\S\n]*\n[^\S\n]*(?=[^\W\dA-Z])")
_QUESTION = re.compile(
    r"[?？؟]|^(?:what|how|when|where|which|who|is|are|do|does|can|was|wie|wo|que|como|combien|quel)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """region: of the business; currencies: of its products. named: where links may lead. known: contacts. names and
    prices: of the catalogue. stated: amounts in its own texts; promised: discounts and what is for nothing, likewise.

    secret: words in a row of the instructions that nobody says by chance; prompt: sentences of the business's own, of
    which not most are to be repeated; marker: how the prompt's marker may be written, which is never to come out.
    """

    region: str
    currencies: frozenset[str]
    named: NamedLinks
    known: KnownContacts
    names: ProductNames
    prices: tuple[ProductPrice, ...]
    stated: tuple[StatedAmount, ...]
    promised: Promises
    secret: tuple[str, ...]
    prompt: tuple[str, ...]
    marker: tuple[str, ...]
    bare: frozenset[Decimal] = frozenset()


def canary_of(workspace: str) -> str:
    """A marker that no text of people has."""
    return ids.derived_id("canary", workspace).replace("-", "")[:20]


def rules_of(workspace: Workspace, secret: Iterable[str] = ()) -> AnswerRules:
    """The rules of a workspace. secret: the instructions that the model gets besides the business's own."""
    own, asked = _own_texts(workspace), _questions(workspace)
    answered = [(plain(faq.question), _joined(plain(faq.answer))) for faq in workspace.faqs]
    called = ((one.sku, "" if _to_a_model(one.name) else one.name) for one in workspace.catalog)
    names, region = ProductNames(called), workspace.region
    currencies = frozenset(product.currency for product in workspace.catalog)
    numbers = frozenset(contacts.digits_of(channel.address) for channel in workspace.channels)
    return AnswerRules(
        region=region,
        currencies=currencies,
        named=links.named_by(
            (*own, *(a for _, a in answered)), workspace.name or workspace.workspace, workspace.bot.link_hosts
        ),
        known=contacts.contacts_named_in((*own, *(a for _, a in answered))).with_(KnownContacts(numbers)),
        names=names,
        prices=tuple(ProductPrice(product.price, frozenset({product.currency})) for product in workspace.catalog),
        stated=(
            *prices.stated_in((*own, *asked), region, currencies),
            *(one for q, a in answered for one in prices.stated_in((a,), region, currencies, q)),
        ),
        promised=promises.promised_in([(text, "") for text in own] + [(a, q) for q, a in answered], names),
        secret=leaks.runs_of(secret),
        prompt=leaks.sentences_of(workspace.bot.system_prompt),
        marker=leaks.forms_of(canary_of(workspace.workspace)),
    )


def with_texts(rules: AnswerRules, texts: Iterable[str], *, ad: bool = True) -> AnswerRules:
    """The rules with further texts of the business's own: an ad that a customer came from, or (ad: no) what a flow
    wants, and what a person or the shop has said.
    """
    more = [_joined(plain(text)) for text in texts if text]
    if not more:
        return rules
    return replace(
        rules,
        named=rules.named if ad else rules.named.with_(links.named_by(more, "")),
        known=rules.known.with_(contacts.contacts_named_in(more)),
        stated=(*rules.stated, *prices.stated_in(more, rules.region, rules.currencies)),
        promised=rules.promised.with_(promises.promised_in([(text, "") for text in more], rules.names, all_shares=ad)),
    )


def _own_texts(workspace: Workspace) -> tuple[str, ...]:
    own = (
        workspace.bot.system_prompt,
        *(text for one in workspace.catalog if not _to_a_model(text := f"{one.name} {one.description}")),
    )
    return tuple(_joined(plain(text)) for text in own)


def _joined(text: str) -> str:
    """Without line breaks within a sentence, as editors put them."""
    return _BROKEN.sub(" ", text)


def _questions(workspace: Workspace) -> tuple[str, ...]:
    """Of the FAQ: amounts in them may be named. They ask; what states or orders something is no question."""
    asked = (text for faq in workspace.faqs for text in (faq.question, *faq.variants))
    return tuple(plain(text) for text in asked if _QUESTION.search(text.strip()) and not _to_a_model(text))


def _to_a_model(text: str) -> bool:
    return not _TO_A_MODEL.isdisjoint(folded(text).split())
