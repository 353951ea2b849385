"""What a business's own texts allow. Made once for each revision of a workspace. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from services.ai.checks import found
from shared import ids
from shared.words import folded
from shared.workspace import Workspace

_PIECES = 30
_RUN = 9  # words in a row
_SENTENCES = re.compile(r"[.!?\n]+")


@dataclass(frozen=True, slots=True)
class Rules:
    """hosts: links may go there, and below. contacts: numbers (digits) and addresses. prices: of the catalogue;
    multiples: what up to thirty pieces of one product cost.

    amounts, percentages, free (what is for nothing, in words): in the business's own texts. secret: words in a row of
    the instructions that nobody says by chance; prompt: sentences of the business's own, of which not most are to be
    repeated; both folded. canary: stands in the prompt and is never to come out.
    """

    hosts: frozenset[str]
    contacts: frozenset[str]
    prices: frozenset[Decimal]
    multiples: frozenset[Decimal]
    amounts: frozenset[Decimal]
    percentages: frozenset[Decimal]
    free: tuple[frozenset[str], ...]
    secret: tuple[str, ...]
    prompt: tuple[str, ...]
    canary: str


def canary_of(workspace: str) -> str:
    """A marker that no text of people has."""
    return ids.derived_id("canary", workspace).replace("-", "")[:20]


def rules_of(workspace: Workspace, secret: Iterable[str] = ()) -> Rules:
    """The rules of a workspace. secret: the instructions that the model gets besides the business's own."""
    own = _own_texts(workspace)
    prices = frozenset(product.price for product in workspace.catalog)
    named = frozenset(workspace.bot.link_hosts)
    numbers = {found.digits(channel.address) for channel in workspace.channels}
    return Rules(
        hosts=named or frozenset(host for text in own for host in found.hosts(text)),
        contacts=frozenset(numbers | {contact for text in own for contact in found.contacts(text)}),
        prices=prices,
        multiples=frozenset(price * pieces for price in prices for pieces in range(1, _PIECES + 1)),
        amounts=frozenset(amount for text in own for amount in found.amounts(text)),
        percentages=frozenset(share for text in own for share in found.percentages(text)),
        free=tuple(words for text in own for words in found.given_away(text)),
        secret=tuple(run for text in secret for run in _runs(folded(text))),
        prompt=tuple(
            one for one in map(folded, _SENTENCES.split(workspace.bot.system_prompt)) if len(one.split()) >= 4
        ),
        canary=canary_of(workspace.workspace),
    )


def with_texts(rules: Rules, texts: Iterable[str]) -> Rules:
    """The rules with further texts of the business's own, such as the ad that a customer came from."""
    plain = [found.plain(text) for text in texts]
    if not plain:
        return rules
    return replace(
        rules,
        amounts=rules.amounts | {amount for text in plain for amount in found.amounts(text)},
        percentages=rules.percentages | {share for text in plain for share in found.shares(text)},
        free=(*rules.free, *(words for text in plain for words in found.given_away(text))),
    )


def _runs(text: str) -> Iterable[str]:
    words = text.split()
    return (" ".join(words[start : start + _RUN]) for start in range(max(0, len(words) - _RUN + 1)))


def _own_texts(workspace: Workspace) -> tuple[str, ...]:
    return (
        workspace.bot.system_prompt,
        *(faq.answer for faq in workspace.faqs),
        *(f"{product.name} {product.description}" for product in workspace.catalog),
    )
